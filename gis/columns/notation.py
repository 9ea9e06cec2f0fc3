"""Notation: how one column of text writes its numbers - decimal mark, thousands, units, degrees and minutes.

A whole column is read in one way. With ``decimal = "auto"`` its values are asked which marks they allow: 30.5 only a
decimal point, 30,5 only a decimal comma, 42 either, and 1,234 or 1.234 both, with different results. What cannot be
told is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from phusong.gis.columns.angles import parse_degrees
from phusong.gis.columns.values import fits, parse
from phusong.gis.schemas import Column

__all__ = ["Numbers", "read_numbers"]

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# A number under a decimal point and under a decimal comma; groups of three never begin with a 0.
_UNDER = {
    ".": re.compile(r"[+-]?(?=[.]?[0-9])(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?(?=[,]?[0-9])(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]*)(?:,[0-9]*)?(?:[eE][+-]?[0-9]+)?"),
}
_SPACED = re.compile(r"([+-]?[1-9][0-9]{0,2}(?:[ \u00a0\u2009\u202f][0-9]{3})+)((?:[.,][0-9]+)?)")
_BLANKS = re.compile(r"[ \u00a0\u2009\u202f]")
# The column's own unit behind a number, as people write it.
_OWN_UNIT = {
    "m": "m|mét|met|meters?|metres?",
    "km": "km",
    "km²": "km2|km²",
    "độ": "°|º|độ|do|deg|degrees?",
    "dBm": "dbm",
    "W": "w",
    "người": "người|nguoi|people",
    "hộ": "hộ|ho",
    "tầng": "tầng|tang",
    "sợi": "sợi|soi|fo|core|cores",
}
_ANGLES = {"lon", "lat", "start_lon", "start_lat", "end_lon", "end_lat"}
_MARKS = (".", ",")
_COUNTED = {"người", "hộ"}


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column's distinct texts as numbers.

    Parameters
    ----------
    values : (n,) float64
        NaN where a text is no number.
    how : dict of str to list of int
        ``"comma"``, ``"groups"``, ``"unit"``, ``"angle"`` -> which texts needed it.
    unclear : tuple of int
        Texts with two readings that nothing decides between; their values are NaN.
    odd : frozenset of int
        Texts that are numbers, but written in another way than the rest of the column.
    """

    values: NDArray[np.float64]
    how: Mapping[str, Sequence[int]] = field(default_factory=dict)
    unclear: tuple[int, ...] = ()
    odd: frozenset[int] = frozenset()


def read_numbers(texts: Sequence[str], counts: Sequence[int], *, column: Column, decimal: str) -> Numbers:
    """Read the distinct texts of a column as numbers.

    Parameters
    ----------
    texts : (n,) sequence of str
        Stripped, not empty.
    counts : (n,) sequence of int
        How many rows hold each.
    column : Column
        Its type and range may tell 1,234 from 1.234.
    decimal : {"auto", ".", ","}
        A stated mark is kept to strictly.

    Returns
    -------
    Numbers
    """
    how: dict[str, list[int]] = {}
    if decimal == "auto":
        found = _auto(texts, counts, column, how)
    else:
        read = [parse(text, column, decimal=decimal) for text in texts]
        found = Numbers(np.array([np.nan if value is None else value for value in read], float), how)
    if column.column in _ANGLES:
        for i in np.flatnonzero(np.isnan(found.values)).tolist():
            if i in found.unclear or i in found.odd:
                continue
            degrees = parse_degrees(texts[i], decimal="." if decimal == "auto" else decimal)
            if degrees is not None:
                found.values[i] = degrees
                how.setdefault("angle", []).append(i)
    known = np.isfinite(found.values)
    how.update({key: sorted({i for i in which if known[i]}) for key, which in how.items()})
    return found


def _auto(texts: Sequence[str], counts: Sequence[int], column: Column, how: dict[str, list[int]]) -> Numbers:
    values = np.full(len(texts), np.nan)
    rest: list[int] = []
    plain = _PLAIN.fullmatch
    for i, text in enumerate(texts):
        if plain(text) and not ("." in text and _counted(column)):
            values[i] = float(text)
        else:
            rest.append(i)
    if not rest:
        return Numbers(values, how)
    bare = {i: _bare(texts[i], i, column, how) for i in rest}
    # The plain numbers read above have their say too, where they have a point.
    bare |= {i: text for i, text in enumerate(texts) if "." in text and i not in bare}
    under, both, only = _readings(bare)
    grouped = {mark for mark in _MARKS if any(_other(mark) in bare[i] for i in only[mark])}
    mark, unclear = _decide(bare, under=under, both=both, only=only, grouped=grouped, counts=counts, column=column)
    odd = set(only[_other(mark)])
    # A mark with two readings groups thousands only where the column surely does so elsewhere, or can do nothing else.
    trusted = _counted(column) or mark in grouped
    for i, text in bare.items():
        if i in both and not trusted and _other(mark) in text:
            odd.add(i)
        number = None if i in odd or i in unclear else under[mark].get(i)
        values[i] = np.nan if number is None else number
        if number is None:
            continue
        if mark == "," and "," in text:
            how.setdefault("comma", []).append(i)
        if _other(mark) in text:
            how.setdefault("groups", []).append(i)
    return Numbers(values, how, tuple(sorted(unclear)), frozenset(odd))


def _bare(text: str, i: int, column: Column, how: dict[str, list[int]]) -> str:
    """Return a text without the column's own unit and without blanks between thousands."""
    if text[-1:].isdigit() and not _BLANKS.search(text):
        return text
    unit = _OWN_UNIT.get(column.unit)
    if unit and (match := re.fullmatch(rf"([+-]?[0-9][0-9.,\s]*?)\s*(?:{unit})\.?", text, re.IGNORECASE)):
        how.setdefault("unit", []).append(i)
        text = match[1]
    if column.column not in _ANGLES and (match := _SPACED.fullmatch(text)):
        how.setdefault("groups", []).append(i)
        text = _BLANKS.sub("", match[1]) + match[2]
    return text


def _readings(bare: Mapping[int, str]) -> tuple[dict[str, dict[int, float]], set[int], dict[str, set[int]]]:
    """Return the numbers under each mark, the texts both allow with different results, and those only one allows."""
    under = {mark: {i: v for i, text in bare.items() if (v := _under(text, mark)) is not None} for mark in _MARKS}
    point, comma = (under[mark] for mark in _MARKS)
    both = {i for i in point.keys() & comma.keys() if point[i] != comma[i]}
    return under, both, {".": point.keys() - comma.keys(), ",": comma.keys() - point.keys()}


def _decide(
    bare: Mapping[int, str],
    *,
    under: Mapping[str, Mapping[int, float]],
    both: set[int],
    only: Mapping[str, set[int]],
    grouped: set[str],
    counts: Sequence[int],
    column: Column,
) -> tuple[str, set[int]]:
    """Return the column's decimal mark, and the texts it leaves unclear."""
    weight = {mark: sum(counts[i] for i in only[mark]) for mark in _MARKS}
    if any(weight.values()):
        for i in () if _counted(column) else both:
            mark = "." if "." in bare[i] else ","
            weight[mark] += 0 if _other(mark) in grouped else counts[i]
        return ("," if weight[","] > weight["."] else "."), set()
    if not both or not (_counted(column) or any("," in bare[i] for i in both)):
        return ".", set()

    fitting = [mark for mark in _MARKS if all(_could_be(under[mark][i], column) for i in both)]
    return (fitting[0], set()) if len(fitting) == 1 else (".", set(both))


def _under(text: str, mark: str) -> float | None:
    """Return a number under one decimal mark."""
    if not _UNDER[mark].fullmatch(text):
        return None
    return float(text.replace(_other(mark), "").replace(mark, "."))


def _counted(column: Column) -> bool:
    """Tell whether a column counts: 12.345 in it are twelve thousand, though estimates may have decimals (91582.5)."""
    return column.type == "integer" or column.unit in _COUNTED


def _could_be(number: float, column: Column) -> bool:
    return fits(number, column) and (not _counted(column) or number == round(number))


def _other(mark: str) -> str:
    return "," if mark == "." else "."
