"""Runs on real layers of the reference room: Bình Phước's communes with simulated sites, Luxembourg's cells."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner

from phusong.cli import app
from phusong.gis import demo


def _run(layers: Path, out: Path) -> None:
    result = CliRunner().invoke(app, ["run", str(layers), "-o", str(out), "-q"])
    assert result.exit_code == 0, result.output


def _kpi(run: Path, kpi: str, technology: str, *, operator: str = "any", state: str = "today") -> dict[str, float]:
    with (run / "kpis.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [
            row
            for row in csv.DictReader(file)
            if (row["id"], row["area"], row["operator"], row["technology"], row["state"])
            == (kpi, "province", operator, technology, state)
        ]
    return {name: float(row[name]) for name in ("numerator", "denominator", "value", "unknown")}


@pytest.mark.slow
def test_binh_phuoc_with_simulated_sites(shared: Path, tmp_path: Path) -> None:
    data = shared / "data"
    demo.write(tmp_path / "demo", size="province")
    layers = tmp_path / "layers.toml"
    layers.write_text(
        f"""
[province]
name = "Bình Phước"
crs = "EPSG:9212"
cell_m = 200
as_of = 2025-07-01
[layers.communes]
path = "{data}/communes_new/communes_2025_binh_phuoc.gpkg"
columns = {{ area_km2 = "areaKm2" }}
source = "thanglequoc/vietnamese-provinces-database"
[layers.census]
path = "{data}/census/new_commune_pop2019_est_binh_phuoc.csv"
columns = {{ code = "new_code", population = "pop2019_est" }}
[layers.population]
path = "{data}/population/worldpop_2020_1km_bp_bd_clip.tif"
licence = "CC-BY-4.0"
[layers.terrain]
path = "{data}/dem/binhphuoc_binhduong_clip.tif"
[layers.fibre]
path = "{data}/lines/powerlines_binh_phuoc.geojson"
source = "power lines as right of way"
[layers.sites]
path = "demo/layers/sites.csv"
crs = "EPSG:4326"
[layers.cells]
path = "demo/layers/cells.csv"
""",
        encoding="utf-8",
    )
    _run(layers, tmp_path / "run")
    # The official total of the census of 1 April 2019 (GSO), whatever WorldPop's own sum is.
    assert _kpi(tmp_path / "run", "K02", "4G")["denominator"] == pytest.approx(994_679, abs=1e-3)
    area = _kpi(tmp_path / "run", "K08", "4G")["denominator"]
    assert area == pytest.approx(6_870.2, abs=0.5)
    assert 0.5 < _kpi(tmp_path / "run", "K02", "4G")["value"] < 1.0
    manifest = json.loads((tmp_path / "run/manifest.json").read_text(encoding="utf-8"))
    assert manifest["facts"]["simulated"] is True
    assert set(manifest["facts"]["simulated_layers"]) == {"sites", "cells"}
    assert manifest["proof"]["gap_share"] <= 0.01
    assert manifest["proof"]["fibre_km"] >= manifest["proof"]["fibre_bound_km"] > 0
    # WorldPop's void cells inside the province are counted and listed, not taken for empty land in silence.
    report = (tmp_path / "run/repair_report.csv").read_text(encoding="utf-8")
    assert "population" in report


@pytest.mark.slow
def test_opencellid_luxembourg_over_one_polygon(shared: Path, tmp_path: Path) -> None:
    outline = shapely.Polygon([(5.95, 49.5), (6.3, 49.5), (6.3, 49.7), (5.95, 49.7)])
    # One polygon over the south of the country; its people are a round number, spread evenly.
    polygon = gpd.GeoDataFrame(
        {"code": ["00001"], "name": ["Süden"], "population": [300_000]}, geometry=[outline], crs=4326
    )
    polygon.to_file(tmp_path / "one.gpkg", layer="communes")
    layers = tmp_path / "layers.toml"
    layers.write_text(
        f"""
[province]
name = "Luxembourg, one polygon"
crs = "EPSG:2169"
cell_m = 250
as_of = 2019-12-31
[layers.communes]
path = "one.gpkg"
[layers.cells]
path = "{shared}/data/cells/opencellid/270_luxembourg.csv"
format = "opencellid"
operators = {{ 1 = "POST", 77 = "Tango", 99 = "Orange" }}
outside = "drop"
licence = "CC BY-SA 4.0"
""",
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["cover", str(layers), "-o", str(tmp_path / "run"), "-q"])
    assert result.exit_code == 0, result.output
    assert _kpi(tmp_path / "run", "K02", "2G")["value"] > 0.9
    assert 0.3 < _kpi(tmp_path / "run", "K02", "4G")["value"] <= 1.0
    assert _kpi(tmp_path / "run", "K02", "5G")["numerator"] == 0
    with (tmp_path / "run/repair_report.csv").open(encoding="utf-8", newline="") as file:
        repairs = list(csv.DictReader(file))
    # What lies outside is counted before the rest is grouped; the records of the file are one or the other.
    dropped = [int(row["how_much"].split()[0]) for row in repairs if row["what"] == "dropped: outside the province"]
    grouped = [int(row["before"].split()[0]) for row in repairs if row["what"].startswith("grouped: OpenCelliD cells")]
    assert sum(dropped) > 1_000
    assert sum(dropped) + sum(grouped) == 21_195
    assert any("omnidirectional" in row["what"] for row in repairs)
