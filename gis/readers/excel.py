"""Excel: one sheet of an XLSX, XLS or ODS as the table of text it shows, read with python-calamine."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from phusong.gis.legacy_text import composed
from phusong.gis.readers.compound_file import look_through as look_through_xls
from phusong.gis.readers.content import say_unreadable
from phusong.gis.readers.header import Merge, find_header, score
from phusong.gis.readers.rows import to_table
from phusong.gis.readers.workbook import Sheet, look_through, too_large

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["EXCEL_SUFFIXES", "read_excel"]

EXCEL_SUFFIXES = {".xlsx", ".xlsm", ".xls", ".ods"}

_MOST_BYTES = 200 * 2**20
_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
# Excel itself shows 15 digits; what a double holds beyond them is noise. Whole numbers are exact up to 2**53.
_DIGITS = 15
_EXACT = 2**53
_Loaded = tuple[list[list[str]], list[Merge]]
_SAVE_AGAIN = "open it in a spreadsheet and save it as .xlsx"


def read_excel(
    path: Path,
    *,
    sheet: str | int | None,
    header_row: int | None,
    layer: str | None,
    notes: Notes,
    expected: Collection[str] = (),
) -> pd.DataFrame | None:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path : Path
        XLSX, XLSM, XLS (BIFF) or ODS.
    sheet : str or int or None
        Its name, or its number from 1. None: the only one that holds anything, else the one whose header names most
        of the layer's columns; where that is not one sheet, it is a fault.
    header_row : int or None
        Where the header stands, counted from 1; None looks for it.
    layer : str or None
        Layer of the dictionary.
    notes : Notes
        Where faults, repairs and what the file was found to be go.
    expected : collection of str
        Names that layers.toml uses, besides the dictionary's.

    Returns
    -------
    DataFrame or None
        All columns text, stripped: numbers without a float's noise (25195, not 25195.0), dates as ISO text, formulas'
        last values, failed formulas as their ``#N/A``; merged fields filled down. Index ``row`` = row of the sheet;
        ``attrs["records"]`` as `rows.to_table` counts. None when the file cannot be used at all.
    """
    data = _read(path, notes)
    looked = None if data is None else _looked_through(data, notes)
    if data is None or looked is None:
        return None
    with _calamine(notes), CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        chosen = _chosen(book, looked, sheet=sheet, layer=layer, expected=expected, notes=notes)
        if chosen is None:
            return None
        name, (rows, merges) = chosen
        notes.describe(f"workbook, sheet {name!r}")
        _say_silent(looked.get(name), notes)
        header = find_header(rows, layer=layer, header_row=header_row, expected=expected, merges=merges, notes=notes)
        if header is None:
            return None
        _fill_down(rows, merges, header.last, header.names, notes)
        return to_table(rows, header, layer=layer, expected=expected, notes=notes)
    return None


def _read(path: Path, notes: Notes) -> bytes | None:
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            rule = f"the workbook has {size / 2**20:,.0f} MB; phusong reads up to {_MOST_BYTES / 2**20:,.0f} MB"
            notes.fault(rule, "save the one sheet as CSV or as a smaller workbook")
            return None
        data = path.read_bytes()
    except OSError as err:
        say_unreadable(err, notes)
        return None
    if data.startswith((_ZIP, _OLE)):
        return data
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        notes.fault("this is a web page or XML with the name of a workbook", _SAVE_AGAIN)
    elif not data.strip(b"\x00"):
        notes.fault("the workbook is empty", "bring the file again; its copy broke off")
    elif b"\x00" not in data[:4096]:
        notes.fault("this is text with the name of a workbook", "rename it to end in .csv, or save it as .xlsx")
    else:
        notes.fault("this is no workbook", _SAVE_AGAIN)
    return None


def _looked_through(data: bytes, notes: Notes) -> Mapping[str, Sheet] | None:
    if data.startswith(_ZIP):
        return look_through(data, notes)
    if _LOCKED in data:
        notes.fault("the workbook is locked with a password", "open it, take the password off and save it")
        return None
    try:
        look_through_xls(data)
    except ValueError as err:
        notes.fault(f"the workbook is broken ({err})", f"bring the file again, or {_SAVE_AGAIN}")
        return None
    return {}  # XLS: at most 65,536 rows and 256 columns


@contextmanager
def _calamine(notes: Notes) -> Iterator[None]:
    """Make a fault of whatever calamine refuses; its panics are no `Exception`."""
    try:
        yield
    except PasswordError:
        notes.fault("the workbook is locked with a password", "open it, take the password off and save it")
    except (CalamineError, OSError, ValueError, OverflowError) as err:
        notes.fault(f"the workbook is broken ({err})", f"bring the file again, or {_SAVE_AGAIN}")
    except BaseException as err:
        if type(err).__name__ != "PanicException":
            raise
        notes.fault("the workbook is broken", f"bring the file again, or {_SAVE_AGAIN}")


def _chosen(
    book: CalamineWorkbook,
    looked: Mapping[str, Sheet],
    *,
    sheet: str | int | None,
    layer: str | None,
    expected: Collection[str],
    notes: Notes,
) -> tuple[str, _Loaded] | None:
    """Return the sheet to read, and what it holds."""
    sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    every = [meta.name for meta in sheets]
    if sheet is not None:
        name = _stated(sheet, every, notes)
        loaded = None if name is None else _load(book, name, looked, notes)
        return None if name is None or loaded is None else (name, loaded)
    shown = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    scores: dict[str, int] = {}
    held: dict[str, _Loaded] = {}
    for name in shown:
        loaded = _load(book, name, looked, notes)
        if loaded is None:
            return None
        if any(cell.strip() for row in loaded[0] for cell in row):
            held[name], scores[name] = loaded, _score(loaded, layer, expected, notes)
    if not scores:
        hidden = [name for name in every if name not in shown]
        rule = f"no visible sheet holds anything; hidden are {', '.join(hidden)}" if hidden else "no sheet holds a row"
        notes.fault(rule, f'state sheet = "{hidden[0]}"' if hidden else "check the file", column="sheet")
        return None
    best = [name for name, points in scores.items() if points == max(scores.values())]
    if len(best) > 1:
        notes.fault(
            f"{len(best)} sheets could be the layer: {', '.join(best)}",
            f'name one: sheet = "{best[0]}"',
            column="sheet",
        )
        return None
    if len(scores) > 1:
        others = ", ".join(name for name in scores if name != best[0])
        notes.fault(
            f"sheet {best[0]} is read: its header names {scores[best[0]]} columns of the layer; not read: {others}",
            f'state sheet = "{best[0]}" to be sure',
            column="sheet",
            severity="info",
        )
    return best[0], held[best[0]]


def _score(loaded: _Loaded, layer: str | None, expected: Collection[str], notes: Notes) -> int:
    """Return how well a sheet's header fits the layer."""
    rows, merges = loaded
    if layer is None:
        return 0
    header = find_header(rows, layer=layer, header_row=None, expected=expected, merges=merges, notes=notes)
    return 0 if header is None else score(header.names, layer=layer, expected=expected)


def _stated(sheet: str | int, names: Sequence[str], notes: Notes) -> str | None:
    if isinstance(sheet, int):
        if 1 <= sheet <= len(names):
            return names[sheet - 1]
    else:
        same = [name for name in names if composed(name).strip() == composed(sheet).strip()]
        alike = same or [name for name in names if composed(name).strip().casefold() == composed(sheet).casefold()]
        if len(alike) == 1:
            return alike[0]
    notes.fault(
        f"the workbook has no sheet {sheet!r}; it has {', '.join(names) or 'none'}",
        "name one of them, or its number from 1",
        column="sheet",
        value=sheet,
    )
    return None


def _load(book: CalamineWorkbook, name: str, looked: Mapping[str, Sheet], notes: Notes) -> _Loaded | None:
    """Return a sheet's rows as text and its merged areas; a fault where it is too large to be laid out."""
    seen = looked.get(name)
    if seen is not None and too_large(name, seen, notes):
        return None
    sheet = book.get_sheet_by_name(name)
    rows = [
        [value if type(value) is str else _text(value) for value in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]
    for (row, column), error in seen.errors.items() if seen is not None else ():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = error
    merges = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    return rows, merges


def _text(value: Any) -> str:
    """Return a cell as a person would type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value == int(value) and abs(value) < _EXACT else f"{value:.{_DIGITS}g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value).strip()


def _say_silent(seen: Sheet | None, notes: Notes) -> None:
    """Say which formulas have no value: their fields are empty here, though a spreadsheet would show a number."""
    if seen is None or not seen.silent:
        return
    first = min(seen.silent)
    notes.fault(
        f"{len(seen.silent)} formulas have no value, and their fields are read as empty: the program that wrote the "
        "workbook did not calculate them",
        "open it in a spreadsheet, save it there, and check again",
        row=first[0] + 1,
        value=seen.silent[first],
        severity="warning",
    )


def _fill_down(rows: list[list[str]], merges: Sequence[Merge], header: int, names: Sequence[str], notes: Notes) -> None:
    """Write the value of fields merged over several rows into each of them."""
    filled: dict[int, int] = {}
    for top, left, bottom, _right in merges:
        if top <= header or bottom == top or top >= len(rows) or left >= len(rows[top]) or not rows[top][left]:
            continue
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[row]) and not rows[row][left]:
                rows[row][left] = rows[top][left]
                filled[left] = filled.get(left, 0) + 1
    for column, count in sorted(filled.items()):
        name = names[column] if column < len(names) and names[column] else f"column {column + 1}"
        notes.repair(
            f"filled down: merged fields of {name}",
            how_much=f"{count} fields",
            remedy="undo the merging, so that each row says what it means",
        )
