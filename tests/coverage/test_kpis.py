"""Every indicator over nine cells that can be counted by hand, and what must hold whatever the states."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage import Coverage, kpis, predict
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN, all_of, any_of
from phusong.gis.people import People
from phusong.gis.terrain.clutter import Clutter

build_world: Any = runpy.run_path(str(Path(__file__).with_name("test_predict.py")))["build_world"]

# 3 x 3 cells of 1 ha; the western commune is the first column, the eastern one the other two.
PEOPLE = np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0], [70.0, 80.0, 90.0]])
C, N, U = COVERED, NOT_COVERED, UNKNOWN
A_4G = [[C, C, N], [C, N, N], [N, N, U]]
B_4G = [[C, N, C], [N, N, U], [N, C, U]]
A_2G = [[C, C, C], [C, C, N], [C, N, U]]
B_2G = [[N, N, N], [N, N, U], [N, N, U]]
MASTS = {"s1": (150.0, 150.0), "s2": (50.0, 50.0)}
CELLS = [
    {"site_id": "s1", "operator": "A", "technology": "4G", "azimuth_deg": 0.0},
    {"site_id": "s1", "operator": "A", "technology": "4G", "azimuth_deg": 120.0},
    {"site_id": "s1", "operator": "A", "technology": "5G"},
    {"site_id": "s1", "operator": "B", "technology": "4G"},
    {"site_id": "s2", "operator": "A", "technology": "2G"},
    {"site_id": "s2", "operator": "A", "technology": "4G"},
]
BASE: Coverage = predict(build_world(masts=MASTS, cells=CELLS, size=(3, 3), people=PEOPLE))


def with_states(states: Mapping[str, Any], base: Coverage = BASE) -> Coverage:
    """Return a coverage whose operators have these states; *any* and *all* follow."""
    arrays = {name: np.array(state, np.uint8) for name, state in states.items()}
    for technology in {name.rsplit("|", 1)[1] for name in states}:
        stack = [state for name, state in arrays.items() if name.endswith("|" + technology)]
        arrays |= {f"any|{technology}": any_of(stack), f"all|{technology}": all_of(stack)}
    return replace(base, service=xr.Dataset({name: (("y", "x"), state) for name, state in arrays.items()}))


HAND = with_states({"A|4G": A_4G, "B|4G": B_4G, "A|2G": A_2G, "B|2G": B_2G})


def rows(kpi: kpis.Kpi) -> list[tuple[float, float, float]]:
    """Return (numerator, denominator, unknown) of west, east and province."""
    return [tuple(row) for row in kpi.table[["numerator", "denominator", "unknown"]].to_numpy().tolist()]


@pytest.mark.parametrize(
    ("operator", "kpi_id", "west", "east"),
    [
        # A: west 10 + 40, east 20; unknown in the corner of 90
        ("A", "K01", (50.0, 120.0, 0.0), (20.0, 330.0, 90.0)),
        ("B", "K01", (10.0, 120.0, 0.0), (30.0 + 80.0, 330.0, 60.0 + 90.0)),
        ("any", "K02", (50.0, 120.0, 0.0), (20.0 + 30.0 + 80.0, 330.0, 60.0 + 90.0)),
        # All: only the north-western cell; where A is known to be out the unknown of B changes nothing.
        ("all", "K03", (10.0, 120.0, 0.0), (0.0, 330.0, 90.0)),
    ],
)
def test_population_by_hand(operator: str, kpi_id: str, west: Any, east: Any) -> None:
    kpi = kpis.population(HAND, operator=operator)
    assert rows(kpi) == [west, east, tuple(a + b for a, b in zip(west, east, strict=True))]
    table = kpi.table
    assert list(table.columns) == kpis.COLUMNS
    assert table["id"].tolist() == [kpi_id] * 3
    assert table["area"].tolist() == ["00001", "00002", "province"]
    assert table["area_name"].tolist() == ["Tây", "Đông", "Tỉnh thử"]
    assert table["value"].tolist() == pytest.approx([n / d for n, d, _ in rows(kpi)])
    assert table["flags"].tolist() == ["", "UNKNOWN", "UNKNOWN"]
    assert set(table["unit"]) == {"people"}
    assert set(table["as_of"]) == {"2026-01-01"}
    assert set(table["edge_probability"]) == {0.9}
    assert set(table["state"]) == {"today"}


def test_the_operator_that_covers_most_by_hand() -> None:
    kpi = kpis.max_operator(HAND)
    # West: A 50 of 120. East: B 110, with its unknown 260. Province: B 120, with its unknown 270.
    assert rows(kpi) == [(50.0, 120.0, 0.0), (110.0, 330.0, 150.0), (120.0, 450.0, 150.0)]
    assert kpi.table["flags"].tolist() == ["OPERATOR:A", "UNKNOWN;OPERATOR:B", "UNKNOWN;OPERATOR:B"]
    assert kpi.province()["value"] == pytest.approx(120 / 450)


def test_an_unknown_operator_might_be_the_one_that_covers_most() -> None:
    kpi = kpis.max_operator(with_states({"A|4G": A_4G, "B|4G": np.full((3, 3), U)}))
    assert rows(kpi) == [(50.0, 120.0, 70.0), (20.0, 330.0, 310.0), (70.0, 450.0, 380.0)]
    assert kpi.table["flags"].tolist() == ["UNKNOWN;OPERATOR:A"] * 3


def test_operators_that_cover_equally_many_are_all_named_and_nobody_where_none_covers() -> None:
    tie = kpis.max_operator(with_states({"A|4G": np.full((3, 3), C), "B|4G": np.full((3, 3), C)}))
    assert tie.table["flags"].tolist() == ["OPERATOR:A;OPERATOR:B"] * 3
    nobody = kpis.max_operator(with_states({"A|4G": np.full((3, 3), N), "B|4G": np.full((3, 3), N)}))
    assert nobody.table["flags"].tolist() == [""] * 3


def test_not_spots_by_hand() -> None:
    assert rows(kpis.not_spot(HAND)) == [(70.0, 120.0, 0.0), (50.0, 330.0, 150.0), (120.0, 450.0, 150.0)]
    # Partial: 40 in the west (A only); 20 (A only), 30 and 80 (B only) in the east.
    assert rows(kpis.partial_not_spot(HAND)) == [(40.0, 120.0, 0.0), (130.0, 330.0, 150.0), (170.0, 450.0, 150.0)]


def test_area_by_hand() -> None:
    kpi = kpis.area(HAND)
    np.testing.assert_allclose(rows(kpi), [(0.02, 0.03, 0.0), (0.03, 0.06, 0.02), (0.05, 0.09, 0.02)])
    assert set(kpi.table["unit"]) == {"km2"}
    assert kpi.table["flags"].tolist() == ["WATER_NOT_EXCLUDED", *["WATER_NOT_EXCLUDED;UNKNOWN"] * 2]


def with_water(share: Any, base: Coverage = HAND) -> Coverage:
    """Return a coverage with a land cover a cell wider all around; outside the province all is water."""
    grid = base.layers.grid
    wide = replace(grid, west_m=grid.west_m - grid.cell_m, north_m=grid.north_m + grid.cell_m, rows=5, cols=5)
    water = np.pad(np.array(share, np.float32), 1, constant_values=1.0)
    clutter = Clutter(
        grid=wide,
        class_=np.zeros((5, 5), np.int16),
        height_m=np.zeros((5, 5)),
        water_share=water,
        classes=(),
        resolution_m=10.0,
        extent=(0.0, 0.0, 1.0, 1.0),
        crs=grid.crs,
        method="",
    )
    return replace(base, layers=replace(base.layers, clutter=clutter))


def test_area_without_water() -> None:
    """A lake of one cell and a half in the east, in whose whole cell A and B are unknown, and a quarter in the west."""
    kpi = kpis.area(with_water([[0.25, 0.0, 0.5], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    west, east = (0.0175, 0.0275, 0.0), (0.025, 0.045, 0.01)
    np.testing.assert_allclose(rows(kpi), [west, east, (0.0425, 0.0725, 0.01)])
    assert kpi.table["flags"].tolist() == ["", "UNKNOWN", "UNKNOWN"]
    # Where nobody knows what the ground is, it counts as land, and the flag stays.
    kpi = kpis.area(with_water([[0.25, 0.0, 0.5], [0.0, 0.0, 1.0], [np.nan, 0.0, 0.0]]))
    np.testing.assert_allclose(rows(kpi)[0], west)
    assert set(kpi.table["flags"]) == {"WATER_NOT_EXCLUDED", "WATER_NOT_EXCLUDED;UNKNOWN"}
    # A commune of water only has no share.
    kpi = kpis.area(with_water([[1.0, 0.0, 0.0]] * 3))
    assert rows(kpi)[0] == (0.0, 0.0, 0.0)
    assert np.isnan(kpi.table["value"].iloc[0])


def test_upgrade_gap_by_hand() -> None:
    # A has 2G and no 4G at 30, 50 and 70; its corner is unknown in both.
    assert rows(kpis.upgrade_gap(HAND, operator="A")) == [(70.0, 120.0, 0.0), (80.0, 330.0, 90.0), (150.0, 450.0, 90.0)]
    # Anybody: 2G and no 4G at 50 and 70; 60 is unknown in both, 90 too.
    assert rows(kpis.upgrade_gap(HAND)) == [(70.0, 120.0, 0.0), (50.0, 330.0, 150.0), (120.0, 450.0, 150.0)]


@pytest.mark.parametrize(
    ("second", "fourth", "gap", "unknown"),
    [
        *((C, C, 0, 0), (C, N, 1, 0), (C, U, 0, 1)),
        *((N, C, 0, 0), (N, N, 0, 0), (N, U, 0, 0)),
        *((U, C, 0, 0), (U, N, 0, 1), (U, U, 0, 1)),
    ],
)
def test_upgrade_gap_truth_table(second: int, fourth: int, gap: int, unknown: int) -> None:
    both = {"A|2G": np.full((3, 3), second), "A|4G": np.full((3, 3), fourth)}
    assert rows(kpis.upgrade_gap(with_states(both), operator="A"))[-1] == (450.0 * gap, 450.0, 450.0 * unknown)


def test_communes_over_a_share_by_hand() -> None:
    # West 50/120 = 42 %, known. East 130/330 = 39 %, with its unknown 280/330 = 85 %.
    for at_least, good, unknown in ((0.3, 2, 0), (0.4, 1, 1), (0.5, 0, 1), (0.9, 0, 0)):
        (row,) = kpis.commune_share(HAND, at_least=at_least).to_dict("records")
        assert (row["numerator"], row["denominator"], row["unknown"], row["area"]) == (good, 2.0, unknown, "province")
        assert row["flags"] == f"AT_LEAST:{at_least:.0%}" + (";UNKNOWN" if unknown else "")


def test_a_commune_without_people_has_no_share() -> None:
    empty = PEOPLE.copy()
    empty[:, 0] = 0.0
    layers = build_world(masts=MASTS, cells=CELLS, size=(3, 3), people=empty)
    coverage = with_states({"A|4G": A_4G, "B|4G": B_4G}, replace(BASE, layers=layers))
    west = kpis.population(coverage).by_commune().loc["00001"]
    assert (west["numerator"], west["denominator"]) == (0.0, 0.0)
    assert np.isnan(west["share"])
    assert kpis.commune_share(coverage, at_least=0.0)["numerator"].tolist() == [1.0]


def test_stations_and_masts_by_hand() -> None:
    # 4G stations: A and B on s1, A on s2. One 5G station. Of two masts one is shared.
    (ratio,) = kpis.site_ratio_5g(BASE).to_dict("records")
    assert (ratio["id"], ratio["numerator"], ratio["denominator"], ratio["value"]) == ("K16", 1.0, 3.0, 1 / 3)
    (density,) = kpis.sites_per_thousand(BASE).to_dict("records")
    assert (density["numerator"], density["denominator"]) == (3.0, 0.45)
    assert density["value"] == pytest.approx(3 / 0.45)
    (sharing,) = kpis.mast_sharing(BASE).to_dict("records")
    assert (sharing["numerator"], sharing["denominator"], sharing["value"]) == (1.0, 2.0, 0.5)


def test_flags_say_what_a_figure_rests_on() -> None:
    people = BASE.layers.people
    rough = replace(
        BASE.layers,
        people=People(people.by_zone, "raster", (True, False)),
        province=BASE.layers.province.model_copy(update={"simulated": True}),
    )
    table = kpis.population(replace(HAND, layers=rough), operator="all").table
    assert table["flags"].tolist() == ["SIMULATED", *["NOT_CENSUS_TRUE;SIMULATED;UNKNOWN"] * 2]
    # B gave cells, none of 5G: "all operators" cannot be, and the flag says through whom.
    assert kpis.population(BASE, technology="5G", operator="all").table["flags"].tolist() == ["NO_NETWORK:B"] * 3


def test_compute_is_the_long_table_of_all() -> None:
    table = kpis.compute(BASE)
    assert list(table.columns) == kpis.COLUMNS
    assert not table.duplicated(["id", "area", "operator", "technology"]).any()
    counts = table["id"].value_counts().to_dict()
    areas, technologies, operators = 3, 4, 2
    assert counts["K01"] == areas * technologies * operators
    assert counts["K02"] == counts["K03"] == counts["K04"] == counts["K05"] == counts["K06"] == areas * technologies
    assert counts["K08"] == areas * technologies * (operators + 2)
    assert (counts["K10"], counts["K16"], counts["K18"], counts["K19"]) == (technologies, 1, 1, 1)
    assert counts["K17a"] == areas * (operators + 1)
    one = table[(table["id"] == "K02") & (table["technology"] == "4G")].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, kpis.population(BASE).table)


def states() -> st.SearchStrategy[list[list[int]]]:
    row = st.lists(st.sampled_from([C, N, U]), min_size=3, max_size=3)
    return st.lists(row, min_size=3, max_size=3)


def numbers(kpi: kpis.Kpi, column: str = "numerator") -> Any:
    return kpi.table[column].to_numpy(float)


@given(states(), states())
@settings(max_examples=60, deadline=None)
def test_identities_hold_whatever_the_states(first: list[list[int]], second: list[list[int]]) -> None:
    coverage = with_states({"A|4G": first, "B|4G": second})
    some, every = kpis.population(coverage), kpis.population(coverage, operator="all")
    none, partial, most = kpis.not_spot(coverage), kpis.partial_not_spot(coverage), kpis.max_operator(coverage)
    residents = numbers(some, "denominator")
    np.testing.assert_allclose(numbers(none) + numbers(some) + numbers(some, "unknown"), residents)
    np.testing.assert_array_equal(numbers(none, "unknown"), numbers(some, "unknown"))
    for name in "AB":
        one = kpis.population(coverage, operator=name)
        assert (numbers(most) >= numbers(one) - 1e-9).all()
        assert (numbers(every) <= numbers(one) + 1e-9).all()
    assert (numbers(most) <= numbers(some) + 1e-9).all()
    for kpi in (some, every, none, partial, most):
        assert (numbers(kpi) + numbers(kpi, "unknown") <= residents + 1e-9).all()
        if kpi is not most:
            np.testing.assert_allclose(numbers(kpi)[:2].sum(), numbers(kpi)[2])
    if U not in np.array([first, second]):
        np.testing.assert_allclose(numbers(partial), numbers(some) - numbers(every))


@given(states(), states(), states())
@settings(max_examples=8, deadline=None)
def test_the_order_of_operators_changes_nothing(a: Any, b: Any, c: Any) -> None:
    given_states = {"A|4G": a, "B|4G": b, "C|4G": c}
    tables = []
    for order in permutations("ABC"):
        province = BASE.layers.province.model_copy(update={"operators": order})
        base = replace(BASE, layers=replace(BASE.layers, province=province))
        coverage = with_states({f"{name}|4G": given_states[f"{name}|4G"] for name in order}, base)
        measures = [kpis.population, kpis.max_operator, kpis.not_spot, kpis.partial_not_spot, kpis.area]
        tables.append(pd.concat([m(coverage).table for m in measures]).drop(columns="flags"))
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)


@given(states(), states(), st.integers(0, 2), st.integers(0, 2))
@settings(max_examples=12, deadline=None)
def test_learning_what_was_unknown_only_uses_up_the_unknown(first: Any, second: Any, row: int, col: int) -> None:
    first[row][col] = U
    before = with_states({"A|4G": first, "B|4G": second})
    for learnt in (C, N):
        known = [list(line) for line in first]
        known[row][col] = learnt
        after = with_states({"A|4G": known, "B|4G": second})
        for measure in (kpis.population, kpis.not_spot, kpis.partial_not_spot, kpis.max_operator):
            low, high = numbers(measure(before)), numbers(measure(before)) + numbers(measure(before), "unknown")
            assert (low <= numbers(measure(after)) + 1e-9).all()
            assert (numbers(measure(after)) <= high + 1e-9).all()


def test_masts_next_door_serve_the_province_and_are_not_its_own() -> None:
    layers = BASE.layers
    own = replace(layers, sites=layers.sites.assign(commune_code=["", *layers.sites["commune_code"][1:]]))
    before, after = (replace(BASE, layers=given) for given in (layers, own))
    first = BASE.sites[0]
    stations = {(c.operator, c.technology) for c in first.cells if c.technology == "4G"}
    ratio = kpis.sites_per_thousand
    assert ratio(before).numerator[0] - ratio(after).numerator[0] == len(stations)
    assert kpis.mast_sharing(before).denominator[0] - kpis.mast_sharing(after).denominator[0] == 1
    people = kpis.population(before, technology="4G").table, kpis.population(after, technology="4G").table
    assert people[0]["numerator"].tolist() == people[1]["numerator"].tolist()
