"""Voids: holes in an elevation raster. Small ones are filled and marked, large ones stay unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.grid import Grid

__all__ = ["REACH_M", "fill_small", "largest"]

REACH_M = 500.0
"""A hole is small where no cell of it is farther than this from known ground: one or two pixels of a coarse raster,
five cells of a grid of 100 m. Over more, hills may hide."""
_TOUCHING = np.ones((3, 3), bool)


def fill_small(elevation_m: NDArray[np.float64], *, cell_m: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fill small holes with the smoothest surface over their rims: each cell the mean of its four neighbours.

    A slope goes on through the hole exactly, and no filled cell is higher or lower than the rim. (GDAL's fillnodata
    errs by a whole cell's rise on a plain slope.) A hole that reaches the edge of the array is not closed and stays:
    there the file ends, or the sea begins.

    Parameters
    ----------
    elevation_m : array, shape (rows, cols)
        NaN where void.
    cell_m : float

    Returns
    -------
    elevation_m : array, shape (rows, cols)
        A new array where anything was filled.
    filled : array of bool, shape (rows, cols)
    """
    void = np.isnan(elevation_m)
    labels, count = ndimage.label(void, structure=_TOUCHING)
    if not count or void.all():
        return elevation_m, np.zeros(void.shape, bool)
    depth_m = ndimage.distance_transform_edt(void) * cell_m
    small = np.asarray(ndimage.maximum(depth_m, labels, index=np.arange(count + 1))) <= REACH_M
    small[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False
    small[0] = False  # the known ground itself
    filled = small[labels]
    if not filled.any():
        return elevation_m, filled
    return _closed(elevation_m, filled), filled


def _closed(elevation_m: NDArray[np.float64], filled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Solve 4 z(cell) = sum of z(neighbours) over the cells to be filled; their other neighbours are known."""
    cells = np.flatnonzero(filled)
    cols = filled.shape[1]
    beside = cells[:, None] + np.array([-cols, cols, -1, 1])
    inside = filled.ravel()[beside]
    rim = np.where(inside, 0.0, elevation_m.ravel()[beside]).sum(axis=1)
    row = np.broadcast_to(np.arange(cells.size)[:, None], beside.shape)[inside]
    near = np.searchsorted(cells, beside[inside])
    size = (cells.size, cells.size)
    matrix = 4.0 * sparse.eye_array(cells.size) - sparse.coo_array((np.ones(row.size), (row, near)), shape=size)
    result = elevation_m.copy()
    result.ravel()[cells] = spsolve(matrix.tocsc(), rim)
    return result


def largest(void: NDArray[np.bool_], grid: Grid) -> tuple[float, float, float]:
    """Return area in km² and a place (x_m, y_m) of the largest void, a cell of it near its middle.

    Parameters
    ----------
    void : array of bool, shape (rows, cols)
        At least one True.
    grid : Grid
    """
    labels, _ = ndimage.label(void, structure=_TOUCHING)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    rows, cols = np.nonzero(labels == sizes.argmax())
    middle = np.argmin((rows - rows.mean()) ** 2 + (cols - cols.mean()) ** 2)
    return float(sizes.max() * grid.cell_km2), float(grid.x_m[cols[middle]]), float(grid.y_m[rows[middle]])
