"""Every table in either geography: by old shapes exactly, by weights where there are none, and back from disk."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse

from phusong.coverage import gaps, kpis, predict
from phusong.coverage.kpis import PROVINCE
from phusong.gis.communes.crosswalk import Crosswalk
from phusong.gis.layers import Layers, OldCommunes
from phusong.gis.people import People
from phusong.gis.zones import zones_of
from phusong.maps.appendix.tables import all_tables
from phusong.scenarios import Scenario, run, solve
from phusong.scenarios.geography import kpi_table, old_tables
from phusong.scenarios.manifest import verify
from phusong.scenarios.plan import Plan

build_world: Any = runpy.run_path(str(Path(__file__).resolve().parents[1] / "coverage" / "test_predict.py"))[
    "build_world"
]
WORLD: Layers = build_world(
    masts={"s1": (250.0, 250.0), "s2": (4750.0, 750.0)},
    cells=[
        {"site_id": "s1", "operator": "A", "technology": "4G", "eirp_dbm": 5.0},
        {"site_id": "s2", "operator": "B", "technology": "2G", "eirp_dbm": 15.0},
    ],
    size=(10, 50),
    people=np.random.default_rng(3).integers(0, 9, (10, 50)).astype(float),
)
# Old communes: north and south of the west; the east was one, and part of it went west.
CROSSWALK = Crosswalk(
    ("00001", "00003", "00004"),
    ("00001", "00002"),
    sparse.csr_array([[1.0, 0.0], [1.0, 0.0], [0.25, 0.75]]),
    ("whole", "whole", "stated"),
    ("Bắc", "Nam", "Đông cũ"),
    ("Tây", "Đông"),
)


def with_old(layers: Layers = WORLD) -> Layers:
    west, south, east, north = layers.grid.bounds
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    shapes = [
        shapely.box(west, middle_y, middle_x, north),
        shapely.box(west, south, middle_x, middle_y),
        shapely.box(middle_x, south, east, north),
    ]
    communes = gpd.GeoDataFrame(
        {"name": list(CROSSWALK.old_names)},
        index=pd.Index(list(CROSSWALK.old_codes), name="code"),
        geometry=shapes,
        crs=layers.grid.crs,
    )
    zones = zones_of(communes, grid=layers.grid)
    by_zone = sparse.csr_array(zones.shares @ sparse.diags_array(layers.people.residents))
    old = OldCommunes(communes, zones, People(by_zone, "as given", (True,) * 3))
    return replace(layers, old=old, crosswalk=CROSSWALK, old_people=old.people.totals)


def answer(layers: Layers, *, propose: bool = True) -> Plan:
    question = Scenario.model_validate({"plan": {"budget_vnd": 5e9}})
    return solve(question, layers, predict(layers), propose=propose)


def test_by_old_shapes_the_province_is_the_same_and_the_communes_add_up() -> None:
    today = predict(with_old())
    new = (kpi_table(today, None, scenario="x"), gaps.network_gap(today))
    tables = old_tables(today, None, scenario="x", new=new)
    old = tables["kpis_old"]
    assert list(old.columns) == kpis.COLUMNS
    keys = ["id", "operator", "technology"]
    whole = new[0]["area"] == PROVINCE
    # But for the share of communes, which are three now, the province does not know how it is divided.
    pd.testing.assert_frame_equal(
        old[(old["area"] == PROVINCE) & (old["id"] != "K10")].reset_index(drop=True),
        new[0][whole & (new[0]["id"] != "K10")].reset_index(drop=True),
        rtol=1e-9,
    )
    communes = old[(old["area"] != PROVINCE) & (old["id"] != "K04")].groupby(keys)["numerator"].sum()
    province = old[(old["area"] == PROVINCE)].set_index(keys)["numerator"]
    np.testing.assert_allclose(communes, province.reindex(communes.index), atol=1e-5)
    k02 = kpis.population(today).table["numerator"].sum()
    assert k02 > 0
    first = old[(old["id"] == "K02") & (old["technology"] == "4G")]
    assert first["area_name"].tolist() == ["Bắc", "Nam", "Đông cũ", "Tỉnh thử"]
    state = today.service["any|4G"].to_numpy() == 1
    south_west = today.layers.people.residents.reshape(10, 50)[5:, :25][state[5:, :25]].sum()
    assert first["numerator"].iloc[1] == pytest.approx(south_west)


def test_without_shapes_by_weights_and_flagged() -> None:
    layers = replace(WORLD, crosswalk=CROSSWALK, old_people=np.array([300.0, 100, 400]))
    today = predict(layers)
    new = (kpi_table(today, None, scenario="x"), gaps.network_gap(today))
    tables = old_tables(today, None, scenario="x", new=new)
    old = tables["kpis_old"]
    assert list(old.columns) == kpis.COLUMNS
    assert set(old["unit"]) == {"people"}
    rows = old[(old["id"] == "K02") & (old["technology"] == "4G")].set_index("area")
    west, east = kpis.population(today).table["numerator"].to_numpy()[:2]
    # Today's west is made of 300, 100 and a quarter of 400 people.
    np.testing.assert_allclose(
        rows["numerator"].iloc[:3], [west * 300 / 500, west * 100 / 500, west * 100 / 500 + east], atol=1e-5
    )
    assert rows["numerator"].iloc[:3].sum() == pytest.approx(rows.at[PROVINCE, "numerator"], abs=1e-5)
    assert rows["value"].iloc[0] == pytest.approx(kpis.population(today).table["value"].iloc[0])
    assert rows["flags"].tolist() == ["WEIGHTED"] * 3 + [""]
    gap = tables["gaps_old"]
    assert list(gap.columns) == gaps.GAP_COLUMNS
    assert gap["people"].iloc[:3].sum() == pytest.approx(WORLD.people.totals.sum(), abs=1e-5)
    assert tables["crosswalk"]["weight_share"].tolist() == [1.0, 1.0, 0.25, 0.75]


def test_nothing_is_made_up_where_nobody_counted_the_old_communes() -> None:
    today = predict(replace(WORLD, crosswalk=CROSSWALK))
    new = (kpi_table(today, None, scenario="x"), gaps.network_gap(today))
    assert set(old_tables(today, None, scenario="x", new=new)) == {"crosswalk"}
    assert old_tables(predict(WORLD), None, scenario="x", new=new) == {}


@pytest.mark.parametrize("propose", [True, False])
def test_to_the_run_folder_and_back(tmp_path: Path, propose: bool) -> None:  # noqa: FBT001
    plan = answer(with_old(), propose=propose)
    run.save(plan, tmp_path / "run")
    assert verify(tmp_path / "run") == []
    back = run.load(tmp_path / "run")
    for name in ("kpis_old", "gaps_old", "crosswalk"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(plan, name), check_dtype=False)
    assert plan.kpis_old is not None
    assert set(plan.kpis_old["state"]) == ({"today", "planned"} if propose else {"today"})
    sheets = [table.sheet for table in all_tables(back)]
    assert sheets.index("PL II Theo xã cũ") == sheets.index("PL II Tổng hợp theo xã") + 1
    table = all_tables(back)[sheets.index("PL II Theo xã cũ")]
    assert {str(row[1]) for row in table.rows} == {*CROSSWALK.old_codes, ""}
    links = all_tables(back)[sheets.index("PL X Xã cũ - xã mới")]
    assert [row[4] for row in links.rows] == [1.0, 1.0, 0.25, 0.75]


def test_lists_of_places_name_the_old_commune_beside_todays(tmp_path: Path) -> None:
    """Masts, proposals and site gaps: where each stands, by both maps, in the tables and in the appendix."""
    run.save(answer(with_old()), tmp_path / "run")
    back = run.load(tmp_path / "run")
    # s1 stands in the south of the west (00003), s2 in the old east (00004); today's codes are the world's own.
    assert dict(back.sites["old_area"]) == {"s1": "00003", "s2": "00004"}
    assert dict(back.sites["old_area_name"]) == {"s1": "Nam", "s2": "Đông cũ"}
    assert list(back.site_gaps["old_area"]) == ["00004"] * len(back.site_gaps)
    assert len(back.site_gaps) > 0
    for place, old in zip(back.proposals.geometry, back.proposals["old_area"], strict=True):
        assert shapely.intersects(with_old().old.communes.geometry[old], place)  # type: ignore[union-attr]
    sheets = {table.sheet: [column.title for column in table.columns] for table in all_tables(back)}
    for name in ("PL III Cột hiện trạng", "PL IV Vị trí đề xuất", "PL VIII Trạm chưa có 4G"):
        at = sheets[name].index("Xã/phường")
        assert sheets[name][at + 1 : at + 3] == ["Mã xã cũ", "Xã/phường cũ"]
    assert "old_area" not in answer(WORLD).sites


def test_without_old_communes_a_run_is_as_it_was(tmp_path: Path) -> None:
    plan = answer(WORLD)
    assert (plan.kpis_old, plan.gaps_old, plan.crosswalk) == (None, None, None)
    run.save(plan, tmp_path / "run")
    assert not {"kpis_old.csv", "gaps_old.csv", "crosswalk.csv"} & {p.name for p in (tmp_path / "run").iterdir()}
    assert run.load(tmp_path / "run").kpis_old is None
    assert "PL II Theo xã cũ" not in [table.sheet for table in all_tables(plan)]


def test_a_commune_nobody_counted_is_unknown_in_every_table() -> None:
    people = replace(WORLD.people, census_true=(False, True), unknown=(True, False))
    today = predict(replace(WORLD, people=people))
    rows = kpis.population(today).table
    assert rows["numerator"].isna().tolist() == [True, False, False]
    assert rows["denominator"].isna().tolist() == [True, False, False]
    assert "UNKNOWN" in rows["flags"].iloc[0]
    assert "NOT_CENSUS_TRUE" in rows["flags"].iloc[2]
    assert rows["denominator"].iloc[2] == rows["denominator"].iloc[1]
    assert kpis.commune_share(today, at_least=0.0)[["numerator", "unknown"]].to_numpy().tolist() == [[1.0, 1.0]]
    assert kpis.max_operator(today).table["numerator"].isna().tolist() == [True, False, False]
    gap = gaps.network_gap(today)
    assert gap["people"].isna().tolist() == [True, False, False] * 3
