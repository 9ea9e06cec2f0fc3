"""What a plan's proof allows the pages to say: whether a plan was asked for, and how sure its answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["NOT_ASKED", "is_asked", "kpis_shown", "status_title"]

NOT_ASKED: Final = "not_asked"

_STATUSES: Final = {
    "optimal": ("Đã chứng minh trong sai số yêu cầu", "Proven within the gap asked for"),
    "time_limit": (
        "Hết thời gian giải, chưa chứng minh tới sai số yêu cầu",
        "Time ran out before it was proven within the gap asked for",
    ),
    "tolerance": ("Sai số số học của bộ giải", "Within the solver's numerical tolerance"),
    "no_demand": ("Không ai được biết là thiếu 4G", "Nobody is known to be without 4G"),
    NOT_ASKED: ("Không lập phương án", "No plan was asked for"),
}


def is_asked(plan: Plan) -> bool:
    """Tell whether the run was to propose anything; the pages of one that was not claim no plan."""
    return str(plan.proof["status"]) != NOT_ASKED


def kpis_shown(plan: Plan) -> pd.DataFrame:
    """Return the indicators the pages may print: those of the planned state only where a plan was asked for."""
    return plan.kpis if is_asked(plan) else plan.kpis[plan.kpis["state"] == "today"]


def status_title(status: object, *, words: Words) -> str:
    """Say in words how a proof ended; an unknown status stays as it is.

    Examples
    --------
    >>> status_title("optimal", words=Words("vi"))
    'Đã chứng minh trong sai số yêu cầu'
    """
    text = str(status)
    return _STATUSES[text][words.language == "en"] if text in _STATUSES else text
