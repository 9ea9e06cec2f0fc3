"""The point that comes nearest to a clear line of sight: the largest (negative) diffraction parameter.

With c the clearance below the line of length d, nu = -c sqrt(0.002 d / (lambda x (d - x))): the largest nu is the
smallest c^2 / (x (d - x)), whatever the wavelength.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.fields import Y

__all__ = ["least_in", "nearest_to_line", "window"]

_NOT_NEGATIVE = 0x7FFF_FFFF


def _to_bits32(typing_context: Any, value: Any) -> Any:
    """Return the 32 bits of a float as an integer."""
    del typing_context, value

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

    return types.int32(types.float32), generate


_bits32: Any = intrinsic(_to_bits32)


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_to_line(
    side: Floats,
    s: int,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    step: float,
    slope: float,
    x_end: float,
    first: int,
    last: int,
    measure: float,
    place: float,
) -> tuple[float, float]:
    """Return the least measure c^2 / (x (d - x)) of samples first..last, and its place.

    `measure` and `place` are the best known so far, kept where no sample is better. The search is in float32, the
    answer in float64: a sample that ties within 1e-6 may be taken for the best.
    """
    if first > last:
        return measure, place
    i = least_in(x32, y32, s, scratch, bits, slope, x_end, first, last, measure)
    if i == 0:
        return measure, place
    x = i * step
    c = slope * x - side[s, Y, i]
    found = c * c / (x * (x_end - x))
    return (found, x) if found < measure else (measure, place)


@njit(cache=True, nogil=True, error_model="numpy")
def least_in(
    x32: Floats,
    y32: Floats,
    s: int,
    scratch: Floats,
    bits: Ints,
    slope: float,
    x_end: float,
    first: int,
    last: int,
    known: float,
) -> int:
    """Return the sample of the least measure among first..last, the last of equals; 0 where `known` is clearly less.

    Parameters
    ----------
    x32, y32 : arrays of float32, shape (> last,) and (surfaces, > last)
        Distance, km, and height in the plane where the ray is straight, m, relative to the transmitter.
    s : int
        Which surface.
    scratch, bits : arrays of float32 and int32 over the same memory
        Floats that are not negative sort like their bits, and a minimum of integers is what compilers vectorise.
    slope, x_end : float
        Of the line, m/km, and its length, km.
    first, last : int
        1 or more.
    known : float
        A measure known already; inf: none.
    """
    rise, e = np.float32(slope), np.float32(x_end)
    # Masked, the compiler knows the number is not negative, so no index counts from the end, and vectorises.
    begin, end = first & _NOT_NEGATIVE, (last + 1) & _NOT_NEGATIVE
    for i in range(begin, end):
        c = rise * x32[i] - y32[s, i]
        scratch[i] = c * c / (x32[i] * (e - x32[i]))
    least = bits[begin]
    for i in range(begin, end):
        least = min(least, bits[i])
    if least > _bits32(np.float32(known * 1.001)):
        return 0  # most often the answer is known already and need not be searched for
    found = end - 1
    while bits[found] != least:
        found -= 1
    return found


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def window(measure: float, below_tx: float, below_rx: float, step: float, x_end: float, last: int) -> tuple[int, int]:
    """Return the samples that may still beat `measure`, first and last.

    All samples lie below the steepest slopes seen from the two ends, which lie `below_tx` and `below_rx` (m/km)
    under the line: c >= below_tx x and c >= below_rx (d - x). So a measure under `measure` is possible only where
    below_tx^2 x / (d - x) and below_rx^2 (d - x) / x are.
    """
    reach_tx = measure * x_end / (below_tx * below_tx + measure)
    reach_rx = measure * x_end / (below_rx * below_rx + measure)
    return max(int((x_end - reach_rx) / step), 1), min(int(reach_tx / step) + 1, last)
