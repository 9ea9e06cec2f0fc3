"""Clutter loss at one end of a path, Recommendation ITU-R P.2108-1 (2021), where no clutter heights are known.

Section and equation numbers are the Recommendation's. Three methods, for three situations:

- 3.1, `height_gain_db`: an antenna below the roofs or tree tops around it, 30 MHz to 3 GHz, median;
- 3.2, `terrestrial_db`: both ends near the ground in a town, 0.5 to 67 GHz, for a share of places;
- 3.3, `earth_space_db`: the other end is a satellite or an aircraft, 10 to 100 GHz, for a share of places.

**Never add any of them to a loss that has seen the clutter already.** P.1812 and P.526 over a profile with clutter
heights, the Hata family and TR 38.901 all contain it; it would be counted twice. Free space, and P.1812, P.526 or ITM
over bare ground, do not.
"""

from __future__ import annotations

import math
from enum import IntEnum
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.special import ndtri

from phusong.coverage.propagation._model import FloatArray, Range, TerminalLoss, check_share, check_values

__all__ = [
    "CLUTTER_HEIGHT_M",
    "EARTH_SPACE",
    "HEIGHT_GAIN",
    "TERRESTRIAL",
    "ClutterKind",
    "earth_space_db",
    "height_gain_db",
    "terrestrial_db",
]

_SOURCE: Final = "Recommendation ITU-R P.2108-1"
# What has no limit in the Recommendation but must be more than nothing.
_SOME_M: Final = (0.01, 3_000.0)

HEIGHT_GAIN: Final = TerminalLoss(
    "p2108-height-gain",
    "Clutter around an antenna below the roofs, median; never with clutter heights in the profile",
    f"{_SOURCE}, 3.1",
    (
        Range("frequency", "MHz", (30.0, 3_000.0), (30.0, 3_000.0)),
        Range("antenna height", "m", _SOME_M, _SOME_M),
        Range("clutter height", "m", _SOME_M, _SOME_M),
        Range("street width", "m", _SOME_M, _SOME_M),
    ),
)
TERRESTRIAL: Final = TerminalLoss(
    "p2108-terrestrial",
    "Clutter at an end near the ground in a town, any share of places; never with clutter heights in the profile",
    f"{_SOURCE}, 3.2",
    (
        Range("frequency", "MHz", (500.0, 67_000.0), (500.0, 67_000.0)),
        Range("distance", "m", (250.0, 1_000_000.0), (250.0, 1_000_000.0)),
    ),
)
EARTH_SPACE: Final = TerminalLoss(
    "p2108-earth-space",
    "Clutter at the ground end of a path to a satellite or an aircraft, any share of places",
    f"{_SOURCE}, 3.3",
    (
        Range("frequency", "MHz", (10_000.0, 100_000.0), (10_000.0, 100_000.0)),
        Range("elevation", "deg", (0.0, 90.0), (0.0, 90.0)),
    ),
)


class ClutterKind(IntEnum):
    """What stands around the antenna, Table 3."""

    WATER = 1
    OPEN = 2
    SUBURBAN = 3
    URBAN = 4
    FOREST = 5
    DENSE_URBAN = 6


CLUTTER_HEIGHT_M: Final = MappingProxyType(
    {
        ClutterKind.WATER: 10.0,
        ClutterKind.OPEN: 10.0,
        ClutterKind.SUBURBAN: 10.0,
        ClutterKind.URBAN: 15.0,
        ClutterKind.FOREST: 15.0,
        ClutterKind.DENSE_URBAN: 20.0,
    }
)
"""Representative clutter height R where no local one is known, Table 3."""


def height_gain_db(
    antenna_height_m: float,
    kind: ClutterKind,
    *,
    f_mhz: float,
    clutter_height_m: float | None = None,
    street_width_m: float = 27.0,
) -> float:
    """Return the median clutter loss Ah of an antenna below its surroundings in dB, 3.1; 0 from their height up.

    Parameters
    ----------
    antenna_height_m : float
        Above ground.
    kind : ClutterKind
    clutter_height_m : float, optional
        R; default: `CLUTTER_HEIGHT_M` of the kind.
    street_width_m : float
        ws; 27 m is the Recommendation's value where no local one is known.

    Raises
    ------
    ModelError
        Outside 30-3000 MHz, or where a length is not positive.

    Examples
    --------
    >>> round(height_gain_db(1.5, ClutterKind.URBAN, f_mhz=900.0), 1)
    22.6
    """
    kind = ClutterKind(kind)
    r = CLUTTER_HEIGHT_M[kind] if clutter_height_m is None else clutter_height_m
    check_values(
        HEIGHT_GAIN, frequency=f_mhz, antenna_height=antenna_height_m, clutter_height=r, street_width=street_width_m
    )
    if antenna_height_m >= r:
        return 0.0
    f_ghz = f_mhz / 1000.0
    if kind in (ClutterKind.WATER, ClutterKind.OPEN):
        k_h2 = 21.8 + 6.2 * math.log10(f_ghz)  # (2f)
        return -k_h2 * math.log10(antenna_height_m / r)  # (2b)
    h_dif = r - antenna_height_m  # (2d)
    theta_deg = math.degrees(math.atan(h_dif / street_width_m))  # (2e)
    k_nu = 0.342 * math.sqrt(f_ghz)  # (2g)
    nu = k_nu * math.sqrt(h_dif * theta_deg)  # (2c)
    knife_edge = 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)  # J of P.526; nu is never < 0
    return knife_edge - 6.03  # (2a)


def terrestrial_db(distance_m: FloatArray, *, f_mhz: float, location_share: FloatArray | float) -> FloatArray:
    """Return the clutter loss not exceeded at a share of places in dB, 3.2, in the shape of the two broadcast.

    Parameters
    ----------
    distance_m : ndarray
        Path length, from 250 m; from 1 km the loss may be taken at each end of the path that is in clutter.
    location_share : float or ndarray
        p, between 0 and 1; 0.5 is the median.

    Raises
    ------
    ModelError
        Outside 0.5-67 GHz, nearer than 250 m, or for a share that is not between 0 and 1.

    Notes
    -----
    The loss must not exceed that of 2 km (6), at any distance: for large shares the formula rises above it between
    300 m and 2 km, so it is held there too, not only beyond 2 km.
    """
    check_share(TERRESTRIAL, location_share=location_share)
    distance = np.asarray(distance_m, np.float64)
    check_values(TERRESTRIAL, frequency=f_mhz, distance=distance)
    share = np.asarray(location_share, np.float64)
    loss: FloatArray = np.minimum(
        _terrestrial_db(distance / 1000.0, f_mhz / 1000.0, share), _terrestrial_db(np.array(2.0), f_mhz / 1000.0, share)
    )
    return loss


def _terrestrial_db(d_km: FloatArray, f_ghz: float, share: FloatArray) -> FloatArray:
    sigma_l, sigma_s = 4.0, 6.0  # (4b), (5b)
    l_l = -2.0 * math.log10(10.0 ** (-5.0 * math.log10(f_ghz) - 12.5) + 10.0**-16.5)  # (4a)
    l_s = 32.98 + 23.9 * np.log10(d_km) + 3.0 * math.log10(f_ghz)  # (5a)
    weight_l, weight_s = 10.0 ** (-0.2 * l_l), 10.0 ** (-0.2 * l_s)
    both = weight_l + weight_s
    sigma_cb = np.sqrt((sigma_l**2 * weight_l + sigma_s**2 * weight_s) / both)  # (3b)
    loss: FloatArray = -5.0 * np.log10(both) + sigma_cb * ndtri(share)  # (3a), with -Q^-1(p) the normal quantile of p
    return loss


def earth_space_db(elevation_deg: FloatArray, *, f_mhz: float, location_share: FloatArray | float) -> FloatArray:
    """Return the clutter loss of a slant path not exceeded at a share of places in dB, 3.3.

    Parameters
    ----------
    elevation_deg : ndarray
        Angle of the path above the horizon, 0..90.
    location_share : float or ndarray
        p, between 0 and 1.

    Raises
    ------
    ModelError
        Outside 10-100 GHz or 0-90 degrees, or for a share that is not between 0 and 1.
    """
    check_share(EARTH_SPACE, location_share=location_share)
    theta = np.asarray(elevation_deg, np.float64)
    check_values(EARTH_SPACE, frequency=f_mhz, elevation=theta)
    share = np.asarray(location_share, np.float64)
    a1, k1 = 0.05, 93.0 * (f_mhz / 1000.0) ** 0.175  # (7)
    cotangent = 1.0 / np.tan(a1 * (1.0 - theta / 90.0) + np.radians(theta))
    loss: FloatArray = (-k1 * np.log1p(-share) * cotangent) ** (0.5 * (90.0 - theta) / 90.0) - 1.0 + 0.6 * ndtri(share)
    return loss
