"""Free-space loss, Recommendation ITU-R P.525: the floor under every other model."""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np

from phusong.coverage.propagation._model import FloatArray, Paths, Range, check_ranges

__all__ = ["FreeSpace", "at_least_free_space", "free_space_db"]

SPEED_OF_LIGHT_M_S: Final = 299_792_458.0
_NEAREST_M: Final = 1.0
_NEAR_M: Final = 1_000.0


def free_space_db(paths: Paths, *, f_mhz: float) -> FloatArray:
    """Return the free-space basic transmission loss in dB, shape (n,).

    Notes
    -----
    P.525 (3), Lbf = 20 log10(4 pi d / lambda), with d the straight line between the antennas (flat ground),
    taken as 1 m where it is shorter.
    """
    rise = paths.tx_height - paths.distance_m.dtype.type(paths.rx_height_m)
    square = paths.distance_m * paths.distance_m
    square += rise * rise
    np.maximum(square, _NEAREST_M**2, out=square)
    loss: FloatArray = np.log10(square, out=square)
    loss *= 10.0
    loss += _at_1_m_db(f_mhz)
    return loss


def at_least_free_space(loss_db: FloatArray, paths: Paths, *, f_mhz: float, log10_distance_m: FloatArray) -> FloatArray:
    """Raise `loss_db` in place to the free-space loss where it is lower, and return it.

    Notes
    -----
    The slanted line costs a second logarithm. It is spent within 1 km of the mast and wherever the loss
    comes near to free space along the ground; beyond 1 km the slant adds at most `margin`.
    """
    if not loss_db.size:
        return loss_db
    rise_m = float(np.max(np.abs(np.asarray(paths.tx_height_m) - paths.rx_height_m)))
    margin = 10.0 * math.log10(1.0 + (rise_m / _NEAR_M) ** 2)
    floor = log10_distance_m * 20.0
    floor += _at_1_m_db(f_mhz) + margin
    low = np.flatnonzero((loss_db < floor) | (paths.distance_m < _NEAR_M))
    if low.size:
        loss_db[low] = np.maximum(loss_db[low], free_space_db(paths.at(low), f_mhz=f_mhz))
    return loss_db


def _at_1_m_db(f_mhz: float) -> float:
    return 20.0 * math.log10(4e6 * math.pi * f_mhz / SPEED_OF_LIGHT_M_S)


class FreeSpace:
    """Nothing in the way: the lowest loss there can be on average."""

    name: ClassVar[str] = "free-space"
    title: ClassVar[str] = "Free space (ITU-R P.525), the optimistic bound"
    source: ClassVar[str] = "Recommendation ITU-R P.525-4"
    uses_terrain: ClassVar[bool] = False

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return ranges so wide that only wrong units fall outside."""
        del f_mhz
        return (
            Range("frequency", "MHz", (30.0, 100_000.0), (1.0, 300_000.0)),
            Range("distance", "m", (0.0, 100_000.0), (0.0, 1_000_000.0)),
            Range("tx height", "m", (0.0, 3_000.0), (0.0, 20_000.0)),
            Range("rx height", "m", (0.0, 3_000.0), (0.0, 20_000.0)),
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the free-space loss in dB, shape (n,)."""
        check_ranges(self, paths, f_mhz=f_mhz)
        return free_space_db(paths, f_mhz=f_mhz)
