"""Three states and their logic, against a plain twin."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from phusong.coverage.service import COVERED, NOT_COVERED, OUTSIDE, UNKNOWN, all_of, any_of, service_of, state_of

STATES = (NOT_COVERED, COVERED, UNKNOWN)


def plain_any(states: tuple[int, ...]) -> int:
    if COVERED in states:
        return COVERED
    return UNKNOWN if UNKNOWN in states else NOT_COVERED


def plain_all(states: tuple[int, ...]) -> int:
    if NOT_COVERED in states:
        return NOT_COVERED
    return UNKNOWN if UNKNOWN in states else COVERED


@pytest.mark.parametrize("operators", [1, 2, 3, 4])
def test_whole_truth_table(operators: int) -> None:
    table = list(product(STATES, repeat=operators))
    stack = [np.array([row[o] for row in table], np.uint8) for o in range(operators)]
    assert any_of(stack).tolist() == [plain_any(row) for row in table]
    assert all_of(stack).tolist() == [plain_all(row) for row in table]


@given(st.lists(st.lists(st.sampled_from(STATES), min_size=5, max_size=5), min_size=1, max_size=4))
def test_order_of_operators_changes_nothing(states: list[list[int]]) -> None:
    stack = [np.array(row, np.uint8) for row in states]
    for fold in (any_of, all_of):
        first = fold(stack)
        assert all((fold(list(other)) == first).all() for other in permutations(stack))


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=4))
def test_any_and_all_are_de_morgan_twins(states: list[int]) -> None:
    turned = {NOT_COVERED: COVERED, COVERED: NOT_COVERED, UNKNOWN: UNKNOWN}
    some = any_of([np.array([state], np.uint8) for state in states])
    every = all_of([np.array([turned[state]], np.uint8) for state in states])
    assert int(some[0]) == turned[int(every[0])]


def test_outside_stays_outside() -> None:
    states = [np.array([OUTSIDE, COVERED], np.uint8), np.array([OUTSIDE, NOT_COVERED], np.uint8)]
    assert any_of(states).tolist() == [OUTSIDE, COVERED]
    assert all_of(states).tolist() == [OUTSIDE, NOT_COVERED]


def test_no_operator_is_an_error() -> None:
    with pytest.raises(ValueError, match="no operator"):
        any_of([])


def test_state_of_every_kind_of_level() -> None:
    level = np.array([-100.0, np.nextafter(-100.0, -200.0), -np.inf, np.nan, np.nan, 0.0])
    inside = np.array([True, True, True, True, False, False])
    state = state_of(level, service_level_dbm=-100.0, inside=inside)
    assert state.dtype == np.uint8
    assert state.tolist() == [COVERED, NOT_COVERED, NOT_COVERED, UNKNOWN, OUTSIDE, OUTSIDE]


def test_service_of_names_each_operator_any_and_all() -> None:
    levels = {"A|4G": [[-90.0, -120.0]], "B|x|4G": [[np.nan, -120.0]], "A|2G": [[-np.inf, -80.0]]}
    signal = xr.Dataset({name: (("y", "x"), np.array(v, np.float32)) for name, v in levels.items()}, attrs={"crs": "c"})
    service = service_of(signal, levels_dbm={"4G": -100.0, "2G": -95.0}, inside=np.ones((1, 2), bool))
    assert {str(name): service[name].to_numpy().ravel().tolist() for name in service} == {
        "A|4G": [COVERED, NOT_COVERED],
        "B|x|4G": [UNKNOWN, NOT_COVERED],
        "A|2G": [NOT_COVERED, COVERED],
        "any|4G": [COVERED, NOT_COVERED],
        "all|4G": [UNKNOWN, NOT_COVERED],
        "any|2G": [NOT_COVERED, COVERED],
        "all|2G": [NOT_COVERED, COVERED],
    }
    assert service.attrs == {"crs": "c"}
