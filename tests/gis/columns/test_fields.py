"""One column read once for each distinct value, reported for each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from phusong.gis.columns.fields import Field, empty_field, read_field, with_groups, writes_commas
from phusong.gis.findings import Findings
from phusong.gis.schemas import layer_columns

SITES, CELLS = layer_columns("sites"), layer_columns("cells")


def field(values: list[Any], column: Any = SITES["height_m"], **keys: Any) -> Field:
    index = pd.Index(range(2, 2 + len(values)), name="row")
    return read_field(pd.Series(values, index=index, dtype=object), column, **{"decimal": "auto", **keys})


def reported(found: Field) -> Findings:
    findings = Findings()
    found.report(findings.of("sites", "s.csv"))
    return findings


def test_rows_share_distinct_values() -> None:
    found = field(["30", "42", "30", None, " ", float("nan")])
    assert found.raw == ["30", "42"]
    assert found.codes.tolist() == [0, 1, 0, -1, -1, -1]
    np.testing.assert_array_equal(found.series(), [30, 42, 30, np.nan, np.nan, np.nan])
    assert list(found.series().index) == [2, 3, 4, 5, 6, 7]


def test_every_row_that_breaks_a_rule_is_named() -> None:
    findings = reported(field(["30", "-3", "cao", "-3", "chưa rõ"]))
    assert [(f.row, f.value) for f in findings.faults] == [(3, "-3"), (4, "cao"), (5, "-3")]
    assert {f.column for f in findings.faults} == {"height_m"}
    (repair,) = findings.repairs
    assert (repair.what, repair.how_much, repair.before) == (
        "counted as empty: height_m says in words that nothing is known",
        "1 values",
        '"chưa rõ"',
    )


def test_a_required_value_that_is_empty() -> None:
    findings = reported(field(["S1", "", "-"], SITES["site_id"]))
    assert [(f.row, f.rule) for f in findings.faults] == [(3, "a value is required"), (4, "a value is required")]


@pytest.mark.parametrize(
    ("value", "read"),
    [("có", True), ("Không", False), (1.0, True), (0, False), (True, True), ("x", True), (2.0, None), ("có thể", None)],
)
def test_booleans(value: Any, read: bool | None) -> None:  # noqa: FBT001 - what is wanted
    (found,) = field([value], SITES["shareable"]).series()
    assert (None if found is pd.NA else bool(found)) is read


def test_a_value_made_clear_by_the_one_beside_it() -> None:
    values = pd.Series(["900", "900", "900"], index=[2, 3, 4], dtype=object)
    beside = pd.Series(["2G", "3G", None], index=[2, 3, 4], dtype=object)
    found = read_field(values, CELLS["band"], decimal="auto", beside=beside)
    assert found.series().fillna("").tolist() == ["GSM900", "UMTS900", ""]
    assert [(f.row, f.value) for f in reported(found).faults] == [(4, "900")]


def test_one_and_true_are_not_one_value() -> None:
    assert field(["1", 1, 1.0, True], CELLS["azimuth_deg"]).codes.tolist() == [0, 1, 2, 3]


def test_points_that_group_thousands_where_the_file_writes_commas() -> None:
    found = field(["1.500", "2.000"], SITES["x_m"])
    assert found.series().tolist() == [1.5, 2.0]
    again = with_groups(found)
    assert again is not None
    assert again.series().tolist() == [1500, 2000]
    assert with_groups(field(["1.500", "2.5"], SITES["x_m"])) is None
    assert with_groups(field(["15", "20"], SITES["x_m"])) is None
    # 1,500 m is no mast's height, so the points are no thousands here.
    assert with_groups(field(["1.500"])) is None


@pytest.mark.parametrize(
    ("columns", "commas"),
    [
        ({"a": ["106,9"], "b": ["x"]}, True),
        ({"a": ["106,9"], "b": ["11.54"]}, False),
        ({"a": ["1.500", "106,9"]}, True),
        ({"a": ["1.500"]}, False),
        ({"a": [1.5, None]}, False),
    ],
)
def test_whether_a_file_writes_commas(columns: dict[str, list[Any]], commas: bool) -> None:  # noqa: FBT001 - wanted
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    assert writes_commas(table) is commas


def test_columns_the_file_does_not_have() -> None:
    index = pd.Index([2, 3])
    kinds = [str(empty_field(SITES[name], index).dtype) for name in ("height_m", "shareable", "name")]
    assert kinds == ["float64", "boolean", "string"]
    assert all(empty_field(SITES[name], index).isna().all() for name in ("height_m", "shareable", "name"))
