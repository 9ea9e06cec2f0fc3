"""A clean coverage: communes that meet along one and the same border, mended together and not one by one.

Narrow overlaps, gaps and crumbs are settled (`phusong.gis.cleaning.settlement` has the rules); each commune whose land
changes is a row of the report, with the m² gained and lost and from or to whom. What stays is a warning: a wide piece
of land that two communes claim, a wide hole, which may be a lake or another province's. Notches open to the outside are
no holes: nobody can tell where the province's border should run; long narrow ones between two communes are a warning. A
commune drawn twice is an error, and so is one that would lose more than a twentieth of its land.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from phusong.gis.cleaning.settlement import LAND_SHARE, NO_LAND_M2, NOBODY, WIDEST_M, Settlement, settle, union_of
from phusong.gis.cleaning.slivers import NEEDLE_M, inscribed_m, is_needle, open_strips
from phusong.gis.crs import to_lonlat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes

__all__ = ["border_move_m", "clean", "outline"]

# Two rows for one commune rarely agree to the last digit.
_SAME_SHARE = 0.99
_REMEDY = "clean the borders in a GIS"
# Neighbours as near as that were meant to meet: half a millimetre on a 1:20 000 map. A narrow valley is wider.
_STRIP_M = 10.0


def outline(polygons: gpd.GeoDataFrame) -> BaseGeometry:
    """Return the land of all polygons as one shape, holes kept; quick where they are a coverage."""
    shapes = polygons.geometry.to_numpy()
    return union_of(shapes, valid=bool(shapely.coverage_is_valid(shapes)))


def clean(polygons: gpd.GeoDataFrame, *, notes: Notes, names: Sequence[object] | None = None) -> gpd.GeoDataFrame:
    """Make polygons a coverage, with a receipt.

    Parameters
    ----------
    polygons : GeoDataFrame
        Valid, in a CRS in metres; index = row as the planner counts.
    notes : Notes
        Where the receipt and what is left for the planner go.
    names : sequence, shape (n,), optional
        What each polygon is called, e.g. its code; its row where not given or empty.

    Returns
    -------
    GeoDataFrame
        The same rows; the same object where the polygons were a coverage already.
    """
    before = polygons.geometry.to_numpy()
    told = _Teller(polygons, names, notes)
    if told.copies():
        return polygons  # no map to be cleaned, and fifty copies of a commune would take hours
    try:
        done = settle(before)
    except shapely.errors.GEOSException as err:
        rule = f"the borders cannot be cleaned ({err}): land claimed twice is counted twice"
        notes.fault(rule, _REMEDY, column="geometry", severity="warning")
        return polygons
    if done is None:
        notes.fault(
            "the polygons lie on one heap and are no map: most of them overlap many others",
            "name the layer, or the rows (where), that hold each commune once",
            column="geometry",
        )
        return polygons
    told.wide_overlaps(done)
    told.wide_gaps(done)
    told.open_strips(done)
    changed = np.array([a is not b for a, b in zip(before, done.shapes, strict=True)], bool)
    if not changed.any():
        return polygons
    told.moves(done, changed)
    if not len(done.wide_overlaps.pieces) and not shapely.coverage_is_valid(done.shapes):
        rule = "some borders still do not match after cleaning"
        notes.fault(rule, _REMEDY, column="geometry", severity="warning")
    return polygons.set_geometry(gpd.GeoSeries(done.shapes, index=polygons.index, crs=polygons.crs))


def border_move_m(before: BaseGeometry, after: BaseGeometry) -> float:
    """Return how far a border moved: the largest distance (m) of a new corner from the old border, or the other way.

    Only corners are measured, at land that changed hands in a strip of a centimetre or more, and of the old ones only
    those around the main part: a hole that is closed and a crumb that is given away leave no border that could have
    moved.
    """
    strips = shapely.get_parts(shapely.symmetric_difference(before, after))
    strips = strips[(shapely.get_dimensions(strips) == 2) & ~is_needle(strips)]  # noqa: PLR2004 - land, not lines
    parts = shapely.get_parts(before)
    main = shapely.get_exterior_ring(parts[np.argmax(shapely.area(parts))])
    near = shapely.MultiPolygon(list(strips))
    shapely.prepare(near)
    moved = 0.0
    for shape, border in ((after, before), (main, after)):
        own, other = _corners(shape), _corners(border)
        alone = own[~np.isin(own, other)]
        corners: Any = shapely.points(alone.real, alone.imag)
        corners = corners[shapely.dwithin(near, corners, NEEDLE_M)]
        line = shapely.boundary(border)
        shapely.prepare(line)
        moved = max(moved, float(shapely.distance(line, corners).max(initial=0.0)))
    return moved


def _corners(shape: BaseGeometry) -> NDArray[np.complex128]:
    """Return the points of a shape as x + iy, which compare at once."""
    return np.ascontiguousarray(shapely.get_coordinates(shape)).view(complex).ravel()


class _Teller:
    """What is said about a settlement."""

    def __init__(self, polygons: gpd.GeoDataFrame, names: Sequence[object] | None, notes: Notes) -> None:
        self.rows = list(polygons.index)
        self.shapes: NDArray[np.object_] = polygons.geometry.to_numpy()
        self.crs = polygons.crs.to_string()
        self.notes = notes
        given = list(names) if names is not None else [None] * len(self.rows)
        self.names = [
            name if isinstance(name, str) and name else f"in row {row}"
            for name, row in zip(given, self.rows, strict=True)
        ]

    def place(self, shape: BaseGeometry) -> str:
        """Return a point inside, as a planner can look it up."""
        point = shapely.point_on_surface(shape)
        lon, lat = to_lonlat(point.x, point.y, crs=self.crs)
        return f"lon {float(lon):.5f} lat {float(lat):.5f}"

    def copies(self) -> bool:
        """Say which polygons are copies of an earlier one, corner by corner; tell whether any is."""
        key = shapely.to_wkb(shapely.normalize(self.shapes))
        first: dict[bytes, int] = {}
        twice = [(first[k], n) for n, k in enumerate(key) if first.setdefault(k, n) != n]
        for one, other in twice:
            self._drawn_twice(one, other, float(self.shapes[other].area) / 1e6)
        return bool(twice)

    def _drawn_twice(self, one: int, other: int, km2: float) -> None:
        self.notes.fault(
            f"the commune is drawn twice: rows {self.rows[one]} and {self.rows[other]} ({self.names[one]} and "
            f"{self.names[other]}) have the same {km2:.3f} km²",
            "delete one of them, or draw the right shape",
            row=self.rows[other],
            column="geometry",
        )

    def wide_overlaps(self, done: Settlement) -> None:
        """Say which two communes claim the same land, one fault a pair, at the largest piece."""
        wide = done.wide_overlaps
        area = shapely.area(wide.pieces)
        whole = shapely.area(self.shapes)
        for first, second in np.unique(np.stack([wide.first, wide.second]), axis=1).T:
            mine = np.flatnonzero((wide.first == first) & (wide.second == second))
            km2 = area[mine].sum() / 1e6
            one, other = self.names[first], self.names[second]
            if area[mine].sum() >= _SAME_SHARE * max(whole[first], whole[second]):
                self._drawn_twice(first, second, km2)
                continue
            where = self.place(wide.pieces[mine[np.argmax(area[mine])]])
            self.notes.fault(
                f"communes {one} and {other} overlap by {km2:.3f} km² at {where}, which is too wide for a drawing "
                "error: the land is counted in both",
                "draw the border between them; its people are shared out between the two until then",
                row=self.rows[first],
                column="geometry",
                severity="warning",
            )

    def wide_gaps(self, done: Settlement) -> None:
        """Say where land inside the province belongs to no commune."""
        tree = shapely.STRtree(self.shapes)
        for hole in done.wide_gaps:
            near = sorted(tree.query(hole, predicate="dwithin", distance=NEEDLE_M))
            around = ", ".join(self.names[k] for k in near[:4]) + (" ..." if len(near) > 4 else "")  # noqa: PLR2004
            self.notes.fault(
                f"{hole.area / 1e6:.3f} km² at {self.place(hole)} belong to no commune (up to {inscribed_m(hole):.0f} "
                f"m wide, beside {around}): they are left out of every figure",
                "nothing where this is a lake or another province's land; else draw it into its commune",
                row=self.rows[near[0]],
                column="geometry",
                severity="warning",
            )

    def open_strips(self, done: Settlement) -> None:
        """Say which neighbours nearly meet along a strip that is open to the outside."""
        strips = open_strips(done.shapes, width_m=_STRIP_M)
        # Where land stays claimed by two, their borders are said to be wrong already.
        strips[np.union1d(done.wide_overlaps.first, done.wide_overlaps.second)] = shapely.MultiLineString()
        some = np.flatnonzero(~shapely.is_empty(strips))
        if len(some):
            named = ", ".join(self.names[k] for k in some[:4]) + (" ..." if len(some) > 4 else "")  # noqa: PLR2004
            km = float(shapely.length(strips[some]).sum()) / 1000.0
            self.notes.fault(
                f"the borders of {len(some)} communes ({named}) run up to {_STRIP_M:g} m beside their neighbours' for "
                f"{km:.3f} km in all, e.g. at {self.place(strips[some[0]])}: the strip between is open to the outside "
                "and belongs to no commune",
                "draw the neighbours along one and the same border",
                row=self.rows[some[0]],
                column="geometry",
                severity="warning",
            )

    def moves(self, done: Settlement, changed: NDArray[np.bool_]) -> None:
        """List what each commune gained and lost, and the sums."""
        before, after = shapely.area(self.shapes), shapely.area(done.shapes)
        moves = done.moves[done.moves["area_m2"] >= NO_LAND_M2]
        if moves.empty:
            self.notes.describe(f"corners of neighbours' borders added in {int(changed.sum())} records")
            return
        corners = 0
        for k in np.flatnonzero(changed):
            corners += int(shapely.get_num_coordinates(done.shapes[k]) - shapely.get_num_coordinates(self.shapes[k]))
            gained = moves[(moves["winner"] == k) & ~moves["had"]]
            lost = moves[moves["loser"] == k]
            if gained.empty and lost.empty:
                continue  # corners only: no border moves
            by = [f"gained {move.area_m2:.3f} m² from {self._whose(move.loser)}" for move in gained.itertuples()]
            by += [f"lost {move.area_m2:.3f} m² to {self._whose(move.winner)}" for move in lost.itertuples()]
            moved_m = border_move_m(self.shapes[k], done.shapes[k])
            self.notes.repair(
                "mended: border with the neighbours",
                row=self.rows[k],
                how_much="; ".join([*by, f"border moved by up to {max(moved_m, NEEDLE_M):.2f} m"]),
                before=f"{before[k] / 1e6:.6f} km²",
                after=f"{after[k] / 1e6:.6f} km²",
                remedy=_REMEDY,
            )
            self._unlike(int(k), before[k], after[k], moved_m)
        self.notes.repair(
            "mended: borders of all records together",
            how_much=f"{done.twice_m2:.3f} m² claimed twice, {done.gaps_m2:.3f} m² claimed by none, "
            f"{done.crumbs_m2:.3f} m² in crumbs; {int(changed.sum())} records, {corners:+d} vertices",
            before=f"{before.sum() / 1e6:.6f} km²",
            after=f"{after.sum() / 1e6:.6f} km²",
            remedy=_REMEDY,
        )

    def _whose(self, position: Any) -> str:
        return "no commune" if position == NOBODY else self.names[position]

    def _unlike(self, k: int, before_m2: float, after_m2: float, moved_m: float) -> None:
        """Say where a commune is no longer what it was drawn as."""
        share = after_m2 / before_m2 - 1
        if abs(share) > LAND_SHARE:  # what is lost may be people's; what is gained was nobody's
            self.notes.fault(
                f"cleaning the borders changes the land of commune {self.names[k]} by {100 * share:+.1f} %, from "
                f"{before_m2 / 1e6:.3f} to {after_m2 / 1e6:.3f} km²",
                _REMEDY,
                row=self.rows[k],
                column="geometry",
                severity="error" if share < 0 else "warning",
            )
        elif moved_m > WIDEST_M:
            self.notes.fault(
                f"cleaning moved the border of commune {self.names[k]} by up to {moved_m:.0f} m",
                "look at it in a GIS",
                row=self.rows[k],
                column="geometry",
                severity="warning",
            )
