"""Raster files: which files a raster layer is made of, what they are, and a window of their numbers.

Only formats that hold numbers and nothing else are opened, and a VRT only after its sources were looked at: none
may name a URL, another driver or a file that is not there. Pixels are read in windows; a national raster of any
declared size costs no more memory than the window asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import array_bounds
from rasterio.windows import Window

from phusong.gis.crs import crs_name, same_crs
from phusong.gis.findings import Findings
from phusong.gis.readers.archive import unpacked
from phusong.gis.readers.open_layer import present
from phusong.gis.readers.raster_opening import FORMATS, opened
from phusong.gis.readers.raster_vrt import is_vrt, vrt_sources

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes

__all__ = ["RESOLUTION_TAG", "RasterFile", "open_raster", "raster_parts", "tiles_of"]

_TILE_SUFFIXES = {".tif", ".tiff", ".hgt", ".asc", ".img", ".bil", ".flt", ".dt0", ".dt1", ".dt2", ".zip"}
_MOST_TILES = 10_000
_MOST_BANDS = 256
# Whole blocks are unpacked to read a pixel; one larger than this is no raster anybody meant to be read in parts.
_MOST_BLOCK_BYTES = 512_000_000
RESOLUTION_TAG = "source_resolution_m"
"""A raster that phusong resampled says from what: a fine grid made of a coarse file is no finer than the file."""
_COARSEST_M = 1e6
# Tiles whose corners differ from whole pixels by less than this share of one lie on the same lattice.
_SAME_LATTICE = 0.01
_HGT_BYTES = "2,884,802 bytes (3″) or 25,934,402 bytes (1″)"
_CONVERT = "open it in a GIS and save it again as GeoTIFF"


@dataclass(frozen=True, slots=True)
class _Tile:
    """One file of a raster and where it lies in the whole, in pixels."""

    path: Path
    shown: str
    vrt: bool
    row: int
    col: int
    rows: int
    cols: int


@dataclass(frozen=True, slots=True)
class RasterFile:
    """A raster, or the tiles of one lattice, opened and looked at but not read.

    Parameters
    ----------
    crs : str
        As layers.toml states it, else the file's own.
    transform : Affine
        (col, row) of pixel corners to (x, y) in `crs`.
    rows, cols : int
        As declared; nothing of this size is ever allocated.
    dtype, title : str
        Type of the stored numbers; format, type and nodata in words.
    source_resolution_m : float
        Of the raster this one was resampled from, where its tag says so; else 0.
    """

    tiles: tuple[_Tile, ...]
    band: int
    crs: str
    transform: Affine
    rows: int
    cols: int
    dtype: str
    scale: float
    offset: float
    title: str
    source_resolution_m: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in its own CRS."""
        left, bottom, right, top = array_bounds(self.rows, self.cols, self.transform)
        return min(left, right), min(bottom, top), max(left, right), max(bottom, top)

    @property
    def float_type(self) -> type[np.float32 | np.float64]:
        """The smallest float type that holds the numbers exactly."""
        exact = self.dtype in {"uint8", "int8", "uint16", "int16", "float32"} and (self.scale, self.offset) == (1, 0)
        return np.float32 if exact else np.float64

    def read(self, rows: slice, cols: slice) -> NDArray[np.floating[Any]]:
        """Read a window, NaN where the file is void or no tile reaches.

        Raises
        ------
        RasterioError, OSError, ValueError
            Where the file is broken there; the message names the tile.
        """
        result = np.full((rows.stop - rows.start, cols.stop - cols.start), np.nan, self.float_type)
        for tile in self.tiles:
            top, bottom = max(rows.start, tile.row), min(rows.stop, tile.row + tile.rows)
            left, right = max(cols.start, tile.col), min(cols.stop, tile.col + tile.cols)
            if top >= bottom or left >= right:
                continue
            window = Window(left - tile.col, top - tile.row, right - left, bottom - top)
            with opened(tile.path, vrt=tile.vrt) as source:
                try:
                    found = source.read(self.band, window=window, masked=True).astype(self.float_type).filled(np.nan)
                except (RasterioError, OSError, ValueError) as err:
                    raise OSError(f"{tile.shown}: {err.__cause__ or err}") from err
            found[np.isnan(found)] = np.nan  # a damaged file may hold signalling NaN, at which arithmetic warns
            found = found * self.scale + self.offset if (self.scale, self.offset) != (1, 0) else found
            part = result[top - rows.start : bottom - rows.start, left - cols.start : right - cols.start]
            np.copyto(part, found, where=np.isnan(part))
        return result


def tiles_of(path: Path, notes: Notes) -> list[Path] | None:
    """Return the files of a raster layer: itself, the tiles in a folder, or those that fit a pattern such as ``*.hgt``.

    Returns
    -------
    list of Path or None
        None, with a fault, where there is none.
    """
    try:
        found = _listed(path)
    except (OSError, ValueError, NotImplementedError) as err:
        notes.fault(f"the tiles cannot be listed ({err})", "correct path", column="path", value=path)
        return None
    if found is None:
        return [path] if present(path, notes) else None
    if not found:
        suffixes = ", ".join(sorted(_TILE_SUFFIXES))
        notes.fault("no raster tile is there", f"tiles end in {suffixes}", column="path", value=path)
        return None
    if len(found) > _MOST_TILES:
        notes.fault(f"these are more than {_MOST_TILES:,} tiles", "name the province's own", column="path", value=path)
        return None
    return found


def raster_parts(path: Path) -> list[Path]:
    """Return every file a raster layer's numbers come from: the file, its tiles, a VRT and its sources."""
    parts = _listed(path)
    parts = [path] if parts is None else parts
    return [*parts, *(source for part in parts if is_vrt(part) for source in vrt_sources(part)[0])]


def _listed(path: Path) -> list[Path] | None:
    """Return the tiles of a folder or pattern; None where the path is neither."""
    if path.is_dir():
        found: Iterator[Path] = path.iterdir()
    elif "*" in path.as_posix() and not path.exists():
        first = next(number for number, part in enumerate(path.parts) if "*" in part)
        found = Path(*path.parts[:first]).glob("/".join(path.parts[first:]))
    else:
        return None
    tiles = (part for part in found if part.suffix.lower() in _TILE_SUFFIXES and part.is_file())
    return sorted(islice(tiles, _MOST_TILES + 1))


@contextmanager
def open_raster(path: Path, *, crs: str | None, band: str | None = None, notes: Notes) -> Iterator[RasterFile | None]:
    """Open a raster and look at it; nothing is read but its header.

    Parameters
    ----------
    path : Path
        A file, a zip with one raster in it, a folder of tiles, or a pattern.
    crs : str or None
        As layers.toml states it; goes before the file's own.
    band : str or None
        ``layer`` of layers.toml: number or name of the band (default the first), or the member of a zip.
    notes : Notes

    Yields
    ------
    RasterFile or None
        None where it cannot be used; the notes say why. What was unpacked is removed afterwards.
    """
    files = tiles_of(path, notes)
    with ExitStack() as stack:
        parts: list[RasterFile] = []
        for file in files or ():
            part = _part(file, stack, crs=crs, band=band, notes=notes, first=not parts, alone=len(files or ()) == 1)
            if part is None:
                break
            parts.append(part)
        yield _joined(parts, notes) if files and len(parts) == len(files) else None


def _part(
    file: Path, stack: ExitStack, *, crs: str | None, band: str | None, notes: Notes, first: bool, alone: bool
) -> RasterFile | None:
    shown = file.name
    try:
        vrt = is_vrt(file)
    except OSError as err:
        notes.fault(f"the raster cannot be read ({err.strerror or err})", "check its permissions", value=shown)
        return None
    if file.suffix.lower() == ".zip":
        page = notes if alone else Findings().of(notes.layer, notes.file)
        member = stack.enter_context(unpacked(file, layer=band, suffixes=_TILE_SUFFIXES - {".zip"}, notes=page))
        notes.findings.faults.extend(() if alone else page.findings.faults)
        if member is None:
            return None
        file, band, vrt = member.path, member.layer, False
    faults = vrt_sources(file)[1] if vrt else []
    for rule, remedy, value in faults:
        notes.fault(rule, remedy, column="path", value=value)
    if faults:
        return None
    return _header(file, shown=shown, vrt=vrt, crs=crs, band=band, notes=notes, first=first)


def _header(
    path: Path, *, shown: str, vrt: bool, crs: str | None, band: str | None, notes: Notes, first: bool
) -> RasterFile | None:
    """Look at one file; what is said once of all tiles alike is said of the first."""
    try:
        with opened(path, vrt=vrt) as source:
            number = _band(source, band, notes, quiet=not first)
            if number is None:
                return None
            kind, block = source.dtypes[number - 1], source.block_shapes[number - 1]
            transform, own = source.transform, source.crs.to_string() if source.crs else None
            scale, offset = float(source.scales[number - 1]), float(source.offsets[number - 1])
            nodata = source.nodatavals[number - 1]
            points = bool(source.gcps[0]) or source.rpcs is not None
            rows, cols, driver = source.height, source.width, source.driver
            resampled_m = _metres(source.tags().get(RESOLUTION_TAG, "0"))
    except (RasterioError, OSError, ValueError) as err:
        remedy = _CONVERT
        if shown.lower().endswith(".hgt"):
            remedy = f"an .hgt file is named after its south-west corner (N11E106.hgt) and has {_HGT_BYTES}"
        notes.fault(f"the raster cannot be read ({_without_path(err, path, shown)})", remedy)
        return None
    if kind.startswith("complex") or np.dtype(kind).itemsize * block[0] * block[1] > _MOST_BLOCK_BYTES:
        what = f"it holds {kind} numbers" if kind.startswith("complex") else f"it is stored in blocks of {block}"
        notes.fault(f"the raster cannot be read ({what})", _CONVERT)
        return None
    label = _label(crs, own, notes, quiet=not first)
    if label is None or not _placed(transform, points, notes):
        return None
    title = f"{FORMATS[driver]}, {kind}"
    title += "" if nodata is None else f", nodata {nodata:g}"
    tile = _Tile(path, shown, vrt, 0, 0, rows, cols)
    return RasterFile((tile,), number, label, transform, rows, cols, kind, scale, offset, title, resampled_m)


def _metres(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 < number < _COARSEST_M else 0.0


def _without_path(err: Exception, path: Path, shown: str) -> str:
    """Return a message of GDAL's with the file's name instead of the machine's path."""
    return str(err.__cause__ or err).replace(str(path), shown)


def _band(source: DatasetReader, wanted: str | None, notes: Notes, *, quiet: bool) -> int | None:
    """Return the number of the band to read; a picture is refused, several bands are said."""
    if source.count > _MOST_BANDS:
        rule = f"the raster has {source.count:,} bands, more than any layer phusong reads"
        notes.fault(rule, "give a file of one band")
        return None
    color = source.colorinterp if source.count else ()
    bands = [number for number, kind in enumerate(color, start=1) if kind != ColorInterp.alpha]
    if wanted is not None:
        names = {
            **{str(number): number for number in bands},
            **{n: b for b, n in enumerate(source.descriptions, 1) if n},
        }
        if wanted not in names:
            has = ", ".join(names) or "none"
            notes.fault("the raster has no such band", f"its bands are {has}", column="layer", value=wanted)
            return None
        return names[wanted]
    if not bands:
        notes.fault("the raster has 0 bands", "give a file of one band")
        return None
    if {ColorInterp.red, ColorInterp.green, ColorInterp.blue} <= set(color):
        notes.fault(
            "the raster is a picture (red, green, blue), not numbers", "give the raster the picture was made of"
        )
        return None
    if len(bands) > 1 and not quiet:
        rule = f"the raster has {source.count} bands; the first is read"
        notes.fault(rule, 'name the band, e.g. layer = "1"', severity="warning")
    return bands[0]


def _label(stated: str | None, own: str | None, notes: Notes, *, quiet: bool) -> str | None:
    """Return the CRS layers.toml states, else the file's own; None with a fault where there is none to be used."""
    label = stated or own
    if label is None:
        notes.fault("the raster has no coordinate system", 'state it: crs = "EPSG:4326"', column="crs")
        return None
    try:
        label = crs_name(label)
        contradiction = stated and own and not same_crs(stated, own)
    except ValueError as err:
        notes.fault(str(err), 'write e.g. crs = "EPSG:4326"', column="crs", value=label)
        return None
    if contradiction and not quiet:
        notes.fault(
            f"layers.toml says {stated}, the file says {own}; layers.toml goes first",
            "take crs out of layers.toml unless the file is wrong",
            column="crs",
            value=stated,
            severity="warning",
        )
    return label


def _placed(transform: Affine, points: bool, notes: Notes) -> bool:  # noqa: FBT001 - one use, named there
    """Tell whether the transform says where the raster lies; a fault where it does not."""
    georeference = "georeference it in a GIS and save it as GeoTIFF"
    if transform.is_identity:
        rule = "the raster does not say where it lies"
        notes.fault(rule + (", it only has control points" if points else ""), georeference)
        return False
    if not np.isfinite(list(transform)).all() or abs(transform.determinant) < 1e-30:  # noqa: PLR2004 - none at all
        notes.fault("the raster's cells have no size", georeference, value=list(transform)[:6])
        return False
    return True


def _joined(parts: Sequence[RasterFile], notes: Notes) -> RasterFile | None:
    """Join tiles of one lattice; a fault names the tile that is not on it."""
    first = parts[0]
    if len(parts) == 1:
        return first
    corners = []
    for part in parts:
        col, row = ~first.transform @ (part.transform.c, part.transform.f)
        steps = np.abs(np.subtract(part.transform[:6], first.transform[:6]))[[0, 1, 3, 4]] * max(part.rows, part.cols)
        size = np.sqrt(abs(first.transform.determinant))
        off = max(abs(row - round(row)), abs(col - round(col)), steps.max() / size)
        same = (part.dtype, part.scale, part.offset, part.band) == (first.dtype, first.scale, first.offset, first.band)
        if off > _SAME_LATTICE or not same or not same_crs(part.crs, first.crs):
            notes.fault(
                f"the tile is not of the same make as {first.tiles[0].shown}: other cells, numbers or coordinates",
                "give tiles of one product, or join them into one GeoTIFF with gdalwarp",
                value=part.tiles[0].shown,
            )
            return None
        corners.append((round(row), round(col)))
    top, left = min(row for row, _ in corners), min(col for _, col in corners)
    tiles = tuple(
        replace(part.tiles[0], row=row - top, col=col - left) for part, (row, col) in zip(parts, corners, strict=True)
    )
    return replace(
        first,
        tiles=tiles,
        transform=first.transform @ Affine.translation(left, top),
        rows=max(tile.row + tile.rows for tile in tiles),
        cols=max(tile.col + tile.cols for tile in tiles),
        title=f"{len(tiles)} tiles, {first.title}",
    )
