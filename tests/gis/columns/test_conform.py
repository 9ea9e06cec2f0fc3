"""Conform: how a column writes its numbers and words is found out, said and counted - and never guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.columns.compounds import split_metres
from phusong.gis.columns.conform import conform
from phusong.gis.columns.notation import read_numbers
from phusong.gis.columns.values import faulty_synonyms, is_marker, meaning
from phusong.gis.findings import Findings, Match
from phusong.gis.schemas import Column, layer_columns
from phusong.gis.tally import LISTED

HEIGHT = layer_columns("sites")["height_m"]
LON = layer_columns("sites")["lon"]
X = layer_columns("sites")["x_m"]
LENGTH = layer_columns("fibre")["length_km"]
PEOPLE = layer_columns("hamlets")["people"]
ESTIMATE = layer_columns("communes")["population"]
NAN = math.nan


def column(name: str, values: Sequence[Any], layer: str = "sites", **keys: Any) -> tuple[list[Any], Findings]:
    """Conform a table of one column beside an id, and return that column."""
    findings = Findings()
    table = pd.DataFrame({"id": [f"N{n}" for n in range(len(values))], name: list(values)}, dtype=object)
    table.index = pd.RangeIndex(2, 2 + len(values))
    ids = {"sites": "site_id", "cells": "cell_id", "fibre": "fibre_id", "hamlets": "hamlet_id", "roads": "road_id"}
    found = conform(table, layer=layer, columns={ids[layer]: "id"}, notes=findings.of(layer, "f.csv"), **keys)
    return found[name].tolist(), findings


def errors(findings: Findings, name: str) -> list[tuple[Any, str]]:
    return [(f.row, f.rule) for f in findings.faults if f.severity == "error" and f.column == name]


def whats(findings: Findings) -> list[tuple[str, str]]:
    return [(r.what, r.how_much) for r in findings.repairs]


# --- numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "texts", "expected"),
    [
        (HEIGHT, ["30", "30.5"], [30, 30.5]),
        (HEIGHT, ["30", "30,5"], [30, 30.5]),
        (HEIGHT, ["0,125", ",5", "7,"], [0.125, 0.5, 7]),
        # One point, one comma: who is right cannot be told, and the file's plain points are kept.
        (HEIGHT, ["30.5", "30,5"], [30.5, NAN]),
        (HEIGHT, ["30.5", "30,5", "31,5"], [NAN, 30.5, 31.5]),
        # Three digits behind the mark: decimals or thousands? The range of a column may tell ...
        (LON, ["106,883", "107,001"], [106.883, 107.001]),
        (HEIGHT, ["42,125"], [42.125]),
        (PEOPLE, ["1.234", "56"], [1234, 56]),
        (PEOPLE, ["1,234", "12,345"], [1234, 12345]),
        # ... and else nothing does.
        (LENGTH, ["1,234", "5,678"], [NAN, NAN]),
        (PEOPLE, ["1.000", "12.000"], [NAN, NAN]),
        (X, ["1,234", "1.234"], [NAN, NAN]),
        # The rest of the column tells.
        (LENGTH, ["1,5", "2,125"], [1.5, 2.125]),
        (LENGTH, ["1.5", "1.6", "2,125"], [1.5, 1.6, NAN]),
        (LENGTH, ["1.234,5", "2.125"], [1234.5, 2125]),
        (LON, ["106.883", "106.884", "106,9"], [106.883, 106.884, NAN]),
        (X, ["568.850,121", "1.275.706,945"], [568850.121, 1275706.945]),
        (X, ["568,850.121", "1,275,706.945"], [568850.121, 1275706.945]),
        (X, ["1 275 706,945", "568\u00a0850", "568\u202f850"], [1275706.945, 568850, 568850]),
        (PEOPLE, ["1.234.567", "1 234", "12\u00a0345\u00a0678"], [1234567, 1234, 12345678]),
        (PEOPLE, ["12.0", "13.00"], [12, 13]),
        # Estimates of people may have decimals; thousands of people are written the same way, and are whole.
        (ESTIMATE, ["12.345", "6.789"], [12345, 6789]),
        (ESTIMATE, ["91582.5", "12.345"], [91582.5, 12.345]),
        (ESTIMATE, ["91582,5", "12.345"], [91582.5, 12345]),
        (ESTIMATE, ["12.000", "6.000"], [NAN, NAN]),
        (HEIGHT, ["1e2", "1,5e1"], [100, 15]),
        (HEIGHT, ["30m", "42 m", "30,5 mét", "30 ft", "m"], [30, 42, 30.5, NAN, NAN]),
        (HEIGHT, ["nan", "inf", "1_000", "0x10", "--5", "1,2,3", "1.2.3", "1.23.456", ".", ","], [NAN] * 10),
        (HEIGHT, ["012,345", "12 34"], [12.345, NAN]),
        (LON, ["106°53'00\"E", "106.9"], [106 + 53 / 60, 106.9]),
        (LON, ["106 530"], [NAN]),
    ],
)
def test_how_a_column_writes_its_numbers(known: Column, texts: list[str], expected: list[float]) -> None:
    found = read_numbers(texts, [1] * len(texts), column=known, decimal="auto")
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)


def test_rows_have_votes_not_spellings() -> None:
    found = read_numbers(["30.5", "30,5", "31,5"], [10, 1, 1], column=HEIGHT, decimal="auto")
    np.testing.assert_allclose(found.values, [30.5, NAN, NAN])
    assert found.odd == {1, 2}


@pytest.mark.parametrize(("decimal", "expected"), [(".", [30.5, NAN, NAN]), (",", [NAN, 30.5, NAN])])
def test_a_stated_mark_is_kept_to(decimal: str, expected: list[float]) -> None:
    found = read_numbers(["30.5", "30,5", "30 m"], [1, 1, 1], column=HEIGHT, decimal=decimal)
    np.testing.assert_allclose(found.values, expected)


def test_decimal_commas_are_one_repair() -> None:
    values, findings = column("height_m", ["30,5", "42", "", "12,25"])
    np.testing.assert_allclose(values, [30.5, 42, NAN, 12.25])
    assert findings.faults == []
    (repair,) = findings.repairs
    assert (repair.what, repair.how_much, repair.before, repair.after, repair.row) == (
        "read with decimal comma: height_m", "2 values", "30,5", "30.5", "*",
    )  # fmt: skip


def test_a_mixed_column_has_a_fault_a_row() -> None:
    values, findings = column("height_m", ["30,5", "30.5", "31.5", "31,5", "33.5"])
    np.testing.assert_allclose(values, [NAN, 30.5, 31.5, NAN, 33.5])
    assert errors(findings, "height_m") == [(2, HEIGHT.rule), (5, HEIGHT.rule)]
    assert findings.faults[0].remedy == 'write 30.5, or set decimal = "," for this layer'
    assert findings.repairs == []


def test_the_few_points_among_commas_are_the_odd_ones() -> None:
    _, findings = column("height_m", ["30,5", "30.5", "31,5"])
    (fault,) = findings.faults
    assert (fault.row, fault.remedy) == (3, "write it with the decimal mark of the rest of the column")


def test_what_can_be_read_in_two_ways_is_one_fault() -> None:
    values, findings = column("length_km", ["1,234", "", "5,678", "5,678"], layer="fibre")
    assert np.isnan(values).all()
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.column, fault.value) == ("error", 2, "length_km", "1,234")
    assert fault.rule == "3 values can be read in two ways: the comma may mark decimals or thousands"
    assert fault.remedy.startswith('state decimal = ","')
    values, findings = column("length_km", ["1,234"], layer="fibre", decimal=",")
    assert (values, findings.faults) == ([1.234], [])


def test_units_groups_and_degrees_are_counted() -> None:
    findings = Findings()
    table = pd.DataFrame(
        {
            "site_id": ["S1", "S2"],
            "lon": ["106°53'00\"E", "106.9"],
            "lat": ["11°32'06\"N", "11 32 06 N"],
            "height_m": ["42 m", "30m"],
            "accuracy_m": ["1 234", "1.234.567"],
        },
        dtype=object,
    )
    found = conform(table, layer="sites", columns={}, notes=findings.of("sites", "f.csv"))
    np.testing.assert_allclose(found["lon"], [106.88333333, 106.9])
    np.testing.assert_allclose(found["lat"], [11.535, 11.535])
    assert found["height_m"].tolist() == [42, 30]
    assert whats(findings) == [
        ("read as degrees, minutes, seconds: lon", "1 values"),
        ("read as degrees, minutes, seconds: lat", "2 values"),
        ("read without its unit: height_m", "2 values"),
        ("read without thousands separators: accuracy_m", "2 values"),
    ]
    assert [(f.row, f.column) for f in findings.faults] == [(1, "accuracy_m")]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(1, 349, allow_nan=False).map(lambda v: round(v, 2)), min_size=2, max_size=20),
    st.sampled_from([".", ","]),
)
def test_either_mark_gives_the_same_numbers(numbers: list[float], mark: str) -> None:
    """Two decimals cannot be thousands, so each column tells its mark or has none."""
    texts = [f"{number:.2f}".replace(".", mark) for number in numbers]
    values, findings = column("height_m", texts)
    np.testing.assert_allclose(values, numbers)
    assert findings.faults == []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(
        st.text("0123456789.,-+ eE'°mNE\u00a0", min_size=1, max_size=9).filter(str.strip), max_size=12, unique=True
    )
)
def test_no_text_is_read_as_two_numbers(texts: list[str]) -> None:
    """Whatever a column holds: a text that is read is read as it would be under the mark the column has."""
    stripped = list(dict.fromkeys(text.strip() for text in texts))
    for known in (HEIGHT, LON, PEOPLE):
        found = read_numbers(stripped, [1] * len(stripped), column=known, decimal="auto")
        assert len(found.values) == len(stripped)
        assert not np.isinf(found.values).any() or any("e" in text.lower() for text in stripped)
        for i in (*found.odd, *found.unclear):
            assert np.isnan(found.values[i])
        commas = {i for i, text in enumerate(stripped) if "," in text and i in found.how.get("comma", ())}
        points = {i for i, text in enumerate(stripped) if "." in text and np.isfinite(found.values[i])}
        groups = set(found.how.get("groups", ()))
        angles = set(found.how.get("angle", ()))
        assert not (commas and points - groups - angles - commas)


# --- words ---------------------------------------------------------------------------------------------------


def test_the_table_of_values_is_well_formed() -> None:
    assert faulty_synonyms() == []


@pytest.mark.parametrize(
    ("layer", "name", "word", "value"),
    [
        ("cells", "technology", "GSM", "2G"),
        ("cells", "technology", "wcdma", "3G"),
        ("cells", "technology", "E-UTRAN", "4G"),
        ("cells", "technology", "4g", "4G"),
        ("cells", "technology", "5G NR", "5G"),
        ("cells", "technology", "3G/4G", None),
        ("cells", "technology", "LTE-M", None),
        ("cells", "band", "L1800", "LTE1800"),
        ("cells", "band", "LTE 1800", "LTE1800"),
        ("cells", "band", "B3", "LTE1800"),
        ("cells", "band", "n78", "NR3700"),
        ("cells", "band", "900", None),
        ("communes", "kind", "Xã", "xã"),
        ("communes", "kind", "XA", "xã"),
        ("communes", "kind", "Phường", "phường"),
        ("communes", "kind", "Thị trấn", None),
        ("communes_old", "kind", "Thị trấn", "thị trấn"),
        ("fibre", "medium", "cáp treo", "aerial"),
        ("fibre", "medium", "Ngầm", "buried"),
        ("fibre", "medium", "cống bể", "duct"),
        ("roads", "class", "trunk_link", "national"),
        ("roads", "class", "Quốc lộ", "national"),
        ("roads", "class", "ĐT", "provincial"),
        ("roads", "class", "footway", ""),
        ("sites", "mast_class", "a2A", "A2a"),
    ],
)
def test_other_words_for_a_value(layer: str, name: str, word: str, value: str | None) -> None:
    assert meaning(word, layer_columns(layer)[name]) == value


@pytest.mark.parametrize(
    ("technology", "word", "value"),
    [
        ("2G", "900", "GSM900"),
        ("3G", "900 MHz", "UMTS900"),
        ("4G", "900MHz", "LTE900"),
        ("2G", "B3", "GSM1800"),
        (None, "900 MHz", None),
        ("5G", "900", None),
    ],
)
def test_a_band_in_megahertz_needs_its_technology(technology: str | None, word: str, value: str | None) -> None:
    assert meaning(word, layer_columns("cells")["band"], beside=technology) == value


def test_words_are_said_once_each_and_unknown_ones_are_faults() -> None:
    findings = Findings()
    table = pd.DataFrame(
        {
            "cell_id": ["C1", "C2", "C3", "C4", "C5"],
            "site_id": ["S1"] * 5,
            "operator": ["A"] * 5,
            "technology": ["LTE", "LTE", "GSM", "4G", "6G"],
            "band": ["1800", "L900", "900 MHz", "LTE1800", "900"],
        },
        index=pd.Index([2, 3, 4, 5, 6]),
        dtype=object,
    )
    found = conform(table, layer="cells", columns={}, notes=findings.of("cells", "f.csv"))
    assert found["technology"].tolist()[:4] == ["4G", "4G", "2G", "4G"]
    assert found["band"].tolist()[:4] == ["LTE1800", "LTE900", "GSM900", "LTE1800"]
    assert [(r.what, r.how_much, r.before, r.after) for r in findings.repairs] == [
        ("read as: technology 'LTE' is '4G'", "2 values", "LTE", "4G"),
        ("read as: technology 'GSM' is '2G'", "1 values", "GSM", "2G"),
        ("read as: band '1800' is 'LTE1800'", "1 values", "1800", "LTE1800"),
        ("read as: band 'L900' is 'LTE900'", "1 values", "L900", "LTE900"),
        ("read as: band '900 MHz' is 'GSM900'", "1 values", "900 MHz", "GSM900"),
    ]
    assert [(f.row, f.column, f.value) for f in findings.faults] == [(6, "technology", "6G"), (6, "band", "900")]


def test_roads_that_carry_no_class_are_empty_and_said() -> None:
    values, findings = column("class", ["primary", "footway", "path", "QL"], layer="roads")
    assert [None if pd.isna(v) else v for v in values] == ["national", None, None, "national"]
    assert whats(findings)[0] == ("counted as empty: class says in words that nothing is known", "2 values")
    assert findings.faults == []


@pytest.mark.parametrize("word", ["-", "N/A", "n/a", "NULL", "không có", "Chưa rõ", "...", "…", "#N/A", "#DIV/0!", "—"])
def test_words_for_nothing(word: str) -> None:
    assert is_marker(word, HEIGHT)
    assert is_marker(f" {word} ", layer_columns("sites")["name"])
    values, findings = column("height_m", [word, "30", word])
    np.testing.assert_allclose(values, [NAN, 30, NAN])
    assert findings.faults == []
    (repair,) = findings.repairs
    assert (repair.how_much, repair.before) == ("2 values", f'"{word}"')


@pytest.mark.parametrize("word", ["NA", "không", "none"])
def test_a_word_that_may_be_a_name_is_one(word: str) -> None:
    assert not is_marker(word, layer_columns("sites")["name"])
    assert is_marker(word, HEIGHT)
    assert not is_marker("nan", HEIGHT)


def test_nothing_in_words_is_nothing_where_a_value_is_required() -> None:
    findings = Findings()
    table = pd.DataFrame({"site_id": ["S1", "-", "N/A"]}, index=pd.Index([2, 3, 4]), dtype=object)
    conform(table, layer="sites", columns={}, notes=findings.of("sites", "f.csv"))
    assert errors(findings, "site_id") == [(3, "a value is required"), (4, "a value is required")]
    assert findings.repairs[0].before == '"-", "N/A"'


def test_yes_and_no() -> None:
    values, findings = column("shareable", ["có", "Không", "x", "chưa", "không có", "chưa rõ", "maybe", "1", ""])
    assert [None if pd.isna(v) else v for v in values] == [True, False, True, False, False, None, None, True, None]
    assert errors(findings, "shareable") == [(8, "shareable must be true or false")]
    assert [what for what, _ in whats(findings)] == [
        "counted as empty: shareable says in words that nothing is known",
        "read as: shareable 'x' is 'true'",
        "read as: shareable 'chưa' is 'false'",
        "read as: shareable 'không có' is 'false'",
    ]


# --- names, constants, compounds -----------------------------------------------------------------------------


def conformed(
    table: Mapping[str, Sequence[Any]], layer: str = "sites", columns: dict[str, str] | None = None, **keys: Any
) -> tuple[pd.DataFrame, Findings]:
    findings = Findings()
    frame = pd.DataFrame({name: list(values) for name, values in table.items()}, dtype=object)
    frame.index = pd.RangeIndex(2, 2 + len(frame))
    return conform(frame, layer=layer, columns=columns or {}, notes=findings.of(layer, "f.csv"), **keys), findings


def test_matches_are_kept_and_no_faults() -> None:
    _, findings = conformed(
        {"Mã trạm": ["S1"], "lon": ["106.9"], "Vĩ độ": ["11.5"], "ten": ["a"]}, columns={"name": "ten"}
    )
    assert findings.faults == []
    assert {(m.column, m.file_column, m.how) for m in findings.matches} == {
        ("site_id", "Mã trạm", "synonym"),
        ("lon", "lon", "same"),
        ("lat", "Vĩ độ", "synonym"),
        ("name", "ten", "stated"),
    }


def test_two_columns_for_one_are_an_error() -> None:
    found, findings = conformed({"Site": ["S1"], "Mã cột": ["C1"]})
    assert found["site_id"].isna().all()
    (fault,) = findings.faults
    assert fault.severity == "error"
    assert fault.rule == '"Site" and "Mã cột" may each be site_id'
    assert fault.remedy.startswith('say which: columns = { site_id = "Site" }')
    _, findings = conformed({"Site": ["S1"], "Mã cột": ["C1"]}, columns={"site_id": "Mã cột"})
    assert [f.severity for f in findings.faults] == ["info"]


def test_a_column_may_be_left_unread() -> None:
    found, findings = conformed({"site_id": ["S1"], "height_m": ["cao"]}, columns={"height_m": ""})
    assert found["height_m"].isna().all()
    assert [(f.severity, f.rule) for f in findings.faults] == [("info", "not used: it may be height_m")]
    _, findings = conformed({"site_id": ["S1"]}, columns={"site_id": ""})
    assert [f.rule for f in findings.faults if f.severity == "error"] == [
        "the required column is missing; the file has nothing else"
    ]


def test_thousands_of_people_are_not_people() -> None:
    found, findings = conformed(
        {"code": ["25001"], "Dân số (nghìn người)": ["12,5"], "population": ["12500"]}, "census"
    )
    assert found["population"].tolist() == [12500]
    (fault,) = findings.faults
    assert (fault.severity, fault.column) == ("warning", "Dân số (nghìn người)")
    assert fault.rule == "not read as population: the column is in nghinnguoi"


def test_constants_fill_what_the_file_lacks() -> None:
    found, findings = conformed(
        {"cell_id": ["C1", "C2"], "site_id": ["S1", "S1"]}, "cells", constants={"operator": "A", "technology": "LTE"}
    )
    assert found["operator"].tolist() == ["A", "A"]
    assert found["technology"].tolist() == ["4G", "4G"]
    assert findings.faults == []
    assert Match("cells", "operator", "A", "constant") in findings.matches


def test_constants_that_cannot_be() -> None:
    found, findings = conformed(
        {"site_id": ["S1"], "Chủ sở hữu": ["B"]}, constants={"owner": "A", "ownr": "A", "height_m": "cao"}
    )
    assert found["owner"].tolist() == ["B"]
    rules = {f.column: f for f in findings.faults}
    assert rules["owner"].rule == "constants gives a value for a column the file has (Chủ sở hữu)"
    assert rules["ownr"].remedy == "did you mean owner?"
    assert rules["height_m"].rule == HEIGHT.rule


def test_both_coordinates_in_one_column() -> None:
    found, findings = conformed(
        {
            "site_id": ["S1", "S2", "S3", "S4", "S5"],
            "Tọa độ": ["105,34808/22,62924", "11.5, 106.9", "1275706,945; 568850,121", "ở xa", ""],
        }
    )
    np.testing.assert_allclose(found["lon"], [105.34808, 106.9, NAN, NAN, NAN])
    np.testing.assert_allclose(found["lat"], [22.62924, 11.5, NAN, NAN, NAN])
    np.testing.assert_allclose(found["x_m"], [NAN, NAN, 568850.121, NAN, NAN])
    np.testing.assert_allclose(found["y_m"], [NAN, NAN, 1275706.945, NAN, NAN])
    assert [(f.row, f.column, f.value) for f in findings.faults] == [(5, "lon", "ở xa")]
    assert whats(findings) == [
        ("read as two columns: Tọa độ holds lon and lat", "2 values"),
        ("read as two columns: Tọa độ holds x_m and y_m", "1 values"),
    ]
    assert {(m.column, m.file_column) for m in findings.matches if m.column != "site_id"} == {
        (name, "Tọa độ") for name in ("lon", "lat", "x_m", "y_m")
    }


def test_the_order_a_header_states_is_kept_where_sizes_do_not_tell() -> None:
    found, findings = conformed({"site_id": ["S1"], "Lat/Long": ["50.99, -0.14"]})
    assert (found["lon"].tolist(), found["lat"].tolist()) == ([-0.14], [50.99])
    assert findings.faults == []


def test_a_pair_beside_its_parts_is_not_used() -> None:
    found, findings = conformed({"site_id": ["S1"], "Tọa độ": ["1;2"], "lon": ["106.9"], "lat": ["11.5"]})
    assert found["lon"].tolist() == [106.9]
    assert [(f.severity, f.rule) for f in findings.faults] == [("info", "not used: lon is read from lon")]


@pytest.mark.parametrize("text", ["568850 570000", "1275706 1275707", "1", "568850,1,1275706", "-568850 1275706"])
def test_metres_that_do_not_tell_which_is_north(text: str) -> None:
    assert split_metres(text) is None


def test_tilts_are_added_up() -> None:
    found, findings = conformed(
        {
            "cell_id": ["C1", "C2"],
            "site_id": ["S1", "S1"],
            "operator": ["A", "A"],
            "technology": ["4G", "4G"],
            "Mechanical Downtilt (°)": ["2", "3"],
            "Electrical tilt": ["4,5", ""],
        },
        "cells",
    )
    np.testing.assert_allclose(found["tilt_deg"], [6.5, NAN])
    np.testing.assert_allclose(found["mechanical_tilt_deg"], [2, 3])
    np.testing.assert_allclose(found["electrical_tilt_deg"], [4.5, NAN])
    (added,) = [repair for repair in findings.repairs if repair.what.startswith("added up")]
    assert added.what == "added up: tilt_deg is Mechanical Downtilt (°) plus Electrical tilt"
    assert (added.how_much, added.after) == ("1 values", "1 values stay unknown: one of the two is empty")
    found, findings = conformed(
        {"cell_id": ["C1"], "site_id": ["S1"], "operator": ["A"], "technology": ["4G"], "M-tilt": ["2"]}, "cells"
    )
    assert found["tilt_deg"].tolist() == found["mechanical_tilt_deg"].tolist() == [2]
    assert findings.repairs == []


def test_a_tilt_that_is_no_number_has_one_fault_in_its_own_column() -> None:
    columns = {"cell_id": ["C1"], "site_id": ["S1"], "operator": ["A"], "technology": ["4G"], "M-tilt": ["hai"]}
    found, findings = conformed(columns, "cells")
    assert [(fault.row, fault.column, fault.value) for fault in findings.faults] == [(2, "mechanical_tilt_deg", "hai")]
    assert found["tilt_deg"].isna().all()


def test_a_whole_tilt_beside_its_parts_is_read_as_it_stands() -> None:
    columns = {"cell_id": ["C1"], "site_id": ["S1"], "operator": ["A"], "technology": ["4G"]}
    found, findings = conformed({**columns, "Tilt": ["7"], "M-tilt": ["2"], "E-tilt": ["4"]}, "cells")
    tilts = ("tilt_deg", "mechanical_tilt_deg", "electrical_tilt_deg")
    assert [found[name].tolist() for name in tilts] == [[7], [2], [4]]
    assert findings.repairs == []


# --- many rows -----------------------------------------------------------------------------------------------


def test_very_many_faults_of_one_rule_are_counted() -> None:
    n = LISTED + 500
    _, findings = conformed({"hamlet_id": [f"H{i % 10}" for i in range(n)], "people": ["đông"] * n}, "hamlets")
    heights = [f for f in findings.faults if f.column == "people"]
    assert len(heights) == LISTED + 1
    assert [f.row for f in heights[:2]] == [2, 3]
    assert (heights[-1].row, heights[-1].severity) == (None, "error")
    assert heights[-1].rule == f"1,500 rows break this rule, of which the first 1,000 are listed: {PEOPLE.rule}"
    twice = [f for f in findings.faults if f.column == "hamlet_id"]
    assert len(twice) == LISTED + 1
    assert twice[-1].rule.endswith("hamlet_id must be unique, and already stands in")
    assert twice[-1].rule.startswith(f"{n - 10:,} rows break this rule")


def test_values_of_any_kind_from_geographic_files() -> None:
    """A geographic file brings numbers, truths, dates and lists; none of them is taken for another."""
    found, findings = conformed(
        {
            "hamlet_id": [1, 1.0, "1", True, None, [1], "a"],
            "lon": [30, 30.5, "30,5", True, float("nan"), [30], "31"],
        },
        "hamlets",
    )
    assert [None if pd.isna(v) else v for v in found["hamlet_id"]] == ["1", "1", "1", "True", None, None, "a"]
    np.testing.assert_allclose(found["lon"], [30, 30.5, 30.5, NAN, NAN, NAN, 31])
    assert {(f.row, f.column) for f in findings.faults} == {
        (3, "hamlet_id"), (4, "hamlet_id"), (6, "hamlet_id"), (7, "hamlet_id"), (5, "lon"), (7, "lon"),
    }  # fmt: skip


def test_a_table_without_rows() -> None:
    found, findings = conformed({"site_id": [], "height_m": [], "simulated": []})
    assert len(found) == 0
    assert list(found.columns) == list(layer_columns("sites"))
    assert [str(found[name].dtype) for name in ("site_id", "height_m", "simulated")] == ["string", "float64", "boolean"]
    assert findings.faults == []
