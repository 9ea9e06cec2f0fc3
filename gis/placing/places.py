"""Places: shapes of the right kind in the grid's CRS - or a fault that says why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj.exceptions import ProjError

from phusong.gis.cleaning.shapes import holds
from phusong.gis.crs import (
    crs_name,
    crs_title,
    is_degrees,
    is_metric,
    looks_like_degrees,
    parse_crs,
    same_crs,
)
from phusong.gis.placing.axes import turned
from phusong.gis.placing.fit import fit_hint, zone_hint
from phusong.gis.placing.listed import COORDINATES, listed_shapes, refuse_unlabelled
from phusong.gis.tally import say_faults

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

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
_HALF_GLOBE_DEG = 180.0
# Twice around the globe: no projection has larger numbers that mean a place.
_MOST_M = 80_000_000.0
# GDAL calls these WGS 84 whenever the file says nothing, so they cannot contradict layers.toml.
_ALWAYS_WGS84 = {".geojson", ".geojsonl", ".json", ".kml", ".kmz", ".ndjson"}


def locate(
    table: pd.DataFrame,
    *,
    kind: Kind,
    source: LayerSource,
    grid_crs: str,
    notes: Notes,
    outline: BaseGeometry | None = None,
) -> gpd.GeoDataFrame | None:
    """Give every record its shape in the grid's CRS.

    Parameters
    ----------
    table : DataFrame
        Conformed; from a geographic file with ``geometry``, or from a table: points with lon/lat or x_m/y_m, lines
        with these for both ends (start_lon ... end_y_m).
    kind : {"point", "line", "polygon"}
    source : LayerSource
        States the CRS where the file does not, and the order of the axes.
    grid_crs : str
    notes : Notes
        Where faults go.
    outline : geometry, optional
        The province, grid CRS; it tells which axis is north (see `phusong.gis.placing.axes`) and which CRS the numbers
        of an unlabelled file would fit.

    Returns
    -------
    GeoDataFrame or None
        Records without a usable shape are missing and have a fault or, for lines, a repair; ``attrs["crs"]``
        is the CRS the file's coordinates were read in. None when the layer cannot be placed at all.
    """
    own = table.crs if isinstance(table, gpd.GeoDataFrame) else None
    crs = source.crs or (own.name if own is not None else "the layer's crs")
    try:
        found = (_drawn if isinstance(table, gpd.GeoDataFrame) else _listed)(
            table, kind, source, (grid_crs, outline), notes
        )
        if found is None:
            return None
        crs, shapes = found
        shapes = _units_fit(shapes, crs, grid_crs, outline, notes)
        if shapes.empty:
            if not notes.has_errors():
                notes.fault("the layer has no usable record", "check the file and its where filter")
            return None
        placed = shapes.to_crs(grid_crs)
    except ProjError as err:  # also where a damaged .prj names a system that PROJ reads and cannot compute
        notes.fault(
            f"the coordinates cannot be brought from {crs} to {grid_crs} ({err})", "check crs = ... or the .prj"
        )
        return None
    finite = (np.abs(placed.bounds.to_numpy()) <= _MOST_M).all(axis=1)  # NaN is not
    for row in placed.index[~finite]:
        notes.fault("the coordinates are outside what the CRS can express", "correct them", row=row, column="geometry")
    kept = table.loc[placed.index[finite]].drop(columns=["geometry", *COORDINATES], errors="ignore")
    if not len(kept):
        return None
    result = gpd.GeoDataFrame(kept, geometry=placed[finite], crs=grid_crs)
    result.attrs["crs"] = crs
    return result


def _listed(
    table: pd.DataFrame, kind: Kind, source: LayerSource, province: tuple[str, BaseGeometry | None], notes: Notes
) -> tuple[str, gpd.GeoSeries] | None:
    """Return the CRS and the shapes of a table that lists coordinates."""
    if kind == "polygon" or (kind == "line" and not any(f"start_{name}" in table for name in ("lon", "x_m"))):
        notes.fault(f"a table of text holds no {kind}s", "give a geographic file, e.g. a GeoPackage")
        return None
    grid_crs, outline = province
    crs = None
    if source.crs is not None and (crs := _usable(source.crs, None, notes)) is None:
        return None
    return listed_shapes(table, kind=kind, crs=crs, axes=source.axes, grid_crs=grid_crs, outline=outline, notes=notes)


def _drawn(
    table: gpd.GeoDataFrame, kind: Kind, source: LayerSource, province: tuple[str, BaseGeometry | None], notes: Notes
) -> tuple[str, gpd.GeoSeries] | None:
    """Return the CRS and the shapes of a geographic file: flat, of the right kind, east before north."""
    grid_crs, outline = province
    own = None if table.crs is None else str(table.crs.to_string())
    if source.crs is None and own is None:
        x, y = _middles(table.geometry.dropna())
        hint = fit_hint(x, y, grid_crs=grid_crs, outline=outline) if outline else zone_hint(x, y, grid_crs=grid_crs)
        refuse_unlabelled(hint, notes)
        return None
    crs = _usable(source.crs or str(own), own, notes)
    if crs is None:
        return None
    shapes = _right_kind(_sound(table, crs, kind, notes), kind, notes)
    if source.axes == "east-north" or shapes.empty:
        return crs, shapes
    if source.axes == "north-east":
        turn = np.ones(len(shapes), dtype=bool)
    else:
        rows = shapes.index.to_numpy()
        turn = turned(*_middles(shapes), rows, crs=crs, grid_crs=grid_crs, outline=outline, notes=notes)
    if turn.any():
        values = shapes.to_numpy().copy()
        values[turn] = shapely.transform(values[turn], lambda xy: xy[:, ::-1])
        shapes = gpd.GeoSeries(values, index=shapes.index, crs=crs)
    return crs, shapes


def _middles(shapes: gpd.GeoSeries) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle of every shape's box."""
    west, south, east, north = shapely.bounds(shapes.to_numpy()).reshape(-1, 4).T
    return (west + east) / 2, (south + north) / 2


def _usable(crs: str, own: str | None, notes: Notes) -> str | None:
    """Return a CRS by its code; a fault where it is none, or is neither in metres nor in degrees.

    Parameters
    ----------
    crs : str
        As layers.toml states it, else the file's own.
    own : str or None
        The file's own.
    notes : Notes
    """
    try:
        parsed, name = parse_crs(crs), crs_name(crs)
        contradicts = own is not None and own != crs and not same_crs(name, own)
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
    if name != crs.strip():
        notes.describe(f"crs {crs.strip()} read as {name} ({crs_title(name)})")
    if contradicts and Path(notes.file).suffix.lower() not in _ALWAYS_WGS84:
        notes.fault(
            f"layers.toml says {crs}, the file says {own}; layers.toml goes first",
            "take crs out of layers.toml unless the file is wrong",
            column="crs",
            value=crs,
            severity="warning",
        )
    return name


def _sound(table: gpd.GeoDataFrame, crs: str, kind: Kind, notes: Notes) -> gpd.GeoSeries:
    """Return the shapes of a geographic file, flat; empty ones and such with NaN or infinite vertices are said."""
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
    index, values = shapes.index[~empty], shapes[~empty].to_numpy()
    coords, owner = shapely.get_coordinates(values, return_index=True)
    broken = np.unique(owner[~np.isfinite(coords).all(axis=1)])
    for row in index[broken]:
        notes.fault("a vertex is not a number, or infinite", "correct it", row=row, column="geometry")
    index, values = index.delete(broken), np.delete(values, broken)
    if bool(shapely.has_z(values).any()):
        notes.fault("the shapes' heights (Z) are not used", "nothing", column="geometry", severity="info")
    values = shapely.force_2d(values)
    # A multi-part point of one part is a point that some program saved the long way.
    single = (shapely.get_type_id(values) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(values) == 1
    )
    values = np.where(single, shapely.get_geometry(values, 0), values)
    return gpd.GeoSeries(values, index=index, crs=crs)


def _right_kind(shapes: gpd.GeoSeries, kind: Kind, notes: Notes) -> gpd.GeoSeries:
    """Return the shapes of the kind; a layer of another kind is one fault, a stray shape is a fault of its row."""
    wrong = shapes[~shapes.geom_type.isin(_TYPES[kind])]
    if kind != "point":  # a collection is taken apart where shapes are mended
        wrong = wrong[[not holds(shape, kind=kind) for shape in wrong]]
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


def _units_fit(
    shapes: gpd.GeoSeries, crs: str, grid_crs: str, outline: BaseGeometry | None, notes: Notes
) -> gpd.GeoSeries:
    """Return the shapes whose numbers fit the CRS; refuse degrees under a metric label and metres under degrees."""
    bounds = shapes.bounds
    degrees = pd.Series(
        looks_like_degrees(bounds[["minx", "maxx"]], bounds[["miny", "maxy"]]).all(axis=1), bounds.index
    )
    metric = is_metric(parse_crs(crs))
    beyond = bounds[["miny", "maxy"]].abs().max(axis=1) > _POLE_DEG
    wide = (bounds["maxx"] - bounds["minx"] > _HALF_GLOBE_DEG) & degrees & ~beyond & (not metric)
    for row in bounds.index[wide]:
        notes.fault(
            f"the shape spans more than {_HALF_GLOBE_DEG:g} degrees: it crosses the antimeridian, or a vertex is wrong",
            "correct the vertex, or cut the shape at 180 degrees",
            row=row,
            column="geometry",
            value=f"{bounds['minx'][row]:.8g} to {bounds['maxx'][row]:.8g}",
        )
    shapes, bounds = shapes[~wide], bounds[~wide]
    wrong = bounds[(degrees if metric else ~degrees | beyond)[~wide]]
    whole = len(wrong) == len(shapes)
    if metric:
        rule = f"degrees where metres belong: {crs} is in metres"
        remedy = 'set crs = "EPSG:4326" if these are longitudes and latitudes'
    elif bool(degrees[wrong.index].all()):
        rule = f"a latitude is at most {_POLE_DEG:g} degrees: lon and lat look swapped"
        remedy = 'set axes = "north-east", or swap them and save the file again'
    else:
        rule = f"metres where degrees belong: {crs} is in degrees"
        hint = fit_hint(*_middles(shapes), grid_crs=grid_crs, outline=outline) if whole else ""
        remedy = 'state the metric crs with its meridian, e.g. crs = "EPSG:9212"'
        remedy = f"state the metric crs with its meridian; {hint}" if hint else remedy
    said = [
        (
            f"{rule} (all {len(wrong)} records)" if whole else rule,
            remedy if whole else "bring the record into the layer's crs",
            row,
            f"{x:.8g} {y:.8g}",
        )
        for row, x, y in zip(wrong.index, wrong["minx"], wrong["miny"], strict=True)
    ]
    say_faults(said[:1] if whole else said, column="geometry", notes=notes)
    return shapes.drop(wrong.index)
