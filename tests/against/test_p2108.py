"""Clutter loss against Recommendation ITU-R P.2108-1: NTIA's vectors and the ITU's own workbook."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from phusong.coverage.propagation.p2108 import ClutterKind, earth_space_db, height_gain_db, terrestrial_db
from phusong.errors import ModelError

# Half of the last printed digit; NTIA's normal deviate is off by 4.5e-4, times sigma of 6 dB.
PRINTED_DB = 0.05 + 0.003


def rows(shared: Path, name: str) -> list[dict[str, float]]:
    with (shared / "validation/p2108" / name).open(encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


# NTIA's return codes: which quantity is wrong.
FAULTS = {
    32: r"frequency .* MHz is outside the possible range 30\.\.3000 MHz",
    33: "antenna height 0 m is outside",
    34: "street width 0 m is outside",
    35: "clutter height 0 m is outside",
    48: r"frequency .* MHz is outside the possible range 500\.\.67000 MHz",
    49: "distance 240 m is outside the possible range 250",
    50: "location_share must lie between 0 and 1, not [01]; 90 % is 0.90",
    64: r"frequency .* MHz is outside the possible range 10000\.\.100000 MHz",
    65: r"elevation .* deg is outside the possible range 0\.\.90 deg",
    66: "location_share must lie between 0 and 1, not [01]; 90 % is 0.90",
}


def test_height_gain_of_ntia(shared: Path) -> None:
    good = bad = 0
    for row in rows(shared, "HeightGainTerminalCorrectionModelTestData.csv"):
        kind, settings = ClutterKind(int(row["clutter_type"])), {"f_mhz": 1e3 * row["f__ghz"]}
        settings |= {"clutter_height_m": row["R__meter"], "street_width_m": row["w_s__meter"]}
        if row["rtn"]:
            with pytest.raises(ModelError, match=FAULTS[int(row["rtn"])]):
                height_gain_db(row["h__meter"], kind, **settings)
            bad += 1
        else:
            assert height_gain_db(row["h__meter"], kind, **settings) == pytest.approx(row["A_h__db"], abs=PRINTED_DB)
            good += 1
    assert (good, bad) == (18, 5)


def test_terrestrial_of_ntia(shared: Path) -> None:
    good = bad = 0
    for row in rows(shared, "TerrestrialStatisticalModelTestData.csv"):
        distance, settings = np.array([1e3 * row["d__km"]]), {"f_mhz": 1e3 * row["f__ghz"]}
        settings["location_share"] = row["p"] / 100.0
        if row["rtn"]:
            with pytest.raises(ModelError, match=FAULTS[int(row["rtn"])]):
                terrestrial_db(distance, **settings)
            bad += 1
        else:
            assert terrestrial_db(distance, **settings)[0] == pytest.approx(row["L_ctt__db"], abs=PRINTED_DB)
            good += 1
    assert (good, bad) == (7, 5)


def test_earth_space_of_ntia(shared: Path) -> None:
    good = bad = 0
    for row in rows(shared, "AeronauticalStatisticalModelTestData.csv"):
        elevation, settings = np.array([row["theta_deg"]]), {"f_mhz": 1e3 * row["f__ghz"]}
        settings["location_share"] = row["p"] / 100.0
        if row["rtn"]:
            with pytest.raises(ModelError, match=FAULTS[int(row["rtn"])]):
                earth_space_db(elevation, **settings)
            bad += 1
        else:
            assert earth_space_db(elevation, **settings)[0] == pytest.approx(row["L_ces__db"], abs=PRINTED_DB)
            good += 1
    assert (good, bad) == (7, 6)


def test_terrestrial_of_the_itu_workbook(shared: Path) -> None:
    table = rows(shared, "p2108_3.2_terrestrial.csv")
    assert len(table) == 260
    for row in table:
        found = terrestrial_db(
            np.array([1e3 * row["d_km"]]), f_mhz=1e3 * row["f_GHz"], location_share=row["p_pct"] / 100.0
        )
        assert found[0] == pytest.approx(row["Lctt_dB"], abs=0.05)


def test_height_gain_by_hand() -> None:
    """1.5 GHz, 2 m antenna below 15 m houses, 27 m street: nu = 0.4189 sqrt(13 * 25.71 deg) = 7.66; J = 30.51."""
    nu = 0.342 * math.sqrt(1.5) * math.sqrt(13.0 * math.degrees(math.atan(13.0 / 27.0)))
    assert nu == pytest.approx(7.66, abs=0.01)
    expected = 6.9 + 20 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1) - 6.03
    assert height_gain_db(2.0, ClutterKind.URBAN, f_mhz=1500.0) == pytest.approx(expected, abs=1e-9)
    assert expected == pytest.approx(24.5, abs=0.05)


def test_open_land_by_hand() -> None:
    """1 GHz: Kh2 = 21.8, so a 1 m antenna among 10 m loses 21.8 dB."""
    assert height_gain_db(1.0, ClutterKind.OPEN, f_mhz=1000.0) == pytest.approx(21.8)


def test_terrestrial_by_hand() -> None:
    """At 1 GHz and 1 km, the formula's two branches: Ll = 25.0 dB, Ls(1 km) = 32.98 dB, 24.95 combined."""
    found = terrestrial_db(np.array([1_000.0]), f_mhz=1_000.0, location_share=0.5)
    ll, ls = -2 * math.log10(10**-12.5 + 10**-16.5), 32.98
    assert ll == pytest.approx(25.0, abs=1e-3)
    assert found[0] == pytest.approx(-5 * math.log10(10 ** (-0.2 * ll) + 10 ** (-0.2 * ls)), abs=1e-9)
