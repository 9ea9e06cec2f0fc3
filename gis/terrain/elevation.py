"""Terrain: the ground under masts and receivers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from phusong.gis.grid import Grid

__all__ = ["LINE_OF_SIGHT_M", "Terrain", "coarseness", "values_at"]

LINE_OF_SIGHT_M = 100.0
"""An elevation value at least this often for line of sight and diffraction: SRTM's 3″ (93 m) just does.

Ours, from the province's own 15″ raster: its peaks lie 84 to 119 m too low, more than a mast is high.
"""

_MAP_SCALE = 1.01  # a map's 100 m are not quite the ground's


@dataclass(frozen=True, slots=True)
class Terrain:
    """Ground elevation, in the province and around it: masts near the border look outward too.

    Parameters
    ----------
    grid : Grid
        A run's grid with a margin, or that grid itself.
    elevation_m : array, shape (rows, cols)
        Above sea level; NaN where the source is void: nothing is predicted there, the state is *unknown*.
    filled : array of bool, shape (rows, cols), or None
        Cells of small holes whose elevation was interpolated; None where there is none.
    source_resolution_m : float
        Longer side of the file's pixels on the ground, NaN where nobody said. Not the grid's: a fine grid over a
        coarse file knows no more than the file.
    kind : {"ground", "surface", "unstated"}
        Bare ground (DTM), or with trees and houses on it (DSM), as layers.toml says. Clutter heights on a surface
        count trees and houses twice.
    """

    grid: Grid
    elevation_m: NDArray[np.float64]
    filled: NDArray[np.bool_] | None = None
    source_resolution_m: float = math.nan
    kind: Literal["ground", "surface", "unstated"] = "unstated"

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
        return values_at(self.grid, self.elevation_m, x_m, y_m)

    def too_coarse_for(self, model_needs_m: float = LINE_OF_SIGHT_M) -> str:
        """Return why this terrain is too coarse for a model, in words; empty where it is not; see `coarseness`."""
        return coarseness(self.source_resolution_m, model_needs_m=model_needs_m)


def coarseness(source_m: float, *, model_needs_m: float = LINE_OF_SIGHT_M) -> str:
    """Return what an elevation raster cannot support for a model that reads profiles, in words.

    Parameters
    ----------
    source_m : float
        Longer side of the file's pixels; NaN where unknown.
    model_needs_m : float

    Returns
    -------
    str
        Empty where the raster is fine enough, or nobody knows how fine it is.

    Examples
    --------
    >>> coarseness(93.0)
    ''
    >>> coarseness(461.2)[:52]
    'the elevation has one value every 461 m: good enough'
    """
    if not source_m > model_needs_m * _MAP_SCALE:
        return ""
    return (
        f"the elevation has one value every {source_m:.0f} m: good enough for effective antenna heights, too coarse "
        f"for line of sight and diffraction behind hills, which need one every {model_needs_m:g} m"
    )


def values_at(grid: Grid, values: NDArray[np.floating[Any]], x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.float64]:
    """Return the values of the cells that hold the places, NaN outside the grid.

    Parameters
    ----------
    grid : Grid
    values : array, shape (rows, cols)
    x_m, y_m : array_like, same shape
    """
    row, col = grid.cell_at(x_m, y_m)
    on = grid.holds(row, col)
    result = np.full(on.shape, np.nan)
    result[on] = values[row[on], col[on]]
    return result
