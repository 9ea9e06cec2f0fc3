"""The repair report in Vietnamese: repair_texts.csv has its sentences; what is not in it stays as it is.

A sentence may hold what differs from row to row, in braces; the first word of its name says how that is shown:

=============  ===============================================================================
``{count}``    a whole number
``{number}``   a figure, shown with a decimal comma; ``{rounded}`` with two decimals at most
``{place}``    figures as somebody wrote them, shown with decimal commas
``{column}``   a column of the dictionary, shown by its Vietnamese label where the layer has it
``{word}``     one word, as it is
``{text}``     words that are themselves looked up, in the table's field text
``{rest}``     what nobody translated: only the sentence's kind is known
others         names and words of the file, as they are
=============  ===============================================================================

``(s)`` in the English is an s that may be missing. A sentence with ``layers`` is used for these alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from phusong.gis.schemas import layer_columns, layer_names

__all__ = ["Sentence", "fitting", "repair_told", "sentences"]

_HOLE: Final = re.compile(r"\{([a-z_]+)\}")
_FIGURE: Final = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_SHAPES: Final = {
    "count": r"[+-]?\d+",
    "number": _FIGURE,
    "rounded": _FIGURE,
    "column": r"\S+",
    "word": r"\S+",
    "place": "[^=]+?",
}
_MEASURE: Final = re.compile(rf"{_FIGURE} ?(?:km²|m²|km|m|°|dB)")
_MARKS: Final = ("; ", ", ")
"""Between the amounts of a list."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of repair_texts.csv.

    Parameters
    ----------
    field : {"what", "how_much", "value", "remedy", "text"}
        The column of the report; values stand in ``before`` and ``after``, texts in the braces of others.
    layers : tuple of str
        The layers it is said of; empty for all.
    en, vi : str
        With the same names in braces.
    pattern : Pattern
        What fits the English.
    """

    field: str
    layers: tuple[str, ...]
    en: str
    vi: str
    pattern: re.Pattern[str]

    @property
    def is_kind_only(self) -> bool:
        """True where only the words before the colon are translated."""
        return "{rest}" in self.vi

    @property
    def weight(self) -> tuple[int, bool]:
        """How much it says: the letters outside the braces, then whether it is for some layers only."""
        return len(_HOLE.sub("", self.en)), bool(self.layers)


def repair_told(row: Mapping[str, Any]) -> dict[str, str]:
    """Translate one row of the repair report.

    Parameters
    ----------
    row : mapping
        Texts ``layer, what, how_much, before, after, remedy``.

    Returns
    -------
    dict
        ``what, how_much, before, after, remedy`` in Vietnamese.

    Examples
    --------
    >>> told = repair_told({"layer": "terrain", "what": "unknown: no value inside the province",
    ...                     "how_much": "7 cells (0.1 km²)", "before": "", "after": "", "remedy": ""})
    >>> told["what"], told["how_much"]
    ('Chưa rõ: ô trong tỉnh không có giá trị', '7 ô (0,1 km²)')
    """
    layer = str(row["layer"])
    what, how_much, before, after, remedy = (str(row[key]) for key in ("what", "how_much", "before", "after", "remedy"))
    return {
        "what": _told(what, "what", layer),
        "how_much": _amount(how_much, layer),
        "before": _value(before, layer),
        "after": _value(after, layer),
        "remedy": _told(remedy, "remedy", layer),
    }


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, tuple[Sentence, ...]]:
    """Return the table by field, the sentence that says most first."""
    text = (files(__package__) / "repair_texts.csv").read_text(encoding="utf-8")
    table: dict[str, list[Sentence]] = {}
    for row in csv.DictReader(text.splitlines()):
        layers = tuple(filter(None, row["layers"].split("|")))
        sentence = Sentence(row["field"], layers, row["en"], row["vi"], _pattern(row["en"]))
        table.setdefault(sentence.field, []).append(sentence)
    return {field: tuple(sorted(held, key=lambda one: one.weight, reverse=True)) for field, held in table.items()}


def fitting(text: str, *, field: str, layer: str) -> tuple[Sentence, re.Match[str]] | None:
    """Return the sentence that a text of the report is, and what stands in its braces.

    Parameters
    ----------
    text : str
    field : {"what", "how_much", "value", "remedy", "text"}
    layer : str
    """
    for sentence in sentences()[field]:
        if (not sentence.layers or layer in sentence.layers) and (found := sentence.pattern.fullmatch(text)):
            return sentence, found
    return None


def _pattern(english: str) -> re.Pattern[str]:
    """Compile an English sentence; a name that comes again stands for the same words."""
    parts, seen = _HOLE.split(english), set[str]()
    for place, part in enumerate(parts):
        if not place % 2:
            parts[place] = re.escape(part).replace(re.escape("(s)"), "s?")
        elif part in seen:
            parts[place] = f"(?P={part})"
        else:
            seen.add(part)
            parts[place] = f"(?P<{part}>{_SHAPES.get(_manner(part), '.+?')})"
    return re.compile("".join(parts), re.DOTALL)


def _manner(name: str) -> str:
    return name.partition("_")[0]


def _told(text: str, field: str, layer: str) -> str:
    if not (fit := fitting(text, field=field, layer=layer)):
        return text
    sentence, found = fit
    return _HOLE.sub(lambda hole: _shown(hole[1], found[hole[1]], layer), sentence.vi)


def _shown(name: str, text: str, layer: str) -> str:
    """Show what stood in braces, in the manner that its name tells."""
    manner = _manner(name)
    if manner == "column":
        columns = layer_columns(layer) if layer in layer_names() else {}
        return columns[text].vi if text in columns else text
    if manner == "text":
        return _told(text, "text", layer)
    if manner == "rounded":  # the noise of single precision: two decimals are a centimetre
        return _commas(re.sub(r"(\.\d\d)\d+$", r"\1", text))
    return _commas(text) if manner in {"number", "place"} else text


def _amount(text: str, layer: str) -> str:
    """Translate an amount, or one by one the amounts of a list."""
    for mark in _MARKS:
        if mark in text:
            return mark.join(_amount(part, layer) for part in text.split(mark))
    return _commas(_told(text, "how_much", layer))


def _value(text: str, layer: str) -> str:
    """Translate what stood before or after; a bare number stays as the file writes it."""
    return _commas(text) if _MEASURE.fullmatch(text) else _told(text, "value", layer)


def _commas(text: str) -> str:
    """Write decimal points of figures as the commas of Vietnamese usage."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text)
