"""P.1812 without the published cases: ten profiles of our own, each held against a second, plain derivation.

`plain_loss` below is written from the Recommendation once more: one loop, no numpy, no function of the package, the
Bullington point of (18) and (20) as it is printed. The ten losses were computed once by `basic_loss`; a change in
either derivation, or in both alike, is seen. The limits at the end need neither.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation.p1812 import basic_loss, location_sigma_db
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.radioclimate import Climate

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")

DELTA = Climate(52.3, 380.0, 10.0, "Ho Chi Minh City")
HIGHLANDS = Climate(44.7, 365.0, 22.8, "Ha Giang")
NORTH_SEA = Climate(45.0, 325.0, 56.0, "a test")
ARCTIC = Climate(38.0, 315.0, 72.0, "a test")


def profile(
    length_m: float,
    samples: int,
    ground: Callable[[float], float],
    clutter: Callable[[float], float] = lambda _: 0.0,
    zone: Callable[[float], int] = lambda _: 4,
) -> PathProfile:
    """Return a profile of formulas of the distance in km; steps grow slowly, so that none equals its neighbour."""
    x = length_m * np.linspace(0.0, 1.0, samples) ** 1.2
    km = [float(each) / 1000.0 for each in x]
    heights, covers = np.array([ground(each) for each in km]), np.array([clutter(each) for each in km])
    return PathProfile(x, heights, covers, np.array([zone(each) for each in km]))


def hills(km: float) -> float:
    return 300.0 + 120.0 * math.sin(0.9 * km) + 40.0 * math.cos(2.3 * km)


CASES: dict[str, tuple[PathProfile, dict[str, Any], float]] = {
    "open field, 2 km at 900 MHz": (
        profile(2_000.0, 41, lambda _: 3.0),
        {"f_mhz": 900.0, "tx_height_m": 45.0, "rx_height_m": 1.5, "climate": DELTA},
        97.507504101,
    ),
    "flat delta under trees, 11 km at 700 MHz": (
        profile(11_000.0, 221, lambda _: 1.5, lambda km: 12.0 if int(3.0 * km) % 2 else 0.0),
        {"f_mhz": 768.0, "tx_height_m": 42.0, "rx_height_m": 1.5, "climate": DELTA},
        142.538314863,
    ),
    "hills, 9 km at 1800 MHz": (
        profile(9_000.0, 181, hills),
        {"f_mhz": 1842.5, "tx_height_m": 30.0, "rx_height_m": 1.5, "climate": HIGHLANDS},
        163.730827692,
    ),
    "one ridge, 6 km at 3500 MHz, 90 % of places": (
        profile(6_000.0, 121, lambda km: 80.0 * math.exp(-(((km - 4.0) / 0.5) ** 2)), lambda _: 5.0),
        {
            "f_mhz": 3500.0,
            "tx_height_m": 35.0,
            "rx_height_m": 1.5,
            "climate": HIGHLANDS,
            "location_percent": 90.0,
            "sigma_db": 5.5,
        },
        170.163662667,
    ),
    "across a bay, 70 km at 450 MHz, 1 % of time": (
        profile(
            70_000.0,
            281,
            lambda km: 12.0 if km < 2.0 or km > 68.0 else 0.0,
            zone=lambda km: 1 if 2.0 < km < 68.0 else 3,
        ),
        {
            "f_mhz": 450.0,
            "tx_height_m": 60.0,
            "rx_height_m": 10.0,
            "climate": NORTH_SEA,
            "p_percent": 1.0,
            "tx_coast_m": 2_000.0,
            "rx_coast_m": 2_000.0,
        },
        122.094089529,
    ),
    "ship to ship, 40 km at 30 MHz, vertical": (
        profile(40_000.0, 161, lambda _: 0.0, zone=lambda _: 1),
        {"f_mhz": 30.0, "tx_height_m": 20.0, "rx_height_m": 12.0, "climate": NORTH_SEA, "p_percent": 10.0},
        104.870655799,
    ),
    "beyond the horizon, 400 km at 2100 MHz": (
        profile(400_000.0, 401, lambda km: 50.0 + 30.0 * math.sin(km / 7.0), zone=lambda km: 3 if km < 40.0 else 4),
        {"f_mhz": 2140.0, "tx_height_m": 100.0, "rx_height_m": 10.0, "climate": DELTA, "p_percent": 5.0},
        196.593716289,
    ),
    "from a mountain to the coast, 120 km at 150 MHz, horizontal": (
        profile(120_000.0, 241, lambda km: max(1_400.0 - 20.0 * km, 2.0), zone=lambda km: 4 if km < 70.0 else 3),
        {
            "f_mhz": 150.0,
            "tx_height_m": 30.0,
            "rx_height_m": 3.0,
            "climate": HIGHLANDS,
            "p_percent": 20.0,
            "polarisation": "horizontal",
        },
        125.572525125,
    ),
    "arctic plain, 25 km at 6000 MHz": (
        profile(25_000.0, 101, lambda km: 0.4 * km, lambda km: 4.0 * abs(math.sin(km))),
        {"f_mhz": 6000.0, "tx_height_m": 25.0, "rx_height_m": 4.0, "climate": ARCTIC, "p_percent": 30.0},
        153.422626173,
    ),
    "250 m along a street at 2600 MHz": (
        profile(250.0, 11, lambda _: 8.0, lambda _: 15.0),
        {"f_mhz": 2640.0, "tx_height_m": 25.0, "rx_height_m": 1.5, "climate": DELTA},
        129.462499188,
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_own_case(name: str) -> None:
    path, settings_, expected = CASES[name]
    assert basic_loss(path, **settings_).loss_db == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", list(CASES))
def test_own_case_derived_again(name: str) -> None:
    path, settings_, _ = CASES[name]
    assert plain_loss(path, **settings_) == pytest.approx(basic_loss(path, **settings_).loss_db, abs=1e-9)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_path_derived_again(data: st.DataObject) -> None:
    samples = data.draw(st.integers(3, 40))
    step = st.floats(5.0, 3_000.0)
    steps = data.draw(st.lists(step, min_size=samples - 1, max_size=samples - 1))
    heights = data.draw(st.lists(st.floats(-50.0, 800.0), min_size=samples, max_size=samples))
    clutter = data.draw(st.lists(st.floats(0.0, 40.0), min_size=samples, max_size=samples))
    zones = data.draw(st.lists(st.sampled_from([1, 3, 4]), min_size=samples, max_size=samples))
    path = PathProfile(np.cumsum([0.0, *steps]), np.array(heights), np.array(clutter), np.array(zones))
    arguments: dict[str, Any] = {
        "f_mhz": data.draw(st.floats(30.0, 6_000.0)),
        "tx_height_m": data.draw(st.floats(1.0, 300.0)),
        "rx_height_m": data.draw(st.floats(1.0, 50.0)),
        "climate": Climate(data.draw(st.floats(20.0, 60.0)), 350.0, data.draw(st.floats(-80.0, 80.0)), "drawn"),
        "p_percent": data.draw(st.floats(1.0, 50.0)),
        "polarisation": data.draw(st.sampled_from(["vertical", "horizontal"])),
        "tx_coast_m": data.draw(st.floats(0.0, 9_000.0)),
        "rx_coast_m": data.draw(st.floats(0.0, 9_000.0)),
        "location_percent": data.draw(st.floats(1.0, 99.0)),
        "sigma_db": data.draw(st.floats(0.0, 10.0)),
    }
    found = basic_loss(path, **arguments)
    assert plain_loss(path, **arguments) == pytest.approx(found.loss_db, abs=1e-7)


def plain_loss(  # noqa: C901, PLR0915 - one long reading of the Recommendation
    path: PathProfile,
    *,
    f_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    climate: Climate,
    p_percent: float = 50.0,
    location_percent: float = 50.0,
    polarisation: str = "vertical",
    sigma_db: float = 0.0,
    tx_coast_m: float = 500e3,
    rx_coast_m: float = 500e3,
) -> float:
    """Return Lb in dB."""
    x = [float(each) / 1000.0 for each in path.distance_m]
    h = [float(each) for each in path.ground_m]
    zone = [int(each) for each in path.zone]
    n, d, f, p = len(x), x[-1], f_mhz / 1000.0, p_percent
    g = [h[i] + (float(path.clutter_m[i]) if 0 < i < n - 1 else 0.0) for i in range(n)]
    inner = range(1, n - 1)
    hts, hrs = h[0] + tx_height_m, h[-1] + rx_height_m
    ae, ab = 6371.0 * 157.0 / (157.0 - climate.delta_n_per_km), 3.0 * 6371.0
    lam = 0.2998 / f

    # 3: the zones, walked once; a border lies half-way between two samples.
    sea = land = inland = dtm = dlm = 0.0
    for i in range(n):
        width = (0.5 * (x[i] - x[i - 1]) if i else 0.0) + (0.5 * (x[i + 1] - x[i]) if i < n - 1 else 0.0)
        sea += width if zone[i] == 1 else 0.0
        land = land + width if zone[i] in (3, 4) else 0.0
        inland = inland + width if zone[i] == 4 else 0.0
        dtm, dlm = max(dtm, land), max(dlm, inland)
    omega = sea / d
    dct = 0.0 if zone[0] == 1 else tx_coast_m / 1000.0
    dcr = 0.0 if zone[-1] == 1 else rx_coast_m / 1000.0
    tau = 1.0 - math.exp(-(4.12e-4 * dlm**2.41))
    mu1 = min(1.0, (10.0 ** (-dtm / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2)
    phi = abs(climate.latitude_deg)
    if phi <= 70.0:
        b0 = 10.0 ** (-0.015 * phi + 1.67) * mu1 * mu1 ** (-0.935 + 0.0176 * phi)
    else:
        b0 = 4.17 * mu1 * mu1**0.3

    # Attachment 1: horizons, from the bare ground.
    td = math.atan((hrs - hts) / (1000.0 * d) - d / (2.0 * ae))
    rd = math.atan((hts - hrs) / (1000.0 * d) - d / (2.0 * ae))
    up = {i: math.atan((h[i] - hts) / (1000.0 * x[i]) - x[i] / (2.0 * ae)) for i in inner}
    down = {i: math.atan((h[i] - hrs) / (1000.0 * (d - x[i])) - (d - x[i]) / (2.0 * ae)) for i in inner}
    if max(up.values()) > td:
        lt = min(i for i in inner if up[i] == max(up.values()))
        lr = max(i for i in inner if down[i] == max(down.values()))
        theta_t, theta_r = 1000.0 * up[lt], 1000.0 * down[lr]
    else:
        nu = {
            i: (h[i] + 500.0 / ae * x[i] * (d - x[i]) - (hts * (d - x[i]) + hrs * x[i]) / d)
            * math.sqrt(0.002 * d / (lam * x[i] * (d - x[i])))
            for i in inner
        }
        lt = lr = max(i for i in inner if nu[i] == max(nu.values()))
        theta_t, theta_r = 1000.0 * td, 1000.0 * rd
    dlt, dlr = x[lt], d - x[lr]
    theta = 1000.0 * d / ae + theta_t + theta_r

    # Attachment 1: the smooth surface.
    v1 = sum((x[i] - x[i - 1]) * (h[i] + h[i - 1]) for i in range(1, n))
    v2 = sum(
        (x[i] - x[i - 1]) * (h[i] * (2.0 * x[i] + x[i - 1]) + h[i - 1] * (x[i] + 2.0 * x[i - 1])) for i in range(1, n)
    )
    hst, hsr = (2.0 * v1 * d - v2) / d**2, (v2 - v1 * d) / d**2
    over = {i: h[i] - (hts * (d - x[i]) + hrs * x[i]) / d for i in inner}
    stp, srp = hst, hsr
    if max(over.values()) > 0.0:
        to_t = max(over[i] / x[i] for i in inner)
        to_r = max(over[i] / (d - x[i]) for i in inner)
        stp -= max(over.values()) * to_t / (to_t + to_r)
        srp -= max(over.values()) * to_r / (to_t + to_r)
    hte_d, hre_d = hts - min(stp, h[0]), hrs - min(srp, h[-1])
    hst, hsr = min(hst, h[0]), min(hsr, h[-1])
    hte, hre = hts - hst, hrs - hsr
    hm = max(h[i] - (hst + (hsr - hst) / d * x[i]) for i in range(lt, lr + 1))

    # 4.2
    free = 92.4 + 20.0 * math.log10(f) + 10.0 * math.log10(d**2 + ((hts - hrs) / 1000.0) ** 2)
    e = 2.6 * (1.0 - math.exp(-0.1 * (dlt + dlr)))
    los_p, los_b = free + e * math.log10(p / 50.0), free + e * math.log10(b0 / 50.0)

    # 4.3
    def bullington(y: Sequence[float], ht: float, hr: float, a: float) -> float:
        bulge = {i: y[i] + 500.0 / a * x[i] * (d - x[i]) for i in inner}
        stim = max((bulge[i] - ht) / x[i] for i in inner)
        if stim < (hr - ht) / d:
            v = max(
                (bulge[i] - (ht * (d - x[i]) + hr * x[i]) / d) * math.sqrt(0.002 * d / (lam * x[i] * (d - x[i])))
                for i in inner
            )
        else:
            srim = max((bulge[i] - hr) / (d - x[i]) for i in inner)
            b = (hr - ht + srim * d) / (stim + srim)
            v = (ht + stim * b - (ht * (d - b) + hr * b) / d) * math.sqrt(0.002 * d / (lam * b * (d - b)))
        edge = 6.9 + 20.0 * math.log10(math.sqrt((v - 0.1) ** 2 + 1.0) + v - 0.1) if v > -0.78 else 0.0
        return edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * d)

    def first_term(a: float) -> float:
        total = 0.0
        for share, eps, sigma in ((omega, 80.0, 5.0), (1.0 - omega, 22.0, 0.003)):
            k = 0.036 * (a * f) ** (-1 / 3) * ((eps - 1.0) ** 2 + (18.0 * sigma / f) ** 2) ** (-1 / 4)
            if polarisation == "vertical":
                k *= (eps**2 + (18.0 * sigma / f) ** 2) ** (1 / 2)
            beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)
            big_x = 21.88 * beta * (f / a**2) ** (1 / 3) * d
            if big_x >= 1.6:
                loss = -(11.0 + 10.0 * math.log10(big_x) - 17.6 * big_x)
            else:
                loss = 20.0 * math.log10(big_x) + 5.6488 * big_x**1.425
            for height in (hte_d, hre_d):
                b = beta * 0.9575 * beta * (f**2 / a) ** (1 / 3) * height
                gain = 20.0 * math.log10(b + 0.1 * b**3)
                if b > 2.0:
                    gain = 17.6 * (b - 1.1) ** 0.5 - 5.0 * math.log10(b - 1.1) - 8.0
                loss -= max(gain, 2.0 + 20.0 * math.log10(k))
            total += share * loss
        return total

    def spherical(a: float) -> float:
        if d >= math.sqrt(2.0 * a) * (math.sqrt(0.001 * hte_d) + math.sqrt(0.001 * hre_d)):
            return first_term(a)
        c = (hte_d - hre_d) / (hte_d + hre_d)
        m = 250.0 * d * d / (a * (hte_d + hre_d))
        b = 3.0 * c / 2.0 * math.sqrt(3.0 * m / (m + 1.0) ** 3)
        b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + math.acos(b) / 3.0)
        one = d / 2.0 * (1.0 + b)
        two = d - one
        clear = ((hte_d - 500.0 * one * one / a) * two + (hre_d - 500.0 * two * two / a) * one) / d
        needed = 17.456 * math.sqrt(one * two * lam / d)
        if clear > needed:
            return 0.0
        modified = 500.0 * (d / (math.sqrt(hte_d) + math.sqrt(hre_d))) ** 2
        return (1.0 - clear / needed) * max(first_term(modified), 0.0)

    def diffraction(a: float) -> float:
        return bullington(g, hts, hrs, a) + max(spherical(a) - bullington([0.0] * n, hte_d, hre_d, a), 0.0)

    def normal(share: float) -> float:
        if share > 0.5:
            return -normal(1.0 - share)
        t = math.sqrt(-2.0 * math.log(share))
        upper = 2.515516698 + t * (0.802853 + t * 0.010328)
        return t - upper / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))

    ld50, ldb = diffraction(ae), diffraction(ab)
    fi = 1.0 if p < b0 else normal(p / 100.0) / normal(b0 / 100.0)
    ldp = ld50 if p == 50.0 else ld50 + fi * (ldb - ld50)

    # 4.4, 4.5
    scatter = 190.1 + 25.0 * math.log10(f) - 2.5 * math.log10(f / 2.0) ** 2 + 20.0 * math.log10(d)
    scatter += 0.573 * theta - 0.15 * climate.n0 - 10.125 * math.log10(50.0 / p) ** 0.7
    coupling = 102.45 + 20.0 * math.log10(f) + 20.0 * math.log10(dlt + dlr)
    coupling += 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0
    for angle, horizon, coast, height in ((theta_t, dlt, dct, hts), (theta_r, dlr, dcr, hrs)):
        if (a := angle - 0.1 * horizon) > 0.0:
            coupling += 20.0 * math.log10(1.0 + 0.361 * a * math.sqrt(f * horizon)) + 0.264 * a * f ** (1 / 3)
        if omega >= 0.75 and coast <= horizon and coast <= 5.0:
            coupling -= 3.0 * math.exp(-0.25 * coast**2) * (1.0 + math.tanh(0.07 * (50.0 - height)))
    bent = 1000.0 * d / ae + min(theta_t, 0.1 * dlt) + min(theta_r, 0.1 * dlr)
    alpha = max(-3.4, -0.6 - 3.5e-9 * d**3.1 * tau)
    beta = b0 * min(1.0, (500.0 * d * d / (ae * (math.sqrt(hte) + math.sqrt(hre)) ** 2)) ** alpha)
    if hm > 10.0:
        beta *= math.exp(-4.6e-5 * (hm - 10.0) * (43.0 + 6.0 * min(d - dlt - dlr, 40.0)))
    lg = math.log10(beta)
    power = 1.076 / (2.0058 - lg) ** 1.012 * math.exp(-(9.51 - 4.8 * lg + 0.198 * lg * lg) * 1e-6 * d**1.13)
    ducts = coupling + 5e-5 * ae * f ** (1 / 3) * bent
    ducts += -12.0 + (1.2 + 3.7e-3 * d) * math.log10(p / beta) + 12.0 * (p / beta) ** power

    # 4.6, 4.8
    fj = 1.0 - 0.5 * (1.0 + math.tanh(8.0 * (theta - 0.3)))
    fk = 1.0 - 0.5 * (1.0 + math.tanh(0.075 * (d - 20.0)))
    low = los_p + (1.0 - omega) * ldp
    if p >= b0:
        low = free + ld50 + (los_b + (1.0 - omega) * ldp - free - ld50) * fi
    enhanced = 2.5 * math.log(math.exp(ducts / 2.5) + math.exp(los_p / 2.5))
    bend = los_p + ldp
    if enhanced <= bend:
        bend = enhanced + (bend - enhanced) * fk
    bend += (low - bend) * fj
    both = -5.0 * math.log10(10.0 ** (-0.2 * scatter) + 10.0 ** (-0.2 * bend))
    places = 0.0 if zone[-1] == 1 else -normal(location_percent / 100.0) * sigma_db
    return max(los_p, both + places)


def test_near_and_high_is_free_space() -> None:
    """800 m between two hilltops: nothing within the first Fresnel zones, nothing but free space."""
    path = PathProfile.bare(np.linspace(0.0, 800.0, 41), np.full(41, 0.0))
    found = basic_loss(path, f_mhz=3500.0, tx_height_m=100.0, rx_height_m=100.0, climate=DELTA)
    assert found.loss_db == pytest.approx(92.4 + 20.0 * math.log10(3.5 * 0.8), abs=1e-6)


def test_far_beyond_the_horizon_is_troposcatter() -> None:
    """900 km inland and half of the time: only scatter is left, (44)."""
    path = PathProfile.bare(np.linspace(0.0, 900_000.0, 301), np.full(301, 0.0))
    found = basic_loss(path, f_mhz=2000.0, tx_height_m=20.0, rx_height_m=20.0, climate=NORTH_SEA)
    ae = 6371.0 * 157.0 / 112.0
    angles = [1000.0 * math.atan(-20.0 / (3000.0 * i) - 3.0 * i / (2.0 * ae)) for i in range(1, 300)]
    theta = 1000.0 * 900.0 / ae + 2.0 * max(angles)
    scatter = 190.1 + 25.0 * math.log10(2.0) + 20.0 * math.log10(900.0) + 0.573 * theta - 0.15 * 325.0
    assert found.loss_db == pytest.approx(scatter, abs=1e-3)


def test_spread_over_places() -> None:
    """(0.024 f + 0.52) wa^0.28: 1.46 dB at 1.8 GHz on 30 m; none 10 m above the clutter, half of it 5 m above."""
    whole = location_sigma_db(1_800.0, resolution_m=30.0, rx_height_m=1.5, clutter_m=5.0)
    assert whole == pytest.approx((0.024 * 1.8 + 0.52) * 30.0**0.28, abs=1e-12)
    assert whole == pytest.approx(1.46, abs=0.005)
    assert location_sigma_db(1_800.0, resolution_m=30.0, rx_height_m=15.0, clutter_m=5.0) == 0.0
    half = location_sigma_db(1_800.0, resolution_m=30.0, rx_height_m=10.0, clutter_m=5.0)
    assert half == pytest.approx(whole / 2.0, abs=1e-12)
