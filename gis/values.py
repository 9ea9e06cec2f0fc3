"""Values: one cell of a table as the type the column dictionary wants, or None where it does not fit."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from phusong.gis.schemas import Column

__all__ = ["fits", "is_empty", "parse"]

_TRUE = {"true", "yes", "1", "có", "co", "đúng", "x"}
_FALSE = {"false", "no", "0", "không", "khong", "sai"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# With a decimal comma a point may only group thousands: 12.5 is then no number, and surely not 125.
_COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?([eE][+-]?\d+)?")
# No spreadsheet, DOCX or GeoPackage can hold these; lines and tabs inside a quoted text are plain.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Whole numbers are exact in a float up to here (2**53), so a code read from a numeric column is the code.
_EXACT = 2.0**53


def is_empty(value: Any) -> bool:
    """Tell whether a field holds nothing: blank text, NULL, NaN."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value is pd.NaT or (_is_float(value) and math.isnan(value))


def parse(value: Any, column: Column, *, decimal: str) -> bool | float | str | None:
    """Return a value that is not empty in the column's type, or None where it does not fit.

    Parameters
    ----------
    value : object
        Text from a table; text, number, boolean, date or list from a geographic file.
    column : Column
    decimal : {".", ","}
        Decimal mark of numbers written as text.
    """
    if column.type == "boolean":
        return _boolean(value)
    if column.type in {"number", "integer"}:
        return _number(value, decimal)
    if isinstance(value, (list, tuple, dict, bytes, np.ndarray)):
        return None
    # A float column that holds codes (25195.0) is text again without its decimal part.
    text = str(int(value)) if _is_float(value) and value == round(value) and abs(value) < _EXACT else str(value).strip()
    return None if _CONTROL.search(text) else text


def fits(value: bool | float | str, column: Column) -> bool:  # noqa: FBT001 - any type a column may have
    """Tell whether a parsed value is one of the column's values or within its range."""
    if isinstance(value, str):
        return not column.values or value in column.values
    if isinstance(value, bool):
        return True
    if not math.isfinite(value) or (column.type == "integer" and value != round(value)):
        return False
    return (column.minimum is None or value >= column.minimum) and (column.maximum is None or value <= column.maximum)


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating))


def _boolean(value: Any) -> bool | None:
    if _is_float(value):  # a column of 0 and 1 with gaps comes as floats
        return bool(value) if value in {0.0, 1.0} else None
    word = str(value).strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _number(value: Any, decimal: str) -> float | None:
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    text = str(value).strip()
    if decimal == ",":
        if not _COMMA_NUMBER.fullmatch(text):
            return None
        text = text.replace(".", "").replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else None
