"""Communes: their shapes, and the census that counts their people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.gis import cross_check
from phusong.gis.places import locate
from phusong.gis.readers.open_layer import open_layer

if TYPE_CHECKING:
    from phusong.gis.reading import Reading

__all__ = ["read_communes"]


def read_communes(reading: Reading, *, grid_crs: str | None) -> gpd.GeoDataFrame | None:
    """Read the communes with their census.

    Parameters
    ----------
    reading : Reading
    grid_crs : str or None
        None where the province has no usable CRS: columns and values are still checked.

    Returns
    -------
    GeoDataFrame or None
        Index ``code``, unique and complete where no fault says otherwise; geometry in the grid's CRS.
    """
    census = _census(reading)
    if "communes" not in reading.file.layers:
        reading.notes("communes").fault("the layer is missing", "add [layers.communes] with path = ...")
    found = reading.locate_file("communes")
    if found is None:
        return None
    path, source, notes = found
    table = open_layer(path, name="communes", source=source, notes=notes)
    if table is None or grid_crs is None:
        return None
    placed = locate(table, kind="polygon", source=source, grid_crs=grid_crs, notes=notes)
    if placed is None:
        return None
    placed = cross_check.mended(placed, notes)
    if placed.empty:
        return None
    reading.summarise("communes", rows=table.attrs["records"], used=len(placed), table=placed)
    communes = placed.set_index("code", drop=True)
    cross_check.overlaps(communes, notes)
    return communes if census is None else _with_census(reading, communes, census)


def _census(reading: Reading) -> pd.DataFrame | None:
    found = reading.locate_file("census")
    if found is None:
        return None
    path, source, notes = found
    return open_layer(path, name="census", source=source, notes=notes)


def _with_census(reading: Reading, communes: gpd.GeoDataFrame, census: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the communes with the census's population, which goes before their own."""
    notes = reading.notes("census")
    by_code = census.dropna(subset="code").drop_duplicates("code").set_index("code")["population"]
    foreign = census["code"].notna() & ~census["code"].isin(communes.index)
    for row, code in census["code"][foreign].items():
        notes.fault(
            "no commune has this code",
            "correct the code, or leave the row out with where",
            row=row,
            column="code",
            value=code,
            severity="warning",
        )
        people = f"{by_code[code]:.0f} people" if np.isfinite(by_code[code]) else ""
        notes.repair("not used: no commune has this code", row=row, how_much=people, before=code)
    for code in communes.index[~communes.index.isin(by_code.index)].dropna():
        notes.fault("the commune has no census row", "add it", column="code", value=code, severity="warning")
    reading.summarise("census", rows=census.attrs["records"], used=int((~foreign).sum()), table=census)
    communes["population"] = by_code.reindex(communes.index).astype(float).fillna(communes["population"])
    return communes
