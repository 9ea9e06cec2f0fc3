"""Open one layer of layers.toml: choose the reader, keep the rows asked for, conform to the dictionary."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from phusong.gis.conform import conform
from phusong.gis.legacy_text import compose_table
from phusong.gis.readers.tables import read_table
from phusong.gis.readers.vector import VECTOR_SUFFIXES, read_vector
from phusong.gis.values import is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["TABLE_SUFFIXES", "keep_where", "open_layer", "present"]

TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}


def present(path: Path, notes: Notes) -> bool:
    """Tell whether the file is there; a fault where it is not."""
    try:
        if path.is_file():
            return True
        folder = path.is_dir()
        near = _neighbours(path)
    except (OSError, ValueError, RuntimeError) as err:  # no permission, a name too long, a loop of links, a NUL
        notes.fault(f"the file cannot be reached ({err})", "correct path", column="path", value=path)
        return False
    if folder:
        notes.fault("a folder stands where a file belongs", "name the file in it", column="path", value=path)
        return False
    remedy = f"correct path; the folder holds {', '.join(near)}" if near else "correct path or bring the file"
    notes.fault("the file does not exist", remedy, column="path", value=path)
    return False


def _neighbours(path: Path) -> list[str]:
    """Return names of the same ending in the same folder, the most alike first."""
    if not path.parent.is_dir():
        return []
    names = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() == path.suffix.lower() and p.is_file())
    return difflib.get_close_matches(path.name, names, n=8, cutoff=0.0)


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
    records = raw.attrs["records"]
    raw = notes.set_aside(raw)
    raw = keep_where(compose_table(raw, notes), source.where, notes)
    if not len(raw):
        notes.fault("the layer is empty", "check the file and its where filter")
        return None
    table = conform(raw, layer=name, columns=source.columns, decimal=source.decimal, notes=notes)
    if "geometry" in table:
        table = gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
    table.attrs["records"] = records
    return table


def keep_where(table: pd.DataFrame, where: Mapping[str, tuple[str, ...]], notes: Notes) -> pd.DataFrame:
    """Return the rows whose columns have one of the given values; what is left out is counted."""
    for column, values in where.items():
        if column not in table or column == "geometry":
            has = ", ".join(str(name) for name in table.columns[:12])
            notes.fault("where names a column the file does not have", f"the file has {has}", column=column)
            continue
        keep = pd.Series([not is_empty(v) and _word(v) in values for v in table[column]], index=table.index, dtype=bool)
        notes.repair(
            f"left out by where: {column} in {', '.join(values)}",
            how_much=f"{int((~keep).sum())} records",
            before=len(table),
            after=int(keep.sum()),
        )
        table = table[keep]
    return table


def _word(value: object) -> str:
    """Return a value as the planner writes it in where: a code is 70, also where the file holds 70.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
