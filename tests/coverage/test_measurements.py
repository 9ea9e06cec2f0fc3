"""Agreement of prediction and measurement: definitions by hand, groups, the unknown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.coverage.antennas import Sector
from phusong.coverage.bands import band
from phusong.coverage.cells import Cell, Site
from phusong.coverage.measurements import agreement, distance_bins, drive_loss_db
from phusong.coverage.propagation import Environment, get_model
from phusong.errors import ModelError

NAN = float("nan")


def test_definitions_by_hand() -> None:
    """Errors 1, 3, -1, 5: mean 2, squares around it 1, 1, 9, 9, squares 1, 9, 1, 25."""
    table = agreement([101.0, 103.0, 99.0, 105.0], [100.0] * 4)
    assert list(table.index) == ["all"]
    np.testing.assert_allclose(table.to_numpy(), [[4, 0, 2.0, math.sqrt(5.0), 3.0]])


def test_groups_in_order_and_overall() -> None:
    table = agreement([1.0, 2.0, 3.0, 4.0], [0.0] * 4, by=["b", "a", "b", None])
    assert table["points"].to_dict() == {"a": 1, "b": 2, "all": 4}
    assert table["mean_error_db"].to_dict() == {"a": 2.0, "b": 2.0, "all": 2.5}


def test_the_unknown_is_counted_and_not_compared() -> None:
    table = agreement([1.0, NAN, 3.0, NAN], [0.0, 0.0, NAN, NAN], by=["a", "a", "a", "b"])
    assert table["points"].to_dict() == {"a": 1, "b": 0, "all": 1}
    assert table["unknown"].to_dict() == {"a": 2, "b": 1, "all": 3}
    assert table.loc["b", ["mean_error_db", "std_db", "rmse_db"]].isna().all()


def test_nothing_at_all() -> None:
    table = agreement([], [])
    assert table[["points", "unknown"]].to_numpy().tolist() == [[0, 0]]
    assert table["rmse_db"].isna().all()


@given(st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), min_size=1, max_size=30))
def test_rmse_is_mean_and_std_together(pairs: list[tuple[float, float]]) -> None:
    predicted, measured = zip(*pairs, strict=True)
    names = ["mean_error_db", "std_db", "rmse_db"]
    mean, std, rmse = agreement(predicted, measured)[names].to_numpy()[0]
    assert rmse == pytest.approx(math.hypot(mean, std), abs=1e-9)
    shifted = agreement(np.array(predicted) + 7.0, measured)[names].to_numpy()[0]
    np.testing.assert_allclose(shifted[:2], [mean + 7.0, std], atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "by", "fault"),
    [
        (([1.0], [1.0, 2.0]), None, r"must both be \(n,\), not \(1,\) and \(2,\)"),
        (([[1.0]], [[1.0]]), None, r"must both be \(n,\)"),
        (([-math.inf], [1.0]), None, "must be finite"),
        (([1.0], [1.0]), ["a", "b"], "by must be"),
        (([1.0], [1.0]), ["all"], "a group cannot be called 'all'"),
    ],
)
def test_what_cannot_be_compared(arguments: tuple[Any, Any], by: Any, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        agreement(*arguments, by=by)


def test_distance_bins() -> None:
    bins = distance_bins([0.0, 499.9, 500.0, 1000.0, 1000.1, -1.0, NAN], edges_m=[0, 500, 1000])
    assert list(bins.codes) == [0, 0, 1, 1, -1, -1, -1]
    assert list(bins.categories) == ["0-0.5 km", "0.5-1 km"]
    table = agreement([1.0, 2.0], [0.0, 0.0], by=distance_bins([700.0, 5.0], edges_m=[0, 500, 1000, 2000]))
    assert table["points"].to_dict() == {"0-0.5 km": 1, "0.5-1 km": 1, "1-2 km": 0, "all": 2}


@pytest.mark.parametrize("edges_m", [[], [1.0], [2.0, 1.0], [1.0, 1.0], [0.0, NAN]])
def test_edges_must_ascend(edges_m: list[float]) -> None:
    with pytest.raises(ModelError, match="edges_m must ascend"):
        distance_bins([1.0], edges_m=edges_m)


def test_drive_loss_is_loss_less_gain() -> None:
    """East, south-west and at the foot of a mast whose sector looks east."""
    cell = Cell("c", "A", "2G", band("GSM1800"), 30.0, 90.0, 4.0, 57.0)
    site = Site("s", 1000.0, 2000.0, (cell,))
    model = get_model("free-space")
    x, y = np.array([2000.0, 0.0, 1000.0]), np.array([2000.0, 1000.0, 2000.0])
    found = drive_loss_db(site, cell, x, y, model=model, environment=Environment.OPEN)
    plain = drive_loss_db(site, cell, x, y, model=model, with_antenna=False)
    for at, (distance, off) in enumerate([(1000.0, 0.0), (math.sqrt(2e6), 135.0), (1.0, -90.0)]):
        slant_km = math.hypot(distance, 28.5) / 1000.0
        free_db = 32.4478 + 20 * math.log10(1842.5) + 20 * math.log10(slant_km)
        assert plain[at] == pytest.approx(free_db, abs=1e-3)
        gain = float(Sector(tilt_deg=4.0).gain_db(off, math.degrees(math.atan2(-28.5, distance))))
        assert found[at] == pytest.approx(free_db - gain, abs=1e-3)


def test_a_frame_says_which_column_is_which() -> None:
    assert list(agreement([1.0], [2.0]).columns) == ["points", "unknown", "mean_error_db", "std_db", "rmse_db"]
    assert pd.api.types.is_integer_dtype(agreement([1.0], [2.0])["points"])
