"""Stations: sites and their cells, from two files or from one OpenCelliD export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from phusong.gis import cross_check
from phusong.gis.conform import conform
from phusong.gis.places import locate
from phusong.gis.reach import within_reach
from phusong.gis.readers.open_layer import open_layer
from phusong.gis.readers.opencellid import read_opencellid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.reading import Reading

__all__ = ["read_stations"]


def read_stations(
    reading: Reading, *, grid_crs: str | None, outline: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """Read sites and cells, and hold them against each other and against the province.

    Parameters
    ----------
    reading : Reading
    grid_crs : str or None
        None where the province has no usable CRS: columns and values are still checked.
    outline : geometry or None
        The province, grid CRS.

    Returns
    -------
    sites : GeoDataFrame or None
        Index ``site_id``.
    cells : DataFrame or None
        Index ``cell_id``; those of sites in the run.
    """
    source = reading.file.layers.get("cells")
    if source is not None and source.format == "opencellid":
        return _from_opencellid(reading, grid_crs, outline)
    return _from_tables(reading, grid_crs, outline)


def _from_tables(
    reading: Reading, grid_crs: str | None, outline: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    table, cells = _table(reading, "sites"), _table(reading, "cells")
    if cells is not None:
        cross_check.cells(cells, reading.file.province.operators, reading.notes("cells"))
    sites = _sited(reading, "sites", table, grid_crs, outline)
    if sites is not None and table is not None:
        reading.summarise("sites", rows=table.attrs["records"], used=len(sites), table=sites)
    if cells is None:
        return _by_id(sites, "site_id"), None
    records = cells.attrs["records"]
    if sites is not None and table is not None:
        cells = _on_sites(reading, cells, sites, set(table["site_id"].dropna()))
    reading.summarise("cells", rows=records, used=len(cells), table=cells)
    return _by_id(sites, "site_id"), cells.set_index("cell_id", drop=True)


def _from_opencellid(
    reading: Reading, grid_crs: str | None, outline: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    if "sites" in reading.file.layers:
        reading.notes("sites").fault("an OpenCelliD file brings its own sites", "take [layers.sites] out")
    found = reading.locate_file("cells")
    if found is None:
        return None, None
    path, source, notes = found
    grouped = read_opencellid(
        path, operators=source.operators, where=source.where, encoding=source.encoding, notes=notes
    )
    if grouped is None:
        return None, None
    table = conform(grouped.sites, layer="sites", columns={}, notes=notes)
    cells = conform(grouped.cells, layer="cells", columns={}, notes=notes)
    cross_check.cells(cells, reading.file.province.operators, notes)
    sites = _sited(reading, "cells", table, grid_crs, outline)
    if sites is not None:
        cells = _on_sites(reading, cells, sites, set(table["site_id"]))
    used = int(grouped.counts.reindex(cells["cell_id"]).sum())
    reading.summarise("cells", rows=grouped.records, used=used, table=cells, crs="EPSG:4326")
    return _by_id(sites, "site_id"), cells.set_index("cell_id", drop=True)


def _table(reading: Reading, name: str) -> pd.DataFrame | None:
    """Read sites or cells; both must be there."""
    if name not in reading.file.layers:
        reading.notes(name).fault("the layer is missing", f"add [layers.{name}] with path = ...")
    found = reading.locate_file(name)
    if found is None:
        return None
    path, source, notes = found
    return open_layer(path, name=name, source=source, notes=notes)


def _sited(
    reading: Reading, origin: str, table: pd.DataFrame | None, grid_crs: str | None, outline: BaseGeometry | None
) -> gpd.GeoDataFrame | None:
    """Return the sites that are in or near the province."""
    if table is None or grid_crs is None:
        return None
    source, notes = reading.file.layers[origin], reading.notes(origin)
    sites = locate(table, kind="point", source=source, grid_crs=grid_crs, notes=notes)
    if sites is None or outline is None:
        return sites
    sites = within_reach(sites, outline=outline, source=source, notes=notes)
    if sites.empty and not notes.has_errors():
        notes.fault("no site lies in the province or near it", "check the file, its crs and its where filter")
    return sites


def _on_sites(reading: Reading, cells: pd.DataFrame, sites: gpd.GeoDataFrame, known: set[str]) -> pd.DataFrame:
    """Return the cells whose site is in the run, and say which declared operators have none."""
    notes = reading.notes("cells")
    kept = cross_check.cells_on_sites(cells, sites, known, notes)
    # After an error the sites in the run say nothing about the operators; the file itself still does.
    counted = kept if reading.findings.may_run else cells
    cross_check.silent_operators(counted, reading.file.province.operators, notes)
    if kept.empty and reading.findings.may_run:
        notes.fault("no cell is left: none stands on a site of the run", "check site_id in both files")
    return kept


def _by_id(table: gpd.GeoDataFrame | None, name: str) -> gpd.GeoDataFrame | None:
    return None if table is None else table.set_index(name, drop=True)
