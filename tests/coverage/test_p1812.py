"""What P.1812 promises, what it does not, and what happens at the edges of its input."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation import Paths, Profile, get_model, repeat_range_warnings
from phusong.coverage.propagation.p1812 import P1812, basic_loss
from phusong.coverage.propagation.p1812_path import coast_distances_m, zone_lengths
from phusong.coverage.propagation.p1812_result import INTERMEDIATES
from phusong.coverage.propagation.p1812_terms import inverse_normal
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.errors import ModelError, ModelRangeWarning

DELTA = Climate(52.3, 380.0, 10.0, "Ho Chi Minh City")
LINK: dict[str, Any] = {"f_mhz": 900.0, "tx_height_m": 30.0, "rx_height_m": 1.5, "climate": DELTA}
quiet = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")


@pytest.fixture(autouse=True)
def fresh_warnings() -> Iterator[None]:
    repeat_range_warnings()
    yield
    repeat_range_warnings()


@st.composite
def paths_of_any_kind(draw: st.DrawFn, *, zones: tuple[int, ...] = (1, 3, 4)) -> PathProfile:
    samples = draw(st.integers(3, 30))
    steps = draw(st.lists(st.floats(10.0, 2_000.0), min_size=samples - 1, max_size=samples - 1))
    of_each: dict[str, Any] = {"min_size": samples, "max_size": samples}
    rough = draw(st.sampled_from([0.0, 3.0, 60.0, 500.0]))
    ground = draw(st.lists(st.floats(0.0, rough), **of_each))
    clutter = draw(st.lists(st.sampled_from([0.0, 5.0, 15.0, 25.0]), **of_each))
    zone = draw(st.lists(st.sampled_from(zones), **of_each))
    # No two steps are the same: of two equally exposed samples the last is taken, and that is another one from behind.
    uneven = np.array(steps) + 1e-2 * np.sqrt(np.arange(samples - 1))
    return PathProfile(np.cumsum([0.0, *uneven]), np.array(ground), np.array(clutter), np.array(zone))


FREQUENCIES = st.floats(30.0, 6_000.0)
HEIGHTS = st.floats(1.0, 300.0)
PERCENTS = st.floats(1.0, 50.0)


@quiet
@given(path=paths_of_any_kind(), f_mhz=FREQUENCIES, heights_m=st.tuples(HEIGHTS, HEIGHTS), p=PERCENTS)
@settings(max_examples=150, deadline=None)
def test_the_way_back_is_the_way_there(
    path: PathProfile, f_mhz: float, heights_m: tuple[float, float], p: float
) -> None:
    """Every term is reciprocal; only the spread over places (4.8) belongs to the receiver, and is 0 here.

    But for a tie: where two samples of a path in line of sight are equally exposed, dlt and dlr depend on the end.
    """
    there, back = (
        basic_loss(each, f_mhz=f_mhz, tx_height_m=tx, rx_height_m=rx, climate=DELTA, p_percent=p).intermediates
        for each, tx, rx in ((path, *heights_m), (path.reversed(), *heights_m[::-1]))
    )
    for name in ("Lb", "Lbfs", "Ld50", "Ldp", "Lba", "Lbs", "th", "hm"):
        assert back[name] == pytest.approx(there[name], abs=1e-6), name
    for one, other in (("dlt", "dlr"), ("th_t", "th_r"), ("hte", "hre"), ("hstd", "hsrd"), ("Ast", "Asr")):
        assert back[one] == pytest.approx(there[other], abs=1e-6), one


@quiet
@given(path=paths_of_any_kind(), f_mhz=FREQUENCIES, height_m=HEIGHTS, p=PERCENTS, pl=st.floats(1.0, 99.0))
@settings(max_examples=150, deadline=None)
def test_never_below_what_free_space_may_gain(
    path: PathProfile, f_mhz: float, height_m: float, p: float, pl: float
) -> None:
    """(9) to (11) and (69): focusing lowers free space by 2.6 log10(50 / p) dB at most, by 4.42 dB at 1 %."""
    found = basic_loss(
        path,
        f_mhz=f_mhz,
        tx_height_m=height_m,
        rx_height_m=1.5,
        climate=DELTA,
        p_percent=p,
        location_percent=pl,
        sigma_db=6.0,
    ).intermediates
    assert found["Lb"] >= found["Lbfs"] + 2.6 * math.log10(p / 50.0) - 1e-9
    assert found["Lb"] >= found["Lbfs"] - 4.42


@quiet
@given(path=paths_of_any_kind(), f_mhz=FREQUENCIES, height_m=HEIGHTS, extra_m=st.floats(0.0, 30.0))
@settings(max_examples=100, deadline=None)
def test_more_clutter_never_helps(path: PathProfile, f_mhz: float, height_m: float, extra_m: float) -> None:
    taller = replace(path, clutter_m=path.clutter_m + extra_m)
    low, high = (
        basic_loss(each, f_mhz=f_mhz, tx_height_m=height_m, rx_height_m=1.5, climate=DELTA) for each in (path, taller)
    )
    assert high.loss_db >= low.loss_db - 1e-9


@quiet
@given(
    path=paths_of_any_kind(),
    f_mhz=FREQUENCIES,
    height_m=HEIGHTS,
    p=st.tuples(PERCENTS, PERCENTS).map(sorted),
    pl=st.tuples(st.floats(1.0, 99.0), st.floats(1.0, 99.0)).map(sorted),
)
@settings(max_examples=100, deadline=None)
def test_a_stricter_promise_costs_more(
    path: PathProfile, f_mhz: float, height_m: float, p: list[float], pl: list[float]
) -> None:
    """Not exceeded for more of the time, or at more places: a higher loss."""
    link: dict[str, Any] = {**LINK, "f_mhz": f_mhz, "tx_height_m": height_m, "sigma_db": 5.5}
    by_time = [basic_loss(path, **link, p_percent=each).loss_db for each in p]
    by_place = [basic_loss(path, **link, location_percent=each).loss_db for each in pl]
    assert by_time[1] >= by_time[0] - 1e-6
    assert by_place[1] >= by_place[0] - 1e-6


@quiet
@given(
    samples=st.integers(3, 60),
    length_m=st.floats(300.0, 60_000.0),
    f_mhz=FREQUENCIES,
    rx_height_m=st.floats(1.0, 30.0),
    heights_m=st.tuples(HEIGHTS, HEIGHTS).map(sorted),
)
@settings(max_examples=150, deadline=None)
def test_a_higher_mast_sees_farther_over_flat_ground(
    samples: int, length_m: float, f_mhz: float, rx_height_m: float, heights_m: list[float]
) -> None:
    """Diffraction never grows with the mast where the ground is flat and bare, nor its Bullington part anywhere.

    The Recommendation promises no more: free space grows with the slant of a short path, and the ducting term jumps
    where the path comes into line of sight, see the next test.
    """
    path = PathProfile.bare(np.linspace(0.0, length_m, samples), np.full(samples, 2.0))
    low, high = (
        basic_loss(path, f_mhz=f_mhz, tx_height_m=each, rx_height_m=rx_height_m, climate=DELTA).intermediates
        for each in heights_m
    )
    for name in ("Lbulla50", "Ld50", "Ldb", "Ldp"):
        assert high[name] <= low[name] + 1e-7, name


@quiet
@given(path=paths_of_any_kind(), f_mhz=FREQUENCIES, heights_m=st.tuples(HEIGHTS, HEIGHTS).map(sorted))
@settings(max_examples=100, deadline=None)
def test_bullington_falls_with_the_mast_on_any_ground(path: PathProfile, f_mhz: float, heights_m: list[float]) -> None:
    low, high = (
        basic_loss(path, f_mhz=f_mhz, tx_height_m=each, rx_height_m=1.5, climate=DELTA).intermediates
        for each in heights_m
    )
    assert high["Lbulla50"] <= low["Lbulla50"] + 1e-9
    assert high["Lbulla"] <= low["Lbulla"] + 1e-9


def test_the_recommendation_is_not_monotone_in_the_mast() -> None:
    """A mast that grows from 23 to 39 m into the line of sight: ducting and with it the loss for 1 % rise by 13 dB."""
    path = PathProfile.bare(np.linspace(0.0, 43_635.0, 15), np.zeros(15))
    low, high = (
        basic_loss(path, f_mhz=450.0, tx_height_m=each, rx_height_m=12.5, climate=DELTA, p_percent=1.0)
        for each in (23.0, 39.0)
    )
    assert high.intermediates["Ld50"] < low.intermediates["Ld50"]
    assert high.loss_db > low.loss_db + 10.0


def test_every_intermediate_has_its_name() -> None:
    found = basic_loss(PathProfile.bare(np.linspace(0.0, 5_000.0, 51), np.zeros(51)), **LINK)
    assert tuple(found.intermediates) == INTERMEDIATES
    assert all(math.isfinite(value) for value in found.intermediates.values())
    assert found.loss_db == found.intermediates["Lb"]


@pytest.mark.parametrize("at", [0, 25, 50])
def test_unknown_ground_is_an_unknown_loss(at: int) -> None:
    ground = np.zeros(51)
    ground[at] = np.nan
    found = basic_loss(PathProfile.bare(np.linspace(0.0, 5_000.0, 51), ground), **LINK)
    assert math.isnan(found.loss_db)
    assert found.intermediates["d"] == 5.0


def test_unknown_clutter_is_an_unknown_loss() -> None:
    clutter = np.zeros(51)
    clutter[7] = np.nan
    path = PathProfile(np.linspace(0.0, 5_000.0, 51), np.zeros(51), clutter, np.full(51, 4))
    assert math.isnan(basic_loss(path, **LINK).loss_db)


@quiet
def test_the_foot_of_the_mast() -> None:
    """28.5 m of free space straight down, and 1 m where the antennas meet."""
    foot = PathProfile.bare(np.zeros(1), np.full(1, 6.0))
    down = 92.4 + 20.0 * math.log10(0.9) + 20.0 * math.log10(0.0285)
    assert basic_loss(foot, **LINK).loss_db == pytest.approx(down, abs=1e-9)
    one_metre = basic_loss(foot, **{**LINK, "tx_height_m": 1.5}).loss_db
    assert one_metre == pytest.approx(92.4 + 20.0 * math.log10(0.9) - 60.0, abs=1e-9)


@quiet
def test_two_samples_are_flat_or_sloping_ground() -> None:
    two = PathProfile(np.array([0.0, 90.0]), np.array([4.0, 10.0]), np.array([20.0, 20.0]), np.array([4, 4]))
    three = PathProfile.bare(np.array([0.0, 45.0, 90.0]), np.array([4.0, 7.0, 10.0]))
    assert basic_loss(two, **LINK).loss_db == basic_loss(three, **LINK).loss_db


def test_a_short_path_warns_once() -> None:
    path = PathProfile.bare(np.array([0.0, 100.0, 200.0]), np.zeros(3))
    with pytest.warns(ModelRangeWarning, match=r"p1812: distance 200 m .* range 250\.\.3000000 m that Recommendation"):
        basic_loss(path, **LINK)
    basic_loss(path, **LINK)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"f_mhz": 29.0}, r"frequency 29 MHz is outside the possible range 30\.\.6000 MHz"),
        ({"f_mhz": 6_001.0}, "frequency 6001 MHz"),
        ({"f_mhz": math.nan}, "frequency nan MHz"),
        ({"tx_height_m": -2.0}, r"tx height -2 m is outside the possible range 1\.\.3000 m"),
        ({"rx_height_m": 0.0}, "rx height 0 m"),
        ({"tx_height_m": 3_001.0}, "tx height 3001 m"),
        ({"rx_height_m": math.nan}, "rx height nan m"),
        ({"p_percent": 0.5}, r"time percentage 0\.5 % is outside the possible range 1\.\.50 %"),
        ({"p_percent": 51.0}, "time percentage 51 %"),
        ({"location_percent": 99.5}, r"location percentage 99\.5 % .* 1\.\.99 %"),
        ({"location_percent": math.nan}, "location percentage nan %"),
        ({"sigma_db": -1.0}, "spread over places must be 0 dB or more, not -1 dB"),
        ({"sigma_db": math.inf}, "not inf dB"),
        ({"rx_coast_m": -1.0}, "ways to the coast must be 0 m or more"),
        ({"tx_coast_m": math.nan}, "ways to the coast"),
        ({"polarisation": "H"}, "not 'H'"),
        ({"climate": Climate(160.0, 380.0, 10.0, "")}, "delta N 160"),
    ],
)
def test_impossible_values(values: dict[str, Any], fault: str) -> None:
    path = PathProfile.bare(np.linspace(0.0, 5_000.0, 51), np.zeros(51))
    with pytest.raises(ModelError, match=fault):
        basic_loss(path, **{**LINK, **values})


def test_too_far() -> None:
    with pytest.raises(ModelError, match="distance 3100000 m"):
        basic_loss(PathProfile.bare(np.linspace(0.0, 3.1e6, 51), np.zeros(51)), **LINK)


def test_zones_of_a_path() -> None:
    """Borders lie half-way; dtm runs on from coast to inland, dlm does not."""
    x = np.array([0.0, 1.0, 3.0, 4.0, 8.0, 9.0, 10.0])
    found = zone_lengths(x, np.array([4, 4, 3, 1, 4, 4, 1], np.int8))
    assert found.omega == pytest.approx((2.5 + 0.5) / 10.0)
    assert found.dtm == pytest.approx(3.5)
    assert found.dlm == pytest.approx(3.5)
    assert zone_lengths(x, np.array([1] * 7, np.int8)) == (1.0, 0.0, 0.0)


def test_ways_to_the_coast() -> None:
    x = np.array([0.0, 100.0, 200.0, 400.0, 500.0])
    for zone, expected in (
        ([4, 4, 1, 1, 3], (150.0, 50.0)),
        ([1, 4, 4, 4, 1], (0.0, 0.0)),
        ([4, 4, 3, 3, 3], (500e3, 500e3)),
        ([1, 1, 1, 4, 4], (0.0, 200.0)),
    ):
        path = PathProfile(x, np.zeros(5), np.zeros(5), np.array(zone))
        assert coast_distances_m(path) == pytest.approx(expected), zone


def test_the_normal_distribution() -> None:
    """Attachment 2 is within 4.54e-4 of the inverse normal distribution, and odd about one half."""
    for share, exact in ((0.01, 2.3263479), (0.1, 1.2815516), (0.25, 0.6744898), (0.5, 0.0), (0.9, -1.2815516)):
        assert inverse_normal(share) == pytest.approx(exact, abs=4.54e-4)
    assert inverse_normal(0.999) == -inverse_normal(0.001)
    assert inverse_normal(0.0) == inverse_normal(1e-6)


def test_model_reads_each_path() -> None:
    x = np.linspace(0.0, 5_000.0, 101)
    hill = PathProfile.bare(x, 60.0 * np.exp(-(((x - 2_000.0) / 300.0) ** 2)))
    trees = PathProfile(x, np.zeros(101), np.full(101, 12.0), np.full(101, 4))
    unknown = PathProfile.bare(x, np.full(101, np.nan))
    profiles: list[Profile] = [hill, trees, (x, np.zeros(101)), unknown]
    for dtype in (np.float32, np.float64):
        paths = Paths(np.full(4, 5_000.0, dtype), np.zeros(4, np.int8), 30.0, 1.5, lambda number: profiles[number])
        found = get_model("p1812").loss_db(paths, f_mhz=900.0)
        assert found.dtype == dtype
        assert np.isnan(found).tolist() == [False, False, False, True]
        assert found[0] > found[2] + 10.0
        assert found[1] > found[2] + 10.0
    one = basic_loss(hill, **{**LINK, "climate": P1812().climate})
    assert P1812().loss_db(paths, f_mhz=900.0)[0] == one.loss_db


def test_model_takes_the_mast_above_its_own_ground() -> None:
    """An effective height is the empirical models' business."""
    x = np.linspace(0.0, 5_000.0, 101)
    paths = Paths(
        np.array([5_000.0]),
        np.zeros(1, np.int8),
        85.0,
        1.5,
        lambda _: PathProfile.bare(x, x / 100.0),
        antenna_height_m=30.0,
    )
    own = replace(paths, tx_height_m=30.0, antenna_height_m=None)
    assert P1812().loss_db(paths, f_mhz=900.0) == P1812().loss_db(own, f_mhz=900.0)


@quiet
def test_model_without_terrain_is_flat() -> None:
    distance = np.array([0.0, 30.0, 1_000.0, 12_000.0, 60_000.0])
    found = P1812().loss_db(Paths(distance, np.zeros(5, np.int8), 30.0, 1.5), f_mhz=900.0)
    x = np.linspace(0.0, 12_000.0, 241)
    flat = basic_loss(PathProfile.bare(x, np.zeros(241)), **{**LINK, "climate": P1812().climate})
    assert found[3] == flat.loss_db
    assert np.all(np.diff(found) > 0.0)


@quiet
def test_model_takes_the_coast_from_the_zones() -> None:
    """Nine tenths of sea from 1 km on: the ducts couple, as with the coast given by hand."""
    x = np.linspace(0.0, 40_000.0, 161)
    zone = np.where((x < 1_000.0) | (x > 39_000.0), 3, 1)
    path = PathProfile(x, np.zeros(161), np.zeros(161), zone)
    paths = Paths(np.array([40_000.0]), np.zeros(1, np.int8), 20.0, 10.0, lambda _: path)
    found = P1812(p_percent=1.0).loss_db(paths, f_mhz=900.0)[0]
    link = {**LINK, "tx_height_m": 20.0, "rx_height_m": 10.0, "climate": P1812().climate, "p_percent": 1.0}
    dct, dcr = coast_distances_m(path)
    assert found == basic_loss(path, **link, tx_coast_m=dct, rx_coast_m=dcr).loss_db
    assert found < basic_loss(path, **link).loss_db - 1.0


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"p_percent": 60.0}, "time percentage 60 %"),
        ({"location_percent": 0.0}, "location percentage 0 %"),
        ({"sigma_db": math.nan}, "spread over places"),
        ({"polarisation": "circular"}, "not 'circular'"),
    ],
)
def test_model_refuses(values: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        P1812(**values)
