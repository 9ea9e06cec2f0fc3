"""Records of the Open Fibre Data Standard: a span or node as one flat row in the dictionary's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from phusong.gis.readers.ofds_network import Network, Record
from phusong.gis.schemas import layer_columns

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["MEDIUM", "OTHER_MEDIA", "flat", "say_ends"]

MEDIUM: Mapping[str, str] = {
    "duct": "duct",
    "pipe": "duct",
    "none": "buried",
    "pole": "aerial",
    "pylon": "aerial",
    "belowGround": "buried",
    "aboveGround": "aerial",
}
"""The dictionary's medium by the standard's supportingInfrastructure (0.4), else by its deployment. Below ground is
called buried: the standard does not tell a duct from a trench there."""
OTHER_MEDIA = frozenset({"microwave", "copper", "coaxial"})
"""What the standard's transmissionMedium may be besides fibre."""
_STATUS = ("operational", "underConstruction", "planned", "proposed", "decommissioned", "inactive")
_SHAPES = {"route": ("LineString", "MultiLineString"), "location": ("Point",)}
# A span end further than this from its node is not on it; a network that states its accuracy is allowed that.
_ON_NODE_M = 100.0
# fibreLength is in km by the standard; one some thousand times as long as its drawn route is in metres.
_METRES = (500.0, 3000.0)
_LONG_KM = 1.0
_WGS84 = Geod(ellps="WGS84")
_CORRECT = "correct it, or ask its publisher"


def flat(record: Record, notes: Notes, *, row: int) -> tuple[dict[str, Any], BaseGeometry | None]:
    """Return a record's fields as text and numbers, and its shape; what breaks the standard is a warning.

    The row has the dictionary's columns - owner from physicalInfrastructureProvider, cores from fibreCount,
    length_km from fibreLength, medium from supportingInfrastructure or deployment - and all of the record's own
    fields: nested ones as their name or id, lists with ``"; "`` between.
    """
    fields, network = record.fields, record.network
    own = {name: _flat_value(value, network) for name, value in fields.items() if name not in {"route", "location"}}
    page = _Page(record, notes, row)
    identity = _identity(page)
    shape = _shape(page)
    status = fields.get("status")
    if status is not None and status not in _STATUS:
        page.say("status", f"status must be one of {', '.join(_STATUS)}", status)
    media = fields.get("transmissionMedium")
    for word in media if isinstance(media, list) else [media] if media is not None else []:
        if word != "fibre" and (not isinstance(word, str) or word not in OTHER_MEDIA):
            rule = f"transmissionMedium must be of fibre, {', '.join(sorted(OTHER_MEDIA))}"
            page.say("transmissionMedium", rule, word)
    columns = layer_columns(notes.layer)
    values: dict[str, Any] = {next(iter(columns)): identity, "name": own.get("name")}
    values["owner"] = own.get("physicalInfrastructureProvider") or own.get("networkProviders")
    if "route" in record.shape_place or "geometry" in record.shape_place:
        values["cores"] = _number(page, "fibreCount")
        values["length_km"] = _length_km(page, shape)
        values["medium"] = _medium(page)
    values = {name: value for name, value in values.items() if name in columns}
    values["network"] = network.name or None
    rest = {name: value for name, value in own.items() if name not in values and name not in {"id", "featureType"}}
    return values | rest, shape


def _identity(page: _Page) -> str | None:
    identity = page.fields.get("id")
    if isinstance(identity, str) and identity.strip():
        return identity.strip()
    page.say("id", "id must be text that names the record", identity)
    return str(identity) if isinstance(identity, int) and not isinstance(identity, bool) else None


@dataclass(frozen=True, slots=True)
class _Page:
    """A record with the notebook page and the row that its findings belong to."""

    record: Record
    notes: Notes
    row: int

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.record.fields

    def say(self, key: str, rule: str, value: Any) -> None:
        """Write a warning with the place in the file."""
        shown = "" if value is None else str(value)[:60]
        place = self.record.shape_place if key == "shape" else f"{self.record.place}.{key}"
        self.notes.fault(rule, _CORRECT, row=self.row, column=place, value=shown, severity="warning")


def _flat_value(value: Any, network: Network) -> Any:
    """Return a nested value as one field: an organisation or node as its name, a list with "; " between."""
    if isinstance(value, dict):
        identity = value.get("id")
        named = value.get("name") or (network.organisations.get(identity) if isinstance(identity, str) else None)
        found = named or identity or value.get("description") or value.get("fibreSubtype")
        return found if isinstance(found, (str, int, float)) else None
    if isinstance(value, list):
        parts = [_flat_value(part, network) for part in value[:100]]
        return "; ".join(str(part) for part in parts if part not in {None, ""}) or None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)[:60] if value.bit_length() < 10_000 else None  # noqa: PLR2004 - no number anybody means
    return value


def _shape(page: _Page) -> BaseGeometry | None:
    """Return the record's shape; a missing or broken one is None and said with its place."""
    name = "location" if "nodes[" in page.record.place or page.fields.get("featureType") == "node" else "route"
    geometry = page.record.shape
    if geometry is None:
        page.say("shape", f"{name} is missing: the record has no shape", None)
        return None
    try:
        if not isinstance(geometry, dict) or geometry.get("type") not in _SHAPES[name] or "coordinates" not in geometry:
            raise ValueError(f"it must be a {' or '.join(_SHAPES[name])} with coordinates")  # noqa: TRY301 - one fault for all of them
        shape = shapely.geometry.shape(geometry)
        if shape.is_empty or not bool(np.isfinite(shapely.get_coordinates(shape)).all()):
            raise ValueError("it holds no places, or places that are no numbers")  # noqa: TRY301
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        shapely.errors.ShapelyError,
    ) as err:
        page.say("shape", f"{name} is no shape ({err})", geometry)
        return None
    return shape


def _number(page: _Page, key: str) -> float | None:
    value = page.fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:  # noqa: PLR2004
        page.say(key, f"{key} must be a number", value)
        return None
    return float(value)


def _length_km(page: _Page, shape: BaseGeometry | None) -> float | None:
    length = _number(page, "fibreLength")
    if length is None or shape is None or not _in_degrees(shape):
        return length
    drawn_km = float(_WGS84.geometry_length(shape)) / 1000.0
    if drawn_km > 0 and length > _LONG_KM and _METRES[0] < length / drawn_km < _METRES[1]:
        page.notes.repair(
            "read: fibreLength in metres (the standard says kilometres; its drawn route tells)",
            row=page.row,
            how_much="1 value",
            before=f"{length:g}",
            after=f"{length / 1000.0:g} km",
            remedy=_CORRECT,
        )
        return length / 1000.0
    return length


def _in_degrees(shape: BaseGeometry) -> bool:
    west, south, east, north = shape.bounds
    return west >= -180 and east <= 180 and south >= -90 and north <= 90  # noqa: PLR2004 - degrees


def _medium(page: _Page) -> str | None:
    """Return the dictionary's medium; a span that is two things at once has none."""
    for key in ("supportingInfrastructure", "deployment"):
        value = page.fields.get(key)
        words = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        unknown = [word for word in words if not isinstance(word, str) or word not in MEDIUM]
        if unknown:
            page.say(key, f"{key} must be one of {', '.join(MEDIUM)}", unknown[0])
        found = {MEDIUM[word] for word in words if isinstance(word, str) and word in MEDIUM}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def say_ends(records: Sequence[Record], shapes: Sequence[BaseGeometry | None], notes: Notes) -> None:
    """Count span ends that are not on their nodes, and nodes that spans name and nobody describes."""
    off: list[tuple[int, str, float]] = []
    unnamed: list[tuple[int, str, str]] = []
    for number, (record, shape) in enumerate(zip(records, shapes, strict=True), start=1):
        for key, at in (("start", 0), ("end", -1)):
            value = record.fields.get(key)
            identity = value.get("id") if isinstance(value, dict) else value
            node = record.network.places.get(identity) if isinstance(identity, str) else None
            if node is None:
                if record.network.places:
                    unnamed.append((number, f"{record.place}.{key}", "" if identity is None else str(identity)[:60]))
            elif shape is not None and _in_degrees(shape) and abs(node[1]) <= 90:  # noqa: PLR2004 - degrees
                x, y = shapely.get_coordinates(shape)[at]
                distance = float(_WGS84.inv(x, y, *node)[2])
                if distance > (record.network.accuracy_m or _ON_NODE_M):
                    off.append((number, f"{record.place}.{key}", distance))
    if off:
        far = max(off, key=lambda end: end[2])
        notes.fault(
            f"{len(off)} of {2 * len(records)} span ends are not on their node, up to {far[2]:.0f} m away",
            "join them in a GIS if cables really meet there; phusong joins lines that touch",
            row=far[0],
            column=far[1],
            value=f"{far[2]:.0f} m",
            severity="warning",
        )
    if unnamed:
        notes.fault(
            f"{len(unnamed)} of {2 * len(records)} span ends name no node that the file places",
            "nothing: the drawn routes count; ask the publisher for the nodes",
            row=unnamed[0][0],
            column=unnamed[0][1],
            value=unnamed[0][2],
            severity="warning",
        )
