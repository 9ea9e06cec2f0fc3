"""Shapes are mended one by one, and each repair is a row with its size before and after."""

from __future__ import annotations

import json
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from phusong.errors import Fault
from phusong.gis.cleaning.shapes import mend
from phusong.gis.findings import Findings
from phusong.gis.repair import Repair

CRS = "EPSG:9212"
SQUARE = shapely.box(0, 0, 1000, 1000)


def mended(
    *shapes: BaseGeometry | None, kind: Literal["line", "polygon"] = "polygon"
) -> tuple[gpd.GeoDataFrame, list[Repair], list[Fault]]:
    """Mend shapes as rows 1, 2, ... and return the table, the repairs and the faults."""
    table = gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=list(shapes), crs=CRS)
    table.index += 1
    findings = Findings()
    return mend(table, kind=kind, notes=findings.of("communes", "x.gpkg")), findings.repairs, findings.faults


@pytest.mark.parametrize("kind", ["polygon", "line"])
def test_sound_shapes_are_the_same_object(kind: Any) -> None:
    shapes = [SQUARE, shapely.MultiPolygon([SQUARE, shapely.box(2000, 0, 3000, 9)])]
    if kind == "line":
        shapes = [shapely.LineString([(0, 0), (5, 5), (9, 0)]), shapely.MultiLineString([[(0, 0), (1, 1)]])]
    table = gpd.GeoDataFrame(geometry=shapes, crs=CRS)
    findings = Findings()
    assert mend(table, kind=kind, notes=findings.of("x", "x")) is table
    assert (findings.repairs, findings.faults) == ([], [])


# A ring that crosses, a part drawn over another, a hole across the border, a spike without width.
CROSSED = [
    (shapely.Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)]), 0.5, None),
    (shapely.MultiPolygon([SQUARE, shapely.box(500, 0, 1500, 1000)]), 1.5, None),
    (shapely.Polygon(SQUARE.exterior, [shapely.box(500, 500, 1500, 800).exterior]), 0.85, 1.0),
    (shapely.Polygon([(0, 0), (1000, 0), (1000, 2000), (1000, 1000), (0, 1000)]), 1.0, None),
    # Two triangles on one side, which GEOS 3.14's own repair leaves invalid.
    (shapely.Polygon([(0, 2000), (0, 1000), (1000, 1000), (0, 0), (0, 1000), (1000, 1000)]), 1.0, None),
]


@pytest.mark.parametrize(("shape", "km2", "by_lines_km2"), CROSSED)
def test_crossing_rings_keep_the_land_they_mean(shape: BaseGeometry, km2: float, by_lines_km2: float | None) -> None:
    table, repairs, faults = mended(SQUARE, shape)
    assert bool(table.geometry.is_valid.all())
    assert table.area[2] / 1e6 == pytest.approx(km2, rel=1e-12)
    (repair,) = repairs
    assert (repair.row, repair.after) == ("2", f"{km2:.6f} km²")
    assert repair.what == f"mended: {shapely.is_valid_reason(shape)}"
    assert repair.how_much == f"{km2 * 1e6 - shape.area:+.3f} m²"
    if by_lines_km2 is None:
        assert faults == []
    else:
        (fault,) = faults
        assert (fault.severity, fault.row) == ("warning", 2)
        assert f"{km2:.6f} km² as outer and inner rings" in fault.rule
        assert f"{by_lines_km2:.6f} km² where every crossing" in fault.rule


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        (None, "the record has no shape"),
        (shapely.Polygon(), "the record has no shape"),
        (shapely.Polygon([(0, 0), (10, 0), (0, 0)]), "bounds no area"),
        (shapely.box(0, 0, 0.05, 0.05), "bounds no area (Polygon, 0.002500 m²)"),
        (shapely.GeometryCollection([shapely.Point(1, 1)]), "bounds no area (GeometryCollection"),
    ],
)
def test_a_polygon_without_land_is_an_error_of_its_row(shape: BaseGeometry | None, rule: str) -> None:
    table, repairs, (fault,) = mended(SQUARE, shape)
    assert list(table.index) == [1]
    assert (fault.severity, fault.row, fault.column) == ("error", 2, "geometry")
    assert rule in fault.rule
    assert repairs == []


def test_a_broken_number_is_an_error_of_its_row() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (np.nan, 9), (9, 9), (9, 0)])
    table, repairs, (fault,) = mended(broken, SQUARE)
    assert list(table.index) == [2]
    assert (fault.row, fault.rule) == (1, "a coordinate of the shape is no number")
    assert repairs == []


def test_collections_keep_the_parts_of_the_kind() -> None:
    parts = [shapely.Point(1, 1), SQUARE, shapely.GeometryCollection([shapely.box(2000, 0, 3000, 1000)])]
    whole = shapely.GeometryCollection([*parts, shapely.LineString([(0, 0), (1, 1)])])
    table, (repair,), faults = mended(SQUARE, whole)
    assert table.geometry[2].equals(shapely.MultiPolygon([SQUARE, shapely.box(2000, 0, 3000, 1000)]))
    assert repair.what == "mended: the polygons of a collection of shapes were kept"
    assert (repair.row, repair.how_much) == ("2", "1 LineString left out, 1 Point left out")
    assert (repair.before, repair.after) == ("2.000000 km²", "2.000000 km²")
    assert faults == []


def test_overlapping_polygons_of_a_collection_count_their_land_once() -> None:
    whole = shapely.GeometryCollection([SQUARE, shapely.box(500, 0, 1500, 1000)])
    table, repairs, _ = mended(whole)
    assert table.area[1] == pytest.approx(1.5e6)
    assert [r.what.split(":")[1].split("[")[0].strip() for r in repairs] == [
        "the polygons of a collection of shapes were kept",
        "Self-intersection",
    ]


def test_dust_goes_and_is_measured() -> None:
    dusty = shapely.MultiPolygon([SQUARE, shapely.box(2000, 0, 2000.05, 0.1), shapely.box(3000, 0, 3000.1, 0.01)])
    table, (repair,), _ = mended(dusty)
    assert table.geometry[1].equals_exact(SQUARE)
    assert (repair.what, repair.how_much) == ("dropped: parts without land", "2 parts (0.006000 m²)")


def test_repeated_points_are_counted_and_change_nothing() -> None:
    twice = shapely.Polygon(np.repeat(shapely.get_coordinates(SQUARE), 3, axis=0))
    table, (repair,), _ = mended(SQUARE, twice)
    assert shapely.get_num_coordinates(table.geometry[2]) == 5
    assert table.geometry[1] is SQUARE
    assert (repair.row, repair.how_much) == ("2", "10 vertices in 1 records")
    assert mended(twice, twice)[1][0].row == "*"


LINES = [
    (shapely.LineString([(0, 0), (0, 0)]), "dropped: the shape has no length"),
    (shapely.LineString(), "dropped: empty geometry"),
    (None, "dropped: empty geometry"),
    (shapely.GeometryCollection([shapely.Point(0, 0)]), "dropped: the shape has no length"),
]


@pytest.mark.parametrize(("shape", "what"), LINES)
def test_a_line_without_length_is_dropped_and_listed(shape: BaseGeometry | None, what: str) -> None:
    sound = shapely.LineString([(0, 0), (5, 5)])
    table, (repair,), faults = mended(sound, shape, kind="line")
    assert list(table.index) == [1]
    assert (repair.row, repair.what, repair.how_much) == ("2", what, "1 record")
    assert faults == []


def test_zero_length_parts_of_a_line_go() -> None:
    table, (repair,), _ = mended(shapely.MultiLineString([[(0, 0), (1000, 0)], [(7, 7), (7, 7)]]), kind="line")
    assert table.geometry[1].equals_exact(shapely.LineString([(0, 0), (1000, 0)]))
    assert (repair.what, repair.how_much) == ("dropped: parts without length", "1 parts (0 m)")
    assert (repair.before, repair.after) == ("1.000000 km", "1.000000 km")


def test_short_spikes_of_lines_are_cut() -> None:
    # Half a metre past the corner and back; and one back from the end.
    line = shapely.LineString([(0, 0), (100, 0), (100.5, 0), (100, 0), (100, 50), (100, 49.5)])
    table, (repair,), _ = mended(line, kind="line")
    assert shapely.get_coordinates(table.geometry[1]).tolist() == [[0, 0], [100, 0], [100, 49.5]]
    assert repair.what == "mended: the line turned back on itself for less than 1 m"
    assert (repair.how_much, repair.before, repair.after) == ("3 vertices", "0.151500 km", "0.149500 km")


def test_a_long_way_out_and_back_is_the_cables_own() -> None:
    line = shapely.LineString([(0, 0), (100, 0), (50, 0), (50, 50)])
    table, repairs, _ = mended(line, kind="line")
    assert table.geometry[1] is line
    assert repairs == []


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=12))
def test_any_ring_becomes_land_or_an_error(points: list[tuple[int, int]]) -> None:
    """Whatever is drawn: valid, inside what was drawn, every change a row, a second mending finds nothing."""
    ring = shapely.Polygon(points)
    table, repairs, faults = mended(ring)
    errors = [fault for fault in faults if fault.severity == "error"]
    assert len(table) + len(errors) == 1
    if len(table):
        land = table.geometry[1]
        assert land.is_valid
        assert land.geom_type in {"Polygon", "MultiPolygon"}
        assert shapely.convex_hull(ring).buffer(1e-9).covers(land)
        assert bool(repairs) == (table.geometry[1] is not ring)
        again = mended(land)
        assert again[0].geometry[1] is land
        assert again[1:] == ([], [])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=2, max_size=15))
def test_any_line_keeps_its_ends_and_its_course(points: list[tuple[int, int]]) -> None:
    line = shapely.LineString(np.array(points, float) / 4)
    table, repairs, faults = mended(line, kind="line")
    assert faults == []
    if not len(table):
        assert line.length == 0
        return
    kept = table.geometry[1]
    assert kept.length > 0
    assert kept.length <= line.length + 1e-9
    assert shapely.get_point(kept, 0).equals(shapely.get_point(line, 0))
    assert shapely.get_point(kept, -1).equals(shapely.get_point(line, -1))
    # What is cut stuck out by less than a metre a spike.
    assert shapely.hausdorff_distance(kept, line) <= len(points)
    assert bool(repairs) == (kept is not line)


# --- as files have them -------------------------------------------------------------------------------------------
def geojson(world: Any, layer: str, *shapes: dict[str, Any], **properties: list[Any]) -> None:
    """Write a GeoJSON as given, which may hold rings that no library would write."""
    rows = [
        {"type": "Feature", "properties": {name: values[k] for name, values in properties.items()}, "geometry": shape}
        for k, shape in enumerate(shapes)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": rows})
    world.text(f"{layer}.geojson", text)
    world.layers[layer] = {"path": f'"{layer}.geojson"'}


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_rings_that_do_not_close_are_closed_and_listed(world: Any) -> None:
    """GEOS builds none of them; a ring of two points bounds nothing even when it is closed."""
    square = [[106.90, 11.54], [106.92, 11.54], [106.92, 11.56], [106.90, 11.56]]
    two_points = [[106.905, 11.545], [106.915, 11.545]]
    shapes = [polygon([*square, square[0]]), polygon(square), polygon([*square, square[0]], two_points)]
    geojson(world, "industrial_parks", *shapes, polygon(two_points), park_id=["A", "B", "C", "D"])
    findings, summaries = world.check()
    assert summaries["industrial_parks"].used == 3
    told = [(r.row, r.what.split("[")[0]) for r in findings.repairs if r.layer == "industrial_parks"]
    closed = "mended: a ring did not end where it began"
    assert told[:3] == [("2", closed), ("3", closed), ("4", closed)]
    assert told[3:] == [("3", "mended: Too few points in geometry component")]
    (error,) = [f for f in findings.faults if f.layer == "industrial_parks" and f.severity == "error"]
    assert (error.row, error.column) == (4, "geometry")
    assert "bounds no area" in error.rule


def test_collections_in_a_file_keep_what_belongs(world: Any) -> None:
    square = polygon([[106.90, 11.54], [106.92, 11.54], [106.92, 11.56], [106.90, 11.56], [106.90, 11.54]])
    point = {"type": "Point", "coordinates": [106.91, 11.55]}
    mixed = {"type": "GeometryCollection", "geometries": [point, square]}
    none = {"type": "GeometryCollection", "geometries": [point]}
    geojson(world, "industrial_parks", square, mixed, none, park_id=["A", "B", "C"])
    findings, summaries = world.check()
    assert summaries["industrial_parks"].used == 2
    (repair,) = [r for r in findings.repairs if r.layer == "industrial_parks"]
    assert (repair.row, repair.what) == ("2", "mended: the polygons of a collection of shapes were kept")
    assert repair.how_much == "1 Point left out"
    (error,) = [f for f in findings.faults if f.layer == "industrial_parks" and f.severity == "error"]
    assert (error.row, error.rule) == (3, "a GeometryCollection stands where a polygon belongs")


def test_the_same_for_lines(world: Any) -> None:
    line = {"type": "LineString", "coordinates": [[106.90, 11.54], [106.92, 11.56]]}
    mixed = {"type": "GeometryCollection", "geometries": [line, {"type": "Point", "coordinates": [106.9, 11.5]}]}
    still = {"type": "LineString", "coordinates": [[106.90, 11.54], [106.90, 11.54]]}
    geojson(world, "roads", line, mixed, still, name=["A", "B", "C"])
    findings, summaries = world.check()
    assert summaries["roads"].used == 2
    told = [(r.row, r.what) for r in findings.repairs if r.layer == "roads"]
    assert told == [
        ("2", "mended: the lines of a collection of shapes were kept"),
        ("3", "dropped: the shape has no length"),
    ]
