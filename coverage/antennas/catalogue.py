"""Catalogue: the antennas that the column ``antenna`` may call by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from phusong.coverage.antennas.panel import Panel
from phusong.coverage.antennas.pattern import Pattern
from phusong.coverage.antennas.sector import ELEMENT, Omni, Sector
from phusong.errors import ModelError

__all__ = ["CATALOGUE", "SSB_BANDS", "named"]

_COLUMN_OF_TEN = Panel(columns=1, rows=10, row_spacing_wl=0.5, beams_u=(0.0,))

CATALOGUE: Final[Mapping[str, Pattern]] = MappingProxyType(
    {
        # TR 36.814 Table A.2.1.1-2.
        "3gpp-sector": Sector(),
        # TR 38.901 Table 7.3-1, one element.
        "3gpp-element": ELEMENT,
        # A column of ten such elements half a wavelength apart.
        "3gpp-panel": _COLUMN_OF_TEN,
        "omni": Omni(elevation_beamwidth_deg=10.0),
        # The envelope of 8 SSB beams; see `Panel`. Spacings are in wavelengths, so the band does not matter.
        "ssb-n41": Panel(),
        "ssb-n78": Panel(),
    }
)

SSB_BANDS: Final[Mapping[str, str]] = MappingProxyType({"NR2600": "ssb-n41", "NR3700": "ssb-n78"})
"""What a sector of these bands gets where nobody says which antenna it has."""


def named(name: str) -> Pattern:
    """Return the antenna of that name, untilted.

    Raises
    ------
    ModelError
        For an unknown name; the known ones are listed.
    """
    try:
        return CATALOGUE[name]
    except KeyError:
        raise ModelError(f"antenna '{name}' is not known; known are {', '.join(CATALOGUE)}") from None
