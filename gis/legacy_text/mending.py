"""Mending: the text columns of a table made right Unicode, column by column, each change with a receipt."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.gis.legacy_text.charsets import raise_capitals
from phusong.gis.legacy_text.escapes import may_hold_escapes, unescaped
from phusong.gis.legacy_text.judging import Doubt, Verdict, judge
from phusong.gis.legacy_text.mojibake import is_utf8

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["compose_table", "composed"]

_LISTED = 20
_NAMES = "the column names"


def composed(text: str) -> str:
    r"""Return text in NFC.

    Examples
    --------
    >>> len("Lo\u0323\u0302c"), len(composed("Lo\u0323\u0302c"))
    (5, 3)
    """
    return unicodedata.normalize("NFC", text)


@dataclass(slots=True)
class _Texts:
    """The distinct texts of one column (or of the column names) and what becomes of them."""

    column: str
    plain: dict[str, str]
    """Text -> text without escapes."""
    verdict: Verdict = field(default_factory=Verdict)
    after: dict[str, str] = field(default_factory=dict)
    """Only what changes."""
    why: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """Text -> what was done, in words, and what the report shows as before and after."""

    def judge(self, prior: Collection[str] = ()) -> None:
        """Find the encodings; those of the file's other columns count as half proven."""
        self.verdict = judge(dict.fromkeys(self.plain.values()), prior=prior)

    def settle(self) -> None:
        """Fill `after` and `why`."""
        for before, plain in self.plain.items():
            done: list[tuple[str, str, str]] = []
            text = plain
            if plain != before:
                done.append((r"unescaped: {} held letters written as \u1ed9 or &#7897;", before, plain))
            if plain in self.verdict.read:
                reading, text = self.verdict.read[plain]
                done.append((f"decoded: {{}} held {reading.said} read as Western text", plain, text))
                if reading.encoding == "utf-8" and not is_utf8(plain):
                    done.append(("completed: a letter lost in {} is the only one that makes a word", plain, text))
            raised = raise_capitals(composed(text))
            if raised != composed(text):
                done.append(("recapitalised: {} had small letters within capitals", text, raised))
            elif raised != text:
                done.append(("composed: {} in separate letters and accents (NFD) was made NFC", "NFD", "NFC"))
            if raised != before:
                self.after[before], self.why[before] = raised, done


def compose_table(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    r"""Return a table with column names and text in right Unicode (NFC), each kind of change in the repair report.

    Parameters
    ----------
    table : DataFrame or GeoDataFrame
        Decoded as its file says; any index. Shapes and numbers are left alone.
    notes : Notes
        One repair for each column and kind of change, with its count and an example; a warning for each text
        that was left as it is because it could not be told (the first 20 of a column, then their number).

    Returns
    -------
    DataFrame
        The same rows and columns; the given table is not changed.

    Notes
    -----
    Mended are: letters written as ``\u1ed9`` or ``&#7897;``; TCVN3, VNI, cp1258 and UTF-8 (also twice) that a
    program read as cp1252 or latin-1; small letters within capitals, which TCVN3's capital fonts leave (BìNH);
    letters in pieces (NFD). A column is judged by all of its words (`phusong.gis.legacy_text.judging`), a text is
    changed only where its words become Vietnamese syllables. Letters lost on the way (U+FFFD, blanks for
    no-break spaces) are filled in only where one letter alone makes a Vietnamese syllable. Bytes that a program
    dropped without a trace (TCVN3's 'ư' is a soft hyphen) are not: such text is a warning. TCVN3 has no capital for
    most toned vowels: a name that begins with one (Ấp) stays small (ấp).
    """
    positions = [at for at in range(table.shape[1]) if _may_hold_text(table.dtypes.iloc[at])]
    values = {at: table.iloc[:, at].tolist() for at in positions}
    texts = {at: _Texts(str(table.columns[at]), _distinct(column)) for at, column in values.items()}
    shapes = {str(name) for name, kind in table.dtypes.items() if str(kind) == "geometry"}
    names = _Texts(_NAMES, _distinct([name for name in table.columns if str(name) not in shapes]))
    _judge(names, texts.values())

    result = _renamed(table, names, notes)
    for at, column in texts.items():
        column.column = str(result.columns[at])
        _report(column, zip(table.index, values[at], strict=True), notes)
        if column.after:
            mended = [column.after.get(value, value) if isinstance(value, str) else value for value in values[at]]
            kind = table.dtypes.iloc[at]
            kept = object if isinstance(kind, pd.CategoricalDtype) else kind
            result.isetitem(at, pd.Series(mended, dtype=kept).array)
    return result


def _may_hold_text(kind: Any) -> bool:
    return str(kind) != "geometry" and (
        kind == object or isinstance(kind, (pd.StringDtype, pd.CategoricalDtype))  # noqa: E721 - a dtype, not a type
    )


def _distinct(values: Iterable[object]) -> dict[str, str]:
    """Return the distinct texts that may need mending -> the same without escapes."""
    held = dict.fromkeys(v for v in values if isinstance(v, str) and (not v.isascii() or may_hold_escapes(v)))
    plain = {text: unescaped(text) if may_hold_escapes(text) else text for text in held}
    return {text: after for text, after in plain.items() if after != text or not text.isascii()}


def _judge(names: _Texts, columns: Collection[_Texts]) -> None:
    """Judge each column by itself, then those in doubt again: what a file's other columns are in is likely."""
    for column in (*columns, names):
        column.judge()
    prior = {encoding for column in columns for encoding in column.verdict.encodings}
    for column in (*columns, names):
        if prior - column.verdict.encodings and (column.verdict.doubts or column.verdict.unexplained):
            column.judge(prior)
        column.settle()


def _renamed(table: pd.DataFrame, names: _Texts, notes: Notes) -> pd.DataFrame:
    """Return the table with mended column names; two that would become the same stay apart."""
    after: dict[Hashable, str] = {}
    for before, name in names.after.items():
        if name in table.columns or name in after.values():
            continue  # whoever maps one of them says which
        after[before] = name
    kept = _Texts(_NAMES, names.plain, names.verdict, {str(old): new for old, new in after.items()}, names.why)
    _report(kept, ((None, name) for name in table.columns), notes)
    return table.rename(columns=after)


def _report(texts: _Texts, rows: Iterable[tuple[object, object]], notes: Notes) -> None:
    """Write a column's repairs and warnings."""
    doubts = {doubt.text: doubt for doubt in texts.verdict.doubts}
    if not texts.after and not doubts:
        return
    doubted = {text: doubts[plain] for text, plain in texts.plain.items() if plain in doubts}
    count: Counter[str] = Counter()
    first: dict[str, object] = {}
    for row, value in rows:
        if isinstance(value, str) and (value in texts.after or value in doubted):
            count[value] += 1
            first.setdefault(value, row)
    amounts: Counter[str] = Counter()
    examples: dict[str, tuple[str, str]] = {}
    for text in first:  # in the order of the table's rows, so that the same file gives the same report
        for what, before, after in texts.why.get(text, []) if text in texts.after else ():
            amounts[what] += count[text]
            examples.setdefault(what, (before, after))
    for what, amount in amounts.items():
        before, after = examples[what]
        notes.repair(
            what.format(" ".join(texts.column.split())),
            how_much=f"{amount} values",
            before=before,
            after=after,
            remedy="nothing: the same letters, written another way"
            if what.startswith("composed")
            else "check the example; save the file as UTF-8 to make this unnecessary",
        )
    _warn(texts.column, [(first[text], count[text], doubted[text]) for text in first if text in doubted], notes)


def _warn(column: str, doubted: list[tuple[object, int, Doubt]], notes: Notes) -> None:
    for row, count, doubt in doubted[:_LISTED]:
        rule, remedy = _told(doubt)
        rows = f" ({count} rows)" if count > 1 else ""
        notes.fault(rule + rows, remedy, row=row, column=column, value=doubt.text, severity="warning")
    if rest := doubted[_LISTED:]:
        rule = f"{len(rest)} more texts of this column could not be told to be right or in an old encoding"
        remedy = "mend the ones named above, and check again"
        notes.fault(rule, remedy, row=rest[0][0], column=column, value=rest[0][2].text, severity="warning")


def _told(doubt: Doubt) -> tuple[str, str]:
    """Return rule and remedy of a text that was left as it is."""
    options = " or ".join(f"'{text}' ({said})" for said, text in doubt.readings)
    if doubt.why == "lost":
        can = f"; it can be {' or '.join(repr(text) for _, text in doubt.readings)}" if options else ""
        return f"letters of this text are lost{can}", "write it anew, or take the file from its source"
    if doubt.why == "mixed":
        return (
            f"right as it stands, or {options}: the column holds both kinds of text; left as it is",
            "correct it where it is wrong",
        )
    if doubt.why == "short":
        return (
            f"right as it stands, or {options}: too little Vietnamese text to tell; left as it is",
            'correct it where it is wrong, or state the encoding of a text file, e.g. encoding = "tcvn3"',
        )
    return "not Vietnamese in the old encoding that the rest of its column is in; left as it is", "correct it by hand"
