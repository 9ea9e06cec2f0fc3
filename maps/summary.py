"""The figures the page says in words: who is covered today, who would be, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phusong.coverage.kpis import PROVINCE
from phusong.maps.codes import model_title
from phusong.maps.costs import costs_told
from phusong.maps.proof import is_asked, kpis_shown, status_title
from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["Share", "Shares", "facts_told", "population_shares", "share_of", "tell"]


def share_of(numerator: float, denominator: float) -> float:
    """Return numerator over denominator, NaN where there is nothing to divide by.

    Examples
    --------
    >>> share_of(3.0, 4.0)
    0.75
    """
    return numerator / denominator if denominator > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Share:
    """People covered out of people living there.

    Parameters
    ----------
    numerator, denominator : float
        People.
    unknown : float
        People of the denominator whose service is unknown; they are in neither state.
    """

    numerator: float
    denominator: float
    unknown: float = 0.0

    @property
    def share(self) -> float:
        """Numerator over denominator, NaN where nobody lives."""
        return share_of(self.numerator, self.denominator)


Shares = Mapping[tuple[str, str, str, str], Share]
"""(area, operator, technology, state) -> `Share`; operator ``"any"`` is K02, a name is K01."""


def population_shares(plan: Plan) -> Shares:
    """Take population coverage out of the long table of indicators.

    Parameters
    ----------
    plan : Plan
        One that no plan was asked for has shares of today only.

    Returns
    -------
    mapping
        `Shares` of the rows of K01 and K02 counted in people.
    """
    kpis = kpis_shown(plan)
    rows = kpis[kpis["id"].isin(["K01", "K02"]) & (kpis["unit"] == "people")]
    return {
        (str(row["area"]), str(row["operator"]), str(row["technology"]), str(row["state"])): Share(
            float(row["numerator"]), float(row["denominator"]), _number(row["unknown"])
        )
        for row in rows.to_dict("records")
    }


def tell(plan: Plan, shares: Shares, *, words: Words) -> dict[str, Any]:
    """Put the summary panel's figures into words.

    Parameters
    ----------
    plan : Plan
    shares : Shares
        From `population_shares`.
    words : Words

    Returns
    -------
    dict
        ``bars`` (today and planned 4G with share, numerator, denominator), ``lines`` of (label, value, note) and
        ``matrix`` (operator rows x technology columns of today's share). Plain text, not escaped.
    """
    states = {state: shares.get((PROVINCE, "any", "4G", state)) for state in ("today", "planned")}
    bars = [
        {
            "label": words[state],
            "percent": words.percent(share.share),
            "width": round(100 * min(share.share, 1.0), 2) if share.denominator > 0 else 0.0,
            "people": f"{words.number(share.numerator)} / {words.number(share.denominator)} {words['people']}",
        }
        for state, share in states.items()
        if share is not None
    ]
    return {"bars": bars, "lines": _lines(plan, states, words), "matrix": _matrix(plan, shares, words)}


def _lines(plan: Plan, states: Mapping[str, Share | None], words: Words) -> list[tuple[str, str, str]]:
    today, planned = states["today"], states["planned"]
    people = words["people"]
    lines: list[tuple[str, str, str]] = []
    if today is not None and planned is not None:
        gained = planned.numerator - today.numerator
        lines.append((words["gain"], f"{words.number(gained)} {people}", ""))
    if today is not None:
        of_all = f"/ {words.number(today.denominator)} {people}"
        lines.append((words["unknown_people"], f"{words.number(today.unknown)} {people}", of_all))
    gap = plan.gaps[(plan.gaps["area"] == PROVINCE) & (plan.gaps["operator"] == "any")]
    if len(gap):
        row = gap.iloc[0]
        of_all = f"/ {words.number(row['people'])} {people}"
        lines.append((words["gap_people"], f"{words.number(row['people_2g_not_4g'])} {people}", of_all))
    return [*lines, *(_plan_lines(plan, words) if is_asked(plan) else ())]


def _plan_lines(plan: Plan, words: Words) -> list[tuple[str, str, str]]:
    proof, proposals = plan.proof, plan.proposals
    kinds = proposals["kind"].value_counts() if len(proposals) else {}
    by_kind = ", ".join(f"{words.of(str(kind))}: {words.number(count)}" for kind, count in kinds.items())
    return [
        (words["number_proposals"], words.number(len(proposals)), by_kind),
        (words["budget"], words.money(proof["budget_vnd"]), ""),
        (words["cost"], words.money(proof["cost_vnd"]), ""),
        (words["fibre_km"], f"{words.number(proof['fibre_km'], 1)} km", ""),
        _proof_line(plan, words),
    ]


def _proof_line(plan: Plan, words: Words) -> tuple[str, str, str]:
    proof, status = plan.proof, status_title(plan.proof["status"], words=words)
    if proof["status"] == "no_demand":
        # Nothing was sought, so there is no distance to a best answer to speak of.
        return words["proof_status"], status, ""
    covered, bound = (words.number(proof[key]) for key in ("covered_people", "bound_people"))
    note = words["proof_note"].format(status=status, covered=covered, bound=bound)
    return words["proof"], f"≤ {words.percent(proof['gap_share'], 2)}", note


def _matrix(plan: Plan, shares: Shares, words: Words) -> dict[str, Any]:
    technologies = list(plan.facts["technologies"])
    rows = []
    for operator in ["any", *plan.facts["operators"]]:
        found = [shares.get((PROVINCE, operator, technology, "today")) for technology in technologies]
        cells = [words.percent(share.share) if share else "–" for share in found]
        notes = [
            f"{words.number(share.numerator)} / {words.number(share.denominator)} {words['people']}" if share else ""
            for share in found
        ]
        rows.append({"operator": words.of(operator), "cells": list(zip(cells, notes, strict=True))})
    return {"technologies": technologies, "rows": rows}


def facts_told(plan: Plan, *, words: Words) -> list[tuple[str, str]]:
    """How the figures were made, as label and value.

    Parameters
    ----------
    plan : Plan
    words : Words

    Returns
    -------
    list of (str, str)
        Model, reliability, receiver, grid, coordinate system, unit costs (where a plan was asked for), date,
        version.
    """
    facts = plan.facts
    thresholds = "; ".join(
        f"{technology}: {words.number(dbm).replace('-', '−')} dBm"
        for technology, dbm in facts["thresholds_dbm"].items()
    )
    costs = costs_told(plan, words=words) if is_asked(plan) else ""
    return [
        (words["model"], model_title(str(facts["model"]), str(facts["model_title"]), words=words)),
        (words["edge_probability"], words.percent(facts["edge_probability"])),
        (words["area_probability"], words.percent(facts["area_probability"])),
        (words["sigma_db"], f"{words.number(facts['sigma_db'], 1)} dB"),
        (words["fade_margin_db"], f"{words.number(facts['fade_margin_db'], 2)} dB"),
        (words["rx_height_m"], f"{words.number(facts['rx_height_m'], 1)} m"),
        (words["thresholds_dbm"], thresholds),
        (words["cell_m"], f"{words.number(facts['cell_m'])} m"),
        (words["crs_title"], f"{facts['crs_title']} ({facts['crs']})"),
        *([(words["unit_costs"], costs)] if costs else []),
        (words["as_of"], str(facts["as_of"])),
        (words["version"], str(facts["version"])),
    ]


def _number(value: float | None) -> float:
    """Read a figure that may be missing: nothing said is nobody unknown."""
    return float(value) if value is not None and math.isfinite(value) else 0.0
