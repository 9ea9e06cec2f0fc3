"""The demo's parts: draws, shares, polygons, roads. Exact where exactness is promised."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely
from shapely import Polygon

from phusong.gis.demo import calibration, communes, covering, draws, people, places, relief, roads

SEED = 2026
GOLDEN_HASHES = [6643115776871897365, 13103229747323468590, 17339672937717625290]
GOLDEN_INTEGERS = [-2, -2, 0, 1, 0, -1, 0, 0]


@pytest.fixture(scope="module")
def units() -> communes.Communes:
    return communes.read()


def test_a_draw_depends_on_seed_stream_and_index_only() -> None:
    alone = draws.hashed(SEED, "mast", 7)
    among = draws.hashed(SEED, "mast", np.arange(10))
    assert alone[0] == among[7]
    assert len({int(h) for h in [alone[0], *draws.hashed(SEED, "road", 7), *draws.hashed(1, "mast", 7)]}) == 3


def test_draws_are_these_very_numbers() -> None:
    # Written down once: another processor, numpy or Python must give the same.
    assert draws.hashed(SEED, "golden", [-1, 0, 1]).tolist() == GOLDEN_HASHES
    assert draws.integers(SEED, "golden", np.arange(8), low=-2, high=2).tolist() == GOLDEN_INTEGERS


def test_uniform_fills_the_unit_interval_evenly() -> None:
    values = draws.uniform(SEED, "even", np.arange(200)[:, None], np.arange(100)[None, :])
    assert values.shape == (200, 100)
    counts = np.histogram(values, bins=10, range=(0.0, 1.0))[0]
    assert counts.sum() == values.size
    assert np.all(np.abs(counts - 2000) < 200)  # five sigma is 212


def test_integers_reach_both_ends() -> None:
    assert set(draws.integers(SEED, "ends", np.arange(200), low=3, high=5).tolist()) == {3, 4, 5}


def test_value_noise_meets_its_lattice_and_stays_smooth() -> None:
    x_m = np.linspace(-3000.0, 3000.0, 6001)
    noise = draws.value_noise(x_m, 0.0, wavelength_m=1000.0, seed=SEED, stream="n")
    lattice = 2.0 * draws.uniform(SEED, "n", 0, np.arange(-3, 4)) - 1.0
    np.testing.assert_allclose(noise[::1000], lattice, atol=1e-12)
    # A smoothstep between two values at most 2 apart climbs at most 1.5 x 2 over a wavelength.
    assert np.abs(np.diff(noise)).max() <= 3.0 / 1000.0 + 1e-12


@pytest.mark.parametrize(
    ("weight", "total", "expected"),
    [
        ([1, 1, 1, 0], 4, [2, 1, 1, 0]),
        ([3, 1], 8, [6, 2]),
        ([0, 5], 7, [0, 7]),
        ([45, 27, 20, 8], 1082, [487, 292, 216, 87]),
    ],
)
def test_share_out_is_exact(weight: list[int], total: int, expected: list[int]) -> None:
    assert people.share_out(np.array(weight), total).tolist() == expected


def test_people_near_counts_the_square() -> None:
    counts = draws.integers(SEED, "near", np.arange(40)[:, None], np.arange(50), low=0, high=5000)
    padded = np.pad(counts, covering.NEAR_CELLS)
    plain = [[padded[r : r + 31, c : c + 31].sum() // 1024 for c in range(50)] for r in range(40)]
    np.testing.assert_array_equal(covering.people_near(counts), plain)


def test_greedy_goes_where_most_people_wait() -> None:
    counts = np.zeros((120, 120), dtype=np.int64)
    counts[20, 20], counts[60, 60], counts[100, 100] = 900 * 1024, 500 * 1024, 300 * 1024
    counts[20, 25] = 1024  # near the first: served with it
    rows, cols = covering.greedy(counts, counts > 0, served=(np.array([60]), np.array([70])), number=9, seed=SEED)
    # The second town has a mast near already, so only two places are left to choose.
    assert list(zip(rows.tolist(), cols.tolist(), strict=True)) in (
        [(20, 20), (100, 100)],
        [(20, 25), (100, 100)],
    )


def test_metres_agree_with_the_published_check_value() -> None:
    x_m, y_m = places.to_metres(106.883, 11.535)  # checked with pyproj elsewhere: 568850.121, 1275706.945
    assert (int(x_m), int(y_m)) == (568_850, 1_275_707)
    lon, lat = places.to_degrees(568_850, 1_275_707)
    assert (float(lon), float(lat)) == pytest.approx((106.883, 11.535), abs=2e-6)


def test_a_frame_is_whole_hundreds_and_finds_its_cells() -> None:
    frame = places.Frame.around((1010.0, 2010.0, 1390.0, 2290.0), margin_m=100)
    assert (frame.x_min_m, frame.y_max_m, frame.shape) == (900, 2400, (5, 6))
    rows, cols = frame.row_col(np.broadcast_to(frame.x_m, frame.shape), np.broadcast_to(frame.y_m, frame.shape))
    np.testing.assert_array_equal(rows, np.indices(frame.shape)[0])
    np.testing.assert_array_equal(cols, np.indices(frame.shape)[1])


def test_inside_keeps_the_margin() -> None:
    square = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)])
    assert places.inside(square, [50, 5, 10, 150], [50, 50, 50, 50], margin_m=10.0).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_the_facts(units: communes.Communes) -> None:
    assert len(units) == 40
    assert int(units.people.sum()) == 994_679
    assert units.area_km2.sum() == pytest.approx(6_873.86, abs=0.005)  # the province's published 6,873.56
    assert set(units.kind) == {"xã", "phường"}
    assert list(units.code) == sorted(units.code)
    assert all(len(code) == 5 and code.isdigit() for code in units.code)


def test_communes_cover_the_outline_without_gap_or_overlap(units: communes.Communes) -> None:
    outline = Polygon(np.column_stack(places.to_metres(*zip(*communes._OUTLINE, strict=True))))
    assert shapely.coverage_is_valid(units.polygons)
    assert units.outline.geom_type == "Polygon"
    assert not list(units.outline.interiors)
    # Nodes on whole metres may move the border by less than a metre of its 450 km.
    assert units.outline.symmetric_difference(outline).area < 0.3e6
    assert shapely.area(units.polygons).sum() == pytest.approx(units.outline.area, rel=1e-12)
    coordinates = shapely.get_coordinates(units.polygons)
    np.testing.assert_array_equal(coordinates, np.rint(coordinates))


def test_each_commune_holds_its_own_centre(units: communes.Communes) -> None:
    assert np.all(shapely.contains_xy(units.polygons, units.x_m, units.y_m))
    np.testing.assert_array_equal(units.nearest(units.x_m, units.y_m), np.arange(40))


def test_the_small_province_is_one_piece_with_a_ward_and_a_remote_commune(units: communes.Communes) -> None:
    small = units.select(communes.SMALL)
    assert small.code == communes.SMALL
    assert small.outline.geom_type == "Polygon"
    assert small.is_ward.any()
    assert "Bù Gia Mập" in small.name


def test_ba_ra_stands_at_its_place_and_height(units: communes.Communes) -> None:
    frame = places.Frame.around(units.outline.bounds, margin_m=0)
    ground = relief.elevation(frame, seed=SEED)
    rows, cols = frame.row_col(*places.to_metres(*relief.BA_RA_LONLAT))
    assert 715 <= ground[rows, cols] <= 723
    rows, cols = frame.row_col(units.x_m, units.y_m)
    town = ground[rows, cols][units.code.index("25432")]
    assert 30 <= town <= 90  # Chơn Thành lies in the plain


def test_roads_are_one_net_of_short_steps(units: communes.Communes) -> None:
    main = roads.main_roads(units, seed=SEED)
    net = nx.Graph()
    for road in main:
        nx.add_path(net, zip(road.x_m.tolist(), road.y_m.tolist(), strict=True))
        assert np.sqrt(np.diff(road.x_m) ** 2.0 + np.diff(road.y_m) ** 2.0).max() <= 500.0
    assert nx.is_connected(net)
    assert set(zip(units.x_m.tolist(), units.y_m.tolist(), strict=True)) <= set(net)
    assert {road.rank for road in main} == {"national", "provincial", "district"}
    outline = units.outline
    assert all(outline.covers(road.line) for road in main)


@pytest.mark.parametrize(("size", "share", "masts", "bts"), [("province", 1.0, 900, 1082), ("stress", 1.0, 3049, 3666)])
def test_targets(size: calibration.Size, share: float, masts: int, bts: int) -> None:
    wanted = calibration.targets(size, people_share=share)
    assert (wanted.masts, wanted.bts_4g) == (masts, bts)
