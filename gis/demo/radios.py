"""Radios: which operator is on which mast with which technology, and the cells that makes.

A *BTS* is mast x operator x technology. Each mast carries one to three operators; the counts of the
calibration are met exactly. Every operator draws its own footprint: the smaller it is, the closer it keeps
to people.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import atan2, degrees

import numpy as np
import shapely
from numpy.typing import NDArray

from phusong.gis.demo.calibration import OPERATORS, Targets
from phusong.gis.demo.draws import hashed, integers, uniform
from phusong.gis.demo.masts import Masts
from phusong.gis.demo.parks import Park
from phusong.gis.demo.people import share_out

__all__ = ["Cell", "Pair", "cells", "pairs"]

_UMTS_SHARE = 0.75
_GSM_SHARE = 0.97
_LOW_BAND_SHARE = 0.8
_CAPACITY_SHARE = 0.6
_NR700_SHARE = 0.25
_BY_PARK_M = 1_000.0
_PEOPLE_WEIGHT_M = 2.0  # metres one person near weighs against distance from a pocket
_TWO_SECTORS_SHARE = 0.3
_LOWER_M = (0, 3, 6)  # antennas of the second and third operator hang lower
# How strongly an operator prefers people to chance, by position in `OPERATORS`.
_TOWN_TASTE = (0.0, 0.6, 0.9, 1.6)


@dataclass(slots=True)
class Pair:
    """One operator on one mast: `place` is 0 for the owner; `bands` grow while technologies are dealt."""

    mast: int
    operator: int
    place: int
    only_2g: bool
    bands: list[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One sector on one carrier."""

    pair: Pair
    band: str
    sector: int
    azimuth_deg: int
    tilt_deg: int
    height_m: int


def pairs(
    masts: Masts,
    parks: list[Park],
    *,
    pocket_xy: NDArray[np.int64],
    remote: NDArray[np.bool_],
    wanted: Targets,
    seed: int,
) -> list[Pair]:
    """Deal operators and technologies to the masts.

    Parameters
    ----------
    pocket_xy : ndarray of int64, shape (n, 2)
        The 2G pockets; masts near them carry 2G only.
    remote : ndarray of bool
        Masts in communes where an upgrade may have been left out.
    """
    square = (masts.x_m[:, None] - pocket_xy[:, 0]) ** 2 + (masts.y_m[:, None] - pocket_xy[:, 1]) ** 2
    # An operator upgrades last where a mast is far out and few people live by it.
    last = np.sqrt(np.min(square, axis=1).astype(np.float64)) + _PEOPLE_WEIGHT_M * masts.people_near
    by_pocket = np.argsort(np.where(remote, last, np.inf), kind="stable")
    tail, rest = by_pocket[: wanted.bts_2g_only], np.sort(by_pocket[wanted.bts_2g_only :])
    result = _tail(tail, seed=seed) + _dealt(masts, rest, wanted=wanted, seed=seed)
    result.sort(key=lambda pair: (pair.mast, pair.place))
    _give_5g(result, masts, parks, wanted=wanted)
    return result


def _tail(tail: NDArray[np.int64], *, seed: int) -> list[Pair]:
    quota = share_out(np.array([operator.share_2g_only for operator in OPERATORS]), len(tail))
    order = np.argsort(uniform(seed, "2G tail", tail), kind="stable")
    owners = np.repeat(np.arange(len(OPERATORS)), quota)
    return [
        Pair(int(mast), int(owner), place=0, only_2g=True, bands=["GSM900"])
        for mast, owner in zip(tail[order], owners, strict=True)
    ]


def _dealt(masts: Masts, rest: NDArray[np.int64], *, wanted: Targets, seed: int) -> list[Pair]:
    """Deal the 4G pairs: exact quotas of operators, each at most once on a mast."""
    draw = uniform(seed, "shared", rest)
    # Masts are shared where people are; chance keeps it from being a rule.
    people_rank = np.argsort(np.argsort(masts.people_near[rest], kind="stable"), kind="stable") / len(rest)
    by_appeal = np.argsort(-(people_rank + 1.5 * draw), kind="stable")
    seats = np.ones(len(rest), dtype=np.int64)
    extra = wanted.bts_4g - len(rest)
    seats[by_appeal[: wanted.masts_shared]] = 2
    seats[by_appeal[: extra - wanted.masts_shared]] = 3
    quota = share_out(np.array([operator.share_4g for operator in OPERATORS]), wanted.bts_4g)
    on_mast: list[list[int]] = [[] for _ in rest]
    # The smallest chooses first; the largest takes every seat that is left.
    for left, operator in enumerate(range(len(OPERATORS) - 1, -1, -1), start=1):
        free = seats - np.array([len(seated) for seated in on_mast])
        score = _TOWN_TASTE[operator] * people_rank + uniform(seed, "footprint", operator, rest)
        score = np.where(free > 0, score, -1.0)
        # As many seats as operators still to come: this one must sit here or the mast stays half empty.
        score = np.where(free > len(OPERATORS) - left, 9.0, score)
        for position in np.argsort(-score, kind="stable")[: quota[operator]]:
            on_mast[position].append(operator)
    result = []
    for position, mast in enumerate(rest.tolist()):
        for place, operator in enumerate(sorted(on_mast[position])):
            bands = _bands(mast, operator, town=bool(masts.town[mast]), seed=seed)
            result.append(Pair(mast, operator, place=place, only_2g=False, bands=bands))
    return result


def _bands(mast: int, operator: int, *, town: bool, seed: int) -> list[str]:
    """Return the bands below 5G of one 4G pair."""
    gsm, umts, extra = uniform(seed, "bands", mast, operator, np.arange(3)).tolist()
    owner = OPERATORS[operator]
    bands = []
    if owner.has_2g and gsm < _GSM_SHARE:
        bands.append("GSM900")
    if umts < _UMTS_SHARE:
        bands.append("UMTS900" if owner.rural_low_band and not town else "UMTS2100")
    bands.append("LTE1800")
    if town and extra < _CAPACITY_SHARE:
        bands.append("LTE2100")
    if not town and owner.rural_low_band and extra < _LOW_BAND_SHARE:
        bands.append("LTE900")
    return bands


def _give_5g(all_pairs: list[Pair], masts: Masts, parks: list[Park], *, wanted: Targets) -> None:
    """Add 5G where it is reported first: industrial parks, then the places with most people (BP04)."""
    union = shapely.union_all([park.polygon for park in parks])
    to_park_m = shapely.distance(union, shapely.points(masts.x_m, masts.y_m))
    by_park = np.asarray(to_park_m) < _BY_PARK_M
    quota = share_out(np.array([operator.share_5g for operator in OPERATORS]), wanted.bts_5g)
    for index, operator in enumerate(OPERATORS):
        mine = [pair for pair in all_pairs if pair.operator == index and not pair.only_2g]
        mine = [pair for pair in mine if masts.town[pair.mast] or by_park[pair.mast]]
        mine.sort(key=lambda pair: (-int(by_park[pair.mast]), -int(masts.people_near[pair.mast]), pair.mast))
        # In turns, so that every town gets its first 5G mast before the largest gets its last.
        turns: Counter[int] = Counter()
        turn_of = {}
        for pair in mine:
            commune = int(masts.commune[pair.mast])
            turn_of[pair.mast] = turns[commune]
            turns[commune] += 1
        mine.sort(key=lambda pair: turn_of[pair.mast])
        for number, pair in enumerate(mine[: quota[index]]):
            pair.bands.append(operator.nr_band)
            if operator.rural_low_band and number % round(1 / _NR700_SHARE) == 0:
                pair.bands.append("NR700")


def cells(
    all_pairs: list[Pair],
    masts: Masts,
    *,
    road_xy: tuple[NDArray[np.int64], NDArray[np.int64]],
    seed: int,
) -> list[Cell]:
    """Return the cells of all pairs: three sectors, or two along the road on some country masts.

    Parameters
    ----------
    road_xy : tuple of ndarray of int64
        Points along the roads, in order.
    """
    result = []
    along = [_road_bearing_deg(int(x), int(y), road_xy) for x, y in zip(masts.x_m, masts.y_m, strict=True)]
    for pair in all_pairs:
        mast, operator = pair.mast, pair.operator
        two = uniform(seed, "sectors", mast, operator)[0] < _TWO_SECTORS_SHARE and not masts.town[mast]
        turn = along[mast] if two else int(integers(seed, "turn", mast, operator, low=-20, high=20)[0])
        beside = int(hashed(seed, "hang", mast)[0] % np.uint64(2))
        height_m = max(10, int(masts.height_m[mast]) - beside - _LOWER_M[pair.place])
        count = 2 if two else 3
        jitter = integers(seed, "azimuth", mast, operator, np.arange(count), low=-10, high=10).tolist()
        tilts = integers(seed, "tilt", mast, operator, np.arange(count), low=2, high=5).tolist()
        for band in pair.bands:
            for sector in range(count):
                azimuth_deg = (turn + jitter[sector] + sector * 360 // count) % 360
                tilt_deg = tilts[sector] + (3 if masts.town[mast] else 0)
                result.append(Cell(pair, band, sector + 1, azimuth_deg, tilt_deg, height_m))
    return result


def _road_bearing_deg(x_m: int, y_m: int, road_xy: tuple[NDArray[np.int64], NDArray[np.int64]]) -> int:
    """Return the direction of the nearest stretch of road, degrees from north, rounded to 5."""
    near = int(np.argmin((road_xy[0] - x_m) ** 2 + (road_xy[1] - y_m) ** 2))
    near = min(near, len(road_xy[0]) - 2)
    dx, dy = (int(part[near + 1] - part[near]) for part in road_xy)
    # Rounded to 5 degrees, so the last bit of atan2 cannot show.
    return 5 * round(degrees(atan2(dx, dy)) / 5) % 360
