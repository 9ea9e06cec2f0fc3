"""Rasters: read, align to the grid; nodata becomes NaN here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.warp import reproject, transform_bounds

from phusong.gis.schemas import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid

__all__ = ["read_counts", "read_surface", "write_raster"]


def _open_values(
    path: Path, *, crs: str | None, column: Column, notes: Notes
) -> tuple[NDArray[np.float64], rasterio.Affine, str] | None:
    """Read band 1 as float with NaN for nodata and for values no such raster can hold (said, counted)."""
    try:
        with rasterio.open(path) as source:
            values = source.read(1, masked=True).astype(float).filled(np.nan)
            transform, own = source.transform, source.crs
    except (RasterioError, OSError) as err:
        notes.fault(f"the raster cannot be read ({err})", "open it in a GIS and save it again as GeoTIFF")
        return None
    label = crs or (own.to_string() if own else None)
    if label is None:
        notes.fault("the raster has no coordinate system", 'state it: crs = "EPSG:4326"')
        return None
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    impossible = ~np.isnan(values) & ~((values >= low) & (values <= high))
    if impossible.any():
        worst = values[impossible][np.argmax(np.abs(values[impossible]))]
        count = int(impossible.sum())
        notes.fault(
            f"{column.rule}; {count} cells are not",
            "state the file's true nodata value; the cells are treated as unknown",
            column=column.column,
            value=f"{worst:g}",
            severity="warning",
        )
        notes.repair("made unknown: impossible value", how_much=f"{count} cells", before=f"{worst:g}", after="unknown")
        values[impossible] = np.nan
    if np.isnan(values).all():
        notes.fault("the raster holds no value at all", "check the file and its nodata value")
        return None
    return values, transform, label


def _overlaps(values: NDArray[np.float64], transform: rasterio.Affine, crs: str, grid: Grid, notes: Notes) -> bool:
    west, north = transform * (0, 0)
    east, south = transform * (values.shape[1], values.shape[0])
    try:
        box = transform_bounds(crs, grid.crs, min(west, east), min(north, south), max(west, east), max(north, south))
    except (RasterioError, ValueError) as err:
        notes.fault(f"the raster cannot be brought from {crs} to {grid.crs} ({err})", "check crs = ...")
        return False
    left, bottom, right, top = grid.bounds
    if box[0] >= right or box[2] <= left or box[1] >= top or box[3] <= bottom:
        notes.fault("the raster does not touch the province", "check the file and its coordinate system")
        return False
    return True


def _aligned(transform: rasterio.Affine, crs: str, grid: Grid) -> tuple[int, int] | None:
    """Return the raster's (row, col) of grid cell (0, 0) where both share the same lattice."""
    same = (transform.a, transform.e, transform.b, transform.d) == (grid.cell_m, -grid.cell_m, 0.0, 0.0)
    if not same or rasterio.CRS.from_user_input(crs) != rasterio.CRS.from_user_input(grid.crs):
        return None
    col, row = (grid.west_m - transform.c) / grid.cell_m, (transform.f - grid.north_m) / grid.cell_m
    return (int(row), int(col)) if row == int(row) and col == int(col) else None


def _cut(values: NDArray[np.float64], corner: tuple[int, int], grid: Grid) -> NDArray[np.float64]:
    """Cut the grid's window out of an aligned raster; what lies beyond its edge is NaN."""
    result = np.full(grid.shape, np.nan)
    row, col = corner
    rows = slice(max(0, row), min(values.shape[0], row + grid.rows))
    cols = slice(max(0, col), min(values.shape[1], col + grid.cols))
    if rows.start < rows.stop and cols.start < cols.stop:
        result[rows.start - row : rows.stop - row, cols.start - col : cols.stop - col] = values[rows, cols]
    return result


def _resample(
    values: NDArray[np.float64], transform: rasterio.Affine, crs: str, grid: Grid, method: Resampling
) -> NDArray[np.float64]:
    result = np.full(grid.shape, np.nan)
    reproject(
        values,
        result,
        src_transform=transform,
        src_crs=crs,
        src_nodata=np.nan,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=method,
    )
    return result


def read_surface(
    path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes
) -> NDArray[np.float64] | None:
    """Read a continuous surface (elevation) onto the grid.

    Returns
    -------
    array, shape (rows, cols), or None
        Bilinear where the lattices differ, NaN where the source is void; None when unusable.
    """
    opened = _open_values(path, crs=crs, column=column, notes=notes)
    if opened is None or not _overlaps(*opened, grid, notes):
        return None
    values, transform, label = opened
    corner = _aligned(transform, label, grid)
    if corner is not None:
        return _cut(values, corner, grid)
    return _resample(values, transform, label, grid, Resampling.bilinear)


def read_counts(path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes) -> NDArray[np.float64] | None:
    """Read a raster of counts (people per cell) onto the grid, keeping sums.

    Where the lattices differ GDAL's area-weighted ``sum`` hands each source cell's count out by overlap: the
    approximation is that people are uniform inside a source cell.

    Returns
    -------
    array, shape (rows, cols), or None
        Count per grid cell, NaN where the source is void; None when unusable.
    """
    opened = _open_values(path, crs=crs, column=column, notes=notes)
    if opened is None or not _overlaps(*opened, grid, notes):
        return None
    values, transform, label = opened
    corner = _aligned(transform, label, grid)
    if corner is not None:
        return _cut(values, corner, grid)
    return _resample(values, transform, label, grid, Resampling.sum)


def write_raster(
    path: Path,
    values: NDArray[np.generic],
    *,
    grid: Grid,
    nodata: float,
    scale: float = 1.0,
    tags: dict[str, str],
) -> None:
    """Write one band as a tiled, deflated GeoTIFF; the same bytes for the same values.

    Parameters
    ----------
    path : Path
    values : array, shape (rows, cols)
    grid : Grid
    nodata : float
        In the unit of the stored values.
    scale : float
        Stored value x scale = value in its unit; kept in the file, GIS programs apply it.
    tags : dict
        Metadata, e.g. unit, operator, technology, simulated.
    """
    profile = {
        "driver": "GTiff",
        "height": grid.rows,
        "width": grid.cols,
        "count": 1,
        "dtype": values.dtype.name,
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": nodata,
        "compress": "deflate",
        "predictor": 2 if values.dtype.kind in "iu" else 3,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(values, 1)
        target.scales = (scale,)
        target.update_tags(**tags)
