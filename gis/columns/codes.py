"""Codes: ids such as the 5-digit commune code kept as text, lost zeros given back where that is beyond doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.gis.columns.values import as_text, is_empty
from phusong.gis.tally import say_faults

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Restored", "mend_codes", "restore_codes", "say_spoilt", "unique_ids"]

_WHOLE = re.compile(r"(\d+)\.0+")
_CUT_SHORT = re.compile(r"\d([.,]\d+)?E\+\d{2,}")
_SECTOR = re.compile(r"\d+\.\d*[1-9]\d*")
_DIGITS = re.compile(r"[0-9]+")
_LISTED = 20
_WIDTH = 5


@dataclass(frozen=True, slots=True)
class Restored:
    """Codes as text.

    Parameters
    ----------
    values : list of str or None
        One for each value given; None where it was empty.
    restored : list of (row, before, after)
        Codes that got their leading zeros back, or lost a ``.0``.
    ambiguous : list of (row, value, candidates)
        Codes that are too short and were left as they are, with the codes they can be.
    """

    values: list[str | None]
    restored: list[tuple[object, str, str]]
    ambiguous: list[tuple[object, str, tuple[str, ...]]]


def restore_codes(values: Iterable[Any], *, width: int = _WIDTH, known: Collection[str] | None = None) -> Restored:
    """Return codes as text, with leading zeros that a spreadsheet took off.

    Parameters
    ----------
    values : Series or iterable
        Text, whole numbers (25195.0 is "25195"), or empty; a Series' index names the rows, else the position does.
    width : int
        Digits of a right code.
    known : collection of str, optional
        All right codes.

    Returns
    -------
    Restored

    Notes
    -----
    A code of digits that is too short gets its zeros back where

    - ``known`` has the code with zeros and not the one without; or, if no codes are known,
    - just one digit is missing, all codes of the column are digits, the longest have ``width`` of them;

    and where no two codes of the column become the same by it. Else it is ambiguous if it can be more than what it
    says: with ``known``, where that has a candidate; without, always.

    Examples
    --------
    >>> restore_codes([25195.0, "1234", "01235", None]).values
    ['25195', '01234', '01235', None]
    >>> restore_codes(["1234"], known={"1234", "01234"}).ambiguous
    [(0, '1234', ('1234', '01234'))]
    """
    rows = list(values.index) if isinstance(values, pd.Series) else None
    raw = list(values)
    texts = [None if is_empty(value) else _text(value) for value in raw]
    filled = [text for text in texts if text is not None]
    held = set(filled)
    regular = all(_DIGITS.fullmatch(text) for text in held) and max(map(len, held), default=0) == width
    # Of how many different codes of the column each padded code would be made.
    made = Counter(text.zfill(width) for text in held if _DIGITS.fullmatch(text))
    result = Restored([], [], [])
    for at, text in enumerate(texts):
        row = at if rows is None else rows[at]
        after = text
        if text is not None and len(text) < width and _DIGITS.fullmatch(text):
            padded = text.zfill(width)
            sure = padded in known and text not in known if known is not None else regular and len(text) == width - 1
            if sure and made[padded] == 1:
                after = padded
            elif known is None or padded in known:
                candidates = (text, padded) if known is None or text in known else (padded,)
                result.ambiguous.append((row, text, candidates))
        result.values.append(after)
        before = raw[at] if isinstance(raw[at], str) else text
        if before is not None and after is not None and before.strip() != after:
            result.restored.append((row, before.strip(), after))
    return result


def _text(value: Any) -> str:
    """Return a code as text, without the decimal part that a numeric column gave it."""
    if isinstance(value, str):
        text = value.strip()
        found = _WHOLE.fullmatch(text)
        return found[1] if found else text
    return as_text(value)


def mend_codes(series: pd.Series[Any], *, column: str, known: Collection[str] | None, notes: Notes) -> pd.Series[Any]:
    """Return a column of codes as text (dtype string), its changes in the repair report; see `restore_codes`.

    Parameters
    ----------
    series : Series
        As read; index = row.
    column : str
        Column of the dictionary, for the report.
    known : collection of str or None
        All right codes: of the layer that is joined to; None where there is none, as for the communes themselves.
    notes : Notes
        One repair for the column, with its count and an example; one warning for each ambiguous code (the first
        20, then their number).
    """
    found = restore_codes(series, known=known)
    if found.restored:
        _, before, after = found.restored[0]
        notes.repair(
            f"restored: leading zeros or digits of {column}, which a spreadsheet had made numbers",
            how_much=f"{len(found.restored)} values",
            before=before,
            after=after,
            remedy=f"format {column} as text before saving the table",
        )
    remedy = f"write all {_WIDTH} digits, as text"
    for row, value, candidates in found.ambiguous[:_LISTED]:
        can = " or ".join(candidates)
        rule = f"a code of {_WIDTH} digits has {len(value)}; it can be {can}, and was left as it is"
        notes.fault(rule, remedy, row=row, column=column, value=value, severity="warning")
    if rest := found.ambiguous[_LISTED:]:
        rule = f"{len(rest)} more codes have too few digits, and were left as they are"
        notes.fault(rule, remedy, row=rest[0][0], column=column, value=rest[0][1], severity="warning")
    return pd.Series(found.values, index=series.index, name=series.name, dtype="string")


def say_spoilt(ids: pd.Series[Any], notes: Notes) -> None:
    """Say which ids a spreadsheet has made numbers: cut short to 1.23E+08, or with a decimal part.

    Parameters
    ----------
    ids : Series of str
        Named as the column; index = row.
    notes : Notes
        One warning for each kind, at its first row.
    """
    texts = ids.dropna().astype(object)
    cut = texts[[_CUT_SHORT.fullmatch(text) is not None for text in texts]]
    whole = texts[[_WHOLE.fullmatch(text) is not None for text in texts]]
    # 123.0 beside 123.1 is a sector of site 123.
    if len(whole) and any(_SECTOR.fullmatch(text) for text in texts.drop(whole.index)):
        whole = whole.iloc[:0]
    remedy = f"format {ids.name} as text in the spreadsheet, bring the ids back, and save it again"
    for held, rule in (
        (cut, "the id is a number that a spreadsheet cut short: its last digits are lost"),
        (whole, "the id has a decimal part, as a spreadsheet gives numbers"),
    ):
        if len(held):
            count = "" if len(held) == 1 else f"; so it is with {len(held)} records"
            notes.fault(
                f"{rule}{count}",
                remedy,
                row=held.index[0],
                column=str(ids.name),
                value=held.iloc[0],
                severity="warning",
            )


def unique_ids(ids: pd.Series[Any], notes: Notes) -> None:
    """Refuse ids that stand twice.

    Parameters
    ----------
    ids : Series
        Named as the column; index = row, of which several records may be made.
    notes : Notes
        A fault for each row but the first of an id; of very many the rest is counted.
    """
    known = ids.dropna()
    again = known.duplicated(keep="first")
    if not again.any():
        return
    first = {value: row for row, value in known[known.duplicated(keep=False) & ~again].items()}
    say_faults(
        (
            (
                f"{ids.name} must be unique, and already stands in row {notes.called(first[value])}",
                "give each record an id of its own, or delete the copy",
                row,
                value,
            )
            for row, value in known[again].items()
        ),
        column=str(ids.name),
        notes=notes,
    )
