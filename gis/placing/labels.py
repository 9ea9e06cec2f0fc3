"""Labels: a coordinate system that a file or layers.toml names, and that its numbers contradict.

Two mistakes are common and silent. VN-2000 degrees called WGS 84, or metres of one datum called the other's, move
everything by 225 m; metres of one meridian read under the next one's move by 27 km or more. Neither looks wrong on a
map of the layer alone. What gives them away is the rest of the province: places fall out of the commune they name, or
just over the border, all on the same side, and would fall back under another label.

A layer is suspected only when nearly everything speaks for the other label and nearly nothing for its own: evidence
is counted in squares of 5 km, so that a town or a road along the border counts once, and must be such that even
chances would bring it once in ten thousand layers. Most right layers have no evidence at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import shapely
from scipy.stats import binomtest

from phusong.gis.crs import crs_title, datum_twin, other_zones, to_lonlat, transform
from phusong.gis.placing.fit import border_pieces, inside

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes
    from phusong.gis.placing.provinces import Published

__all__ = ["check_border", "check_box", "check_label", "check_stated"]

_CHANCE = 1e-4
_SQUARE_M = 5_000.0
# Beside the squares that speak for another label, at most so many may speak for the layer's own.
_AGAINST_SHARE = 0.1
# Another label must bring so many places into the province, or into the commune they name.
_INSIDE_SHARE = 0.9
_STATED_SHARE = 0.7
# A zone that leaves hardly anything inside is no suspicion but an error.
_OUTSIDE_SHARE = 0.9
# So many places show a shift as well as all of them.
_SAMPLE = 20_000
# A border drawn anew follows the province's this closely (median), though it be simplified by 100 m.
_FOLLOWS_M = 100.0
_CLOSER_M = 40.0
_BORDER_POINTS = 2_000
_LEAST_PART = 0.01
# Published boxes are rounded to 11 m, and borders of two sources differ by some ten metres.
_BOX_M = 60.0
_BOX_ZONE_M = 2_000.0
_ZONE_M = 10_000.0
_DEGREE_M = 111_320.0
_KIND = re.compile(r"^(xã|phường|thị trấn|đặc khu)\s+")


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for another label."""

    crs: str
    kind: Literal["datum", "zone"]
    gained: int
    lost: int
    share_now: float
    share_then: float
    moved_m: float


def check_label(places: gpd.GeoDataFrame, *, outline: BaseGeometry, notes: Notes) -> None:
    """Suspect a layer's label when places outside the province would lie inside it under another.

    Parameters
    ----------
    places : GeoDataFrame, grid CRS
        Points, or shapes that count by the middle of their box; ``attrs["crs"]`` is the CRS they were read in.
    outline : geometry
        The province, grid CRS.
    notes : Notes
        A warning, or an error where hardly anything lies inside, unless the label has been suspected already.
    """
    label, grid_crs = _label(places)
    x, y = _numbers(places)
    now = inside(x, y, crs=grid_crs, grid_crs=grid_crs, outline=outline)
    if now.all() or _said(notes):
        return

    def then(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.bool_]:
        return inside(east, north, crs=grid_crs, grid_crs=grid_crs, outline=outline)

    found = _best((x, y), now, then, label=label, grid_crs=grid_crs, least_share=_INSIDE_SHARE)
    if found is None:
        return
    evidence = (
        f"{found.gained} squares of 5 km hold places outside the province that would lie inside it, {found.lost} the "
        f"other way round; {found.share_now:.1%} of the places lie inside now, {found.share_then:.1%} would"
    )
    _say(found, label, evidence, notes)


def check_stated(places: gpd.GeoDataFrame, stated: pd.Series, *, communes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Suspect a layer's label when places would lie in the commune they name under another label only.

    Parameters
    ----------
    places : GeoDataFrame of points, grid CRS
        ``attrs["crs"]`` is the CRS they were read in.
    stated : Series
        In the order of `places`: code or name of the commune, as the list has it; unknown and ambiguous ones
        are passed over.
    communes : GeoDataFrame
        Index ``code``; name, geometry in grid CRS.
    notes : Notes
    """
    label, grid_crs = _label(places)
    which = _positions(stated, communes)
    known = which >= 0
    if known.sum() < 1 or _said(notes):
        return
    x, y = _numbers(places[known])
    shapes = communes.geometry.to_numpy()
    shapely.prepare(shapes)
    own = _thinned(shapes[which[known]])

    def then(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.bool_]:
        finite = np.isfinite(east) & np.isfinite(north)
        return np.asarray(finite & shapely.intersects_xy(own, np.where(finite, east, 0), np.where(finite, north, 0)))

    found = _best((x, y), then(x, y), then, label=label, grid_crs=grid_crs, least_share=_STATED_SHARE)
    if found is None:
        return
    evidence = (
        f"{found.gained} squares of 5 km hold places that would lie in the commune they name and do not now, "
        f"{found.lost} the other way round; {found.share_now:.1%} of the places lie in it now, "
        f"{found.share_then:.1%} would"
    )
    _say(found, label, evidence, notes)


def check_border(units: gpd.GeoDataFrame, *, outline: BaseGeometry, notes: Notes) -> None:
    """Suspect the label of a layer that tiles the province when its outer border would follow the province's.

    Parameters
    ----------
    units : GeoDataFrame of polygons, grid CRS
        ``attrs["crs"]`` is the CRS they were read in.
    outline : geometry
        The province by another layer, grid CRS.
    notes : Notes
    """
    label, grid_crs = _label(units)
    if _said(notes):
        return
    border = _border_points(units)
    tree = shapely.STRtree(border_pieces(outline))

    def off_m(points: NDArray[np.float64]) -> float:
        good = points[np.isfinite(points).all(axis=1)]
        return float(np.median(tree.query_nearest(shapely.points(good), return_distance=True, all_matches=False)[1]))

    now_m = off_m(border)
    twin = datum_twin(label)
    for other in ([twin] if twin else []) + other_zones(label):
        moved = np.column_stack(_reread(border[:, 0], border[:, 1], label=label, other=other, grid_crs=grid_crs))
        then_m = off_m(moved) if np.isfinite(moved).all() else np.inf
        if then_m <= _FOLLOWS_M and then_m < now_m / 2 and now_m - then_m > _CLOSER_M:
            kind: Literal["datum", "zone"] = "datum" if other == twin else "zone"
            shift_m = float(np.median(np.hypot(*(moved - border).T)))
            found = _Evidence(other, kind, 0, 0, 0.0 if now_m > _ZONE_M else 1.0, 1.0, shift_m)
            evidence = f"its outer border runs {now_m:.0f} m off the province's (median), and would {then_m:.0f} m off"
            _say(found, label, evidence, notes)
            return


def check_box(communes: gpd.GeoDataFrame, *, known: Published, notes: Notes) -> None:
    """Suspect the label of the communes themselves when all four sides of the published box fit another one.

    Parameters
    ----------
    communes : GeoDataFrame of polygons, grid CRS
        ``attrs["crs"]`` is the CRS they were read in.
    known : Published
    notes : Notes
    """
    label, grid_crs = _label(communes)
    xy = shapely.get_coordinates(communes.geometry.to_numpy())
    lon, lat = to_lonlat(*xy.T, crs=grid_crs)
    # The outermost vertices in the order west, south, east, north; a shift leaves them the outermost.
    outermost = [int(np.argmin(lon)), int(np.argmin(lat)), int(np.argmax(lon)), int(np.argmax(lat))]
    x, y = xy[outermost].T
    now_m = _off_m(x, y, known, grid_crs)
    if np.abs(now_m).max() <= _BOX_M or _said(notes):
        return
    twin = datum_twin(label)
    for other in ([twin] if twin else []) + other_zones(label):
        east, north = _reread(x, y, label=label, other=other, grid_crs=grid_crs)
        moved_m = float(np.median(np.hypot(east - x, north - y)))
        then_m = np.abs(_off_m(east, north, known, grid_crs)).max()
        limit_m, least_m = (_BOX_M, 3 * _BOX_M) if other == twin else (_BOX_ZONE_M, _ZONE_M)
        if then_m <= limit_m and np.abs(now_m).max() > 2 * limit_m and moved_m > least_m:
            kind: Literal["datum", "zone"] = "datum" if other == twin else "zone"
            found = _Evidence(other, kind, 0, 0, 0.0 if kind == "zone" else 1.0, 1.0, moved_m)
            evidence = (
                f"the sides of {known.name} as published lie {np.abs(now_m).min():.0f} to {np.abs(now_m).max():.0f} m "
                f"from the layer's, and all four would lie within {then_m:.0f} m"
            )
            _say(found, label, evidence, notes)
            return


def _best(
    xy: tuple[NDArray[np.float64], NDArray[np.float64]],
    now: NDArray[np.bool_],
    then: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]],
    *,
    label: str,
    grid_crs: str,
    least_share: float,
) -> _Evidence | None:
    """Return the label that the places speak for, the other datum before other zones; None where they do not."""
    x, y = xy
    twin = datum_twin(label)
    squares = np.unique(np.floor(np.column_stack([x, y]) / _SQUARE_M), axis=0, return_inverse=True)[1].ravel()
    found = []
    # Where nearly all places lie right, no zone can be wrong.
    others = ([twin] if twin else []) + (other_zones(label) if now.mean() < 1 - (1 - least_share) / 2 else [])
    for other in others:
        east, north = _reread(x, y, label=label, other=other, grid_crs=grid_crs)
        right = then(east, north)
        gained, lost = np.unique(squares[right & ~now]), np.unique(squares[now & ~right])
        n, against = len(np.setdiff1d(gained, lost)), len(np.setdiff1d(lost, gained))
        if (
            right.mean() >= least_share
            and against <= _AGAINST_SHARE * n
            and n > 0
            and binomtest(n, n + against, 0.5, alternative="greater").pvalue < _CHANCE
        ):
            moved_m = float(np.nanmedian(np.hypot(east - x, north - y)))
            kind: Literal["datum", "zone"] = "datum" if other == twin else "zone"
            found.append(_Evidence(other, kind, n, against, float(now.mean()), float(right.mean()), moved_m))
    return max(found, key=lambda e: (round(e.share_then, 3), e.kind == "datum"), default=None)


def _say(found: _Evidence, label: str, evidence: str, notes: Notes) -> None:
    far = f"{found.moved_m:.0f} m" if found.kind == "datum" else f"{found.moved_m / 1000:.0f} km"
    by = "a datum shift" if found.kind == "datum" else "a zone"
    notes.fault(
        f"the label {label} looks wrong by {by}: read as {_named(found.crs)} the layer would lie {far} away, and "
        f"{evidence}",
        f'ask where the file comes from; if it is in {_named(found.crs)}, set crs = "{found.crs}" for this layer; '
        "where several layers say the same, the communes may be the ones mislabelled",
        column="crs",
        value=label,
        severity="error" if found.share_now < 1 - _OUTSIDE_SHARE else "warning",
    )


def _named(crs: str) -> str:
    if not crs.startswith("+"):
        return f"{crs} ({crs_title(crs)})"
    zone = datum_twin(crs)
    return f"WGS 84 in the projection of {zone}"


def _said(notes: Notes) -> bool:
    """Tell whether this layer's label has been suspected already, or the communes' that it is held against."""
    return any(f.layer in {notes.layer, "communes"} and f.rule.startswith("the label ") for f in notes.findings.faults)


def _label(layer: gpd.GeoDataFrame) -> tuple[str, str]:
    grid_crs = str(layer.crs.to_string())
    return str(layer.attrs.get("crs", grid_crs)), grid_crs


def _numbers(places: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middles of the shapes, in grid metres, thinned evenly where they are very many."""
    west, south, east, north = shapely.bounds(_thinned(places.geometry.to_numpy())).T
    return (west + east) / 2, (south + north) / 2


def _thinned(values: NDArray[np.object_]) -> NDArray[np.object_]:
    return values[:: max(1, -(-len(values) // _SAMPLE))]


def _reread(
    x: NDArray[np.float64], y: NDArray[np.float64], *, label: str, other: str, grid_crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where places would lie if their numbers were read under another label."""
    return transform(*transform(x, y, source=grid_crs, target=label), source=other, target=grid_crs)


def _positions(stated: pd.Series, communes: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Return which commune each text means, by code or by a name no other commune has; -1 where that is not known."""
    lookup: dict[str, int] = {}
    names = [_KIND.sub("", str(name).casefold().strip()) for name in communes["name"].fillna("")]
    for place, name in enumerate(names):
        lookup[name] = -1 if name in lookup or not name else place
    lookup |= {str(code): place for place, code in enumerate(communes.index)}
    texts = stated.astype("string").fillna("").str.strip().str.casefold()
    return np.array([lookup.get(_KIND.sub("", text), -1) for text in texts], dtype=np.intp)


def _border_points(units: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return places along the outer border of all units; gaps between them are no border."""
    parts = shapely.get_parts(shapely.union_all(shapely.make_valid(units.geometry.to_numpy())))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    parts = parts[shapely.area(parts) >= _LEAST_PART * shapely.area(parts).sum()]
    rings = shapely.get_exterior_ring(parts)
    step_m = max(1.0, float(shapely.length(rings).sum()) / _BORDER_POINTS)
    points = [
        shapely.get_coordinates(shapely.line_interpolate_point(ring, np.arange(0, ring.length, step_m)))
        for ring in rings
    ]
    return np.vstack(points)


def _off_m(x: NDArray[np.float64], y: NDArray[np.float64], known: Published, grid_crs: str) -> NDArray[np.float64]:
    """Return how far the outermost vertices (west, south, east, north) lie from the published sides."""
    lon, lat = to_lonlat(x, y, crs=grid_crs)
    sides = np.array([lon[0], lat[1], lon[2], lat[3]]) - np.array(known.box)
    scale_m = _DEGREE_M * np.array([np.cos(np.radians(known.box[1])), 1.0] * 2)
    off_m = np.asarray(sides * scale_m)
    return np.where(np.isfinite(off_m), off_m, np.inf)
