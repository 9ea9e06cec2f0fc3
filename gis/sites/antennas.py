"""Antennas: the pattern files that the cells of a province name, each read once."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from phusong.gis.readers.antenna_file import ANTENNA_SUFFIXES, AntennaFile, read_antenna_file
from phusong.gis.tally import shown

if TYPE_CHECKING:
    from phusong.gis.reading import Reading

__all__ = ["NAMED_ANTENNAS", "is_antenna_file", "read_antennas"]

NAMED_ANTENNAS: Final[tuple[str, ...]] = ("3gpp-sector", "3gpp-element", "3gpp-panel", "omni", "ssb-n41", "ssb-n78")
"""What the column may say instead of a file; `phusong.coverage.antennas.CATALOGUE` has them."""


def is_antenna_file(name: str) -> bool:
    """Tell whether a value of the column is meant as a file.

    Examples
    --------
    >>> is_antenna_file("ăng ten/742215_06T.msi"), is_antenna_file("omni"), is_antenna_file("ANT-A94517R0")
    (True, False, False)
    """
    return Path(name).suffix.lower() in ANTENNA_SUFFIXES


def read_antennas(reading: Reading, cells: pd.DataFrame) -> dict[str, AntennaFile]:
    """Read the antenna files that cells name, relative to layers.toml.

    Parameters
    ----------
    reading : Reading
        A file that cannot be read is an error. A name that is neither a file nor a known
        pattern (many lists give the product there) is a warning: such a cell is as one without an antenna.
    cells : DataFrame
        Conformed.

    Returns
    -------
    dict of str to AntennaFile
        By the column's value.
    """
    layer = "cells" if "cells" in reading.file.layers else "sites"
    named = cells["antenna"].dropna()
    found: dict[str, AntennaFile] = {}
    for name, rows in named.groupby(named, sort=True).groups.items():
        value = str(name).strip()
        if value in NAMED_ANTENNAS:
            continue
        if not is_antenna_file(value):
            _say_unknown(reading, layer, value, rows)
            continue
        path = reading.beside(value)
        # A page of their own: the rows of such a fault are the antenna file's, not the cells'.
        file = read_antenna_file(path, notes=reading.findings.of("antennas", value))
        if file is not None:
            found[str(name)] = file
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            reading.notes(layer).describe(f"antenna {value}, sha256 {digest}")
    return found


def _say_unknown(reading: Reading, layer: str, value: str, rows: pd.Index[Any]) -> None:
    near = difflib.get_close_matches(value.lower(), NAMED_ANTENNAS, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"name its .msi file, or one of {', '.join(NAMED_ANTENNAS)}"
    listed, count = shown(rows)
    for row in listed[:1]:
        more = count or (f" ({len(rows)} such cells)" if len(rows) > 1 else "")
        reading.notes(layer).fault(
            f"phusong has no antenna of this name, and takes the default one{more}",
            remedy,
            row=row,
            column="antenna",
            value=value,
            severity="warning",
        )
