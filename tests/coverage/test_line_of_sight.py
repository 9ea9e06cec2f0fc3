"""Line of sight over a profile, and TR 38.901 told by it instead of by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation import Environment, Paths, get_model, repeat_range_warnings
from phusong.coverage.propagation.line_of_sight import clears, in_line_of_sight
from phusong.coverage.propagation.p525 import free_space_db
from phusong.coverage.propagation.path_profile import INLAND, PathProfile
from phusong.coverage.propagation.tr38901 import Tr38901, rma_db, uma_db, umi_db
from phusong.errors import ModelError, ModelRangeWarning

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")

X = np.linspace(0.0, 2_000.0, 101)


def hill(height_m: float) -> np.ndarray:
    return np.where(np.abs(X - 1_000.0) < 30.0, height_m, 0.0)


def test_a_hill_below_and_above_the_line() -> None:
    """30 m to 1.5 m: the line is 15.75 m over the middle, the earth's bulge there 0.06 m."""
    assert clears(PathProfile.bare(X, hill(15.3)), 30.0, 1.5)
    assert not clears(PathProfile.bare(X, hill(15.9)), 30.0, 1.5)


def test_clutter_hides_too_but_not_at_the_ends() -> None:
    zone = np.full(X.size, INLAND, np.int8)
    clutter = hill(20.0)
    assert not clears(PathProfile(X, np.zeros(X.size), clutter, zone), 30.0, 1.5)
    ends = np.zeros(X.size)
    ends[[0, -1]] = 25.0
    assert clears(PathProfile(X, np.zeros(X.size), ends, zone), 30.0, 1.5)


def test_the_earth_bulges() -> None:
    """30 m and 1.5 m see each other over 22.6 + 5.05 = 27.6 km of flat ground, sqrt(2 a h) with a = 4/3 earth."""
    for km, seen in ((27.0, True), (28.5, False)):
        x = np.linspace(0.0, 1e3 * km, 1_001)
        assert clears(PathProfile.bare(x, np.zeros(x.size)), 30.0, 1.5) is seen


@given(
    ground=st.lists(st.floats(0, 60), min_size=3, max_size=40),
    tx=st.floats(1, 100),
    more=st.floats(0, 50),
    rx=st.floats(1, 10),
)
@settings(deadline=None)
def test_sight_is_mutual_and_a_higher_mast_sees_no_less(ground: list[float], tx: float, more: float, rx: float) -> None:
    profile = PathProfile.bare(50.0 * np.arange(len(ground)), np.array(ground))
    seen = clears(profile, tx, rx)
    assert clears(profile.reversed(), rx, tx) is seen or abs(more) < 1e-9
    assert not seen or clears(profile, tx + more, rx)


@pytest.mark.parametrize(("town", "both_db"), [("uma", uma_db), ("umi", umi_db)])
def test_terrain_takes_one_of_the_two_losses(town: Any, both_db: Any) -> None:
    profiles = [PathProfile.bare(X, hill(0.0)), PathProfile.bare(X, hill(28.0))]
    paths = Paths(np.full(2, 2_000.0), np.full(2, Environment.URBAN, np.int8), 30.0, profile=profiles.__getitem__)
    los, nlos = both_db(paths, f_mhz=3750.0)
    found = Tr38901(town=town, line_of_sight="terrain").loss_db(paths, f_mhz=3750.0)
    np.testing.assert_allclose(found, [los[0], nlos[1]], atol=1e-9)
    mean = Tr38901(town=town).loss_db(paths, f_mhz=3750.0)
    assert found[0] < mean[0] < found[1]


def test_open_land_is_rma_told_by_terrain_too() -> None:
    paths = Paths(
        np.array([2_000.0]),
        np.array([Environment.OPEN], np.int8),
        30.0,
        profile=lambda _: (X, hill(28.0)),
    )
    found = get_model("tr38901-terrain").loss_db(paths, f_mhz=3750.0)
    np.testing.assert_allclose(found, rma_db(paths, f_mhz=3750.0)[1])


def test_a_mask_goes_before_the_profiles() -> None:
    mask = np.array([True, False])
    paths = Paths(
        np.full(2, 2_000.0),
        np.full(2, Environment.URBAN, np.int8),
        30.0,
        profile=lambda _: (X, hill(28.0)),
        line_of_sight=mask,
    )
    np.testing.assert_array_equal(in_line_of_sight(paths), [1.0, 0.0])
    # It follows the paths when some are chosen.
    np.testing.assert_array_equal(in_line_of_sight(paths.at(np.array([1, 0, 0]))), [0.0, 1.0, 1.0])


def test_unknown_ground_is_unknown_loss() -> None:
    void = hill(0.0)
    void[50] = np.nan
    paths = Paths(np.array([2_000.0]), np.ones(1, np.int8), 30.0, profile=lambda _: (X, void))
    assert np.isnan(get_model("tr38901-terrain").loss_db(paths, f_mhz=3750.0)[0])


def test_the_antennas_own_height_counts_over_terrain() -> None:
    """A mast with 60 m of effective height that stands 12 m tall does not see over 14 m."""
    paths = Paths(
        np.array([2_000.0]),
        np.ones(1, np.int8),
        60.0,
        profile=lambda _: (X, hill(14.0)),
        antenna_height_m=12.0,
    )
    low = get_model("tr38901-terrain").loss_db(paths, f_mhz=3750.0)
    np.testing.assert_allclose(low, uma_db(paths.above_ground(), f_mhz=3750.0)[1])


def test_without_terrain_it_says_so() -> None:
    repeat_range_warnings()
    paths = Paths(np.array([500.0]), np.ones(1, np.int8), 30.0)
    with pytest.warns(ModelRangeWarning, match="tr38901-terrain: no terrain is read, and the ground is taken as flat"):
        get_model("tr38901-terrain").loss_db(paths, f_mhz=3750.0)


@given(distance_m=st.floats(0, 5_000), tx=st.floats(5, 150), rx=st.floats(1.5, 10), f_mhz=st.floats(500, 30_000))
@settings(deadline=None)
def test_sight_never_costs_and_street_canyons_are_above_free_space(
    distance_m: float, tx: float, rx: float, f_mhz: float
) -> None:
    paths = Paths(np.array([distance_m]), np.zeros(1, np.int8), tx, rx)
    for both_db in (uma_db, umi_db, rma_db):
        los, nlos = both_db(paths, f_mhz=f_mhz)
        assert los[0] <= nlos[0]
    found = Tr38901(town="umi").loss_db(paths, f_mhz=f_mhz)
    assert found[0] >= free_space_db(paths, f_mhz=f_mhz)[0]


@pytest.mark.parametrize("both_db", [uma_db, umi_db, rma_db])
@pytest.mark.parametrize("f_mhz", [700.0, 3750.0])
def test_no_step_at_the_breakpoint(both_db: Any, f_mhz: float) -> None:
    distance_m = np.arange(10.0, 5_000.0, 0.5)
    los, nlos = both_db(Paths(distance_m, np.zeros(distance_m.size, np.int8), 25.0), f_mhz=f_mhz)
    beyond = distance_m[1:] > 100.0
    # RMa's PL1 is taken at d3D before the breakpoint and at dBP (a ground distance) in PL2: 4e-4 dB apart.
    assert np.abs(np.diff(los))[beyond].max() < 0.12
    assert np.abs(np.diff(nlos))[beyond].max() < 0.12


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"town": "rma"}, "town must be 'uma' or 'umi' .*, not 'rma' and 'mean'"),
        ({"line_of_sight": "dice"}, "not 'uma' and 'dice'"),
    ],
)
def test_other_words_are_refused(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        Tr38901(**settings)


@pytest.mark.parametrize("mask", [np.ones(3, bool), np.ones(2), np.ones((2, 1), bool)])
def test_masks_that_do_not_fit(mask: Any) -> None:
    with pytest.raises(ModelError, match=r"line_of_sight must be true or false, of shape \(2,\) like distance_m"):
        Paths(np.ones(2), np.ones(2, np.int8), 30.0, line_of_sight=mask)
