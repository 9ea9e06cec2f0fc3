"""Conform a table to the column dictionary: names, types, ranges, ids - all faults, nothing guessed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.gis.schemas import Column, fold_name, layer_columns
from phusong.gis.values import fits, is_empty, parse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes

__all__ = ["conform"]

# A misspelt optional column would otherwise be lost in silence; this near, it is refused with a suggestion.
_TYPO_RATIO = 0.85
_COMMA = re.compile(r"[+-]?\d+,\d+")
# So many decimal commas in a column are its way of writing, not slips of single rows.
_COMMA_ROWS = 5
# Latitudes that can only be longitudes: above this share of a table the two columns are swapped.
_SWAPPED_SHARE = 0.5
_POLE_DEG = 90.0


def conform(
    table: pd.DataFrame,
    *,
    layer: str,
    columns: Mapping[str, str],
    decimal: str = ".",
    notes: Notes,
) -> pd.DataFrame:
    """Return the table with the dictionary's columns, typed; every fault goes to the notes.

    Parameters
    ----------
    table : DataFrame
        As a reader gave it: index = row as the planner counts; a ``geometry`` column is left alone.
    layer : str
        Layer of the dictionary.
    columns : mapping of str to str
        Dictionary column -> file column, as stated in layers.toml.
    decimal : {".", ","}
        Decimal mark of numbers written as text.
    notes : Notes
        Where faults go.

    Returns
    -------
    DataFrame
        All of the dictionary's columns in its order (absent ones empty), plus geometry. Rows are never
        dropped; values that break a rule are empty and have a fault.
    """
    dictionary = layer_columns(layer)
    decimal = "." if decimal == "auto" else decimal
    names = _unswapped(table, _match_names(table, dictionary, columns, notes), dictionary, decimal, notes)
    result = pd.DataFrame(index=table.index)
    for name, column in dictionary.items():
        if name in names:
            result[name] = _typed(table[names[name]], column, decimal, notes)
        else:
            result[name] = _empty(column, table.index)
    for name, column in dictionary.items():
        if column.unique and name in names:
            _check_unique(result[name], column, notes)
    if isinstance(table, gpd.GeoDataFrame):
        result["geometry"] = table["geometry"]
    return result


def _match_names(
    table: pd.DataFrame, dictionary: Mapping[str, Column], stated: Mapping[str, str], notes: Notes
) -> dict[str, str]:
    """Return dictionary column -> file column: stated in layers.toml, equal, or equal but for case and ``_``."""
    shapes = {"geometry"} if isinstance(table, gpd.GeoDataFrame) else set()
    present = [str(name) for name in table.columns if name not in shapes]
    names = _stated_names(present, dictionary, stated, notes)
    open_ = [name for name in dictionary if name not in stated]
    names |= {name: name for name in open_ if name in present and name not in names.values()}
    folded = {fold_name(name): name for name in open_ if name not in names}
    for file_name in present:
        match = None if file_name in names.values() else folded.pop(fold_name(file_name), None)
        if match is not None:
            names[match] = file_name
            notes.fault(f"read as {match}", "state it in columns = {...} to be sure", column=file_name, severity="info")
    loose = [name for name in present if name not in names.values()]
    _say_missing(dictionary, names, stated, loose, notes)
    return names


def _unswapped(
    table: pd.DataFrame, names: dict[str, str], dictionary: Mapping[str, Column], decimal: str, notes: Notes
) -> dict[str, str]:
    """Return the names without lon and lat where these are swapped: one fault instead of one a row."""
    if "lon" not in names or "lat" not in names:
        return names

    def degrees(name: str) -> NDArray[np.float64]:
        values = [None if is_empty(v) else parse(v, dictionary[name], decimal=decimal) for v in table[names[name]]]
        return np.array([np.nan if value is None else value for value in values], float)

    lon, lat = degrees("lon"), degrees("lat")
    swapped = (np.abs(lat) > _POLE_DEG) & (np.abs(lat) <= 2 * _POLE_DEG) & (np.abs(lon) <= _POLE_DEG)
    known = int((np.isfinite(lon) & np.isfinite(lat)).sum())
    if not swapped.any() or swapped.sum() <= _SWAPPED_SHARE * known:
        return names
    notes.fault(
        f"lon and lat look swapped: {int(swapped.sum())} of {known} latitudes are beyond {_POLE_DEG:g} degrees",
        f'map them: columns = {{ lon = "{names["lat"]}", lat = "{names["lon"]}" }}',
        row=table.index[swapped][0],
        column="lat",
        value=table[names["lat"]][swapped].iloc[0],
    )
    return {name: file_name for name, file_name in names.items() if name not in {"lon", "lat"}}


def _stated_names(
    present: list[str], dictionary: Mapping[str, Column], stated: Mapping[str, str], notes: Notes
) -> dict[str, str]:
    """Return what layers.toml maps, where both sides exist."""
    names = {}
    for name, file_name in stated.items():
        if name not in dictionary:
            near = difflib.get_close_matches(name, dictionary, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"the columns are {', '.join(dictionary)}"
            notes.fault("columns = {...} names a column the dictionary does not have", remedy, column=name)
        elif file_name not in present:
            near = difflib.get_close_matches(file_name, present, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"the file has {', '.join(present)}"
            notes.fault(f"the file has no column {file_name!r}", remedy, column=name, value=file_name)
        else:
            names[name] = file_name
    return names


def _say_missing(
    dictionary: Mapping[str, Column],
    names: Mapping[str, str],
    stated: Mapping[str, str],
    loose: list[str],
    notes: Notes,
) -> None:
    """Say which required columns are missing, and which of the file's columns nobody will read."""
    # One that layers.toml maps has had its fault already: the mapped column is not in the file.
    missing = [name for name, c in dictionary.items() if c.required and name not in names and name not in stated]
    for name in missing:
        near = difflib.get_close_matches(name, loose, n=1, cutoff=0.5)
        remedy = f'map it: columns = {{ {name} = "{near[0] if near else "..."}" }}'
        has = ", ".join(loose[:12]) or "nothing else"
        notes.fault(f"the required column is missing; the file has {has}", remedy, column=name)
    absent = [name for name in dictionary if name not in names and name not in missing]
    for file_name in loose:
        near = difflib.get_close_matches(file_name, absent, n=1, cutoff=_TYPO_RATIO)
        if near:
            remedy = f'did you mean {near[0]}? Rename it or map it: columns = {{ {near[0]} = "{file_name}" }}'
            notes.fault("the dictionary has no such column", remedy, column=file_name)
        else:
            notes.fault("not in the column dictionary", "nothing; it is not used", column=file_name, severity="info")


def _empty(column: Column, index: pd.Index[Any]) -> pd.Series[Any]:
    if column.type in {"number", "integer"}:
        return pd.Series(np.nan, index=index, dtype=float)
    return pd.Series(pd.NA, index=index, dtype="boolean" if column.type == "boolean" else "string")


def _typed(values: pd.Series[Any], column: Column, decimal: str, notes: Notes) -> pd.Series[Any]:
    """Convert one column; each value that cannot be is a fault of its row."""
    result = _empty(column, values.index)
    if decimal == "." and _mostly_commas(values, column, notes):
        decimal = ","
    keep: list[Any] = []
    for row, raw in zip(values.index, values, strict=True):
        empty = is_empty(raw)
        value = None if empty else parse(raw, column, decimal=decimal)
        if empty and column.required:
            notes.fault("a value is required", f"fill in {column.vi.lower()}", row=row, column=column.column, value="")
        elif not empty and (value is None or not fits(value, column)):
            notes.fault(column.rule, _remedy(raw, column), row=row, column=column.column, value=raw)
            value = None
        keep.append(np.nan if value is None and result.dtype == float else value)
    return pd.Series(keep, index=values.index, dtype=result.dtype)


def _mostly_commas(values: pd.Series[Any], column: Column, notes: Notes) -> bool:
    """Say once when a whole column is written with decimal commas; reading goes on, to find what else is wrong."""
    if column.type not in {"number", "integer"}:
        return False
    commas = [(row, raw) for row, raw in values.items() if isinstance(raw, str) and _COMMA.fullmatch(raw.strip())]
    filled = sum(not is_empty(raw) for raw in values)
    if len(commas) < _COMMA_ROWS or len(commas) <= filled / 2:
        return False
    row, raw = commas[0]
    notes.fault(
        f"{len(commas)} of {filled} values are written with a decimal comma",
        'set decimal = "," for this layer',
        row=row,
        column=column.column,
        value=raw,
    )
    return True


def _remedy(raw: Any, column: Column) -> str:
    text = str(raw).strip()
    if column.values:
        near = difflib.get_close_matches(text.upper(), [v.upper() for v in column.values], n=1)
        match = next((v for v in column.values if near and v.upper() == near[0]), None)
        return f"did you mean {match}?" if match else "correct it"
    if column.type in {"number", "integer"} and _COMMA.fullmatch(text):
        return f'write {text.replace(",", ".")}, or set decimal = "," for this layer'
    return "correct it, or leave the field empty where it is not known" if not column.required else "correct it"


def _check_unique(values: pd.Series[Any], column: Column, notes: Notes) -> None:
    first: dict[Any, Any] = {}
    for row, value in values.items():
        if is_empty(value):
            continue
        if value in first:
            notes.fault(
                f"{column.column} must be unique, and already stands in row {first[value]}",
                "give each record an id of its own, or delete the copy",
                row=row,
                column=column.column,
                value=value,
            )
        else:
            first[value] = row
