"""Decoding: a file's bytes as text, in the encoding that is stated or that its words prove."""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import dataclass

from phusong.gis.legacy_text.charsets import CP1252, CP1258, VISCII, charmap, from_tcvn3, vni
from phusong.gis.legacy_text.judging import judge, plausible

__all__ = ["Decoded", "decode"]

# Mark, encoding, bytes of a unit, as said.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", 1, "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", 4, "UTF-32 with BOM"),
    (codecs.BOM_UTF32_BE, "utf-32", 4, "UTF-32 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16", 2, "UTF-16 with BOM"),
    (codecs.BOM_UTF16_BE, "utf-16", 2, "UTF-16 with BOM"),
)
_OURS = {"tcvn3": "tcvn3", "tcvn": "tcvn3", "abc": "tcvn3", "vni": "vni", "viscii": "viscii"}
_SAID = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI", "cp1258": "cp1258", "cp1252": "cp1252 (Western European)"}

_WORD = re.compile(rb"[\x80-\xff][^\s,;|\"<>=]{0,60}")
_WORD_START = re.compile(rb"[\s,;|\"<>=]")
_WORD_BYTES = 60
_SAMPLE_WORDS, _SAMPLE_MATCHES = 3_000, 50_000
_SAMPLE_BYTES = 4_000_000
_LEAST_WORDS = 3
# A text in UTF-16 that is mostly plain letters has a zero in half of its bytes.
_ZERO_SHARE = 0.1
_SURROGATE = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text and how its bytes were read.

    Parameters
    ----------
    text : str
        Without byte order mark.
    encoding : str
        A name that `decode` takes: Python's, or ``tcvn3``, ``vni``, ``viscii``.
    said : str
        For the planner, e.g. ``"TCVN3 (ABC)"``; says also what is wrong or open.
    certain : bool
        False where another encoding is possible: then it should be stated.
    """

    text: str
    encoding: str
    said: str
    certain: bool


def decode(data: bytes, *, encoding: str) -> Decoded:
    r"""Return bytes as text.

    Parameters
    ----------
    data : bytes
        A whole file.
    encoding : str
        Stated: as ``str(data, encoding)`` has it, byte order mark taken off; beyond Python's names ``tcvn3`` (also
        ``abc``), ``vni`` and ``viscii``. ``"auto"``: byte order mark, UTF-16 by its zeros, valid UTF-8, else what the
        words prove: Vietnamese syllables under TCVN3, VNI or cp1258, or else cp1252. No byte is dropped; nothing
        is raised.

    Raises
    ------
    UnicodeDecodeError
        A byte is not of the stated encoding.
    LookupError
        The stated encoding is not known.

    Notes
    -----
    TCVN3 and VNI have the punctuation of cp1252 at 80-9F. All bytes of a file are read the same way; for a column
    that is in another encoding than the rest see `compose_table`.

    Examples
    --------
    >>> decode(b"ten\nX\xb7 Ph\xad\xeang Th\xb8c M\xac", encoding="auto").said
    'TCVN3 (ABC)'
    >>> decode("Hôtel, forêt, Révolution, façade".encode("cp1252"), encoding="auto").said
    'cp1252 (Western European)'
    """
    name = encoding.strip().lower()
    if name == "auto":
        return _auto(data)
    if name in _OURS:
        data.decode("latin-1" if _OURS[name] == "viscii" else "cp1252")  # raises where a byte is undefined
        return Decoded(_read(data, _OURS[name]), _OURS[name], _SAID.get(_OURS[name], "VISCII"), certain=True)
    return Decoded(str(data, encoding).removeprefix("\ufeff"), encoding, encoding, certain=True)


def _read(data: bytes, encoding: str) -> str:
    """Return bytes in one of the one-byte encodings; what it leaves undefined is read as browsers do."""
    if encoding == "viscii":
        return charmap(data, VISCII)
    if encoding == "cp1258":
        return charmap(data, CP1258)
    if encoding == "tcvn3":
        return from_tcvn3(data)
    return vni(charmap(data, CP1252)) if encoding == "vni" else charmap(data, CP1252)


def _auto(data: bytes) -> Decoded:
    marked = False
    for mark, encoding, unit, said in _BOMS:
        if data.startswith(mark):
            marked = True
            if found := _units(data, encoding, unit, said):
                return found
    if not marked and (found := _wide(data)):
        return found
    try:
        return Decoded(str(data, "utf-8"), "utf-8", "UTF-8", certain=True)
    except UnicodeDecodeError as err:
        return _spoilt(data, err) or _one_byte(data)


def _units(data: bytes, encoding: str, unit: int, said: str) -> Decoded | None:
    """Return text whose letters have units of several bytes; a rest that is no whole unit is kept, and said."""
    end = len(data) // unit * unit
    try:
        text = str(data[:end], encoding).removeprefix("\ufeff") + charmap(data[end:], CP1252)
    except UnicodeDecodeError:
        return None
    whole = end == len(data)
    return Decoded(text, encoding, said + ("" if whole else ", cut off within its last letter"), certain=whole)


def _wide(data: bytes) -> Decoded | None:
    """Return UTF-16 without byte order mark: zeros at every other byte."""
    head = data[:_SAMPLE_BYTES]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) <= _ZERO_SHARE * len(head) or min(even, odd) * 10 > max(even, odd):
        return None
    return _units(data, "utf-16-le" if odd > even else "utf-16-be", 2, "UTF-16 without BOM")


def _spoilt(data: bytes, error: UnicodeDecodeError) -> Decoded | None:
    """Return UTF-8 with a few wrong bytes among many right letters; these bytes are read as cp1252."""
    sample = data[error.start : error.start + _SAMPLE_BYTES].decode("utf-8", "surrogateescape")
    right = len(_BEYOND_ASCII.findall(data[: error.start].decode("utf-8")[-_SAMPLE_BYTES:] + sample))
    if len(_SURROGATE.findall(sample)) * 2 > right and not data.startswith(codecs.BOM_UTF8):
        return None
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    wrong = len(_SURROGATE.findall(text))
    line = data.count(b"\n", 0, error.start) + 1
    said = f"UTF-8 with wrong bytes: {wrong}, read as cp1252; the first, 0x{data[error.start]:02x}, in line {line}"
    text = _SURROGATE.sub(lambda found: CP1252[ord(found[0]) - 0xDC00], text)
    return Decoded(text, "utf-8", said, certain=False)


def _one_byte(data: bytes) -> Decoded:
    """Return text in the one-byte encoding that its words prove, or in cp1252."""
    words = _words(data)
    verdict = judge(words)
    read = [reading for reading, _ in verdict.read.values() if reading.encoding in _SAID]
    counts = {reading.encoding: read.count(reading) for reading in read}
    best = max(counts, key=lambda encoding: counts[encoding], default="cp1252")
    options = sorted({said for doubt in verdict.doubts if doubt.why == "short" for said, _ in doubt.readings})
    if best == "cp1252":
        vietnamese = sum(plausible(word) for word in words)
        certain = not options and (verdict.unexplained or vietnamese) >= _LEAST_WORDS
        said = _SAID[best] + ("" if certain else f", or {' or '.join(options) or 'another'}: too few words to tell")
        return Decoded(_read(data, best), best, said, certain=certain)
    others = [_SAID[encoding] for encoding in counts if encoding != best and counts[encoding] * 20 >= counts[best]]
    said = _SAID[best] + (f", partly {' and '.join(others)}" if others else "")
    return Decoded(_read(data, best), best, said, certain=not others)


def _words(data: bytes) -> list[str]:
    """Return distinct words with a byte above 7F, as Western text; a bounded number of them."""
    found: dict[bytes, None] = {}
    for match in itertools.islice(_WORD.finditer(data), _SAMPLE_MATCHES):
        before = data[max(0, match.start() - _WORD_BYTES) : match.start()]
        found[_WORD_START.split(before)[-1] + match[0]] = None
        if len(found) >= _SAMPLE_WORDS:
            break
    return [charmap(word, CP1252).strip("\ufeff") for word in found]
