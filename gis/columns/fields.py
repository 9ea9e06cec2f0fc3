"""Fields: one column of a table read in the type of the dictionary, each of its distinct values once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.gis.columns.notation import Numbers, read_numbers
from phusong.gis.columns.values import fits, is_empty, is_marker, meaning, parse, said_plainly
from phusong.gis.schemas import Column
from phusong.gis.tally import say_faults

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Field", "empty_field", "read_field", "with_groups", "writes_commas"]

_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
# 1.500 or 1,500: the mark may be that of decimals or that of thousands.
_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}(\1[0-9]{3})*")
# So many decimal commas in a column are its way of writing, not slips of single rows.
_COMMA_ROWS = 5
_SHOWN = 5
_HOW = {
    "comma": ("read with decimal comma", 'state decimal = "," for this layer, or save the file with decimal points'),
    "groups": ("read without thousands separators", "save the file without them"),
    "unit": ("read without its unit", "write the unit into the column's name, not into its fields"),
    "angle": ("read as degrees, minutes, seconds", "save the file with decimal degrees"),
}


@dataclass(slots=True)
class Field:
    """One column, read but not yet reported.

    Parameters
    ----------
    column : Column
    index : Index
        The table's rows.
    codes : (rows,) int
        Which distinct value each row holds; -1 where it holds nothing.
    raw : list
        The distinct values as the file has them.
    values : list
        The same as the dictionary wants them; None where that cannot be.
    empty : set of int
        Distinct values that say in words that nothing is known.
    numbers : Numbers
        How the column writes its numbers; empty for other types.
    """

    column: Column
    index: pd.Index[Any]
    codes: NDArray[np.intp]
    raw: list[Any]
    values: list[Any]
    empty: set[int] = field(default_factory=set)
    numbers: Numbers = field(default_factory=lambda: Numbers(np.zeros(0)))
    texts: list[int] = field(default_factory=list)
    all_commas: bool = False

    def floats(self) -> NDArray[np.float64]:
        """Return the rows' numbers, NaN where there is none; range and wholeness are not looked at."""
        return self._known()[self.codes]

    def keeps(self) -> NDArray[np.bool_]:
        """Tell which distinct values keep the dictionary's rule."""
        if self.column.type not in {"number", "integer"}:
            return np.array([value is not None and fits(value, self.column) for value in self.values], bool)
        known = self._known()[:-1]
        good = np.isfinite(known)
        for limit, beyond in ((self.column.minimum, np.less), (self.column.maximum, np.greater)):
            good &= True if limit is None else ~beyond(known, limit)
        return good & (known == np.round(known)) if self.column.type == "integer" else good

    def _known(self) -> NDArray[np.float64]:
        """Return the distinct values as numbers, and NaN for no value at the end."""
        return np.array([*(np.nan if value is None else value for value in self.values), np.nan], float)

    def series(self) -> pd.Series[Any]:
        """Return the column: only values that keep the dictionary's rule, the rest empty."""
        keeps = self.keeps()
        if self.column.type in {"number", "integer"}:
            known = np.where(np.append(keeps, False), self._known(), np.nan)
            return pd.Series(known[self.codes], index=self.index)
        good = [value if keep else None for value, keep in zip(self.values, keeps, strict=True)]
        if not good:
            return empty_field(self.column, self.index)
        kind: Any = "boolean" if self.column.type == "boolean" else "string"
        return pd.Series(pd.array(good, dtype=kind).take(self.codes, allow_fill=True), index=self.index)

    def report(self, notes: Notes) -> None:
        """Write down what was read in another way than it stands, and each row that breaks the rule."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.raw))
        self._say_repairs(counts, notes)
        name, rule = self.column.column, self.column.rule
        unclear = {self.texts[i] for i in self.numbers.unclear}
        odd = {self.texts[i] for i in self.numbers.odd}
        if unclear:
            self._say_unclear(min(unclear), int(counts[sorted(unclear)].sum()), notes)
        if self.all_commas:
            self._say_commas(counts, notes)
        is_wrong = np.append(~self.keeps(), False)
        is_wrong[[*self.empty, *unclear]] = False
        nothing = np.zeros(len(self.raw) + 1, dtype=bool)
        nothing[[*self.empty, len(self.raw)]] = self.column.required
        said = []
        for place in np.flatnonzero(is_wrong[self.codes] | nothing[self.codes]).tolist():
            code, row = int(self.codes[place]), self.index[place]
            if code < 0 or code in self.empty:
                said.append(("a value is required", f"fill in {self.column.vi.lower()}", row, ""))
            else:
                said.append((rule, _remedy(self.raw[code], self.column, odd=code in odd), row, self.raw[code]))
        say_faults(said, column=name, notes=notes)

    def _say_repairs(self, counts: NDArray[np.intp], notes: Notes) -> None:
        name = self.column.column
        if self.empty:
            words = [f'"{str(self.raw[i]).strip()}"' for i in sorted(self.empty)]
            shown = ", ".join(words[:_SHOWN]) + (" ..." if len(words) > _SHOWN else "")
            notes.repair(
                f"counted as empty: {name} says in words that nothing is known",
                how_much=f"{int(counts[sorted(self.empty)].sum())} values",
                before=shown,
                remedy="leave such fields empty",
            )
        for key, (what, remedy) in _HOW.items():
            which = [self.texts[i] for i in self.numbers.how.get(key, ())]
            if which:
                after = self.values[which[0]]
                notes.repair(
                    f"{what}: {name}",
                    how_much=f"{int(counts[which].sum())} values",
                    before=str(self.raw[which[0]]).strip(),
                    after=f"{after:.10g}" if after is not None else "",
                    remedy=remedy,
                )
        if self.column.values or self.column.type == "boolean":
            self._say_words(counts, notes)

    def _say_words(self, counts: NDArray[np.intp], notes: Notes) -> None:
        """Say once for each word what it was read as."""
        words: dict[tuple[str, str], int] = {}
        for i, (raw, value) in enumerate(zip(self.raw, self.values, strict=True)):
            if value is None or i in self.empty:
                continue
            text = str(raw[0] if isinstance(raw, _Beside) else raw).strip()
            after = value if isinstance(value, str) else ("true" if value else "false")
            if text != after and not (self.column.type == "boolean" and said_plainly(raw)):
                words[text, after] = words.get((text, after), 0) + int(counts[i])
        for (before, after), count in words.items():
            notes.repair(
                f"read as: {self.column.column} {before!r} is {after!r}",
                how_much=f"{count} values",
                before=before,
                after=after,
                remedy="nothing, where that is what it means; else correct it",
            )

    def _say_commas(self, counts: NDArray[np.intp], notes: Notes) -> None:
        """Say once when a whole column is written with decimal commas; reading went on, to find what else is wrong."""
        commas = [i for i in self.texts if _COMMA.fullmatch(self.raw[i].strip())]
        place = int(np.flatnonzero(np.isin(self.codes, commas))[0])
        notes.fault(
            f"{int(counts[commas].sum())} of {int(counts.sum())} values are written with a decimal comma",
            'set decimal = "," for this layer',
            row=self.index[place],
            column=self.column.column,
            value=self.raw[self.codes[place]],
        )

    def _say_unclear(self, first: int, count: int, notes: Notes) -> None:
        text = str(self.raw[first]).strip()
        place = int(np.flatnonzero(self.codes == first)[0])
        mark = "," if "," in text else "."
        # A stated decimal comma lets points group thousands; under a decimal point no comma does.
        groups = 'state decimal = "," where it marks thousands' if mark == "." else "save the file without separators"
        notes.fault(
            f"{count} values can be read in two ways: the {'comma' if mark == ',' else 'point'} may mark decimals or "
            "thousands",
            f'state decimal = "{mark}" for this layer where it is the decimal mark, else {groups}',
            row=self.index[place],
            column=self.column.column,
            value=text,
        )


class _Beside(tuple[Any, Any]):
    """A value and the one beside it that makes it clear."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self[0])


def read_field(values: pd.Series[Any], column: Column, *, decimal: str, beside: pd.Series[Any] | None = None) -> Field:
    """Read one column.

    Parameters
    ----------
    values : Series
        As a reader gave it.
    column : Column
    decimal : {"auto", ".", ","}
        Decimal mark of numbers written as text.
    beside : Series, optional
        Column of the same rows that makes a value clear: a band of "900" is known only with its technology.

    Returns
    -------
    Field
        Not yet reported.
    """
    codes, raw = _distinct(values) if beside is None else _distinct_pairs(values.tolist(), beside.tolist())
    bare = [value[0] if isinstance(value, _Beside) else value for value in raw]
    empty = {i for i, value in enumerate(bare) if is_marker(value, column)}
    if column.type in {"number", "integer"}:
        return _numbers(Field(column, values.index, codes, raw, [], empty), decimal)
    parsed = [None if i in empty else parse(value, column, decimal=".") for i, value in enumerate(bare)]
    for i, value in enumerate(raw):
        if column.values and parsed[i] is not None and parsed[i] not in column.values:
            known = meaning(bare[i], column, beside=_text(value[1]) if isinstance(value, _Beside) else None)
            if known == "":
                empty.add(i)
            parsed[i] = known or parsed[i]
    return Field(column, values.index, codes, raw, parsed, empty)


def writes_commas(table: pd.DataFrame) -> bool:
    """Tell whether a table of text writes its decimals with commas only: 106,9 stands in it, and no 11.54."""
    commas = False
    for name in table:
        for text in (value.strip() for value in table[name].unique() if isinstance(value, str)):
            if _GROUPS.fullmatch(text):
                continue
            if _POINT.fullmatch(text):
                return False
            commas = commas or _COMMA.fullmatch(text) is not None
    return commas


def with_groups(found: Field) -> Field | None:
    """Return a field with the points of 1.500 read as thousands, or None where they cannot all be that.

    Such a column says nothing about its mark; it is for the rest of its file to say, see `writes_commas`.
    """
    pointed = {i: found.raw[i].strip() for i in found.texts if "." in found.raw[i]}
    if not pointed or not all(_GROUPS.fullmatch(text) for text in pointed.values()):
        return None
    if found.numbers.odd or {"comma", "groups"} & found.numbers.how.keys():
        return None  # it has told its mark itself
    numbers = {i: float(text.replace(".", "")) for i, text in pointed.items()}
    if not all(fits(number, found.column) for number in numbers.values()):
        return None
    values = [numbers.get(i, value) for i, value in enumerate(found.values)]
    at = {code: i for i, code in enumerate(found.texts)}
    again = [at[i] for i in pointed]
    how = {**found.numbers.how, "groups": again}
    unclear = tuple(i for i in found.numbers.unclear if i not in again)
    return replace(found, values=values, numbers=replace(found.numbers, how=how, unclear=unclear))


def empty_field(column: Column, index: pd.Index[Any]) -> pd.Series[Any]:
    """Return a column that the file does not have."""
    if column.type in {"number", "integer"}:
        return pd.Series(np.nan, index=index, dtype=float)
    return pd.Series(pd.NA, index=index, dtype="boolean" if column.type == "boolean" else "string")


def _distinct(values: pd.Series[Any]) -> tuple[NDArray[np.intp], list[Any]]:
    """Return each row's number of its distinct value (-1: empty), and the distinct values."""
    if pd.api.types.infer_dtype(values, skipna=True) != "string":
        return _distinct_pairs(values.tolist(), None)
    codes, raw = pd.factorize(np.asarray(values, dtype=object))
    blank = np.array([value.isspace() or not value for value in raw] + [True])
    number = np.cumsum(~blank) - 1
    number[blank] = -1
    return number[codes].astype(np.intp), [value for value, none in zip(raw, blank, strict=False) if not none]


def _distinct_pairs(values: Sequence[Any], beside: Sequence[Any] | None) -> tuple[NDArray[np.intp], list[Any]]:
    """Do the same for values of any kind, with what stands beside them."""
    seen: dict[Any, int] = {}
    raw: list[Any] = []
    codes = np.full(len(values), -1, dtype=np.intp)
    for place, value in enumerate(values):
        if is_empty(value):
            continue
        # 1, 1.0 and True are not one value.
        key: Any = value if isinstance(value, str) else (type(value), _hashable(value, place))
        if beside is not None:
            key = (key, _text(beside[place]))
        code = seen.get(key)
        if code is None:
            code = seen[key] = len(raw)
            raw.append(value if beside is None else _Beside((value, beside[place])))
        codes[place] = code
    return codes, raw


def _hashable(value: Any, place: int) -> Any:
    try:
        hash(value)
    except TypeError:
        return place
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _numbers(found: Field, decimal: str) -> Field:
    counts = np.bincount(found.codes[found.codes >= 0], minlength=len(found.raw))
    found.values = [None] * len(found.raw)
    for i, value in enumerate(found.raw):
        if isinstance(value, str):
            if i not in found.empty:
                found.texts.append(i)
        else:
            found.values[i] = parse(value, found.column, decimal=".")
    texts = [found.raw[i].strip() for i in found.texts]
    found.all_commas = decimal == "." and _mostly_commas(texts, counts[found.texts].tolist(), int(counts.sum()))
    found.numbers = read_numbers(
        texts, counts[found.texts].tolist(), column=found.column, decimal="," if found.all_commas else decimal
    )
    for i, value in zip(found.texts, found.numbers.values.tolist(), strict=True):
        found.values[i] = None if np.isnan(value) else value
    return found


def _mostly_commas(texts: Sequence[str], counts: Sequence[int], filled: int) -> bool:
    commas = sum(count for text, count in zip(texts, counts, strict=True) if _COMMA.fullmatch(text))
    return commas >= _COMMA_ROWS and commas > filled / 2


def _remedy(raw: Any, column: Column, *, odd: bool) -> str:
    text = str(raw).strip()
    if column.values:
        near = difflib.get_close_matches(text.upper(), [v.upper() for v in column.values], n=1)
        match = next((v for v in column.values if near and v.upper() == near[0]), None)
        return f"did you mean {match}?" if match else "correct it"
    if odd and not _COMMA.fullmatch(text):
        return "write it with the decimal mark of the rest of the column"
    if column.type in {"number", "integer"} and _COMMA.fullmatch(text):
        return f'write {text.replace(",", ".")}, or set decimal = "," for this layer'
    return "correct it, or leave the field empty where it is not known" if not column.required else "correct it"
