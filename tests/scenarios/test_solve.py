"""From the question to the plan, end to end on a small world."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from phusong.coverage import Coverage, predict
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN
from phusong.errors import PlanError
from phusong.scenarios import Plan, Scenario, solve
from phusong.scenarios.candidates import find
from phusong.scenarios.facts import facts_of

_WORLD = Path(__file__).resolve().parents[1] / "coverage" / "test_predict.py"
build_world: Any = runpy.run_path(str(_WORLD))["build_world"]

CRS = "EPSG:9212"
WEST_M, SOUTH_M = 550_000.0, 1_280_000.0
MASTS = {"a": (5_000.0, 5_000.0), "b": (1_000.0, 8_000.0), "c": (8_500.0, 1_500.0)}
CELLS = [
    {"site_id": "a", "operator": "A", "technology": "4G", "eirp_dbm": 15.0},
    {"site_id": "a", "operator": "A", "technology": "2G"},
    {"site_id": "b", "operator": "A", "technology": "2G", "azimuth_deg": 90.0, "height_m": 15.0},
    {"site_id": "c", "operator": "B", "technology": "2G", "height_m": 15.0},
    {"site_id": "c", "operator": "B", "technology": "3G", "height_m": 15.0},
]


def lines(*ends: tuple[tuple[float, float], tuple[float, float]]) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString([(WEST_M + x, SOUTH_M + y) for x, y in pair]) for pair in ends]
    return gpd.GeoDataFrame({"simulated": True}, index=range(len(shapes)), geometry=shapes, crs=CRS)


ROADS = lines(((0, 5_000), (10_000, 5_000)), ((2_000, 0), (2_000, 10_000)), ((8_000, 0), (8_000, 10_000)))
FIBRE = lines(((5_000, 0), (5_000, 10_000)))


def world(**more: Any) -> Coverage:
    """Return 10 x 10 km at 250 m; masts are placed from the south-western corner."""
    people = np.random.default_rng(7).uniform(0, 20, (40, 40))
    made = {"people": people, "context": {"roads": ROADS, "fibre": FIBRE}, "size": (40, 40), "cell_m": 250.0, **more}
    return predict(build_world(masts=MASTS, cells=CELLS, **made))


TODAY = world()


def ask(today: Coverage = TODAY, *, propose: bool = True, **plan: Any) -> Plan:
    settings = {"budget_vnd": 12e9, "new_site_height_m": 20.0, "new_site_bands": ["LTE2600"], **plan}
    return solve(Scenario.model_validate({"plan": settings}), today.layers, today, propose=propose)


def province(plan: Plan, kpi_id: str, state: str, technology: str = "4G") -> Any:
    table = plan.kpis[(plan.kpis["id"] == kpi_id) & (plan.kpis["state"] == state)]
    return table[(table["area"] == "province") & (table["technology"] == technology)].iloc[0]


PLAN = ask()


def test_the_world_asks_a_real_question() -> None:
    assert {"upgrade", "new_site"} <= {item.kind for item in find(TODAY, Scenario().plan).items}
    assert 2 <= len(PLAN.proposals) < PLAN.proof["candidates"]
    assert 0 < PLAN.proof["covered_people"] < PLAN.proof["demand_people"]


def test_planned_is_today_and_what_the_plan_covers() -> None:
    gain = province(PLAN, "K02", "planned")["numerator"] - province(PLAN, "K02", "today")["numerator"]
    assert gain == pytest.approx(PLAN.proof["covered_people"])
    less = province(PLAN, "K05", "today")["numerator"] - province(PLAN, "K05", "planned")["numerator"]
    assert less == pytest.approx(PLAN.proof["covered_people"])
    people = TODAY.layers.people.residents
    now, then = (PLAN.service[name].to_numpy().ravel() for name in ("any|4G", "planned|4G"))
    assert people[(now == NOT_COVERED) & (then == COVERED)].sum() == pytest.approx(PLAN.proof["covered_people"])
    assert (then[now == COVERED] == COVERED).all()


def test_marginal_gains_add_up_and_come_in_order() -> None:
    proposals = PLAN.proposals
    assert proposals["newly_covered_people"].sum() == pytest.approx(PLAN.proof["covered_people"])
    assert proposals["order"].tolist() == list(range(1, len(proposals) + 1))
    assert (proposals["newly_covered_people"] <= proposals["footprint_people"] + 1e-9).all()
    value = proposals["newly_covered_people"] / proposals["cost_vnd"]
    assert value.is_monotonic_decreasing


def test_the_budget_holds_with_the_fibre() -> None:
    proof, proposals = PLAN.proof, PLAN.proposals
    assert proof["cost_vnd"] <= proof["cost_if_separate_vnd"] <= proof["budget_vnd"] == 12e9
    assert proof["cost_if_separate_vnd"] == pytest.approx(proposals["cost_vnd"].sum())
    np.testing.assert_allclose(proposals["fibre_cost_vnd"], proposals["fibre_km"] * 500e6)
    np.testing.assert_allclose(proposals["cost_vnd"], proposals["site_cost_vnd"] + proposals["fibre_cost_vnd"])
    assert proof["cost_vnd"] == pytest.approx(proposals["site_cost_vnd"].sum() + PLAN.connections["cost_vnd"].sum())
    assert proof["fibre_km"] == pytest.approx(PLAN.connections["length_m"].sum() / 1000.0)
    assert 0 < proof["fibre_bound_km"] <= proof["fibre_km"] <= proposals["fibre_km"].sum() + 1e-9
    np.testing.assert_allclose(PLAN.connections.length, PLAN.connections["length_m"], atol=0.3)


def test_every_proposal_is_served_by_the_fibre_that_is_drawn() -> None:
    cable = shapely.union_all(FIBRE.geometry.to_numpy())
    served: dict[str, Any] = {}
    for row in PLAN.connections.to_dict("records"):
        assert row["geometry"].distance(cable) < 1.0
        served |= dict.fromkeys(row["serves"].split(", "), row["geometry"])
    assert set(served) == set(PLAN.proposals["candidate_id"])
    for row in PLAN.proposals.to_dict("records"):
        assert served[row["candidate_id"]].distance(row["geometry"]) < 1e-6


def test_the_proof_says_how_sure_it_is() -> None:
    proof = PLAN.proof
    assert proof["status"] == "optimal"
    assert proof["bound_people"] >= proof["covered_people"]
    assert proof["gap_share"] == pytest.approx(1 - proof["covered_people"] / proof["bound_people"])
    assert proof["gap_share"] <= 0.001
    assert proof["demand_points"] == int((TODAY.service["any|4G"].to_numpy() == NOT_COVERED).sum())


def test_proposals_stand_where_they_say() -> None:
    for row in PLAN.proposals.to_dict("records"):
        assert (row["x_m"], row["y_m"]) == (row["geometry"].x, row["geometry"].y)
        assert row["area"] == ("00001" if row["x_m"] < WEST_M + 5_000 else "00002")
        assert row["area_name"] == {"00001": "Tây", "00002": "Đông"}[row["area"]]
        assert (row["kind"] == "upgrade") is bool(row["site_id"])
        masts = TODAY.layers.sites.geometry
        others = masts[masts.index != row["site_id"]] if row["kind"] == "upgrade" else masts
        assert row["nearest_site_m"] == pytest.approx(others.distance(row["geometry"]).min())
        assert 106 < row["lon"] < 107.5
        assert 11 < row["lat"] < 12


def test_without_a_fibre_layer_fibre_is_no_part_of_the_answer() -> None:
    plan = ask(world(context={"roads": ROADS}))
    assert plan.connections.empty
    assert (plan.proposals["fibre_km"] == 0.0).all()
    assert plan.proof["fibre_km"] == 0.0
    assert plan.proof["cost_vnd"] == pytest.approx(plan.proposals["site_cost_vnd"].sum())
    assert plan.proof["cost_vnd"] <= 12e9
    assert any("Không có lớp cáp quang" in limit for limit in plan.facts["limits"])
    assert plan.site_gaps["fibre_m"].isna().all()


def test_without_roads_the_drops_go_straight() -> None:
    plan = ask(world(context={"fibre": FIBRE}))
    first = plan.proposals.iloc[0]
    assert first["fibre_km"] == pytest.approx(abs(first["x_m"] - WEST_M - 5_000) / 1000.0, rel=0.05)


@pytest.mark.parametrize("fibre_km_vnd", [0.0, 500e6])
def test_a_candidate_no_way_leads_to_is_out(monkeypatch: pytest.MonkeyPatch, fibre_km_vnd: float) -> None:
    def cut_off(graph: Any, roots: Any) -> dict[Any, float]:
        del graph, roots
        return {"c0": 1000.0}

    monkeypatch.setattr("phusong.scenarios.backhaul.distances_m", cut_off)
    plan = ask(costs={"fibre_km_vnd": fibre_km_vnd})
    assert plan.proposals["candidate_id"].tolist() == ["nang-cap:b:A"]
    with pytest.raises(PlanError, match="'nang-cap:c:B' is locked in, but no way leads"):
        ask(locked_in=["nang-cap:c:B"])


def test_without_proposing_there_is_today_only() -> None:
    plan = ask(propose=False, locked_in=["nang-cap:no:A"])
    assert plan.proposals.empty
    assert plan.connections.empty
    assert plan.proof["status"] == "not_asked"
    np.testing.assert_array_equal(plan.service["planned|4G"], plan.service["any|4G"])
    assert len(plan.site_gaps) == 2


def test_the_site_gap_hangs_up_the_scenarios_bands_with_and_without_a_proposal() -> None:
    with_plan, without = (
        ask(propose=propose, upgrade_bands=["LTE2600"]).site_gaps["upgrade_people"].tolist()
        for propose in (True, False)
    )
    assert with_plan == without
    assert with_plan != PLAN.site_gaps["upgrade_people"].tolist()


def test_no_money_no_proposal() -> None:
    plan = ask(budget_vnd=0.0)
    assert plan.proposals.empty
    assert (plan.proof["covered_people"], plan.proof["bound_people"], plan.proof["gap_share"]) == (0.0, 0.0, 0.0)


def test_locks_go_by_id() -> None:
    wanted = find(TODAY, Scenario().plan).items[-1].candidate_id
    assert wanted in ask(locked_in=[wanted]).proposals["candidate_id"].tolist()
    best = PLAN.proposals["candidate_id"][0]
    without = ask(locked_out=[best])
    assert best not in without.proposals["candidate_id"].tolist()
    assert without.proof["covered_people"] <= PLAN.proof["bound_people"]


def lock(which: str, name: str) -> dict[str, Any]:
    return {which: [name]}


@pytest.mark.parametrize("which", ["locked_in", "locked_out"])
def test_an_unknown_lock_is_said_with_the_nearest_id(which: str) -> None:
    with pytest.raises(PlanError, match=r"locks candidate 'nang-cap:B:A', which does not exist; did you mean"):
        ask(TODAY, propose=True, **lock(which, "nang-cap:B:A"))
    with pytest.raises(PlanError, match="ids read nang-cap:SITE:OPERATOR or tram-moi:X-Y"):
        ask(TODAY, propose=True, **lock(which, "?"))


def test_unknown_is_no_demand_but_may_be_covered_by_a_plan() -> None:
    today = world(operators=("A", "B", "C"))
    plan = ask(today, locked_in=["nang-cap:b:A"])
    assert plan.proof["demand_people"] == plan.proof["covered_people"] == 0.0
    before, after = province(plan, "K02", "today"), province(plan, "K02", "planned")
    assert after["numerator"] - before["numerator"] == pytest.approx(before["unknown"] - after["unknown"])
    assert after["numerator"] > before["numerator"]


def test_void_ground_stays_unknown_in_the_plan() -> None:
    elevation = np.full((40, 40), 100.0)
    elevation[:, ::3] = np.nan
    today = world(elevation_m=elevation)
    plan = ask(today)
    assert len(plan.proposals)
    assert (plan.service["planned|4G"].to_numpy()[:, ::3] == UNKNOWN).all()
    gain = province(plan, "K02", "planned")["numerator"] - province(plan, "K02", "today")["numerator"]
    assert gain == pytest.approx(plan.proof["covered_people"])


def test_the_same_question_gets_the_same_answer() -> None:
    again = ask(world())
    assert again.proposals.equals(PLAN.proposals)
    assert again.kpis.equals(PLAN.kpis)
    assert again.connections.equals(PLAN.connections)


def test_facts_say_what_the_figures_rest_on() -> None:
    today = world(operators=("A", "B", "C"), simulated=True)
    facts = ask(today).facts
    assert facts["simulated"] is True
    assert facts["operators"] == ["A", "B", "C"]
    assert facts["area_probability"] == 0.966
    assert facts["fade_margin_db"] == 10.25
    assert any("Chưa có số liệu trạm của C" in limit for limit in facts["limits"])
    sure = replace(today, radio=replace(today.radio, budget=replace(today.radio.budget, sigma_db=0.0)))
    assert facts_of(Scenario(), sure)["area_probability"] == 1.0


def test_existing_sites_are_told_with_their_tenants() -> None:
    table = PLAN.sites
    assert table.loc["c", ["operators", "technologies"]].tolist() == ["B", "2G, 3G"]
    assert table.loc["a", ["operators", "technologies"]].tolist() == ["A", "2G, 4G"]
    kpis_of_today = PLAN.kpis[PLAN.kpis["state"] == "today"]
    assert set(PLAN.kpis["scenario"]) == {"mac-dinh"}
    assert len(kpis_of_today) > len(PLAN.kpis) - len(kpis_of_today) > 0


def test_a_plan_is_not_made_of_coverage_with_other_settings() -> None:
    other = replace(TODAY, radio=replace(TODAY.radio, budget=replace(TODAY.radio.budget, edge_probability=0.75)))
    with pytest.raises(PlanError, match=r"asks for budget .*0\.9.*predicted with .*0\.75.*coverage\.radio\(layers"):
        ask(other)


def test_nobody_known_to_lack_4g_is_said_so() -> None:
    plan = ask(world(operators=("A", "B", "C")))
    assert plan.proof["status"] == "no_demand"
    assert plan.proof["unknown_people"] > 0
    assert plan.proposals.empty
    assert "nobody is known to lack 4G" in plan.summary()


def test_a_budget_too_small_says_what_the_cheapest_costs() -> None:
    plan = ask(budget_vnd=1e6)
    assert plan.proposals.empty
    assert plan.proof["cheapest_vnd"] >= 1e9
    assert "nothing can be built" in plan.summary()


def test_squares_that_were_cut_are_counted() -> None:
    whole, few = ask().proof, ask(max_new_sites=1).proof
    assert whole["squares_cut"] == 0
    assert whole["people_in_cut"] == 0.0
    assert whole["squares_eligible"] == few["squares_eligible"] >= 2
    assert few["squares_cut"] > 0
    assert few["people_in_cut"] > 0
    assert f"left out {few['squares_cut']} square kilometres" in ask(max_new_sites=1).summary()


def test_a_run_that_only_looks_at_today_plans_nothing() -> None:
    plan = ask(propose=False)
    assert set(plan.kpis["state"]) == {"today"}
    assert plan.proof["status"] == "not_asked"


def test_fibre_runs_only_through_what_is_built() -> None:
    plan = ask(budget_vnd=30e9)
    masts = {(row.x_m, row.y_m) for row in plan.proposals.itertuples()}
    unbuilt = {
        (round(item.site.x_m, 1), round(item.site.y_m, 1)) for item in find(TODAY, Scenario().plan).items
    } - masts
    drawn = {(round(x, 1), round(y, 1)) for line in plan.connections.geometry for x, y in shapely.get_coordinates(line)}
    assert not drawn & unbuilt
