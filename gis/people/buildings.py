"""Buildings: where people can live, as floor area in every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from phusong.gis.cleaning.shapes import mend
from phusong.gis.placing.places import Kind, locate
from phusong.gis.placing.reach import touches
from phusong.gis.zones import zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.grid import Grid
    from phusong.gis.reading import Reading

__all__ = ["floor_area", "read_buildings"]

_FEW_CELLS = 16


def read_buildings(reading: Reading, *, grid_crs: str | None, outline: BaseGeometry | None) -> gpd.GeoDataFrame | None:
    """Read the buildings layer: polygons (footprints), or points where more are.

    Buildings that are known to hold no residents, and those outside the province, are left out and counted.

    Parameters
    ----------
    reading : Reading
    grid_crs : str or None
    outline : geometry or None
        The province, grid CRS.

    Returns
    -------
    GeoDataFrame or None
        The dictionary's columns, geometry in the grid's CRS.
    """
    table = reading.table("buildings")
    if table is None or grid_crs is None:
        return None
    source, notes = reading.file.layers["buildings"], reading.notes("buildings")
    kind: Kind = "polygon"
    if isinstance(table, gpd.GeoDataFrame) and (table.geom_type == "Point").mean() > 0.5:  # noqa: PLR2004
        kind = "point"
        notes.describe("points: each counts as one footprint")
    placed = locate(table, kind=kind, source=source, grid_crs=grid_crs, notes=notes, outline=outline)
    if placed is None:
        return None
    placed = mend(placed, kind=kind, notes=notes) if kind == "polygon" else placed
    if outline is not None and len(placed):
        touches(placed, outline=outline, notes=notes)
        shapely.prepare(outline)
        near = shapely.intersects(outline, placed.geometry.to_numpy())
        if not near.all():
            notes.repair("not used: outside the province", how_much=f"{int((~near).sum())} records")
        placed = placed[near]
    empty = ~placed["residential"].fillna(value=True).to_numpy(bool)
    if empty.any():
        notes.repair("not used: nobody lives in the building", how_much=f"{int(empty.sum())} records")
    placed = placed[~empty]
    unsaid = int(placed["floors"].isna().sum())
    if unsaid:
        notes.repair(
            "assumed: one floor", how_much=f"{unsaid} records", before="empty", after="1", remedy="fill in floors"
        )
    reading.summarise("buildings", rows=table.attrs["records"], used=len(placed), table=placed)
    return placed


def floor_area(buildings: gpd.GeoDataFrame, *, grid: Grid) -> NDArray[np.float64]:
    """Return the floor area of buildings in every cell: footprint x floors, each footprint cut exactly at the cells.

    Parameters
    ----------
    buildings : GeoDataFrame of polygons or points, grid CRS
        ``floors`` may be NaN: one. A point counts as one square metre a floor, for nobody knows its footprint.
    grid : Grid

    Returns
    -------
    array, shape (cells,)
        m2.
    """
    floors = buildings["floors"].fillna(1.0).to_numpy(float)
    shapes = buildings.geometry.to_numpy()
    bounds = shapely.bounds(shapes)
    row, col = grid.cell_at(bounds[:, [0, 2]], bounds[:, [3, 1]])
    rows, cols = row[:, 1] - row[:, 0] + 1, col[:, 1] - col[:, 0] + 1
    is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    # Nearly all stand in one cell altogether or in the corner of four; a hall over many is cut by exactextract.
    small = rows * cols <= _FEW_CELLS
    number = np.repeat(np.flatnonzero(small), (rows * cols)[small])
    place = np.arange(number.size) - np.repeat(
        np.cumsum((rows * cols)[small]) - (rows * cols)[small], (rows * cols)[small]
    )
    r, c = row[number, 0] + place // cols[number], col[number, 0] + place % cols[number]
    area = np.where(is_point, 1.0, shapely.area(shapes))[number]
    cut = (rows * cols)[number] > 1
    west, north = grid.west_m + c[cut] * grid.cell_m, grid.north_m - r[cut] * grid.cell_m
    boxes = shapely.box(west, north - grid.cell_m, west + grid.cell_m, north)
    area[cut] = shapely.area(shapely.intersection(shapes[number[cut]], boxes))
    on_grid = grid.holds(r, c)
    found = np.bincount(
        (r * grid.cols + c)[on_grid], weights=(area * floors[number])[on_grid], minlength=grid.size
    ).astype(float)
    if not small.all():
        wide = zones_of(gpd.GeoDataFrame(geometry=shapes[~small], crs=buildings.crs), grid=grid)
        found += np.asarray(wide.shares.T @ floors[~small], float) * grid.cell_m**2
    return found
