"""Zones: a sparse zone x cell matrix of area shares, so that every zonal sum is one product ``M @ field``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.grid import Grid

__all__ = ["Zones", "zones_of"]


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
    pieces = exact_extract(lattice, polygons.reset_index(drop=True), ["cell_id", "coverage"], output="pandas")
    counts = [len(ids) for ids in pieces["cell_id"]]
    indices = np.concatenate([np.asarray(ids, np.int64) for ids in pieces["cell_id"]])
    data = np.concatenate([np.asarray(share, float) for share in pieces["coverage"]])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    shares = sparse.csr_array((data, indices, indptr), shape=(len(polygons), grid.size))
    shares.eliminate_zeros()
    shares.sort_indices()
    return Zones(tuple(str(code) for code in polygons.index), shares)
