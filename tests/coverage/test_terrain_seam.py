"""Where terrain models slot in: profiles, the ground around the province, and where prediction ends."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phusong.coverage import Radio, predict
from phusong.coverage.propagation import Paths, Range, get_model, quiet_ranges, repeat_range_warnings
from phusong.coverage.propagation._model import FloatArray, check_ranges
from phusong.errors import ModelRangeWarning
from phusong.gis.grid import Grid
from phusong.gis.terrain import Terrain

_RADIO = runpy.run_path(str(Path(__file__).with_name("test_radio.py")))
GRID: Grid = _RADIO["GRID"]
MIDDLE: tuple[float, float] = _RADIO["MIDDLE"]
cell_of: Any = _RADIO["cell_of"]
levels: Any = _RADIO["levels"]
radio_over: Any = _RADIO["radio_over"]
site_at: Any = _RADIO["site_at"]
build_world: Any = runpy.run_path(str(Path(__file__).with_name("test_predict.py")))["build_world"]


class Wall:
    """Free space, and 40 dB more where the ground between the ends is higher than 100 m."""

    name = "wall"
    title = source = "a test"
    uses_terrain = True

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return none."""
        del f_mhz
        return ()

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the loss, asking for the profile of each path where there is one."""
        loss = get_model("free-space").loss_db(paths, f_mhz=f_mhz)
        if paths.profile is None:
            return loss
        walls = np.zeros(loss.size)
        for number in range(loss.size):
            distance, ground = paths.profile(number)
            assert distance[0] == 0.0
            assert distance[-1] == pytest.approx(paths.distance_m[number], abs=20.0)
            assert len(distance) == len(ground)
            walls[number] = 40.0 * bool((ground > 100.0).any())
        return loss + walls.astype(loss.dtype)


def test_a_terrain_model_sees_the_ground_between() -> None:
    elevation = np.zeros(GRID.shape)
    elevation[:, 25] = 150.0  # a ridge east of the mast in column 20
    radio = radio_over(elevation_m=elevation, model=Wall(), max_radius_m=1_500.0)
    omni = cell_of(azimuth_deg=None, tilt_deg=0.0)
    level = levels(radio, site_at(MIDDLE, omni))
    east, west = 20 * GRID.cols + 30, 20 * GRID.cols + 10
    assert level[west] - level[east] == pytest.approx(40.0, abs=0.01)
    flat = levels(radio_over(model=Wall(), max_radius_m=1_500.0), site_at(MIDDLE, omni))
    assert flat[west] == pytest.approx(flat[east])


def test_numbers_of_profiles_follow_the_paths() -> None:
    paths = Paths(
        np.array([100.0, 200.0, 300.0]),
        np.zeros(3, np.int8),
        30.0,
        profile=lambda number: (np.array([0.0, 100.0 * (number + 1)]), np.zeros(2)),
    )
    chosen = paths.at(np.array([2, 0]))
    assert chosen.profile is not None
    distances = [distance for distance, _ in (chosen.profile(0), chosen.profile(1))]
    assert [distance[-1] for distance in distances] == [300.0, 100.0]


def test_a_mast_at_the_border_sees_the_ground_outside() -> None:
    wide = GRID.padded(15_000.0)
    ground = np.where(wide.x_m[None, :] > GRID.bounds[2], 80.0, 0.0) * np.ones((wide.rows, 1))
    inner = Terrain(wide, ground).on(GRID)
    assert not inner.any()
    alone = radio_over(elevation_m=inner)
    aware: Radio = radio_over(elevation_m=inner, terrain=Terrain(wide, ground))
    site = site_at(MIDDLE)
    assert alone._ground_above_ring_m(site) == 0.0
    assert -50.0 < aware._ground_above_ring_m(site) < -20.0


def test_terrain_of_another_lattice_is_refused() -> None:
    other = Grid(GRID.crs, GRID.west_m, GRID.north_m, 50.0, 10, 10)
    with pytest.raises(ValueError, match="cells of 50"):
        Terrain(other, np.zeros(other.shape)).on(GRID)


def test_cells_cut_off_by_the_radius_are_counted() -> None:
    weak = {"site_id": "a", "operator": "A", "technology": "4G", "eirp_dbm": 10.0}
    cells = [{"site_id": "a", "operator": "A", "technology": "2G"}, weak]
    layers = build_world(masts={"a": (500.0, 500.0)}, cells=cells, size=(10, 10))
    today = predict(layers, radio=Radio.over(layers, max_radius_m=4_000.0))
    (cut,) = [repair for repair in today.assumptions if "not predicted beyond 4 km" in repair.what]
    assert cut.how_much == "1 cells"
    whole = predict(layers, radio=Radio.over(layers, max_radius_m=60_000.0))
    assert not [repair for repair in whole.assumptions if "not predicted beyond" in repair.what]


@pytest.mark.parametrize(("resolution_m", "said"), [(461.2, True), (30.9, False), (np.nan, False)])
def test_ground_too_coarse_for_the_model_asked_for_is_in_the_report(resolution_m: float, said: bool) -> None:  # noqa: FBT001
    cells = [{"site_id": "a", "operator": "A", "technology": "4G"}]
    layers = build_world(masts={"a": (500.0, 500.0)}, cells=cells, size=(10, 10), elevation_m=np.zeros((10, 10)))
    assert layers.terrain is not None
    layers = replace(layers, terrain=replace(layers.terrain, source_resolution_m=resolution_m))
    for model, expected in ((Wall(), said), (get_model("hata"), False)):
        today = predict(layers, radio=replace(Radio.over(layers, max_radius_m=1_500.0), model=model))
        found = [r for r in today.assumptions if r.what.startswith("model reads finer ground than there is: wall: ")]
        assert bool(found) is expected
        assert all("one value every 461 m" in repair.what for repair in found)


def test_a_search_for_the_range_warns_nobody() -> None:
    model = get_model("okumura-hata")
    near = Paths(np.array([500.0]), np.ones(1, np.int8), 40.0)
    repeat_range_warnings()
    with quiet_ranges():
        check_ranges(model, near, f_mhz=900.0)
    # What was kept quiet is still said when a real path earns it.
    with pytest.warns(ModelRangeWarning, match="distance 500 m"):
        check_ranges(model, near, f_mhz=900.0)
