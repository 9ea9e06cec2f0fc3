"""Tally: what befalls many rows of a large file - each listed while they are few, the rest counted in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from phusong.gis.findings import Notes

__all__ = ["LISTED", "Tally", "few", "say_faults", "shown"]

_Rows = TypeVar("_Rows", pd.Index, list[Any])

LISTED = 1_000
"""So many rows of one kind are listed one by one; nobody reads more, and a nation's file must not fill the memory."""


@dataclass(slots=True)
class _Entry:
    count: int = 0
    rows: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Rows dropped or suspected, by what is the matter; the sum of all counts is exact."""

    entries: dict[str, _Entry] = field(default_factory=dict)

    def add(self, what: str, rows: Sequence[int] | Iterable[int], values: Iterable[Any] = ()) -> None:
        """Add rows.

        Parameters
        ----------
        what : str
            In words, e.g. ``"dropped: outside the province"``.
        rows : array of int, shape (rows,)
            As the planner counts them.
        values : array, shape (rows,), optional
            What stands in each.
        """
        numbers = np.asarray(rows, np.int64)
        if not len(numbers):
            return
        entry = self.entries.setdefault(what, _Entry())
        entry.count += len(numbers)
        room = LISTED - len(entry.rows)
        entry.rows += [int(row) for row in numbers[:room]]
        entry.values += [str(value) for value in list(values)[:room]]

    def count(self, what: str) -> int:
        """Return how many rows that befell."""
        return self.entries[what].count if what in self.entries else 0

    def first(self, what: str) -> tuple[int, str | None]:
        """Return the first row and its value."""
        entry = self.entries[what]
        return entry.rows[0], entry.values[0] if entry.values else None

    def repairs(self, notes: Notes, *, unit: str = "record", remedy: str = "") -> None:
        """Write a repair for each row, or one with the count where they are more than `LISTED`."""
        for what, entry in self.entries.items():
            if entry.count > LISTED:
                first = f"the first is row {notes.called(entry.rows[0])}"
                notes.repair(what, how_much=f"{entry.count} {unit}s", before=first, remedy=remedy)
                continue
            values = entry.values or [""] * entry.count
            for row, value in zip(entry.rows, values, strict=True):
                notes.repair(what, row=row, how_much=f"1 {unit}", before=value, remedy=remedy)


def say_faults(faults: Iterable[tuple[str, str, Any, Any]], *, column: str, notes: Notes) -> None:
    """Write (rule, remedy, row, value) of one column down; of a rule broken in very many rows the rest is counted."""
    counts: dict[str, int] = {}
    for rule, remedy, row, value in faults:
        # Rules that name another row each are one rule.
        kind = re.sub(r" row .*", "", rule)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= LISTED:
            notes.fault(rule, remedy, row=row, column=column, value=value)
    for kind, count in counts.items():
        if count > LISTED:
            notes.fault(
                f"{count:,} rows break this rule, of which the first {LISTED:,} are listed: {kind}",
                "look for what they have in common, e.g. a wrong column or unit",
                column=column,
            )


def shown(rows: _Rows) -> tuple[_Rows, str]:
    """Return the rows that get a line each - all while they are few, else the first - and what to add to these lines.

    Examples
    --------
    >>> shown([2, 5]), shown(list(range(2000)))
    (([2, 5], ''), ([0], ' (2000 such rows)'))
    """
    return (rows, "") if len(rows) <= LISTED else (rows[:1], f" ({len(rows)} such rows)")


def few(rows: pd.Index[Any]) -> bool:
    """Tell whether rows are few enough for a line each."""
    return len(rows) <= LISTED
