"""Zones: a sparse zone x cell matrix of area shares, so that every zonal sum is one product ``M @ field``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.grid import Grid

__all__ = ["Zones", "zones_of"]

# A share as small as this still divides without overflow.
_LEAST_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class Zones:
    """Which share of which cell lies in which zone.

    Parameters
    ----------
    codes : tuple of str
        Zone ids, in row order.
    shares : csr_array, shape (zones, cells)
        Share of each cell's area inside the zone, 0..1, exact for the polygons given.
    """

    codes: tuple[str, ...]
    shares: sparse.csr_array

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Cells any zone touches, flat, shape (cells,)."""
        return np.asarray(self.shares.sum(axis=0)).ravel() > 0

    @property
    def mostly_inside(self) -> NDArray[np.bool_]:
        """Cells at least half of which lies in zones: a raster made by cell centres has values in these."""
        return np.asarray(self.shares.sum(axis=0)).ravel() >= 0.5  # noqa: PLR2004

    def sums(self, field: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the area-weighted sum of a flat field (cells,) in every zone, shape (zones,)."""
        return np.asarray(self.shares @ field, float)


def zones_of(polygons: gpd.GeoDataFrame, *, grid: Grid) -> Zones:
    """Intersect polygons with the grid exactly.

    Parameters
    ----------
    polygons : GeoDataFrame
        Index = zone codes, in the grid's CRS.
    grid : Grid

    Returns
    -------
    Zones
    """
    west, south, east, north = grid.bounds
    # exactextract only needs the lattice; a byte per cell keeps a province small in memory.
    lattice = NumPyRasterSource(np.zeros(grid.shape, np.uint8), west, south, east, north)
    if not len(polygons):
        return Zones((), sparse.csr_array((0, grid.size)))
    pieces = exact_extract(lattice, polygons.reset_index(drop=True), ["cell_id", "coverage"], output="pandas")
    counts = [len(ids) for ids in pieces["cell_id"]]
    indices = np.concatenate([np.asarray(ids, np.int64) for ids in pieces["cell_id"]])
    data = np.concatenate([np.asarray(share, float) for share in pieces["coverage"]])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    shares = sparse.csr_array((data, indices, indptr), shape=(len(polygons), grid.size))
    shares = _each_has_a_cell(shares, polygons, grid)
    shares.eliminate_zeros()
    shares.sort_indices()
    return Zones(tuple(str(code) for code in polygons.index), shares)


def _each_has_a_cell(shares: sparse.csr_array, polygons: gpd.GeoDataFrame, grid: Grid) -> sparse.csr_array:
    """Give a polygon too small for exactextract the cell it lies in, with its own area: its people live somewhere."""
    lost = np.flatnonzero(np.asarray(shares.sum(axis=1)).ravel() <= 0)
    if not lost.size:
        return shares
    shapes = polygons.geometry.to_numpy()[lost]
    points = shapely.point_on_surface(shapes)
    row, col = grid.cell_at(shapely.get_x(points), shapely.get_y(points))
    holds = grid.holds(row, col)
    share = np.maximum(shapely.area(shapes) / grid.cell_m**2, _LEAST_SHARE)
    place = (lost[holds], (row * grid.cols + col)[holds])
    return sparse.csr_array(shares + sparse.csr_array((share[holds], place), shape=shares.shape))
