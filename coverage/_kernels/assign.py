"""Which ray serves which receiver: every cell of the grid within range, each exactly once."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.vector_math import atan

__all__ = ["by_ray"]

_TURN = 2.0 * math.pi


@njit(cache=True, nogil=True, error_model="numpy")
def by_ray(north_km: Floats, east_km: Floats, radius_km: float, rays: int, step_km: float) -> tuple[Ints, Ints]:
    """Sort the cells within a radius by ray, and along each ray by distance.

    Parameters
    ----------
    north_km : array, shape (rows,)
        How far each row's centre lies north of the mast.
    east_km : array, shape (cols,)
        How far each column's centre lies east of it.
    radius_km : float
    rays : int
        Equally spaced, the first to the north, clockwise.
    step_km : float
        Cells whose distance rounds to the same number of steps keep the raster's order: they share their samples.

    Returns
    -------
    cells : array of int32, shape (n,)
        Flat numbers in the window, ray by ray.
    starts : array of int32, shape (rays + 1,)
        Where each ray's cells begin.
    """
    rows, cols = north_km.size, east_km.size
    bins = int(radius_km / step_km + 0.5) + 2
    ray_of = np.empty(cols, np.int32)
    bin_of = np.empty(cols, np.int32)
    all_rays = np.empty(rows * cols, np.int32)
    all_bins = np.empty(rows * cols, np.int32)
    per_bin = np.zeros(bins + 1, np.int32)
    starts = np.zeros(rays + 1, np.int32)
    square = radius_km * radius_km
    per_turn = rays / _TURN
    for r in range(rows):
        y = north_km[r]
        for c in range(cols):
            x = east_km[c]
            a, b = abs(x), abs(y)
            steep = a > b
            t = (b if steep else a) / max(a if steep else b, 1e-12)
            angle = atan(t)  # from the nearer axis, 0..45 deg
            angle = 0.5 * math.pi - angle if steep else angle  # from the north-south axis
            angle = angle if y >= 0.0 else math.pi - angle
            angle = angle if x >= 0.0 else _TURN - angle
            ray_of[c] = int(angle * per_turn + 0.5)
            far = x * x + y * y
            bin_of[c] = int(far**0.5 / step_km + 0.5) if far <= square else -1
        for c in range(cols):
            k = r * cols + c
            ray = ray_of[c]
            all_rays[k] = ray if ray < rays else 0
            all_bins[k] = bin_of[c]
            if bin_of[c] >= 0:
                per_bin[bin_of[c] + 1] += 1
                starts[all_rays[k] + 1] += 1
    for i in range(bins):
        per_bin[i + 1] += per_bin[i]
    for i in range(rays):
        starts[i + 1] += starts[i]
    by_distance = np.empty(starts[rays], np.int32)
    for k in range(rows * cols):
        i = all_bins[k]
        if i >= 0:
            by_distance[per_bin[i]] = k
            per_bin[i] += 1
    cells = np.empty(starts[rays], np.int32)
    next_free = starts.copy()
    for n in range(by_distance.size):
        k = by_distance[n]
        ray = all_rays[k]
        cells[next_free[ray]] = k
        next_free[ray] += 1
    return cells, starts
