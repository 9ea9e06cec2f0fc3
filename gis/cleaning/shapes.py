"""Shapes: mending polygons and lines one by one, each with what was wrong and how much it changed.

A polygon whose rings cross is rebuilt from what its rings mean: outer rings bound land, inner rings take land away,
land bounded twice counts once. (The other reading, in which every crossing line switches between inside and outside,
makes holes where two parts overlap; where the two differ the planner is told both areas.) A line keeps its course:
only corners that say nothing are taken out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes

__all__ = ["holds", "mend"]

# Smaller parts of a polygon are what rounding leaves, not land: a square of 10 cm.
_LEAST_PART_M2 = 0.01
# A line that turns back on itself for less than this was drawn by an unsteady hand; a longer way out and back may be
# a cable's own.
_SPIKE_M = 1.0
# Sine of the angle under which two legs count as one line.
_SAME_LINE = 1e-6
# Two readings of crossing rings that differ by less mean the same land.
_SAME_AREA_M2 = 1.0
_DIMENSION = {"line": 1, "polygon": 2}


def mend(shapes: gpd.GeoDataFrame, *, kind: Literal["line", "polygon"], notes: Notes) -> gpd.GeoDataFrame:
    """Mend each shape on its own.

    Mended are: collections (their parts of the kind stay), rings that cross, touch themselves or collapse, parts
    without land or length, repeated points, and, in lines, legs below 1 m that turn back on themselves.

    Parameters
    ----------
    shapes : GeoDataFrame
        In a CRS in metres; index = row as the planner counts.
    kind : {"line", "polygon"}
    notes : Notes
        Each repair goes here with its row and the area (km²) or length (km) before and after; a polygon without
        area is an error, a line without length is dropped and listed.

    Returns
    -------
    GeoDataFrame
        The same object where nothing was wrong, so that nothing is copied.
    """
    before = shapes.geometry.to_numpy()
    after = before.copy()
    _refuse_broken_numbers(after, shapes, notes)
    _pick_from_collections(after, shapes, kind, notes)
    if kind == "polygon":
        _rebuild_rings(after, shapes, notes)
    _drop_dust(after, shapes, kind, notes)
    if kind == "line":
        _cut_spikes(after, shapes, notes)
    _drop_repeated(after, shapes, notes)
    _say_empty(after, before, shapes, kind, notes)
    gone = shapely.is_missing(after) | shapely.is_empty(after)
    # Identity, not equality: an array of two million shapes is compared in no time.
    if not gone.any() and all(a is b for a, b in zip(after, before, strict=True)):
        return shapes
    result = shapes.set_geometry(gpd.GeoSeries(after, index=shapes.index, crs=shapes.crs))
    return result[~gone]


def holds(shape: BaseGeometry, *, kind: Literal["line", "polygon"]) -> bool:
    """Tell whether a shape, or a part of a collection, is of the kind."""
    return any(shapely.get_dimensions(part) == _DIMENSION[kind] for part in _parts(shape))


def _refuse_broken_numbers(values: NDArray[np.object_], shapes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Take out shapes with a coordinate that is no number: no course can be read from them."""
    points, of = shapely.get_coordinates(values, return_index=True)
    for position in np.unique(of[~np.isfinite(points).all(axis=1)]):
        values[position] = None
        notes.fault(
            "a coordinate of the shape is no number",
            "draw it anew or delete the row",
            row=shapes.index[position],
            column="geometry",
        )


def _size(shape: BaseGeometry, kind: str) -> str:
    if kind == "polygon":
        return f"{shape.area / 1e6:.6f} km²"
    return f"{shape.length / 1e3:.6f} km"


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the single points, lines and polygons of a shape, out of collections in collections too."""
    if shape.geom_type.startswith("Multi") or shape.geom_type == "GeometryCollection":
        return [single for part in shapely.get_parts(shape) for single in _parts(part)]
    return [shape]


def _whole(parts: Sequence[Any], kind: str) -> BaseGeometry:
    """Return parts side by side as one shape, empty where there are none."""
    if len(parts) == 1:
        return cast(BaseGeometry, parts[0])
    return shapely.MultiPolygon(parts) if kind == "polygon" else shapely.MultiLineString(parts)


def _pick_from_collections(
    values: NDArray[np.object_], shapes: gpd.GeoDataFrame, kind: Literal["line", "polygon"], notes: Notes
) -> None:
    """Keep the parts of the kind out of collections; the rest is listed."""
    for position in np.flatnonzero(shapely.get_type_id(values) == shapely.GeometryType.GEOMETRYCOLLECTION):
        before = values[position]
        parts = _parts(before)
        kept = [part for part in parts if shapely.get_dimensions(part) == _DIMENSION[kind]]
        others = Counter(part.geom_type for part in parts if shapely.get_dimensions(part) != _DIMENSION[kind])
        values[position] = _whole(kept, kind)
        if kept:
            notes.repair(
                f"mended: the {kind}s of a collection of shapes were kept",
                row=shapes.index[position],
                how_much=", ".join(f"{n} {name} left out" for name, n in sorted(others.items())) or "nothing left out",
                before=_size(before, kind),
                after=_size(values[position], kind),
                remedy=f"save the layer with {kind}s only",
            )


def _rebuild_rings(values: NDArray[np.object_], shapes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Make rings valid, by what they mean; say so where another reading would give another area."""
    for position in np.flatnonzero(~shapely.is_valid(values) & ~shapely.is_missing(values)):
        before, row = values[position], shapes.index[position]
        reason = shapely.is_valid_reason(before)
        after = shapely.make_valid(before, method="structure", keep_collapsed=False)
        if not after.is_valid:  # GEOS 3.14 may leave two parts that share an edge
            after = shapely.union_all(shapely.get_parts(after))
        by_lines = float(shapely.area(shapely.make_valid(before)))
        values[position] = after
        if after.is_empty:
            _say_no_area(notes, row, reason)
            continue
        notes.repair(
            f"mended: {reason}",
            row=row,
            how_much=f"{after.area - before.area:+.3f} m²",
            before=_size(before, "polygon"),
            after=_size(after, "polygon"),
            remedy="repair the ring in a GIS",
        )
        if abs(by_lines - after.area) > _SAME_AREA_M2:
            notes.fault(
                f"the rings can be read in two ways ({reason}): {after.area / 1e6:.6f} km² as outer and inner rings, "
                f"which is taken, or {by_lines / 1e6:.6f} km² where every crossing switches inside and outside",
                "repair the ring in a GIS",
                row=row,
                column="geometry",
                severity="warning",
            )


def _drop_dust(values: NDArray[np.object_], shapes: gpd.GeoDataFrame, kind: str, notes: Notes) -> None:
    """Take out parts without land or length; a shape of nothing else becomes empty."""
    parts, of = shapely.get_parts(values, return_index=True)
    sizes = shapely.area(parts) if kind == "polygon" else shapely.length(parts)
    dust = sizes < _LEAST_PART_M2 if kind == "polygon" else sizes <= 0
    for position in np.unique(of[dust]):
        mine = of == position
        before = values[position]
        values[position] = _whole(list(parts[mine & ~dust]), kind)
        if values[position].is_empty:
            continue  # said below
        lost = int((mine & dust).sum())
        unit = f"{sizes[mine & dust].sum():.6f} m²" if kind == "polygon" else "0 m"
        notes.repair(
            f"dropped: parts without {'land' if kind == 'polygon' else 'length'}",
            row=shapes.index[position],
            how_much=f"{lost} parts ({unit})",
            before=_size(before, kind),
            after=_size(values[position], kind),
            remedy="delete the parts in a GIS",
        )


def _cut_spikes(values: NDArray[np.object_], shapes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Take corners out of lines where a leg below 1 m turns back on itself."""
    parts, of = shapely.get_parts(values, return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    for number in np.unique(part[1:-1][_spikes(points, part)]):
        position = of[number]
        before = values[position]
        cut = [_without_spikes(line) for line in shapely.get_parts(before)]
        after = _whole(cut, "line")
        fewer = shapely.get_num_coordinates(before) - shapely.get_num_coordinates(after)
        if not fewer:  # another part of the same shape came first
            continue
        values[position] = after
        notes.repair(
            "mended: the line turned back on itself for less than 1 m",
            row=shapes.index[position],
            how_much=f"{fewer} vertices",
            before=_size(before, "line"),
            after=_size(after, "line"),
            remedy="delete the corners in a GIS",
        )


def _spikes(points: NDArray[np.float64], part: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell for each point but the first and the last whether the line turns back there on a leg below 1 m."""
    leg = np.diff(points, axis=0)
    one, other = leg[:-1], leg[1:]
    length = np.hypot(leg[:, 0], leg[:, 1])
    cross = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    back = (one * other).sum(axis=1) < 0
    short = np.minimum(length[:-1], length[1:]) < _SPIKE_M
    straight = np.abs(cross) <= _SAME_LINE * length[:-1] * length[1:]
    return np.asarray(back & short & straight & (part[:-2] == part[2:]))


def _without_spikes(line: shapely.LineString) -> shapely.LineString:
    points = shapely.get_coordinates(line)
    while len(points) > 2:  # noqa: PLR2004 - a line has two ends
        found = np.flatnonzero(_spikes(points, np.zeros(len(points), np.intp)))
        if not len(found):
            break
        # One at a time: the corner beside a spike may be none once the spike is gone.
        points = np.delete(points, found[0] + 1, axis=0)
        moved = np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]
        if moved.sum() < 2:  # noqa: PLR2004
            return line
        points = points[moved]
    return cast(shapely.LineString, shapely.linestrings(points))


def _drop_repeated(values: NDArray[np.object_], shapes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Take out points that repeat the one before; one row for the layer, for no shape changes by it."""
    single = shapely.remove_repeated_points(values)
    fewer = shapely.get_num_coordinates(values) - shapely.get_num_coordinates(single)
    changed = np.flatnonzero(fewer > 0)
    if not changed.size:
        return
    values[changed] = single[changed]
    notes.repair(
        "mended: points that repeat the one before",
        row=shapes.index[changed[0]] if changed.size == 1 else "*",
        how_much=f"{int(fewer.sum())} vertices in {changed.size} records",
        remedy="nothing: the shapes are the same",
    )


def _say_empty(
    after: NDArray[np.object_], before: NDArray[np.object_], shapes: gpd.GeoDataFrame, kind: str, notes: Notes
) -> None:
    """Say which records have no shape left; what the rings' mending said is not said again."""
    said = {row for row, column in notes.said() if column == "geometry"}
    for position in np.flatnonzero(shapely.is_missing(after) | shapely.is_empty(after)):
        row, was = shapes.index[position], before[position]
        nothing = was is None or was.is_empty
        if notes.called(row) in said:
            continue
        if kind == "line":
            what = "empty geometry" if nothing else "the shape has no length"
            notes.repair(f"dropped: {what}", row=row, how_much="1 record", remedy="draw the line or delete the row")
        elif nothing:
            notes.fault("the record has no shape", "draw it or delete the row", row=row, column="geometry")
        else:
            _say_no_area(notes, row, f"{was.geom_type}, {was.area:.6f} m²")


def _say_no_area(notes: Notes, row: object, reason: str) -> None:
    notes.fault(f"the shape bounds no area ({reason})", "draw it or delete the row", row=row, column="geometry")
