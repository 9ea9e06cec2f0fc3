"""Findings: the notebook that reading fills, so that all faults are known before anything is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from phusong.errors import Fault, InputError, Severity, errors_only
from phusong.gis.columns.matching import How
from phusong.gis.repair import Repair

__all__ = ["PART", "Findings", "Match", "Notes", "fault_table"]

PART = 10**9
"""No file has so many rows; see `Notes`."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which column of a file is read as which column of the dictionary, and why.

    Parameters
    ----------
    layer, column : str
        Layer and column of the dictionary.
    file_column : str
        As the file spells it.
    how : {"stated", "same", "spelling", "synonym", "constant"}
        ``stated`` in layers.toml; ``same`` name; same but for case, blanks and ``_``; a synonym of the
        dictionary; a constant of layers.toml.
    file : str
        What the file is called, where the layer has several.
    """

    layer: str
    column: str
    file_column: str
    how: How
    file: str = ""


@dataclass(slots=True)
class Findings:
    """All faults, repairs and column matches of one reading, and what the readers found each file to be."""

    faults: list[Fault] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    described: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """Of what was read where it is no file, by page: the rows of a database's table."""
    aside: Mapping[str, Mapping[int | str, str]] = field(default_factory=dict)
    """Rows not to be read, with the rule each breaks, by layer: what `phusong check --fix` sets aside."""
    left: dict[str, pd.DataFrame] = field(default_factory=dict)
    """Those rows as the file has them."""

    def of(self, layer: str, file: str, *, parts: tuple[str, ...] = (), part: int = 0) -> Notes:
        """Return a notebook page for one layer; see `Notes` for one of several files."""
        return Notes(self, layer, file, parts, part)

    @property
    def may_run(self) -> bool:
        """True where no fault is an error."""
        return not errors_only(self.faults)

    def raise_errors(self) -> None:
        """Raise `InputError` with everything found when any fault is an error."""
        if not self.may_run:
            raise InputError(self.faults)


@dataclass(frozen=True, slots=True)
class Notes:
    """One layer's page: every finding written here carries the layer and the file.

    A layer of several files has ``parts``, what they are called. Then a row is a number of two: of the file, counted
    from 1, times `PART`, and of the row in it. A page of one of these files has its number as ``part``, and knows its
    rows without one too.
    """

    findings: Findings
    layer: str
    file: str
    parts: tuple[str, ...] = ()
    part: int = 0

    @property
    def page(self) -> str:
        """The layer, with the number of the file where it has several."""
        return f"{self.layer} {self.part}" if self.part else self.layer

    def called(self, row: object) -> int | str:
        """Return a row as the planner finds it: its number, with the file where there are several."""
        if not self.parts or not isinstance(row, (int, np.integer)):
            return _row(row)
        part, number = divmod(int(row), PART)
        part = part or self.part
        return f"{number} ({self.parts[part - 1]})" if part else number

    def numbered(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a file's records with rows that tell the file, where the layer has several."""
        if not self.part:
            return table
        attrs = table.attrs
        table = table.set_axis(pd.Index(table.index.to_numpy("int64") + self.part * PART, name=table.index.name))
        table.attrs = attrs
        return table

    def fault(
        self,
        rule: str,
        remedy: str,
        *,
        row: object = None,
        column: str | None = None,
        value: object = None,
        severity: Severity = "error",
    ) -> None:
        """Write a fault; see `phusong.errors.Fault`."""
        of = row // PART if self.parts and not self.part and isinstance(row, (int, np.integer)) else 0
        self.findings.faults.append(
            Fault(
                layer=self.layer,
                file=self.parts[of - 1] if of else self.file,
                rule=_one_line(rule),
                remedy=_one_line(remedy),
                row=None if row is None else self.called(row),
                column=None if column is None else _one_line(column),
                value=None if value is None else str(value),
                severity=severity,
            )
        )

    def repair(
        self,
        what: str,
        *,
        row: object = "*",
        how_much: str = "",
        before: object = "",
        after: object = "",
        remedy: str = "",
    ) -> None:
        """Write a repair; see `phusong.gis.repair.Repair`."""
        place = f"{row} ({self.parts[self.part - 1]})" if row == "*" and self.part else str(self.called(row))
        self.findings.repairs.append(Repair(self.layer, place, what, how_much, str(before), str(after), remedy))

    def match(self, column: str, file_column: str, how: How) -> None:
        """Write down which column of the file is read as which of the dictionary; see `Match`."""
        file = self.parts[self.part - 1] if self.part else ""
        self.findings.matches.append(Match(self.layer, column, _one_line(file_column), how, file))

    def describe(self, what: str) -> None:
        """Write down one thing a reader found the file to be, e.g. ``"CSV, separator ';', TCVN3"``; once each."""
        found = self.findings.described.setdefault(self.layer, [])
        text = _one_line(f"{self.parts[self.part - 1]}: {what}" if self.part else what)
        if text not in found:
            found.append(text)

    def set_aside(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a layer's records without those set aside; each of them is a repair and is kept as it stands."""
        rules = self.findings.aside.get(self.layer, {})
        named = {row: name for row in table.index if (name := self.called(row)) in rules}
        if not named:
            return table
        for row, name in named.items():
            self.repair(f"set aside: {rules[name]}", row=row, how_much="1 record", remedy="mend it and put it back")
        rows = list(named)
        left = pd.DataFrame(table.loc[rows]).assign(rule=[rules[name] for name in named.values()])
        if self.part:
            left = left.assign(file=self.parts[self.part - 1])
            earlier = self.findings.left.get(self.layer)
            left = left if earlier is None else pd.concat([pd.DataFrame(earlier), left])
        self.findings.left[self.layer] = left
        return table.drop(index=rows)

    def has_errors(self) -> bool:
        """Tell whether this layer has a fault that stops a run."""
        return any(f.layer == self.layer and f.severity == "error" for f in self.findings.faults)

    def said(self) -> set[tuple[int | str | None, str | None]]:
        """Return the (row, column) of this layer's errors, so that no later check repeats one; see `called`.

        Of one file of several, that file's.
        """
        faults = (f for f in self.findings.faults if f.layer == self.layer and f.severity == "error")
        return {(f.row, f.column) for f in faults if not self.part or f.file == self.file}


def fault_table(faults: Iterable[Fault]) -> pd.DataFrame:
    """Return faults as the table of findings.csv (its columns stand even when it is empty)."""
    fields = ["severity", "file", "layer", "row", "column", "value", "rule", "remedy"]
    return pd.DataFrame([{field: getattr(fault, field) for field in fields} for fault in faults], columns=fields)


def _one_line(text: str) -> str:
    """Return text without line breaks: names and GDAL's messages may hold some, a fault is one line."""
    return " ".join(text.split())


def _row(row: object) -> int | str:
    """Return a row's number as plain int: numpy's own has no place in JSON."""
    return int(row) if isinstance(row, (int, np.integer)) else str(row)
