"""Hulls, windows and the search for the nearest point against plain loops over every sample."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage._kernels.fields import HULL_X, HULL_Y, SIDE, SURFACES, Y
from phusong.coverage._kernels.grazing import least_in, nearest_to_line, window
from phusong.coverage._kernels.hull import push, tallest, tangent

Floats = NDArray[np.float64]
STEP: Final = 0.03
SURFACE: Final = 2

# Whole numbers make ties, level stretches and straight slopes; the others what real ground has.
heights: Final = st.one_of(
    st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=60),
    st.lists(st.floats(-500.0, 500.0), min_size=1, max_size=60),
    st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0.0, 20.0, 200).cumsum().tolist()),
)


def _chain(ground: Floats) -> tuple[Floats, int]:
    """Push samples 1.. of a ray; return the surfaces and the size of the chain."""
    side, size = np.full((SURFACES, SIDE, ground.size + 1), np.nan), 0
    for i, y in enumerate(ground, start=1):
        size = push(side, SURFACE, size, i * STEP, y)
    return side, size


@given(ground=heights, ahead=st.floats(0.5, 50.0), above=st.floats(-600.0, 600.0))
@settings(max_examples=400, deadline=None)
def test_a_chain_gives_the_steepest_sight_of_every_sample(ground: list[float], ahead: float, above: float) -> None:
    y = np.array(ground)
    x = STEP * np.arange(1.0, y.size + 1.0)
    side, size = _chain(y)
    x_end, y_end = float(x[-1] + ahead * STEP), float(y[-1] + above)
    at_x, at_y = tangent(side, SURFACE, size, x_end, y_end)
    at = int(np.argmin(np.abs(x - at_x)))
    assert at_x == pytest.approx(x[at])
    assert at_y == y[at]
    slopes = (y - y_end) / (x_end - x)
    assert (at_y - y_end) / (x_end - at_x) == pytest.approx(slopes.max(), rel=1e-9, abs=1e-9)


@given(ground=heights, slope=st.floats(-2_000.0, 2_000.0))
@settings(max_examples=400, deadline=None)
def test_a_chain_gives_the_tallest_sample_above_a_line(ground: list[float], slope: float) -> None:
    y = np.array(ground)
    side, size = _chain(y)
    x = STEP * np.arange(1.0, y.size + 1.0)
    assert tallest(side, SURFACE, size, slope) == pytest.approx((y - slope * x).max(), rel=1e-9, abs=1e-9)


@given(ground=heights)
@settings(max_examples=200, deadline=None)
def test_a_chain_is_convex_and_lies_on_or_above_every_sample(ground: list[float]) -> None:
    y = np.array(ground)
    x = STEP * np.arange(1.0, y.size + 1.0)
    side, size = _chain(y)
    hull_x, hull_y = side[SURFACE, HULL_X, :size], side[SURFACE, HULL_Y, :size]
    assert hull_x[-1] == x[-1]
    assert (hull_x[0], hull_y[0]) == (x[0], y[0])
    assert (np.diff(np.diff(hull_y) / np.diff(hull_x)) <= 1e-6).all()
    assert (np.interp(x, hull_x, hull_y) >= y - 1e-9 * np.maximum(np.abs(y), 1.0)).all()


# --- the nearest point to a clear line of sight


def _clear(ground: Floats, rise: float, clearance: float) -> tuple[Floats, Floats, float, float]:
    """Lower a ground until every sample lies `clearance` m or more below a line; return x, y, slope and length."""
    x = STEP * np.arange(ground.size + 1.0)
    x_end = STEP * (ground.size + 1)
    line = rise * x
    y = np.concatenate([[0.0], ground])
    y[1:] += (line[1:] - y[1:]).min() - clearance
    return x, y, rise, x_end


def _scratch(x: Floats, y: Floats) -> dict[str, Any]:
    side, y32 = np.zeros((SURFACES, SIDE, x.size)), np.zeros((SURFACES, x.size), np.float32)
    side[SURFACE, Y], y32[SURFACE] = y, y
    scratch = np.zeros(x.size, np.float32)
    return {"side": side, "x32": x.astype(np.float32), "y32": y32, "scratch": scratch, "bits": scratch.view(np.int32)}


def _measures(x: Floats, y: Floats, slope: float, x_end: float) -> Floats:
    """Return c^2 / (x (d - x)) of samples 1.., and inf for sample 0."""
    c = slope * x - y
    return np.concatenate([[np.inf], c[1:] ** 2 / (x[1:] * (x_end - x[1:]))])


clearances: Final = st.one_of(st.just(0.01), st.floats(0.01, 300.0))


@given(ground=heights, rise=st.floats(-300.0, 300.0), clearance=clearances, share=st.floats(0.0, 1.0))
@settings(max_examples=400, deadline=None)
def test_the_nearest_point_is_that_of_a_look_at_every_sample(
    ground: list[float], rise: float, clearance: float, share: float
) -> None:
    x, y, slope, x_end = _clear(np.array(ground), rise, clearance)
    last = x.size - 1
    first = 1 + int(share * (last - 1))
    every = _measures(x, y, slope, x_end)
    best = every[first : last + 1].min()
    rows = _scratch(x, y)
    found, place = nearest_to_line(**rows, s=SURFACE, step=STEP, slope=slope, x_end=x_end, first=first, last=last,
                                   measure=np.inf, place=0.0)  # fmt: skip
    # float32 looks for the place: heights to 1e-7 of hundreds of m.
    seen = 1e-6 * max(float(np.abs(y).max()), float(np.abs(slope * x).max()), 1.0)
    near = np.sqrt(best * x[1:] * (x_end - x[1:])).min()
    assert found >= best * (1.0 - 1e-12)
    assert np.sqrt(found) <= np.sqrt(best) * (1.0 + 1e-5) + 4.0 * seen * np.sqrt(best) / max(near, 1e-12)
    assert found == pytest.approx(every[round(place / STEP)], rel=1e-9)


@given(ground=heights, rise=st.floats(-300.0, 300.0), better=st.floats(0.0, 0.99))
@settings(max_examples=200, deadline=None)
def test_what_is_known_to_be_nearer_is_kept(ground: list[float], rise: float, better: float) -> None:
    x, y, slope, x_end = _clear(np.array(ground), rise, 5.0)
    known = better * float(_measures(x, y, slope, x_end).min())
    rows = _scratch(x, y)
    ends: dict[str, Any] = {"step": STEP, "slope": slope, "x_end": x_end}
    kept = nearest_to_line(**rows, s=SURFACE, **ends, first=1, last=x.size - 1, measure=known, place=-7.0)
    assert kept == (known, -7.0)
    assert nearest_to_line(**rows, s=SURFACE, **ends, first=5, last=4, measure=known, place=-7.0) == (known, -7.0)


def test_of_equals_the_last_is_found() -> None:
    rows = _scratch(STEP * np.arange(12.0), np.full(12, -10.0))
    del rows["side"]
    x_end = 11 * STEP
    # Level ground below a level line: samples i and 11 - i measure the same, 5 and 6 the least.
    assert least_in(**rows, s=SURFACE, slope=0.0, x_end=x_end, first=1, last=10, known=np.inf) in {5, 6}
    assert least_in(**rows, s=SURFACE, slope=0.0, x_end=x_end, first=1, last=4, known=np.inf) == 4
    assert least_in(**rows, s=SURFACE, slope=0.0, x_end=x_end, first=1, last=10, known=1.0) == 0


@given(ground=heights, rise=st.floats(-300.0, 300.0), clearance=clearances, known=st.floats(1.0, 4.0))
@settings(max_examples=400, deadline=None)
def test_a_window_never_leaves_out_the_best(ground: list[float], rise: float, clearance: float, known: float) -> None:
    x, y, slope, x_end = _clear(np.array(ground), rise, clearance)
    every = _measures(x, y, slope, x_end)
    best = int(every.argmin())
    below_tx = slope - float((y[1:] / x[1:]).max())
    below_rx = float(((slope * x[1:] - y[1:]) / (x_end - x[1:])).min())
    measure = known * float(every[best])
    for seen_from_rx in (below_rx, 0.0):  # with the receiver's side, and without
        first, last = window(measure, below_tx, seen_from_rx, STEP, x_end, x.size - 1)
        assert first >= 1
        assert last <= x.size - 1
        if known > 1.0 + 1e-9:
            assert first <= best <= last
        else:
            inside = every[first : last + 1]
            assert every[best] >= measure * (1.0 - 1e-9) or (inside.size and inside.min() == every[best])
