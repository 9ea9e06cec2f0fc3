"""Reading: the state of one reading of layers.toml - the file, the findings, what has been read so far."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from phusong.gis.crs import WGS84, transform
from phusong.gis.findings import Findings, Notes
from phusong.gis.layers import LayerSummary
from phusong.gis.layers_file import LayersFile, LayerSource
from phusong.gis.readers.open_layer import present

__all__ = ["Reading"]


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
        return self.findings.of(name, source.path if source else str(self.path))

    def path_of(self, name: str) -> Path:
        """Return where a layer's file is; paths are relative to layers.toml."""
        return (self.path.parent / self.file.layers[name].path).resolve()

    def locate_file(self, name: str) -> tuple[Path, LayerSource, Notes] | None:
        """Return path, source and notes of a layer that is named and there."""
        source = self.file.layers.get(name)
        if source is None:
            return None
        notes = self.notes(name)
        path = self.path_of(name)
        return (path, source, notes) if present(path, notes) else None

    def summarise(self, name: str, *, rows: int, table: pd.DataFrame | None, used: int | None = None) -> None:
        """Note what a layer is; `rows` in the file, `used` in the run (default: those of the table)."""
        source = self.file.layers[name]
        simulated = bool(source.simulated)
        columns: tuple[str, ...] = ()
        crs, extent = source.crs or "", None
        if table is not None:
            columns = tuple(c for c in table.columns if c != "geometry" and bool(table[c].notna().any()))
            if "simulated" in table and source.simulated is None:
                simulated = bool(table["simulated"].fillna(value=False).any())
            if isinstance(table, gpd.GeoDataFrame) and len(table):
                west, south, east, north = table.total_bounds
                lon, lat = transform([west, east], [south, north], source=table.crs.to_string(), target=WGS84)
                extent = (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))
                crs = crs or table.crs.to_string()
        self.summaries.append(
            LayerSummary(
                layer=name,
                file=source.path,
                sha256=_sha256(self.path_of(name)),
                rows=rows,
                used=len(table) if used is None and table is not None else used or 0,
                crs=crs,
                extent=extent,
                columns=columns,
                simulated=simulated or (source.simulated is None and self.file.province.simulated),
                source=source.source,
                licence=source.licence,
            )
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
