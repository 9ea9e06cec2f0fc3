"""What befalls many rows: listed while they are few, counted exactly beyond."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.gis.findings import PART, Findings
from phusong.gis.tally import LISTED, Tally, say_faults, shown


def test_few_rows_are_listed_one_by_one() -> None:
    tally, findings = Tally(), Findings()
    tally.add("dropped: far", [4, 7], ["a", "b"])
    tally.add("dropped: far", np.array([9]), ["c"])
    tally.add("dropped: never", [])
    tally.repairs(findings.of("cells", "c.csv"), unit="cell", remedy="nothing")
    assert [(r.row, r.how_much, r.before) for r in findings.repairs] == [
        ("4", "1 cell", "a"),
        ("7", "1 cell", "b"),
        ("9", "1 cell", "c"),
    ]
    assert (tally.count("dropped: far"), tally.count("dropped: never")) == (3, 0)
    assert tally.first("dropped: far") == (4, "a")


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_many_rows_are_one_line_with_their_exact_number(sizes: list[int]) -> None:
    tally, findings = Tally(), Findings()
    start = 2
    for size in sizes:
        tally.add("dropped: far", np.arange(start, start + size))
        start += size
    tally.repairs(findings.of("cells", "c.csv"))
    if sum(sizes) > LISTED:
        (repair,) = findings.repairs
        assert (repair.how_much, repair.before) == (f"{sum(sizes)} records", "the first is row 2")
    else:
        assert [r.row for r in findings.repairs] == [str(row) for row in range(2, start)]


def test_rows_of_several_files_are_named_with_their_file() -> None:
    findings = Findings()
    tally = Tally()
    tally.add("dropped: far", [PART + 2, 2 * PART + 5])
    notes = findings.of("cells", "a.csv, b.csv", parts=("a.csv", "b.csv"))
    tally.repairs(notes)
    assert [r.row for r in findings.repairs] == ["2 (a.csv)", "5 (b.csv)"]
    many = Tally()
    many.add("dropped: far", 2 * PART + np.arange(LISTED + 1))
    many.repairs(notes)
    assert findings.repairs[-1].before == "the first is row 0 (b.csv)"


@pytest.mark.parametrize("count", [3, LISTED, LISTED + 5])
def test_faults_beyond_the_limit_are_counted(count: int) -> None:
    findings = Findings()
    faults = [(f"stands already in row {k}", "delete it", k + 2, "x") for k in range(count)]
    say_faults(faults, column="site_id", notes=findings.of("sites", "s.csv"))
    assert len(findings.faults) == min(count, LISTED) + (count > LISTED)
    if count > LISTED:
        last = findings.faults[-1]
        assert (last.row, last.column) == (None, "site_id")
        assert last.rule.startswith(f"{count:,} rows break this rule, of which the first {LISTED:,} are listed: stands")


def test_shown() -> None:
    assert shown(list(range(LISTED)))[1] == ""
    assert shown(list(range(LISTED + 1))) == ([0], f" ({LISTED + 1} such rows)")
