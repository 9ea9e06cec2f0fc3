"""Solve: the whole story of a proposal, from candidates to fibre."""

from __future__ import annotations

import difflib
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from phusong.coverage import gaps
from phusong.coverage.predict import Coverage, Progress, silent
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN
from phusong.errors import PlanError
from phusong.gis.network import attach, build_graph
from phusong.gis.repair import repair_table
from phusong.scenarios import backhaul, candidates
from phusong.scenarios.facts import facts_of
from phusong.scenarios.geography import kpi_table, old_tables, with_old_commune
from phusong.scenarios.plan import Plan
from phusong.scenarios.siting import MaximalCovering, maximal_covering
from phusong.scenarios.tables import connection_table, proposal_table, site_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.layers import Layers
    from phusong.scenarios.candidates import Candidates
    from phusong.scenarios.scenario import PlanSettings, Scenario

__all__ = ["solve"]


def solve(
    question: Scenario, layers: Layers, today: Coverage, *, propose: bool = True, progress: Progress = silent
) -> Plan:
    """Answer a scenario: what to build for its budget so that the most people get 4G, and how sure that is.

    Parameters
    ----------
    question : Scenario
    layers : Layers
    today : Coverage
        From `phusong.coverage.predict` over the same layers.
    propose : bool
        False: today's situation only, with an empty proposal.
    progress : callable, optional

    Returns
    -------
    Plan
    """
    _same_radio(question, today)
    # Where nothing is proposed there is nothing to lock.
    settings = question.plan if propose else question.plan.model_copy(update={"locked_in": (), "locked_out": ()})
    options = candidates.find(today, settings, progress=progress) if propose else candidates.none(layers.grid.size)
    ways, roots, fibre_km = _ways(layers, options)
    cost_vnd = np.array([item.cost_vnd for item in options.items]) + _fibre_vnd(fibre_km, settings)
    reached = np.isfinite(cost_vnd)
    demand, unknown_people = _demand(today), _unknown_people(today)
    answer = _choose(options, demand, cost_vnd, settings)
    order, gains = _in_order(options, demand, cost_vnd, answer)
    places = options.places()
    names = [list(places)[number] for number in order]
    # Only what is built can share a cable: the graph holds the chosen sites and no others.
    graph = attach(ways, {name: places[name] for name in names}) if roots else ways
    tree = backhaul.connect(graph, names, roots) if roots else None
    connections = connection_table(tree, graph, layers=layers, settings=settings, options=options, chosen=names)
    proposals = proposal_table(
        today, options, order=order, gains=gains, demand=demand, fibre_km=fibre_km, cost_vnd=cost_vnd, settings=settings
    )
    planned = _planned(today, options, order)
    built = planned if propose else None
    by_commune = kpi_table(today, built, scenario=question.name)
    gaps_by_commune = gaps.network_gap(today)
    footprints = _upgrade_footprints(options)
    upgrades = gaps.site_gap(today, bands=settings.upgrade_bands, footprints=footprints, progress=progress)
    fibre_cost = 0.0 if tree is None else tree.length_m / 1000.0 * settings.costs.fibre_km_vnd
    site_cost = float(proposals["site_cost_vnd"].sum())
    return Plan(
        facts=facts_of(question, today),
        communes=layers.communes,
        sites=with_old_commune(site_table(today), layers.sites.geometry, layers=layers),
        kpis=by_commune,
        gaps=gaps_by_commune,
        site_gaps=with_old_commune(
            upgrades, layers.sites.geometry.reindex(upgrades["site_id"].astype(str)), layers=layers
        ),
        proposals=with_old_commune(proposals, proposals.geometry, layers=layers),
        connections=connections,
        service=today.service.assign({"planned|4G": planned.service["any|4G"]}),
        signal=today.signal,
        people=layers.grid.wrap(
            np.where(layers.zones.inside, layers.people.residents, np.nan).reshape(layers.grid.shape),
            "people",
            units="people",
        ),
        repairs=repair_table([*layers.repairs, *today.assumptions]).assign(
            flags="SIMULATED" if layers.simulated else ""
        ),
        proof={
            "covered_people": answer.covered,
            "bound_people": answer.bound,
            "gap_share": answer.gap_share,
            "status": _status(answer, demand, unknown_people) if propose else "not_asked",
            "seconds": round(answer.seconds, 2),
            "budget_vnd": settings.budget_vnd,
            "cost_vnd": site_cost + fibre_cost,
            "cost_if_separate_vnd": answer.cost,
            "candidates": len(options.items),
            "demand_points": int((demand > 0).sum()),
            "demand_people": float(demand.sum()),
            "cheapest_vnd": float(cost_vnd[reached].min()) if reached.any() else 0.0,
            "candidates_without_way": int((~reached).sum()),
            "unknown_people": unknown_people,
            "squares_eligible": options.squares.eligible,
            "squares_blocked": options.squares.blocked,
            "squares_cut": options.squares.cut,
            "people_in_cut": options.squares.people_in_cut,
            "fibre_km": 0.0 if tree is None else tree.length_m / 1000.0,
            "fibre_bound_km": 0.0 if tree is None else tree.bound_m / 1000.0,
            "scope": "bound holds for these candidates, each paying for its own way to the fibre",
        },
        context=layers.context,
        **old_tables(today, built, scenario=question.name, new=(by_commune, gaps_by_commune)),
    )


def _demand(today: Coverage) -> NDArray[np.float64]:
    """Return the people of each cell known to have nobody's 4G; unknown is no demand, for nobody knows it."""
    unserved = today.service["any|4G"].to_numpy().ravel() == NOT_COVERED
    return np.where(unserved, today.layers.people.residents, 0.0)


def _unknown_people(today: Coverage) -> float:
    """Return the people whose 4G nobody knows."""
    unknown = today.service["any|4G"].to_numpy().ravel() == UNKNOWN
    return float(today.layers.people.residents[unknown].sum())


def _status(answer: MaximalCovering, demand: NDArray[np.float64], unknown_people: float) -> str:
    """Return the solver's status; "no_demand" where nobody is *known* to lack 4G though some may."""
    return "no_demand" if not demand.any() and unknown_people > 0 else answer.status


def _same_radio(question: Scenario, today: Coverage) -> None:
    """Refuse coverage that was predicted with other settings than the scenario states."""
    used = today.radio
    asked = [("model", question.coverage.model, used.model.name)]
    asked += [(name, value, getattr(used, name)) for name, value in question.coverage.radio_fields().items()]
    for name, wanted, had in asked:
        if wanted != had:
            raise PlanError(
                f"the scenario asks for {name} {wanted}, the coverage was predicted with {had}; "
                f"use coverage.predict(layers, radio=question.coverage.radio(layers))"
            )


def _ways(layers: Layers, options: Candidates) -> tuple[nx.Graph, set[Hashable], NDArray[np.float64]]:
    """Return roads and fibre as a graph, its nodes on fibre, and each candidate's own shortest way to them, km."""
    ways, roots = build_graph(layers.context.get("roads"), layers.context.get("fibre"))
    places = options.places()
    if not roots:
        # No fibre layer: connections are not part of this answer, and the facts say so.
        return ways, set(), np.zeros(len(places))
    length = backhaul.distances_m(attach(ways, places, together=False), roots)
    # Whole metres, rounded up: what the table shows is what was paid for.
    return ways, roots, np.ceil([length.get(name, np.inf) for name in places]) / 1000.0


def _fibre_vnd(fibre_km: NDArray[np.float64], settings: PlanSettings) -> NDArray[np.float64]:
    """Return what each way costs; where there is none the cost is infinite, even when fibre is free."""
    reached = np.isfinite(fibre_km)
    return np.asarray(np.where(reached, np.where(reached, fibre_km, 0.0) * settings.costs.fibre_km_vnd, np.inf))


def _choose(
    options: Candidates, demand: NDArray[np.float64], cost_vnd: NDArray[np.float64], settings: PlanSettings
) -> MaximalCovering:
    number = {item.candidate_id: position for position, item in enumerate(options.items)}
    for name in (*settings.locked_in, *settings.locked_out):
        if name not in number:
            near = difflib.get_close_matches(name, number, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "ids read nang-cap:SITE:OPERATOR or tram-moi:X-Y"
            raise PlanError(f"the scenario locks candidate {name!r}, which does not exist; {remedy}")
    # A candidate without any way to the fibre cannot be built; it is out, not free.
    blocked = np.flatnonzero(~np.isfinite(cost_vnd))
    for name in settings.locked_in:
        if not np.isfinite(cost_vnd[number[name]]):
            raise PlanError(f"candidate {name!r} is locked in, but no way leads from it to the fibre; unlock it")
    points = np.flatnonzero(demand > 0)
    return maximal_covering(
        options.footprints[:, points],
        demand[points],
        np.where(np.isfinite(cost_vnd), cost_vnd, settings.budget_vnd + 1.0),
        budget=settings.budget_vnd,
        locked_in=[number[name] for name in settings.locked_in],
        locked_out=[*(number[name] for name in settings.locked_out), *blocked.tolist()],
        gap=settings.gap,
        time_limit_s=settings.time_limit_s,
    )


def _in_order(
    options: Candidates, demand: NDArray[np.float64], cost_vnd: NDArray[np.float64], answer: MaximalCovering
) -> tuple[list[int], list[float]]:
    """Return the choice in the order of most newly covered people per money, with each one's marginal gain."""
    rest, left = demand.copy(), list(answer.chosen)
    order: list[int] = []
    gains: list[float] = []
    while left:
        gain = {number: float(rest[options.cells_of(number)].sum()) for number in left}
        best = max(left, key=lambda n: (gain[n] / max(float(cost_vnd[n]), 1.0), -n))
        order.append(best)
        gains.append(gain[best])
        rest[options.cells_of(best)] = 0.0
        left.remove(best)
    return order, gains


def _planned(today: Coverage, options: Candidates, order: list[int]) -> Coverage:
    """Return today's coverage with the proposals built: anybody's 4G is covered where a proposal reaches."""
    state = today.service["any|4G"]
    values = state.to_numpy().copy().ravel()
    for number in order:
        cells = options.cells_of(number)
        inside = cells[today.layers.zones.inside[cells]]
        values[inside] = COVERED
    service = today.service.assign({"any|4G": state.copy(data=values.reshape(state.shape))})
    return replace(today, service=service)


def _upgrade_footprints(options: Candidates) -> dict[tuple[str, str], NDArray[np.int64]]:
    return {
        (item.site.site_id, item.operator): options.cells_of(number)
        for number, item in enumerate(options.items)
        if item.kind == "upgrade"
    }
