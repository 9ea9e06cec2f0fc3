"""One path, its own profile: the geometry by looking at every sample, a whole SIMD register at a time.

The audit's way (``exact=True``) and independent of the hulls of `geometry`; the plane and the units are the same.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.fields import (
    DISTANCE,
    DLR,
    DLT,
    GAP,
    H1,
    H2,
    HM,
    HORIZON,
    HRE,
    HRS,
    HTE,
    HTS,
    NU,
    NU_B,
    OWN,
    SHARED,
    SPAN,
    THETA_R,
    THETA_T,
)  # fmt: skip
from phusong.coverage._kernels.grazing import least_in

__all__ = ["LANES", "geometry_of"]

LANES = 32


@njit(cache=True, nogil=True, error_model="numpy")
def greatest(values: Floats, n: int, lanes: Floats) -> float:
    """Return the greatest of values[1:n], -inf for none.

    A running maximum is one long chain of comparisons; LANES maxima side by side are independent, and vectorise.
    """
    best = -np.inf
    whole = 1 + (n - 1) // LANES * LANES
    if whole > 1:
        for k in range(LANES):
            lanes[k] = values[1 + k]
        for i in range(1 + LANES, whole, LANES):
            for k in range(LANES):
                lanes[k] = values[i + k] if values[i + k] > lanes[k] else lanes[k]
        for k in range(LANES):
            best = max(best, lanes[k])
    for i in range(whole, n):
        best = max(best, values[i])
    return best


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _sums(h: Floats, n: int, step: float) -> tuple[float, float]:
    """Return v1 and v2 of P.1812 (85) and (86): the order of a sum is free here, so it vectorises."""
    s1 = s2 = 0.0
    for i in range(1, n):
        s1 += h[i]
        s2 += i * h[i]
    return (h[0] + 2.0 * s1 + h[n]) * step, (h[0] + 6.0 * s2 + (3 * n - 1) * h[n]) * step * step


@njit(cache=True, nogil=True, error_model="numpy")
def _bullington(
    g: Floats,
    n: int,
    step: float,
    ce: float,
    hts: float,
    hrs: float,
    y: Floats,
    slopes: Floats,
    per: Floats,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    lanes: Floats,
) -> float:
    """Return the Bullington point's nu times sqrt(wavelength), (13)-(20)."""
    d = n * step
    bend = 500.0 * ce * step * step
    y_end = hrs - bend * n * n - hts
    line = y_end / d
    per_step = 1.0 / step
    for i in range(1, n):
        y[i] = g[i] - bend * i * i - hts
        slopes[i] = y[i] * per[i] * per_step
    from_tx = greatest(slopes, n, lanes)
    if from_tx < line:
        for i in range(1, n):
            x32[i], y32[0, i] = i * step, y[i]
        i = least_in(x32, y32, 0, scratch, bits, line, d, 1, n - 1, np.inf)
        x = i * step
        return (y[i] - line * x) * math.sqrt(0.002 * d / (x * (d - x)))
    for i in range(1, n):
        slopes[i] = (y[i] - y_end) * per[n - i] * per_step
    from_rx = greatest(slopes, n, lanes)
    return math.sqrt(0.002 * d * (from_tx - line) * max(from_rx + line, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def geometry_of(
    geo: Floats,
    at: int,
    h: Floats,
    g: Floats,
    n: int,
    step: float,
    htg: float,
    hrg: float,
    ce: float,
    ce_b: float,
    y: Floats,
    slopes: Floats,
    per: Floats,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    lanes: Floats,
) -> None:
    """Fill one path's geometry from n + 1 samples, n at least 2.

    Parameters
    ----------
    geo, at : array, int
        Where to.
    h, g : arrays, shape (n + 1,)
        Bare ground and ground with clutter, m.
    step : float
        Between samples, km.
    htg, hrg, ce, ce_b
        Antennas above ground, m; curvatures, 1/km, the second 0 where not asked for.
    y, slopes, per, x32, y32, scratch, bits, lanes
        Scratch; per[i] = 1 / i.
    """
    d = n * step
    hts, hrs = h[0] + htg, h[n] + hrg
    geo[DISTANCE, at], geo[HTS, at], geo[HRS, at] = d, hts, hrs
    geo[NU, at] = _bullington(g, n, step, ce, hts, hrs, y, slopes, per, x32, y32, scratch, bits, lanes)
    if ce_b > 0.0:
        geo[NU_B, at] = _bullington(g, n, step, ce_b, hts, hrs, y, slopes, per, x32, y32, scratch, bits, lanes)
    per_step = 1.0 / step
    # The smooth Earth, over flat ground: (85)-(92).
    s1, s2 = _sums(h, n, step)
    hst, hsr = (2.0 * s1 * d - s2) / (d * d), (s2 - s1 * d) / (d * d)
    end = hrs - hts
    line = end / d
    for i in range(1, n):
        y[i] = h[i] - hts
        slopes[i] = y[i] * per[i] * per_step
    from_tx = greatest(slopes, n, lanes)
    hstp, hsrp = hst, hsr
    if from_tx > line:
        for i in range(1, n):
            slopes[i] = (y[i] - end) * per[n - i] * per_step
        ar = greatest(slopes, n, lanes) + line
        for i in range(1, n):
            slopes[i] = y[i] - line * step * i
        share = greatest(slopes, n, lanes) / (from_tx - line + ar)
        hstp -= (from_tx - line) * share
        hsrp -= ar * share
    geo[H1, at], geo[H2, at] = hts - min(hstp, h[0]), hrs - min(hsrp, h[n])
    hst, hsr = min(hst, h[0]), min(hsr, h[n])
    geo[HTE, at], geo[HRE, at] = hts - hst, hrs - hsr
    # Horizons over bare ground: (76)-(83).
    bend = 500.0 * ce * step * step
    y_end = end - bend * n * n
    line = y_end / d
    for i in range(1, n):
        y[i] = h[i] - bend * i * i - hts
        slopes[i] = y[i] * per[i] * per_step
    from_tx, from_rx = greatest(slopes, n, lanes), -line
    if from_tx > line:
        first = 1
        while slopes[first] != from_tx:
            first += 1
        for i in range(1, n):
            slopes[i] = (y[i] - y_end) * per[n - i] * per_step
        from_rx = greatest(slopes, n, lanes)
        last = n - 1
        while slopes[last] != from_rx:
            last -= 1
    else:
        from_tx = line
        for i in range(1, n):
            x32[i], y32[0, i] = i * step, y[i]
        first = last = least_in(x32, y32, 0, scratch, bits, line, d, 1, n - 1, np.inf)
    geo[THETA_T, at], geo[THETA_R, at] = from_tx, from_rx - 1000.0 * ce * d
    geo[DLT, at], geo[DLR, at] = first * step, d - last * step
    geo[SPAN, at], geo[HORIZON, at] = geo[DLT, at] + geo[DLR, at], 1.0
    slope = (hsr - hst) / d * step
    rough = -np.inf
    for i in range(first, last + 1):
        rough = max(rough, h[i] - hst - slope * i)
    geo[HM, at] = rough
    geo[SHARED, at], geo[OWN, at], geo[GAP, at] = n - 1, 0.0, step
