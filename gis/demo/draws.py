"""Draws: pseudo-random numbers that are the same on every machine.

Each number is a hash of (seed, stream, indices), so a draw depends on what it is for and on nothing drawn
before it. Only integer arithmetic and exactly rounded operations (+ - * / and comparisons) are used: the
library's own `exp`, `log` or `sin` may differ in the last bit from one processor to the next.

References
----------
Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA: the mixing function.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["hashed", "integers", "uniform", "value_noise"]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + _STEP
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def hashed(seed: int, stream: str, *indices: ArrayLike) -> NDArray[np.uint64]:
    """Return 64 hashed bits for each broadcast index.

    Parameters
    ----------
    seed : int
        The province's seed.
    stream : str
        What the number is for; two streams are independent.
    *indices : int array_like
        Which number of the stream; negative indices are allowed.

    Returns
    -------
    ndarray of uint64, at least one-dimensional
    """
    state = _mix(np.atleast_1d(np.uint64(seed % 2**64)) ^ np.uint64(zlib.crc32(stream.encode())))
    for index in indices:
        state = _mix(state ^ np.atleast_1d(np.asarray(index, dtype=np.int64)).view(np.uint64))
    return state


def uniform(seed: int, stream: str, *indices: ArrayLike) -> NDArray[np.float64]:
    """Return numbers in [0, 1), each a multiple of 2^-53; parameters as in `hashed`."""
    return (hashed(seed, stream, *indices) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def integers(seed: int, stream: str, *indices: ArrayLike, low: int, high: int) -> NDArray[np.int64]:
    """Return integers in low..high, both ends included; the first parameters as in `hashed`."""
    # The modulo's bias is below (high - low) / 2^64: far under anything a demo could show.
    return (hashed(seed, stream, *indices) % np.uint64(high - low + 1)).astype(np.int64) + low


def value_noise(x_m: ArrayLike, y_m: ArrayLike, *, wavelength_m: float, seed: int, stream: str) -> NDArray[np.float64]:
    """Return smooth noise in [-1, 1]: hashed values on a square lattice, joined by cubic smoothsteps.

    Parameters
    ----------
    x_m, y_m : array_like
        Places, metres; broadcast against each other.
    wavelength_m : float
        Lattice spacing, metres.
    """
    u = np.asarray(x_m, dtype=np.float64) / wavelength_m
    v = np.asarray(y_m, dtype=np.float64) / wavelength_m
    i, j = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    fu, fv = u - i, v - j
    fu, fv = fu * fu * (3.0 - 2.0 * fu), fv * fv * (3.0 - 2.0 * fv)
    i_min, j_min = int(i.min()), int(j.min())
    columns = np.arange(i_min, int(i.max()) + 2)
    rows = np.arange(j_min, int(j.max()) + 2)
    lattice = 2.0 * uniform(seed, stream, rows[:, None], columns[None, :]) - 1.0
    i, j = i - i_min, j - j_min
    low = lattice[j, i] * (1.0 - fu) + lattice[j, i + 1] * fu
    high = lattice[j + 1, i] * (1.0 - fu) + lattice[j + 1, i + 1] * fu
    result: NDArray[np.float64] = low * (1.0 - fv) + high * fv
    return result
