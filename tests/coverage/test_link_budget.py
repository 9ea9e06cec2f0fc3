"""Margins and probabilities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.link_budget import LinkBudget, area_probability, fade_margin_db, max_path_loss_db
from phusong.errors import ModelError


@pytest.mark.parametrize(("edge", "margin_db", "area"), [(0.9, 10.25, 0.966), (0.75, 5.4, 0.899), (0.5, 0.0, 0.755)])
def test_published_arithmetic(edge: float, margin_db: float, area: float) -> None:
    """Sigma 8 dB, n = 3.5: the three rows every planner knows."""
    assert fade_margin_db(8.0, edge_probability=edge) == pytest.approx(margin_db, abs=0.005)
    assert area_probability(edge, sigma_db=8.0, exponent=3.5) == pytest.approx(area, abs=0.0005)


@given(edge=st.floats(0.05, 0.98), sigma_db=st.floats(1, 16), exponent=st.floats(2, 5))
@settings(max_examples=50, deadline=None)
def test_area_is_the_integral_over_rings(edge: float, sigma_db: float, exponent: float) -> None:
    """Against the definition: the mean over the disc of Phi((margin + 10 n log10(R / r)) / sigma)."""
    radius = (np.arange(20_000) + 0.5) / 20_000
    above = fade_margin_db(sigma_db, edge_probability=edge) - 10 * exponent * np.log10(radius)
    served = np.array([0.5 * math.erfc(-x) for x in (above / (sigma_db * math.sqrt(2))).tolist()])
    found = area_probability(edge, sigma_db=sigma_db, exponent=exponent)
    assert found == pytest.approx(float(np.average(served, weights=radius)), abs=1e-5)
    assert edge < found < 1.0


def test_area_of_small_sigma_does_not_overflow() -> None:
    assert area_probability(0.9, sigma_db=0.1, exponent=3.5) == pytest.approx(1.0, abs=0.01)
    assert area_probability(0.001, sigma_db=20.0, exponent=1.0) < 0.2


def test_max_path_loss() -> None:
    """LTE1800: 32.2 + 115 - 3 - 10.25 dB."""
    found = max_path_loss_db(32.2, threshold_dbm=-115.0, budget=LinkBudget())
    assert found == pytest.approx(133.95, abs=0.005)


def test_defaults() -> None:
    assert LinkBudget() == LinkBudget(edge_probability=0.90, sigma_db=8.0, body_loss_db=3.0, rx_height_m=1.5)
    assert LinkBudget().fade_margin_db == pytest.approx(10.25, abs=0.005)
    assert LinkBudget(edge_probability=0.5).fade_margin_db == 0.0


@pytest.mark.parametrize(
    ("keywords", "fault"),
    [
        ({"edge_probability": 90.0}, "edge_probability must lie between 0 and 1, not 90.0; 90 % is 0.90"),
        ({"edge_probability": 1.0}, "edge_probability must lie between 0 and 1"),
        ({"sigma_db": -1.0}, "sigma_db must be 0..20 dB, not -1.0"),
        ({"body_loss_db": float("nan")}, "body_loss_db must be 0..40 dB, not nan"),
        ({"rx_height_m": 150.0}, "rx_height_m must be 1..10 m"),
    ],
)
def test_impossible_budgets_are_refused(keywords: dict[str, float], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        LinkBudget(**keywords)


def test_area_needs_a_spread() -> None:
    with pytest.raises(ModelError, match=r"sigma_db must be 0\.01\.\.20 dB"):
        area_probability(0.9, sigma_db=0.0, exponent=3.5)
