"""Values and column names: one cell at a time, and the mapping of names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phusong.gis.columns.conform import conform
from phusong.gis.columns.values import fits, is_empty, parse
from phusong.gis.findings import Findings, Match
from phusong.gis.legacy_text import composed
from phusong.gis.repair import Repair, repair_table
from phusong.gis.schemas import layer_columns, layer_names, markdown_table

HEIGHT = layer_columns("sites")["height_m"]
NAME = layer_columns("sites")["name"]
SIMULATED = layer_columns("sites")["simulated"]
PEOPLE = layer_columns("hamlets")["people"]


@pytest.mark.parametrize("value", ["", "  ", "\t", "\u00a0", None, pd.NA, pd.NaT, math.nan, np.float32("nan")])
def test_empty(value: Any) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", ["0", 0, 0.0, False, "nan", [], np.array([1, 2]), math.inf])
def test_not_empty(value: Any) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("30.5", ".", 30.5),
        (" 30 ", ".", 30.0),
        ("+.5e1", ".", 5.0),
        ("-3.", ".", -3.0),
        ("30,5", ".", None),
        ("1,234.5", ".", None),
        ("30,5", ",", 30.5),
        ("1.234,5", ",", 1234.5),
        ("1.234.567", ",", 1234567.0),
        # Not 125: with a decimal comma a point may only group thousands.
        ("12.5", ",", None),
        ("1.23", ",", None),
        ("1234.567", ",", None),
        (",5", ",", 0.5),
        (",", ",", None),
        ("1,2,3", ",", None),
        ("NaN", ".", None),
        ("inf", ".", None),
        ("1_000", ".", None),
        ("0x10", ".", None),
        ("", ",", None),
        (np.int64(7), ",", 7.0),
        (np.float32(0.5), ",", 0.5),
        (True, ".", None),
    ],
)
def test_numbers(text: Any, decimal: str, expected: float | None) -> None:
    assert parse(text, HEIGHT, decimal=decimal) == expected


@pytest.mark.parametrize("word", ["true", "TRUE", "yes", "1", "có", "CÓ", "co", "Đúng", "x", True, 1, 1.0, np.True_])
def test_true_words(word: Any) -> None:
    assert parse(word, SIMULATED, decimal=".") is True


@pytest.mark.parametrize("word", ["false", "No", "0", "không", "KHÔNG", "khong", "sai", False, 0, 0.0, np.False_])
def test_false_words(word: Any) -> None:
    assert parse(word, SIMULATED, decimal=".") is False


@pytest.mark.parametrize("word", ["maybe", "2", 2, 0.5, "đúng sai", []])
def test_words_that_are_neither(word: Any) -> None:
    assert parse(word, SIMULATED, decimal=".") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" Lộc Ninh ", "Lộc Ninh"),
        ("two\nlines", "two\nlines"),
        (25195.0, "25195"),
        (25195, "25195"),
        (np.float32(25195), "25195"),
        (0.5, "0.5"),
        (float("inf"), "inf"),
        (-1e300, "-1e+300"),
        ("\x07", None),
        ("\ud800", None),
        (["a"], None),
        (np.array(["a"]), None),
        ({"a": 1}, None),
        (b"a", None),
    ],
)
def test_text(value: Any, text: str | None) -> None:
    assert parse(value, NAME, decimal=".") == text


def test_ranges() -> None:
    assert fits(1.0, HEIGHT)
    assert fits(350.0, HEIGHT)
    assert not fits(350.1, HEIGHT)
    assert not fits(math.inf, layer_columns("sites")["x_m"])
    assert not fits(math.nan, HEIGHT)
    assert fits(3.0, PEOPLE)
    assert not fits(3.5, PEOPLE)


def test_nfc_keeps_the_letters() -> None:
    assert composed("Lo\u0323\u0302c") == "L\u1ed9c"
    assert composed("Hoà") != composed("Hòa")


def columns_of(header: list[str], layer: str = "sites", **mapping: str) -> tuple[pd.DataFrame, Findings]:
    findings = Findings()
    table = pd.DataFrame([["1"] * len(header)], columns=header, index=pd.Index([2]), dtype=object)
    return conform(table, layer=layer, columns=mapping, notes=findings.of(layer, "f.csv")), findings


def test_all_columns_stand_in_the_dictionarys_order() -> None:
    found, _ = columns_of(["height_m", "site_id"])
    assert list(found.columns) == list(layer_columns("sites"))
    assert str(found["name"].dtype) == "string"
    assert found["x_m"].isna().all()


def test_case_and_underscores_are_forgiven_and_the_match_is_kept() -> None:
    """The check prints matches; they are no faults."""
    found, findings = columns_of(["Site ID", "HEIGHT-M"])
    assert (found.at[2, "site_id"], found.at[2, "height_m"]) == ("1", 1.0)
    assert findings.faults == []
    assert findings.matches == [
        Match("sites", "site_id", "Site ID", "spelling"),
        Match("sites", "height_m", "HEIGHT-M", "spelling"),
    ]


def test_an_exact_name_goes_before_a_forgiven_one() -> None:
    _, findings = columns_of(["site_id", "Site-Id"])
    assert [f.column for f in findings.faults] == ["Site-Id"]


def test_one_file_column_may_serve_two() -> None:
    found, findings = columns_of(["ma"], site_id="ma", name="ma")
    assert (found.at[2, "site_id"], found.at[2, "name"]) == ("1", "1")
    assert findings.faults == []


def test_rows_are_never_dropped() -> None:
    findings = Findings()
    table = pd.DataFrame({"hamlet_id": ["a", "", "a"], "people": ["x", "-1", "30"]}, index=pd.Index([2, 3, 4]))
    found = conform(table, layer="hamlets", columns={}, notes=findings.of("hamlets", "f.csv"))
    assert list(found.index) == [2, 3, 4]
    assert [(f.row, f.column) for f in findings.faults] == [
        (3, "hamlet_id"),
        (2, "people"),
        (3, "people"),
        (4, "hamlet_id"),
    ]


def test_the_dictionary_is_well_formed() -> None:
    for layer in layer_names():
        for column in layer_columns(layer).values():
            assert column.type in {"text", "number", "integer", "boolean"}, column
            assert column.minimum is None or column.maximum is None or column.minimum < column.maximum
            assert column.vi
            assert column.en
            assert not column.values or column.type == "text"
        assert markdown_table(layer).count("\n") == len(layer_columns(layer)) + 1


def test_repair_table_has_its_columns_even_when_empty() -> None:
    columns = ["layer", "row", "what", "how_much", "before", "after", "remedy"]
    assert list(repair_table([]).columns) == columns
    assert repair_table([Repair("sites", "2", "dropped")]).iloc[0].tolist() == ["sites", "2", "dropped", "", "", "", ""]
