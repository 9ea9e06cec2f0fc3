"""layers.toml: which files make up the province, and how each is to be read."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from phusong.errors import Fault, InputError
from phusong.gis.legacy_text import composed
from phusong.gis.readers.url import redacted
from phusong.gis.schemas import layer_names

__all__ = ["RASTERS", "SEVERAL", "LayerSource", "LayersFile", "Province", "faults_of", "read_layers_file", "read_toml"]


RASTERS = ("population", "terrain", "land_cover")
SEVERAL = ("sites", "cells", "fibre", "roads", "hamlets", "industrial_parks")
"""Layers that may come in several files, as where each operator has one."""
_FILE = re.compile(r"(layers\.[^.]+)\.(\d+)(?=$|\W)")

_DRAWN = {".gpkg", ".geojson", ".fgb", ".shp", ".kml", ".kmz", ".parquet", ".tab", ".mif", ".pbf"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Province(_Strict):
    """The ``[province]`` table.

    ``crs`` is the grid's CRS and must be in metres; ``operators`` lists everybody whose network is meant
    to be in the files: one that is listed and has no cell at all is *unknown*, not *not covered*.
    """

    name: str
    crs: str
    cell_m: float = Field(default=100.0, ge=10, le=5000)
    simulated: bool = False
    as_of: date
    operators: tuple[str, ...] = ()
    seed: int | None = None
    calibration: tuple[str, ...] = ()

    @field_validator("operators")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names) or not all(name.strip() for name in names):
            raise ValueError("each operator stands in the list once, and has a name")
        return names


class LayerSource(_Strict):
    """One ``[layers.NAME]`` table.

    ``path`` is a file beside layers.toml, a ``file://`` URL or a ``postgresql://`` URL. ``layer`` names what
    to read inside it: a GeoPackage layer, a KML folder, ``nodes`` or ``spans`` of an OFDS file, a PostGIS table;
    ``sheet`` and ``header_row`` do so for a workbook. ``columns`` maps the dictionary's column to the file's,
    ``constants`` gives a value for a column the file does not have (an operator's own list rarely names it).
    ``axes`` says which of X and Y is north where the file does not tell. ``outside`` says what to do with records
    more than 30 km from the province: ``error`` (default), ``drop`` (each is listed in the repair report).
    ``gnb_bits`` is the length of a 5G node's number in an OpenCelliD file (3GPP TS 38.413: 22 to 32 bits).
    ``where`` keeps the rows whose columns have the given values, e.g. ``{ province = ["70"] }``.
    Of a raster, ``path`` may also be a folder of tiles or a pattern (``tiles/N1*.hgt``), and ``layer`` names the band.
    ``table`` says whose classes a land cover raster has: a product phusong knows (``esa_worldcover``) or a CSV like
    ``gis/terrain/clutter.csv``; ``kind`` whether an elevation is bare ``ground`` or a ``surface`` with trees and
    houses.
    """

    path: str
    layer: str | None = None
    sheet: str | int | None = None
    header_row: int | None = Field(default=None, ge=1)
    crs: str | None = None
    axes: Literal["auto", "east-north", "north-east"] = "auto"
    columns: Mapping[str, str] = Field(default_factory=dict)
    constants: Mapping[str, str] = Field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    encoding: str = "auto"
    decimal: Literal["auto", ".", ","] = "auto"
    format: Literal["auto", "opencellid", "ofds"] = "auto"
    operators: Mapping[str, str] = Field(default_factory=dict)
    outside: Literal["error", "drop"] = "error"
    gnb_bits: int = Field(default=28, ge=22, le=32)
    table: str | None = None
    kind: Literal["ground", "surface"] | None = None
    simulated: bool | None = None
    source: str = ""
    licence: str = ""


class LayersFile(_Strict):
    """A whole ``layers.toml``.

    ``[layers.cells]`` names one file; ``[[layers.cells]]``, once for each, names several, as where each operator keeps
    a list of its own.
    """

    province: Province
    files: Mapping[str, tuple[LayerSource, ...]] = Field(alias="layers")

    @field_validator("files", mode="before")
    @classmethod
    def _lists(cls, layers: object) -> object:
        if not isinstance(layers, dict):
            return layers
        return {name: given if isinstance(given, list) else [given] for name, given in layers.items()}

    @property
    def layers(self) -> dict[str, LayerSource]:
        """Of each layer its file, of several the first."""
        return {name: files[0] for name, files in self.files.items()}


def read_toml(path: Path, *, layer: str) -> dict[str, Any]:
    """Read a TOML file; a missing or broken one is one fault that names the line."""

    def refuse(rule: str, remedy: str, row: int | None = None) -> InputError:
        return InputError([Fault(layer=layer, file=str(path), rule=rule, remedy=remedy, row=row)])

    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise refuse("the file does not exist", "check the path; `phusong demo OUT` writes an example") from None
    except IsADirectoryError:
        raise refuse("a folder stands where a file belongs", "name the .toml file in it") from None
    except (OSError, ValueError) as err:  # ValueError: not UTF-8, or a NUL in the path
        raise refuse(f"the file cannot be read ({err})", "check its permissions; save it as UTF-8") from err
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as err:  # beyond TOMLDecodeError: a number of 5,000 digits, 1,000 brackets
        place = re.search(r"\(at line (\d+), column \d+\)$", str(err))
        line = int(place[1]) if place else None
        remedy = "mend that line" if line else "mend it"
        if line and not text.splitlines()[line - 1].isascii():
            remedy += '; a key with Vietnamese letters stands in quotes, e.g. "tỉnh" = ...'
        raise refuse(f"this is no valid TOML: {err}", remedy, line) from err


def faults_of(error: ValidationError, *, layer: str, file: str, known: Iterable[str] = ()) -> list[Fault]:
    """Turn pydantic's errors into faults; an unknown key gets the nearest known one as a suggestion."""
    faults = []
    for item in error.errors():
        path = ".".join(" ".join(str(part).split()) for part in item["loc"])  # a key may hold a line break
        key = str(item["loc"][-1]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, list(known), n=1)
            rule = f"{path} is no key phusong knows"
            remedy = f"did you mean {near[0]}?" if near else "take it out or correct its name"
        elif item["type"] == "missing":
            table = path in {"province", "layers"}
            rule = f"{path} is missing"
            remedy = (
                f"add the table [{path if key == 'province' else 'layers.communes'}]" if table else f'add {key} = "..."'
            )
        else:
            rule, remedy = f"{path}: {item['msg'].removeprefix('Value error, ')}", "correct the value"
        value = item["input"]
        shown = None if item["type"] == "missing" or isinstance(value, (dict, list)) else redacted(str(value))
        faults.append(Fault(layer=layer, file=file, rule=rule, remedy=remedy.rstrip("."), column=path, value=shown))
    return faults


def read_layers_file(path: Path | str) -> LayersFile:
    """Read ``layers.toml``.

    Raises
    ------
    InputError
        Missing or broken file, unknown or missing keys: all of them at once.
    """
    path = Path(path)
    raw = _composed(read_toml(path, layer="layers.toml"))
    known = {*Province.model_fields, *LayerSource.model_fields, "province", "layers"}
    faults: list[Fault] = []
    parsed = None
    try:
        parsed = LayersFile.model_validate(raw)
    except ValidationError as err:
        several = {name for name, given in _tables(raw).items() if isinstance(given, list)}
        faults += [_placed(f, several) for f in faults_of(err, layer="layers.toml", file=str(path), known=known)]
    for name in _tables(raw):
        if name not in layer_names():
            near = difflib.get_close_matches(name, layer_names(), n=1)
            shown = " ".join(name.split())
            faults.append(
                Fault(
                    layer=shown,
                    file=str(path),
                    rule=f"phusong knows no layer of this name; it knows {', '.join(layer_names())}",
                    remedy=f"did you mean [layers.{near[0]}]?" if near else f"take [layers.{shown}] out",
                )
            )
    for name, files in parsed.files.items() if parsed else ():
        faults += _wrong_number(name, files, str(path))
        for number, source in enumerate(files):
            key = f"layers.{name}" + (f"[{number + 1}]" if len(files) > 1 else "")
            faults += _without_effect(name, source, str(path), key)
    if faults or parsed is None:
        raise InputError(faults)
    return parsed


def _tables(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what layers.toml gives under ``layers``, if that is a table."""
    layers = raw.get("layers")
    return layers if isinstance(layers, dict) else {}


def _placed(fault: Fault, several: Collection[str]) -> Fault:
    """Return a fault with the number of the file where a layer has several, and without where it has one."""

    def numbered(place: re.Match[str]) -> str:
        return f"{place[1]}[{int(place[2]) + 1}]" if place[1].removeprefix("layers.") in several else place[1]

    rule, column = (_FILE.sub(numbered, text or "") for text in (fault.rule, fault.column))
    return replace(fault, rule=rule, column=column)


def _wrong_number(name: str, files: Sequence[LayerSource], file: str) -> list[Fault]:
    """Refuse several files of a layer that is one file, and a layer without any."""
    rule, remedy = "", f"write one [layers.{name}]"
    if not files:
        rule, remedy = f"layers.{name} names no file", f"write [layers.{name}] with path = ..., or take it out"
    elif len(files) > 1 and name not in SEVERAL and name in layer_names():
        rule = f"layers.{name} takes one file; it has {len(files)}"
        remedy += (
            '; tiles: path = "tiles/*.tif"'
            if name in RASTERS
            else ", its files joined to one in a GIS or a spreadsheet"
        )
    elif len(files) > 1 and any(source.format == "opencellid" for source in files):
        rule = "an OpenCelliD file is a whole network of its own and stands alone"
        remedy += ", or the operators' own lists"
    return [Fault(layer=name, file=file, rule=rule, remedy=remedy, column=f"layers.{name}")] if rule else []


def _composed(value: Any, key: str = "") -> Any:
    """Return names and values in NFC, as tables are read; what names a file or a layer in it stays as written."""
    if isinstance(value, dict):
        return {composed(k): _composed(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_composed(v) for v in value]
    return composed(value) if isinstance(value, str) and key not in {"path", "layer"} else value


def _without_effect(name: str, source: LayerSource, file: str, table: str) -> list[Fault]:
    """Refuse keys that would be passed over in silence: a planner who wrote one relies on it."""
    allowed = {"path", "crs", "simulated", "source", "licence"}
    if source.format == "opencellid" and name == "cells":
        allowed |= {"where", "encoding", "format", "operators", "outside", "gnb_bits"}
        allowed -= {"crs"}
    elif name not in RASTERS:
        allowed |= {"layer", "axes", "columns", "constants", "where", "encoding", "decimal"}
        # An archive may hold either; what is surely a geographic file has no sheets and no header.
        allowed |= set() if Path(source.path).suffix.lower() in _DRAWN else {"sheet", "header_row"}
        allowed |= {"outside", "format"} if source.format == "ofds" and name == "fibre" else {"outside"}
    else:
        allowed |= {"layer"} | {"terrain": {"kind"}, "land_cover": {"table"}}.get(name, set())
    kind = "an OpenCelliD file" if source.format == "opencellid" else "a raster" if name in RASTERS else "this layer"
    return [
        Fault(
            layer=name,
            file=file,
            rule=f"{table}.{key} has no effect on {kind}",
            remedy=f"take {key} out",
            column=f"{table}.{key}",
        )
        for key in sorted(source.model_fields_set - allowed)
        if not (key == "format" and source.format == "auto")
    ]
