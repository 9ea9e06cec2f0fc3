"""CSV and TSV: every value as the text that stands in the file, rows numbered as a spreadsheet shows them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["read_table"]

_SEPARATORS = ",;\t|"
_FIELD_LIMIT = 1_000_000


def read_table(path: Path, *, encoding: str, notes: Notes) -> pd.DataFrame | None:
    """Read a delimited text file.

    Parameters
    ----------
    path : Path
    encoding : str
        As stated in layers.toml; a byte that does not fit is a fault, never replaced.
    notes : Notes
        Where faults go.

    Returns
    -------
    DataFrame or None
        All columns text, stripped; index ``row`` = line of the record as a spreadsheet numbers it. None when
        the file cannot be used at all.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        with path.open(encoding=encoding, newline="") as file:
            head = file.readline(_FIELD_LIMIT)
            separator = max(_SEPARATORS, key=head.count)
            file.seek(0)
            records = list(enumerate(csv.reader(file, delimiter=separator, strict=True), start=1))
    except UnicodeDecodeError as err:
        notes.fault(
            f"byte {err.start} is no {err.encoding} text",
            'state the file\'s encoding, e.g. encoding = "cp1258", or save it as UTF-8',
        )
        return None
    except LookupError:
        notes.fault(f"there is no encoding called {encoding!r}", 'write e.g. encoding = "utf-8"')
        return None
    except (csv.Error, OSError) as err:
        notes.fault(f"the table cannot be read ({err})", "open it in a spreadsheet and save it again as CSV")
        return None
    if not records or not any(cell.strip() for cell in records[0][1]):
        notes.fault("the file has no header row", "write the column names into the first row")
        return None
    header = [name.strip() for name in records[0][1]]
    for name in sorted({name for name in header if header.count(name) > 1}):
        notes.fault("two columns have the same name", "rename or delete one of them", row=1, column=name)
    if len(set(header)) != len(header):
        return None
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, record in records[1:]:
        if not any(cell.strip() for cell in record):
            continue  # blank lines carry no record
        if len(record) != len(header):
            notes.fault(
                f"the row has {len(record)} fields, the header {len(header)}",
                "put text that holds a separator between quotes, or complete the row",
                row=number,
            )
            continue
        rows.append([cell.strip() for cell in record])
        numbers.append(number)
    return pd.DataFrame(rows, columns=header, index=pd.Index(numbers, name="row"), dtype=object)
