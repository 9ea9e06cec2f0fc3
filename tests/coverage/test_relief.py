"""The ground between cell centres: one for the reference, the audit and the sweep."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from phusong.coverage._kernels.exact import trace_path
from phusong.coverage._kernels.sampling import cell_at, fill_line, height_at, is_on
from phusong.coverage.radiozones import RadioZones
from phusong.coverage.relief import Relief, profile_on
from phusong.gis.grid import Grid
from tests.strategies import clutter_of, terrain_of

GRID: Final = Grid("EPSG:9212", 500_000.0, 1_300_000.0, 30.0, 12, 15)
RNG: Final = np.random.default_rng(11)
GROUND: Final = RNG.uniform(-50.0, 3_000.0, GRID.shape)
CLUTTER: Final = RNG.choice([0.0, 15.0, 33.3], GRID.shape)
ZONE: Final = RNG.choice([1, 3, 4], GRID.shape).astype(np.int8)
RELIEF: Final = Relief.of(terrain_of(GRID, GROUND), clutter=clutter_of(GRID, CLUTTER), zones=RadioZones(GRID, ZONE, ()))
WEST, SOUTH, EAST, NORTH = GRID.bounds


def _along(cells: int) -> st.SearchStrategy[float]:
    """Return fractional cell numbers, those beside a border of two cells and beside a centre as often as others."""
    sides = st.sampled_from([-0.5 + 1e-3, -1e-3, 0.0, 1e-3, 0.5 - 1e-3])
    return st.one_of(
        st.floats(-0.5, cells - 0.5), st.builds(float.__add__, st.integers(0, cells - 1).map(float), sides)
    )


on_raster: Final = st.tuples(_along(GRID.rows), _along(GRID.cols))


def _metres(row: float, col: float) -> tuple[float, float]:
    return WEST + (col + 0.5) * GRID.cell_m, NORTH - (row + 0.5) * GRID.cell_m


def _bilinear(raster: NDArray[np.float64], row: float, col: float) -> float:
    """Return what scipy makes of a place, the edge's own value carried outward."""
    return float(ndimage.map_coordinates(raster, [[row], [col]], order=1, mode="nearest")[0])


@given(place=on_raster)
@settings(max_examples=300, deadline=None)
def test_heights_are_bilinear_for_the_planner_and_in_the_kernels(place: tuple[float, float]) -> None:
    row, col = place
    x, y = _metres(row, col)
    for raster, found in (
        (RELIEF.ground_m, RELIEF.ground_at(x, y)),
        (RELIEF.clutter_m, float(RELIEF.clutter_over(np.array([x]), np.array([y]))[0])),
    ):
        expected = _bilinear(raster.astype(np.float64), row, col)
        assert found == pytest.approx(expected, abs=1e-4)  # float32 has 3000 m to 1e-4
        assert height_at(raster, row, col) == pytest.approx(expected, abs=1e-3)


@given(place=on_raster)
@settings(max_examples=300, deadline=None)
def test_kernels_take_float32_heights_in_double_precision(place: tuple[float, float]) -> None:
    """At a cell's very edge z0 + 1.0 * (z1 - z0) is to be z1: what it misses shows over cliffs, see `engine_draws`."""
    assert height_at(RELIEF.ground_m, *place) == pytest.approx(
        _bilinear(RELIEF.ground_m.astype(np.float64), *place), abs=1e-9
    )


@pytest.mark.xfail(reason="the kernels are compiled again for arrays that cannot be written", strict=True)
def test_a_relief_of_arrays_that_cannot_be_written_is_one_the_kernels_know() -> None:
    ground, height = np.zeros(GRID.shape, np.float32), np.zeros(GRID.shape, np.float32)
    zone = np.full(GRID.shape, 4, np.int8)
    for each in (ground, height, zone):
        each.flags.writeable = False
    relief = Relief.of(terrain_of(GRID, ground), clutter=clutter_of(GRID, height), zones=RadioZones(GRID, zone, ()))
    assert relief.ground_m.flags.writeable
    assert relief.clutter_m.flags.writeable
    assert relief.zone.flags.writeable


@given(place=on_raster)
@settings(max_examples=300, deadline=None)
def test_a_zone_is_that_of_the_cell_for_the_planner_and_in_the_kernels(place: tuple[float, float]) -> None:
    row, col = place
    if min(abs(each + 0.5 - round(each + 0.5)) for each in place) < 1e-6:
        return  # on a border of two cells the last bit decides
    expected = ZONE[math.floor(row + 0.5), math.floor(col + 0.5)]
    x, y = _metres(row, col)
    assert RELIEF.zone_over(np.array([x]), np.array([y]))[0] == expected
    assert cell_at(RELIEF.zone, row, col) == expected


def test_the_edges_and_corners_belong_to_the_raster() -> None:
    for x, col in ((WEST, 0), ((WEST + EAST) / 2.0, 7), (EAST, 14)):
        for y, row in ((NORTH, 0), (SOUTH, 11)):
            assert RELIEF.holds(x, y)
            assert is_on(RELIEF.ground_m, *RELIEF.place(x, y))
            assert RELIEF.ground_at(x, y) == pytest.approx(GROUND[row, col], rel=1e-6)
            assert RELIEF.zone_over(np.array([x]), np.array([y]))[0] == ZONE[row, col]
    for x, y in ((WEST - 0.01, NORTH), (EAST + 0.01, SOUTH), (WEST, NORTH + 0.01), (EAST, SOUTH - 0.01)):
        assert not RELIEF.holds(x, y)
        assert math.isnan(RELIEF.ground_at(x, y))
        assert math.isnan(RELIEF.clutter_over(np.array([x]), np.array([y]))[0])
    assert not RELIEF.holds(math.nan, NORTH)


def test_what_lies_beside_a_void_is_unknown() -> None:
    ground = GROUND.copy()
    ground[5, 5] = np.nan
    relief = Relief.of(terrain_of(GRID, ground))
    for row, col in ((5.0, 5.0), (5.4, 5.4), (4.3, 5.0), (5.0, 5.9)):
        assert math.isnan(relief.ground_at(*_metres(row, col)))
        assert math.isnan(height_at(relief.ground_m, row, col))
    for row, col in ((3.9, 5.0), (6.1, 5.0), (5.0, 3.9), (5.0, 6.1)):
        assert relief.ground_at(*_metres(row, col)) == pytest.approx(_bilinear(GROUND, row, col), abs=1e-3)


def test_without_clutter_and_zones_there_are_none() -> None:
    relief = Relief.of(terrain_of(GRID, GROUND))
    x, y = np.array([500_100.0, 500_200.0]), np.array([1_299_900.0, 1_299_800.0])
    assert relief.clutter_over(x, y).tolist() == [0.0, 0.0]
    assert relief.zone_over(x, y).tolist() == [4, 4]


@given(start=on_raster, end=on_raster, parts=st.integers(1, 80))
@settings(max_examples=300, deadline=None)
def test_a_line_is_its_places_one_by_one(start: tuple[float, float], end: tuple[float, float], parts: int) -> None:
    """Inside the raster, along its edge and without clutter; the first sample is the caller's."""
    (row, col), (down, right) = start, (end[0] - start[0], end[1] - start[1])
    for clutter in (RELIEF.clutter_m, np.empty((0, 0), np.float32)):
        bare, tops = np.full(parts + 3, -7.0), np.full(parts + 3, -7.0)
        fill_line(RELIEF.ground_m, clutter, row, col, down, right, parts, bare, tops)
        assert [bare[0], bare[-1], tops[0], tops[-1]] == [-7.0] * 4
        for i in range(1, parts + 1):
            place = row + i * (down / parts), col + i * (right / parts)
            ground = height_at(RELIEF.ground_m, *place)
            assert bare[i] == pytest.approx(ground, abs=1e-6)
            assert tops[i] == pytest.approx(ground + (height_at(clutter, *place) if clutter.size else 0.0), abs=1e-6)


@given(start=on_raster, end=on_raster, step_m=st.floats(5.0, 200.0))
@settings(max_examples=200, deadline=None)
def test_a_profile_runs_straight_in_equal_steps_over_the_samples_of_exact(
    start: tuple[float, float], end: tuple[float, float], step_m: float
) -> None:
    mast, rx = _metres(*start), _metres(*end)
    length = math.hypot(rx[0] - mast[0], rx[1] - mast[1])
    profile = profile_on(RELIEF, mast, rx, step_m=step_m)
    steps = np.diff(profile.distance_m)
    assert profile.distance_m[-1] == max(length, 1.0)
    assert steps == pytest.approx(np.full(steps.size, steps[0]), rel=1e-9)
    assert steps.size == max(1, math.floor(max(length, 1.0) / step_m + 0.5))
    bare, tops = np.empty(steps.size + 1), np.empty(steps.size + 1)
    line = end[0] - start[0], end[1] - start[1]
    ground = RELIEF.ground_at(*mast)
    known = trace_path(RELIEF.ground_m, RELIEF.clutter_m, *start, *line, steps.size, ground, bare, tops)
    assert known
    assert bare == pytest.approx(profile.ground_m, abs=1e-3)
    inner = slice(1, -1)
    assert tops[inner] == pytest.approx((profile.ground_m + profile.clutter_m)[inner], abs=1e-3)
    assert [tops[0], tops[-1]] == [bare[0], bare[-1]]  # at the ends nothing stands on the ground
