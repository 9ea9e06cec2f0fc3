"""The path of ITU-R P.1812: radio-climatic quantities (section 3) and horizons and roughness (Attachment 1).

Distances in km, heights in m. Equation numbers are those the Recommendation's published reference logs print.

Which heights: horizon angles, distances to the horizon, the smooth surface and the roughness all come from the bare
ground (h). Clutter enters through the Bullington part only (see `p526`), from the second sample to the last but one.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong.coverage.propagation.p526 import SmoothEarth, wavelength_m
from phusong.coverage.propagation.path_profile import COAST, INLAND, SEA, PathProfile, sample_widths

__all__ = [
    "Horizons",
    "Roughness",
    "ZoneLengths",
    "beta0_percent",
    "coast_distances_m",
    "horizons",
    "roughness",
    "zone_lengths",
]

_TROPIC_DEG: Final = 70.0


class ZoneLengths(NamedTuple):
    """omega, the share of the path over sea; dtm and dlm, its longest stretches of land and of inland in km."""

    omega: float
    dtm: float
    dlm: float


class Horizons(NamedTuple):
    """What the two antennas see along the path: angles in mrad, distances in km, sample numbers."""

    is_beyond: bool
    theta_t: float
    theta_r: float
    theta: float
    dlt: float
    dlr: float
    sample_t: int
    sample_r: int


class Roughness(NamedTuple):
    """Surface, antenna heights above it and terrain roughness for the ducting model, all in m."""

    hst: float
    hsr: float
    hte: float
    hre: float
    hm: float


def zone_lengths(d_km: NDArray[np.float64], zone: NDArray[np.int8]) -> ZoneLengths:
    """Measure the zones along a path; each sample stands for half the way to its neighbours."""
    width = sample_widths(d_km)
    omega = float(width[zone == SEA].sum()) / float(d_km[-1])  # (1)
    land = np.isin(zone, (COAST, INLAND))
    return ZoneLengths(omega, _longest(width, land), _longest(width, zone == INLAND))


def _longest(width_km: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Return the longest run of samples that are inside, in km."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    starts, stops = edges[::2], edges[1::2]
    return max((float(width_km[a:b].sum()) for a, b in zip(starts, stops, strict=True)), default=0.0)


def coast_distances_m(profile: PathProfile, *, inland_m: float = 500e3) -> tuple[float, float]:
    """Return how far each end is from the sea along the path (dct, dcr), in m.

    Parameters
    ----------
    inland_m : float
        Where the path meets no sea: so far that it does not matter.

    Notes
    -----
    They matter only where at least 75 % of the path lies over sea. The coast is taken half-way between the last
    land sample and the first of the sea; an end over sea has 0.
    """
    sea = np.flatnonzero(profile.zone == SEA)
    if not sea.size:
        return inland_m, inland_m
    d, first, last = profile.distance_m, int(sea[0]), int(sea[-1])
    dct = 0.0 if first == 0 else float(d[first - 1] + d[first]) / 2.0
    dcr = 0.0 if last == d.size - 1 else profile.length_m - float(d[last] + d[last + 1]) / 2.0
    return dct, dcr


def beta0_percent(latitude_deg: float, *, dtm_km: float, dlm_km: float) -> float:
    """Return beta0: the share of time with a lapse rate over 100 N-units/km near the ground, 3.6."""
    tau = tau_of(dlm_km)
    mu1 = min((10.0 ** (-dtm_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2, 1.0)  # (2)
    latitude = abs(latitude_deg)
    if latitude <= _TROPIC_DEG:
        mu4 = mu1 ** (-0.935 + 0.0176 * latitude)  # (4)
        return float(10.0 ** (-0.015 * latitude + 1.67) * mu1 * mu4)  # (5)
    return float(4.17 * mu1 * mu1**0.3)  # (4), (5)


def tau_of(dlm_km: float) -> float:
    """Return tau, (3)."""
    return 1.0 - math.exp(-4.12e-4 * dlm_km**2.41)


def horizons(
    d_km: NDArray[np.float64],
    h_m: NDArray[np.float64],
    *,
    hts_m: float,
    hrs_m: float,
    earth_radius_km: float,
    f_ghz: float,
) -> Horizons:
    """Find each antenna's horizon, Attachment 1, 4 and 5.1-5.5.

    Notes
    -----
    Where the path is in line of sight both horizons are the sample with the largest diffraction parameter. Of equal
    samples the one nearest to its antenna is taken, and in line of sight the last.
    """
    d, ae = float(d_km[-1]), earth_radius_km
    inner, h = d_km[1:-1], h_m[1:-1]
    beyond = d - inner
    last = inner.size  # sample number of the last inner sample
    theta_i = 1000.0 * np.arctan((h - hts_m) / (1000.0 * inner) - inner / (2.0 * ae))
    theta_td = 1000.0 * math.atan((hrs_m - hts_m) / (1000.0 * d) - d / (2.0 * ae))
    is_beyond = bool(np.max(theta_i) > theta_td)
    if is_beyond:
        theta_j = 1000.0 * np.arctan((h - hrs_m) / (1000.0 * beyond) - beyond / (2.0 * ae))
        sample_t = 1 + int(np.argmax(theta_i))
        sample_r = last - int(np.argmax(theta_j[::-1]))
        theta_t, theta_r = float(theta_i[sample_t - 1]), float(theta_j[sample_r - 1])  # (76), (79)
    else:
        above = h + 500.0 / ae * inner * beyond - (hts_m * beyond + hrs_m * inner) / d
        nu = above * np.sqrt(0.002 * d / (wavelength_m(f_ghz) * inner * beyond))  # as (15), with h and ae
        sample_t = sample_r = last - int(np.argmax(nu[::-1]))
        theta_t = theta_td  # (76)
        theta_r = 1000.0 * math.atan((hts_m - hrs_m) / (1000.0 * d) - d / (2.0 * ae))  # (80)
    dlt, dlr = float(d_km[sample_t]), d - float(d_km[sample_r])  # (78), (81)
    theta = 1e3 * d / ae + theta_t + theta_r  # (82)
    return Horizons(is_beyond, theta_t, theta_r, theta, dlt, dlr, sample_t, sample_r)


def roughness(
    d_km: NDArray[np.float64],
    h_m: NDArray[np.float64],
    *,
    htg_m: float,
    hrg_m: float,
    smooth: SmoothEarth,
    seen: Horizons,
) -> Roughness:
    """Return what the ducting model asks of the ground, Attachment 1, 5.6.3; antenna heights above ground."""
    d = float(d_km[-1])
    hst, hsr = min(smooth.hst, float(h_m[0])), min(smooth.hsr, float(h_m[-1]))  # (90a), (90b)
    slope = (hsr - hst) / d  # (91)
    hte, hre = htg_m + float(h_m[0]) - hst, hrg_m + float(h_m[-1]) - hsr  # (92a), (92b)
    between = slice(seen.sample_t, seen.sample_r + 1)
    hm = float(np.max(h_m[between] - (hst + slope * d_km[between])))  # (93)
    return Roughness(hst, hsr, hte, hre, hm)
