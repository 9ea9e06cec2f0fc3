"""Masts: where they stand, how high they are and of which class.

First come the communes' centres, the parks and the places that reach most people without a mast; then capacity,
drawn with the square root of the people. Two kinds of pocket are left behind on purpose, around the most remote
hamlets: *dark* ones with no mast near, and *2G* ones whose masts were never upgraded. They are what a planner
should find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phusong.gis.demo.calibration import MAST_CLASS_PER_MILLE, Targets
from phusong.gis.demo.communes import Communes
from phusong.gis.demo.covering import greedy, people_near
from phusong.gis.demo.draws import hashed, integers, uniform
from phusong.gis.demo.parks import Park
from phusong.gis.demo.people import share_out
from phusong.gis.demo.places import CELL_M, Frame, inside

__all__ = ["FLOOR_COUNTRY_M", "FLOOR_TOWN_M", "Masts", "Pockets", "pockets", "stand"]

FLOOR_TOWN_M, FLOOR_COUNTRY_M = 150, 400
_COVERING_SHARE = 0.6  # of the masts stand for coverage, the rest for capacity
_APART_TOWN_M, _APART_COUNTRY_M = 450, 1_800  # wished for; relaxed to the floors where there is no room
_MISSES_BEFORE_CLOSER = 150
_TOWN_PEOPLE = 7_000  # within 1.5 km: about 730 people/km2
_DARK_RADIUS_M = 4_500
_POCKET_APART_M = 9_000
_EDGE_M = 60.0

_HEIGHTS_A2B_M = (30, 36, 36, 42, 42, 42, 42, 42, 45, 45, 48, 48, 54, 60)


@dataclass(frozen=True, slots=True, eq=False)
class Pockets:
    """Hamlets left behind: indices into the hamlets, most remote first."""

    dark: NDArray[np.int64]
    only_2g: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Masts:
    """All masts, ordered by commune; arrays of one length.

    Parameters
    ----------
    x_m, y_m, commune : ndarray of int64
    town : ndarray of bool
    people_near : ndarray of int64
        Within a square of 3.1 km.
    height_m : ndarray of int64
    mast_class : ndarray of str
    """

    x_m: NDArray[np.int64]
    y_m: NDArray[np.int64]
    commune: NDArray[np.int64]
    town: NDArray[np.bool_]
    people_near: NDArray[np.int64]
    height_m: NDArray[np.int64]
    mast_class: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of masts."""
        return len(self.x_m)

    def ids(self, communes: Communes) -> list[str]:
        """Return ids by commune code: names without accents collide (Lộc Thành, Lộc Thạnh)."""
        return [f"TRAM-{communes.code[c]}-{n:03d}" for c, n in self._numbered()]

    def names(self, communes: Communes) -> list[str]:
        """Return the masts' Vietnamese names."""
        return [f"Trạm {communes.name[c]} {n}" for c, n in self._numbered()]

    def _numbered(self) -> list[tuple[int, int]]:
        first = np.searchsorted(self.commune, self.commune)
        return [(int(c), i - int(f) + 1) for i, (c, f) in enumerate(zip(self.commune, first, strict=True))]


def pockets(place_xy: NDArray[np.int64], remoteness_m: NDArray[np.float64], *, wanted: Targets) -> Pockets:
    """Choose the most remote hamlets, each well apart from the others; every third one is dark."""
    chosen: list[int] = []
    count = wanted.pockets_2g + wanted.pockets_dark
    for candidate in np.argsort(-remoteness_m, kind="stable").tolist():
        away = place_xy[chosen] - place_xy[candidate]
        clear = bool(np.all((away * away).sum(axis=1) >= _POCKET_APART_M**2))
        if len(chosen) < count and clear:
            chosen.append(candidate)
    places = np.array(chosen, dtype=np.int64)
    dark = np.zeros(len(places), dtype=np.bool_)
    dark[1::3][: wanted.pockets_dark] = True
    return Pockets(dark=places[dark], only_2g=places[~dark])


def stand(
    communes: Communes,
    counts: NDArray[np.int64],
    *,
    frame: Frame,
    parks: list[Park],
    dark_xy: NDArray[np.int64],
    first_xy: NDArray[np.int64],
    wanted: Targets,
    seed: int,
) -> Masts:
    """Place the masts and give them heights and classes.

    Parameters
    ----------
    counts : ndarray of int64, shape (rows, cols)
        1/1024 persons per cell.
    dark_xy : ndarray of int64, shape (n, 2)
        No mast stands near these places.
    first_xy : ndarray of int64, shape (n, 2)
        Places that get a mast before all others: 2G pockets.
    """
    near = people_near(counts)
    square = (frame.x_m[..., None] - dark_xy[:, 0]) ** 2 + (frame.y_m[..., None] - dark_xy[:, 1]) ** 2
    lit = np.where(np.any(square < _DARK_RADIUS_M**2, axis=-1), 0, counts)
    centres = np.column_stack([communes.x_m, communes.y_m])
    of_parks = np.array([[round(p.polygon.centroid.x), round(p.polygon.centroid.y)] for p in parks])
    first = np.vstack([centres, of_parks, first_xy])
    rows, cols = greedy(
        lit,
        lit > 0,
        served=frame.row_col(first[:, 0], first[:, 1]),
        number=round(_COVERING_SHARE * wanted.masts) - len(first),
        seed=seed,
    )
    first = np.vstack([first, np.column_stack([frame.x_m[0, cols], frame.y_m[rows, 0]])])
    weight = np.sqrt(lit.astype(np.float64)).astype(np.int64)
    points = _drawn(communes, weight, near=near, frame=frame, first=first, count=wanted.masts, seed=seed)
    commune = communes.nearest(points[:, 0], points[:, 1])
    order = np.argsort(commune, kind="stable")
    points, commune = points[order], commune[order]
    around = near[frame.row_col(points[:, 0], points[:, 1])]
    mast_class = _classes(around, seed=seed)
    return Masts(
        x_m=points[:, 0],
        y_m=points[:, 1],
        commune=commune,
        town=around >= _TOWN_PEOPLE,
        people_near=around,
        height_m=_heights(mast_class, seed=seed),
        mast_class=mast_class,
    )


def _drawn(
    communes: Communes,
    weight: NDArray[np.int64],
    *,
    near: NDArray[np.int64],
    frame: Frame,
    first: NDArray[np.int64],
    count: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return `count` places drawn by weight, none closer to another than both their floors."""
    area = communes.outline
    cells = np.flatnonzero(weight)
    cumulated = np.cumsum(weight.ravel()[cells])
    chosen = np.empty((count, 2), dtype=np.int64)
    floors = np.empty(count, dtype=np.int64)
    done = trial = misses = 0
    looseness = 100  # per cent of the wished distance
    while done < count:
        trial += 1
        if trial <= len(first):
            point = first[trial - 1] + integers(seed, "mast first", trial, np.arange(2), low=-150, high=150)
        else:
            ball = int(hashed(seed, "mast", trial)[0] % np.uint64(cumulated[-1]))
            row, col = divmod(int(cells[np.searchsorted(cumulated, ball, side="right")]), frame.cols)
            corner = (frame.x_min_m + col * CELL_M, frame.y_max_m - (row + 1) * CELL_M)
            point = corner + integers(seed, "mast aside", trial, np.arange(2), low=5, high=95)
        row, col = (int(part) for part in frame.row_col(*point))
        town = near[row, col] >= _TOWN_PEOPLE
        floor = FLOOR_TOWN_M if town else FLOOR_COUNTRY_M
        wish = 0 if trial <= len(first) else _APART_TOWN_M if town else _APART_COUNTRY_M
        apart = max(floor, wish * looseness // 100)
        away = chosen[:done] - point
        crowded = np.any((away * away).sum(axis=1) < np.maximum(floors[:done], apart) ** 2)
        if crowded or not inside(area, *point, margin_m=_EDGE_M)[0]:
            misses += 1
            if misses % _MISSES_BEFORE_CLOSER == 0:
                looseness = looseness * 9 // 10
            continue
        chosen[done], floors[done] = point, floor
        done += 1
    return chosen


def _classes(people_near: NDArray[np.int64], *, seed: int) -> NDArray[np.str_]:
    """Return mast classes in the calibrated mix: A1b in the very centres, A2a in towns, A2c anywhere else."""
    names = list(MAST_CLASS_PER_MILLE)
    quota = dict(
        zip(
            names,
            share_out(np.array(list(MAST_CLASS_PER_MILLE.values())), len(people_near)).tolist(),
            strict=True,
        )
    )
    result = np.full(len(people_near), "A2b", dtype="<U3")
    by_people = np.argsort(-people_near, kind="stable")
    result[by_people[: quota["A1b"]]] = "A1b"
    result[by_people[quota["A1b"] : quota["A1b"] + quota["A2a"]]] = "A2a"
    rest = by_people[quota["A1b"] + quota["A2a"] :]
    drawn = np.argsort(uniform(seed, "mast class", np.arange(len(rest))), kind="stable")
    result[rest[drawn[: quota["A2c"]]]] = "A2c"
    return result


def _heights(mast_class: NDArray[np.str_], *, seed: int) -> NDArray[np.int64]:
    """Return mast heights above ground, metres."""
    n = np.arange(len(mast_class))
    a2b = np.array(_HEIGHTS_A2B_M)[integers(seed, "height A2b", n, low=0, high=len(_HEIGHTS_A2B_M) - 1)]
    ranges = {"A2a": (15, 24), "A1b": (15, 21), "A2c": (30, 45)}
    result = a2b.astype(np.int64)
    for name, (low, high) in ranges.items():
        result = np.where(mast_class == name, integers(seed, f"height {name}", n, low=low, high=high), result)
    return result
