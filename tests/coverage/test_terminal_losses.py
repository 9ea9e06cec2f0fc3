"""Losses at one end of a path: clutter, walls, cars - what grows with what, and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation import TERMINAL_LOSSES, repeat_range_warnings
from phusong.coverage.propagation.p2108 import (
    CLUTTER_HEIGHT_M,
    ClutterKind,
    _terrestrial_db,
    earth_space_db,
    height_gain_db,
    terrestrial_db,
)
from phusong.coverage.propagation.p2109 import Building, building_entry_db
from phusong.coverage.propagation.tr38901_o2i import building_db, car_db, material_db
from phusong.errors import ModelError, ModelRangeWarning

BUILDINGS: tuple[Building, ...] = ("traditional", "thermally-efficient")
SHARES = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=20).map(lambda values: np.array(sorted(values)))


@pytest.fixture(autouse=True)
def fresh_warnings() -> Iterator[None]:
    repeat_range_warnings()
    yield
    repeat_range_warnings()


def test_all_by_name_with_ranges_and_sources() -> None:
    assert list(TERMINAL_LOSSES) == [
        *("p2108-height-gain", "p2108-terrestrial", "p2108-earth-space", "p2109", "tr38901-o2i", "tr38901-car")
    ]
    for name, loss in TERMINAL_LOSSES.items():
        assert loss.name == name
        assert loss.title
        assert loss.source
        assert loss.ranges[0].quantity == "frequency"
        for each in loss.ranges:
            assert each.possible[0] <= each.recommended[0] < each.recommended[1] <= each.possible[1]


@given(
    kind=st.sampled_from(ClutterKind),
    f_mhz=st.floats(30, 3000),
    heights=st.lists(st.floats(0.5, 40), min_size=2, max_size=10),
)
@settings(deadline=None)
def test_higher_antennas_lose_less_to_clutter(kind: ClutterKind, f_mhz: float, heights: list[float]) -> None:
    losses = [height_gain_db(height, kind, f_mhz=f_mhz) for height in sorted(heights)]
    assert np.all(np.diff(losses) <= 1e-9)
    assert min(losses) >= -5e-3  # J(0) is 6.03 but for rounding


@pytest.mark.parametrize("kind", list(ClutterKind))
def test_clutter_ends_at_its_own_height_without_a_step(kind: ClutterKind) -> None:
    height = CLUTTER_HEIGHT_M[kind]
    assert height_gain_db(height, kind, f_mhz=900.0) == 0.0
    # J(0) = 6.03 dB is rounded in (2a).
    assert height_gain_db(height - 1e-6, kind, f_mhz=900.0) == pytest.approx(0.0, abs=0.01)


@given(shares=SHARES, f_mhz=st.floats(500, 67_000), distance_m=st.floats(250, 50_000))
@settings(deadline=None)
def test_terrestrial_clutter_grows_with_the_share_of_places(
    shares: np.ndarray, f_mhz: float, distance_m: float
) -> None:
    loss = terrestrial_db(np.array([distance_m]), f_mhz=f_mhz, location_share=shares)
    assert loss.shape == shares.shape
    assert np.all(np.diff(loss) >= -1e-9)


@given(share=st.floats(1e-4, 1 - 1e-4), f_mhz=st.floats(500, 67_000))
@settings(deadline=None)
def test_terrestrial_clutter_is_that_of_2_km_at_the_most(share: float, f_mhz: float) -> None:
    distance_m = np.concatenate([np.geomspace(250, 50_000, 60), [2_000.0]])
    loss = terrestrial_db(distance_m, f_mhz=f_mhz, location_share=share)
    assert np.all(loss <= loss[-1])


def test_the_cap_holds_nearer_than_2_km_too() -> None:
    """At large shares the bare formula is 1.7 dB higher at 600 m than at 2 km; the Recommendation's cap holds."""
    near, far = (_terrestrial_db(np.array(d_km), 2.0, np.array(0.999)) for d_km in (0.6, 2.0))
    assert near == pytest.approx(far + 1.74, abs=0.01)
    assert terrestrial_db(np.array(600.0), f_mhz=2_000.0, location_share=0.999) == far


@given(shares=SHARES, f_mhz=st.floats(10_000, 100_000), elevation=st.floats(0, 90))
@settings(deadline=None)
def test_slant_clutter_grows_with_the_share_of_places(shares: np.ndarray, f_mhz: float, elevation: float) -> None:
    loss = earth_space_db(np.array([elevation]), f_mhz=f_mhz, location_share=shares)
    assert np.all(np.diff(loss) >= -1e-9)


@given(shares=SHARES, f_mhz=st.floats(80, 100_000), elevation=st.floats(-90, 90))
@settings(deadline=None)
def test_building_entry_grows_with_probability_and_efficient_walls(
    shares: np.ndarray, f_mhz: float, elevation: float
) -> None:
    old = building_entry_db(shares, "traditional", f_mhz=f_mhz, elevation_deg=elevation)
    new = building_entry_db(shares, "thermally-efficient", f_mhz=f_mhz, elevation_deg=elevation)
    assert np.all(np.diff(old) >= 0.0)
    assert np.all(np.diff(new) >= 0.0)
    assert np.all(old > -3.0)
    traditional, efficient = (
        float(building_entry_db(0.5, each, f_mhz=f_mhz, elevation_deg=elevation)) for each in BUILDINGS
    )
    assert traditional < efficient


@given(f_mhz=st.floats(500, 60_000))
@settings(deadline=None)
def test_coated_glass_loses_more(f_mhz: float) -> None:
    low_a, low, high = (float(building_db(0.0, each, f_mhz=f_mhz)) for each in ("low-a", "low", "high"))
    assert low_a <= low + 1e-9
    assert low < high


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5, 90.0, np.nan])
def test_shares_are_between_0_and_1(share: float) -> None:
    rule = "must lie between 0 and 1, not .*; 90 % is 0.90"
    with pytest.raises(ModelError, match=rule):
        terrestrial_db(np.array([1e3]), f_mhz=900.0, location_share=share)
    with pytest.raises(ModelError, match=rule):
        earth_space_db(np.array([10.0]), f_mhz=3e4, location_share=np.array([0.5, share]))
    with pytest.raises(ModelError, match=rule):
        building_entry_db(share, "traditional", f_mhz=900.0)


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda: terrestrial_db(np.array([1e3, np.nan]), f_mhz=900.0, location_share=0.5), "distance nan m"),
        (lambda: terrestrial_db(np.array([0.0]), f_mhz=900.0, location_share=0.5), "distance 0 m is outside"),
        (lambda: terrestrial_db(np.array([1e3]), f_mhz=np.nan, location_share=0.5), "frequency nan MHz"),
        (lambda: height_gain_db(np.nan, ClutterKind.URBAN, f_mhz=900.0), "antenna height nan m"),
        (lambda: height_gain_db(1.5, ClutterKind.URBAN, f_mhz=3_500.0), "frequency 3500 MHz .* check the value"),
        (lambda: earth_space_db(np.array([91.0]), f_mhz=3e4, location_share=0.5), "elevation 91 deg"),
        (lambda: building_entry_db(0.5, "brick", f_mhz=900.0), "must be one of traditional, thermally-efficient"),  # type: ignore[arg-type]
        (lambda: building_entry_db(0.5, "traditional", f_mhz=79.0), r"frequency 79 MHz .* 80\.\.100000"),
        (lambda: building_db(1.0, "thick", f_mhz=900.0), "walls must be one of low, high, low-a, older"),  # type: ignore[arg-type]
        (lambda: building_db(-1.0, "low", f_mhz=900.0), "indoor distance -1 m"),
        (lambda: building_db(1.0, "low", f_mhz=450.0), "frequency 450 MHz"),
        (lambda: material_db("straw", f_mhz=900.0), "material must be one of glass, .*, not 'straw'"),
        (lambda: car_db(f_mhz=np.inf), "frequency inf MHz"),
    ],
)
def test_impossible_values_are_refused(call: Any, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        call()


def test_a_kind_of_clutter_must_be_one() -> None:
    with pytest.raises(ValueError, match="9 is not a valid ClutterKind"):
        height_gain_db(1.5, 9, f_mhz=900.0)  # type: ignore[arg-type]


def test_outside_the_recommended_range_warns_once() -> None:
    with pytest.warns(ModelRangeWarning, match="tr38901-car: frequency 520 MHz is outside the range 600"):
        car_db(f_mhz=520.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        car_db(f_mhz=530.0)


def test_nothing_in_nothing_out() -> None:
    assert terrestrial_db(np.array([]), f_mhz=900.0, location_share=0.5).shape == (0,)
    assert building_db(np.array([]), "low", f_mhz=900.0).shape == (0,)
