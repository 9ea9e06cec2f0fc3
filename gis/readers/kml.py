"""KML: placemarks by folder, with the attributes of their data and of their descriptions."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

import geopandas as gpd
import pandas as pd
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from phusong.gis.legacy_text import composed
from phusong.gis.readers.bytes_text import text_of
from phusong.gis.readers.content import say_unreadable
from phusong.gis.readers.description import attributes
from phusong.gis.readers.kml_folders import Folder, Placemark, chosen
from phusong.gis.readers.kml_shapes import local, shape_of

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["read_kml"]

_CONTAINERS = frozenset({"Document", "Folder"})
_IGNORED = {
    "NetworkLink": "links to other files (NetworkLink)",
    "GroundOverlay": "pictures laid on the ground",
    "PhotoOverlay": "photographs",
    "Tour": "tours",
}
_DEEPEST = 200
_MOST_KEYS = 300
_MOST_BYTES = 2 * 2**30
_DECLARED = re.compile(rb"""(<\?xml[^>]*encoding\s*=\s*)(["'])[^"']*\2""")
_SAVE_AGAIN = "open it in Google Earth or a GIS and save it again"


@dataclass(slots=True)
class _Found:
    placemarks: dict[int, Placemark] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)
    keys: dict[str, None] = field(default_factory=dict)
    too_many: int = 0


def read_kml(path: Path, *, layer: str | None, notes: Notes, encoding: str = "auto") -> gpd.GeoDataFrame | None:
    """Read the placemarks of one folder of a KML.

    Parameters
    ----------
    path : Path
    layer : str or None
        Name of a Folder or Document, or its path (``"Tuyến cáp/Trục chính"``); all that is below it is taken. May
        be left out where one folder holds all shapes.
    notes : Notes
        Where faults go.
    encoding : str
        Of a file that is not in the encoding it claims.

    Returns
    -------
    GeoDataFrame or None
        Index ``row`` = number of the placemark in the file, from 1; columns ``name``, ``folder``, ``description``
        and one for each attribute; EPSG:4326. ``attrs["records"]`` = placemarks in the folder. A shape that cannot
        be built is missing, and has a warning.
    """
    found = _parsed(path, encoding, notes)
    if found is None:
        return None
    for what, count in found.ignored.items():
        notes.fault(f"{count} {what} are not read", "give what they show as a file of its own", severity="warning")
    if not found.placemarks:
        notes.fault("the KML holds no placemark", "check the file")
        return None
    marks = chosen(found.placemarks, layer, notes)
    return None if marks is None else _table(marks, found, notes)


def _parsed(path: Path, encoding: str, notes: Notes) -> _Found | None:
    """Return all placemarks; None with a fault where the file is no sound XML, or an attack."""
    try:
        with path.open("rb") as file:
            try:
                return _collected(file)
            except (ParseError, ValueError, LookupError) as err:
                data = None if isinstance(err, DefusedXmlException) else _recoded(file, encoding, notes)
                if data is None:
                    raise
        return _collected(io.BytesIO(data))
    except DefusedXmlException:
        notes.fault("the KML declares entities, as attacks do; it is not read", _SAVE_AGAIN)
    except (ParseError, ValueError, LookupError, RecursionError) as err:
        text = str(err)
        hint = "; a prefix such as gx: is used without its xmlns" if "unbound prefix" in text else ""
        notes.fault(f"the KML is no sound XML ({text}{hint})", _SAVE_AGAIN)
    except (OSError, MemoryError) as err:
        say_unreadable(err, notes)
    return None


def _recoded(file: IO[bytes], encoding: str, notes: Notes) -> bytes | None:
    """Return a KML that is not in the encoding it claims as UTF-8; None where that is not what is wrong with it."""
    file.seek(0)
    data = file.read(_MOST_BYTES)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        texts = text_of([data], encoding, "utf-8", notes=notes)
        text = None if texts is None else texts[0]
        return None if text is None else _DECLARED.sub(rb"\1\2utf-8\2", text.encode("utf-8", "replace"), count=1)
    return None


def _collected(file: IO[bytes]) -> _Found:
    """Read a KML piece by piece; what is outside placemarks is thrown away at once."""
    found = _Found()
    line: list[Element] = []  # the elements that are open, from the outermost on
    folder = Folder("")
    inside = 0
    for event, element in iterparse(file, events=("start", "end"), forbid_entities=True, forbid_external=True):
        tag = local(element)
        if event == "start":
            line.append(element)
            if len(line) > _DEEPEST:
                raise ValueError(f"more than {_DEEPEST} elements in one another")
            inside += tag == "Placemark"
            folder = Folder(tag, folder) if tag in _CONTAINERS and not inside else folder
            continue
        line.pop()
        inside -= tag == "Placemark"
        if inside:
            continue
        parent = line[-1] if line else element
        if tag == "Placemark":
            found.placemarks[len(found.placemarks) + 1] = _placemark(element, folder, found)
        elif tag == "name" and local(parent) in _CONTAINERS:
            folder.name = _text(element) or folder.name
        found.ignored.update({_IGNORED[tag]: 1} if tag in _IGNORED else {})
        folder = folder.parent or folder if tag in _CONTAINERS else folder
        if line:
            parent.remove(element)
    return found


def _text(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _placemark(element: Element, folder: Folder, found: _Found) -> Placemark:
    """Return one placemark's own fields, then the attributes of its data and of its description."""
    values: dict[str, str] = {}
    given: list[tuple[str, str]] = []
    for child in element:
        tag = local(child)
        if tag in {"name", "address"}:
            values[tag] = _text(child)
        elif tag == "description":
            pairs, rest = attributes("".join(child.itertext()))
            given += pairs.items()
            values["description"] = rest
        elif tag == "ExtendedData":
            given += _data(child)
    for key, value in given:
        name = composed(" ".join(key.split()))
        if name in {"folder", "geometry"} or (name in values and values[name] not in {"", value}):
            name = f"{name} (data)"
        if name not in found.keys and len(found.keys) >= _MOST_KEYS:
            found.too_many += 1
        elif name:
            found.keys[name] = None
            values[name] = value
    shape, fault = shape_of(element)
    return Placemark(folder, values, shape, fault)


def _data(element: Element) -> Iterable[tuple[str, str]]:
    """Yield the pairs of an ExtendedData: Data, SchemaData, and elements of other people's namespaces."""
    for child in element:
        tag = local(child)
        if tag == "Data":
            value = next((part for part in child if local(part) == "value"), None)
            yield child.get("name") or "", _text(value)
        elif tag == "SchemaData":
            for part in child:
                yield part.get("name") or "", _text(part)
        else:
            yield tag, _text(child)


def _table(marks: dict[int, Placemark], found: _Found, notes: Notes) -> gpd.GeoDataFrame:
    """Return placemarks as a table, and say what was found."""
    for number, mark in marks.items():
        if mark.fault is not None:
            rule, value = mark.fault
            notes.fault(rule, "correct its coordinates", row=number, column="geometry", value=value, severity="warning")
    if found.too_many:
        notes.fault(
            f"the placemarks have more than {_MOST_KEYS} different attributes; {found.too_many} values are not used",
            "check whether the descriptions are tables of attributes",
            severity="warning",
        )
    folders = {id(mark.folder): mark.folder for mark in marks.values()}
    notes.describe(f"KML, {len(folders)} {'folder' if len(folders) == 1 else 'folders'}, {len(marks)} placemarks")
    table = pd.DataFrame(
        [{"folder": mark.folder.path, **mark.values} for mark in marks.values()],
        index=pd.Index(list(marks), name="row"),
        dtype=object,
    )
    first = [name for name in ("name", "folder", "address", "description") if name in table]
    table = table[[*first, *(name for name in table if name not in first)]].fillna("")
    filled = [name for name in table if name == "folder" or bool((table[name] != "").any())]
    shapes = gpd.GeoSeries([mark.shape for mark in marks.values()], index=table.index, crs="EPSG:4326")
    result = gpd.GeoDataFrame(table[filled], geometry=shapes, crs="EPSG:4326")
    result.attrs["records"] = len(marks)
    return result
