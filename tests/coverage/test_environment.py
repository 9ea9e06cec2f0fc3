"""Urban and suburban by hand."""

from __future__ import annotations

import numpy as np
import pytest

from phusong.coverage.environment import from_density
from phusong.coverage.propagation import Environment
from phusong.gis.grid import Grid


def grid_of(cell_m: float, side: int) -> Grid:
    return Grid("EPSG:9212", 550_000.0, 1_290_000.0, cell_m, side, side)


def test_one_crowded_cell_makes_its_square_of_500_m_urban() -> None:
    people = np.zeros((11, 11))
    people[5, 5] = 25 * 20.0  # 500 people over 25 cells of 0.01 km2 = 2,000 people/km2
    codes = from_density(people.ravel(), grid=grid_of(100.0, 11)).reshape(11, 11)
    expected = np.full((11, 11), Environment.SUBURBAN)
    expected[3:8, 3:8] = Environment.URBAN
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(codes, expected)


def test_one_person_less_is_suburban() -> None:
    people = np.zeros((11, 11))
    people[5, 5] = 25 * 20.0 - 1
    assert (from_density(people.ravel(), grid=grid_of(100.0, 11)) == Environment.SUBURBAN).all()


@pytest.mark.parametrize("cell_m", [10.0, 50.0, 100.0, 200.0, 250.0, 500.0, 1000.0, 5000.0])
def test_the_square_is_centred_whatever_the_cell(cell_m: float) -> None:
    people = np.zeros((151, 151))
    people[75, 75] = 1e9
    urban = from_density(people.ravel(), grid=grid_of(cell_m, 151)).reshape(151, 151) == Environment.URBAN
    assert urban[75, 75]
    np.testing.assert_array_equal(urban, urban[::-1, ::-1])
    side_m = np.sqrt(urban.sum()) * cell_m
    assert abs(side_m - 500.0) <= cell_m or side_m == cell_m


def test_empty_land_is_suburban_never_open() -> None:
    assert set(from_density(np.zeros(9), grid=grid_of(100.0, 3)).tolist()) == {int(Environment.SUBURBAN)}
