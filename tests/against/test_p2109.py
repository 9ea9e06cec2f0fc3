"""Building entry loss against the ITU workbook's values of Recommendation ITU-R P.2109."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from phusong.coverage.propagation.p2109 import Building, building_entry_db

CLASSES: dict[int, Building] = {1: "traditional", 2: "thermally-efficient"}


def test_workbook(shared: Path) -> None:
    with (shared / "validation/p2109/p2109_bel.csv").open(encoding="utf-8") as file:
        rows = [[float(value) for value in row] for row in list(csv.reader(file))[1:]]
    assert len(rows) == 568
    for f_ghz, elevation, kind, percent, expected in rows:
        found = building_entry_db(percent / 100.0, CLASSES[int(kind)], f_mhz=1e3 * f_ghz, elevation_deg=elevation)
        # Printed to 0.001 dB, and the percentages to seven digits: 5e-8 of them is 1e-5 dB at most.
        assert float(found) == pytest.approx(expected, abs=5.1e-4)


def test_median_by_hand() -> None:
    """At 1 GHz all log terms are 0: traditional, 10 log10(10^1.264 + 10^0.91 + 10^-0.3) = 14.31 dB."""
    expected = 10 * math.log10(10**1.264 + 10**0.91 + 10**-0.3)
    assert float(building_entry_db(0.5, "traditional", f_mhz=1_000.0)) == pytest.approx(expected, abs=1e-9)
    assert expected == pytest.approx(14.31, abs=0.005)


def test_shape_follows_the_arguments() -> None:
    found = building_entry_db(
        np.array([[0.1], [0.9]]), "traditional", f_mhz=900.0, elevation_deg=np.array([0.0, 10.0, -10.0])
    )
    assert found.shape == (2, 3)
    np.testing.assert_array_equal(found[:, 1], found[:, 2])
