"""The losses of ITU-R P.1812 section 4 apart from diffraction: line of sight, troposcatter, ducting, their combination.

The -6 formulas: the troposcatter of edition -7 is withdrawn by ITU's own advice. Distances in km, heights in m,
angles in mrad, frequency in GHz, percentages in percent. Equation numbers as the published reference logs print them.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from phusong.coverage.propagation.p1812_path import Horizons, Roughness, tau_of

__all__ = [
    "MEDIAN_PERCENT",
    "Combined",
    "Ducting",
    "LineOfSight",
    "combine",
    "ducting",
    "inverse_normal",
    "line_of_sight",
    "location_sigma_db",
    "time_interpolation",
    "troposcatter_db",
]

MEDIAN_PERCENT: Final = 50.0


class LineOfSight(NamedTuple):
    """Free space, and what is not exceeded for p and beta0 percent of time, in dB."""

    lbfs: float
    lb0p: float
    lb0b: float


class Ducting(NamedTuple):
    """Lba and the terms it is made of, 4.5; losses in dB."""

    lba: float
    af: float
    adp: float
    ap: float
    ast: float
    asr: float
    act: float
    acr: float
    alf: float
    mu2: float
    mu3: float
    beta: float
    gamma: float


class Combined(NamedTuple):
    """The steps of 4.6, in dB but for the interpolation factors."""

    fj: float
    fk: float
    lminb0p: float
    lminbap: float
    lbda: float
    lbam: float
    lbc: float


def inverse_normal(x: float) -> float:
    """Return I(x), the inverse complementary cumulative normal distribution as Attachment 2 approximates it."""
    x = min(max(x, 1e-6), 1.0 - 1e-6)
    if x > 0.5:  # noqa: PLR2004 - (96b)
        return -inverse_normal(1.0 - x)
    t = math.sqrt(-2.0 * math.log(x))  # (97a)
    c = ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)  # (97b)
    return t - c  # (96a)


def time_interpolation(p_percent: float, beta0_percent: float) -> float:
    """Return Fi, (40): 1 up to beta0 percent of time, about 0 at 50 %."""
    if p_percent <= beta0_percent:
        return 1.0
    return inverse_normal(p_percent / 100.0) / inverse_normal(beta0_percent / 100.0)  # (40a)


def line_of_sight(
    d: float, *, hts: float, hrs: float, f_ghz: float, p_percent: float, beta0_percent: float, dl: float
) -> LineOfSight:
    """Return the losses in line of sight, 4.2; `dl` is dlt + dlr."""
    slant_squared = d**2 + ((hts - hrs) / 1000.0) ** 2  # (8a)
    lbfs = 92.4 + 20.0 * math.log10(f_ghz) + 10.0 * math.log10(slant_squared)  # (8)
    focusing = 2.6 * (1.0 - math.exp(-0.1 * dl))
    lb0p = lbfs + focusing * math.log10(p_percent / 50.0)  # (9a), (10)
    lb0b = lbfs + focusing * math.log10(beta0_percent / 50.0)  # (9b), (11)
    return LineOfSight(lbfs, lb0p, lb0b)


def troposcatter_db(d: float, *, theta: float, f_ghz: float, p_percent: float, n0: float) -> float:
    """Return Lbs in dB, 4.4 in its -6 form."""
    lf = 25.0 * math.log10(f_ghz) - 2.5 * math.log10(f_ghz / 2.0) ** 2  # (45)
    scatter = 190.1 + lf + 20.0 * math.log10(d) + 0.573 * theta - 0.15 * n0
    return float(scatter - 10.125 * math.log10(50.0 / p_percent) ** 0.7)  # (44)


def ducting(
    d: float,
    *,
    seen: Horizons,
    ground: Roughness,
    hts: float,
    hrs: float,
    dct: float,
    dcr: float,
    dlm: float,
    omega: float,
    earth_radius_km: float,
    beta0_percent: float,
    f_ghz: float,
    p_percent: float,
) -> Ducting:
    """Return the loss by ducting and layer reflection, 4.5; `dct`, `dcr` are the ways to the coast in km."""
    ae = earth_radius_km
    alf = 45.375 - 137.0 * f_ghz + 92.5 * f_ghz**2 if f_ghz < 0.5 else 0.0  # (47a)  # noqa: PLR2004
    ast = _site_shielding_db(seen.theta_t, seen.dlt, f_ghz)
    asr = _site_shielding_db(seen.theta_r, seen.dlr, f_ghz)
    act = _sea_coupling_db(hts, dct, seen.dlt, omega)
    acr = _sea_coupling_db(hrs, dcr, seen.dlr, omega)
    af = 102.45 + 20.0 * math.log10(f_ghz) + 20.0 * math.log10(seen.dlt + seen.dlr)
    af += alf + ast + asr + act + acr  # (47)

    gamma_d = 5e-5 * ae * f_ghz ** (1.0 / 3.0)  # (51)
    theta = 1e3 * d / ae + min(seen.theta_t, 0.1 * seen.dlt) + min(seen.theta_r, 0.1 * seen.dlr)  # (52), (52a)

    alpha = max(-0.6 - 3.5e-9 * d**3.1 * tau_of(dlm), -3.4)  # (55a)
    spread = (math.sqrt(ground.hte) + math.sqrt(ground.hre)) ** 2
    mu2 = min((500.0 / ae * d**2 / spread) ** alpha, 1.0)  # (55)
    between = min(d - seen.dlt - seen.dlr, 40.0)  # (56a)
    mu3 = math.exp(-4.6e-5 * (ground.hm - 10.0) * (43.0 + 6.0 * between)) if ground.hm > 10.0 else 1.0  # (56)  # noqa: PLR2004
    beta = beta0_percent * mu2 * mu3  # (54)
    log_beta = math.log10(beta)
    far = math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * d**1.13)
    gamma = 1.076 / (2.0058 - log_beta) ** 1.012 * far  # (53a)
    ratio = p_percent / beta
    ap = -12.0 + (1.2 + 3.7e-3 * d) * math.log10(ratio) + 12.0 * ratio**gamma  # (53)
    adp = gamma_d * theta + ap  # (50)
    return Ducting(af + adp, af, adp, ap, ast, asr, act, acr, alf, mu2, mu3, beta, gamma)  # (46)


def _site_shielding_db(theta: float, dl: float, f_ghz: float) -> float:
    over = theta - 0.1 * dl  # (48a)
    if over <= 0.0:
        return 0.0
    loss = 20.0 * math.log10(1.0 + 0.361 * over * math.sqrt(f_ghz * dl)) + 0.264 * over * f_ghz ** (1.0 / 3.0)
    return float(loss)  # (48)


def _sea_coupling_db(height_m: float, coast_km: float, dl: float, omega: float) -> float:
    if omega >= 0.75 - 1e-9 and coast_km <= dl and coast_km <= 5.0:  # noqa: PLR2004 - (49), and a hair: ω is a sum
        return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - height_m)))  # (49)
    return 0.0  # (49a)


def combine(
    d: float,
    *,
    theta: float,
    omega: float,
    p_percent: float,
    beta0_percent: float,
    fi: float,
    los: LineOfSight,
    ldp: float,
    lbd50: float,
    lba: float,
    lbs: float,
) -> Combined:
    """Bring line of sight, diffraction, ducting and troposcatter together, 4.6."""
    fj = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.8 * (theta - 0.3) / 0.3))  # (57)
    fk = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.5 * (d - 20.0) / 20.0))  # (58)
    lbd = los.lb0p + ldp  # (43)
    if p_percent < beta0_percent:
        lminb0p = los.lb0p + (1.0 - omega) * ldp  # (59)
    else:
        lminb0p = lbd50 + (los.lb0b + (1.0 - omega) * ldp - lbd50) * fi  # (59)
    lminbap = _soft_sum_db(lba, los.lb0p)  # (60)
    lbda = lminbap + (lbd - lminbap) * fk if lminbap <= lbd else lbd  # (61)
    lbam = lbda + (lminb0p - lbda) * fj  # (62)
    lbc = min(lbs, lbam) - 5.0 * math.log10(1.0 + 10.0 ** (-0.2 * abs(lbs - lbam)))  # (63), safe from underflow
    return Combined(fj, fk, lminb0p, lminbap, lbda, lbam, lbc)


def _soft_sum_db(a: float, b: float) -> float:
    """Return eta ln(exp(a/eta) + exp(b/eta)) with eta 2.5, written so that no exponential overflows, (60)."""
    high, low = max(a, b), min(a, b)
    return high + 2.5 * math.log1p(math.exp((low - high) / 2.5))


def location_sigma_db(f_mhz: float, *, resolution_m: float, rx_height_m: float, clutter_m: float) -> float:
    """Return the spread of the loss over places within one pixel in dB, 4.8 and 4.10.

    Parameters
    ----------
    resolution_m : float
        wa, the width of the square whose places are meant; below 1000 m.
    rx_height_m, clutter_m : float
        Height of the receiver and of the clutter around it; 10 m above the clutter there is no spread.
    """
    sigma = (0.024 * f_mhz / 1000.0 + 0.52) * resolution_m**0.28
    return float(sigma * min(max(1.0 - (rx_height_m - clutter_m) / 10.0, 0.0), 1.0))
