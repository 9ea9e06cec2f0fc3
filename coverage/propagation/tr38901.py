"""3GPP TR 38.901, urban and rural macro cells (UMa, RMa), 0.5-100 GHz.

Path loss from Table 7.4.1-1, line-of-sight probability from Table 7.4.2-1 of TR 38.901 V19.4.0
(ETSI TR 138 901), for outdoor receivers up to 13 m: there C' is 0 and the environment height hE is 1 m.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np

from phusong.coverage.propagation._model import Environment, FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.p525 import free_space_db

__all__ = ["Tr38901", "rma_db", "rma_los_share", "uma_db", "uma_los_share"]

_NEAREST_M: Final = 10.0  # all the path losses begin at d2D = 10 m
_SPEED_OF_LIGHT_M_S: Final = 3.0e8  # NOTE 1 and NOTE 5 give this rounded value
_ENVIRONMENT_HEIGHT_M: Final = 1.0  # hE, NOTE 1
_BUILDING_HEIGHT_M: Final = 5.0  # h, RMa default
_STREET_WIDTH_M: Final = 20.0  # W, RMa default


def uma_db(paths: Paths, *, f_mhz: float) -> tuple[FloatArray, FloatArray]:
    """Return the UMa loss in dB with and without line of sight, each of shape (n,)."""
    d2d, d3d = _distances_m(paths)
    log_d3d = np.log10(d3d)
    h_bs, h_ut = paths.tx_height, paths.rx_height_m
    d_bp = 4.0 * (h_bs - _ENVIRONMENT_HEIGHT_M) * (h_ut - _ENVIRONMENT_HEIGHT_M) * _wavenumber(f_mhz)  # NOTE 1
    in_front_db = 28.0 + 20.0 * math.log10(f_mhz / 1e3)

    pl1 = log_d3d * 22.0  # PL1
    pl2 = log_d3d * 40.0 - 9.0 * np.log10(d_bp**2 + (h_bs - h_ut) ** 2)  # PL2
    los = np.where(d2d <= d_bp, pl1, pl2)
    los += in_front_db
    nlos = log_d3d * 39.08  # PL'UMa-NLOS
    nlos += 13.54 + 20.0 * math.log10(f_mhz / 1e3) - 0.6 * (h_ut - 1.5)
    return los, np.maximum(los, nlos, out=nlos)


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
    near = 18.0 / np.maximum(distance_m, 18.0)
    share: FloatArray = near + np.exp(distance_m / -63.0) * (1.0 - near)
    return share


def rma_los_share(distance_m: FloatArray) -> FloatArray:
    """Return the probability of line of sight in RMa, 0..1, shape (n,); Table 7.4.2-1."""
    share: FloatArray = np.exp((np.maximum(distance_m, 10.0) - 10.0) / -1_000.0)
    return share


class Tr38901:
    """UMa in and around towns, RMa in open land, averaged over line of sight.

    Notes
    -----
    **An approximation of ours.** The report draws line of sight at random for each receiver; a coverage map
    needs one number, and takes the mean of the two losses in dB weighted with the probability of line of
    sight. URBAN and SUBURBAN take UMa, OPEN takes RMa with the report's default 5 m buildings and 20 m
    streets. The mean is held at free space or above: UMa's line-of-sight loss is up to 2 dB below it within
    170 m.
    """

    name: ClassVar[str] = "tr38901"
    title: ClassVar[str] = "3GPP TR 38.901 UMa/RMa, mean over line of sight, 0.5-100 GHz"
    source: ClassVar[str] = "3GPP TR 38.901 V19.4.0, Tables 7.4.1-1 and 7.4.2-1"
    uses_terrain: ClassVar[bool] = False

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return what is common to UMa and RMa; UMa itself was fitted for antennas at 25 m."""
        del f_mhz
        return (
            Range("frequency", "MHz", (500.0, 30_000.0), (500.0, 100_000.0)),
            Range("distance", "m", (0.0, 5_000.0), (0.0, 100_000.0)),
            Range("tx height", "m", (10.0, 150.0), (5.0, 1_000.0)),
            Range("rx height", "m", (1.5, 10.0), (1.5, 13.0)),
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the mean loss in dB, shape (n,)."""
        check_ranges(self, paths, f_mhz=f_mhz)
        loss = np.empty_like(paths.distance_m)
        is_open = paths.environment == Environment.OPEN
        for chosen, both_db, los_share in (
            (is_open, rma_db, rma_los_share),
            (~is_open, uma_db, uma_los_share),
        ):
            index = np.flatnonzero(chosen)
            if index.size:
                some = paths.at(index)
                los, nlos = both_db(some, f_mhz=f_mhz)
                los -= nlos
                los *= los_share(some.distance_m)
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
