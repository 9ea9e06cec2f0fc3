"""Land cover classes: what stands on each, and how high, for a radio path that crosses it.

``clutter.csv`` holds the classes of the usual products. The categories and heights are those of ITU-R P.1812
(section 3.2.1, table 2; the same in P.452-18, table 3): water/sea and open/rural 0 m, suburban 10 m,
urban/trees/forest 15 m, dense urban 20 m. Which category a product's class belongs to is not the ITU's word; the
column ``reference`` says whose it is. A planner's own table has the same columns.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from phusong.gis.readers.open_layer import present
from phusong.gis.readers.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from phusong.gis.findings import Notes

__all__ = ["CATEGORIES", "CoverClass", "class_table", "read_classes", "shipped_classes", "shipped_names"]

CATEGORIES: Final = ("water/sea", "open/rural", "suburban", "urban/trees/forest", "dense urban")
"""Clutter categories of ITU-R P.1812 and P.452-18, in their order."""
_COLUMNS = ("source", "code", "en", "vi", "category", "height_m", "water", "reference")
_NEEDED = ("code", "category", "height_m", "water")
_MOST_CODE, _MOST_HEIGHT_M = 255, 100.0
_WATER = {"yes": True, "no": False, "có": True, "không": False}


@dataclass(frozen=True, slots=True)
class CoverClass:
    """One class of a land cover product.

    Parameters
    ----------
    code : int
        As the raster holds it.
    en, vi : str
        Its name.
    category : str
        One of `CATEGORIES`.
    height_m : float
        Representative clutter height above ground.
    water : bool
        Nobody lives there.
    reference : str
        Whose word the category and the height are.
    """

    code: int
    en: str
    vi: str
    category: str
    height_m: float
    water: bool
    reference: str


def shipped_names() -> tuple[str, ...]:
    """Return the products whose classes come with phusong."""
    return tuple(dict.fromkeys(row["source"] for row in _shipped_rows()))


def shipped_classes(name: str = "esa_worldcover") -> tuple[CoverClass, ...]:
    """Return the classes of a product.

    Raises
    ------
    ValueError
        For a product phusong does not know.

    Examples
    --------
    >>> [(c.code, c.height_m) for c in shipped_classes() if c.height_m]
    [(10, 15.0), (50, 15.0), (95, 15.0)]
    """
    if name not in shipped_names():
        raise ValueError(f"{name} is no land cover product phusong knows; it knows {', '.join(shipped_names())}")
    return tuple(_class(row) for row in _shipped_rows() if row["source"] == name)


def _shipped_rows() -> list[dict[str, str]]:
    text = (files(__package__) / "clutter.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def class_table(classes: Iterable[CoverClass]) -> pd.DataFrame:
    """Return classes as the table that `read_classes` reads."""
    rows = [{**asdict(one), "water": "yes" if one.water else "no"} for one in classes]
    return pd.DataFrame(rows, columns=[column for column in _COLUMNS if column != "source"])


def read_classes(path: Path, notes: Notes) -> tuple[CoverClass, ...] | None:
    """Read a planner's own table of classes.

    Parameters
    ----------
    path : Path
        CSV with the columns code, category, height_m and water, and perhaps source, en, vi, reference.
    notes : Notes
        Of that file.

    Returns
    -------
    tuple of CoverClass or None
        None where any row is wrong; every fault names its row.
    """
    table = read_table(path, encoding="auto", notes=notes) if present(path, notes) else None
    if table is None:
        return None
    if not _columns_fit(list(table.columns), notes):
        return None
    wrong = False
    classes: dict[int, CoverClass] = {}
    for row, record in table.iterrows():
        faults = _faults(record)
        for column, rule in faults.items():
            notes.fault(rule, "correct the value", row=row, column=column, value=record[column])
        if faults:
            wrong = True
            continue
        found = _class({str(column): str(value) for column, value in record.items()})
        if found.code in classes:
            notes.fault("this class stands in the table twice", "delete one", row=row, column="code", value=found.code)
            wrong = True
        classes[found.code] = found
    if not classes and not wrong:
        notes.fault("the table of land cover classes is empty", f"known products: {', '.join(shipped_names())}")
    return None if wrong or not classes else tuple(classes.values())


def _columns_fit(columns: list[str], notes: Notes) -> bool:
    """Tell whether a table has the columns it must have and no other; a fault for each."""
    odd = [column for column in columns if column not in _COLUMNS]
    lacking = [column for column in _NEEDED if column not in columns]
    for column in odd:
        remedy = f"the table's columns are {', '.join(_COLUMNS)}"
        notes.fault("the table of land cover classes has no such column", remedy, row=1, column=column)
    for column in lacking:
        notes.fault("the table of land cover classes lacks a column", f"add {column}", row=1, column=column)
    return not odd and not lacking


def _faults(record: pd.Series[Any]) -> dict[str, str]:
    """Return what is wrong in a row, by column."""
    faults = {}
    code, height = _number(record["code"]), _number(record["height_m"])
    if code is None or code != round(code) or not 0 <= code <= _MOST_CODE:
        faults["code"] = f"code must be a whole number from 0 to {_MOST_CODE}"
    if height is None or not 0 <= height <= _MOST_HEIGHT_M:
        faults["height_m"] = f"height_m must be a number from 0 to {_MOST_HEIGHT_M:g} m"
    if record["category"] not in CATEGORIES:
        faults["category"] = f"category must be one of {', '.join(CATEGORIES)}"
    if str(record["water"]).casefold() not in _WATER:
        faults["water"] = "water must be yes or no"
    return faults


def _class(row: Mapping[str, str]) -> CoverClass:
    return CoverClass(
        code=int(_number(row["code"]) or 0),
        en=row.get("en", ""),
        vi=row.get("vi", ""),
        category=row["category"],
        height_m=float(_number(row["height_m"]) or 0.0),
        water=_WATER[row["water"].casefold()],
        reference=row.get("reference", ""),
    )


def _number(text: object) -> float | None:
    """Return a number with a decimal point or comma; these are no thousands."""
    try:
        number = float(str(text).strip().replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < 1e6 else None  # noqa: PLR2004 - NaN and inf are none
