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
    """Ground elevation on the grid.

    Parameters
    ----------
    grid : Grid
    elevation_m : array, shape (rows, cols)
        Above sea level; NaN where the source is void: nothing is predicted there, the state is *unknown*.
    """

    grid: Grid
    elevation_m: NDArray[np.float64]

    def at(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.float64]:
        """Return the elevation of the cells that hold the places, NaN outside the grid."""
        row, col = self.grid.cell_at(x_m, y_m)
        on = self.grid.holds(row, col)
        result = np.full(on.shape, np.nan)
        result[on] = self.elevation_m[row[on], col[on]]
        return result
