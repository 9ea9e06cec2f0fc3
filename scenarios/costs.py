"""Costs: what a proposal costs, each figure with its source and year."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

__all__ = ["cost_sources", "default_cost_vnd"]


@lru_cache(maxsize=1)
def cost_sources() -> dict[str, dict[str, str]]:
    """Return the cost table by item: cost_vnd, unit, year, source, vi."""
    text = (files(__package__) / "costs.csv").read_text(encoding="utf-8")
    return {row["item"]: row for row in csv.DictReader(text.splitlines())}


def default_cost_vnd(item: str) -> float:
    """Return the table's cost of an item in VND.

    Examples
    --------
    >>> default_cost_vnd("new_site")
    3250000000.0
    """
    return float(cost_sources()[item]["cost_vnd"])
