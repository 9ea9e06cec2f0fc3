"""Settlement: which of two communes gets the land both claim, and which neighbour the land none claims.

What is settled is narrow (`phusong.gis.cleaning.slivers`): at most 250 m wide, and at most a tenth of the side of the
smallest commune it touches. Land two communes claim goes to the one, land none claims to the neighbour, with which it
shares the longest border; a gap between three or more is shared out, so that each gets what lies along its own border.
A crumb of one commune that lies along another goes to that one. What is wider stays as it is.

Points stay where they are but for a millionth of a metre, the least with which GEOS's coverage cleaner nodes lines
safely: with none at all it was seen to lose whole communes, and its own choice, a hundred millionth of the extent,
moves points by millimetres. So no result is taken whose land is not the land that went in, nor one that
takes from a commune what no other claims.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from phusong.gis.cleaning.moves import NO_LAND_M2, NOBODY, moves_between
from phusong.gis.cleaning.slivers import NEEDLE_M, Overlaps, crumbs, gaps, is_narrow, is_needle, overlaps, shared_out

__all__ = ["LAND_SHARE", "NOBODY", "NO_LAND_M2", "WIDEST_M", "Settlement", "settle", "union_of"]

WIDEST_M = 250.0
"""Borders generalised for a province map at 1:500 000 stray by half a millimetre, 250 m; wider is no drawing error."""
SIDE_SHARE = 0.1
"""Among small wards a sliver is narrower still: a tenth of the side of a square as large as the smallest of them."""
LAND_SHARE = 0.05
"""More of a commune's land is not settled by any program."""
# Tried in turn until no land is lost; more than a millimetre would move borders.
_SNAPS_M = (1e-6, 1e-5, 1e-4, 1e-3)
# Rounding of coordinates in a whole province: 7 m² in 7,000 km².
_LOST_SHARE = 1e-9
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Settlement:
    """Polygons made a coverage, and all land that changed hands.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        The very objects given where nothing about them changed.
    moves : DataFrame
        Columns ``loser``, ``winner`` (positions, -1 for nobody), ``area_m2`` and ``had``: true where both claimed
        the land, so that the winner is not larger than before. Before - lost + gained and not had = after.
    twice_m2, gaps_m2, crumbs_m2 : float
        Land claimed twice, claimed by none, and in crumbs that was settled.
    wide_overlaps : Overlaps
        Left as they are.
    wide_gaps : ndarray of Polygon, shape (gaps,)
        Left as they are.
    """

    shapes: NDArray[np.object_]
    moves: pd.DataFrame
    twice_m2: float
    gaps_m2: float
    crumbs_m2: float
    wide_overlaps: Overlaps
    wide_gaps: NDArray[np.object_]


def union_of(shapes: NDArray[np.object_], *, valid: bool) -> BaseGeometry:
    """Return the union of polygons; `valid` says that they are a coverage, which makes it quick."""
    return shapely.coverage_union_all(shapes) if valid else shapely.union_all(shapes)


def settle(shapes: NDArray[np.object_]) -> Settlement | None:
    """Settle all narrow overlaps, gaps and crumbs of polygons that should lie side by side.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid, in metres.

    Returns
    -------
    Settlement or None
        None where the polygons are no map (`phusong.gis.cleaning.slivers.overlaps`).

    References
    ----------
    JTS ``CoverageCleaner``, in GEOS since 3.14.
    """
    valid = bool(shapely.coverage_is_valid(shapes))
    suspects = np.zeros(len(shapes), bool) if valid else ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    twice = overlaps(shapes, suspects)
    if twice is None:
        return None
    sides = np.sqrt(shapely.area(shapes))
    narrow = _narrow_overlaps(twice, sides)
    wide = Overlaps(twice.first[~narrow], twice.second[~narrow], twice.pieces[~narrow])
    union = union_of(shapes, valid=valid)
    holes = gaps(union)
    closed = _narrow_gaps(holes, shapes, sides)
    met = shapes
    if not valid or closed.any():
        land_m2 = float(union.area + shapely.area(holes).sum())
        contested_m2 = np.zeros(len(shapes))
        for owners in (twice.first, twice.second):
            np.add.at(contested_m2, owners[narrow], shapely.area(twice.pieces[narrow]))
        met = _cleaned(
            shapes, wide, holes=holes[~closed], closed=holes[closed], land_m2=land_m2, contested_m2=contested_m2
        )
    after, crumbs_m2 = met, 0.0
    for _ in range(_ROUNDS):  # a crumb may go to a neighbour's crumb, which goes on
        after, more_m2 = _without_crumbs(after)
        crumbs_m2 += more_m2
        if not more_m2:
            break
    moves = moves_between(shapes, after)
    return Settlement(
        shapes=after,
        moves=moves,
        twice_m2=float(shapely.area(twice.pieces[narrow]).sum()),
        # Not the area of the holes: a strip whose mouth is a millionth of a metre wide is closed with them.
        gaps_m2=float(moves.loc[moves["loser"] == NOBODY, "area_m2"].sum()),
        crumbs_m2=crumbs_m2,
        wide_overlaps=wide,
        wide_gaps=holes[~closed],
    )


def _narrow_overlaps(twice: Overlaps, sides: NDArray[np.float64]) -> NDArray[np.bool_]:
    smaller = np.minimum(sides[twice.first], sides[twice.second])
    limit = np.minimum(WIDEST_M, SIDE_SHARE * smaller)
    return is_narrow(twice.pieces, limit) & (shapely.area(twice.pieces) <= LAND_SHARE * smaller**2)


def _narrow_gaps(
    holes: NDArray[np.object_], shapes: NDArray[np.object_], sides: NDArray[np.float64]
) -> NDArray[np.bool_]:
    around = np.full(len(holes), np.inf)
    hole, shape = shapely.STRtree(shapes).query(holes, predicate="dwithin", distance=NEEDLE_M)
    np.minimum.at(around, hole, sides[shape])
    return is_narrow(holes, np.minimum(WIDEST_M, SIDE_SHARE * around))


def _cleaned(
    shapes: NDArray[np.object_],
    wide: Overlaps,
    *,
    holes: NDArray[np.object_],
    closed: NDArray[np.object_],
    land_m2: float,
    contested_m2: NDArray[np.float64],
) -> NDArray[np.object_]:
    """Return the shapes with all narrow overlaps and gaps settled.

    GEOS would settle wide ones too. So each wide piece goes in as a polygon of its own, cut out of its owners and
    put back into all of them afterwards; wide holes go in as polygons that nobody gets; gaps between three or more
    go in as pieces whose owners are known (`shared_out`), smaller ones are left to GEOS. `land_m2` is the area inside
    the outer borders, `contested_m2` how much of each shape others claim too.
    """
    faces, owners = _faces(wide, shapes)
    rest = shapes.copy()
    for position in np.unique(owners[0]):
        mine = faces[owners[1][owners[0] == position]]
        rest[position] = shapely.difference(shapes[position], shapely.union_all(mine))
    pieces, winners = _pieces(closed, shapes)
    given = np.concatenate([rest, faces, pieces, holes])
    to = np.concatenate([owners, np.stack([winners, len(faces) + np.arange(len(pieces))])], axis=1)
    some = ~shapely.is_empty(given)
    done = given.copy()
    # Nobody is to lose what nobody else claims.
    most_m2 = np.concatenate([contested_m2, shapely.area(given[len(shapes) :])])
    done[some] = _coverage(given[some], land_m2, most_m2[some])
    after = done[: len(shapes)]
    for position in np.unique(to[0]):
        mine = done[len(shapes) + to[1][to[0] == position]]
        after[position] = shapely.union_all([after[position], *mine])
    # What differs only in where a ring begins is the same shape and stays the same object.
    same = shapely.equals_identical(_canonical(shapes), _canonical(after))
    for position in np.unique(owners[0]):
        same[position] |= shapely.symmetric_difference(shapes[position], after[position]).area < NO_LAND_M2
    return np.where(same, shapes, after)


def _coverage(polygons: NDArray[np.object_], land_m2: float, most_m2: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the polygons as a coverage of the given area, all gaps closed; each lost at most `most_m2` of its land."""
    west, south, east, north = shapely.total_bounds(polygons)
    across = float(np.hypot(east - west, north - south))
    border = float(shapely.length(polygons).sum())
    why = ""
    for snap_m in _SNAPS_M:
        try:
            # The stubs of shapely do not know it yet.
            done = shapely.coverage_clean(  # type: ignore[attr-defined]
                polygons, gap_width=across, snapping_distance=snap_m
            )
        except shapely.errors.GEOSException as err:
            why = str(err)
            continue
        lost = land_m2 - float(shapely.area(done).sum())
        # Needles a micrometre wide are measured as lines, hence the snap for them too.
        robbed = shapely.area(polygons) - shapely.area(done) - most_m2 - 2 * snap_m * shapely.length(polygons)
        if abs(lost) > _LOST_SHARE * land_m2 + snap_m * border:
            why = f"the coverage cleaner would {'lose' if lost > 0 else 'add'} {abs(lost) / 1e6:.3f} km²"
        elif robbed.max() > NO_LAND_M2:
            why = f"the coverage cleaner would give {robbed.max() / 1e6:.3f} km² of one polygon to another"
        elif not shapely.coverage_is_valid(done):
            why = "the coverage cleaner would leave borders that do not match"
        else:
            return np.asarray(done)
    raise shapely.errors.GEOSException(why)


def _pieces(closed: NDArray[np.object_], shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Share out the gaps that have three neighbours or more and some width; return the pieces and their winners."""
    tree = shapely.STRtree(shapes)
    pieces: list[NDArray[np.object_]] = [np.array([], object)]
    winners: list[NDArray[np.intp]] = [np.array([], np.intp)]
    for gap in closed[~is_needle(closed)]:
        near = np.sort(tree.query(gap, predicate="dwithin", distance=NEEDLE_M))
        if len(near) > 2:  # noqa: PLR2004 - between two it goes to one of them
            some, best = shared_out(gap, shapes[near])
            pieces.append(some)
            winners.append(near[best])
    return np.concatenate(pieces), np.concatenate(winners)


def _faces(wide: Overlaps, shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the pieces wide overlaps fall into, and (owner, piece) pairs, shape (2, pairs)."""
    if not len(wide.pieces):
        return np.array([], object), np.zeros((2, 0), np.intp)
    lines = shapely.union_all(shapely.boundary(wide.pieces))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points = shapely.point_on_surface(faces)
    inside = np.unique(shapely.STRtree(wide.pieces).query(points, predicate="intersects")[0])
    faces = faces[inside]
    face, owner = shapely.STRtree(shapes).query(points[inside], predicate="intersects")
    return faces, np.stack([owner, face])


def _canonical(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return shapes whose rings begin at the same point and that are multi-polygons all."""
    parts, of = shapely.get_parts(shapely.remove_repeated_points(shapes), return_index=True)
    whole = np.full(len(shapes), shapely.MultiPolygon(), object)
    shapely.multipolygons(parts, indices=of, out=whole)
    return np.asarray(shapely.normalize(whole))


def _without_crumbs(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], float]:
    """Return the shapes with each crumb given to the neighbour it shares the longest border with, and the m² of all."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    goes_to = of.copy()
    tree = shapely.STRtree(shapes)
    for number in np.flatnonzero(crumbs(parts, of)):
        near = tree.query(parts[number], predicate="intersects")
        near = near[near != of[number]]
        shared = shapely.length(shapely.intersection(shapely.boundary(parts[number]), shapely.boundary(shapes[near])))
        if len(near) and shared.max() > 0:  # else it is an islet
            goes_to[number] = near[np.argmax(shared)]
    after = shapes.copy()
    moved = goes_to != of
    for loser in np.unique(of[moved]):
        kept = parts[(of == loser) & ~moved]
        after[loser] = kept[0] if len(kept) == 1 else shapely.multipolygons(kept)
    for winner in np.unique(goes_to[moved]):
        after[winner] = shapely.union_all([after[winner], *parts[moved & (goes_to == winner)]])
    return after, float(shapely.area(parts[moved]).sum())
