"""P.1812 from the geometry of many paths at once, as loops the compiler turns into SIMD code.

Equation numbers are those of Recommendation ITU-R P.1812-6, whose troposcatter is the one ITU advises. `prepare` and
`ducts` compute what no band changes, `combine` one band.
They hold against the scalar reference to
1e-3 dB.
"""

from __future__ import annotations

import math

from numba import njit

from phusong.coverage._kernels.arrays import Floats
from phusong.coverage._kernels.diffraction import normal, smooth_path
from phusong.coverage._kernels.fields import (
    AP,
    B0,
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
    HM,
    HORIZON,
    HRE,
    HRS,
    HTE,
    HTS,
    LOSS,
    NEED,
    OMEGA,
    RX_AT_SEA,
    SMOOTHS,
    SPAN,
    TAU,
    THETA,
    THETA_D,
    THETA_R,
    THETA_T,
)
from phusong.coverage._kernels.vector_math import LN10, atan, exp, log10, tanh, ten_to

__all__ = ["combine", "ducts", "need_ducts", "prepare"]


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
        tau = 1.0 - exp(-4.12e-4 * ten_to(2.41 * log10(max(geo[DLM, k], 1e-9))))
        geo[TAU, k] = tau
        mu1 = ten_to(-geo[DTM, k] / (16.0 - 6.6 * tau)) + ten_to(-5.0 * (0.496 + 0.354 * tau))
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
        smooth_path(geo, smooth, n, ae if which == 0 else ab, SMOOTHS * which)


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
        alpha = max(-0.6 - 3.5e-9 * ten_to(3.1 * log_d) * tau, -3.4)
        roots = geo[HTE, k] ** 0.5 + geo[HRE, k] ** 0.5
        log_mu2 = min(alpha * log10(500.0 / ae * d * d / (roots * roots)), 0.0)
        d_i = min(d - geo[SPAN, k], 40.0)
        log_mu3 = -4.6e-5 / LN10 * max(geo[HM, k] - 10.0, 0.0) * (43.0 + 6.0 * d_i)
        log_b = geo[B0, k] + log_mu2 + log_mu3
        decay = (9.51 - 4.8 * log_b + 0.198 * log_b * log_b) * 1e-6 * ten_to(1.13 * log_d)
        gamma = 1.076 * ten_to(-1.012 * log10(2.0058 - log_b)) * exp(-decay)
        ratio = log_p - log_b
        geo[AP, k] = -12.0 + (1.2 + 3.7e-3 * d) * ratio + 12.0 * ten_to(gamma * ratio)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _shielding(theta: float, horizon: float, f: float, root3: float) -> float:
    """Return the site-shielding loss of a terminal, (48)."""
    t = max(theta - 0.1 * horizon, 0.0)
    return 20.0 * log10(1.0 + 0.361 * t * (f * horizon) ** 0.5) + 0.264 * t * root3


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
    normal_p = normal(log_p - 2.0)
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
        fi = normal_p / normal(log_b0 - 2.0)
        lmin0 = lbd50 + (l0b + land - lbd50) * fi if log_p >= log_b0 else l0p + land  # (59)
        lba = coupling + 20.0 * log10(geo[SPAN, k]) + per_mrad * geo[THETA_D, k] + geo[AP, k]  # (46), (47)
        shield = _shielding(geo[THETA_T, k], geo[DLT, k], f, root3) + _shielding(geo[THETA_R, k], geo[DLR, k], f, root3)
        lba += shield * geo[HORIZON, k]
        if at_sea:
            lba += _sea_duct(geo[DCT, k], geo[DLT, k], w, geo[HTS, k])
            lba += _sea_duct(geo[DCR, k], geo[DLR, k], w, geo[HRS, k])
        top, gap = max(lba, l0p), abs(lba - l0p)
        lminbap = top + 2.5 * LN10 * log10(1.0 + exp(-gap / 2.5))  # (60)
        lbda = lminbap + (lbd - lminbap) * geo[FK, k] if lminbap <= lbd else lbd  # (61)
        lbam = lbda + (lmin0 - lbda) * geo[FJ, k]  # (62)
        lbs = tropo + 20.0 * log10(geo[DISTANCE, k]) + 0.573 * geo[THETA, k]  # (44)
        top, gap = min(lbs, lbam), abs(lbs - lbam)
        lbc = top - 5.0 * log10(1.0 + ten_to(-0.2 * gap))  # (63)
        place = 0.0 if geo[RX_AT_SEA, k] > 0.5 else location_db
        geo[LOSS, k] = max(l0p, lbc + place)  # (69)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _sea_duct(coast: float, horizon: float, omega: float, height: float) -> float:
    """Return the coupling of a terminal near the coast to ducts over the sea, (49)."""
    value = -3.0 * exp(-0.25 * min(coast * coast, 2000.0)) * (1.0 + tanh(0.07 * (50.0 - height)))
    return value if coast <= 5.0 and coast <= horizon and omega >= 0.75 - 1e-9 else 0.0
