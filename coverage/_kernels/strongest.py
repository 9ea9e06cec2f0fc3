"""The strongest cells of a place: levels from losses and antennas, and running maxima over masts."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.vector_math import atan

__all__ = ["NONE", "UNKNOWN", "directions", "levels_above", "raise_maxima"]

NONE = -32767
UNKNOWN = -32768
"""Levels are kept in hundredths of a dB; these two mean no number."""

_DEGREES = 180.0 / math.pi
_QUARTER = 0.5 * math.pi
_NEAREST_M = 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def directions(east_m: Floats, north_m: Floats, rise_m: Floats, azimuth_deg: Floats, elevation_deg: Floats) -> None:
    """Fill the directions in which an antenna sees the receivers, deg.

    Parameters
    ----------
    east_m, north_m : arrays, shape (cols,) and (rows,)
        How far each column and row lies from the mast.
    rise_m : array of float32, shape (rows, cols)
        How much higher than the antenna each receiver stands, negative as a rule; NaN where unknown.
    azimuth_deg, elevation_deg : arrays of float32, shape (rows, cols)
        Clockwise from north, 0..360; above the horizon, along the straight line between the two. The Earth's
        curvature is left out: at 20 km it is 0.07 deg less.
    """
    for r in range(north_m.size):
        y = north_m[r]
        for c in range(east_m.size):
            x = east_m[c]
            angle = _turn(y, x)
            azimuth_deg[r, c] = angle if angle >= 0.0 else angle + 360.0
            far = max((x * x + y * y) ** 0.5, _NEAREST_M)
            elevation_deg[r, c] = atan(rise_m[r, c] / far) * _DEGREES


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _turn(ahead: float, right: float) -> float:
    """Return the angle of a direction to the right of ahead, -180..180 deg; 0 where there is no direction."""
    a, b = abs(ahead), abs(right)
    steep = b > a
    angle = atan((a if steep else b) / max(b if steep else a, 1e-12))  # from the nearer axis, 0..45 deg
    angle = _QUARTER - angle if steep else angle
    angle = angle if ahead >= 0.0 else 2.0 * _QUARTER - angle
    return (angle if right >= 0.0 else -angle) * _DEGREES


@njit(cache=True, nogil=True, error_model="numpy")
def levels_above(
    loss_db: Floats,
    east_m: Floats,
    north_m: Floats,
    rise_m: Floats,
    azimuth_deg: Floats,
    elevation_deg: Floats,
    radius_m: float,
    eirp_dbm: float,
    boresight_deg: float,
    floor_dbm: float,
    table: tuple[Floats, Floats, Floats, Floats],
    first: int,
    stride: int,
    numbers: Ints,
    levels: Floats,
) -> int:
    """Return how many places within range have a level from a floor on, or an unknown one; fill which and what.

    Parameters
    ----------
    loss_db : array of float32, shape (rows, cols)
        NaN: unknown.
    east_m, north_m, rise_m, azimuth_deg, elevation_deg : arrays
        As in `directions`.
    radius_m : float
        The cell's range.
    eirp_dbm, boresight_deg, floor_dbm : float
    table : tuple of arrays
        `phusong.coverage.antennas.PatternTable.arrays`.
    first, stride : int
        Flat number of the window's first cell in the grid, and the grid's columns.
    numbers : array of int32, shape (n,)
        Filled with flat numbers in the grid, ascending; n is at least the number of cells in the window.
    levels : array of float32, shape (n,)
        Filled with dBm; NaN: unknown.
    """
    horizontal, vertical, columns, scalars = table
    floor, shift, method, sin_tilt, cos_tilt = scalars[0], scalars[1], scalars[2], scalars[3], scalars[4]
    rows = int(scalars[5])
    front, back, array = vertical[0], vertical[1], vertical[2]
    per_turn, per_circle, per_u = (horizontal.size - 1) / 360.0, (front.size - 1) / 360.0, 0.5 * (columns.size - 1)
    leans = columns.size > 0 or sin_tilt != 0.0
    sine, cosine = math.sin(boresight_deg / _DEGREES), math.cos(boresight_deg / _DEGREES)
    square = radius_m * radius_m
    wide = east_m.size
    at, strong = np.empty(wide, np.int32), np.empty(wide)
    off, up, u = np.empty(wide), np.empty(wide), np.empty(wide)
    boresight_deg -= 360.0 * math.floor(boresight_deg / 360.0)
    found = 0
    for r in range(north_m.size):
        y = north_m[r]
        n = 0
        for c in range(wide):  # no antenna radiates more than at its peak
            level = eirp_dbm - loss_db[r, c]
            if not level < floor_dbm and max(east_m[c] * east_m[c] + y * y, _NEAREST_M) <= square:
                at[n], strong[n] = c, level
                n += 1
        if leans:
            for i in range(n):
                off[i], up[i] = east_m[at[i]], rise_m[r, at[i]]
            for i in range(n):  # nothing but arithmetic: SIMD
                x, rise = off[i], up[i]
                ahead, right = x * sine + y * cosine, x * cosine - y * sine
                ahead = ahead if abs(ahead) + abs(right) > 0.0 else 1e-9
                along, high = ahead * cos_tilt - rise * sin_tilt, ahead * sin_tilt + rise * cos_tilt
                level = (along * along + right * right) ** 0.5
                u[i] = right / (level * level + high * high) ** 0.5
                off[i], up[i] = _turn(along, right), atan(high / max(level, 1e-12)) * _DEGREES
        else:
            for i in range(n):
                turn = azimuth_deg[r, at[i]] - boresight_deg
                turn = turn - 360.0 if turn >= 180.0 else turn
                off[i] = turn + 360.0 if turn < -180.0 else turn
                up[i] = elevation_deg[r, at[i]]
        for i in range(n):
            level = strong[i]
            if level == level:  # noqa: PLR0124 - not NaN
                place = (up[i] + shift + 180.0) * per_circle
                flat, tall = _between(horizontal, (off[i] + 180.0) * per_turn), _between(front, place)
                if rows & 1:
                    tall += _between(back, place) * (abs(off[i]) / 180.0)
                gain = flat + tall if method == 0.0 else _weighted(flat, tall, method)
                gain = max(gain, floor)
                if rows & 2:
                    gain += _between(array, place)
                if columns.size:
                    gain += _between(columns, (u[i] + 1.0) * per_u)
                gain = min(gain, 0.0)
                level += gain
                if level < floor_dbm:
                    continue
            numbers[found] = first + r * stride + at[i]
            levels[found] = level
            found += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _between(row: Floats, place: float) -> float:
    """Return a table's value between two of its entries; places beyond its ends take the end's."""
    place = min(max(place, 0.0), row.size - 1.0)
    low = min(int(place), row.size - 2)
    return row[low] + (place - low) * (row[low + 1] - row[low])


@njit(cache=True, nogil=True, error_model="numpy")
def _weighted(flat: float, tall: float, method: float) -> float:
    """Return the weighted sum of two cuts, dB; the formula is `phusong.coverage.antennas.pattern.evaluate`'s."""
    hor, vert = 10.0 ** (flat / 10.0), 10.0 ** (tall / 10.0)
    w1, w2 = vert * (1.0 - hor), hor * (1.0 - vert)
    norm = (w1 * w1 + w2 * w2) ** 0.5  # k = 2
    cross = (flat * w1 + tall * w2) / norm if norm > 0.0 else flat + tall
    w3 = (hor * vert) ** (1.0 / 3.5) if method > 1.0 else 0.0
    return (flat + tall) * w3 + cross * (1.0 - w3)


@njit(cache=True, nogil=True, error_model="numpy")
def raise_maxima(
    numbers: Ints,
    levels: Ints,
    starts: Ints,
    rows: Ints,
    servers: Ints,
    offset: int,
    best: Ints,
    server: Ints,
    unknown: Ints,
    scratch: Ints,
    scratch_server: Ints,
    touched: Ints,
) -> None:
    """Raise the strongest levels by those of one mast; each mast counts once at a place, by its strongest cell.

    Of equal levels the one that came first stays: masts come in their order, cells of a mast in the order of `rows`.

    Parameters
    ----------
    numbers : array of int32, shape (n,)
        Flat numbers in the grid of a mast's footprints.
    levels : array of int16, shape (n,)
        Hundredths of a dB; `UNKNOWN` where nobody knows.
    starts : array of int64, shape (cells + 1,)
        Where each cell's footprint begins.
    rows : array of int64, shape (k,)
        The mast's cells that take part.
    servers : array of int32, shape (k,)
        What each is called in `server`.
    offset : int
        Flat number of the tile's first place.
    best : array of int16, shape (ranks, places)
        Strongest first; `NONE` where none.
    server : array of int32, shape (places,)
        Who is the strongest.
    unknown : array of bool, shape (places,)
        Set where some mast's level is not known.
    scratch : array of int16, shape (places,)
        All `NONE`, before and after.
    scratch_server, touched : arrays of int32, shape (places,)
    """
    places, ranks = best.shape[1], best.shape[0]
    count = 0
    for k in range(rows.size):
        for i in range(starts[rows[k]], starts[rows[k] + 1]):
            p = numbers[i] - offset
            if p < 0 or p >= places:
                continue
            level = levels[i]
            if level == UNKNOWN:
                unknown[p] = True
            elif scratch[p] == NONE:
                scratch[p], scratch_server[p] = level, servers[k]
                touched[count] = p
                count += 1
            elif level > scratch[p]:
                scratch[p], scratch_server[p] = level, servers[k]
    for i in range(count):
        p = touched[i]
        level = scratch[p]
        scratch[p] = NONE
        if level > best[0, p]:
            server[p] = scratch_server[p]
        for n in range(ranks):
            if level > best[n, p]:
                best[n, p], level = level, best[n, p]
