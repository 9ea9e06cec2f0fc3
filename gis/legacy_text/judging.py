"""Judging: in which encoding a set of texts was written, by all of its words together - or that it cannot be told.

One short word proves nothing: "Phó" is right as it stands, and is also how TCVN3's "Phú" looks. So evidence is
counted over a whole column: texts that are no Vietnamese as they stand, and become Vietnamese under one reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from phusong.gis.legacy_text.charsets import CP1252, raise_capitals
from phusong.gis.legacy_text.mojibake import from_utf8, is_utf8
from phusong.gis.legacy_text.readings import READINGS, Reading
from phusong.gis.legacy_text.syllables import VIETNAMESE, looks_right, words

__all__ = ["Doubt", "Verdict", "judge", "plausible"]

# Signs that no word holds (· ¸ º): 2 points of evidence each; a letter (é, ô) that other languages have too is 1 point.
_PROOF = 3
_SAMPLE = 400
# One reading explains so many times more of a column than another that texts both explain are the first's.
_DOMINANT = 20

_HIGH = re.escape(CP1252[0x80:])
_BEYOND = re.compile(f"[^\\x00-\\x9f{_HIGH}\ufffd]")
_SYMBOLS = "¡-¯µ-¿×÷"
# A symbol that sticks to a letter, a first byte of UTF-8 with a second one, a sign within a word.
_GLUED = re.compile(
    f"[^\\W\\d_][{_SYMBOLS}]|[{_SYMBOLS}][^\\W\\d_]|[\xc2-\xc6áÌ][°±²³´{re.escape(CP1252[0x80:0xA0])}]|\ufffd"
    "|[^\\W\\d_][€‚„†‡ˆ‰‹›•˜™\x80-\x9f][^\\W\\d_]"
)
_TRIMMED = re.compile("[ÃÆ](?:[ \xa0]|$)")
_SIGNS = frozenset(chr(byte) for byte in (*range(0xA0, 0xC0), 0xD7, 0xF7))
_BREAKS = re.compile(r"[\x00-@\[-`{-\x7f]+")
# Signs that one-byte charsets leave as they are; in UTF-8 they are second bytes of letters.
_BREAKS_AND_SIGNS = re.compile(rf"[\x00-@\[-`{{-\x7f°±²³´\x80-\x9f{re.escape(CP1252[0x80:0xA0])}]+")
_PLAIN = re.compile("[A-Za-z]")
_UNIT_SIGN = re.compile("[µ°²³ªº]")
_UNITS = re.compile(r"(?<![^\W\d_])µ[A-Za-z]{1,2}(?![^\W\d_])|[A-Za-z]*(?<![À-ÿ])[°²³ªº]+[A-Z]?(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A text that was left as it is.

    Parameters
    ----------
    text : str
    why : {"short", "mixed", "lost", "unread"}
        Too little evidence; right as it stands in a column that is partly another encoding; letters lost, or more
        than one reading; no Vietnamese under the reading that the rest of its column has.
    readings : tuple of (said, text)
        What it can be.
    """

    text: str
    why: str
    readings: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Verdict:
    """What was found about a set of texts: which are to be read otherwise, and which could not be told."""

    read: dict[str, tuple[Reading, str]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    unexplained: int = 0
    """Texts with letters beyond a-z that are Vietnamese neither as they stand nor under any reading."""
    foreign: bool = False
    """Most texts are so: it is another language."""

    @property
    def encodings(self) -> set[str]:
        """The encodings that were proven."""
        return {reading.encoding for reading, _ in self.read.values()}


def plausible(text: str) -> bool:
    """Tell whether a text is right as it stands: Vietnamese syllables, and no symbol that sticks to a letter.

    Examples
    --------
    >>> [plausible(text) for text in ("Xã Phú Riềng", "X· Phó Riòng", "5 µm, 30 m²", "CÃ´ng")]
    [True, False, True, False]
    """
    text = raise_capitals(text)  # BìNH is a slip of another kind
    return _fine(text, names=True) and not (_TRIMMED.search(text) and from_utf8(text))


def _fine(text: str, *, names: bool) -> bool:
    if _UNIT_SIGN.search(text):
        text = _UNITS.sub("", text)
    text = unicodedata.normalize("NFC", text)
    return not _GLUED.search(text) and looks_right(text, names=names)


def judge(texts: Iterable[str], *, prior: Collection[str] = ()) -> Verdict:
    """Find the encodings in which texts were written that a program took for Western text.

    Parameters
    ----------
    texts : iterable of str
        Distinct texts of one column.
    prior : collection of str
        Encodings that other columns of the same file were proven to be in: less evidence is then enough.

    Returns
    -------
    Verdict
        ``read`` holds only texts that change.
    """
    verdict = Verdict()
    seen = [text for text in texts if not text.isascii()]
    western = {text: plausible(text) for text in seen if not _BEYOND.search(text)}
    wrong = [text for text, right in western.items() if not right]
    others = [text for text in seen if text not in western]
    verdict.doubts += [Doubt(text, "lost") for text in others if "\ufffd" in text]
    if not wrong:
        return verdict
    proven = _proven(_sample(wrong), prior, verdict)
    for text in wrong:
        _settle(text, proven, verdict)
    if proven:
        strongest = next(iter(proven))
        right = [text for text in western if western[text] and words(text)]
        mixed = any(VIETNAMESE.search(text) and plausible(text) for text in others)
        mixed = mixed or not all(any(_fine(option, names=True) for option in strongest.read(text)) for text in right)
        for text in right:
            _settle_right(text, strongest, verdict, mixed=mixed)
    return verdict


def _sample(texts: Sequence[str]) -> Sequence[str]:
    return texts[:: -(-len(texts) // _SAMPLE)]


def _goods(text: str, readings: Iterable[Reading], *, names: bool = False) -> list[tuple[Reading, tuple[str, ...]]]:
    """Return the readings under which a text is Vietnamese."""
    found: list[tuple[Reading, tuple[str, ...]]] = []
    for reading in readings:
        options = tuple(option for option in reading.read(text) if option != text and _fine(option, names=names))
        if options and not any(options == other for _, other in found):
            found.append((reading, options))
    return found


def _points(text: str, reading: Reading) -> dict[str, int]:
    """Return the evidence in a text's words with letters of either kind, when a reading makes it Vietnamese."""
    breaks = _BREAKS if reading in READINGS[:2] else _BREAKS_AND_SIGNS
    return {
        word: sum(2 if c in _SIGNS else 1 for c in word if not c.isascii())
        for word in breaks.split(text)
        if not word.isascii() and _PLAIN.search(word)
    }


def _proven(sample: Sequence[str], prior: Collection[str], verdict: Verdict) -> dict[Reading, int]:
    """Return the readings that the texts prove and their points, the strongest first."""
    points: dict[str, dict[str, int]] = {reading.encoding: {} for reading in READINGS}
    count = dict.fromkeys(points, 0)
    readable = 0
    for text in sample:
        goods = _goods(text, READINGS) or _goods(text, [r for r in READINGS if r.encoding in prior], names=True)
        if len(goods) == 1 and words(goods[0][1][0]):
            points[goods[0][0].encoding] |= _points(text, goods[0][0])
            count[goods[0][0].encoding] += 1
        verdict.unexplained += not goods and "\ufffd" not in text
        readable += bool(goods or _goods(text, READINGS, names=True))
    total = {encoding: sum(found.values()) for encoding, found in points.items()}
    verdict.foreign = readable * 2 < len(sample)
    proven = {
        reading: total[reading.encoding]
        for reading in READINGS
        if count[reading.encoding] >= verdict.unexplained
        and total[reading.encoding] >= (1 if reading.encoding in prior else _PROOF)
    }
    return dict(sorted(proven.items(), key=lambda item: -item[1]))


def _settle(text: str, proven: Mapping[Reading, int], verdict: Verdict) -> None:
    """Decide on a text that is no Vietnamese as it stands."""
    goods = _goods(text, proven) or _goods(text, proven, names=True)
    if len(goods) > 1 and proven[goods[0][0]] >= _DOMINANT * proven[goods[1][0]]:
        goods = goods[:1]
    if len(goods) == 1 and len(goods[0][1]) == 1:
        verdict.read[text] = (goods[0][0], goods[0][1][0])
        return
    if not goods and is_utf8(text):  # its form is proof by itself, of whatever language
        form = next(reading for reading in (READINGS[1], READINGS[0]) if reading.read(text))
        goods = [(form, form.read(text))]
        if form in proven:
            verdict.read[text] = (form, goods[0][1][0])
            return
    lost = "\ufffd" in text or (len(goods) == 1 and len(goods[0][1]) > 1)
    if not goods and not proven and not verdict.foreign:
        goods = _goods(text, READINGS) or _goods(text, READINGS, names=True)
    options = tuple((reading.said, option) for reading, found in goods for option in found)
    if lost or proven or options:
        verdict.doubts.append(Doubt(text, "lost" if lost else "short" if options else "unread", options))


def _settle_right(text: str, reading: Reading, verdict: Verdict, *, mixed: bool) -> None:
    """Decide on a text that is right as it stands, in a column that holds texts of a reading."""
    goods = _goods(text, [reading])
    if not goods or len(goods[0][1]) > 1:
        return
    after = goods[0][1][0]
    if mixed:
        verdict.doubts.append(Doubt(text, "mixed", ((reading.said, after),)))
    else:
        verdict.read[text] = (reading, after)
