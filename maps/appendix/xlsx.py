"""Appendix tables as an Excel workbook: real numbers, a unit row, frozen headers, filters."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from phusong.maps.appendix.columns import Column, Table, Value

__all__ = ["workbook_bytes"]

DECISION: Final = "(Kèm theo Quyết định số …/QĐ-UBND ngày … tháng … năm … của Ủy ban nhân dân tỉnh …)"
"""Said under each heading; the office fills in the dots."""

_FONT: Final = "Times New Roman"  # Decree 30/2020 on administrative documents
_HEAD: Final = "#17364f"
_UNIT: Final = "#e4ebf1"
_A4, _A3 = 9, 8
_LINE_PT: Final = 15
_A4_WIDTH, _A4_LANDSCAPE_WIDTH = 95, 150
"""Characters across a page before its print grows too small to read."""


def workbook_bytes(tables: Sequence[Table], *, title: str, created: datetime, banner: str = "") -> bytes:
    """Write a workbook with one sheet a table.

    Parameters
    ----------
    tables : sequence of Table
        A table without a column's title in its header (all titles empty) is a cover: text, no header.
    title : str
        Document title.
    created : datetime
        Document date.
    banner : str
        Said above each table and in each printed page's header.

    Returns
    -------
    bytes
        The .xlsx file; the same bytes for the same input.
    """
    file = io.BytesIO()
    # Nothing in a cell is ever taken for a formula, a link or a number because of how it looks.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(file, options)
    book.set_properties({"title": title, "created": created})
    book.formats[0].set_font_name(_FONT)
    styles = _Styles(book)
    for table in tables:
        sheet = book.add_worksheet(table.sheet)
        _set_page(sheet, table, banner)
        _write(sheet, table, banner, styles)
    book.close()
    return file.getvalue()


class _Styles:
    """The workbook's formats, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, int], Format] = {}
        base = {"font_name": _FONT, "valign": "vcenter"}
        head = {**base, "align": "center", "text_wrap": True, "border": 1}
        self.title = book.add_format({**base, "font_size": 14, "bold": True})
        self.note = book.add_format({**base, "font_size": 11, "italic": True})
        self.banner = book.add_format({**base, "bold": True, "font_color": "#9c0006"})
        self.head = book.add_format({**head, "bold": True, "font_color": "white", "bg_color": _HEAD})
        self.unit = book.add_format({**head, "italic": True, "bg_color": _UNIT})
        self.cover_label = book.add_format({**base, "font_size": 13, "bold": True, "text_wrap": True})
        self.cover_value = book.add_format({**base, "font_size": 13, "text_wrap": True})

    def cell(self, column: Column) -> Format:
        """Format of a column's values."""
        key = (column.form, column.decimals)
        if key not in self._made:
            fraction = "." + "0" * column.decimals if column.decimals else ""
            # "#,##0" is shown with the reader's own separators: 1.234,5 on a Vietnamese machine.
            pattern = {
                "text": "@",
                "integer": "#,##0",
                "number": f"#,##0{fraction}",
                "percent": f"0{fraction}%",
            }[column.form]
            look = {"font_name": _FONT, "num_format": pattern, "border": 1, "valign": "top"}
            if column.form == "text":
                look |= {"text_wrap": True, "align": "left", "indent": 1}
            self._made[key] = self._book.add_format(look)
        return self._made[key]


def _set_page(sheet: Worksheet, table: Table, banner: str) -> None:
    width = sum(column.width for column in table.columns)
    sheet.set_paper(_A3 if width > _A4_LANDSCAPE_WIDTH else _A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    if width > _A4_WIDTH and any(column.title for column in table.columns):
        sheet.set_landscape()
    # Page number centred in the top margin, as Decree 30/2020 asks.
    sheet.set_header(f"&C&P&R{banner}")
    sheet.set_footer(f"&L{table.sheet.replace('&', '&&')}&R&P/&N")
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)


def _write(sheet: Worksheet, table: Table, banner: str, styles: _Styles) -> None:
    lines = [(table.title, styles.title), (DECISION, styles.note), (banner, styles.banner)]
    lines += [(note, styles.note) for note in table.notes]
    lines = [(text, look) for text, look in lines if text]
    for place, (text, look) in enumerate(lines):
        sheet.write_string(place, 0, text, look)
    row = len(lines) + 1
    if not any(column.title for column in table.columns):
        _write_cover(sheet, table, row, styles)
        return
    for place, column in enumerate(table.columns):
        sheet.write_string(row, place, column.title, styles.head)
        sheet.write_string(row + 1, place, column.unit, styles.unit)
    sheet.set_row(row, _LINE_PT * max(_lines(column.title, column.width) for column in table.columns) + 4)
    first = row + 2
    for offset, values in enumerate(table.rows):
        tallest = max(_lines(value, column.width) for column, value in zip(table.columns, values, strict=True))
        if tallest > 1:
            sheet.set_row(first + offset, _LINE_PT * tallest)
        for place, (column, value) in enumerate(zip(table.columns, values, strict=True)):
            _write_cell(sheet, (first + offset, place), value, column=column, form=styles.cell(column))
    sheet.freeze_panes(first, 0)
    sheet.repeat_rows(row, row + 1)
    # The filter's first row is the unit row, so that filtering never hides the units.
    sheet.autofilter(row + 1, 0, max(first + len(table.rows) - 1, first), len(table.columns) - 1)


def _lines(text: Value, width: int) -> int:
    """Estimate the lines a text needs: the indent and word wrap waste some, and not every program fits rows."""
    return max(1, math.ceil(len(text) / (width - 2))) if isinstance(text, str) else 1


def _write_cover(sheet: Worksheet, table: Table, row: int, styles: _Styles) -> None:
    for offset, (label, value) in enumerate(table.rows):
        sheet.write_string(row + offset, 0, str(label or ""), styles.cover_label)
        sheet.write_string(row + offset, 1, str(value or ""), styles.cover_value)
    sheet.hide_gridlines(2)


def _write_cell(sheet: Worksheet, at: tuple[int, int], value: Value, *, column: Column, form: Format) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_blank(*at, None, form)
    elif column.form == "text":
        sheet.write_string(*at, str(value), form)
    else:
        sheet.write_number(*at, float(value), form)
