"""Zones by hand-computed area shares; people true to the census in every commune."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis import Grid
from phusong.gis.people import spread
from phusong.gis.zones import Zones, zones_of

GRID = Grid("EPSG:9212", west_m=0.0, north_m=200.0, cell_m=100.0, rows=2, cols=3)


def zones(*shapes: shapely.Geometry, grid: Grid = GRID) -> Zones:
    codes = [f"z{i}" for i in range(len(shapes))]
    return zones_of(gpd.GeoDataFrame(index=codes, geometry=list(shapes), crs=grid.crs), grid=grid)


def test_shares_by_hand() -> None:
    triangle = shapely.Polygon([(200, 0), (300, 0), (300, 100)])
    found = zones(shapely.box(50, 50, 200, 200), triangle, shapely.box(0, 0, 300, 200))
    assert found.codes == ("z0", "z1", "z2")
    np.testing.assert_allclose(
        found.shares.toarray(),
        np.array([[0.5, 1, 0, 0.25, 0.5, 0], [0, 0, 0, 0, 0, 0.5], [1, 1, 1, 1, 1, 1]]),
        rtol=1e-6,
    )


def test_sums_inside_and_mostly_inside() -> None:
    found = zones(shapely.box(50, 50, 200, 200))
    np.testing.assert_allclose(found.sums(np.array([8.0, 1, 9, 4, 2, 9])), [0.5 * 8 + 1 + 0.25 * 4 + 0.5 * 2])
    np.testing.assert_array_equal(found.inside, [True, True, False, True, True, False])
    np.testing.assert_array_equal(found.mostly_inside, [True, True, False, False, True, False])


def test_a_zone_of_several_parts_and_a_hole() -> None:
    hole = [(25, 25), (75, 25), (75, 75), (25, 75)]
    ring = shapely.Polygon([(0, 0), (100, 0), (100, 100), (0, 100)], [hole])
    found = zones(shapely.MultiPolygon([ring, shapely.box(200, 100, 300, 200)]))
    np.testing.assert_allclose(found.shares.toarray(), [[0, 0, 1, 0.75, 0, 0]])


def test_shares_add_up_to_the_area() -> None:
    rng = np.random.default_rng(1)
    grid = Grid("EPSG:9212", 0.0, 5000.0, 100.0, 50, 50)
    shape = shapely.convex_hull(shapely.MultiPoint(rng.uniform(0, 5000, (30, 2))))
    assert zones(shape, grid=grid).sums(np.full(2500, 100.0**2))[0] == pytest.approx(shape.area, rel=1e-6)


def test_census_is_met_in_every_commune_border_cells_included() -> None:
    two = zones(shapely.box(0, 0, 150, 200), shapely.box(150, 0, 300, 200))
    people, even = spread(two, census=np.array([1000.0, 7.0]), raster=np.array([10.0, 20, 0, 5, 1, 40]))
    assert even == []
    np.testing.assert_allclose(people.totals, [1000, 7], atol=1e-6)
    assert people.residents.sum() == pytest.approx(1007, abs=1e-6)
    # Cell 1 is half theirs and half ours: weights 10, 10, 5, 0.5 of 25.5 in the west.
    np.testing.assert_allclose(people.by_zone.toarray()[0], 1000 / 25.5 * np.array([10, 10, 0, 5, 0.5, 0]))
    assert people.census_true == (True, True)
    assert "dasymetric" in people.method


def test_a_commune_whose_raster_shows_nobody_is_spread_evenly_and_named() -> None:
    two = zones(shapely.box(0, 0, 100, 200), shapely.box(100, 0, 300, 200))
    raster = np.array([0.0, 5, 5, np.nan, 5, 5])
    people, even = spread(two, census=np.array([60.0, 40.0]), raster=raster)
    assert even == ["z0"]
    np.testing.assert_allclose(people.by_zone.toarray(), [[30, 0, 0, 30, 0, 0], [0, 10, 10, 0, 10, 10]])


def test_noise_in_the_raster_is_nobody() -> None:
    people, even = spread(zones(shapely.box(0, 0, 300, 200)), census=np.array([60.0]), raster=np.full(6, 1e-310))
    assert even == ["z0"]
    np.testing.assert_allclose(people.by_zone.toarray(), [[10] * 6])


def test_without_a_raster_people_are_spread_over_land() -> None:
    people, even = spread(zones(shapely.box(0, 0, 150, 200)), census=np.array([90.0]), raster=None)
    assert even == []
    np.testing.assert_allclose(people.residents, [30, 15, 0, 30, 15, 0])
    assert "no population raster" in people.method


def test_unknown_census_keeps_the_raster() -> None:
    two = zones(shapely.box(0, 0, 100, 200), shapely.box(100, 0, 300, 200))
    people, even = spread(two, census=np.array([np.nan, 40.0]), raster=np.array([1.0, 5, 5, 2, 5, 5]))
    assert even == []
    np.testing.assert_allclose(people.totals, [3, 40])
    assert people.census_true == (False, True)
    assert people.method.endswith("1 communes without a census total keep the raster's own count")


def test_unknown_census_and_no_raster_places_nobody_and_says_so() -> None:
    two = zones(shapely.box(0, 0, 100, 200), shapely.box(100, 0, 300, 200))
    people, _ = spread(two, census=np.array([np.nan, 40.0]), raster=None)
    np.testing.assert_allclose(people.totals, [np.nan, 40])  # nobody knows is not nobody
    assert people.method.endswith("1 communes without a census total have nobody placed: their people are unknown")


def test_a_census_of_nobody_is_nobody() -> None:
    people, even = spread(zones(shapely.box(0, 0, 300, 200)), census=np.array([0.0]), raster=np.ones(6))
    assert (people.totals[0], people.by_zone.nnz, even) == (0.0, 0, [])


@settings(deadline=None, max_examples=50)
@given(
    cut=st.floats(1, 299),
    census=st.lists(st.integers(0, 10**6), min_size=2, max_size=2),
    raster=st.lists(st.one_of(st.just(np.nan), st.just(0.0), st.floats(0, 1e6)), min_size=6, max_size=6),
)
def test_census_true_whatever_the_raster(cut: float, census: list[int], raster: list[float]) -> None:
    two = zones(shapely.box(0, 0, cut, 200), shapely.box(cut, 0, 300, 200))
    people, _ = spread(two, census=np.array(census, float), raster=np.array(raster))
    np.testing.assert_allclose(people.totals, census, atol=1e-6)
    assert (people.by_zone.data >= 0).all()
