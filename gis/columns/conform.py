"""Conform a table to the column dictionary: names, types, ranges, ids - all faults, nothing guessed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from phusong.gis.columns.codes import say_spoilt, unique_ids
from phusong.gis.columns.compounds import resolve_compounds
from phusong.gis.columns.fields import Field, empty_field, read_field, with_groups, writes_commas
from phusong.gis.columns.matching import Matching, match_columns
from phusong.gis.columns.misplaced import put_right, swapped
from phusong.gis.schemas import Column, layer_columns

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["conform"]

# A misspelt optional column would otherwise be lost in silence; this near, it is refused with a suggestion.
_TYPO_RATIO = 0.85
# Without these a record has no place, though none of them alone is required.
_PLACE = frozenset({"lon", "lat", "x_m", "y_m"})
_NONE: Mapping[str, str] = MappingProxyType({})


def conform(
    table: pd.DataFrame,
    *,
    layer: str,
    columns: Mapping[str, str],
    constants: Mapping[str, str] = _NONE,
    decimal: str = "auto",
    whole: pd.DataFrame | None = None,
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
        Dictionary column -> file column, as stated in layers.toml; ``""`` says that no column of the file is it.
    constants : mapping of str to str
        Dictionary column -> the value of all rows, for columns the file does not have.
    decimal : {"auto", ".", ","}
        Decimal mark of numbers written as text.
    whole : DataFrame, optional
        All columns of a file of text, which tell together what a column of 1.500 cannot: how the file marks decimals.
    notes : Notes
        Where faults, repairs and matches go.

    Returns
    -------
    DataFrame
        All of the dictionary's columns in its order (absent ones empty), plus geometry. Rows are never
        dropped; values that break a rule are empty and have a fault. More than 1,000 faults of one rule in
        one column are counted, not listed.
    """
    dictionary = layer_columns(layer)
    table, names = _named(table, layer, columns, constants, notes)
    fields: dict[str, Field] = {}
    result: dict[str, pd.Series[Any]] = {}
    for name, column in dictionary.items():
        if name in names:
            beside = result.get("technology") if name == "band" else None
            fields[name] = read_field(table[names[name]], column, decimal=decimal, beside=beside)
            result[name] = fields[name].series()
        else:
            result[name] = empty_field(column, table.index)
    for name, grouped in _grouped(fields, None if decimal != "auto" else whole).items():
        fields[name], result[name] = grouped, grouped.series()
    for name in put_right(table, names, fields, layer=layer, decimal=decimal, notes=notes):
        result[name] = fields[name].series() if name in fields else empty_field(dictionary[name], table.index)
    for name in swapped(fields, names, notes):
        del fields[name]
        result[name] = empty_field(dictionary[name], table.index)
    for read in fields.values():
        read.report(notes)
    _check_ids({name: result[name].rename(name) for name in dictionary if name in names}, dictionary, notes)
    if isinstance(table, gpd.GeoDataFrame):
        result["geometry"] = table["geometry"]
    return pd.DataFrame(result, index=table.index)


def _named(
    table: pd.DataFrame, layer: str, stated: Mapping[str, str], constants: Mapping[str, str], notes: Notes
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return dictionary column -> column of the table, which may have been given some: constants, split places."""
    dictionary = layer_columns(layer)
    shapes = {"geometry"} if isinstance(table, gpd.GeoDataFrame) else set()
    present = [str(name) for name in table.columns if name not in shapes]
    valid = _stated_names(present, dictionary, stated, notes)
    # One that layers.toml maps to nothing that is there has had its fault; no other column takes its place.
    found = match_columns(present, layer=layer, stated=dict.fromkeys(stated, "") | valid)
    table, names = resolve_compounds(table, found, notes)
    for name, file_name in names.items():
        if file_name in present:
            notes.match(name, file_name, found.how[name])
    table, filled = _filled(table, names, dictionary, constants, notes)
    _say_unsettled(found, dictionary, notes)
    _say_missing(dictionary, names | filled, stated, found, notes)
    return table, names | filled


def _filled(
    table: pd.DataFrame,
    names: Mapping[str, str],
    dictionary: Mapping[str, Column],
    constants: Mapping[str, str],
    notes: Notes,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table with a column for each constant of layers.toml that the file leaves open."""
    filled: dict[str, str] = {}
    for name, value in constants.items():
        if name not in dictionary:
            _say_unknown("constants", name, dictionary, notes)
        elif name in names:
            notes.fault(
                f"constants gives a value for a column the file has ({names[name]})",
                f'take it out of constants, or say that the file\'s is another: columns = {{ {name} = "" }}',
                column=name,
                value=value,
            )
        else:
            filled[name] = f"constants.{name}"
            table = table.assign(**{filled[name]: value})
            notes.match(name, value, "constant")
    return table, filled


def _grouped(fields: Mapping[str, Field], whole: pd.DataFrame | None) -> dict[str, Field]:
    """Return the fields whose points mark thousands, because the rest of the file marks decimals with a comma."""
    if whole is None:
        return {}
    may_be = {name: again for name, read in fields.items() if (again := with_groups(read)) is not None}
    return may_be if may_be and writes_commas(whole) else {}


def _check_ids(result: Mapping[str, pd.Series[Any]], dictionary: Mapping[str, Column], notes: Notes) -> None:
    for name, values in result.items():
        if name.endswith("_id"):
            say_spoilt(values, notes)
        if dictionary[name].unique:
            unique_ids(values, notes)


def _stated_names(
    present: list[str], dictionary: Mapping[str, Column], stated: Mapping[str, str], notes: Notes
) -> dict[str, str]:
    """Return what layers.toml maps, where both sides exist."""
    names = {}
    for name, file_name in stated.items():
        if name not in dictionary:
            _say_unknown("columns", name, dictionary, notes)
        elif file_name and file_name not in present:
            near = difflib.get_close_matches(file_name, present, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"the file has {', '.join(present)}"
            notes.fault(f"the file has no column {file_name!r}", remedy, column=name, value=file_name)
        else:
            names[name] = file_name
    return names


def _say_unknown(key: str, name: str, dictionary: Mapping[str, Column], notes: Notes) -> None:
    near = difflib.get_close_matches(name, dictionary, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"the columns are {', '.join(dictionary)}"
    notes.fault(f"{key} = {{...}} names a column the dictionary does not have", remedy, column=name)


def _say_unsettled(found: Matching, dictionary: Mapping[str, Column], notes: Notes) -> None:
    """Say which of the file's columns could be read and are not, and why; a run can do without an optional one."""
    for name, rivals in found.rivals.items():
        shown = " and ".join(f'"{rival}"' for rival in rivals)
        needed = dictionary[name].required or name in _PLACE
        notes.fault(
            f"{shown} may each be {name}" + ("" if needed else ", and none of them is read"),
            f'say which: columns = {{ {name} = "{rivals[0]}" }}, or {name} = "" for none',
            column=rivals[0],
            severity="error" if needed else "warning",
        )
    for file_name, name in found.beaten.items():
        if found.names.get(name):
            rule = f"not used: {name} is read from {found.names[name]}"
            notes.fault(rule, "nothing; it is not used", column=file_name, severity="info")
        else:
            notes.fault(f"not used: it may be {name}", "nothing; it is not used", column=file_name, severity="info")
    for file_name, names in found.unsure.items():
        notes.fault(
            f"a name cut to ten letters; it may be {' or '.join(names)}, and is not used",
            f'say which: columns = {{ {names[0]} = "{file_name}" }}',
            column=file_name,
            severity="warning",
        )
    for file_name, (name, unit) in found.units.items():
        notes.fault(
            f"not read as {name}: the column is in {unit}",
            f"bring it into the dictionary's unit, or map it where the name is wrong: "
            f'columns = {{ {name} = "{file_name}" }}',
            column=file_name,
            severity="warning",
        )


def _say_missing(
    dictionary: Mapping[str, Column], names: Mapping[str, str], stated: Mapping[str, str], found: Matching, notes: Notes
) -> None:
    """Say which required columns are missing, and which of the file's columns nobody will read."""
    # One that layers.toml maps has had its fault already: the mapped column is not in the file.
    missing = [
        name
        for name, column in dictionary.items()
        if column.required and name not in names and not stated.get(name) and name not in found.rivals
    ]
    loose = [name for name in found.loose if name not in names.values()]
    for name in missing:
        near = difflib.get_close_matches(name, loose, n=1, cutoff=0.5)
        remedy = f'map it: columns = {{ {name} = "{near[0] if near else "..."}" }}'
        has = ", ".join(loose[:12]) or "nothing else"
        notes.fault(f"the required column is missing; the file has {has}", remedy, column=name)
    absent = [name for name in dictionary if name not in names and name not in missing and name not in stated]
    for file_name in loose:
        if file_name in found.units:
            continue
        near = difflib.get_close_matches(file_name, absent, n=1, cutoff=_TYPO_RATIO)
        if near:
            remedy = f'did you mean {near[0]}? Rename it or map it: columns = {{ {near[0]} = "{file_name}" }}'
            notes.fault("the dictionary has no such column", remedy, column=file_name)
        else:
            notes.fault("not in the column dictionary", "nothing; it is not used", column=file_name, severity="info")
