"""Okumura-Hata against Hata (1980), worked by hand."""

import math

import numpy as np
import pytest

from phusong.coverage.propagation import Environment, Paths, get_model
from phusong.coverage.propagation.hata import OkumuraHata
from phusong.errors import ModelError


def hata_1980_db(f: float, d_km: float, hb: float, hm: float, environment: Environment) -> float:
    """Hata's formulas as the paper prints them, one number at a time."""
    a = (1.1 * math.log10(f) - 0.7) * hm - (1.56 * math.log10(f) - 0.8)
    urban = (
        69.55 + 26.16 * math.log10(f) - 13.82 * math.log10(hb) - a + (44.9 - 6.55 * math.log10(hb)) * math.log10(d_km)
    )
    if environment is Environment.SUBURBAN:
        return urban - 2 * math.log10(f / 28) ** 2 - 5.4
    if environment is Environment.OPEN:
        return urban - 4.78 * math.log10(f) ** 2 + 18.33 * math.log10(f) - 40.94
    return urban


def model_db(f: float, d_km: float, hb: float, hm: float, environment: Environment) -> float:
    paths = Paths(np.array([1e3 * d_km]), np.array([environment], np.int8), hb, hm)
    return float(get_model("okumura-hata").loss_db(paths, f_mhz=f)[0])


@pytest.mark.parametrize(
    ("environment", "worked_by_hand_db"),
    [
        # 900 MHz, 5 km, 30 m, 1.5 m: 69.55 + 77.28 - 20.41 - 0.02 + 35.22 * 0.699
        (Environment.URBAN, 151.02),
        (Environment.SUBURBAN, 141.08),  # 9.94 dB less
        (Environment.OPEN, 122.51),  # 28.51 dB less
    ],
)
def test_worked_example(environment: Environment, worked_by_hand_db: float) -> None:
    assert model_db(900.0, 5.0, 30.0, 1.5, environment) == pytest.approx(worked_by_hand_db, abs=0.01)


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("f_mhz", [150.0, 450.0, 942.5, 1500.0])
@pytest.mark.parametrize("hb_m", [30.0, 70.0, 200.0])
def test_equals_the_paper(environment: Environment, f_mhz: float, hb_m: float) -> None:
    for d_km in (1.0, 3.7, 20.0):
        for hm_m in (1.0, 1.5, 10.0):
            expected = hata_1980_db(f_mhz, d_km, hb_m, hm_m, environment)
            free_space = 32.4478 + 20 * math.log10(f_mhz) + 20 * math.log10(d_km)
            found = model_db(f_mhz, d_km, hb_m, hm_m, environment)
            if expected > free_space + 0.2:
                assert found == pytest.approx(expected, abs=1e-9)
            else:  # high mast and handset over open land: held at free space
                assert found >= max(expected, free_space) - 1e-4


def test_slope_at_30_m() -> None:
    """Textbooks give 35.2 dB a decade for a 30 m mast (n = 3.5)."""
    step = model_db(900.0, 10.0, 30.0, 1.5, Environment.URBAN) - model_db(900.0, 1.0, 30.0, 1.5, Environment.URBAN)
    assert step == pytest.approx(35.22, abs=0.01)


@pytest.mark.parametrize("f_mhz", [150.0, 450.0, 942.5, 1500.0])
@pytest.mark.parametrize("hm_m", [1.5, 3.0, 10.0])
def test_large_city(f_mhz: float, hm_m: float) -> None:
    """Hata (1980): a(hm) = 8.29 log(1.54 hm)^2 - 1.1 to 200 MHz, 3.2 log(11.75 hm)^2 - 4.97 from 400 MHz."""
    low = f_mhz <= 200.0
    a = 8.29 * math.log10(1.54 * hm_m) ** 2 - 1.1 if low else 3.2 * math.log10(11.75 * hm_m) ** 2 - 4.97
    medium = (1.1 * math.log10(f_mhz) - 0.7) * hm_m - (1.56 * math.log10(f_mhz) - 0.8)
    for environment in Environment:
        paths = Paths(np.array([5e3]), np.array([environment], np.int8), 30.0, hm_m)
        step = get_model("okumura-hata-large-city").loss_db(paths, f_mhz=f_mhz) - get_model("okumura-hata").loss_db(
            paths, f_mhz=f_mhz
        )
        assert step[0] == pytest.approx(medium - a if environment is Environment.URBAN else 0.0, abs=1e-9)


def test_a_city_of_another_size() -> None:
    with pytest.raises(ModelError, match="okumura-hata: city must be 'medium' or 'large', not 'huge'"):
        OkumuraHata(city="huge")  # type: ignore[arg-type]
