"""Province: everything simulated, in memory, in the order one thing follows from another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phusong.gis.demo import (
    calibration,
    communes,
    fibre,
    hamlets,
    masts,
    parks,
    people,
    radios,
    relief,
    roads,
)
from phusong.gis.demo.places import Frame

__all__ = ["Province", "simulate"]

_MARGIN_M = 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Province:
    """A simulated province.

    Parameters
    ----------
    elevation_m : ndarray of int16, shape (rows, cols)
    counts : ndarray of int64, shape (rows, cols)
        1/1024 persons per cell; -1024 farther than a cell outside the province.
    hamlet_people : ndarray of int64
    remoteness_m : ndarray of float64
        Of each hamlet: see `hamlets.remoteness_m`.
    """

    seed: int
    frame: Frame
    communes: communes.Communes
    elevation_m: NDArray[np.int16]
    counts: NDArray[np.int64]
    roads: list[roads.Road]
    cables: list[fibre.Cable]
    hamlets: hamlets.Hamlets
    hamlet_people: NDArray[np.int64]
    remoteness_m: NDArray[np.float64]
    parks: list[parks.Park]
    masts: masts.Masts
    pairs: list[radios.Pair]
    cells: list[radios.Cell]


def simulate(size: calibration.Size, *, seed: int) -> Province:
    """Return the province of one size and seed."""
    whole = communes.read()
    units = whole.select(communes.SMALL) if size == "small" else whole
    wanted = calibration.targets(size, people_share=int(units.people.sum()) / int(whole.people.sum()))
    frame = Frame.around(units.outline.bounds, margin_m=_MARGIN_M)

    main = roads.main_roads(units, seed=seed)
    estates = parks.place(units, seed=seed)
    empty = relief.forest(frame, (units.x_m, units.y_m), seed=seed) | parks.covered_cells(estates, frame)
    villages = hamlets.place(units, main, empty=empty, frame=frame, seed=seed)
    every_road = main + roads.local_roads(
        main,
        [
            (code, villages.x_m[villages.commune == i], villages.y_m[villages.commune == i])
            for i, code in enumerate(units.code)
        ],
        seed=seed,
    )

    cells = people.commune_of_cells(units, frame)
    counts = people.spread(units, cells, hamlets=villages, roads=every_road, empty=empty, frame=frame, seed=seed)
    remoteness_m = hamlets.remoteness_m(villages, units, roads=main)

    place = np.column_stack([villages.x_m, villages.y_m])
    far_m = np.where(units.is_thin[villages.commune], remoteness_m, 0.0)
    left = masts.pockets(place, far_m, wanted=wanted)
    poles = masts.stand(
        units,
        counts,
        frame=frame,
        parks=estates,
        dark_xy=place[left.dark],
        first_xy=place[left.only_2g],
        wanted=wanted,
        seed=seed,
    )
    remote = units.is_thin[poles.commune]
    pairs = radios.pairs(poles, estates, pocket_xy=place[left.only_2g], remote=remote, wanted=wanted, seed=seed)
    along = roads.vertices(every_road, step_m=100)
    return Province(
        seed=seed,
        frame=frame,
        communes=units,
        elevation_m=relief.elevation(frame, seed=seed),
        counts=np.where(_widened(cells != people.OUTSIDE), counts, -people.GRAIN),
        roads=every_road,
        cables=fibre.lay(main, seed=seed),
        hamlets=villages,
        hamlet_people=people.of_hamlets(counts, cells, communes=units, hamlets=villages, frame=frame),
        remoteness_m=remoteness_m,
        parks=estates,
        masts=poles,
        pairs=pairs,
        cells=radios.cells(pairs, poles, road_xy=along, seed=seed),
    )


def _widened(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells inside and their eight neighbours: a raster should reach over the border it serves."""
    padded = np.pad(inside, 1)
    rows, cols = inside.shape
    result = np.zeros_like(inside)
    for down in range(3):
        for right in range(3):
            result |= padded[down : down + rows, right : right + cols]
    return result
