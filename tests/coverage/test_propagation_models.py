"""What every propagation model promises, whatever its formula."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage.bands import BANDS
from phusong.coverage.propagation import Environment, Paths, all_models, get_model
from phusong.coverage.propagation.p525 import free_space_db

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")

FREQUENCIES = sorted({each.f_mhz for each in BANDS.values()})
# One frequency for each formula a model holds.
CASES = [
    ("free-space", 942.5),
    ("okumura-hata", 942.5),
    ("okumura-hata-large-city", 942.5),
    ("cost231-hata", 1842.5),
    ("cost231-hata-large-city", 1842.5),
    ("extended-hata", 100.0),
    ("extended-hata", 942.5),
    ("extended-hata", 2550.0),
    ("tr38901", 3750.0),
    ("tr38901-umi", 3750.0),
    ("tr38901-terrain", 3750.0),
    ("tr38901-umi-terrain", 3750.0),
    ("spm", 942.5),
    ("spm", 2550.0),
    *(("hata", f_mhz) for f_mhz in FREQUENCIES),
]
ENVIRONMENTS = st.sampled_from(Environment)


def paths_at(
    distance_m: Sequence[float] | NDArray[np.float64], environment: Environment, tx_height_m: float = 30.0
) -> Paths:
    distance = np.asarray(distance_m, np.float64)
    return Paths(distance, np.full(distance.shape, environment, np.int8), tx_height_m, 1.5)


@pytest.mark.parametrize(("name", "f_mhz"), CASES)
@given(
    distance_m=st.lists(st.floats(0, 60_000), min_size=2, max_size=20),
    environment=ENVIRONMENTS,
    tx_height_m=st.floats(10, 300),
)
@settings(max_examples=40, deadline=None)
def test_grows_with_distance_and_stays_above_free_space(
    name: str, f_mhz: float, distance_m: list[float], environment: Environment, tx_height_m: float
) -> None:
    paths = paths_at(sorted(distance_m), environment, tx_height_m)
    loss = get_model(name).loss_db(paths, f_mhz=f_mhz)
    assert np.all(np.diff(loss) >= -1e-6)
    assert np.all(loss >= free_space_db(paths, f_mhz=f_mhz) - 1e-9)


@pytest.mark.parametrize(("name", "f_mhz"), CASES)
def test_float32_is_as_good(name: str, f_mhz: float) -> None:
    rng = np.random.default_rng(1)
    distance_m = np.concatenate([[0.0, 39.9, 40.0, 99.9, 100.0], rng.uniform(0, 40_000, 5_000)])
    environment = rng.integers(0, 3, distance_m.size).astype(np.int8)
    heights = rng.uniform(12, 300, distance_m.size)
    for height in (30.0, heights):
        # The same distances in both precisions, so that only the arithmetic is compared.
        single = distance_m.astype(np.float32)
        exact = get_model(name).loss_db(Paths(single.astype(float), environment, height, 1.5), f_mhz=f_mhz)
        found = get_model(name).loss_db(Paths(single, environment, height, 1.5), f_mhz=f_mhz)
        assert exact.dtype == np.float64
        assert found.dtype == np.float32
        assert found.shape == distance_m.shape
        np.testing.assert_allclose(found, exact, atol=1e-3, rtol=0)


@pytest.mark.parametrize(("name", "f_mhz"), CASES)
def test_each_path_stands_for_itself(name: str, f_mhz: float) -> None:
    """Mixed environments, a height for each path, one path alone: the same numbers; inputs stay."""
    rng = np.random.default_rng(2)
    distance_m = rng.uniform(0, 30_000, 60)
    environment = rng.integers(0, 3, 60).astype(np.int8)
    before = distance_m.copy(), environment.copy()
    model = get_model(name)
    together = model.loss_db(Paths(distance_m, environment, 25.0, 1.5), f_mhz=f_mhz)
    with_heights = model.loss_db(Paths(distance_m, environment, np.full(60, 25.0), 1.5), f_mhz=f_mhz)
    alone = [
        model.loss_db(Paths(distance_m[i : i + 1], environment[i : i + 1], 25.0, 1.5), f_mhz=f_mhz)[0]
        for i in range(60)
    ]
    np.testing.assert_allclose(with_heights, together, atol=1e-9)
    np.testing.assert_allclose(alone, together, atol=1e-9)
    np.testing.assert_array_equal(distance_m, before[0])
    np.testing.assert_array_equal(environment, before[1])


@pytest.mark.parametrize("name", list(all_models()))
def test_no_paths_no_losses(name: str) -> None:
    nothing = np.empty(0)
    for height in (30.0, nothing):
        paths = Paths(nothing, np.empty(0, np.int8), height, 1.5)
        f_mhz = 1842.5 if name.startswith("cost231-hata") else 942.5
        assert get_model(name).loss_db(paths, f_mhz=f_mhz).shape == (0,)


@pytest.mark.parametrize("f_mhz", FREQUENCIES)
@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("border_m", [40.0, 100.0, 1_000.0, 20_000.0])
def test_default_model_has_no_step(f_mhz: float, environment: Environment, border_m: float) -> None:
    """Okumura-Hata inside and extended Hata outside of 1..20 km meet; so do the near branches."""
    loss = get_model("hata").loss_db(paths_at([border_m - 1e-3, border_m + 1e-3], environment), f_mhz=f_mhz)
    assert abs(loss[1] - loss[0]) < 1e-2


@pytest.mark.parametrize("environment", list(Environment))
def test_default_model_has_no_step_at_30_m_of_height(environment: Environment) -> None:
    low, high = (
        get_model("hata").loss_db(paths_at([3_000.0], environment, tx_height_m), f_mhz=942.5)
        for tx_height_m in (29.999, 30.001)
    )
    assert abs(high[0] - low[0]) < 1e-2


@pytest.mark.parametrize(
    ("f_mhz", "older"),
    [(768.0, "okumura-hata"), (942.5, "okumura-hata"), (1842.5, "cost231-hata"), (2550.0, "extended-hata")],
)
@pytest.mark.parametrize("environment", list(Environment))
def test_default_model_is_the_one_made_for_the_band(f_mhz: float, older: str, environment: Environment) -> None:
    paths = paths_at(np.linspace(1_000, 20_000, 40), environment, tx_height_m=42.0)
    np.testing.assert_allclose(
        get_model("hata").loss_db(paths, f_mhz=f_mhz), get_model(older).loss_db(paths, f_mhz=f_mhz), atol=1e-9
    )


def test_default_model_is_near_sm2028_everywhere_below_3_ghz() -> None:
    """Hata's constants instead of the report's rounded ones: 0.05 + 0.04 log10 f, at most 0.18 dB."""
    distance_m = np.geomspace(10.0, 40_000.0, 200)
    for f_mhz in (200.0, 768.0, 1500.0, 1842.5, 2550.0):
        for environment in Environment:
            paths = paths_at(distance_m, environment)
            difference = get_model("extended-hata").loss_db(paths, f_mhz=f_mhz) - get_model("hata").loss_db(
                paths, f_mhz=f_mhz
            )
            assert np.all(difference >= -1e-9)
            assert np.all(difference <= 0.18)


def test_default_model_is_tr38901_above_3_ghz() -> None:
    paths = paths_at(np.linspace(100, 5_000, 20), Environment.SUBURBAN)
    np.testing.assert_array_equal(
        get_model("hata").loss_db(paths, f_mhz=3750.0), get_model("tr38901").loss_db(paths, f_mhz=3750.0)
    )


@pytest.mark.parametrize("f_mhz", [942.5, 1842.5, 2550.0])
def test_towns_lose_more_than_open_land(f_mhz: float) -> None:
    open_land, suburb, town = (
        get_model("hata").loss_db(paths_at([2_000.0], each), f_mhz=f_mhz)[0] for each in Environment
    )
    assert open_land < suburb < town
