"""Slivers: where polygons that should lie side by side overlap, leave gaps between them, or trail crumbs.

A sliver is narrow: borders drawn twice, each time a little differently, enclose strips no wider than the drawing's
error. What is wider is another thing - a quarrel over land, a lake, another province's enclave, a missing commune -
and no program can tell which. Width is the diameter of the largest circle that fits inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = [
    "CRUMB_AREA_M2",
    "CRUMB_WIDTH_M",
    "NEEDLE_M",
    "Overlaps",
    "crumbs",
    "gaps",
    "inscribed_m",
    "is_narrow",
    "is_needle",
    "open_strips",
    "overlaps",
    "shared_out",
]

CRUMB_WIDTH_M = 10.0
"""A part of a commune away from its main part is a crumb below this width, an islet or exclave above it."""
CRUMB_AREA_M2 = 1000.0
NEEDLE_M = 0.01
"""Land of less mean width has two sides that are one line for every purpose."""
# A map's polygons meet some ten others (their boxes, a few more); a heap of polygons meets everything.
_MOST_PAIRS_EACH = 100
_PAIRS_AT_ONCE = 256
# Corners of a gap are corners of its neighbours but for rounding.
_ON_BORDER_M = 1e-6
# A strip is as many times longer than it is wide; shorter ones are corners of the outer border.
_STRIP_WIDTHS = 10.0
# Corners set along a gap to cut it; a longer, thinner one is cut more coarsely.
_MOST_STEPS = 500


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pieces of land that two polygons share.

    Parameters
    ----------
    first, second : ndarray of int, shape (pieces,)
        Positions of the two polygons, ``first < second``.
    pieces : ndarray of Polygon, shape (pieces,)
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    pieces: NDArray[np.object_]


def overlaps(shapes: NDArray[np.object_], suspects: NDArray[np.bool_]) -> Overlaps | None:
    """Find all land claimed twice.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid.
    suspects : ndarray of bool, shape (n,)
        Of two polygons that overlap, at least one is among these.

    Returns
    -------
    Overlaps or None
        None where the polygons lie on one heap and are no map at all.
    """
    tree = shapely.STRtree(shapes)
    pairs: list[NDArray[np.intp]] = []
    count, most = 0, _MOST_PAIRS_EACH * len(shapes)
    asked = np.flatnonzero(suspects)
    for start in range(0, len(asked), _PAIRS_AT_ONCE):
        some = asked[start : start + _PAIRS_AT_ONCE]
        one, other = tree.query(shapes[some])
        count += len(one)
        if count > most:
            return None
        pairs.append(np.sort(np.stack([some[one], other]), axis=0))
    first, second = np.unique(np.concatenate([*pairs, np.zeros((2, 0), np.intp)], axis=1), axis=1)
    first, second = first[first < second], second[first < second]
    shared, of = shapely.get_parts(shapely.intersection(shapes[first], shapes[second]), return_index=True)
    land = shapely.area(shared) > 0
    return Overlaps(first[of[land]], second[of[land]], shared[land])


def gaps(union: BaseGeometry) -> NDArray[np.object_]:
    """Return the holes in a union of polygons, without the islands in them, shape (gaps,)."""
    parts = shapely.get_parts(union)
    if len(parts) <= 1:
        return np.asarray(shapely.polygons(shapely.get_rings(parts)[1:]))
    # Islands are taken out, and what lies between bodies that meet in points alone is no ring of any of them.
    lines = shapely.get_parts(shapely.union_all(shapely.boundary(parts)))
    faces = shapely.get_parts(shapely.polygonize(lines))
    land = shapely.STRtree(parts).query(shapely.point_on_surface(faces), predicate="intersects")[0]
    return np.asarray(np.delete(faces, land))


def open_strips(shapes: NDArray[np.object_], *, width_m: float) -> NDArray[np.object_]:
    """Return the borders along which neighbours nearly meet, with land of nobody between that is open to the outside.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        In metres; without closed gaps as narrow as that.
    width_m : float
        The widest strip looked for. A border counts where it runs along one for ten times as far.

    Returns
    -------
    ndarray of MultiLineString, shape (n,)
        Of each polygon, empty where it has none.
    """
    # Land that two claim is not meant, so only what the width adds.
    lines = shapely.coverage_invalid_edges(shapes, gap_width=width_m)
    if shapely.is_empty(lines).all():
        return np.asarray(lines)
    strips = shapely.difference(lines, shapely.coverage_invalid_edges(shapes))
    strips[shapely.length(strips) < _STRIP_WIDTHS * width_m] = shapely.MultiLineString()
    return np.asarray(strips)


def shared_out(gap: shapely.Polygon, around: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Share a gap out among its neighbours, each getting land only along its own border.

    A sliver may run on from one pair of neighbours to the next; given to one of them as a whole it would be a tongue
    between the others. So it is cut into Delaunay triangles about as long as it is wide, and each goes to the
    neighbour at its corners with which the whole gap has the longest border.

    Parameters
    ----------
    gap : Polygon
    around : ndarray of Polygon or MultiPolygon, shape (n,)
        All that touch the gap.

    Returns
    -------
    pieces : ndarray of Polygon, shape (pieces,)
        What touches its neighbour at a corner only is left out.
    winners : ndarray of int, shape (pieces,)
        Positions in `around`.
    """
    borders = shapely.boundary(around)
    rank = shapely.length(shapely.intersection(shapely.boundary(gap), borders))
    step_m = max(2 * gap.area / gap.length, gap.length / _MOST_STEPS)
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(shapely.segmentize(gap, step_m)))
    corners: Any = shapely.points(
        shapely.get_coordinates(shapely.get_exterior_ring(triangles)).reshape(-1, 4, 2)[:, :3]
    )
    shapely.prepare(borders)
    touches = shapely.dwithin(borders, corners[:, :, None], _ON_BORDER_M).any(axis=1)
    best = np.argmax(np.where(touches, rank, -1.0), axis=1)
    winners = np.unique(best)
    shares = [shapely.simplify(shapely.union_all(triangles[best == k]), _ON_BORDER_M) for k in winners]
    pieces, of = shapely.get_parts(shares, return_index=True)
    winners = winners[of]
    meets = shapely.length(shapely.intersection(shapely.boundary(pieces), borders[winners])) > 0
    return pieces[meets], winners[meets]


def is_narrow(polygons: NDArray[np.object_], limit_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which polygons hold no circle of the given diameter (m), shape (n,)."""
    # No polygon holds a circle larger than itself; the rest is eroded by the radius.
    narrow = shapely.area(polygons) < np.pi * (limit_m / 2) ** 2
    rest = np.flatnonzero(~narrow)
    narrow[rest] = shapely.is_empty(shapely.buffer(polygons[rest], -limit_m[rest] / 2))
    return np.asarray(narrow)


def is_needle(polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which polygons are less than a centimetre wide on average, shape (n,)."""
    return np.asarray(2 * shapely.area(polygons) < NEEDLE_M * shapely.length(polygons))


def inscribed_m(polygon: shapely.Polygon) -> float:
    """Return a polygon's width: the diameter (m) of the largest circle inside, to 1 % or a decimetre."""
    around = float(np.sqrt(polygon.area))
    return 2 * float(shapely.length(shapely.maximum_inscribed_circle(polygon, tolerance=max(0.1, around / 1000))))


def crumbs(parts: NDArray[np.object_], of: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which parts of multi-polygons are crumbs: not the main part, and as small as only a drawing error is.

    Parameters
    ----------
    parts : ndarray of Polygon, shape (parts,)
    of : ndarray of int, shape (parts,)
        The polygon each is a part of.
    """
    area = shapely.area(parts)
    main = np.zeros(len(parts), bool)
    order = np.lexsort((area, of))
    main[order[np.r_[np.diff(of[order]) > 0, True][: len(order)]]] = True
    small = ~main & (area <= CRUMB_AREA_M2)
    small[small] = is_narrow(parts[small], np.full(int(small.sum()), CRUMB_WIDTH_M))
    return small
