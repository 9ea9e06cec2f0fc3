"""ITM, the Irregular Terrain Model of Longley and Rice, version 1.4, point to point over a profile.

After NTIA's reference implementation (github.com/NTIA/itm, developed by employees of the National Telecommunications
and Information Administration, public domain, provided as is), changed: other names and structure, compiled Python
instead of C++, 2026. The method is G. Hufford, A. Longley, W. Kissick, "A guide to the use of the ITS Irregular
Terrain Model in the area prediction mode", NTIA Report 82-100, 1982.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, Literal, NamedTuple, TypeAlias

import numpy as np

from phusong.coverage.propagation._model import Paths, Range, check_ranges, check_share
from phusong.coverage.propagation.itm_loss import Link, reference_db
from phusong.coverage.propagation.itm_terrain import Geometry, read_profile, system_height_m
from phusong.coverage.propagation.itm_variability import (
    ACCIDENTAL,
    BROADCAST,
    MOBILE,
    SINGLE_MESSAGE,
    Spread,
    normal_deviate,
    varied_db,
)
from phusong.coverage.propagation.p525 import free_space_db
from phusong.coverage.propagation.p526 import Polarisation
from phusong.coverage.propagation.p526_model import path_or_flat
from phusong.coverage.propagation.path_profile import AT_THE_MAST_M, FloatArray, PathProfile
from phusong.errors import ModelError

__all__ = ["CLIMATES", "Itm", "ItmLoss", "RadioClimate", "SpreadMode"]

RadioClimate: TypeAlias = Literal[
    "equatorial",
    "continental-subtropical",
    "maritime-subtropical",
    "desert",
    "continental-temperate",
    "maritime-temperate-land",
    "maritime-temperate-sea",
]
SpreadMode: TypeAlias = Literal["single-message", "accidental", "mobile", "broadcast"]

CLIMATES: Final = MappingProxyType(
    {
        "equatorial": 1,
        "continental-subtropical": 2,
        "maritime-subtropical": 3,
        "desert": 4,
        "continental-temperate": 5,
        "maritime-temperate-land": 6,
        "maritime-temperate-sea": 7,
    }
)
_MODES: Final = MappingProxyType(
    {"single-message": SINGLE_MESSAGE, "accidental": ACCIDENTAL, "mobile": MOBILE, "broadcast": BROADCAST}
)
_PROPAGATION: Final = ("line of sight", "diffraction", "troposcatter")
_EARTH_CURVATURE: Final = 157e-9  # 1/m, as ITM rounds it
_N0: Final = (250.0, 400.0)
_EVEN_M: Final = 0.01
_NS: Final = (150.0, 400.0)


class ItmLoss(NamedTuple):
    """A basic transmission loss in dB and what it is made of.

    `propagation` is ITM's own mode: "line of sight" is every path shorter than the two smooth-earth horizons, with a
    ridge in between too; else "diffraction" or "troposcatter".
    """

    loss_db: float
    free_space_db: float
    reference_db: float
    propagation: str
    surface_refractivity: float
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class Itm:
    """ITM over each path's bare ground: it knows no clutter.

    Parameters
    ----------
    climate : str
        One of `CLIMATES`. The default, and `n0`, are our choice for Vietnam's monsoon coast; the classic default of
        other tools is "continental-temperate" with 301.
    n0 : float
        Refractivity reduced to sea level, N-units, 250..400. Vietnam has 365-381 (ITU-R map N050).
    polarisation : {"vertical", "horizontal"}
    permittivity, conductivity_s_m : float
        Of the ground; 15 and 0.005 S/m are average ground.
    time_share, location_share, situation_share : float
        Shares 0..1 of time, places and situations in which the loss is not exceeded; 0.5 is the median.
    mode : {"broadcast", "mobile", "accidental", "single-message"}
        Which of the three shares are told apart, NTIA Report 82-100, section 7.
    spread_over_locations, spread_over_situations : bool
        Whether these spreads count at all (ITM's mdvar + 10, + 20 where they do not).

    Notes
    -----
    The antenna height of the paths is that above the ground at the mast. As every model here the area loss is held
    at free space or above; `point_to_point` is what ITM itself gives, down to some dB below. ITM was made for paths
    over 1 km: nearer it warns. Unknown ground gives NaN, a receiver within 1 m of the mast free space. A profile with
    uneven steps is read at as many even ones.
    """

    climate: RadioClimate = "maritime-subtropical"
    n0: float = 370.0
    polarisation: Polarisation = "vertical"
    permittivity: float = 15.0
    conductivity_s_m: float = 0.005
    time_share: float = 0.5
    location_share: float = 0.5
    situation_share: float = 0.5
    mode: SpreadMode = "broadcast"
    spread_over_locations: bool = True
    spread_over_situations: bool = True

    name: ClassVar[str] = "itm"
    title: ClassVar[str] = "Longley-Rice Irregular Terrain Model 1.4 over bare terrain, point to point"
    source: ClassVar[str] = "NTIA Report 82-100; NTIA ITM 1.4"
    uses_terrain: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse a ground, an air or a share that has no meaning."""
        check_share(
            self,
            time_share=self.time_share,
            location_share=self.location_share,
            situation_share=self.situation_share,
        )
        for name, value, known in (
            ("climate", self.climate, tuple(CLIMATES)),
            ("mode", self.mode, tuple(_MODES)),
            ("polarisation", self.polarisation, ("vertical", "horizontal")),
        ):
            if value not in known:
                raise ModelError(f"itm: {name} must be one of {', '.join(known)}, not '{value}'")
        if not _N0[0] <= self.n0 <= _N0[1]:
            raise ModelError(f"itm: n0 must be 250..400 N-units, not {self.n0:g}")
        if not 1.0 <= self.permittivity < math.inf:
            raise ModelError(f"itm: permittivity must be 1 or more, not {self.permittivity:g}; average ground has 15")
        if not 0.0 < self.conductivity_s_m < math.inf:
            raise ModelError(f"itm: conductivity_s_m must be more than 0 S/m, not {self.conductivity_s_m:g}")

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return ITM's ranges; nearer than 1 km it speaks of care, and extrapolates here."""
        del f_mhz
        return (
            Range("frequency", "MHz", (40.0, 10_000.0), (20.0, 20_000.0)),
            Range("distance", "m", (1_000.0, 1_000_000.0), (0.0, 2_000_000.0)),
            Range("tx height", "m", (1.0, 1_000.0), (0.5, 3_000.0)),
            Range("rx height", "m", (1.0, 1_000.0), (0.5, 3_000.0)),
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the loss in dB, shape (n,); NaN where the ground is not known."""
        paths = paths.above_ground()
        check_ranges(self, paths, f_mhz=f_mhz)
        heights = np.broadcast_to(np.asarray(paths.tx_height_m, np.float64), paths.distance_m.shape)
        loss = free_space_db(paths, f_mhz=f_mhz)
        for number in range(loss.size):
            profile = path_or_flat(paths, number)
            if np.isnan(profile.ground_m).any():
                loss[number] = math.nan
            elif profile.length_m >= AT_THE_MAST_M:
                found = self._of_path(profile, float(heights[number]), paths.rx_height_m, f_mhz)
                loss[number] = max(loss[number], found.loss_db)
        return loss

    def point_to_point(self, profile: PathProfile, tx_height_m: float, rx_height_m: float, *, f_mhz: float) -> ItmLoss:
        """Return the loss of one path with its parts, as ITM gives it.

        Parameters
        ----------
        profile : PathProfile
            Its clutter and zones are not looked at.
        tx_height_m, rx_height_m : float
            Antennas above ground.

        Raises
        ------
        ModelError
            Outside a possible range; over unknown ground; where the air or the ground become impossible.
        """
        length = np.array([profile.length_m])
        check_ranges(self, _one(length, tx_height_m, rx_height_m, profile), f_mhz=f_mhz)
        if profile.length_m < AT_THE_MAST_M or np.isnan(profile.ground_m).any():
            raise ModelError("itm: the path must be 1 m long or longer, over known ground")
        return self._of_path(profile, tx_height_m, rx_height_m, f_mhz)

    def _of_path(self, profile: PathProfile, tx_height_m: float, rx_height_m: float, f_mhz: float) -> ItmLoss:
        heights, step = _even(profile)
        n_s = self.n0 * math.exp(-system_height_m(heights) / 9460.0)  # Technical Note 101, (4.3)
        if not _NS[0] <= n_s <= _NS[1]:
            raise ModelError(
                f"itm: surface refractivity {n_s:.0f} N-units is outside 150..400; check the elevations' unit and n0"
            )
        radius = 1.0 / (_EARTH_CURVATURE * (1.0 - 0.04665 * math.exp(n_s / 179.3)))  # (4.4)
        geometry = read_profile(heights, step, radius, tx_height_m, rx_height_m)
        reference, mode = reference_db(Link(geometry, f_mhz, self._impedance(f_mhz), radius, n_s))
        spread = Spread(
            CLIMATES[self.climate],
            _MODES[self.mode],
            self.spread_over_locations,
            self.spread_over_situations,
            *(normal_deviate(share) for share in (self.time_share, self.location_share, self.situation_share)),
        )
        free = 32.45 + 20.0 * math.log10(f_mhz) + 20.0 * math.log10(geometry.distance / 1000.0)
        total = free + varied_db(reference, geometry, f_mhz, spread)
        if not math.isfinite(total):
            raise ModelError(
                f"itm: the ground between the ends of a {geometry.distance:.0f} m path is too rough for the model "
                f"(delta h {geometry.irregularity:.0f} m); check the elevations and their unit"
            )
        return ItmLoss(total, free, reference, _PROPAGATION[mode], n_s, geometry)

    def _impedance(self, f_mhz: float) -> complex:
        permittivity = complex(self.permittivity, 18000.0 * self.conductivity_s_m / f_mhz)
        impedance = cmath.sqrt(permittivity - 1.0)
        if self.polarisation == "vertical":
            impedance /= permittivity
        if impedance.real <= abs(impedance.imag):
            raise ModelError(
                f"itm: permittivity {self.permittivity:g} and conductivity {self.conductivity_s_m:g} S/m are no ground "
                f"at {f_mhz:g} MHz; average ground has 15 and 0.005"
            )
        return impedance


def _one(length_m: FloatArray, tx_height_m: float, rx_height_m: float, profile: PathProfile) -> Paths:
    return Paths(length_m, np.zeros(1, np.int8), tx_height_m, rx_height_m, profile=lambda _: profile)


def _even(profile: PathProfile) -> tuple[FloatArray, float]:
    """Return the ground at even steps and the step in m."""
    distance, ground = profile
    step = profile.length_m / (distance.size - 1)
    even = step * np.arange(distance.size)
    return (ground if np.abs(distance - even).max() < _EVEN_M else np.interp(even, distance, ground)), step
