"""What P.1812 promises of any path holds for the areas too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage.radiozones import RadioZones
from phusong.coverage.relief import Relief
from phusong.coverage.sweep import area_loss, losses
from phusong.gis.grid import Grid
from phusong.gis.terrain.clutter import Clutter
from tests.strategies import Draw, clutter_of, draws, terrain_of

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")

FLOAT32_DB: Final = 1e-4
"""Losses are kept in float32, and places found in it."""
Turn = Callable[[NDArray[Any]], NDArray[Any]]
small: Final = draws(f_mhz=(30.0, 6_000.0), cells=(2, 40))
both_ways: Final = st.booleans()


def _area(draw: Draw, **more: Any) -> NDArray[np.float64]:
    """Return the losses of a draw, shape (bands, rows, cols) of its window."""
    asked: dict[str, Any] = {
        "height_m": draw.height_m,
        "f_mhz": draw.f_mhz,
        "radius_m": draw.radius_m,
        "model": draw.model,
        "clutter": draw.clutter_layer,
        "zones": draw.zone_layer,
        "rx_height_m": draw.rx_height_m,
        "lattice": draw.lattice,
    }
    return area_loss(draw.terrain, *draw.mast_m, **asked | more).to_numpy().astype(np.float64)


@given(draw=small, exact=both_ways)
@settings(max_examples=120, deadline=None)
def test_no_loss_is_below_free_space(draw: Draw, exact: bool) -> None:  # noqa: FBT001
    """(8) and (10): 2.6 log10 (p / 50) dB below it at most."""
    relief = Relief.of(draw.terrain, clutter=draw.clutter_layer, zones=draw.zone_layer)
    f = np.array(draw.f_mhz)
    found = losses(
        relief, *draw.mast_m, height_m=draw.height_m, frequencies_mhz=f, radii_m=np.full(f.size, draw.radius_m),
        model=draw.model, grid=draw.grid, rx_height_m=draw.rx_height_m, lattice=draw.lattice, exact=exact,
    )  # fmt: skip
    x, y = np.meshgrid(draw.grid.x_m[found.cols], draw.grid.y_m[found.rows])
    far_km = np.maximum(np.hypot(x - draw.mast_m[0], y - draw.mast_m[1]), 1.0) / 1_000.0
    rise_km = (relief.ground_at(*draw.mast_m) + draw.height_m - relief.ground_over(x, y) - draw.rx_height_m) / 1_000.0
    free = 92.4 + 20.0 * np.log10(np.hypot(far_km, rise_km)) + 20.0 * np.log10(f / 1_000.0)[:, None, None]
    over = found.loss_db - free
    assert not (over < 2.6 * math.log10(draw.p_percent / 50.0) - FLOAT32_DB).any()
    # Rays sparser than cells may pass an outermost cell on the raster's far side, and leave it unknown.
    if exact or draw.spacing is None or draw.spacing <= 1.0:
        assert not np.isnan(found.loss_db[found.within & (far_km < draw.radius_m / 1_000.0 * (1.0 - 1e-9))]).any()


@given(draw=small, exact=both_ways, more_m=st.floats(0.0, 30.0))
@settings(max_examples=120, deadline=None)
def test_more_clutter_never_lowers_a_loss(draw: Draw, exact: bool, more_m: float) -> None:  # noqa: FBT001
    rng = np.random.default_rng(draw.seed)
    less = np.zeros(draw.grid.shape) if draw.clutter_layer is None else np.asarray(draw.clutter_layer.height_m)
    more = less + more_m * rng.integers(0, 2, less.shape)
    low = _area(draw, clutter=clutter_of(draw.grid, less), exact=exact)
    high = _area(draw, clutter=clutter_of(draw.grid, more), exact=exact)
    np.testing.assert_array_equal(np.isnan(low), np.isnan(high))
    assert not (high < low - FLOAT32_DB).any()


_ROUGH: Final = ("fractal", "delta", "walk")
"""Grounds no two samples of which are level: of equal horizons one is taken, and a turn may take the other."""


def _turned(draw: Draw, turn: Turn, mast_cells: tuple[float, float]) -> NDArray[np.float64]:
    """Return the losses over the whole raster of a draw turned, the mast at fractional (row, col) of the turned one."""
    side = draw.grid.rows
    grid = draw.grid
    x = grid.west_m + mast_cells[1] * grid.cell_m
    y = grid.north_m - mast_cells[0] * grid.cell_m
    clutter: Clutter | None = draw.clutter_layer
    if clutter is not None:
        clutter = clutter_of(grid, np.ascontiguousarray(turn(clutter.height_m)))
    zones = draw.zone_layer
    if zones is not None:
        zones = RadioZones(grid, np.ascontiguousarray(turn(zones.zone)), ())
    found = area_loss(
        terrain_of(grid, np.ascontiguousarray(turn(draw.terrain.elevation_m))), x, y, clutter=clutter, zones=zones,
        height_m=draw.height_m, f_mhz=draw.f_mhz, radius_m=2.0 * side * grid.cell_m, model=draw.model,
        rx_height_m=draw.rx_height_m, lattice=draw.lattice, exact=True,
    )  # fmt: skip
    return found.to_numpy().astype(np.float64)


@given(draw=draws(cells=(2, 40)), ground=st.sampled_from(_ROUGH))
@settings(max_examples=80, deadline=None)
def test_ground_turned_or_mirrored_turns_and_mirrors_exact_losses(draw: Draw, ground: str) -> None:
    side = max(draw.rows, 2)
    zones = "none" if draw.zones in {"shore", "islands", "patches"} else draw.zones  # borders are rounded to one side
    draw = replace(draw, ground=ground, rows=side, cols=side, zones=zones)
    row, col = draw.row_share * side, draw.col_share * side
    plain = _turned(draw, lambda raster: raster, (row, col))
    assert not np.isnan(plain).any()
    turns: tuple[tuple[Turn, tuple[float, float]], ...] = (
        (lambda raster: np.rot90(raster, 1, axes=(-2, -1)), (side - col, row)),
        (lambda raster: np.rot90(raster, 2, axes=(-2, -1)), (side - row, side - col)),
        (lambda raster: np.flip(raster, -1), (row, side - col)),
        (lambda raster: np.flip(raster, -2), (side - row, col)),
        (lambda raster: np.swapaxes(raster, -2, -1), (col, row)),
    )
    for turn, mast in turns:
        np.testing.assert_allclose(_turned(draw, turn, mast), turn(plain), rtol=0.0, atol=FLOAT32_DB)


@given(
    draw=draws(cells=(4, 60)),
    ground=st.sampled_from(_ROUGH),
    ends=st.tuples(*[st.floats(0.0, 1.0, exclude_max=True)] * 4),
)
@settings(max_examples=250, deadline=None)
def test_a_path_and_its_way_back_lose_alike(draw: Draw, ground: str, ends: tuple[float, ...]) -> None:
    """P.1812 knows no direction, but for the receiver's place in a crowd of places (66), which is left out here."""
    draw = replace(draw, ground=ground, sigma_db=0.0)
    grid = draw.grid
    # Off the middles of cells, and not alike: no sample lies on a border of two cells, where the last bit decides.
    x0, x1 = (
        grid.west_m + (int(e * grid.cols) + off) * grid.cell_m for e, off in zip(ends[:2], (0.37, 0.59), strict=True)
    )
    y0, y1 = (
        grid.north_m - (int(e * grid.rows) + off) * grid.cell_m for e, off in zip(ends[2:], (0.41, 0.73), strict=True)
    )

    def way(mast: tuple[float, float], rx: tuple[float, float], heights: tuple[float, float]) -> NDArray[np.float64]:
        there = Grid(grid.crs, rx[0] - grid.cell_m / 2.0, rx[1] + grid.cell_m / 2.0, grid.cell_m, 1, 1)
        found = area_loss(
            draw.terrain, *mast, clutter=draw.clutter_layer, zones=draw.zone_layer, height_m=heights[0],
            rx_height_m=heights[1], f_mhz=draw.f_mhz, radius_m=20_000.0, model=draw.model, grid=there,
            lattice=draw.lattice, exact=True,
        )  # fmt: skip
        return found.to_numpy().ravel().astype(np.float64)

    # Between two samples alone a third stands half-way in the *receiver's* zone: there the two ways differ.
    assume(math.dist((x0, y0), (x1, y1)) >= 1.5 * draw.step_m)
    heights = draw.height_m, draw.rx_height_m
    forth, back = way((x0, y0), (x1, y1), heights), way((x1, y1), (x0, y0), heights[::-1])
    np.testing.assert_allclose(forth, back, rtol=0.0, atol=FLOAT32_DB)
