"""OpenCelliD: one row a cell, estimated places; cells are grouped to sites, azimuths are unknown.

Grouping: LTE and NR by operator and node id, eNodeB = cell // 256 (3GPP TS 36.413: the E-UTRAN cell identity is
20 bits of eNodeB and 8 bits of cell). GSM and UMTS identities carry no node: cells of an operator and area whose
16-bit identity differs in the last digit only are taken as one site, which is a widespread numbering habit and
an approximation. A site stands at the mean of its cells weighted by samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from phusong.gis.readers.open_layer import keep_where
from phusong.gis.readers.tables import read_table

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["COLUMNS", "Grouped", "read_opencellid"]

COLUMNS = [
    "radio",
    "mcc",
    "net",
    "area",
    "cell",
    "unit",
    "lon",
    "lat",
    "range",
    "samples",
    "changeable",
    "created",
    "updated",
    "averageSignal",
]
# 36 bits are the longest cell identity there is (NR, 3GPP TS 38.413).
_MOST_ID = 2.0**36
_TECHNOLOGY = {"GSM": "2G", "UMTS": "3G", "LTE": "4G", "NR": "5G"}


@dataclass(frozen=True, slots=True)
class Grouped:
    """An OpenCelliD export as sites and cells.

    Parameters
    ----------
    sites, cells : DataFrame
        The dictionary's columns as text/number, index = row of the first record of the site or cell.
    counts : Series of int
        Records in the file by ``cell_id``.
    records : int
        All records in the file, unusable ones included.
    """

    sites: pd.DataFrame
    cells: pd.DataFrame
    counts: pd.Series[int]
    records: int


def read_opencellid(
    path: Path, *, operators: Mapping[str, str], where: Mapping[str, tuple[str, ...]], encoding: str, notes: Notes
) -> Grouped | None:
    """Read an OpenCelliD export and group its cells to sites.

    Parameters
    ----------
    path : Path
    operators : mapping of str to str
        Network code (``net``) -> operator's name; a code that is not named is called by its number.
    where : mapping of str to tuple of str
        Rows to keep, e.g. ``{"mcc": ("452",)}``.
    encoding : str
    notes : Notes

    Returns
    -------
    Grouped or None
    """
    table = read_table(path, encoding=encoding, notes=notes)
    if table is None:
        return None
    records = table.attrs["records"]
    table = keep_where(table, where, notes)
    missing = [name for name in ("radio", "net", "area", "cell", "lon", "lat") if name not in table]
    for name in missing:
        notes.fault(
            "this is no OpenCelliD table: the column is missing",
            f"its header is {','.join(COLUMNS)}",
            column=name,
        )
    if missing:
        return None
    table = _parsed(table, notes)
    if table.empty:
        notes.fault("no usable cell", "check the file and its where filter")
        return None
    table["site_id"] = _site_ids(table)
    groups = table.groupby(["site_id", "technology"], sort=True)
    cells = groups.agg(row=("row", "min"), operator=("operator", "first"), count=("row", "size")).reset_index()
    cells["cell_id"] = cells["site_id"] + "-" + cells["technology"]
    weight = table["samples"].clip(lower=1)
    table["wx"], table["wy"], table["w"] = table["lon"] * weight, table["lat"] * weight, weight
    sites = table.groupby("site_id", sort=True).agg(
        row=("row", "min"), owner=("operator", "first"), wx=("wx", "sum"), wy=("wy", "sum"), w=("w", "sum")
    )
    sites["lon"], sites["lat"] = sites["wx"] / sites["w"], sites["wy"] / sites["w"]
    notes.repair(
        "grouped: OpenCelliD cells to sites, one omnidirectional cell a site and technology (azimuth unknown)",
        how_much=f"{len(table)} cells",
        before=f"{len(table)} cells",
        after=f"{len(sites)} sites, {len(cells)} cells",
        remedy="give the operator's own list of cells with azimuths",
    )
    named = {net: operators.get(net, net) for net in cells["operator"]}
    cells["operator"] = cells["operator"].map(named)
    sites["owner"] = sites["owner"].map(named)
    return Grouped(
        sites=sites.reset_index().set_index("row")[["site_id", "lon", "lat", "owner"]],
        cells=cells.set_index("row")[["cell_id", "site_id", "operator", "technology"]],
        counts=cells.set_index("cell_id")["count"],
        records=records,
    )


def _parsed(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return typed rows; each row that cannot be used is a fault."""
    numbers = {name: _numbers(table[name]) for name in ("area", "cell", "lon", "lat")}
    samples = _numbers(table["samples"]) if "samples" in table else pd.Series(1.0, index=table.index)
    technology = table["radio"].str.upper().map(_TECHNOLOGY)
    for row in table.index[technology.isna()]:
        rule = f"radio must be one of {', '.join(_TECHNOLOGY)}"
        notes.fault(rule, "correct it or delete the row", row=row, column="radio", value=table.at[row, "radio"])
    limits = {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0), "area": (0.0, _MOST_ID), "cell": (0.0, _MOST_ID)}
    good = technology.notna() & (table["net"] != "")
    for row in table.index[table["net"] == ""]:
        notes.fault("net must be a network code", "correct it or delete the row", row=row, column="net", value="")
    for name, values in numbers.items():
        low, high = limits[name]
        whole = name in {"area", "cell"}
        bad = ~((values >= low) & (values <= high)) | (whole & (values != values.round()))
        for row in table.index[bad]:
            rule = f"{name} must be a {'whole ' if whole else ''}number from {low:.0f} to {high:.0f}"
            notes.fault(rule, "correct it or delete the row", row=row, column=name, value=table.at[row, name])
        good &= ~bad
    result = pd.DataFrame(
        {
            "row": table.index,
            "technology": technology,
            "operator": table["net"],
            # Only a weight: a missing or absurd one counts as one sample.
            "samples": samples.where(samples.between(1.0, _MOST_ID), 1.0),
            **numbers,
        },
        index=table.index,
    )
    return result[good]


def _numbers(values: pd.Series[Any]) -> pd.Series[float]:
    return pd.to_numeric(values, errors="coerce").astype(float)


def _site_ids(table: pd.DataFrame) -> pd.Series[str]:
    cell = table["cell"].astype(np.int64)
    node = table["technology"].isin(["4G", "5G"])
    number = np.where(node, cell // 256, (cell % 65536) // 10)
    area = np.where(node, "", table["area"].astype(np.int64).astype(str) + "-")
    names = [
        f"{operator}-{tech}-{a}{n}"
        for operator, tech, a, n in zip(table["operator"], table["technology"], area, number, strict=True)
    ]
    return pd.Series(names, index=table.index)
