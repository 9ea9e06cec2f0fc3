"""Calibration: how many of what, and from which published figure.

Row ids are those of the seed figures (docs/demo.md tells them); a number without one is an assumption of
the simulation and is named so there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["MAST_CLASS_PER_MILLE", "OPERATORS", "ROWS", "Operator", "Size", "Targets", "targets"]

Size = Literal["small", "province", "stress"]

ROWS = ("BD01", "BD03", "BP04", "BP08")
"""Seed rows the simulation is calibrated on."""

SUBSCRIBERS = 1_180_156  # BP08
SUBSCRIBERS_PER_BTS = 1_091  # BD03 / BD01: 4,000,000 subscribers on 3,666 4G BTS, all operators
STRESS_BTS = 3_666  # BD01

# Masts of Kien Giang's passive plan by class, of 2,085.
MAST_CLASS_PER_MILLE = {"A2a": 58, "A2b": 922, "A2c": 9, "A1b": 11}

# Assumptions, for the province as a whole.
_MASTS = 900
_SHARED_SHARE = 0.22
_BTS_2G_ONLY = 72
_BTS_5G = 75
_POCKETS_2G = 14
_POCKETS_DARK = 7


@dataclass(frozen=True, slots=True)
class Operator:
    """A fictitious operator and its spectrum.

    Parameters
    ----------
    name, short : str
    share_4g, share_2g_only, share_5g : int
        Weights in the split of the 4G, 2G-only and 5G BTS.
    has_2g : bool
    nr_band : str
        The 5G band, empty where there is none.
    rural_low_band : bool
        Adds LTE900 to most of its country sites, UMTS900 in the country and NR700 to some 5G sites.
    """

    name: str
    short: str
    share_4g: int
    share_2g_only: int
    share_5g: int
    has_2g: bool
    nr_band: str
    rural_low_band: bool


OPERATORS = (
    Operator("Hoa Sen", "HS", 45, 50, 50, has_2g=True, nr_band="NR2600", rural_low_band=True),
    Operator("Sông Bé", "SB", 27, 30, 30, has_2g=True, nr_band="NR3700", rural_low_band=False),
    Operator("Bà Rá", "BR", 20, 20, 20, has_2g=True, nr_band="NR3700", rural_low_band=False),
    Operator("Lộc Việt", "LV", 8, 0, 0, has_2g=False, nr_band="", rural_low_band=False),
)


@dataclass(frozen=True, slots=True)
class Targets:
    """Counts to meet exactly; a BTS is mast x operator x technology."""

    masts: int
    masts_shared: int
    bts_4g: int
    bts_2g_only: int
    bts_5g: int
    pockets_2g: int
    pockets_dark: int


def targets(size: Size, *, people_share: float) -> Targets:
    """Return the counts for a size.

    Parameters
    ----------
    people_share : float
        Part of the province's people that live in the communes simulated, 0..1.

    Examples
    --------
    >>> targets("province", people_share=1.0).bts_4g
    1082
    >>> targets("stress", people_share=1.0).bts_4g
    3666
    """
    province = SUBSCRIBERS / SUBSCRIBERS_PER_BTS
    bts_4g = STRESS_BTS if size == "stress" else round(province * people_share)
    scale = bts_4g / round(province)
    masts = round(_MASTS * scale)
    return Targets(
        masts=masts,
        masts_shared=round(_SHARED_SHARE * masts),
        bts_4g=bts_4g,
        bts_2g_only=round(_BTS_2G_ONLY * scale),
        bts_5g=round(_BTS_5G * scale),
        pockets_2g=max(1, round(_POCKETS_2G * people_share)),
        pockets_dark=max(1, round(_POCKETS_DARK * people_share)),
    )
