"""Bad input on disk: one line each, with file, layer, row, column, value, rule and remedy - and all at once."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from phusong.errors import InputError
from phusong.gis import read_layers


def test_the_tiny_world_is_valid(world: Any) -> None:
    findings, summaries = world.check()
    assert findings.faults == []
    assert findings.repairs == []
    assert {name: (s.rows, s.used) for name, s in summaries.items()} == {
        "communes": (3, 3),
        "sites": (4, 4),
        "cells": (5, 5),
        "population": (480, 480),
        "terrain": (480, 480),
    }
    assert summaries["sites"].crs == "EPSG:4326"
    assert summaries["sites"].extent == pytest.approx((106.90, 11.54, 106.97, 11.59), abs=1e-4)
    assert summaries["population"].crs == "EPSG:9212"
    layers = world.read()
    assert list(layers.sites["commune_code"]) == ["25001", "25001", "25002", "25003"]
    assert layers.people.totals == pytest.approx([6000, 3000, 1000], abs=1e-6)


# Each case changes one thing in one table: (file, row of the file, column, value) -> rule and remedy in words.
CELL_FAULTS = [
    ("sites", 3, "height_m", "-30", "height_m must be a number from 1 to 350 m", "leave the field empty"),
    ("sites", 3, "lon", "106,92", "must be a number", 'write 106.92, or set decimal = ","'),
    ("sites", 3, "height_m", "nan", "must be a number", "correct it"),
    ("sites", 3, "height_m", "inf", "must be a number", "correct it"),
    ("sites", 3, "height_m", "1e999", "must be a number", "correct it"),
    ("sites", 3, "height_m", "30 ft", "must be a number", "correct it"),
    ("sites", 3, "lat", "95", "lat must be a number from -90 to 90", "correct it"),
    ("sites", 3, "lon", "", "the record has no place", "fill in lon"),
    ("sites", 3, "site_id", "", "a value is required", "fill in mã trạm"),
    ("sites", 3, "name", "Trạm\x002", "name must be plain text", "correct it"),
    ("cells", 4, "technology", "WiMAX", "technology must be one of 2G, 3G, 4G, 5G", "correct it"),
    ("cells", 4, "technology", "4GG", "technology must be one of", "did you mean 4G?"),
    ("cells", 4, "azimuth_deg", "361", "azimuth_deg must be a number from 0 to 360 độ", "correct it"),
    ("cells", 4, "band", "GSM900", "GSM900 is no band of 4G", "a 4G band starts with LTE"),
    ("cells", 4, "operator", "Aa", "operator must be one of A, B", "did you mean A?"),
    ("cells", 4, "site_id", "S9", "no site has this id", "add the site, or correct the id"),
    ("cells", 4, "cell_id", "C1", "cell_id must be unique, and already stands in row 2", "id of its own"),
]


@pytest.mark.parametrize(("layer", "row", "column", "value", "rule", "remedy"), CELL_FAULTS)
def test_one_wrong_value(
    world: Any, sites: Any, cells: Any, *, layer: str, row: int, column: str, value: str, rule: str, remedy: str
) -> None:
    rows = {"sites": sites, "cells": cells}[layer]
    rows[row - 1][rows[0].index(column)] = value
    world.table(f"{layer}.csv", rows)
    faults = [fault for fault in world.faults() if fault.layer == layer]
    assert len(faults) == 1
    fault = faults[0]
    assert (fault.file, fault.row, fault.column) == (f"{layer}.csv", row, column)
    assert fault.value == value
    assert rule in fault.rule
    assert remedy in fault.remedy
    line = fault.line()
    assert "\n" not in line
    assert line.startswith(f"error: {layer}.csv, layer {layer}, row {row}, column {column}, value '")
    json.dumps(dataclasses.asdict(fault))


def test_duplicate_site(world: Any, sites: Any) -> None:
    """Alike in every column it is the same record twice and dropped; with another height nobody knows which holds."""
    world.table("sites.csv", [*sites, sites[1]])
    findings, summaries = world.check()
    assert findings.may_run
    assert [(r.row, r.what, r.before) for r in findings.repairs if r.layer == "sites"] == [
        ("6", "dropped: the same record twice", "row 2")
    ]
    assert (summaries["sites"].rows, summaries["sites"].used) == (5, 4)
    world.table("sites.csv", [*sites, [*sites[1][:4], 45, sites[1][5]]])
    fault = world.only()
    assert (fault.layer, fault.row, fault.column, fault.value) == ("sites", 6, "site_id", "S1")
    assert fault.rule == "site_id must be unique, and already stands in row 2"
    assert fault.remedy.startswith("the rows differ in height_m: keep one")


def test_sites_outside_the_province_are_named_one_by_one(world: Any, sites: Any) -> None:
    sites[2][2:4] = [107.90, 11.56]
    sites[4][2:4] = [106.97, 11.80]
    world.table("sites.csv", sites)
    findings, _ = world.check()
    far, near = (next(f for f in findings.faults if f.severity == s) for s in ("error", "warning"))
    assert (far.layer, far.row, far.column, far.value) == ("sites", 3, "geometry", "lon 107.90000 lat 11.56000")
    assert far.rule == "the record lies 100 km outside the province"
    assert 'outside = "drop"' in far.remedy
    assert near.row == 5
    assert "km outside the province; it is kept" in near.rule


def test_outside_drop_lists_every_site_and_cell(world: Any, sites: Any) -> None:
    sites[1][2:4] = [107.90, 11.56]
    world.table("sites.csv", sites)
    world.layers["sites"]["outside"] = '"drop"'
    layers = world.read()
    assert list(layers.sites.index) == ["S2", "S3", "S4"]
    assert list(layers.cells.index) == ["C3", "C4", "C5"]
    listed = [(r.layer, r.row, r.what) for r in layers.repairs]
    assert ("sites", "2", "dropped: outside the province") in listed
    assert [r for r in listed if r[0] == "cells"] == [
        ("cells", "2", "dropped with its site, which is not in the run"),
        ("cells", "3", "dropped with its site, which is not in the run"),
    ]
    used = {s.layer: (s.rows, s.used) for s in layers.summaries}
    assert used["sites"] == (4, 3)
    assert used["cells"] == (5, 3)


def test_all_sites_dropped_is_no_run(world: Any, sites: Any) -> None:
    for row in sites[1:]:
        row[2] = 105.0
    world.table("sites.csv", sites)
    world.layers["sites"]["outside"] = '"drop"'
    fault = next(f for f in world.faults() if f.layer == "sites")
    assert "no site lies in the province" in fault.rule


def test_most_sites_outside_is_one_fault(world: Any) -> None:
    rows = [["site_id", "lon", "lat"], *([f"S{i}", 105.0 + i / 100, 21.0] for i in range(1, 9))]
    world.table("sites.csv", rows)
    fault = next(f for f in world.faults() if f.layer == "sites")
    assert fault.rule == "8 of 8 records lie more than 30 km outside the province"
    assert fault.row == 2


def test_numbers_of_another_zone(world: Any, sites: Any) -> None:
    """Numbers of EPSG:9210 read as 9212 land 54 km away."""
    from phusong.gis.crs import transform

    rows = [["site_id", "x_m", "y_m"]]
    for i, (lon, lat) in enumerate(row[2:4] for row in sites[1:]):
        x, y = transform([lon], [lat], source="EPSG:4326", target="EPSG:9210")
        rows.append([f"S{i + 1}", f"{x[0]:.2f}", f"{y[0]:.2f}"])
    world.table("sites.csv", [*rows, ["S5", *rows[1][1:]]])
    world.layers["sites"]["crs"] = '"EPSG:9212"'
    fault = next(f for f in world.faults() if f.layer == "sites")
    assert "5 of 5 records" in fault.rule
    assert "the numbers would fit EPSG:9210" in fault.remedy
    world.layers["sites"]["crs"] = '"EPSG:9210"'
    assert world.faults() == []


def test_vietnamese_x_is_north(world: Any, sites: Any) -> None:
    from phusong.gis.crs import transform

    x, y = transform([r[2] for r in sites[1:]], [r[3] for r in sites[1:]], source="EPSG:4326", target="EPSG:9212")
    rows = [[f"S{i + 1}", f"{n:.2f}", f"{e:.2f}"] for i, (e, n) in enumerate(zip(x, y, strict=True))]
    world.table("sites.csv", [["site_id", "X", "Y"], *rows, ["S5", *rows[0][1:]]])
    world.layers["sites"] |= {"crs": '"EPSG:9212"', "columns": '{ x_m = "X", y_m = "Y" }', "axes": '"east-north"'}
    fault = next(f for f in world.faults() if f.layer == "sites")
    assert "easting and northing (Y and X) look swapped" in fault.remedy
    world.layers["sites"]["columns"] = '{ x_m = "Y", y_m = "X" }'
    world.layers["sites"]["axes"] = '"north-east"'
    assert world.faults() == []


def test_swapped_lon_lat_in_a_table_is_one_fault(world: Any, sites: Any) -> None:
    for row in sites[1:]:
        row[2], row[3] = row[3], row[2]
    world.table("sites.csv", sites)
    fault = world.only()
    assert (fault.layer, fault.row, fault.column, fault.value) == ("sites", 2, "lat", "106.9")
    assert fault.rule.startswith("lon and lat look swapped: 4 of 4")
    assert fault.remedy == 'map them: columns = { lon = "lat", lat = "lon" }'
    world.layers["sites"]["columns"] = '{ lon = "lat", lat = "lon" }'
    assert world.faults() == []


def test_swapped_lon_lat_in_shapes(world: Any, sites: Any) -> None:
    points = [shapely.Point(row[3], row[2]) for row in sites[1:]]
    table = gpd.GeoDataFrame({"site_id": ["S1", "S2", "S3", "S4"]}, geometry=points, crs="EPSG:4326")
    world.vector("sites.geojson", table)
    world.layers["sites"] = {"path": '"sites.geojson"', "axes": '"east-north"'}
    fault = world.only()
    assert (fault.row, fault.column, fault.value) == (1, "geometry", "11.54 106.9")
    assert fault.rule.startswith("a latitude is at most 90 degrees: lon and lat look swapped")


@pytest.mark.parametrize(
    ("crs", "rule", "remedy"),
    [
        ('"EPSG:9212"', "degrees where metres belong: EPSG:9212 is in metres", "EPSG:4326"),
        ('"EPSG:6956"', "deprecated", "EPSG:9212"),
        ('"EPSG:99999"', "no coordinate system PROJ knows", "EPSG:9212"),
        ('"EPSG:2263"', "neither in metres nor in degrees", "EPSG:9212"),
        ('"EPSG:4978"', "neither in metres nor in degrees", "EPSG:9212"),
    ],
)
def test_crs_of_a_table(world: Any, crs: str, rule: str, remedy: str) -> None:
    world.layers["sites"]["crs"] = crs
    fault = world.only()
    assert fault.layer == "sites"
    assert rule in fault.rule
    assert remedy in fault.remedy


def test_degrees_in_a_metric_file(world: Any) -> None:
    points = [shapely.Point(106.9, 11.54), shapely.Point(106.92, 11.56)]
    world.vector("sites.gpkg", gpd.GeoDataFrame({"site_id": ["S1", "S2"]}, geometry=points, crs="EPSG:9212"))
    world.layers["sites"]["path"] = '"sites.gpkg"'
    fault = world.only()
    assert fault.rule == "degrees where metres belong: EPSG:9212 is in metres (all 2 records)"
    assert (fault.row, fault.column, fault.value) == (1, "geometry", "106.9 11.54")


def test_one_record_in_degrees(world: Any, cells: Any) -> None:
    points = [shapely.Point(570_000, 1_275_000), shapely.Point(106.92, 11.56)]
    world.vector("sites.gpkg", gpd.GeoDataFrame({"site_id": ["S1", "S2"]}, geometry=points, crs="EPSG:9212"))
    world.layers["sites"]["path"] = '"sites.gpkg"'
    world.table("cells.csv", cells[:4])
    fault = world.only()
    assert (fault.row, fault.value) == (2, "106.92 11.56")
    assert fault.remedy == "bring the record into the layer's crs"


def test_polygons_where_points_belong(world: Any) -> None:
    world.layers["sites"]["path"] = '"communes.gpkg"'
    world.layers["sites"]["columns"] = '{ site_id = "code" }'
    fault = world.only()
    assert (fault.layer, fault.row, fault.column, fault.value) == ("sites", 1, "geometry", "Polygon")
    assert fault.rule == "all 3 shapes are Polygon where points belong"


def test_one_stray_shape_is_named(world: Any, cells: Any) -> None:
    shapes = [shapely.Point(570_000, 1_275_000), shapely.box(570_000, 1_275_000, 571_000, 1_276_000)]
    world.vector("sites.gpkg", gpd.GeoDataFrame({"site_id": ["S1", "S2"]}, geometry=shapes, crs="EPSG:9212"))
    world.layers["sites"]["path"] = '"sites.gpkg"'
    world.table("cells.csv", cells[:4])
    fault = world.only()
    assert (fault.row, fault.value) == (2, "Polygon")


def test_unknown_columns(world: Any, sites: Any) -> None:
    sites[0][4] = "heigth_m"
    sites[0][5] = "ghi chú"
    world.table("sites.csv", sites)
    findings, _ = world.check()
    typo, note = findings.faults
    assert (typo.severity, typo.column) == ("error", "heigth_m")
    assert 'did you mean height_m? Rename it or map it: columns = { height_m = "heigth_m" }' in typo.remedy
    assert (note.severity, note.column) == ("info", "ghi chú")


def test_missing_required_column(world: Any, sites: Any) -> None:
    sites[0][0] = "mã"
    world.table("sites.csv", sites)
    faults = [f for f in world.faults() if f.layer == "sites"]
    assert [(f.column, f.rule) for f in faults] == [
        ("site_id", "the required column is missing; the file has mã"),
    ]
    world.layers["sites"]["columns"] = '{ site_id = "mã" }'
    assert world.faults() == []


def test_mapping_names_what_is_not_there(world: Any) -> None:
    world.layers["sites"]["columns"] = '{ site_id = "site_idd", heigt_m = "height_m" }'
    faults = {f.column: f for f in world.faults() if f.layer == "sites"}
    assert faults["site_id"].remedy.startswith("did you mean site_id?")
    assert faults["heigt_m"].remedy == "did you mean height_m?"


def test_missing_file_names_its_neighbours(world: Any) -> None:
    world.layers["sites"]["path"] = '"site.csv"'
    fault = world.only()
    assert (fault.layer, fault.file, fault.column) == ("sites", "site.csv", "path")
    assert fault.rule == "the file does not exist"
    assert fault.remedy.startswith("correct path; the folder holds sites.csv")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ('"."', "a folder stands where a file belongs"),
        ('""', "a folder stands where a file belongs"),
        ('"a\\u0000b.csv"', "the file"),
        (f'"{"x" * 300}.csv"', "the file"),
        ('"loop.csv"', "the file"),
        ('"x.**"', "the file does not exist"),
        ('"sites.xyz"', "the file does not exist"),
        ('"layers.toml"', ".toml is no format phusong reads"),
    ],
)
def test_strange_paths(world: Any, path: str, rule: str) -> None:
    (world.folder / "loop.csv").symlink_to("loop.csv")
    world.layers["sites"]["path"] = path
    fault = world.only()
    assert fault.layer == "sites"
    assert rule in fault.rule


def test_a_file_the_system_will_not_open(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for root, who may read everything: the system's refusal is played."""

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    faults = world.faults()
    assert {f.rule for f in faults} == {"the file cannot be read (Permission denied)"}
    assert {f.file for f in faults} == {"sites.csv", "cells.csv"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(world: Any) -> None:
    (world.folder / "sites.csv").chmod(0)
    assert "cannot be read" in world.only().rule


def test_missing_layers_are_all_said(world: Any) -> None:
    for name in ("communes", "sites", "cells"):
        del world.layers[name]
    assert sorted(f.layer for f in world.faults()) == ["cells", "communes", "sites"]
    assert all("[layers." in f.remedy for f in world.faults())


def test_everything_wrong_is_said_at_once(world: Any, sites: Any, cells: Any) -> None:
    """Faults in every layer, communes included, come in one go: nobody mends a file line by line."""
    world.communes(code=["25001", "25001", "25003"])
    sites[1][4], sites[2][4], sites[3][2] = -1, "cao", 110
    world.table("sites.csv", sites)
    cells[1][3], cells[2][1], cells[5][0] = "6G", "S99", "C1"
    world.table("cells.csv", cells)
    world.text("population.tif", b"II*\0 not really")
    world.raster("terrain.tif", np.full((4, 4), -32768, "int16"), nodata=-32768)
    world.table("hamlets.csv", [["hamlet_id", "lon", "lat", "commune_code"], ["H1", 106.9, 11.55, "99999"]])
    world.layers["hamlets"] = {"path": '"hamlets.csv"'}
    world.layers["roads"] = {"path": '"roads.gpkg"'}
    world.table("census.csv", [["code", "population"], ["25001", "-5"]])
    world.layers["census"] = {"path": '"census.csv"'}
    world.write_toml()
    with pytest.raises(InputError) as caught:
        read_layers(world.toml)
    found = {(f.layer, f.row, f.column) for f in caught.value.faults if f.severity == "error"}
    assert found == {
        ("communes", 2, "code"),
        ("sites", 2, "height_m"),
        ("sites", 3, "height_m"),
        ("sites", 4, "geometry"),
        ("cells", 2, "technology"),
        ("cells", 3, "site_id"),
        ("cells", 6, "cell_id"),
        ("population", None, None),
        ("terrain", None, None),
        ("hamlets", 2, "commune_code"),
        ("roads", None, "path"),
        ("census", 2, "population"),
    }
    assert len(str(caught.value).splitlines()) == len(caught.value.faults)


def test_rasters_are_checked_without_communes(world: Any) -> None:
    (world.folder / "communes.gpkg").unlink()
    world.text("terrain.tif", b"")
    assert {f.layer for f in world.faults()} == {"communes", "terrain"}


@pytest.mark.parametrize(
    ("crs", "rule"),
    [
        ('"EPSG:4326"', "the grid's crs must be in metres"),
        ('"EPSG:6957"', "deprecated"),
        ('"VN-2001"', "no coordinate system PROJ knows"),
        ('"EPSG:2263"', "the grid's crs must be in metres"),
    ],
)
def test_crs_of_the_province(world: Any, crs: str, rule: str) -> None:
    world.province["crs"] = crs
    fault = world.only()
    assert (fault.layer, fault.column) == ("layers.toml", "province.crs")
    assert rule in fault.rule


def test_a_crs_that_is_metric_in_name_only(world: Any) -> None:
    world.province["crs"] = '"EPSG:3857"'
    warning = next(f for f in world.faults("warning") if f.column == "province.crs")
    assert "draws areas here +4.2 % wrong" in warning.rule


@pytest.mark.parametrize("word", ["any", "All", "max"])
def test_words_for_sums_are_no_operators(world: Any, cells: Any, word: str) -> None:
    cells[3][cells[0].index("operator")] = word
    world.table("cells.csv", cells)
    faults = [fault for fault in world.faults() if "cannot be called" in fault.rule]
    assert [(fault.layer, fault.row, fault.column, fault.value) for fault in faults] == [("cells", 4, "operator", word)]


def test_a_column_of_decimal_commas_is_one_fault_where_points_are_stated(world: Any, sites: Any) -> None:
    column = sites[0].index("lon")
    rows = [sites[0], *([f"N{n}", *sites[1][1:]] for n in range(6))]
    rows = [rows[0], *([*row[:column], str(row[column]).replace(".", ","), *row[column + 1 :]] for row in rows[1:])]
    world.table("sites.csv", rows)
    world.layers["sites"]["decimal"] = '"."'
    faults = [fault for fault in world.faults() if fault.layer == "sites"]
    assert [(fault.row, fault.column, fault.rule) for fault in faults] == [
        (2, "lon", "6 of 6 values are written with a decimal comma")
    ]
    assert 'decimal = ","' in faults[0].remedy
