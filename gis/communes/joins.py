"""Joins: which commune a row is about - by its code, or by its name where the file has no codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from phusong.gis.columns.codes import mend_codes
from phusong.gis.legacy_text import match_names

if TYPE_CHECKING:
    from phusong.gis.communes import Units
    from phusong.gis.findings import Notes

__all__ = ["coded"]


@dataclass(slots=True)
class _Joined:
    """Codes by row, and what could not be joined."""

    code: dict[int, str]
    unaccented: int
    ambiguous: dict[int, list[str]]
    missing: list[int]


def coded(table: pd.DataFrame, units: Units, *, notes: Notes) -> pd.DataFrame:
    """Return the rows with the code of their commune.

    Lost leading zeros are given back where that is beyond doubt. Where no row has a code, names are joined: to
    today's communes or to the old ones, whichever more of them are; within their districts where both sides have
    these. Names that could be two communes are a fault with both, and are joined to neither.

    Parameters
    ----------
    table : DataFrame
        Conformed census: ``code``, ``name``, ``district``, ``population``; index = row.
    units : Units
    notes : Notes
    """
    lists = list(_lists(units))
    table = table.copy()
    if bool(table["code"].notna().any()):
        for row in table.index[table["code"].isna()]:
            notes.fault("a value is required", "fill in mã xã", row=row, column="code", value="")
        known = {str(code) for units_ in lists for code in units_["code"]}
        table["code"] = mend_codes(table["code"], column="code", known=known or None, notes=notes)
        return table
    if not table["name"].notna().any():
        notes.fault(
            "the rows have neither a commune code nor a name", 'map it: columns = { code = "..." }', column="code"
        )
        return table
    if not lists:
        return table
    joined = max((_joined(table, known) for known in lists), key=lambda found: len(found.code))
    _say(table, joined, notes)
    codes = [joined.code.get(place) for place in range(len(table))]
    return table.assign(code=pd.array(codes, dtype="string"))


def _lists(units: Units) -> Iterator[pd.DataFrame]:
    """Yield the lists of communes there are, today's first: code, name, district."""
    for shapes in (units.communes, units.old):
        if shapes is not None:
            district = shapes["district"] if "district" in shapes else pd.Series(pd.NA, shapes.index, dtype="string")
            yield pd.DataFrame({"code": shapes.index, "name": shapes["name"], "district": district}).dropna(
                subset="code"
            )
    if units.old is None and units.links is not None:
        links = units.links.drop_duplicates("old_code")
        yield pd.DataFrame({"code": links["old_code"], "name": links["old_name"], "district": pd.NA})


def _joined(table: pd.DataFrame, known: pd.DataFrame) -> _Joined:
    """Join names, district by district where both sides name these."""
    found = _Joined({}, 0, {}, [])
    ours = table[["name", "district"]].fillna("").astype(str).reset_index(drop=True)
    theirs = known.fillna("").astype(str).reset_index(drop=True)
    both = bool((ours["district"] != "").all()) and bool((theirs["district"] != "").all())
    for here, there in _districts(ours, theirs) if both else [(np.arange(len(ours)), np.arange(len(theirs)))]:
        result = match_names(ours["name"].iloc[here].tolist(), theirs["name"].iloc[there].tolist())
        codes = theirs["code"].iloc[there].tolist()
        found.code |= {int(here[at]): codes[other] for at, other in result.joined.items()}
        found.unaccented += len(result.unaccented)
        names = theirs["name"].iloc[there].tolist()
        found.ambiguous |= {
            int(here[at]): [f"{codes[o]} {names[o]}" for o in others] for at, others in result.ambiguous.items()
        }
        found.missing += [int(here[at]) for at in result.missing]
    return found


def _districts(ours: pd.DataFrame, theirs: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows of each of our districts with those of the same district on the other side, none if unknown."""
    own, others = list(dict.fromkeys(ours["district"])), list(dict.fromkeys(theirs["district"]))
    joined = match_names(own, others).joined
    for place, district in enumerate(own):
        same = (
            (theirs["district"] == others[joined[place]]).to_numpy() if place in joined else np.zeros(len(theirs), bool)
        )
        yield np.flatnonzero((ours["district"] == district).to_numpy()), np.flatnonzero(same)


def _say(table: pd.DataFrame, joined: _Joined, notes: Notes) -> None:
    bare = f", {joined.unaccented} of them without accents" if joined.unaccented else ""
    notes.fault(
        f"the file has no commune codes: {len(joined.code)} of {len(table)} rows are joined by name{bare}",
        "nothing; codes would be beyond doubt",
        column="name",
        severity="info",
    )
    for place, candidates in joined.ambiguous.items():
        notes.fault(
            f"the name can be {' or '.join(candidates)}",
            "give the rows their codes, or the name with its accents, its kind (xã, phường) and its district",
            row=table.index[place],
            column="name",
            value=table["name"].iloc[place],
        )
    for place in joined.missing:
        row, name, people = table.index[place], table["name"].iloc[place], table["population"].iloc[place]
        notes.fault(
            "no commune has this name",
            "correct it, or leave the row out with where",
            row=row,
            column="name",
            value="" if pd.isna(name) else name,
            severity="warning",
        )
        how_much = "" if pd.isna(people) else f"{people:.0f} people"
        before = "" if pd.isna(name) else name
        notes.repair("not used: no commune has this name", row=row, how_much=how_much, before=before)
