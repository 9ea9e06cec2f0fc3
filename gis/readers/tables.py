"""CSV and TSV: every value as the text that stands in the file, rows numbered as a spreadsheet shows them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from phusong.gis.legacy_text.decoding import decode
from phusong.gis.readers.content import say_unreadable
from phusong.gis.readers.header import find_header
from phusong.gis.readers.rows import to_table

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["MOST_BYTES", "read_table"]

MOST_BYTES = 200 * 2**20
"""A larger table does not fit into the memory of a small machine as text."""

_MOST_ROW_BYTES = 10 * 2**20
_SEPARATORS = ",;\t|"
_SHOWN = {"\t": "tab"}
# A quote opens a field only at its beginning; inside, everything is text.
_QUOTED = re.compile(r'(?<![^,;\t|\r\n])"[^"]*(?:""[^"]*)*"')
_STATED = re.compile(r'"?sep=([,;|\t])"?[,;|\t]*\r?\n?', re.IGNORECASE)
_FIELD_LIMIT = 1_000_000
# At the beginning of a file it says what the bytes are; anywhere else it is an invisible letter within an id.
_BYTE_ORDER_MARK = "\ufeff"
_SAMPLE = 100_000
_SAMPLE_LINES = 40


def read_table(
    path: Path,
    *,
    encoding: str,
    notes: Notes,
    layer: str | None = None,
    header_row: int | None = None,
    expected: Collection[str] = (),
) -> pd.DataFrame | None:
    """Read a delimited text file.

    Parameters
    ----------
    path : Path
    encoding : str
        As stated in layers.toml, or ``"auto"``; a byte that does not fit is a fault, never replaced.
    notes : Notes
        Where faults, repairs and what the file was found to be go.
    layer : str, optional
        Layer of the dictionary: the header may then stand below title lines, and rows of totals, numbers of the
        columns and headings of sections are set aside. Without it the first row is the header.
    header_row : int, optional
        Where the header stands, counted from 1.
    expected : collection of str
        Names that layers.toml uses, besides the dictionary's.

    Returns
    -------
    DataFrame or None
        All columns text, stripped; index ``row`` = row as a spreadsheet numbers it; ``attrs["records"]`` =
        records in the file, ragged ones and those set aside included, ``attrs["text"]`` = True: every number is as
        somebody wrote it. None when the file cannot be used at all.
    """
    data = _read(path, notes)
    text = None if data is None else _decoded(data, encoding, notes)
    del data
    if text is None:
        return None
    separator, text, above = _separator(text)
    rows = _split(text, separator, above, notes)
    del text
    if rows is None:
        return None
    notes.describe(f"text table, separator {_SHOWN.get(separator, separator)!r}")
    if layer is None and above and header_row is None:
        header_row = above + 1
    header = find_header(rows, layer=layer, header_row=header_row, expected=expected, notes=notes)
    table = None if header is None else to_table(rows, header, layer=layer, expected=expected, notes=notes)
    if table is not None:
        table.attrs["text"] = True
    return table


def _read(path: Path, notes: Notes) -> bytes | None:
    """Return the file's bytes; one that is too large, or one endless row, is refused before it fills the memory."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            with path.open("rb") as file:
                head = file.read(2 * _MOST_ROW_BYTES)
            if not _endless(head, notes):
                notes.fault(
                    f"the table has {size / 2**20:,.0f} MB; phusong reads up to {MOST_BYTES / 2**20:,.0f} MB as text",
                    "keep only the province's rows, or save it as GeoPackage or GeoParquet",
                )
            return None
        # At once, not in pieces: so that the place of a wrong byte counts from the file's beginning.
        data = path.read_bytes()
    except OSError as err:
        say_unreadable(err, notes)
        return None
    return None if _endless(data, notes) else data


def _endless(data: bytes, notes: Notes) -> bool:
    """Tell whether a row is so long that this is no table, and say so."""
    start = 0
    while len(data) - start >= _MOST_ROW_BYTES:
        window = start + _MOST_ROW_BYTES
        end = max(data.rfind(b"\n", start, window), data.rfind(b"\r", start, window))
        if end < 0:
            row = data.count(b"\n", 0, start) + 1
            rule = f"the row is longer than {_MOST_ROW_BYTES / 2**20:.0f} MB"
            notes.fault(rule, "check that this is a table with line breaks; save it again as CSV", row=row)
            return True
        start = end + 1
    return False


def _decoded(data: bytes, encoding: str, notes: Notes) -> str | None:
    """Return the file's text; a byte that does not fit is named with its row, an encoding found out is said."""
    try:
        found = decode(data, encoding=encoding)
    except UnicodeDecodeError as err:
        notes.fault(
            f"byte {err.start} is no {err.encoding} text",
            'state the file\'s encoding, e.g. encoding = "cp1258", or save it as UTF-8',
            row=err.object.count(b"\n", 0, err.start) + 1,
            value=f"0x{err.object[err.start]:02x}",
        )
        return None
    except (LookupError, ValueError):
        notes.fault(f"there is no encoding called {encoding!r}", 'write e.g. encoding = "utf-8"', column="encoding")
        return None
    notes.describe(found.said)
    text = found.text.replace(_BYTE_ORDER_MARK, "")
    if len(text) < len(found.text):
        notes.repair(
            "left out: byte order marks inside the text, as where files were joined",
            how_much=f"{len(found.text) - len(text)} marks",
            remedy="save the file again as UTF-8",
        )
    if not found.certain:
        notes.fault(
            f"the text may be in another encoding; it is read as {found.said}",
            f'look at the names; state encoding = "{found.encoding}" where they are right',
            column="encoding",
            severity="warning",
        )
    elif encoding == "auto" and not found.encoding.startswith("utf"):
        notes.repair(
            "decoded: text that is no UTF-8",
            how_much="the whole file",
            before=found.said,
            after="UTF-8",
            remedy=f'state encoding = "{found.encoding}" to be sure, or save the file as UTF-8',
        )
    return text


def _split(text: str, separator: str, above: int, notes: Notes) -> list[list[str]] | None:
    """Return all rows, with blank ones for the lines above that were taken off."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = [[] for _ in range(above)]
    try:
        rows.extend(reader)
    except csv.Error as err:
        notes.fault(
            f"the row cannot be read ({err})",
            "check its quotation marks, or open the file in a spreadsheet and save it again as CSV",
            row=len(rows) + 1,
        )
        return None
    return rows


def _separator(text: str) -> tuple[str, str, int]:
    """Return the separator, the text without Excel's ``sep=;`` line, and how many lines that was.

    The separator is the one that stands equally often in most of the first lines.
    """
    stated = _STATED.match(text)
    if stated is not None:
        return stated[1], text[stated.end() :], 1
    lines = [line for line in _QUOTED.sub("", text[:_SAMPLE]).splitlines() if line.strip()][:_SAMPLE_LINES]

    def likely(mark: str) -> tuple[int, int]:
        counts = Counter(count for line in lines if (count := line.count(mark)))
        return max(((often, count) for count, often in counts.items()), default=(0, 0))

    return max(_SEPARATORS, key=likely), text, 0
