"""One mast, every receiver over its own profile: nothing shared, nothing interpolated between rays."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.diffraction import diffraction
from phusong.coverage._kernels.fields import CHUNK, DISTANCE, FIELDS, GAP, LOSS, OWNS, SMOOTHS
from phusong.coverage._kernels.p1812 import combine, ducts, prepare
from phusong.coverage._kernels.point import LANES, geometry_of
from phusong.coverage._kernels.sampling import cell_at, fill_line, is_on
from phusong.coverage._kernels.zones import STATES, all_inland, fill_zones, path_zones

__all__ = ["exact_rows"]


@njit(cache=True, nogil=True, error_model="numpy")
def exact_rows(
    ground: Floats,
    clutter: Floats,
    zones: Ints,
    mast: tuple[float, float, float, float],
    lattice: tuple[float, float, float, int],
    first: int,
    last: int,
    step: float,
    radii: Floats,
    antennas: tuple[float, float],
    climate: tuple[float, float, float, float, float, float, float],
    bands: tuple[Floats, bool],
    out: Floats,
) -> None:
    """Fill the losses of the receivers in rows first..last-1 of the window.

    Each profile runs straight from the mast to the receiver in equal steps, as near to `step` as a whole number of
    them allows. The parameters are those of `sweep.sweep_rays`.
    """
    mast_row, mast_col, cell_km, mast_ground = mast
    row0, col0, per_cell, window_cols = lattice
    htg, hrg = antennas
    ae, ab, _time_share, _latitude_scale, _latitude_power, _n0, _location_db = climate
    frequencies, vertical = bands
    ce, ce_b = 1.0 / ae, (1.0 / ab if ab > 0.0 else 0.0)
    reach = 0.0
    for b in range(radii.size):
        reach = max(reach, radii[b])
    most = int(reach / step) + 4
    # One array each: rows unpacked from one array would be taken for strided, and loops over them not vectorise.
    h, g, y, slopes = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    per = 1.0 / np.maximum(np.arange(most), 1)
    x32, y32, scratch = np.zeros(most, np.float32), np.zeros((1, most), np.float32), np.zeros(most, np.float32)
    bits = scratch.view(np.int32)
    lanes = np.empty(LANES)
    at_sea = zones.size > 0
    z, none, no_own = np.empty(most, np.int8), np.empty(0, np.int8), np.empty((OWNS, 0, 0))
    states, state = np.empty((most + 1, STATES)), np.empty((1, STATES))
    geo = np.ones((FIELDS, CHUNK))
    smooth, diff = np.ones((2 * SMOOTHS, CHUNK)), np.ones((2 * frequencies.size, CHUNK))
    which = np.empty(CHUNK, np.int64)
    n = 0
    for r in range(first, last):
        down = row0 + per_cell * r - mast_row
        for c in range(window_cols):
            right = col0 + per_cell * c - mast_col
            d = max(math.sqrt(down * down + right * right) * cell_km, 0.001)
            if d <= reach:
                k = r * window_cols + c
                parts = max(int(d / step + 0.5), 1)
                if not trace_path(ground, clutter, mast_row, mast_col, down, right, parts, mast_ground, h, g):
                    for b in range(frequencies.size):
                        out[b, k] = np.nan
                    continue
                if at_sea:
                    for i in range(parts + 1):
                        z[i] = cell_at(zones, mast_row + down * i / parts, mast_col + right * i / parts)
                if parts == 1:  # two samples: the mean ground half-way stands between them
                    h[2] = h[1]
                    h[1] = g[1] = 0.5 * (h[0] + h[2])
                    z[2] = z[1]
                    parts = 2
                geometry_of(
                    geo, n, h, g, parts, d / parts, htg, hrg, ce, ce_b, y, slopes, per, x32, y32, scratch, bits, lanes
                )
                if at_sea:
                    fill_zones(z, parts, geo[GAP, n], states)
                    path_zones(geo, n, states, state, z, parts - 1, geo[GAP, n], no_own, none, 0, z[parts])
                else:
                    all_inland(geo, n)
                which[n] = k
                n += 1
                if n == CHUNK:
                    _answer(geo, smooth, diff, n, which, radii, climate, frequencies, vertical, at_sea, out)
                    n = 0
    _answer(geo, smooth, diff, n, which, radii, climate, frequencies, vertical, at_sea, out)


@njit(cache=True, nogil=True, error_model="numpy")
def trace_path(
    ground: Floats,
    clutter: Floats,
    row: float,
    col: float,
    down: float,
    right: float,
    parts: int,
    mast_ground: float,
    heights: Floats,
    tops: Floats,
) -> bool:
    """Sample the straight line from the mast over (down, right) cells in equal parts; tell whether all is known."""
    if not (is_on(ground, row, col) and is_on(ground, row + down, col + right)):
        return False
    fill_line(ground, clutter, row, col, down, right, parts, heights, tops)
    tops[parts] = heights[parts]
    heights[0] = tops[0] = mast_ground
    unknown = 0
    for i in range(1, parts + 1):
        unknown += 0 if tops[i] > -1e9 else 1  # NaN is not
    return unknown == 0


@njit(cache=True, nogil=True, error_model="numpy")
def _answer(
    geo: Floats,
    smooth: Floats,
    diff: Floats,
    n: int,
    which: Ints,
    radii: Floats,
    climate: tuple[float, float, float, float, float, float, float],
    frequencies: Floats,
    vertical: bool,
    at_sea: bool,
    out: Floats,
) -> None:
    """Write the losses of the first n paths of a chunk, band by band."""
    ae, ab, time_share, latitude_scale, latitude_power, n0, location_db = climate
    full = min((n + 15) // 16 * 16, CHUNK)
    prepare(geo, smooth, full, ae, ab, latitude_scale, latitude_power)
    ducts(geo, full, ae, time_share)
    for b in range(frequencies.size):
        diffraction(geo, smooth, diff, full, b, frequencies[b], time_share, vertical, at_sea)
        combine(geo, diff, full, b, frequencies[b], time_share, n0, ae, at_sea, location_db)
        for i in range(n):
            out[b, which[i]] = geo[LOSS, i] if geo[DISTANCE, i] <= radii[b] else np.nan
