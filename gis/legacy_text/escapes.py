r"""Escapes: letters written out as \u1ed9, &#7897; or &ocirc; by a program that could not write them."""

from __future__ import annotations

import html
import re
import unicodedata

from phusong.gis.legacy_text.syllables import VIETNAMESE, is_syllable, words

__all__ = ["may_hold_escapes", "unescaped"]

_ESCAPE = re.compile(r"(?:\\{1,2}|%)u([0-9a-fA-F]{4})|(&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z]{3,8});)")


def may_hold_escapes(text: str) -> bool:
    """Tell, fast, whether a text is worth a closer look."""
    return "\\u" in text or "%u" in text or ("&" in text and ";" in text)


def unescaped(text: str) -> str:
    r"""Return a text with its escapes made letters, where that gives Vietnamese; else the text as it stands.

    Examples
    --------
    >>> unescaped(r"X\u00e3 L\u1ed9c Ninh"), unescaped("Ph&uacute; Th&#7883;nh"), unescaped(r"C:\users\u00e9t&amp;x")
    ('Xã Lộc Ninh', 'Phú Thịnh', 'C:\\users\\u00e9t&amp;x')
    """
    after = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else html.unescape(found[2]), text)
    if after == text:
        return text
    try:  # two escapes for one sign beyond FFFF (emoji)
        after = unicodedata.normalize("NFC", after.encode("utf-16", "surrogatepass").decode("utf-16"))
    except UnicodeDecodeError:
        return text
    found = [word for word in words(after) if word not in text]
    plausible = any(is_syllable(word, names=True) or VIETNAMESE.search(word) for word in found)
    return after if plausible else text
