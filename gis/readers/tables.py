"""CSV and TSV: every value as the text that stands in the file, rows numbered as a spreadsheet shows them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from phusong.gis.legacy_text import composed

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["read_table"]

_SEPARATORS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')
_FIELD_LIMIT = 1_000_000
_SAMPLE = 100_000


def read_table(path: Path, *, encoding: str, notes: Notes) -> pd.DataFrame | None:
    """Read a delimited text file.

    Parameters
    ----------
    path : Path
    encoding : str
        As stated in layers.toml; a byte that does not fit is a fault, never replaced.
    notes : Notes
        Where faults go.

    Returns
    -------
    DataFrame or None
        All columns text, stripped; index ``row`` = row as a spreadsheet numbers it; ``attrs["records"]`` =
        records in the file, ragged ones included. None when the file cannot be used at all.
    """
    text = _decoded(path, encoding, notes)
    records = None if text is None else _split(text, notes)
    if records is None:
        return None
    if not records or not any(cell.strip() for cell in records[0]):
        notes.fault("the file has no header row", "write the column names into the first row", row=1)
        return None
    header = [composed(" ".join(name.split())) for name in records[0]]
    double = sorted({name for name in header if name and header.count(name) > 1})
    for name in double:
        notes.fault("two columns have the same name", "rename or delete one of them", row=1, column=name)
    if double:
        return None
    rows: dict[int, list[str]] = {}
    count = 0
    for number, record in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in record):
            continue  # blank lines carry no record
        count += 1
        if len(record) == len(header):
            rows[number] = [cell.strip() for cell in record]
        else:
            notes.fault(
                f"the row has {len(record)} fields, the header {len(header)}",
                "put text that holds a separator between quotes, or complete the row",
                row=number,
            )
    table = pd.DataFrame(list(rows.values()), columns=header, index=pd.Index(rows, name="row"), dtype=object)
    table = table.loc[:, _named(header, rows, notes)]
    table.attrs["records"] = count
    return table


def _decoded(path: Path, encoding: str, notes: Notes) -> str | None:
    """Return the file's text; a byte that does not fit is named with its row."""
    try:
        # At once, not in pieces: so that the place of a wrong byte counts from the file's beginning.
        data = path.read_bytes()
    except OSError as err:
        notes.fault(f"the file cannot be read ({err.strerror or err})", "check its permissions")
        return None
    try:
        return str(data, "utf-8" if encoding == "auto" else encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as err:
        notes.fault(
            f"byte {err.start} is no {err.encoding} text",
            'state the file\'s encoding, e.g. encoding = "cp1258", or save it as UTF-8',
            row=err.object.count(b"\n", 0, err.start) + 1,
            value=f"0x{err.object[err.start]:02x}",
        )
    except (LookupError, ValueError):
        notes.fault(f"there is no encoding called {encoding!r}", 'write e.g. encoding = "utf-8"', column="encoding")
    return None


def _split(text: str, notes: Notes) -> list[list[str]] | None:
    """Return all records, the header among them."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as err:
        notes.fault(
            f"the row cannot be read ({err})",
            "check its quotation marks, or open the file in a spreadsheet and save it again as CSV",
            row=len(records) + 1,
        )
        return None
    return records


def _separator(text: str) -> str:
    """Return the separator: as often in the first lines as in the header, else the header's most frequent."""
    head, *lines = [""] if not text else (_QUOTED.sub("", line) for line in text[:_SAMPLE].splitlines()[:20])

    def likely(mark: str) -> tuple[int, int]:
        count = head.count(mark)
        return (sum(line.count(mark) == count for line in lines) if count else 0), count

    return max(_SEPARATORS, key=likely)


def _named(header: list[str], rows: dict[int, list[str]], notes: Notes) -> list[bool]:
    """Tell which columns have a name; spreadsheets leave empty ones behind, one that holds values is said."""
    for position, name in enumerate(header):
        held = [] if name else [(number, row[position]) for number, row in rows.items() if row[position]]
        if held:
            notes.fault(
                f"column {position + 1} has no name and is not used; it holds {len(held)} values",
                "name it in the first row, or delete it",
                row=held[0][0],
                value=held[0][1],
                severity="warning",
            )
    return [bool(name) for name in header]
