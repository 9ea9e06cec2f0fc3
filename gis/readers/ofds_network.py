"""Networks of the Open Fibre Data Standard: the package taken apart into spans and nodes, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Network", "Record", "networks_of"]

Json = dict[str, Any]
_VERSION = re.compile(r"(\d+)__(\d+)__(\d+)")
_ASK = "ask its publisher, or correct it"


@dataclass(slots=True)
class Network:
    """One network: its records and what they refer to.

    Parameters
    ----------
    name : str
    nodes, spans : list of Record
    organisations : dict of str to str
        Name by id.
    places : dict of str to (float, float)
        Longitude and latitude of the nodes by id.
    links : list of (rel, href)
    version : str
        Of the standard, as the file's link to the schema tells.
    accuracy_m : float or None
    """

    name: str = ""
    nodes: list[Record] = field(default_factory=list)
    spans: list[Record] = field(default_factory=list)
    organisations: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    version: str = ""
    accuracy_m: float | None = None

    def records(self, kind: str) -> list[Record]:
        """Return its spans or its nodes."""
        return self.spans if kind == "spans" else self.nodes


@dataclass(frozen=True, slots=True)
class Record:
    """One span or node: its fields, its shape as GeoJSON, and where it stands in the file."""

    fields: Json
    shape: Any
    place: str
    shape_place: str
    network: Network


def networks_of(package: Any, notes: Notes) -> list[Network] | None:
    """Return the networks of a package, of a single network, of a page of records, or of a GeoJSON.

    Records that are no JSON objects are faults; None where the whole is no package.
    """
    if isinstance(package, dict) and isinstance(package.get("features"), list):
        return _from_features(package["features"], package, notes)
    if not isinstance(package, dict) or not {"networks", "nodes", "spans"} & package.keys():
        notes.fault(
            "the file is no network package: it has neither networks nor nodes nor spans",
            'take format = "ofds" out, or check the file',
        )
        return None
    _say_page(package, notes)
    if "networks" not in package:
        return [_network(package, "", notes)]
    networks = package["networks"]
    if not isinstance(networks, list):
        notes.fault("networks must be a list", _ASK, column="networks", value=_shown(networks))
        return None
    found = []
    for index, network in enumerate(networks):
        place = f"networks[{index}]"
        if isinstance(network, dict):
            found.append(_network(network, f"{place}.", notes))
        else:
            notes.fault("a network must be an object", _ASK, column=place, value=_shown(network))
    return found


def _network(fields: Json, place: str, notes: Notes) -> Network:
    network = _described(fields, place, notes)
    for kind, shape in (("nodes", "location"), ("spans", "route")):
        records = network.records(kind)
        for index, item in enumerate(_list(fields, kind, place, notes)):
            where = f"{place}{kind}[{index}]"
            if isinstance(item, dict):
                records.append(Record(item, item.get(shape), where, f"{where}.{shape}", network))
            else:
                notes.fault(f"one of the {kind} must be an object", _ASK, column=where, value=_shown(item))
    _note_places(network)
    return network


def _from_features(features: list[Any], package: Json, notes: Notes) -> list[Network]:
    """Return the networks of a GeoJSON, whose features each repeat their network."""
    _say_page(package, notes)
    networks: dict[str, Network] = {}
    for index, feature in enumerate(features):
        where = f"features[{index}]"
        fields = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(fields, dict):
            notes.fault("a feature must be an object with properties", _ASK, column=where, value=_shown(feature))
            continue
        named = fields.get("network")
        about: Json = named if isinstance(named, dict) else {}
        key = str(about.get("id"))
        if key not in networks:
            networks[key] = _described(about, f"{where}.properties.network.", notes)
        record = Record(fields, feature.get("geometry"), where, f"{where}.geometry", networks[key])
        networks[key].records("nodes" if fields.get("featureType") == "node" else "spans").append(record)
    for network in networks.values():
        _note_places(network)
    return list(networks.values())


def _described(fields: Json, place: str, notes: Notes) -> Network:
    network = Network(name=_text(fields.get("name")) or _text(fields.get("id")))
    for item in _list(fields, "organisations", place, notes):
        if isinstance(item, dict) and _text(item.get("id")) and _text(item.get("name")):
            network.organisations[_text(item["id"])] = _text(item["name"])
    links = fields.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict):
            network.links.append((_text(link.get("rel")), _text(link.get("href"))))
    version = next((_VERSION.search(href) for rel, href in network.links if rel == "describedby"), None)
    network.version = f"{version[1]}.{version[2]}" if version else ""
    accuracy = fields.get("accuracy")
    if isinstance(accuracy, (int, float)) and not isinstance(accuracy, bool) and accuracy > 0:
        network.accuracy_m = float(accuracy)
    crs = fields.get("crs")
    stated = _text(crs.get("name")) if isinstance(crs, dict) else ""
    if stated and not re.search(r"CRS84|WGS ?84|4326", stated, re.IGNORECASE):
        rule = f"the standard knows WGS 84 only, the file says {stated}"
        notes.fault(rule, "state the layer's crs = ... if the file is right", column=f"{place}crs.name", value=stated)
    return network


def _note_places(network: Network) -> None:
    """Note where the nodes are: those of the network, and those that GeoJSON writes into its spans."""
    embedded = [
        end for span in network.spans for key in ("start", "end") if isinstance(end := span.fields.get(key), dict)
    ]
    located = [(end.get("id"), end.get("location")) for end in embedded]
    located += [(node.fields.get("id"), node.shape) for node in network.nodes]
    for key, shape in located:
        xy = shape.get("coordinates") if isinstance(shape, dict) and shape.get("type") == "Point" else None
        if isinstance(xy, list) and len(xy) >= 2 and all(_is_number(v) for v in xy[:2]):  # noqa: PLR2004 - x and y
            network.places[_text(key)] = (float(xy[0]), float(xy[1]))


def _is_number(value: Any) -> bool:
    # Beyond 1e6 no degree is meant; and an int of a thousand digits is no float at all.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1e6 < value < 1e6  # noqa: PLR2004


def _list(fields: Json, key: str, place: str, notes: Notes) -> list[Any]:
    found = fields.get(key, [])
    if isinstance(found, list):
        return found
    notes.fault(f"{key} must be a list", _ASK, column=f"{place}{key}", value=_shown(found))
    return []


def _say_page(package: Json, notes: Notes) -> None:
    links = package.get("links")
    if isinstance(links, dict) and (links.get("next") or links.get("prev")):
        notes.fault(
            "the file is one page of several; the others are not read",
            "download all pages into one file; phusong fetches nothing",
            column="links",
            value=_text(links.get("next") or links.get("prev")),
            severity="warning",
        )


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""


def _shown(value: Any) -> str:
    return str(value)[:60]
