"""Unknown ground makes the cells behind it unknown, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phusong.coverage.sweep import Lattice, area_loss
from phusong.gis.grid import Grid
from tests.strategies import clutter_of, terrain_of

GRID = Grid("EPSG:9212", 500_000.0, 1_300_000.0, 30.0, 60, 60)
MAST = (500_905.0, 1_299_105.0)
LINK: dict[str, Any] = {"height_m": 30.0, "f_mhz": 900.0, "radius_m": 800.0}
quiet = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")


def _known(elevation: np.ndarray, **more: Any) -> np.ndarray:
    found = area_loss(terrain_of(GRID, elevation), *MAST, **{**LINK, **more})
    return np.asarray(found.notnull().to_numpy()[0])


@quiet
@pytest.mark.parametrize("exact", [False, True])
def test_a_void_at_the_end_of_a_ray_leaves_the_nearer_cells_known(exact: bool) -> None:  # noqa: FBT001
    elevation = np.zeros(GRID.shape)
    without = _known(elevation, exact=exact)
    elevation[:8] = np.nan
    with_void = _known(elevation, exact=exact)
    first = GRID.window(*MAST, radius_m=LINK["radius_m"])[0].start
    rows = np.arange(with_void.shape[0]) + first
    np.testing.assert_array_equal(with_void[rows >= 9], without[rows >= 9])
    assert not with_void[rows < 8].any()


@quiet
@pytest.mark.parametrize("exact", [False, True])
def test_unknown_clutter_under_the_mast_does_not_count(exact: bool) -> None:  # noqa: FBT001
    """As in the reference: at the ends of a path nothing stands on the ground."""
    height = np.full(GRID.shape, 10.0)
    height[29, 30] = np.nan  # the mast's cell: what is a cell away is known again
    mast = (500_915.0, 1_299_115.0)
    found = area_loss(
        terrain_of(GRID, np.zeros(GRID.shape)), *mast, clutter=clutter_of(GRID, height), exact=exact,
        height_m=30.0, f_mhz=900.0, radius_m=800.0, lattice=Lattice(step_m=100.0, own_samples=0),
    )  # fmt: skip
    rows, cols = (np.abs(each - at) for each, at in ((found.y.to_numpy(), mast[1]), (found.x.to_numpy(), mast[0])))
    far = np.hypot(rows[:, None], cols[None, :])
    assert found.notnull().to_numpy()[0][(far < 800.0) & (far > 150.0)].all()
