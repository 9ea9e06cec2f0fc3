"""Okumura-Hata, 150-1500 MHz: Hata's formula for Okumura's curves, and the form its descendants share.

Equation numbers are those of M. Hata, "Empirical formula for propagation loss in land mobile radio
services", IEEE Transactions on Vehicular Technology VT-29 (3), 1980, pp. 317-325.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from phusong.coverage.propagation._model import Environment, FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.p525 import at_least_free_space
from phusong.errors import ModelError

__all__ = [
    "City",
    "OkumuraHata",
    "check_city",
    "environment_db",
    "hata_line_db",
    "large_city_height_db",
    "log10_distance",
    "receiver_height_db",
]

City: TypeAlias = Literal["medium", "large"]
"""Small or medium-sized, or large: the two kinds of URBAN that Hata and COST 231 tell apart."""

# Okumura's curves reach 1000 m of effective height and 100 km. Below 1 km, and for masts lower than 30 m,
# the formula is extrapolated: a planner who asks for it by name gets it, with a warning.
HEIGHTS: Final = (
    Range("tx height", "m", (30.0, 200.0), (1.0, 1_000.0)),
    Range("rx height", "m", (1.0, 10.0), (1.0, 10.0)),
)
_NEAREST_M: Final = 1.0
_LARGE_CITY_MHZ: Final = 300.0


def receiver_height_db(f_mhz: float, rx_height_m: float) -> float:
    """Return a(hm) for a small or medium-sized city in dB; about 0 at 1.5 m."""
    log_f = math.log10(f_mhz)
    return (1.1 * log_f - 0.7) * rx_height_m - (1.56 * log_f - 0.8)


def large_city_height_db(f_mhz: float, rx_height_m: float) -> float:
    """Return a(hm) for a large city in dB; Hata gives it to 200 and from 400 MHz, the two halves meet here at 300."""
    if f_mhz < _LARGE_CITY_MHZ:
        return 8.29 * math.log10(1.54 * rx_height_m) ** 2 - 1.1
    return 3.2 * math.log10(11.75 * rx_height_m) ** 2 - 4.97


def check_city(model: str, city: City) -> None:
    """Refuse a city that is neither."""
    if city not in ("medium", "large"):
        raise ModelError(f"{model}: city must be 'medium' or 'large', not '{city}'")


def environment_db(f_mhz: float) -> NDArray[np.float64]:
    """Return what is added to the urban loss in dB, by `Environment`: open, suburban, urban."""
    log_f = math.log10(f_mhz)
    suburban = -2.0 * math.log10(f_mhz / 28.0) ** 2 - 5.4
    open_area = -4.78 * log_f**2 + 18.33 * log_f - 40.94
    return np.array([open_area, suburban, 0.0])


def log10_distance(paths: Paths) -> FloatArray:
    """Return log10 of the distance in m, shape (n,); the mast's own foot counts as 1 m away."""
    near = np.maximum(paths.distance_m, paths.distance_m.dtype.type(_NEAREST_M))
    logarithm: FloatArray = np.log10(near, out=near)
    return logarithm


def hata_line_db(
    paths: Paths,
    *,
    base_db: NDArray[np.float64],
    log10_distance_m: FloatArray,
    log10_tx_height: np.floating[Any] | FloatArray,
) -> FloatArray:
    """Return the straight line all Hata models share, shape (n,).

    base[environment] - 13.82 log10 hb + (44.9 - 6.55 log10 hb) log10 (d / 1 km)

    Parameters
    ----------
    base_db : ndarray, shape (3,)
        What depends on frequency, receiver height and environment, by `Environment`.
    log10_distance_m : ndarray, shape (n,)
    log10_tx_height : scalar or ndarray, shape (n,)
        log10 of the antenna height in m.
    """
    dtype = log10_distance_m.dtype
    slope = 44.9 - 6.55 * log10_tx_height
    # d in m instead of km: three decades less, moved to the intercept so that one pass over n is saved.
    height = -13.82 * log10_tx_height - 3.0 * slope
    loss = log10_distance_m * slope
    if np.ndim(height):
        loss += height
        loss += np.take(base_db.astype(dtype), paths.environment)
    else:
        loss += np.take((base_db + float(height)).astype(dtype), paths.environment)
    return loss


@dataclass(frozen=True, slots=True)
class OkumuraHata:
    """Okumura-Hata for a small or medium-sized city, its suburbs and open land; or for a large city.

    Parameters
    ----------
    city : {"medium", "large"}
        What URBAN is: a large city has a receiver height correction of its own, which is 0 at 1.5 m as well.
    """

    city: City = "medium"

    source: ClassVar[str] = "Hata (1980), IEEE Trans. VT-29"
    uses_terrain: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse other words."""
        check_city("okumura-hata", self.city)

    @property
    def name(self) -> str:
        """The name planners write."""
        return "okumura-hata" if self.city == "medium" else "okumura-hata-large-city"

    @property
    def title(self) -> str:
        """One line for a list of models."""
        return f"Okumura-Hata, {self.city} city, 150-1500 MHz"

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return Hata's ranges."""
        del f_mhz
        return (
            Range("frequency", "MHz", (150.0, 1_500.0), (150.0, 1_500.0)),
            Range("distance", "m", (1_000.0, 20_000.0), (0.0, 100_000.0)),
            *HEIGHTS,
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the median loss in dB, shape (n,)."""
        check_ranges(self, paths, f_mhz=f_mhz)
        base_db = (
            69.55  # Hata (1980), standard formula
            + 26.16 * math.log10(f_mhz)
            - receiver_height_db(f_mhz, paths.rx_height_m)
            + environment_db(f_mhz)
        )
        if self.city == "large":
            receiver_db = receiver_height_db(f_mhz, paths.rx_height_m)
            base_db[Environment.URBAN] += receiver_db - large_city_height_db(f_mhz, paths.rx_height_m)
        log_d = log10_distance(paths)
        loss = hata_line_db(paths, base_db=base_db, log10_distance_m=log_d, log10_tx_height=np.log10(paths.tx_height))
        return at_least_free_space(loss, paths, f_mhz=f_mhz, log10_distance_m=log_d)
