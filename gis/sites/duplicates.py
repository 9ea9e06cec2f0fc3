"""Duplicates and sharing: when two rows of a list are one mast, and when they only stand side by side.

A mast listed by several operators is *shared*, and a list that names it twice is right. What is what:

* Two rows alike in every column: the same record twice; the later one is dropped and listed.
* One site id, at most `SAME_MAST_M` apart, different operators or owners: one mast; ``shared_by`` names them all.
* One site id at two places, or twice with the same owner and other values: an error, nobody can know which is right.
* Two ids at most `BESIDE_M` apart: of the same owner, a suspected duplicate (warning); of different owners, masts side
  by side or shared ones, which are counted and kept - with a warning where ``shared_by`` says that they are one.

Every merge is a row of the repair report: people defend these lists in meetings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.spatial import cKDTree

from phusong.gis.columns.matching import fold_header
from phusong.gis.columns.values import is_empty
from phusong.gis.tally import Tally, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes

__all__ = ["BESIDE_M", "SAME_MAST_M", "each_once", "one_mast_each", "placed", "places", "side_by_side"]

SAME_MAST_M = 50.0
"""Two measurements of one mast differ by less: a hand-held receiver, a compound, five rounded decimals."""
BESIDE_M = 10.0
_SEPARATORS = (";", ",", "/", "+")
# Whole metres, so that a place listed a thousand times is one place in the search for neighbours.
_SNAP_M = 1.0


def each_once(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return the table without rows that repeat an earlier one in every column; each is listed."""
    values = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    if isinstance(table, gpd.GeoDataFrame):
        values["geometry"] = shapely.to_wkb(table.geometry.to_numpy())
    again = values.duplicated().to_numpy()
    if not again.any():
        return table
    first = pd.Series(table.index, index=table.index).groupby(
        values.groupby(list(values), dropna=False, sort=False).ngroup()
    )
    twice = Tally()
    twice.add(
        "dropped: the same record twice",
        table.index[again],
        (f"row {notes.called(row)}" for row in first.transform("first")[again]),
    )
    twice.repairs(notes, remedy="delete the copy")
    kept = table[~again]
    kept.attrs = table.attrs
    return kept


def placed(table: pd.DataFrame, notes: Notes, *, drop: bool) -> pd.DataFrame:
    """Return the records without those at 0, 0, which is what a form writes where nobody entered a place."""
    for x, y in (("lon", "lat"), ("x_m", "y_m")):
        if x not in table or y not in table:
            continue
        nowhere = ((table[x] == 0) & (table[y] == 0)).to_numpy(bool, na_value=False)
        for row in table.index[nowhere]:
            if drop:
                notes.repair(
                    "dropped: no place, its coordinates are 0", row=row, how_much="1 record", remedy="enter it"
                )
            else:
                notes.fault(
                    f"{x} and {y} are 0: no place was entered",
                    "enter it, or delete the row",
                    row=row,
                    column=x,
                    value=0,
                )
        if nowhere.any():
            attrs = table.attrs
            table = table[~nowhere]
            table.attrs = attrs
    return table


def one_mast_each(
    sites: gpd.GeoDataFrame, notes: Notes, *, operators: pd.Series[Any] | None = None, listing: bool = False
) -> gpd.GeoDataFrame:
    """Merge rows of one site id into one mast.

    Parameters
    ----------
    sites : GeoDataFrame of points, metric CRS
        Index = row of the file; ``site_id`` may repeat.
    notes : Notes
        Merges are repairs, contradictions faults.
    operators : Series of str, optional
        Who lists the mast in each row, where that is not the owner.
    listing : bool
        The rows are those of cells: several of one operator on a mast are what is expected.

    Returns
    -------
    GeoDataFrame
        The first row of every site id, ``shared_by`` completed, empty values filled from the others.
    """
    again = sites["site_id"].notna() & sites["site_id"].duplicated()
    if not again.any():
        return sites
    # A row without an id, which has its fault, leads itself.
    own = pd.Series(sites.index, index=sites.index)
    lead = own.groupby(sites["site_id"].to_numpy()).transform("first").where(sites["site_id"].notna(), own)
    lead = lead.astype(own.dtype)
    x, y = sites.geometry.x, sites.geometry.y
    away = np.hypot(x - x[lead].to_numpy(), y - y[lead].to_numpy())
    _say_apart(sites[again & (away > SAME_MAST_M)], lead, away, notes)
    near = again & (away <= SAME_MAST_M)
    kept = sites[~again].copy()
    kept.attrs = sites.attrs
    if not near.any():
        return kept
    together = sites[near | sites.index.isin(lead[near])]
    party = together["owner"] if operators is None else operators.reindex(together.index).fillna(together["owner"])
    shared = _share(together, party, kept, notes)
    twice = sites.index[near].difference(shared)
    merged = sites.index[near] if listing else shared
    if not listing:
        _say_twice(sites, twice, lead, notes)
    _say_contradictions(sites, merged, lead, notes)
    _fill(together, kept)
    return kept


def _say_apart(rows: gpd.GeoDataFrame, lead: pd.Series[Any], away: pd.Series[float], notes: Notes) -> None:
    listed, count = shown(rows.index)
    for row in listed:
        notes.fault(
            f"site_id must be unique, and already stands in row {notes.called(lead[row])}, {away[row]:.0f} m away: "
            f"one id, two places{count}",
            "correct the place, or give one of the masts an id of its own",
            row=row,
            column="site_id",
            value=rows.at[row, "site_id"],
        )


def _share(together: gpd.GeoDataFrame, party: pd.Series[Any], kept: gpd.GeoDataFrame, notes: Notes) -> pd.Index[Any]:
    """Write into ``shared_by`` who lists each mast; return the rows that brought another operator."""
    listed = pd.DataFrame({"site_id": together["site_id"], "party": party, "row": together.index})
    each = listed[listed["party"].notna()].drop_duplicates(["site_id", "party"])
    several = each[each["site_id"].duplicated(keep=False)]
    brought = several[several["site_id"].duplicated()]
    first = several.drop_duplicates("site_id").set_index("site_id").to_dict("index")
    tally = Tally()
    texts = (
        f"row {notes.called(first[site_id]['row'])}: {first[site_id]['party']}; here: {who}"
        for site_id, who in zip(brought["site_id"], brought["party"], strict=True)
    )
    tally.add("shared: one mast listed by several operators", brought["row"], texts)
    tally.repairs(notes, remedy="nothing; the cells of all of them are kept")
    ours = together[together["site_id"].isin(several["site_id"])]
    stated = ours["shared_by"].groupby(ours["site_id"]).agg(lambda texts: [n for t in texts for n in _names(t)])
    row_of = pd.Series(kept.index, index=kept["site_id"])
    for site_id, names in several.groupby("site_id")["party"]:
        # VIETTEL in the field is the Viettel that lists the mast.
        listing = {fold_header(str(name)): str(name) for name in names}
        named = [*map(str, names), *(listing.get(fold_header(name), name) for name in stated[site_id])]
        kept.at[row_of[site_id], "shared_by"] = "; ".join(dict.fromkeys(named))
    rows: pd.Index[Any] = pd.Index(brought["row"])
    return rows


def _say_twice(sites: gpd.GeoDataFrame, rows: pd.Index[Any], lead: pd.Series[Any], notes: Notes) -> None:
    """Refuse a mast that its one owner lists twice with different values."""
    for row in rows:
        both = sites.drop(columns="geometry").loc[[lead[row], row]]
        differing = [
            name for name in both if bool(both[name].notna().all()) and both[name].iloc[0] != both[name].iloc[1]
        ]
        where = f"the rows differ in {', '.join(differing)}: " if differing else ""
        notes.fault(
            f"site_id must be unique, and already stands in row {notes.called(lead[row])}",
            f"{where}keep one, or give the other an id of its own",
            row=row,
            column="site_id",
            value=sites.at[row, "site_id"],
        )


def _say_contradictions(sites: gpd.GeoDataFrame, rows: pd.Index[Any], lead: pd.Series[Any], notes: Notes) -> None:
    """Say where the rows of one mast disagree; the first row's value is used."""
    first = lead[rows]
    for name in sites.columns.drop(["geometry", "owner", "shared_by", "site_id"]):
        own, used = sites.loc[rows, name], sites.loc[first, name].set_axis(rows)
        differ = rows[(own.notna() & used.notna()).to_numpy() & (own != used).to_numpy(bool, na_value=False)]
        listed, count = shown(differ)
        for row in listed:
            at = notes.called(first[row])
            notes.fault(
                f"the lists disagree about this mast: {name} is {used[row]} in row {at}, which is used{count}",
                "find out which is right",
                row=row,
                column=name,
                value=own[row],
                severity="warning",
            )


def _fill(together: gpd.GeoDataFrame, kept: gpd.GeoDataFrame) -> None:
    """Fill what the first row of a mast leaves open from the others."""
    filled = pd.DataFrame(together.drop(columns="geometry")).groupby("site_id").first()
    at = kept["site_id"].isin(filled.index)
    for name in filled:
        open_ = at & kept[name].isna()
        if open_.any():
            kept.loc[open_, name] = filled[name].reindex(kept.loc[open_, "site_id"]).to_numpy()


def _names(text: Any) -> list[str]:
    """Return the operators a field names."""
    if is_empty(text):
        return []
    whole = str(text)
    for mark in _SEPARATORS:
        whole = whole.replace(mark, "\n")
    return [name.strip() for name in whole.splitlines() if name.strip()]


def side_by_side(sites: gpd.GeoDataFrame, notes: Notes, *, operators: pd.Series[Any] | None = None) -> None:
    """Say which masts of different ids stand at one place.

    Parameters
    ----------
    sites : GeoDataFrame of points, metric CRS
        Index = row of the file, ``site_id`` unique.
    notes : Notes
    operators : Series of str, optional
        Who lists the mast in each row, where its owner is not stated.
    """
    party = _party(sites, operators)
    place = places(sites)
    groups = pd.Series(place, index=sites.index)
    crowded = groups[groups.duplicated(keep=False)]
    suspected: list[tuple[Any, Any]] = []
    beside = 0
    for rows in crowded.groupby(crowded).groups.values():
        owners: dict[str, Any] = {}
        for row in rows:
            owner = "" if is_empty(party[row]) else str(party[row])
            if owner in owners:
                suspected.append((owners[owner], row))
            owners.setdefault(owner, row)
        beside += len(owners) if len(owners) > 1 else 0
        _say_one_under_two(sites, owners, notes)
    _say_suspected(sites, party, suspected, notes)
    if beside:
        notes.fault(
            f"{beside} masts stand within {BESIDE_M:g} m of one of another owner; they are kept as they are",
            "nothing; where they are one mast give them one site_id, and shared_by is filled in",
            severity="info",
        )


def places(sites: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return a number for each site, the same for sites a chain of short steps connects."""
    points = np.column_stack([sites.geometry.x, sites.geometry.y])
    spots, at = np.unique(np.round(points / _SNAP_M), axis=0, return_inverse=True)
    # Rounding moves each end by up to half a diagonal; the search allows for it.
    pairs = cKDTree(spots * _SNAP_M).query_pairs(BESIDE_M, output_type="ndarray")
    graph = sparse.coo_array((np.ones(len(pairs), np.int8), pairs.T), shape=(len(spots), len(spots)))
    _, label = sparse.csgraph.connected_components(graph, directed=False)
    return np.asarray(label[np.ravel(at)], np.int64)


def _party(sites: gpd.GeoDataFrame, operators: pd.Series[Any] | None) -> pd.Series[Any]:
    """Return who is behind each row: its owner, or who lists it where no owner is stated."""
    owner: pd.Series[Any] = sites["owner"]
    return owner if operators is None else owner.fillna(operators.reindex(sites.index))


def _say_suspected(
    sites: gpd.GeoDataFrame, party: pd.Series[Any], suspected: list[tuple[Any, Any]], notes: Notes
) -> None:
    listed, count = shown(suspected)
    for first, row in listed:
        away = float(sites.geometry[first].distance(sites.geometry[row]))
        owner = party[row]
        name, at = sites.at[first, "site_id"], notes.called(first)
        whose = "the owner of neither is stated" if is_empty(owner) else f"both are of {owner}"
        notes.fault(
            f"suspected duplicate: {name} (row {at}) stands {away:.0f} m away, {whose}{count}",
            "delete one of them, or leave both if there are two masts",
            row=row,
            column="site_id",
            value=sites.at[row, "site_id"],
            severity="warning",
        )


def _say_one_under_two(sites: gpd.GeoDataFrame, owners: dict[str, Any], notes: Notes) -> None:
    """Warn where a mast is said to be shared by the very owner that lists another one at its place."""
    for row in owners.values():
        for name in _names(sites.at[row, "shared_by"]):
            other = owners.get(name)
            if other is not None and other != row:
                at = notes.called(other)
                notes.fault(
                    f"shared_by names {name}, which lists {sites.at[other, 'site_id']} (row {at}) at this place: "
                    "one mast under two ids",
                    "give both rows one site_id",
                    row=row,
                    column="shared_by",
                    value=sites.at[row, "shared_by"],
                    severity="warning",
                )
