"""Cross-checks: what can only be seen when layers lie side by side."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["cells", "cells_on_sites", "hamlets", "mended", "overlaps"]

_BAND_PREFIX = {"2G": "GSM", "3G": "UMTS", "4G": "LTE", "5G": "NR"}
# Borders drawn twice differ by slivers; above this share of the province people could be counted wrong.
_OVERLAP_SHARE = 1e-6


def cells(table: pd.DataFrame, operators: Sequence[str], notes: Notes) -> None:
    """Check operator names against the province's list, and bands against technologies."""
    if operators:
        for row, name in table["operator"].dropna().items():
            if name not in operators:
                near = difflib.get_close_matches(str(name), operators, n=1)
                remedy = f"did you mean {near[0]}?" if near else "add it to province.operators"
                notes.fault(
                    f"operator must be one of {', '.join(operators)}",
                    remedy,
                    row=_row(row),
                    column="operator",
                    value=name,
                )
    known = table["band"].notna() & table["technology"].notna()
    for row in table.index[known]:
        band, technology = str(table.at[row, "band"]), str(table.at[row, "technology"])
        if not band.startswith(_BAND_PREFIX[technology]):
            notes.fault(
                f"{band} is no band of {technology}",
                f"a {technology} band starts with {_BAND_PREFIX[technology]}",
                row=_row(row),
                column="band",
                value=band,
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
    in_run = set(sites["site_id"])
    for row, site_id in table["site_id"].dropna().items():
        if site_id not in known:
            near = difflib.get_close_matches(str(site_id), list(known), n=1)
            remedy = f"did you mean {near[0]}?" if near else "add the site, or correct the id"
            notes.fault("no site has this id", remedy, row=_row(row), column="site_id", value=site_id)
    lost = ~table["site_id"].isin(in_run)
    for row in table.index[lost & table["site_id"].isin(list(known))]:
        site_id = str(table.at[row, "site_id"])
        notes.repair("dropped with its site, which is outside the province", row=row, how_much="1 cell", before=site_id)
    idle = sorted(in_run - set(table["site_id"].dropna()))
    for site_id in idle:
        notes.fault(
            "the site has no cell: it is drawn, and covers nothing",
            "add its cells, or leave it",
            column="site_id",
            value=site_id,
            severity="info",
        )
    return table[~lost]


def hamlets(table: gpd.GeoDataFrame | None, communes: gpd.GeoDataFrame | None, notes: Notes) -> None:
    """Check that hamlets name communes of the province."""
    if table is None or communes is None:
        return
    for code in sorted(set(table["commune_code"].dropna()) - set(communes.index)):
        notes.fault("no commune has this code", "correct it", column="commune_code", value=code)


def mended(polygons: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Make invalid rings valid, each with its area before and after."""
    invalid = ~polygons.geometry.is_valid
    if not bool(invalid.any()):
        return polygons
    shapes = polygons.geometry.to_numpy().copy()
    for position, (row, bad) in enumerate(invalid.items()):
        if not bad:
            continue
        before = shapes[position]
        # Only the areas count; lines and points that make_valid splits off bound nothing.
        parts = shapely.get_parts(shapely.make_valid(before))
        shapes[position] = shapely.union_all([p for p in parts if p.geom_type.endswith("Polygon")])
        notes.repair(
            f"mended: {shapely.is_valid_reason(before)}",
            row=row,
            before=f"{before.area / 1e6:.4f} km²",
            after=f"{shapes[position].area / 1e6:.4f} km²",
            remedy="repair the ring in a GIS",
        )
    return polygons.set_geometry(gpd.GeoSeries(shapes, index=polygons.index, crs=polygons.crs))


def overlaps(communes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Say how much land two communes claim."""
    total = float(communes.area.sum())
    excess = total - float(shapely.union_all(communes.geometry.to_numpy()).area)
    if excess > _OVERLAP_SHARE * total:
        notes.fault(
            f"communes overlap by {excess / 1e6:.3f} km² in all",
            "clean the borders; areas there are counted twice, people are not",
            severity="warning",
        )


def _row(row: object) -> int | str:
    return row if isinstance(row, int) else str(row)
