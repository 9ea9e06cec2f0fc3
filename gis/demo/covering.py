"""Covering: the places that reach most people who have no mast near yet, one after the other.

The greedy rule is how networks grow: coverage first, where the most people still wait. A hashed whim in each
cell keeps the result from being the best one, as it keeps real networks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phusong.gis.demo.draws import integers
from phusong.gis.demo.people import GRAIN

__all__ = ["NEAR_CELLS", "greedy", "people_near"]

NEAR_CELLS = 15
"""Half side of the square called near: 31 cells, 3.1 km."""

_WHIM = (48, 64)  # a place may look up to a quarter worse than it is


def people_near(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole people in the square of 31 x 31 cells around each cell, by a summed-area table.

    Parameters
    ----------
    counts : ndarray of int64, shape (rows, cols)
        1/1024 persons per cell.
    """
    reach = NEAR_CELLS
    table = np.pad(counts, ((reach + 1, reach), (reach + 1, reach))).cumsum(axis=0).cumsum(axis=1)
    side = 2 * reach + 1
    sums = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    whole: NDArray[np.int64] = sums // GRAIN
    return whole


def greedy(
    counts: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    *,
    served: tuple[NDArray[np.int64], NDArray[np.int64]],
    number: int,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows and columns of up to `number` cells, in the order chosen.

    Parameters
    ----------
    counts : ndarray of int64, shape (rows, cols)
        1/1024 persons per cell.
    allowed : ndarray of bool, shape (rows, cols)
        Where a mast may stand.
    served : (rows, cols)
        Cells that have a mast already.
    number : int
        Fewer are returned where nobody is left without a mast near.
    """
    waiting = counts.copy()
    for row, col in zip(*served, strict=True):
        waiting[_square(int(row), int(col), NEAR_CELLS)] = 0
    whim = integers(
        seed, "whim", np.arange(counts.shape[0])[:, None], np.arange(counts.shape[1]), low=_WHIM[0], high=_WHIM[1]
    )
    score = np.where(allowed, people_near(waiting) * whim, 0)
    chosen: list[tuple[int, int]] = []
    while len(chosen) < number:
        row, col = divmod(int(np.argmax(score)), counts.shape[1])
        if score[row, col] == 0:
            break
        chosen.append((row, col))
        waiting[_square(row, col, NEAR_CELLS)] = 0
        # Only squares that overlap the new one have changed; a margin feeds their sums.
        window, margin = _square(row, col, 2 * NEAR_CELLS), _square(row, col, 3 * NEAR_CELLS + 1)
        inner = tuple(slice(w.start - m.start, w.stop - m.start) for w, m in zip(window, margin, strict=True))
        near = people_near(waiting[margin])[inner]
        score[window] = np.where(allowed[window], near * whim[window], 0)
    rows, cols = np.array(chosen, dtype=np.int64).reshape(-1, 2).T
    return rows, cols


def _square(row: int, col: int, reach: int) -> tuple[slice, slice]:
    return slice(max(0, row - reach), row + reach + 1), slice(max(0, col - reach), col + reach + 1)
