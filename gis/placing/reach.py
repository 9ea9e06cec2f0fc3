"""Reach: which places lie in the province, next door, or astray - and what may be wrong when many are astray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from phusong.gis.crs import is_metric, parse_crs, to_lonlat, transform
from phusong.gis.placing.axes import NEIGHBOUR_KM
from phusong.gis.placing.fit import FITS_SHARE, distance_km, fit_hint, inside
from phusong.gis.placing.labels import check_label

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["NEIGHBOUR_KM", "touches", "within_reach"]

# A mast drawn on the border is inside it; projecting it moves it by less than this.
_ON_BORDER_KM = 0.001
# Rows named one by one up to here; when more than half of a layer is astray the layer is at fault, not the rows.
_ASTRAY_SHARE = 0.5
_ASTRAY_MIN = 5
# So many records next door are named one by one; beyond, the nearest of them and their number.
_MOST_NAMED = 200


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
    km_out = distance_km(outline, places.geometry.x, places.geometry.y)
    near = (km_out > _ON_BORDER_KM) & (km_out <= NEIGHBOUR_KM)
    astray = km_out > NEIGHBOUR_KM
    mostly_astray = bool(astray.sum() >= _ASTRAY_MIN and astray.mean() > _ASTRAY_SHARE)
    if not mostly_astray:
        check_label(places, outline=outline, notes=notes)
    hint = _hint(places, outline) if bool((near | astray).mean() > 1 - FITS_SHARE) else ""
    _say_near(places[near], km_out[near], hint, notes)
    text = _lonlat_text(places[astray])
    if source.outside == "drop":
        for row, km, place in zip(places.index[astray], km_out[astray], text, strict=True):
            what = "dropped: outside the province"
            notes.repair(what, row=row, how_much="1 record", before=place, after=f"{km:.0f} km away")
    elif mostly_astray or (hint and astray.sum() > 1):
        notes.fault(
            f"{int(astray.sum())} of {len(places)} records lie more than {NEIGHBOUR_KM:g} km outside the province",
            "check crs, the meridian and the order of the axes" + hint,
            row=places.index[astray][0],
            column="geometry",
            value=text[0],
        )
    else:
        for row, km, place in zip(places.index[astray], km_out[astray], text, strict=True):
            notes.fault(
                f"the record lies {km:.0f} km outside the province",
                'correct its place, or set outside = "drop" for this layer' + hint,
                row=row,
                column="geometry",
                value=place,
            )
    return places[~astray]


def _say_near(places: gpd.GeoDataFrame, km_out: NDArray[np.float64], hint: str, notes: Notes) -> None:
    """Say which records lie next door; very many are one warning with their number."""
    remedy = "nothing, or correct its place" + hint
    if len(places) > _MOST_NAMED or (hint and len(places) > 1):
        farthest = int(np.argmax(km_out))
        notes.fault(
            f"{len(places):,} records lie up to {km_out[farthest]:.1f} km outside the province; they are kept, for "
            "they may serve the border",
            "nothing, or correct their places; leave them out with where if they are of another province" + hint,
            row=places.index[farthest],
            column="geometry",
            value=_lonlat_text(places.iloc[[farthest]])[0],
            severity="warning",
        )
        return
    for row, km, place in zip(places.index, km_out, _lonlat_text(places), strict=True):
        notes.fault(
            f"the record lies {km:.1f} km outside the province; it is kept, for it may serve the border",
            remedy,
            row=row,
            column="geometry",
            value=place,
            severity="warning",
        )


def _lonlat_text(places: gpd.GeoDataFrame) -> list[str]:
    """Return places as people write them."""
    lon, lat = to_lonlat(places.geometry.x, places.geometry.y, crs=places.crs.to_string())
    return [f"lon {a:.5f} lat {b:.5f}" for a, b in zip(lon, lat, strict=True)]


def touches(shapes: gpd.GeoDataFrame, *, outline: BaseGeometry, notes: Notes) -> None:
    """Refuse a layer of lines or polygons that is nowhere near the province."""
    shapely.prepare(outline)
    values = shapes.geometry.to_numpy()
    if bool(shapely.dwithin(outline, values, 1000 * NEIGHBOUR_KM).any()):
        check_label(shapes, outline=outline, notes=notes)
        return
    centres = _centres(shapes)
    km = float(distance_km(outline, centres.geometry.x, centres.geometry.y).min())
    notes.fault(
        f"the whole layer lies {km:.0f} km or more outside the province",
        "check the file, its crs and the meridian" + _hint(centres, outline),
        row=shapes.index[0],
        column="geometry",
    )


def _centres(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the middle of every shape's box."""
    bounds = shapes.bounds
    points = gpd.points_from_xy((bounds["minx"] + bounds["maxx"]) / 2, (bounds["miny"] + bounds["maxy"]) / 2)
    centres = gpd.GeoDataFrame(geometry=points, crs=shapes.crs, index=shapes.index)
    centres.attrs["crs"] = shapes.attrs.get("crs", shapes.crs.to_string())
    return centres


def _hint(places: gpd.GeoDataFrame, outline: BaseGeometry) -> str:
    """Tell when swapped axes or another VN-2000 zone would bring nearly all places into the province."""
    grid_crs = places.crs.to_string()
    crs = str(places.attrs.get("crs", grid_crs))
    x, y = transform(places.geometry.x, places.geometry.y, source=grid_crs, target=crs)
    if float(inside(y, x, crs=crs, grid_crs=grid_crs, outline=outline).mean()) >= FITS_SHARE:
        if is_metric(parse_crs(crs)):
            return '; easting and northing (Y and X) look swapped: set axes = "auto", or "north-east"'
        return '; lon and lat look swapped: set axes = "auto", or map the columns the other way'
    if not is_metric(parse_crs(crs)):
        return ""
    hint = fit_hint(x, y, grid_crs=grid_crs, outline=outline, besides=(crs,))
    return f"; {hint}" if hint else ""
