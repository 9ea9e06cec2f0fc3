"""Ground and clutter along straight lines over a raster.

Places are fractional cell numbers: (0, 0) is the middle of the north-western cell. Elevation and clutter height are
bilinear between cell centres - a cell's clutter height is a mean over what stands on it already - and a radio zone
is that of the cell the place lies in.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints

__all__ = ["cell_at", "fill_line", "height_at", "is_on"]

_NOT_NEGATIVE = 0x7FFF_FFFF
_HAIR = 1e-6  # a line along the edge leaves it by rounding


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def is_on(raster: Floats, row: float, col: float) -> bool:
    """Tell whether a place lies on the raster, its outermost half cells included."""
    return (
        row >= -0.5 - _HAIR
        and row <= raster.shape[0] - 0.5 + _HAIR
        and col >= -0.5 - _HAIR
        and col <= raster.shape[1] - 0.5 + _HAIR
    )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def height_at(ground: Floats, row: float, col: float) -> float:
    """Return the height at a place on a raster of at least 2 x 2 cells, m; NaN next to a void.

    Half a cell at the raster's edge has no neighbour on one side: the edge's own value is carried outward. A line
    between two places on the raster never leaves it, so that `is_on` is asked of its ends only.
    """
    rows, cols = ground.shape
    row = min(max(row, 0.0), rows - 1.0)
    col = min(max(col, 0.0), cols - 1.0)
    r, c = min(int(row), rows - 2), min(int(col), cols - 2)
    down, right = row - r, col - c
    # In double precision before the differences are taken: rounding shows as 2e-4 dB over kilometres of relief.
    z0, z1, z2, z3 = (
        np.float64(ground[r, c]),
        np.float64(ground[r, c + 1]),
        np.float64(ground[r + 1, c]),
        np.float64(ground[r + 1, c + 1]),
    )
    north, south = z0 + right * (z1 - z0), z2 + right * (z3 - z2)
    return north + down * (south - north)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def cell_at(raster: Ints, row: float, col: float) -> int:
    """Return the value of the cell that holds a place on the raster."""
    r, c = min(int(max(row, 0.0) + 0.5), raster.shape[0] - 1), min(int(max(col, 0.0) + 0.5), raster.shape[1] - 1)
    return raster[r, c]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_line(
    ground: Floats, clutter: Floats, row: float, col: float, down: float, right: float, parts: int, bare: Floats,
    tops: Floats,
) -> None:  # fmt: skip
    """Fill samples 1..parts of a straight line, a `parts`-th of (down, right) apart: ground, and ground with clutter.

    Heights are those of `height_at`; both ends lie on the raster. Away from its edge the two rasters share the
    arithmetic, and nothing needs to be held to the edge.
    """
    rows, cols = ground.shape
    per_row, per_col = down / parts, right / parts
    inside = (
        min(row, row + down) >= 0.0
        and max(row, row + down) < rows - 1.0
        and min(col, col + right) >= 0.0
        and max(col, col + right) < cols - 1.0
    )
    if not inside or clutter.size == 0:
        for i in range(1, parts + 1):
            r, c = row + i * per_row, col + i * per_col
            bare[i] = tops[i] = height_at(ground, r, c)
            if clutter.size > 0:
                tops[i] += height_at(clutter, r, c)
        return
    for i in range(1, parts + 1):
        r, c = row + i * per_row, col + i * per_col
        # Rounding may carry the last sample off by a hair. Masked, no index counts from the end.
        r0, c0 = min(int(r), rows - 2) & _NOT_NEGATIVE, min(int(c), cols - 2) & _NOT_NEGATIVE
        y, x = r - r0, c - c0
        z0, z1 = np.float64(ground[r0, c0]), np.float64(ground[r0, c0 + 1])
        z2, z3 = np.float64(ground[r0 + 1, c0]), np.float64(ground[r0 + 1, c0 + 1])
        k0, k1 = np.float64(clutter[r0, c0]), np.float64(clutter[r0, c0 + 1])
        k2, k3 = np.float64(clutter[r0 + 1, c0]), np.float64(clutter[r0 + 1, c0 + 1])
        north, south = z0 + x * (z1 - z0), z2 + x * (z3 - z2)
        z = north + y * (south - north)
        north, south = k0 + x * (k1 - k0), k2 + x * (k3 - k2)
        bare[i] = z
        tops[i] = z + north + y * (south - north)
