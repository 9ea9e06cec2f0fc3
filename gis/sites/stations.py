"""Stations: sites and their cells, from two files, from one list of both, or from one OpenCelliD export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.gis import cross_check
from phusong.gis.columns.codes import unique_ids
from phusong.gis.columns.conform import conform
from phusong.gis.crs import WGS84, to_lonlat, transform
from phusong.gis.findings import PART
from phusong.gis.placing.places import locate
from phusong.gis.placing.reach import NEIGHBOUR_KM, within_reach
from phusong.gis.readers.opencellid import read_opencellid
from phusong.gis.readers.opencellid_rows import Near
from phusong.gis.reading import Reading, extent_of, joined
from phusong.gis.sites import duplicates
from phusong.gis.sites.antennas import read_antennas
from phusong.gis.sites.channels import with_bands
from phusong.gis.sites.one_list import BY_ROW, OneList, cells_of, read_one_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes

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
    given = [name for name in ("sites", "cells") if name in reading.file.layers]
    lists: dict[int, OneList] = {}
    if len(given) == 1:
        (name,) = given
        found = {part: read_one_list(reading, name, part) for part in reading.parts(name)}
        lists = {part: both for part, (_, both) in found.items() if both is not None}
        tables = {part: table for part, (table, both) in found.items() if table is not None and both is None}
        (missing,) = {"sites", "cells"} - {name}
        if lists:
            for part in tables:
                _say_only(reading, name, part, missing)
            return _from_one_list(reading, name, lists, grid_crs=grid_crs, outline=outline)
        if tables:  # a list that could not be read may well be both layers
            _say_missing(reading, missing)
        masts, others = (tables, {}) if name == "sites" else ({}, tables)
    else:
        masts, others = _tables(reading, "sites"), _tables(reading, "cells")
    cells = _checked(reading, joined(list(others.values())), reading.notes("cells")) if others else None
    sites = None
    if masts:
        users = None if cells is None else _users(cells)
        sites, known = _masts(reading, "sites", masts, grid_crs=grid_crs, outline=outline, users=users)
        if sites is not None:
            records = sum(table.attrs["records"] for table in masts.values())
            reading.summarise("sites", rows=records, used=len(sites), table=sites)
    if cells is None:
        return _by_id(sites, "site_id"), None
    records = cells.attrs["records"]
    if sites is not None:
        cells = _on_sites(reading, cells, sites, known, reading.notes("cells"))
    reading.antennas.update(read_antennas(reading, cells))
    reading.summarise("cells", rows=records, used=len(cells), table=cells)
    return _by_id(sites, "site_id"), cells.set_index("cell_id", drop=True)


def _from_one_list(
    reading: Reading, name: str, lists: Mapping[int, OneList], *, grid_crs: str | None, outline: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """Hold a list that is both layers, or one of each file, against itself and against the province."""
    notes = reading.notes(name)
    cells = _checked(reading, cells_of(list(lists.values())), notes)
    operators = cells["operator"][~cells.index.duplicated()]
    place_of: dict[str, str] = {}
    tables = {part: both.sites for part, both in lists.items()}
    sites, known = _masts(
        reading, name, tables, grid_crs=grid_crs, outline=outline, operators=operators, place_of=place_of
    )
    cells["site_id"] = cells["site_id"].replace(place_of)
    if sites is not None:
        cells = _on_sites(reading, cells, sites, known, notes)
        reading.antennas.update(read_antennas(reading, cells))
        used = len(set(cells.index) | set(sites.index))
        table = sites if name == "sites" else cells
        crs = str(sites.attrs.get("crs", ""))
        extent = extent_of(sites) if len(sites) else None
        records = sum(both.records for both in lists.values())
        reading.summarise(name, rows=records, used=used, table=table, crs=crs, extent=extent)
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
        path,
        operators=source.operators,
        where=source.where,
        encoding=source.encoding,
        notes=notes,
        near=None if outline is None or grid_crs is None else _near(outline, grid_crs),
        outside=source.outside,
        gnb_bits=source.gnb_bits,
    )
    if grouped is None:
        return None, None
    table = conform(grouped.sites, layer="sites", columns={}, notes=notes)
    cells = notes.set_aside(conform(grouped.cells, layer="cells", columns={}, notes=notes))
    named = 'add it to province.operators, or name it: operators = { "04" = "Viettel" } in [layers.cells]'
    cross_check.cells(cells, reading.file.province.operators, notes, remedy=named)
    sites = _sited(reading, "cells", table, grid_crs, outline)
    if sites is not None:
        cells = _on_sites(reading, cells, sites, set(table["site_id"]), notes)
    used = int(grouped.counts.reindex(cells["cell_id"]).sum())
    extent = extent_of(sites) if sites is not None and len(sites) else None
    reading.summarise("cells", rows=grouped.records, used=used, table=cells, crs="EPSG:4326", extent=extent)
    return _by_id(sites, "site_id"), cells.set_index("cell_id", drop=True)


def _near(outline: BaseGeometry, grid_crs: str) -> Near:
    """Return the test for places that lie in the province or at most `NEIGHBOUR_KM` from it."""
    reach_m = NEIGHBOUR_KM * 1000.0
    west, south, east, north = outline.bounds
    # Straight lines bend between the two systems; a twentieth of the box more holds every bend.
    margin = reach_m + 0.05 * max(east - west, north - south)
    corners = shapely.segmentize(shapely.box(west - margin, south - margin, east + margin, north + margin), margin)
    lon, lat = to_lonlat(*shapely.get_coordinates(corners).T, crs=grid_crs)
    box = (lon.min(), lat.min(), lon.max(), lat.max())
    shapely.prepare(outline)

    def near(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
        a, b = np.asarray(lon, float), np.asarray(lat, float)
        held: NDArray[np.bool_] = (a >= box[0]) & (a <= box[2]) & (b >= box[1]) & (b <= box[3])
        x, y = transform(a[held], b[held], source=WGS84, target=grid_crs)
        held[held] = shapely.dwithin(shapely.points(x, y), outline, reach_m)
        return held

    return near


def _checked(reading: Reading, cells: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return the cells without copies, their bands filled in from the channel numbers; what is wrong is said."""
    records = cells.attrs.get("records")
    cells = cells.assign(operator=cross_check.spelt(cells["operator"], reading.file.province.operators, notes))
    cells = duplicates.each_once(cells, notes)
    unique_ids(cells["cell_id"], notes)
    cells = with_bands(cells, notes)
    cross_check.cells(cells, reading.file.province.operators, notes)
    cells.attrs["records"] = records
    return cells


def _masts(
    reading: Reading,
    origin: str,
    tables: Mapping[int, pd.DataFrame],
    *,
    grid_crs: str | None,
    outline: BaseGeometry | None,
    operators: pd.Series[Any] | None = None,
    place_of: dict[str, str] | None = None,
    users: pd.Series[Any] | None = None,
) -> tuple[gpd.GeoDataFrame | None, set[str]]:
    """Return one record a mast in or near the province, and all site ids of the list.

    Parameters
    ----------
    tables : mapping of int to DataFrame
        By the number of the file.
    operators : Series, optional
        Who lists each row of a list that is sites and cells in one.
    place_of : dict, optional
        Filled in with the site each one without an id of its own became part of.
    users : Series, optional
        Who has cells on a mast, by site id, where sites and cells are two files.
    """
    notes = reading.notes(origin)
    listing = operators is not None
    known: set[str] = set()
    located: dict[int, gpd.GeoDataFrame] = {}
    for part, given in tables.items():
        source, page = reading.source_of(origin, part), reading.notes(origin, part)
        table = given if listing else duplicates.each_once(given, page)
        known |= set(table["site_id"].dropna())
        table = duplicates.placed(table, page, drop=source.outside == "drop")
        if grid_crs is None:
            if not listing:
                unique_ids(table["site_id"], page)
            continue
        found = locate(table, kind="point", source=source, grid_crs=grid_crs, notes=page, outline=outline)
        if found is not None:
            located[part] = found
    if not located:
        return None, known
    sites = joined(list(located.values()))
    if len(located) > 1 and not listing:
        sites = duplicates.each_once(sites, notes)
    if place_of is not None:
        sites = _by_place(sites, place_of)
        known = {place_of.get(name, name) for name in known}
    sites = duplicates.one_mast_each(sites, notes, operators=operators, listing=listing)
    parties = operators if users is None else sites["site_id"].map(users)
    duplicates.side_by_side(sites, notes, operators=parties)
    crs_of = {part: str(table.attrs["crs"]) for part, table in located.items()}
    return _reached(reading, origin, sites, outline, crs_of), known


def _users(cells: pd.DataFrame) -> pd.Series[Any]:
    """Return the operators with cells on each site, as one text: masts of different ones are no duplicates."""
    named = cells[["site_id", "operator"]].dropna().drop_duplicates().sort_values("operator")
    return named.groupby("site_id")["operator"].agg("; ".join)


def _by_place(sites: gpd.GeoDataFrame, place_of: dict[str, str]) -> gpd.GeoDataFrame:
    """Give the rows without an id of their own the id of the first such row at their place."""
    own = sites["site_id"].str.startswith(BY_ROW).to_numpy(bool, na_value=False)
    if not own.any():
        return sites
    place = duplicates.places(sites[own])
    ids = sites.loc[own, "site_id"]
    place_of.update(zip(ids, ids.groupby(place).transform("first"), strict=True))
    return sites.assign(site_id=sites["site_id"].replace(place_of))


def _say_missing(reading: Reading, name: str) -> None:
    remedy = f"add [layers.{name}] with path = ..."
    if name == "cells":
        remedy += (
            "; a list of sites that names operator and technology is both layers, "
            'also with constants = { operator = ..., technology = "4G" } in [layers.sites]'
        )
    reading.notes(name).fault("the layer is missing", remedy)


def _say_only(reading: Reading, name: str, part: int, missing: str) -> None:
    """Refuse a file of one layer among lists that are both."""
    reading.notes(name, part).fault(
        f"the file has no {missing}, and the other files of [[layers.{name}]] are lists of sites and cells in one",
        f"complete it, or give all of them as [[layers.sites]] and [[layers.cells]], {missing} in files of their own",
    )


def _tables(reading: Reading, name: str) -> dict[int, pd.DataFrame]:
    """Read sites or cells, by number of the file; both must be there."""
    if name not in reading.file.layers:
        _say_missing(reading, name)
    found = {part: reading.table(name, part) for part in reading.parts(name)}
    return {part: table for part, table in found.items() if table is not None}


def _sited(
    reading: Reading, origin: str, table: pd.DataFrame | None, grid_crs: str | None, outline: BaseGeometry | None
) -> gpd.GeoDataFrame | None:
    """Return the sites that are in or near the province."""
    if table is None or grid_crs is None:
        return None
    source, notes = reading.file.layers[origin], reading.notes(origin)
    sites = locate(table, kind="point", source=source, grid_crs=grid_crs, notes=notes, outline=outline)
    return None if sites is None else _reached(reading, origin, sites, outline, {0: sites.attrs["crs"]})


def _reached(
    reading: Reading,
    origin: str,
    sites: gpd.GeoDataFrame,
    outline: BaseGeometry | None,
    crs_of: Mapping[int, str],
) -> gpd.GeoDataFrame:
    """Return the sites in or near the province; `crs_of` says in which CRS each file was read, by its number."""
    if outline is None or sites.empty:
        return sites
    notes, attrs = reading.notes(origin), sites.attrs
    number = sites.index.to_numpy() // PART if len(crs_of) > 1 else np.full(len(sites), next(iter(crs_of)))
    kept = []
    for part in np.unique(number).tolist():
        some = sites[number == part]
        some.attrs = {"crs": crs_of[part]}
        source, page = reading.source_of(origin, part), reading.notes(origin, part)
        kept.append(within_reach(some, outline=outline, source=source, notes=page))
    sites = joined(kept)
    sites.attrs = attrs
    if sites.empty and not notes.has_errors():
        notes.fault("no site lies in the province or near it", "check the file, its crs and its where filter")
    return sites


def _on_sites(
    reading: Reading, cells: pd.DataFrame, sites: gpd.GeoDataFrame, known: set[str], notes: Notes
) -> pd.DataFrame:
    """Return the cells whose site is in the run, and say which declared operators have none."""
    kept = cross_check.cells_on_sites(cells, sites, known, notes)
    # After an error the sites in the run say nothing about the operators; the file itself still does.
    counted = kept if reading.findings.may_run else cells
    cross_check.silent_operators(counted, reading.file.province.operators, notes)
    if kept.empty and reading.findings.may_run:
        notes.fault("no cell is left: none stands on a site of the run", "check site_id in both files")
    return kept


def _by_id(table: gpd.GeoDataFrame | None, name: str) -> gpd.GeoDataFrame | None:
    return None if table is None else table.set_index(name, drop=True)
