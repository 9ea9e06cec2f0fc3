"""Content: what a file really is by its first bytes, whatever its name says."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["content_of", "fits_name", "say_unreadable"]

_HEAD = 16384
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\x00", "sqlite"),
    (b"fgb", "flatgeobuf"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"ARROW1", "arrow"),
    (b"FEA1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF", "pdf"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"!table", "mapinfo"),
    (b"!TABLE", "mapinfo"),
)
_WORDS = {
    "empty": "an empty file",
    "sqlite": "a database (SQLite, GeoPackage)",
    "flatgeobuf": "a FlatGeobuf",
    "shapefile": "a part of a Shapefile (.shp or .shx)",
    "parquet": "a Parquet file",
    "arrow": "an Arrow or Feather file",
    "ole": "an old Office document (.xls, .doc)",
    "excel": "an Excel workbook (.xlsx)",
    "office": "an Office document (.xlsx, .docx)",
    "ods": "an OpenDocument file (.ods)",
    "word": "a Word or PowerPoint document",
    "kmz": "a KMZ (a zip with a KML in it)",
    "zip": "a zip archive",
    "pdf": "a PDF",
    "tiff": "a picture or raster (TIFF)",
    "picture": "a picture",
    "gzip": "a gzip archive",
    "rar": "a RAR archive",
    "7z": "a 7z archive",
    "mapinfo": "a MapInfo file",
    "osm": "an OpenStreetMap extract (.osm.pbf)",
    "kml": "a KML",
    "html": "a web page (HTML)",
    "excel-xml": "a spreadsheet saved as XML",
    "xml": "an XML file",
    "json": "a JSON file",
    "pipeline": "a GDAL pipeline: commands, no data",
    "text": "plain text",
    "zeros": "nothing but zero bytes",
    "binary": "no file of a kind phusong knows",
}
_REMEDIES = {
    "empty": "bring the file again; its copy broke off",
    "zeros": "bring the file again; its copy broke off",
    "html": "open it in a spreadsheet or browser: save a table as .xlsx, or download the file itself once more",
    "excel-xml": "open it in a spreadsheet and save it as .xlsx",
    "excel": "rename it to end in .xlsx",
    "office": "rename it to end in .xlsx if it is a workbook",
    "ods": "rename it to end in .ods",
    "ole": "rename it to end in .xls if it is a workbook",
    "word": "copy its table into a spreadsheet and save that as .xlsx",
    "pdf": "ask for the table or the map as a file of data",
    "picture": "ask for the map as a file of data",
    "tiff": "a raster belongs to population, terrain or land_cover",
    "rar": "unpack it and name the file in it",
    "7z": "unpack it and name the file in it",
    "gzip": "unpack it and name the file in it",
    "kml": "rename it to end in .kml",
    "kmz": "rename it to end in .kmz",
    "zip": "rename it to end in .zip",
    "json": "rename it to end in .geojson",
    "sqlite": "rename it to end in .gpkg",
    "flatgeobuf": "rename it to end in .fgb",
    "shapefile": "name the .shp of the Shapefile",
    "parquet": "rename it to end in .parquet",
    "arrow": "rename it to end in .arrow",
    "mapinfo": "rename it to end in .tab, with its .dat, .map and .id beside it",
    "osm": "rename it to end in .osm.pbf",
    "text": "rename it to end in .csv if it is a table",
}
_TABLE = {"text", "binary", "empty", "zeros"}  # the reader of tables says itself what is wrong with these
_WORKBOOK = {"excel", "office", "ole", "ods"}
_EXPECTED: dict[str, set[str]] = {
    ".csv": _TABLE,
    ".tsv": _TABLE,
    ".txt": _TABLE,
    ".xlsx": _WORKBOOK,
    ".xlsm": _WORKBOOK,
    ".xlsb": _WORKBOOK,
    ".xls": _WORKBOOK,
    ".ods": _WORKBOOK,
    ".gpkg": {"sqlite"},
    ".geojson": {"json"},
    ".json": {"json"},
    ".geojsonl": {"json"},
    ".ndjson": {"json"},
    ".fgb": {"flatgeobuf"},
    ".shp": {"shapefile"},
    ".tab": {"mapinfo"},
    ".mif": {"text"},
    ".pbf": {"osm"},
    ".kml": {"kml", "xml"},
    ".kmz": {"kmz", "zip"},
    ".zip": {"zip", "kmz"},
    ".parquet": {"parquet"},
    ".geoparquet": {"parquet"},
    ".feather": {"arrow"},
    ".arrow": {"arrow"},
}
_KML = re.compile(rb"<(\w+:)?kml[\s/>]")
_HTML = re.compile(rb"<(!doctype\s+html|html|table|body|meta|style)[\s>]", re.IGNORECASE)
_JSON = re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{\]])')
_PIPELINE = re.compile(rb'"gdal_streamed_alg"|"gdalg')


def say_unreadable(err: OSError | MemoryError, notes: Notes) -> None:
    """Say that a file that is there cannot be read, in the system's own words."""
    notes.fault(f"the file cannot be read ({getattr(err, 'strerror', None) or err})", "check its permissions")


def fits_name(path: Path, notes: Notes) -> bool:
    """Tell whether a file is of the kind its name says; a fault that says what it really is where it is not."""
    expected = _EXPECTED.get(path.suffix.lower())
    try:
        found = content_of(path)
    except OSError as err:
        say_unreadable(err, notes)
        return False
    if expected is None or found in expected:
        return True
    notes.fault(
        f"the file ends in {path.suffix}, but is {_WORDS[found]}",
        _REMEDIES.get(found, "open it in the program it comes from and save it again as GeoPackage or CSV"),
        column="path",
        value=path.name,
    )
    return False


def content_of(path: Path) -> str:
    """Return what a file is by its content, as one word, e.g. ``"sqlite"``, ``"kml"``, ``"text"``.

    Raises
    ------
    OSError
        Where the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return "empty"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, head)
    if b"OSMHeader" in head[:64]:
        return "osm"
    if not head.strip(b"\x00"):
        return "zeros"
    return _written(head)


def _zipped(path: Path, head: bytes) -> str:
    """Return what a zip is: a workbook, a document, a KMZ or just a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = " ".join(archive.namelist()[:1000])
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, zipfile.LargeZipFile):
        names = head.decode("latin-1")  # broken: the first member's name stands in the head
    for part, kind in (("xl/", "excel"), ("word/", "word"), ("ppt/", "word"), ("[Content_Types].xml", "office")):
        if part in names:
            return kind
    if b"mimetypeapplication/vnd.oasis" in head:
        return "ods"
    return "kmz" if ".kml" in names.casefold() else "zip"


def _written(head: bytes) -> str:
    """Return what a file of text is; bytes that no text has make it binary."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "ignore").encode()
    elif b"\x00" in head:
        return "binary"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"<"):
        if _KML.search(start):
            return "kml"
        if b"Excel.Sheet" in start or b"office:spreadsheet" in start:
            return "excel-xml"
        return "html" if _HTML.search(start) else "xml"
    if _JSON.match(start):
        return "pipeline" if _PIPELINE.search(start) else "json"
    return "text"
