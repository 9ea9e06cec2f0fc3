"""Extended Hata against Report ITU-R SM.2028-2, section 6.1, written out as a plain scalar twin."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation import Environment, Paths, get_model

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")


def free_space_db(f: float, d_km: float, hb: float, hm: float) -> float:
    slant_km = max(math.hypot(d_km, (hb - hm) / 1e3), 1e-3)
    return 20 * math.log10(4 * math.pi * slant_km * 1e3 * f * 1e6 / 299_792_458)


def sm2028_db(f: float, d: float, hb: float, hm: float, environment: Environment) -> float:
    """Follow the report's case distinctions in its own order; d in km."""

    def hata(d: float) -> float:
        if f <= 150:
            lead = 69.6 + 26.2 * math.log10(150) - 20 * math.log10(150 / f)
        elif f <= 1500:
            lead = 69.6 + 26.2 * math.log10(f)
        elif f <= 2000:
            lead = 46.3 + 33.9 * math.log10(f)
        else:
            lead = 46.3 + 33.9 * math.log10(2000) + 10 * math.log10(f / 2000)
        a = (1.1 * math.log10(f) - 0.7) * min(10, hm) - (1.56 * math.log10(f) - 0.8) + max(0, 20 * math.log10(hm / 10))
        b = min(0, 20 * math.log10(hb / 30))
        alpha = 1.0
        if d > 20:
            alpha += (0.14 + 1.87e-4 * f + 1.07e-3 * hb) * math.log10(d / 20) ** 0.8
        log_d = math.log10(d) ** alpha if d > 20 else math.log10(d)
        urban = lead - 13.82 * math.log10(max(30, hb)) + (44.9 - 6.55 * math.log10(max(30, hb))) * log_d - a - b
        capped = min(max(150, f), 2000)
        if environment is Environment.SUBURBAN:
            return urban - 2 * math.log10(capped / 28) ** 2 - 5.4
        if environment is Environment.OPEN:
            return urban - 4.78 * math.log10(capped) ** 2 + 18.33 * math.log10(capped) - 40.94
        return urban

    if d <= 0.04:
        loss = free_space_db(f, d, hb, hm)
    elif d >= 0.1:
        loss = hata(d)
    else:
        share = (math.log10(d) - math.log10(0.04)) / (math.log10(0.1) - math.log10(0.04))
        at_40_m = free_space_db(f, 0.04, hb, hm)
        loss = at_40_m + share * (hata(0.1) - at_40_m)
    return max(loss, free_space_db(f, d, hb, hm))


@given(
    f=st.floats(30, 3000),
    d=st.floats(0, 100),
    hb=st.floats(5, 1000),
    hm=st.floats(1, 10),
    environment=st.sampled_from(Environment),
)
@settings(max_examples=300, deadline=None)
def test_equals_the_report(f: float, d: float, hb: float, hm: float, environment: Environment) -> None:
    distance_m = np.array([1e3 * d])
    for tx_height in (hb, np.array([hb])):
        paths = Paths(distance_m, np.array([environment], np.int8), tx_height, hm)
        found = get_model("extended-hata").loss_db(paths, f_mhz=f)
        assert found[0] == pytest.approx(sm2028_db(f, d, hb, hm, environment), abs=1e-6)


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize(("f_mhz", "older"), [(150.0, "okumura-hata"), (942.5, "okumura-hata")])
def test_is_okumura_hata_but_for_rounding(environment: Environment, f_mhz: float, older: str) -> None:
    """69.6 and 26.2 in the place of 69.55 and 26.16."""
    distance_m = np.linspace(1_000.0, 20_000.0, 50)
    paths = Paths(distance_m, np.full(50, environment, np.int8), 40.0, 1.5)
    step = get_model("extended-hata").loss_db(paths, f_mhz=f_mhz) - get_model(older).loss_db(paths, f_mhz=f_mhz)
    np.testing.assert_allclose(step, 0.05 + 0.04 * math.log10(f_mhz), atol=1e-9)


@pytest.mark.parametrize("environment", list(Environment))
def test_is_cost231(environment: Environment) -> None:
    distance_m = np.linspace(1_000.0, 20_000.0, 50)
    paths = Paths(distance_m, np.full(50, environment, np.int8), 40.0, 1.5)
    np.testing.assert_allclose(
        get_model("extended-hata").loss_db(paths, f_mhz=1842.5),
        get_model("cost231-hata").loss_db(paths, f_mhz=1842.5),
        atol=1e-9,
    )
