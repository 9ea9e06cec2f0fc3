"""Frames: tables from databases and columnar files with every value as text, a number, true/false or nothing."""

from __future__ import annotations

import decimal
from typing import Any

import geopandas as gpd
import pandas as pd

from phusong.gis.columns.values import is_empty

__all__ = ["plain_values"]


def plain_values(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text columns hold text only: dates and identifiers written out, decimals as numbers.

    Lists and structures stay as they are; `phusong.gis.columns.conform` refuses them by name. Column names become text,
    and of two that are the same the second is numbered.
    """
    shapes = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
    names: list[str] = []
    for given in table.columns:
        name, number = str(given), 2
        while name in names:
            name, number = f"{given} ({number})", number + 1
        names.append(name)
    table = table.set_axis(names, axis="columns")
    for name in names:
        column: pd.Series[Any] = table[name]
        if name == str(shapes) or pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
            continue
        table[name] = pd.Series([_plain(value) for value in column], index=table.index, dtype=object)
    if shapes is not None and str(shapes) != "geometry":
        table = gpd.GeoDataFrame(table).rename_geometry("geometry")
    return table


def _plain(value: Any) -> Any:
    if is_empty(value) and not isinstance(value, str):
        return None
    if isinstance(value, decimal.Decimal):
        whole = value.is_finite() and value == value.to_integral_value() and abs(value) < 2**53
        return int(value) if whole else float(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (str, bool, int, float, list, dict, tuple)) or hasattr(value, "__array__"):
        return value
    return str(value)
