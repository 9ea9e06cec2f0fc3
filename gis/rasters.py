"""Rasters: read, align to the grid; nodata becomes NaN here and nowhere else."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import array_bounds
from rasterio.warp import reproject, transform_bounds

from phusong.errors import Severity
from phusong.gis.crs import bounds_lonlat, parse_crs, same_crs
from phusong.gis.schemas import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid

__all__ = ["OnGrid", "probe", "read_counts", "read_surface", "write_raster"]

# Lattices that differ by less than this share of a cell are the same lattice, written with rounded decimals.
_SAME_LATTICE = 1e-6


@dataclass(frozen=True, slots=True)
class OnGrid:
    """A raster brought onto the grid.

    Parameters
    ----------
    values : array, shape (rows, cols)
        NaN where the source is void or does not reach.
    crs : str
        CRS the file was read in.
    extent : tuple of float
        (west, south, east, north) of the file, WGS 84 degrees.
    """

    values: NDArray[np.float64]
    crs: str
    extent: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Source:
    """A raster as its file holds it: NaN for void, values in their unit."""

    values: NDArray[np.float64]
    transform: rasterio.Affine
    crs: str

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in its own CRS."""
        west, south, east, north = array_bounds(*self.values.shape, self.transform)
        return west, min(south, north), east, max(south, north)


def probe(path: Path, *, crs: str | None, column: Column, notes: Notes) -> None:
    """Say what is wrong with a raster where there is no grid to bring it to."""
    _open_source(path, crs=crs, column=column, notes=notes)


def _open_source(path: Path, *, crs: str | None, column: Column, notes: Notes) -> _Source | None:
    """Read band 1 as float with NaN for nodata and for values no such raster can hold (said, counted)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said below, as a fault
            with rasterio.open(path) as source:
                if source.count != 1:
                    severity: Severity = "warning" if source.count else "error"
                    rule = f"the raster has {source.count} bands" + ("; the first is read" if source.count else "")
                    notes.fault(rule, "give a file of one band", severity=severity)
                    if not source.count:
                        return None
                values = source.read(1, masked=True).astype(float).filled(np.nan)
                values = values * source.scales[0] + source.offsets[0]
                transform, own = source.transform, source.crs
    except (RasterioError, OSError, ValueError) as err:
        notes.fault(f"the raster cannot be read ({err})", "open it in a GIS and save it again as GeoTIFF")
        return None
    label = _label(crs, own.to_string() if own else None, notes)
    if label is None:
        return None
    if transform.is_identity:
        notes.fault("the raster does not say where it lies", "georeference it in a GIS and save it as GeoTIFF")
        return None
    _void_impossible(values, column, notes)
    if np.isnan(values).all():
        notes.fault("the raster holds no value at all", "check the file and its nodata value")
        return None
    return _Source(values, transform, label)


def _label(stated: str | None, own: str | None, notes: Notes) -> str | None:
    """Return the CRS layers.toml states, else the file's own; None with a fault where there is none to be used."""
    label = stated or own
    if label is None:
        notes.fault("the raster has no coordinate system", 'state it: crs = "EPSG:4326"', column="crs")
        return None
    try:
        parse_crs(label)
        contradiction = stated and own and not same_crs(stated, own)
    except ValueError as err:
        notes.fault(str(err), 'write e.g. crs = "EPSG:4326"', column="crs", value=label)
        return None
    if contradiction:
        notes.fault(
            f"layers.toml says {stated}, the file says {own}; layers.toml goes first",
            "take crs out of layers.toml unless the file is wrong",
            column="crs",
            value=stated,
            severity="warning",
        )
    return label


def _void_impossible(values: NDArray[np.float64], column: Column, notes: Notes) -> None:
    """Make values outside the column's range NaN, in place; said and counted."""
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    impossible = ~np.isnan(values) & ~(np.isfinite(values) & (values >= low) & (values <= high))
    if not impossible.any():
        return
    worst = values[impossible][np.argmax(np.abs(values[impossible]))]
    count = int(impossible.sum())
    notes.fault(
        f"{column.rule}; {count} cells of the file are not",
        "state the file's true nodata value; the cells are treated as unknown",
        column=column.column,
        value=f"{worst:g}",
        severity="warning",
    )
    notes.repair("made unknown: impossible value", how_much=f"{count} cells", before=f"{worst:g}", after="unknown")
    values[impossible] = np.nan


def _overlaps(source: _Source, grid: Grid, notes: Notes) -> bool:
    try:
        box = transform_bounds(source.crs, grid.crs, *source.bounds)
    except (RasterioError, ValueError) as err:
        notes.fault(f"the raster cannot be brought from {source.crs} to {grid.crs} ({err})", "check crs = ...")
        return False
    left, bottom, right, top = grid.bounds
    if not (box[0] < right and box[2] > left and box[1] < top and box[3] > bottom):
        notes.fault("the raster does not touch the province", "check the file and its coordinate system")
        return False
    return True


def _aligned(source: _Source, grid: Grid) -> tuple[int, int] | None:
    """Return the raster's (row, col) of grid cell (0, 0) where both share the same lattice."""
    t = source.transform
    drift = np.abs([t.a / grid.cell_m - 1, t.e / grid.cell_m + 1, t.b, t.d]) * max(source.values.shape)
    col, row = (grid.west_m - t.c) / grid.cell_m, (t.f - grid.north_m) / grid.cell_m
    offset = np.abs([row - round(row), col - round(col)])
    if max(drift.max(), offset.max()) > _SAME_LATTICE or not same_crs(source.crs, grid.crs):
        return None
    return round(row), round(col)


def _cut(values: NDArray[np.float64], corner: tuple[int, int], grid: Grid) -> NDArray[np.float64]:
    """Cut the grid's window out of an aligned raster; what lies beyond its edge is NaN."""
    result = np.full(grid.shape, np.nan)
    row, col = corner
    rows = slice(max(0, row), min(values.shape[0], row + grid.rows))
    cols = slice(max(0, col), min(values.shape[1], col + grid.cols))
    if rows.start < rows.stop and cols.start < cols.stop:
        result[rows.start - row : rows.stop - row, cols.start - col : cols.stop - col] = values[rows, cols]
    return result


def _onto(
    path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes, method: Resampling
) -> OnGrid | None:
    source = _open_source(path, crs=crs, column=column, notes=notes)
    if source is None or not _overlaps(source, grid, notes):
        return None
    extent = bounds_lonlat(source.bounds, crs=source.crs)
    corner = _aligned(source, grid)
    if corner is not None:
        return OnGrid(_cut(source.values, corner, grid), source.crs, extent)
    result = np.full(grid.shape, np.nan)
    reproject(
        source.values,
        result,
        src_transform=source.transform,
        src_crs=source.crs,
        src_nodata=np.nan,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=method,
    )
    return OnGrid(result, source.crs, extent)


def read_surface(path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes) -> OnGrid | None:
    """Read a continuous surface (elevation) onto the grid.

    Returns
    -------
    OnGrid or None
        Bilinear where the lattices differ; None when unusable.
    """
    return _onto(path, crs=crs, column=column, grid=grid, notes=notes, method=Resampling.bilinear)


def read_counts(path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes) -> OnGrid | None:
    """Read a raster of counts (people per cell) onto the grid, keeping sums.

    Where the lattices differ GDAL's area-weighted ``sum`` hands each source cell's count out by overlap: the
    approximation is that people are uniform inside a source cell.

    Returns
    -------
    OnGrid or None
        Count per grid cell; None when unusable.
    """
    return _onto(path, crs=crs, column=column, grid=grid, notes=notes, method=Resampling.sum)


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
