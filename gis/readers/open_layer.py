"""Open one layer of layers.toml: choose the reader, keep the rows asked for, conform to the dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from phusong.gis.conform import conform
from phusong.gis.readers.tables import read_table
from phusong.gis.readers.vector import VECTOR_SUFFIXES, read_vector

if TYPE_CHECKING:
    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["TABLE_SUFFIXES", "open_layer", "present"]

TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}


def present(path: Path, notes: Notes) -> bool:
    """Tell whether the file is there; a fault where it is not."""
    if path.is_file():
        return True
    if path.is_dir():
        notes.fault("a folder stands where a file belongs", "name the file in it", column="path", value=path)
        return False
    near = sorted(p.name for p in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
    remedy = f"correct path; the folder holds {', '.join(near[:8])}" if near else "correct path or bring the file"
    notes.fault("the file does not exist", remedy, column="path", value=path)
    return False


def open_layer(path: Path, *, name: str, source: LayerSource, notes: Notes) -> pd.DataFrame | None:
    """Read and conform one layer of records.

    Returns
    -------
    DataFrame or GeoDataFrame or None
        The dictionary's columns, index ``row`` as the planner counts; a GeoDataFrame keeps its file's CRS.
        None where the file cannot be used at all; the notes say why.
    """
    suffix = path.suffix.lower()
    if suffix in VECTOR_SUFFIXES:
        raw: pd.DataFrame | None = read_vector(path, layer=source.layer, notes=notes)
    elif suffix in TABLE_SUFFIXES:
        raw = read_table(path, encoding=source.encoding, notes=notes)
    else:
        known = ", ".join(sorted(VECTOR_SUFFIXES | TABLE_SUFFIXES))
        notes.fault(f"{suffix or 'a file without ending'} is no format phusong reads", f"it reads {known}")
        return None
    if raw is None:
        return None
    crs = raw.crs if isinstance(raw, gpd.GeoDataFrame) else None
    raw = _where(raw, source, notes)
    if raw.empty:
        notes.fault("the layer is empty", "check the file and its where filter")
        return None
    table = conform(raw, layer=name, columns=source.columns, decimal=source.decimal, notes=notes)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs) if "geometry" in table else table


def _where(table: pd.DataFrame, source: LayerSource, notes: Notes) -> pd.DataFrame:
    for column, values in source.where.items():
        if column not in table:
            has = ", ".join(str(name) for name in table.columns[:12])
            notes.fault("where names a column the file does not have", f"the file has {has}", column=column)
            continue
        keep = table[column].astype(str).isin(values)
        notes.repair(
            f"left out by where: {column} in {', '.join(values)}",
            how_much=f"{int((~keep).sum())} records",
            before=len(table),
            after=int(keep.sum()),
        )
        table = table[keep]
    return table
