"""Running maxima: kernels against plain loops, maps against brute force, and what must not matter."""

from __future__ import annotations

import math
import runpy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage import Radio
from phusong.coverage._kernels.strongest import NONE, UNKNOWN, directions, levels_above, raise_maxima
from phusong.coverage.antennas import Antenna, Cuts, Omni, Sector, mounted, named, tabulate
from phusong.coverage.cells import Site
from phusong.coverage.footprint_store import FootprintCache
from phusong.coverage.footprints import footprint_of
from phusong.coverage.path_settings import PathSettings
from phusong.coverage.propagation import Environment, get_model
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.relief import Relief
from phusong.coverage.strongest import Maps, by_band, strongest
from phusong.errors import ModelError
from phusong.gis.grid import Grid
from phusong.gis.terrain import Terrain

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")
_FEW = runpy.run_path(str(Path(__file__).with_name("test_radio.py")))
cell_of = _FEW["cell_of"]

GRID = Grid("EPSG:9212", 550_000.0, 1_290_000.0, 50.0, 60, 50)
WIDE = GRID.padded(2_000.0)


def hills(grid: Grid, seed: int = 1) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    x, y = grid.x_m[None, :] / 900.0, grid.y_m[:, None] / 700.0
    return 120.0 + 60.0 * np.sin(x + 2.0) * np.cos(y) + rng.uniform(0.0, 8.0, grid.shape)


def swept_radio(elevation_m: NDArray[np.float64] | None = None, **fields: Any) -> Radio:
    terrain = Terrain(WIDE, hills(WIDE) if elevation_m is None else elevation_m)
    return Radio(
        **{
            "grid": GRID,
            "environment": np.full(GRID.size, Environment.SUBURBAN, np.int8),
            "elevation_m": terrain.on(GRID).ravel(),
            "model": P1812(),
            "terrain": terrain,
            "relief": Relief.of(terrain),
            "max_radius_m": 1_600.0,
            **fields,
        }
    )


def few_masts() -> list[Site]:
    """Return five masts of two operators; two of them share one, and one mast has its cells out of order."""
    cells: list[list[tuple[Any, ...]]] = [
        [("b", "A", "LTE1800", 40.0, 350.0, 30.0), ("a", "A", "LTE1800", 40.0, 120.0, 30.0)],
        [("c", "A", "LTE900", 30.0, None, 25.0), ("d", "B", "LTE1800", 45.0, 90.0, 32.0)],
        [("e", "B", "GSM900", 25.0, 10.0, 40.0)],
        [("f", "A", "LTE1800", 35.0, 270.0, 30.0), ("g", "A", "NR2600", 35.0, 270.0, 40.0)],
        [("h", "A", "LTE900", 20.0, 200.0, 20.0)],
    ]
    places = [(550_700.0, 1_288_500.0), (551_500.0, 1_288_000.0), (552_010.0, 1_289_010.0)]
    places += [(551_030.0, 1_287_220.0), (549_200.0, 1_289_400.0)]
    return [
        Site(
            f"s{n}",
            *place,
            tuple(
                cell_of(cell_id=name, operator=who, band=on, height_m=height, azimuth_deg=azimuth, eirp_dbm=eirp)
                for name, who, on, height, azimuth, eirp in own
            ),
        )
        for n, (place, own) in enumerate(zip(places, cells, strict=True))
    ]


# The kernels.


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_directions_are_those_of_the_arc_tangent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    east, north = rng.uniform(-9e3, 9e3, 7), rng.uniform(-9e3, 9e3, 5)
    east[0] = north[0] = 0.0
    rise = rng.uniform(-300.0, 300.0, (5, 7)).astype(np.float32)
    azimuth, elevation = np.empty((2, 5, 7), np.float32)
    directions(east, north, rise, azimuth, elevation)
    for r in range(5):
        for c in range(7):
            turn = math.degrees(math.atan2(east[c], north[r])) % 360.0
            assert abs((float(azimuth[r, c]) - turn + 180.0) % 360.0 - 180.0) < 1e-4
            assert 0.0 <= azimuth[r, c] <= 360.0
            up = math.degrees(math.atan2(float(rise[r, c]), max(math.hypot(east[c], north[r]), 1.0)))
            assert float(elevation[r, c]) == pytest.approx(up, abs=1e-4)


ANTENNAS: dict[str, Antenna] = {
    "sector": Sector().tilted(4.0),
    "omni": Omni(elevation_beamwidth_deg=10.0),
    "mechanical": mounted(Sector().tilted(2.0), 5.0),
    "panel": named("ssb-n41").tilted(6.0),
    "panel mechanical": mounted(named("ssb-n41").tilted(3.0), -2.0),
}


def test_catalogue_names_used_here_exist() -> None:
    assert all(antenna.gain_db(0.0, 0.0) <= 0.0 for antenna in ANTENNAS.values())


@pytest.mark.parametrize("kind", ANTENNAS)
@pytest.mark.parametrize("boresight_deg", [0.0, 350.0, -10.0, 725.0])
@pytest.mark.parametrize("floor_dbm", [-math.inf, -95.0])
def test_levels_are_eirp_plus_gain_minus_loss(kind: str, boresight_deg: float, floor_dbm: float) -> None:
    rng = np.random.default_rng(3)
    east, north = np.arange(-20.0, 21.0) * 97.0, np.arange(15.0, -16.0, -1.0) * 103.0
    shape = north.size, east.size
    rise = rng.uniform(-120.0, 60.0, shape).astype(np.float32)
    loss = rng.uniform(80.0, 150.0, shape).astype(np.float32)
    loss[rng.random(shape) < 0.1] = np.nan
    azimuth, elevation = np.empty((2, *shape), np.float32)
    directions(east, north, rise, azimuth, elevation)
    numbers, levels = np.empty(loss.size, np.int32), np.empty(loss.size, np.float32)
    antenna, radius, eirp, first, stride = ANTENNAS[kind], 1_700.0, 31.0, 5_000, 700
    found = levels_above(
        loss, east, north, rise, azimuth, elevation, radius, eirp, boresight_deg, floor_dbm, tabulate(antenna).arrays,
        first, stride, numbers, levels,
    )  # fmt: skip
    got = dict(zip(numbers[:found].tolist(), levels[:found].tolist(), strict=True))
    assert len(got) == found
    assert list(got) == sorted(got)
    for r in range(shape[0]):
        for c in range(shape[1]):
            number = first + r * stride + c
            far = math.hypot(east[c], north[r])
            if max(far, 1.0) > radius:
                assert number not in got
                continue
            off = math.degrees(math.atan2(east[c], north[r])) - boresight_deg
            up = math.degrees(math.atan2(float(rise[r, c]), far))
            level = eirp + float(antenna.gain_db(off, up)) - float(loss[r, c])
            if math.isnan(level):
                assert math.isnan(got[number])
            elif level >= floor_dbm + 0.05:
                # At the mast's own foot an antenna without tilt has no azimuth, and this panel one beam too many.
                assert far == 0.0 or got[number] == pytest.approx(level, abs=0.05)
            elif level < floor_dbm - 0.05:
                assert number not in got


@pytest.mark.parametrize("interpolation", ["weighted", "hybrid"])
def test_weighted_sums_of_cuts_are_those_of_the_table(interpolation: Any) -> None:
    angle = np.arange(360.0)
    off = (angle + 180.0) % 360.0 - 180.0
    turn, cut = tuple(angle.tolist()), tuple(np.minimum(12.0 * (off / 65.0) ** 2, 25.0).tolist())
    antenna = Cuts(turn, cut, turn, cut, interpolation=interpolation)
    east, north = np.linspace(-900.0, 900.0, 13), np.linspace(700.0, -700.0, 11)
    rise = np.full((11, 13), -40.0, np.float32)
    azimuth, elevation = np.empty((2, 11, 13), np.float32)
    directions(east, north, rise, azimuth, elevation)
    numbers, levels = np.empty(143, np.int32), np.empty(143, np.float32)
    table = tabulate(antenna)
    found = levels_above(
        np.zeros((11, 13), np.float32), east, north, rise, azimuth, elevation, 1e5, 0.0, 30.0, -math.inf, table.arrays,
        0, 13, numbers, levels,
    )  # fmt: skip
    assert found == 143
    expected = table.gain_db((azimuth - 30.0).astype(np.float32), elevation).ravel()
    np.testing.assert_allclose(levels, expected, atol=2e-3)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(0, 8))
@settings(max_examples=40, deadline=None)
def test_running_maxima_are_those_of_a_sort(seed: int, ranks: int, offset: int) -> None:
    rng = np.random.default_rng(seed)
    places, masts, cells = 12, 6, 3
    best = np.full((ranks, places), NONE, np.int16)
    server, unknown = np.full(places, -1, np.int32), np.zeros(places, bool)
    scratch = np.full(places, NONE, np.int16), np.zeros(places, np.int32), np.zeros(places, np.int32)
    strongest_of: list[dict[int, tuple[int, int]]] = []
    not_known: set[int] = set()
    for mast in range(masts):
        parts = [np.sort(rng.choice(24, rng.integers(0, 20), replace=False)) for _ in range(cells)]
        levels = [rng.choice([UNKNOWN, -9_000, -8_500, -8_000], part.size).astype(np.int16) for part in parts]
        starts = np.cumsum([0, *(part.size for part in parts)])
        rows = np.array([0, 2])
        raise_maxima(
            np.concatenate(parts).astype(np.int32), np.concatenate(levels), starts, rows,
            (rows + 10 * mast).astype(np.int32), offset, best, server, unknown, *scratch,
        )  # fmt: skip
        own: dict[int, tuple[int, int]] = {}
        for row in rows.tolist():
            for number, level in zip(parts[row].tolist(), levels[row].tolist(), strict=True):
                place = number - offset
                if level == UNKNOWN and 0 <= place < places:
                    not_known.add(place)
                elif 0 <= place < places and level > own.get(place, (NONE, 0))[0]:
                    own[place] = level, row + 10 * mast
        strongest_of.append(own)
    for place in range(places):
        # Python's sort is stable: of equals the earlier mast stands first.
        ranked = sorted((own[place] for own in strongest_of if place in own), key=lambda each: -each[0])
        levels_of = [level for level, _ in ranked] + [NONE] * ranks
        assert best[:, place].tolist() == levels_of[:ranks]
        assert server[place] == (ranked[0][1] if ranked else -1)
        assert unknown[place] == (place in not_known)
    assert (scratch[0] == NONE).all()


# The maps.


def brute(radio: Radio, sites: Sequence[Site], operator: str, technology: str) -> tuple[Any, Any]:
    """Return levels by rank and the best server of every place, from whole signals."""
    masts: list[list[tuple[float, int]]] = [[] for _ in range(GRID.size)]
    number = 0
    for site in sites:
        own: dict[int, tuple[float, int]] = {}
        for cell in sorted(site.cells, key=lambda c: c.cell_id):
            if (cell.operator, cell.technology) == (operator, technology):
                alone = replace(site, cells=(cell,))
                ((_, numbers, level),) = radio.signals(alone)
                for place, dbm in zip(numbers.tolist(), np.round(level, 2).tolist(), strict=True):
                    if dbm >= radio.thresholds_dbm[technology] and dbm > own.get(place, (-math.inf, 0))[0]:
                        own[place] = dbm, number
            number += 1
        for place, each in own.items():
            masts[place].append(each)
    ranked = [sorted(each, key=lambda one: -one[0]) for each in masts]
    levels = [[each[n][0] if len(each) > n else -math.inf for each in ranked] for n in range(3)]
    return np.array(levels), np.array([each[0][1] if each else -1 for each in ranked])


def whole(maps: Sequence[Maps], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(each, name) for each in maps], axis=-2)


@pytest.mark.parametrize("swept", [True, False])
def test_best_second_third_and_server_are_those_of_brute_force(*, swept: bool) -> None:
    radio = swept_radio() if swept else swept_radio(model=get_model("hata"), relief=None)
    sites = few_masts()
    (maps,) = strongest(radio, sites, ranks=3)
    assert maps.keys == (("A", "4G"), ("B", "4G"), ("B", "2G"), ("A", "5G"))
    for key in maps.keys:
        levels, server = brute(radio, sites, *key)
        for rank in (1, 2, 3):
            got = maps.level_dbm(key, service_level_dbm=-100.0, rank=rank).ravel()
            np.testing.assert_allclose(got, levels[rank - 1], atol=1e-4)
        np.testing.assert_array_equal(maps.server[maps.keys.index(key)].ravel(), server)
    fourth = maps.keys.index(("A", "4G"))
    assert (maps.level[fourth, 2] != NONE).any()
    assert len(np.unique(maps.server[fourth])) > 3
    assert not maps.unknown.any()


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("tile_bytes", [10**9, 40_000, 1])
def test_threads_and_tiles_change_no_bit(workers: int, tile_bytes: int, tmp_path: Path) -> None:
    radio, sites = swept_radio(), few_masts()
    (alone,) = strongest(radio, sites, ranks=2, of=by_band)
    for cache in (None, FootprintCache(tmp_path), FootprintCache(tmp_path)):
        tiles = list(strongest(radio, sites, ranks=2, of=by_band, workers=workers, tile_bytes=tile_bytes, cache=cache))
        assert [each.rows.start for each in tiles] == [0, *(each.rows.stop for each in tiles[:-1])]
        assert tiles[-1].rows.stop == GRID.rows
        for name in ("level", "server", "unknown"):
            np.testing.assert_array_equal(whole(tiles, name), getattr(alone, name))
        np.testing.assert_array_equal(np.logical_or.reduce([each.is_cut for each in tiles]), alone.is_cut)


def test_of_equal_cells_the_first_mast_and_the_smaller_id_serve() -> None:
    radio = swept_radio()
    twin = [cell_of(cell_id=name, height_m=30.0, azimuth_deg=None) for name in ("y", "x")]
    sites = [Site("later", 551_000.0, 1_288_000.0, tuple(twin)), Site("again", 551_000.0, 1_288_000.0, tuple(twin))]
    (maps,) = strongest(radio, sites, ranks=2)
    served = maps.server[0] >= 0
    assert served.any()
    assert set(maps.server[0][served].tolist()) == {0}
    np.testing.assert_array_equal(maps.level[0, 0], maps.level[0, 1])


def test_maps_may_be_asked_for_that_no_cell_belongs_to() -> None:
    (maps,) = strongest(swept_radio(), few_masts()[:1], keys=[("C", "3G")])
    assert maps.keys == (("C", "3G"), ("A", "4G"))
    assert (maps.level[0] == NONE).all()
    (none,) = strongest(swept_radio(), [])
    assert none.level.shape == (0, 1, *GRID.shape)


def test_a_level_that_covers_stays_where_another_mast_is_unknown() -> None:
    ones = np.ones((1, 1, 1, 3), np.int16)
    maps = Maps(
        slice(0, 1), (("A", "4G"),), ones * np.array([-9_000, -11_000, NONE], np.int16),
        np.zeros((1, 1, 3), np.int32), np.ones((1, 1, 3), bool), np.zeros(1, bool),
    )  # fmt: skip
    level = maps.level_dbm(("A", "4G"), service_level_dbm=-100.0)
    assert level[0, 0] == np.float32(-90.0)
    assert np.isnan(level[0, 1:]).all()
    known = replace(maps, unknown=np.zeros((1, 1, 3), bool)).level_dbm(("A", "4G"), service_level_dbm=-100.0)
    assert known[0].tolist() == [-90.0, -110.0, -math.inf]


def test_ranks_out_of_reason_are_refused() -> None:
    with pytest.raises(ModelError, match=r"ranks must be 1\.\.9, not 0"):
        next(strongest(swept_radio(), few_masts(), ranks=0))


@pytest.mark.parametrize("exact", [True, False])
def test_a_void_makes_a_shadow_of_unknown_places(*, exact: bool) -> None:
    ground = np.full(WIDE.shape, 50.0)
    row, col = WIDE.cell_at([551_250.0], [1_288_500.0])
    ground[row[0] - 5 : row[0] + 6, col[0] + 5 : col[0] + 8] = np.nan
    radio = swept_radio(ground, paths=PathSettings(exact=exact))
    site = Site("s", 551_255.0, 1_288_505.0, (cell_of(azimuth_deg=None, eirp_dbm=30.0),))
    (maps,) = strongest(radio, [site])
    r, c = (int(each[0]) for each in GRID.cell_at([551_255.0], [1_288_505.0]))
    level = maps.level_dbm(("A", "4G"), service_level_dbm=-115.0)
    assert np.isfinite(level[r, c - 10])
    assert np.isnan(level[r, c + 15])
    assert np.isneginf(level[0, 0])  # beyond the range nothing is said
    # A second mast behind the void sees what lies there.
    other = Site("t", 552_300.0, 1_288_505.0, (cell_of(azimuth_deg=None, eirp_dbm=30.0),))
    (both,) = strongest(radio, [site, other])
    assert both.unknown[0, r, c + 15]
    assert np.isfinite(both.level_dbm(("A", "4G"), service_level_dbm=-115.0)[r, c + 15])
    assert footprint_of(radio, site).levels.min() == UNKNOWN
