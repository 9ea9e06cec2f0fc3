"""COST 231-Hata: Okumura-Hata carried on to 1500-2000 MHz.

Source: COST Action 231, "Digital mobile radio towards future generation systems", final report, 1999,
section 4.4.1, eq. (4.4.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from phusong.coverage.propagation._model import Environment, FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.hata import (
    HEIGHTS,
    City,
    check_city,
    environment_db,
    hata_line_db,
    log10_distance,
    receiver_height_db,
)
from phusong.coverage.propagation.p525 import at_least_free_space

__all__ = ["Cost231Hata"]


_METROPOLITAN_DB: Final = 3.0  # Cm


@dataclass(frozen=True, slots=True)
class Cost231Hata:
    """COST 231-Hata for a medium-sized city (Cm = 0 dB) or a metropolitan centre (3 dB).

    Parameters
    ----------
    city : {"medium", "large"}
        What URBAN is; "large" adds Cm there.

    Notes
    -----
    COST 231 gives Cm = 0 dB for "medium sized city and suburban centres" and 3 dB for metropolitan centres,
    and no formula for suburbs and open land. For those Hata's own corrections are applied, as Report ITU-R
    SM.2028 does up to 2000 MHz.
    """

    city: City = "medium"

    source: ClassVar[str] = "COST 231 final report (1999), section 4.4.1"
    uses_terrain: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse other words."""
        check_city("cost231-hata", self.city)

    @property
    def name(self) -> str:
        """The name planners write."""
        return "cost231-hata" if self.city == "medium" else "cost231-hata-large-city"

    @property
    def title(self) -> str:
        """One line for a list of models."""
        kind = "medium-sized city" if self.city == "medium" else "metropolitan centre"
        return f"COST 231-Hata, {kind}, 1500-2000 MHz"

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return the ranges of the final report."""
        del f_mhz
        return (
            Range("frequency", "MHz", (1_500.0, 2_000.0), (1_500.0, 2_000.0)),
            Range("distance", "m", (1_000.0, 20_000.0), (0.0, 100_000.0)),
            *HEIGHTS,
        )

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the median loss in dB, shape (n,)."""
        check_ranges(self, paths, f_mhz=f_mhz)
        base_db = (
            46.3  # COST 231 (4.4.3)
            + 33.9 * math.log10(f_mhz)
            - receiver_height_db(f_mhz, paths.rx_height_m)
            + environment_db(f_mhz)
        )
        if self.city == "large":
            base_db[Environment.URBAN] += _METROPOLITAN_DB
        log_d = log10_distance(paths)
        loss = hata_line_db(paths, base_db=base_db, log10_distance_m=log_d, log10_tx_height=np.log10(paths.tx_height))
        return at_least_free_space(loss, paths, f_mhz=f_mhz, log10_distance_m=log_d)
