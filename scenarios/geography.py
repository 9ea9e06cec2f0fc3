"""Geography: the same figures by today's communes and by those before 1 July 2025."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.coverage import gaps, kpis
from phusong.coverage.kpis import PROVINCE
from phusong.gis.communes import with_commune

if TYPE_CHECKING:
    from phusong.coverage.predict import Coverage
    from phusong.gis.communes.crosswalk import Crosswalk
    from phusong.gis.layers import Layers

__all__ = ["kpi_table", "old_tables", "with_old_commune"]

_AMOUNTS = ["numerator", "denominator", "unknown"]
_GAP_AMOUNTS = [name for name in gaps.GAP_COLUMNS if name.startswith("people")]


def kpi_table(today: Coverage, planned: Coverage | None, *, scenario: str) -> pd.DataFrame:
    """Return all indicators of today, and those a plan changes with the plan, as the long table of kpis.csv.

    Parameters
    ----------
    today : Coverage
    planned : Coverage or None
        With the proposals built; None where nothing is proposed.
    scenario : str
    """
    tables = [kpis.compute(today)]
    if planned is not None:
        changed = [
            kpis.population(planned).table,
            kpis.area(planned).table,
            kpis.not_spot(planned).table,
            kpis.upgrade_gap(planned).table,
            kpis.commune_share(planned),
        ]
        tables += [table.assign(state="planned") for table in changed]
    return pd.concat(tables, ignore_index=True).assign(scenario=scenario)


def with_old_commune(table: pd.DataFrame, places: gpd.GeoSeries, *, layers: Layers) -> pd.DataFrame:
    """Add the old commune each record of a table stands in, right of today's; empty outside all of them.

    Parameters
    ----------
    table : DataFrame
        With ``area_name`` or ``commune_code``.
    places : GeoSeries of points, shape (len(table),), grid CRS
        In the table's order.
    layers : Layers
        Where it has no old communes with shapes, the table comes back as it is.
    """
    if layers.old is None:
        return table
    points = gpd.GeoDataFrame(geometry=list(places), crs=layers.grid.crs)
    code = with_commune(points, layers.old.communes)["commune_code"].to_numpy()
    names = layers.old.communes["name"]
    result = table.copy()
    beside = list(table.columns).index("area_name" if "area_name" in table else "commune_code") + 1
    result.insert(beside, "old_area", code)
    result.insert(beside + 1, "old_area_name", [str(names.get(c, "") or "") for c in code])
    return result


def old_tables(
    today: Coverage, planned: Coverage | None, *, scenario: str, new: tuple[pd.DataFrame, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the tables by old communes, and the crosswalk, as far as the layers tell.

    Where the old communes have shapes their figures are computed on the grid like today's. Where they have a
    crosswalk and a census only, today's figures are shared out between them by people: flagged ``WEIGHTED``, an
    approximation, and without areas.

    Parameters
    ----------
    today, planned, scenario
        See `kpi_table`.
    new : tuple of DataFrame
        Indicators and gaps by today's communes.

    Returns
    -------
    dict
        Of ``kpis_old``, ``gaps_old`` and ``crosswalk`` those that can be had.
    """
    layers = today.layers
    tables = {} if layers.crosswalk is None else {"crosswalk": layers.crosswalk.table()}
    old = layers.in_old_communes()
    if old is not None:
        before = replace(today, layers=old)
        after = None if planned is None else replace(planned, layers=old)
        return {
            "kpis_old": kpi_table(before, after, scenario=scenario),
            "gaps_old": gaps.network_gap(before),
            **tables,
        }
    if layers.crosswalk is None or layers.old_people is None:
        return tables
    size = np.asarray(layers.old_people, float)
    people = new[0][new[0]["unit"] == "people"]
    keys = ["id", "operator", "technology", "state"]
    shared = _shared_out(people, layers.crosswalk, size, keys=keys, amounts=_AMOUNTS)
    shared["value"] = shared["numerator"] / shared["denominator"].where(shared["denominator"] > 0)
    gap = _shared_out(new[1], layers.crosswalk, size, keys=["operator"], amounts=_GAP_AMOUNTS)
    gap["gap_share"] = gap["people_2g_not_4g"] / gap["people"].where(gap["people"] > 0)
    return {"kpis_old": shared, "gaps_old": gap, **tables}


def _shared_out(
    table: pd.DataFrame, crosswalk: Crosswalk, size: Any, *, keys: list[str], amounts: list[str]
) -> pd.DataFrame:
    """Share the counts of today's communes out between the old ones by their people; the province stays as it is."""
    parts = []
    for _, rows in table.groupby(keys, sort=False):
        whole = rows[rows["area"] == PROVINCE]
        by_code = rows[rows["area"] != PROVINCE].set_index("area").reindex(list(crosswalk.new_codes))
        counts = {name: crosswalk.to_old(by_code[name].to_numpy(float), size=size).round(6) for name in amounts}
        part = pd.DataFrame({"area": crosswalk.old_codes, "area_name": crosswalk.old_names, **counts})
        common = [flag for flag in str(whole["flags"].iloc[0]).split(";") if flag == "SIMULATED"]
        unknown = part[amounts[-1]].to_numpy(float)
        part["flags"] = [";".join([*common, *([] if u <= 0 else ["UNKNOWN"]), "WEIGHTED"]) for u in unknown]
        rest = [name for name in table.columns if name not in part]
        part = part.assign(**{name: whole[name].iloc[0] for name in rest})
        parts.append(pd.concat([part[list(table.columns)], whole], ignore_index=True))
    return pd.concat(parts, ignore_index=True)
