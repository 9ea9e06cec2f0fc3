"""What is wrong with a layer is said once, of what it is about, with a remedy that mends it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from phusong.gis.columns.codes import say_spoilt
from phusong.gis.findings import Findings
from phusong.gis.placing.fit import zone_hint

ONE_LIST = "site_id,lon,lat,technology,operator\nS1,106.9,11.54,4G,A\n,106.92,11.54,4G,B\n"


def listed(world: Any, text: str, **keys: str) -> None:
    world.text("sites.csv", text)
    world.layers["sites"] = {"path": '"sites.csv"', **keys}


# --- columns -----------------------------------------------------------------------------------------------------
def test_an_id_that_both_layers_of_a_list_lack_is_one_fault(world: Any) -> None:
    del world.layers["cells"]
    listed(world, ONE_LIST)
    fault = world.only()
    assert (fault.row, fault.column, fault.rule) == (3, "site_id", "a value is required")


@pytest.mark.parametrize(
    ("header", "values", "keys", "column", "rule", "remedy"),
    [
        ("lon,lat", ",11.54", {}, "lon", "lon is empty in every record", "fill in lon, or map them"),
        ("lon,lat", ",", {}, "lon", "lon and lat are empty in every record", "fill in lon and lat, or map them"),
        ("X,Y", ",", {"crs": '"EPSG:9212"'}, "x_m", "x_m and y_m are empty in every record", "fill in x_m and y_m"),
        ("X,Y", ",", {}, "x_m", "x_m and y_m are empty in every record", "fill in x_m and y_m"),
        ("lon", "106.9", {}, "lat", "the table has no lat", "map them: columns = { lon = ..., lat = ... }"),
        ("name", "a", {}, "lon", "the table has no lon and lat, nor x_m and y_m", "map them"),
        ("name", "a", {"crs": '"EPSG:9212"'}, "x_m", "the table has no x_m and y_m", "map them"),
    ],
)
def test_why_a_table_has_no_places(
    world: Any, *, header: str, values: str, keys: dict[str, str], column: str, rule: str, remedy: str
) -> None:
    listed(world, f"site_id,{header}\n" + "".join(f"S{k},{values}\n" for k in range(1, 5)), **keys)
    fault = world.only()
    assert (fault.column, fault.rule) == (column, rule)
    assert fault.remedy.startswith(remedy)


def test_places_filled_in_by_turns(world: Any) -> None:
    listed(world, "site_id,lon,lat\nS1,106.9,\nS2,,11.5\nS3,106.9,\nS4,,11.5\n")
    fault = world.only()
    assert (fault.rule, fault.remedy) == ("no record has both lon and lat", "complete them")


def test_swapped_columns_are_named_as_the_file_has_them(world: Any) -> None:
    text = "site_id,Kinh độ,Vĩ độ\n" + "".join(f"S{k},11.5{k},106.9{k}\n" for k in range(1, 5))
    listed(world, text)
    fault = world.only()
    assert fault.remedy == 'map them: columns = { lon = "Vĩ độ", lat = "Kinh độ" }'
    # The remedy mends it, word for word.
    world.layers["sites"]["columns"] = fault.remedy.removeprefix("map them: columns = ")
    assert world.faults() == []


# --- ids a spreadsheet spoilt ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["1.23E+08", "S1", "1,5E+11"], [(2, "1.23E+08", "a spreadsheet cut short")]),
        (["2E+05"], [(2, "2E+05", "a spreadsheet cut short")]),
        (["S1", "12.0", "13.00"], [(3, "12.0", "has a decimal part")]),
        (["1.2E+08", "12.0"], [(2, "1.2E+08", "a spreadsheet cut short"), (3, "12.0", "has a decimal part")]),
        # Sectors of sites, names, and numbers as they should be.
        (["123.0", "123.1", "123.2"], []),
        (["E+08", "1E5", "12E3", "BTS1.0", "12", "0012"], []),
        ([None, ""], []),
    ],
)
def test_ids_that_a_spreadsheet_made_numbers(ids: list[str | None], said: list[tuple[int, str, str]]) -> None:
    findings = Findings()
    column = pd.Series(ids, index=range(2, 2 + len(ids)), name="site_id", dtype="string")
    say_spoilt(column, findings.of("sites", "s.csv"))
    assert [(f.row, f.value, f.severity, f.column) for f in findings.faults] == [
        (row, value, "warning", "site_id") for row, value, _ in said
    ]
    assert all(part in f.rule for f, (_, _, part) in zip(findings.faults, said, strict=True))


def test_spoilt_ids_of_a_csv_are_warned_of_with_their_number(world: Any, sites: Any, cells: Any) -> None:
    called = {"S1": "1.23E+08", "S2": "1.24E+08"}
    world.table("sites.csv", [[called.get(row[0], row[0]), *row[1:]] for row in sites])
    world.table("cells.csv", [[row[0], called.get(row[1], row[1]), *row[2:]] for row in cells])
    found, _ = world.check()
    assert found.may_run
    assert [(f.layer, f.row, f.rule.rsplit("; ")[-1]) for f in found.faults if f.severity == "warning"] == [
        ("sites", 2, "so it is with 2 records"),
        ("cells", 2, "so it is with 3 records"),
    ]


# --- zones -------------------------------------------------------------------------------------------------------
def shifted(count: int, zone: str) -> str:
    """Return a list of masts along a street of the province, its X and Y in a zone."""
    to = Transformer.from_crs("EPSG:4326", zone, always_xy=True)
    rows = [to.transform(106.88 + 0.1 * k / count, 11.54) for k in range(count)]
    return "site_id,X,Y\n" + "".join(f"S{k},{y:.1f},{x:.1f}\n" for k, (x, y) in enumerate(rows, 1))


@pytest.mark.parametrize("zone", ["EPSG:9213", "EPSG:9209", "EPSG:9218"])
@pytest.mark.parametrize("count", [4, 30])
def test_a_wrong_zone_is_one_line(world: Any, zone: str, count: int) -> None:
    listed(world, shifted(count, zone), crs='"EPSG:9212"')
    found, _ = world.check()
    said = [f for f in found.faults if f.layer == "sites" and f.column in {"geometry", "crs"}]
    assert len([f for f in said if f.column == "geometry"]) == 1
    assert len(said) <= 2
    assert any(zone in f.remedy for f in said)


def test_communes_without_a_crs_where_nobody_knows_the_province(world: Any) -> None:
    table = world.communes()
    with pytest.warns(UserWarning, match="crs"):
        world.vector("communes.gpkg", table.set_crs(None, allow_override=True))
    fault = world.only()
    assert fault.rule == "the coordinates come without a coordinate system"
    own = "EPSG:9212 (VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°, the grid's own)"
    assert fault.remedy.startswith(f"by their size the numbers may be {own} or ")
    assert fault.remedy.endswith("state the one they are in: crs = ...")


def test_zone_hint() -> None:
    hint = zone_hint([568_850.0], [1_275_706.0], grid_crs="EPSG:9210")
    assert hint.startswith("by their size the numbers may be EPSG:9210 (VN-2000, kinh tuyến trục 105°45′")
    assert hint.count("the grid's own") == 1
    # 48N and 49N reach over all Vietnam; a northing in the middle of the sea, or degrees, tell of none.
    assert zone_hint([568_850.0], [-9_000_000.0], grid_crs="EPSG:9210") == ""
    assert zone_hint([106.9], [11.5], grid_crs="EPSG:9210") == ""
    assert zone_hint([float("nan")], [1.0], grid_crs="EPSG:9210") == ""
    hue = gpd.GeoSeries([shapely.Point(107.6, 16.4)], crs="EPSG:4326").to_crs("EPSG:5899")[0]
    assert "EPSG:5899" in zone_hint([hue.x], [hue.y], grid_crs="EPSG:5899")
