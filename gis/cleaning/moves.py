"""Moves: the ledger of a settlement - which commune lost what to which, so that before and after add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["NOBODY", "NO_LAND_M2", "moves_between"]

NO_LAND_M2 = 1e-3
"""Rounding: less land is none."""
NOBODY = -1
"""The loser of land that no polygon had."""


def moves_between(before: NDArray[np.object_], after: NDArray[np.object_]) -> pd.DataFrame:
    """Say who lost what to whom.

    Parameters
    ----------
    before, after : ndarray of Polygon or MultiPolygon, shape (n,)
        In metres; what is the very same object has not changed.

    Returns
    -------
    DataFrame
        ``loser``, ``winner`` (positions, -1 for nobody), ``area_m2`` and ``had``; see
        `phusong.gis.cleaning.settlement.Settlement`. Of each polygon before - lost + gained and not had = after, to
        `NO_LAND_M2`: a polygon that gains less has gained nothing.
    """
    changed = [k for k in range(len(before)) if before[k] is not after[k]]
    had_tree, has_tree = shapely.STRtree(before), shapely.STRtree(after)
    new: dict[tuple[int, int], float] = {}
    old: dict[tuple[int, int], float] = {}
    for k in changed:
        # GEOS's overlays snap to a millionth of a millionth of the largest coordinate: a micrometre far from the
        # origin, where needles of that width vanish. So each polygon is looked at from its own middle.
        origin = np.round(shapely.get_coordinates(shapely.centroid(before[k])))
        was, now = _seen_from(origin, [before[k], after[k]])
        lost = shapely.difference(was, now)
        # This way the sums of each polygon are exact.
        gained_m2 = float(after[k].area - before[k].area + lost.area)
        if gained_m2 >= NO_LAND_M2:
            rest = shapely.difference(now, was)
            new[NOBODY, k] = gained_m2
            near = _others(had_tree, after[k], k)
            for loser, had in zip(near, _seen_from(origin, before[near]), strict=True):
                new[int(loser), k] = float(shapely.intersection(had, rest).area)
                new[NOBODY, k] -= new[int(loser), k]
                rest = shapely.difference(rest, had)  # what two others claimed is gained once
        near = _others(has_tree, before[k], k)
        around = _seen_from(origin, after[near])
        tree = shapely.STRtree(around)
        for part in shapely.get_parts(lost):
            some = tree.query(part, predicate="intersects")
            for winner, share in _shares(part, some, around):
                pair = (k, int(near[winner]))
                old[pair] = old.get(pair, 0.0) + share
    rows = [(loser, winner, area, False) for (loser, winner), area in new.items()]
    rows += [(loser, winner, area - new.get((loser, winner), 0.0), True) for (loser, winner), area in old.items()]
    table = pd.DataFrame(rows, columns=["loser", "winner", "area_m2", "had"])
    return table[table["area_m2"] > 0].sort_values(["loser", "winner"], ignore_index=True)


def _others(tree: shapely.STRtree, shape: BaseGeometry, position: int) -> NDArray[np.intp]:
    """Return the positions of all others whose box meets the box of a shape."""
    near = tree.query(shape)
    return np.sort(near[near != position])


def _seen_from(
    origin: NDArray[np.float64], shapes: Sequence[BaseGeometry] | NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return shapes in coordinates that count from a point; where it has whole ones this rounds nothing."""
    return np.asarray(shapely.transform(shapes, lambda points: points - origin))


def _shares(part: shapely.Polygon, near: NDArray[np.intp], after: NDArray[np.object_]) -> list[tuple[int, float]]:
    """Return which polygons have a lost piece now, with the m² of each; together they have all of it."""
    if not len(near):
        return []
    areas = shapely.area(shapely.intersection(after[near], part))
    if areas.sum() <= 0:  # a needle, which GEOS takes for a line
        inside = shapely.distance(after[near], shapely.point_on_surface(part))
        areas = (np.arange(len(near)) == np.argmin(inside)).astype(float)
    # Where two of them both keep what was lost, each is named for its part.
    return [(int(k), float(share)) for k, share in zip(near, areas * (part.area / areas.sum()), strict=True)]
