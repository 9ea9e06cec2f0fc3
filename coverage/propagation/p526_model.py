"""ITU-R P.526 as a propagation model: free space and the diffraction of each path's own profile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from phusong.coverage.propagation._model import Paths, Range, check_ranges
from phusong.coverage.propagation.p525 import SPEED_OF_LIGHT_M_S
from phusong.coverage.propagation.p526 import (
    DUCT_N_PER_KM,
    Polarisation,
    delta_bullington,
    effective_earth_radius_km,
    smooth_earth,
)
from phusong.coverage.propagation.path_profile import AT_THE_MAST_M, FloatArray, PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.errors import ModelError

__all__ = ["DEFAULT_CLIMATE", "P526", "check_inputs", "path_or_flat"]

DEFAULT_CLIMATE: Final = Climate(52.3, 380.0, 11.0, "ITU-R maps DN50 and N050 at Ho Chi Minh City, rounded")
_FLAT_STEP_M: Final = 50.0
_MOST_FLAT_STEPS: Final = 2_000


@dataclass(frozen=True, slots=True)
class P526:
    """Free space and delta-Bullington diffraction over each path's ground and clutter, for the median earth radius.

    Parameters
    ----------
    climate : Climate
        Only its delta N counts.
    polarisation : {"vertical", "horizontal"}

    Notes
    -----
    Antenna heights are above the ground at the mast (`Paths.above_ground`). Unknown ground gives NaN, a receiver
    within 1 m of the mast free space. Without terrain the ground is flat. No ducting, no troposcatter: beyond the
    horizon of a flat delta the loss is too high, see P.1812.
    """

    climate: Climate = DEFAULT_CLIMATE
    polarisation: Polarisation = "vertical"

    name: ClassVar[str] = "p526"
    title: ClassVar[str] = "Free space and ITU-R P.526 delta-Bullington diffraction over terrain and clutter"
    source: ClassVar[str] = "Recommendation ITU-R P.526-15"
    uses_terrain: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse an air or a polarisation that has no meaning."""
        check_inputs(self.name, self.climate, self.polarisation)

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return ranges in which the formulas mean something; P.526 itself states none for this method."""
        del f_mhz
        return (
            Range("frequency", "MHz", (30.0, 100_000.0), (30.0, 100_000.0)),
            Range("distance", "m", (0.0, 3_000_000.0), (0.0, 3_000_000.0)),
            Range("tx height", "m", (1.0, 3_000.0), (1.0, 3_000.0)),
            Range("rx height", "m", (1.0, 3_000.0), (1.0, 3_000.0)),
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the loss in dB, shape (n,); NaN where the ground is not known."""
        paths = paths.above_ground()
        paths = paths.above_ground()
        check_ranges(self, paths, f_mhz=f_mhz)
        loss = np.empty_like(paths.distance_m)
        heights = np.broadcast_to(np.asarray(paths.tx_height_m, np.float64), loss.shape)
        for number in range(loss.size):
            profile = path_or_flat(paths, number)
            loss[number] = self._one_db(profile, float(heights[number]), paths.rx_height_m, f_mhz / 1000.0)
        return loss

    def _one_db(self, profile: PathProfile, htg: float, hrg: float, f_ghz: float) -> float:
        if not profile.is_known:
            return math.nan
        h = profile.ground_m
        hts, hrs = float(h[0]) + htg, float(h[-1]) + hrg
        slant_m = max(math.hypot(profile.length_m, hts - hrs), AT_THE_MAST_M)
        free = 20.0 * math.log10(4e9 * math.pi * f_ghz * slant_m / SPEED_OF_LIGHT_M_S)  # P.525 (3)
        if profile.length_m < AT_THE_MAST_M:
            return free
        profile = profile.with_middle()
        d_km = profile.distance_m / 1000.0
        found = delta_bullington(
            d_km,
            profile.obstacles_m,
            hts_m=hts,
            hrs_m=hrs,
            smooth=smooth_earth(d_km, profile.ground_m, hts_m=hts, hrs_m=hrs),
            earth_radius_km=effective_earth_radius_km(self.climate.delta_n_per_km),
            f_ghz=f_ghz,
            sea_share=profile.sea_share,
            polarisation=self.polarisation,
        )
        return free + found.loss_db


def path_or_flat(paths: Paths, number: int) -> PathProfile:
    """Return the profile of one path; where no terrain is read, flat ground sampled every 50 m."""
    if paths.profile is not None:
        return PathProfile.of(paths.profile(number))
    length = float(paths.distance_m[number])
    if length < AT_THE_MAST_M:  # one sample; steps of 1e-320 m would not grow
        length = 0.0
    samples = min(max(round(length / _FLAT_STEP_M), 2), _MOST_FLAT_STEPS) + 1
    distance = np.linspace(0.0, length, samples)
    return PathProfile.bare(distance, np.zeros(samples))


def check_inputs(model: str, climate: Climate, polarisation: Polarisation) -> None:
    """Refuse an air or a polarisation the formulas have no meaning for.

    Raises
    ------
    ModelError
        With the value and what it should be.
    """
    if not 0.0 <= climate.delta_n_per_km < DUCT_N_PER_KM:
        raise ModelError(
            f"{model}: delta N {climate.delta_n_per_km:g} N-units/km must be 0 or more and below 157, where the earth "
            f"turns flat; it is the mean decrease of refractivity in the lowest kilometre, a positive number"
        )
    if not (math.isfinite(climate.n0) and abs(climate.latitude_deg) <= 90.0):  # noqa: PLR2004
        raise ModelError(f"{model}: N0 {climate.n0:g} or latitude {climate.latitude_deg:g} deg is none")
    if polarisation not in ("vertical", "horizontal"):
        raise ModelError(f"{model}: polarisation must be 'vertical' or 'horizontal', not '{polarisation}'")
