"""Workbook: what an XLSX or ODS holds before it is opened - how far its sheets reach, which formulas failed.

A workbook is a zip of XML. One stray cell in the last row and column makes a sheet of 17 thousand million cells, and
whoever lays that out in memory is killed for it. So the parts are looked through first, in pieces.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from phusong.gis.readers.archive import blown_up

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["MOST_CELLS", "Sheet", "look_through", "too_large"]

MOST_CELLS = 15_000_000
"""Rows times columns of a sheet, empty ones included; all of them are laid out in memory."""

_MOST_BYTES = 500 * 2**20
"""Unpacked, all parts of a workbook together."""
_CHUNK = 2**22
_OVERLAP = 2**10
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, ParseError)
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d{1,9})[\"']")
_CELL = re.compile(rb"\sr=[\"']([A-Z]{2,3})(\d{1,9})[\"']")
_LAST_CELL = re.compile(rb"\sr=[\"']([A-Z]{1,3})(\d{1,9})[\"']")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*?\st=[\"']e[\"'])[^>]*?\sr=[\"']([A-Z]{1,3})(\d{1,9})[\"'][^>]*>"
    rb"(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?<(?:\w+:)?v>([^<]{1,20})<"
)
# A formula whose value nobody calculated; Excel's own "" is a text (t="str").
_SILENT = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*?\st=[\"']str[\"'])[^>]*?\sr=[\"']([A-Z]{1,3})(\d{1,9})[\"'][^>/]*>"
    rb"(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?"
    rb"</(?:\w+:)?c>"
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPANS = "number-columns-repeated", "number-rows-repeated"
_MOST_REPEATED = 10**7


@dataclass(slots=True)
class Sheet:
    """How far a sheet reaches, its failed formulas, (row, column) from 0 -> ``#N/A`` ..., and those without a value."""

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    silent: dict[tuple[int, int], str] = field(default_factory=dict)


def look_through(data: bytes, notes: Notes) -> Mapping[str, Sheet] | None:
    """Look through an XLSX or ODS.

    Parameters
    ----------
    data : bytes
        The file.
    notes : Notes
        Where faults go.

    Returns
    -------
    mapping of str to Sheet or None
        By the sheets' names. None where the workbook must not be opened; the notes say why.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            rule = _harm(archive)
            if rule is not None:
                notes.fault(rule, "open it in a spreadsheet and save the one sheet as .xlsx")
                return None
            names = set(archive.namelist())
            if "content.xml" not in names:
                return _of_xlsx(archive, names)
            found = _of_ods(archive)
    except DefusedXmlException:
        notes.fault("the workbook holds XML entities, which no spreadsheet writes", "ask who made the file")
        return None
    except RuntimeError as err:  # zipfile's word for a password, and for methods it does not know
        notes.fault(f"the workbook cannot be unpacked ({err})", "open it in a spreadsheet and save it as .xlsx")
        return None
    except _BROKEN as err:
        notes.fault(f"the workbook is broken ({err})", "bring the file again, or open and save it in a spreadsheet")
        return None
    # An ODS is laid out whole when it is opened, an XLSX sheet by sheet.
    large = [name for name, sheet in found.items() if too_large(name, sheet, notes)]
    return None if large else found


def too_large(name: str, sheet: Sheet, notes: Notes) -> bool:
    """Tell whether a sheet must not be laid out in memory, and say so."""
    if sheet.rows * sheet.columns <= MOST_CELLS:
        return False
    notes.fault(
        f"sheet {name} reaches to row {sheet.rows:,} and column {sheet.columns:,}, which is too much to read",
        "delete what stands far below or beside the table, or save the table as CSV",
        column="sheet",
    )
    return True


def _harm(archive: zipfile.ZipFile) -> str | None:
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if total > _MOST_BYTES:
        return f"the workbook would unpack to {total / 2**20:,.0f} MB, more than {_MOST_BYTES / 2**20:.0f} MB"
    if times := blown_up(total, sum(info.compress_size for info in infos)):
        return f"the workbook would unpack to {times} times its size"
    return None


def _of_xlsx(archive: zipfile.ZipFile, names: set[str]) -> dict[str, Sheet]:
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    parts = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    found: dict[str, Sheet] = {}
    for element in fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            target = parts.get(element.get(_RELATION), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                with archive.open(part) as stream:
                    found[element.get("name", "")] = _xlsx_sheet(stream)
    return found


def _xlsx_sheet(stream: IO[bytes]) -> Sheet:
    sheet = Sheet(columns=26)
    for piece in _pieces(stream):
        rows = _ROW.findall(piece)
        last = piece.rfind(b' r="')
        ends = [*_LAST_CELL.findall(piece, max(last, 0)), *_CELL.findall(piece)]
        sheet.rows = max([sheet.rows, *map(int, rows[-1:]), *(int(row) for _, row in ends)])
        sheet.columns = max([sheet.columns, *(_number(letters) for letters, _ in ends)])
        if b't="e"' in piece or b"t='e'" in piece:
            for letters, row, error in _ERROR.findall(piece):
                sheet.errors[int(row) - 1, _number(letters) - 1] = error.decode("ascii", "replace")
        if b"<f" in piece or b":f" in piece:
            for letters, row in _SILENT.findall(piece):
                sheet.silent[int(row) - 1, _number(letters) - 1] = f"{letters.decode()}{int(row)}"
    return sheet


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream in pieces that overlap, so that what stands on a seam is seen too."""
    kept = b""
    while chunk := stream.read(_CHUNK):
        yield kept + chunk
        kept = (kept + chunk)[-_OVERLAP:]


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _of_ods(archive: zipfile.ZipFile) -> dict[str, Sheet]:
    found: dict[str, Sheet] = {}
    sheet = Sheet()
    row, width, reach = 0, 0, 0
    with archive.open("content.xml") as stream:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            kind = element.tag.rpartition("}")[2]
            if event == "start":
                if kind == "table":
                    sheet, row = Sheet(), 0
                    found[_attribute(element, "name")] = sheet
                elif kind == "table-row":
                    width, reach = 0, 0
                continue
            if kind in {"table-cell", "covered-table-cell"}:
                width += _repeated(element, _SPANS[0])
                if len(element) or _attribute(element, "value-type"):
                    reach = width
                element.clear()
            elif kind == "table-row":
                row += _repeated(element, _SPANS[1])
                if reach:
                    sheet.rows, sheet.columns = row, max(sheet.columns, reach)
                element.clear()
    return found


def _attribute(element: object, name: str) -> str:
    attributes: dict[str, str] = getattr(element, "attrib", {})
    return next((value for key, value in attributes.items() if key.rpartition("}")[2] == name), "")


def _repeated(element: object, name: str) -> int:
    text = _attribute(element, name)
    return min(int(text), _MOST_REPEATED) if text.isascii() and text.isdigit() and len(text) < 12 else 1  # noqa: PLR2004
