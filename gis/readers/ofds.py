"""OFDS: the Open Fibre Data Standard (0.1 to 0.4), as JSON network packages and as GeoJSON of nodes or spans."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from phusong.gis.readers.content import say_unreadable
from phusong.gis.readers.ofds_network import Network, Record, networks_of
from phusong.gis.readers.ofds_record import OTHER_MEDIA, flat, say_ends
from phusong.gis.schemas import layer_columns

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["is_ofds", "read_ofds"]

_MARKS = (b'"networks"', b'"featureType"', b'"spans"', b'"nodes"')
_MOST_BYTES = 2**30


def is_ofds(path: Path) -> bool:
    """Tell whether a JSON file is a network package of the standard, or a GeoJSON of its nodes or spans."""
    try:
        if not 0 < path.stat().st_size <= _MOST_BYTES:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if all(data.find(mark) < 0 for mark in _MARKS):
                return False
        return _is_package(_parsed(path))
    except (OSError, ValueError, RecursionError, MemoryError):
        return False


def _parsed(path: Path) -> Any:
    return json.loads(path.read_bytes().decode("utf-8-sig"))


def _is_package(found: Any) -> bool:
    """Tell a package from any other JSON: no key alone is enough, a road network has nodes too."""
    if not isinstance(found, dict):
        return False
    features = found.get("features")
    if isinstance(features, list):
        first: dict[str, Any] = next(
            (f["properties"] for f in features if isinstance(f, dict) and _has_properties(f)), {}
        )
        return first.get("featureType") in {"node", "span"} and isinstance(first.get("network"), dict)
    return isinstance(found.get("networks"), list) or (
        isinstance(found.get("links"), (list, dict)) and ("nodes" in found or "spans" in found)
    )


def _has_properties(feature: dict[str, Any]) -> bool:
    return isinstance(feature.get("properties"), dict)


def read_ofds(path: Path, *, layer: str | None, notes: Notes) -> gpd.GeoDataFrame | None:
    """Read the spans or the nodes of a fibre network.

    Parameters
    ----------
    path : Path
    layer : {"spans", "nodes"} or None
        None reads spans for the layer fibre, nodes for any other.
    notes : Notes
        Where faults go; each names its place in the file, e.g. ``networks[0].spans[2].route``.

    Returns
    -------
    GeoDataFrame or None
        Index ``row`` = number of the span or node in the file, from 1; the dictionary's names for what the
        dictionary knows, the standard's own for the rest; EPSG:4326. ``attrs["records"]`` = spans or nodes.
    """
    wanted = layer or ("spans" if notes.layer == "fibre" else "nodes")
    if wanted not in {"spans", "nodes"}:
        notes.fault(
            "a fibre network has spans and nodes", 'write layer = "spans" or "nodes"', column="layer", value=layer
        )
        return None
    networks = _networks(path, notes)
    if networks is None:
        return None
    records = [record for network in networks for record in network.records(wanted)]
    if not records:
        _say_none(networks, wanted, notes)
        return None
    rows = {number: flat(record, notes, row=number) for number, record in enumerate(records, start=1)}
    _tell_apart(records, rows, notes)
    if wanted == "spans":
        say_ends(records, [shape for _, shape in rows.values()], notes)
    notes.describe(
        f"Open Fibre Data Standard{_version(networks)}, {wanted}, {len(networks)} "
        f"{'network' if len(networks) == 1 else 'networks'}"
    )
    return _table(records, rows, notes)


def _networks(path: Path, notes: Notes) -> list[Network] | None:
    try:
        if path.stat().st_size > _MOST_BYTES:
            notes.fault(f"the file is larger than {_MOST_BYTES // 2**30} GiB", "give its spans as a GeoPackage")
            return None
        package = _parsed(path)
    except (ValueError, RecursionError) as err:
        notes.fault(f"the file is no sound JSON ({err})", "bring the file again, or ask its publisher")
        return None
    except (OSError, MemoryError) as err:
        say_unreadable(err, notes)
        return None
    return networks_of(package, notes)


def _tell_apart(records: list[Record], rows: dict[int, tuple[dict[str, Any], Any]], notes: Notes) -> None:
    """Put the network before ids that several networks use: an id is the network's own."""
    key = next(iter(layer_columns(notes.layer)))
    used: dict[Any, set[int]] = {}
    for record, (values, _) in zip(records, rows.values(), strict=True):
        used.setdefault(values.get(key), set()).add(id(record.network))
    shared = {identity for identity, networks in used.items() if identity is not None and len(networks) > 1}
    for record, (values, _) in zip(records, rows.values(), strict=True):
        if values.get(key) in shared:
            values[key] = f"{record.network.name}: {values[key]}"
    if shared:
        notes.describe(f"{len(shared)} ids of several networks have the network's name before them")


def _say_none(networks: list[Network], wanted: str, notes: Notes) -> None:
    """Say where the records are, if they are not in the file."""
    elsewhere = [href for network in networks for rel, href in network.links if f"2022:{wanted}" in rel]
    if elsewhere:
        rule = f"the {wanted} are not in the file but at {elsewhere[0]}"
        notes.fault(rule, "download them into the file; phusong fetches nothing", column="layer", value=wanted)
    else:
        other = "nodes" if wanted == "spans" else "spans"
        held = sum(len(network.records(other)) for network in networks)
        remedy = f'write layer = "{other}": the file holds {held}' if held else "check the file"
        notes.fault(f"the file holds no {wanted}", remedy, column="layer", value=wanted)


def _version(networks: list[Network]) -> str:
    found = {network.version for network in networks if network.version}
    return f" {', '.join(sorted(found))}" if found else ""


def _table(records: list[Record], rows: dict[int, tuple[dict[str, Any], Any]], notes: Notes) -> gpd.GeoDataFrame:
    table = pd.DataFrame([values for values, _ in rows.values()], index=pd.Index(list(rows), name="row"), dtype=object)
    table = table.where(table.notna(), None)
    table = table[[name for name in table if bool(table[name].notna().any())]]
    left_out = _other_media(table, notes)
    _say_status(table[~left_out], notes)
    shapes = gpd.GeoSeries([shape for _, shape in rows.values()], index=table.index, crs="EPSG:4326")
    result = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")[~left_out]
    result.attrs["records"] = len(records)
    return result


def _other_media(table: pd.DataFrame, notes: Notes) -> pd.Series[bool]:
    """Tell which spans are no fibre at all; those that do not say are taken for fibre."""
    if "transmissionMedium" not in table:
        return pd.Series(data=False, index=table.index)
    other = table["transmissionMedium"].map(lambda text: bool(text) and set(str(text).split("; ")) <= OTHER_MEDIA)
    for row in table.index[other]:
        notes.repair(
            "left out: a span that is no fibre",
            row=row,
            how_much="1 record",
            before=table.at[row, "transmissionMedium"],
            remedy="nothing, unless its transmissionMedium is wrong",
        )
    return other.astype(bool)


def _say_status(table: pd.DataFrame, notes: Notes) -> None:
    """Say that cables which are only planned, or given up, count like those in the ground."""
    if "status" not in table:
        return
    found = table["status"][table["status"].notna() & (table["status"] != "operational")].value_counts()
    if len(found):
        notes.fault(
            f"not all are in operation: {', '.join(f'{n} {status}' for status, n in found.items())}; all count alike",
            'keep those that are: where = { status = ["operational"] }',
            column="status",
            severity="warning",
        )
