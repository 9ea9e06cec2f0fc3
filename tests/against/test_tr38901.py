"""UMa, UMi, RMa and outdoor-to-indoor against 3GPP TR 38.901 V19.4.0, Tables 7.4.1-1 to 7.4.3-3."""

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.propagation import Environment, Paths, get_model
from phusong.coverage.propagation.tr38901 import (
    rma_db,
    rma_los_share,
    uma_db,
    uma_los_share,
    umi_db,
    umi_los_share,
)
from phusong.coverage.propagation.tr38901_o2i import BUILDING_SIGMA_DB, Walls, building_db, car_db, material_db

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")


def table(shared: Path, number: str) -> list[dict[str, str]]:
    with (shared / f"validation/tr38901/tables/table-{number}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def uma_twin(f_ghz: float, d2d: float, hbs: float, hut: float) -> tuple[float, float]:
    d3d = math.hypot(d2d, hbs - hut)
    dbp = 4 * (hbs - 1) * (hut - 1) * f_ghz * 1e9 / 3e8
    if d2d <= dbp:
        los = 28.0 + 22 * math.log10(d3d) + 20 * math.log10(f_ghz)
    else:
        los = 28.0 + 40 * math.log10(d3d) + 20 * math.log10(f_ghz) - 9 * math.log10(dbp**2 + (hbs - hut) ** 2)
    return los, max(los, 13.54 + 39.08 * math.log10(d3d) + 20 * math.log10(f_ghz) - 0.6 * (hut - 1.5))


def umi_twin(f_ghz: float, d2d: float, hbs: float, hut: float) -> tuple[float, float]:
    d3d = math.hypot(d2d, hbs - hut)
    dbp = 4 * (hbs - 1) * (hut - 1) * f_ghz * 1e9 / 3e8
    if d2d <= dbp:
        los = 32.4 + 21 * math.log10(d3d) + 20 * math.log10(f_ghz)
    else:
        los = 32.4 + 40 * math.log10(d3d) + 20 * math.log10(f_ghz) - 9.5 * math.log10(dbp**2 + (hbs - hut) ** 2)
    return los, max(los, 35.3 * math.log10(d3d) + 22.4 + 21.3 * math.log10(f_ghz) - 0.3 * (hut - 1.5))


def rma_twin(f_ghz: float, d2d: float, hbs: float, hut: float) -> tuple[float, float]:
    h, w = 5.0, 20.0

    def pl1(d: float) -> float:
        return (
            20 * math.log10(40 * math.pi * d * f_ghz / 3)
            + min(0.03 * math.pow(h, 1.72), 10) * math.log10(d)
            - min(0.044 * math.pow(h, 1.72), 14.77)
            + 0.002 * math.log10(h) * d
        )

    d3d = math.hypot(d2d, hbs - hut)
    dbp = 2 * math.pi * hbs * hut * f_ghz * 1e9 / 3e8
    los = pl1(d3d) if d2d <= dbp else pl1(dbp) + 40 * math.log10(d3d / dbp)
    nlos = (
        161.04
        - 7.1 * math.log10(w)
        + 7.5 * math.log10(h)
        - (24.37 - 3.7 * (h / hbs) ** 2) * math.log10(hbs)
        + (43.42 - 3.1 * math.log10(hbs)) * (math.log10(d3d) - 3)
        + 20 * math.log10(f_ghz)
        - (3.2 * math.log10(11.75 * hut) ** 2 - 4.97)
    )
    return los, max(los, nlos)


@given(f_ghz=st.floats(0.5, 30), d2d=st.floats(10, 20_000), hbs=st.floats(10, 150), hut=st.floats(1.5, 10))
@settings(max_examples=200, deadline=None)
def test_equals_the_table(f_ghz: float, d2d: float, hbs: float, hut: float) -> None:
    for tx_height in (hbs, np.array([hbs])):
        paths = Paths(np.array([d2d]), np.zeros(1, np.int8), tx_height, hut)
        for ours, twin in ((uma_db, uma_twin), (umi_db, umi_twin), (rma_db, rma_twin)):
            los, nlos = ours(paths, f_mhz=1e3 * f_ghz)
            assert (los[0], nlos[0]) == pytest.approx(twin(f_ghz, d2d, hbs, hut), abs=1e-6)


def test_worked_examples() -> None:
    """UMa at 3.5 GHz, 25 m to 1.5 m over 500 m; the breakpoint lies at 560 m."""
    paths = Paths(np.array([500.0]), np.zeros(1, np.int8), 25.0, 1.5)
    los, nlos = uma_db(paths, f_mhz=3500.0)
    # 28 + 22 * 2.6995 + 10.88 and 13.54 + 39.08 * 2.6995 + 10.88
    assert los[0] == pytest.approx(98.27, abs=0.01)
    assert nlos[0] == pytest.approx(129.92, abs=0.01)


def test_los_probability() -> None:
    distance_m = np.array([5.0, 18.0, 100.0, 1_000.0])
    expected = 0.18 + math.exp(-100 / 63) * 0.82
    np.testing.assert_allclose(uma_los_share(distance_m)[:3], [1.0, 1.0, expected], atol=1e-12)
    np.testing.assert_allclose(umi_los_share(distance_m)[:3], [1.0, 1.0, 0.18 + math.exp(-100 / 36) * 0.82], atol=1e-12)
    np.testing.assert_allclose(rma_los_share(np.array([5.0, 10.0, 1_010.0])), [1, 1, math.exp(-1)], atol=1e-12)


def test_mean_lies_between_the_states() -> None:
    distance_m = np.array([200.0, 500.0, 2_000.0, 200.0, 500.0, 2_000.0])
    environment = np.array([Environment.URBAN] * 3 + [Environment.OPEN] * 3, np.int8)
    paths = Paths(distance_m, environment, 30.0, 1.5)
    mean = get_model("tr38901").loss_db(paths, f_mhz=3750.0)
    for part, both, share in ((slice(0, 3), uma_db, uma_los_share), (slice(3, 6), rma_db, rma_los_share)):
        some = paths.at(np.arange(6)[part])
        los, nlos = both(some, f_mhz=3750.0)
        p = share(some.distance_m)
        np.testing.assert_allclose(mean[part], p * los + (1 - p) * nlos, atol=1e-9)


def test_constants_are_the_published_ones(shared: Path) -> None:
    """The linear formulas are read out of the table itself: a + b log10(d3D) + c log10(fc)."""
    rows = {(row["scenario"], row["condition"], row["variant"]): row["formula"] for row in table(shared, "7.4.1-1")}
    line = r"([\d.]+) \+ ([\d.]+)\\log_\{10\}\(d_\{3D\}\) \+ ([\d.]+)\\log"
    turned = r"([\d.]+)\\log_\{10\}\(d_\{3D\}\) \+ ([\d.]+) \+ ([\d.]+)\\log"
    published: list[list[float]] = []
    for name, condition, form in (
        ("UMa", "LOS", f"PL_1 = {line}"),
        ("UMa", "NLOS", line),
        ("UMi-StreetCanyon", "LOS", f"PL_1 = {line}"),
        ("UMi-StreetCanyon", "NLOS", turned),
    ):
        found = re.search(form, rows[name, condition, ""])
        assert found is not None
        published.append([float(text) for text in found.groups()])
    published[3][:2] = published[3][1::-1]  # UMi's NLOS begins with the slope
    paths = Paths(np.array([300.0]), np.zeros(1, np.int8), 25.0, 1.5)
    computed = [*uma_db(paths, f_mhz=2000.0), *umi_db(paths, f_mhz=2000.0)]
    for each, (a, b, c) in zip(computed, published, strict=True):
        expected = a + b * math.log10(math.hypot(300.0, 23.5)) + c * math.log10(2.0)
        assert each[0] == pytest.approx(expected, abs=1e-9)


def test_line_of_sight_scales_are_the_published_ones(shared: Path) -> None:
    rows = {row["scenario"]: row["formula"] for row in table(shared, "7.4.2-1")}
    for name, share in (("UMa", uma_los_share), ("UMi-StreetCanyon", umi_los_share)):
        found = re.search(r"exp\\left\(-\\dfrac\{d_\{2D-out\}\}\{(\d+)\}", rows[name])
        assert found is not None
        expected = 0.09 + math.exp(-200.0 / float(found[1])) * 0.91
        assert share(np.array([200.0]))[0] == pytest.approx(expected, abs=1e-12)


MATERIAL_NAMES = {
    "glass": "Standard multi-pane glass",
    "coated-glass": "IRR glass",
    "concrete": "Concrete",
    "plywood": "Plywood",
    "wood": "Wood",
}


def test_materials_are_the_published_ones(shared: Path) -> None:
    rows = {row["material"]: row["formula"] for row in table(shared, "7.4.3-1")}
    assert set(rows) == set(MATERIAL_NAMES.values())
    for ours, theirs in MATERIAL_NAMES.items():
        found = re.search(r"= ([\d.]+) \+ ([\d.]+)f", rows[theirs])
        assert found is not None
        assert material_db(ours, f_mhz=3750.0) == pytest.approx(float(found[1]) + 3.75 * float(found[2]), abs=1e-12)


def test_buildings_are_the_published_ones(shared: Path) -> None:
    rows = {row["model"]: row for row in table(shared, "7.4.3-2")}
    symbols = {"glass": "glass", "IRRglass": "coated-glass", "concrete": "concrete", "plywood": "plywood"}
    assert len(rows) == 3
    pairs: tuple[tuple[Walls, str], ...] = (("low", "Low-loss"), ("high", "High-loss"), ("low-a", "Low-loss A"))
    for ours, theirs in pairs:
        row = rows[f"{theirs} model"]
        parts = re.findall(r"([\d.]+)\\cdot10\^\{-L_\{(\w+)\}/10\}", row["pl_tw_formula"])
        assert len(parts) == 2
        through = sum(
            float(share) * 10 ** (-material_db(symbols[symbol], f_mhz=2600.0) / 10) for share, symbol in parts
        )
        inside_m = np.array([0.0, 10.0])
        expected = 5 - 10 * math.log10(through) + 0.5 * inside_m
        np.testing.assert_allclose(building_db(inside_m, ours, f_mhz=2600.0), expected, atol=1e-9)
        assert BUILDING_SIGMA_DB[ours] == float(row["std_p_db"])


def test_the_older_building_is_the_published_one(shared: Path) -> None:
    rows = {row["parameter"]: row["value"] for row in table(shared, "7.4.3-3")}
    assert rows["PL_tw"] == f"{float(building_db(0.0, 'older', f_mhz=1800.0)):g} dB"
    assert rows["PL_in"].startswith("0.5")
    assert float(building_db(8.0, "older", f_mhz=1800.0)) == 24.0


def test_cars() -> None:
    """Section 7.4.3.2: 9 dB, with metallised windows 20 dB."""
    assert (car_db(f_mhz=1800.0), car_db(f_mhz=1800.0, metallised_windows=True)) == (9.0, 20.0)
