"""Assembly: from layers.toml to `Layers`, collecting every fault before any is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.errors import errors_only
from phusong.gis import cross_check
from phusong.gis.communes import read_communes
from phusong.gis.crs import is_metric, parse_crs
from phusong.gis.findings import Findings
from phusong.gis.grid import Grid
from phusong.gis.layers import Layers, LayerSummary
from phusong.gis.layers_file import LayersFile, read_layers_file
from phusong.gis.people import People, spread
from phusong.gis.places import Kind, locate
from phusong.gis.rasters import OnGrid, probe, read_counts, read_surface
from phusong.gis.reach import touches, within_reach
from phusong.gis.readers.open_layer import open_layer
from phusong.gis.reading import Reading
from phusong.gis.schemas import layer_columns
from phusong.gis.stations import read_stations
from phusong.gis.terrain import Terrain
from phusong.gis.zones import Zones, zones_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["Gathered", "GridRaster", "check_layers", "gather", "read_layers"]

# The mean ground 3 to 15 km around a mast gives its effective height; see `phusong.coverage.radio`.
_AROUND_M = 15_000.0
_CONTEXT: dict[str, Kind] = {
    "fibre": "line",
    "roads": "line",
    "hamlets": "point",
    "industrial_parks": "polygon",
}
# More cells than this is a typing error in cell_m, not a province (30 m over Vietnam is 370 million).
_MOST_CELLS = 200_000_000


@dataclass(frozen=True, slots=True)
class GridRaster:
    """A raster as the run uses it: values on a grid, NaN where unknown."""

    grid: Grid
    values: NDArray[np.float64]
    unit: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything one reading brought.

    Parameters
    ----------
    file : LayersFile
    layers : Layers or None
        None where an error stops a run.
    findings : Findings
    summaries : list of LayerSummary
    tables : mapping of str to DataFrame
        By layer, the records as the run uses them, in the dictionary's columns; empty where `layers` is None.
    rasters : mapping of str to GridRaster
        Likewise.
    """

    file: LayersFile
    layers: Layers | None
    findings: Findings
    summaries: list[LayerSummary]
    tables: Mapping[str, pd.DataFrame]
    rasters: Mapping[str, GridRaster]


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
    gathered = gather(path)
    gathered.findings.raise_errors()
    if gathered.layers is None:  # pragma: no cover - a reading without error always has its layers
        raise AssertionError("no layers and no error")
    return gathered.layers


def check_layers(path: Path | str) -> tuple[Findings, list[LayerSummary]]:
    """Read a province only to report: all findings, and what each layer is.

    Raises
    ------
    InputError
        Where layers.toml itself cannot be read.
    """
    gathered = gather(path)
    return gathered.findings, gathered.summaries


def gather(path: Path | str, *, aside: Mapping[str, Mapping[int | str, str]] | None = None) -> Gathered:
    """Read everything there is, whatever is wrong with it.

    Parameters
    ----------
    path : path of a ``layers.toml``
    aside : mapping of str to mapping of row to str, optional
        Rows not to be read, each with the rule it breaks, by layer.

    Raises
    ------
    InputError
        Where layers.toml itself cannot be read.
    """
    reading = Reading(Path(path), read_layers_file(path), Findings(aside=aside or {}))
    grid_crs = _grid_crs(reading)
    communes = read_communes(reading, grid_crs=grid_crs)
    # Without communes there is no province to hold the rest against; columns and values are still checked.
    outline = shapely.union_all(communes.geometry.to_numpy()) if communes is not None else None
    sites, cells = read_stations(reading, grid_crs=grid_crs, outline=outline)
    context = {name: _context(reading, name, grid_crs, outline) for name in _CONTEXT}
    cross_check.hamlets(context["hamlets"], communes, reading.notes("hamlets"))
    found = {name: table.reset_index(drop=True) for name, table in context.items() if table is not None}
    grid = None if communes is None else _grid(reading, communes)
    zones = None if communes is None or grid is None else zones_of(communes, grid=grid)
    counts = _raster(reading, "population", read_counts, grid, zones)
    elevation = _raster(reading, "terrain", read_surface, grid, zones, margin_m=_AROUND_M)
    if communes is not None and zones is not None and not {"communes", "census", "population"} & _at_fault(reading):
        _say_unknown_people(reading, communes, zones, counts)
    if (
        not reading.findings.may_run
        or communes is None
        or outline is None
        or sites is None
        or cells is None
        or grid is None
        or zones is None
    ):
        return Gathered(reading.file, None, reading.findings, reading.summaries, {}, {})
    tables = {"communes": communes.reset_index(), "sites": sites.reset_index(), "cells": cells.reset_index(), **found}
    wide = grid.padded(_AROUND_M)
    rasters = {
        name: GridRaster(on, values, unit)
        for name, on, values, unit in (("population", grid, counts, "people"), ("terrain", wide, elevation, "m"))
        if values is not None
    }
    layers = Layers(
        province=reading.file.province,
        grid=grid,
        communes=communes,
        sites=_with_commune(sites, communes),
        cells=cells,
        zones=zones,
        people=_people(reading, communes, zones, counts),
        terrain=None if elevation is None else Terrain(wide, elevation),
        context=found,
        outline=outline,
        faults=tuple(reading.findings.faults),
        repairs=tuple(reading.findings.repairs),
        summaries=tuple(reading.summaries),
    )
    return Gathered(reading.file, layers, reading.findings, reading.summaries, tables, rasters)


def _at_fault(reading: Reading) -> set[str]:
    """Return the layers that have an error."""
    return {fault.layer for fault in errors_only(reading.findings.faults)}


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


def _grid(reading: Reading, communes: gpd.GeoDataFrame) -> Grid | None:
    """Return the grid around the communes; a fault where nobody could want so many cells."""
    west, south, east, north = (float(bound) for bound in communes.total_bounds)
    cell_m = reading.file.province.cell_m
    grid = Grid.around((west, south, east, north), crs=communes.crs.to_string(), cell_m=cell_m)
    notes = reading.findings.of("layers.toml", str(reading.path))
    if grid.size > _MOST_CELLS:
        rule = f"the grid would have {grid.size:,} cells, more than {_MOST_CELLS:,}"
        remedy = "choose larger cells, or look for a commune that lies far away"
        notes.fault(rule, remedy, column="province.cell_m", value=f"{cell_m:g}")
        return None
    cross_check.scale(communes, notes)
    return grid


def _say_unknown_people(
    reading: Reading, communes: gpd.GeoDataFrame, zones: Zones, counts: NDArray[np.float64] | None
) -> None:
    """Say in which communes nobody knows how many people live: no census total, and no raster there."""
    unknown = ~np.isfinite(communes["population"].to_numpy(float))
    if counts is not None:
        unknown &= zones.sums(np.isfinite(counts.ravel()).astype(float)) <= 0
    notes = reading.notes("communes")
    if unknown.all():
        notes.fault(
            "nobody knows how many people live here: no population column, no census layer, no population raster",
            "give one of [layers.population], [layers.census] or communes.population",
            column="population",
        )
        return
    for code in communes.index[unknown]:
        notes.fault(
            f"nobody knows how many people live in commune {code}; its people are missing from every figure",
            "give its census total, or a population raster that covers it",
            column="population",
            value="",
            severity="warning",
        )


def _people(reading: Reading, communes: gpd.GeoDataFrame, zones: Zones, counts: NDArray[np.float64] | None) -> People:
    """Place the people, and write the figure that stands into ``communes.population``."""
    census = communes["population"].to_numpy(float)
    people, even = spread(zones, census=census, raster=None if counts is None else counts.ravel())
    if counts is None:
        what = "no population raster: each commune's people are spread evenly over its land"
        remedy = "give [layers.population]; coverage is then counted where people live"
        reading.notes("population").fault(what, remedy, severity="warning")
        reading.notes("population").repair(
            f"assumed: {what}", how_much=f"{people.totals.sum():.0f} people", remedy=remedy
        )
    for code in even:
        what = "spread evenly: the raster shows nobody in a commune with a census total"
        reading.notes("population").repair(what, row=code)
    seen = 0.0 if counts is None else zones.sums(np.isfinite(counts.ravel()).astype(float))
    communes["population"] = np.where(
        np.isfinite(census), census, np.where(np.asarray(seen) > 0, people.totals, np.nan)
    )
    return people


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
    if _CONTEXT[name] == "polygon":
        placed = cross_check.mended(placed, notes)
    if outline is not None and _CONTEXT[name] == "point":
        placed = within_reach(placed, outline=outline, source=source, notes=notes)
    elif outline is not None and len(placed):
        touches(placed, outline=outline, notes=notes)
    reading.summarise(name, rows=table.attrs["records"], used=len(placed), table=placed)
    return placed


def _raster(
    reading: Reading,
    name: str,
    read: Callable[..., OnGrid | None],
    grid: Grid | None,
    zones: Zones | None,
    *,
    margin_m: float = 0.0,
) -> NDArray[np.float64] | None:
    """Read a raster layer, with a margin around the grid, and say how much of the province it leaves unknown."""
    found = reading.locate_file(name)
    if found is None:
        return None
    path, source, notes = found
    column = next(iter(layer_columns(name).values()))
    if grid is None or zones is None:
        probe(path, crs=source.crs, column=column, notes=notes)
        return None
    whole = grid.padded(margin_m)
    raster = read(path, crs=source.crs, column=column, grid=whole, notes=notes)
    if raster is None:
        return None
    cells = int(zones.mostly_inside.sum())
    margin = (whole.rows - grid.rows) // 2
    inner = raster.values[margin : margin + grid.rows, margin : margin + grid.cols]
    void = int((np.isnan(inner.ravel()) & zones.mostly_inside).sum())
    reading.summarise(name, rows=cells, used=cells - void, crs=raster.crs, extent=raster.extent)
    if void:
        km2 = void * grid.cell_km2
        notes.fault(
            f"{void} of {cells} cells of the province ({km2:.1f} km²) have no value",
            "give a raster that covers the province; these cells are unknown",
            severity="warning",
        )
        notes.repair("unknown: no value inside the province", how_much=f"{void} cells ({km2:.1f} km²)")
    return raster.values


def _with_commune(sites: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the code of the commune each site stands in; empty next door."""
    tree = shapely.STRtree(communes.geometry.to_numpy())
    site, commune = tree.query(sites.geometry.to_numpy(), predicate="intersects")
    code = np.full(len(sites), "", dtype=object)
    # A site on a border belongs to the commune that comes first, so that each has exactly one.
    last_first = np.lexsort((-commune, site))
    code[site[last_first]] = communes.index.to_numpy()[commune[last_first]]
    return sites.assign(commune_code=code)
