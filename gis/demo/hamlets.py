"""Hamlets: simulated places people live in, about one for every 1,157 people.

Names follow the country's habit (khu phố in wards, ấp in the west and south, thôn in the east and north)
with plain numbers; none is meant to be a real hamlet.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
import shapely
from numpy.typing import NDArray

from phusong.gis.demo.communes import Communes
from phusong.gis.demo.draws import hashed, integers, uniform
from phusong.gis.demo.places import Frame, inside
from phusong.gis.demo.roads import Road

__all__ = ["PEOPLE_PER_HAMLET", "Hamlets", "place", "remoteness_m"]

PEOPLE_PER_HAMLET = 1_157
_FEWEST = 5
_THON_FROM_X_M, _THON_FROM_Y_M = 560_000, 1_285_000
_BORDER_M = 250.0
# Shares of trials in the core and beside a main road; the rest fall anywhere in the commune.
_CORE_SHARE = {True: 0.4, False: 0.08}  # ward or not
_BY_ROAD_SHARE = 0.45
_CORE_M, _CORE_APART_M = 1_800, 500
_TRIES_BEFORE_CLOSER = 60


@dataclass(frozen=True, slots=True, eq=False)
class Hamlets:
    """All hamlets, ordered by commune; arrays of one length.

    Parameters
    ----------
    commune : ndarray of int64
        Index of the commune.
    number : ndarray of int64
        From 1 in each commune.
    x_m, y_m : ndarray of int64
    """

    commune: NDArray[np.int64]
    number: NDArray[np.int64]
    x_m: NDArray[np.int64]
    y_m: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of hamlets."""
        return len(self.commune)

    def ids(self, communes: Communes) -> list[str]:
        """Return the hamlet ids."""
        return [f"H{communes.code[c]}-{n:02d}" for c, n in zip(self.commune, self.number, strict=True)]

    def names(self, communes: Communes) -> list[str]:
        """Return the hamlet names with their commune's."""
        return [f"{_word(communes, c)} {n}, {communes.name[c]}" for c, n in zip(self.commune, self.number, strict=True)]


def _word(communes: Communes, commune: int) -> str:
    if communes.kind[commune] == "phường":
        return "Khu phố"
    # The districts west and south of Đồng Xoài say ấp; the line between is approximate.
    west = communes.x_m[commune] < _THON_FROM_X_M
    south = communes.y_m[commune] < _THON_FROM_Y_M
    return "Ấp" if west or south else "Thôn"


def place(communes: Communes, roads: list[Road], *, empty: NDArray[np.bool_], frame: Frame, seed: int) -> Hamlets:
    """Return hamlets beside main roads and in the open country, none where the ground is kept empty.

    Parameters
    ----------
    empty : ndarray of bool, shape (rows, cols)
        Where nobody lives.
    """
    road_x = np.concatenate([road.x_m for road in roads])
    road_y = np.concatenate([road.y_m for road in roads])
    parts = []
    for commune in range(len(communes)):
        here = shapely.contains_xy(communes.polygons[commune], road_x, road_y)
        count = max(_FEWEST, round(int(communes.people[commune]) / PEOPLE_PER_HAMLET))
        parts.append(
            _scatter(
                communes,
                commune,
                beside=np.column_stack([road_x[here], road_y[here]]),
                empty=empty,
                frame=frame,
                count=count,
                seed=seed,
            )
        )
    counts = np.array([len(part) for part in parts])
    points = np.concatenate(parts)
    return Hamlets(
        commune=np.repeat(np.arange(len(communes)), counts),
        number=np.concatenate([np.arange(1, count + 1) for count in counts]),
        x_m=points[:, 0],
        y_m=points[:, 1],
    )


def _scatter(
    communes: Communes,
    commune: int,
    *,
    beside: NDArray[np.int64],
    empty: NDArray[np.bool_],
    frame: Frame,
    count: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return `count` places of one commune, kept apart as far as the commune's size allows."""
    key = int(communes.code[commune])
    centre = np.array([communes.x_m[commune], communes.y_m[commune]])
    core_share = _CORE_SHARE[bool(communes.is_ward[commune])]
    area = communes.polygons[commune]
    x_min, y_min, x_max, y_max = (int(value) for value in area.bounds)
    apart_m = int(0.6 * isqrt(int(area.area) // count))
    chosen = np.empty((0, 2), dtype=np.int64)
    trial = misses = 0
    while len(chosen) < count:
        trial += 1
        kind, pick_x, pick_y = uniform(seed, "hamlet", key, trial, np.arange(3)).tolist()
        clear_m = apart_m
        if kind < core_share:
            aside = integers(seed, "hamlet core", key, trial, np.arange(2), low=-_CORE_M, high=_CORE_M)
            point, clear_m = centre + aside, min(apart_m, _CORE_APART_M)
        elif kind < core_share + _BY_ROAD_SHARE and len(beside):
            at = int(hashed(seed, "hamlet road", key, trial)[0] % np.uint64(len(beside)))
            point = beside[at] + integers(seed, "hamlet aside", key, trial, np.arange(2), low=-400, high=400)
        else:
            point = np.array([x_min + int(pick_x * (x_max - x_min)), y_min + int(pick_y * (y_max - y_min))])
        row, col = frame.row_col(*point)
        near = chosen - point
        crowded = bool(np.any((near * near).sum(axis=1) < clear_m * clear_m))
        if crowded or empty[row, col] or not inside(area, *point, margin_m=_BORDER_M)[0]:
            misses += 1
            if misses % _TRIES_BEFORE_CLOSER == 0:
                apart_m = apart_m * 9 // 10
            continue
        chosen = np.vstack([chosen, point])
    return chosen


def remoteness_m(hamlets: Hamlets, communes: Communes, *, roads: list[Road]) -> NDArray[np.float64]:
    """Return each hamlet's distance to the nearest centre plus that to the nearest trunk road, metres."""
    trunk = [road for road in roads if road.rank in {"national", "provincial"}]
    ends = [(communes.x_m, communes.y_m)]
    ends.append((np.concatenate([road.x_m for road in trunk]), np.concatenate([road.y_m for road in trunk])))
    total = np.zeros(len(hamlets))
    for x_m, y_m in ends:
        square = (hamlets.x_m[:, None] - x_m) ** 2 + (hamlets.y_m[:, None] - y_m) ** 2
        total += np.sqrt(np.min(square, axis=1).astype(np.float64))
    return total
