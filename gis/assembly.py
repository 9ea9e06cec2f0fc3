"""Assembly: from layers.toml to `Layers`, collecting every fault before any is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.gis import cross_check
from phusong.gis.conform import conform
from phusong.gis.crs import is_metric, parse_crs
from phusong.gis.findings import Findings
from phusong.gis.grid import Grid
from phusong.gis.layers import Layers, LayerSummary
from phusong.gis.layers_file import read_layers_file
from phusong.gis.people import spread
from phusong.gis.places import Kind, locate, within_reach
from phusong.gis.rasters import read_counts, read_surface
from phusong.gis.readers.open_layer import open_layer
from phusong.gis.readers.opencellid import read_opencellid
from phusong.gis.reading import Reading
from phusong.gis.schemas import layer_columns
from phusong.gis.terrain import Terrain
from phusong.gis.zones import zones_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["check_layers", "read_layers"]

_CONTEXT: dict[str, Kind] = {
    "fibre": "line",
    "roads": "line",
    "hamlets": "point",
    "industrial_parks": "polygon",
}
# More cells than this is a typing error in cell_m, not a province (30 m over Vietnam is 370 million).
_MOST_CELLS = 200_000_000


def read_layers(path: Path | str) -> Layers:
    """Read a province.

    Parameters
    ----------
    path : path of a ``layers.toml``

    Returns
    -------
    Layers

    Raises
    ------
    InputError
        All faults of all files at once, when any of them stops a run.
    """
    layers, findings, _ = _gather(Path(path))
    findings.raise_errors()
    if layers is None:  # pragma: no cover - a reading without error always has its layers
        raise AssertionError("no layers and no error")
    return layers


def check_layers(path: Path | str) -> tuple[Findings, list[LayerSummary]]:
    """Read a province only to report: all findings, and what each layer is.

    Raises
    ------
    InputError
        Where layers.toml itself cannot be read.
    """
    _, findings, summaries = _gather(Path(path))
    return findings, summaries


def _gather(path: Path) -> tuple[Layers | None, Findings, list[LayerSummary]]:
    reading = Reading(path, read_layers_file(path), Findings())
    grid_crs = _grid_crs(reading)
    communes = _communes(reading, grid_crs) if grid_crs else None
    # Without communes there is no province to hold the rest against; columns and values are still checked.
    outline = shapely.union_all(communes.geometry.to_numpy()) if communes is not None else None
    sites, cells = _network(reading, grid_crs, outline)
    context = {name: _context(reading, name, grid_crs, outline) for name in _CONTEXT}
    found = {name: table for name, table in context.items() if table is not None}
    cross_check.hamlets(found.get("hamlets"), communes, reading.notes("hamlets"))
    if communes is None or outline is None or sites is None or cells is None or grid_crs is None:
        return None, reading.findings, reading.summaries
    west, south, east, north = communes.total_bounds
    grid = Grid.around(
        (float(west), float(south), float(east), float(north)), crs=grid_crs, cell_m=reading.file.province.cell_m
    )
    if grid.size > _MOST_CELLS:
        reading.findings.of("layers.toml", str(path)).fault(
            f"cell_m = {grid.cell_m:g} makes {grid.size:,} cells",
            "choose larger cells",
            column="province.cell_m",
        )
        return None, reading.findings, reading.summaries
    zones = zones_of(communes, grid=grid)
    counts = _raster(reading, "population", read_counts, grid, zones.mostly_inside)
    elevation = _raster(reading, "terrain", read_surface, grid, zones.mostly_inside)
    census = communes["population"].to_numpy(float)
    if counts is None and not np.isfinite(census).any():
        reading.findings.of("communes", str(path)).fault(
            "nobody knows how many people live here: no population column, no census layer, no population raster",
            "give one of [layers.population], [layers.census] or communes.population",
        )
    people, even = spread(zones, census=census, raster=None if counts is None else counts.ravel())
    for code in even:
        reading.notes("population").repair(
            "spread evenly: the raster shows nobody in a commune with a census total", row=code
        )
    communes["population"] = np.where(np.isfinite(census), census, people.totals)
    if not reading.findings.may_run:
        return None, reading.findings, reading.summaries
    layers = Layers(
        province=reading.file.province,
        grid=grid,
        communes=communes,
        sites=_with_commune(sites, communes),
        cells=cells,
        zones=zones,
        people=people,
        terrain=None if elevation is None else Terrain(grid, elevation),
        context=found,
        outline=outline,
        faults=tuple(reading.findings.faults),
        repairs=tuple(reading.findings.repairs),
        summaries=tuple(reading.summaries),
    )
    return layers, reading.findings, reading.summaries


def _grid_crs(reading: Reading) -> str | None:
    notes = reading.findings.of("layers.toml", str(reading.path))
    crs = reading.file.province.crs
    try:
        metric = is_metric(parse_crs(crs))
    except ValueError as err:
        notes.fault(str(err), 'write e.g. crs = "EPSG:9212"', column="province.crs", value=crs)
        return None
    if not metric:
        remedy = 'choose the province\'s VN-2000 zone, e.g. crs = "EPSG:9212"'
        notes.fault("the grid's crs must be in metres", remedy, column="province.crs", value=crs)
        return None
    return crs


def _communes(reading: Reading, grid_crs: str) -> gpd.GeoDataFrame | None:
    found = reading.locate_file("communes")
    if found is None:
        if "communes" not in reading.file.layers:
            reading.notes("communes").fault("the layer is missing", "add [layers.communes] with path = ...")
        return None
    path, source, notes = found
    table = open_layer(path, name="communes", source=source, notes=notes)
    if table is None:
        return None
    placed = locate(table, kind="polygon", source=source, grid_crs=grid_crs, notes=notes)
    if placed is None or notes.has_errors():
        return None
    reading.summarise("communes", rows=len(table), table=placed)
    placed = cross_check.mended(placed, notes).set_index("code", drop=True)
    cross_check.overlaps(placed, notes)
    return _with_census(reading, placed)


def _with_census(reading: Reading, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    found = reading.locate_file("census")
    if found is None:
        return communes
    path, source, notes = found
    census = open_layer(path, name="census", source=source, notes=notes)
    if census is None:
        return communes
    reading.summarise("census", rows=len(census), table=census)
    by_code = census.drop_duplicates("code").set_index("code")["population"]
    for code in by_code.index.difference(communes.index):
        row = census.index[census["code"] == code][0]
        notes.fault(
            "no commune has this code",
            "correct the code, or leave the row out with where",
            row=row,
            column="code",
            value=code,
            severity="warning",
        )
        notes.repair("not used: no commune has this code", row=code, how_much=f"{by_code[code]:.0f} people")
    for code in communes.index.difference(by_code.index):
        notes.fault("the commune has no census row", "add it", column="code", value=code, severity="warning")
    communes["population"] = by_code.reindex(communes.index).astype(float).fillna(communes["population"])
    return communes


def _network(
    reading: Reading, grid_crs: str | None, outline: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """Read sites and cells; an OpenCelliD file is both."""
    cells_source = reading.file.layers.get("cells")
    if cells_source is None:
        reading.notes("cells").fault("the layer is missing", "add [layers.cells] with path = ...")
    opencellid = cells_source is not None and cells_source.format == "opencellid"
    table, cells = _opencellid(reading) if opencellid else (_table(reading, "sites"), _table(reading, "cells"))
    if cells is not None:
        cross_check.cells(cells, reading.file.province.operators, reading.notes("cells"))
    origin = "cells" if opencellid else "sites"
    if table is None or grid_crs is None:
        return None, cells
    source, notes = reading.file.layers[origin], reading.notes(origin)
    sites = locate(table, kind="point", source=source, grid_crs=grid_crs, notes=notes)
    if sites is None:
        return None, cells
    if outline is not None:
        sites = within_reach(sites, outline=outline, source=source, notes=notes)
    if not opencellid:
        reading.summarise("sites", rows=len(table), table=sites)
    if cells is not None:
        cells = cross_check.cells_on_sites(cells, sites, set(table["site_id"].dropna()), reading.notes("cells"))
        cells = cells.set_index("cell_id", drop=True)
    return sites.set_index("site_id", drop=True), cells


def _table(reading: Reading, name: str) -> pd.DataFrame | None:
    """Read sites or cells; both must be there."""
    if name not in reading.file.layers and name != "cells":
        reading.notes(name).fault("the layer is missing", f"add [layers.{name}] with path = ...")
    found = reading.locate_file(name)
    if found is None:
        return None
    path, source, notes = found
    table = open_layer(path, name=name, source=source, notes=notes)
    if table is not None and name == "cells":
        reading.summarise(name, rows=len(table), table=table)
    return table


def _opencellid(reading: Reading) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Read sites and cells out of one OpenCelliD file."""
    found = reading.locate_file("cells")
    if found is None:
        return None, None
    path, source, notes = found
    pair = read_opencellid(path, operators=source.operators, encoding=source.encoding, notes=notes)
    if pair is None:
        return None, None
    sites = conform(pair[0], layer="sites", columns={}, notes=notes)
    cells = conform(pair[1], layer="cells", columns={}, notes=notes)
    reading.summarise("cells", rows=len(cells), table=cells)
    return sites, cells


def _context(
    reading: Reading, name: str, grid_crs: str | None, outline: BaseGeometry | None
) -> gpd.GeoDataFrame | None:
    found = reading.locate_file(name)
    if found is None:
        return None
    path, source, notes = found
    table = open_layer(path, name=name, source=source, notes=notes)
    if table is None or grid_crs is None:
        return None
    placed = locate(table, kind=_CONTEXT[name], source=source, grid_crs=grid_crs, notes=notes)
    if placed is None:
        return None
    if _CONTEXT[name] == "point" and outline is not None:
        placed = within_reach(placed, outline=outline, source=source, notes=notes)
    reading.summarise(name, rows=len(table), table=placed)
    return placed.reset_index(drop=True)


def _raster(
    reading: Reading,
    name: str,
    read: Callable[..., NDArray[np.float64] | None],
    grid: Grid,
    inside: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """Read a raster layer and say how much of the province it leaves unknown."""
    found = reading.locate_file(name)
    if found is None:
        return None
    path, source, notes = found
    column = next(iter(layer_columns(name).values()))
    values = read(path, crs=source.crs, column=column, grid=grid, notes=notes)
    if values is None:
        return None
    void = int((np.isnan(values.ravel()) & inside).sum())
    reading.summarise(name, rows=int(inside.sum()), table=None, used=int(inside.sum()) - void)
    if void:
        km2 = void * grid.cell_km2
        notes.fault(
            f"{void} of {int(inside.sum())} cells of the province ({km2:.1f} km²) have no value",
            "give a raster that covers the province; these cells are unknown",
            severity="warning",
        )
        notes.repair("unknown: no value inside the province", how_much=f"{void} cells ({km2:.1f} km²)")
    return values


def _with_commune(sites: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the code of the commune each site stands in; empty next door."""
    tree = shapely.STRtree(communes.geometry.to_numpy())
    site, commune = tree.query(sites.geometry.to_numpy(), predicate="intersects")
    code = np.full(len(sites), "", dtype=object)
    # A site on a border belongs to the commune that comes first, so that each has exactly one.
    code[site[::-1]] = communes.index.to_numpy()[commune[::-1]]
    return sites.assign(commune_code=code)
