"""Relief: ground, clutter and radio-climatic zones on one raster, as the compiled sweep reads them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from phusong.coverage.propagation.path_profile import COAST, INLAND, SEA, PathProfile
from phusong.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.radiozones import RadioZones
    from phusong.gis.grid import Grid
    from phusong.gis.terrain import Terrain
    from phusong.gis.terrain.clutter import Clutter

__all__ = ["Relief", "profile_on"]

_LEAST_CELLS = 2
_HALF = 0.5 + 1e-6  # of a cell, and a hair: a line along the edge leaves it by rounding


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """What stands between a mast and its receivers; made once, read by every sweep.

    Parameters
    ----------
    grid : Grid
    ground_m : array of float32, shape (rows, cols)
        Elevation above sea level; NaN where unknown: what lies behind is unknown too.
    clutter_m : array of float32, shape (rows, cols) or (0, 0)
        Height of trees and houses above the ground, NaN where unknown; (0, 0): none are reckoned with.
    zone : array of int8, shape (rows, cols) or (0, 0)
        Radio-climatic zone: 1 sea, 3 coast, 4 inland; (0, 0): all inland.

    Notes
    -----
    Elevation and clutter height are taken between cell centres bilinearly, the zone from the cell.
    """

    grid: Grid
    ground_m: NDArray[np.float32]
    clutter_m: NDArray[np.float32]
    zone: NDArray[np.int8]

    def __post_init__(self) -> None:
        """Refuse what compiled loops would read without a word: other shapes, heights without a meaning."""
        if min(self.grid.shape) < _LEAST_CELLS:
            raise ModelError(f"terrain of {self.grid.rows} x {self.grid.cols} cells: a sweep needs 2 x 2 or more")
        for name, values in (("elevation", self.ground_m), ("clutter", self.clutter_m), ("radio zones", self.zone)):
            if values.shape != self.grid.shape and (name == "elevation" or values.size):
                raise ModelError(f"{name} has the shape {values.shape}, its grid {self.grid.shape}; give them in one")
        if np.isinf(self.ground_m).any() or np.isinf(self.clutter_m).any() or (self.clutter_m < 0.0).any():
            raise ModelError("elevation and clutter must be finite (NaN where unknown), and clutter not negative")
        if not np.isin(self.zone, (SEA, COAST, INLAND)).all():
            raise ModelError("radio zones must be 1 (sea), 3 (coast) or 4 (inland) everywhere")

    @classmethod
    def of(cls, terrain: Terrain, *, clutter: Clutter | None = None, zones: RadioZones | None = None) -> Relief:
        """Return the relief of a terrain.

        Clutter is left out where the terrain is a surface model: trees and houses stand on that already (see
        `phusong.coverage.path_view.assumed`, which says so).

        Raises
        ------
        ModelError
            Where the lattices differ, and where `Relief` itself refuses.
        """
        for name, other in (("clutter", clutter), ("radio zones", zones)):
            if other is not None and other.grid != terrain.grid:
                raise ModelError(f"{name} lie on another grid than the terrain: {other.grid}, not {terrain.grid}")
        none = np.empty((0, 0))
        with_clutter = clutter is not None and terrain.kind != "surface"
        return cls(
            terrain.grid,
            np.ascontiguousarray(terrain.elevation_m, np.float32),
            np.ascontiguousarray(clutter.height_m if with_clutter and clutter else none, np.float32),
            np.ascontiguousarray(none if zones is None else zones.zone, np.int8),
        )

    def place(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Return a place as fractional (row, col); (0, 0) is the middle of the north-western cell."""
        grid = self.grid
        return (grid.north_m - y_m) / grid.cell_m - 0.5, (x_m - grid.west_m) / grid.cell_m - 0.5

    def holds(self, x_m: float, y_m: float) -> bool:
        """Tell whether a place lies on the raster."""
        west, south, east, north = self.grid.bounds
        return west <= x_m <= east and south <= y_m <= north

    def ground_at(self, x_m: float, y_m: float) -> float:
        """Return the elevation at a place, bilinear, in m; NaN beside a void and off the raster."""
        return float(self.ground_over(np.array([x_m]), np.array([y_m]))[0])

    def ground_over(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the elevation at places, bilinear, in m; NaN beside a void and off the raster."""
        return _bilinear(self.ground_m, *self._places(x_m, y_m))

    def clutter_over(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the clutter height at places, bilinear, in m; 0 where none is reckoned with."""
        return _bilinear(self.clutter_m, *self._places(x_m, y_m)) if self.clutter_m.size else np.zeros(np.shape(x_m))

    def zone_over(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.int8]:
        """Return the radio-climatic zone of the cells that hold the places, of the nearest off the raster."""
        if not self.zone.size:
            return np.full(np.shape(x_m), INLAND, np.int8)
        # As the compiled loops do it, to the rounding: a place on the last edge belongs to the last cell.
        row, col = self._places(x_m, y_m)
        rows, cols = self.grid.shape
        r = np.minimum((np.maximum(row, 0.0) + 0.5).astype(np.intp), rows - 1)
        c = np.minimum((np.maximum(col, 0.0) + 0.5).astype(np.intp), cols - 1)
        return np.asarray(self.zone[r, c])

    def _places(
        self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        grid = self.grid
        return (grid.north_m - y_m) / grid.cell_m - 0.5, (x_m - grid.west_m) / grid.cell_m - 0.5


def profile_on(
    relief: Relief, mast_m: tuple[float, float], rx_m: tuple[float, float], *, step_m: float = 30.0
) -> PathProfile:
    """Return the profile of a straight line in equal steps, as near to `step_m` as a whole number of them allows.

    These are the profiles of the area engine's ``exact=True``.
    """
    length = max(math.hypot(rx_m[0] - mast_m[0], rx_m[1] - mast_m[1]), 1.0)
    share = np.linspace(0.0, 1.0, max(1, math.floor(length / step_m + 0.5)) + 1)
    x, y = mast_m[0] + share * (rx_m[0] - mast_m[0]), mast_m[1] + share * (rx_m[1] - mast_m[1])
    return PathProfile(share * length, relief.ground_over(x, y), relief.clutter_over(x, y), relief.zone_over(x, y))


def _bilinear(raster: NDArray[np.float32], row: NDArray[np.float64], col: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a raster's values between cell centres; the edge's own value in its outermost half cell, NaN beyond."""
    rows, cols = raster.shape
    on = (row >= -_HALF) & (row <= rows - 1 + _HALF) & (col >= -_HALF) & (col <= cols - 1 + _HALF)
    row, col = np.clip(np.where(on, row, 0.0), 0.0, rows - 1.0), np.clip(np.where(on, col, 0.0), 0.0, cols - 1.0)
    r, c = np.minimum(row.astype(np.intp), rows - 2), np.minimum(col.astype(np.intp), cols - 2)
    down, right = row - r, col - c
    north = raster[r, c] + right * (raster[r, c + 1].astype(np.float64) - raster[r, c])
    south = raster[r + 1, c] + right * (raster[r + 1, c + 1].astype(np.float64) - raster[r + 1, c])
    return np.where(on, north + down * (south - north), np.nan)
