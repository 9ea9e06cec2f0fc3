"""SPM: the formula term by term, Hata at the defaults, diffraction, and factors that are refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation import Environment, Paths, get_model
from phusong.coverage.propagation.p525 import free_space_db
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.propagation.spm import Spm, terrain_excess_db
from phusong.errors import ModelError, ModelRangeWarning

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")


def paths_over(ground_m: Any, distance_m: float = 6_000.0, **more: Any) -> Paths:
    ground = np.asarray(ground_m, float)
    profile = PathProfile.bare(np.linspace(0.0, distance_m, ground.size), ground)
    settings = {"tx_height_m": 40.0, "profile": lambda _: profile, **more}
    return Paths(np.array([distance_m]), np.array([Environment.URBAN], np.int8), **settings)


def ridge(height_m: float, *, samples: int = 201) -> np.ndarray:
    x = np.linspace(-1.0, 1.0, samples)
    return height_m * np.exp(-((x / 0.05) ** 2))


def test_every_factor_where_it_belongs() -> None:
    model = Spm(
        k1_db=20.0,
        k2=40.0,
        k3=5.0,
        k4=0.7,
        k5=-6.0,
        k6=-0.5,
        k7=-2.0,
        clutter_db=(-15.0, -7.0, 3.0),
        diffraction=lambda _profile, _tx, _rx, _f: 10.0,
    )
    log_d, log_h = math.log10(6_000.0), math.log10(40.0)
    expected = 20 + 40 * log_d + 5 * log_h + 0.7 * 10 - 6 * log_d * log_h - 0.5 * 2 - 2 * math.log10(2) + 3
    found = model.loss_db(paths_over(np.zeros(50), rx_height_m=2.0), f_mhz=1842.5)
    assert found[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("f_mhz", "k1_db"), [(935.0, 12.56), (1805.0, 21.99), (2110.0, 23.74)])
def test_default_k1(f_mhz: float, k1_db: float) -> None:
    """69.55 + 26.16 log f - 134.7; 46.3 + 33.9 log f - 134.7; above 2 GHz 10 dB a decade."""
    paths = Paths(np.array([5_000.0]), np.array([Environment.URBAN], np.int8), 30.0)
    log_d, log_h = math.log10(5_000.0), math.log10(30.0)
    k1 = Spm().loss_db(paths, f_mhz=f_mhz)[0] - 44.9 * log_d - 5.83 * log_h + 6.55 * log_d * log_h
    assert k1 == pytest.approx(k1_db, abs=0.01)


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize(("f_mhz", "older"), [(942.5, "okumura-hata"), (1842.5, "cost231-hata")])
def test_unfitted_it_is_hata(environment: Environment, f_mhz: float, older: str) -> None:
    """But for a(hm), which is under 0.1 dB at 1.5 m."""
    distance_m = np.geomspace(1_000.0, 20_000.0, 40)
    paths = Paths(distance_m, np.full(40, environment, np.int8), 45.0)
    difference = Spm().loss_db(paths, f_mhz=f_mhz) - get_model(older).loss_db(paths, f_mhz=f_mhz)
    np.testing.assert_allclose(difference, 0.0, atol=0.1)


def test_flat_ground_diffracts_nothing_more_than_hata_has() -> None:
    for height in (0.0, 800.0):
        assert terrain_excess_db(
            PathProfile.bare(np.linspace(0, 6e3, 201), np.full(201, height)), 40.0, 1.5, 900.0
        ) == pytest.approx(0.0, abs=1e-9)


def test_a_hill_costs_k4_of_its_diffraction() -> None:
    paths = paths_over(ridge(150.0))
    assert paths.profile is not None
    excess = terrain_excess_db(PathProfile.of(paths.profile(0)), 40.0, 1.5, 942.5)
    assert 15.0 < excess < 45.0
    bare = Spm(k4=0.0).loss_db(paths, f_mhz=942.5)
    for k4 in (0.5, 1.0):
        np.testing.assert_allclose(Spm(k4=k4).loss_db(paths, f_mhz=942.5) - bare, k4 * excess, atol=1e-9)


@given(heights=st.lists(st.floats(60, 400), min_size=2, max_size=6, unique=True), f_mhz=st.floats(200, 3500))
@settings(deadline=None, max_examples=40)
def test_higher_ridges_diffract_more(heights: list[float], f_mhz: float) -> None:
    x = np.linspace(0.0, 6e3, 201)
    found = [terrain_excess_db(PathProfile.bare(x, ridge(each)), 40.0, 1.5, f_mhz) for each in sorted(heights)]
    assert np.all(np.diff(found) >= -0.3)  # the smooth ground below rises a little with the ridge
    assert min(found) >= 0.0


def test_the_antenna_and_its_effective_height_are_two_things() -> None:
    """Effective 40 m in the slope, 25 m above its own ground in the diffraction."""
    seen: list[float] = []

    def diffraction(profile: PathProfile, tx: float, rx: float, f_mhz: float) -> float:
        del profile, rx, f_mhz
        seen.append(tx)
        return 0.0

    plain = Spm(diffraction=diffraction).loss_db(paths_over(np.zeros(9)), f_mhz=900.0)
    other = Spm(diffraction=diffraction).loss_db(paths_over(np.zeros(9), antenna_height_m=25.0), f_mhz=900.0)
    assert seen == [40.0, 25.0]
    assert plain == other


def test_unknown_ground_is_unknown_loss() -> None:
    ground = np.zeros(50)
    ground[20] = np.nan
    assert np.isnan(Spm().loss_db(paths_over(ground), f_mhz=900.0)[0])
    assert np.isfinite(Spm(k4=0.0).loss_db(paths_over(ground), f_mhz=900.0)[0])


@pytest.mark.parametrize("distance_m", [0.0, 0.5, 1.0])
def test_at_the_mast_it_is_free_space(distance_m: float) -> None:
    paths = paths_over([3.0, 3.0], distance_m)
    np.testing.assert_allclose(Spm().loss_db(paths, f_mhz=900.0), free_space_db(paths, f_mhz=900.0))


def test_without_terrain_it_says_so() -> None:
    from phusong.coverage.propagation import repeat_range_warnings

    repeat_range_warnings()
    paths = Paths(np.array([5_000.0]), np.array([Environment.URBAN], np.int8), 40.0)
    with pytest.warns(ModelRangeWarning, match="spm: no terrain is read, and the ground is taken as flat"):
        Spm().loss_db(paths, f_mhz=942.5)


@pytest.mark.parametrize(
    ("factors", "fault"),
    [
        ({"k2": math.nan}, "k2 must be a number, not nan"),
        ({"k1_db": math.inf}, "k1_db must be a number"),
        ({"k4": -0.1}, "k4 must be 0 or more, not -0.1; hills do not amplify"),
        ({"clutter_db": (1.0, 2.0)}, r"clutter_db must be three numbers \(open, suburban, urban\)"),
        ({"clutter_db": (1.0, 2.0, math.nan)}, "clutter_db must be a number"),
    ],
)
def test_factors_that_are_none(factors: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        Spm(**factors)
