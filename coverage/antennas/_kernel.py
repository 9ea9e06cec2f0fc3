"""The gain of an antenna from its tables, one direction at a time: numpy, math and numba only.

`gain_at` and `gain_toward` may be called from any compiled loop; `gains` is such a loop.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["gain_at", "gain_toward", "gains"]

_N = 3.5
_HALF_TURN_DEG = 180.0
# Places in `scalars`.
_FLOOR, _SHIFT, _METHOD, _SINE, _COSINE, _ROWS = range(6)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _at(row: NDArray[np.float32], place: float) -> float:
    """Return a table's value between two of its entries; places beyond its ends take the end's."""
    last = row.size - 1
    place = min(max(place, 0.0), float(last))
    low = min(int(place), last - 1)
    share = place - low
    return float(row[low]) * (1.0 - share) + float(row[low + 1]) * share


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gain_at(  # noqa: PLR0917 - tables go into compiled loops one by one
    azimuth_off_deg: float,
    elevation_deg: float,
    horizontal_db: NDArray[np.float32],
    vertical_db: NDArray[np.float32],
    columns_db: NDArray[np.float32],
    scalars: NDArray[np.float64],
) -> float:
    """Return the gain in one direction, dB, <= 0; NaN where an angle is no number.

    Parameters
    ----------
    azimuth_off_deg, elevation_deg : float
        Direction minus the antenna's azimuth, any number of turns; and -90..90 above the horizon.
    horizontal_db : array of float32, shape (a,)
        H over azimuths -180..180, ends included.
    vertical_db : array of float32, shape (3, e)
        Vf, Vb - Vf and A over elevations -180..180, ends included.
    columns_db : array of float32, shape (u,)
        U over u = -1..1, ends included; of shape (0,) where there is none.
    scalars : array of float64, shape (6,)
        floor_db, shift_deg, method, sine and cosine of the mechanical tilt, which rows of `vertical_db` are not 0
        (1: Vb - Vf, 2: A, 3: both).
    """
    if not (math.isfinite(azimuth_off_deg) and math.isfinite(elevation_deg)):
        return math.nan
    off = azimuth_off_deg - 360.0 * math.floor(azimuth_off_deg / 360.0 + 0.5)
    if scalars[_SINE] == 0.0 and columns_db.size == 0:
        return _joined(off, elevation_deg, 0.0, horizontal_db, vertical_db, columns_db, scalars)
    azimuth, elevation = math.radians(off), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return gain_toward(
        flat * math.cos(azimuth),
        flat * math.sin(azimuth),
        math.sin(elevation),
        horizontal_db,
        vertical_db,
        columns_db,
        scalars,
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gain_toward(  # noqa: PLR0917 - tables go into compiled loops one by one
    ahead: float,
    right: float,
    up: float,
    horizontal_db: NDArray[np.float32],
    vertical_db: NDArray[np.float32],
    columns_db: NDArray[np.float32],
    scalars: NDArray[np.float64],
) -> float:
    """Return the gain toward a place, dB, <= 0: `ahead` along the antenna's azimuth, `right` of it and `up`, any unit.

    Along a ray of constant azimuth ``ahead`` and ``right`` are its cosine and sine, ``up`` is rise over distance. For
    the tables see `gain_at`.
    """
    sine, cosine = scalars[_SINE], scalars[_COSINE]
    along, high = ahead * cosine - up * sine, ahead * sine + up * cosine
    level = math.sqrt(along * along + right * right)
    u = right / math.sqrt(level * level + high * high) if columns_db.size else 0.0
    azimuth, elevation = math.degrees(math.atan2(right, along)), math.degrees(math.atan2(high, level))
    if math.isnan(azimuth + elevation):
        return math.nan
    return _joined(azimuth, elevation, u, horizontal_db, vertical_db, columns_db, scalars)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _joined(  # noqa: PLR0917 - tables go into compiled loops one by one
    azimuth_deg: float,
    elevation_deg: float,
    u: float,
    horizontal_db: NDArray[np.float32],
    vertical_db: NDArray[np.float32],
    columns_db: NDArray[np.float32],
    scalars: NDArray[np.float64],
) -> float:
    """Return the gain in a direction of the antenna's own frame; the formula is `pattern.evaluate`'s."""
    rows = int(scalars[_ROWS])
    place = (elevation_deg + scalars[_SHIFT] + _HALF_TURN_DEG) * ((vertical_db.shape[1] - 1) / 360.0)
    horizontal = _at(horizontal_db, (azimuth_deg + _HALF_TURN_DEG) * ((horizontal_db.size - 1) / 360.0))
    vertical = _at(vertical_db[0], place)
    if rows & 1:
        vertical += _at(vertical_db[1], place) * (abs(azimuth_deg) / _HALF_TURN_DEG)
    gain = horizontal + vertical
    if scalars[_METHOD] > 0.0:
        hor, vert = 10.0 ** (horizontal / 10.0), 10.0 ** (vertical / 10.0)
        w1, w2 = vert * (1.0 - hor), hor * (1.0 - vert)
        norm = math.sqrt(w1 * w1 + w2 * w2)  # k = 2
        cross = (horizontal * w1 + vertical * w2) / norm if norm > 0.0 else gain
        w3 = (hor * vert) ** (1.0 / _N) if scalars[_METHOD] > 1.0 else 0.0
        gain = gain * w3 + cross * (1.0 - w3)
    gain = max(gain, scalars[_FLOOR])
    if rows & 2:
        gain += _at(vertical_db[2], place)
    if columns_db.size:
        gain += _at(columns_db, (u + 1.0) * 0.5 * (columns_db.size - 1))
    return float(min(gain, 0.0))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gains(  # noqa: PLR0917 - tables go into compiled loops one by one
    azimuth_off_deg: NDArray[np.float32],
    elevation_deg: NDArray[np.float32],
    horizontal_db: NDArray[np.float32],
    vertical_db: NDArray[np.float32],
    columns_db: NDArray[np.float32],
    scalars: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return the gains in many directions, dB, all of shape (n,); see `gain_at`."""
    result = np.empty(azimuth_off_deg.size, np.float32)
    for i in range(azimuth_off_deg.size):
        result[i] = gain_at(azimuth_off_deg[i], elevation_deg[i], horizontal_db, vertical_db, columns_db, scalars)
    return result
