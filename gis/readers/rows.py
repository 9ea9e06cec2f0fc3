"""Rows: from the rows of a sheet or a CSV to a table - numbering, totals and sections set aside."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from phusong.gis.columns.matching import match_columns
from phusong.gis.readers.header import Header
from phusong.gis.schemas import layer_columns

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["to_table"]

_TOTAL = re.compile(
    r"(tổng cộng|tổng số|tong cong|tong so|grand total|sub-?\s?total|total)\b"
    r"|(tổng|tong|cộng|cong|sum)\s*[:.]?$"
    r"|(cộng|cong)\s+(xã|phường|huyện|thị|tỉnh|trang|nhóm|mục|toàn|xa|phuong|huyen|thi|tinh|nhom|muc|toan)\b"
)
_ROMAN = re.compile(r"([IVXLC]{1,6}|[A-H])[.)]?")
_NUMBERED = re.compile(r"\(?\s*([0-9]{1,2}|[A-Za-z])\s*\)?(\s*=.*)?")
_LEAST_BARE, _LEAST_MARKED = 4, 2
# Endings of the columns, and of the compounds of the synonym table, that hold a place.
_PLACES = ("lon", "lat", "x_m", "y_m", "place", "lat_lon", "lon_lat")
_FEW, _PAIR = 3, 2
_SHOWN = 60


def to_table(
    rows: Sequence[Sequence[str]],
    header: Header,
    *,
    layer: str | None,
    expected: Collection[str] = (),
    notes: Notes,
) -> pd.DataFrame | None:
    """Make a table of text from rows.

    Parameters
    ----------
    rows : sequence of rows of str
        From the first row of the file or sheet, blank ones included: row ``i`` is the spreadsheet's row ``i + 1``.
    header : Header
        Where the column names stand in them (`phusong.gis.readers.header.find_header`).
    layer : str or None
        Layer of the dictionary; None where the first row is the header and every further row a record.
    expected : collection of str
        Names that layers.toml uses, besides the dictionary's.
    notes : Notes
        Where faults and repairs go.

    Returns
    -------
    DataFrame or None
        All columns text, stripped; index ``row``; ``attrs["records"]`` = rows that hold anything below the header,
        those with a fault or a repair included.
    """
    names = _unlike(header, layer, expected, notes)
    if names is None:
        return None
    _say_header(rows, header, notes)
    count, kept, numbers = 0, [], []
    sorter = _Sorter(rows, header, names, layer, notes)
    width = len(names)
    for place in range(header.last + 1, len(rows)):
        row = rows[place]
        if not any(row) or not any(map(str.strip, row)):
            continue  # blank lines carry no record
        count += 1
        if sorter.sets_aside(place, row):
            continue
        if len(row) == width or (len(row) > width and not any(map(str.strip, row[width:]))):
            kept.append(row)
            numbers.append(place + 1)
        else:
            notes.fault(
                f"the row has {len(row)} fields, the header {width}",
                "put text that holds a separator between quotes, or complete the row",
                row=place + 1,
            )
    columns = [[cell.strip() for cell in column] for column in zip(*kept, strict=False)][:width]
    columns = columns or [[] for _ in names]
    index = pd.Index(numbers, name="row", dtype="int64")
    _say_nameless(names, columns, numbers, header.last + 1, notes)
    named = {name: pd.Series(column, index, object) for name, column in zip(names, columns, strict=True) if name}
    table = pd.DataFrame(named, index=index)
    table.attrs["records"] = count
    return table


def _unlike(header: Header, layer: str | None, expected: Collection[str], notes: Notes) -> list[str] | None:
    """Return the names; of two alike ones that nobody reads the second is numbered, others are a fault."""
    names = list(header.names)
    double = sorted({name for name in names if name and names.count(name) > 1})
    read = set(expected) if layer is None else {*expected, *_read_names(dict.fromkeys(double), layer)}
    wrong = [name for name in double if layer is None or name in read]
    for name in wrong:
        notes.fault("two columns have the same name", "rename or delete one of them", row=header.last + 1, column=name)
    for name in double:
        places = [place for place, other in enumerate(names) if other == name]
        for number, place in enumerate(places[1:], start=2):
            names[place] = f"{name} ({number})"
            while names.count(names[place]) > 1:
                names[place] += "'"
    return None if wrong else names


def _read_names(names: Collection[str], layer: str) -> set[str]:
    found = match_columns(names, layer=layer)
    return {*found.names.values(), *chain(*found.rivals.values())}


def _say_header(rows: Sequence[Sequence[str]], header: Header, notes: Notes) -> None:
    if header.last:
        notes.describe(
            f"header in row {header.first + 1}"
            if header.first == header.last
            else f"header in rows {header.first + 1} to {header.last + 1}"
        )
    above = [" ".join(" ".join(row).split()) for row in rows[: header.first]]
    if any(above):
        notes.repair(
            "left out: lines above the header",
            how_much=f"{sum(map(bool, above))} rows",
            before=" / ".join(filter(None, above))[:_SHOWN],
            remedy=f"nothing; or state header_row = {header.first + 1}",
        )


class _Sorter:
    """Tells records from the rows that people put between them; each row set aside is a repair."""

    def __init__(
        self, rows: Sequence[Sequence[str]], header: Header, names: Sequence[str], layer: str | None, notes: Notes
    ) -> None:
        self.notes = notes
        self.first = True
        self.layer = layer
        stripped = [[cell.strip() for cell in row] for row in rows[header.first : header.last + 1]]
        self.headers = [row for row in stripped if len(list(filter(None, row))) > 1]
        self.lead = {row[0] for row in self.headers if row}
        self.ids: list[int] = []
        self.places: list[int] = []
        if layer is not None:
            found = match_columns(dict.fromkeys(name for name in names if name), layer=layer).names
            at = {name: place for place, name in enumerate(names)}
            unique = [n for n, c in layer_columns(layer).items() if c.type == "text" and (c.required or c.unique)]
            # A list of communes without codes is known by their names.
            unique = unique if any(name in found for name in unique) else ["name"]
            self.ids = [at[found[name]] for name in unique if name in found]
            self.places = [at[file_name] for name, file_name in found.items() if name.endswith(_PLACES)]

    def sets_aside(self, place: int, row: Sequence[str]) -> bool:
        """Tell whether a row is no record, and write it down."""
        what = self._what(row)
        self.first = False
        if what is not None:
            shown = " | ".join(cell.strip() for cell in row if cell.strip())
            self.notes.repair(
                f"left out: {what}", row=place + 1, how_much="1 row", before=shown[:_SHOWN], remedy="delete the row"
            )
        return what is not None

    def _what(self, row: Sequence[str]) -> str | None:
        if row and row[0].strip() in self.lead and [cell.strip() for cell in row] in self.headers:
            return "the header once more"
        if self.layer is None:
            return None
        if self.first and _is_numbering(row):
            return "numbers of the columns"
        # A record has an id or a place; a table that has neither column is not looked through.
        if not (self.ids or self.places) or any(row[at].strip() for at in self.places if at < len(row)):
            return None
        return self._between(row)

    def _between(self, row: Sequence[str]) -> str | None:
        """Return what a row without a place is that people put between records, or None."""
        ids = [row[at].strip() for at in self.ids if at < len(row) and row[at].strip()]
        may_total = all(_TOTAL.match(cell.casefold()) for cell in ids)
        if ids and not may_total and not self.places:
            return None  # most rows of most tables: nothing more to look at
        held = [cell.strip() for cell in row if cell.strip()]
        if may_total and any(_TOTAL.match(cell.casefold()) for cell in held):
            return "a row of totals"
        numeral = _ROMAN.fullmatch(held[0]) is not None and 1 < len(held) <= _FEW
        if ids:
            # "I | Huyện Lộc Ninh" may well have its name in the column of the ids; a record would have a place.
            section = numeral and self.places and len(held) == len(ids) + 1 == _PAIR and held[0] not in ids
        else:
            section = numeral or (len(held) == 1 and len(row) >= _FEW and not held[0].isdigit())
        return "the heading of a section" if section else None


def _is_numbering(row: Sequence[str]) -> bool:
    """Tell whether a row counts the columns: (1) (2) (3), 1 2 3 4, A B 1 2, (7)=(5)+(6)."""
    held = [cell.strip() for cell in row if cell.strip()]
    found = [_NUMBERED.fullmatch(cell) for cell in held]
    signs = [match[1].lower() for match in found if match is not None]
    if len(signs) < len(held) or len(held) < len(row) / 2:
        return False
    letters = [sign for sign in signs if sign.isalpha()]
    numbers = [sign for sign in signs if sign.isdigit()]
    ordered = signs == letters + numbers
    counted = letters == [chr(ord("a") + i) for i in range(len(letters))] and all(
        int(number) == int(numbers[0]) + i for i, number in enumerate(numbers)
    )
    starts = not numbers or int(numbers[0]) in {1, len(letters) + 1}
    least = _LEAST_MARKED if letters or all(cell.startswith("(") for cell in held) else _LEAST_BARE
    return ordered and counted and starts and len(held) >= least


def _say_nameless(
    names: Sequence[str], columns: Sequence[Sequence[str]], numbers: Sequence[int], header_row: int, notes: Notes
) -> None:
    """Say which columns without a name hold values; spreadsheets leave empty ones behind."""
    for position, (name, column) in enumerate(zip(names, columns, strict=True)):
        held = [] if name else [(number, value) for number, value in zip(numbers, column, strict=True) if value]
        if held:
            notes.fault(
                f"column {position + 1} has no name and is not used; it holds {len(held)} values",
                f"name it in {'the first row' if header_row == 1 else f'row {header_row}'}, or delete it",
                row=held[0][0],
                value=held[0][1],
                severity="warning",
            )
