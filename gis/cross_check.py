"""Cross-checks: what can only be seen when layers lie side by side."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.gis.columns.matching import fold_header
from phusong.gis.crs import area_scale, to_lonlat
from phusong.gis.tally import LISTED, Tally, few, shown

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["cells", "cells_on_sites", "hamlets", "scale", "silent_operators", "spelt"]

# KPI tables use these words where an operator's name stands otherwise.
RESERVED_OPERATORS = ("any", "all", "max", "planned", "dùng chung")
_BAND_PREFIX = {"2G": "GSM", "3G": "UMTS", "4G": "LTE", "5G": "NR"}
# VN-2000 zones stay within 0.1 % of the true area inside their 3 degrees.
# Beyond this no km² of the run would mean anything.
_AREA_NONSENSE = 0.05
_AREA_EXCESS = 0.01
_MOST_COMPARED = 5000
_MOST_SUGGESTED = 50


def spelt(names: pd.Series[Any], operators: Sequence[str], notes: Notes) -> pd.Series[Any]:
    """Return operators as the province's list spells them, where they differ in case, blanks and marks only."""
    folded = [fold_header(name) for name in operators]
    known = {key: name for key, name in zip(folded, operators, strict=True) if folded.count(key) == 1}
    held = [name for name in names.dropna().unique() if isinstance(name, str) and name.strip() not in operators]
    other = {name: known[key] for name in held if (key := fold_header(name)) in known}
    for before, after in other.items():
        count = int((names == before).sum())
        notes.repair(
            f"read as: operator {before.strip()!r} is {after!r}",
            how_much=f"{count} values",
            before=before,
            after=after,
            remedy="nothing, where that is what it means; else correct it",
        )
    return names.replace(other) if other else names


def cells(
    table: pd.DataFrame, operators: Sequence[str], notes: Notes, *, remedy: str = "add it to province.operators"
) -> None:
    """Check operators against the province's list and the words kept for sums, bands against technologies.

    `remedy` says what to do with an operator that is not in the list.
    """
    named = table["operator"].dropna()
    for name, rows in named.groupby(named, sort=False).groups.items():
        if str(name).casefold() in RESERVED_OPERATORS:
            rule = f"an operator cannot be called {name}: the word names figures over several operators"
            _each(
                notes, rows.unique(), rule=rule, remedy="give the operator its own name", column="operator", value=name
            )
        if operators and name not in operators:
            near = difflib.get_close_matches(str(name), operators, n=1)
            todo = f"did you mean {near[0]}?" if near else remedy
            rule = f"operator must be one of {', '.join(operators)}"
            # A row of a list may have become several cells.
            _each(notes, rows.unique(), rule=rule, remedy=todo, column="operator", value=name)
    both = table[["band", "technology"]].dropna()
    for _, alike in both.groupby(["band", "technology"], sort=False):
        band, technology = str(alike["band"].iloc[0]), str(alike["technology"].iloc[0])
        prefix = _BAND_PREFIX[technology]
        if not band.startswith(prefix):
            rule, remedy = f"{band} is no band of {technology}", f"a {technology} band starts with {prefix}"
            _each(notes, alike.index, rule=rule, remedy=remedy, column="band", value=band)


def _each(notes: Notes, rows: pd.Index[Any], *, rule: str, remedy: str, column: str, value: object) -> None:
    """Write a fault for each row, or one with their number where nobody would read so many."""
    listed, count = shown(rows)
    for row in listed:
        notes.fault(f"{rule}{count}", remedy, row=row, column=column, value=value)


def silent_operators(table: pd.DataFrame, operators: Sequence[str], notes: Notes) -> None:
    """Say which declared operators have no cell in the run, for that makes them unknown and not absent."""
    heard = set(table["operator"].dropna())
    for name in (name for name in operators if name not in heard):
        notes.fault(
            "the operator is declared and has no cell: its service is unknown everywhere, and any-operator figures "
            "are unknown wherever nobody else covers",
            "give its cells, or take it out of province.operators",
            column="operator",
            value=name,
            severity="warning",
        )


def scale(communes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Say where the grid's CRS draws areas too large or too small, as far from its meridian or in Web Mercator."""
    crs = communes.crs.to_string()
    west, south, east, north = communes.total_bounds
    lon, lat = to_lonlat((west + east) / 2, (south + north) / 2, crs=crs)
    excess = area_scale(crs, lon=float(lon), lat=float(lat)) - 1.0
    if not abs(excess) <= _AREA_EXCESS:
        notes.fault(
            f"the grid's crs draws areas here {100 * excess:+.1f} % wrong; every distance and km² would be",
            "choose the province's own VN-2000 zone",
            column="province.crs",
            value=crs,
            severity="warning" if abs(excess) <= _AREA_NONSENSE else "error",
        )


def cells_on_sites(table: pd.DataFrame, sites: gpd.GeoDataFrame, known: Collection[str], notes: Notes) -> pd.DataFrame:
    """Keep the cells whose site is in the run; a site nobody knows is an error, a dropped one is listed.

    Parameters
    ----------
    table : DataFrame
        Conformed cells.
    sites : GeoDataFrame
        Sites in the run, with ``site_id``.
    known : collection of str
        All site ids of the file, dropped ones included.
    notes : Notes
    """
    known, in_run = set(known), set(sites["site_id"])
    ids = table["site_id"].astype(object).to_numpy()
    listed = np.fromiter((name in known for name in ids), bool, len(ids))
    lost = ~np.fromiter((name in in_run for name in ids), bool, len(ids))
    unknown = table.loc[~listed & table["site_id"].notna().to_numpy(), "site_id"]
    suggest = _suggestions(unknown, known)
    for row, site_id in unknown.items() if few(unknown.index) else ():
        near = suggest.get(str(site_id))
        remedy = f"did you mean {near}?" if near else "add the site, or correct the id"
        notes.fault("no site has this id", remedy, row=row, column="site_id", value=site_id)
    if not few(unknown.index):
        notes.fault(
            f"no site has this id; so it is with {len(unknown)} of {len(table)} cells",
            "check that both files name sites alike, and map site_id to the right columns",
            row=unknown.index[0],
            column="site_id",
            value=unknown.iloc[0],
        )
    gone = table.loc[lost & listed, "site_id"]
    dropped = Tally()
    dropped.add("dropped with its site, which is not in the run", gone.index, gone)
    dropped.repairs(notes, unit="cell")
    idle = sorted(in_run - set(ids))
    silent, count = (idle, "") if len(idle) <= LISTED else (idle[:1], f"; so it is with {len(idle)} sites")
    for site_id in silent:
        notes.fault(
            f"the site has no cell: it is drawn, and covers nothing{count}",
            "add its cells, or leave it",
            column="site_id",
            value=site_id,
            severity="info",
        )
    return table[~lost]


def _suggestions(unknown: pd.Series[Any], known: Collection[str]) -> dict[str, str]:
    """Return the known ids that unknown ones probably mean: alike but for case, accents and marks, else a slip."""
    ids = [str(name) for name in unknown.unique()]
    if not ids:
        return {}
    folded = {fold_header(name): name for name in known}
    found = {name: folded[key] for name in ids if (key := fold_header(name)) in folded}
    # Comparing letter by letter takes a thousandth of a second a pair: not with a nation's sites.
    if len(known) <= _MOST_COMPARED:
        for name in [name for name in ids if name not in found][:_MOST_SUGGESTED]:
            near = difflib.get_close_matches(name, known, n=1)
            found |= {name: near[0]} if near else {}
    return found


def hamlets(table: gpd.GeoDataFrame | None, communes: gpd.GeoDataFrame | None, notes: Notes) -> None:
    """Check that hamlets name communes of the province."""
    if table is None or communes is None:
        return
    codes = table["commune_code"].dropna()
    for row, code in codes[~codes.isin(communes.index)].items():
        near = difflib.get_close_matches(str(code), [str(c) for c in communes.index.dropna()], n=1)
        remedy = f"correct it; did you mean {near[0]}?" if near else "correct it, or leave it empty"
        notes.fault("no commune has this code", remedy, row=row, column="commune_code", value=code)
