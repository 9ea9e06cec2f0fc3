"""Grid: exact rows, columns and windows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.gis import Grid

GRID = Grid("EPSG:9212", west_m=1000.0, north_m=5000.0, cell_m=100.0, rows=4, cols=6)


def test_around_snaps_outward_to_whole_cells() -> None:
    grid = Grid.around((130.0, 20.0, 480.0, 290.0), crs="EPSG:9212", cell_m=100)
    assert (grid.west_m, grid.north_m, grid.rows, grid.cols) == (100.0, 300.0, 3, 4)
    assert grid.bounds == (100.0, 0.0, 500.0, 300.0)
    assert Grid.around((100.0, 0.0, 500.0, 300.0), crs="EPSG:9212", cell_m=100) == grid
    assert Grid.around((-130.0, -20.0, -120.0, -10.0), crs="EPSG:9212", cell_m=100).bounds == (
        -200.0,
        -100.0,
        -100.0,
        0.0,
    )


def test_around_a_point_is_one_cell() -> None:
    assert Grid.around((50.0, 50.0, 50.0, 50.0), crs="EPSG:9212", cell_m=100).shape == (1, 1)
    assert Grid.around((0.0, 0.0, 0.0, 0.0), crs="EPSG:9212", cell_m=100).shape == (1, 1)


@pytest.mark.parametrize("cell_m", [0.0, -100.0, math.nan])
def test_around_refuses_impossible_cells(cell_m: float) -> None:
    with pytest.raises(ValueError, match="cell_m must be positive"):
        Grid.around((0, 0, 1, 1), crs="EPSG:9212", cell_m=cell_m)


def test_neighbouring_provinces_share_their_cells() -> None:
    one = Grid.around((133.0, 20.0, 480.0, 290.0), crs="EPSG:9212", cell_m=100)
    other = Grid.around((481.0, 23.0, 977.0, 291.0), crs="EPSG:9212", cell_m=100)
    assert (other.west_m - one.west_m) % 100 == 0
    assert (other.north_m - one.north_m) % 100 == 0


def test_size_area_and_centres() -> None:
    assert (GRID.shape, GRID.size, GRID.cell_km2) == ((4, 6), 24, 0.01)
    assert GRID.bounds == (1000.0, 4600.0, 1600.0, 5000.0)
    np.testing.assert_array_equal(GRID.x_m, [1050, 1150, 1250, 1350, 1450, 1550])
    np.testing.assert_array_equal(GRID.y_m, [4950, 4850, 4750, 4650])
    assert GRID.transform @ (0, 0) == (1000.0, 5000.0)
    assert GRID.transform @ (6, 4) == (1600.0, 4600.0)


def test_cell_at_is_half_open_west_and_north() -> None:
    row, col = GRID.cell_at([1000, 1099.9, 1100, 1599.9, 1600, 999.9], [5000, 4900.1, 4900, 4600.1, 4600, 5000.1])
    np.testing.assert_array_equal(row, [0, 0, 1, 3, 4, -1])
    np.testing.assert_array_equal(col, [0, 0, 1, 5, 6, -1])
    np.testing.assert_array_equal(GRID.holds(row, col), [True, True, True, True, False, False])


def test_cell_at_finds_every_centre() -> None:
    x, y = np.meshgrid(GRID.x_m, GRID.y_m)
    row, col = GRID.cell_at(x, y)
    np.testing.assert_array_equal(row * GRID.cols + col, np.arange(24).reshape(4, 6))


def test_window_holds_exactly_the_centres_within_reach() -> None:
    assert GRID.window(1250, 4750, radius_m=100) == (slice(1, 4), slice(1, 4))
    assert GRID.window(1250, 4750, radius_m=99) == (slice(2, 3), slice(2, 3))
    assert GRID.window(1250, 4750, radius_m=0) == (slice(2, 3), slice(2, 3))
    assert GRID.window(1050, 4950, radius_m=150) == (slice(0, 2), slice(0, 2))


@given(
    x=st.floats(-1000, 4000),
    y=st.floats(3000, 7000),
    radius=st.floats(0, 3000),
)
def test_window_against_the_plain_loop(x: float, y: float, radius: float) -> None:
    rows, cols = GRID.window(x, y, radius_m=radius)
    assert rows.start >= 0
    assert cols.start >= 0
    assert rows.stop <= GRID.rows
    assert cols.stop <= GRID.cols
    near_row = [i for i, cy in enumerate(GRID.y_m) if abs(cy - y) < radius - 1e-6]
    near_col = [j for j, cx in enumerate(GRID.x_m) if abs(cx - x) < radius - 1e-6]
    assert set(near_row) <= set(range(GRID.rows)[rows])
    assert set(near_col) <= set(range(GRID.cols)[cols])
    wide_row = [i for i, cy in enumerate(GRID.y_m) if abs(cy - y) <= radius + 1e-6]
    assert set(range(GRID.rows)[rows]) <= set(wide_row)


def test_wrap_labels_and_refuses_another_shape() -> None:
    raster = GRID.wrap(np.arange(24.0).reshape(4, 6), "signal", units="dBm")
    assert float(raster.sel(x=1150, y=4850)) == 7.0
    assert raster.attrs == {"units": "dBm", "crs": "EPSG:9212", "cell_m": 100.0}
    with pytest.raises(ValueError, match=r"signal has shape \(6, 4\), the grid \(4, 6\)"):
        GRID.wrap(np.zeros((6, 4)), "signal")


def test_terrain_is_unknown_outside_the_grid() -> None:
    from phusong.gis.terrain import Terrain

    terrain = Terrain(GRID, np.arange(24.0).reshape(4, 6))
    np.testing.assert_array_equal(terrain.at([1050, 1550, 900], [4950, 4650, 4950]), [0, 23, np.nan])
