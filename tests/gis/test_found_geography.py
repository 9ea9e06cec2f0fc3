"""Found by trying to break the reading of geographic files: land between communes that nobody has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from phusong.gis.cleaning.coverage_clean import clean
from phusong.gis.cleaning.slivers import gaps, open_strips
from phusong.gis.findings import Findings
from phusong.gis.readers.kml import read_kml

X, Y = 568_000.0, 1_274_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a box in m from the world's corner."""
    return shapely.box(X + west, Y + south, X + east, Y + north)


def cleaned(*shapes: BaseGeometry) -> tuple[gpd.GeoDataFrame, Findings]:
    table = gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:9212")
    findings = Findings()
    return clean(
        table, notes=findings.of("communes", "x.gpkg"), names=[chr(65 + k) for k in range(len(shapes))]
    ), findings


def notched(depth_m: float) -> tuple[shapely.Polygon, shapely.Polygon]:
    """Return two communes that meet in two points, with a triangle of a side of 6 km between them."""
    top = shapely.Polygon([(X, Y + 6000), (X + 6000, Y + 6000), (X + 6000, Y + 9000), (X, Y + 9000)])
    low = [(X, Y), (X + 6000, Y), (X + 6000, Y + 6000), (X + 3000, Y + 6000 - depth_m), (X, Y + 6000)]
    return top, shapely.Polygon(low)


def test_a_gap_between_communes_that_meet_in_points_alone_is_a_gap() -> None:
    union = shapely.union_all(list(notched(2000)))
    assert union.geom_type == "MultiPolygon"
    assert shapely.area(gaps(union)).tolist() == [6_000_000.0]


def test_such_a_gap_is_closed_where_it_is_narrow() -> None:
    done, findings = cleaned(*notched(100))
    assert done.area.sum() == pytest.approx(54e6, abs=0.01)
    assert shapely.coverage_is_valid(done.geometry.to_numpy())
    assert [repair.what for repair in findings.repairs][-1] == "mended: borders of all records together"
    assert not findings.faults


def test_such_a_gap_is_said_where_it_is_wide() -> None:
    done, findings = cleaned(*notched(2000))
    assert done.area.tolist() == [18e6, 30e6]
    [fault] = findings.faults
    assert fault.severity == "warning"
    assert fault.rule.startswith("6.000 km² at lon 106.9")
    assert "belong to no commune" in fault.rule


def test_an_island_in_a_lake_is_no_part_of_the_gap() -> None:
    lake = box(0, 0, 6000, 6000).difference(box(1000, 1000, 5000, 5000))
    assert shapely.area(gaps(shapely.union_all([lake, box(2000, 2000, 3000, 3000)]))).tolist() == [15e6]


def test_no_land_has_no_gaps() -> None:
    assert len(gaps(shapely.Polygon())) == 0


def test_a_strip_open_to_the_outside_is_said_and_left() -> None:
    shapes = box(0, 0, 6000, 6000), box(6003, 0, 12_000, 6000), box(0, 6001, 12_000, 10_000)
    done, findings = cleaned(*shapes)
    assert done.area.tolist() == [shape.area for shape in shapes]
    [fault] = findings.faults
    assert (fault.severity, fault.row, fault.column) == ("warning", 0, "geometry")
    assert "of 3 communes (A, B, C)" in fault.rule
    assert "open to the outside and belongs to no commune" in fault.rule


def test_what_is_wider_or_meets_is_no_strip() -> None:
    apart = np.array([box(0, 0, 6000, 6000), box(6012, 0, 12_000, 6000)], object)
    assert shapely.is_empty(open_strips(apart, width_m=10)).all()
    meeting = np.array([box(0, 0, 6000, 6000), box(6000, 0, 12_000, 6000)], object)
    assert shapely.is_empty(open_strips(meeting, width_m=10)).all()


def test_land_that_two_communes_claim_is_no_strip() -> None:
    twice = np.array([box(0, 0, 6000, 6000), box(5000, 0, 12_000, 6000)], object)
    assert shapely.is_empty(open_strips(twice, width_m=10)).all()


def test_two_triangles_for_a_crossed_ring_leave_a_wide_gap_that_is_said() -> None:
    crossed = shapely.Polygon([(X, Y), (X + 6000, Y + 6000), (X + 6000, Y), (X, Y + 6000)])
    done, findings = cleaned(shapely.make_valid(crossed), box(6000, 0, 12_000, 6000), box(0, 6000, 12_000, 10_000))
    assert done.area.sum() == pytest.approx(102e6)
    [fault] = findings.faults
    assert fault.rule.startswith("9.000 km² at ")


def test_the_value_of_a_placemark_that_cannot_be_read_is_its_coordinates_alone(tmp_path: Path) -> None:
    mark = "<Point><altitudeMode>clampToGround</altitudeMode><coordinates>106.92,11.56,30,5</coordinates></Point>"
    path = tmp_path / "x.kml"
    path.write_text(
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>{mark}</Placemark></Document></kml>',
        encoding="utf-8",
    )
    findings = Findings()
    read_kml(path, layer=None, notes=findings.of("sites", path.name))
    assert findings.faults[0].value == "106.92,11.56,30,5"


def test_a_damaged_prj_that_can_be_read_and_not_computed(world: Any) -> None:
    """Found by fuzzing: PROJ takes a projection without its parameters, and refuses to transform with it."""
    table = gpd.GeoDataFrame({"hamlet_id": ["H1"]}, geometry=[shapely.Point(700_000, 6_600_000)], crs="EPSG:2154")
    table.to_file(world.folder / "thon.shp")
    degrees = 'GEOGCS["g",DATUM["d",SPHEROID["s",6378137,298.257]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925]]'
    prj = f'PROJCS["cut",{degrees},PROJECTION["Lambert_Conformal_Conic"],UNIT["metre",1]]'
    (world.folder / "thon.prj").write_text(prj)
    world.layers["hamlets"] = {"path": '"thon.shp"'}
    fault = world.only()
    assert fault.layer == "hamlets"
    assert fault.rule.startswith("the coordinates cannot be brought from")
