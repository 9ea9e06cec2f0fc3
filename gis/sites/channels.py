"""Channels: from the number of a downlink carrier to its frequency and band, as 3GPP numbers them.

``channels.csv`` is the data: one row a band of TS 45.005 (ARFCN), TS 25.101 (UARFCN), TS 36.101 (EARFCN) and
TS 38.104 (NR-ARFCN); within a band the frequency rises by ``step_mhz`` a number. Its column ``name`` is the
dictionary's band where there is one: bands 7, 38 and 41 are LTE2600, n77 and n78 are NR3700, for the dictionary
names a part of the spectrum and not an operating band. Any other band stays without a name; it is never taken for
a neighbour. ARFCN 512 to 810 are also PCS 1900, which no network outside America uses; here they are DCS 1800. For
the same reason n14 and n48, which lie inside n28 and n77, are not in the table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Channel", "channel", "with_bands"]

_NUMBER = {"2G": "ARFCN", "3G": "UARFCN", "4G": "EARFCN", "5G": "NR-ARFCN"}


@dataclass(frozen=True, slots=True)
class Channel:
    """One downlink carrier.

    Parameters
    ----------
    number : int
        ARFCN, UARFCN, EARFCN or NR-ARFCN.
    technology : {"2G", "3G", "4G", "5G"}
    f_mhz : float
        Its centre.
    bands : tuple of str
        Operating bands that hold it; the bands of 5G overlap, so there may be several.
    name : str or None
        The dictionary's band (``"LTE1800"``); None where it has none, or the bands do not agree on it.
    names : tuple of str
        All of the dictionary's bands it may belong to.
    """

    number: int
    technology: str
    f_mhz: float
    bands: tuple[str, ...]
    name: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Range:
    band: str
    first: int
    last: int
    first_mhz: float
    step_mhz: float
    name: str


@lru_cache(maxsize=1)
def _ranges() -> dict[str, list[_Range]]:
    ranges: dict[str, list[_Range]] = {}
    text = (files(__package__) / "channels.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        ranges.setdefault(row["technology"], []).append(
            _Range(
                band=row["band"],
                first=int(row["first"]),
                last=int(row["last"]),
                first_mhz=float(row["first_mhz"]),
                step_mhz=float(row["step_mhz"]),
                name=row["name"],
            )
        )
    return ranges


@lru_cache(maxsize=4096)
def channel(number: int, *, technology: str) -> Channel | None:
    """Return the carrier of a downlink channel number, or None where the technology has no such channel.

    Parameters
    ----------
    number : int
    technology : {"2G", "3G", "4G", "5G"}

    Examples
    --------
    >>> channel(1617, technology="4G").name, channel(1617, technology="4G").f_mhz
    ('LTE1800', 1846.7)
    >>> channel(6400, technology="4G").bands, channel(6400, technology="4G").name
    (('band 20',), None)
    """
    held = [each for each in _ranges()[technology] if each.first <= number <= each.last]
    if not held:
        return None
    names = {each.name for each in held}
    return Channel(
        number=number,
        technology=technology,
        f_mhz=round(held[0].first_mhz + held[0].step_mhz * (number - held[0].first), 3),
        bands=tuple(dict.fromkeys(each.band for each in held)),
        name=names.pop() or None if len(names) == 1 else None,
        names=tuple(dict.fromkeys(each.name for each in held if each.name)),
    )


def with_bands(cells: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Fill in the bands that the channel numbers tell, and hold the stated ones against them.

    Parameters
    ----------
    cells : DataFrame
        Conformed, with ``technology``, ``earfcn`` and ``band``.
    notes : Notes
        A stated band that contradicts the number is an error of the row, a number in no band a warning; bands
        filled in and bands the dictionary does not have are repairs, one row a band.

    Returns
    -------
    DataFrame
        The same rows, ``band`` filled in where it was empty and the dictionary has it.
    """
    known = cells["earfcn"].notna() & cells["technology"].notna()
    if not bool(known.any()):
        return cells
    band = cells["band"].copy()
    for number, technology, rows in _by_channel(cells[known]):
        found = channel(number, technology=technology)
        stated = rows["band"].notna()
        if found is None:
            notes.fault(
                f"{len(rows)} cells have channel {number}, which no {technology} band in channels.csv holds",
                f"correct the {_NUMBER[technology]} or the technology; the band stays as it is stated",
                row=rows.index[0],
                column="earfcn",
                value=number,
                severity="warning",
            )
            continue
        for row, name in rows.loc[stated & ~rows["band"].isin(found.names), "band"].items():
            rule = f"channel {found.number} is {_told(found)}, and the row says {name}"
            notes.fault(rule, "correct the band or the channel number", row=row, column="band", value=name)
        if found.name is not None:
            band[rows.index[~stated]] = found.name
    _say_filled(cells, band, known, notes)
    return cells.assign(band=band)


def _by_channel(cells: pd.DataFrame) -> Iterator[tuple[int, str, pd.DataFrame]]:
    """Give the cells of each channel, with its number and technology."""
    for _, rows in cells.groupby(["technology", "earfcn"], sort=True):
        yield int(rows["earfcn"].iloc[0]), str(rows["technology"].iloc[0]), rows


def _say_filled(cells: pd.DataFrame, band: pd.Series[Any], known: pd.Series[bool], notes: Notes) -> None:
    empty = known & cells["band"].isna()
    for name, rows in cells[empty & band.notna()].groupby(band[empty & band.notna()], sort=True):
        what = f"derived: band {name} from the channel number"
        notes.repair(what, row=rows.index[0], how_much=f"{len(rows)} cells", before="empty", after=name)
    for number, technology, rows in _by_channel(cells[empty & band.isna()]):
        found = channel(number, technology=technology)
        if found is not None:
            notes.repair(
                f"left empty: the column dictionary has no band for channel {found.number}",
                row=rows.index[0],
                how_much=f"{len(rows)} cells",
                before=_told(found),
                after="band unknown",
                remedy="state the band to reckon with in the column band, if one is near enough",
            )


def _told(found: Channel) -> str:
    return f"{found.technology} {' or '.join(found.bands)}, {found.f_mhz:g} MHz"
