"""Places: between degrees and the province's metres, and the 100 m grid the simulation works on.

Everything is simulated in whole metres of EPSG:9212 (VN-2000 / TM-3 106°15'); degrees appear only when the
published centres come in and when the site and hamlet tables go out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from shapely import MultiPolygon, Polygon

__all__ = ["CELL_M", "CRS", "Frame", "inside", "to_degrees", "to_metres"]

CRS = "EPSG:9212"
CELL_M = 100


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_metres(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (x_m, y_m) in EPSG:9212, whole metres, of WGS 84 degrees.

    Rounding hides the last-bit differences between mathematical libraries.
    """
    x, y = _transformer("EPSG:4326", CRS).transform(
        np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    )
    return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)


def to_degrees(x_m: ArrayLike, y_m: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (lon, lat) in WGS 84 degrees rounded to 6 decimals (0.1 m), of EPSG:9212 metres."""
    lon, lat = _transformer(CRS, "EPSG:4326").transform(
        np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
    )
    return np.round(lon, 6), np.round(lat, 6)


def inside(area: Polygon | MultiPolygon, x_m: ArrayLike, y_m: ArrayLike, *, margin_m: float) -> NDArray[np.bool_]:
    """Tell which places lie inside, at least `margin_m` from the border.

    Not a negative buffer: that one rounds its corners with sines, which may differ between machines.
    """
    x_m, y_m = np.atleast_1d(x_m), np.atleast_1d(y_m)
    result = np.asarray(shapely.contains_xy(area, x_m, y_m))
    clear_m = shapely.distance(area.boundary, shapely.points(x_m[result], y_m[result]))
    result[result] = np.asarray(clear_m) >= margin_m
    return result


@dataclass(frozen=True, slots=True)
class Frame:
    """A north-up grid of 100 m cells.

    Parameters
    ----------
    x_min_m, y_max_m : int
        Upper left corner, EPSG:9212 metres.
    rows, cols : int
    """

    x_min_m: int
    y_max_m: int
    rows: int
    cols: int

    @classmethod
    def around(cls, bounds_m: tuple[float, float, float, float], *, margin_m: int) -> Frame:
        """Return the frame of whole hundreds of metres around (x_min, y_min, x_max, y_max)."""
        low = [int((value - margin_m) // CELL_M) for value in bounds_m[:2]]
        high = [int(-((-value - margin_m) // CELL_M)) for value in bounds_m[2:]]
        return cls(low[0] * CELL_M, high[1] * CELL_M, rows=high[1] - low[1], cols=high[0] - low[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.cols

    @property
    def x_m(self) -> NDArray[np.int64]:
        """Cell centres, shape (1, cols)."""
        return (self.x_min_m + CELL_M // 2 + CELL_M * np.arange(self.cols, dtype=np.int64))[None, :]

    @property
    def y_m(self) -> NDArray[np.int64]:
        """Cell centres, shape (rows, 1)."""
        return (self.y_max_m - CELL_M // 2 - CELL_M * np.arange(self.rows, dtype=np.int64))[:, None]

    def row_col(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the cell of each place; the caller keeps inside the frame."""
        cols = (np.asarray(x_m, dtype=np.int64) - self.x_min_m) // CELL_M
        rows = (self.y_max_m - np.asarray(y_m, dtype=np.int64)) // CELL_M
        return rows, cols
