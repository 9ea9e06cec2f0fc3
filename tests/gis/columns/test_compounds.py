"""One column that holds two coordinates, and two tilts that are one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.gis.columns.compounds import split_metres
from phusong.gis.columns.conform import conform
from phusong.gis.findings import Findings


def conformed(columns: dict[str, list[Any]], layer: str = "sites") -> tuple[pd.DataFrame, Findings]:
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    table.index = pd.Index(range(2, 2 + len(table)), name="row")
    findings = Findings()
    return conform(table, layer=layer, columns={}, notes=findings.of(layer, "s.csv")), findings


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("11.54, 106.90", 106.90, 11.54),
        ("106.90; 11.54", 106.90, 11.54),
        ("(11,54 - 106,90)", 106.90, 11.54),
        ("11°32′24″N 106°54′00″E", 106.90, 11.54),
    ],
)
def test_degrees_in_one_field(text: str, lon: float, lat: float) -> None:
    table, findings = conformed({"site_id": ["S1", "S2"], "Tọa độ": [text, ""]})
    assert table["lon"].iloc[0] == pytest.approx(lon, abs=1e-9)
    assert table["lat"].iloc[0] == pytest.approx(lat, abs=1e-9)
    assert table[["lon", "lat"]].iloc[1].isna().all()
    assert [f for f in findings.faults if f.severity == "error"] == []
    (repair,) = [r for r in findings.repairs if r.what.startswith("read as two columns")]
    assert (repair.what, repair.how_much, repair.before) == (
        "read as two columns: Tọa độ holds lon and lat",
        "1 values",
        text,
    )


def test_metres_in_one_field() -> None:
    table, findings = conformed({"site_id": ["S1", "S2"], "Tọa độ": ["1275706,945; 568850,121", "trên núi"]})
    np.testing.assert_allclose(table.loc[2, ["x_m", "y_m"]].to_numpy(float), [568850.121, 1275706.945])
    (fault,) = [f for f in findings.faults if f.severity == "error"]
    assert (fault.row, fault.value) == (3, "trên núi")
    assert fault.rule == "Tọa độ holds no pair of coordinates that phusong can take apart"


def test_columns_of_their_own_go_first() -> None:
    table, findings = conformed({"site_id": ["S1"], "lon": ["106.9"], "lat": ["11.5"], "Tọa độ": ["10.0, 105.0"]})
    assert table[["lon", "lat"]].iloc[0].tolist() == [106.9, 11.5]
    assert [(f.column, f.severity) for f in findings.faults if "not used" in f.rule] == [("Tọa độ", "info")]


def test_two_tilts_are_one() -> None:
    columns = {
        "cell_id": ["a", "b", "c"],
        "site_id": ["s"] * 3,
        "operator": ["A"] * 3,
        "technology": ["4G"] * 3,
        "mechanical_tilt_deg": ["2", "3", ""],
        "electrical_tilt_deg": ["4", "", ""],
    }
    table, findings = conformed(columns, layer="cells")
    np.testing.assert_array_equal(table["tilt_deg"].to_numpy(float), [6, np.nan, np.nan])
    (repair,) = findings.repairs
    assert (repair.how_much, repair.after) == ("1 values", "1 values stay unknown: one of the two is empty")
    # A whole tilt that the file gives is not touched.
    table, findings = conformed({**columns, "tilt_deg": ["1", "1", "1"]}, layer="cells")
    assert table["tilt_deg"].tolist() == [1, 1, 1]
    assert findings.repairs == []


@given(east=st.floats(100_000, 899_999), north=st.floats(900_000, 2_700_000), swap=st.booleans())
def test_metres_in_whichever_order(*, east: float, north: float, swap: bool) -> None:
    one, other = f"{east:.3f}", f"{north:.3f}"
    text = f"{other}; {one}" if swap else f"{one}; {other}"
    assert split_metres(text) == (one, other)


@pytest.mark.parametrize("text", ["568850", "568850 570000", "1275706 1275707", "a b", "106.9 11.5", "", "0 1275706"])
def test_what_is_no_pair_of_metres(text: str) -> None:
    assert split_metres(text) is None
