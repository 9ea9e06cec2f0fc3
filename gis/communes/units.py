"""Communes: the shapes of today's, of those before 1 July 2025, and today's made of the old ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.gis.cleaning.coverage_clean import clean
from phusong.gis.cleaning.shapes import mend
from phusong.gis.cleaning.spikes import say_spikes
from phusong.gis.columns.codes import mend_codes
from phusong.gis.communes.census import consistent
from phusong.gis.communes.links import read_links
from phusong.gis.placing.labels import check_box
from phusong.gis.placing.places import locate
from phusong.gis.placing.provinces import published
from phusong.gis.schemas import layer_columns

if TYPE_CHECKING:
    from phusong.gis.reading import Reading

__all__ = ["Units", "has_errors", "read_units", "with_commune"]


@dataclass(frozen=True, slots=True)
class Units:
    """The administrative units of a province.

    Parameters
    ----------
    communes : GeoDataFrame or None
        Today's: index ``code``, the dictionary's columns, geometry in the grid's CRS. None where unusable.
    old : GeoDataFrame or None
        Those before 1 July 2025, likewise, where given.
    links : DataFrame or None
        Rows of the crosswalk, where given.
    """

    communes: gpd.GeoDataFrame | None
    old: gpd.GeoDataFrame | None
    links: pd.DataFrame | None


def read_units(reading: Reading, *, grid_crs: str | None) -> Units:
    """Read communes, old communes and the crosswalk between them.

    Where [layers.communes] is not given and none of the old communes was split, today's are the old ones dissolved.

    Parameters
    ----------
    reading : Reading
    grid_crs : str or None
        None where the province has no usable CRS: columns and values are still checked.
    """
    given = reading.file.layers
    communes = _shapes(reading, "communes", grid_crs)
    old = _shapes(reading, "communes_old", grid_crs)
    links = read_links(reading, new=communes, old=old)
    if "communes" in given:
        return Units(communes, old, links)
    if not {"communes_old", "crosswalk"} <= set(given):
        remedy = "add [layers.communes] with path = ...; [layers.communes_old] and [layers.crosswalk] do as well"
        reading.notes("communes").fault("the layer is missing", remedy)
    elif old is not None and links is not None and not has_errors(reading, "communes_old", "crosswalk"):
        communes = _dissolved(reading, old, links)
    return Units(communes, old, links)


def _shapes(reading: Reading, name: str, grid_crs: str | None) -> gpd.GeoDataFrame | None:
    table = reading.table(name)
    if table is None or grid_crs is None:
        return None
    source, notes = reading.file.layers[name], reading.notes(name)
    table["code"] = mend_codes(table["code"], column="code", known=None, notes=notes)
    known = published(reading.file.province.name)
    box = None if known is None else known.outline(grid_crs)
    placed = locate(table, kind="polygon", source=source, grid_crs=grid_crs, notes=notes, outline=box)
    if placed is None:
        return None
    placed = mend(placed, kind="polygon", notes=notes)
    if placed.empty:
        return None
    placed = clean(placed, notes=notes, names=placed["code"])
    if name == "communes":
        say_spikes(placed, notes=notes)
    if known is not None and name == "communes":
        check_box(placed, known=known, notes=notes)
    reading.summarise(name, rows=table.attrs["records"], used=len(placed), table=placed)
    return consistent(placed, notes=notes).set_index("code", drop=True)


def has_errors(reading: Reading, *names: str) -> bool:
    """Tell whether any of the layers has a fault that stops a run."""
    return any(reading.notes(name).has_errors() for name in names)


def _dissolved(reading: Reading, old: gpd.GeoDataFrame, links: pd.DataFrame) -> gpd.GeoDataFrame | None:
    """Make today's communes of old ones; a fault where one of these was split, for then nobody knows its new border."""
    notes = reading.notes("communes")
    links = links[links["old_code"].isin(old.index)]
    if links.empty:
        reading.notes("crosswalk").fault(
            "no row names a commune of communes_old", "check old_code, and the where filter", column="old_code"
        )
        return None
    split = links[links.duplicated("old_code", keep=False)]
    for code, rows in split.groupby("old_code", sort=False):
        notes.fault(
            f"old commune {code} was split between {', '.join(rows['new_code'])}: the new border cannot be made of old "
            "shapes",
            "give today's communes as [layers.communes]",
            column="old_code",
            value=code,
        )
    if len(split):
        return None
    target = links.set_index("old_code")["new_code"].astype(str)
    groups = target.groupby(target, sort=True).groups
    shapes = [shapely.union_all(old.geometry.loc[list(codes)].to_numpy()) for codes in groups.values()]
    names = links.dropna(subset="new_name").drop_duplicates("new_code").set_index("new_code")["new_name"]
    table = pd.DataFrame(index=pd.Index(list(groups), name="code"))
    for column in layer_columns("communes").values():
        if column.column != "code":
            number = column.type in {"number", "integer"}
            kind = "boolean" if column.type == "boolean" else "string"
            table[column.column] = np.nan if number else pd.Series(pd.NA, index=table.index, dtype=kind)
    # Nobody may have said the new names; the code is one.
    table["name"] = names.reindex(table.index).astype("string").fillna(pd.Series(table.index, table.index))
    if bool(old["simulated"].fillna(value=False).any()):
        table["simulated"] = pd.array([True] * len(table), dtype="boolean")
    notes.fault(
        f"the layer is not given: {len(table)} communes are made of the {len(target)} old ones by the crosswalk",
        "nothing, or give [layers.communes]",
        severity="info",
    )
    notes.repair(
        "assumed: communes made by dissolving the old ones",
        how_much=f"{len(table)} communes",
        before=f"{old.area.sum() / 1e6:.4f} km²",
        after=f"{shapely.area(shapes).sum() / 1e6:.4f} km²",
        remedy="give [layers.communes]",
    )
    return gpd.GeoDataFrame(table, geometry=shapes, crs=old.crs)


def with_commune(sites: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the code of the commune each site stands in; empty next door.

    Parameters
    ----------
    sites : GeoDataFrame of points
    communes : GeoDataFrame
        Index = codes, in the same CRS.
    """
    # The communes ask, for a shape that asks is prepared once: 100,000 masts against 600,000 vertices is a second.
    tree = shapely.STRtree(sites.geometry.to_numpy())
    commune, site = tree.query(communes.geometry.to_numpy(), predicate="intersects")
    code = np.full(len(sites), "", dtype=object)
    # A site on a border belongs to the commune that comes first, so that each has exactly one.
    last_first = np.lexsort((-commune, site))
    code[site[last_first]] = communes.index.to_numpy()[commune[last_first]]
    return sites.assign(commune_code=code)
