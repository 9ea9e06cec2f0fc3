"""Grid rasters as small pictures that lie exactly where a web map expects them.

A web map stretches a picture linearly between two corners in Web Mercator, so a picture in any other
projection is misplaced (hundreds of metres for a TM-3 raster pasted by its box). Each cell of the plan's grid
is therefore looked up once, nearest neighbour, for each pixel of one EPSG:3857 grid; all pictures share that
lookup, are aligned with each other, and keep their classes (no blending of states).
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PIL import Image
from pyproj import Transformer

from phusong.coverage.service import COVERED, NOT_COVERED, OUTSIDE, UNKNOWN
from phusong.maps.style import UNKNOWN_DARK, UNKNOWN_LIGHT

__all__ = ["Warp", "gap_classes", "make_warp", "picture", "planned_classes"]

NEW = NEITHER = 3
"""The fourth class: "covered by the plan" in one picture, "neither 2G nor 4G" in the other."""
_HATCH_PERIOD_PX = 4


@dataclass(frozen=True, slots=True)
class Warp:
    """Which grid cell each pixel of the web picture shows, and where the picture lies.

    Parameters
    ----------
    cells : ndarray of int32, shape (height, width)
        Flat index into the plan's grid; -1 outside it.
    bounds : tuple of float
        (south, west, north, east) in degrees, WGS 84: the exact outer edges of the picture.
    """

    cells: NDArray[np.int32]
    bounds: tuple[float, float, float, float]

    def take(self, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Classes of the picture's pixels, `OUTSIDE` outside the grid."""
        return np.where(self.cells >= 0, classes.ravel()[self.cells], np.uint8(OUTSIDE)).astype(np.uint8)


def make_warp(service: xr.Dataset) -> Warp:
    """Look up the plan's grid from a Web Mercator grid of about the same resolution.

    Parameters
    ----------
    service : xarray.Dataset
        Dims (y, x), north up, equally spaced cell centres in metres, attribute ``crs``.

    Returns
    -------
    Warp
    """
    x_m, y_m = service["x"].to_numpy(), service["y"].to_numpy()
    shape = (y_m.size, x_m.size)
    cell_x_m = (x_m[-1] - x_m[0]) / (x_m.size - 1)
    cell_y_m = (y_m[0] - y_m[-1]) / (y_m.size - 1)
    if cell_x_m <= 0 or cell_y_m <= 0:
        msg = f"service raster must be north up with x rising, got cell {cell_x_m} x {cell_y_m} m"
        raise ValueError(msg)
    west, north = x_m[0] - cell_x_m / 2, y_m[0] + cell_y_m / 2
    east, south = west + cell_x_m * shape[1], north - cell_y_m * shape[0]
    to_web = Transformer.from_crs(service.attrs["crs"], "EPSG:3857", always_xy=True)
    web_west, web_south, web_east, web_north = to_web.transform_bounds(west, south, east, north)
    # A Mercator metre is shorter than a metre on the ground: as many pixels across as the grid has cells.
    pixel = min((web_east - web_west) / shape[1], (web_north - web_south) / shape[0])
    width, height = math.ceil((web_east - web_west) / pixel), math.ceil((web_north - web_south) / pixel)
    web_east, web_south = web_west + width * pixel, web_north - height * pixel
    web_x, web_y = np.meshgrid(
        web_west + pixel * (np.arange(width) + 0.5), web_north - pixel * (np.arange(height) + 0.5)
    )
    x, y = to_web.transform(web_x, web_y, direction="INVERSE")
    col = np.floor((x - west) / cell_x_m).astype(np.int64)
    row = np.floor((north - y) / cell_y_m).astype(np.int64)
    inside = (row >= 0) & (row < shape[0]) & (col >= 0) & (col < shape[1])
    cells = np.where(inside, row * shape[1] + col, -1).astype(np.int32)
    to_degrees = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    lon_deg, lat_deg = to_degrees.transform([web_west, web_east], [web_south, web_north])
    return Warp(cells, (lat_deg[0], lon_deg[0], lat_deg[1], lon_deg[1]))


def gap_classes(with_2g: NDArray[np.uint8], with_4g: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where people have 2G and no 4G.

    Parameters
    ----------
    with_2g, with_4g : ndarray of uint8, shape (rows, cols)
        Any operator's service: 0 not covered, 1 covered, 2 unknown, 255 outside.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        0 the gap (2G, no 4G), 1 has 4G, 2 unknown (either network unknown and no 4G), 3 neither, 255 outside.
    """
    classes = np.full(with_4g.shape, UNKNOWN, dtype=np.uint8)
    classes[with_4g == COVERED] = COVERED
    classes[(with_4g == NOT_COVERED) & (with_2g == COVERED)] = NOT_COVERED
    classes[(with_4g == NOT_COVERED) & (with_2g == NOT_COVERED)] = NEITHER
    classes[with_4g == OUTSIDE] = OUTSIDE
    return classes


def planned_classes(today: NDArray[np.uint8], planned: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Tell apart what the plan changes.

    Parameters
    ----------
    today, planned : ndarray of uint8, shape (rows, cols)
        Any operator's 4G today and once the plan is built, in the states of `gap_classes`.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        0 not covered, 1 covered already, 2 unknown, 3 covered by the plan and not (or not known to be) covered
        today, 255 outside.
    """
    classes = planned.copy()
    classes[(planned == COVERED) & (today != COVERED)] = NEW
    return classes


def picture(classes: NDArray[np.uint8], colours: Sequence[str]) -> str:
    """Paint classes as a palette PNG in a data URI.

    Parameters
    ----------
    classes : ndarray of uint8, shape (height, width)
        Index into `colours`; `UNKNOWN` is drawn as a hatch whatever its colour, `OUTSIDE` is transparent.
    colours : sequence of str
        ``#rrggbb`` by class.

    Returns
    -------
    str
        ``data:image/png;base64,...``; the same bytes for the same input.
    """
    height, width = classes.shape
    diagonal = np.add.outer(np.arange(height), np.arange(width)) % _HATCH_PERIOD_PX
    last = len(colours)
    pixels = np.where(classes == OUTSIDE, np.uint8(last + 1), classes)
    pixels[(classes == UNKNOWN) & (diagonal == 0)] = last
    palette = [*colours, UNKNOWN_DARK, "#000000"]
    palette[UNKNOWN] = UNKNOWN_LIGHT
    image = Image.frombytes("P", (width, height), pixels.astype(np.uint8).tobytes())
    image.putpalette(b"".join(bytes.fromhex(colour[1:]) for colour in palette))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True, transparency=last + 1, bits=4)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
