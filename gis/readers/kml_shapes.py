"""Shapes of KML: Point, LineString, Polygon, MultiGeometry and gx:Track as shapely geometries."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["local", "shape_of"]

_AROUND_COMMA = re.compile(r"\s*,\s*")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SHOWN = 60

_MANY: dict[str, Any] = {
    "Point": shapely.MultiPoint,
    "LineString": shapely.MultiLineString,
    "Polygon": shapely.MultiPolygon,
}

Place = tuple[float, ...]


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def shape_of(placemark: Element) -> tuple[BaseGeometry | None, tuple[str, str] | None]:
    """Return a placemark's shape; where it cannot be built, None and (rule, value) of the fault.

    Several shapes of one kind become one of many parts; of several kinds a GeometryCollection.
    """
    parts: list[BaseGeometry] = []
    for element in _geometries(placemark):
        try:
            part = _BUILD[local(element)](element)
        except (ValueError, shapely.errors.ShapelyError) as err:
            inside = (child for child in element.iter() if local(child) in {"coordinates", "coord"})
            text = " ".join(" ".join(child.text or "" for child in inside).split())
            return None, (f"the placemark's {local(element)} cannot be read ({err})", text[:_SHOWN])
        parts.append(part)
    if len(parts) <= 1:
        return (parts[0] if parts else None), None
    kinds = {part.geom_type for part in parts}
    whole: Any = _MANY.get(kinds.pop(), shapely.GeometryCollection) if len(kinds) == 1 else shapely.GeometryCollection
    return whole(parts), None


def _geometries(placemark: Element) -> Iterator[Element]:
    """Yield the shapes of a placemark; the rings of a polygon are no shapes of their own."""
    rings: set[int] = set()
    for element in placemark.iter():
        if local(element) == "Polygon":
            rings |= {id(ring) for ring in element.iter() if local(ring) == "LinearRing"}
        if local(element) in _BUILD and id(element) not in rings:
            yield element


def _coordinates(element: Element) -> list[Place]:
    """Return the places of a ``<coordinates>``; heights that are all 0 say nothing and are left out."""
    found = next((child for child in element if local(child) == "coordinates"), None)
    text = "" if found is None else _AROUND_COMMA.sub(",", (found.text or "").strip())
    return _flat([_place(word.rstrip(",").split(",")) for word in text.split()])


def _place(numbers: list[str]) -> Place:
    if len(numbers) not in {2, 3}:
        raise ValueError(f"{','.join(numbers)[:_SHOWN]!r} is no longitude,latitude,height")
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        raise ValueError(f"{','.join(numbers)[:_SHOWN]!r} are no numbers")
    place = tuple(float(number) for number in numbers)
    if not all(math.isfinite(number) for number in place):
        raise ValueError(f"{','.join(numbers)[:_SHOWN]!r} is beyond all numbers")
    return place


def _flat(places: list[Place]) -> list[Place]:
    solid = all(len(place) > 2 for place in places) and any(place[2] for place in places)  # noqa: PLR2004 - a height
    return places if solid else [place[:2] for place in places]


def _point(element: Element) -> BaseGeometry:
    places = _coordinates(element)
    if len(places) != 1:
        raise ValueError(f"a point has one place, not {len(places)}")
    return shapely.Point(places[0])


def _line(element: Element) -> BaseGeometry:
    places = _coordinates(element)
    if len(places) <= 1:
        raise ValueError(f"a line has at least 2 places, not {len(places)}")
    return shapely.LineString(places)


def _polygon(element: Element) -> BaseGeometry:
    rings: dict[str, list[list[Place]]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
    for boundary in element:
        if local(boundary) in rings:
            rings[local(boundary)] += [_coordinates(ring) for ring in boundary if local(ring) == "LinearRing"]
    if len(rings["outerBoundaryIs"]) != 1:
        raise ValueError(f"a polygon has one outer boundary, not {len(rings['outerBoundaryIs'])}")
    return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])


def _track(element: Element) -> BaseGeometry:
    places = _flat([_place((child.text or "").split()) for child in element if local(child) == "coord"])
    if not places:
        raise ValueError("a track without places")
    return shapely.LineString(places) if len(places) > 1 else shapely.Point(places[0])


_BUILD = {"Point": _point, "LineString": _line, "LinearRing": _line, "Polygon": _polygon, "Track": _track}
