"""Places: shapes of the right kind, in the grid's CRS, inside the province - or a fault that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj.exceptions import ProjError

from phusong.gis.crs import WGS84, is_metric, looks_like_degrees, parse_crs, transform

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["NEIGHBOUR_KM", "Kind", "locate", "within_reach"]

Kind = Literal["point", "line", "polygon"]

# A mast this near to the province still serves it; one farther away is a mistake until the planner says otherwise.
NEIGHBOUR_KM = 30.0
# Rows named one by one up to here; when more than half of a layer is astray the layer is at fault, not the rows.
_ASTRAY_SHARE = 0.5
_ASTRAY_MIN = 5

_TYPES: dict[Kind, tuple[str, ...]] = {
    "point": ("Point",),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}


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
        Records without a usable shape are missing and have a fault or, for lines, a repair. None when the
        layer cannot be placed at all.
    """
    crs = _stated_crs(table, source, notes)
    if crs is None:
        return None
    geometry = table["geometry"] if "geometry" in table else _points(table, crs, notes)
    if geometry is None:
        return None
    shapes = gpd.GeoSeries(geometry.to_numpy(), index=table.index, crs=crs)
    shapes = _right_kind(shapes, kind, notes)
    if shapes is None or not _units_fit(shapes, crs, notes):
        return None
    try:
        placed = shapes.to_crs(grid_crs)
    except ProjError as err:
        notes.fault(f"the coordinates cannot be brought from {crs} to {grid_crs} ({err})", "check crs = ...")
        return None
    finite = np.isfinite(placed.bounds.to_numpy()).all(axis=1)
    for row in placed.index[~finite]:
        notes.fault("the coordinates are outside what the CRS can express", "correct them", row=row)
    kept = table.loc[placed.index[finite]].drop(columns=["geometry", "lon", "lat", "x_m", "y_m"], errors="ignore")
    return gpd.GeoDataFrame(kept, geometry=placed[finite], crs=grid_crs)


def _stated_crs(table: pd.DataFrame, source: LayerSource, notes: Notes) -> str | None:
    """Return the CRS layers.toml states, else the file's own, else WGS 84 for lon/lat; metres are never guessed."""
    if source.crs is not None:
        try:
            parse_crs(source.crs)
        except ValueError as err:
            notes.fault(str(err), 'write e.g. crs = "EPSG:9212"', column="crs", value=source.crs)
            return None
        return source.crs
    if isinstance(table, gpd.GeoDataFrame) and table.crs is not None:
        return str(table.crs.to_string())
    if "lon" in table and bool(table["lon"].notna().any()):
        return WGS84
    remedy = 'state it: crs = "EPSG:9212" (VN-2000 TM-3 106°15′), "EPSG:9210" (105°45′), "EPSG:4326" (WGS 84) ...'
    notes.fault("the coordinates come without a coordinate system", remedy)
    return None


def _points(table: pd.DataFrame, crs: str, notes: Notes) -> pd.Series[Any] | None:
    """Make points from lon/lat or from x_m/y_m, whichever the CRS is about."""
    metric = is_metric(parse_crs(crs))
    pairs = {True: ("x_m", "y_m"), False: ("lon", "lat")}
    x, y = pairs[metric]
    other_x, other_y = pairs[not metric]
    if x not in table or not bool(table[x].notna().any()):
        if other_x in table and bool(table[other_x].notna().any()):
            is_unit, has_unit = ("metres", "degrees") if metric else ("degrees", "metres")
            remedy = 'set crs = "EPSG:4326"' if metric else 'state the metric crs, e.g. "EPSG:9212"'
            notes.fault(
                f"{crs} is in {is_unit}, but the table has {other_x}, {other_y} in {has_unit}",
                remedy,
                column=other_x,
            )
        else:
            notes.fault(f"the table has no {x} and {y}", f"map them: columns = {{ {x} = ..., {y} = ... }}", column=x)
        return None
    known = table[x].notna() & table[y].notna()
    for row in table.index[~known]:
        missing = x if bool(table[x].isna()[row]) else y
        notes.fault("the record has no place", f"fill in {missing}", row=row, column=missing, value="")
    points = np.full(len(table), None, dtype=object)
    points[known.to_numpy(bool)] = shapely.points(table.loc[known, [x, y]].to_numpy(float))
    return pd.Series(points, index=table.index)


def _right_kind(shapes: gpd.GeoSeries, kind: Kind, notes: Notes) -> gpd.GeoSeries | None:
    """Drop empty shapes (said), refuse a layer of another kind."""
    empty = shapes.isna() | shapes.is_empty
    for row in shapes.index[empty]:
        if kind == "line":
            notes.repair(
                "dropped: empty geometry",
                row=row,
                how_much="1 record",
                remedy="draw the line or delete the row",
            )
        elif not notes.has_errors():
            notes.fault("the record has no shape", "draw it or delete the row", row=row, column="geometry")
    shapes = shapes[~empty]
    wrong = ~shapes.geom_type.isin(_TYPES[kind])
    if bool(wrong.any()):
        found = ", ".join(sorted(set(shapes.geom_type[wrong])))
        notes.fault(
            f"{int(wrong.sum())} of {len(shapes)} shapes are {found} where {kind}s belong",
            f"name the layer that holds {kind}s, or correct the shapes",
            row=shapes.index[wrong][0],
            column="geometry",
            value=shapes.geom_type[wrong].iloc[0],
        )
        return None
    if shapes.empty:
        notes.fault("the layer has no usable record", "check the file and its where filter")
        return None
    return shapes


def _units_fit(shapes: gpd.GeoSeries, crs: str, notes: Notes) -> bool:
    """Refuse degrees under a metric label and metres under a geographic one."""
    bounds = shapes.bounds
    degrees = looks_like_degrees(bounds[["minx", "maxx"]], bounds[["miny", "maxy"]])
    metric = is_metric(parse_crs(crs))
    west, south = bounds["minx"].min(), bounds["miny"].min()
    if metric and degrees:
        notes.fault(
            f"degrees where metres belong: {crs} is in metres",
            'set crs = "EPSG:4326" if these are longitudes and latitudes',
            column="geometry",
            value=f"{west:.6g} {south:.6g}",
        )
        return False
    if not metric and not degrees:
        notes.fault(
            f"metres where degrees belong: {crs} is in degrees",
            'state the metric crs with its meridian, e.g. crs = "EPSG:9212"',
            column="geometry",
            value=f"{west:.8g} {south:.8g}",
        )
        return False
    return True


def within_reach(
    places: gpd.GeoDataFrame, *, outline: BaseGeometry, source: LayerSource, notes: Notes
) -> gpd.GeoDataFrame:
    """Sort places by where they lie: inside; next door (kept, said); astray (fault, or dropped and listed).

    Parameters
    ----------
    places : GeoDataFrame of points, grid CRS
    outline : geometry
        The province, grid CRS.
    source : LayerSource
        ``outside`` says what to do with what lies astray.
    notes : Notes
        Where faults and drops go.
    """
    distance_km = shapely.distance(outline, places.geometry.to_numpy()) / 1000.0
    near = (distance_km > 0) & (distance_km <= NEIGHBOUR_KM)
    astray = distance_km > NEIGHBOUR_KM
    if source.outside == "error" and astray.sum() >= _ASTRAY_MIN and astray.mean() > _ASTRAY_SHARE:
        notes.fault(
            f"{int(astray.sum())} of {len(places)} records lie more than {NEIGHBOUR_KM:g} km outside the province",
            "check crs, the meridian and the order of the axes" + _swap_hint(places[astray], outline),
            row=places.index[astray][0],
            column="geometry",
            value=_degrees_text(places[astray].geometry.iloc[0], places.crs.to_string()),
        )
        return places[~astray]
    for row, km in zip(places.index[near], distance_km[near], strict=True):
        notes.fault(
            f"the record lies {km:.1f} km outside the province; it is kept, for it may serve the border",
            "nothing, or correct its place",
            row=row,
            column="geometry",
            value=_degrees_text(places.geometry.at[row], places.crs.to_string()),
            severity="warning",
        )
    for row, km in zip(places.index[astray], distance_km[astray], strict=True):
        place = _degrees_text(places.geometry.at[row], places.crs.to_string())
        if source.outside == "drop":
            notes.repair(
                "dropped: outside the province",
                row=row,
                how_much="1 record",
                before=place,
                after=f"{km:.0f} km away",
            )
            continue
        notes.fault(
            f"the record lies {km:.0f} km outside the province",
            'correct its place, or set outside = "drop" for this layer' + _swap_hint(places.loc[[row]], outline),
            row=row,
            column="geometry",
            value=place,
        )
    return places[~astray]


def _degrees_text(point: BaseGeometry, crs: str) -> str:
    lon, lat = transform([point.centroid.x], [point.centroid.y], source=crs, target=WGS84)
    return f"lon {lon[0]:.5f} lat {lat[0]:.5f}"


def _swap_hint(places: gpd.GeoDataFrame, outline: BaseGeometry) -> str:
    """Tell when swapping longitude and latitude would bring most of the places into the province."""
    crs = places.crs.to_string()
    lon, lat = transform(places.geometry.x, places.geometry.y, source=crs, target=WGS84)
    fits = (np.abs(lon) <= 90) & (np.abs(lat) <= 180)  # noqa: PLR2004
    if not bool(fits.any()):
        return ""
    x, y = transform(lat[fits], lon[fits], source=WGS84, target=crs)
    inside = shapely.contains_xy(outline, x, y)
    return "; lon and lat look swapped" if inside.mean() > _ASTRAY_SHARE else ""
