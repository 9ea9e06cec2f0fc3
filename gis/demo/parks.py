"""Industrial parks: a dozen rectangles near the towns that have them.

The names are those in public use, from memory and not verified; place, size and shape are simulated. The
last one is invented, so that the small province has a park too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from phusong.gis.demo.communes import Communes
from phusong.gis.demo.draws import integers
from phusong.gis.demo.places import Frame

__all__ = ["Park", "covered_cells", "place"]

# Name, commune code, length and width in units of 100 m.
_PARKS = (
    ("KCN Chơn Thành I", "25432", 14, 9),
    ("KCN Chơn Thành II", "25432", 12, 7),
    ("KCN Becamex - Bình Phước", "25432", 40, 22),
    ("KCN Minh Hưng - Hàn Quốc", "25441", 16, 12),
    ("KCN Minh Hưng III", "25441", 18, 15),
    ("KCN Minh Hưng - Sikico", "25441", 22, 14),
    ("KCN Tân Khai II", "25357", 14, 11),
    ("KCN Đồng Xoài I", "25210", 14, 11),
    ("KCN Đồng Xoài II", "25210", 10, 8),
    ("KCN Đồng Xoài III", "25195", 11, 10),
    ("KCN Bắc Đồng Phú", "25363", 16, 12),
    ("KCN Nam Đồng Phú", "25363", 10, 7),
    ("Cụm công nghiệp Phước Bình (mô phỏng)", "25220", 8, 5),
)
# Unit vectors of whole-number right triangles: turned rectangles without a sine.
_TURNS = ((4, 3, 5), (3, 4, 5), (12, 5, 13), (5, 12, 13), (-3, 4, 5), (-5, 12, 13))
_CLEAR_M = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class Park:
    """One park: `park_id`, `name` and its polygon in whole metres."""

    park_id: str
    name: str
    polygon: Polygon


def place(communes: Communes, *, seed: int) -> list[Park]:
    """Return the parks of these communes, inside their commune and clear of each other."""
    parks: list[Park] = []
    for key, (name, code, length, width) in enumerate(_PARKS):
        if code not in communes.code:
            continue
        commune = communes.code.index(code)
        room = communes.polygons[commune]
        centre = np.array([communes.x_m[commune], communes.y_m[commune]])
        polygon, trial, reach_m = None, 0, 2_500
        while polygon is None:
            trial += 1
            reach_m += 50  # farther out with every failure
            aside = integers(seed, "park", key, trial, np.arange(2), low=-reach_m, high=reach_m)
            turn = int(integers(seed, "park turn", key, trial, low=0, high=len(_TURNS) - 1)[0])
            tried = _rectangle(centre + aside, length * 100, width * 100, _TURNS[turn])
            clear = all(tried.distance(park.polygon) > _CLEAR_M for park in parks)
            clear = clear and tried.distance(shapely.Point(centre)) > _CLEAR_M
            if clear and room.contains(tried) and tried.distance(room.exterior) > _CLEAR_M:
                polygon = tried
        parks.append(Park(f"KCN-{key + 1:02d}", name, polygon))
    return parks


def _rectangle(middle: NDArray[np.int64], length_m: int, width_m: int, turn: tuple[int, int, int]) -> Polygon:
    ex, ey, unit = turn
    corners = []
    for along, across in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        u, v = along * length_m / 2, across * width_m / 2
        corners.append((round(middle[0] + (u * ex - v * ey) / unit), round(middle[1] + (u * ey + v * ex) / unit)))
    return Polygon(corners)


def covered_cells(parks: list[Park], frame: Frame) -> NDArray[np.bool_]:
    """Return the cells whose centre lies in a park, shape (rows, cols)."""
    x_m, y_m = np.broadcast_arrays(frame.x_m, frame.y_m)
    union = shapely.union_all([park.polygon for park in parks])
    shapely.prepare(union)
    inside: NDArray[np.bool_] = shapely.contains_xy(union, x_m, y_m)
    return inside
