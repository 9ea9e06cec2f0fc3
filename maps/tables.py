"""The map's twin for those who do not see it: the same figures as tables in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from phusong.maps.proof import is_asked
from phusong.maps.summary import Shares
from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["twins"]

_TEXT: Final = ""
_NUMBER: Final = "number"


def twins(plan: Plan, shares: Shares, *, words: Words) -> list[dict[str, Any]]:
    """Tables of the communes' 4G coverage and, where a plan was asked for, of the proposals.

    Parameters
    ----------
    plan : Plan
    shares : Shares
        From `population_shares`.
    words : Words

    Returns
    -------
    list of dict
        ``title``, ``labels`` and ``rows`` of (text, class), and ``head``, the column that names the row.
    """
    tables = [_communes(plan, shares, words)]
    return [*tables, _proposals(plan, words)] if is_asked(plan) else tables


def _communes(plan: Plan, shares: Shares, words: Words) -> dict[str, Any]:
    labels = [words["code"], words["name"], words["denominator"]]
    states = ("today", "planned") if is_asked(plan) else ("today",)
    for state in states:
        labels += [f"{words[state]}: {words['numerator']}", f"{words[state]} (%)"]
    rows = []
    for code, name in zip(plan.communes.index, plan.communes["name"], strict=True):
        found = [shares.get((code, "any", "4G", state)) for state in states]
        people = words.number(found[0].denominator) if found[0] else "–"
        row = [(code, _TEXT), (name, _TEXT), (people, _NUMBER)]
        for share in found:
            row.append((words.number(share.numerator) if share else "–", _NUMBER))
            row.append((words.percent(share.share) if share else "–", _NUMBER))
        rows.append(row)
    return _table(words["table_communes"], labels, rows)


def _proposals(plan: Plan, words: Words) -> dict[str, Any]:
    keys = ["order", "candidate_id", "kind", "operator", "technology", "commune", "longitude", "latitude"]
    # Vietnamese tables call north X and east Y; the title names the meridian.
    labels = [words[key] for key in keys] + ["X (N) (m)", "Y (E) (m)"]
    labels += [words[key] for key in ("newly_covered_people", "cost_vnd")] + [f"{words['proposal_fibre_km']} (km)"]
    rows = [
        [
            (words.number(row["order"]), _NUMBER),
            (row["candidate_id"], _TEXT),
            (words.of(str(row["kind"])), _TEXT),
            (row["operator"], _TEXT),
            (row["technology"], _TEXT),
            (row["area_name"], _TEXT),
            (words.number(row["lon"], 6), _NUMBER),
            (words.number(row["lat"], 6), _NUMBER),
            (words.number(row["y_m"], 1), _NUMBER),
            (words.number(row["x_m"], 1), _NUMBER),
            (words.number(row["newly_covered_people"]), _NUMBER),
            (words.money(row["cost_vnd"]), _NUMBER),
            (words.number(row["fibre_km"], 2), _NUMBER),
        ]
        for row in plan.proposals.to_dict("records")
    ]
    title = f"{words['table_proposals']} (X, Y: {plan.facts['crs_title']}; {words['longitude']}: WGS 84)"
    return _table(title, labels, rows)


def _table(title: str, labels: list[str], rows: list[list[tuple[str, str]]]) -> dict[str, Any]:
    forms = [form for _, form in rows[0]] if rows else [_TEXT] * len(labels)
    return {"title": title, "labels": list(zip(labels, forms, strict=True)), "rows": rows, "head": 1}
