"""Fixing: cleaned layers that may run, a receipt in which nothing is missing, and totals kept."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from phusong.errors import RunError
from phusong.gis import check_layers, read_layers
from phusong.gis.fixing import fix_layers
from phusong.gis.writing import whole_folder


def fixed(world: Any, out: Path | None = None) -> Any:
    world.write_toml()
    return fix_layers(world.toml, out or world.folder / "sạch")


def many_sites(count: int = 20) -> list[list[Any]]:
    rows: list[list[Any]] = [["site_id", "name", "lon", "lat", "height_m", "owner"]]
    rows += [[f"S{n}", f"Trạm {n}", 106.885 + 0.004 * n, 11.535 + 0.003 * n, 30, "A"] for n in range(1, count + 1)]
    return rows


def many_cells(count: int = 20) -> list[list[Any]]:
    rows: list[list[Any]] = [["cell_id", "site_id", "operator", "technology", "band", "azimuth_deg"]]
    rows += [[f"C{n}", f"S{n}", "AB"[n % 2], "4G", "LTE1800", 10 * n] for n in range(1, count + 1)]
    return rows


def test_a_clean_province_comes_out_as_it_went_in(world: Any) -> None:
    result = fixed(world)
    assert result.folder is not None
    before, after = read_layers(world.toml), read_layers(result.folder / "layers.toml")
    assert after.repairs == ()
    assert after.province == before.province
    for name in ("communes", "sites", "cells"):
        one, two = getattr(before, name), getattr(after, name)
        pd.testing.assert_frame_equal(
            pd.DataFrame(one).drop(columns="geometry", errors="ignore"),
            pd.DataFrame(two).drop(columns="geometry", errors="ignore"),
            check_dtype=False,
        )
    assert before.communes.geometry.geom_equals_exact(after.communes.geometry, tolerance=0).all()
    np.testing.assert_allclose(
        before.sites.geometry.get_coordinates(), after.sites.geometry.get_coordinates(), atol=1e-6
    )
    np.testing.assert_array_equal(before.people.residents, after.people.residents)
    np.testing.assert_array_equal(before.terrain.elevation_m, after.terrain.elevation_m)  # type: ignore[union-attr]


def test_fixing_what_is_fixed_changes_nothing(world: Any) -> None:
    first = fixed(world).folder
    second = fix_layers(first / "layers.toml", world.folder / "again").folder
    assert second is not None
    assert len(pd.read_csv(second / "repair_report.csv")) == 0
    for name in ("sites.gpkg", "cells.csv", "communes.gpkg", "population.tif"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_rows_at_fault_are_set_aside_with_what_hangs_on_them(world: Any) -> None:
    sites, cells = many_sites(), many_cells()
    sites[3][4] = -30  # S3: a height no mast has
    sites[5][2] = 110.0  # S5: far outside
    cells[8][3] = "6G"
    world.table("sites.csv", sites)
    world.table("cells.csv", cells)
    result = fixed(world)
    assert result.folder is not None
    assert result.set_aside == {"sites": 2, "cells": 3}
    layers = read_layers(result.folder / "layers.toml")
    assert set(layers.sites.index) == {f"S{n}" for n in range(1, 21)} - {"S3", "S5"}
    assert set(layers.cells.index) == {f"C{n}" for n in range(1, 21)} - {"C3", "C5", "C8"}
    report = pd.read_csv(result.folder / "repair_report.csv", dtype=str)
    listed = report[report["what"].str.startswith("set aside: ")]
    assert sorted(zip(listed["layer"], listed["row"], strict=True)) == [
        ("cells", "4"),
        ("cells", "6"),
        ("cells", "9"),
        ("sites", "4"),
        ("sites", "6"),
    ]
    kept = pd.read_csv(result.folder / "set_aside" / "sites.csv", dtype=str)
    assert list(kept["site_id"]) == ["S3", "S5"]
    assert list(kept["height_m"]) == ["-30", "30"]
    assert kept["rule"].str.contains("height_m must be|outside the province").all()
    receipt = json.loads((result.folder / "receipt.json").read_text(encoding="utf-8"))
    # Nothing is lost: what the file holds is what is used and what is set aside.
    sites_in = next(item for item in receipt["inputs"] if item["layer"] == "sites")
    assert sites_in["rows"] == sites_in["used"] + receipt["set_aside"]["sites"] == 20


def test_a_layer_that_is_at_fault_as_a_whole_is_not_thinned_out(world: Any) -> None:
    sites = many_sites()
    for row in sites[1:8]:
        row[4] = -30
    world.table("sites.csv", sites)
    world.table("cells.csv", many_cells())
    result = fixed(world)
    assert result.folder is None
    assert not (world.folder / "sạch").exists()
    assert sum("height_m must be" in fault.rule for fault in result.gathered.findings.faults) == 7


def test_a_fault_of_the_whole_layer_costs_no_row(world: Any) -> None:
    """The row that such a fault names is an example: without it the next one would be named, and so on."""
    sites = many_sites(60)
    for row in sites[1:]:
        row[2] += 3.0  # all of them far outside
    world.table("sites.csv", sites)
    world.table("cells.csv", many_cells(60))
    result = fixed(world)
    assert result.folder is None
    assert result.set_aside == {}
    assert [f.rule for f in result.gathered.findings.faults if f.layer == "sites" and f.severity == "error"] == [
        "60 of 60 records lie more than 30 km outside the province"
    ]
    assert not any(repair.what.startswith("set aside") for repair in result.gathered.findings.repairs)


def test_communes_are_never_set_aside(world: Any) -> None:
    world.communes(population=[6000, -1, 1000])
    result = fixed(world)
    assert result.folder is None
    assert [fault.layer for fault in result.gathered.findings.faults if fault.severity == "error"] == ["communes"]


def test_the_cleaned_file_names_what_was_read(world: Any) -> None:
    world.layers["sites"] |= {"source": '"Sở KH&CN \\"2026\\""', "simulated": "true"}
    folder = fixed(world).folder
    toml = tomllib.loads((folder / "layers.toml").read_text(encoding="utf-8"))
    assert toml["province"]["name"] == "Tỉnh thử"
    assert toml["layers"]["sites"]["source"] == 'Sở KH&CN "2026"'
    assert toml["layers"]["sites"]["simulated"] is True
    _, summaries = check_layers(folder / "layers.toml")
    assert {s.layer: s.simulated for s in summaries}["sites"] is True


def test_an_earlier_fix_is_replaced_and_nothing_else_is(world: Any, tmp_path_factory: Any) -> None:
    out = tmp_path_factory.mktemp("ra") / "sạch"
    assert fixed(world, out).folder == out
    assert fixed(world, out).folder == out
    other = out.with_name("khác")
    other.mkdir()
    (other / "thư.txt").write_text("quan trọng")
    with pytest.raises(RunError, match="holds something that is no cleaned layers"):
        fixed(world, other)
    assert (other / "thư.txt").read_text() == "quan trọng"
    with pytest.raises(RunError, match="is a file"):
        fixed(world, other / "thư.txt")


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def half() -> None:
        with whole_folder(tmp_path / "out") as folder:
            (folder / "one.txt").write_text("1")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        half()
    assert list(tmp_path.iterdir()) == []


def test_polygons_of_several_parts_and_open_ends(world: Any) -> None:
    """A layer of lines goes out and comes back with its attributes."""
    table = gpd.GeoDataFrame(
        {"road_id": ["D1", "D2"], "name": ["Quốc lộ 14", None], "class": ["national", None]},
        geometry=gpd.GeoSeries.from_wkt(
            [
                "LINESTRING (569000 1275000, 572000 1276000)",
                "MULTILINESTRING ((570000 1275000, 571000 1278000), (572000 1275000, 573000 1278000))",
            ]
        ),
        crs="EPSG:9212",
    )
    world.vector("roads.gpkg", table)
    world.layers["roads"] = {"path": '"roads.gpkg"'}
    folder = fixed(world).folder
    roads = read_layers(folder / "layers.toml").context["roads"]
    assert list(roads["road_id"]) == ["D1", "D2"]
    assert list(roads["name"].isna()) == [False, True]
    assert roads.geometry.length.sum() == pytest.approx(table.geometry.length.sum())
