"""Reading: the state of one reading of layers.toml - the file, the findings, what has been read so far."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import geopandas as gpd
import pandas as pd
import shapely

from phusong.gis.crs import to_lonlat
from phusong.gis.findings import Findings, Notes
from phusong.gis.layers import LayerSummary
from phusong.gis.layers_file import LayersFile, LayerSource
from phusong.gis.readers.antenna_file import AntennaFile
from phusong.gis.readers.open_layer import open_layer, present
from phusong.gis.readers.url import file_of, is_database, redacted, scheme_of

__all__ = ["Reading", "extent_of", "joined"]

_Table = TypeVar("_Table", pd.DataFrame, gpd.GeoDataFrame)


@dataclass(slots=True)
class Reading:
    """One reading of a ``layers.toml``."""

    path: Path
    file: LayersFile
    findings: Findings
    summaries: list[LayerSummary] = field(default_factory=list)
    antennas: dict[str, AntennaFile] = field(default_factory=dict)
    """Pattern files that cells name, by what the column ``antenna`` says."""

    def notes(self, name: str, part: int = 0) -> Notes:
        """Return the notebook page of a layer, or of one of its files, counted from 1."""
        files = self.file.files.get(name, ())
        shown = [redacted(source.path) for source in files]
        if len(files) > 1:
            file = shown[part - 1] if part else ", ".join(dict.fromkeys(shown))
            return self.findings.of(name, file, parts=_called(files), part=part)
        return self.findings.of(name, shown[0] if files else str(self.path))

    def parts(self, name: str) -> tuple[int, ...]:
        """Return the numbers of a layer's files: 0 for one, from 1 for several, nothing for none."""
        files = self.file.files.get(name, ())
        return tuple(range(1, len(files) + 1)) if len(files) > 1 else (0,) * len(files)

    def path_of(self, name: str, part: int = 0) -> Path:
        """Return where a layer's file is; paths are relative to layers.toml.

        A Vietnamese file name is the same name in NFC and in NFD; which of them the disk holds depends on who
        copied it there.
        """
        named = self.source_of(name, part).path
        return self.beside(file_of(named if scheme_of(named) in {"", "file"} else redacted(named)))

    def beside(self, named: Path | str) -> Path:
        """Return where a file is that is named relative to layers.toml."""
        path = self.path.parent.absolute()
        for part in Path(named).parts:
            written = [path / part, *(path / unicodedata.normalize(form, part) for form in ("NFC", "NFD"))]
            path = next((p for p in written if os.path.lexists(p)), written[0])
        return path

    def source_of(self, name: str, part: int = 0) -> LayerSource:
        """Return what layers.toml says of a layer's file."""
        return self.file.files[name][max(0, part - 1)]

    def locate_file(self, name: str, part: int = 0, *, tiles: bool = False) -> tuple[Path, LayerSource, Notes] | None:
        """Return path, source and notes of a layer that is named and there; of a database the path says nothing.

        With `tiles` the path may be a folder or a pattern; the raster reader says whether anything is there.
        """
        if name not in self.file.files:
            return None
        source, notes = self.source_of(name, part), self.notes(name, part)
        scheme = scheme_of(source.path)
        if is_database(source.path):
            return Path(redacted(source.path)), source, notes
        if scheme not in {"", "file"}:
            notes.fault(
                f"phusong reads no {scheme}:// address: a run must give the same result tomorrow and offline",
                "download the file and give its path",
                column="path",
                value=notes.file,
            )
            return None
        path = self.path_of(name, part)
        return (path, source, notes) if tiles or present(path, notes) else None

    def table(self, name: str, part: int = 0) -> pd.DataFrame | None:
        """Return a layer of records, conformed; None where it is not named or cannot be used. See `open_layer`."""
        found = self.locate_file(name, part)
        if found is None:
            return None
        path, source, notes = found
        return open_layer(path, name=name, source=source, notes=notes)

    def summarise(
        self,
        name: str,
        *,
        rows: int,
        used: int,
        table: pd.DataFrame | None = None,
        crs: str = "",
        extent: tuple[float, float, float, float] | None = None,
        parts: Sequence[Path] = (),
    ) -> None:
        """Note what a layer is; see `LayerSummary`. A table brings its columns, places and marks itself.

        `parts` are the files of a layer of several: tiles, or a VRT and what it joins.
        """
        files = self.file.files[name]
        simulated = any(source.simulated for source in files)
        columns: tuple[str, ...] = ()
        if table is not None:
            columns = tuple(c for c in table.columns if c != "geometry" and bool(table[c].notna().any()))
            if "simulated" in table and bool(table["simulated"].fillna(value=False).any()):
                if any(source.simulated is False for source in files):
                    self.notes(name).fault(
                        "layers.toml says simulated = false, but records in the file say they are simulated",
                        "take it out of layers.toml; the layer counts as simulated",
                        column="simulated",
                        severity="warning",
                    )
                simulated = True
            if isinstance(table, gpd.GeoDataFrame) and len(table):
                crs = crs or table.attrs.get("crs") or table.crs.to_string()
                extent = extent_of(table)
        self.summaries.append(
            LayerSummary(
                layer=name,
                file=self.notes(name).file,
                sha256=self._digest(name, parts),
                rows=rows,
                used=used,
                crs=crs or files[0].crs or "",
                extent=extent,
                columns=columns,
                simulated=simulated
                or (self.file.province.simulated and any(source.simulated is None for source in files)),
                source="; ".join(dict.fromkeys(source.source for source in files if source.source)),
                licence="; ".join(dict.fromkeys(source.licence for source in files if source.licence)),
                format="; ".join(self.findings.described.get(name, [])),
                matches=tuple(match for match in self.findings.matches if match.layer == name),
            )
        )

    def _digest(self, name: str, tiles: Sequence[Path]) -> str:
        """Return the digest of what was read of a layer; of several files that of the list of theirs."""
        known = {
            part: self.findings.digests.get(self.notes(name, part).page)
            or _sha256(*(tiles or [self.path_of(name, part)]))
            for part in self.parts(name)
            if not part or is_database(self.source_of(name, part).path) or self.path_of(name, part).is_file()
        }
        if 0 in known:
            return known[0]
        return _of_list((digest, self.notes(name).parts[part - 1]) for part, digest in known.items())


def _called(files: Sequence[LayerSource]) -> tuple[str, ...]:
    """Return what to call each of several files: its path, and what tells it from others of the same path."""
    names = [redacted(source.path) for source in files]
    for also in ("layer", "sheet"):
        twice = {name for name in names if names.count(name) > 1}
        names = [
            f"{name}, {getattr(source, also)}" if name in twice and getattr(source, also) is not None else name
            for name, source in zip(names, files, strict=True)
        ]
    return tuple(f"{name}, file {n}" if names.count(name) > 1 else name for n, name in enumerate(names, start=1))


def joined(tables: Sequence[_Table]) -> _Table:
    """Return the records of all files of a layer in one table; geographic ones are in one CRS already."""
    if len(tables) == 1:
        return tables[0]
    filled = [table for table in tables if len(table)] or [tables[0]]
    table: _Table = cast("Any", pd.concat(filled))
    table.attrs["records"] = sum(int(one.attrs.get("records", 0)) for one in tables)
    table.attrs["crs"] = "; ".join(dict.fromkeys(str(one.attrs["crs"]) for one in tables if "crs" in one.attrs))
    return table


def extent_of(table: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) in WGS 84 degrees of a table that is not empty."""
    x, y = shapely.get_coordinates(table.geometry.to_numpy()).T
    lon, lat = to_lonlat(x, y, crs=table.crs.to_string())
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _sha256(*parts: Path) -> str:
    """Return the digest of a file; of several, that of the list of their digests and names."""
    digests = []
    for path in parts:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(digests) == 1:
        return digests[0]
    return _of_list((digest, path.name) for digest, path in zip(digests, parts, strict=True))


def _of_list(digests: Iterable[tuple[str, str]]) -> str:
    """Return the digest of a list of digests and names, as ``sha256sum`` prints it."""
    return hashlib.sha256("".join(f"{digest}  {name}\n" for digest, name in digests).encode()).hexdigest()
