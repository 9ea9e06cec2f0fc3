"""COST 231-Hata against the final report of COST Action 231, eq. (4.4.3), worked by hand."""

import math

import numpy as np
import pytest

from phusong.coverage.propagation import Environment, Paths, get_model


def model_db(f: float, d_km: float, hb: float, hm: float, environment: Environment) -> float:
    paths = Paths(np.array([1e3 * d_km]), np.array([environment], np.int8), hb, hm)
    return float(get_model("cost231-hata").loss_db(paths, f_mhz=f)[0])


def test_worked_example() -> None:
    """1800 MHz, 30 m, 1.5 m, 2 km: 46.3 + 110.35 - 20.41 - 0.04 + 35.22 * 0.301 = 146.80 dB."""
    assert model_db(1800.0, 2.0, 30.0, 1.5, Environment.URBAN) == pytest.approx(146.80, abs=0.01)


@pytest.mark.parametrize("f_mhz", [1500.0, 1842.5, 2000.0])
@pytest.mark.parametrize("hb_m", [30.0, 50.0, 200.0])
@pytest.mark.parametrize("hm_m", [1.0, 1.5, 3.0])
def test_medium_city(f_mhz: float, hb_m: float, hm_m: float) -> None:
    a = (1.1 * math.log10(f_mhz) - 0.7) * hm_m - (1.56 * math.log10(f_mhz) - 0.8)
    for d_km in (1.0, 4.2, 20.0):
        expected = (
            46.3
            + 33.9 * math.log10(f_mhz)
            - 13.82 * math.log10(hb_m)
            - a
            + (44.9 - 6.55 * math.log10(hb_m)) * math.log10(d_km)
        )
        found = model_db(f_mhz, d_km, hb_m, hm_m, Environment.URBAN)
        assert found == pytest.approx(expected, abs=1e-9)


def test_meets_hata_at_1500_mhz() -> None:
    """The two models were fitted apart; at their common frequency they differ by 1.3 dB, no more."""
    paths = Paths(np.array([5_000.0]), np.array([Environment.URBAN], np.int8), 30.0, 1.5)
    step = get_model("cost231-hata").loss_db(paths, f_mhz=1500.0) - get_model("okumura-hata").loss_db(
        paths, f_mhz=1500.0
    )
    assert step[0] == pytest.approx(46.3 - 69.55 + (33.9 - 26.16) * math.log10(1500.0), abs=1e-9)
    assert 1.2 < step[0] < 1.4


def test_metropolitan_centres_lose_3_db_more() -> None:
    """Cm of (4.4.3), in town only."""
    for environment in Environment:
        paths = Paths(np.array([5_000.0]), np.array([environment], np.int8), 30.0, 1.5)
        step = get_model("cost231-hata-large-city").loss_db(paths, f_mhz=1842.5) - get_model("cost231-hata").loss_db(
            paths, f_mhz=1842.5
        )
        assert step[0] == pytest.approx(3.0 if environment is Environment.URBAN else 0.0, abs=1e-9)
