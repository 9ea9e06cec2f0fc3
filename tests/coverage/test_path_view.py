"""One path looked at: the geometry that is drawn is the one the loss was computed from."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.bands import band
from phusong.coverage.cells import Cell
from phusong.coverage.path_view import assumed, level_dbm, look, profile_between
from phusong.coverage.propagation.p526 import knife_edge_db
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.coverage.radiozones import RadioZones, radio_zones
from phusong.errors import ModelError
from phusong.gis.grid import Grid
from phusong.gis.terrain import Terrain
from phusong.gis.terrain.clutter import Clutter

CLIMATE = Climate(52.3, 380.0, 11.0, "a test")
GRID = Grid("EPSG:9212", 500_000.0, 1_200_000.0, 100.0, 50, 100)


def path(distance_m: np.ndarray, ground_m: np.ndarray, clutter_m: np.ndarray | float = 0.0) -> PathProfile:
    zone = np.full(distance_m.size, 4, np.int8)
    return PathProfile(distance_m, ground_m, np.broadcast_to(clutter_m, distance_m.shape).copy(), zone)


def terrain(elevation: float | np.ndarray = 100.0, **more: object) -> Terrain:
    return replace(Terrain(GRID, np.broadcast_to(elevation, GRID.shape).astype(float).copy()), **more)  # type: ignore[arg-type]


def clutter(height_m: float) -> Clutter:
    shape = GRID.shape
    heights, shares = np.full(shape, height_m), np.zeros(shape, np.float32)
    return Clutter(GRID, np.full(shape, 10, np.int16), heights, shares, (), 10.0, (0, 0, 0, 0), GRID.crs, "")


@given(
    seed=st.integers(0, 2**32 - 1), f_mhz=st.floats(150.0, 6000.0), tx=st.floats(1.0, 200.0), rough=st.floats(0.0, 9.0)
)
@settings(deadline=None, max_examples=60)
def test_the_edge_that_is_drawn_gives_the_diffraction_loss_that_is_printed(
    seed: int, f_mhz: float, tx: float, rough: float
) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 200))
    distance = np.concatenate([[0.0], np.cumsum(rng.uniform(20.0, 90.0, count - 1))])
    profile = path(distance, np.cumsum(rng.normal(0.0, rough, count)), rng.choice([0.0, 10.0, 15.0], count))
    view = look(profile, f_mhz=f_mhz, tx_height_m=tx, rx_height_m=1.5, climate=CLIMATE)
    edge = view.edge
    one = knife_edge_db(edge.nu)
    whole = one + (1.0 - math.exp(-one / 6.0)) * (10.0 + 0.02 * profile.length_m / 1000.0)  # P.1812 (21)
    assert whole == pytest.approx(view.result.intermediates["Lbulla50"], abs=1e-6)
    assert view.is_clear == (view.clearance_share >= 0.0)
    # Nothing stands above the rays to the edge.
    inner = distance[1:-1]
    top = (profile.obstacles_m + view.bulge_m)[1:-1]
    if not view.is_clear:
        rays = np.interp(inner, [0.0, edge.distance_m, distance[-1]], [view.ends_m[0], edge.height_m, view.ends_m[1]])
        assert np.all(top <= rays + 1e-6)


def test_one_ridge_by_hand() -> None:
    distance = np.linspace(0.0, 10_000.0, 11)
    ground = np.zeros(11)
    ground[4] = 200.0
    view = look(path(distance, ground), f_mhz=900.0, tx_height_m=30.0, rx_height_m=10.0, climate=CLIMATE)
    assert view.earth_radius_km == pytest.approx(6371.0 * 157.0 / 104.7)
    bulge = 4000.0 * 6000.0 / (2.0 * 6371e3 * 157.0 / 104.7)
    assert view.bulge_m[4] == pytest.approx(bulge)
    assert view.bulge_m[[0, -1]].tolist() == [0.0, 0.0]
    assert view.ends_m == (30.0, 10.0)
    assert view.step_m == 1000.0
    assert view.ray_m[4] == pytest.approx(22.0)
    assert view.fresnel_m(distance)[4] == pytest.approx(math.sqrt(0.2998 / 0.9 * 4000.0 * 6000.0 / 10_000.0))
    above = 200.0 + bulge - 22.0
    assert view.edge == pytest.approx((4000.0, 200.0 + bulge, above * math.sqrt(2.0) / view.fresnel_m(distance)[4]))
    assert view.clearance_share == pytest.approx(-above / view.fresnel_m(distance)[4])
    assert not view.is_clear
    assert view.horizons_m == pytest.approx((4000.0, 4000.0))


def test_line_of_sight_has_no_horizons() -> None:
    distance = np.linspace(0.0, 3_000.0, 31)
    view = look(path(distance, np.zeros(31)), f_mhz=1800.0, tx_height_m=60.0, rx_height_m=30.0, climate=CLIMATE)
    assert view.is_clear
    assert view.horizons_m is None
    assert view.edge.nu < -1.0
    assert view.result.intermediates["Lbulla50"] == 0.0


def test_a_path_of_no_length_is_none() -> None:
    with pytest.raises(ModelError, match="the two ends are one place"):
        look(path(np.zeros(1), np.zeros(1)), f_mhz=900.0, tx_height_m=30.0, rx_height_m=1.5, climate=CLIMATE)


def test_two_samples_get_a_middle_and_unknown_ground_an_unknown_loss() -> None:
    short = path(np.array([0.0, 300.0]), np.array([10.0, 20.0]))
    view = look(short, f_mhz=900.0, tx_height_m=30.0, rx_height_m=1.5, climate=CLIMATE)
    assert view.profile.distance_m.tolist() == [0.0, 150.0, 300.0]
    assert view.result.loss_db > 80.0
    hole = path(np.linspace(0.0, 900.0, 10), np.r_[np.zeros(5), np.nan, np.zeros(4)])
    assert math.isnan(look(hole, f_mhz=900.0, tx_height_m=30.0, rx_height_m=1.5, climate=CLIMATE).result.loss_db)


def test_profile_between_two_cells() -> None:
    ground = terrain(np.arange(100.0)[None, :])
    tx, rx = (500_050.0, 1_199_950.0), (500_950.0, 1_199_950.0)
    found = profile_between(tx, rx, terrain=ground, clutter=clutter(15.0))
    # Every 30 m, whatever the cell, as the area engine does; heights between cell centres are bilinear.
    assert found.distance_m == pytest.approx(30.0 * np.arange(31))
    assert found.ground_m == pytest.approx(0.3 * np.arange(31))
    assert found.clutter_m.tolist() == [15.0] * 31
    assert found.zone.tolist() == [4] * 31
    zone = np.full(GRID.shape, 3, np.int8)
    zone[:, 5:] = 1
    zoned = profile_between(tx, rx, terrain=ground, zones=RadioZones(GRID, zone, ()))
    assert zoned.zone.tolist() == [3] * 15 + [1] * 16
    assert zoned.clutter_m.tolist() == [0.0] * 31
    # Trees stand on a surface already.
    assert not profile_between(tx, rx, terrain=replace(ground, kind="surface"), clutter=clutter(15.0)).clutter_m.any()
    outside = profile_between(tx, (600_000.0, 1_199_950.0), terrain=ground)
    assert np.isnan(outside.ground_m[-1])
    assert profile_between(tx, tx, terrain=ground).distance_m.tolist() == [0.0]
    assert profile_between(tx, (tx[0] + 30.0, tx[1]), terrain=ground).distance_m.tolist() == [0.0, 30.0]


def test_what_was_taken_for_granted() -> None:
    zones = radio_zones(GRID)
    plain = assumed(terrain=terrain(kind="ground"), clutter=clutter(0.0), zones=None)
    assert plain == []
    said = [each.what for each in assumed(terrain=terrain(source_resolution_m=460.0), clutter=None, zones=zones)]
    assert said[0].endswith("nobody said where the sea is")
    assert said[1].startswith("model reads finer ground than there is: p1812: the elevation has one value every 460 m")
    assert said[2] == "assumed: bare ground, no trees and no houses: there is no land cover"
    surface = assumed(terrain=terrain(kind="surface"), clutter=clutter(9.0), zones=None)
    assert "surface model" in surface[0].what


def test_level_is_eirp_and_gain_less_loss() -> None:
    cell = Cell("c", "o", "4G", band("LTE1800"), 30.0, 90.0, 0.0, 32.0)
    distance = np.linspace(0.0, 3000.0, 31)
    view = look(path(distance, np.zeros(31)), f_mhz=1800.0, tx_height_m=30.0, rx_height_m=30.0, climate=CLIMATE)
    level, gain = level_dbm(cell, view=view, azimuth_deg=90.0)
    assert gain == 0.0
    assert level == pytest.approx(32.0 - view.result.loss_db)
    turned, weaker = level_dbm(cell, view=view, azimuth_deg=125.0)  # half of 3GPP's 70 degrees
    assert weaker == pytest.approx(-3.0)
    assert turned == pytest.approx(level - 3.0)
