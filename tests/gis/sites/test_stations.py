"""Stations: one list of sites and cells, as provinces, the ITU and drive testers keep them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from phusong.gis import Layers, read_layers
from phusong.gis.fixing import fix_layers

BTS_HEADER = ["TT", "Tên DN", "Tên trạm", "Mã trạm", "Kinh độ", "Vĩ độ", "Độ cao trạm (m)", "Đã lắp 3G/4G"]
BTS: list[list[Any]] = [
    BTS_HEADER,
    [1, "A", "Trạm 1", "BP01", 106.90, 11.54, 42, "3G/4G"],
    [2, "A", "Trạm 2", "BP02", 106.92, 11.56, 30, "4G"],
    [3, "B", "Trạm 1", "BP01", 106.90, 11.54, 42, "có"],
    [4, "B", "Trạm 4", "BP04", 106.97, 11.59, "", ""],
]


def one_list(world: Any, rows: Any, layer: str = "sites", **keys: str) -> None:
    """Put one list in the place of both layers."""
    del world.layers["sites"], world.layers["cells"]
    world.table("list.csv", rows)
    world.layers[layer] = {"path": '"list.csv"', **keys}


def derived(layers: Layers) -> list[str]:
    return [repair.what for repair in layers.repairs if repair.what.startswith("derived")]


def test_a_provincial_list_of_stations(world: Any) -> None:
    """A mast of two operators, technologies in one field, a yes, and one that says nothing."""
    one_list(world, BTS)
    layers = world.read()
    assert layers.sites["name"].to_dict() == {"BP01": "Trạm 1", "BP02": "Trạm 2", "BP04": "Trạm 4"}
    assert layers.sites["shared_by"].fillna("").tolist() == ["A; B", "", ""]
    assert layers.sites["height_m"].fillna(0).tolist() == [42, 30, 0]
    found = layers.cells[["site_id", "operator", "technology"]].to_dict("index")
    assert {name: tuple(row.values()) for name, row in found.items()} == {
        "BP01-3G": ("BP01", "A", "3G"),
        "BP01-4G": ("BP01", "A", "4G"),
        "BP02-4G": ("BP02", "A", "4G"),
        "BP01-3G-2": ("BP01", "B", "3G"),
        "BP01-4G-2": ("BP01", "B", "4G"),
    }
    assert derived(layers) == [
        "derived: one cell for each technology of a field (Đã lắp 3G/4G)",
        "derived: cell ids from site and technology, for the list has none",
    ]
    said = {(r.what, r.row, r.how_much) for r in layers.repairs}
    assert ("shared: one mast listed by several operators", "4", "1 record") in said
    assert ("left without a cell: the list names no technology", "*", "1 records") in said
    (summary,) = [s for s in layers.summaries if s.layer == "sites"]
    assert (summary.rows, summary.used) == (4, 4)


def test_both_ways_of_naming_the_list_say_the_same(world: Any) -> None:
    one_list(world, BTS)
    as_sites = world.read()
    world.layers["cells"] = world.layers.pop("sites")
    as_cells = world.read()
    pd.testing.assert_frame_equal(as_sites.cells, as_cells.cells)
    pd.testing.assert_frame_equal(pd.DataFrame(as_sites.sites), pd.DataFrame(as_cells.sites))


def test_a_list_without_ids_has_a_site_for_each_place(world: Any) -> None:
    header = ["Doanh nghiệp", "Kinh độ", "Vĩ độ", "Công nghệ"]
    rows = [
        header,
        ["A", 106.90, 11.54, "2G, 4G"],
        ["B", 106.90001, 11.54, "LTE"],
        ["A", 106.92, 11.56, "NR"],
        ["A", 106.92, 11.56, "5G"],
    ]
    one_list(world, rows)
    layers = world.read()
    assert list(layers.sites.index) == ["row-2", "row-4"]
    assert layers.sites["shared_by"].fillna("").tolist() == ["A; B", ""]
    assert layers.cells["site_id"].tolist() == ["row-2", "row-2", "row-2", "row-4", "row-4"]
    assert layers.cells.index.is_unique
    assert derived(layers)[0].startswith("derived: a site for each place, called by its first row")


def test_one_cell_a_technology_and_operator(world: Any) -> None:
    """The province's list knows both of "A, B": two operators. It knows nothing of "A, chi nhánh 2"."""
    header = ["Mã cột", "Kinh độ", "Vĩ độ", "Đơn vị sử dụng", "Công nghệ"]
    one_list(world, [header, ["C1", 106.90, 11.54, "A, B", "3G+4G"]])
    layers = world.read()
    assert sorted(zip(layers.cells["operator"], layers.cells["technology"], strict=True)) == [
        ("A", "3G"),
        ("A", "4G"),
        ("B", "3G"),
        ("B", "4G"),
    ]
    world.table("list.csv", [header, ["C1", 106.90, 11.54, "A, chi nhánh 2", "3G"]])
    assert {(f.column, f.value) for f in world.faults()} == {("operator", "A, chi nhánh 2")}


def test_the_same_row_twice_makes_no_second_cell(world: Any) -> None:
    """A running number tells rows apart and says nothing."""
    one_list(world, [*BTS, [5, *BTS[2][1:]]])
    layers = world.read()
    assert [(r.row, r.what) for r in layers.repairs if r.what.startswith("dropped")] == [
        ("6", "dropped: the same record twice")
    ]
    assert "BP02-4G-2" not in layers.cells.index
    (summary,) = [s for s in layers.summaries if s.layer == "sites"]
    assert (summary.rows, summary.used) == (5, 4)


def test_one_id_at_two_places_of_a_list(world: Any) -> None:
    rows = [list(row) for row in BTS]
    rows[3][4] = 106.91
    one_list(world, rows)
    fault = world.only()
    assert (fault.layer, fault.row, fault.column, fault.value) == ("sites", 4, "site_id", "BP01")
    assert "m away: one id, two places" in fault.rule


def test_a_technology_nobody_knows(world: Any) -> None:
    rows = [list(row) for row in BTS]
    rows[0][7] = "Công nghệ"
    rows[2][7] = "6G"
    one_list(world, rows)
    fault = next(f for f in world.faults() if f.column == "technology")
    assert (fault.row, fault.value) == (3, "6G")


def test_columns_of_single_technologies(world: Any) -> None:
    rows = [
        ["site_id", "lon", "lat", "operator", "2G", "4G"],
        ["S1", 106.90, 11.54, "A", "x", "x"],
        ["S2", 106.92, 11.56, "B", "", "x"],
    ]
    one_list(world, rows)
    assert sorted(world.read().cells.index) == ["S1-2G", "S1-4G", "S2-4G"]


def test_one_list_as_a_geographic_file(world: Any) -> None:
    del world.layers["sites"], world.layers["cells"]
    table = gpd.GeoDataFrame(
        {"site_id": ["S1", "S1", "S2"], "operator": ["A", "A", "B"], "technology": ["4G", "4G", "3G"]},
        geometry=[shapely.Point(106.90, 11.54), shapely.Point(106.90, 11.54), shapely.Point(106.92, 11.56)],
        crs="EPSG:4326",
    ).assign(azimuth_deg=[0.0, 120.0, 240.0])
    world.vector("list.gpkg", table)
    world.layers["cells"] = {"path": '"list.gpkg"'}
    layers = world.read()
    assert list(layers.sites.index) == ["S1", "S2"]
    assert layers.cells["azimuth_deg"].to_dict() == {"S1-4G": 0.0, "S1-4G-2": 120.0, "S2-3G": 240.0}


def test_a_list_of_masts_alone_needs_its_cells(world: Any) -> None:
    del world.layers["cells"]
    fault = world.only()
    assert (fault.layer, fault.rule) == ("cells", "the layer is missing")
    assert "is both layers" in fault.remedy


def test_cells_without_places_need_their_sites(world: Any) -> None:
    del world.layers["sites"]
    fault = world.only()
    assert (fault.layer, fault.rule) == ("sites", "the layer is missing")


def test_a_list_without_operators_says_how_to_name_one(world: Any) -> None:
    one_list(world, [["ict_id", "lat", "lon", "radio_type"], ["a1", 11.54, 106.90, "4G"]])
    fault = next(f for f in world.faults() if f.column == "operator")
    assert fault.rule.startswith("the required column is missing")
    world.layers["sites"]["constants"] = '{ operator = "A" }'
    layers = world.read()
    assert layers.cells["operator"].to_dict() == {"a1-4G": "A"}


def test_an_opencellid_table_without_its_format(world: Any) -> None:
    header = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
    one_list(world, [header.split(","), ["LTE", 452, 1, 7, 256, 0, 106.9, 11.54, 1000, 1, 1, 0, 0, 0]], "cells")
    assert 'set format = "opencellid" for [layers.cells]' in [f.remedy for f in world.faults()]


def test_bands_come_from_the_channel(world: Any, cells: Any) -> None:
    rows = [[*row[:4], *(["earfcn"] if i == 0 else [1617 if row[3] == "4G" else ""])] for i, row in enumerate(cells)]
    world.table("cells.csv", rows)
    layers = world.read()
    assert layers.cells["band"].dropna().to_dict() == {"C1": "LTE1800", "C3": "LTE1800"}
    cells[0].append("earfcn")
    cells[1].append(6400)
    world.table("cells.csv", [cells[0], cells[1], *([*row, ""] for row in cells[2:])])
    fault = world.only()
    assert (fault.layer, fault.row, fault.column, fault.value) == ("cells", 2, "band", "LTE1800")


def test_many_cells_of_unknown_sites_are_one_fault(world: Any, cells: Any) -> None:
    more = [[f"X{n}", f"T{n}", "A", "4G", "", ""] for n in range(1500)]
    world.table("cells.csv", [*cells, *more])
    fault = world.only()
    assert (fault.row, fault.value) == (7, "T0")
    assert fault.rule == "no site has this id; so it is with 1500 of 1505 cells"


def test_an_id_written_otherwise_is_suggested(world: Any, cells: Any) -> None:
    cells[1][1] = "s-1"
    world.table("cells.csv", cells)
    assert world.only().remedy == "did you mean S1?"


def test_fixing_a_list_sets_its_rows_aside(world: Any) -> None:
    """One file is one page: a row at fault leaves both layers, and the cleaned layers are two."""
    rows = [["TT", "Tên DN", "Mã trạm", "Kinh độ", "Vĩ độ", "Công nghệ"]]
    rows += [[str(n), "A" if n % 2 else "B", f"Z{n}", f"{106.90 + n / 200:.3f}", "11.56", "4G"] for n in range(10)]
    rows[3][5] = "7G"
    one_list(world, rows)
    world.write_toml()
    fixed = fix_layers(world.toml, world.folder / "out")
    assert fixed.folder is not None
    assert fixed.set_aside == {"sites": 1}
    cleaned = read_layers(fixed.folder / "layers.toml")
    assert sorted(cleaned.sites.index) == sorted(f"Z{n}" for n in range(10) if n != 2)
    assert len(cleaned.cells) == 9


# --- real lists ----------------------------------------------------------------------------------------------


def around(world: Any, box: tuple[float, float, float, float], crs: str) -> None:
    """Put a province of one box (degrees) in the place of the tiny one."""
    table = gpd.GeoDataFrame({"code": ["1"], "name": ["X"]}, geometry=[shapely.box(*box)], crs="EPSG:4326")
    world.vector("communes.gpkg", table.assign(code=["00001"], population=[1000]))
    world.province |= {"crs": f'"{crs}"', "operators": "[]", "cell_m": "1000"}
    world.layers = {"communes": {"path": '"communes.gpkg"'}}


@pytest.mark.parametrize(
    ("net", "nodes", "bands"),
    [
        ("23410", 167, {"LTE1800": 133, "LTE2100": 187, "LTE900": 46, "none": 518}),
        ("23430", 165, {"LTE1800": 683, "LTE2100": 42, "LTE2600": 161, "none": 120}),
    ],
)
def test_sectors_of_england(shared: Path, world: Any, net: str, nodes: int, bands: dict[str, int]) -> None:
    """Sites are ECellID // 256, bands come from the EARFCN, and England's bands 20 and 40 are none of ours."""
    path = shared / f"data/cells/nsg_england/{net}/{net}_merged_cells_eutra.csv"
    around(world, (-0.6, 50.7, 0.4, 51.6), "EPSG:27700")
    world.layers["cells"] = {"path": f'"{path}"', "constants": '{ operator = "A" }'}
    layers = world.read()
    table = pd.read_csv(path).set_index("ECellID")
    assert (len(layers.cells), len(layers.sites)) == (sum(bands.values()), nodes)
    numbers = layers.cells.index.astype("int64")
    assert (layers.cells["site_id"].astype("int64") == numbers // 256).all()
    assert layers.cells["azimuth_deg"].tolist() == table["Azimuth"][numbers].tolist()
    assert layers.cells["band"].fillna("none").value_counts().to_dict() == bands
    left = [r for r in layers.repairs if r.what.startswith("left empty")]
    assert sum(int(r.how_much.split()[0]) for r in left) == bands["none"]


def test_the_itu_sample(shared: Path, world: Any) -> None:
    around(world, (1.1, 38.8, 1.7, 39.2), "EPSG:25831")
    path = shared / "data/cells/itu_sample/cell-sites.csv"
    world.layers["sites"] = {"path": f'"{path}"', "constants": '{ operator = "A" }'}
    layers = world.read()
    assert len(layers.sites) == 100
    assert layers.cells["technology"].value_counts().to_dict() == {"4G": 64, "3G": 30, "2G": 6}
    assert layers.sites.geometry.is_valid.all()


@pytest.mark.parametrize("ids", [["site_id"], ["cell_id", "site_id"]])
def test_a_list_that_names_no_technology(world: Any, ids: list[str]) -> None:
    """Found by fuzzing: neither a column nor a constant; that is one fault, and no crash of what derives ids."""
    rows = [[*ids, "lon", "lat", "operator"], [*ids, 106.90, 11.54, "A, B"], [*ids, 106.90, 11.54, "B"]]
    one_list(world, rows, "cells")
    assert any(
        (f.layer, f.column, f.rule[:28]) == ("cells", "technology", "the required column is missi")
        for f in world.faults()
    )


def test_lists_in_place_of_text_are_refused_and_copies_are_listed(world: Any) -> None:
    """A GeoJSON's fields may hold lists, which cannot be compared as they are."""
    place = {"type": "Point", "coordinates": [106.66, 11.53]}
    fields = {"site_id": ["S", "1"], "operator": "Viettel", "technology": "4G"}
    features = [{"type": "Feature", "properties": fields, "geometry": place} for _ in range(2)]
    world.text("list.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    del world.layers["cells"]
    world.layers["sites"] = {"path": '"list.geojson"'}
    findings, _ = world.check()
    assert [(r.row, r.before) for r in findings.repairs if r.what == "dropped: the same record twice"] == [
        ("2", "row 1")
    ]
    assert {(f.row, f.rule) for f in findings.faults if f.column == "site_id" and f.row is not None} == {
        (1, "site_id must be plain text, without lists and control characters")
    }
