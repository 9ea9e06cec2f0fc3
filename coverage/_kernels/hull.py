"""Upper hulls of a growing profile: what a receiver beyond its end sees highest, without looking at every point.

Each surface `s` of `side` has one: the chain of points no other point shades from above, kept as a stack of places.
Points are added from left to right; each is added and removed at most once, so a whole ray costs O(n). What a receiver
at the right sees is found by walking down the chain from its right end, where the answer nearly always is.
"""

from __future__ import annotations

from numba import njit

from phusong.coverage._kernels.arrays import Floats
from phusong.coverage._kernels.fields import HULL_X, HULL_Y

__all__ = ["push", "tallest", "tangent"]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def push(side: Floats, s: int, size: int, x: float, y: Floats) -> int:
    """Add the point (x, y), right of all others, and return the new size of the chain."""
    while size >= 2:
        xa, ya = side[s, HULL_X, size - 2], side[s, HULL_Y, size - 2]
        if (side[s, HULL_Y, size - 1] - ya) * (x - xa) > (y - ya) * (side[s, HULL_X, size - 1] - xa):
            break
        size -= 1
    side[s, HULL_X, size], side[s, HULL_Y, size] = x, y
    return size + 1


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def tangent(side: Floats, s: int, size: int, x_end: float, y_end: float) -> tuple[float, float]:
    """Return the place on the chain seen highest from a place right of it.

    The slopes (y - y_end) / (x_end - x) along a convex chain rise to one greatest value and fall: the walk from the
    right end stops at it.
    """
    k = size - 1
    x, y = side[s, HULL_X, k], side[s, HULL_Y, k]
    while k > 0:
        xn, yn = side[s, HULL_X, k - 1], side[s, HULL_Y, k - 1]
        if (yn - y_end) * (x_end - x) <= (y - y_end) * (x_end - xn):
            break
        x, y, k = xn, yn, k - 1
    return x, y


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def tallest(side: Floats, s: int, size: int, slope: float) -> float:
    """Return the greatest height of the chain above the line y = slope x."""
    k = size - 1
    best = side[s, HULL_Y, k] - slope * side[s, HULL_X, k]
    while k > 0:
        height = side[s, HULL_Y, k - 1] - slope * side[s, HULL_X, k - 1]
        if height < best:
            break
        best, k = height, k - 1
    return best
