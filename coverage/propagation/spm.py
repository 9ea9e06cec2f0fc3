"""SPM, the Standard Propagation Model of radio planning tools: seven factors to fit to drive tests.

    L = K1 + K2 log d + K3 log hT + K4 diffraction + K5 log d log hT + K6 hR + K7 log hR + clutter

with d in m from the mast, hT the mast's effective height in m and hR the receiver's. The form is that of Forsk,
"Atoll SPM (Standard Propagation Model) calibration guide", 2004.

Defaults. K1, K2, K3 and K5 are Hata (1980) and COST 231 written in m instead of km, which is where the model comes
from: K2 = 44.9, K3 = -13.82 + 3 * 6.55 = 5.83, K5 = -6.55, and K1 = Hata's constant for the frequency - 3 * 44.9
(12.6 dB at 935 MHz, 22.0 at 1805, 23.7 at 2110). K6 = K7 = 0 is right for handsets near 1.5 m. K4 = 0.5 is common
practice and not derived from anything. Until they are fitted, the model is Okumura-Hata with a share of diffraction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ClassVar, Final, TypeAlias

import numpy as np

from phusong.coverage.propagation._model import FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.extended_hata import leading_db
from phusong.coverage.propagation.hata import environment_db, log10_distance
from phusong.coverage.propagation.p525 import at_least_free_space
from phusong.coverage.propagation.p526 import bullington_db, effective_earth_radius_km, smooth_earth
from phusong.coverage.propagation.p526_model import DEFAULT_CLIMATE, path_or_flat
from phusong.coverage.propagation.path_profile import AT_THE_MAST_M, PathProfile
from phusong.errors import ModelError

__all__ = ["Diffraction", "Spm", "terrain_excess_db"]

Diffraction: TypeAlias = Callable[[PathProfile, float, float, float], float]
"""Profile, antenna heights above ground at its two ends in m, frequency in MHz -> diffraction loss in dB."""

_HATA_1980: Final = (69.55, 26.16)
_FORMULA_MHZ: Final = (150.0, 2_000.0)


def terrain_excess_db(profile: PathProfile, tx_height_m: float, rx_height_m: float, f_mhz: float) -> float:
    """Return what the ground of a path diffracts more than smooth ground would, in dB; never less than 0.

    Parameters
    ----------
    profile : PathProfile
        Its clutter is not looked at: the class of the receiver's place stands for it.
    tx_height_m, rx_height_m : float
        Above the ground at the two ends.

    Notes
    -----
    Bullington over the profile less Bullington over the smooth ground fitted to it (P.526; median earth radius of
    southern Vietnam). The planning tools' own methods (Deygout, Epstein-Peterson, Millington) count edges one by one.
    Smooth ground is left out because Hata measured over it: K4 over the flat delta is 0 dB, not 5.
    """
    profile = PathProfile.bare(*profile).with_middle()
    d_km, ground = profile.distance_m / 1000.0, profile.ground_m
    hts, hrs = float(ground[0]) + tx_height_m, float(ground[-1]) + rx_height_m
    smooth = smooth_earth(d_km, ground, hts_m=hts, hrs_m=hrs)
    f_ghz, radius = f_mhz / 1000.0, effective_earth_radius_km(DEFAULT_CLIMATE.delta_n_per_km)
    actual = bullington_db(d_km, ground, hts_m=hts, hrs_m=hrs, earth_radius_km=radius, f_ghz=f_ghz)
    flat = bullington_db(
        d_km,
        np.zeros(d_km.shape),
        hts_m=hts - smooth.hstd,
        hrs_m=hrs - smooth.hsrd,
        earth_radius_km=radius,
        f_ghz=f_ghz,
    )
    return max(actual - flat, 0.0)


@dataclass(frozen=True, slots=True)
class Spm:
    """The Standard Propagation Model with its factors.

    Parameters
    ----------
    k1_db : float, optional
        Default: by frequency, see the module. A K1 that was fitted holds for its own band only.
    k2, k3, k4, k5, k6, k7 : float
    clutter_db : tuple of three floats, optional
        Added by the receiver's `Environment`: open, suburban, urban. Default: Hata's corrections for the frequency.
    diffraction : callable
        What K4 multiplies; asked for paths with a profile only.

    Notes
    -----
    d, K3 and K5 count the paths' effective height `tx_height_m`, the diffraction the antenna's height above its own
    ground. Without terrain the diffraction is 0; over unknown ground the loss is NaN. No loss is less than free
    space.

    Examples
    --------
    Factors from a drive test in Binh Phuoc, 1800 MHz:

    >>> Spm(k1_db=24.1, k2=42.0, k4=0.6, clutter_db=(-14.0, -6.5, 0.0)).name
    'spm'
    """

    k1_db: float | None = None
    k2: float = 44.9
    k3: float = 5.83
    k4: float = 0.5
    k5: float = -6.55
    k6: float = 0.0
    k7: float = 0.0
    clutter_db: tuple[float, float, float] | None = None
    diffraction: Diffraction = terrain_excess_db

    name: ClassVar[str] = "spm"
    title: ClassVar[str] = "Standard Propagation Model, K1..K7 with clutter classes and diffraction"
    source: ClassVar[str] = "Forsk, SPM calibration guide (2004); factors from Hata (1980) and COST 231 (1999)"
    uses_terrain: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse factors that are no numbers, or that would let the signal grow behind a hill."""
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not None and each.name != "diffraction" and not np.all(np.isfinite(value)):
                raise ModelError(f"spm: {each.name} must be a number, not {value}")
        if self.clutter_db is not None and len(self.clutter_db) != 3:  # noqa: PLR2004  the three environments
            raise ModelError(f"spm: clutter_db must be three numbers (open, suburban, urban), not {self.clutter_db}")
        if self.k4 < 0.0:
            raise ModelError(f"spm: k4 must be 0 or more, not {self.k4:g}; hills do not amplify")

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return the ranges of the Hata family, where the default factors come from."""
        del f_mhz
        return (
            Range("frequency", "MHz", (150.0, 3_000.0), (30.0, 6_000.0)),
            Range("distance", "m", (1_000.0, 20_000.0), (0.0, 100_000.0)),
            Range("tx height", "m", (30.0, 200.0), (1.0, 1_000.0)),
            Range("rx height", "m", (1.0, 3.0), (1.0, 10.0)),
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the loss in dB, shape (n,); NaN where the ground is not known."""
        check_ranges(self, paths, f_mhz=f_mhz)
        log_d, log_h = log10_distance(paths), np.log10(paths.tx_height)
        k1 = leading_db(f_mhz, _HATA_1980) - 3.0 * 44.9 if self.k1_db is None else self.k1_db
        clutter = (
            environment_db(min(max(f_mhz, _FORMULA_MHZ[0]), _FORMULA_MHZ[1]))
            if self.clutter_db is None
            else np.array(self.clutter_db)
        )
        receiver = self.k6 * paths.rx_height_m + self.k7 * math.log10(paths.rx_height_m)
        loss = log_d * (self.k2 + self.k5 * log_h)
        loss += self.k3 * log_h
        loss += np.take((clutter + k1 + receiver).astype(loss.dtype), paths.environment)
        if self.k4 > 0.0 and paths.profile is not None:
            loss += self.k4 * self._diffraction_db(paths, f_mhz)
        return at_least_free_space(loss, paths, f_mhz=f_mhz, log10_distance_m=log_d)

    def _diffraction_db(self, paths: Paths, f_mhz: float) -> FloatArray:
        found = np.zeros_like(paths.distance_m)
        antenna = paths.above_ground()
        heights = np.broadcast_to(np.asarray(antenna.tx_height_m, np.float64), found.shape)
        for number in range(found.size):
            profile = path_or_flat(paths, number)
            if np.isnan(profile.ground_m).any():
                found[number] = math.nan
            elif profile.length_m >= AT_THE_MAST_M:
                found[number] = self.diffraction(profile, float(heights[number]), paths.rx_height_m, f_mhz)
        return found
