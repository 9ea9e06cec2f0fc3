"""Codes stay text; a zero is given back only where nothing else can be meant, and always said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.columns.codes import Restored, mend_codes, restore_codes, unique_ids
from phusong.gis.findings import Findings
from phusong.gis.tally import LISTED


def test_numbers_become_text_and_empty_stays_empty() -> None:
    values = [25195, 25198.0, "25201", " 25204 ", np.int64(25207), np.nan, None, "", pd.NA]
    assert restore_codes(values) == Restored(
        ["25195", "25198", "25201", "25204", "25207", None, None, None, None], [], []
    )


def test_a_decimal_part_in_text_is_taken_off_and_said() -> None:
    assert restore_codes(["25195.0", "25198"]).restored == [(0, "25195.0", "25195")]


def test_one_lost_zero_comes_back_where_the_column_allows_nothing_else() -> None:
    found = restore_codes(pd.Series([1234.0, 25195.0], index=[2, 3]))
    assert found == Restored(["01234", "25195"], [(2, "1234", "01234")], [])


@pytest.mark.parametrize(
    "values",
    [
        ["1234", "2345"],  # no code of full length shows what is usual here
        ["1234", "25195", "A0001"],  # not all are digits
        ["1234", "01234", "25195"],  # two rows would become one
        ["1234", "251950"],  # some are longer
    ],
)
def test_a_lost_zero_is_ambiguous_where_the_column_allows_more(values: list[str]) -> None:
    found = restore_codes(values)
    assert found.values == values
    assert (0, "1234", ("1234", "01234")) in found.ambiguous
    assert found.restored == []


def test_more_than_one_lost_digit_is_no_lost_zero() -> None:
    assert restore_codes(["123", "25195"]).ambiguous == [(0, "123", ("123", "00123"))]


def test_known_codes_decide() -> None:
    known = {"00001", "01234", "25195", "345", "00345"}
    found = restore_codes(["1", "1234", "25195", "345", "777"], known=known)
    assert found.values == ["00001", "01234", "25195", "345", "777"]
    assert found.restored == [(0, "1", "00001"), (1, "1234", "01234")]
    assert found.ambiguous == [(3, "345", ("345", "00345"))]


def test_known_codes_restore_no_two_rows_to_one() -> None:
    found = restore_codes(["1234", "01234"], known={"01234"})
    assert found.values == ["1234", "01234"]
    assert found.ambiguous == [(0, "1234", ("01234",))]


def test_the_same_short_code_in_many_rows_is_restored_in_each() -> None:
    assert restore_codes(["1234", "1234"], known={"01234"}).values == ["01234", "01234"]


def test_other_widths() -> None:
    assert restore_codes([1, "70"], width=2).values == ["01", "70"]


@pytest.mark.parametrize("value", [float("inf"), 1e300, True, [1], "١٢٣٤", "-123", "1e4"])
def test_what_is_no_code_is_text_and_left(value: Any) -> None:
    found = restore_codes([value, "25195"])
    assert found.values[1] == "25195"
    assert isinstance(found.values[0], str)
    assert found.restored == []


def test_nothing_at_all() -> None:
    assert restore_codes([]) == Restored([], [], [])


def test_mending_writes_one_repair_and_a_warning_for_each_doubt() -> None:
    findings = Findings()
    series = pd.Series([1234.0, 2345.0, 345.0, 25195.0, np.nan], index=[2, 3, 4, 5, 6], name="Mã xã")
    known = {"01234", "02345", "25195", "345", "00345"}
    done = mend_codes(series, column="code", known=known, notes=findings.of("census", "c.csv"))
    assert list(done[:4]) == ["01234", "02345", "345", "25195"]
    assert done.isna().tolist() == [False, False, False, False, True]
    assert str(done.dtype) == "string"
    assert done.name == "Mã xã"
    (repair,) = findings.repairs
    assert (repair.what, repair.how_much, repair.before, repair.after) == (
        "restored: leading zeros or digits of code, which a spreadsheet had made numbers",
        "2 values",
        "1234",
        "01234",
    )
    (fault,) = findings.faults
    assert (fault.row, fault.column, fault.value, fault.severity) == (4, "code", "345", "warning")
    assert fault.rule == "a code of 5 digits has 3; it can be 345 or 00345, and was left as it is"


def test_many_doubts_are_summed_up() -> None:
    findings = Findings()
    mend_codes(pd.Series([f"{n}" for n in range(50)]), column="code", known=None, notes=findings.of("census", "c.csv"))
    assert len(findings.faults) == 21
    assert findings.faults[-1].rule == "30 more codes have too few digits, and were left as they are"
    assert findings.repairs == []


CODE = st.one_of(
    st.integers(0, 99_999).map(lambda n: f"{n:05d}"), st.integers(0, 99_999).map(str), st.text("0127A ", max_size=6)
)


@settings(deadline=None, max_examples=300)
@given(st.lists(CODE, max_size=12), st.one_of(st.none(), st.sets(CODE, max_size=12)))
def test_no_two_codes_become_one_and_every_change_is_said(values: list[str], known: set[str] | None) -> None:
    found = restore_codes(values, known=known)
    filled = [v.strip() for v in values if v.strip()]
    assert len({v for v in found.values if v is not None}) == len(set(filled))
    said = {row for row, _, _ in found.restored}
    for row, (before, after) in enumerate(zip(values, found.values, strict=True)):
        assert after == (before.strip() or None) or row in said
        assert (after or "").lstrip("0") == before.strip().lstrip("0")


@settings(deadline=None)
@given(st.lists(st.integers(0, 99_999), min_size=1, max_size=30))
def test_known_codes_bring_back_what_a_spreadsheet_took(numbers: list[int]) -> None:
    codes = [f"{n:05d}" for n in numbers]
    assert restore_codes(numbers, known=set(codes)).values == codes


def test_ids_that_stand_once_or_nowhere_are_unique() -> None:
    findings = Findings()
    unique_ids(pd.Series(["A", None, "B", None], name="cell_id"), findings.of("cells", "c.csv"))
    assert findings.faults == []


def test_an_id_of_two_rows_names_the_first_also_where_a_row_became_several_records() -> None:
    findings = Findings()
    unique_ids(pd.Series(["A", "B", "A", "A"], index=[2, 2, 3, 3], name="cell_id"), findings.of("cells", "c.csv"))
    assert [(f.row, f.column, f.value, f.rule) for f in findings.faults] == [
        (3, "cell_id", "A", "cell_id must be unique, and already stands in row 2")
    ] * 2


def test_an_id_of_very_many_rows_is_listed_a_thousand_times() -> None:
    findings = Findings()
    unique_ids(pd.Series(["A"] * (LISTED + 501), name="site_id"), findings.of("sites", "s.csv"))
    assert len(findings.faults) == LISTED + 1
    assert findings.faults[-1].rule.startswith("1,500 rows break this rule, of which the first 1,000 are listed")
