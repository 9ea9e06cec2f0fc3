"""Extended Hata, 30-3000 MHz and down to the mast's foot: Report ITU-R SM.2028 (2017), annex, section 6.1.

The same model is CEPT ERC Report 68 (2002) and SEAMCAT's "Extended Hata". Only the median is here; the
spread that the report draws at random is the link budget's business.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np

from phusong.coverage.propagation._model import FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.hata import (
    HEIGHTS,
    environment_db,
    hata_line_db,
    log10_distance,
    receiver_height_db,
)
from phusong.coverage.propagation.p525 import at_least_free_space, free_space_db

__all__ = ["SM2028_1500_MHZ", "ExtendedHata", "extended_hata_db", "leading_db"]

SM2028_1500_MHZ: Final = (69.6, 26.2)
# Where one formula hands over to the next.
_VHF_MHZ: Final = 150.0
_HATA_MHZ: Final = 1_500.0
_COST231_MHZ: Final = 2_000.0
_LOS_M: Final = 40.0
_HATA_M: Final = 100.0
_CURVED_M: Final = 20_000.0
_LOW_MAST_M: Final = 30.0


def extended_hata_db(paths: Paths, *, f_mhz: float, to_1500_mhz: tuple[float, float] = SM2028_1500_MHZ) -> FloatArray:
    """Return the extended Hata median loss in dB, shape (n,), without looking at the ranges.

    Parameters
    ----------
    to_1500_mhz : tuple of float
        The two leading constants up to 1500 MHz. The report rounds Hata's (69.55, 26.16) to (69.6, 26.2).
    """
    base_db = (
        leading_db(f_mhz, to_1500_mhz)
        # a(Hm); the report's further term max(0, 20 log10(Hm / 10)) is 0 in the range of heights
        - receiver_height_db(f_mhz, paths.rx_height_m)
        + environment_db(min(max(f_mhz, _VHF_MHZ), _COST231_MHZ))
    )
    log_d = log10_distance(paths)
    height = paths.tx_height
    loss = hata_line_db(
        paths,
        base_db=base_db,
        log10_distance_m=log_d,
        log10_tx_height=np.log10(np.maximum(height, _LOW_MAST_M)),
    )
    if np.any(height < _LOW_MAST_M):
        loss -= np.minimum(0.0, 20.0 * np.log10(height / _LOW_MAST_M))  # b(Hb)
    _bend_beyond_20_km(loss, paths, f_mhz=f_mhz, log10_distance_m=log_d)
    _blend_to_mast(loss, paths, f_mhz=f_mhz, log10_distance_m=log_d)
    return at_least_free_space(loss, paths, f_mhz=f_mhz, log10_distance_m=log_d)


def leading_db(f_mhz: float, to_1500_mhz: tuple[float, float] = SM2028_1500_MHZ) -> float:
    """Return what the loss begins with at a frequency, in dB: Hata's constant, COST 231's from 1500 MHz."""
    constant, factor = to_1500_mhz
    if f_mhz <= _VHF_MHZ:
        return constant + factor * math.log10(_VHF_MHZ) - 20.0 * math.log10(_VHF_MHZ / f_mhz)
    if f_mhz <= _HATA_MHZ:
        return constant + factor * math.log10(f_mhz)
    if f_mhz <= _COST231_MHZ:
        return 46.3 + 33.9 * math.log10(f_mhz)
    return 46.3 + 33.9 * math.log10(_COST231_MHZ) + 10.0 * math.log10(f_mhz / _COST231_MHZ)


def _bend_beyond_20_km(loss_db: FloatArray, paths: Paths, *, f_mhz: float, log10_distance_m: FloatArray) -> None:
    """Put (log d)^alpha in the place of log d beyond 20 km, in place."""
    far = np.flatnonzero(paths.distance_m > _CURVED_M)
    if not far.size:
        return
    away = paths.at(far)
    log_km = log10_distance_m[far] - 3.0
    bend = 0.14 + 1.87e-4 * f_mhz + 1.07e-3 * away.tx_height
    alpha = 1.0 + bend * (log_km - math.log10(_CURVED_M / 1e3)) ** 0.8
    slope = 44.9 - 6.55 * np.log10(np.maximum(away.tx_height, _LOW_MAST_M))
    loss_db[far] += slope * (log_km**alpha - log_km)


def _blend_to_mast(loss_db: FloatArray, paths: Paths, *, f_mhz: float, log10_distance_m: FloatArray) -> None:
    """Go from the Hata line at 100 m to line of sight at 40 m, linearly in log d, in place."""
    near = np.flatnonzero(paths.distance_m < _HATA_M)
    if not near.size:
        return
    close = paths.at(near)
    log_d = log10_distance_m[near]
    slope = 44.9 - 6.55 * np.log10(np.maximum(close.tx_height, _LOW_MAST_M))
    at_100_m = loss_db[near] + slope * (math.log10(_HATA_M) - log_d)
    # Within 40 m the share is 0 and the line of sight is taken where the receiver stands.
    los = free_space_db(replace(close, distance_m=np.minimum(close.distance_m, _LOS_M)), f_mhz=f_mhz)
    share = np.clip((log_d - math.log10(_LOS_M)) / math.log10(_HATA_M / _LOS_M), 0.0, 1.0)
    loss_db[near] = los + share * (at_100_m - los)


class ExtendedHata:
    """Extended (modified) Hata: all the bands to 3 GHz, all distances to 100 km."""

    name: ClassVar[str] = "extended-hata"
    title: ClassVar[str] = "Extended Hata, 30-3000 MHz"
    source: ClassVar[str] = "Report ITU-R SM.2028-2"
    uses_terrain: ClassVar[bool] = False

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return the report's ranges; it advises 40 km as the practical limit of its 100 km."""
        del f_mhz
        return (
            Range("frequency", "MHz", (30.0, 3_000.0), (30.0, 3_000.0)),
            Range("distance", "m", (0.0, 40_000.0), (0.0, 100_000.0)),
            *HEIGHTS,
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the median loss in dB, shape (n,)."""
        check_ranges(self, paths, f_mhz=f_mhz)
        return extended_hata_db(paths, f_mhz=f_mhz)
