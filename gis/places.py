"""Places: shapes of the right kind in the grid's CRS - or a fault that says why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj.exceptions import ProjError

from phusong.gis.crs import WGS84, is_degrees, is_metric, looks_like_degrees, parse_crs, same_crs

if TYPE_CHECKING:
    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["Kind", "locate"]

Kind = Literal["point", "line", "polygon"]

_TYPES: dict[Kind, tuple[str, ...]] = {
    "point": ("Point",),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}
_POLE_DEG = 90.0
# GDAL calls these WGS 84 whenever the file says nothing, so they cannot contradict layers.toml.
_ALWAYS_WGS84 = {".geojson", ".json", ".kml"}


def locate(
    table: pd.DataFrame, *, kind: Kind, source: LayerSource, grid_crs: str, notes: Notes
) -> gpd.GeoDataFrame | None:
    """Give every record its shape in the grid's CRS.

    Parameters
    ----------
    table : DataFrame
        Conformed; from a geographic file with ``geometry``, or from a table with lon/lat or x_m/y_m.
    kind : {"point", "line", "polygon"}
    source : LayerSource
        States the CRS where the file does not.
    grid_crs : str
    notes : Notes
        Where faults go.

    Returns
    -------
    GeoDataFrame or None
        Records without a usable shape are missing and have a fault or, for lines, a repair; ``attrs["crs"]``
        is the CRS the file's coordinates were read in. None when the layer cannot be placed at all.
    """
    drawn = isinstance(table, gpd.GeoDataFrame)
    if not drawn and kind != "point":
        notes.fault(f"a table of text holds no {kind}s", "give a geographic file, e.g. a GeoPackage")
        return None
    crs = _stated_crs(table, source, notes)
    shapes = None
    if crs is not None:
        shapes = _drawn(table, crs, kind, notes) if drawn else _points(table, crs, notes)
    if crs is None or shapes is None:
        return None
    shapes = _units_fit(_right_kind(shapes, kind, notes), crs, notes)
    if shapes.empty:
        if not notes.has_errors():
            notes.fault("the layer has no usable record", "check the file and its where filter")
        return None
    try:
        placed = shapes.to_crs(grid_crs)
    except ProjError as err:
        notes.fault(f"the coordinates cannot be brought from {crs} to {grid_crs} ({err})", "check crs = ...")
        return None
    finite = np.isfinite(placed.bounds.to_numpy()).all(axis=1)
    for row in placed.index[~finite]:
        notes.fault("the coordinates are outside what the CRS can express", "correct them", row=row, column="geometry")
    kept = table.loc[placed.index[finite]].drop(columns=["geometry", "lon", "lat", "x_m", "y_m"], errors="ignore")
    if kept.empty:
        return None
    result = gpd.GeoDataFrame(kept, geometry=placed[finite], crs=grid_crs)
    result.attrs["crs"] = crs
    return result


def _stated_crs(table: pd.DataFrame, source: LayerSource, notes: Notes) -> str | None:
    """Return the CRS layers.toml states, else the file's own, else WGS 84 for lon/lat; metres are never guessed."""
    own = str(table.crs.to_string()) if isinstance(table, gpd.GeoDataFrame) and table.crs is not None else None
    crs = source.crs or own
    if crs is None:
        if not isinstance(table, gpd.GeoDataFrame) and bool(table["lon"].notna().any()):
            return WGS84
        if {"lon", "lat"} & {column for _, column in notes.said()}:
            return None  # the degrees have their faults already
        remedy = 'state it: crs = "EPSG:9212" (VN-2000 TM-3 106°15′), "EPSG:9210" (105°45′), "EPSG:4326" (WGS 84) ...'
        notes.fault("the coordinates come without a coordinate system", remedy, column="crs")
        return None
    try:
        parsed = parse_crs(crs)
    except ValueError as err:
        notes.fault(str(err), 'write e.g. crs = "EPSG:9212"', column="crs", value=crs)
        return None
    if not is_metric(parsed) and not is_degrees(parsed):
        notes.fault(
            f"{parsed.name} is neither in metres nor in degrees",
            'give the layer in e.g. crs = "EPSG:9212" or "EPSG:4326"',
            column="crs",
            value=crs,
        )
        return None
    silent = Path(notes.file).suffix.lower() in _ALWAYS_WGS84
    if source.crs and own and not silent and not same_crs(source.crs, own):
        notes.fault(
            f"layers.toml says {source.crs}, the file says {own}; layers.toml goes first",
            "take crs out of layers.toml unless the file is wrong",
            column="crs",
            value=source.crs,
            severity="warning",
        )
    return crs


def _points(table: pd.DataFrame, crs: str, notes: Notes) -> gpd.GeoSeries | None:
    """Make points from lon/lat or from x_m/y_m, whichever the CRS is about."""
    metric = is_metric(parse_crs(crs))
    pairs = {True: ("x_m", "y_m"), False: ("lon", "lat")}
    x, y = pairs[metric]
    other_x, other_y = pairs[not metric]
    said = notes.said()
    others = other_x in table and bool(table[other_x].notna().any())
    if x not in table or not bool(table[x].notna().any()):
        if others:
            is_unit, has_unit = ("metres", "degrees") if metric else ("degrees", "metres")
            remedy = 'set crs = "EPSG:4326"' if metric else 'state the metric crs, e.g. "EPSG:9212"'
            notes.fault(
                f"{has_unit} where {is_unit} belong: {crs} is in {is_unit}, the table has {other_x}, {other_y}",
                remedy,
                column=other_x,
            )
        elif not {x, y} & {column for _, column in said}:
            notes.fault(f"the table has no {x} and {y}", f"map them: columns = {{ {x} = ..., {y} = ... }}", column=x)
        return None
    if others:
        notes.fault(f"{other_x} and {other_y} are not used: {crs} is about {x} and {y}", "nothing", severity="info")
    known = table[x].notna() & table[y].notna()
    for row in table.index[~known]:
        missing = x if bool(table[x].isna()[row]) else y
        if not {(row, x), (row, y)} & said:
            notes.fault("the record has no place", f"fill in {missing}", row=row, column=missing, value="")
    points = shapely.points(table.loc[known, [x, y]].to_numpy(float))
    return gpd.GeoSeries(points, index=table.index[known], crs=crs)


def _drawn(table: gpd.GeoDataFrame, crs: str, kind: Kind, notes: Notes) -> gpd.GeoSeries:
    """Return the shapes of a geographic file, flat; empty ones are left out and said."""
    shapes = table.geometry
    empty = shapes.isna() | shapes.is_empty
    for row in shapes.index[empty]:
        if kind == "line":
            notes.repair(
                "dropped: empty geometry",
                row=row,
                how_much="1 record",
                remedy="draw the line or delete the row",
            )
        else:
            notes.fault("the record has no shape", "draw it or delete the row", row=row, column="geometry")
    values: Any = shapes[~empty].to_numpy()
    if bool(shapely.has_z(values).any()):
        notes.fault("the shapes' heights (Z) are not used", "nothing", column="geometry", severity="info")
        values = shapely.force_2d(values)
    # A multi-part point of one part is a point that some program saved the long way.
    single = (shapely.get_type_id(values) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(values) == 1
    )
    values = np.where(single, shapely.get_geometry(values, 0), values)
    return gpd.GeoSeries(values, index=shapes.index[~empty], crs=crs)


def _right_kind(shapes: gpd.GeoSeries, kind: Kind, notes: Notes) -> gpd.GeoSeries:
    """Return the shapes of the kind; a layer of another kind is one fault, a stray shape is a fault of its row."""
    wrong = shapes[~shapes.geom_type.isin(_TYPES[kind])]
    if len(wrong) == len(shapes) and len(wrong):
        found = ", ".join(sorted(set(wrong.geom_type)))
        notes.fault(
            f"all {len(wrong)} shapes are {found} where {kind}s belong",
            f"name the layer that holds {kind}s",
            row=wrong.index[0],
            column="geometry",
            value=wrong.geom_type.iloc[0],
        )
        return shapes.iloc[:0]
    for row, found in wrong.geom_type.items():
        notes.fault(
            f"a {found} stands where a {kind} belongs", "correct the shape", row=row, column="geometry", value=found
        )
    return shapes.drop(wrong.index)


def _units_fit(shapes: gpd.GeoSeries, crs: str, notes: Notes) -> gpd.GeoSeries:
    """Return the shapes whose numbers fit the CRS; refuse degrees under a metric label and metres under degrees."""
    bounds = shapes.bounds
    degrees = pd.Series(
        looks_like_degrees(bounds[["minx", "maxx"]], bounds[["miny", "maxy"]]).all(axis=1), bounds.index
    )
    beyond = bounds[["miny", "maxy"]].abs().max(axis=1) > _POLE_DEG
    metric = is_metric(parse_crs(crs))
    wrong = bounds[degrees if metric else ~degrees | beyond]
    if metric:
        rule = f"degrees where metres belong: {crs} is in metres"
        remedy = 'set crs = "EPSG:4326" if these are longitudes and latitudes'
    elif bool(degrees[wrong.index].all()):
        rule = f"a latitude is at most {_POLE_DEG:g} degrees: lon and lat look swapped"
        remedy = "swap them and save the file again"
    else:
        rule = f"metres where degrees belong: {crs} is in degrees"
        remedy = 'state the metric crs with its meridian, e.g. crs = "EPSG:9212"'
    whole = len(wrong) == len(shapes)
    for row, box in list(wrong.iterrows())[: 1 if whole else None]:
        value = f"{box['minx']:.8g} {box['miny']:.8g}"
        notes.fault(
            f"{rule} (all {len(wrong)} records)" if whole else rule,
            remedy if whole else "bring the record into the layer's crs",
            row=row,
            column="geometry",
            value=value,
        )
    return shapes.drop(wrong.index)
