"""Open one layer of layers.toml: choose the reader, keep the rows asked for, conform to the dictionary."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from phusong.gis.columns.conform import conform
from phusong.gis.columns.values import as_text, is_empty
from phusong.gis.legacy_text import compose_table
from phusong.gis.readers.archive import unpacked
from phusong.gis.readers.content import fits_name
from phusong.gis.readers.excel import EXCEL_SUFFIXES, read_excel
from phusong.gis.readers.kml import read_kml
from phusong.gis.readers.ofds import is_ofds, read_ofds
from phusong.gis.readers.opencellid_columns import is_opencellid
from phusong.gis.readers.parquet import PARQUET_SUFFIXES, read_parquet
from phusong.gis.readers.postgis import read_postgis
from phusong.gis.readers.tables import read_table
from phusong.gis.readers.url import is_database
from phusong.gis.readers.vector import VECTOR_SUFFIXES, read_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["READABLE", "TABLE_SUFFIXES", "keep_where", "open_layer", "present"]

TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}
_STATIONS = {"sites", "cells"}
_ARCHIVES = {".zip", ".kmz"}
READABLE = VECTOR_SUFFIXES | TABLE_SUFFIXES | EXCEL_SUFFIXES | PARQUET_SUFFIXES | _ARCHIVES | {".kml"}
_JSON = {".json", ".geojson"}
_SHAPEFILE = "it is a part of a Shapefile: name the .shp beside it, and keep all its parts together"
_PARTS = {
    **dict.fromkeys([".dbf", ".shx", ".prj", ".cpg", ".sbn"], _SHAPEFILE),
    **dict.fromkeys([".dat", ".map", ".id"], "if it is a part of a MapInfo table, name the .tab beside it"),
    **dict.fromkeys([".rar", ".7z", ".gz"], "unpack it and name the file in it"),
    ".gdb": "save the layer as GeoPackage",
}


def present(path: Path, notes: Notes) -> bool:
    """Tell whether the file is there; a fault where it is not."""
    try:
        if path.is_file():
            return True
        folder = path.is_dir()
        near = _neighbours(path)
    except (OSError, ValueError, RuntimeError) as err:  # no permission, a name too long, a loop of links, a NUL
        notes.fault(f"the file cannot be reached ({err})", "correct path", column="path", value=path)
        return False
    if folder:
        notes.fault("a folder stands where a file belongs", "name the file in it", column="path", value=path)
        return False
    remedy = f"correct path; the folder holds {', '.join(near)}" if near else "correct path or bring the file"
    notes.fault("the file does not exist", remedy, column="path", value=path)
    return False


def _neighbours(path: Path) -> list[str]:
    """Return names of the same ending in the same folder, the most alike first."""
    if not path.parent.is_dir():
        return []
    names = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() == path.suffix.lower() and p.is_file())
    return difflib.get_close_matches(path.name, names, n=8, cutoff=0.0)


def open_layer(
    path: Path,
    *,
    name: str,
    source: LayerSource,
    notes: Notes,
    shape: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> pd.DataFrame | None:
    """Read and conform one layer of records; `shape` may give the file's table another form before it is conformed.

    Returns
    -------
    DataFrame or GeoDataFrame or None
        The dictionary's columns, index ``row`` as the planner counts; a GeoDataFrame keeps its file's CRS.
        None where the file cannot be used at all; the notes say why.
    """
    raw = _raw(path, name=name, source=source, notes=notes)
    if raw is None:
        return None
    if name in _STATIONS and is_opencellid(map(str, raw.columns)):
        remedy = 'set format = "opencellid" for [layers.cells]'
        remedy += ", and take [layers.sites] out" if name == "sites" else ""
        notes.fault("the file is an OpenCelliD table", remedy, column="format")
        return None
    crs = raw.crs if isinstance(raw, gpd.GeoDataFrame) else None
    records = raw.attrs["records"]
    is_text = raw.attrs.get("text", False)
    raw = notes.numbered(notes.set_aside(raw))
    raw = keep_where(compose_table(raw, notes), source.where, notes)
    if not len(raw):
        notes.fault("the layer is empty", "check the file and its where filter")
        return None
    whole = raw if is_text else None
    raw = raw if shape is None else shape(raw)
    table = conform(
        raw,
        layer=name,
        columns=source.columns,
        constants=source.constants,
        decimal=source.decimal,
        whole=whole,
        notes=notes,
    )
    if "geometry" in table:
        table = gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
    table.attrs["records"] = records
    table.attrs["text"] = is_text
    return table


def _raw(path: Path, *, name: str, source: LayerSource, notes: Notes) -> pd.DataFrame | None:
    """Return a layer as its file or its database has it."""
    if is_database(source.path):
        return read_postgis(source.path, layer=source.layer, encoding=source.encoding, notes=notes)
    if path.suffix.lower() not in READABLE:
        remedy = _PARTS.get(path.suffix.lower(), f"it reads {', '.join(sorted(READABLE))}")
        notes.fault(f"{path.suffix.lower() or 'a file without ending'} is no format phusong reads", remedy)
        return None
    if not fits_name(path, notes):
        return None
    if path.suffix.lower() in _ARCHIVES:
        with unpacked(path, layer=source.layer, suffixes=READABLE - _ARCHIVES, notes=notes) as member:
            if member is None or not fits_name(member.path, notes):
                return None
            return _file(member.path, name=name, source=source, layer=member.layer, notes=notes)
    return _file(path, name=name, source=source, layer=source.layer, notes=notes)


def _file(path: Path, *, name: str, source: LayerSource, layer: str | None, notes: Notes) -> pd.DataFrame | None:
    """Read a file with the reader of its kind."""
    suffix = path.suffix.lower()
    expected = {*source.columns.values(), *source.where}
    if source.format == "ofds" or (suffix in _JSON and is_ofds(path)):
        return _network(path, layer=layer, notes=notes)
    if suffix in TABLE_SUFFIXES:
        return read_table(
            path,
            encoding=source.encoding,
            layer=name,
            header_row=source.header_row,
            expected=expected,
            notes=notes,
        )
    if suffix in EXCEL_SUFFIXES:
        return read_excel(
            path, sheet=source.sheet, header_row=source.header_row, layer=name, expected=expected, notes=notes
        )
    if suffix in PARQUET_SUFFIXES:
        return read_parquet(path, notes=notes)
    if suffix == ".kml":
        return read_kml(path, layer=layer, encoding=source.encoding, notes=notes)
    return read_vector(path, layer=layer, encoding=source.encoding, notes=notes)


def _network(path: Path, *, layer: str | None, notes: Notes) -> pd.DataFrame | None:
    """Read a fibre network of the Open Fibre Data Standard."""
    if path.suffix.lower() in _JSON:
        return read_ofds(path, layer=layer, notes=notes)
    remedy = "give the network as JSON or GeoJSON, or take format out"
    rule = f"the Open Fibre Data Standard is not read from {path.suffix}"
    notes.fault(rule, remedy, column="format", value="ofds")
    return None


def keep_where(table: pd.DataFrame, where: Mapping[str, tuple[str, ...]], notes: Notes) -> pd.DataFrame:
    """Return the rows whose columns have one of the given values; what is left out is counted."""
    for column, values in where.items():
        if column not in table or column == "geometry":
            has = ", ".join(str(name) for name in table.columns[:12])
            notes.fault("where names a column the file does not have", f"the file has {has}", column=column)
            continue
        keep = pd.Series(
            [not is_empty(v) and as_text(v) in values for v in table[column]], index=table.index, dtype=bool
        )
        notes.repair(
            f"left out by where: {column} in {', '.join(values)}",
            how_much=f"{int((~keep).sum())} records",
            before=len(table),
            after=int(keep.sum()),
        )
        table = table[keep]
    return table
