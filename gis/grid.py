"""Grid: the one lattice on which people, ground and signal meet.

Nothing outside this module knows an affine transform. Row 0 is the northern edge; a cell is named by
``(row, col)`` or by its flat number ``row * cols + col``; a place is ``(x_m, y_m)`` in the grid's CRS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from affine import Affine

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Grid"]


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up lattice of square cells in a metric CRS.

    Parameters
    ----------
    crs : str
        Projected CRS in metres, e.g. ``"EPSG:9212"``.
    west_m, north_m : float
        Outer corner of cell (0, 0).
    cell_m : float
        Side of a cell.
    rows, cols : int
        Size.

    Examples
    --------
    >>> grid = Grid.around((130.0, 20.0, 480.0, 290.0), crs="EPSG:9212", cell_m=100)
    >>> grid.rows, grid.cols, grid.bounds
    (3, 4, (100.0, 0.0, 500.0, 300.0))
    >>> grid.cell_at([499.0], [1.0])
    (array([2]), array([3]))
    """

    crs: str
    west_m: float
    north_m: float
    cell_m: float
    rows: int
    cols: int

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], *, crs: str, cell_m: float) -> Grid:
        """Return the smallest grid over ``(west, south, east, north)`` whose edges are multiples of a cell.

        Snapping to multiples makes two runs over neighbouring areas share their cells.
        """
        if not cell_m > 0:
            raise ValueError(f"cell_m must be positive, not {cell_m}")
        west, south, east, north = bounds
        west_m, north_m = math.floor(west / cell_m) * cell_m, math.ceil(north / cell_m) * cell_m
        cols = max(1, math.ceil((east - west_m) / cell_m))
        rows = max(1, math.ceil((north_m - south) / cell_m))
        return cls(crs, float(west_m), float(north_m), float(cell_m), rows, cols)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.rows * self.cols

    @property
    def cell_km2(self) -> float:
        """Area of a cell."""
        return self.cell_m * self.cell_m / 1e6

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) of the outer edges, metres."""
        return (
            self.west_m,
            self.north_m - self.rows * self.cell_m,
            self.west_m + self.cols * self.cell_m,
            self.north_m,
        )

    @property
    def transform(self) -> Affine:
        """Affine from (col, row) to (x_m, y_m), as rasterio wants it."""
        return Affine(self.cell_m, 0.0, self.west_m, 0.0, -self.cell_m, self.north_m)

    @property
    def x_m(self) -> NDArray[np.float64]:
        """Eastings of the column centres, shape (cols,)."""
        return np.asarray(self.west_m + (np.arange(self.cols) + 0.5) * self.cell_m)

    @property
    def y_m(self) -> NDArray[np.float64]:
        """Northings of the row centres, north first, shape (rows,)."""
        return np.asarray(self.north_m - (np.arange(self.rows) + 0.5) * self.cell_m)

    def cell_at(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return rows and columns of the cells that hold the places; may lie outside the grid."""
        col = np.floor((np.asarray(x_m, float) - self.west_m) / self.cell_m).astype(np.int64)
        row = np.floor((self.north_m - np.asarray(y_m, float)) / self.cell_m).astype(np.int64)
        return row, col

    def holds(self, row: ArrayLike, col: ArrayLike) -> NDArray[np.bool_]:
        """Tell which (row, col) lie on the grid."""
        r, c = np.asarray(row), np.asarray(col)
        return np.asarray((r >= 0) & (r < self.rows) & (c >= 0) & (c < self.cols))

    def window(self, x_m: float, y_m: float, *, radius_m: float) -> tuple[slice, slice]:
        """Return row and column slices of the cells whose centre may lie within a radius; may be empty."""
        west = (x_m - radius_m - self.west_m) / self.cell_m - 0.5
        east = (x_m + radius_m - self.west_m) / self.cell_m - 0.5
        north = (self.north_m - y_m - radius_m) / self.cell_m - 0.5
        south = (self.north_m - y_m + radius_m) / self.cell_m - 0.5
        rows = slice(max(0, math.ceil(north)), max(0, min(self.rows, math.floor(south) + 1)))
        cols = slice(max(0, math.ceil(west)), max(0, min(self.cols, math.floor(east) + 1)))
        return rows, cols

    def padded(self, margin_m: float) -> Grid:
        """Return the grid with a margin of whole cells on every side.

        Examples
        --------
        >>> Grid("EPSG:9212", 0.0, 300.0, 100.0, 3, 4).padded(150.0).bounds
        (-200.0, -200.0, 600.0, 500.0)
        """
        more = math.ceil(margin_m / self.cell_m)
        return Grid(
            self.crs,
            self.west_m - more * self.cell_m,
            self.north_m + more * self.cell_m,
            self.cell_m,
            self.rows + 2 * more,
            self.cols + 2 * more,
        )

    def wrap(self, values: NDArray[Any], name: str, *, units: str = "") -> xr.DataArray:
        """Label an array with this grid; the only place where rasters are made.

        Parameters
        ----------
        values : array, shape (rows, cols)
        name : str
        units : str
            Unit of the values, kept as an attribute.

        Raises
        ------
        ValueError
            Where the shape is not the grid's.
        """
        if values.shape != self.shape:
            raise ValueError(f"{name} has shape {values.shape}, the grid {self.shape}")
        return xr.DataArray(
            values,
            dims=("y", "x"),
            coords={"y": self.y_m, "x": self.x_m},
            name=name,
            attrs={"units": units, "crs": self.crs, "cell_m": self.cell_m},
        )
