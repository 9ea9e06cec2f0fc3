"""Census: how many people, households and townspeople each commune has, by whichever codes the file goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from phusong.gis.communes.joins import coded

if TYPE_CHECKING:
    import geopandas as gpd

    from phusong.gis.communes import Units
    from phusong.gis.communes.crosswalk import Crosswalk
    from phusong.gis.findings import Notes
    from phusong.gis.reading import Reading

__all__ = ["MEASURES", "Counted", "consistent", "count", "read_census"]

MEASURES = ["population", "households", "urban_people", "rural_people"]
# Whole people: less than half of one is how a figure was written.
_WHOLE = 0.5
# A census is by old codes when it has rows of at least this share of the communes that are no more.
_MOST = 0.5
# Two censuses of different years differ by a few in a hundred; beyond this one of them is not of this province.
_SAME_SHARE = 0.005

Table = TypeVar("Table", bound=pd.DataFrame)


@dataclass(frozen=True, slots=True)
class Counted:
    """Communes with their census.

    Parameters
    ----------
    communes : GeoDataFrame
        Today's, `MEASURES` filled in where anybody counted them, NaN elsewhere.
    old : DataFrame or None
        `MEASURES` of the old communes, index = the crosswalk's old codes (else those of communes_old), where
        anybody counted them.
    """

    communes: gpd.GeoDataFrame
    old: pd.DataFrame | None


def read_census(reading: Reading, units: Units) -> pd.DataFrame | None:
    """Read the census layer: conformed, with codes of the units, consistent in itself, index = row."""
    table = reading.table("census")
    if table is None:
        return None
    notes = reading.notes("census")
    records = table.attrs["records"]
    table = consistent(coded(pd.DataFrame(table), units, notes=notes), notes=notes)
    table.attrs["records"] = records
    return table


def consistent(table: Table, *, notes: Notes) -> Table:
    """Complete what two of population, urban and rural people say of the third; name the sums that contradict.

    Parameters
    ----------
    table : DataFrame
        ``code`` and `MEASURES`; index = row.
    notes : Notes
        A warning for each contradiction, a repair for each figure that was completed or made unknown.

    Returns
    -------
    DataFrame
        The same rows. A population always stands as it was written.
    """
    table = table.copy()
    people, urban, rural = (table[name].astype(float) for name in ("population", "urban_people", "rural_people"))
    sums = [("population", people, urban + rural), ("urban_people", urban, people - rural)]
    sums.append(("rural_people", rural, people - urban))
    for name, known, other in sums:
        fills = known.isna() & (other >= 0)
        if fills.any():
            table[name] = known.where(~fills, other)
            what = f"completed: {name} is what the two other of population, urban and rural people say"
            notes.repair(what, how_much=f"{int(fills.sum())} records", remedy=f"fill in {name}")
    off = (urban + rural - people).abs() >= _WHOLE
    code = table["code"].astype(str)
    for row in table.index[off]:
        notes.fault(
            f"urban_people + rural_people make {urban[row] + rural[row]:.0f} in commune {code[row]}, "
            f"population says {people[row]:.0f}",
            "correct the figures; population is what counts",
            row=row,
            column="population",
            value=f"{people[row]:.0f}",
            severity="warning",
        )
    for name in ("households", "urban_people", "rural_people"):
        part = table[name].astype(float)
        for row in table.index[part - people >= _WHOLE]:
            notes.fault(
                f"{name} is {part[row]:.0f} in commune {code[row]}, more than its population of {people[row]:.0f}",
                f"correct the figures; {name} is treated as unknown",
                row=row,
                column=name,
                value=f"{part[row]:.0f}",
                severity="warning",
            )
            what = f"made unknown: {name} is more than the population"
            notes.repair(what, row=row, how_much="1 value", before=f"{part[row]:.0f}", after="unknown")
        table[name] = part.where(~(part - people >= _WHOLE))
    return table


def count(
    reading: Reading,
    communes: gpd.GeoDataFrame,
    *,
    census: pd.DataFrame | None,
    old: gpd.GeoDataFrame | None,
    crosswalk: Crosswalk | None,
) -> Counted:
    """Give every commune its census: the census layer's row, else its own columns, else its old communes'.

    A census by old codes is brought to today's communes by the crosswalk's weights: totals are conserved, and a
    commune that got a part of an old one nobody counted is unknown.

    Parameters
    ----------
    reading : Reading
    communes : GeoDataFrame
        Today's; is not changed.
    census : DataFrame or None
        From `read_census`.
    old : GeoDataFrame or None
    crosswalk : Crosswalk or None
    """
    own = communes[MEASURES].astype(float)
    by_old = None if old is None or not old["population"].notna().any() else pd.DataFrame(old[MEASURES])
    stands, source = own, "communes_old"
    if census is not None:
        table = census.dropna(subset="code").drop_duplicates("code").set_index("code")[MEASURES].astype(float)
        if crosswalk is not None and _by_old_codes(table.index, crosswalk):
            _match(reading, census, table, list(crosswalk.old_codes), kind="old commune")
            # The census goes before the communes' own columns, by whichever codes it is.
            by_old, stands, source = table, own.assign(**dict.fromkeys(MEASURES, np.nan)), "census"
        else:
            _match(reading, census, table, list(communes.index), kind="commune")
            stands = table.reindex(communes.index).fillna(own)
    if by_old is not None and crosswalk is not None:
        by_old = by_old.reindex(pd.Index(crosswalk.old_codes))
        stands = _from_old(stands, by_old, crosswalk, notes=reading.notes(source))
        stands = stands.where(stands["population"].notna(), own)
    return Counted(communes.assign(**{name: stands[name] for name in MEASURES}), by_old)


def _by_old_codes(codes: pd.Index[str], crosswalk: Crosswalk) -> bool:
    """Tell whether a census counts the communes of before 1 July 2025; today's codes are some of the old ones."""
    gone = set(crosswalk.old_codes) - set(crosswalk.new_codes)
    return bool(gone) and len(gone & set(codes)) >= _MOST * len(gone)


def _match(reading: Reading, census: pd.DataFrame, table: pd.DataFrame, known: list[str], *, kind: str) -> None:
    """Say which rows of the census no commune has, and which communes have no row."""
    notes = reading.notes("census")
    foreign = census["code"].notna() & ~census["code"].isin(known)
    for row, code in census["code"][foreign].items():
        notes.fault(
            f"no {kind} has this code",
            "correct the code, or leave the row out with where",
            row=row,
            column="code",
            value=code,
            severity="warning",
        )
        people = table["population"][code]
        how_much = f"{people:.0f} people" if np.isfinite(people) else ""
        notes.repair(f"not used: no {kind} has this code", row=row, how_much=how_much, before=code)
    for code in (code for code in known if code not in table.index):
        notes.fault(f"the {kind} has no census row", "add it", column="code", value=code, severity="warning")
    reading.summarise("census", rows=census.attrs["records"], used=int((~foreign).sum()), table=census)


def _from_old(stands: pd.DataFrame, by_old: pd.DataFrame, crosswalk: Crosswalk, *, notes: Notes) -> pd.DataFrame:
    """Fill what nobody counted of today's communes with what was counted of the old ones."""
    carried = pd.DataFrame({name: crosswalk.to_new(by_old[name].to_numpy(float)) for name in MEASURES}, stands.index)
    fills = stands["population"].isna() & carried["population"].notna()
    if fills.any():
        before, after = float(by_old["population"].sum()), float(carried["population"][fills].sum())
        notes.fault(
            f"counted by old communes: {len(by_old)} of them make {int(fills.sum())} of today's by the crosswalk, "
            f"{len(crosswalk.split)} by weights",
            "nothing; crosswalk.csv of the run shows every weight",
            column="code",
            severity="info",
        )
        notes.repair(
            "carried over: people of old communes to today's by the crosswalk's weights",
            how_much=f"{int(fills.sum())} communes",
            before=f"{before:.0f} people",
            after=f"{after:.0f} people",
            remedy="give the census by today's codes",
        )
    known = stands["population"].notna() & carried["population"].notna()
    new, old = float(stands["population"][known].sum()), float(carried["population"][known].sum())
    if known.any() and abs(new - old) > _SAME_SHARE * max(new, old):
        notes.fault(
            f"old communes make {old:.0f} people by the crosswalk where today's have {new:.0f}",
            "give both of one census; tables of the old communes are about the former, all others about the latter",
            column="population",
            value=f"{old:.0f}",
            severity="warning",
        )
    # Households and townspeople only beside the population they belong to.
    return stands.where(~fills, carried)
