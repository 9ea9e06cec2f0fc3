"""Geographic files GDAL reads: GeoPackage, GeoJSON, FlatGeobuf, Shapefile, MapInfo, OpenStreetMap extracts."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError, FeatureError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import ProjError

from phusong.gis.legacy_text import composed
from phusong.gis.readers.shapefile import companion, decoded, encoding_of, indexed

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["UNREADABLE", "VECTOR_SUFFIXES", "read_vector"]

_FORMATS = {
    ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSON, a feature a line",
    ".ndjson": "GeoJSON, a feature a line",
    ".fgb": "FlatGeobuf",
    ".shp": "Shapefile",
    ".tab": "MapInfo TAB",
    ".mif": "MapInfo MIF",
    ".pbf": "OpenStreetMap extract",
}
VECTOR_SUFFIXES = set(_FORMATS)
UNREADABLE = (
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    NameError,
    TypeError,
    OverflowError,
    MemoryError,
    shapely.errors.ShapelyError,
)
"""What GDAL, pyogrio and shapely raise over a broken file."""
# What a car can drive on; paths, steps and footways carry no cable truck, waterways and railways are no roads.
_DRIVABLE = frozenset(
    {"motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
    | {"service", "track", "road", "motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link"}
)
# What each layer of a province is called in an OpenStreetMap extract as GDAL shows it.
_OSM_LAYERS = {"roads": "lines", "fibre": "lines", "buildings": "multipolygons", "hamlets": "points"}
# layer = ... of a format that has one layer only may still name a member of the archive it came in.
_ONE_LAYER = {".shp", ".fgb", ".mif"}
# Their text is read byte for byte: GDAL drops bytes that the label does not know, and labels are often wrong.
_BYTEWISE = {".shp"}
_CURVES = "'CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE'"
# A layer of another declared type holds no curves, so its shapes need not be looked at.
_MAY_CURVE = f"{_CURVES}, 'GEOMETRY', 'CURVE', 'SURFACE', 'GEOMETRYCOLLECTION'"
_NAMED_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*\{\s*"(name|href|url|code)"\s*:\s*("[^"]*"|\d+)')
_CRS_WITHIN = 100_000
_SAVE_AGAIN = "open it in a GIS and save it again as GeoPackage"


def read_vector(path: Path, *, layer: str | None, notes: Notes, encoding: str = "auto") -> gpd.GeoDataFrame | None:
    """Read one layer of a geographic file.

    Parameters
    ----------
    path : Path
    layer : str or None
        Layer inside the file; may be left out where only one holds shapes.
    notes : Notes
        Where faults go.
    encoding : str
        Of a Shapefile's text; ``"auto"`` reads its labels and its bytes.

    Returns
    -------
    GeoDataFrame or None
        Index ``row`` = feature number from 1; ``attrs["records"]`` = features in the file. None when the
        file cannot be used at all. A shape GEOS cannot build is missing, and GDAL's reason is a warning.
    """
    try:
        with warnings.catch_warnings(record=True) as said, _ready(path, notes) as file:
            warnings.simplefilter("always")
            kinds = {str(name): kind for name, kind in pyogrio.list_layers(file)}
            name = _layer_name(file, kinds, layer, notes)
            table = None if name is None else _table(file, name, encoding, notes)
    except UNREADABLE as err:
        notes.fault(f"the file cannot be read ({_plain(err, path)})", _SAVE_AGAIN)
        return None
    if table is None:
        return None
    if path.suffix.lower() == ".shp" and companion(path, ".dbf") is None:
        remedy = "bring the .dbf that belongs to it"
        notes.fault("the Shapefile comes without its .dbf: its records have no values", remedy, severity="warning")
    for text in dict.fromkeys(str(warning.message) for warning in said):
        notes.fault(f"GDAL says: {text}", "check the file", severity="warning")
    if not isinstance(table, gpd.GeoDataFrame):
        notes.fault("the layer has no geometry", "name the layer that holds the shapes")
        return None
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    records = len(table)
    if path.suffix.lower() == ".pbf" and notes.layer == "roads" and "highway" in table:
        table = _roads(table, notes)
    table.attrs["records"] = records
    return table


def _plain(err: BaseException, path: Path) -> str:
    """Return an error's text without the folder of the file: that may be one of ours, and says nothing."""
    return (str(err) or type(err).__name__).replace(str(path.parent) + "/", "")


@contextmanager
def _ready(path: Path, notes: Notes) -> Iterator[Path]:
    """Yield the file as GDAL can open it."""
    if path.suffix.lower() != ".shp":
        if path.suffix.lower() in {".geojson", ".json"}:
            _check_crs_member(path, notes)
        yield path
        return
    with indexed(path, notes) as file:
        yield file


def _check_crs_member(path: Path, notes: Notes) -> None:
    """Say so where a GeoJSON's crs member means nothing to GDAL, which then takes WGS 84 in silence."""
    with path.open("rb") as file:
        found = _NAMED_CRS.search(file.read(_CRS_WITHIN))
    if found is None:
        return
    name = found[2].decode("utf-8", "replace").strip('"')
    code = f"EPSG:{name}" if found[1] == b"code" or name.isdigit() else name
    try:
        CRS.from_user_input(code)
    except ProjError:
        notes.fault(
            "the file's crs member names no coordinate system that is known; degrees on WGS 84 are taken",
            'state it: crs = "EPSG:9212" (VN-2000 TM-3 106°15′) ...',
            column="crs",
            value=name,
            severity="warning",
        )


def _layer_name(path: Path, kinds: Mapping[str, Any], wanted: str | None, notes: Notes) -> str | None:
    """Return the layer to read, or None with a fault where it is not there or not certain."""
    if wanted is not None and path.suffix.lower() not in _ONE_LAYER:
        found = [name for name in kinds if composed(name) == composed(wanted)]
        if len(found) == 1:
            return found[0]
        near = difflib.get_close_matches(wanted, kinds, n=1, cutoff=0.0)
        notes.fault(
            f"the file holds no layer {wanted!r}, but {', '.join(kinds) or 'none'}",
            f'write layer = "{near[0]}"' if near else "check the file",
            column="layer",
            value=wanted,
        )
        return None
    if not kinds:
        notes.fault("the file holds no layer", "check the file")
        return None
    # QGIS keeps styles as a table beside the layer; tables without shapes leave no doubt about the one that has.
    shaped = [name for name, kind in kinds.items() if kind is not None] or list(kinds)
    if path.suffix.lower() == ".pbf" and notes.layer in _OSM_LAYERS:
        return _OSM_LAYERS[notes.layer]
    if len(shaped) > 1:
        notes.fault(
            f"the file holds {len(shaped)} layers: {', '.join(shaped)}",
            f'name one: layer = "{shaped[0]}"',
            column="layer",
        )
        return None
    return shaped[0]


def _table(path: Path, name: str, encoding: str, notes: Notes) -> pd.DataFrame:
    """Read a layer with its text decoded, and say what it is."""
    notes.describe(f"{_FORMATS[path.suffix.lower()]}, layer {name}")
    if path.suffix.lower() == ".gpkg":
        _say_curves(path, name, notes)
    if path.suffix.lower() in _BYTEWISE:
        table = _read(path, name, notes, encoding="ISO-8859-1")
        return decoded(table, encoding=encoding, label=encoding_of(path), notes=notes)
    try:
        return _read(path, name, notes)
    except UnicodeDecodeError:
        # These formats are UTF-8 by their rules; a file that is not was written by a careless program.
        table = _read(path, name, notes, encoding="ISO-8859-1")
        return decoded(table, encoding=encoding, label="utf-8", notes=notes)


def _say_curves(path: Path, name: str, notes: Notes) -> None:
    """Say how many of a GeoPackage's shapes are curves: GDAL hands them out as chains of straight lines."""
    quoted = name.replace("'", "''")
    declared = pyogrio.read_dataframe(
        path,
        sql=f"SELECT column_name AS shape FROM gpkg_geometry_columns WHERE table_name = '{quoted}' "  # noqa: S608
        f"AND upper(geometry_type_name) IN ({_MAY_CURVE})",
    )
    for column in declared["shape"]:
        shape, table = (str(word).replace('"', '""') for word in (column, name))
        query = f'SELECT count(*) AS n FROM "{table}" WHERE ST_GeometryType("{shape}") IN ({_CURVES})'  # noqa: S608
        count = int(pyogrio.read_dataframe(path, sql=query)["n"].iloc[0])
        if count:
            notes.repair(
                "linearised: curved shapes are read as chains of short straight lines",
                how_much=f"{count} records",
                remedy="nothing: the lines leave the curve by less than a thousandth of its radius",
            )


def _read(path: Path, name: str, notes: Notes, **keys: Any) -> pd.DataFrame:
    table: pd.DataFrame = pyogrio.read_dataframe(path, layer=name, on_invalid="warn", **keys)
    lost = table.geometry.isna().to_numpy() if isinstance(table, gpd.GeoDataFrame) else np.zeros(0, bool)
    if not lost.any():
        return table
    # GEOS builds no ring that ends elsewhere than it began; such rings are closed, each of them said.
    closed = pyogrio.read_dataframe(path, layer=name, on_invalid="fix", columns=[], **keys).geometry
    found = np.flatnonzero(lost & closed.notna().to_numpy())
    table.loc[table.index[found], "geometry"] = closed.iloc[found]
    for position in found:
        remedy = "close the ring in a GIS"
        notes.repair("mended: a ring did not end where it began", row=position + 1, how_much="1 record", remedy=remedy)
    return table


def _roads(table: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Return the ways of an OpenStreetMap extract that a car can use."""
    keep = table["highway"].isin(_DRIVABLE)
    notes.repair(
        "left out: lines of OpenStreetMap that are no road for cars",
        how_much=f"{int((~keep).sum())} records",
        before=len(table),
        after=int(keep.sum()),
    )
    return table[keep]
