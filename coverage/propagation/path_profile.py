"""The ground along one radio path: distance, elevation, clutter and radio-climatic zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from phusong.errors import ModelError

__all__ = ["AT_THE_MAST_M", "COAST", "INLAND", "SEA", "FloatArray", "PathProfile", "sample_widths"]

FloatArray: TypeAlias = NDArray[np.floating[Any]]

SEA: Final = 1
"""Radio-climatic zone B: sea and other large bodies of water."""
COAST: Final = 3
"""Zone A1: land up to 100 m above sea level and within 50 km of the sea."""
INLAND: Final = 4
"""Zone A2: all other land."""
AT_THE_MAST_M: Final = 1.0
"""Receivers nearer than this stand on the mast's own ground: free space along the line between the antennas."""


@dataclass(frozen=True, slots=True, eq=False)
class PathProfile:
    """What lies between a transmitter and a receiver, both ends included.

    Parameters
    ----------
    distance_m : ndarray of float64, shape (n,)
        Distance from the transmitter along the ground: 0 first, then growing; the steps may differ. One sample
        alone is a receiver at the foot of the mast.
    ground_m : ndarray of float64, shape (n,)
        Elevation above sea level, NaN where unknown.
    clutter_m : ndarray of float64, shape (n,)
        Height of what stands on the ground, NaN where unknown. The ends' own values are never used.
    zone : ndarray of int8, shape (n,)
        Radio-climatic zone: 1 sea, 3 coast, 4 inland.

    Raises
    ------
    ModelError
        Where the shapes differ, distances do not start at 0 or do not grow, a height is infinite, a clutter
        height is negative or a zone is none.

    Notes
    -----
    ``distance, ground = profile`` works, for models that read no more than the ground.
    """

    distance_m: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    clutter_m: NDArray[np.float64]
    zone: NDArray[np.int8]

    def __post_init__(self) -> None:
        """Bring the arrays to their types and refuse what has no meaning."""
        zone = np.asarray(self.zone)
        distance, ground, clutter = (
            np.asarray(each, np.float64) for each in (self.distance_m, self.ground_m, self.clutter_m)
        )
        for name, values in (("distance_m", distance), ("ground_m", ground), ("clutter_m", clutter), ("zone", zone)):
            if values.ndim != 1 or not values.size or values.shape != distance.shape:
                raise ModelError(
                    f"profile: {name} has shape {values.shape}, distance_m {distance.shape}; all must be (n,)"
                )
        steps = np.diff(distance)
        if distance[0] != 0.0 or not np.all(np.isfinite(distance)):
            raise ModelError(f"profile: distance_m must be finite and start at 0, not at {distance[0]:g}")
        if not np.all(steps > 0.0):
            at = int(np.flatnonzero(~(steps > 0.0))[0]) + 1
            raise ModelError(
                f"profile: distance_m must grow, but sample {at} ({distance[at]:g} m) follows {distance[at - 1]:g} m; "
                f"sort the samples and leave out doubles"
            )
        if np.any(np.isinf(ground)) or np.any(np.isinf(clutter)) or np.any(clutter < 0.0):
            raise ModelError("profile: heights must be finite (NaN where unknown) and clutter_m must not be negative")
        if not np.all(np.isin(zone, (SEA, COAST, INLAND))):
            raise ModelError("profile: zone must be 1 (sea), 3 (coast) or 4 (inland) everywhere")
        for name, values in (("distance_m", distance), ("ground_m", ground), ("clutter_m", clutter)):
            object.__setattr__(self, name, values)
        object.__setattr__(self, "zone", zone.astype(np.int8))

    @classmethod
    def bare(cls, distance_m: FloatArray, ground_m: FloatArray) -> PathProfile:
        """Return a profile over inland ground without clutter; a path of length 0 becomes one sample."""
        distance, ground = np.asarray(distance_m, np.float64), np.asarray(ground_m, np.float64)
        if distance.size and not distance.any():
            distance, ground = distance[:1], ground[:1]
        return cls(distance, ground, np.zeros(distance.shape), np.full(distance.shape, INLAND, np.int8))

    @classmethod
    def of(cls, profile: PathProfile | tuple[FloatArray, FloatArray]) -> PathProfile:
        """Return a profile with all it may carry, from one that may hold distance and ground only."""
        return profile if isinstance(profile, cls) else cls.bare(*profile)

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        """Yield distance and ground."""
        yield self.distance_m
        yield self.ground_m

    @property
    def length_m(self) -> float:
        """Distance from end to end."""
        return float(self.distance_m[-1])

    @property
    def is_known(self) -> bool:
        """Tell whether every height that counts is known."""
        return not (np.isnan(self.ground_m).any() or np.isnan(self.clutter_m[1:-1]).any())

    @property
    def obstacles_m(self) -> NDArray[np.float64]:
        """Ground with clutter above sea level, the ends without theirs (g of P.1812, (1c)), shape (n,)."""
        heights = self.ground_m + self.clutter_m
        heights[[0, -1]] = self.ground_m[[0, -1]]
        return heights

    def with_middle(self) -> PathProfile:
        """Return a profile with something between its ends: two samples get a third, mean ground, no clutter."""
        if self.distance_m.size != 2:  # noqa: PLR2004
            return self
        ground, zone = self.ground_m, self.zone
        middle = [ground[0], ground.mean(), ground[1]]
        length = self.length_m
        return PathProfile(np.array([0.0, length / 2.0, length]), np.array(middle), np.zeros(3), zone[[0, 1, 1]])

    @property
    def sea_share(self) -> float:
        """Share of the path over sea, 0..1 (omega of P.1812, (1)); each sample reaches half-way to its neighbours."""
        widths = sample_widths(self.distance_m)
        return float(widths[self.zone == SEA].sum() / widths.sum()) if self.length_m else float(self.zone[0] == SEA)

    def reversed(self) -> PathProfile:
        """Return the same path as seen from the receiver."""
        return PathProfile(
            self.length_m - self.distance_m[::-1], self.ground_m[::-1], self.clutter_m[::-1], self.zone[::-1]
        )


def sample_widths(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the stretch each sample stands for, half-way to its neighbours, shape (n,), in the distances' unit."""
    half = np.diff(distance) / 2.0
    widths: NDArray[np.float64] = np.concatenate([[0.0], half]) + np.concatenate([half, [0.0]])
    return widths
