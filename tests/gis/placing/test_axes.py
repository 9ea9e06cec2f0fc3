"""Axes: X is north in Vietnamese tables, and single records have the two exchanged; places and what goes with them."""

from __future__ import annotations

import json
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.errors import Fault
from phusong.gis.crs import transform
from phusong.gis.findings import Findings
from phusong.gis.layers_file import LayerSource
from phusong.gis.placing.axes import turned
from phusong.gis.placing.fit import distance_km, fit_hint, inside, likely_zones
from phusong.gis.placing.places import Kind, locate
from phusong.gis.repair import Repair

GRID = "EPSG:9212"
WEST, SOUTH, EAST, NORTH = 520_000.0, 1_250_000.0, 640_000.0, 1_360_000.0
PROVINCE = shapely.box(WEST, SOUTH, EAST, NORTH)
# Inside, well spread.
X = np.array([530_000.0, 560_000, 600_000, 630_000, 570_000, 590_000])
Y = np.array([1_260_000.0, 1_300_000, 1_350_000, 1_280_000, 1_275_000, 1_310_000])
LON, LAT = transform(X, Y, source=GRID, target="EPSG:4326")


def table(**columns: Any) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    empty = {name: np.full(n, np.nan) for name in ("lon", "lat", "x_m", "y_m")}
    return pd.DataFrame({"site_id": [f"S{i}" for i in range(n)], **empty, **columns}, index=range(2, n + 2))


def place(
    records: pd.DataFrame, *, kind: Kind = "point", outline: Any = PROVINCE, file: str = "s.csv", **keys: Any
) -> tuple[gpd.GeoDataFrame | None, list[Fault], list[Repair]]:
    findings = Findings()
    source = LayerSource(path=file, **keys)
    found = locate(records, kind=kind, source=source, grid_crs=GRID, notes=findings.of("sites", file), outline=outline)
    return found, findings.faults, findings.repairs


def assert_at(found: gpd.GeoDataFrame | None, x: Any = X, y: Any = Y) -> None:
    assert found is not None
    np.testing.assert_allclose(found.geometry.x, x, atol=0.01)
    np.testing.assert_allclose(found.geometry.y, y, atol=0.01)


def test_metres_in_their_order_stay() -> None:
    found, faults, repairs = place(table(x_m=X, y_m=Y), crs=GRID)
    assert_at(found)
    assert (faults, repairs) == ([], [])


def test_a_table_with_x_north_is_turned_and_said() -> None:
    found, faults, repairs = place(table(x_m=Y, y_m=X), crs="VN-2000 106°15′")
    assert_at(found)
    assert faults == []
    assert repairs == [
        Repair(
            "sites",
            "*",
            "axes: the layer has north before east (X is north)",
            "6 records",
            "east 1260000.00, north 530000.00",
            "east 530000.00, north 1260000.00",
            'state axes = "north-east" for this layer',
        )
    ]


def test_a_stated_order_stands() -> None:
    found, faults, repairs = place(table(x_m=Y, y_m=X), crs=GRID, axes="north-east")
    assert_at(found)
    assert (faults, repairs) == ([], [])
    found, _, _ = place(table(x_m=Y, y_m=X), crs=GRID, axes="east-north")
    assert_at(found, Y, X)


def test_a_stated_order_speaks_of_the_files_own_x_and_y() -> None:
    """A column called Tọa độ X was read as y_m by its name; that X is north changes nothing then."""
    findings = Findings()
    notes = findings.of("sites", "s.csv")
    notes.match("y_m", "Tọa độ X (m)", "synonym")
    notes.match("x_m", "Tọa độ Y (m)", "synonym")
    for axes, expected in (("north-east", (X, Y)), ("east-north", (Y, X))):
        source = LayerSource.model_validate({"path": "s.csv", "crs": GRID, "axes": axes})
        found = locate(table(x_m=X, y_m=Y), kind="point", source=source, grid_crs=GRID, notes=notes)
        assert_at(found, *expected)


def test_a_single_record_is_turned_and_listed() -> None:
    x, y = X.copy(), Y.copy()
    x[3], y[3] = y[3], x[3]
    found, faults, repairs = place(table(x_m=x, y_m=y), crs=GRID)
    assert_at(found)
    assert faults == []
    assert [(r.row, r.what) for r in repairs] == [("5", "axes: north and east of the record were exchanged")]
    assert (repairs[0].before, repairs[0].after) == (
        "east 1280000.00, north 630000.00",
        "east 630000.00, north 1280000.00",
    )


def test_without_a_province_only_what_cannot_be_is_turned() -> None:
    found, _, repairs = place(table(x_m=Y, y_m=X), crs=GRID, outline=None)
    assert_at(found)
    assert len(repairs) == 1
    x, y = X.copy(), Y.copy()
    x[3], y[3] = y[3], x[3]
    found, _, repairs = place(table(x_m=x, y_m=y), crs=GRID, outline=None)
    assert_at(found, x, y)
    assert repairs == []
    # Nothing is known of what metres of another country can be.
    found, _, repairs = place(table(x_m=Y, y_m=X), crs="EPSG:2154", outline=None)
    assert repairs == []


def test_a_list_that_goes_far_beyond_the_province_is_turned_whole() -> None:
    far_x, far_y = X + 400_000, Y + 600_000
    x, y = np.concatenate([X, far_x, far_x]), np.concatenate([Y, far_y, far_y])
    found, _, repairs = place(table(x_m=y, y_m=x), crs=GRID)
    assert_at(found, x, y)
    assert [r.row for r in repairs] == ["*"]


@given(
    numbers=st.lists(
        st.tuples(st.floats(WEST + 1, EAST - 1), st.floats(SOUTH + 1, NORTH - 1)), min_size=1, max_size=30
    ),
    swapped=st.sets(st.integers(0, 29)),
)
@settings(deadline=None, max_examples=60)
def test_whatever_is_exchanged_comes_back(numbers: list[tuple[float, float]], swapped: set[int]) -> None:
    x, y = np.array(numbers).T
    turn = np.isin(np.arange(len(x)), list(swapped))
    findings = Findings()
    found = turned(
        np.where(turn, y, x),
        np.where(turn, x, y),
        list(range(len(x))),
        crs=GRID,
        grid_crs=GRID,
        outline=PROVINCE,
        notes=findings.of("sites", "s.csv"),
    )
    np.testing.assert_array_equal(found, turn)
    assert bool(findings.repairs) == bool(turn.any())


def test_drawn_shapes_are_turned_too() -> None:
    shapes = gpd.GeoDataFrame({"site_id": list("abcdef")}, geometry=shapely.points(LAT, LON), crs="EPSG:4326")
    found, faults, repairs = place(shapes, file="s.geojson")
    assert_at(found)
    assert faults == []
    assert [r.what for r in repairs] == ["axes: the layer has latitude before longitude"]
    _, faults, _ = place(shapes, file="s.geojson", axes="east-north")
    assert faults[0].rule.startswith("a latitude is at most 90 degrees: lon and lat look swapped")
    boxes = gpd.GeoDataFrame(
        geometry=[shapely.box(n, e, n + 900, e + 500) for n, e in zip(Y, X, strict=True)], crs=GRID
    )
    found, _, repairs = place(boxes, kind="polygon", file="s.gpkg")
    assert found is not None
    np.testing.assert_allclose(found.bounds.to_numpy(), np.column_stack([X, Y, X + 500, Y + 900]))


# --- units and coordinate systems ----------------------------------------------------------------------------


def test_metres_without_a_crs_are_refused_and_the_likely_zone_is_named() -> None:
    found, faults, _ = place(table(x_m=X, y_m=Y))
    assert found is None
    assert [(f.rule, f.column) for f in faults] == [("the coordinates come without a coordinate system", "crs")]
    assert "the numbers would fit EPSG:9212 (VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°);" in faults[0].remedy
    _, faults, _ = place(table(x_m=Y, y_m=X))
    assert "fit EPSG:9212 (VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°) with north before east" in faults[0].remedy
    _, faults, _ = place(table(x_m=np.append(X, [np.nan] * 9), y_m=np.append(Y, [np.nan] * 9)))
    assert "would fit EPSG:9212" in faults[0].remedy
    _, faults, _ = place(table(x_m=X + 3e6, y_m=Y))
    assert faults[0].remedy.startswith('state it: crs = "EPSG:9212"')


def test_a_drawn_layer_without_a_crs_is_told_the_likely_zone() -> None:
    shapes = gpd.GeoDataFrame({"site_id": list("abcdef")}, geometry=shapely.points(X, Y))
    _, faults, _ = place(shapes, file="s.shp")
    assert "would fit EPSG:9212" in faults[0].remedy
    # GDAL calls a GeoJSON without a crs member WGS 84.
    _, faults, _ = place(shapes.set_crs("EPSG:4326"), file="s.geojson")
    assert faults[0].rule == "metres where degrees belong: EPSG:4326 is in degrees (all 6 records)"
    assert "would fit EPSG:9212" in faults[0].remedy


def test_zones_are_ranked() -> None:
    """A small heap in the middle fits the zones next door as well; the right one is the first where all points fit."""
    x, y = np.linspace(530_000, 631_000, 50), np.full(50, 1_300_000.0)
    assert [zone for zone, _ in likely_zones(x, y, grid_crs=GRID, outline=PROVINCE)] == ["EPSG:9212"]
    x = np.linspace(565_000, 590_000, 50)
    ranked = likely_zones(x, y, grid_crs=GRID, outline=PROVINCE)
    # All three fit; only 9212 is made for the place: its EPSG area of use holds the province's middle.
    assert [zone for zone, _ in ranked] == ["EPSG:9212", "EPSG:9211", "EPSG:9213"]
    assert all(share == 1.0 for _, share in ranked)
    utm_x, utm_y = transform(X, Y, source=GRID, target="EPSG:32648")
    assert fit_hint(utm_x, utm_y, grid_crs=GRID, outline=PROVINCE) == (
        "the numbers would fit EPSG:3405 (VN-2000 / UTM zone 48N) or EPSG:5897 (VN-2000, kinh tuyến trục 105°00′, "
        "múi chiếu 3°) or EPSG:32648 (WGS 84 / UTM zone 48N)"
    )


def test_degrees_in_the_columns_of_metres_are_read_and_said() -> None:
    found, faults, repairs = place(table(x_m=LAT, y_m=LON))
    assert_at(found)
    assert faults == []
    assert [r.what for r in repairs] == [
        "read as degrees: x_m and y_m hold longitudes and latitudes",
        "axes: the layer has latitude before longitude",
    ]
    assert found is not None
    assert found.attrs["crs"] == "EPSG:4326"
    assert_at(place(table(x_m=LON, y_m=LAT), crs="WGS84")[0])


def test_a_record_with_one_notation_only_is_placed_by_it() -> None:
    x = X.copy()
    x[2] = np.nan
    found, faults, repairs = place(table(lon=LON, lat=LAT, x_m=x, y_m=Y), crs=GRID)
    assert_at(found)
    assert [f.severity for f in faults] == ["info"]
    assert [(r.row, r.what) for r in repairs] == [
        ("4", "placed by longitude and latitude (WGS 84): the record has no metres")
    ]


def test_two_notations_that_do_not_agree_are_said() -> None:
    # The degrees of VN-2000 stand beside the metres of VN-2000, and are read as WGS 84.
    lon, lat = transform(X, Y, source=GRID, target="EPSG:4756")
    _, faults, _ = place(table(lon=lon, lat=lat, x_m=X, y_m=Y), crs=GRID)
    warning = next(f for f in faults if f.severity == "warning")
    assert re.match(r"the metres and the degrees of 6 records lie 22[56] m apart \(median\)", warning.rule)


def test_a_record_in_other_units_is_a_fault_of_its_row() -> None:
    x, y = X.copy(), Y.copy()
    x[2], y[2] = LON[2], LAT[2]
    found, faults, _ = place(table(x_m=x, y_m=y), crs=GRID)
    assert found is not None
    assert len(found) == 5
    assert [(f.row, f.rule) for f in faults] == [(4, "degrees where metres belong: EPSG:9212 is in metres")]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ((np.nan, 1.0), "the record has no place"),
        ((0.0, 0.0), "the record has no place"),
        ((1e300, 1.0), "the coordinates are outside what the CRS can express"),
        ((-1e12, 1e12), "the coordinates are outside what the CRS can express"),
    ],
)
def test_absurd_numbers_are_faults_of_their_rows(bad: tuple[float, float], rule: str) -> None:
    x, y = X.copy(), Y.copy()
    x[1], y[1] = bad
    found, faults, _ = place(table(x_m=x, y_m=y), crs=GRID)
    assert found is not None
    assert len(found) == 5
    assert [(f.row, f.rule, f.severity) for f in faults] == [(3, rule, "error")]


def test_shapes_nobody_can_place_are_faults_of_their_rows() -> None:
    good = shapely.box(106.8, 11.6, 106.9, 11.7)
    shapes = [
        good,
        shapely.Polygon([(170, 11), (-170, 11), (-170, 12), (170, 12)]),
        shapely.Polygon([(106.8, 11.6), (106.9, 11.6), (106.9, 90.5)]),
        shapely.MultiPolygon([good, shapely.box(106.8, 11.8, 106.9, 11.9)]),
    ]
    table_ = gpd.GeoDataFrame({"name": list("abcd")}, geometry=shapes, crs="EPSG:4326", index=range(1, 5))
    found, faults, _ = place(table_, kind="polygon", file="s.gpkg")
    assert found is not None
    assert list(found.index) == [1, 4]
    assert [(f.row, f.rule[:40]) for f in faults] == [
        (2, "the shape spans more than 180 degrees: i"),
        (3, "a latitude is at most 90 degrees: lon an"),
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vertex_that_is_no_number_is_a_fault(value: float) -> None:
    with np.errstate(invalid="ignore"):
        lines = shapely.linestrings([[(X[0], Y[0]), (X[1], Y[1])], [(X[0], Y[0]), (value, Y[1])]])
    shapes = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=lines, crs=GRID, index=[1, 2])
    found, faults, _ = place(shapes, kind="line", file="s.gpkg")
    assert found is not None
    assert list(found.index) == [1]
    assert [(f.row, f.rule) for f in faults] == [(2, "a vertex is not a number, or infinite")]


def test_a_table_without_places() -> None:
    _, faults, _ = place(table(site_id=["a", "b"]))
    assert faults[0].rule == "the table has no lon and lat, nor x_m and y_m"
    _, faults, _ = place(table(lon=LON, lat=LAT), kind="line")
    assert faults[0].rule == "a table of text holds no lines"


# --- fit -----------------------------------------------------------------------------------------------------


def test_distances_are_those_of_geos() -> None:
    ring = shapely.Point(0, 0).buffer(40_000, quad_segs=40).difference(shapely.Point(5_000, 0).buffer(9_000))
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-90_000, 90_000, (2, 400))
    expected = shapely.distance(ring, shapely.points(x, y)) / 1000
    found = distance_km(ring, x, y)
    np.testing.assert_allclose(found, expected, atol=0.0005)
    assert ((found == 0) == (expected == 0)).all()


def test_inside_passes_over_what_is_no_number() -> None:
    x, y = np.array([LON[0], np.nan, np.inf, 106.9, 1e9]), np.array([LAT[0], 11.5, 11.5, 95.0, 1e9])
    found = inside(x, y, crs="EPSG:4326", grid_crs=GRID, outline=PROVINCE)
    assert found.tolist() == [True, False, False, False, False]


# --- lists of routes -----------------------------------------------------------------------------------------


def routes(**columns: Any) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    ends = [f"{end}_{name}" for end in ("start", "end") for name in ("lon", "lat", "x_m", "y_m")]
    empty = {name: np.full(n, np.nan) for name in (*ends, "length_km")}
    return pd.DataFrame({"fibre_id": [f"F{i}" for i in range(n)], **empty, **columns}, index=range(2, n + 2))


def test_listed_routes_become_straight_lines_and_say_so() -> None:
    """Vietnamese lists have X (north) before Y; the fourth has no end, the fifth no length."""
    end_y = np.array([Y[1], Y[2], Y[3], np.nan, Y[0]])
    records = routes(
        start_x_m=Y[:5], start_y_m=X[:5], end_x_m=end_y, end_y_m=X[[1, 2, 3, 4, 4]], length_km=[60.0, 5, 90, 1, np.nan]
    ).assign(end_y_m=X[[1, 2, 3, 4, 4]])
    found, faults, repairs = place(records, kind="line", crs=GRID)
    assert found is not None
    assert list(found.index) == [2, 3, 4, 6]
    assert shapely.get_coordinates(found.geometry.iloc[0]).tolist() == [[X[0], Y[0]], [X[1], Y[1]]]
    assert [(f.row, f.column, f.severity) for f in faults] == [(5, "end_x_m", "error"), (3, "length_km", "warning")]
    assert repairs[0].what == "axes: the layer has north before east (X is north)"
    assumed = [r for r in repairs if r.what == "assumed: straight line between the ends of a listed route"]
    assert [r.row for r in assumed] == ["2", "3", "4", "6"]
    straight_km = np.hypot(X[1] - X[0], Y[1] - Y[0]) / 1000
    assert assumed[0].before == "60 km stated"
    assert float(assumed[0].after.split()[0]) == pytest.approx(straight_km, rel=2e-4)  # scale of the projection
    assert not {"start_x_m", "end_lat"} & set(found.columns)


def test_listed_routes_in_degrees_need_no_crs() -> None:
    records = routes(start_lon=LON[:2], start_lat=LAT[:2], end_lon=LON[[1, 1]], end_lat=LAT[[1, 1]])
    found, faults, _ = place(records, kind="line")
    assert found is not None
    np.testing.assert_allclose(shapely.get_coordinates(found.geometry.to_numpy())[0], [X[0], Y[0]], atol=0.01)
    assert [(f.row, f.rule) for f in faults] == [(3, "both ends of the route are one place")]


# --- whole worlds --------------------------------------------------------------------------------------------


def test_single_records_with_lon_and_lat_exchanged(world: Any, sites: Any) -> None:
    sites[2][2], sites[2][3] = sites[2][3], sites[2][2]
    world.table("sites.csv", sites)
    layers = world.read()
    assert [(r.row, r.what, r.before, r.after) for r in layers.repairs if r.layer == "sites"] == [
        (
            "3",
            "axes: latitude and longitude of the record were exchanged",
            "lon 11.56, lat 106.92",
            "lon 106.92, lat 11.56",
        )
    ]
    assert set(layers.sites["commune_code"]) <= {"25001", "25002", "25003"}


def test_metres_in_the_columns_of_degrees(world: Any, sites: Any) -> None:
    x, y = transform([r[2] for r in sites[1:]], [r[3] for r in sites[1:]], source="EPSG:4326", target=GRID)
    rows = [[f"S{i + 1}", f"{n:.2f}", f"{e:.2f}"] for i, (e, n) in enumerate(zip(x, y, strict=True))]
    world.table("sites.csv", [["site_id", "Kinh độ", "Vĩ độ"], *rows])
    fault = world.only()
    assert fault.rule == "the coordinates come without a coordinate system"
    assert "EPSG:9212" in fault.remedy
    world.layers["sites"]["crs"] = '"VN2000 106-15"'
    layers = world.read()
    np.testing.assert_allclose(layers.sites.geometry.x, x, atol=0.01)
    assert [r.what for r in layers.repairs if r.layer == "sites"] == [
        "read as metres: the columns of lon and lat hold metres",
        "axes: the layer has north before east (X is north)",
    ]
    assert "crs VN2000 106-15 read as EPSG:9212" in next(s.format for s in layers.summaries if s.layer == "sites")


def test_a_province_may_be_named_as_planners_do(world: Any) -> None:
    world.province["crs"] = '"VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°"'
    assert world.read().grid.crs == GRID


def test_a_fibre_list_in_a_world(world: Any) -> None:
    world.text(
        "fibre.csv",
        "Mã tuyến;Điểm đầu X;Điểm đầu Y;Điểm cuối X;Điểm cuối Y;Chiều dài (km)\n"
        "T1;1275706,94;568850,12;1277000;571000;3,1\n",
    )
    world.layers["fibre"] = {"path": '"fibre.csv"', "crs": f'"{GRID}"'}
    layers = world.read()
    assert shapely.get_coordinates(layers.context["fibre"].geometry.to_numpy()).tolist() == [
        [568850.12, 1275706.94],
        [571000.0, 1277000.0],
    ]
    assert any(r.what.startswith("assumed: straight line") for r in layers.repairs)


def test_a_shapefile_without_prj_is_told_its_zone(world: Any) -> None:
    points = [shapely.Point(570_000 + 100 * i, 1_275_000) for i in range(4)]
    gpd.GeoDataFrame({"site_id": [f"S{i + 1}" for i in range(4)]}, geometry=points, crs=GRID).to_file(
        world.folder / "sites.shp"
    )
    (world.folder / "sites.prj").unlink()
    world.layers["sites"]["path"] = '"sites.shp"'
    assert "the numbers would fit EPSG:9212" in world.only().remedy


def test_findings_stay_json(world: Any, sites: Any) -> None:
    sites[2][2], sites[2][3] = sites[2][3], sites[2][2]
    world.table("sites.csv", sites)
    findings, _ = world.check()
    assert json.dumps([repair.row for repair in findings.repairs])
