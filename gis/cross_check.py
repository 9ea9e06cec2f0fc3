"""Cross-checks: what can only be seen when layers lie side by side."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from phusong.gis.crs import area_scale, to_lonlat

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["cells", "cells_on_sites", "hamlets", "mended", "overlaps", "scale", "silent_operators"]

# KPI tables use these words where an operator's name stands otherwise.
RESERVED_OPERATORS = ("any", "all", "max", "planned", "dùng chung")
_BAND_PREFIX = {"2G": "GSM", "3G": "UMTS", "4G": "LTE", "5G": "NR"}
# Borders drawn twice differ by slivers; above this share of the province people could be counted wrong.
_OVERLAP_SHARE = 1e-6
# VN-2000 zones stay within 0.1 % of the true area inside their 3 degrees.
# Beyond this no km² of the run would mean anything.
_AREA_NONSENSE = 0.05
_AREA_EXCESS = 0.01


def cells(table: pd.DataFrame, operators: Sequence[str], notes: Notes) -> None:
    """Check operators against the province's list and the words kept for sums, bands against technologies."""
    for row, name in table["operator"].dropna().items():
        if str(name).casefold() in RESERVED_OPERATORS:
            notes.fault(
                f"an operator cannot be called {name}: the word names figures over several operators",
                "give the operator its own name",
                row=row,
                column="operator",
                value=name,
            )
    if operators:
        for row, name in table["operator"].dropna().items():
            if name not in operators:
                near = difflib.get_close_matches(str(name), operators, n=1)
                remedy = f"did you mean {near[0]}?" if near else "add it to province.operators"
                notes.fault(
                    f"operator must be one of {', '.join(operators)}",
                    remedy,
                    row=row,
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
                row=row,
                column="band",
                value=band,
            )


def silent_operators(table: pd.DataFrame, operators: Sequence[str], notes: Notes) -> None:
    """Say which declared operators have no cell in the run, for that makes them unknown and not absent."""
    for name in (name for name in operators if name not in set(table["operator"].dropna())):
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
    in_run = set(sites["site_id"])
    for row, site_id in table["site_id"].dropna().items():
        if site_id not in known:
            near = difflib.get_close_matches(str(site_id), list(known), n=1)
            remedy = f"did you mean {near[0]}?" if near else "add the site, or correct the id"
            notes.fault("no site has this id", remedy, row=row, column="site_id", value=site_id)
    lost = ~table["site_id"].isin(in_run)
    for row, site_id in table["site_id"][lost & table["site_id"].isin(list(known))].items():
        notes.repair("dropped with its site, which is not in the run", row=row, how_much="1 cell", before=site_id)
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
    codes = table["commune_code"].dropna()
    for row, code in codes[~codes.isin(communes.index)].items():
        near = difflib.get_close_matches(str(code), [str(c) for c in communes.index.dropna()], n=1)
        remedy = f"correct it; did you mean {near[0]}?" if near else "correct it, or leave it empty"
        notes.fault("no commune has this code", remedy, row=row, column="commune_code", value=code)


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
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(before)))
        shapes[position] = shapely.union_all([p for p in parts if p.geom_type == "Polygon"])
        if shapes[position].is_empty:
            notes.fault(
                f"the shape bounds no area ({shapely.is_valid_reason(before)})",
                "draw it or delete the row",
                row=row,
                column="geometry",
            )
            continue
        notes.repair(
            f"mended: {shapely.is_valid_reason(before)}",
            row=row,
            before=f"{before.area / 1e6:.4f} km²",
            after=f"{shapes[position].area / 1e6:.4f} km²",
            remedy="repair the ring in a GIS",
        )
    mended = polygons.set_geometry(gpd.GeoSeries(shapes, index=polygons.index, crs=polygons.crs))
    return mended[~mended.geometry.is_empty]


def overlaps(communes: gpd.GeoDataFrame, notes: Notes) -> None:
    """Say how much land two communes claim."""
    total = float(communes.area.sum())
    excess = total - float(shapely.union_all(communes.geometry.to_numpy()).area)
    if excess > _OVERLAP_SHARE * total:
        notes.fault(
            f"communes overlap by {excess / 1e6:.3f} km² in all",
            "clean the borders; areas there are counted twice; people are shared out between the communes",
            severity="warning",
        )
