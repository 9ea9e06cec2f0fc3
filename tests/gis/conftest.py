"""A tiny world: three communes, four sites, five cells, a population and a terrain raster, all valid."""

from __future__ import annotations

import copy
import csv
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from phusong.errors import Fault
from phusong.gis import Layers, check_layers, read_layers
from phusong.gis.findings import Findings
from phusong.gis.layers import LayerSummary

CRS = "EPSG:9212"
WEST, SOUTH = 568_000.0, 1_274_000.0
EAST, NORTH = WEST + 12_000, SOUTH + 10_000
CELL_M = 500.0

Rows = list[list[Any]]


@dataclass
class World:
    """A province on disk; change a table or a key, `write` again, `check`."""

    folder: Path
    province: dict[str, str] = field(default_factory=dict)
    layers: dict[str, dict[str, str]] = field(default_factory=dict)
    more: str = ""

    @property
    def toml(self) -> Path:
        return self.folder / "layers.toml"

    def write_toml(self) -> None:
        """Write layers.toml from `province` and `layers`, whose values are TOML as it stands in the file."""
        lines = ["[province]", *(f"{k} = {v}" for k, v in self.province.items())]
        for name, keys in self.layers.items():
            lines += [f"[layers.{name}]", *(f"{k} = {v}" for k, v in keys.items())]
        self.toml.write_text("\n".join([*lines, self.more]), encoding="utf-8")

    def text(self, name: str, text: str | bytes) -> Path:
        """Write a file as given."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def table(self, name: str, rows: Rows) -> None:
        """Write a CSV from rows, header first."""
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def communes(self, **columns: Any) -> gpd.GeoDataFrame:
        """Write the communes, some columns replaced (or dropped with None)."""
        table = gpd.GeoDataFrame(
            {
                "code": ["25001", "25002", "25003"],
                "name": ["Lộc Ninh", "Bù Đốp", "Phước Long"],
                "kind": ["xã", "xã", "phường"],
                "population": [6000, 3000, 1000],
            },
            geometry=[
                shapely.box(WEST, SOUTH, WEST + 6250, SOUTH + 6000),
                shapely.box(WEST + 6250, SOUTH, EAST, SOUTH + 6000),
                shapely.box(WEST, SOUTH + 6000, EAST, NORTH),
            ],
            crs=CRS,
        )
        for name, values in columns.items():
            table = table.drop(columns=name) if values is None else table.assign(**{name: values})
        self.vector("communes.gpkg", table)
        return table

    def vector(self, name: str, table: gpd.GeoDataFrame, **keys: Any) -> None:
        """Write a geographic file anew."""
        path = self.folder / name
        if keys.get("mode") != "a":
            path.unlink(missing_ok=True)
        table.to_file(path, **keys)

    def raster(self, name: str, values: np.ndarray, **keys: Any) -> None:
        """Write a GeoTIFF; by default on the world's own grid."""
        profile = {
            "driver": "GTiff",
            "count": 1,
            "height": values.shape[-2],
            "width": values.shape[-1],
            "dtype": values.dtype.name,
            "crs": CRS,
            "transform": rasterio.Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH),
            **keys,
        }
        with rasterio.open(self.folder / name, "w", **profile) as file:
            for band in range(profile["count"]):
                file.write(values, band + 1)

    def check(self) -> tuple[Findings, dict[str, LayerSummary]]:
        """Write layers.toml and check."""
        self.write_toml()
        findings, summaries = check_layers(self.toml)
        return findings, {summary.layer: summary for summary in summaries}

    def read(self) -> Layers:
        """Write layers.toml and read."""
        self.write_toml()
        return read_layers(self.toml)

    def only(self, severity: str = "error") -> Fault:
        """Check, and return the single fault of a severity."""
        faults = self.faults(severity)
        assert len(faults) == 1, [fault.line() for fault in faults]
        return faults[0]

    def faults(self, severity: str = "error") -> list[Fault]:
        """Check, and return the faults of a severity."""
        return [fault for fault in self.check()[0].faults if fault.severity == severity]


SITES: Rows = [
    ["site_id", "name", "lon", "lat", "height_m", "owner"],
    ["S1", "Trạm 1", 106.90, 11.54, 42, "A"],
    ["S2", "Trạm 2", 106.92, 11.56, 30, "A"],
    ["S3", "Trạm 3", 106.96, 11.56, 25, "B"],
    ["S4", "Trạm 4", 106.97, 11.59, 60, "B"],
]
CELLS: Rows = [
    ["cell_id", "site_id", "operator", "technology", "band", "azimuth_deg"],
    ["C1", "S1", "A", "4G", "LTE1800", 0],
    ["C2", "S1", "A", "2G", "GSM900", ""],
    ["C3", "S2", "A", "4G", "LTE1800", 120],
    ["C4", "S3", "B", "3G", "UMTS2100", 240],
    ["C5", "S4", "B", "5G", "NR3700", 359.5],
]


@pytest.fixture
def sites() -> Rows:
    """Return the rows of sites.csv, header first; row i + 1 of the file is rows[i]."""
    return [list(row) for row in SITES]


@pytest.fixture
def cells() -> Rows:
    """Return the rows of cells.csv, header first."""
    return [list(row) for row in CELLS]


def make_world(folder: Path) -> World:
    """Write the tiny world into a folder."""
    world = World(
        folder,
        province={
            "name": '"Tỉnh thử"',
            "crs": f'"{CRS}"',
            "cell_m": f"{CELL_M:g}",
            "as_of": "2026-01-01",
            "operators": '["A", "B"]',
        },
        layers={
            "communes": {"path": '"communes.gpkg"'},
            "sites": {"path": '"sites.csv"'},
            "cells": {"path": '"cells.csv"'},
            "population": {"path": '"population.tif"'},
            "terrain": {"path": '"terrain.tif"'},
        },
    )
    world.communes()
    world.table("sites.csv", SITES)
    world.table("cells.csv", CELLS)
    people = np.arange(20 * 24, dtype="float32").reshape(20, 24) % 7
    world.raster("population.tif", people, nodata=-99999)
    # A metre a cell to the south and to the east, in squares fine enough for line of sight.
    slope = np.add.outer((np.arange(100) - 2) / 5, (np.arange(120) - 2) / 5)
    fine = rasterio.Affine(CELL_M / 5, 0, WEST, 0, -CELL_M / 5, NORTH)
    world.raster("terrain.tif", (50 + slope).astype("float32"), transform=fine)
    world.write_toml()
    return world


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return the tiny world that all tests copy: a GeoPackage takes longer to write than to copy."""
    return make_world(tmp_path_factory.mktemp("pattern"))


@pytest.fixture
def world(tmp_path: Path, pattern: World) -> World:
    """Return a copy of the tiny world, valid until a test changes it."""
    shutil.copytree(pattern.folder, tmp_path, dirs_exist_ok=True)
    return replace(pattern, folder=tmp_path, province=dict(pattern.province), layers=copy.deepcopy(pattern.layers))


@pytest.fixture
def world_in() -> Any:
    """Return the function that writes a tiny world into any folder."""
    return make_world
