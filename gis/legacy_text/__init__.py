"""Vietnamese text as files hold it: one letter, one code (Unicode NFC), so that equal names are equal text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["compose_table", "composed"]


def composed(text: str) -> str:
    r"""Return text in NFC.

    Examples
    --------
    >>> len("Lo\u0323\u0302c"), len(composed("Lo\u0323\u0302c"))
    (5, 3)
    """
    return unicodedata.normalize("NFC", text)


def compose_table(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return the table with column names and text values in NFC; changed values are counted as repairs."""
    names = {name: composed(str(name)) for name in table.columns}
    # Two names that differ in their writing only stay apart; whoever maps one of them says which.
    table = table.rename(columns={old: new for old, new in names.items() if new != old and new not in names})
    for name in table.columns:
        if name == "geometry" or pd.api.types.is_numeric_dtype(table[name]):
            continue
        before = list(table[name])
        after = [composed(value) if isinstance(value, str) and not value.isascii() else value for value in before]
        changed = sum(new is not old and new != old for old, new in zip(before, after, strict=True))
        if changed:
            table[name] = pd.Series(after, index=table.index, dtype=object)
            notes.repair(
                f"composed: {name} in separate letters and accents (NFD) was made NFC",
                how_much=f"{changed} values",
                before="NFD",
                after="NFC",
                remedy="nothing: the same letters, written another way",
            )
    return table
