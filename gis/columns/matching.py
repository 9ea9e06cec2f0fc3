"""Matching: which column of a file is which of the dictionary, by name alone - same, alike, or a known synonym.

``synonyms.csv`` is the table of names: Vietnamese, English, provincial forms, operators' exports, OpenCelliD, OSM and
the ITU's site schema. Names are compared folded: without case, accents, blanks, punctuation and units in brackets.
Nothing is first-come: two columns of a file with an equal claim are both left, and said.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from phusong.gis.schemas import layer_columns, layer_names

__all__ = ["COMPOUND", "How", "Matching", "fold_header", "match_columns", "synonyms_of"]

How = Literal["stated", "same", "spelling", "synonym", "constant"]

COMPOUND: Mapping[str, tuple[str, ...]] = {
    "place": ("lon", "lat", "x_m", "y_m"),
    "lon_lat": ("lon", "lat"),
    "lat_lon": ("lon", "lat"),
    "start_place": ("start_lon", "start_lat", "start_x_m", "start_y_m"),
    "end_place": ("end_lon", "end_lat", "end_x_m", "end_y_m"),
}
"""Names the synonym table has beyond the dictionary: one file column that fills two, or two that fill one."""

# Written "osm_id,N,10,0" where a DBF was saved as a spreadsheet: name, type, width, decimals.
_DBF = re.compile(r",[A-Z](,\d+){1,2}$|,[DL]$")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
# A DBF keeps ten letters of a name, and nothing but letters, digits and underscores.
_CUT = re.compile(r"[A-Za-z][A-Za-z0-9_]{9}")
_LEAST_CUT = 6
# A heading over several columns that says nothing a column's own name does not say.
_GROUPS = ("toadowgs84", "toadovn2000", "toadogps", "toado", "vitri", "coordinates", "location", "diadiem")
# Units in folded form; a name with a unit other than its column's is not matched.
_UNITS: Mapping[str, frozenset[str]] = {
    "m": frozenset({"m", "met", "meter", "meters", "metre", "metres"}),
    "km": frozenset({"km", "kilomet", "kilometer", "kilometers", "kilometre", "kilometres"}),
    "km²": frozenset({"km2", "sqkm", "kmvuong"}),
    "độ": frozenset({"do", "deg", "degree", "degrees", "dothapphan", "decimaldegrees"}),
    "dBm": frozenset({"dbm"}),
    "W": frozenset({"w", "watt", "watts", "oat"}),
    "người": frozenset({"nguoi", "people", "persons", "khau", "nhankhau"}),
    "hộ": frozenset({"ho", "households"}),
    "tầng": frozenset({"tang", "floors"}),
    "sợi": frozenset({"soi", "fibres", "fibers", "fo", "core", "cores"}),
    "": frozenset(
        {"ha", "hecta", "hectares", "m2", "sqm", "ft", "feet", "mile", "miles", "cm", "mm", "kw", "mw", "dbw", "rad"}
        | {"gon", "1000nguoi", "nghinnguoi", "ngannguoi", "trieunguoi", "1000ho", "nghinho", "thousand", "thousands"}
        | {"million", "millions", "mils", "inch", "yd"}
    ),
}
_TIERS = ("same", "spelling", "label", "synonym", "cut")


@dataclass(frozen=True, slots=True)
class Matching:
    """What the names of a file's columns mean.

    Parameters
    ----------
    names : dict
        Column of the dictionary (or of `COMPOUND`) -> column of the file.
    how : dict
        The same keys -> why.
    rivals : dict
        Column of the dictionary -> columns of the file with an equal claim; none of them is matched.
    beaten : dict
        Column of the file -> column of the dictionary that another one has a better claim to.
    unsure : dict
        Column of the file, cut to ten letters by a DBF -> the columns of the dictionary it could be.
    units : dict
        Column of the file -> (column of the dictionary it would be, unit in its name that is another).
    loose : tuple of str
        Columns of the file that mean nothing to the dictionary.
    """

    names: dict[str, str] = field(default_factory=dict)
    how: dict[str, How] = field(default_factory=dict)
    rivals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beaten: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, tuple[str, str]] = field(default_factory=dict)
    loose: tuple[str, ...] = ()


def fold_header(name: str) -> str:
    """Return a column name without case, accents, blanks and punctuation.

    Examples
    --------
    >>> fold_header("Toạ độ X (m)"), fold_header("ĐỘ CAO TRẠM"), fold_header("Coord_X,C,50")
    ('toadoxm', 'docaotram', 'coordx')
    """
    text = unicodedata.normalize("NFKD", _DBF.sub("", name).casefold().replace("đ", "d"))
    return "".join(letter for letter in text if letter.isalnum())


def match_columns(file_columns: Iterable[str], *, layer: str, stated: Mapping[str, str] | None = None) -> Matching:
    """Match a file's columns to a layer's.

    Parameters
    ----------
    file_columns : iterable of str
    layer : str
        Layer of the dictionary.
    stated : mapping of str to str, optional
        Dictionary column -> file column, as layers.toml says; both exist, or the file column is ``""``: none is it.

    Returns
    -------
    Matching

    Examples
    --------
    >>> match_columns(["Mã trạm", "KINH DO", "Ghi chú"], layer="sites").names
    {'site_id': 'Mã trạm', 'lon': 'KINH DO'}
    """
    stated = dict(stated or {})
    found = Matching(names={name: file for name, file in stated.items() if file})
    found.how.update(dict.fromkeys(found.names, "stated"))
    claims: dict[str, dict[str, list[str]]] = {}
    loose: list[str] = []
    for file_column in file_columns:
        if file_column in found.names.values():
            continue
        tier, columns = _claim(file_column, layer, found.units)
        if not columns:
            loose.append(file_column)
        elif len(columns) > 1:
            found.unsure[file_column] = columns
        elif columns[0] in stated:
            found.beaten[file_column] = columns[0]
        else:
            claims.setdefault(columns[0], {}).setdefault(tier, []).append(file_column)
    for column in sorted(claims, key=list(_lookup(layer).values()).index):
        _settle(column, claims[column], found)
    return Matching(found.names, found.how, found.rivals, found.beaten, found.unsure, found.units, loose=tuple(loose))


def synonyms_of(layer: str, column: str) -> tuple[str, ...]:
    """Return the names under which a column is known besides its own, as synonyms.csv writes them.

    Examples
    --------
    >>> synonyms_of("sites", "mast_class")[0]
    'Loại cột ăng ten'
    """
    return tuple(row["synonym"] for row in _rows() if layer in row["layer"].split("|") and row["column"] == column)


def _settle(column: str, claims: Mapping[str, list[str]], found: Matching) -> None:
    """Give a column to the file's one best claim; several equal ones get nothing."""
    tier = min(claims, key=_TIERS.index)
    best = claims[tier]
    for other in (name for key, names in claims.items() if key != tier for name in names):
        found.beaten[other] = column
    if len(best) > 1:
        found.rivals[column] = tuple(best)
        return
    found.names[column] = best[0]
    found.how[column] = "same" if tier == "same" else "spelling" if tier == "spelling" else "synonym"


def _claim(file_column: str, layer: str, units: dict[str, tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    """Return how strongly a file column claims which columns of the dictionary; a wrong unit is written down."""
    if file_column in layer_columns(layer):
        return "same", (file_column,)
    lookup = _lookup(layer)
    whole = fold_header(file_column)
    bare = _DBF.sub("", file_column)
    may_be_cut = _CUT.fullmatch(bare) is not None and len(whole) >= _LEAST_CUT
    # "chieu_cao_" was longer before a DBF cut it: it is not known to be "Chiều cao".
    if whole in lookup and not (may_be_cut and bare.endswith("_")):
        return _tier(whole, layer), (lookup[whole],)
    inside = [fold_header(part) for part in _BRACKETS.findall(bare)]
    stripped = fold_header(_BRACKETS.sub(" ", bare))
    for candidate in (
        ()
        if may_be_cut
        else (stripped, *(stripped.removeprefix(group) for group in _GROUPS if stripped.startswith(group)))
    ):
        if candidate not in lookup:
            continue
        column = lookup[candidate]
        wrong = next((unit for unit in inside if not _unit_fits(unit, layer, column)), None)
        if wrong is not None:
            units[file_column] = (column, wrong)
            return "", ()
        return _tier(candidate, layer), (column,)
    if may_be_cut:
        return "cut", tuple(dict.fromkeys(column for name, column in lookup.items() if name.startswith(whole)))
    return "", ()


def _tier(folded: str, layer: str) -> str:
    if folded in {fold_header(name) for name in layer_columns(layer)}:
        return "spelling"
    return "label" if folded in _labels(layer) else "synonym"


def _unit_fits(unit: str, layer: str, column: str) -> bool:
    """Tell whether what stands in a name's brackets is the column's unit, or no unit at all."""
    known = layer_columns(layer).get(column)
    own = {"độ"} if known is None else {known.unit}
    kinds = {kind for kind, names in _UNITS.items() if unit in names}
    return not kinds or bool(kinds & own)


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, str], ...]:
    text = (files(__package__) / "synonyms.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=32)
def _labels(layer: str) -> dict[str, str]:
    """Return the dictionary's own Vietnamese and English labels, folded with and without their brackets."""
    labels: dict[str, str] = {}
    for name, column in layer_columns(layer).items():
        for label in (column.vi, column.en):
            labels.setdefault(fold_header(label), name)
            labels.setdefault(fold_header(_BRACKETS.sub(" ", label)), name)
    return labels


@lru_cache(maxsize=32)
def _lookup(layer: str) -> dict[str, str]:
    """Return folded name -> column: names, then synonyms, then labels no synonym speaks for."""
    lookup = {fold_header(name): name for name in layer_columns(layer)}
    for row in _rows():
        if layer in row["layer"].split("|"):
            lookup.setdefault(fold_header(row["synonym"]), row["column"])
    return lookup | {label: name for label, name in _labels(layer).items() if label not in lookup}


def faulty_synonyms() -> list[str]:
    """Return what is wrong with synonyms.csv, for its test: unknown layers and columns, names claimed twice."""
    wrong: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for row in _rows():
        for layer in row["layer"].split("|"):
            known = set(layer_columns(layer)) | set(COMPOUND) if layer in layer_names() else set()
            key = (layer, fold_header(row["synonym"]))
            if row["column"] not in known or not key[1] or key in seen:
                wrong.append(f"{layer}.{row['column']}: {row['synonym']}")
            seen[key] = row["column"]
    return wrong
