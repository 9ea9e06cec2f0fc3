"""Reading: the state of one reading of layers.toml - the file, the findings, what has been read so far."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from phusong.gis.crs import to_lonlat
from phusong.gis.findings import Findings, Notes
from phusong.gis.layers import LayerSummary
from phusong.gis.layers_file import LayersFile, LayerSource
from phusong.gis.readers.open_layer import open_layer, present
from phusong.gis.readers.url import file_of, is_database, redacted, scheme_of

__all__ = ["Reading", "extent_of"]


@dataclass(slots=True)
class Reading:
    """One reading of a ``layers.toml``."""

    path: Path
    file: LayersFile
    findings: Findings
    summaries: list[LayerSummary] = field(default_factory=list)

    def notes(self, name: str) -> Notes:
        """Return the notebook page of a layer."""
        source = self.file.layers.get(name)
        return self.findings.of(name, redacted(source.path) if source else str(self.path))

    def path_of(self, name: str) -> Path:
        """Return where a layer's file is; paths are relative to layers.toml.

        A Vietnamese file name is the same name in NFC and in NFD; which of them the disk holds depends on who
        copied it there.
        """
        path = self.path.parent.absolute()
        named = self.file.layers[name].path
        for part in file_of(named if scheme_of(named) in {"", "file"} else redacted(named)).parts:
            written = [path / part, *(path / unicodedata.normalize(form, part) for form in ("NFC", "NFD"))]
            path = next((p for p in written if os.path.lexists(p)), written[0])
        return path

    def locate_file(self, name: str, *, tiles: bool = False) -> tuple[Path, LayerSource, Notes] | None:
        """Return path, source and notes of a layer that is named and there; of a database the path says nothing.

        With `tiles` the path may be a folder or a pattern; the raster reader says whether anything is there.
        """
        source = self.file.layers.get(name)
        if source is None:
            return None
        notes = self.notes(name)
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
        path = self.path_of(name)
        return (path, source, notes) if tiles or present(path, notes) else None

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a layer of records, conformed; None where it is not named or cannot be used. See `open_layer`."""
        found = self.locate_file(name)
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
        source = self.file.layers[name]
        simulated = bool(source.simulated)
        columns: tuple[str, ...] = ()
        if table is not None:
            columns = tuple(c for c in table.columns if c != "geometry" and bool(table[c].notna().any()))
            if "simulated" in table and bool(table["simulated"].fillna(value=False).any()):
                if source.simulated is False:
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
                file=redacted(source.path),
                sha256=self.findings.digests.get(name) or _sha256(*(parts or [self.path_of(name)])),
                rows=rows,
                used=used,
                crs=crs or source.crs or "",
                extent=extent,
                columns=columns,
                simulated=simulated or (source.simulated is None and self.file.province.simulated),
                source=source.source,
                licence=source.licence,
                format="; ".join(self.findings.described.get(name, [])),
                matches=tuple(match for match in self.findings.matches if match.layer == name),
            )
        )


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
    lines = [f"{digest}  {path.name}\n" for digest, path in zip(digests, parts, strict=True)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
