"""Technologies: which of 2G, 3G, 4G and 5G the fields and the columns of a list of stations name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from phusong.gis.columns.matching import fold_header
from phusong.gis.columns.values import is_empty, is_marker, parse
from phusong.gis.schemas import layer_columns

__all__ = ["installed_columns", "numbered_column", "technologies_of", "technology_of_numbers"]

_TECHNOLOGY = {
    "2g": "2G",
    "gsm": "2G",
    "3g": "3G",
    "umts": "3G",
    "wcdma": "3G",
    "4g": "4G",
    "lte": "4G",
    "5g": "5G",
    "nr": "5G",
}
_WORD = re.compile("|".join(sorted(_TECHNOLOGY, key=len, reverse=True)))
# Provincial lists ask "Đã lắp 3G/4G" (installed) and are answered with technologies, or with yes.
_INSTALLED = re.compile(r"(da)?lap(dat)?((?:[2345]g)+)")
_YES, _NO = {"co", "x", "yes", "1", "true", "da", "dalap"}, {"khong", "no", "0", "false", "chua", "chualap"}
# A column of this name holds numbers of one technology only.
_NUMBERED = {
    "earfcn": "4G",
    "earfcndl": "4G",
    "dlearfcn": "4G",
    "ecellid": "4G",
    "eci": "4G",
    "nrarfcn": "5G",
    "nci": "5G",
    "uarfcn": "3G",
}
# What may stand beside technologies: "và" (and), and how a 5G network is built.
_BESIDE = re.compile("va|nsa|sa")
_ASIDE = re.compile(r"\s*\([^()]*\)\s*$")


def installed_columns(columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns that ask which technologies are installed, with those a plain yes means."""
    found: dict[str, tuple[str, ...]] = {}
    for name in columns:
        folded = fold_header(name)
        match = _INSTALLED.fullmatch(folded)
        if match:
            found[name] = tuple(_TECHNOLOGY[folded_name] for folded_name in re.findall("[2345]g", match[3]))
        elif folded in {"2g", "3g", "4g", "5g"}:
            found[name] = (_TECHNOLOGY[folded],)
    return found


def numbered_column(cells: Mapping[str, str]) -> str | None:
    """Return a column whose name says that its numbers are those of one technology."""
    return next((name for name in cells.values() if fold_header(name) in _NUMBERED), None)


def technology_of_numbers(column: str) -> str:
    """Return the technology whose numbers a column of this name holds, ``""`` where it tells none.

    Examples
    --------
    >>> technology_of_numbers("EARFCN"), technology_of_numbers("PCI")
    ('4G', '')
    """
    return _NUMBERED.get(fold_header(column), "")


def technologies_of(value: Any, yes: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the technologies a field names, or None where it cannot be read.

    Where a column asks for technologies, `yes`, a plain yes means these; what stands in brackets behind it (Có
    (12/2024)) tells more of the same.
    """
    if is_empty(value):
        return ()
    answer = _ASIDE.sub("", str(value)) if yes else str(value)
    folded = fold_header(answer)
    if yes and (found := _yes_or_no(answer, folded)) is not None:
        return yes if found else ()
    # Nothing but names of technologies: "LTE1800" is a band, "không 4G" is no 4G.
    rest = _BESIDE.sub("", _WORD.sub("", folded))
    return None if rest or not folded else tuple(dict.fromkeys(_TECHNOLOGY[word] for word in _WORD.findall(folded)))


def _yes_or_no(answer: str, folded: str) -> bool | None:
    """Return what an answer means, None where it is neither; a dash and its like mean nothing is there."""
    asked = layer_columns("sites")["shareable"]
    if folded in _NO or is_marker(answer, asked):
        return False
    found = True if folded in _YES else parse(answer, asked, decimal=".")
    return found if isinstance(found, bool) else None
