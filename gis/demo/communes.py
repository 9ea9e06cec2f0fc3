"""Communes: the facts of the 40 units, and their approximate polygons.

The table beside this module is factual; its columns and sources are told in the package's docstring. The
polygons are not the boundaries: they are Voronoi cells of the centres inside a hand-generalised outline.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import cast

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPoint, MultiPolygon, Polygon

from phusong.gis.demo.places import to_metres

__all__ = ["SMALL", "Communes", "read"]

# Approximate outline drawn by hand on a 0.05 degree raster, (lon, lat), WGS 84.
_OUTLINE = (
    (106.80, 11.50), (106.70, 11.40), (106.65, 11.35), (106.55, 11.35), (106.55, 11.50), (106.45, 11.50),
    (106.50, 11.60), (106.40, 11.75), (106.45, 11.85), (106.40, 12.00), (106.70, 11.95), (106.80, 12.10),
    (107.00, 12.10), (107.20, 12.30), (107.25, 12.05), (107.30, 12.00), (107.40, 11.90), (107.40, 11.75),
    (107.30, 11.75), (107.25, 11.65), (107.30, 11.55), (107.10, 11.50), (107.05, 11.40), (106.95, 11.30),
    (106.85, 11.30), (106.85, 11.35), (106.75, 11.40),
)  # fmt: skip

SMALL = ("25217", "25220", "25222", "25225", "25231", "25267")
"""Six neighbours: Phước Long and Phước Bình (wards), Đa Kia, Phú Nghĩa, Đăk Ơ and remote Bù Gia Mập."""


@dataclass(frozen=True, slots=True, eq=False)
class Communes:
    """The communes of a province, ordered by code.

    Parameters
    ----------
    code, kind, name : tuple of str
        5-digit code; ``xã`` or ``phường``; name without the kind.
    people : ndarray of int64
        Census population.
    area_km2 : ndarray of float64
        Published area, which is not the area of the approximate polygon.
    x_m, y_m : ndarray of int64
        Approximate centre.
    polygons : ndarray of Polygon
        A coverage: no gaps, no overlaps, whole metres.
    """

    code: tuple[str, ...]
    kind: tuple[str, ...]
    name: tuple[str, ...]
    people: NDArray[np.int64]
    area_km2: NDArray[np.float64]
    x_m: NDArray[np.int64]
    y_m: NDArray[np.int64]
    polygons: NDArray[np.object_]

    def __len__(self) -> int:
        """Return the number of communes."""
        return len(self.code)

    @property
    def outline(self) -> Polygon | MultiPolygon:
        """The union of the polygons."""
        return cast("Polygon | MultiPolygon", shapely.coverage_union_all(self.polygons))

    @property
    def is_ward(self) -> NDArray[np.bool_]:
        """True for wards (phường)."""
        return np.array([kind == "phường" for kind in self.kind])

    @property
    def is_thin(self) -> NDArray[np.bool_]:
        """True for the communes (not wards) with fewer people per km² than most."""
        per_km2 = self.people / self.area_km2
        return ~self.is_ward & (per_km2 <= np.median(per_km2))

    def nearest(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.int64]:
        """Return the index of the nearest centre: inside the outline, the commune itself."""
        dx = np.asarray(x_m, dtype=np.int64)[..., None] - self.x_m
        dy = np.asarray(y_m, dtype=np.int64)[..., None] - self.y_m
        index: NDArray[np.int64] = np.argmin(dx * dx + dy * dy, axis=-1)
        return index

    def select(self, codes: tuple[str, ...]) -> Communes:
        """Return the communes with these codes, in their own order."""
        keep = [index for index, code in enumerate(self.code) if code in codes]
        return Communes(
            code=tuple(self.code[i] for i in keep),
            kind=tuple(self.kind[i] for i in keep),
            name=tuple(self.name[i] for i in keep),
            people=self.people[keep],
            area_km2=self.area_km2[keep],
            x_m=self.x_m[keep],
            y_m=self.y_m[keep],
            polygons=self.polygons[keep],
        )


def read() -> Communes:
    """Return the 40 communes with their approximate polygons."""
    text = resources.files(__package__).joinpath("communes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    x_m, y_m = to_metres([float(row["lon"]) for row in rows], [float(row["lat"]) for row in rows])
    return Communes(
        code=tuple(row["code"] for row in rows),
        kind=tuple(row["kind"] for row in rows),
        name=tuple(row["name"] for row in rows),
        people=np.array([int(row["population"]) for row in rows], dtype=np.int64),
        area_km2=np.array([float(row["area_km2"]) for row in rows]),
        x_m=x_m,
        y_m=y_m,
        polygons=_voronoi(x_m, y_m),
    )


def _voronoi(x_m: NDArray[np.int64], y_m: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return one polygon a centre: the part of the outline nearest to it."""
    outline = Polygon(np.column_stack(to_metres(*zip(*_OUTLINE, strict=True))))
    cells = shapely.voronoi_polygons(MultiPoint(np.column_stack([x_m, y_m])), extend_to=outline)
    # All lines are noded once on whole metres and the faces built from them, so neighbours share vertices.
    lines = shapely.union_all([outline.exterior, *(cell.exterior for cell in cells.geoms)], grid_size=1.0)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.point_on_surface(faces)
    faces = faces[shapely.contains(outline, inside)]
    centres = shapely.points(x_m, y_m)
    holder = shapely.STRtree(faces).query(centres, predicate="within")
    owner = {int(face): int(centre) for centre, face in holder.T}
    polygons = faces[[face for face, _ in sorted(owner.items(), key=lambda item: item[1])]]
    # A bay of the outline may cut a corner off a cell; it joins the neighbour with the longest common border.
    for face in (f for i, f in enumerate(faces) if i not in owner):
        borders = shapely.length(shapely.intersection(polygons, face))
        host = int(np.argmax(borders))
        polygons[host] = shapely.coverage_union_all([polygons[host], face])
    ordered: NDArray[np.object_] = shapely.normalize(polygons)
    return ordered
