"""3GPP TR 38.901: urban and rural macro cells (UMa, RMa) and street canyons (UMi), 0.5-100 GHz.

Path loss from Table 7.4.1-1, line-of-sight probability from Table 7.4.2-1 of TR 38.901 V19.4.0
(ETSI TR 138 901), for outdoor receivers up to 13 m: there UMa's C' is 0 and the environment height hE is 1 m.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

import numpy as np

from phusong.coverage.propagation._model import Environment, FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.line_of_sight import in_line_of_sight
from phusong.coverage.propagation.p525 import free_space_db
from phusong.errors import ModelError

__all__ = ["Tr38901", "rma_db", "rma_los_share", "uma_db", "uma_los_share", "umi_db", "umi_los_share"]

Town: TypeAlias = Literal["uma", "umi"]
LineOfSight: TypeAlias = Literal["mean", "terrain"]

_NEAREST_M: Final = 10.0  # all the path losses begin at d2D = 10 m
_SPEED_OF_LIGHT_M_S: Final = 3.0e8  # NOTE 1 and NOTE 5 give this rounded value
_ENVIRONMENT_HEIGHT_M: Final = 1.0  # hE, NOTE 1
_BUILDING_HEIGHT_M: Final = 5.0  # h, RMa default
_STREET_WIDTH_M: Final = 20.0  # W, RMa default


def uma_db(paths: Paths, *, f_mhz: float) -> tuple[FloatArray, FloatArray]:
    """Return the UMa loss in dB with and without line of sight, each of shape (n,)."""
    los, log_d3d = _street_db(paths, f_mhz=f_mhz, constant_db=28.0, per_decade_db=22.0)
    nlos = log_d3d * 39.08  # PL'UMa-NLOS
    nlos += 13.54 + 20.0 * math.log10(f_mhz / 1e3) - 0.6 * (paths.rx_height_m - 1.5)
    return los, np.maximum(los, nlos, out=nlos)


def umi_db(paths: Paths, *, f_mhz: float) -> tuple[FloatArray, FloatArray]:
    """Return the UMi street-canyon loss in dB with and without line of sight, each of shape (n,)."""
    los, log_d3d = _street_db(paths, f_mhz=f_mhz, constant_db=32.4, per_decade_db=21.0)
    nlos = log_d3d * 35.3  # PL'UMi-NLOS
    nlos += 22.4 + 21.3 * math.log10(f_mhz / 1e3) - 0.3 * (paths.rx_height_m - 1.5)
    return los, np.maximum(los, nlos, out=nlos)


def _street_db(
    paths: Paths, *, f_mhz: float, constant_db: float, per_decade_db: float
) -> tuple[FloatArray, FloatArray]:
    """Return the line-of-sight loss of UMa and UMi in dB, and log10 d3D; PL2 goes on from PL1 at 40 dB a decade."""
    d2d, d3d = _distances_m(paths)
    log_d3d = np.log10(d3d)
    h_bs, h_ut = paths.tx_height, paths.rx_height_m
    d_bp = 4.0 * (h_bs - _ENVIRONMENT_HEIGHT_M) * (h_ut - _ENVIRONMENT_HEIGHT_M) * _wavenumber(f_mhz)  # NOTE 1
    pl1 = log_d3d * per_decade_db  # PL1
    pl2 = log_d3d * 40.0 - (40.0 - per_decade_db) / 2.0 * np.log10(d_bp**2 + (h_bs - h_ut) ** 2)  # PL2
    los = np.where(d2d <= d_bp, pl1, pl2)
    los += constant_db + 20.0 * math.log10(f_mhz / 1e3)
    return los, log_d3d


def rma_db(paths: Paths, *, f_mhz: float) -> tuple[FloatArray, FloatArray]:
    """Return the RMa loss in dB with and without line of sight, each of shape (n,)."""
    d2d, d3d = _distances_m(paths)
    log_d3d = np.log10(d3d)
    h_bs, h_ut = paths.tx_height, paths.rx_height_m
    log_bs = np.log10(h_bs)
    log_f = math.log10(f_mhz / 1e3)
    h, width = _BUILDING_HEIGHT_M, _STREET_WIDTH_M

    constant = 20.0 * (math.log10(40.0 * math.pi / 3.0) + log_f) - min(0.044 * h**1.72, 14.77)
    per_decade = 20.0 + min(0.03 * h**1.72, 10.0)
    per_m = 0.002 * math.log10(h)
    d_bp = 2.0 * math.pi * h_bs * h_ut * _wavenumber(f_mhz)  # NOTE 5
    log_bp = np.log10(d_bp)
    pl1 = constant + per_decade * log_d3d + per_m * d3d  # PL1
    pl2 = constant + per_decade * log_bp + per_m * d_bp + 40.0 * (log_d3d - log_bp)  # PL2
    los = np.where(d2d <= d_bp, pl1, pl2)
    slope = 43.42 - 3.1 * log_bs  # PL'RMa-NLOS, from here on
    nlos = log_d3d * slope
    nlos -= 3.0 * slope + (24.37 - 3.7 * (h / h_bs) ** 2) * log_bs
    nlos += 161.04 - 7.1 * math.log10(width) + 7.5 * math.log10(h) + 20.0 * log_f
    nlos -= 3.2 * math.log10(11.75 * h_ut) ** 2 - 4.97
    return los, np.maximum(los, nlos, out=nlos)


def uma_los_share(distance_m: FloatArray) -> FloatArray:
    """Return the probability of line of sight in UMa, 0..1, shape (n,); Table 7.4.2-1."""
    return _street_los_share(distance_m, 63.0)


def umi_los_share(distance_m: FloatArray) -> FloatArray:
    """Return the probability of line of sight in UMi, 0..1, shape (n,); Table 7.4.2-1."""
    return _street_los_share(distance_m, 36.0)


def _street_los_share(distance_m: FloatArray, scale_m: float) -> FloatArray:
    near = 18.0 / np.maximum(distance_m, 18.0)
    share: FloatArray = near + np.exp(distance_m / -scale_m) * (1.0 - near)
    return share


def rma_los_share(distance_m: FloatArray) -> FloatArray:
    """Return the probability of line of sight in RMa, 0..1, shape (n,); Table 7.4.2-1."""
    share: FloatArray = np.exp((np.maximum(distance_m, 10.0) - 10.0) / -1_000.0)
    return share


_BothDb: TypeAlias = Callable[..., tuple[FloatArray, FloatArray]]
_LosShare: TypeAlias = Callable[[FloatArray], FloatArray]
_TOWNS: Final[dict[str, tuple[_BothDb, _LosShare]]] = {
    "uma": (uma_db, uma_los_share),
    "umi": (umi_db, umi_los_share),
}


@dataclass(frozen=True, slots=True)
class Tr38901:
    """UMa (or UMi) in and around towns, RMa in open land; averaged over line of sight, or decided by the terrain.

    Parameters
    ----------
    town : {"uma", "umi"}
        What URBAN and SUBURBAN take: masts over the roofs, or small cells in the street below them.
    line_of_sight : {"mean", "terrain"}
        ``"terrain"``: each receiver takes the loss with or without line of sight, as the paths' mask or profile
        says; over unknown ground NaN.

    Notes
    -----
    **An approximation of ours.** The report draws line of sight at random for each receiver; a coverage map
    needs one number, and takes the mean of the two losses in dB weighted with the probability of line of
    sight. URBAN and SUBURBAN take UMa or UMi, OPEN takes RMa with the report's default 5 m buildings and 20 m
    streets. The loss is held at free space or above: UMa's line-of-sight loss is up to 2 dB below it within
    170 m.

    With ``"terrain"`` only the ground decides, and the clutter where the profile carries it. Over bare ground a
    house in between is not seen: in a town that is too hopeful.
    """

    town: Town = "uma"
    line_of_sight: LineOfSight = "mean"

    source: ClassVar[str] = "3GPP TR 38.901 V19.4.0, Tables 7.4.1-1 and 7.4.2-1"

    def __post_init__(self) -> None:
        """Refuse other words."""
        if self.town not in _TOWNS or self.line_of_sight not in ("mean", "terrain"):
            raise ModelError(
                f"tr38901: town must be 'uma' or 'umi' and line_of_sight 'mean' or 'terrain', "
                f"not '{self.town}' and '{self.line_of_sight}'"
            )

    @property
    def name(self) -> str:
        """The name planners write."""
        town = "" if self.town == "uma" else f"-{self.town}"
        return f"tr38901{town}{'-terrain' if self.uses_terrain else ''}"

    @property
    def title(self) -> str:
        """One line for a list of models."""
        town = {"uma": "UMa", "umi": "UMi street canyon"}[self.town]
        how = "line of sight from terrain" if self.uses_terrain else "mean over line of sight"
        return f"3GPP TR 38.901 {town}/RMa, {how}, 0.5-100 GHz"

    @property
    def uses_terrain(self) -> bool:
        """Whether line of sight is looked for."""
        return self.line_of_sight == "terrain"

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return what is common to the scenarios; UMa itself was fitted for antennas at 25 m, UMi for 10 m."""
        del f_mhz
        return (
            Range("frequency", "MHz", (500.0, 30_000.0), (500.0, 100_000.0)),
            Range("distance", "m", (0.0, 5_000.0), (0.0, 100_000.0)),
            Range("tx height", "m", (10.0, 150.0) if self.town == "uma" else (5.0, 25.0), (5.0, 1_000.0)),
            Range("rx height", "m", (1.5, 10.0), (1.5, 13.0)),
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the loss in dB, shape (n,); NaN where line of sight is asked for and the ground is not known."""
        if self.uses_terrain:
            paths = paths.above_ground()
        check_ranges(self, paths, f_mhz=f_mhz)
        loss = np.empty_like(paths.distance_m)
        is_open = paths.environment == Environment.OPEN
        for chosen, both_db, los_share in (
            (is_open, rma_db, rma_los_share),
            (~is_open, *_TOWNS[self.town]),
        ):
            index = np.flatnonzero(chosen)
            if index.size:
                some = paths.at(index)
                los, nlos = both_db(some, f_mhz=f_mhz)
                los -= nlos
                los *= in_line_of_sight(some) if self.uses_terrain else los_share(some.distance_m)
                los += nlos
                loss[index] = los
        return np.maximum(loss, free_space_db(paths, f_mhz=f_mhz), out=loss)


def _distances_m(paths: Paths) -> tuple[FloatArray, FloatArray]:
    d2d = np.maximum(paths.distance_m, _NEAREST_M)
    rise = paths.tx_height - paths.rx_height_m
    d3d: FloatArray = np.sqrt(d2d * d2d + rise * rise)
    return d2d, d3d


def _wavenumber(f_mhz: float) -> float:
    """Return f / c in 1/m."""
    return f_mhz * 1e6 / _SPEED_OF_LIGHT_M_S
