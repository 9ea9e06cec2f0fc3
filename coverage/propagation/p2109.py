"""Building entry loss, Recommendation ITU-R P.2109-2: what a building takes between a wall's outside and a room.

Equation numbers are those of Annex 1, section 3.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from scipy.special import ndtri

from phusong.coverage.propagation._model import FloatArray, Range, TerminalLoss, check_share, check_values
from phusong.errors import ModelError

__all__ = ["BUILDING_ENTRY", "Building", "building_entry_db"]

Building: TypeAlias = Literal["traditional", "thermally-efficient"]

BUILDING_ENTRY: Final = TerminalLoss(
    "p2109",
    "Building entry loss, traditional or thermally efficient, at any probability",
    "Recommendation ITU-R P.2109-2",
    (
        Range("frequency", "MHz", (80.0, 100_000.0), (80.0, 100_000.0)),
        Range("elevation", "deg", (-90.0, 90.0), (-90.0, 90.0)),
    ),
)


class _Coefficients(NamedTuple):
    """Table 1."""

    r: float
    s: float
    t: float
    u: float
    v: float
    w: float
    x: float
    y: float
    z: float


_TABLE_1: Final = MappingProxyType(
    {
        "traditional": _Coefficients(12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
        "thermally-efficient": _Coefficients(28.19, -3.0, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
    }
)


def building_entry_db(
    probability: FloatArray | float,
    building: Building,
    *,
    f_mhz: float,
    elevation_deg: FloatArray | float = 0.0,
) -> FloatArray:
    """Return the building entry loss not exceeded with a probability in dB, in the shape of the two broadcast.

    Parameters
    ----------
    probability : float or ndarray
        P, between 0 and 1, over all buildings of the class and all places within them; 0.5 is the median.
    building : {"traditional", "thermally-efficient"}
        Thermally efficient: metallised glass, foil-backed panels. All else is traditional.
    elevation_deg : float or ndarray
        Of the path at the facade, above or below the horizontal.

    Raises
    ------
    ModelError
        For another class, outside 80 MHz-100 GHz or -90..90 degrees, or for a probability not between 0 and 1.

    Notes
    -----
    The values are those of a whole class of buildings. As an indoor layer add the median to the loss and let the fade
    margin carry the spread: the loss at 0.9 added to a margin for 0.9 promises more than 0.9.

    Examples
    --------
    >>> [round(float(building_entry_db(0.5, each, f_mhz=1800.0)), 1) for each in ("traditional", "thermally-efficient")]
    [14.8, 30.6]
    """
    if building not in _TABLE_1:
        raise ModelError(f"p2109: building must be one of {', '.join(_TABLE_1)}, not '{building}'")
    check_share(BUILDING_ENTRY, probability=probability)
    check_values(BUILDING_ENTRY, frequency=f_mhz, elevation=elevation_deg)
    c = _TABLE_1[building]
    log_f = math.log10(f_mhz / 1000.0)
    l_h = c.r + c.s * log_f + c.t * log_f**2  # (9), median loss of horizontal paths
    l_e = 0.212 * np.abs(np.asarray(elevation_deg, np.float64))  # (10)
    mu_1, mu_2 = l_h + l_e, c.w + c.x * log_f  # (5), (6)
    sigma_1, sigma_2 = c.u + c.v * log_f, c.y + c.z * log_f  # (7), (8)
    quantile = ndtri(np.asarray(probability, np.float64))
    a, b, floor = quantile * sigma_1 + mu_1, quantile * sigma_2 + mu_2, -3.0  # (2), (3), (4)
    loss: FloatArray = 10.0 * np.log10(10.0 ** (0.1 * a) + 10.0 ** (0.1 * b) + 10.0 ** (0.1 * floor))  # (1)
    return loss
