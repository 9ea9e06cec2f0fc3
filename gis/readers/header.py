"""Header: where a table's column names stand, below title lines and in one, two or three rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from phusong.gis.columns.matching import match_columns
from phusong.gis.legacy_text import composed

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Header", "Merge", "find_header", "score"]

Rows = Sequence[Sequence[str]]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of a merged area, counted from 0."""

_SEARCHED = 40
_MOST_ROWS = 3
# A header below the first row is believed when it holds this many of the layer's columns.
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Header:
    """A table's column names.

    Parameters
    ----------
    first, last : int
        Position of its first and last row.
    names : tuple of str
        One a column; empty where it has none.
    """

    first: int
    last: int
    names: tuple[str, ...]


def find_header(
    rows: Rows,
    *,
    layer: str | None,
    header_row: int | None,
    expected: Collection[str] = (),
    merges: Sequence[Merge] = (),
    notes: Notes,
) -> Header | None:
    """Find the rows that hold the column names.

    Parameters
    ----------
    rows : sequence of rows of str
        From the first row of the file or sheet.
    layer : str or None
        Layer of the dictionary whose names are looked for; None takes the first row.
    header_row : int or None
        Stated in layers.toml, counted from 1.
    expected : collection of str
        Names that layers.toml uses, besides the dictionary's.
    merges : sequence of Merge
        Merged areas of a sheet.
    notes : Notes
        Where faults go.

    Returns
    -------
    Header or None
        None where there is none; the notes say so.
    """
    if header_row is not None:
        if header_row > len(rows):
            rule = f"header_row = {header_row}, but the table has {len(rows)} rows"
            notes.fault(rule, "correct header_row", column="header_row", value=header_row)
            return None
        places = [header_row - 1]
    elif layer is None:
        places = [0] if rows else []
    else:
        places = [place for place, row in enumerate(rows[:_SEARCHED]) if any(map(str.strip, row))]
    tried = [_header(rows, place, depth, merges) for place in places for depth in _depths(rows, place, layer)]
    tried = [header for header in tried if any(header.names)]
    if not tried:
        remedy = "write the column names into the first row" if header_row is None else "correct header_row"
        notes.fault("the file has no header row", remedy, row=header_row or 1)
        return None
    if layer is None:
        return tried[0]
    scores = [score(header.names, layer=layer, expected=expected) for header in tried]
    best = max(range(len(tried)), key=lambda i: (scores[i], -i))
    # A lone title above a header of one known column is no header either.
    title = _filled(rows[tried[0].first]) == 1 and scores[0] == 0 and _filled(tried[best].names) > 1
    if tried[best].first != tried[0].first and scores[best] < (1 if title else _ENOUGH):
        best = 0
    return tried[best]


def score(names: Sequence[str], *, layer: str, expected: Collection[str] = ()) -> int:
    """Return how many of a layer's columns a row of names holds."""
    known = dict.fromkeys(name for name in names if name)
    found = match_columns(known, layer=layer)
    return len(found.names) + len(found.rivals) + sum(name in known for name in expected)


def _depths(rows: Rows, place: int, layer: str | None) -> range:
    return range(1, 2 if layer is None else 1 + min(_MOST_ROWS, len(rows) - place))


def _header(rows: Rows, place: int, depth: int, merges: Sequence[Merge]) -> Header:
    """Return the names of some rows read as one header: a group's name goes before those of its columns."""
    width = max(len(row) for row in rows[place : place + depth])
    lines = [[*row, *[""] * (width - len(row))] for row in rows[place : place + depth]]
    _spread(lines, place, merges)
    for top, left, bottom, right in merges:
        # Merged down into these rows from above them.
        if top < place <= bottom and left == right < width and left < len(rows[top]):
            lines[0][left] = lines[0][left] or rows[top][left]
    names = []
    for column in range(width):
        parts: list[str] = []
        for line in lines:
            part = composed(" ".join(line[column].split()))
            if part and part not in parts:
                parts.append(part)
        names.append(" ".join(parts))
    return Header(place, place + depth - 1, tuple(names))


def _spread(lines: list[list[str]], place: int, merges: Sequence[Merge]) -> None:
    """Write a group's name over each of its columns: as the sheet merges them, else over the blanks right of it."""
    inside = [merge for merge in merges if place <= merge[0] < place + len(lines)]
    for top, left, bottom, right in inside:
        text = lines[top - place][left] if left < len(lines[0]) else ""
        for line in range(top - place, min(bottom - place + 1, len(lines))):
            for column in range(left, min(right + 1, len(lines[0]))):
                lines[line][column] = text
    if inside:
        return
    for upper, lower in pairwise(lines):
        for column in range(1, len(upper)):
            if not upper[column].strip() and lower[column].strip():
                # Only under a group: a name that has a name below it.
                group = upper[column - 1] if lower[column - 1].strip() else ""
                upper[column] = group


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)
