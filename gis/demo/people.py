"""People: the census of each commune spread over 100 m cells.

A cell's people are a whole number of 1/1024 person, handed out by largest remainder, so the cells of a
commune sum to the census exactly in float64, and each cell is exact in float32.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from phusong.gis.demo.communes import Communes
from phusong.gis.demo.draws import uniform, value_noise
from phusong.gis.demo.hamlets import Hamlets
from phusong.gis.demo.places import CELL_M, Frame
from phusong.gis.demo.roads import Road, vertices

__all__ = ["GRAIN", "OUTSIDE", "commune_of_cells", "of_hamlets", "share_out", "spread"]

GRAIN = 1024
"""Parts a person is counted in."""
OUTSIDE = -2
_NO_COMMUNE = -1

# Simulated shares of a commune's people: town core, hamlets, along roads, scattered houses.
_WARD_SHARES = (0.50, 0.25, 0.20, 0.05)
_RURAL_SHARES = (0.18, 0.42, 0.22, 0.18)
_CORE_RADIUS_M = {True: 2_600, False: 1_100}
_HAMLET_RADIUS_M = 700
_ROADSIDE_M = 250
_SCATTERED = 0.05


def commune_of_cells(communes: Communes, frame: Frame) -> NDArray[np.int64]:
    """Return each cell's commune by its centre: an index, -2 outside, -1 exactly on a border."""
    x_m, y_m = np.broadcast_arrays(frame.x_m, frame.y_m)
    inside = shapely.intersects_xy(_prepared(communes.outline), x_m, y_m)
    result = np.where(inside, _NO_COMMUNE, OUTSIDE)
    for index, polygon in enumerate(communes.polygons):
        x_min, y_min, x_max, y_max = polygon.bounds
        (top, bottom), (left, right) = frame.row_col([x_min, x_max], [y_max, y_min])
        window = np.s_[top : bottom + 1, left : right + 1]
        within = shapely.contains_xy(_prepared(polygon), x_m[window], y_m[window])
        result[window][within] = index
    return result


def _prepared(geometry: shapely.Geometry) -> shapely.Geometry:
    shapely.prepare(geometry)
    return geometry


def _stamped(frame: Frame, x_m: NDArray[np.int64], y_m: NDArray[np.int64], *, radius_m: int) -> NDArray[np.int64]:
    """Return the sum of smooth bumps (1000 at the middle, 0 at the radius) around the points."""
    field = np.zeros(frame.shape, dtype=np.int64)
    rows, cols = frame.row_col(x_m, y_m)
    reach = radius_m // CELL_M
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            fall = radius_m * radius_m - (down * down + right * right) * CELL_M * CELL_M
            if fall <= 0:
                continue
            height = 1000 * fall * fall // radius_m**4
            np.add.at(field, (rows + down, cols + right), height)
    return field


def spread(
    communes: Communes,
    cells: NDArray[np.int64],
    *,
    hamlets: Hamlets,
    roads: list[Road],
    empty: NDArray[np.bool_],
    frame: Frame,
    seed: int,
) -> NDArray[np.int64]:
    """Return 1/1024 persons per cell, shape (rows, cols); nought outside.

    Parameters
    ----------
    cells : ndarray of int64, shape (rows, cols)
        From `commune_of_cells`.
    empty : ndarray of bool, shape (rows, cols)
        Forest and industrial parks: nobody lives there.
    """
    rows, cols = np.arange(frame.rows)[:, None], np.arange(frame.cols)[None, :]
    ward = communes.is_ward
    core = _stamped(frame, communes.x_m[ward], communes.y_m[ward], radius_m=_CORE_RADIUS_M[True])
    core += _stamped(frame, communes.x_m[~ward], communes.y_m[~ward], radius_m=_CORE_RADIUS_M[False])
    beside = np.minimum(1, _stamped(frame, *vertices(roads, step_m=CELL_M), radius_m=_ROADSIDE_M))
    houses = (uniform(seed, "houses", rows, cols) < _SCATTERED).astype(np.int64)
    hamlet = _stamped(frame, hamlets.x_m, hamlets.y_m, radius_m=_HAMLET_RADIUS_M)
    # Lots are built on or not: a hashed grain in each cell, in patches.
    patches = value_noise(frame.x_m, frame.y_m, wavelength_m=600.0, seed=seed, stream="patches")
    grain = np.floor(64.0 * np.clip(uniform(seed, "lots", rows, cols) + 0.7 * patches - 0.15, 0.0, 1.0))
    lots = np.where(empty, 0, grain.astype(np.int64))
    counts = np.zeros(frame.shape, dtype=np.int64)
    for index in range(len(communes)):
        here = cells == index
        weight = np.zeros(int(here.sum()), dtype=np.int64)
        shares = _WARD_SHARES if ward[index] else _RURAL_SHARES
        for share, kind in zip(shares, (core, hamlet, beside, houses), strict=True):
            part = (kind * lots)[here]
            weight += int(share * 2**30) * part // max(1, int(part.sum()))
        counts[here] = share_out(weight, int(communes.people[index]) * GRAIN)
    return counts


def share_out(weight: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to `weight` that sum to `total` exactly (largest remainder).

    Examples
    --------
    >>> share_out(np.array([1, 1, 1, 0]), 4).tolist()
    [2, 1, 1, 0]
    """
    whole = int(weight.sum())
    result: NDArray[np.int64] = weight * total // whole
    rest = weight * total % whole
    missing = total - int(result.sum())
    result[np.argsort(-rest, kind="stable")[:missing]] += 1
    return result


def of_hamlets(
    counts: NDArray[np.int64],
    cells: NDArray[np.int64],
    *,
    communes: Communes,
    hamlets: Hamlets,
    frame: Frame,
) -> NDArray[np.int64]:
    """Return whole people per hamlet, summing to the census: a cell goes to its commune's nearest hamlet."""
    people = np.zeros(len(hamlets), dtype=np.int64)
    for index in range(len(communes)):
        rows, cols = np.nonzero((cells == index) & (counts > 0))
        x_m, y_m = frame.x_m[0, cols], frame.y_m[rows, 0]
        mine = np.flatnonzero(hamlets.commune == index)
        square = (x_m[:, None] - hamlets.x_m[mine]) ** 2 + (y_m[:, None] - hamlets.y_m[mine]) ** 2
        parts = np.zeros(len(mine), dtype=np.int64)
        np.add.at(parts, np.argmin(square, axis=1), counts[rows, cols])
        people[mine] = share_out(parts, int(communes.people[index]))
    return people
