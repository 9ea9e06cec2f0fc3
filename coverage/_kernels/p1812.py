"""P.1812 from the geometry of many paths at once, as loops the compiler turns into SIMD code.

Equation numbers are those of Recommendation ITU-R P.1812-6, whose troposcatter is the one ITU advises. `prepare` and
`ducts` compute what no band changes, `diffraction` and `combine` one band. They hold against the scalar reference to
1e-3 dB.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats
from phusong.coverage._kernels.fields import (
    ADFT,
    AP,
    B0,
    BEYOND,
    CHUNK,
    DCR,
    DCT,
    DISTANCE,
    DLM,
    DLR,
    DLT,
    DTM,
    ESP,
    FJ,
    FK,
    FS,
    GAP,
    H1,
    H2,
    HM,
    HORIZON,
    HRE,
    HRS,
    HSE,
    HTE,
    HTS,
    LOSS,
    NEED,
    NU,
    NUS,
    OMEGA,
    OWN,
    RX_AT_SEA,
    SHARED,
    SMOOTHS,
    SPAN,
    SREQ,
    TAU,
    THETA,
    THETA_D,
    THETA_R,
    THETA_T,
)  # fmt: skip
from phusong.coverage._kernels.vector_math import acos, atan, exp, log10, tanh

__all__ = ["combine", "diffraction", "ducts", "need_ducts", "prepare"]

_LN10 = 2.302585092994046
_LAND = (22.0, 0.003)  # relative permittivity, conductivity S/m, 4.3.3
_SEA = (80.0, 5.0)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _ten_to(x: float) -> float:
    return exp(_LN10 * x)


@njit(cache=True, nogil=True, error_model="numpy")
def prepare(
    geo: Floats, smooth: Floats, n: int, ae: float, ab: float, latitude_scale: float, latitude_power: float
) -> None:
    """Fill the fields that no band and no percentage changes.

    Parameters
    ----------
    geo, smooth : arrays, shape (FIELDS, CHUNK) and (2 SMOOTHS, CHUNK)
    ae, ab : float
        Effective Earth radius, median and for beta0 % of time, km; ab = 0: not asked for (p = 50 %).
    latitude_scale, latitude_power : float
        beta0 = scale * mu1 ** (1 + power), (5) with (4).
    """
    if geo.shape[1] != CHUNK:
        return
    for k in range(n):
        d = geo[DISTANCE, k]
        rise = (geo[HRS, k] - geo[HTS, k]) / 1000.0
        geo[FS, k] = 92.4 + 10.0 * log10(d * d + rise * rise)
        geo[ESP, k] = 2.6 * (1.0 - exp(-0.1 * geo[SPAN, k]))
        # time percentage of anomalous propagation, (2)-(5)
        tau = 1.0 - exp(-4.12e-4 * _ten_to(2.41 * log10(max(geo[DLM, k], 1e-9))))
        geo[TAU, k] = tau
        mu1 = _ten_to(-geo[DTM, k] / (16.0 - 6.6 * tau)) + _ten_to(-5.0 * (0.496 + 0.354 * tau))
        log_b0 = math.log10(latitude_scale) + (1.0 + latitude_power) * min(0.2 * log10(mu1), 0.0)
        geo[B0, k] = log_b0
        # angles
        theta_t = 1000.0 * atan(geo[THETA_T, k] / 1000.0)
        theta_r = 1000.0 * atan(geo[THETA_R, k] / 1000.0)
        geo[THETA_T, k], geo[THETA_R, k] = theta_t, theta_r
        theta = 1000.0 * d / ae + theta_t + theta_r
        geo[THETA, k] = theta
        geo[FJ, k] = 1.0 - 0.5 * (1.0 + tanh(3.0 * 0.8 * (theta - 0.3) / 0.3))  # (57)
        geo[FK, k] = 1.0 - 0.5 * (1.0 + tanh(3.0 * 0.5 * (d - 20.0) / 20.0))  # (58)
    for which in range(2 if ab > 0.0 else 1):
        _smooth(geo, smooth, n, ae if which == 0 else ab, SMOOTHS * which)


@njit(cache=True, nogil=True, error_model="numpy")
def ducts(geo: Floats, n: int, ae: float, time_share: float) -> None:
    """Fill what ducting needs and no band changes, (51)-(56).

    Where the horizons or the roughness are not known yet the least loss they can mean is filled in: A(p) grows with
    the roughness, and an angle toward a horizon below the horizontal is what it is.
    """
    if geo.shape[1] != CHUNK:
        return
    log_p = math.log10(time_share)
    for k in range(n):
        d, tau = geo[DISTANCE, k], geo[TAU, k]
        log_d = log10(d)
        geo[THETA_D, k] = (
            1000.0 * d / ae + min(geo[THETA_T, k], 0.1 * geo[DLT, k]) + min(geo[THETA_R, k], 0.1 * geo[DLR, k])
        )
        alpha = max(-0.6 - 3.5e-9 * _ten_to(3.1 * log_d) * tau, -3.4)
        roots = geo[HTE, k] ** 0.5 + geo[HRE, k] ** 0.5
        log_mu2 = min(alpha * log10(500.0 / ae * d * d / (roots * roots)), 0.0)
        d_i = min(d - geo[SPAN, k], 40.0)
        log_mu3 = -4.6e-5 / _LN10 * max(geo[HM, k] - 10.0, 0.0) * (43.0 + 6.0 * d_i)
        log_b = geo[B0, k] + log_mu2 + log_mu3
        decay = (9.51 - 4.8 * log_b + 0.198 * log_b * log_b) * 1e-6 * _ten_to(1.13 * log_d)
        gamma = 1.076 * _ten_to(-1.012 * log10(2.0058 - log_b)) * exp(-decay)
        ratio = log_p - log_b
        geo[AP, k] = -12.0 + (1.2 + 3.7e-3 * d) * ratio + 12.0 * _ten_to(gamma * ratio)


@njit(cache=True, nogil=True, error_model="numpy")
def _smooth(geo: Floats, smooth: Floats, n: int, radius: float, row: int) -> None:
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
    root = _ten_to(log10(adft * f) / 3.0)  # cube root
    k = per_f / root * vertical_factor
    kk = k * k
    beta = (1.0 + 1.6 * kk + 0.67 * kk * kk) / (1.0 + 4.5 * kk + 1.53 * kk * kk)
    x = 21.88 * beta * d * f / (root * root)  # (f / a^2)^(1/3) = f / (a f)^(2/3)
    y = 0.9575 * beta * f / root  # (f^2 / a)^(1/3) = f / (a f)^(1/3)
    log_x = log10(x)
    power = _ten_to(1.425 * log_x)
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
def _normal(log_y: float) -> float:
    """Return the inverse of the cumulative normal for y <= 0.5, attachment 2, from log10 y."""
    t = (-2.0 * _LN10 * log_y) ** 0.5
    return t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _shielding(theta: float, horizon: float, f: float, root3: float) -> float:
    """Return the site-shielding loss of a terminal, (48)."""
    t = max(theta - 0.1 * horizon, 0.0)
    return 20.0 * log10(1.0 + 0.361 * t * (f * horizon) ** 0.5) + 0.264 * t * root3


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
    normal_p = _normal(log_p - 2.0)
    for k in range(n):
        log_b0 = geo[B0, k]
        fi = normal_p / _normal(log_b0 - 2.0) if log_p >= log_b0 else 1.0  # (40)
        d50 = diff[2 * band, k]
        diff[2 * band + 1, k] = d50 + fi * (diff[2 * band + 1, k] - d50)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _duct_base(f: float, ae: float) -> tuple[float, float]:
    """Return what (47) and (51) have of the frequency alone: coupling loss, dB, and loss per mrad."""
    low = 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0
    return 102.45 + 20.0 * math.log10(f) + low, 5e-5 * ae * f ** (1.0 / 3.0)


@njit(cache=True, nogil=True, error_model="numpy")
def need_ducts(
    geo: Floats, diff: Floats, n: int, band: int, f: float, time_share: float, ae: float, at_sea: bool
) -> None:
    """Mark the paths on which ducting may lower the loss at a frequency.

    (60) gives Lminbap > Lba, and (61) uses it only where it is not above Lbd. So a path whose *least* possible Lba
    - no roughness, no site shielding as long as the horizons are unknown, both ends coupled to the sea where there
    is sea - reaches Lbd needs no more.
    """
    if geo.shape[1] != CHUNK or diff.shape[1] != CHUNK:
        return
    coupling, per_mrad = _duct_base(f, ae)
    coupling -= 12.0 if at_sea else 0.0
    log_p50 = math.log10(time_share / 50.0)
    root3 = f ** (1.0 / 3.0)
    free = 20.0 * math.log10(f)
    for k in range(n):
        least = coupling + 20.0 * log10(geo[SPAN, k]) + per_mrad * geo[THETA_D, k] + geo[AP, k]
        shield = _shielding(geo[THETA_T, k], geo[DLT, k], f, root3) + _shielding(geo[THETA_R, k], geo[DLR, k], f, root3)
        least += shield * geo[HORIZON, k]
        lbd = geo[FS, k] + free + geo[ESP, k] * log_p50 + diff[2 * band + 1, k]
        geo[NEED, k] = 1.0 if least < lbd and diff[2 * band + 1, k] > 0.0 else geo[NEED, k]


@njit(cache=True, nogil=True, error_model="numpy")
def combine(
    geo: Floats,
    diff: Floats,
    n: int,
    band: int,
    f: float,
    time_share: float,
    n0: float,
    ae: float,
    at_sea: bool,
    location_db: float,
) -> None:
    """Fill the basic transmission loss Lb, dB, of prepared paths at one frequency, (42)-(69).

    Parameters
    ----------
    geo : array, shape (FIELDS, CHUNK)
    diff : array, shape (2 bands, CHUNK)
        As `diffraction` fills it.
    f : float
        GHz.
    time_share, n0, ae : float
        p in %, N0 in N-units, median effective Earth radius in km.
    at_sea : bool
        Whether any path touches the sea.
    location_db : float
        What pL % of locations add, (66) and (67), where the receiver is on land.
    """
    if geo.shape[1] != CHUNK or diff.shape[1] != CHUNK:
        return
    log_f, root3 = math.log10(f), f ** (1.0 / 3.0)
    log_p = math.log10(time_share)
    log_p50 = log_p - math.log10(50.0)
    normal_p = _normal(log_p - 2.0)
    coupling, per_mrad = _duct_base(f, ae)
    tropo = 190.1 + 25.0 * log_f - 2.5 * (log_f - math.log10(2.0)) ** 2 - 0.15 * n0
    tropo -= 10.125 * max(-log_p50, 0.0) ** 0.7
    for k in range(n):
        w, log_b0 = geo[OMEGA, k], geo[B0, k]
        d50, ldp = diff[2 * band, k], diff[2 * band + 1, k]
        free = geo[FS, k] + 20.0 * log_f
        l0p = free + geo[ESP, k] * log_p50  # (10)
        l0b = free + geo[ESP, k] * (log_b0 - math.log10(50.0))  # (11)
        lbd50, lbd = free + d50, l0p + ldp  # (42), (43)
        land = (1.0 - w) * ldp
        fi = normal_p / _normal(log_b0 - 2.0)
        lmin0 = lbd50 + (l0b + land - lbd50) * fi if log_p >= log_b0 else l0p + land  # (59)
        lba = coupling + 20.0 * log10(geo[SPAN, k]) + per_mrad * geo[THETA_D, k] + geo[AP, k]  # (46), (47)
        shield = _shielding(geo[THETA_T, k], geo[DLT, k], f, root3) + _shielding(geo[THETA_R, k], geo[DLR, k], f, root3)
        lba += shield * geo[HORIZON, k]
        if at_sea:
            lba += _sea_duct(geo[DCT, k], geo[DLT, k], w, geo[HTS, k])
            lba += _sea_duct(geo[DCR, k], geo[DLR, k], w, geo[HRS, k])
        top, gap = max(lba, l0p), abs(lba - l0p)
        lminbap = top + 2.5 * _LN10 * log10(1.0 + exp(-gap / 2.5))  # (60)
        lbda = lminbap + (lbd - lminbap) * geo[FK, k] if lminbap <= lbd else lbd  # (61)
        lbam = lbda + (lmin0 - lbda) * geo[FJ, k]  # (62)
        lbs = tropo + 20.0 * log10(geo[DISTANCE, k]) + 0.573 * geo[THETA, k]  # (44)
        top, gap = min(lbs, lbam), abs(lbs - lbam)
        lbc = top - 5.0 * log10(1.0 + _ten_to(-0.2 * gap))  # (63)
        place = 0.0 if geo[RX_AT_SEA, k] > 0.5 else location_db
        geo[LOSS, k] = max(l0p, lbc + place)  # (69)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _sea_duct(coast: float, horizon: float, omega: float, height: float) -> float:
    """Return the coupling of a terminal near the coast to ducts over the sea, (49)."""
    value = -3.0 * exp(-0.25 * min(coast * coast, 2000.0)) * (1.0 + tanh(0.07 * (50.0 - height)))
    return value if coast <= 5.0 and coast <= horizon and omega >= 0.75 - 1e-9 else 0.0
