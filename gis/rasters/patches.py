"""Patches: the part of a raster that lies over the grid, every pixel of it checked, in the raster's own lattice."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod
from pyproj.exceptions import CRSError, ProjError
from rasterio.errors import RasterioError

from phusong.gis.crs import bounds_lonlat, is_degrees, parse_crs, to_lonlat, transform
from phusong.gis.readers.raster_files import RasterFile, open_raster
from phusong.gis.schemas import Column

if TYPE_CHECKING:
    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid

__all__ = ["Join", "Patch", "Store", "probe", "read_patch"]

Join = Literal["mean", "sum", "pick"]
"""What becomes of pixels much finer than a cell: their mean, their sum, or the one in the middle."""

Store = Callable[[NDArray[np.floating[Any]]], NDArray[Any]]
"""Turns a strip of numbers (NaN where void) into what is kept of it: classes need less memory than floats."""

# Pixels this many times finer than a cell are joined on reading: memory follows the grid, not the file.
_FINEST: dict[Join, int] = {"mean": 4, "sum": 4, "pick": 10}
_MARGIN = 2
_STRIP_PIXELS = 4_000_000
_MOST_PIXELS = 2_000_000_000
_PROBE = 4096
# A pixel this far above or below all its neighbours is hardly ground; peaks do stand out of coarse pixels.
_SPIKE_M = 100.0
_DEGREES = 360.0
_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Patch:
    """The part of a raster that lies over the grid, checked, in the raster's own lattice.

    Parameters
    ----------
    values : array, shape (n, m)
        NaN for void and for values no such raster can hold, or what `store` made of that.
    transform : Affine
        (col, row) of `values` to (x, y) in `crs`.
    crs : str
        In which the file was read.
    extent : tuple of float
        (west, south, east, north) of the whole file, WGS 84 degrees.
    resolution_m : float
        Longer side of the file's pixels on the ground, or of those it was resampled from where it says so.
    pixel_m : float
        Side of the patch's pixels: the file's, or several of them joined.
    """

    values: NDArray[Any]
    transform: Affine
    crs: str
    extent: tuple[float, float, float, float]
    resolution_m: float
    pixel_m: float

    def samples_a_side(self, cell_m: float) -> int:
        """Return at how many places a side a cell must be sampled so that no pixel is passed over.

        Pixels of 90 m on cells of 100 m: 1, the cell's centre. Of 30 m: 4.
        """
        ratio = cell_m / self.pixel_m
        return 1 if ratio < 1.5 else math.ceil(ratio - 1e-6)  # noqa: PLR2004 - below, one place meets all pixels


def probe(path: Path, *, crs: str | None, column: Column, notes: Notes, band: str | None = None) -> None:
    """Say what is wrong with a raster where there is no grid to bring it to; of a large one the middle is read."""
    with open_raster(path, crs=crs, band=band, notes=notes) as file:
        if file is not None:
            rows, cols = (slice(max(0, (n - _PROBE) // 2), min(n, (n + _PROBE) // 2)) for n in (file.rows, file.cols))
            _read(file, rows, cols, column=column, step=1, join="mean", notes=notes)


def read_patch(
    path: Path,
    *,
    crs: str | None,
    column: Column,
    grid: Grid,
    notes: Notes,
    join: Join,
    store: Store | None = None,
    band: str | None = None,
) -> Patch | None:
    """Read the part of a raster over the grid.

    Parameters
    ----------
    path : Path
        A file, a folder of tiles, or a pattern such as ``N1*.hgt``.
    crs : str or None
        As layers.toml states it.
    column : Column
        Values outside its range become NaN; said and counted.
    grid : Grid
    notes : Notes
    join : Join
    store : Store, optional
        Default: as read.
    band : str, optional
        Number or name of the band; default the first.

    Returns
    -------
    Patch or None
        None where the raster cannot be used; the notes say why.
    """
    with open_raster(path, crs=crs, band=band, notes=notes) as file:
        return None if file is None else _over(file, grid, column=column, join=join, store=store, notes=notes)


def _over(
    file: RasterFile, grid: Grid, *, column: Column, join: Join, store: Store | None, notes: Notes
) -> Patch | None:
    try:
        extent = bounds_lonlat(file.bounds, crs=file.crs)
        window = _window(file, grid)
        if window is None:
            _say_elsewhere(file, extent, grid, notes)
            return None
        pixel_m = _pixel_m(file, *window)
    except (ProjError, CRSError, ValueError, OverflowError) as err:
        notes.fault(f"the raster cannot be brought from {file.crs} to {grid.crs} ({err})", "check crs = ...")
        return None
    notes.describe(f"{file.title}, {file.cols:,} x {file.rows:,} pixels of {_size(file, pixel_m)}")
    rows, cols = window
    pixels = (rows.stop - rows.start) * (cols.stop - cols.start)
    if pixels > _MOST_PIXELS:
        rule = f"the raster has {pixels:,} pixels over the province, more than {_MOST_PIXELS:,}"
        notes.fault(rule, f"resample it to {grid.cell_m / _FINEST[join]:g} m; the grid has {grid.cell_m:g} m")
        return None
    step = max(1, math.floor(grid.cell_m / _FINEST[join] / pixel_m + 1e-6))
    # Joined pixels that the window's own edge cuts lie outside the grid: their middle is not where it seems.
    rows, cols = (
        slice(max(0, w.start - 2 * step), min(n, w.stop + 2 * step)) if step > 1 else w
        for w, n in ((rows, file.rows), (cols, file.cols))
    )
    values = _read(file, rows, cols, column=column, step=step, join=join, store=store, notes=notes)
    if values is None:
        return None
    corner = file.transform @ Affine.translation(cols.start, rows.start) @ Affine.scale(step)
    return Patch(values, corner, file.crs, extent, file.source_resolution_m or pixel_m, pixel_m * step)


def _window(file: RasterFile, grid: Grid) -> tuple[slice, slice] | None:
    """Return the raster's rows and columns over the grid with a margin of two pixels; None where there are none.

    A border of 128 points a side is transformed: between two of them it bends by far less than the margin.
    """
    west, south, east, north = grid.bounds
    way = np.linspace(0.0, 1.0, 129)
    x = np.concatenate([west + (east - west) * way] * 2 + [np.full(129, west), np.full(129, east)])
    y = np.concatenate([np.full(129, south), np.full(129, north)] + [south + (north - south) * way] * 2)
    col, row = ~file.transform @ transform(x, y, source=grid.crs, target=file.crs)
    if not (np.isfinite(col).all() and np.isfinite(row).all()):
        raise ValueError("the province lies outside the area this system is made for")
    inside = (col.min() < file.cols) & (col.max() > 0) & (row.min() < file.rows) & (row.max() > 0)
    if not inside:
        return None
    rows = slice(max(0, math.floor(row.min()) - _MARGIN), min(file.rows, math.ceil(row.max()) + _MARGIN))
    cols = slice(max(0, math.floor(col.min()) - _MARGIN), min(file.cols, math.ceil(col.max()) + _MARGIN))
    return rows, cols


def _pixel_m(file: RasterFile, rows: slice, cols: slice) -> float:
    """Return the longer side of a pixel in the middle of a window, on the ellipsoid."""
    col, row = (cols.start + cols.stop) // 2, (rows.start + rows.stop) // 2
    x, y = file.transform @ np.array([[col, col + 1, col], [row, row, row + 1]], float)
    lon, lat = to_lonlat(x, y, crs=file.crs)
    sides = Geod(ellps="WGS84").inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])[2]
    longest = float(np.max(sides))
    if not (math.isfinite(longest) and longest > 0):
        raise ValueError("its pixels have no size on the ground")
    return longest


def _size(file: RasterFile, pixel_m: float) -> str:
    """Return a pixel's size in words: in seconds of arc too where the raster is in degrees."""
    side = math.hypot(file.transform.a, file.transform.d)
    metres = _short(pixel_m)
    return f"{_short(side * _SECONDS)}″ (≈ {metres} m)" if is_degrees(parse_crs(file.crs)) else f"{metres} m"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"  # noqa: PLR2004 - three digits


def _say_elsewhere(file: RasterFile, extent: tuple[float, float, float, float], grid: Grid, notes: Notes) -> None:
    """Say where a raster lies that does not touch the province, and what the reason may be."""
    west, south, east, north = file.bounds
    rule, remedy = "the raster does not touch the province", "check the file and its coordinate system"
    degrees = is_degrees(parse_crs(file.crs))
    here = bounds_lonlat(grid.bounds, crs=grid.crs)
    meets = here[0] < north and here[2] > south and here[1] < east and here[3] > west
    if degrees and meets:
        rule += "; it would if its longitude and latitude were exchanged"
        remedy = "exchange the axes in a GIS, or bring the file from its source again"
    elif not degrees and max(abs(west), abs(south), abs(east), abs(north)) <= _DEGREES:
        rule += "; its corners look like degrees, its coordinate system is in metres"
        remedy = 'state the true one, e.g. crs = "EPSG:4326"'
    place = "lon {:.4f} to {:.4f}, lat {:.4f} to {:.4f}".format(*(extent[i] for i in (0, 2, 1, 3)))
    notes.fault(rule, remedy, value=place)


def _read(
    file: RasterFile,
    rows: slice,
    cols: slice,
    *,
    column: Column,
    step: int,
    join: Join,
    store: Store | None = None,
    notes: Notes,
) -> NDArray[Any] | None:
    """Read a window strip by strip, check every pixel, and join step x step of them; None where nothing is known."""
    height, width = rows.stop - rows.start, cols.stop - cols.start
    shape, result = (-(-height // step), -(-width // step)), None
    check = _Check(column)
    strip = max(1, _STRIP_PIXELS // width // step) * step
    try:
        for top in range(0, height, strip):
            part = file.read(slice(rows.start + top, min(rows.stop, rows.start + top + strip)), cols)
            check.strip(part, rows.start + top, cols.start)
            piece = _joined(part, step, join)
            piece = piece if store is None else store(piece)
            result = np.empty(shape, file.float_type if store is None else piece.dtype) if result is None else result
            result[top // step : -(-min(height, top + strip) // step)] = piece
    except (RasterioError, OSError, ValueError, MemoryError) as err:
        notes.fault(f"the raster cannot be read ({err})", "it is damaged or cut off: copy or download it again")
        return None
    check.say(file, notes)
    if result is None or not check.known:
        notes.fault("the raster holds no value at all", "check the file and its nodata value")
        return None
    return result


def _joined(part: NDArray[np.floating[Any]], step: int, join: Join) -> NDArray[np.floating[Any]]:
    """Join step x step pixels: their mean or sum without the void ones, or the one in the middle."""
    if step == 1:
        return part
    if join == "pick":
        half = step // 2
        short = [max(0, half + 1 - (n % step)) if n % step else 0 for n in part.shape]
        return np.pad(part, [(0, more) for more in short], mode="edge")[half::step, half::step]
    more = [(0, -n % step) for n in part.shape]
    blocks = np.pad(part, more, constant_values=np.nan)
    blocks = blocks.reshape(blocks.shape[0] // step, step, blocks.shape[1] // step, step)
    known = (~np.isnan(blocks)).sum(axis=(1, 3))
    total = np.nansum(blocks, axis=(1, 3), dtype=float)
    return np.where(known > 0, total if join == "sum" else total / np.maximum(known, 1), np.nan)


def _at(file: RasterFile, pixel: tuple[int, int]) -> str:
    """Return where a pixel (row, column) lies, as a planner can look it up; empty where nobody can compute it."""
    x, y = file.transform @ (pixel[1] + 0.5, pixel[0] + 0.5)
    try:
        lon, lat = to_lonlat(x, y, crs=file.crs)
    except (ProjError, CRSError):
        return ""
    return f" at lon {float(lon):.5f} lat {float(lat):.5f}" if np.isfinite([lon, lat]).all() else ""


class _Check:
    """Counts what no such raster can hold, makes it void, and notes pixels that stand out of the ground."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.known, self.impossible, self.worst = 0, 0, 0.0
        self.spikes, self.highest = 0, 0.0
        # Row and column in the file.
        self.worst_at = self.highest_at = (0, 0)

    def strip(self, values: NDArray[np.floating[Any]], row: int, col: int) -> None:
        """Check a strip in place; `row` and `col` are its first ones in the file."""
        column = self.column
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        bad = ~(np.isfinite(values) & (values >= low) & (values <= high)) & ~np.isnan(values)
        if column.type == "integer":
            bad |= np.isfinite(values) & (values != np.rint(values))
        if bad.any():
            self.impossible += int(np.count_nonzero(bad))
            most = int(np.argmax(np.where(bad, np.abs(values), -1.0)))
            at = divmod(most, values.shape[1])
            if abs(values[at]) > abs(self.worst) or self.impossible == np.count_nonzero(bad):
                self.worst, self.worst_at = float(values[at]), (row + at[0], col + at[1])
            values[bad] = np.nan
        self.known += int(np.count_nonzero(~np.isnan(values)))
        if column.column == "elevation_m":
            self._spikes(values, row, col)

    def _spikes(self, values: NDArray[np.floating[Any]], row: int, col: int) -> None:
        n, m = values.shape
        if min(n, m) < 3:  # noqa: PLR2004 - a pixel and its neighbours
            return
        core = values[1:-1, 1:-1]
        around = [values[i : n - 2 + i, j : m - 2 + j] for i in range(3) for j in range(3) if (i, j) != (1, 1)]
        top = bottom = around[0]
        for side in around[1:]:
            top, bottom = np.maximum(top, side), np.minimum(bottom, side)
        # A void neighbour makes the comparison false: at the edge of a hole nothing is accused.
        out = np.maximum(core - top, bottom - core)
        found = out > _SPIKE_M
        if found.any():
            self.spikes += int(found.sum())
            at = divmod(int(np.argmax(np.where(found, out, -1.0))), out.shape[1])
            if float(out[at]) > self.highest:
                self.highest, self.highest_at = float(out[at]), (row + 1 + at[0], col + 1 + at[1])

    def say(self, file: RasterFile, notes: Notes) -> None:
        """Write down what was found, with the place of the worst."""
        column = self.column
        if self.impossible:
            worst = f"{self.worst:g}"
            notes.fault(
                f"{column.rule}; {self.impossible} cells of the file are not",
                "state the file's true nodata value; the cells are treated as unknown",
                column=column.column,
                value=f"{worst}{_at(file, self.worst_at)}",
                severity="warning",
            )
            what, much = "made unknown: impossible value", f"{self.impossible} cells"
            notes.repair(what, how_much=much, before=worst, after="unknown")
        if self.spikes:
            notes.fault(
                f"{self.spikes} cells of the file stand more than {_SPIKE_M:g} m above or below all their neighbours; "
                "they are used as they are",
                "look at them in a GIS: spikes and pits of the sensor, or cliffs?",
                column=column.column,
                value=f"{self.highest:g} m{_at(file, self.highest_at)}",
                severity="warning",
            )
