"""Reach: which places lie in the province, next door, or astray - and what may be wrong when many are astray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from phusong.gis.crs import VN2000_ZONES, WGS84, is_metric, parse_crs, to_lonlat, transform

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["NEIGHBOUR_KM", "touches", "within_reach"]

# A mast this near to the province still serves it; one farther away is a mistake until the planner says otherwise.
NEIGHBOUR_KM = 30.0
# A mast drawn on the border is inside it; projecting it moves it by less than this.
_ON_BORDER_KM = 0.001
# Rows named one by one up to here; when more than half of a layer is astray the layer is at fault, not the rows.
_ASTRAY_SHARE = 0.5
_ASTRAY_MIN = 5
# Another reading of the same numbers is worth a word when it brings nearly all places into the province.
_FITS_SHARE = 0.9


def within_reach(
    places: gpd.GeoDataFrame, *, outline: BaseGeometry, source: LayerSource, notes: Notes
) -> gpd.GeoDataFrame:
    """Sort places by where they lie: inside; next door (kept, said); astray (fault, or dropped and listed).

    Parameters
    ----------
    places : GeoDataFrame of points, grid CRS
        ``attrs["crs"]`` is the CRS the file's coordinates were read in.
    outline : geometry
        The province, grid CRS.
    source : LayerSource
        ``outside`` says what to do with what lies astray.
    notes : Notes
        Where faults and drops go.
    """
    shapely.prepare(outline)
    distance_km = shapely.distance(outline, places.geometry.to_numpy()) / 1000.0
    near = (distance_km > _ON_BORDER_KM) & (distance_km <= NEIGHBOUR_KM)
    astray = distance_km > NEIGHBOUR_KM
    lon, lat = to_lonlat(places.geometry.x, places.geometry.y, crs=places.crs.to_string())
    text = np.array([f"lon {a:.5f} lat {b:.5f}" for a, b in zip(lon, lat, strict=True)], dtype=object)
    hint = _hint(places, outline) if bool((near | astray).mean() > 1 - _FITS_SHARE) else ""
    for row, km, place in zip(places.index[near], distance_km[near], text[near], strict=True):
        notes.fault(
            f"the record lies {km:.1f} km outside the province; it is kept, for it may serve the border",
            "nothing, or correct its place" + hint,
            row=row,
            column="geometry",
            value=place,
            severity="warning",
        )
    if source.outside == "drop":
        for row, km, place in zip(places.index[astray], distance_km[astray], text[astray], strict=True):
            what = "dropped: outside the province"
            notes.repair(what, row=row, how_much="1 record", before=place, after=f"{km:.0f} km away")
    elif astray.sum() >= _ASTRAY_MIN and astray.mean() > _ASTRAY_SHARE:
        notes.fault(
            f"{int(astray.sum())} of {len(places)} records lie more than {NEIGHBOUR_KM:g} km outside the province",
            "check crs, the meridian and the order of the axes" + hint,
            row=places.index[astray][0],
            column="geometry",
            value=text[astray][0],
        )
    else:
        for row, km, place in zip(places.index[astray], distance_km[astray], text[astray], strict=True):
            notes.fault(
                f"the record lies {km:.0f} km outside the province",
                'correct its place, or set outside = "drop" for this layer' + hint,
                row=row,
                column="geometry",
                value=place,
            )
    return places[~astray]


def touches(shapes: gpd.GeoDataFrame, *, outline: BaseGeometry, notes: Notes) -> None:
    """Refuse a layer of lines or polygons that is nowhere near the province."""
    km = float(shapely.distance(outline, shapes.geometry.to_numpy()).min()) / 1000.0
    if km > NEIGHBOUR_KM:
        notes.fault(
            f"the whole layer lies {km:.0f} km or more outside the province",
            "check the file, its crs and the meridian",
            row=shapes.index[0],
            column="geometry",
        )


def _hint(places: gpd.GeoDataFrame, outline: BaseGeometry) -> str:
    """Tell when swapped axes or another VN-2000 zone would bring nearly all places into the province."""
    grid_crs = places.crs.to_string()
    crs = str(places.attrs.get("crs", grid_crs))
    x, y = transform(places.geometry.x, places.geometry.y, source=grid_crs, target=crs)
    if _fit(y, x, crs, grid_crs, outline):
        names = ("easting and northing (Y and X)", "lon and lat")
        return f"; {names[0] if is_metric(parse_crs(crs)) else names[1]} look swapped"
    if not is_metric(parse_crs(crs)):
        return ""
    zones = [zone for zone in VN2000_ZONES if zone != crs and _fit(x, y, zone, grid_crs, outline)]
    return f"; the numbers would fit {' or '.join(zones)}" if zones else ""


def _fit(x: ArrayLike, y: ArrayLike, crs: str, grid_crs: str, outline: BaseGeometry) -> bool:
    """Tell whether nearly all places lie in the province when their numbers are read in a CRS."""
    a, b = np.asarray(x, float), np.asarray(y, float)
    if crs == WGS84 and bool((np.abs(b) > 90).any()):  # noqa: PLR2004 - no latitude, and PROJ would say so
        return False
    east, north = transform(a, b, source=crs, target=grid_crs)
    inside: NDArray[np.bool_] = np.isfinite(east) & np.isfinite(north)
    inside[inside] = shapely.contains_xy(outline, east[inside], north[inside])
    return bool(inside.mean() >= _FITS_SHARE)
