"""The Irregular Terrain Model's reference attenuation: line of sight, diffraction, troposcatter.

After NTIA's reference implementation of ITM 1.4 (github.com/NTIA/itm, public domain, changed: other names and
structure, compiled Python instead of C++, 2026). "[Algorithm]" is Hufford (1995), "[ERL]" ERL 79-ITS 67 (Longley and
Rice 1968), "[TN101]" NBS Technical Note 101, "[Vogler]" Vogler (1964). All lengths in m, angles in rad, f in MHz.
"""

from __future__ import annotations

import cmath
import math
from typing import Final, NamedTuple

import numpy as np

from phusong.coverage.propagation._compiled import compiled
from phusong.coverage.propagation.itm_terrain import Geometry

__all__ = ["DIFFRACTION", "LINE_OF_SIGHT", "TROPOSCATTER", "Link", "reference_db", "roughness_m"]

LINE_OF_SIGHT: Final = 0
DIFFRACTION: Final = 1
TROPOSCATTER: Final = 2

_MHZ_M: Final = 47.7  # f / 47.7 is the wave number
_THIRD: Final = 1.0 / 3.0
_EARTH_M: Final = 6_370e3
_NO_SCATTER_DB: Final = 1001.0
# F(theta d), [Algorithm] (6.9): up to 10 km, up to 70 km, beyond.
_SCATTER_A: Final = np.array([133.4, 104.6, 71.8])
_SCATTER_B: Final = np.array([0.332e-3, 0.212e-3, 0.157e-3])
_SCATTER_C: Final = np.array([-10.0, -2.5, 5.0])
# H0 curves for eta 1..5, [Algorithm] (6.13).
_GAIN_A: Final = np.array([25.0, 80.0, 177.0, 395.0, 705.0])
_GAIN_B: Final = np.array([24.0, 45.0, 68.0, 80.0, 105.0])


class Link(NamedTuple):
    """A path with what does not change along it.

    `f` is the frequency in MHz, `impedance` the ground's, `radius` the effective earth's, `n_s` the refractivity at
    the surface in N-units.
    """

    path: Geometry
    f: float
    impedance: complex
    radius: float
    n_s: float


class _Reach(NamedTuple):
    """Distances to the horizon over a smooth and over the actual earth, both ends, and the line-of-sight angle."""

    smooth: float
    rough: float
    theta_los: float


@compiled
def reference_db(link: Link) -> tuple[float, int]:
    """Return the reference attenuation over free space in dB and the mode of propagation."""
    path, radius, f = link.path, link.radius, link.f
    smooth = math.sqrt(2.0 * path.effective_tx * radius) + math.sqrt(2.0 * path.effective_rx * radius)
    rough = path.horizon_tx + path.horizon_rx
    reach = _Reach(smooth, rough, -max(path.theta_tx + path.theta_rx, -rough / radius))
    scale = (radius**2 / f) ** _THIRD
    # A line through two distances far in the diffraction region.
    d3 = max(smooth, rough + 5.0 * scale)
    d4 = d3 + 10.0 * scale
    a3, a4 = _diffraction_db(link, reach, d3), _diffraction_db(link, reach, d4)
    slope = (a4 - a3) / (d4 - d3)
    intercept = a3 - slope * d3
    if path.distance < smooth:
        return max(_near_db(link, reach, slope, intercept), 0.0), LINE_OF_SIGHT
    loss, mode = slope * path.distance + intercept, DIFFRACTION
    # A line through two distances far in the troposcatter region.
    d5, d6 = rough + 200e3, rough + 400e3
    a6, h0 = _scatter_db(link, reach, d6, -1.0)
    a5, h0 = _scatter_db(link, reach, d5, h0)
    if a5 < 1000.0:  # noqa: PLR2004  else there is none
        scatter_slope = (a6 - a5) / 200e3
        meet = (a5 - intercept - scatter_slope * d5) / (slope - scatter_slope)
        dx = max(smooth, rough + 1.088 * scale * math.log(f), meet)
        if path.distance > dx:
            loss, mode = scatter_slope * path.distance + (slope - scatter_slope) * dx + intercept, TROPOSCATTER
    return max(loss, 0.0), mode


@compiled
def roughness_m(distance: float, irregularity: float) -> float:
    """Return delta h of a path of some length, [ERL] (3)."""
    return irregularity * (1.0 - 0.8 * math.exp(-distance / 50e3))


@compiled
def _deviation_m(rough: float) -> float:
    """Return the deviation of the ground within the first Fresnel zone, sigma h, [ERL] (3.6a)."""
    return 0.78 * rough * math.exp(-0.5 * rough**0.25)


@compiled
def _near_db(link: Link, reach: _Reach, slope: float, intercept: float) -> float:
    """Return the attenuation nearer than the smooth-earth horizon: k1 d + k2 ln d through three points, [ERL] 3.19."""
    path, smooth, rough = link.path, reach.smooth, reach.rough
    at_smooth = smooth * slope + intercept
    d0 = 0.04 * link.f * path.effective_tx * path.effective_rx  # [ERL] (3.16a)
    if intercept >= 0.0:
        d0 = min(d0, 0.5 * rough)
        d1 = d0 + 0.25 * (rough - d0)  # [ERL] (3.16d)
    else:
        d1 = max(-intercept / slope, 0.25 * rough)
    a1 = _two_ray_db(link, smooth, d1, slope * d1 + intercept)
    k1, k2, found = 0.0, 0.0, False
    if d0 < d1:
        a0 = _two_ray_db(link, smooth, d0, slope * d0 + intercept)
        q = math.log(smooth / d0)
        above = (smooth - d0) * (a1 - a0) - (d1 - d0) * (at_smooth - a0)
        k2 = max(0.0, above / ((smooth - d0) * math.log(d1 / d0) - (d1 - d0) * q))  # [ERL] (3.20)
        found = intercept > 0.0 or k2 > 0.0
        if found:
            k1 = (at_smooth - a0 - k2 * q) / (smooth - d0)  # [ERL] (3.21)
            if k1 < 0.0:
                k1, k2 = 0.0, max(at_smooth - a0, 0.0) / q
                if k2 == 0.0:
                    k1 = slope
    if not found:
        k1, k2 = max(at_smooth - a1, 0.0) / (smooth - d1), 0.0
        if k1 == 0.0:
            k1 = slope
    return at_smooth + k1 * (path.distance - smooth) + k2 * math.log(path.distance / smooth)


@compiled
def _two_ray_db(link: Link, smooth: float, d: float, diffraction: float) -> float:
    """Return the line-of-sight attenuation at a distance: two rays, and diffraction carried inward."""
    path, f, impedance = link.path, link.f, link.impedance
    wave_number = f / _MHZ_M
    both = path.effective_tx + path.effective_rx
    sin_psi = both / math.sqrt(d**2 + both**2)  # [Algorithm] (4.46)
    scattered = math.exp(-min(10.0, wave_number * _deviation_m(roughness_m(d, path.irregularity)) * sin_psi))
    reflected = (sin_psi - impedance) / (sin_psi + impedance) * scattered  # (4.47)
    power = reflected.real**2 + reflected.imag**2
    if power < 0.25 or power < sin_psi:  # noqa: PLR2004  (4.48)
        reflected *= math.sqrt(sin_psi / power)
    phase = wave_number * 2.0 * path.effective_tx * path.effective_rx / d  # (4.49)
    if phase > math.pi / 2.0:
        phase = math.pi - (math.pi / 2.0) ** 2 / phase  # (4.50)
    sum_of_rays = cmath.exp(-1j * phase) + reflected
    two_rays = -10.0 * math.log10(sum_of_rays.real**2 + sum_of_rays.imag**2)
    w = 1.0 / (1.0 + f * path.irregularity / max(10e3, smooth))
    return w * two_rays + (1.0 - w) * diffraction


@compiled
def _diffraction_db(link: Link, reach: _Reach, d: float) -> float:
    """Return the diffraction attenuation at a distance: knife edges and a smooth earth weighed, and ground clutter."""
    path, f, beyond = link.path, link.f, d - reach.rough
    theta = d / link.radius - reach.theta_los  # [Algorithm] (4.12)
    edges = _knife_edge_db(beyond, theta, path.horizon_tx, f) + _knife_edge_db(beyond, theta, path.horizon_rx, f)
    rounded = _smooth_earth_db(link, beyond, theta)
    product = path.height_tx * path.height_rx
    deviation = _deviation_m(roughness_m(reach.smooth, path.irregularity))
    clutter = min(15.0, 5.0 * math.log10(1.0 + 1e-5 * product * f * deviation))  # [ERL] (3.38c)
    known = product + 10.0  # C of [ERL] page 3-8, for known paths
    heights = math.sqrt(1.0 + (path.effective_tx * path.effective_rx - product) / known)
    lie = (-reach.theta_los * link.radius + reach.rough) / d
    q = (heights + lie) * min(roughness_m(d, path.irregularity) * f / _MHZ_M, 6283.2)
    w = 25.1 / (25.1 + math.sqrt(q))  # [ERL] (3.23)
    return w * rounded + (1.0 - w) * edges + clutter


@compiled
def _knife_edge_db(beyond: float, theta: float, horizon: float, f: float) -> float:
    """Return the loss over one horizon as a knife edge, [TN101] (I.7), (III.24)."""
    v2 = 0.0795775 * (f / _MHZ_M) * theta**2 * horizon * beyond / (beyond + horizon)
    if v2 < 5.76:  # noqa: PLR2004  v < 2.4
        return 6.02 + 9.11 * math.sqrt(v2) - 1.27 * v2
    return 12.953 + 10.0 * math.log10(v2)


@compiled
def _smooth_earth_db(link: Link, beyond: float, theta: float) -> float:
    """Return the loss around a smooth earth of three radii, [Vogler], [Algorithm] (4.20)."""
    path, f, impedance = link.path, link.f, link.impedance
    x_tx, k_tx = _vogler(0.5 * path.horizon_tx**2 / path.effective_tx, path.horizon_tx, f, impedance)
    x_rx, k_rx = _vogler(0.5 * path.horizon_rx**2 / path.effective_rx, path.horizon_rx, f, impedance)
    x = _vogler(beyond / theta, beyond, f, impedance)[0] + x_tx + x_rx
    return 0.05751 * x - 10.0 * math.log10(x) - _height_db(x_tx, k_tx) - _height_db(x_rx, k_rx) - 20.0


@compiled
def _vogler(radius: float, arc: float, f: float, impedance: complex) -> tuple[float, float]:
    """Return the normalised distance x of an arc on an earth of some radius, and K, [Vogler] (2), (6a)."""
    c0 = (4.0 / 3.0 * _EARTH_M / radius) ** _THIRD
    k = 0.017778 * c0 * f**-_THIRD / abs(impedance)
    return (1.607 - k) * c0**2 * f**_THIRD * arc / 1000.0, k


@compiled
def _height_db(x: float, k: float) -> float:
    """Return the height function F(x, K), [Vogler]."""
    if x < 200.0:  # noqa: PLR2004
        w = -math.log(k)
        if k < 1e-5 or x * w**3 > 5495.0:  # noqa: PLR2004
            return 17.372 * math.log(x) - 117.0 if x > 1.0 else -117.0
        return 2.5e-5 * x**2 / k - 8.686 * w - 15.0
    far = 0.05751 * x - 4.343 * math.log(x)
    if x < 2000.0:  # noqa: PLR2004
        w = 0.0134 * x * math.exp(-0.005 * x)
        return (1.0 - w) * far + w * (17.372 * math.log(x) - 117.0)
    return far


@compiled
def _scatter_db(link: Link, reach: _Reach, d: float, h0: float) -> tuple[float, float]:
    """Return the troposcatter attenuation at a distance and its frequency gain H0; `h0` is that of a longer path."""
    if h0 <= 15.0:  # noqa: PLR2004  more than 15 dB is kept, [Algorithm] page 12
        found = _frequency_gain_db(link, d)
        if found < 0.0:
            return _NO_SCATTER_DB, h0
        h0 = h0 if found > 15.0 and h0 >= 0.0 else found  # noqa: PLR2004
    theta = d / link.radius - reach.theta_los
    td = theta * d
    i = 0 if td <= 10e3 else 1 if td <= 70e3 else 2  # noqa: PLR2004
    angle = _SCATTER_A[i] + _SCATTER_B[i] * td + _SCATTER_C[i] * math.log10(td)  # [Algorithm] (6.9)
    air = 0.1 * (link.n_s - 301.0) * math.exp(-td / 40e3)
    return angle + 10.0 * math.log10(link.f * theta**4) - air + h0, h0  # (4.63)


@compiled
def _frequency_gain_db(link: Link, d: float) -> float:
    """Return H0 in dB, [TN101] chapter 9; -1 where scatter is not defined (both antennas too low)."""
    path, f, n_s = link.path, link.f, link.n_s
    apart = abs(path.horizon_tx - path.horizon_rx)
    ratio = path.effective_rx / path.effective_tx
    if path.horizon_tx < path.horizon_rx:
        ratio = 1.0 / ratio
    theta = path.theta_tx + path.theta_rx + d / link.radius
    per_m = 2.0 * f / _MHZ_M * theta
    r1, r2 = per_m * path.effective_tx, per_m * path.effective_rx  # (9.4a)
    if r1 < 0.2 and r2 < 0.2:  # noqa: PLR2004
        return -1.0
    s = (d - apart) / (d + apart)
    q = min(max(0.1, ratio / s), 10.0)  # (9.5)
    s = max(0.1, s)
    crossing = (d - apart) * (d + apart) * theta * 0.25 / d  # (9.3b)
    air = 0.031 - n_s * 2.32e-3 + n_s**2 * 5.67e-6
    eta = crossing / 1755.6 * (1.0 + air * math.exp(-(min(1.7, crossing / 8e3) ** 6)))  # (9.3a)
    mean = (_gain_curve_db(r1, eta) + _gain_curve_db(r2, eta)) / 2.0
    tilt = min(mean, 6.0 * (0.6 - math.log10(max(eta, 1.0))) * math.log10(s) * math.log10(q))
    h0 = max(mean + tilt, 0.0)
    if eta < 1.0:
        root = math.sqrt(2.0)
        low = ((1.0 + root / r1) * (1.0 + root / r2)) ** 2 * (r1 + r2) / (r1 + r2 + 2.0 * root)
        h0 = eta * h0 + (1.0 - eta) * 10.0 * math.log10(low)
    return h0


@compiled
def _gain_curve_db(r: float, eta: float) -> float:
    """Return the frequency gain between the two curves next to eta, [Algorithm] (6.13)."""
    eta = min(max(eta, 1.0), 5.0)
    i = int(eta)
    share = eta - i
    curve = 10.0 * math.log10(1.0 + _GAIN_A[i - 1] * r**-4.0 + _GAIN_B[i - 1] * r**-2.0)
    if share == 0.0:
        return curve
    return (1.0 - share) * curve + share * 10.0 * math.log10(1.0 + _GAIN_A[i] * r**-4.0 + _GAIN_B[i] * r**-2.0)
