"""Folders of a KML: which placemarks are meant, by the folder's name or path."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from phusong.gis.legacy_text import composed

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Folder", "Placemark", "chosen"]

_KINDS = {"Point": "points", "LineString": "lines", "Polygon": "polygons"}
_MOST_LISTED = 30


@dataclass(slots=True)
class Folder:
    """A Document or Folder; its name may come after its first placemarks. The outermost, without name, is the file."""

    name: str
    parent: Folder | None = None

    def line(self) -> list[Folder]:
        """Return the folders from the outermost down to this one."""
        found: list[Folder] = []
        folder: Folder | None = self
        while folder is not None and folder.parent is not None:
            found.append(folder)
            folder = folder.parent
        return found[::-1]

    @property
    def path(self) -> str:
        """Names from the outermost folder down, with / between."""
        return "/".join(folder.name for folder in self.line())


@dataclass(slots=True)
class Placemark:
    """One record: its folder, its fields as text, its shape, and why it has none."""

    folder: Folder
    values: dict[str, str]
    shape: BaseGeometry | None
    fault: tuple[str, str] | None


def chosen(placemarks: dict[int, Placemark], wanted: str | None, notes: Notes) -> dict[int, Placemark] | None:
    """Return the placemarks in and below the folder asked for, or in the only one with shapes.

    Parameters
    ----------
    placemarks : dict of int to Placemark
        By number in the file.
    wanted : str or None
        A folder's name or path.
    notes : Notes
        Where faults go: several folders could be meant, or none is there.
    """
    lines = {id(mark.folder): mark.folder.line() for mark in placemarks.values()}
    if wanted is None:
        shaped = {id(mark.folder): mark.folder for mark in placemarks.values() if mark.shape is not None}
        if len(shaped) <= 1:
            return {n: mark for n, mark in placemarks.items() if not shaped or id(mark.folder) in shaped}
        _say_several(placemarks, list(shaped.values()), notes)
        return None
    name = composed(wanted).strip("/")
    hits: dict[int, Folder] = {}
    for line in lines.values():
        for folder in line:
            if name == composed(folder.name) or f"/{composed(folder.path)}".endswith(f"/{name}"):
                hits.setdefault(id(folder), folder)
    if len(hits) != 1:
        listed = _listed(placemarks)
        found = "no folder" if not hits else f"{len(hits)} folders"
        notes.fault(
            f"the KML holds {found} {wanted!r}; it holds {'; '.join(listed.values())}",
            f'write one of them, with its path where needed: layer = "{next(iter(listed))}"',
            column="layer",
            value=wanted,
        )
        return None
    only = next(iter(hits.values()))
    return {n: mark for n, mark in placemarks.items() if any(part is only for part in lines[id(mark.folder)])}


def _say_several(placemarks: dict[int, Placemark], shaped: list[Folder], notes: Notes) -> None:
    listed = _listed(placemarks)
    names = Counter(folder.name for folder in shaped)
    first = next((folder for folder in shaped if folder.name), shaped[0])
    remedy = f'name one: layer = "{first.name if names[first.name] == 1 else first.path}"'
    outer = {id(folder.line()[0]): folder.line()[0] for folder in shaped if folder.line()}
    if len(outer) == 1 and all(folder.line() for folder in shaped):
        remedy += f'; layer = "{next(iter(outer.values())).name}" takes all of them'
    rule = f"the KML holds {len(shaped)} folders with shapes: {'; '.join(listed.values())}"
    notes.fault(rule, remedy, column="layer")


def _kind(shape: BaseGeometry | None) -> str:
    if shape is None:
        return "without shape"
    return _KINDS.get(shape.geom_type.removeprefix("Multi"), "mixed shapes")


def _listed(placemarks: dict[int, Placemark]) -> dict[str, str]:
    """Return the folders that hold placemarks, by path, each with how many of which kind."""
    counts: dict[str, Counter[str]] = {}
    for mark in placemarks.values():
        counts.setdefault(mark.folder.path, Counter())[_kind(mark.shape)] += 1
    return {
        path: f"{path or 'outside folders'} ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})"
        for path, kinds in list(counts.items())[:_MOST_LISTED]
    }
