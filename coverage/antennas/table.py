"""Table: an antenna as plain arrays, so that a compiled loop can ask it for the gain at millions of places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.coverage.antennas._kernel import gains
from phusong.coverage.antennas.mounting import Mounted
from phusong.coverage.antennas.pattern import Antenna, FloatArray, Pattern, Terms, floats

__all__ = ["PatternTable", "tabulate"]

AZIMUTH_STEP_DEG: Final = 0.05
ELEVATION_STEP_DEG: Final = 0.02
U_STEP: Final = 0.0005
# A gain of nothing at all would spoil what is interpolated beside it.
_DEEPEST_DB = -200.0


@dataclass(frozen=True, slots=True, eq=False)
class PatternTable:
    """The functions a pattern is made of, sampled; an `Antenna` too.

    Not one table over azimuth and elevation: the kinks of patterns (limits, beams that take over from each other, the
    whole degrees of a file) run across such a table, and a step fine enough for them would take tens of megabytes.
    Each pattern here is put together from functions of one angle (`phusong.coverage.antennas.pattern.Terms`), and
    these are sampled as finely as one likes: 0.05 deg in azimuth, 0.02 deg in elevation, 0.0005 in u - about 250 kB
    an antenna, of which a ray reads a few. Mechanical tilt turns the direction, exactly; it is not in the tables.

    Parameters
    ----------
    horizontal_db : array of float32, shape (a,)
    vertical_db : array of float32, shape (3, e)
    columns_db : array of float32, shape (u,) or (0,)
    scalars : array of float64, shape (6,)
        See `phusong.coverage.antennas._kernel.gain_at`, which takes these four in this order after the direction.
    """

    horizontal_db: NDArray[np.float32]
    vertical_db: NDArray[np.float32]
    columns_db: NDArray[np.float32]
    scalars: NDArray[np.float64]

    @property
    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
        """What `gain_at` takes after the direction."""
        return self.horizontal_db, self.vertical_db, self.columns_db, self.scalars

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles; always worked in float32."""
        azimuth, elevation = np.broadcast_arrays(floats(azimuth_off_deg), floats(elevation_deg))
        flat = gains(
            np.ascontiguousarray(azimuth, np.float32).ravel(),
            np.ascontiguousarray(elevation, np.float32).ravel(),
            *self.arrays,
        )
        shaped: FloatArray = flat.reshape(azimuth.shape)
        return shaped.astype(np.result_type(azimuth, elevation), copy=False)


@lru_cache(maxsize=512)
def tabulate(antenna: Antenna) -> PatternTable:
    """Return the tables of an antenna; an equal antenna gets the same ones.

    Parameters
    ----------
    antenna : Pattern or Mounted
        Hashable, as all antennas of this package are.

    Returns
    -------
    PatternTable
        Its arrays are read-only. They differ from ``antenna.gain_db`` by less than 0.05 dB everywhere.
    """
    pattern, tilt_deg = antenna, 0.0
    if isinstance(antenna, Mounted):
        pattern, tilt_deg = antenna.pattern, antenna.mechanical_tilt_deg
    terms: Terms = _terms(pattern)
    azimuth = _nodes(180.0, AZIMUTH_STEP_DEG)
    elevation = _nodes(180.0, ELEVATION_STEP_DEG)
    vertical = np.zeros((3, elevation.size))
    vertical[0] = terms.front(elevation)
    if terms.back is not None:
        vertical[1] = terms.back(elevation) - vertical[0]
    if terms.array is not None:
        vertical[2] = terms.array(elevation)
    rows = int(bool(vertical[1].any())) + 2 * int(bool(vertical[2].any()))
    columns = np.empty(0) if terms.columns is None else terms.columns(_nodes(1.0, U_STEP))
    tilt = math.radians(tilt_deg)
    scalars = np.array([terms.floor_db, terms.shift_deg, terms.method, math.sin(tilt), math.cos(tilt), rows], float)
    table = PatternTable(_held(terms.horizontal(azimuth)), _held(vertical), _held(columns), scalars)
    for array in table.arrays:
        array.flags.writeable = False
    return table


def _terms(pattern: Antenna | Pattern) -> Terms:
    terms: Terms = pattern.terms()  # type: ignore[union-attr]
    return terms


def _nodes(end: float, step: float) -> FloatArray:
    half = round(end / step)
    nodes: FloatArray = np.arange(-half, half + 1) * (end / half)
    return nodes


def _held(values: FloatArray) -> NDArray[np.float32]:
    return np.maximum(values, _DEEPEST_DB).astype(np.float32)
