"""Layers held against each other and against the province, each contradiction said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely


def test_far_too_many_cells(world: Any) -> None:
    shapes = [
        shapely.box(0, 0, 1, 1),
        shapely.box(600_000, 1_000_000, 600_100, 1_000_100),
        shapely.box(5, 5, 900_000, 9e5),
    ]
    world.communes(geometry=shapes)
    world.province["cell_m"] = "10"
    fault = next(f for f in world.faults() if f.column == "province.cell_m")
    assert "more than 200,000,000" in fault.rule


def test_operators_that_have_no_cell_are_unknown(world: Any) -> None:
    world.province["operators"] = '["A", "B", "C"]'
    warning = world.only("warning")
    assert (warning.layer, warning.column, warning.value) == ("cells", "operator", "C")
    assert "unknown everywhere" in warning.rule
    assert "province.operators" in warning.remedy
    assert world.read().operators == ("A", "B", "C")


def test_a_site_without_cells_is_said(world: Any, cells: Any) -> None:
    world.table("cells.csv", cells[:-1])
    info = world.only("info")
    assert (info.layer, info.value) == ("cells", "S4")


def test_no_cell_left(world: Any, cells: Any) -> None:
    world.table("cells.csv", cells[:1])
    assert "the layer is empty" in world.only().rule


def test_hamlets_name_the_row(world: Any) -> None:
    rows = [["hamlet_id", "lon", "lat", "commune_code"], ["H1", 106.9, 11.55, "25001"], ["H2", 106.9, 11.55, "25009"]]
    world.table("hamlets.csv", rows)
    world.layers["hamlets"] = {"path": '"hamlets.csv"'}
    fault = world.only()
    assert (fault.row, fault.column, fault.value) == (3, "commune_code", "25009")
    assert "did you mean 2500" in fault.remedy


def test_roads_of_another_province(world: Any) -> None:
    lines = [shapely.LineString([(105.8, 21.0), (105.9, 21.1)])]
    world.vector("roads.geojson", gpd.GeoDataFrame({"road_id": ["R"]}, geometry=lines, crs="EPSG:4326"))
    world.layers["roads"] = {"path": '"roads.geojson"'}
    fault = world.only()
    assert (fault.layer, fault.row) == ("roads", 1)
    assert "km or more outside the province" in fault.rule


def test_a_table_cannot_hold_lines(world: Any) -> None:
    world.table("roads.csv", [["road_id", "lon", "lat"], ["R", 106.9, 11.5]])
    world.layers["roads"] = {"path": '"roads.csv"'}
    assert world.only().rule == "a table of text holds no lines"


def test_communes_without_area(world: Any) -> None:
    table = world.communes()
    flat = shapely.Polygon([(570_000, 1_275_000), (571_000, 1_275_000), (570_500, 1_275_000)])
    table.geometry = [*table.geometry[:2], flat]
    world.vector("communes.gpkg", table)
    fault = next(f for f in world.faults() if f.layer == "communes")
    assert fault.row == 3
    assert "bounds no area" in fault.rule


def test_a_bow_tie_is_mended_and_said(world: Any) -> None:
    table = world.communes()
    x, y = 568_000, 1_280_000
    tie = shapely.Polygon([(x, y), (x + 12_000, y + 4000), (x + 12_000, y), (x, y + 4000)])
    table.geometry = [*table.geometry[:2], tie]
    world.vector("communes.gpkg", table)
    layers = world.read()
    assert layers.communes.geometry.is_valid.all()
    repair = next(r for r in layers.repairs if r.layer == "communes")
    assert (repair.row, repair.after) == ("3", "24.000000 km²")
    assert "Self-intersection" in repair.what


def test_a_wide_overlap_of_communes_is_said_and_left(world: Any) -> None:
    table = world.communes()
    table.geometry = [table.geometry[0].buffer(400, join_style="mitre"), *table.geometry[1:]]
    world.vector("communes.gpkg", table)
    first, second = [f for f in world.faults("warning") if f.layer == "communes"]
    assert first.rule.startswith("communes 25001 and 25002 overlap by 2.400 km² at lon 106.")
    assert (first.row, first.column) == (1, "geometry")
    assert "communes 25001 and 25003 overlap by 2.660 km²" in second.rule
    assert world.read().communes.area.sum() / 1e6 == pytest.approx(120 + 7.05 * 6.8 - 6.25 * 6)


def test_simulated_marks_travel(world: Any, sites: Any) -> None:
    assert not world.read().simulated
    rows = [[*row, "simulated" if i == 0 else ("có" if i == 1 else "không")] for i, row in enumerate(sites)]
    world.table("sites.csv", rows)
    layers = world.read()
    assert layers.simulated_layers == ("sites",)
    assert layers.simulated
    world.layers["sites"]["simulated"] = "false"
    assert world.read().simulated_layers == ("sites",)
    assert "records in the file say they are simulated" in world.only("warning").rule
    world.table("sites.csv", sites)
    world.layers["sites"]["simulated"] = "true"
    assert world.read().simulated_layers == ("sites",)
    del world.layers["sites"]["simulated"]
    world.province["simulated"] = "true"
    assert set(world.read().simulated_layers) == {"communes", "sites", "cells", "population", "terrain"}


def test_paths_with_spaces_and_vietnamese_letters(tmp_path: Path, world_in: Callable[[Path], Any], sites: Any) -> None:
    import unicodedata

    folder = tmp_path / "tỉnh Bình Phước" / "lớp dữ liệu"
    folder.mkdir(parents=True)
    world = world_in(folder)
    world.table(unicodedata.normalize("NFD", "trạm gốc.csv"), sites)
    world.layers["sites"]["path"] = '"../lớp dữ liệu/' + unicodedata.normalize("NFC", "trạm gốc.csv") + '"'
    assert world.faults() == []
    world.layers["sites"]["path"] = f'"{folder / "sites.csv"}"'
    assert world.faults() == []
