"""Plan: the answer to a scenario's question, as tables anyone can read.

`Plan` is what the maps and the appendix draw. It holds today's situation, the proposal and the proof in
plain tables; nothing in it needs the engine that made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Today's coverage, the proposal and its proof.

    Parameters
    ----------
    facts : mapping
        What every page must say. Keys: ``scenario`` (name), ``title``, ``province``, ``simulated`` (bool),
        ``as_of`` (ISO date), ``crs`` (e.g. ``"EPSG:9212"``), ``crs_title`` (Vietnamese name with the
        meridian), ``cell_m``, ``model`` and ``model_title``, ``edge_probability``, ``area_probability``,
        ``sigma_db``, ``fade_margin_db``, ``rx_height_m``, ``thresholds_dbm`` (technology -> dBm),
        ``operators`` (list), ``technologies`` (list), ``limits`` (list of sentences),
        ``sources`` (list of {layer, file, sha256, rows, crs, source}), ``version``.
    communes : GeoDataFrame
        Index ``code`` (text, 5 digits); columns name, kind, population, area_km2, geometry in grid CRS.
    sites : GeoDataFrame
        Existing masts: index ``site_id``; name, operators ("A, B"), technologies ("2G, 4G"), mast_class,
        height_m, owner, commune_code, geometry (points, grid CRS).
    kpis : DataFrame
        Long form, the columns of kpis.csv: id, area (commune code or "province"), operator (name, "any",
        "all", "max"), technology, numerator, denominator, value, unit (of numerator and denominator:
        "people", "km2", "sites", ...), as_of, edge_probability, flags, area_name, state ("today" or
        "planned"), unknown (same unit as numerator).
    gaps : DataFrame
        2G->4G network gap, a row per area x operator (and "any"): area, area_name, operator, people,
        people_2g, people_4g, people_2g_not_4g, people_unserved, people_unknown, gap_share.
    site_gaps : DataFrame
        Sites of an operator with 2G or 3G but no 4G: site_id, operator, technologies, area, area_name,
        upgrade_people (people newly in this operator's 4G), upgrade_people_any (newly in any 4G),
        fibre_m (straight distance to fibre).
    proposals : GeoDataFrame
        The columns of plan.csv plus point geometry in grid CRS: order, candidate_id, kind ("upgrade" or
        "new_site"), site_id, operator, technology, band, height_m, x_m, y_m, lon, lat, area, area_name,
        newly_covered_people (marginal, in this order), footprint_people, site_cost_vnd, fibre_cost_vnd,
        cost_vnd, fibre_km, nearest_site_m, flags.
    connections : GeoDataFrame
        One line per new fibre stretch in grid CRS: connection_id, serves (candidate ids, comma separated),
        length_m, cost_vnd, medium.
    context : mapping of str to GeoDataFrame
        Layers given by the planner, in grid CRS: any of fibre, roads, hamlets, industrial_parks.
    service : xarray.Dataset
        uint8 rasters on the grid (dims y, x; north up; coords cell centres in metres; attrs crs):
        0 not covered, 1 covered, 2 unknown, 255 outside the province. Variables ``"<operator>|<technology>"``,
        ``"any|<technology>"``, and ``"planned|4G"`` (any operator's 4G once the plan is built).
    signal : xarray.Dataset
        float32 dBm, ``"<operator>|<technology>"``: see `phusong.coverage.Coverage`.
    people : xarray.DataArray
        Residents per grid cell, float64, NaN outside.
    repairs : DataFrame
        layer, row, what, how_much, before, after, remedy, flags: everything dropped, repaired or assumed.
    proof : mapping
        ``covered_people``, ``bound_people``, ``gap_share``, ``status`` ("optimal", "time_limit", "tolerance",
        "no_demand": nobody is known to lack 4G, "not_asked"), ``seconds``, ``unknown_people``, ``squares_eligible``,
        ``squares_blocked``, ``squares_cut``, ``people_in_cut`` (where new sites were looked for), ``cheapest_vnd``
        (0 where there is no candidate), ``candidates_without_way`` (to the fibre), ``budget_vnd``,
        ``cost_vnd``, ``candidates``, ``demand_points``, ``fibre_km``, ``fibre_bound_km``.
    kpis_old, gaps_old : DataFrame or None
        The same indicators and gaps by the communes of before 1 July 2025, whose codes are partly today's; flagged
        ``WEIGHTED`` where they are shared out by the crosswalk and not computed from shapes.
    crosswalk : DataFrame or None
        old_code, old_name, new_code, new_name, weight_share, method: where each old commune's people went.
    """

    facts: Mapping[str, Any]
    communes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    kpis: pd.DataFrame
    gaps: pd.DataFrame
    site_gaps: pd.DataFrame
    proposals: gpd.GeoDataFrame
    connections: gpd.GeoDataFrame
    service: xr.Dataset
    signal: xr.Dataset
    people: xr.DataArray
    repairs: pd.DataFrame
    proof: Mapping[str, Any]
    context: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    kpis_old: pd.DataFrame | None = None
    gaps_old: pd.DataFrame | None = None
    crosswalk: pd.DataFrame | None = None

    def summary(self) -> str:
        """Return what a planner reads first: people with each technology, the proposal, its proof and its cost."""
        lines = []
        if self.facts["simulated"]:
            lines.append(f"DỮ LIỆU MÔ PHỎNG / SIMULATED DATA: {', '.join(self.facts['simulated_layers'])}")
        province = self.kpis[(self.kpis["id"] == "K02") & (self.kpis["area"] == "province")]
        for row in province.to_dict("records"):
            state = {"today": "today", "planned": "with the plan"}[row["state"]]
            unknown = f", unknown {row['unknown']:,.0f}" if row["unknown"] > 0 else ""
            lines.append(
                f"people with {row['technology']} of any operator, {state}: {row['value']:.2%} "
                f"({row['numerator']:,.0f} of {row['denominator']:,.0f}{unknown})"
            )
        proof = self.proof
        if proof["status"] == "not_asked":
            return "\n".join(lines)
        if proof["status"] == "no_demand":
            lines.append(
                f"plan: nobody is known to lack 4G, and of {proof['unknown_people']:,.0f} people it is unknown; "
                "give the missing operators' cells, or take them out of province.operators"
            )
            return "\n".join(lines)
        lines.append(
            f"plan: {len(self.proposals)} proposals of {proof['candidates']} candidates newly cover "
            f"{proof['covered_people']:,.0f} people; no choice of these candidates covers more than "
            f"{proof['bound_people']:,.0f} (proven gap {proof['gap_share']:.2%}, {proof['status']})"
        )
        if self.proposals.empty and proof["demand_people"] > 0:
            lines.append(
                f"      nothing can be built for {proof['demand_people']:,.0f} people who lack 4G: the cheapest of "
                f"{proof['candidates']} candidates costs {proof['cheapest_vnd'] / 1e9:,.2f} billion VND, and "
                f"{proof['candidates_without_way']} have no way to the fibre"
            )
        if proof["squares_cut"]:
            lines.append(
                f"      max_new_sites left out {proof['squares_cut']} square kilometres with "
                f"{proof['people_in_cut']:,.0f} people who lack 4G"
            )
        fibre = (
            f"fibre {proof['fibre_km']:.1f} km (no tree for these sites is under {proof['fibre_bound_km']:.1f} km)"
            if "fibre" in self.context
            else "no fibre layer, so no connections"
        )
        lines.append(
            f"      cost {proof['cost_vnd'] / 1e9:,.2f} of {proof['budget_vnd'] / 1e9:,.2f} billion VND, {fibre}"
        )
        return "\n".join(lines)
