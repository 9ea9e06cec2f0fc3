"""Duplicates and sharing: one mast of several operators, one record twice, two masts side by side."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.sites import duplicates

X, Y = 570_000.0, 1_275_000.0


def masts(*rows: tuple[str, float, float, str | None], **columns: list[Any]) -> gpd.GeoDataFrame:
    """Return sites from (site_id, metres east, metres north, owner); rows count from 2."""
    table = pd.DataFrame(
        {
            "site_id": [row[0] for row in rows],
            "owner": [row[3] for row in rows],
            "shared_by": [None] * len(rows),
            "height_m": [np.nan] * len(rows),
        },
        index=range(2, len(rows) + 2),
    ).assign(**columns)
    table = table.astype({"site_id": "string", "owner": "string", "shared_by": "string", "height_m": float})
    points = shapely.points([(X + row[1], Y + row[2]) for row in rows])
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:9212")


def merged(sites: gpd.GeoDataFrame, **keys: Any) -> tuple[gpd.GeoDataFrame, Findings]:
    findings = Findings()
    return duplicates.one_mast_each(sites, findings.of("sites", "s.csv"), **keys), findings


def beside(sites: gpd.GeoDataFrame) -> list[Any]:
    findings = Findings()
    duplicates.side_by_side(sites, findings.of("sites", "s.csv"))
    return findings.faults


def test_one_mast_of_three_operators_is_shared() -> None:
    sites = masts(
        ("S1", 0, 0, "A"),
        ("S2", 900, 0, "A"),
        ("S1", 30, 40, "B"),
        ("S1", 0, 0, "C"),
        shared_by=[None, None, "D", None],
        height_m=[np.nan, 40, 42, 45],
    )
    found, findings = merged(sites)
    assert found["site_id"].tolist() == ["S1", "S2"]
    assert found["shared_by"].fillna("-").tolist() == ["A; B; C; D", "-"]
    assert found["height_m"].tolist() == [42, 40]
    assert found.geometry.iloc[0] == shapely.Point(X, Y)
    assert [(r.what, r.row, r.before) for r in findings.repairs] == [
        ("shared: one mast listed by several operators", "4", "row 2: A; here: B"),
        ("shared: one mast listed by several operators", "5", "row 2: A; here: C"),
    ]
    assert findings.faults == []


def test_lists_that_disagree_about_a_mast() -> None:
    found, findings = merged(masts(("S1", 0, 0, "A"), ("S1", 1, 0, "B"), height_m=[42, 45]))
    assert found["height_m"].tolist() == [42]
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.column, fault.value) == ("warning", 3, "height_m", "45.0")
    assert fault.rule == "the lists disagree about this mast: height_m is 42.0 in row 2, which is used"


@pytest.mark.parametrize(("away_m", "error"), [(50.0, False), (50.5, True)])
def test_one_id_at_two_places(away_m: float, error: bool) -> None:  # noqa: FBT001
    found, findings = merged(masts(("S1", 0, 0, "A"), ("S1", away_m, 0, "B")))
    assert len(found) == 1
    assert findings.may_run is not error
    if error:
        (fault,) = findings.faults
        assert (fault.row, fault.column, fault.value) == (3, "site_id", "S1")
        place = f"already stands in row 2, {away_m:.0f} m away: one id, two places"
        assert fault.rule == f"site_id must be unique, and {place}"
        assert findings.repairs == []


@pytest.mark.parametrize("owner", ["A", None])
def test_one_owner_twice_with_other_values(owner: str | None) -> None:
    _, findings = merged(masts(("S1", 0, 0, owner), ("S1", 0, 0, owner), height_m=[42, 45]))
    (fault,) = findings.faults
    assert (fault.severity, fault.row) == ("error", 3)
    assert fault.rule == "site_id must be unique, and already stands in row 2"
    assert fault.remedy.startswith("the rows differ in height_m")


def test_rows_without_an_id_are_left_alone() -> None:
    """They have their fault already, and no two of them are one mast."""
    sites = masts(("S1", 0, 0, "A"), ("S1", 0, 0, "B"), ("", 0, 0, "A"), ("", 0, 0, "A"))
    sites["site_id"] = sites["site_id"].replace("", None)
    found, findings = merged(sites)
    assert list(found.index) == [2, 4, 5]
    assert findings.faults == []


def test_rows_of_cells_are_one_mast_without_a_word() -> None:
    sites = masts(("S1", 0, 0, None), ("S1", 0, 0, None), ("S1", 0, 0, None), height_m=[np.nan, 30, 30])
    operators = pd.Series(["A", "A", "B"], index=sites.index)
    found, findings = merged(sites, operators=operators, listing=True)
    assert (found["shared_by"].tolist(), found["height_m"].tolist()) == (["A; B"], [30])
    assert [r.row for r in findings.repairs] == ["4"]
    assert findings.faults == []


def test_the_same_record_twice() -> None:
    sites = masts(("S1", 0, 0, "A"), ("S1", 0, 0, "A"), ("S1", 0, 1, "A"), ("S1", 0, 0, "A"))
    findings = Findings()
    found = duplicates.each_once(sites, findings.of("sites", "s.csv"))
    assert list(found.index) == [2, 4]
    assert [(r.what, r.row, r.before) for r in findings.repairs] == [
        ("dropped: the same record twice", "3", "row 2"),
        ("dropped: the same record twice", "5", "row 2"),
    ]


def test_two_ids_at_one_place() -> None:
    sites = masts(
        ("S1", 0, 0, "A"),
        ("S2", 3, 4, "A"),
        ("S3", 2000, 0, "A"),
        ("S4", 2000, 6, "B"),
        ("S5", 4000, 0, None),
        ("S6", 4000, 0, None),
        ("S7", 6000, 0, "A"),
        ("S8", 6011, 0, "A"),
    )
    faults = beside(sites)
    assert [(f.severity, f.row, f.value, f.rule) for f in faults] == [
        ("warning", 3, "S2", "suspected duplicate: S1 (row 2) stands 5 m away, both are of A"),
        ("warning", 7, "S6", "suspected duplicate: S5 (row 6) stands 0 m away, the owner of neither is stated"),
        ("info", None, None, "2 masts stand within 10 m of one of another owner; they are kept as they are"),
    ]


def test_shared_by_says_that_two_ids_are_one_mast() -> None:
    sites = masts(("S1", 0, 0, "A"), ("S2", 2, 0, "B"), shared_by=["C, B", None])
    (warning, info) = beside(sites)
    assert (warning.severity, warning.row, warning.value) == ("warning", 2, "C, B")
    assert warning.rule == "shared_by names B, which lists S2 (row 3) at this place: one mast under two ids"
    assert info.severity == "info"


def test_a_place_of_zeros(world: Any, sites: Any) -> None:
    sites[2][2:4] = [0, 0]
    world.table("sites.csv", sites)
    fault = next(f for f in world.faults() if f.layer == "sites")
    assert (fault.row, fault.column, fault.rule) == (3, "lon", "lon and lat are 0: no place was entered")
    world.layers["sites"]["outside"] = '"drop"'
    findings, summaries = world.check()
    assert findings.may_run
    assert ("3", "dropped: no place, its coordinates are 0") in [(r.row, r.what) for r in findings.repairs]
    assert (summaries["sites"].rows, summaries["sites"].used) == (4, 3)


def test_a_shared_mast_keeps_the_cells_of_both(world: Any, sites: Any) -> None:
    world.table("sites.csv", [*sites, [*sites[1][:4], "", "B"]])
    world.table(
        "cells.csv",
        [
            ["cell_id", "site_id", "operator", "technology"],
            *([f"C{n}", f"S{n}", "A", "4G"] for n in range(1, 5)),
            ["C5", "S1", "B", "4G"],
        ],
    )
    layers = world.read()
    assert layers.sites.loc["S1", "shared_by"] == "A; B"
    assert sorted(layers.cells.index[layers.cells["site_id"] == "S1"]) == ["C1", "C5"]
    assert [(r.row, r.what) for r in layers.repairs if r.layer == "sites"] == [
        ("6", "shared: one mast listed by several operators")
    ]


def test_one_cell_listed_twice(world: Any, cells: Any) -> None:
    world.table("cells.csv", [*cells, cells[2]])
    findings, summaries = world.check()
    assert findings.may_run
    assert [(r.row, r.what) for r in findings.repairs if r.layer == "cells"] == [
        ("7", "dropped: the same record twice")
    ]
    assert (summaries["cells"].rows, summaries["cells"].used) == (6, 5)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2", "S3"]), st.integers(0, 2), st.integers(0, 1), st.sampled_from(["A", "B", None])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_row_is_a_mast_or_is_named(rows: list[tuple[str, int, int, str | None]]) -> None:
    """No row vanishes: it is the mast, or shares it, or repeats it, or is refused."""
    sites = masts(*((name, 40.0 * a, 1000.0 * b, owner) for name, a, b, owner in rows))
    findings = Findings()
    notes = findings.of("sites", "s.csv")
    once = duplicates.each_once(sites, notes)
    found = duplicates.one_mast_each(once, notes)
    assert found["site_id"].is_unique
    assert set(found["site_id"]) == {row[0] for row in rows}
    named = {int(r.row) for r in findings.repairs} | {int(str(f.row)) for f in findings.faults}
    assert set(sites.index) == set(found.index) | named
    again, silent = merged(found)
    assert silent.faults == []
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(found))


def test_a_thousand_masts_at_one_place_are_found_quickly() -> None:
    """All at one point: no pair by pair."""
    faults = beside(masts(*((f"S{n}", 0, 0, "A") for n in range(3000))))
    assert [f.rule for f in faults] == [
        "suspected duplicate: S0 (row 2) stands 0 m away, both are of A (2999 such rows)"
    ]
