"""The Irregular Terrain Model's spread over time, places and situations.

After NTIA's reference implementation of ITM 1.4 (github.com/NTIA/itm, public domain, changed: other names and
structure, compiled Python instead of C++, 2026). "[Algorithm]" is Hufford (1995), section 5; the climates' curves are
Technical Note 101, (III.69) and (III.70). All lengths in m, f in MHz.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from phusong.coverage.propagation._compiled import compiled
from phusong.coverage.propagation.itm_loss import roughness_m
from phusong.coverage.propagation.itm_terrain import Geometry

__all__ = ["ACCIDENTAL", "BROADCAST", "MOBILE", "SINGLE_MESSAGE", "Spread", "normal_deviate", "varied_db"]

SINGLE_MESSAGE: Final = 0
ACCIDENTAL: Final = 1
MOBILE: Final = 2
BROADCAST: Final = 3

# One column a climate, 1..7: equatorial, continental subtropical, maritime subtropical, desert, continental temperate,
# maritime temperate over land, maritime temperate over sea. A curve is c1 c2 x1 x2 x3, TN101 Figure 10.13.
_MEDIAN: Final = np.array(
    [
        [-9.67, -0.62, 1.26, -9.21, -0.62, -0.39, 3.15],
        [12.7, 9.19, 15.5, 9.05, 9.19, 2.86, 857.9],
        [144.9e3, 228.9e3, 262.6e3, 84.1e3, 228.9e3, 141.7e3, 2222.0e3],
        [190.3e3, 205.2e3, 185.2e3, 101.1e3, 205.2e3, 315.9e3, 164.8e3],
        [133.8e3, 143.6e3, 99.8e3, 98.6e3, 143.6e3, 167.4e3, 116.3e3],
    ]
)
_SIGMA_MINUS: Final = np.array(
    [
        [2.13, 2.66, 6.11, 1.98, 2.68, 6.86, 8.51],
        [159.5, 7.67, 6.65, 13.11, 7.16, 10.38, 169.8],
        [762.2e3, 100.4e3, 138.2e3, 139.1e3, 93.7e3, 187.8e3, 609.8e3],
        [123.6e3, 172.5e3, 242.2e3, 132.7e3, 186.8e3, 169.6e3, 119.9e3],
        [94.5e3, 136.4e3, 178.6e3, 193.5e3, 133.5e3, 108.9e3, 106.6e3],
    ]
)
_SIGMA_PLUS: Final = np.array(
    [
        [2.11, 6.87, 10.08, 3.68, 4.75, 8.58, 8.43],
        [102.3, 15.53, 9.60, 159.3, 8.12, 13.97, 8.19],
        [636.9e3, 138.7e3, 165.3e3, 464.4e3, 93.2e3, 216.0e3, 136.2e3],
        [134.8e3, 143.7e3, 225.7e3, 93.1e3, 135.9e3, 152.0e3, 188.5e3],
        [95.6e3, 98.6e3, 129.7e3, 94.2e3, 113.4e3, 122.7e3, 122.9e3],
    ]
)
# [Algorithm] Table 5.1: Cd and zd; then g = b1 + b2 / ((b3 ln(0.133 k))^2 + 1) for the two tails.
_DUCT_FACTOR: Final = np.array([1.224, 0.801, 1.380, 1.000, 1.224, 1.518, 1.518])
_DUCT_DEVIATE: Final = np.array([1.282, 2.161, 1.282, 20.0, 1.282, 1.282, 1.282])
_GAIN_MINUS: Final = np.array(
    [[1.0, 1.0, 1.0, 1.0, 0.92, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.77, 0.0, 0.0]]
)
_GAIN_PLUS: Final = np.array(
    [
        [1.0, 0.93, 1.0, 0.93, 0.93, 1.0, 1.0],
        [0.0, 0.31, 0.0, 0.19, 0.31, 0.0, 0.0],
        [0.0, 2.00, 0.0, 1.79, 2.00, 0.0, 0.0],
    ]
)
_MHZ_M: Final = 47.7
_EARTH_9000_M: Final = 9_000e3
_SCALE_M: Final = 130e3


class Spread(NamedTuple):
    """Which climate, which of the shares of time, places and situations count, and the shares as normal deviates.

    `places` and `situations` say whether the spread over them counts at all.
    """

    climate: int
    mode: int
    places: bool
    situations: bool
    z_time: float
    z_location: float
    z_situation: float


def normal_deviate(share: float) -> float:
    """Return the normal deviate exceeded with probability `share`, 0..1, as ITM approximates it.

    Notes
    -----
    Abramowitz and Stegun 26.2.23, off by up to 4.5e-4. The exact quantile would disagree with every other ITM by up to
    0.01 dB.
    """
    tail = min(share, 1.0 - share)
    t = math.sqrt(-2.0 * math.log(tail))
    below = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    z = t - ((0.010328 * t + 0.802853) * t + 2.515516) / below
    return -z if share > 0.5 else z  # noqa: PLR2004  the median


@compiled
def _curve(table: np.ndarray, climate: int, distance: float) -> float:
    c1, c2, x1, x2, x3 = table[0, climate], table[1, climate], table[2, climate], table[3, climate], table[4, climate]
    far = (distance / x1) ** 2
    return float((c1 + c2 / (1.0 + ((distance - x2) / x3) ** 2)) * far / (1.0 + far))


@compiled
def _gain(table: np.ndarray, climate: int, q: float) -> float:
    return float(table[0, climate] + table[1, climate] / ((table[2, climate] * q) ** 2 + 1.0))


@compiled
def varied_db(reference_db: float, path: Geometry, f: float, spread: Spread) -> float:
    """Return the attenuation over free space in dB that the asked shares of time, places, situations do not exceed."""
    climate, wave_number = spread.climate - 1, f / _MHZ_M
    edge = (  # [Algorithm] (5.3)
        math.sqrt(2.0 * _EARTH_9000_M * path.effective_tx)
        + math.sqrt(2.0 * _EARTH_9000_M * path.effective_rx)
        + (575.7e12 / wave_number) ** (1.0 / 3.0)
    )
    d = path.distance
    distance = _SCALE_M * d / edge if d < edge else _SCALE_M + d - edge

    z_s, z_t, z_l = spread.z_situation, spread.z_time, spread.z_location
    if spread.mode == SINGLE_MESSAGE:
        z_t, z_l = z_s, z_s
    elif spread.mode == ACCIDENTAL:
        z_l = z_s
    elif spread.mode == MOBILE:
        z_l = z_t

    sigma_s = 5.0 + 3.0 * math.exp(-distance / 100e3) if spread.situations else 0.0  # (5.10)
    rough = wave_number * roughness_m(d, path.irregularity)
    sigma_l = 10.0 * rough / (rough + 13.0) if spread.places else 0.0  # (5.9)
    q = math.log(0.133 * wave_number)
    plus = _curve(_SIGMA_PLUS, climate, distance) * _gain(_GAIN_PLUS, climate, q)
    if z_t < 0.0:
        sigma_t = _curve(_SIGMA_MINUS, climate, distance) * _gain(_GAIN_MINUS, climate, q)
    elif z_t <= _DUCT_DEVIATE[climate]:
        sigma_t = plus
    else:
        duct = _DUCT_FACTOR[climate] * plus
        sigma_t = duct + (plus - duct) * _DUCT_DEVIATE[climate] / z_t
    y_t, y_l = sigma_t * z_t, sigma_l * z_l

    rest = sigma_s**2 + y_t**2 / (7.8 + z_s**2) + y_l**2 / (24.0 + z_s**2)  # (5.11)
    if spread.mode == SINGLE_MESSAGE:
        y_r, y_s = 0.0, math.sqrt(sigma_t**2 + sigma_l**2 + rest) * z_s
    elif spread.mode == ACCIDENTAL:
        y_r, y_s = y_t, math.sqrt(sigma_l**2 + rest) * z_s
    elif spread.mode == MOBILE:
        y_r, y_s = math.sqrt(sigma_t**2 + sigma_l**2) * z_t, math.sqrt(rest) * z_s
    else:
        y_r, y_s = y_t + y_l, math.sqrt(rest) * z_s

    loss = reference_db - _curve(_MEDIAN, climate, distance) - y_r - y_s
    return loss * (29.0 - loss) / (29.0 - 10.0 * loss) if loss < 0.0 else loss  # (5.2)
