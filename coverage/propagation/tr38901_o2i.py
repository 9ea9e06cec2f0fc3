"""3GPP TR 38.901 outdoor to indoor: what walls and cars add to the outdoor loss, section 7.4.3.

Tables 7.4.3-1 (materials), 7.4.3-2 (buildings), 7.4.3-3 (the older model below 6 GHz), and the text of 7.4.3.2 (cars)
of TR 38.901 V19.4.0.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import numpy as np

from phusong.coverage.propagation._model import FloatArray, Range, TerminalLoss, check_values
from phusong.errors import ModelError

__all__ = [
    "BUILDING_SIGMA_DB",
    "CAR",
    "CAR_SIGMA_DB",
    "MATERIALS",
    "PENETRATION",
    "Walls",
    "building_db",
    "car_db",
    "material_db",
]

Walls: TypeAlias = Literal["low", "high", "low-a", "older"]
"""Low: plain glass and concrete; low-a: plain glass and plywood; high: coated glass and concrete; older: 20 dB."""

_SOURCE: Final = "3GPP TR 38.901 V19.4.0"

PENETRATION: Final = TerminalLoss(
    "tr38901-o2i",
    "Building penetration, low, low-A or high loss, or 20 dB as below 6 GHz before; median",
    f"{_SOURCE}, Tables 7.4.3-1 to 7.4.3-3",
    (
        Range("frequency", "MHz", (500.0, 100_000.0), (500.0, 100_000.0)),
        Range("indoor distance", "m", (0.0, 25.0), (0.0, 200.0)),
    ),
)
CAR: Final = TerminalLoss(
    "tr38901-car",
    "Car penetration, plain or metallised windows; mean",
    f"{_SOURCE}, 7.4.3.2",
    (Range("frequency", "MHz", (600.0, 60_000.0), (500.0, 100_000.0)),),
)

MATERIALS: Final = MappingProxyType(
    {
        "glass": (2.0, 0.2),
        "coated-glass": (25.4, 0.11),
        "concrete": (5.0, 4.0),
        "plywood": (1.03, 0.17),
        "wood": (4.85, 0.12),
    }
)
"""a and b of the penetration loss a + b f in dB, f in GHz; Table 7.4.3-1. Coated glass is the report's IRR glass."""
_WALLS: Final = MappingProxyType(
    {
        "low": ((0.3, "glass"), (0.7, "concrete")),
        "high": ((0.7, "coated-glass"), (0.3, "concrete")),
        "low-a": ((0.3, "glass"), (0.7, "plywood")),
    }
)
BUILDING_SIGMA_DB: Final = MappingProxyType({"low": 4.4, "high": 6.5, "low-a": 4.4, "older": 0.0})
"""Standard deviation of the penetration loss in dB; Tables 7.4.3-2 and 7.4.3-3."""
CAR_SIGMA_DB: Final = 5.0


def material_db(material: str, *, f_mhz: float) -> float:
    """Return the penetration loss of a material in dB; one of `MATERIALS`, Table 7.4.3-1."""
    if material not in MATERIALS:
        raise ModelError(f"tr38901-o2i: material must be one of {', '.join(MATERIALS)}, not '{material}'")
    check_values(PENETRATION, frequency=f_mhz)
    constant, per_ghz = MATERIALS[material]
    return constant + per_ghz * f_mhz / 1000.0


def building_db(indoor_distance_m: FloatArray | float, walls: Walls, *, f_mhz: float) -> FloatArray:
    """Return the median penetration loss of a building in dB, in the shape of the distances.

    Parameters
    ----------
    indoor_distance_m : float or ndarray
        From the outer wall to the receiver. The report draws it: the smaller of two numbers from 0..25 m (UMa, UMi)
        or 0..10 m (RMa), in the mean 8.3 and 3.3 m.
    walls : {"low", "high", "low-a", "older"}

    Raises
    ------
    ModelError
        For other walls, outside 0.5-100 GHz, or for a negative distance.

    Examples
    --------
    >>> [round(float(building_db(0.0, each, f_mhz=3750.0)), 1) for each in ("low", "high", "low-a", "older")]
    [12.8, 28.2, 7.0, 20.0]
    """
    if walls not in BUILDING_SIGMA_DB:
        raise ModelError(f"tr38901-o2i: walls must be one of {', '.join(BUILDING_SIGMA_DB)}, not '{walls}'")
    distance = np.asarray(indoor_distance_m, np.float64)
    check_values(PENETRATION, frequency=f_mhz, indoor_distance=distance)
    wall_db = 20.0
    if walls != "older":
        through = sum(share * 10.0 ** (material_db(each, f_mhz=f_mhz) / -10.0) for share, each in _WALLS[walls])
        wall_db = 5.0 - 10.0 * math.log10(through)  # PLtw
    loss: FloatArray = wall_db + 0.5 * distance  # + PLin
    return loss


def car_db(*, f_mhz: float, metallised_windows: bool = False) -> float:
    """Return the mean loss into a car in dB: 9, with metallised windows 20; the spread is `CAR_SIGMA_DB`."""
    check_values(CAR, frequency=f_mhz)
    return 20.0 if metallised_windows else 9.0
