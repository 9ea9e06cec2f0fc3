"""Readings: the ways in which Vietnamese text may have been shown as Western text, and what it then was."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from phusong.gis.legacy_text.charsets import CP1258, LOST, all_vni, as_octets, charmap, tcvn3, vni
from phusong.gis.legacy_text.mojibake import from_utf8, from_utf8_twice

__all__ = ["READINGS", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which Vietnamese text may have been shown as Western text.

    Parameters
    ----------
    encoding : str
        What the text's bytes are: ``"tcvn3"``, ``"vni"``, ``"cp1258"``, ``"utf-8"``.
    said : str
        As the planner reads it.
    read : callable
        Text as shown -> what it can have been (see `from_utf8`); nothing where it cannot be of this kind.
    """

    encoding: str
    said: str
    read: Callable[[str], tuple[str, ...]]


def _one_byte(decode: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Return the reading of a charset whose letters are single bytes of cp1252 or latin-1."""

    def read(shown: str) -> tuple[str, ...]:
        if as_octets(shown) is None or LOST in shown:
            return ()
        text = unicodedata.normalize("NFC", decode(shown))
        return (text,)

    return read


READINGS = (
    Reading("utf-8", "UTF-8", from_utf8),
    Reading("utf-8 twice", "UTF-8, wrongly read twice", from_utf8_twice),
    Reading("tcvn3", "TCVN3 (ABC)", _one_byte(tcvn3)),
    Reading("vni", "VNI", _one_byte(lambda shown: vni(shown) if all_vni(shown) else LOST)),
    Reading("cp1258", "cp1258", _one_byte(lambda shown: charmap((as_octets(shown) or "").encode("latin-1"), CP1258))),
)
"""In the order in which they are tried; what holds Vietnamese letters outside cp1252 is of none of them."""
