"""Values: one cell of a table as the type the column dictionary wants, or None where it does not fit.

``value_synonyms.csv`` says which other words mean one of a column's values (GSM is 2G, a motorway an expressway).
"""

from __future__ import annotations

import csv
import math
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from phusong.gis.columns.matching import fold_header
from phusong.gis.schemas import Column, layer_columns, layer_names

__all__ = ["as_text", "fits", "is_empty", "is_marker", "meaning", "parse", "said_plainly"]

# What these mean needs no telling; further words do.
_PLAIN = {"true": True, "yes": True, "1": True, "có": True, "false": False, "no": False, "0": False, "không": False}
_WORDS = {
    "co": True,
    "đúng": True,
    "dung": True,
    "x": True,
    "y": True,
    "t": True,
    "v": True,
    "✓": True,
    "✔": True,
    "có rồi": True,
    "đã có": True,
    "da co": True,
    "đã lắp": True,
    "khong": False,
    "sai": False,
    "n": False,
    "f": False,
    "không có": False,
    "khong co": False,
    "ko": False,
    "chưa": False,
    "chua": False,
    "chưa có": False,
    "chua co": False,
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# With a decimal comma a point may only group thousands: 12.5 is then no number, and surely not 125.
_COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?([eE][+-]?\d+)?", re.ASCII)
# No spreadsheet, DOCX or GeoPackage can hold these; lines and tabs inside a quoted text are plain.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Whole numbers are exact in a float up to here, so a code read from a numeric column is the code.
_EXACT = 2.0**53
# Words that stand where nothing is known; "#..." are a spreadsheet's failed formulas.
_MARKERS = frozenset(
    {"-", "--", "---", "–", "—", "...", "…", "?", "n/a", "n.a.", "null", "(null)", "<null>", "không có", "khong co"}
    | {"chưa có", "chua co", "chưa rõ", "chua ro", "không rõ", "khong ro", "không xác định", "chưa xác định", "unknown"}
    | {"không có số liệu", "chưa có số liệu", "chưa cập nhật", "đang cập nhật"}
    | {"#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!"}
)
_LONGEST_MARKER = 30
# Two letters that may be somebody's name stand for nothing in a column of numbers only.
_NUMBER_MARKERS = frozenset({"na", "none", "nil", "không", "khong"})


def is_empty(value: Any) -> bool:
    """Tell whether a field holds nothing: blank text, NULL, NaN."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value is pd.NaT or (_is_float(value) and math.isnan(value))


def is_marker(value: Any, column: Column) -> bool:
    """Tell whether a field says in words that nothing is known, e.g. ``-`` or ``chưa rõ``."""
    if not isinstance(value, str) or len(value) > _LONGEST_MARKER:
        return False
    word = value.strip().casefold()
    if column.type == "boolean" and word in _WORDS:
        return False
    return word in _MARKERS or (column.type in {"number", "integer"} and word in _NUMBER_MARKERS)


def meaning(value: Any, column: Column, *, beside: str | None = None) -> str | None:
    """Return which of the column's values another spelling or a synonym means.

    Parameters
    ----------
    value : object
    column : Column
        With ``values``.
    beside : str, optional
        Value of the column that makes this one clear: a band of "900" is known only with its technology.

    Returns
    -------
    str or None
        ``""`` where the word is known to mean none of them; None where it is not known.

    Examples
    --------
    >>> cells = layer_columns("cells")
    >>> meaning("Lte", cells["technology"]), meaning("900 MHz", cells["band"], beside="2G")
    ('4G', 'GSM900')
    """
    if not isinstance(value, str) or not column.values:
        return None
    known = _meanings(column.layer, column.column)
    folded = fold_header(value)
    if beside is not None and (found := known.get(fold_header(f"{beside} {value}"))) is not None:
        return found
    return known.get(folded)


def said_plainly(value: Any) -> bool:
    """Tell whether a true or false is written in a way that needs no telling."""
    return not isinstance(value, str) or value.strip().casefold() in _PLAIN


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
    text = as_text(value)
    return None if _CONTROL.search(text) else text


def as_text(value: Any) -> str:
    """Return a value as a person would write it: a code is 25195, also where a column of numbers holds 25195.0.

    Examples
    --------
    >>> as_text(25195.0), as_text(" Lộc Ninh "), as_text(0.5), as_text(float("inf"))
    ('25195', 'Lộc Ninh', '0.5', 'inf')
    """
    whole = _is_float(value) and abs(value) < _EXACT and value == round(value)
    return str(int(value)) if whole else str(value).strip()


def fits(value: bool | float | str, column: Column) -> bool:  # noqa: FBT001 - any type a column may have
    """Tell whether a parsed value is one of the column's values or within its range."""
    if isinstance(value, str):
        return not column.values or value in column.values
    if isinstance(value, bool):
        return True
    if not math.isfinite(value) or (column.type == "integer" and value != round(value)):
        return False
    return (column.minimum is None or value >= column.minimum) and (column.maximum is None or value <= column.maximum)


def faulty_synonyms() -> list[str]:
    """Return what is wrong with value_synonyms.csv, for its test: unknown columns and values, words of two meanings."""
    wrong: list[str] = []
    seen: dict[tuple[str, str, str], str] = {}
    for row in _rows():
        for layer in row["layer"].split("|"):
            column = layer_columns(layer).get(row["column"]) if layer in layer_names() else None
            key = (layer, row["column"], fold_header(row["synonym"]))
            if column is None or (row["value"] and row["value"] not in column.values) or key in seen:
                wrong.append(f"{layer}.{row['column']}: {row['synonym']}")
            seen[key] = row["value"]
    return wrong


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, str], ...]:
    text = (files(__package__) / "value_synonyms.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=64)
def _meanings(layer: str, column: str) -> dict[str, str]:
    """Return folded word -> value of one column; its own values in another spelling go first."""
    values = layer_columns(layer)[column].values
    words = {
        fold_header(row["synonym"]): row["value"]
        for row in _rows()
        if row["column"] == column and layer in row["layer"].split("|")
    }
    return words | {fold_header(value): value for value in values}


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating))


def _boolean(value: Any) -> bool | None:
    if _is_float(value):  # a column of 0 and 1 with gaps comes as floats
        return bool(value) if value in {0.0, 1.0} else None
    word = str(value).strip().casefold()
    return _PLAIN.get(word, _WORDS.get(word))


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
