"""Fit: how well numbers fall into the province when they are read in one coordinate system or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import KDTree

from phusong.gis.crs import (
    UTM_ZONES,
    VN2000_DEGREES,
    VN2000_ZONES,
    WGS84,
    crs_title,
    is_degrees,
    looks_like_degrees,
    parse_crs,
    to_lonlat,
    transform,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["FITS_SHARE", "border_pieces", "distance_km", "fit_hint", "inside", "likely_zones", "zone_hint"]

FITS_SHARE = 0.9
"""Another reading of the same numbers is worth a word when it brings nearly all places into the province."""

_POLE_DEG = 90.0
# So many places tell as much about a reading as all of them, and 22 readings are tried.
_SAMPLE = 2_000
# Vertices a piece of the border: short pieces are found fast, and few of them need measuring.
_PIECE = 32
_MOST_ZONES = 3
_STEP_M = 50.0
_EXACT_M = 1_000.0


def inside(x: ArrayLike, y: ArrayLike, *, crs: str, grid_crs: str, outline: BaseGeometry) -> NDArray[np.bool_]:
    """Tell which places lie in the province when their numbers are read in a CRS.

    Parameters
    ----------
    x, y : (n,) array
        East or longitude, north or latitude; NaN and numbers that are none in the CRS are outside.
    crs, grid_crs : str
    outline : geometry
        The province, grid CRS; prepared by this.
    """
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    result = np.isfinite(xs) & np.isfinite(ys)
    if is_degrees(parse_crs(crs)):
        result &= (np.abs(ys) <= _POLE_DEG) & (np.abs(xs) <= 4 * _POLE_DEG)
    east, north = transform(xs[result], ys[result], source=crs, target=grid_crs)
    shapely.prepare(outline)
    finite = np.isfinite(east) & np.isfinite(north)
    finite[finite] = shapely.intersects_xy(outline, east[finite], north[finite])
    result[result] = finite
    return np.asarray(result)


def distance_km(outline: BaseGeometry, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.float64]:
    """Return how far places lie outside a province; 0 inside.

    Parameters
    ----------
    outline : geometry
        Grid CRS, metres; prepared by this.
    x_m, y_m : (n,) array

    Notes
    -----
    GEOS measures a point against every vertex of a polygon. Here the nearest of points 50 m apart along the border says
    how far it is, and within 1 km the nearest pieces of the border do; the rest is right to 0.4 m.
    """
    xs, ys = np.asarray(x_m, float), np.asarray(y_m, float)
    shapely.prepare(outline)
    result = np.zeros(len(xs))
    out = ~shapely.intersects_xy(outline, xs, ys)
    if not out.any():
        return result
    places = np.column_stack([xs[out], ys[out]])
    # A border winds: the sliding midpoint finds its way around it ten times faster than the median does.
    border = KDTree(
        shapely.get_coordinates(shapely.segmentize(outline, _STEP_M)), balanced_tree=False, compact_nodes=False
    )
    far_m = np.asarray(border.query(places)[0])
    near = far_m <= _EXACT_M
    if near.any():
        tree = shapely.STRtree(border_pieces(outline))
        points = shapely.points(places[near])
        far_m[near] = tree.query_nearest(points, return_distance=True, all_matches=False)[1]
    result[out] = far_m / 1000.0
    return result


def border_pieces(outline: BaseGeometry) -> NDArray[np.object_]:
    """Return a border as short lines."""
    pieces = []
    for ring in shapely.get_parts(shapely.get_parts(shapely.boundary(outline))):
        coords = shapely.get_coordinates(ring)
        starts = range(0, len(coords) - 1, _PIECE)
        pieces += [shapely.linestrings(coords[start : start + _PIECE + 1]) for start in starts]
    return np.array(pieces, dtype=object)


def likely_zones(
    x: ArrayLike, y: ArrayLike, *, grid_crs: str, outline: BaseGeometry, besides: Sequence[str] = ()
) -> list[tuple[str, float]]:
    """Return the zones of Vietnam under which nearly all places would fall into the province, the likeliest first.

    Parameters
    ----------
    x, y : (n,) array
        East and north, metres.
    grid_crs : str
    outline : geometry
        The province, grid CRS.
    besides : sequence of str
        Zones not to be named.

    Returns
    -------
    list of (str, float)
        EPSG code and share inside. Equal shares: VN-2000 before WGS 84, zones made for the place before others.
    """
    xs, ys = _sample(x), _sample(y)
    centre = to_lonlat([outline.envelope.centroid.x], [outline.envelope.centroid.y], crs=grid_crs)
    lon, lat = float(centre[0][0]), float(centre[1][0])
    ranked = []
    for zone in (*VN2000_ZONES, *UTM_ZONES):
        if zone in besides or not len(xs):
            continue
        share = float(inside(xs, ys, crs=zone, grid_crs=grid_crs, outline=outline).mean())
        if share >= FITS_SHARE:
            area = parse_crs(zone).area_of_use
            made = area is not None and area.west <= lon <= area.east and area.south <= lat <= area.north
            ranked.append((-round(share, 2), zone in UTM_ZONES, not made, zone, share))
    return [(zone, share) for *_, zone, share in sorted(ranked)]


def fit_hint(
    x: ArrayLike, y: ArrayLike, *, grid_crs: str, outline: BaseGeometry | None, besides: Sequence[str] = ()
) -> str:
    """Say which CRS would bring nearly all numbers into the province; empty where none would, or nobody can tell.

    Parameters
    ----------
    x, y : (n,) array
        Of unknown or doubtful CRS, in the order east, north; the other order is tried where this one fits nowhere.
    grid_crs : str
    outline : geometry or None
        The province, grid CRS.
    besides : sequence of str
        What the numbers were read in already.
    """
    known = np.isfinite(np.asarray(x, float)) & np.isfinite(np.asarray(y, float))
    if outline is None or not known.any():
        return ""
    x, y = np.asarray(x, float)[known], np.asarray(y, float)[known]
    for east, north, order in ((x, y, ""), (y, x, " with north before east")):
        xs, ys = _sample(east), _sample(north)
        if len(xs) and bool(looks_like_degrees(xs, ys).all()):
            known = [crs for crs in (WGS84, VN2000_DEGREES) if crs not in besides]
            fits = [
                (crs, share)
                for crs in known
                if (share := float(inside(xs, ys, crs=crs, grid_crs=grid_crs, outline=outline).mean())) >= FITS_SHARE
            ]
        else:
            fits = likely_zones(xs, ys, grid_crs=grid_crs, outline=outline, besides=besides)
        if fits:
            named = " or ".join(f"{crs} ({crs_title(crs)})" for crs, _ in fits[:_MOST_ZONES])
            return f"the numbers would fit {named}{order}"
    return ""


def zone_hint(x: ArrayLike, y: ArrayLike, *, grid_crs: str) -> str:
    """Say which zones numbers in metres may be of where nobody knows yet where the province lies.

    Parameters
    ----------
    x, y : (n,) array
        East and north.
    grid_crs : str
        The grid's own, named first.

    Returns
    -------
    str
        Zones under which nearly all places lie where the zone is used; empty where there is none, or the numbers
        are no metres.
    """
    xs, ys = _sample(x), _sample(y)
    known = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[known], ys[known]
    if not len(xs) or bool(looks_like_degrees(xs, ys).any()):
        return ""
    found = []
    for zone in (*VN2000_ZONES, *UTM_ZONES):
        area = parse_crs(zone).area_of_use
        lon, lat = to_lonlat(xs, ys, crs=zone)
        if area is not None:
            used = (lon >= area.west) & (lon <= area.east) & (lat >= area.south) & (lat <= area.north)
            if used.mean() >= FITS_SHARE:
                found.append(zone)
    found.sort(key=lambda zone: zone != grid_crs)
    own = {grid_crs: ", the grid's own"}
    named = [f"{crs} ({crs_title(crs)}{own.get(crs, '')})" for crs in found[:_MOST_ZONES]]
    more = f" or {len(found) - _MOST_ZONES} more zones" if len(found) > _MOST_ZONES else ""
    return f"by their size the numbers may be {' or '.join(named)}{more}" if found else ""


def _sample(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, float)
    return array[:: max(1, -(-len(array) // _SAMPLE))]
