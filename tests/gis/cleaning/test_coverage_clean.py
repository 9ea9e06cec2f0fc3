"""A coverage is cleaned as a whole: what is narrow is settled and listed, what is wide is said and left."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from phusong.gis.cleaning.coverage_clean import border_move_m, clean, outline
from phusong.gis.cleaning.slivers import crumbs, gaps, inscribed_m, is_narrow, overlaps
from phusong.gis.findings import Findings

CRS = "EPSG:9212"
X, Y = 568_000.0, 1_274_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a box in km from the world's corner."""
    return shapely.box(X + west * 1e3, Y + south * 1e3, X + east * 1e3, Y + north * 1e3)


def cleaned(*shapes: BaseGeometry, names: list[str] | None = None) -> tuple[gpd.GeoDataFrame, Findings]:
    """Clean shapes as rows 1, 2, ... named A, B, ..."""
    table = gpd.GeoDataFrame({"people": range(1000, 1000 + len(shapes))}, geometry=list(shapes), crs=CRS)
    table.index += 1
    findings = Findings()
    given_names = names or [chr(65 + k) for k in range(len(shapes))]
    return clean(table, notes=findings.of("communes", "x.gpkg"), names=given_names), findings


def km2(table: gpd.GeoDataFrame) -> list[float]:
    return [round(area / 1e6, 9) for area in table.area]


# --- a clean coverage is left alone -------------------------------------------------------------------------------
def test_a_coverage_is_the_same_object() -> None:
    table = gpd.GeoDataFrame(geometry=[box(0, 0, 5, 5), box(5, 0, 9, 5)], crs=CRS)
    findings = Findings()
    assert clean(table, notes=findings.of("communes", "x")) is table
    assert (findings.repairs, findings.faults, findings.described) == ([], [], {})


def test_a_single_commune_with_a_lake_is_left_and_the_lake_said() -> None:
    lake = box(2, 2, 3, 3)
    table, findings = cleaned(shapely.difference(box(0, 0, 5, 5), lake))
    assert km2(table) == [24.0]
    (fault,) = findings.faults
    assert (fault.severity, fault.row) == ("warning", 1)
    assert "1.000 km² at lon 106." in fault.rule
    assert "(up to 1000 m wide, beside A)" in fault.rule
    assert findings.repairs == []


def test_missing_corners_are_added_and_described() -> None:
    """C's long side knows nothing of the corner A and B have on it: nothing moves, so nothing is repaired."""
    table, findings = cleaned(box(0, 0, 5, 5), box(5, 0, 9, 5), box(0, 5, 9, 9))
    assert km2(table) == [25.0, 20.0, 36.0]
    assert shapely.coverage_is_valid(table.geometry.to_numpy())
    assert shapely.get_num_coordinates(table.geometry[3]) == 6
    assert (findings.repairs, findings.faults) == ([], [])
    assert findings.described == {"communes": ["corners of neighbours' borders added in 1 records"]}


# --- narrow: settled and listed -----------------------------------------------------------------------------------
def test_an_overlap_goes_to_one_and_is_listed() -> None:
    table, findings = cleaned(box(0, 0, 5, 5), box(4.98, 0, 9, 5), box(9, 0, 12, 5))
    assert sorted(km2(table)) == sorted([25.0 - 0.1, 20.1, 15.0]) or sorted(km2(table)) == sorted([25.0, 20.0, 15.0])
    first, total = findings.repairs
    loser, winner = ("1", "B") if km2(table)[0] < 25 else ("2", "A")
    assert (first.row, first.what) == (loser, "mended: border with the neighbours")
    assert first.how_much == f"lost 100000.000 m² to {winner}; border moved by up to 20.00 m"
    assert (total.row, total.before, total.after) == ("*", "60.100000 km²", "60.000000 km²")
    assert total.how_much.startswith("100000.000 m² claimed twice, 0.000 m² claimed by none, 0.000 m² in crumbs")
    assert findings.faults == []
    assert table["people"].tolist() == [1000, 1001, 1002]


def test_a_gap_goes_to_the_neighbour_with_the_longest_border() -> None:
    middle = shapely.difference(box(5, 0, 9, 5), box(5, 1, 5.1, 3))
    table, findings = cleaned(box(0, 0, 5, 5), middle)
    # B has three of the gap's four sides.
    assert km2(table) == [25.0, 20.0]
    first, _ = findings.repairs
    assert (first.row, first.before, first.after) == ("2", "19.800000 km²", "20.000000 km²")
    assert first.how_much == "gained 200000.000 m² from no commune; border moved by up to 100.00 m"


def test_a_long_gap_is_shared_out_so_that_no_tongue_runs_between_others() -> None:
    """A gap of 100 m runs between A and B and on between C and D: each pair settles its own half."""
    shapes = [box(0, 0, 6, 5), box(0, 5.1, 6, 9), box(6, 0, 12, 5), box(6, 5.1, 12, 9)]
    ends = [box(-1, 0, 0, 9), box(12, 0, 13, 9)]
    table, findings = cleaned(*shapes, *ends)
    assert shapely.coverage_is_valid(table.geometry.to_numpy())
    assert table.area.sum() == pytest.approx(14 * 9e6)
    assert table.union_all().equals(box(-1, 0, 13, 9))
    for one, other in ((1, 2), (3, 4)):
        assert sum(km2(table)[one - 1 : other]) == pytest.approx(54.0 - 0.6 + 0.6, abs=0.02)
    assert findings.faults == []  # a border moved beyond 250 m would be a warning


def test_a_crumb_goes_to_the_commune_it_lies_along() -> None:
    crumb = box(9, 2, 9.004, 2.1)
    shapes = [shapely.MultiPolygon([box(0, 0, 5, 5), crumb]), box(5, 0, 9, 5), box(12, 0, 13, 5)]
    table, findings = cleaned(*shapes)
    assert km2(table) == [25.0, 20.0004, 5.0]
    loser, winner, total = findings.repairs
    assert loser.how_much.startswith("lost 400.000 m² to B; border moved")
    assert winner.how_much.startswith("gained 400.000 m² from A; border moved by up to 4.00 m")
    assert "400.000 m² in crumbs; 2 records" in total.how_much


def test_islets_and_exclaves_stay() -> None:
    islet, exclave = box(20, 0, 20.004, 0.1), box(9, 2, 9.05, 2.05)
    shapes = [shapely.MultiPolygon([box(0, 0, 5, 5), islet, exclave]), box(5, 0, 9, 5)]
    table, findings = cleaned(*shapes)
    assert table.geometry[1] is shapes[0]
    assert findings.repairs == []


# --- wide: said and left ------------------------------------------------------------------------------------------
def test_a_wide_overlap_is_said_and_left_while_the_narrow_is_settled() -> None:
    shapes = [box(0, 0, 5, 5), box(4, 0, 9, 5), box(8.98, 0, 12, 5)]
    table, findings = cleaned(*shapes)
    assert table.geometry[1] is shapes[0]
    (fault,) = findings.faults
    assert (fault.severity, fault.row) == ("warning", 1)
    assert fault.rule.startswith("communes A and B overlap by 5.000 km² at lon 106.")
    assert table.geometry[1].intersection(table.geometry[2]).area == pytest.approx(5e6)
    assert table.geometry[2].intersection(table.geometry[3]).area == 0
    assert table.union_all().area == pytest.approx(60e6)


def test_three_communes_over_one_another_keep_all_they_claim() -> None:
    shapes = [box(0, 0, 6, 6), box(3, 3, 9, 9), box(4, 0, 9, 5)]
    table, findings = cleaned(*shapes)
    assert [geometry.equals(shape) for geometry, shape in zip(table.geometry, shapes, strict=True)] == [True] * 3
    assert sorted(f.rule[:32] for f in findings.faults) == [
        "communes A and B overlap by 9.00",
        "communes A and C overlap by 10.0",
        "communes B and C overlap by 10.0",
    ]


def test_a_wide_hole_is_said_and_left_while_the_narrow_is_closed() -> None:
    shape = shapely.difference(box(0, 0, 9, 9), shapely.union_all([box(1, 1, 3, 3), box(5, 5, 5.2, 5.1)]))
    table, findings = cleaned(shape)
    assert km2(table) == [77.0]
    (fault,) = findings.faults
    assert "4.000 km²" in fault.rule
    assert findings.repairs[0].how_much.startswith("gained 20000.000 m² from no commune")


def test_an_island_commune_in_a_hole_is_no_gap() -> None:
    ring = shapely.difference(box(0, 0, 9, 9), box(3, 3, 6, 6))
    table, findings = cleaned(ring, box(3.5, 3.5, 5.5, 5.5))
    assert km2(table) == [72.0, 4.0]
    (fault,) = findings.faults
    assert "5.000 km²" in fault.rule


def test_many_copies_of_communes_are_said_and_not_cleaned() -> None:
    """A file whose features were doubled fifty times: thousands of overlaps, each of which would be cut out."""
    shapes = [box(0, 0, 5, 5), box(5, 0, 9, 5.1)]
    table, findings = cleaned(*(shapes * 50))
    assert [fault.severity for fault in findings.faults] == ["error"] * 98
    assert "drawn twice: rows 2 and 100" in findings.faults[-1].rule
    assert findings.repairs == []
    assert len(table) == 100


def test_a_commune_drawn_twice_is_an_error_naming_both_rows() -> None:
    table, findings = cleaned(box(0, 0, 5, 5), box(5, 0, 9, 5), box(0, 0, 5, 4.99), names=["25001", "25002", "25001"])
    (fault,) = findings.faults
    assert (fault.severity, fault.row) == ("error", 3)
    assert "drawn twice: rows 1 and 3 (25001 and 25001)" in fault.rule
    assert km2(table) == [25.0, 20.0, 24.95]


def test_a_commune_inside_another_does_not_vanish() -> None:
    table, findings = cleaned(box(0, 0, 5, 5), box(2, 2, 2.2, 2.2))
    assert km2(table) == [25.0, 0.04]
    assert "A and B overlap by 0.040 km²" in findings.faults[0].rule


def test_a_heap_of_polygons_is_no_map() -> None:
    heap = [box(0, 0, 5 + k / 1000, 5) for k in range(250)]
    table, findings = cleaned(*heap, names=["x"] * 250)
    assert len(table) == 250
    (fault,) = findings.faults
    assert (fault.severity, fault.column) == ("error", "geometry")
    assert "no map" in fault.rule


def test_a_commune_that_loses_a_twentieth_is_an_error() -> None:
    """B is a comb whose eight teeth stand in A; each tooth alone is a sliver, together they are 37 % of B."""
    teeth = [box(0.1 + 0.2 * k, 3.5, 0.15 + 0.2 * k, 5) for k in range(8)]
    table, findings = cleaned(box(0, 0, 5, 5), shapely.union_all([box(0, 5, 2, 5.5), *teeth]))
    assert km2(table) == [25.0, 1.0]
    errors = [fault for fault in findings.faults if fault.severity == "error"]
    assert [fault.row for fault in errors] == [2]
    assert "changes the land of commune B by -37.5 %, from 1.600 to 1.000 km²" in errors[0].rule


def test_much_land_gained_and_a_far_border_are_warnings() -> None:
    strips = [box(0.1 + 0.24 * k, 0.05, 0.1 + 0.24 * k + 0.09, 1.95) for k in range(8)]
    table, findings = cleaned(shapely.difference(box(0, 0, 2, 2), shapely.union_all(strips)))
    assert km2(table) == [4.0]
    assert [(f.severity, f.row) for f in findings.faults] == [("warning", 1)]
    assert "changes the land of commune A by +52.0 %" in findings.faults[0].rule
    tongue = shapely.union_all([box(0, 5, 9, 9), box(4, 4, 4.1, 5)])
    table, findings = cleaned(box(0, 0, 9, 5), tongue)
    assert [(f.severity, f.row) for f in findings.faults] == [("warning", 2)]
    assert "moved the border of commune B by up to 1000 m" in findings.faults[0].rule


def test_a_cleaner_that_loses_land_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """GEOS with snapping off was seen to drop whole communes; such a result is refused and said."""
    shapes = [box(0, 0, 5, 5), box(4.98, 0, 9, 5)]

    def forgetful(polygons: NDArray[np.object_], **_: object) -> NDArray[np.object_]:
        return np.array([polygons[0], shapely.Polygon()], object)

    monkeypatch.setattr(shapely, "coverage_clean", forgetful)
    table, findings = cleaned(*shapes)
    assert list(table.geometry) == shapes
    (fault,) = findings.faults
    assert fault.severity == "warning"
    assert "would lose 20.000 km²" in fault.rule
    assert findings.repairs == []


def test_names_may_be_missing() -> None:
    table = gpd.GeoDataFrame(geometry=[box(0, 0, 5, 5), box(4, 0, 9, 5)], crs=CRS, index=[7, 9])
    findings = Findings()
    clean(table, notes=findings.of("communes", "x"), names=[None, "25002"])
    assert findings.faults[0].rule.startswith("communes in row 7 and 25002 overlap by 5.000 km²")


# --- the parts ----------------------------------------------------------------------------------------------------
def test_narrow_is_what_holds_no_circle() -> None:
    shapes = np.array([box(0, 0, 0.1, 9), box(0, 0, 0.1, 0.1), shapely.Point(X, Y).buffer(50)], object)
    assert is_narrow(shapes, np.full(3, 99.0)).tolist() == [False, False, False]
    assert is_narrow(shapes, np.full(3, 101.0)).tolist() == [True, True, True]
    assert [inscribed_m(shape) for shape in shapes] == pytest.approx([100, 100, 100], rel=0.01)


def test_overlaps_name_each_pair_once() -> None:
    shapes = np.array([box(0, 0, 5, 5), box(4, 0, 9, 5), box(9, 0, 12, 5)], object)
    found = overlaps(shapes, np.array([True, True, True]))
    assert found is not None
    assert (found.first.tolist(), found.second.tolist()) == ([0], [1])
    assert shapely.area(found.pieces).tolist() == [5e6]


def test_gaps_and_crumbs_of_nothing() -> None:
    assert gaps(shapely.MultiPolygon()).size == 0
    assert crumbs(np.array([], object), np.array([], np.intp)).size == 0


def test_border_move_is_measured_at_corners() -> None:
    assert border_move_m(box(0, 0, 5, 5), box(0, 0, 5, 5.03)) == pytest.approx(30)
    assert border_move_m(box(0, 0, 5, 5), box(0, 0, 5, 5)) == 0


def test_outline_is_the_union_either_way() -> None:
    coverage = gpd.GeoDataFrame(geometry=[box(0, 0, 5, 5), box(5, 0, 9, 5)], crs=CRS)
    assert outline(coverage).equals(box(0, 0, 9, 5))
    overlapping = gpd.GeoDataFrame(geometry=[box(0, 0, 5, 5), box(4, 0, 9, 5)], crs=CRS)
    assert outline(overlapping).equals(box(0, 0, 9, 5))


# --- in a province ------------------------------------------------------------------------------------------------
def test_people_stay_where_they_are_counted(world: Any) -> None:
    table = world.communes()
    table.geometry = [table.geometry[0].buffer(30, join_style="mitre"), *table.geometry[1:]]
    world.vector("communes.gpkg", table)
    layers = world.read()
    assert layers.people.totals.tolist() == pytest.approx([6000, 3000, 1000], abs=1e-6)
    told = [repair for repair in layers.repairs if repair.layer == "communes"]
    assert told[-1].row == "*"
    assert [f for f in layers.faults if f.layer == "communes"] == []
    assert layers.outline.area == pytest.approx(layers.communes.area.sum())
