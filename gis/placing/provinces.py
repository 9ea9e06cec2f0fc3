"""Provinces: where those lie whose outline has been published - a box to hold a layer of communes against.

``provinces.csv`` is the table: names, west, south, east and north in WGS 84 to 0.0001 degree (11 m), source.
"""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import shapely

from phusong.gis.crs import WGS84, transform

__all__ = ["Published", "published"]

_KINDS = ("tinh ", "thanh pho ", "tp. ", "tp ")
_EDGE_POINTS = 20


@dataclass(frozen=True, slots=True)
class Published:
    """A province's published box.

    Parameters
    ----------
    name : str
    box : tuple of float
        (west, south, east, north), WGS 84 degrees.
    source : str
    """

    name: str
    box: tuple[float, float, float, float]
    source: str

    def outline(self, grid_crs: str) -> shapely.Polygon:
        """Return the box in the grid's CRS, its bent edges included."""
        ring = shapely.segmentize(shapely.box(*self.box), max(self.box[2] - self.box[0], 1.0) / _EDGE_POINTS)
        x, y = transform(*shapely.get_coordinates(ring).T, source=WGS84, target=grid_crs)
        return shapely.Polygon(list(zip(x, y, strict=True)))


def published(name: str) -> Published | None:
    """Return what is published of a province, None where the table does not have it.

    Parameters
    ----------
    name : str
        With or without accents and ``Tỉnh``.

    Examples
    --------
    >>> published("tỉnh Bình Phước").box
    (106.4116, 11.3016, 107.4272, 12.2984)
    >>> published("Tỉnh mẫu") is None
    True
    """
    return _table().get(_folded(name))


@lru_cache(maxsize=1)
def _table() -> dict[str, Published]:
    found = {}
    text = (files(__package__) / "provinces.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        box = float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"])
        for name in (row["province"], *row["aliases"].split("|")):
            found[_folded(name)] = Published(row["province"], box, row["source"])
    return found


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFD", " ".join(name.casefold().replace("đ", "d").split()))
    folded = "".join(letter for letter in text if not unicodedata.combining(letter))
    for kind in _KINDS:
        folded = folded.removeprefix(kind)
    return folded
