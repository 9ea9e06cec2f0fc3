"""Compounds: one column of a file that holds both coordinates, and two tilts that are one together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from phusong.gis.columns.angles import parse_degrees, split_pair
from phusong.gis.columns.fields import read_field
from phusong.gis.columns.matching import COMPOUND, Matching
from phusong.gis.columns.values import is_empty
from phusong.gis.schemas import layer_columns
from phusong.gis.tally import say_faults

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["resolve_compounds", "split_metres"]

_ORDERS = ("lon_lat", "lat_lon")
_TILTS = ("mechanical_tilt_deg", "electrical_tilt_deg")
_NUMBER = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
_PAIR = re.compile(rf"[\s(\[]*({_NUMBER})\s*(?:[;/|]|,\s|\s|-)\s*({_NUMBER})[\s)\]]*")
_NORTHING_M = (900_000.0, 2_700_000.0)
"""Northings of Vietnam in any VN-2000 or UTM zone; eastings are below."""


def split_metres(text: str) -> tuple[str, str] | None:
    """Return easting and northing of a field that holds both in metres, in whichever order.

    In Vietnam a northing is always the larger one: 900 to 2,700 km, and an easting below 900 km. None where the two
    numbers do not show that.

    Examples
    --------
    >>> split_metres("1275706,945; 568850,121"), split_metres("568850.1 1275706.9"), split_metres("568850 570000")
    (('568850.121', '1275706.945'), ('568850.1', '1275706.9'), None)
    """
    found = _PAIR.fullmatch(text)
    if found is None:
        return None
    one, other = sorted((part.replace(",", ".") for part in found.groups()), key=float)
    low, high = _NORTHING_M
    return (one, other) if 0 < float(one) < low <= float(other) <= high else None


def resolve_compounds(table: pd.DataFrame, found: Matching, notes: Notes) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table with what its compound columns hold, and dictionary column -> column of the table.

    Parameters
    ----------
    table : DataFrame
        As a reader gave it.
    found : Matching
        Its names may hold keys of `matching.COMPOUND`.
    notes : Notes

    Returns
    -------
    table : DataFrame
        With further columns where a compound was taken apart.
    names : dict
        Without compounds.
    """
    names = {name: file for name, file in found.names.items() if name not in COMPOUND}
    for compound, file_name in found.names.items():
        if compound not in COMPOUND:
            continue
        targets = COMPOUND[compound]
        taken = [name for name in targets if name in names]
        if taken:
            _not_used(file_name, taken[0], names[taken[0]], notes)
        else:
            table = _split(table, file_name, compound, names, notes)
    tilts = [found.names[name] for name in _TILTS if name in found.names]
    if tilts and "tilt_deg" not in found.names:
        table = _tilt(table, tilts, names, notes)
    return table, names


def _not_used(file_name: str, name: str, by: str, notes: Notes) -> None:
    rule = f"not used: {name} is read from {by}"
    notes.fault(rule, "nothing; it is not used", column=file_name, severity="info")


def _split(table: pd.DataFrame, file_name: str, compound: str, names: dict[str, str], notes: Notes) -> pd.DataFrame:
    """Return the table with both coordinates of a column in columns of their own; what was read is said."""
    targets = COMPOUND[compound]
    degrees: dict[int, tuple[str, str]] = {}
    metres: dict[int, tuple[str, str]] = {}
    known: dict[str, tuple[bool, tuple[str, str]] | None] = {}
    wrong = []
    for place, value in enumerate(table[file_name].tolist()):
        if is_empty(value):
            continue
        text = str(value).strip()
        if text not in known:
            known[text] = _pair(text, compound)
        pair = known[text]
        if pair is None:
            rule = f"{file_name} holds no pair of coordinates that phusong can take apart"
            remedy = "write longitude and latitude (or X and Y) into columns of their own"
            wrong.append((rule, remedy, table.index[place], text))
        else:
            (metres if pair[0] else degrees)[place] = pair[1]
    say_faults(wrong, column=targets[0], notes=notes)
    for pairs, (x, y) in ((degrees, targets[:2]), (metres, targets[2:] or targets[:2])):
        if not pairs:
            continue
        first = next(iter(pairs))
        for name, part in ((x, 0), (y, 1)):
            column = f"{file_name} ({name})"
            values: list[Any] = [None] * len(table)
            for place, both in pairs.items():
                values[place] = both[part]
            table = table.assign(**{column: pd.Series(values, index=table.index, dtype=object)})
            names[name] = column
            notes.match(name, file_name, "synonym")
        notes.repair(
            f"read as two columns: {file_name} holds {x} and {y}",
            how_much=f"{len(pairs)} values",
            before=str(table[file_name].iloc[first]).strip(),
            after=f"{x} {pairs[first][0]}, {y} {pairs[first][1]}",
            remedy="write them into columns of their own",
        )
    return table


def _pair(text: str, compound: str) -> tuple[bool, tuple[str, str]] | None:
    """Return whether a text holds metres, and its two coordinates: east first, as plain numbers."""
    pair = split_pair(text)
    if pair is None and compound in _ORDERS and (found := _PAIR.fullmatch(text)):
        # Sizes and letters do not tell; the column's name does.
        one, other = (part.replace(",", ".") for part in found.groups())
        pair = (one, other) if compound == "lon_lat" else (other, one)
    if pair is not None:
        lon, lat = (parse_degrees(part) for part in pair)
        return None if lon is None or lat is None else (False, (f"{lon:.12g}", f"{lat:.12g}"))
    pair = split_metres(text) if compound not in _ORDERS else None
    return None if pair is None else (True, pair)


def _tilt(table: pd.DataFrame, file_names: list[str], names: dict[str, str], notes: Notes) -> pd.DataFrame:
    """Return the table with the whole tilt in a column of its own: mechanical plus electrical where the file has both.

    What is wrong with the parts is said of the parts, which are columns of the dictionary too.
    """
    column = layer_columns("cells")["tilt_deg"]
    parts = [read_field(table[name], column, decimal="auto").series().to_numpy(float) for name in file_names]
    total = sum(parts[1:], start=parts[0])
    names["tilt_deg"] = " + ".join(file_names) if len(parts) > 1 else f"{file_names[0]} (tilt_deg)"
    if len(parts) > 1:
        half = int((np.isnan(parts[0]) != np.isnan(parts[1])).sum())
        notes.repair(
            f"added up: tilt_deg is {file_names[0]} plus {file_names[1]}",
            how_much=f"{int(np.isfinite(total).sum())} values",
            before="mechanical and electrical tilt",
            after=f"{half} values stay unknown: one of the two is empty" if half else "",
            remedy="give the whole tilt in one column",
        )
    for file_name in file_names:
        notes.match("tilt_deg", file_name, "synonym")
    return table.assign(**{names["tilt_deg"]: total})
