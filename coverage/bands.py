"""The bands of Vietnam's mobile networks and what a base station radiates in them by default.

The figures are defaults of a planner who knows no better: a cell's own ``eirp_dbm`` goes before them.
Powers and gains are engineering practice, not measurements; the published part is the spectrum.

EIRP of the reference signal toward boresight
---------------------------------------------
A map shows the reference signal, so only its share of the power counts:

* 2G RxLev: the whole BCCH carrier, 43 dBm, 3 dB of combiner and feeder.
* 3G RSCP: the pilot channel CPICH, a tenth of 43 dBm = 33 dBm.
* 4G RSRP, 5G SS-RSRP: one resource element, the carrier's power over 12 subcarriers a resource block.

========  ===========  ===============  ========  =========  =========
band      power dBm    resource blocks  gain dBi  loss dB    EIRP dBm
========  ===========  ===============  ========  =========  =========
GSM900    43           -                17        3          57.0
GSM1800   43           -                17.5      3          57.5
UMTS900   33 (CPICH)   -                16        0.5        48.5
UMTS2100  33 (CPICH)   -                17.5      0.5        50.0
LTE900    46           50 (10 MHz)      16        0.5        33.7
LTE1800   46           100 (20 MHz)     17.5      0.5        32.2
LTE2100   46           75 (15 MHz)      17.5      0.5        33.5
LTE2600   46           100 (20 MHz)     17.5      0.5        32.2
NR700     52           52 (10 MHz)      15        0.5        38.5
NR2600    53           273 (100 MHz)    24.5      0          42.3
NR3700    53           273 (100 MHz)    24.5      0          42.3
========  ===========  ===============  ========  =========  =========

Remote radio heads stand at the antenna, hence the 0.5 dB of a jumper; the gain of NR2600 and NR3700 is that
of an active antenna's SSB beam.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from phusong.errors import ModelError

__all__ = ["BANDS", "DEFAULT_BAND", "THRESHOLD_DBM", "Band", "band", "resource_element_power_dbm"]

_SUBCARRIERS: Final = 12  # of a resource block, 3GPP TS 36.211 and TS 38.211


def resource_element_power_dbm(total_dbm: float, *, resource_blocks: int) -> float:
    """Return the power of one resource element of an evenly loaded LTE or NR carrier, in dBm.

    Examples
    --------
    >>> round(resource_element_power_dbm(46.0, resource_blocks=100), 1)
    15.2
    """
    if resource_blocks < 1:
        raise ModelError(f"resource_blocks must be 1 or more, not {resource_blocks}; a 20 MHz LTE carrier has 100")
    return total_dbm - 10.0 * math.log10(_SUBCARRIERS * resource_blocks)


@dataclass(frozen=True, slots=True)
class Band:
    """A frequency band as one technology uses it.

    Parameters
    ----------
    name : str
        As in the column ``cells.band``, e.g. ``"LTE1800"``.
    technology : {"2G", "3G", "4G", "5G"}
    f_mhz : float
        Centre of the downlink.
    bandwidth_mhz : float
        Width of one carrier.
    reference_eirp_dbm : float
        EIRP of the reference signal toward boresight, antenna gain and feeder included: RxLev of the BCCH,
        RSCP of the CPICH, RSRP of one resource element.
    source : str
        Where the spectrum figures come from.
    antenna_gain_dbi : float
        Part of `reference_eirp_dbm`; an antenna of another gain changes it by the difference.
    """

    name: str
    technology: str
    f_mhz: float
    bandwidth_mhz: float
    reference_eirp_dbm: float
    source: str
    antenna_gain_dbi: float


def _element_eirp_dbm(total_dbm: float, *, resource_blocks: int, gain_dbi: float, loss_db: float) -> float:
    return resource_element_power_dbm(total_dbm, resource_blocks=resource_blocks) + gain_dbi - loss_db


_3GPP_900 = "3GPP band 8, downlink 925-960 MHz"
_3GPP_1800 = "3GPP band 3, downlink 1805-1880 MHz"
_3GPP_2100 = "3GPP band 1; Vietnam uses downlink 2110-2170 MHz"
_2600 = "Vietnam block B1, 2500-2600 MHz TDD (Viettel, 4G and 5G)"
_BCCH_DBM: Final = 43.0
_CPICH_DBM: Final = 33.0
_LTE_1800_DBM = _element_eirp_dbm(46.0, resource_blocks=100, gain_dbi=17.5, loss_db=0.5)
_LTE_2100_DBM = _element_eirp_dbm(46.0, resource_blocks=75, gain_dbi=17.5, loss_db=0.5)
_LTE_900_DBM = _element_eirp_dbm(46.0, resource_blocks=50, gain_dbi=16.0, loss_db=0.5)
_NR_700_DBM = _element_eirp_dbm(52.0, resource_blocks=52, gain_dbi=15.0, loss_db=0.5)
_NR_TDD_DBM = _element_eirp_dbm(53.0, resource_blocks=273, gain_dbi=24.5, loss_db=0.0)

BANDS: Final[Mapping[str, Band]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Band("GSM900", "2G", 942.5, 0.2, _BCCH_DBM + 17.0 - 3.0, _3GPP_900, 17.0),
            Band("GSM1800", "2G", 1842.5, 0.2, _BCCH_DBM + 17.5 - 3.0, _3GPP_1800, 17.5),
            Band("UMTS900", "3G", 942.5, 5.0, _CPICH_DBM + 16.0 - 0.5, _3GPP_900, 16.0),
            Band("UMTS2100", "3G", 2140.0, 5.0, _CPICH_DBM + 17.5 - 0.5, _3GPP_2100, 17.5),
            Band("LTE900", "4G", 942.5, 10.0, _LTE_900_DBM, _3GPP_900, 16.0),
            Band("LTE1800", "4G", 1842.5, 20.0, _LTE_1800_DBM, _3GPP_1800, 17.5),
            Band("LTE2100", "4G", 2140.0, 15.0, _LTE_2100_DBM, _3GPP_2100, 17.5),
            Band("LTE2600", "4G", 2550.0, 20.0, _LTE_1800_DBM, _2600, 17.5),
            Band(
                "NR700",
                "5G",
                768.0,
                10.0,
                _NR_700_DBM,
                "Vietnam blocks B1'-B2', downlink 758-778 MHz, licensed 2025",
                15.0,
            ),
            Band("NR2600", "5G", 2550.0, 100.0, _NR_TDD_DBM, _2600, 24.5),
            Band("NR3700", "5G", 3750.0, 100.0, _NR_TDD_DBM, "Vietnam block C2, 3700-3800 MHz TDD (VNPT)", 24.5),
        )
    }
)

DEFAULT_BAND: Final[Mapping[str, str]] = MappingProxyType(
    {"2G": "GSM900", "3G": "UMTS2100", "4G": "LTE1800", "5G": "NR2600"}
)
"""The band taken where a cell names only its technology."""

THRESHOLD_DBM: Final[Mapping[str, float]] = MappingProxyType(
    {
        # Lower limit of "poor" in VNPT's drive-test classes for RxLev and RSCP
        # (decisions 1705/QĐ-VNPT-CNM-CLG and 2123/QĐ-VNPT-CNM).
        "2G": -105.0,
        "3G": -105.0,
        # Engineering practice: lower limit of "weak" RSRP, 10 dB above the noise of one resource element
        # (-174 dBm/Hz + 15 kHz + 7 dB noise figure = -125 dBm). Ofcom counts 4G from -105 dBm only.
        "4G": -115.0,
        # As Ofcom's "high confidence" 5G class (from memory, to be verified).
        "5G": -110.0,
    }
)
"""Level of the reference signal at the outdoor service edge, by technology; a default, not a law."""


def band(name: str) -> Band:
    """Return the band called `name`.

    Raises
    ------
    ModelError
        For an unknown name; the known ones are listed.
    """
    try:
        return BANDS[name]
    except KeyError:
        raise ModelError(f"band '{name}' is not known; known are {', '.join(BANDS)}") from None
