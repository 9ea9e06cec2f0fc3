"""One mast, all receivers within range: each ray sampled once, each receiver answered from it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.diffraction import diffraction
from phusong.coverage._kernels.fields import (
    BARE,
    CHUNK,
    DISTANCE,
    DLR,
    DLT,
    FIELDS,
    FLAT,
    GAP,
    H1,
    H2,
    HM,
    HORIZON,
    HRE,
    HRS,
    HTE,
    HTS,
    LOSS,
    NEED,
    NU,
    OWN,
    OWN_GROUND,
    OWN_PER_X,
    OWN_TOP,
    OWN_X,
    OWNS,
    SHARED,
    SIDE,
    SMOOTHS,
    SPAN,
    SURFACES,
    THETA_R,
    THETA_T,
    TOPS,
)  # fmt: skip
from phusong.coverage._kernels.geometry import (
    bullington,
    fill,
    fill_sums,
    grow,
    half_way,
    horizons,
    line_horizon,
    roughness,
    smooth_earth,
)
from phusong.coverage._kernels.p1812 import combine, ducts, need_ducts, prepare
from phusong.coverage._kernels.sampling import cell_at, height_at, is_on
from phusong.coverage._kernels.zones import STATES, all_inland, fill_zones, path_zones

__all__ = ["sweep_rays"]


@njit(cache=True, nogil=True, error_model="numpy")
def trace(
    ground: Floats,
    clutter: Floats,
    row: float,
    col: float,
    per_row: float,
    per_col: float,
    count: int,
    levels: Floats,
) -> int:
    """Sample a straight line and return how many samples are known before the first unknown one.

    Sample i lies at (row + i per_row, col + i per_col); ``levels[0, i]`` is bare ground, ``levels[1, i]``
    ground and clutter, m.
    """
    bare = clutter.size == 0
    for i in range(count + 1):
        r, c = row + i * per_row, col + i * per_col
        h = height_at(ground, r, c) if is_on(ground, r, c) else np.nan
        top = h if bare or i == 0 else h + height_at(clutter, r, c)  # the ends' clutter never counts
        if not top > -1e9:  # NaN too
            return i
        levels[0, i], levels[1, i] = h, top
    return count + 1


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_rays(
    ground: Floats,
    clutter: Floats,
    zones: Ints,
    mast: tuple[float, float, float, float],
    lattice: tuple[float, float, float, int],
    cells: Ints,
    starts: Ints,
    first: int,
    last: int,
    own_most: int,
    step: float,
    radii: Floats,
    antennas: tuple[float, float],
    climate: tuple[float, float, float, float, float, float, float],
    bands: tuple[Floats, bool],
    out: Floats,
) -> None:
    """Fill the losses of the receivers of rays first..last-1.

    Parameters
    ----------
    ground, clutter, zones : arrays of float32, float32 and int8, shape (rows, cols)
        Elevation, m, clutter height, m, radio-climatic zone; the last two of size 0 where there is none.
    mast : tuple of float
        Row, column (fractional), side of a raster cell in km, ground under the mast in m.
    lattice : tuple
        Of the receivers in the raster's fractional cells: first row, first column, step, and columns of the window.
    cells, starts : arrays of int32
        As `assign.by_ray` returns.
    own_most : int
        Samples before the receiver that are its own.
    step : float
        Between samples, km.
    radii : array, shape (bands,)
        Range of each band, km.
    antennas : tuple of float
        Heights above ground, transmitter and receiver, m.
    climate : tuple of float
        ae, ab (0 at p = 50 %), p, latitude scale and power, N0, what locations add in dB.
    bands : tuple of (array, bool)
        Frequencies, GHz; vertical polarisation.
    out : array of float32, shape (bands, cells of the window)
    """
    mast_row, mast_col, cell_km, mast_ground = mast
    row0, col0, per_cell, window_cols = lattice
    htg, hrg = antennas
    ae, ab, frequencies = climate[0], climate[1], bands[0]
    ce, ce_b = 1.0 / ae, (1.0 / ab if ab > 0.0 else 0.0)
    hts = mast_ground + htg
    rays = starts.size - 1
    reach = 0.0
    for b in range(radii.size):
        reach = max(reach, radii[b])
    most = int(reach / step) + 2
    levels = np.empty((2, most + 1))
    v1, v2 = np.empty(most + 1), np.empty(most + 1)
    side, y32 = np.zeros((SURFACES, SIDE, most + 1)), np.zeros((SURFACES, most + 1), np.float32)
    x32, scratch = np.zeros(most + 1, np.float32), np.zeros(most + 1, np.float32)
    bits = scratch.view(np.int32)
    at_sea = zones.size > 0
    z, own_z = np.empty(most + 1, np.int8), np.empty(own_most + 1, np.int8)
    states, state = np.empty((most + 2, STATES)), np.empty((1, STATES))
    mine = np.empty((OWNS, CHUNK, own_most + 1))
    per_gap = 1.0 / (step * np.arange(1, own_most + 2))
    geo = np.ones((FIELDS, CHUNK))
    smooth, diff = np.ones((2 * SMOOTHS, CHUNK)), np.ones((2 * frequencies.size, CHUNK))
    surfaces = SURFACES if ab > 0.0 else SURFACES - 1
    bends = (ce, 0.0, ce, ce_b)  # curvature of each surface's plane
    sizes = np.zeros(SURFACES, np.int64)
    which = np.empty(CHUNK, np.int32)
    for a in range(first, last):
        begin, end = starts[a], starts[a + 1]
        if begin == end:
            continue
        k = cells[end - 1]
        r = row0 + per_cell * (k // window_cols) - mast_row
        c = col0 + per_cell * (k % window_cols) - mast_col
        count = min(int(math.sqrt(r * r + c * c) * cell_km / step) + 1, most)
        angle = 2.0 * math.pi * a / rays
        per_row, per_col = -math.cos(angle) * step / cell_km, math.sin(angle) * step / cell_km
        count = trace(ground, clutter, mast_row, mast_col, per_row, per_col, count, levels) - 1
        if count < 0:
            continue
        levels[0, 0] = levels[1, 0] = mast_ground
        for s in range(surfaces):
            fill(side, s, x32, y32, levels, count, step, bends[s], hts)
            sizes[s] = 0
        fill_sums(levels, count, step, v1, v2)
        if at_sea:
            for i in range(count + 1):
                z[i] = cell_at(zones, mast_row + i * per_row, mast_col + i * per_col)
            fill_zones(z, count, step, states)
        pushed = n = 0
        for q in range(begin, end):
            k = cells[q]
            row = row0 + per_cell * (k // window_cols)
            col = col0 + per_cell * (k % window_cols)
            down, right = row - mast_row, col - mast_col
            d = max(math.sqrt(down * down + right * right) * cell_km, 0.001)
            steps = d / step - 0.5
            own = int(min(max(steps, 0.0), own_most))
            m = max(int(max(steps - own_most, 0.0)), pushed)  # cells come in the order of m, but for the last bit
            ground_end = height_at(ground, row, col) if is_on(ground, row, col) else np.nan
            good = m <= count and ground_end > -1e9
            per_d = step / d
            for j in range(own if good else 0):
                share = (j + 1.0) * per_d
                r, c = row - share * down, col - share * right
                mine[OWN_X, n, j] = d - (j + 1.0) * step
                mine[OWN_PER_X, n, j] = 1.0 / mine[OWN_X, n, j]
                top = bottom = height_at(ground, r, c)
                if clutter.size > 0:
                    top += height_at(clutter, r, c)
                mine[OWN_GROUND, n, j], mine[OWN_TOP, n, j] = bottom, top
                good = good and top > -1e9
                if at_sea:
                    own_z[j] = cell_at(zones, r, c)
            if good:
                if pushed < m:
                    for s in range(surfaces):
                        sizes[s] = grow(side, s, sizes[s], pushed + 1, m, step)
                    pushed = m
                hrs = ground_end + hrg
                geo[DISTANCE, n], geo[HTS, n], geo[HRS, n] = d, hts, hrs
                for s in range(TOPS, surfaces):
                    bend = bends[s]
                    y_end = hrs - 500.0 * bend * d * d - hts
                    if m == 0 and own == 0:  # two samples: the mean ground half-way stands between them
                        geo[NU + s - TOPS, n] = half_way(bend, d, htg, hrg)
                    else:
                        geo[NU + s - TOPS, n] = bullington(
                            side,
                            s,
                            x32,
                            y32,
                            scratch,
                            bits,
                            sizes[s],
                            m,
                            step,
                            bend,
                            mine,
                            per_gap,
                            n,
                            own,
                            hts,
                            d,
                            y_end,
                        )
                y_end = hrs - 500.0 * ce * d * d - hts
                tx, rx, dlt, dlr = horizons(side, sizes[BARE], m, ce, mine, per_gap, n, own, hts, d, y_end)
                known = dlr > 0.0
                geo[THETA_T, n], geo[THETA_R, n], geo[DLT, n], geo[DLR, n] = tx, rx, dlt, dlr
                geo[SPAN, n], geo[HORIZON, n] = (dlt + dlr, 1.0) if known else (d, 0.0)
                hst, hsr, hstd, hsrd = smooth_earth(
                    v1, v2, levels, side, sizes[FLAT], m, step, mine, per_gap, n, own, hts, d, ground_end, hrs
                )
                geo[H1, n], geo[H2, n] = hts - hstd, hrs - hsrd
                geo[HTE, n], geo[HRE, n] = hts - min(hst, mast_ground), hrs - min(hsr, ground_end)
                geo[HM, n] = -1.0
                if at_sea:
                    path_zones(geo, n, states, state, z, m, step, mine, own_z, own, cell_at(zones, row, col))
                else:
                    all_inland(geo, n)
                geo[SHARED, n], geo[OWN, n], geo[GAP, n] = m, own, step
                which[n] = k
                n += 1
            else:
                for b in range(frequencies.size):
                    out[b, k] = np.nan
            if n == 0 or (n < CHUNK and q < end - 1):
                continue
            _answer(
                geo, smooth, diff, n, which, levels, side, x32, y32, scratch, bits, mine, per_gap, step, mast_ground,
                radii, antennas, climate, bands, at_sea, out,
            )  # fmt: skip
            n = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _answer(
    geo: Floats,
    smooth: Floats,
    diff: Floats,
    n: int,
    which: Ints,
    levels: Floats,
    side: Floats,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    mine: Floats,
    per_gap: Floats,
    step: float,
    mast_ground: float,
    radii: Floats,
    antennas: tuple[float, float],
    climate: tuple[float, float, float, float, float, float, float],
    bands: tuple[Floats, bool],
    at_sea: bool,
    out: Floats,
) -> None:
    """Write the losses of n paths of one ray, band by band; look closer where ducting may count."""
    ae, ab, time_share, latitude_scale, latitude_power, n0, location_db = climate
    frequencies, vertical = bands
    ce, hts = 1.0 / ae, mast_ground + antennas[0]
    full = min((n + 15) // 16 * 16, CHUNK)  # whole SIMD registers; the tail holds older paths
    prepare(geo, smooth, full, ae, ab, latitude_scale, latitude_power)
    ducts(geo, full, ae, time_share)
    for i in range(full):
        geo[NEED, i] = 0.0
    for b in range(frequencies.size):
        diffraction(geo, smooth, diff, full, b, frequencies[b], time_share, vertical, at_sea)
        need_ducts(geo, diff, full, b, frequencies[b], time_share, ae, at_sea)
    asked = False
    for i in range(n):
        if geo[NEED, i] > 0.0:
            asked = True
            m, own, d = int(geo[SHARED, i]), int(geo[OWN, i]), geo[DISTANCE, i]
            if geo[HORIZON, i] == 0.0:
                y_end = geo[HRS, i] - 500.0 * ce * d * d - hts
                dlt = line_horizon(side, x32, y32, scratch, bits, m, step, ce, mine, per_gap, i, own, hts, d, y_end)
                geo[DLT, i], geo[DLR, i], geo[HORIZON, i] = dlt, d - dlt, 1.0
            geo[HM, i] = roughness(
                levels, m, step, mine, i, own, d, geo[DLT, i], geo[DLR, i], hts - geo[HTE, i],
                geo[HRS, i] - geo[HRE, i],
            )  # fmt: skip
    if asked:
        ducts(geo, full, ae, time_share)
    for b in range(frequencies.size):
        combine(geo, diff, full, b, frequencies[b], time_share, n0, ae, at_sea, location_db)
        for i in range(n):
            out[b, which[i]] = geo[LOSS, i] if geo[DISTANCE, i] <= radii[b] else np.nan
