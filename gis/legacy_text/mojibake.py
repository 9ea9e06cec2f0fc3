"""Mojibake: UTF-8 that a program took for cp1252 or latin-1, also with bytes lost on the way."""

from __future__ import annotations

import itertools
import re
import unicodedata

from phusong.gis.legacy_text.charsets import LOST, as_octets
from phusong.gis.legacy_text.syllables import JOINT, WORD, is_syllable, words

__all__ = ["from_utf8", "from_utf8_twice", "is_utf8"]

_UNDEFINED = "\x81\x8d\x8f\x90\x9d"
# First bytes of the UTF-8 of Vietnamese letters, whose last byte A0 was a no-break space until a program trimmed it.
_LEAD = "(?:[\xc2-\xc6]|\xe1[\xba\xbb])"
_TRIMMED_SMALL = re.compile("([\xc2-\xc6])(?: |$)")
_TRIMMED_CAPITALS = re.compile("([\xc4-\xc6]|\xe1[\xba\xbb])(?: |$)")
_MOST, _MOST_LOST = 8, 3  # readings that are listed; lost bytes of a word that are tried: 125 ways
_CUT = re.compile(f"({_LEAD})(?![\x80-\xbf{LOST}])")


def _utf8(shown: str) -> str | None:
    """Return text whose UTF-8 bytes were taken for Western letters, where all of it is UTF-8."""
    octets = as_octets(shown)
    if octets is None or LOST in octets or octets.isascii():
        return None
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return None


def is_utf8(shown: str) -> bool:
    """Tell whether a text is UTF-8 taken for Western letters, with none of its bytes lost."""
    return _utf8(shown) is not None


def _untrimmed(octets: str) -> tuple[str, ...]:
    """Return the bytes with no-break spaces where a program made blanks of them, or took them off.

    In capitals XÃ AN is what it looks like; elsewhere no capital Ạ or Ỡ is looked for.
    """
    trimmed = _TRIMMED_SMALL if re.search("[a-z]", octets) else _TRIMMED_CAPITALS
    if not trimmed.search(octets):
        return (octets,)
    return trimmed.sub("\\1\xa0", octets), trimmed.sub("\\1\xa0 ", octets)


def from_utf8(shown: str) -> tuple[str, ...]:
    r"""Return what a text can have been whose UTF-8 bytes were taken for Western letters.

    Five bytes have no letter in cp1252 (81, 8D, 8F, 90, 9D); programs show U+FFFD for them, or nothing. Each of the
    five is tried, and kept where it gives a Vietnamese syllable.

    Returns
    -------
    tuple of str
        Nothing where it cannot be such text; one reading; several where the lost byte can be more than one.

    Examples
    --------
    >>> from_utf8("XÃ£ PhÃº"), from_utf8("PhÆ°á»\ufffdng"), from_utf8("Thá»\ufffd")
    (('Xã Phú',), ('Phường',), ('Thề', 'Thọ', 'Thỏ', 'Thờ'))
    """
    if (text := _utf8(shown)) is not None:
        return (unicodedata.normalize("NFC", text),)
    octets = as_octets(shown)
    if octets is None or octets.isascii():
        return ()
    for names in (False, True):
        whole = [_completed(variant, names=names) for variant in _untrimmed(octets)]
        readings = next((found for found in whole if found), ())
        if any(JOINT.search(text) for text in readings):  # HàNam, or Hà Nam with one of its blanks lost
            apart = [text for text in itertools.chain(*whole[1:]) if _spelt(text)]
            readings = tuple(dict.fromkeys([*readings, *apart]))
        if readings:
            return readings
    return ()


def _completed(octets: str, *, names: bool) -> tuple[str, ...]:
    """Return the readings of bytes some of which are lost; none where a word of them is no syllable."""
    options = [_filled(token, names=names) for token in _CUT.sub(f"\\1{LOST}", octets).split(" ")]
    return tuple(" ".join(parts).strip() for parts in itertools.islice(itertools.product(*options), _MOST))


def _spelt(text: str) -> bool:
    """Tell whether all words are syllables, those of plain letters too."""
    return all(is_syllable(part) for word in WORD.findall(text) for part in JOINT.split(word))


def _filled(token: str, *, names: bool) -> list[str]:
    """Return the readings of one word's bytes, lost ones filled in, that are Vietnamese syllables."""
    pieces = token.split(LOST)
    if token.isascii() or len(pieces) > _MOST_LOST + 1:
        return [token] if token.isascii() else []
    found: list[str] = []
    for fill in itertools.product(_UNDEFINED, repeat=len(pieces) - 1):
        octets = pieces[0] + "".join(byte + piece for byte, piece in zip(fill, pieces[1:], strict=True))
        try:
            text = unicodedata.normalize("NFC", octets.encode("latin-1").decode("utf-8"))
        except UnicodeDecodeError:
            continue
        if all(is_syllable(word, names=names) for word in words(text)):
            found.append(text)
    # PhưỐng could be two words written together; Phường is one.
    joints = [len(JOINT.findall(text)) for text in found]
    return [text for text, count in zip(found, joints, strict=True) if count == min(joints)]


def from_utf8_twice(shown: str) -> tuple[str, ...]:
    """Return what a text was whose UTF-8 was taken for Western letters, saved as UTF-8, and taken so again."""
    octets = as_octets(shown)
    once = None if octets is None else _utf8(_untrimmed(octets)[0])
    twice = None if once is None else _utf8(once)
    return () if twice is None else (unicodedata.normalize("NFC", twice),)
