"""Antennas: how much weaker than at its peak an antenna radiates elsewhere.

`Sector`, `Omni`, `Panel` and `Cuts` are products with an electrical tilt; `mounted` hangs one with a mechanical tilt;
`tabulate` makes plain arrays of either for compiled loops; `CATALOGUE` has those that a table may call by name.
"""

from phusong.coverage.antennas.catalogue import CATALOGUE, SSB_BANDS, named
from phusong.coverage.antennas.cuts import INTERPOLATIONS, Cuts, Interpolation
from phusong.coverage.antennas.mounting import Mounted, mounted, rotated
from phusong.coverage.antennas.panel import Panel, dft_beams_u
from phusong.coverage.antennas.pattern import Antenna, Method, Pattern, Terms
from phusong.coverage.antennas.sector import ELEMENT, Omni, Sector
from phusong.coverage.antennas.table import PatternTable, tabulate

__all__ = [
    "CATALOGUE",
    "ELEMENT",
    "INTERPOLATIONS",
    "SSB_BANDS",
    "Antenna",
    "Cuts",
    "Interpolation",
    "Method",
    "Mounted",
    "Omni",
    "Panel",
    "Pattern",
    "PatternTable",
    "Sector",
    "Terms",
    "dft_beams_u",
    "mounted",
    "named",
    "rotated",
    "tabulate",
]
