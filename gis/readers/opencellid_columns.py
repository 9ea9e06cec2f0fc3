"""The columns of an OpenCelliD export, and how one is told from any other table."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["COLUMNS", "NEEDED", "RADIOS", "TECHNOLOGY", "is_opencellid"]

COLUMNS = [
    "radio",
    "mcc",
    "net",
    "area",
    "cell",
    "unit",
    "lon",
    "lat",
    "range",
    "samples",
    "changeable",
    "created",
    "updated",
    "averageSignal",
]
NEEDED = ("radio", "mcc", "net", "area", "cell", "lon", "lat")
TECHNOLOGY = {"GSM": "2G", "UMTS": "3G", "LTE": "4G", "NR": "5G"}
# CDMA rows stand in real exports; a file is recognised by them, and they are dropped like any radio we know nothing of.
RADIOS = {*TECHNOLOGY, "CDMA", "WCDMA"}
# Of two fields alike in a first row read as a header the second has a number behind it.
_NUMBER = re.compile(r"\d+( \(\d+\)'*)?")
_NUMBERS = 4


def is_opencellid(names: Iterable[str]) -> bool:
    """Tell whether a table's column names are those of an OpenCelliD export, or its first row where it has no header.

    Examples
    --------
    >>> is_opencellid(["radio", "mcc", "net", "area", "cell", "lon", "lat"]), is_opencellid(["radio", "lon", "lat"])
    (True, False)
    >>> is_opencellid("LTE 452 1 100 25601 0 106.9 11.54 1000 5 1".split())
    True
    """
    held = [name.strip() for name in names]
    if {name.casefold() for name in held} >= set(NEEDED):
        return True
    numbers = held[1 : 1 + _NUMBERS]
    return len(held) > len(NEEDED) and held[0].upper() in RADIOS and all(map(_NUMBER.fullmatch, numbers))
