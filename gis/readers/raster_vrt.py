"""VRT: which files it reads, before GDAL is let near it.

A VRT is XML that may name anything GDAL can open: URLs, other drivers, code that computes pixels. Only those that
join rasters on the disk are let through.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse
from rasterio.errors import RasterioError

from phusong.gis.readers.raster_opening import opened

__all__ = ["is_vrt", "vrt_sources"]

_LARGEST = 50_000_000
_DEEPEST = 3
_REBUILD = 'build it again with gdalbuildvrt from the files themselves, or name the tiles: path = "tiles/*.tif"'
_Fault = tuple[str, str, str]


def is_vrt(file: Path) -> bool:
    """Tell whether a file is a VRT, whatever its name."""
    with file.open("rb") as head:
        return b"<VRTDataset" in head.read(4096)


def vrt_sources(file: Path, depth: int = 0) -> tuple[list[Path], list[_Fault]]:
    """Return the files a VRT reads, and faults (rule, remedy, value): what it may not read, or cannot."""
    try:
        if file.stat().st_size > _LARGEST:
            return [], [("the VRT is too large", _REBUILD, file.name)]
        root = parse(file).getroot()
    except (ParseError, DefusedXmlException, OSError, ValueError) as err:
        return [], [(f"the raster cannot be read (the VRT is no valid XML: {err})", _REBUILD, file.name)]
    if root is None:
        return [], [("the VRT is empty", _REBUILD, file.name)]
    kinds = {node.get("subClass", "") for node in root.iter() if node.tag in {"VRTDataset", "VRTRasterBand"}}
    odd = kinds - {"", "VRTWarpedDataset", "VRTWarpedRasterBand", "VRTSourcedRasterBand"}
    if odd or root.tag != "VRTDataset":
        kind = ", ".join(sorted(odd)) or root.tag
        return [], [(f"the VRT computes its values ({kind}), it does not only join rasters", _REBUILD, file.name)]
    sources: list[Path] = []
    faults: list[_Fault] = []
    for node in root.iter():
        if node.tag in {"SourceFilename", "SourceDataset"}:
            source, fault = _vrt_source(file, node, depth)
            sources += source
            faults += fault
    return list(dict.fromkeys(sources)), list(dict.fromkeys(faults))[:8]


def _vrt_source(file: Path, node: Element, depth: int) -> tuple[list[Path], list[_Fault]]:
    name = (node.text or "").strip()
    if "://" in name or name.startswith("/vsi"):
        return [], [("the VRT reads from elsewhere than the disk", "download the file and build the VRT again", name)]
    # A warped VRT names its source plainly and GDAL takes that as relative when it says so.
    source = file.parent / name if node.get("relativeToVRT") == "1" else Path(name)
    try:
        if not source.is_file():
            return [], [("the VRT names a file that is not there", "bring the file or build the VRT again", name)]
        if is_vrt(source):
            if depth >= _DEEPEST:
                return [], [("the VRT names a VRT that names a VRT, and so on", "name the tiles themselves", name)]
            deeper, faults = vrt_sources(source, depth + 1)
            return [source, *deeper], faults
        with opened(source, vrt=False):
            return [source], []
    except (RasterioError, OSError, ValueError) as err:
        return [], [(f"the VRT names a file that cannot be read ({err})", "bring it again", name)]
