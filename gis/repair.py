"""The repair report: everything that was dropped, mended or assumed on the way in, one row each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

__all__ = ["Repair", "repair_table"]


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that is not as the file had it.

    Parameters
    ----------
    layer : str
    row : str
        Row or record id; ``"*"`` for the whole layer.
    what : str
        What was done, in words.
    how_much : str
        Amount with its unit, e.g. ``"4 cells"``.
    before, after : str
        Value, area or count before and after.
    remedy : str
        How the planner makes it unnecessary.
    """

    layer: str
    row: str
    what: str
    how_much: str = ""
    before: str = ""
    after: str = ""
    remedy: str = ""


def repair_table(repairs: Iterable[Repair]) -> pd.DataFrame:
    """Return the repairs as the table of repair_report.csv (its columns stand even when it is empty)."""
    columns = ["layer", "row", "what", "how_much", "before", "after", "remedy"]
    return pd.DataFrame([asdict(repair) for repair in repairs], columns=columns)
