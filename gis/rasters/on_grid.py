"""Rasters: checked and brought onto the grid; nodata becomes NaN here and nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio

from phusong.gis.rasters.patches import probe, read_patch
from phusong.gis.rasters.resampling import hand_out, sample_mean
from phusong.gis.schemas import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid

__all__ = ["OnGrid", "probe", "read_counts", "read_surface", "write_raster"]

# Not even a whole city lives in one cell; 3.4e38 is a nodata value that the file does not declare.
_MOST_PEOPLE = 20_000_000.0


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
    resolution_m : float
        Longer side of the file's pixels, on the ground.
    """

    values: NDArray[np.float64]
    crs: str
    extent: tuple[float, float, float, float]
    resolution_m: float = math.nan


def read_surface(
    path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes, band: str | None = None
) -> OnGrid | None:
    """Read a continuous surface (elevation) onto the grid.

    Returns
    -------
    OnGrid or None
        Bilinear between pixel centres where pixels are about as large as cells or larger; the mean over the cell where
        they are finer. Where the lattices agree the values are the file's own. None when unusable.
    """
    patch = read_patch(path, crs=crs, column=column, grid=grid, notes=notes, join="mean", band=band)
    if patch is None:
        return None
    samples = patch.samples_a_side(grid.cell_m)
    if samples > 1:
        notes.describe(f"mean over each cell of {grid.cell_m:g} m")
    values = sample_mean(patch.values, transform=patch.transform, crs=patch.crs, grid=grid, samples=samples)
    return OnGrid(values, patch.crs, patch.extent, patch.resolution_m)


def read_counts(
    path: Path, *, crs: str | None, column: Column, grid: Grid, notes: Notes, band: str | None = None
) -> OnGrid | None:
    """Read a raster of counts (people per cell) onto the grid, keeping sums.

    Each pixel's count is handed out to the cells it overlaps; the approximation is that people are uniform inside a
    pixel. See `phusong.gis.rasters.resampling.hand_out`.

    Returns
    -------
    OnGrid or None
        Count per grid cell; None when unusable.
    """
    most = min(_MOST_PEOPLE, math.inf if column.maximum is None else column.maximum)
    bounded = replace(column, maximum=most)
    patch = read_patch(path, crs=crs, column=bounded, grid=grid, notes=notes, join="sum", band=band)
    if patch is None:
        return None
    values = hand_out(patch.values, transform=patch.transform, crs=patch.crs, grid=grid)
    return OnGrid(values, patch.crs, patch.extent, patch.resolution_m)


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
