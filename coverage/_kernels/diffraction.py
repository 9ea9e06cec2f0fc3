"""Diffraction of P.1812 (4.3, delta-Bullington) for many paths at once, as loops the compiler turns into SIMD code.

`smooth_path` computes what no band changes, `diffraction` one band. Equation numbers are those of ITU-R P.1812-6.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats
from phusong.coverage._kernels.fields import (
    ADFT,
    B0,
    BEYOND,
    CHUNK,
    DISTANCE,
    GAP,
    H1,
    H2,
    HSE,
    NU,
    NUS,
    OMEGA,
    OWN,
    SHARED,
    SMOOTHS,
    SREQ,
)
from phusong.coverage._kernels.vector_math import LN10, acos, exp, log10, ten_to

__all__ = ["diffraction", "normal", "smooth_path"]

_LAND = (22.0, 0.003)  # relative permittivity, conductivity S/m, 4.3.3
_SEA = (80.0, 5.0)
"""Relative permittivity and conductivity in S/m, 4.3.3."""


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_path(geo: Floats, smooth: Floats, n: int, radius: float, row: int) -> None:
    """Fill the spherical-Earth geometry (22)-(26) and the Bullington point over the smooth path for one radius."""
    if geo.shape[1] != CHUNK or smooth.shape[1] != CHUNK:
        return
    e = 500.0 / radius
    for k in range(n):
        d, h1, h2 = geo[DISTANCE, k], geo[H1, k], geo[H2, k]
        roots = h1**0.5 + h2**0.5
        marginal = (2.0 * radius * 0.001) ** 0.5 * roots  # (22)
        c = (h1 - h2) / (h1 + h2)
        m = 250.0 * d * d / (radius * (h1 + h2))
        # (24): the middle root of m b^3 - (m + 1) b + c. cos(pi/3 + a/3) as the sine of a small angle.
        a = 0.5235987755982988 - acos(1.5 * c * (3.0 * m / ((m + 1.0) * (m + 1.0) * (m + 1.0))) ** 0.5) / 3.0
        z = a * a
        cosine = a * (1.0 + z * (-1 / 6 + z * (1 / 120 + z * (-1 / 5040 + z * (1 / 362880)))))
        b = 2.0 * ((m + 1.0) / (3.0 * m)) ** 0.5 * cosine
        d1 = 0.5 * d * (1.0 + b)
        d2 = d - d1
        hse = ((h1 - e * d1 * d1) * d2 + (h2 - e * d2 * d2) * d1) / d  # (23)
        smooth[row + HSE, k] = hse
        smooth[row + SREQ, k] = 17.456 * (max(d1 * d2, 0.0) / d) ** 0.5  # (25) without sqrt(wavelength)
        far = d >= marginal
        smooth[row + BEYOND, k] = 1.0 if far else 0.0
        smooth[row + ADFT, k] = radius if far else 500.0 * (d / roots) * (d / roots)  # (26)
        # Bullington over the smooth path: every height is zero, so each maximum has one peak, at a known place,
        # and one of the samples beside it is the answer. The nearest point to the line lies where (24) says.
        step, shared, own = geo[GAP, k], geo[SHARED, k], geo[OWN, k]
        x_tx, x_rx = (h1 / e) ** 0.5, d - (h2 / e) ** 0.5
        t0, t1, t2, t3 = _beside(x_tx, d, step, shared, own)
        from_tx = max(_rise(t0, e, d, h1), _rise(t1, e, d, h1), _rise(t2, e, d, h1), _rise(t3, e, d, h1))
        t0, t1, t2, t3 = _beside(x_rx, d, step, shared, own)
        t0, t1, t2, t3 = d - t0, d - t1, d - t2, d - t3
        from_rx = max(_rise(t0, e, d, h2), _rise(t1, e, d, h2), _rise(t2, e, d, h2), _rise(t3, e, d, h2))
        t0, t1, t2, t3 = _beside(d1, d, step, shared, own)
        near = max(
            _clear(t0, e, d, h1, h2), _clear(t1, e, d, h1, h2), _clear(t2, e, d, h1, h2), _clear(t3, e, d, h1, h2)
        )
        line = (h2 - h1) / d
        edge = (0.002 * d * max(from_tx - line, 0.0) * max(from_rx + line, 0.0)) ** 0.5
        smooth[row + NUS, k] = near if from_tx < line else edge


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _beside(x: float, d: float, step: float, shared: float, own: int) -> tuple[float, float, float, float]:
    """Return the samples beside place x: the ray's before and after it, the receiver's own likewise, as distances.

    Where there are none of one kind the other's stand in; between two samples alone lies one half-way.
    """
    i, j = float(np.floor(x / step)), float(np.floor((d - x) / step))
    half = 0.5 * d
    ray0, ray1 = min(max(i, 1.0), shared) * step, min(max(i + 1.0, 1.0), shared) * step
    own0, own1 = d - min(max(j, 1.0), own) * step, d - min(max(j + 1.0, 1.0), own) * step
    other0 = own0 if own > 0.0 else half
    other1 = own1 if own > 0.0 else half
    ray0 = ray0 if shared > 0.0 else other0
    ray1 = ray1 if shared > 0.0 else other1
    own0 = own0 if own > 0.0 else ray0
    own1 = own1 if own > 0.0 else ray1
    return ray0, ray1, own0, own1


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _rise(x: float, e: float, d: float, h: float) -> float:
    """Return the slope up to the smooth surface at distance x from an antenna h above it."""
    return e * (d - x) - h / x


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _clear(x: float, e: float, d: float, h1: float, h2: float) -> float:
    """Return nu times sqrt(wavelength) of the smooth surface at distance x."""
    across = x * (d - x)
    return (e * across - (h1 * (d - x) + h2 * x) / d) * (0.002 * d / across) ** 0.5


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _bull(nu: float, d: float) -> float:
    """Return the Bullington loss, (12) and (21)."""
    v = nu - 0.1
    edge = 6.9 + 20.0 * log10(max((v * v + 1.0) ** 0.5 + v, 1e-12))
    edge = edge if nu > -0.78 else 0.0
    return edge + (1.0 - exp(-edge / 6.0)) * (10.0 + 0.02 * d)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _height_gain(b: float, floor_db: float) -> float:
    """Return G(Y) of (34), not below 2 + 20 log10 K."""
    high = b > 2.0
    x = max(b - 1.1, 1e-9)
    logarithm = log10(max(x if high else b + 0.1 * b * b * b, 1e-300))
    gain = 17.6 * x**0.5 - 5.0 * logarithm - 8.0 if high else 20.0 * logarithm
    return max(gain, floor_db)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _first_term(d: float, h1: float, h2: float, adft: float, f: float, per_f: float, vertical_factor: float) -> float:
    """Return the first-term spherical-Earth loss, (29)-(36); `per_f` and `vertical_factor` hold ground and band."""
    root = ten_to(log10(adft * f) / 3.0)  # cube root
    k = per_f / root * vertical_factor
    kk = k * k
    beta = (1.0 + 1.6 * kk + 0.67 * kk * kk) / (1.0 + 4.5 * kk + 1.53 * kk * kk)
    x = 21.88 * beta * d * f / (root * root)  # (f / a^2)^(1/3) = f / (a f)^(2/3)
    y = 0.9575 * beta * f / root  # (f^2 / a)^(1/3) = f / (a f)^(1/3)
    log_x = log10(x)
    power = ten_to(1.425 * log_x)
    f_x = 11.0 + 10.0 * log_x - 17.6 * x if x >= 1.6 else -20.0 * log_x - 5.6488 * power
    floor_db = 2.0 + 20.0 * log10(k)
    return -f_x - _height_gain(beta * y * h1, floor_db) - _height_gain(beta * y * h2, floor_db)


@njit(cache=True, nogil=True, error_model="numpy")
def _surface(f: float, ground: tuple[float, float], vertical: bool) -> tuple[float, float]:
    """Return what (29) needs of the ground at a frequency in GHz."""
    eps, sigma = ground
    loss = 18.0 * sigma / f
    return 0.036 * ((eps - 1.0) ** 2 + loss * loss) ** -0.25, (eps * eps + loss * loss) ** 0.5 if vertical else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _diffraction(
    geo: Floats, smooth: Floats, diff: Floats, n: int, f: float, vertical: bool, at_sea: bool, which: int, row: int
) -> None:
    """Fill the delta-Bullington loss (39) for one Earth radius."""
    if geo.shape[1] != CHUNK or diff.shape[1] != CHUNK or smooth.shape[1] != CHUNK:
        return
    shift = SMOOTHS * which
    lam = 0.2998 / f
    root, per_root = math.sqrt(lam), 1.0 / math.sqrt(lam)
    land_per, land_factor = _surface(f, _LAND, vertical)
    for k in range(n):
        d, h1, h2, a = geo[DISTANCE, k], geo[H1, k], geo[H2, k], smooth[shift + ADFT, k]
        diff[row, k] = _first_term(d, h1, h2, a, f, land_per, land_factor)
    if at_sea:
        sea_per, sea_factor = _surface(f, _SEA, vertical)
        for k in range(n):
            d, h1, h2, a = geo[DISTANCE, k], geo[H1, k], geo[H2, k], smooth[shift + ADFT, k]
            w = geo[OMEGA, k]
            diff[row, k] = w * _first_term(d, h1, h2, a, f, sea_per, sea_factor) + (1.0 - w) * diff[row, k]  # (28)
    for k in range(n):
        d = geo[DISTANCE, k]
        part = 1.0 - smooth[shift + HSE, k] / (smooth[shift + SREQ, k] * root)
        near = max(part, 0.0) * max(diff[row, k], 0.0)  # (27); 0 where the path is clear
        sphere = diff[row, k] if smooth[shift + BEYOND, k] > 0.5 else near
        diff[row, k] = _bull(geo[NU + which, k] * per_root, d) + max(
            sphere - _bull(smooth[shift + NUS, k] * per_root, d), 0.0
        )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def normal(log_y: float) -> float:
    """Return the inverse of the cumulative normal for y <= 0.5, attachment 2, from log10 y."""
    t = (-2.0 * LN10 * log_y) ** 0.5
    return t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def diffraction(
    geo: Floats,
    smooth: Floats,
    diff: Floats,
    n: int,
    band: int,
    f: float,
    time_share: float,
    vertical: bool,
    at_sea: bool,
) -> None:
    """Fill rows 2 band and 2 band + 1 of `diff`: Ld50 and Ldp, dB, (39)-(41), at f GHz."""
    if geo.shape[1] != CHUNK or diff.shape[1] != CHUNK:
        return
    rare = time_share < 50.0
    for which in range(2 if rare else 1):
        _diffraction(geo, smooth, diff, n, f, vertical, at_sea, which, 2 * band + which)
    if not rare:
        for k in range(n):
            diff[2 * band + 1, k] = diff[2 * band, k]
        return
    log_p = math.log10(time_share)
    normal_p = normal(log_p - 2.0)
    for k in range(n):
        log_b0 = geo[B0, k]
        fi = normal_p / normal(log_b0 - 2.0) if log_p >= log_b0 else 1.0  # (40)
        d50 = diff[2 * band, k]
        diff[2 * band + 1, k] = d50 + fi * (diff[2 * band + 1, k] - d50)
