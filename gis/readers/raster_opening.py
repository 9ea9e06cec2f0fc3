"""Opening: a raster through the few GDAL drivers that hold numbers and nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader

__all__ = ["FORMATS", "opened"]

FORMATS = {
    "GTiff": "GeoTIFF",
    "SRTMHGT": "SRTM .hgt",
    "AAIGrid": "ASCII grid",
    "HFA": "ERDAS .img",
    "EHdr": "BIL/FLT",
    "ENVI": "ENVI",
    "DTED": "DTED",
    "VRT": "VRT",
}
_CACHE_MB = 64
# A number takes a digit and a blank. Of a text that ends early GDAL would look for the rest one by one, for hours.
_TEXT = {"AAIGrid"}


@contextmanager
def opened(path: Path, *, vrt: bool) -> Iterator[DatasetReader]:
    """Open a raster file; a VRT only where its sources have been looked at.

    Raises
    ------
    RasterioError, OSError, ValueError
    """
    drivers = ["VRT"] if vrt else [driver for driver in FORMATS if driver != "VRT"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # `raster_files` says it, as a fault
        # Without readdir no neighbour of the file is opened but its world file and its statistics, by name.
        with (
            rasterio.Env(GDAL_CACHEMAX=_CACHE_MB, GDAL_DISABLE_READDIR_ON_OPEN="TRUE"),
            # rasterio.open takes one driver only; and it would read a URL into a name with "://".
            DatasetReader(str(path), driver=drivers, sharing=False) as source,
        ):
            if source.driver in _TEXT and path.stat().st_size < 2 * source.width * source.height - 1:
                raise OSError(f"its header says {source.width:,} x {source.height:,} numbers, the file ends before")
            yield source
