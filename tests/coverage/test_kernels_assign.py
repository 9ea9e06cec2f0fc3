"""Every cell within the radius has one ray, the nearest, in the order of distance; none is left out."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from phusong.coverage._kernels.assign import by_ray

_ATAN: Final = 2e-8
"""What the kernel's arc tangent may be off, rad."""


def _offsets(cells: int, cell_km: float, down: float, right: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far rows lie north and columns east of a mast `down`, `right` cells from the middle cell's centre."""
    number = np.arange(2.0 * cells + 1.0) - cells
    return (down - number) * cell_km, (number - right) * cell_km


def _turns(north: NDArray[np.float64], east: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each cell's bearing in turns, 0 north, clockwise."""
    return np.asarray(np.arctan2(east[None, :], north[:, None]) / (2.0 * math.pi) % 1.0)


places: Final = st.one_of(st.just(0.0), st.just(0.5), st.just(-0.5), st.floats(-0.5, 0.5))
masts: Final = st.fixed_dictionaries(
    {
        "cells": st.integers(1, 40),
        "cell_km": st.sampled_from([0.01, 0.03, 0.1]),
        "down": places,
        "right": places,
    }
)


@given(
    mast=masts,
    share=st.floats(0.0, 1.5),
    rays=st.one_of(st.integers(8, 400), st.sampled_from([8, 2_400])),
    step_km=st.floats(0.005, 0.3),
)
@settings(max_examples=300, deadline=None)
def test_each_cell_within_the_radius_once_on_its_nearest_ray_by_distance(
    mast: dict[str, float], share: float, rays: int, step_km: float
) -> None:
    cells, cell_km = int(mast["cells"]), mast["cell_km"]
    north, east = _offsets(cells, cell_km, mast["down"], mast["right"])
    radius = share * cells * cell_km
    numbers, starts = by_ray(north, east, radius, rays, step_km)
    assert starts.shape == (rays + 1,)
    assert starts[0] == 0
    assert starts[-1] == numbers.size
    assert (np.diff(starts) >= 0).all()
    # Once, and all of them: on the radius itself the last bit decides.
    far = np.hypot(north[:, None], east[None, :]).ravel()
    assert np.unique(numbers).size == numbers.size
    served = np.zeros(far.size, bool)
    served[numbers] = True
    assert served[far < radius * (1.0 - 1e-12)].all()
    assert not served[far > radius * (1.0 + 1e-12) + 1e-12].any()  # squares of less than that vanish
    # On the nearest ray, within what the arc tangent may be off.
    ray = np.repeat(np.arange(rays), np.diff(starts))
    turn = _turns(north, east).ravel()[numbers]
    off = np.abs((turn - ray / rays + 0.5) % 1.0 - 0.5)
    apart = far[numbers] > 1e-9  # at the mast itself any ray is as near
    assert (off[apart] <= 0.5 / rays + _ATAN).all()
    # In the order of the number of steps, and within one number in the raster's.
    steps = np.floor(far[numbers] / step_km + 0.5)
    sure = np.abs(far[numbers] / step_km % 1.0 - 0.5) > 1e-9
    for begin, end in pairwise(starts.tolist()):
        of_ray = slice(begin, end)
        kept = steps[of_ray][sure[of_ray]]
        assert (np.diff(kept) >= 0).all()
        numbers_of_ray = numbers[of_ray][sure[of_ray]]
        assert (np.diff(numbers_of_ray)[np.diff(kept) == 0] > 0).all()


@given(mast=masts, share=st.floats(0.2, 1.0), rays=st.integers(8, 2_400))
@settings(max_examples=150, deadline=None)
def test_the_cells_of_a_mast_have_no_hole_and_are_one_piece(mast: dict[str, float], share: float, rays: int) -> None:
    """Sparse rays or dense ones: cells are asked for their ray, not rays for their cells, so none can be missed."""
    cells, cell_km = int(mast["cells"]), mast["cell_km"]
    north, east = _offsets(cells, cell_km, mast["down"], mast["right"])
    radius = max(share * cells, 0.8) * cell_km
    numbers, _ = by_ray(north, east, radius, rays, 0.03)
    served = np.zeros((north.size, east.size), bool)
    served.ravel()[numbers] = True
    assert served.any()
    assert ndimage.label(served, structure=np.ones((3, 3)))[1] == 1
    # With unserved cells all around, a hole would be a second piece of what is not served.
    assert ndimage.label(~np.pad(served, 1))[1] == 1


@pytest.mark.parametrize("rays", [8, 360, 2_400])
def test_the_axes_and_diagonals_lie_on_their_own_rays(rays: int) -> None:
    north, east = _offsets(3, 0.03, 0.0, 0.0)
    numbers, starts = by_ray(north, east, 1.0, rays, 0.03)
    ray = np.empty(49, int)
    ray[numbers] = np.repeat(np.arange(rays), np.diff(starts))
    of = ray.reshape(7, 7)
    eighth = rays // 8
    assert (of[:3, 3] == 0).all()
    assert (of[3, 4:] == 2 * eighth).all()
    assert (of[4:, 3] == 4 * eighth).all()
    assert (of[3, :3] == 6 * eighth).all()
    assert [of[0, 6], of[6, 6], of[6, 0], of[0, 0]] == [eighth, 3 * eighth, 5 * eighth, 7 * eighth]


def test_nothing_in_reach_is_an_empty_list() -> None:
    numbers, starts = by_ray(np.array([1.0, 2.0]), np.array([1.0]), 0.5, 8, 0.03)
    assert numbers.size == 0
    assert (starts == 0).all()
