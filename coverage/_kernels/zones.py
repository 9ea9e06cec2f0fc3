"""Radio-climatic zones along a path: how much of it lies over sea, over land, inland, and how far its ends' coasts are.

Each sample stands for the stretch half-way to its neighbours. A state is carried from sample to sample: share over
sea, the present and the longest stretch of land and of inland, and where the sea begins and ends, all in km.
"""

from __future__ import annotations

from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.fields import DCR, DCT, DISTANCE, DLM, DTM, OMEGA, OWN_X, RX_AT_SEA

__all__ = ["STATES", "all_inland", "fill_zones", "path_zones"]

SEA, INLAND = 1, 4
FAR_KM = 500.0
"""Way to the coast where the path meets no sea."""
_SEA, _LAND, _MOST_LAND, _IN, _MOST_IN, _FIRST, _LAST = range(7)
STATES = 7


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _step(state: Floats, i: int, zone: int, left: float, right: float) -> None:
    """Add the stretch left..right of one zone to state i."""
    width = right - left
    if zone == SEA:
        state[i, _SEA] += width
        state[i, _LAND] = state[i, _IN] = 0.0
        if state[i, _FIRST] < 0.0:
            state[i, _FIRST] = left
        state[i, _LAST] = right
        return
    state[i, _LAND] += width
    state[i, _MOST_LAND] = max(state[i, _MOST_LAND], state[i, _LAND])
    state[i, _IN] = state[i, _IN] + width if zone == INLAND else 0.0
    state[i, _MOST_IN] = max(state[i, _MOST_IN], state[i, _IN])


@njit(cache=True, nogil=True, error_model="numpy")
def fill_zones(zone: Ints, count: int, step: float, states: Floats) -> None:
    """Fill `states`, shape (> count, STATES): row i is the state before sample i of a ray."""
    for k in range(STATES):
        states[0, k] = -1.0 if k == _FIRST else 0.0
    for i in range(count):
        for k in range(STATES):
            states[i + 1, k] = states[i, k]
        _step(states, i + 1, zone[i], max(i - 0.5, 0.0) * step, (i + 0.5) * step)


@njit(cache=True, nogil=True, error_model="numpy")
def path_zones(
    geo: Floats,
    n: int,
    states: Floats,
    state: Floats,
    zone: Ints,
    m: int,
    step: float,
    mine: Floats,
    own_zone: Ints,
    own: int,
    zone_end: int,
) -> None:
    """Fill a path's zone fields from the ray's samples 0..m, its own samples and the receiver's zone."""
    d = geo[DISTANCE, n]
    for k in range(STATES):
        state[0, k] = states[m, k]
    x, at, left = m * step, zone[m], max(m - 0.5, 0.0) * step
    for k in range(own, -1, -1):
        x_next, next_zone = (mine[OWN_X, n, k - 1], own_zone[k - 1]) if k > 0 else (d, zone_end)
        # Between two samples alone a third stands half-way, in the receiver's zone.
        right = 0.25 * d if m + own == 0 else 0.5 * (x + x_next)
        _step(state, 0, at, left, right)
        x, at, left = x_next, next_zone, right
    _step(state, 0, at, left, d)
    geo[OMEGA, n] = state[0, _SEA] / d
    geo[DTM, n], geo[DLM, n] = state[0, _MOST_LAND], state[0, _MOST_IN]
    geo[DCT, n] = FAR_KM if state[0, _FIRST] < 0.0 else state[0, _FIRST]
    geo[DCR, n] = FAR_KM if state[0, _FIRST] < 0.0 else d - state[0, _LAST]
    geo[RX_AT_SEA, n] = 1.0 if zone_end == SEA else 0.0


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def all_inland(geo: Floats, n: int) -> None:
    """Fill a path's zone fields where there is no sea and no coast."""
    geo[OMEGA, n], geo[RX_AT_SEA, n] = 0.0, 0.0
    geo[DTM, n] = geo[DLM, n] = geo[DISTANCE, n]
    geo[DCT, n] = geo[DCR, n] = FAR_KM
