"""Terrain: the ground under masts and receivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from phusong.gis.grid import Grid

__all__ = ["Terrain"]


@dataclass(frozen=True, slots=True)
class Terrain:
    """Ground elevation, in the province and around it: masts near the border look outward too.

    Parameters
    ----------
    grid : Grid
        A run's grid with a margin, or that grid itself.
    elevation_m : array, shape (rows, cols)
        Above sea level; NaN where the source is void: nothing is predicted there, the state is *unknown*.
    """

    grid: Grid
    elevation_m: NDArray[np.float64]

    def on(self, grid: Grid) -> NDArray[np.float64]:
        """Return the elevation on a grid of the same lattice, shape (rows, cols); NaN where there is none.

        Raises
        ------
        ValueError
            Where the lattices differ.
        """
        if (grid.crs, grid.cell_m) != (self.grid.crs, self.grid.cell_m):
            raise ValueError(f"terrain has cells of {self.grid.cell_m} m in {self.grid.crs}, the grid {grid}")
        return self.at(*np.meshgrid(grid.x_m, grid.y_m))

    def at(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.float64]:
        """Return the elevation of the cells that hold the places, NaN outside the grid."""
        row, col = self.grid.cell_at(x_m, y_m)
        on = self.grid.holds(row, col)
        result = np.full(on.shape, np.nan)
        result[on] = self.elevation_m[row[on], col[on]]
        return result
