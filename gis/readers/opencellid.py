"""OpenCelliD: one row a cell, places estimated from measurements, a nation's file of millions of rows.

Read are the exports of OpenCelliD, of Mozilla's location service and of Unwired Labs (the same 14 columns), ``.csv`` or
``.csv.gz``, with a header, without one, or with one in between where several exports were put one after the other.
How the rows are read is written in `phusong.gis.readers.opencellid_rows`, how cells become sites in
`phusong.gis.sites.nodes`.

A crowd's file has broken lines, and nobody can mend them: they are dropped, said and listed, and stop nothing. Up to
`phusong.gis.tally.LISTED` rows of a kind are listed one by one; beyond, their exact number is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from phusong.gis.readers.opencellid_columns import COLUMNS
from phusong.gis.readers.opencellid_rows import (
    MOST_WITHOUT_PROVINCE,
    OUTSIDE,
    Near,
    Stream,
    open_stream,
    read_stream,
)
from phusong.gis.sites.nodes import GNB_BITS, group_cells
from phusong.gis.tally import LISTED, Tally

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["COLUMNS", "Grouped", "read_opencellid"]

# OpenCelliD writes this where too few measured a cell to estimate its reach.
_DEFAULT_RANGE_M = 1000.0
_FEW_SAMPLES = 10
# Where more than this share would lie in the province the other way round, lon and lat are swapped.
_SWAPPED_SHARE = 0.5
_MOST_SAMPLES = 1_000_000_000
# A network's number here is its country's code and its own of up to three digits.
_PER_COUNTRY = 1000


@dataclass(frozen=True, slots=True)
class Grouped:
    """An OpenCelliD export as sites and cells.

    Parameters
    ----------
    sites, cells : DataFrame
        The dictionary's columns, index = row of the first record of the site or cell.
    counts : Series of int
        Records in the file by ``cell_id``.
    records : int
        All records in the file, unusable ones included: those in `counts`, and those listed.
    """

    sites: pd.DataFrame
    cells: pd.DataFrame
    counts: pd.Series[int]
    records: int


def read_opencellid(
    path: Path,
    *,
    operators: Mapping[str, str],
    where: Mapping[str, tuple[str, ...]],
    encoding: str,
    notes: Notes,
    near: Near | None = None,
    outside: Literal["error", "drop"] = "error",
    gnb_bits: int = GNB_BITS,
) -> Grouped | None:
    """Read an OpenCelliD export and group its cells to sites.

    Parameters
    ----------
    path : Path
    operators : mapping of str to str
        Network code (``"1"``, or ``"452-1"`` with its country) -> operator's name; one that is not named is called by
        its code.
    where : mapping of str to tuple of str
        Rows to keep, e.g. ``{"mcc": ("452",)}``.
    encoding : str
    notes : Notes
    near : callable, optional
        Tells which places matter; without it all do.
    outside : {"error", "drop"}
        What to do with the others: dropped and counted, or an error where they are many (a few are left to whoever
        holds sites against the province).
    gnb_bits : int
        Length of a 5G node's number, 22 to 32 bits.

    Returns
    -------
    Grouped or None
    """
    stream = open_stream(path, encoding, where, near, notes, drop=outside == "drop")
    cells = None if stream is None else read_stream(path, stream, notes)
    if stream is None or cells is None:
        return None
    _say_dropped(stream, notes)
    cells = _latest(cells, notes)
    if cells.empty:
        if not notes.has_errors():
            notes.fault("no usable cell", "check the file and its where filter")
        return None
    called = _codes(cells, operators, notes)
    if called is None:
        return None
    codes, names = called
    _suspect(cells, notes)
    nodes = group_cells(cells, codes=codes, gnb_bits=gnb_bits)
    _say_split(nodes.split, notes)
    sites = nodes.sites
    notes.repair(
        "grouped: OpenCelliD cells to sites, one omnidirectional cell a site and technology (azimuth unknown)",
        how_much=f"{len(cells)} cells",
        before=f"{len(cells)} cells",
        after=f"{len(sites)} sites, {len(sites)} cells",
        remedy="give the operator's own list of cells with azimuths",
    )
    sites["operator"] = sites["network"].map(names)
    sites["owner"] = sites["operator"]
    sites["cell_id"] = sites["site_id"] + "-" + sites["technology"]
    sites["samples"] = sites["samples"].clip(upper=_MOST_SAMPLES)
    sites = sites.set_index("row")
    of_cells = ["cell_id", "site_id", "operator", "technology", "range_m", "samples", "average_signal_dbm"]
    return Grouped(
        sites=sites[["site_id", "lon", "lat", "owner", "accuracy_m"]],
        cells=sites[of_cells],
        counts=sites.set_index("cell_id")["count"],
        records=stream.records,
    )


# --- what was found ------------------------------------------------------------------------------------------


def _say_dropped(stream: Stream, notes: Notes) -> None:
    """Write what was left out and why."""
    for name, (before, after) in stream.left.items():
        notes.repair(
            f"left out by where: {name} in {', '.join(stream.where[name])}",
            how_much=f"{before - after} records",
            before=before,
            after=after,
        )
    if stream.headers > 0:
        notes.repair("passed over: the header again, as where files were joined", how_much=f"{stream.headers} lines")
    dropped = Tally()
    for rule, entry in stream.bad.entries.items():
        dropped.entries[f"dropped: {rule}"] = entry
        row, value = stream.bad.first(rule)
        notes.fault(
            rule + ("" if entry.count == 1 else f" ({entry.count} records)"),
            "nothing: what breaks the rule is dropped and listed; or correct the file",
            row=row,
            column=stream.columns[rule] or None,
            value=value,
            severity="warning",
        )
    dropped.repairs(notes)
    if stream.near is None and stream.placed > MOST_WITHOUT_PROVINCE:
        notes.fault(
            f"the file has {stream.placed} cells and there is no province to choose from them by: at most "
            f"{MOST_WITHOUT_PROVINCE} are grouped to sites",
            "give [layers.communes], or keep some with where = { ... }",
            severity="warning",
        )
    far = stream.far.count(OUTSIDE)
    if stream.swapped > _SWAPPED_SHARE * max(1, stream.placed):
        row, value = stream.far.first(OUTSIDE)
        notes.fault(
            f"lon and lat look swapped: {stream.swapped} of {stream.placed} cells would lie in the province or near it "
            "the other way round",
            "swap the two names in the header",
            row=row,
            column="lat",
            value=value,
        )
    elif stream.drop:
        stream.far.repairs(notes, remedy="nothing; they are another province's")
    elif far > LISTED:
        row, value = stream.far.first(OUTSIDE)
        notes.fault(
            f"{far} of {stream.placed} cells lie far outside the province",
            'set outside = "drop" for this layer; each of them is counted',
            row=row,
            column="lon",
            value=value,
        )


def _latest(cells: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return each cell once: the record updated last, of several the best measured, then the first."""
    names = ["network", "technology", "area", "cell"]
    if not cells.duplicated(names).any():
        return cells
    order = np.lexsort(
        (-cells["row"].to_numpy(), cells["samples"].fillna(0.0).to_numpy(), cells["updated"].fillna(0.0).to_numpy())
    )
    last = ~cells.iloc[order].duplicated(names, keep="last").sort_index().to_numpy()
    gone = cells[~last]
    older = Tally()
    text = (f"{t} cell {c}, area {a}" for t, c, a in zip(gone["technology"], gone["cell"], gone["area"], strict=True))
    older.add("dropped: an older record of the same cell", gone["row"].to_numpy(), text)
    older.repairs(notes, remedy="nothing; the record updated last is used")
    return cells[last].reset_index(drop=True)


def _codes(
    cells: pd.DataFrame, operators: Mapping[str, str], notes: Notes
) -> tuple[dict[int, str], dict[str, str]] | None:
    """Return what each network is called in ids (its code, with the country's where there are several) and by name."""
    networks = sorted(int(number) for number in cells["network"].unique())
    countries = sorted({number // _PER_COUNTRY for number in networks})
    several = len(countries) > 1
    codes = {n: f"{n // _PER_COUNTRY}-{n % _PER_COUNTRY}" if several else str(n % _PER_COUNTRY) for n in networks}
    names = dict(zip(codes.values(), codes.values(), strict=True))
    clash = False
    for written, name in operators.items():
        country, _, net = written.rpartition("-")
        meant = [n for n in networks if str(n % _PER_COUNTRY) == net.lstrip("0").rjust(1, "0")]
        if country:
            meant = [n for n in meant if str(n // _PER_COUNTRY) == country]
        if several and meant and not country:
            clash = True
            notes.fault(
                f"operators names network {written}, and the file has cells of the countries "
                f"{', '.join(map(str, countries))}",
                f'write "{countries[0]}-{written}", or keep one: where = {{ mcc = ["{countries[0]}"] }}',
                column="operators",
                value=written,
            )
        names |= {codes[n]: name for n in meant}
    if several:
        notes.fault(
            f"the file has cells of {len(countries)} countries ({', '.join(map(str, countries))}); operators are "
            "called by country and network",
            f'nothing, or keep one: where = {{ mcc = ["{countries[0]}"] }}',
            column="mcc",
            severity="info",
        )
    return None if clash else (codes, names)


def _suspect(cells: pd.DataFrame, notes: Notes) -> None:
    """Count the placeholders and the coincidences of a crowd's file; the cells stay."""
    default = cells["range_m"] == _DEFAULT_RANGE_M
    cells["assumed_range"] = default & ~(cells["samples"] >= _FEW_SAMPLES)
    if default.any():
        few = int(cells["assumed_range"].sum())
        notes.repair(
            f"suspected: the range is the default of {_DEFAULT_RANGE_M:.0f} m and was never measured",
            how_much=f"{int(default.sum())} cells",
            before=f"{_DEFAULT_RANGE_M:.0f} m",
            after=f"unknown for the {few} with fewer than {_FEW_SAMPLES} measurements, kept for the others",
            remedy="nothing; the range is not used for coverage",
        )
    same = cells.duplicated(["lon", "lat"])
    if same.any():
        notes.repair(
            "suspected: exactly the place of another cell",
            how_much=f"{int(same.sum())} cells",
            before=f"the first is row {int(cells.loc[same, 'row'].min())}",
            after="kept",
        )
    if cells["exact"].any():
        notes.repair(
            "used first: places given by an operator (changeable = 0); measured ones of the same site do not move it",
            how_much=f"{int(cells['exact'].sum())} cells",
        )


def _say_split(split: pd.DataFrame, notes: Notes) -> None:
    apart = Tally()
    text = (f"{name}: {count} cells" for name, count in zip(split["site_id"], split["count"], strict=True))
    what = "split: far from the other cells of its node, and one site cannot be at two places"
    apart.add(what, split["row"].to_numpy(), text)
    apart.repairs(notes, unit="site", remedy="give the operator's own list of sites")
