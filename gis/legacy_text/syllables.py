"""Syllables: what can be a Vietnamese syllable - onset, rime and tone - the evidence that a reading is right.

A Vietnamese word is written one syllable at a time, and only some 15,000 spellings exist. A wrong reading of bytes
makes one of them by rare chance, so counting syllables tells encodings apart far better than counting letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["JOINT", "TONES", "VIETNAMESE", "WORD", "is_syllable", "looks_right", "words"]

TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Grave (huyền), acute (sắc), tilde (ngã), hook (hỏi), dot below (nặng)."""

_ONSETS = ("", *re.findall(r"\w+", "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph q qu r s t th tr v x"))
# Onsets of names from Central Highlands languages (Krông, Đrăng, Pleiku): no proof of a reading, yet plausible.
_HIGHLAND_ONSETS = ("bl", "br", "dr", "đr", "gr", "kl", "kr", "pl", "pr", "sr", "tl")
_RIMES = re.findall(
    r"\w+",
    """
a ac ach ai am an ang anh ao ap at au ay ak ăc ăm ăn ăng ăp ăt ăk âc âm ân âng âp ât âu ây âk
e ec em en eng eo ep et ek ê êch êm ên ênh êp êt êu êk êng i ia ich im in inh ip it iu ik
iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt
oc oe oen oeo oet oi om on ong ooc oong op ot ok ô ôc ôi ôm ôn ông ôp ôt ôk ơ ơi ơm ơn ơp ơt ơk
u ua uân uâng uât uây uc uê uêch uênh ui uôc uôi uôm uôn uông uôt um un ung uơ up ut uk
uy uya uych uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu ưk
y yêm yên yêng yêt yêu
""",
)
_STOPS = ("c", "ch", "p", "t", "k")
_FRONT = "eêiy"
_MARKED = "ăâêôơư"
_VOWELS = frozenset(unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in ("", *TONES))
WORD = re.compile(r"[^\W\d_]+")
_CAPITALS = "A-ZĐ" + "".join(sorted(letter.upper() for letter in _VOWELS))
_SHOUTED = re.compile("(?![IVX]+$)[A-Z]{2,}")
JOINT = re.compile(f"(?<=[^\\W\\d_{_CAPITALS}])(?=[{_CAPITALS}])")
"""Where words written together meet: a capital after a small letter, BìnhPhước."""

VIETNAMESE = re.compile("[ăĂđĐơƠưƯĩĨũŨ\u1ea0-\u1ef9]")
"""A letter that only Vietnamese has, of those beyond cp1252."""


def _tone_places(rime: str) -> Iterator[int]:
    """Yield where the tone mark may stand in a rime: old and new manner (hòa, hoà) are both in use."""
    vowels = re.match(r"[aăâeêioôơuưy]+", rime)
    count = vowels.end() if vowels else 0
    marked = [at for at, letter in enumerate(rime[:count]) if letter in _MARKED]
    if marked:
        yield marked[-1]
    elif count == 1:
        yield 0
    elif count < len(rime) or count == 3:  # noqa: PLR2004 - oan, oai
        yield 1
    else:
        yield 0
        if rime in {"oa", "oe", "uy"}:
            yield 1


def _fits(onset: str, rime: str) -> bool:
    """Tell whether an onset is written before a rime: nghe, not nge; lenient where names are."""
    front = rime[0] in _FRONT
    if onset in {"c", "ng"}:
        return not front
    if onset in {"gh", "ngh"}:
        return front
    if onset == "g":
        return not front or rime[0] == "i"
    if onset == "q":  # quý, quỳnh, quyết
        return rime.startswith("uy")
    if onset == "qu":
        return rime[0] in "aăâeêiơyô"
    return not (rime.startswith("yê") and onset)


@lru_cache(maxsize=1)
def _syllables() -> tuple[frozenset[str], frozenset[str]]:
    """Return all spellings in lower case: those of the language, and those with the highland onsets."""
    spelt: list[set[str]] = [set(), set()]
    for rime in _RIMES:
        stop = rime.endswith(_STOPS)
        # A stop has acute or dot; names in -k (Đak Ơ, Đăk Nhau) also stand without.
        tones = ("\u0301", "\u0323", "")[: 3 if rime.endswith("k") else 2] if stop else ("", *TONES)
        forms = [
            unicodedata.normalize("NFC", rime[: at + 1] + tone + rime[at + 1 :])
            for at in _tone_places(rime)
            for tone in tones
        ]
        spelt[0].update(onset + form for onset in _ONSETS if _fits(onset, rime) for form in forms)
        if stop:
            forms.append(rime)
        spelt[1].update(onset + form for onset in (*_HIGHLAND_ONSETS, *_ONSETS) for form in forms)
    return frozenset(spelt[0]), frozenset(spelt[1])


@lru_cache(maxsize=65_536)
def is_syllable(word: str, *, names: bool = False) -> bool:
    """Tell whether a word is spelt as a Vietnamese syllable, in one kind of letters: hòa, Hòa, HÒA or BìnhHòa.

    Parameters
    ----------
    word : str
        In NFC.
    names : bool
        Accept also what only names and keys have: highland onsets (Krông), stops without a tone, and syllables
        written together in small letters (bàubàng).

    Examples
    --------
    >>> is_syllable("Phước"), is_syllable("phơc"), is_syllable("PHướC")
    (True, False, False)
    >>> is_syllable("BìnhPhước"), is_syllable("Krông"), is_syllable("Krông", names=True)
    (True, False, True)
    """
    strict, loose = _syllables()
    parts = JOINT.split(word)
    if len(parts) > 1:
        if min(map(len, parts)) == 1 or any(_SHOUTED.fullmatch(part) for part in parts):
            return False
        parts = [part for part in parts if not part.isascii()] or [word]
    if not names:
        return all(_one_case(part) and part.lower() in strict for part in parts)
    return all(_one_case(part) and (part.lower() in loose or _joined(part.lower(), strict)) for part in parts)


def _one_case(word: str) -> bool:
    return word.islower() or word.isupper() or (word[:1].isupper() and word[1:].islower())


def _joined(word: str, strict: frozenset[str]) -> bool:
    """Tell whether a word is two to six syllables written together, all but the first with an onset."""
    ends = {0}
    for _ in range(6):
        ends = {
            end
            for start in ends
            if not start or word[start] not in _VOWELS
            for end in range(start + 2, min(start + 8, len(word) + 1))
            if word[start:end] in strict
        }
        if len(word) in ends:
            return True
        ends.discard(len(word))
    return False


def words(text: str) -> list[str]:
    """Return the words of a text that hold a letter beyond a-z: only these are evidence of an encoding."""
    return [word for word in WORD.findall(text) if not word.isascii()]


def looks_right(text: str, *, names: bool = False) -> bool:
    """Tell whether a text's words with letters beyond a-z are Vietnamese syllables (one in five may be foreign).

    True also where it has no such word: nothing speaks against it.

    Examples
    --------
    >>> looks_right("Xã Phú Riềng"), looks_right("XÃ£ PhÃº")
    (True, False)
    """
    found = words(text)
    wrong = sum(not is_syllable(word, names=names) for word in found)
    return wrong * 5 <= len(found)
