"""Real layers nobody in this project made, read where the reference room stands beside the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from phusong.gis.findings import Findings
from phusong.gis.readers.tables import read_table
from phusong.gis.readers.vector import read_vector


def test_a_real_province(shared: Path, world: Any, sites: Any) -> None:
    """Forty communes of 195,535 vertices, WorldPop, a terrain clip and power lines in place of fibre."""
    data = shared / "data"
    world.province |= {"cell_m": "1000"}
    world.layers |= {
        "communes": {"path": f'"{data}/communes_new/communes_2025_binh_phuoc.gpkg"'},
        "population": {"path": f'"{data}/population/worldpop_2020_1km_bp_bd_clip.tif"'},
        "terrain": {"path": f'"{data}/dem/binhphuoc_binhduong_clip.tif"'},
        "fibre": {"path": f'"{data}/lines/powerlines_binh_phuoc.geojson"'},
    }
    sites[1][2:4] = [106.40, 11.20]
    world.table("sites.csv", sites)
    layers = world.read()
    assert len(layers.communes) == 40
    assert layers.communes.index.str.fullmatch(r"\d{5}").all()
    assert layers.outline.area / 1e6 == pytest.approx(6874, rel=0.01)
    assert layers.zones.shares.sum() * layers.grid.cell_km2 == pytest.approx(layers.outline.area / 1e6, rel=1e-4)
    # Unconstrained WorldPop stands well above the census of 994,679.
    assert 1.15 < layers.people.totals.sum() / 994_679 < 1.32
    assert len(layers.context["fibre"]) == 101
    near = next(f for f in layers.faults if f.layer == "sites")
    assert (near.severity, near.row) == ("warning", 2)


def test_the_real_census_is_met_in_every_commune(shared: Path, world: Any) -> None:
    data = shared / "data"
    header = (data / "census/new_commune_pop2019_est_binh_phuoc.csv").read_text("utf-8-sig").splitlines()[0]
    code, people = header.split(",")[0], next(n for n in header.split(",") if "pop" in n)
    world.province |= {"cell_m": "1000"}
    world.layers |= {
        "communes": {"path": f'"{data}/communes_new/communes_2025_binh_phuoc_simpl.geojson"'},
        "population": {"path": f'"{data}/population/worldpop_2020_1km_bp_bd_clip.tif"'},
        "census": {
            "path": f'"{data}/census/new_commune_pop2019_est_binh_phuoc.csv"',
            "columns": f'{{ code = "{code}", population = "{people}" }}',
        },
    }
    del world.layers["terrain"]
    layers = world.read()
    assert layers.people.census_true == (True,) * 40
    np.testing.assert_allclose(layers.people.totals, layers.communes["population"], atol=1e-6)
    assert layers.people.totals.sum() == pytest.approx(994_679, rel=1e-3)


def test_latin_1_is_refused_with_its_row_and_read_when_stated(shared: Path) -> None:
    path = shared / "data/formats/VilleMTP_MTP_MonumentsHist/VilleMTP_MTP_MonumentsHist.csv"
    findings = Findings()
    assert read_table(path, encoding="utf-8-sig", notes=findings.of("hamlets", path.name)) is None
    (fault,) = findings.faults
    assert fault.row is not None
    assert "is no utf-8 text" in fault.rule
    table = read_table(path, encoding="latin-1", notes=Findings().of("hamlets", path.name))
    assert table is not None
    assert len(table) > 50


def test_geojson_in_metres_is_refused(shared: Path, world: Any) -> None:
    path = shared / "data/formats/VilleMTP_MTP_MonumentsHist/VilleMTP_MTP_MonumentsHist.geojson"
    world.layers["communes"] = {"path": f'"{path}"'}
    rules = [f.rule for f in world.faults() if f.layer == "communes"]
    assert any("metres where degrees belong" in rule for rule in rules)


def test_fibre_of_west_africa(shared: Path, world: Any) -> None:
    """Mixed lines and one empty geometry: read, the empty one listed, and refused for lying elsewhere."""
    path = shared / "data/fibre/watra/combined_lines.geojson"
    table = read_vector(path, layer=None, notes=Findings().of("fibre", path.name))
    assert isinstance(table, gpd.GeoDataFrame)
    world.layers["fibre"] = {"path": f'"{path}"'}
    findings, summaries = world.check()
    fault = next(f for f in findings.faults if f.layer == "fibre" and f.severity == "error")
    assert "km or more outside the province" in fault.rule
    dropped = [r for r in findings.repairs if r.layer == "fibre" and r.what.startswith("dropped")]
    assert summaries["fibre"].rows - summaries["fibre"].used == len(dropped) == 1
