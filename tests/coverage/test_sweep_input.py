"""Bad and odd input to the area engine: refused with a sentence, or defined."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from phusong.coverage.propagation import PathProfile, get_model
from phusong.coverage.propagation.p1812 import P1812, basic_loss
from phusong.coverage.radiozones import RadioZones
from phusong.coverage.relief import Relief, profile_on
from phusong.coverage.sweep import Lattice, area_loss, losses
from phusong.errors import ModelError
from phusong.gis.grid import Grid
from phusong.gis.terrain.clutter import Clutter
from tests.strategies import clutter_of, terrain_of

GRID: Final = Grid("EPSG:9212", 500_000.0, 1_300_000.0, 30.0, 40, 50)
MAST: Final = (500_765.0, 1_299_415.0)
"""The middle of row 19, column 25."""
ROW, COL = 19, 25
HILLS: Final = np.abs(np.random.default_rng(4).normal(0.0, 8.0, GRID.shape)).cumsum(axis=0)
FLAT: Final = np.zeros(GRID.shape)

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")
both_ways: Final = pytest.mark.parametrize("exact", [False, True], ids=["sweep", "exact"])


def loss(elevation: NDArray[Any] = HILLS, mast: tuple[float, float] = MAST, **more: Any) -> xr.DataArray:
    """Return the losses around a mast of 30 m at 900 MHz to 500 m, or as `more` says."""
    link: dict[str, Any] = {"height_m": 30.0, "f_mhz": 900.0, "radius_m": 500.0}
    return area_loss(terrain_of(GRID, elevation), *mast, **link | more)


def on_grid(found: xr.DataArray) -> NDArray[np.float32]:
    """Return the first band's losses on the whole grid."""
    whole = np.full(GRID.shape, np.nan, np.float32)
    row, col = GRID.cell_at(found.x.to_numpy()[:1], found.y.to_numpy()[:1])
    values = found.to_numpy()[0]
    whole[row[0] : row[0] + values.shape[0], col[0] : col[0] + values.shape[1]] = values
    return whole


def far_of(mast: tuple[float, float] = MAST, grid: Grid = GRID) -> NDArray[np.float64]:
    """Return how far the grid's cells are from a mast, m."""
    return np.asarray(np.hypot(grid.x_m[None, :] - mast[0], grid.y_m[:, None] - mast[1]))


# --- numbers without a meaning


@both_ways
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"height_m": 0.0}, r"tx height 0 m is outside the possible range 1\.\.3000 m"),
        ({"height_m": -3.0}, "tx height -3 m is outside the possible range"),
        ({"height_m": math.nan}, "tx height nan m is outside"),
        ({"height_m": math.inf}, "tx height inf m is outside"),
        ({"rx_height_m": 0.0}, "rx height 0 m is outside the possible range"),
        ({"rx_height_m": math.nan}, "rx height nan m is outside"),
        ({"f_mhz": 29.9}, r"frequency 29\.9 MHz is outside the possible range 30\.\.6000 MHz; models that fit: "),
        ({"f_mhz": 6_001.0}, "frequency 6001 MHz is outside the possible range"),
        ({"f_mhz": 0.0}, "frequency 0 MHz is outside"),
        ({"f_mhz": math.nan}, "frequency nan MHz is outside"),
        ({"f_mhz": [900.0, 26_000.0]}, "frequency 26000 MHz is outside"),
        ({"f_mhz": []}, r"f_mhz must be one frequency or a list of some, not of shape \(0,\)"),
        ({"f_mhz": [[900.0]]}, r"not of shape \(1, 1\)"),
        ({"radius_m": 0.0}, "radius_m must be more than 0 and at most 300000 m, not 0"),
        ({"radius_m": -1.0}, "radius_m must be more than 0 and at most 300000 m, not -1"),
        ({"radius_m": math.nan}, "radius_m must be .* not nan"),
        ({"radius_m": math.inf}, "radius_m must be .* not inf"),
        ({"radius_m": 300_001.0}, "radius_m must be .* not 300001"),
        ({"max_loss_db": math.nan}, "max_loss_db must be a number of dB, not NaN"),
        ({"threads": 0}, "threads must be 1 or more, not 0"),
        ({"model": "okumura"}, "propagation model 'okumura' is not known; known are hata,"),
    ],
    ids=str,
)
def test_a_number_without_a_meaning_is_refused(wrong: dict[str, Any], says: str, exact: bool) -> None:  # noqa: FBT001
    with pytest.raises(ModelError, match=says):
        loss(**wrong, exact=exact)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"step_m": 0.5}, "step_m must be 1..1000 m, not 0.5"),
        ({"step_m": math.nan}, "step_m must be 1..1000 m, not nan"),
        ({"ray_spacing_m": 0.0}, "ray_spacing_m must be 1..10000 m, not 0"),
        ({"own_samples": -1}, "own_samples must be 0..64, not -1"),
        ({"own_samples": 65}, "own_samples must be 0..64, not 65"),
    ],
    ids=str,
)
def test_a_lattice_without_a_meaning_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        Lattice(**wrong)


# --- rasters without a meaning


@pytest.mark.parametrize(
    ("elevation", "says"),
    [
        (np.zeros((40, 49)), r"elevation has the shape \(40, 49\), its grid \(40, 50\)"),
        (np.zeros(2_000), r"elevation has the shape \(2000,\)"),
        (np.where(np.eye(40, 50) > 0.0, np.inf, 0.0), "elevation and clutter must be finite"),
        (np.where(np.eye(40, 50) > 0.0, -np.inf, 0.0), "elevation and clutter must be finite"),
    ],
    ids=["columns", "one dimension", "inf", "-inf"],
)
def test_an_elevation_without_a_meaning_is_refused(elevation: NDArray[Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        loss(elevation)


@pytest.mark.parametrize(
    ("clutter", "says"),
    [
        (clutter_of(GRID, np.full(GRID.shape, -0.5)), "clutter not negative"),
        (clutter_of(GRID, np.full(GRID.shape, np.inf)), "must be finite"),
        (clutter_of(GRID, np.zeros((3, 3))), r"clutter has the shape \(3, 3\), its grid \(40, 50\)"),
        (clutter_of(GRID.padded(30.0), np.zeros((42, 52))), "clutter lie on another grid than the terrain"),
    ],
    ids=["negative", "inf", "shape", "grid"],
)
def test_clutter_without_a_meaning_is_refused(clutter: Clutter, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        loss(clutter=clutter)


def test_zones_of_another_shape_are_refused() -> None:
    with pytest.raises(ModelError, match=r"radio zones has the shape \(2, 2\)"):
        loss(zones=RadioZones(GRID, np.full((2, 2), 4, np.int8), ()))


@pytest.mark.parametrize("code", [0, 2, 7, -1])
def test_zones_that_are_none_are_refused(code: int) -> None:
    with pytest.raises(ModelError, match="zone"):
        loss(zones=RadioZones(GRID, np.full(GRID.shape, code, np.int8), ()))


def test_an_environment_of_another_shape_is_refused() -> None:
    with pytest.raises(ModelError, match="environment"):
        loss(model="hata", environment=np.zeros((400, 300), np.int8))


@pytest.mark.parametrize("shape", [(1, 50), (40, 1), (1, 1)])
def test_a_terrain_of_one_row_or_column_is_refused(shape: tuple[int, int]) -> None:
    grid = Grid(GRID.crs, 500_000.0, 1_300_000.0, 30.0, *shape)
    with pytest.raises(ModelError, match=f"terrain of {shape[0]} x {shape[1]} cells: a sweep needs 2 x 2 or more"):
        area_loss(terrain_of(grid, np.zeros(shape)), 500_010.0, 1_299_990.0, height_m=30.0, f_mhz=900.0)


def test_a_grid_in_another_crs_is_refused() -> None:
    with pytest.raises(ModelError, match="the grid is in EPSG:32648, the terrain in EPSG:9212; give both in one CRS"):
        loss(grid=Grid("EPSG:32648", 500_000.0, 1_300_000.0, 30.0, 10, 10))


@both_ways
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int16, np.int64, np.uint8])
def test_kinds_of_numbers_and_orders_of_memory_do_not_matter(dtype: type[np.generic], exact: bool) -> None:  # noqa: FBT001
    whole = np.random.default_rng(1).integers(0, 200, GRID.shape)
    expected = loss(whole.astype(np.float32), exact=exact)
    kind = whole.astype(dtype)
    wide = np.repeat(kind, 2, axis=1)[:, ::2]
    kind.flags.writeable = False
    for elevation in (kind, np.asfortranarray(kind), wide):
        np.testing.assert_array_equal(loss(elevation, exact=exact), expected)


# --- where the mast stands


@both_ways
def test_a_mast_off_the_terrain_is_refused_with_its_place_and_the_terrains(exact: bool) -> None:  # noqa: FBT001
    says = (
        "the mast at x 1299415, y 500765 m lies off the terrain, which reaches from 500000 to 501500 m east and "
        r"1298800 to 1300000 m north in EPSG:9212; check its coordinates \(are x and y swapped\?\)"
    )
    with pytest.raises(ModelError, match=says):
        loss(mast=(MAST[1], MAST[0]), exact=exact)
    for mast in ((501_500.01, 1_299_000.0), (500_700.0, 1_298_799.99), (math.nan, 1_299_000.0)):
        with pytest.raises(ModelError, match="lies off the terrain"):
            loss(mast=mast, exact=exact)


@both_ways
@pytest.mark.parametrize("x_m", [500_000.0, 500_700.0, 501_500.0])
@pytest.mark.parametrize("y_m", [1_298_800.0, 1_299_400.0, 1_300_000.0])
def test_a_mast_on_the_edge_and_the_corner_reaches_all_of_its_radius(x_m: float, y_m: float, exact: bool) -> None:  # noqa: FBT001
    found = loss(mast=(x_m, y_m), exact=exact)
    np.testing.assert_array_equal(~np.isnan(on_grid(found)), far_of((x_m, y_m)) <= 500.0)


@both_ways
def test_a_receiver_on_the_masts_own_place_is_free_space_over_a_metre(exact: bool) -> None:  # noqa: FBT001
    near = PathProfile(np.array([0.0, 1.0]), np.zeros(2), np.zeros(2), np.full(2, 4, np.int8))
    expected = basic_loss(near, f_mhz=900.0, tx_height_m=30.0, rx_height_m=1.5, climate=P1812().climate).loss_db
    found = on_grid(loss(FLAT, exact=exact))[ROW, COL]
    assert found == pytest.approx(expected, abs=1e-4)
    assert expected == pytest.approx(92.4 + 20.0 * math.log10(0.9 * math.hypot(1e-3, 28.5e-3)), abs=1e-9)


# --- unknown ground


@both_ways
@pytest.mark.parametrize("model", ["p1812", "hata"])
def test_a_mast_over_a_void_makes_everything_unknown(model: str, exact: bool) -> None:  # noqa: FBT001
    elevation = FLAT.copy()
    elevation[ROW, COL] = np.nan
    assert loss(elevation, exact=exact, model=model).isnull().all()


@both_ways
def test_a_void_makes_unknown_what_lies_on_and_behind_it(exact: bool) -> None:  # noqa: FBT001
    void = (ROW, COL + 6)
    elevation = HILLS.copy()
    elevation[void] = np.nan
    known, without = on_grid(loss(elevation, exact=exact)), on_grid(loss(exact=exact))
    assert np.isnan(known[void])
    assert np.isnan(known[ROW, COL + 6 : COL + 17]).all()  # a row through the mast: all behind
    np.testing.assert_array_equal(np.isnan(known[:, : COL + 5]), np.isnan(without[:, : COL + 5]))  # nothing before it
    here = ~np.isnan(known)
    np.testing.assert_array_equal(known[here], without[here])  # what is known does not change
    lost = ~here & ~np.isnan(without)
    assert far_of()[lost].min() > 30.0 * 4.5
    if exact:  # exactly the cells whose own profile meets the void
        relief = Relief.of(terrain_of(GRID, elevation))
        for row, col in np.argwhere(~np.isnan(without)):
            profile = profile_on(relief, MAST, (float(GRID.x_m[col]), float(GRID.y_m[row])))
            assert lost[row, col] == np.isnan(profile.ground_m).any()


@both_ways
def test_unknown_clutter_makes_unknown_what_lies_behind_it(exact: bool) -> None:  # noqa: FBT001
    height = np.full(GRID.shape, 5.0)
    height[:, COL + 6] = np.nan
    found = on_grid(loss(clutter=clutter_of(GRID, height), exact=exact))
    within = far_of() <= 500.0
    east = np.arange(GRID.cols) >= COL + 8
    west = np.arange(GRID.cols) < COL + 5
    assert np.isnan(found[:, east]).all()
    assert not np.isnan(found[:, west][within[:, west]]).any()


def test_clutter_does_not_stand_on_a_surface_model() -> None:
    clutter = clutter_of(GRID, np.full(GRID.shape, 15.0))
    on_surface = area_loss(
        terrain_of(GRID, HILLS, kind="surface"), *MAST, height_m=30.0, f_mhz=900.0, radius_m=500.0, clutter=clutter
    )
    np.testing.assert_array_equal(on_surface, loss())
    assert float((loss(clutter=clutter) - on_surface).max()) > 1.0


# --- radius, bands, threads, grids, models


@both_ways
@pytest.mark.parametrize("radius_m", [10.0, 29.9, 31.0, 100.0, 5_000.0, 300_000.0])
def test_every_cell_within_the_radius_is_answered_and_no_other(radius_m: float, exact: bool) -> None:  # noqa: FBT001
    found = on_grid(loss(radius_m=radius_m, exact=exact))
    np.testing.assert_array_equal(~np.isnan(found), far_of() <= radius_m)


def test_a_radius_below_any_cell_leaves_an_empty_raster() -> None:
    found = loss(mast=(500_780.0, 1_299_400.0), radius_m=5.0)
    assert found.dims == ("f_mhz", "y", "x")
    assert found.size == 0


def test_cells_on_the_radius_are_within_it() -> None:
    grid = Grid(GRID.crs, GRID.west_m, GRID.north_m, 30.0, 160, 160)
    relief = Relief.of(terrain_of(grid, np.zeros(grid.shape)))
    for radius_m in (1_170.0, 1_530.0, 1_650.0):
        area = losses(
            relief, 500_765.0, 1_298_005.0, height_m=30.0, frequencies_mhz=np.array([900.0]),
            radii_m=np.array([radius_m]), model=P1812(), grid=grid,
        )  # fmt: skip
        np.testing.assert_array_equal(~np.isnan(area.loss_db), area.within)


@both_ways
@pytest.mark.parametrize("model", ["p1812", "hata"])
def test_each_band_reaches_as_far_as_its_free_space(model: str, exact: bool) -> None:  # noqa: FBT001
    bands = [700.0, 2_600.0]
    limit_db = 82.0
    chosen = get_model(model)
    limited = loss(f_mhz=bands, max_loss_db=limit_db, exact=exact, model=chosen)
    for number, f in enumerate(bands):
        alone = on_grid(loss(f_mhz=f, exact=exact, model=chosen))
        reach = 1_000.0 * 10.0 ** ((limit_db - 92.4 - 20.0 * math.log10(f / 1_000.0)) / 20.0)
        assert 60.0 < reach < 480.0
        expected = np.where(far_of() <= reach, alone, np.nan)
        np.testing.assert_array_equal(on_grid(limited[number : number + 1]), expected)


@both_ways
def test_no_loss_allowed_is_an_empty_raster(exact: bool) -> None:  # noqa: FBT001
    assert not np.isfinite(loss(max_loss_db=0.0, exact=exact)).any()
    assert not np.isfinite(loss(max_loss_db=-math.inf, exact=exact)).any()


@both_ways
def test_threads_change_no_bit(exact: bool) -> None:  # noqa: FBT001
    clutter = clutter_of(GRID, np.random.default_rng(2).choice([0.0, 12.0], GRID.shape))
    one, *more = (
        loss(clutter=clutter, f_mhz=[450.0, 3_500.0], threads=threads, exact=exact, radius_m=900.0)
        for threads in (1, 2, 3, 64)
    )
    for other in more:
        assert one.to_numpy().tobytes() == other.to_numpy().tobytes()


@both_ways
@pytest.mark.parametrize(
    "grid",
    [
        Grid(GRID.crs, 500_007.0, 1_299_990.0, 30.0, 30, 45),
        Grid(GRID.crs, 500_000.0, 1_300_000.0, 10.0, 120, 150),
        Grid(GRID.crs, 500_000.0, 1_300_000.0, 100.0, 12, 15),
        Grid(GRID.crs, 499_000.0, 1_301_000.0, 70.0, 60, 60),
    ],
    ids=["offset", "finer", "coarser", "beyond the terrain"],
)
def test_receivers_on_a_grid_of_their_own(grid: Grid, exact: bool) -> None:  # noqa: FBT001
    found = loss(FLAT, grid=grid, exact=exact, radius_m=800.0)
    x, y = np.meshgrid(found.x, found.y)
    row, col = GRID.cell_at(x, y)
    expected = (np.hypot(x - MAST[0], y - MAST[1]) <= 800.0) & GRID.holds(row, col)
    np.testing.assert_array_equal(~np.isnan(found.to_numpy()[0]), expected)
    assert set(found.x.to_numpy()) <= set(grid.x_m)
    assert set(found.y.to_numpy()) <= set(grid.y_m)


def test_a_grid_out_of_reach_is_an_empty_raster() -> None:
    assert not loss(grid=Grid(GRID.crs, 600_000.0, 1_300_000.0, 30.0, 10, 10)).size


@pytest.mark.parametrize("model", ["hata", "p526", "p1812"])
def test_a_model_by_name_and_the_model_itself_are_one(model: str) -> None:
    by_name, itself = loss(model=model, radius_m=200.0), loss(model=get_model(model), radius_m=200.0)
    xr.testing.assert_identical(by_name, itself)
    np.testing.assert_array_equal(~np.isnan(on_grid(by_name)), far_of() <= 200.0)
    assert by_name.attrs["model"] == model
    assert by_name.dtype == np.float32
