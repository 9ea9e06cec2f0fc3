"""The kernels' own functions hold to what they say of themselves, over the arguments they say it of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray

from phusong.coverage._kernels import vector_math

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _over(function: Any) -> Function:
    """Return a loop over a kernel function: the loop is what the engine has, and what the compiler vectorises."""

    def loop(x: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    compiled: Any = njit(loop)

    def run(x: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.empty_like(x)
        compiled(x, out)
        return out

    return run


LOG10: Final = _over(vector_math.log10)
EXP: Final = _over(vector_math.exp)
TANH: Final = _over(vector_math.tanh)
ATAN: Final = _over(vector_math.atan)
ACOS: Final = _over(vector_math.acos)

WIDE: Final = np.concatenate([np.logspace(-307.0, 308.0, 40_001), 1.0 + np.linspace(-0.5, 1.0, 20_001)])
BOTH: Final = np.concatenate([-WIDE, [0.0], WIDE])


def test_log10_is_within_its_bound_and_exact_at_one() -> None:
    assert np.abs(LOG10(WIDE) - np.log10(WIDE)).max() < 1e-10
    assert LOG10(np.ones(1))[0] == 0.0


def test_exp_is_within_its_bound_and_holds_its_argument() -> None:
    x = np.linspace(-700.0, 700.0, 100_001)
    assert np.abs(EXP(x) / np.exp(x) - 1.0).max() < 1e-9
    np.testing.assert_array_equal(
        EXP(np.array([-1e9, -701.0, 701.0, 1e300])), EXP(np.array([-700.0, -700.0, 700.0, 700.0]))
    )
    assert EXP(np.zeros(1))[0] == 1.0


@pytest.mark.parametrize(
    ("ours", "theirs", "x", "bound"),
    [
        pytest.param(TANH, np.tanh, np.concatenate([BOTH, np.linspace(-25.0, 25.0, 50_001)]), 1e-9, id="tanh"),
        pytest.param(ATAN, np.arctan, np.concatenate([BOTH, np.linspace(-3.0, 3.0, 50_001)]), 2e-8, id="atan"),
        pytest.param(ACOS, np.arccos, np.linspace(-1.0, 1.0, 100_001), 3e-8, id="acos"),
    ],
)
def test_a_function_is_within_its_bound(ours: Function, theirs: Function, x: NDArray[np.float64], bound: float) -> None:
    assert np.abs(ours(x) - theirs(x)).max() < bound


def test_acos_holds_its_argument() -> None:
    np.testing.assert_array_equal(ACOS(np.array([-1.5, -1.0, 1.0, 1.5])), [math.pi, math.pi, 0.0, 0.0])


@given(x=st.floats(-700.0, 700.0), y=st.floats(1e-300, 1e300))
@settings(max_examples=300, deadline=None)
def test_any_number_is_within_the_bounds(x: float, y: float) -> None:
    assert EXP(np.array([x]))[0] == pytest.approx(math.exp(x), rel=1e-9)
    assert LOG10(np.array([y]))[0] == pytest.approx(math.log10(y), abs=1e-10)
    assert TANH(np.array([x]))[0] == pytest.approx(math.tanh(x), abs=1e-9)
    assert ATAN(np.array([x]))[0] == pytest.approx(math.atan(x), abs=2e-8)
