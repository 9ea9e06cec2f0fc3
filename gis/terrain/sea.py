"""The sea: where it is on a grid and around it, and how far a place is from it.

Recommendation ITU-R P.1812 (section 3.3, Table 3) counts as sea "seas, oceans and other large bodies of water", large
meaning that a circle of 100 km fits in. A lake, a reservoir or a river is land there. Nothing in a province's land
cover says which water is the sea: rivers run into it, and the raster ends before 100 km are seen. So the sea is what
the planner's own polygons say, or water in which the circle is seen to fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely
from rasterio.features import rasterize
from scipy import ndimage

from phusong.gis.crs import WGS84, bounds_lonlat
from phusong.gis.readers.open_layer import present
from phusong.gis.readers.vector import read_vector

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid

__all__ = ["COAST_REACH_M", "LARGE_M", "Sea", "large_water", "read_sea", "sea_of"]

COAST_REACH_M: Final = 50_000.0
"""How far the coast reaches inland at most (P.1812 Table 3): so far beyond the grid the sea is looked for."""
LARGE_M: Final = 100_000.0
"""Diameter of the circle that a body of water must hold to count as sea (P.1812 Table 3)."""
# The way to a coast is measured on cells no finer than this: its error is a cell, against a limit of 50 km.
_COARSE_M = 250.0
_POLYGONS = ("Polygon", "MultiPolygon")
# A long edge is bent by a change of the CRS: a point each 2 km keeps it within metres.
_LONGEST_EDGE_DEG = 0.02


@dataclass(frozen=True, slots=True)
class Sea:
    """Cells of the sea.

    Parameters
    ----------
    grid : Grid
        A run's grid with a margin of `COAST_REACH_M`, where the source reaches so far.
    mask : array of bool, shape (rows, cols)
        A cell is sea where its centre is.
    source : str
        Whose word it is.
    """

    grid: Grid
    mask: NDArray[np.bool_]
    source: str

    def on(self, grid: Grid) -> NDArray[np.bool_]:
        """Return which cells of another grid have their centre in the sea; beyond this sea's own grid none has."""
        return np.asarray(_picked(self.mask, self.grid, grid, beyond=False))

    def distance_m(self, grid: Grid) -> NDArray[np.float32]:
        """Return each cell's distance to the nearest cell of the sea, centre to centre; inf where none is seen.

        Measured on cells of at least 250 m, of which any part may be sea: exact to the diagonal of one.
        """
        step = max(1, round(_COARSE_M / self.grid.cell_m))
        rows, cols = -(-self.grid.rows // step), -(-self.grid.cols // step)
        padded = np.zeros((rows * step, cols * step), bool)
        padded[: self.grid.rows, : self.grid.cols] = self.mask
        coarse = padded.reshape(rows, step, cols, step).any(axis=(1, 3))
        if not coarse.any():
            return np.full(grid.shape, np.inf, np.float32)
        distance = np.asarray(ndimage.distance_transform_edt(~coarse)) * self.grid.cell_m * step
        return np.asarray(_picked(distance.astype(np.float32), self.grid, grid, beyond=np.inf, step=step))


def _picked(values: NDArray[Any], own: Grid, grid: Grid, *, beyond: object, step: int = 1) -> NDArray[Any]:
    """Return the values at the cells of another grid; rows and columns apart, for a province has 30 million cells."""
    row, _ = own.cell_at(np.zeros(grid.rows), grid.y_m)
    _, col = own.cell_at(grid.x_m, np.zeros(grid.cols))
    on_row, on_col = (row >= 0) & (row < own.rows), (col >= 0) & (col < own.cols)
    result = np.full(grid.shape, beyond, values.dtype)
    result[np.ix_(on_row, on_col)] = values[np.ix_(row[on_row] // step, col[on_col] // step)]
    return result


def sea_of(shapes: gpd.GeoSeries, *, grid: Grid, margin_m: float = COAST_REACH_M, source: str = "polygons") -> Sea:
    """Return the sea that polygons show, on a grid with a margin.

    Parameters
    ----------
    shapes : GeoSeries
        Polygons of the sea in any CRS; they may span the world and are cut to the grid first. They should reach
        `margin_m` beyond the grid: what they do not show is land.
    grid : Grid
        The run's.
    margin_m : float
    source : str

    Raises
    ------
    ValueError
        Where the shapes have no CRS.
    """
    if shapes.crs is None:
        raise ValueError(f"{source}: the shapes have no CRS; state it")
    wide = grid.padded(margin_m)
    near = _cut(shapes, wide)
    mask = np.zeros(wide.shape, bool)
    if len(near):
        mask = np.asarray(rasterize(list(near), out_shape=wide.shape, transform=wide.transform, dtype="uint8") > 0)
    return Sea(wide, mask, source)


def _cut(shapes: gpd.GeoSeries, grid: Grid) -> gpd.GeoSeries:
    """Return what lies around a grid, in its CRS: a shape that spans the world has no place in a zone 3° wide."""
    west, south, east, north = bounds_lonlat(grid.bounds, crs=grid.crs)
    box = gpd.GeoSeries([shapely.box(west - 0.1, south - 0.1, east + 0.1, north + 0.1)], crs=WGS84)
    bounds = box.to_crs(shapes.crs).total_bounds
    valid = shapes[~(shapes.is_empty | shapes.isna())].make_valid()
    cut = gpd.GeoSeries(shapely.clip_by_rect(valid.values, *bounds), crs=shapes.crs).explode(ignore_index=True)
    cut = cut[cut.geom_type == "Polygon"]  # a corner that just touches leaves a point or a line
    if shapes.crs.is_geographic and len(cut):
        cut = cut.segmentize(_LONGEST_EDGE_DEG)
    return cut.to_crs(grid.crs)


def read_sea(path: Path, *, grid: Grid, notes: Notes, layer: str | None = None) -> Sea | None:
    """Read the planner's polygons of the sea.

    Parameters
    ----------
    path : Path
        A geographic file that says its CRS.
    grid : Grid
        The run's.
    notes : Notes
    layer : str, optional
        Inside the file.

    Returns
    -------
    Sea or None
        None where the file cannot be used; the notes say why.
    """
    table = read_vector(path, layer=layer, notes=notes) if present(path, notes) else None
    if table is None:
        return None
    if table.crs is None:
        notes.fault("the file does not say its coordinate system", "save it as GeoPackage with its CRS", column="crs")
        return None
    other = table[~table.geom_type.isin(_POLYGONS)]
    for row, kind in other.geom_type.items():
        shown = "a missing shape" if kind is None else f"a {kind}"
        notes.fault(f"the sea is drawn with polygons, not {shown}", "take it out or draw it as a polygon", row=row)
    if not len(table):
        notes.fault("the layer is empty", "check the file")
    if not len(table) or len(other):
        return None
    sea = sea_of(table.geometry, grid=grid, source=path.name)
    reach = f"{COAST_REACH_M / 1000:g} km around"
    notes.describe(f"{len(table)} polygons of the sea, on a grid of {grid.cell_m:g} m with {reach}")
    if not sea.mask.any():
        rule = f"the file shows no sea within {COAST_REACH_M / 1000:g} km of the province: all land is inland"
        notes.fault(rule, "check the file if the province has a coast", severity="info")
    return sea


def large_water(water: NDArray[np.bool_], *, cell_m: float, diameter_m: float = LARGE_M) -> NDArray[np.bool_]:
    """Return the bodies of water in which a circle fits, rivers that run into them left out.

    Parameters
    ----------
    water : array of bool, shape (rows, cols)
        Known water; what lies beyond the array counts as land, for nobody sees it.
    cell_m : float
    diameter_m : float

    Notes
    -----
    A body is what hangs together over at least two cells' width on all sides (water opened by a square of 3 x 3
    cells), so that a river narrower than three cells ends at its mouth. Wider estuaries stay with the sea.
    """
    padded = np.pad(water, 1)
    wide = ndimage.binary_opening(padded, structure=np.ones((3, 3), bool))
    reach_m = np.asarray(ndimage.distance_transform_edt(padded)) * cell_m
    labels, count = ndimage.label(wide)
    if not count:
        return np.zeros(water.shape, bool)
    widest: Any = ndimage.maximum(reach_m, labels, index=np.arange(count + 1))
    large = np.asarray(widest) >= diameter_m / 2.0
    large[0] = False
    return np.asarray(large[labels][1:-1, 1:-1])
