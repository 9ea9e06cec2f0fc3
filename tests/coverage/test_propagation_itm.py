"""ITM: its geometry by hand, its compiled code against the plain one, what grows with what, and what is refused."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage.propagation import Paths, get_model, itm_loss, itm_terrain, itm_variability, repeat_range_warnings
from phusong.coverage.propagation.itm import Itm
from phusong.coverage.propagation.itm_terrain import horizons, irregularity_m, line_ends_m, read_profile
from phusong.coverage.propagation.itm_variability import normal_deviate
from phusong.coverage.propagation.p525 import free_space_db
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.errors import ModelError, ModelRangeWarning

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")

STEP_M = 30.0
GROUNDS = st.tuples(st.integers(2, 200), st.floats(0.0, 30.0), st.integers(0, 2**32 - 1)).map(
    lambda drawn: np.abs(np.cumsum(np.random.default_rng(drawn[2]).normal(0.0, drawn[1], drawn[0])))
)


def profile_of(heights: NDArray[np.float64], step_m: float = STEP_M) -> PathProfile:
    return PathProfile.bare(step_m * np.arange(heights.size), heights)


def test_a_line_through_a_slope_is_the_slope() -> None:
    heights = 100.0 + 2.0 * np.arange(51)
    assert line_ends_m(heights, 30.0, 300.0, 1_200.0) == pytest.approx((100.0, 200.0))


def test_a_slope_is_not_irregular_and_a_sawtooth_is() -> None:
    slope = 100.0 + 2.0 * np.arange(401)
    assert irregularity_m(slope, 30.0, 0.0, 12_000.0) == pytest.approx(0.0, abs=1e-9)
    saw = np.where(np.arange(401) % 2, 50.0, 0.0)
    found = irregularity_m(saw, 30.0, 0.0, 12_000.0)
    at_12_km = 1.0 - 0.8 * math.exp(-12.0 / 50.0)
    assert 30.0 < found * at_12_km <= 50.0
    assert irregularity_m(saw, 30.0, 0.0, 50.0) == 0.0


def test_one_peak_is_the_horizon_of_both() -> None:
    """100 m at 3 km of 6 km between masts of 10 m: 30 mrad up, less d / 2a."""
    heights = np.zeros(201)
    heights[100] = 100.0
    theta_tx, theta_rx, d_tx, d_rx = horizons(heights, 30.0, 8.5e6, 10.0, 10.0)
    assert (d_tx, d_rx) == (3_000.0, 3_000.0)
    assert theta_tx == theta_rx == pytest.approx(0.030 - 3_000.0 / 17e6)


def test_in_line_of_sight_the_horizon_is_the_other_end() -> None:
    *_, d_tx, d_rx = horizons(np.zeros(11), 30.0, 8.5e6, 10.0, 10.0)
    assert (d_tx, d_rx) == (300.0, 300.0)


@given(share=st.floats(0.001, 0.999))
@settings(deadline=None)
def test_normal_deviate_is_within_what_its_source_says(share: float) -> None:
    from scipy.special import ndtri

    assert normal_deviate(share) == pytest.approx(-float(ndtri(share)), abs=4.5e-4)


def plain(function: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a compiled function's plain twin, with all that it calls plain too."""
    for module in (itm_loss, itm_terrain, itm_variability):
        for name, value in vars(module).copy().items():
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
    return getattr(function, "py_func", function)  # without the compiler they are the same


@pytest.mark.parametrize("seed", range(30))
def test_compiled_is_plain(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    heights = np.abs(np.cumsum(rng.normal(0.0, 10.0 ** rng.uniform(-1.0, 1.3), 300)))
    step = 10.0 ** rng.uniform(1.3, 3.2)
    model = Itm(mode="single-message", time_share=0.1, location_share=0.3, situation_share=0.8)
    fast = model.point_to_point(profile_of(heights, step), 40.0, 1.5, f_mhz=900.0)
    for name in ("read_profile", "reference_db", "varied_db", "system_height_m"):
        from phusong.coverage.propagation import itm

        monkeypatch.setattr(itm, name, plain(getattr(itm, name), monkeypatch))
    slow = model.point_to_point(profile_of(heights, step), 40.0, 1.5, f_mhz=900.0)
    assert slow.propagation == fast.propagation
    assert slow.loss_db == pytest.approx(fast.loss_db, abs=1e-9)
    assert slow.geometry == pytest.approx(fast.geometry, rel=1e-12)


@given(heights=GROUNDS, f_mhz=st.floats(100, 6_000), shares=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=5))
@settings(deadline=None, max_examples=60)
def test_loss_grows_with_each_share(heights: NDArray[np.float64], f_mhz: float, shares: list[float]) -> None:
    for name in ("time_share", "location_share", "situation_share"):
        found = [
            Itm(**cast("Any", {name: share})).point_to_point(profile_of(heights), 30.0, 1.5, f_mhz=f_mhz).loss_db
            for share in sorted(shares)
        ]
        assert np.all(np.isfinite(found))
        assert np.all(np.diff(found) >= -1e-9)


@given(heights=GROUNDS, f_mhz=st.floats(100, 6_000))
@settings(deadline=None, max_examples=60)
def test_symmetric_ground_has_no_direction(heights: NDArray[np.float64], f_mhz: float) -> None:
    mirrored = np.concatenate([heights, heights[::-1]])
    there, back = (
        Itm().point_to_point(profile_of(mirrored), *ends, f_mhz=f_mhz).loss_db for ends in ((30.0, 2.0), (2.0, 30.0))
    )
    assert there == pytest.approx(back, abs=1e-6)


@given(heights=GROUNDS, tx=st.floats(1, 300), f_mhz=st.floats(100, 6_000))
@settings(deadline=None, max_examples=60)
def test_the_map_is_never_below_free_space(heights: NDArray[np.float64], tx: float, f_mhz: float) -> None:
    profile = profile_of(heights)
    paths = Paths(np.array([profile.length_m]), np.zeros(1, np.int8), tx, profile=lambda _: profile)
    found = Itm().loss_db(paths, f_mhz=f_mhz)[0]
    floor = free_space_db(paths, f_mhz=f_mhz)[0]
    assert found == max(floor, Itm().point_to_point(profile, tx, 1.5, f_mhz=f_mhz).loss_db)


def test_a_ridge_hides() -> None:
    x = np.arange(301)
    ridge = 200.0 * np.exp(-(((x - 150) / 10.0) ** 2))
    flat, hidden = (Itm().point_to_point(profile_of(h), 30.0, 1.5, f_mhz=900.0) for h in (np.zeros(301), ridge))
    assert flat.propagation == hidden.propagation == "line of sight"  # nearer than the smooth earth's horizon
    assert hidden.loss_db > flat.loss_db + 15.0


def test_uneven_steps_are_read_at_even_ones() -> None:
    even = profile_of(10.0 + np.arange(101.0))
    keep = np.sort(np.r_[0, 100, np.random.default_rng(0).choice(np.arange(1, 100), 60, replace=False)])
    uneven = PathProfile.bare(even.distance_m[keep], even.ground_m[keep])
    one, other = (Itm().point_to_point(each, 30.0, 1.5, f_mhz=900.0).loss_db for each in (even, uneven))
    assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize("distance_m", [0.0, 0.3, 0.99])
def test_at_the_mast_it_is_free_space(distance_m: float) -> None:
    profile = PathProfile.bare(np.array([0.0, distance_m]), np.zeros(2))
    paths = Paths(np.array([distance_m]), np.zeros(1, np.int8), 30.0, profile=lambda _: profile)
    np.testing.assert_allclose(Itm().loss_db(paths, f_mhz=900.0), free_space_db(paths, f_mhz=900.0))
    with pytest.raises(ModelError, match="must be 1 m long or longer, over known ground"):
        Itm().point_to_point(profile, 30.0, 1.5, f_mhz=900.0)


def test_two_samples_are_a_profile() -> None:
    found = Itm().point_to_point(profile_of(np.zeros(2)), 30.0, 1.5, f_mhz=900.0)
    assert np.isfinite(found.loss_db)


def test_unknown_ground_is_unknown_loss_and_the_others_stay() -> None:
    void = np.zeros(100)
    void[40] = np.nan
    profiles = [profile_of(void), profile_of(np.zeros(100))]
    paths = Paths(np.full(2, 2_970.0), np.zeros(2, np.int8), 30.0, profile=profiles.__getitem__)
    assert np.isnan(Itm().loss_db(paths, f_mhz=900.0)).tolist() == [True, False]
    with pytest.raises(ModelError, match="over known ground"):
        Itm().point_to_point(profiles[0], 30.0, 1.5, f_mhz=900.0)


def test_precision_follows_the_distances() -> None:
    distance = np.linspace(1_000.0, 9_000.0, 9)
    double = Itm().loss_db(Paths(distance, np.zeros(9, np.int8), 30.0), f_mhz=900.0)
    single = Itm().loss_db(Paths(distance.astype(np.float32), np.zeros(9, np.int8), 30.0), f_mhz=900.0)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, atol=1e-3)


def test_nearer_than_1_km_and_without_terrain_it_warns() -> None:
    repeat_range_warnings()
    paths = Paths(np.array([500.0]), np.zeros(1, np.int8), 30.0)
    with pytest.warns(ModelRangeWarning) as said:
        get_model("itm").loss_db(paths, f_mhz=900.0)
    texts = [str(each.message) for each in said]
    assert any("distance 500 m is outside the range 1000..1000000 m" in text for text in texts)
    assert any("itm: no terrain is read, and the ground is taken as flat" in text for text in texts)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"time_share": 0.0}, "itm: time_share must lie between 0 and 1, not 0; 90 % is 0.90"),
        ({"location_share": 1.0}, "location_share must lie between 0 and 1"),
        ({"situation_share": math.nan}, "situation_share must lie between 0 and 1, not nan"),
        ({"climate": "tropical"}, "climate must be one of equatorial, .*, not 'tropical'"),
        ({"mode": "tv"}, "mode must be one of single-message, accidental, mobile, broadcast, not 'tv'"),
        ({"polarisation": "left"}, "polarisation must be one of vertical, horizontal"),
        ({"n0": 410.0}, r"n0 must be 250\.\.400 N-units, not 410"),
        ({"n0": math.nan}, "n0 must be"),
        ({"permittivity": 0.5}, "permittivity must be 1 or more, not 0.5"),
        ({"conductivity_s_m": 0.0}, "conductivity_s_m must be more than 0 S/m, not 0"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        Itm(**settings)


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ({"f_mhz": 19.0}, r"itm: frequency 19 MHz is outside the possible range 20\.\.20000 MHz"),
        ({"f_mhz": math.nan}, "frequency nan MHz"),
        ({"tx_height_m": 0.4}, r"tx height 0\.4 m .* 0\.5\.\.3000 m"),
        ({"rx_height_m": 3_001.0}, "rx height 3001 m"),
        ({"heights": np.full(11, 9_000.0)}, r"surface refractivity .* outside 150\.\.400; check the elevations' unit"),
    ],
)
def test_paths_that_are_refused(call: dict[str, Any], fault: str) -> None:
    values = {"heights": np.zeros(11), "tx_height_m": 30.0, "rx_height_m": 1.5, "f_mhz": 900.0, **call}
    profile = profile_of(values.pop("heights"))
    with pytest.raises(ModelError, match=fault):
        Itm().point_to_point(profile, values.pop("tx_height_m"), values.pop("rx_height_m"), **values)


def test_ground_that_is_air_is_none() -> None:
    with pytest.raises(ModelError, match=r"permittivity 1 and conductivity 0.005 S/m are no ground at 900 MHz"):
        Itm(permittivity=1.0, polarisation="horizontal").point_to_point(
            profile_of(np.zeros(11)), 30.0, 1.5, f_mhz=900.0
        )


@pytest.mark.skipif(not hasattr(read_profile, "py_func"), reason="plain Python raises where compiled code gives NaN")
def test_ground_like_no_ground_is_said() -> None:
    """Mountains within two metres: the formulas end, and no number is made up."""
    heights = np.where(np.arange(10) % 2, 1_000.0, 0.0)
    with pytest.raises(ModelError, match=r"itm: the ground between the ends of a 2 m path is too rough"):
        Itm().point_to_point(profile_of(heights, 2.0 / 9.0), 43.0, 1.5, f_mhz=30.0)


def test_high_masts_see_ground_from_above() -> None:
    geometry = read_profile(np.zeros(101), 30.0, 8.5e6, 50.0, 1.5)
    assert geometry.effective_tx == 50.0
    assert geometry.horizon_tx == pytest.approx(math.sqrt(2 * 50.0 * 8.5e6))
