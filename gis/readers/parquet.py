"""Parquet, Feather and Arrow: GeoParquet, GeoArrow, or a plain table with longitudes or WKB."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely
from pyarrow import ipc, parquet

from phusong.gis.readers.frames import plain_values

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["PARQUET_SUFFIXES", "read_parquet"]

PARQUET_SUFFIXES = {".parquet", ".geoparquet", ".feather", ".arrow"}
_MOST_BYTES = 8 * 2**30
_MOST_ROWS = 50_000_000
_WKB_NAMES = ("geometry", "geom", "wkb", "wkb_geometry", "the_geom", "shape", "geometry_wkb")
_BROKEN = (
    pa.ArrowException,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    shapely.errors.ShapelyError,
)
_SAVE_AGAIN = "open it in a GIS or in pandas and save it again"


def read_parquet(path: Path, *, notes: Notes) -> pd.DataFrame | None:
    """Read a Parquet, Feather or Arrow file.

    Parameters
    ----------
    path : Path
    notes : Notes
        Where faults go.

    Returns
    -------
    GeoDataFrame or DataFrame or None
        With shapes where the file has GeoParquet or GeoArrow columns, or one column of WKB; else the plain table.
        Index ``row`` from 1; ``attrs["records"]`` = rows in the file.
    """
    try:
        table = _arrow(path, notes)
        raw = None if table is None else _frame(path, table, notes)
        frame = None if raw is None else plain_values(raw)
    except _BROKEN as err:
        notes.fault(f"the file cannot be read ({str(err) or type(err).__name__})", _SAVE_AGAIN)
        return None
    if frame is None:
        return None
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    frame.attrs.clear()  # pandas' own, from whoever wrote the file
    frame.attrs["records"] = len(frame)
    return frame


def _arrow(path: Path, notes: Notes) -> pa.Table | None:
    """Return the file as Arrow, once it is known that memory can hold it."""
    if path.suffix.lower() in {".feather", ".arrow"}:
        with pa.memory_map(str(path)) as source:
            try:
                table: pa.Table = ipc.open_file(source).read_all()
            except pa.ArrowInvalid:
                source.seek(0)
                table = ipc.open_stream(source).read_all()
        return table
    with parquet.ParquetFile(path) as file:
        about = file.metadata
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if about.num_rows > _MOST_ROWS or size > _MOST_BYTES:
            notes.fault(
                f"the file holds {about.num_rows:,} rows, {size / 2**30:.1f} GiB: more than a province has",
                "cut it to the province",
            )
            return None
        return file.read()


def _frame(path: Path, table: pa.Table, notes: Notes) -> Any:
    """Return a table with shapes where there are any; a fault where there are several columns of them."""
    kind = "Parquet" if path.suffix.lower() in {".parquet", ".geoparquet"} else "Arrow"
    metadata = table.schema.metadata or {}
    if b"geo" in metadata:
        notes.describe(f"Geo{kind}")
        return gpd.read_parquet(path) if kind == "Parquet" else gpd.read_feather(path)
    arrow = [field.name for field in table.schema if _is_geoarrow(field)]
    if arrow:
        notes.describe(f"GeoArrow in {kind}")
        return gpd.GeoDataFrame.from_arrow(table, geometry=arrow[0])
    frame: pd.DataFrame = table.to_pandas()
    found = [
        name for name in _WKB_NAMES for column in frame if str(column).casefold() == name and _is_wkb(frame[column])
    ]
    named = [column for column in frame if str(column).casefold() in found]
    if len(named) > 1:
        notes.fault(
            f"the file has {len(named)} columns of shapes: {', '.join(str(name) for name in named)}",
            "save it again with one",
            column="geometry",
        )
        return None
    notes.describe(f"{kind}, plain table" + (f" with WKB in {named[0]}" if named else ""))
    if not named:
        return frame
    stored = [value if isinstance(value, bytes) else None for value in frame[named[0]]]
    shapes = shapely.from_wkb(stored, on_invalid="ignore")
    for row, (shape, wkb) in enumerate(zip(shapes, stored, strict=True), start=1):
        if shape is None and wkb is not None:
            notes.fault("the shape cannot be built", "correct it", row=row, column="geometry", severity="warning")
    return gpd.GeoDataFrame(frame.drop(columns=named), geometry=list(shapes), crs=None)


def _is_geoarrow(field: pa.Field) -> bool:
    name = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode("ascii", "replace")
    return name.startswith("geoarrow.") or str(getattr(field.type, "extension_name", "")).startswith("geoarrow.")


def _is_wkb(column: pd.Series[Any]) -> bool:
    first = next(
        (value for value in column if not (value is None or (isinstance(value, float) and math.isnan(value)))), None
    )
    return isinstance(first, bytes)
