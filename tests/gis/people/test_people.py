"""People on the grid: the order of surfaces, sums to the last person, what is said of raster and buildings."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis import Grid
from phusong.gis.people import People, spread
from phusong.gis.people.buildings import floor_area
from phusong.gis.zones import Zones, zones_of

GRID = Grid("EPSG:9212", west_m=0.0, north_m=200.0, cell_m=100.0, rows=2, cols=3)
CRS = "EPSG:9212"
WEST, SOUTH = 568_000.0, 1_274_000.0
LEFT, RIGHT = shapely.box(0, 0, 100, 200), shapely.box(100, 0, 300, 200)


def zones(*shapes: shapely.Geometry, grid: Grid = GRID) -> Zones:
    codes = [f"z{i}" for i in range(len(shapes))]
    return zones_of(gpd.GeoDataFrame(index=codes, geometry=list(shapes), crs=grid.crs), grid=grid)


# --- the order of surfaces -----------------------------------------------------------------------------------


def test_raster_else_buildings_else_land_in_each_commune() -> None:
    three = zones(*(shapely.box(x, 0, x + 100, 200) for x in (0, 100, 200)))
    people, even = spread(
        three,
        census=np.array([40.0, 60, 80]),
        raster=np.array([3.0, 0, np.nan, 1, 0, 0]),
        buildings=np.array([0.0, 5, 0, 9, 10, 0]),
    )
    np.testing.assert_allclose(people.by_zone.toarray(), [[30, 0, 0, 10, 0, 0], [0, 20, 0, 0, 40, 0], [0, 0, 40] * 2])
    assert people.placed_by == ("raster", "buildings", "land")
    assert even == ["z2"]
    assert people.census_true == (True,) * 3
    assert people.method.endswith("; 1 communes where it shows nobody over the floor area of buildings")


def test_buildings_alone() -> None:
    people, even = spread(
        zones(LEFT, RIGHT), census=np.array([40.0, 60]), raster=None, buildings=np.array([1.0, 0, 0, 3, 0, 0])
    )
    np.testing.assert_allclose(people.by_zone.toarray(), [[10, 0, 0, 30, 0, 0], [0, 15, 15, 0, 15, 15]])
    assert even == ["z1"]
    assert "floor area of buildings" in people.method


def test_nobody_is_spread_over_water() -> None:
    habitable = np.array([True, False, True, False, True, True])
    people, even = spread(zones(LEFT, RIGHT), census=np.array([40.0, 60]), raster=None, habitable=habitable)
    np.testing.assert_allclose(people.by_zone.toarray(), [[40, 0, 0, 0, 0, 0], [0, 0, 20, 0, 20, 20]])
    assert even == []
    # A commune that is water altogether still has its people.
    people, _ = spread(zones(LEFT, RIGHT), census=np.array([40.0, 60]), raster=None, habitable=np.zeros(6, bool))
    np.testing.assert_allclose(people.totals, [40, 60])


def test_negative_and_infinite_values_are_nobody() -> None:
    raster = np.array([-5.0, 2, np.inf, 1, 1, 1])
    people, _ = spread(zones(shapely.box(0, 0, 300, 200)), census=np.array([100.0]), raster=raster)
    np.testing.assert_allclose(people.by_zone.toarray(), [[0, 40, 0, 20, 20, 20]])


def test_huge_values_stay_finite() -> None:
    people, _ = spread(
        zones(LEFT, RIGHT), census=np.array([10.0, 20]), raster=np.array([1e308, 1e308, 1e308, 1e308, 1e300, 1e308])
    )
    np.testing.assert_allclose(people.totals, [10, 20])


def test_a_cell_two_communes_claim_is_shared() -> None:
    two = zones(shapely.box(0, 0, 200, 200), shapely.box(100, 0, 300, 200))
    people, _ = spread(two, census=np.array([np.nan, np.nan]), raster=np.ones(6))
    np.testing.assert_allclose(people.totals, [3, 3])


def test_a_commune_smaller_than_a_cell_and_one_smaller_than_dust() -> None:
    dust = shapely.box(150.0, 50.0, 150.0 + 1e-7, 50.0 + 1e-7)
    found = zones(shapely.box(110, 110, 120, 120), dust, shapely.box(200, 0, 300, 200))
    people, even = spread(found, census=np.array([7.0, 3, 90]), raster=np.array([0.0, 5, 5, 0, 0, 5]))
    np.testing.assert_allclose(people.by_zone.toarray(), [[0, 7, 0, 0, 0, 0], [0, 0, 0, 0, 3, 0], [0, 0, 45, 0, 0, 45]])
    assert even == ["z1"]


def test_a_zone_off_the_grid_is_unknown_and_not_nobody() -> None:
    found = zones(LEFT, shapely.box(5000, 5000, 5100, 5100))
    people, _ = spread(found, census=np.array([7.0, 3.0]), raster=None)
    np.testing.assert_array_equal(people.totals, [7, np.nan])
    assert people.unknown == (False, True)


def test_a_raster_that_does_not_reach_leaves_unknown() -> None:
    raster = np.array([np.nan, 5, 5, np.nan, 5, 5])
    people, _ = spread(zones(LEFT, RIGHT), census=np.array([np.nan, np.nan]), raster=raster)
    np.testing.assert_array_equal(people.totals, [np.nan, 20])
    assert people.census_true == (False, False)
    assert "1 communes without a census total keep the raster's own count" in people.method
    assert "1 communes without a census total have nobody placed" in people.method


# --- to the last person --------------------------------------------------------------------------------------


def test_two_million_people_on_a_million_cells() -> None:
    """Sums are met to a millionth of a person, however one adds."""
    grid = Grid(CRS, 0.0, 100_000.0, 100.0, 1000, 1000)
    found = zones(shapely.box(0, 0, 100_000, 100_000), grid=grid)
    raster = np.random.default_rng(1).lognormal(0, 4, grid.size)
    people, _ = spread(found, census=np.array([2_426_561.0]), raster=raster)
    assert abs(people.totals[0] - 2_426_561) < 1e-6
    assert abs(people.by_zone.sum() - 2_426_561) < 1e-6
    assert abs(people.residents.sum() - 2_426_561) < 1e-6


@settings(deadline=None, max_examples=100)
@given(
    cut=st.floats(1, 299),
    census=st.lists(st.one_of(st.integers(0, 3 * 10**6), st.just(np.nan)), min_size=2, max_size=2),
    raster=st.lists(
        st.one_of(st.sampled_from([np.nan, np.inf, -1.0, 0.0]), st.floats(0, 1e300)), min_size=6, max_size=6
    ),
    floors=st.lists(st.floats(0, 1e6), min_size=6, max_size=6),
)
def test_whatever_the_surfaces_the_census_is_met(
    cut: float, census: list[float], raster: list[float], floors: list[float]
) -> None:
    two = zones(shapely.box(0, 0, cut, 200), shapely.box(cut, 0, 300, 200))
    people, _ = spread(two, census=np.array(census, float), raster=np.array(raster), buildings=np.array(floors))
    known = np.isfinite(census)
    np.testing.assert_allclose(people.totals[known], np.array(census)[known], rtol=0, atol=1e-6)
    assert (people.by_zone.data >= 0).all()
    households = np.array([census[0] / 4 if known[0] else np.nan, np.nan])
    placed = people.placed(households)
    np.testing.assert_allclose(placed.sum(axis=1), np.nan_to_num(households), rtol=0, atol=1e-6)


def test_placed_where_nobody_lives_is_empty() -> None:
    people = People(zones(LEFT, RIGHT).shares * 0, "by hand", (True, True))
    assert people.placed(np.array([3.0, np.nan])).sum() == 0


# --- buildings -----------------------------------------------------------------------------------------------


def houses(*shapes: shapely.Geometry, floors: list[float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"floors": floors}, geometry=list(shapes), crs=GRID.crs)


def test_floor_area_is_cut_at_the_cells() -> None:
    found = floor_area(
        houses(
            shapely.box(10, 110, 20, 120),
            shapely.box(95, 150, 115, 160),
            shapely.box(-10, 20, 10, 30),
            shapely.box(900, 900, 910, 910),
            floors=[3, 2, np.nan, 1],
        ),
        grid=GRID,
    )
    np.testing.assert_allclose(found, [300 + 100, 300, 0, 100, 0, 0], rtol=1e-6)


def test_points_count_floors() -> None:
    found = floor_area(houses(shapely.Point(50, 50), shapely.Point(60, 60), floors=[np.nan, 4]), grid=GRID)
    np.testing.assert_allclose(found, [0, 0, 0, 5, 0, 0])


def test_points_on_the_grids_edge() -> None:
    edge = [shapely.Point(0, 200), shapely.Point(300, 0), shapely.Point(100, 100)]
    assert floor_area(houses(*edge, floors=[1, 1, 1]), grid=GRID).sum() == 2


def give_buildings(world: Any, shapes: list[Any], **columns: Any) -> None:
    table = gpd.GeoDataFrame(
        {"building_id": [f"B{i}" for i in range(len(shapes))], **columns}, geometry=shapes, crs=CRS
    )
    world.vector("buildings.gpkg", table)
    world.layers["buildings"] = {"path": '"buildings.gpkg"'}


def house(x: float, y: float, side: float = 20) -> Any:
    return shapely.box(WEST + x, SOUTH + y, WEST + x + side, SOUTH + y + side)


def test_a_world_of_buildings(world: Any) -> None:
    del world.layers["population"]
    shapes = [house(100, 100), house(700, 100), house(7000, 100), house(200, 7000), house(90_000, 100)]
    give_buildings(world, shapes, floors=[3, np.nan, 1, 1, 1], residential=[True, None, True, False, True])
    layers = world.read()
    assert layers.people.placed_by == ("buildings", "buildings", "land")
    by_cell = layers.people.by_zone.toarray()
    np.testing.assert_allclose(np.sort(by_cell[0])[-2:], [1500, 4500], rtol=1e-6)
    np.testing.assert_allclose(layers.people.totals, [6000, 3000, 1000], atol=1e-6)
    said = {(r.row, r.what, r.how_much) for r in layers.repairs if r.layer in {"buildings", "population"}}
    assert said == {
        ("*", "not used: outside the province", "1 records"),
        ("*", "not used: nobody lives in the building", "1 records"),
        ("*", "assumed: one floor", "1 records"),
        ("25003", "spread evenly: the building layer shows nobody in a commune with a census total", ""),
    }
    assert next((s.rows, s.used) for s in layers.summaries if s.layer == "buildings") == (5, 3)


def test_buildings_as_points_step_in_where_the_raster_is_empty(world: Any) -> None:
    raster = np.ones((20, 24), "float32")
    raster[8:, :12] = 0
    world.raster("population.tif", raster)
    give_buildings(world, [shapely.Point(WEST + 100, SOUTH + 100), shapely.Point(WEST + 110, SOUTH + 700)])
    world.communes(
        geometry=[
            shapely.box(WEST, SOUTH, WEST + 6000, SOUTH + 6000),
            shapely.box(WEST + 6000, SOUTH, WEST + 12_000, SOUTH + 6000),
            shapely.box(WEST, SOUTH + 6000, WEST + 12_000, SOUTH + 10_000),
        ]
    )
    layers = world.read()
    assert layers.people.placed_by == ("buildings", "raster", "raster")
    np.testing.assert_allclose(np.sort(layers.people.by_zone.toarray()[0])[-2:], [3000, 3000])
    what = "spread over buildings: the raster shows nobody in a commune with a census total"
    assert ("25001", what) in {(r.row, r.what) for r in layers.repairs}


def test_buildings_of_another_province_or_kind(world: Any) -> None:
    give_buildings(world, [shapely.box(0, 1_000_000, 10, 1_000_010)])
    assert any("km or more outside the province" in f.rule for f in world.faults() if f.layer == "buildings")
    give_buildings(world, [shapely.LineString([(WEST, SOUTH), (WEST + 10, SOUTH)])])
    assert any("where polygons belong" in f.rule for f in world.faults() if f.layer == "buildings")


# --- what is said of the raster ------------------------------------------------------------------------------


def five(world: Any, population: list[float]) -> None:
    """Cut the world into five communes of equal strips."""
    shapes = [shapely.box(WEST + 2400 * i, SOUTH, WEST + 2400 * (i + 1), SOUTH + 10_000) for i in range(5)]
    table = gpd.GeoDataFrame(
        {"code": [f"2500{i}" for i in range(5)], "name": [f"Xã {i}" for i in range(5)], "population": population},
        geometry=shapes,
        crs=CRS,
    )
    world.vector("communes.gpkg", table)
    world.raster("population.tif", np.full((20, 24), 10.0, "float32"))


def said(world: Any) -> list[tuple[str, str]]:
    faults = [f for f in world.read().faults if f.layer == "population" and f.column == "people"]
    return [(f.severity, f.rule) for f in faults if "times the census" in f.rule]


def test_a_raster_above_the_census_is_said(world: Any) -> None:
    five(world, [800.0] * 4 + [700.0])
    (found,) = said(world)
    assert found[0] == "info"
    assert found[1].startswith("the raster counts 1.23 times the census's people (by commune 1.2 to 1.37, median 1.2)")


def test_a_raster_made_of_this_census_is_not(world: Any) -> None:
    five(world, [960.0] * 5)
    assert said(world) == []


def test_a_commune_unlike_the_rest_is_named(world: Any) -> None:
    five(world, [960.0] * 4 + [240.0])
    info = said(world)[1]
    assert info == (
        "info",
        "in commune 25004 the raster counts 4 times the census, elsewhere mostly 1 times",
    )


def test_a_density_is_suspected(world: Any) -> None:
    five(world, [240.0] * 5)
    (found,) = said(world)
    assert found[0] == "warning"
    assert "4 times the census" in found[1]
    fault = next(f for f in world.faults("warning") if "times the census" in f.rule)
    assert "per cell and not per km²" in fault.remedy


def test_a_raster_that_sees_little_of_a_commune_is_said(world: Any) -> None:
    raster = np.ones((20, 24), "float32")
    raster[:, 3:12] = -99999
    world.raster("population.tif", raster, nodata=-99999)
    layers = world.read()
    (warning,) = [f for f in layers.faults if "all its people are placed there" in f.rule]
    assert (warning.severity, "commune 25001" in warning.rule) == ("warning", True)
    np.testing.assert_allclose(layers.people.totals, [6000, 3000, 1000], atol=1e-6)


@pytest.mark.parametrize("population", [0, 1_999_999])
def test_extreme_totals(world: Any, population: int) -> None:
    world.communes(population=[population, 3000, 1000])
    people = world.read().people
    assert abs(people.totals[0] - population) < 1e-6
    assert not people.unknown
