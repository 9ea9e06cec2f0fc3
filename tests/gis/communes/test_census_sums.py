"""Census sums: what two figures say of the third, and figures that contradict each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from phusong.gis.communes.census import consistent
from phusong.gis.findings import Findings


def table(**columns: Any) -> pd.DataFrame:
    given = {"population": np.nan, "households": np.nan, "urban_people": np.nan, "rural_people": np.nan, **columns}
    return pd.DataFrame({"code": ["25001"], **{k: [v] for k, v in given.items()}}, index=[2])


@pytest.mark.parametrize(
    ("given", "completed"),
    [
        ({"population": 100, "urban_people": 30}, ("rural_people", 70)),
        ({"population": 100, "rural_people": 100}, ("urban_people", 0)),
        ({"urban_people": 30, "rural_people": 20}, ("population", 50)),
    ],
)
def test_two_of_three_say_the_third(given: dict[str, float], completed: tuple[str, float]) -> None:
    findings = Findings()
    found = consistent(table(**given), notes=findings.of("census", "census.csv"))
    assert found[completed[0]].tolist() == [completed[1]]
    assert findings.faults == []
    (repair,) = findings.repairs
    assert (repair.how_much, repair.remedy) == ("1 records", f"fill in {completed[0]}")


def test_sums_that_contradict_name_code_and_both_figures() -> None:
    findings = Findings()
    given = table(population=100, urban_people=30, rural_people=60)
    found = consistent(given, notes=findings.of("census", "census.csv"))
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.column, fault.value) == ("warning", 2, "population", "100")
    assert fault.rule == "urban_people + rural_people make 90 in commune 25001, population says 100"
    pd.testing.assert_frame_equal(found, given, check_dtype=False)


@pytest.mark.parametrize("name", ["households", "urban_people"])
def test_a_part_greater_than_the_whole_is_unknown(name: str) -> None:
    findings = Findings()
    found = consistent(table(population=100, **{name: 130}), notes=findings.of("census", "census.csv"))
    assert found[name].isna().all()
    assert found["rural_people"].isna().all()
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.column, fault.value) == ("warning", 2, name, "130")
    assert fault.rule == f"{name} is 130 in commune 25001, more than its population of 100"
    (repair,) = findings.repairs
    assert (repair.what, repair.row, repair.before) == (
        f"made unknown: {name} is more than the population",
        "2",
        "130",
    )


def test_nothing_to_say_of_a_sound_row() -> None:
    findings = Findings()
    given = table(population=100, households=25, urban_people=30, rural_people=70)
    pd.testing.assert_frame_equal(consistent(given, notes=findings.of("census", "x")), given, check_dtype=False)
    assert (findings.faults, findings.repairs) == ([], [])
