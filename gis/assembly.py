"""Assembly: from layers.toml to `Layers`, collecting every fault before any is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.gis import cross_check
from phusong.gis.cleaning import coverage_clean
from phusong.gis.cleaning.shapes import mend
from phusong.gis.columns.codes import mend_codes
from phusong.gis.communes import has_errors, read_units, with_commune
from phusong.gis.communes.census import count, read_census
from phusong.gis.communes.links import crosswalk_of
from phusong.gis.crs import crs_name, is_metric, parse_crs
from phusong.gis.findings import Findings
from phusong.gis.grid import Grid
from phusong.gis.ground import read_ground
from phusong.gis.layers import Layers, LayerSummary
from phusong.gis.layers_file import LayersFile, read_layers_file
from phusong.gis.people.buildings import floor_area, read_buildings
from phusong.gis.people.residents import Surfaces, say_unknown, settle
from phusong.gis.placing.labels import check_border, check_stated
from phusong.gis.placing.places import Kind, locate
from phusong.gis.placing.reach import touches, within_reach
from phusong.gis.reading import Reading, joined
from phusong.gis.sites.stations import read_stations
from phusong.gis.zones import zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["Gathered", "GridRaster", "check_layers", "gather", "read_layers"]

_CONTEXT: dict[str, Kind] = {
    "fibre": "line",
    "roads": "line",
    "hamlets": "point",
    "industrial_parks": "polygon",
}
_UNITS = ("communes", "communes_old", "crosswalk")
# More cells than this is a typing error in cell_m, not a province (30 m over Vietnam is 370 million).
_MOST_CELLS = 200_000_000


@dataclass(frozen=True, slots=True)
class GridRaster:
    """A raster as the run uses it: values on a grid, NaN where unknown, and how fine the file was."""

    grid: Grid
    values: NDArray[np.float64]
    unit: str
    source_resolution_m: float


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
    units = read_units(reading, grid_crs=grid_crs)
    census = read_census(reading, units)
    communes = units.communes
    # Without communes there is no province to hold the rest against; columns and values are still checked.
    outline = coverage_clean.outline(communes) if communes is not None else None
    if units.old is not None and outline is not None:
        check_border(units.old, outline=outline, notes=reading.notes("communes_old"))
    sites, cells = read_stations(reading, grid_crs=grid_crs, outline=outline)
    context = {name: _context(reading, name, grid_crs, outline) for name in _CONTEXT}
    if (hamlets := context["hamlets"]) is not None and communes is not None:
        known, notes = set(communes.index.dropna()), reading.notes("hamlets")
        hamlets["commune_code"] = mend_codes(hamlets["commune_code"], column="commune_code", known=known, notes=notes)
    cross_check.hamlets(context["hamlets"], communes, reading.notes("hamlets"))
    for name, table, column in (("sites", sites, "commune"), ("hamlets", context["hamlets"], "commune_code")):
        if communes is not None and table is not None:
            check_stated(table, table[column], communes=communes, notes=reading.notes(name))
    found = {name: table.reset_index(drop=True) for name, table in context.items() if table is not None}
    grid = None if communes is None else _grid(reading, communes)
    zones = None if communes is None or grid is None else zones_of(communes, grid=grid)
    ground = read_ground(reading, grid, zones)
    counts = ground.counts
    buildings = read_buildings(reading, grid_crs=grid_crs, outline=outline)
    surfaces = Surfaces(
        raster=None if counts is None else counts.ravel(),
        floors=None if buildings is None or grid is None else floor_area(buildings, grid=grid),
        habitable=None if grid is None else ground.habitable(grid),
    )
    crosswalk = None
    if communes is not None and units.links is not None and not has_errors(reading, *_UNITS):
        surface = surfaces.floors if surfaces.raster is None else surfaces.raster
        notes = reading.notes("crosswalk")
        crosswalk = crosswalk_of(units.links, new=communes, old=units.old, grid=grid, surface=surface, notes=notes)
    old_counts = None
    if communes is not None:
        counted = count(reading, communes, census=census, old=units.old, crosswalk=crosswalk)
        communes, old_counts = counted.communes, counted.old
    if communes is not None and zones is not None and not has_errors(reading, *_UNITS, "census", "population"):
        say_unknown(reading, communes, zones, surfaces.raster)
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
    people, old = settle(
        reading,
        communes,
        zones,
        grid=grid,
        surfaces=surfaces,
        old=units.old,
        counted=old_counts,
        crosswalk=crosswalk,
    )
    # By today's codes whatever the files had: census and crosswalk are in them.
    tables = {"communes": communes.reset_index(), "sites": sites.reset_index(), "cells": cells.reset_index(), **found}
    optional = {
        "communes_old": None if old is None else old.communes.reset_index(),
        "crosswalk": None if crosswalk is None else crosswalk.table().drop(columns="method"),
        "buildings": buildings,
    }
    tables |= {name: table for name, table in optional.items() if table is not None}
    rasters = {name: GridRaster(*raster) for name, raster in ground.rasters(grid).items()}
    layers = Layers(
        province=reading.file.province,
        grid=grid,
        communes=communes,
        sites=with_commune(sites, communes),
        cells=cells,
        zones=zones,
        people=people,
        terrain=ground.terrain,
        context=found,
        outline=outline,
        faults=tuple(reading.findings.faults),
        repairs=tuple(reading.findings.repairs),
        summaries=tuple(reading.summaries),
        old=old,
        crosswalk=crosswalk,
        clutter=ground.clutter,
        antennas=reading.antennas,
        old_people=None if crosswalk is None or old_counts is None else old_counts["population"].to_numpy(float),
    )
    return Gathered(reading.file, layers, reading.findings, reading.summaries, tables, rasters)


def _grid_crs(reading: Reading) -> str | None:
    notes = reading.findings.of("layers.toml", str(reading.path))
    crs = reading.file.province.crs
    try:
        metric, crs = is_metric(parse_crs(crs)), crs_name(crs)
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


def _context(
    reading: Reading, name: str, grid_crs: str | None, outline: BaseGeometry | None
) -> gpd.GeoDataFrame | None:
    found = [_context_file(reading, name, part, grid_crs, outline) for part in reading.parts(name)]
    held = [one for one in found if one is not None]
    if not held:
        return None
    whole = joined([placed for placed, _ in held])
    reading.summarise(name, rows=sum(records for _, records in held), used=len(whole), table=whole)
    return whole


def _context_file(
    reading: Reading, name: str, part: int, grid_crs: str | None, outline: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame, int] | None:
    """Return the records of one file in reach of the province, and how many it has."""
    table = reading.table(name, part)
    if table is None or grid_crs is None:
        return None
    kind, source, notes = _CONTEXT[name], reading.source_of(name, part), reading.notes(name, part)
    placed = locate(table, kind=kind, source=source, grid_crs=grid_crs, notes=notes, outline=outline)
    if placed is None:
        return None
    if kind != "point":
        placed = mend(placed, kind=kind, notes=notes)
    if outline is not None and kind == "point":
        placed = within_reach(placed, outline=outline, source=source, notes=notes)
    elif outline is not None and len(placed):
        touches(placed, outline=outline, notes=notes)
    return placed, table.attrs["records"]
