"""Roads: a connected net of schematic roads whose junctions share exact vertices.

National and provincial roads carry real numbers and join the communes they are known to serve, from memory
and as a scheme: their course is simulated. District roads are the remaining edges of the centres' Gabriel
graph; commune roads tie each hamlet to the net.

References
----------
Gabriel, Sokal (1969), "A new statistical approach to geographic variation analysis", Systematic Zoology 18.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import isqrt

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from phusong.gis.demo.communes import Communes
from phusong.gis.demo.draws import uniform

__all__ = ["Road", "local_roads", "main_roads", "vertices"]

# Name, class and the communes in order, by code.
_TRUNKS = (
    ("QL13", "national", "25432 25441 25357 25326 25333 25303 25270 25279 25280"),
    ("QL14", "national", "25432 25450 25210 25195 25390 25417 25396 25402"),
    ("ĐT741", "provincial", "25363 25195 25387 25252 25220 25267 25225 25222"),
    ("ĐT752", "provincial", "25326 25349"),
    ("ĐT753", "provincial", "25195 25378"),
    ("ĐT754", "provincial", "25333 25294"),
    ("ĐT755", "provincial", "25420 25417"),
    ("ĐT756", "provincial", "25450 25351 25345 25303"),
    ("ĐT757", "provincial", "25252 25255 25246"),
    ("ĐT758", "provincial", "25326 25345"),
    ("ĐT759", "provincial", "25217 25220 25231 25308"),
    ("ĐT759B", "provincial", "25270 25318 25308 25309"),
    ("ĐT760", "provincial", "25396 25405 25267"),
)

_STEP_M = 350  # vertices stand closer than 500 m even on a bend
_BEND_SHARE = 0.07
_BEND_MAX_M = 1_500.0


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """One road between two junctions.

    Parameters
    ----------
    name : str
        Real number for national and provincial roads, else a simulated name.
    rank : {"national", "provincial", "district", "commune"}
    ends : tuple of str
        Commune codes (main roads) or commune code and hamlet number (commune roads).
    x_m, y_m : ndarray of int64
        Vertices, whole metres.
    """

    name: str
    rank: str
    ends: tuple[str, str]
    x_m: NDArray[np.int64]
    y_m: NDArray[np.int64]

    @property
    def line(self) -> LineString:
        """The road as a line."""
        return LineString(np.column_stack([self.x_m, self.y_m]))


def main_roads(communes: Communes, *, seed: int) -> list[Road]:
    """Return national, provincial and district roads between the communes' centres."""
    index = {code: i for i, code in enumerate(communes.code)}
    edges: dict[tuple[int, int], tuple[str, str]] = {}
    for name, rank, codes in _TRUNKS:
        for a, b in pairwise(codes.split()):
            if a in index and b in index:
                edges.setdefault((min(index[a], index[b]), max(index[a], index[b])), (name, rank))
    outline = communes.outline
    trunks = [_straight(communes, edge) for edge in edges]
    for edge in _gabriel(communes.x_m, communes.y_m):
        straight = _straight(communes, edge)
        crosses = any(straight.crosses(trunk) for trunk in trunks)
        if edge not in edges and not crosses and outline.covers(straight):
            ends = sorted((communes.name[edge[0]], communes.name[edge[1]]))
            edges[edge] = (f"Đường {ends[0]} - {ends[1]}", "district")
    roads = []
    for (i, j), (name, rank) in edges.items():
        start, end = (communes.x_m[i], communes.y_m[i]), (communes.x_m[j], communes.y_m[j])
        key = int(communes.code[i]) * 100_000 + int(communes.code[j])
        for bend in (1.0, 0.4, 0.0):  # a bend that leaves the province is straightened
            x_m, y_m = _bent(start, end, key, seed=seed, bend_share=bend * _BEND_SHARE)
            road = Road(name, rank, (communes.code[i], communes.code[j]), x_m, y_m)
            if outline.covers(road.line):
                break
        roads.append(road)
    return roads


def local_roads(
    roads: list[Road], hamlets: list[tuple[str, NDArray[np.int64], NDArray[np.int64]]], *, seed: int
) -> list[Road]:
    """Return one commune road a hamlet, to the nearest vertex of the net as it has grown so far.

    Parameters
    ----------
    roads : list of Road
        The main roads.
    hamlets : list of (commune code, x_m, y_m)
        One entry a commune: its hamlets' places.
    """
    main_x = np.concatenate([road.x_m for road in roads])
    main_y = np.concatenate([road.y_m for road in roads])
    result = []
    for code, x_m, y_m in hamlets:
        net_x, net_y = main_x, main_y
        first = np.min((net_x - x_m[:, None]) ** 2 + (net_y - y_m[:, None]) ** 2, axis=1)
        for number in np.argsort(first, kind="stable"):
            x, y = x_m[number], y_m[number]
            near = int(np.argmin((net_x - x) ** 2 + (net_y - y) ** 2))
            start, end = (net_x[near], net_y[near]), (x, y)
            if start == end:
                continue
            key = int(code) * 100_000 + int(number)
            road_x, road_y = _bent(start, end, key, seed=seed, bend_share=_BEND_SHARE)
            name = f"Đường liên thôn {number + 1}"
            result.append(Road(name, "commune", (code, str(number + 1)), road_x, road_y))
            net_x, net_y = np.concatenate([net_x, road_x[1:]]), np.concatenate([net_y, road_y[1:]])
    return result


def _straight(communes: Communes, edge: tuple[int, int]) -> LineString:
    return LineString([(communes.x_m[i], communes.y_m[i]) for i in edge])


def _gabriel(x_m: NDArray[np.int64], y_m: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the pairs whose circle (on the pair as diameter) holds no other centre."""
    square = (x_m[:, None] - x_m) ** 2 + (y_m[:, None] - y_m) ** 2
    pairs = []
    for a, b in combinations(range(len(x_m)), 2):
        others = square[a] + square[b]
        others[[a, b]] = square[a, b]
        if bool(np.all(others >= square[a, b])):
            pairs.append((a, b))
    return pairs


def _bent(
    start: tuple[np.int64, np.int64],
    end: tuple[np.int64, np.int64],
    key: int,
    *,
    seed: int,
    bend_share: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the vertices of a gently bent line that keeps its two ends exactly."""
    dx, dy = int(end[0] - start[0]), int(end[1] - start[1])
    length_m = isqrt(dx * dx + dy * dy)
    pieces = length_m // _STEP_M + 1
    t = np.arange(pieces + 1) / pieces
    # Two hashed polynomials, both nought at the ends: one bow and one S.
    bow, ess = (2.0 * uniform(seed, "bend", key, np.arange(2)) - 1.0).tolist()
    shape = 4.0 * t * (1.0 - t) * (bow + 2.0 * ess * (2.0 * t - 1.0))
    offset = shape * min(bend_share * length_m, _BEND_MAX_M) / max(length_m, 1)
    x_m = np.rint(start[0] + t * dx - offset * dy).astype(np.int64)
    y_m = np.rint(start[1] + t * dy + offset * dx).astype(np.int64)
    return x_m, y_m


def vertices(roads: list[Road], *, step_m: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return points along all roads, at most `step_m` apart (about, on whole metres)."""
    lines = shapely.segmentize([road.line for road in roads], step_m)
    points = np.rint(shapely.get_coordinates(lines)).astype(np.int64)
    return points[:, 0], points[:, 1]
