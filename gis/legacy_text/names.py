"""Names: one key for the many ways of writing one name, and joins that never make one place of two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from phusong.gis.legacy_text.syllables import TONES

__all__ = ["Matches", "fold", "match_names", "name_key"]

_BREAKS = re.compile(r"[\W_]+")
_TONE = re.compile(f"[{TONES}]")
_KINDS = {
    "xã ": "xã",
    "x.": "xã",
    "phường ": "phường",
    "p.": "phường",
    "thị trấn ": "thị trấn",
    "tt.": "thị trấn",
    "đặc khu ": "đặc khu",
    "đk.": "đặc khu",
}
# Only in a name without any accents: "Xa Mát" is a name of its own.
_PLAIN_KINDS = {"xa ": "xã", "phuong ": "phường", "thi tran ": "thị trấn", "dac khu ": "đặc khu", "dk.": "đặc khu"}


def fold(text: str) -> str:
    """Return text for a search: no case, accents, tones, punctuation; đ is d; single blanks.

    Never a key of a join: "Lộc Thạnh" and "Lộc Thành" are two communes, and one text here.

    Examples
    --------
    >>> fold("Phường  Hoà-Lợi"), fold("Đắk Ơ")
    ('phuong hoa loi', 'dak o')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).replace("đ", "d")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _BREAKS.sub(" ", plain).strip()


def name_key(text: str) -> str:
    """Return a key that is the same for one name written in different ways, and differs for different names.

    Case, NFC or NFD, blanks, punctuation and the place of the tone mark (Hoà, Hòa) make no difference; letters and
    tones do, and so do y and i.

    Examples
    --------
    >>> name_key("HOÀ  LỢI") == name_key("Hòa Lợi"), name_key("Lộc Thạnh") == name_key("Lộc Thành")
    (True, False)
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
    return " ".join(_toned_last(word) for word in _BREAKS.split(text) if word)


def _toned_last(word: str) -> str:
    """Return a word with its tone marks after its letters: where the mark stood makes no difference."""
    pieces = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", _TONE.sub("", pieces)) + "".join(_TONE.findall(pieces))


@dataclass(frozen=True, slots=True)
class Matches:
    """How a list of names was joined to the known ones.

    Parameters
    ----------
    joined : dict of int to int
        Position in ``names`` -> position in ``known``; one to one.
    unaccented : tuple of int
        Positions of ``joined`` that were joined without accents, because one of the two names has none.
    ambiguous : dict of int to tuple of int
        Position in ``names`` -> positions in ``known`` it can be; not joined.
    missing : tuple of int
        Positions in ``names`` that no known name is like.
    """

    joined: dict[int, int] = field(default_factory=dict)
    unaccented: tuple[int, ...] = ()
    ambiguous: dict[int, tuple[int, ...]] = field(default_factory=dict)
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    kind: str
    key: str
    plain: str
    accented: bool


def _parts(name: str) -> _Name:
    """Return a name in parts: kind of unit (empty where not stated), key, folded, whether it has accents."""
    text = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    kinds = {**_KINDS, **_PLAIN_KINDS} if text.isascii() else _KINDS
    prefix = next((kind for kind in kinds if text.startswith(kind)), "")
    rest = text.removeprefix(prefix).strip()
    kind = kinds[prefix] if prefix and rest else ""
    bare = rest or text
    return _Name(kind, name_key(bare), fold(bare), accented=not bare.isascii())


def match_names(names: Sequence[str], known: Sequence[str]) -> Matches:
    """Join names to known names one to one, where that is beyond doubt.

    Parameters
    ----------
    names, known : sequence of str
        One for each unit, with or without its kind in front (Xã, Phường, Thị trấn, Đặc khu; X., P., TT.). For units
        of more than one district call it district by district: names repeat between them.

    Returns
    -------
    Matches
        A name is joined where its `name_key` and kind are found once on either side; a kind that one side leaves
        out fits any, kinds that differ fit never. Where one side has no accents at all, it is joined by `fold`,
        if no other name on either side folds to the same. Everything else is ambiguous, with the names it can be,
        or missing.

    Examples
    --------
    >>> match_names(["X. Hoà Lợi", "Loc Thanh"], ["Hòa Lợi", "Lộc Thạnh", "Lộc Thành"])
    Matches(joined={0: 0}, unaccented=(), ambiguous={1: (1, 2)}, missing=())
    """
    ours, theirs = [_parts(name) for name in names], [_parts(name) for name in known]
    by_plain: dict[str, list[int]] = {}
    rivals: dict[str, list[int]] = {}
    for at, name in enumerate(theirs):
        by_plain.setdefault(name.plain, []).append(at)
    for at, name in enumerate(ours):
        rivals.setdefault(name.plain, []).append(at)
    joined: dict[int, int] = {}
    unaccented: list[int] = []
    ambiguous: dict[int, tuple[int, ...]] = {}
    missing: list[int] = []
    for at, name in enumerate(ours):
        alike = by_plain.get(name.plain, []) if name.plain else []
        same = [other for other in alike if _same(name, theirs[other])]
        if len(same) == 1 and sum(_same(ours[rival], theirs[same[0]]) for rival in rivals[name.plain]) == 1:
            joined[at] = same[0]
        elif not same and len(alike) == len(rivals[name.plain]) == 1 and _unaccented(name, theirs[alike[0]]):
            joined[at] = alike[0]
            unaccented.append(at)
        elif alike:
            ambiguous[at] = tuple(same or alike)
        else:
            missing.append(at)
    return Matches(joined, tuple(unaccented), ambiguous, tuple(missing))


def _kinds_fit(one: _Name, other: _Name) -> bool:
    return not one.kind or not other.kind or one.kind == other.kind


def _same(one: _Name, other: _Name) -> bool:
    return one.key == other.key and _kinds_fit(one, other)


def _unaccented(one: _Name, other: _Name) -> bool:
    """Tell whether two names that fold to the same may be one: one of them has no accents at all."""
    return _kinds_fit(one, other) and not (one.accented and other.accented)
