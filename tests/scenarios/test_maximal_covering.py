"""Maximal covering against brute force, against itself, and against a published optimum."""

from __future__ import annotations

import csv
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from phusong.errors import PlanError
from phusong.scenarios.siting import MaximalCovering, maximal_covering

MCLP = Path(__file__).resolve().parents[2] / "../shared/optimiser/mclp"


def value_of(cover: NDArray[np.bool_], demand: NDArray[np.float64], chosen: Any) -> float:
    return float(demand[cover[list(chosen)].any(axis=0)].sum())


def brute_force(
    cover: NDArray[np.bool_],
    demand: NDArray[np.float64],
    cost: NDArray[np.float64],
    *,
    budget: float,
    locked_in: set[int],
    locked_out: set[int],
) -> float:
    """Return the best value of all choices that keep the budget and the locks."""
    free = [i for i in range(len(cost)) if i not in locked_in | locked_out]
    choices = (locked_in | set(more) for size in range(len(free) + 1) for more in combinations(free, size))
    return max(value_of(cover, demand, c) for c in choices if math.fsum(cost[i] for i in c) <= budget)


@st.composite
def instances(draw: st.DrawFn, costs: st.SearchStrategy[float]) -> dict[str, Any]:
    candidates, points = draw(st.integers(1, 9)), draw(st.integers(1, 12))
    bits = st.lists(st.booleans(), min_size=points, max_size=points)
    cover = np.array(draw(st.lists(bits, min_size=candidates, max_size=candidates)))
    amounts = st.one_of(st.integers(0, 50).map(float), st.floats(0, 1000))
    demand = np.array(draw(st.lists(amounts, min_size=points, max_size=points)))
    cost = np.array(draw(st.lists(costs, min_size=candidates, max_size=candidates)))
    locks = draw(st.lists(st.sampled_from(["free"] * 6 + ["in", "out"]), min_size=candidates, max_size=candidates))
    locked_in = {i for i, lock in enumerate(locks) if lock == "in"}
    least = math.fsum(cost[i] for i in locked_in)
    budget = max(least, draw(st.floats(0, 1)) * math.fsum(cost))
    return {
        "cover": cover,
        "demand": demand,
        "cost": cost,
        "budget": budget,
        "locked_in": locked_in,
        "locked_out": {i for i, lock in enumerate(locks) if lock == "out"},
    }


def check(instance: dict[str, Any], *, gap: float) -> MaximalCovering:
    instance = dict(instance)
    cover, demand, cost = (instance.pop(name) for name in ("cover", "demand", "cost"))
    answer = maximal_covering(sparse.csr_array(cover), demand, cost, gap=gap, **instance)
    best = brute_force(cover, demand, cost, **instance)
    slack = 1e-9 * max(1e-30, float(demand.sum()))
    assert answer.chosen == tuple(sorted(set(answer.chosen)))
    assert instance["locked_in"] <= set(answer.chosen)
    assert not instance["locked_out"] & set(answer.chosen)
    assert answer.cost == math.fsum(cost[i] for i in answer.chosen) <= instance["budget"]
    assert answer.covered == pytest.approx(value_of(cover, demand, answer.chosen))
    assert answer.covered <= best + slack
    assert answer.bound >= max(answer.covered, best - slack)
    assert answer.gap_share == pytest.approx((answer.bound - answer.covered) / answer.bound if answer.bound else 0.0)
    if answer.status == "optimal":
        assert answer.covered >= (1 - gap) * best - slack
    return answer


@given(instances(st.integers(0, 20).map(float)))
@settings(max_examples=150, deadline=None)
def test_equals_brute_force_with_whole_costs(instance: dict[str, Any]) -> None:
    assert check(instance, gap=0.0).status == "optimal"


@given(instances(st.one_of(st.floats(0, 1), st.floats(1e-6, 1e-3))))
@settings(max_examples=60, deadline=None)
def test_keeps_its_word_with_fractional_costs(instance: dict[str, Any]) -> None:
    check(instance, gap=0.0)


@given(instances(st.integers(1, 9).map(float)), st.sampled_from([0.01, 0.2, 0.9]))
@settings(max_examples=40, deadline=None)
def test_stops_no_farther_from_the_best_than_asked(instance: dict[str, Any], gap: float) -> None:
    answer = check(instance, gap=gap)
    assert answer.status == "optimal"
    assert answer.gap_share <= gap


@given(instances(st.integers(1, 9).map(float)), st.sampled_from([1e-9, 1e-3, 1e9]), st.sampled_from([1e-9, 1e9, 1e12]))
@settings(max_examples=40, deadline=None)
def test_units_of_people_and_money_do_not_matter(instance: dict[str, Any], people: float, money: float) -> None:
    scaled = {
        **instance,
        "demand": instance["demand"] * people,
        "cost": instance["cost"] * money,
        "budget": math.fsum(instance["cost"] * money) * 0.5
        + math.fsum(instance["cost"][list(instance["locked_in"])]) * money,
    }
    assert check(scaled, gap=0.0).status == "optimal"


@pytest.mark.parametrize("seed", range(6))
def test_demand_in_tiny_units_is_solved_as_well(seed: int) -> None:
    # The solver's tolerances are absolute: unscaled, a demand of millionths is "optimal" wherever the search stands.
    rng = np.random.default_rng(seed)
    cover = sparse.csr_array(rng.random((40, 120)) < 0.06)
    demand, cost = rng.integers(1, 50, 120).astype(float), rng.integers(1, 9, 40).astype(float)
    plain = maximal_covering(cover, demand, cost, budget=30, gap=0.0)
    tiny = maximal_covering(cover, demand * 1e-9, cost, budget=30, gap=0.0)
    assert (tiny.covered * 1e9, tiny.bound * 1e9) == pytest.approx((plain.covered, plain.bound))


@given(instances(st.integers(1, 9).map(float)), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_relabelling_changes_no_figure(instance: dict[str, Any], random: Any) -> None:
    candidates, points = instance["cover"].shape
    order, places = list(range(candidates)), list(range(points))
    random.shuffle(order)
    random.shuffle(places)
    turned = {
        **instance,
        "cover": instance["cover"][np.ix_(order, places)],
        "demand": instance["demand"][places],
        "cost": instance["cost"][order],
        "locked_in": {order.index(i) for i in instance["locked_in"]},
        "locked_out": {order.index(i) for i in instance["locked_out"]},
    }
    assert check(turned, gap=0.0).covered == pytest.approx(check(instance, gap=0.0).covered)


@given(instances(st.integers(1, 9).map(float)), st.floats(0, 30))
@settings(max_examples=40, deadline=None)
def test_more_money_never_covers_less(instance: dict[str, Any], more: float) -> None:
    richer = {**instance, "budget": instance["budget"] + more}
    assert check(richer, gap=0.0).covered >= check(instance, gap=0.0).covered - 1e-6


COVER = sparse.csr_array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
DEMAND, COST = [5, 1, 1, 4], [2, 1, 2]


def test_no_money_buys_what_is_free() -> None:
    assert maximal_covering(COVER, DEMAND, COST, budget=0).chosen == ()
    answer = maximal_covering(COVER, DEMAND, [2, 0, 2], budget=0)
    assert (answer.chosen, answer.covered, answer.bound, answer.status) == ((1,), 2.0, 2.0, "optimal")


@pytest.mark.parametrize("budget", [0.5, 1e-12, 1e-300, 5e-324])
def test_a_tiny_budget_buys_nothing_dear(budget: float) -> None:
    answer = maximal_covering(COVER, DEMAND, COST, budget=budget)
    assert (answer.chosen, answer.covered, answer.bound, answer.cost) == ((), 0.0, 0.0, 0.0)


def test_a_fractional_budget_buys_fractional_costs() -> None:
    answer = maximal_covering(COVER, DEMAND, [0.2, 0.1, 0.3], budget=0.5)
    assert (answer.chosen, answer.covered) == ((0, 2), 11.0)


def test_endless_money_buys_everything_useful() -> None:
    answer = maximal_covering(COVER, DEMAND, COST, budget=math.inf)
    assert (answer.covered, answer.gap_share, answer.status) == (11.0, 0.0, "optimal")


@pytest.mark.parametrize("points", [0, 4])
def test_no_candidates(points: int) -> None:
    answer = maximal_covering(sparse.csr_array((0, points)), np.ones(points), [], budget=5)
    assert (answer.chosen, answer.covered, answer.bound, answer.gap_share) == ((), 0.0, 0.0, 0.0)


def test_no_demand_points() -> None:
    answer = maximal_covering(sparse.csr_array((3, 0)), [], COST, budget=5, locked_in=[1])
    assert (answer.chosen, answer.covered, answer.bound, answer.status) == ((1,), 0.0, 0.0, "optimal")


@pytest.mark.parametrize("kind", [bool, np.int8, np.int64, np.float32, float])
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "matrix", "dense"])
def test_every_kind_of_matrix(kind: type, form: str) -> None:
    dense = COVER.toarray().astype(kind)
    made: Any = dense if form == "dense" else sparse.csr_matrix(dense) if form == "matrix" else sparse.csr_array(dense)
    if form in {"csc", "coo", "lil"}:
        made = made.asformat(form)
    assert maximal_covering(made, DEMAND, COST, budget=4).chosen == (0, 2)


def test_explicit_zeros_cover_nothing_and_the_callers_matrix_stays() -> None:
    data, indices, indptr = np.array([True, False, True]), np.array([0, 1, 1]), np.array([0, 2, 3])
    cover = sparse.csr_array((data, indices, indptr), shape=(2, 2))
    answer = maximal_covering(cover, [1.0, 10.0], [1.0, 1.0], budget=1.0)
    assert (answer.chosen, answer.covered) == ((1,), 10.0)
    assert (cover.nnz, cover.data.tolist(), cover.indptr.tolist()) == (3, [True, False, True], [0, 2, 3])


def test_an_entry_stored_twice_covers_once() -> None:
    cover = sparse.csr_array((np.ones(3), np.array([0, 0, 1]), np.array([0, 2, 3])), shape=(2, 2))
    answer = maximal_covering(cover, [3.0, 4.0], [1.0, 1.0], budget=1.0, gap=0.0)
    assert (answer.chosen, answer.covered) == ((1,), 4.0)
    assert answer.bound == pytest.approx(4.0)
    assert not cover.has_canonical_format


def test_of_two_twins_one_is_enough() -> None:
    answer = maximal_covering(sparse.csr_array(np.ones((3, 4))), np.ones(4), [5.0, 3.0, 4.0], budget=20.0)
    assert (answer.chosen, answer.covered, answer.bound) == ((1,), 4.0, 4.0)


def test_locks_are_kept_even_when_they_are_useless() -> None:
    answer = maximal_covering(COVER, DEMAND, COST, budget=3, locked_in=[1], locked_out=[0])
    assert (answer.chosen, answer.covered) == ((1, 2), 6.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"demand": [5, -1, 1, 4]}, r"demand\[1\] is -1.0; it must be a number of at least 0"),
        ({"demand": [5, 1, math.nan, 4]}, r"demand\[2\] is nan"),
        ({"demand": [5, 1, math.inf, 4]}, r"demand\[2\] is inf"),
        ({"cost": [2, 1, math.nan]}, r"cost\[2\] is nan"),
        ({"cost": [-2, 1, 2]}, r"cost\[0\] is -2.0"),
        ({"demand": [1, 2]}, r"cover is 3 candidates x 4 points, but demand has shape \(2,\)"),
        ({"cost": [1]}, r"cost \(1,\)"),
        ({"budget": -1}, "budget is -1"),
        ({"budget": math.nan}, "budget is nan"),
        ({"locked_in": [0, 2], "budget": 3}, "locked-in candidates cost 4, the budget is 3; raise it by 1"),
        ({"locked_in": [1], "locked_out": [1]}, "candidate 1 is locked in and locked out"),
        ({"locked_in": [3]}, "there is no candidate 3; there are 3, counted from 0"),
        ({"locked_out": [-1]}, "there is no candidate -1"),
    ],
)
def test_questions_without_a_meaning(change: dict[str, Any], said: str) -> None:
    asked: dict[str, Any] = {"demand": DEMAND, "cost": COST, "budget": 4, **change}
    with pytest.raises(PlanError, match=said):
        maximal_covering(COVER, asked.pop("demand"), asked.pop("cost"), **asked)


def test_out_of_time_the_answer_and_its_bound_still_hold() -> None:
    rng = np.random.default_rng(0)
    cover = sparse.csr_array(rng.random((150, 800)) < 0.02)
    demand, cost = rng.integers(1, 100, 800).astype(float), rng.integers(1, 30, 150).astype(float)
    rushed = maximal_covering(cover, demand, cost, budget=200.0, gap=0.0, time_limit_s=1e-3)
    proven = maximal_covering(cover, demand, cost, budget=200.0, gap=0.02)
    assert rushed.cost <= 200.0
    assert rushed.covered <= rushed.bound <= demand.sum()
    assert rushed.bound >= proven.covered
    assert rushed.covered <= proven.bound
    assert rushed.status in {"time_limit", "optimal"}


@pytest.mark.skipif(not MCLP.is_dir(), reason="the reference room (../shared/optimiser/mclp) is not here")
@pytest.mark.parametrize("instance", ["SJC324", "SJC402"])
def test_published_optimum(instance: str) -> None:
    with (MCLP / "optima.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["instance"] == instance]
    table = np.array(
        [line.split()[:3] for line in (MCLP / f"{instance}.txt").read_text().splitlines()[1:] if line], float
    )
    away = np.hypot(table[:, None, 0] - table[None, :, 0], table[:, None, 1] - table[None, :, 1])
    assert rows
    for row in rows:
        answer = maximal_covering(
            sparse.csr_array(away <= float(row["radius"])),
            table[:, 2],
            np.ones(len(table)),
            budget=float(row["facilities"]),
            gap=0.0,
        )
        assert (answer.covered, answer.status) == (float(row["optimum"]), "optimal")


def test_nothing_is_chosen_that_the_others_make_useless() -> None:
    cover = np.array([[0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0]])
    plan = maximal_covering(cover, np.ones(4), np.ones(4), budget=3)
    assert plan.covered == 4.0
    assert plan.chosen == (1, 2)


def test_a_choice_cut_for_the_solvers_tolerance_is_no_time_limit() -> None:
    plan = maximal_covering(np.eye(40), np.ones(40), np.ones(40), budget=40 - 2e-5, gap=0.001)
    assert plan.cost <= 40 - 2e-5
    assert plan.covered == 39.0
    assert plan.bound >= 39.0
    assert plan.status in {"optimal", "tolerance"}
