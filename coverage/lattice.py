"""Lattice: how finely the area engine looks at the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from phusong.errors import ModelError

__all__ = ["Lattice"]

# Near a mast a ray costs little, and what stands beside it matters more.
_LEAST_RAYS: Final = 2_400


@dataclass(frozen=True, slots=True)
class Lattice:
    """How finely a sweep looks.

    Parameters
    ----------
    step_m : float
        Between samples of a profile. P.1812 names none, but with clutter it decides how near the last tree stands
        before a receiver, and so several dB; it is part of the model, not of the raster.
    ray_spacing_m : float or None
        Between neighbouring rays where they are farthest apart; None: a cell of the grid, and less where that would
        make fewer than 2,400 rays.
    own_samples : int
        Samples before a receiver that are taken on its own line, a step apart.

    Notes
    -----
    Against ``exact=True``, 30 m, 12 km, trees of 15 m on half of the land, the defaults differ by 0.3 dB rms, nearer to
    the mast by more (docs/p1812.md); half the spacing and 12 own samples by 0.2 dB, at two thirds of the speed
    (`benchmarks/propagation.py`).
    """

    step_m: float = 30.0
    ray_spacing_m: float | None = None
    own_samples: int = 6

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        if not 1.0 <= self.step_m <= 1_000.0:  # noqa: PLR2004
            raise ModelError(f"sweep: step_m must be 1..1000 m, not {self.step_m:g}")
        if self.ray_spacing_m is not None and not 1.0 <= self.ray_spacing_m <= 10_000.0:  # noqa: PLR2004
            raise ModelError(f"sweep: ray_spacing_m must be 1..10000 m, not {self.ray_spacing_m:g}")
        if not 0 <= self.own_samples <= 64:  # noqa: PLR2004
            raise ModelError(f"sweep: own_samples must be 0..64, not {self.own_samples}")

    def rays(self, reach_m: float, *, cell_m: float) -> int:
        """Return how many rays reach a distance."""
        if self.ray_spacing_m is None:
            return max(_LEAST_RAYS, math.ceil(2.0 * math.pi * reach_m / cell_m))
        return max(8, math.ceil(2.0 * math.pi * reach_m / self.ray_spacing_m))
