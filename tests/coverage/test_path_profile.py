"""A path's profile: what it carries and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phusong.coverage.propagation.path_profile import PathProfile, sample_widths
from phusong.errors import ModelError

X = np.array([0.0, 100.0, 250.0, 1_000.0])
INLAND = np.full(4, 4)


def test_plain_numbers_become_arrays() -> None:
    path = PathProfile([0, 100], [1, 2], [0, 0], [4, 1])  # type: ignore[arg-type]
    assert path.distance_m.dtype == path.ground_m.dtype == path.clutter_m.dtype == np.float64
    assert path.zone.dtype == np.int8
    assert path.length_m == 100.0


def test_unpacks_as_distance_and_ground() -> None:
    distance, ground = PathProfile.bare(X, X / 10.0)
    np.testing.assert_array_equal(distance, X)
    np.testing.assert_array_equal(ground, X / 10.0)


def test_of_a_pair_is_bare_and_inland() -> None:
    path = PathProfile.of((X.astype(np.float32), X))
    assert not path.clutter_m.any()
    assert set(path.zone) == {4}
    assert PathProfile.of(path) is path


@pytest.mark.parametrize("distance", [[0.0], [0.0, 0.0]])
def test_the_foot_of_the_mast_is_one_sample(distance: list[float]) -> None:
    path = PathProfile.bare(np.array(distance), np.full(len(distance), 7.0))
    assert path.distance_m.tolist() == [0.0]
    assert path.length_m == 0.0


def test_obstacles_leave_the_ends_bare() -> None:
    path = PathProfile(X, np.full(4, 5.0), np.array([9.0, 10.0, 20.0, 9.0]), INLAND)
    assert path.obstacles_m.tolist() == [5.0, 15.0, 25.0, 5.0]
    assert path.ground_m.tolist() == [5.0] * 4


def test_two_samples_get_a_middle() -> None:
    path = PathProfile(np.array([0.0, 80.0]), np.array([10.0, 20.0]), np.array([5.0, 5.0]), np.array([4, 1]))
    middle = path.with_middle()
    assert middle.distance_m.tolist() == [0.0, 40.0, 80.0]
    assert middle.ground_m.tolist() == [10.0, 15.0, 20.0]
    assert middle.obstacles_m.tolist() == [10.0, 15.0, 20.0]
    assert PathProfile.bare(X, X).with_middle().distance_m.size == 4


def test_reversed() -> None:
    path = PathProfile(X, np.arange(4.0), np.arange(4.0), np.array([1, 3, 4, 4]))
    back = path.reversed()
    assert back.distance_m.tolist() == [0.0, 750.0, 900.0, 1_000.0]
    assert back.ground_m.tolist() == [3.0, 2.0, 1.0, 0.0]
    assert back.zone.tolist() == [4, 4, 3, 1]


def test_widths_and_the_share_of_sea() -> None:
    assert sample_widths(X).tolist() == [50.0, 125.0, 450.0, 375.0]
    path = PathProfile(X, np.zeros(4), np.zeros(4), np.array([1, 4, 4, 1]))
    assert path.sea_share == pytest.approx(0.425)
    assert PathProfile(X[:1], X[:1], X[:1], np.array([1])).sea_share == 1.0


@pytest.mark.parametrize(("at", "known"), [(0, True), (3, True), (1, False)])
def test_clutter_of_the_ends_need_not_be_known(at: int, known: bool) -> None:  # noqa: FBT001
    clutter = np.zeros(4)
    clutter[at] = np.nan
    assert PathProfile(X, np.zeros(4), clutter, INLAND).is_known is known


def test_ground_of_the_ends_must_be_known() -> None:
    assert not PathProfile.bare(X, np.array([0.0, 0.0, 0.0, np.nan])).is_known


@pytest.mark.parametrize(
    ("arrays", "fault"),
    [
        ({"distance_m": np.array([0.0, 250.0, 100.0, 1_000.0])}, r"sample 2 \(100 m\) follows 250 m; sort the samples"),
        ({"distance_m": np.array([0.0, 100.0, 100.0, 1_000.0])}, r"sample 2 \(100 m\) follows 100 m"),
        ({"distance_m": X + 5.0}, "must be finite and start at 0, not at 5"),
        ({"distance_m": np.array([0.0, np.nan, 250.0, 1_000.0])}, "must be finite"),
        ({"distance_m": np.array([0.0, 100.0, 250.0, np.inf])}, "must be finite"),
        ({"distance_m": np.zeros((2, 2))}, r"distance_m has shape \(2, 2\)"),
        ({"ground_m": np.zeros(3)}, r"ground_m has shape \(3,\), distance_m \(4,\)"),
        ({"ground_m": np.array([0.0, np.inf, 0.0, 0.0])}, "heights must be finite"),
        ({"clutter_m": np.array([0.0, -1.0, 0.0, 0.0])}, "clutter_m must not be negative"),
        ({"zone": np.array([4, 2, 4, 4])}, r"zone must be 1 \(sea\), 3 \(coast\) or 4 \(inland\)"),
    ],
)
def test_refused(arrays: dict[str, Any], fault: str) -> None:
    whole = {"distance_m": X, "ground_m": np.zeros(4), "clutter_m": np.zeros(4), "zone": INLAND, **arrays}
    with pytest.raises(ModelError, match=fault):
        PathProfile(**whole)


def test_nothing_is_no_profile() -> None:
    with pytest.raises(ModelError, match="shape"):
        PathProfile.bare(np.empty(0), np.empty(0))
