"""Tables of the appendix: columns with header and unit, rows of plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from phusong.maps.summary import share_of

__all__ = ["Column", "Form", "Table", "Value", "plain", "share", "text_of"]

Form = Literal["text", "integer", "number", "percent"]
Value = str | float | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its Vietnamese header and unit.

    Parameters
    ----------
    title : str
        Header as printed.
    unit : str
        Printed in the row below the header; empty for text.
    form : {"text", "integer", "number", "percent"}
        ``text`` is kept as text (codes keep their zeros, formulas stay words); ``percent`` takes a share 0..1.
    width : int
        In characters.
    decimals : int
        Of ``number`` and ``percent``.
    """

    title: str
    unit: str = ""
    form: Form = "text"
    width: int = 14
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the appendix, the same for each writer.

    Parameters
    ----------
    sheet : str
        Short name, at most 31 characters (a spreadsheet's limit).
    title : str
        Full title.
    columns : sequence of Column
    rows : sequence of tuple
        Values in the order of `columns`; None is an empty cell.
    notes : sequence of str
        Sentences printed under the title.
    """

    sheet: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Value, ...]]
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what no writer could write."""
        longest = 31
        if not 0 < len(self.sheet) <= longest:
            msg = f"sheet name {self.sheet!r} has {len(self.sheet)} characters; a workbook takes 1 to {longest}"
            raise ValueError(msg)
        for place, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                msg = (
                    f"table {self.sheet!r}, row {place}: {len(row)} values for {len(self.columns)} columns; "
                    "give one value a column"
                )
                raise ValueError(msg)


def plain(value: Any) -> Value:
    """Turn a figure of any library into a cell's value; what is missing or infinite becomes an empty cell."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def share(row: Mapping[Any, Any] | None) -> Value:
    """Return a row's numerator over its denominator; an empty cell without a row or with nothing to divide by."""
    return None if row is None else plain(share_of(float(row["numerator"]), float(row["denominator"])))


def text_of(value: Any) -> str:
    """Write a value as text, a missing one as nothing."""
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
