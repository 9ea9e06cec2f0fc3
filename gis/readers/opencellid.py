"""OpenCelliD: one row a cell, estimated places; cells are grouped to sites, azimuths are unknown.

Grouping: LTE and NR by operator and node id, eNodeB = cell // 256 (3GPP TS 36.413: the E-UTRAN cell identity is
20 bits of eNodeB and 8 bits of cell). GSM and UMTS identities carry no node: cells of an operator and area whose
16-bit identity differs in the last digit only are taken as one site, which is a widespread numbering habit and
an approximation. A site stands at the mean of its cells weighted by samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from phusong.gis.readers.tables import read_table

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["COLUMNS", "read_opencellid"]

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
_TECHNOLOGY = {"GSM": "2G", "UMTS": "3G", "LTE": "4G", "NR": "5G"}


def read_opencellid(
    path: Path, *, operators: Mapping[str, str], encoding: str, notes: Notes
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Read an OpenCelliD export and group its cells to sites.

    Parameters
    ----------
    path : Path
    operators : mapping of str to str
        Network code (``net``) -> operator's name; a code that is not named is called by its number.
    encoding : str
    notes : Notes

    Returns
    -------
    (sites, cells) or None
        Tables with the dictionary's columns as text/number, index = row of the first cell of the site.
    """
    table = read_table(path, encoding=encoding, notes=notes)
    if table is None:
        return None
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
        notes.fault("no usable cell", "check the file")
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
    sites = sites.reset_index().set_index("row")[["site_id", "lon", "lat", "owner"]]
    return sites, cells.set_index("row")[["cell_id", "site_id", "operator", "technology"]].assign(
        operator=lambda t: [operators.get(net, net) for net in t["operator"]]
    )


def _parsed(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return typed rows; each row that cannot be used is a fault."""
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ("area", "cell", "lon", "lat")}
    samples = (
        pd.to_numeric(table["samples"], errors="coerce") if "samples" in table else pd.Series(1.0, index=table.index)
    )
    technology = table["radio"].str.upper().map(_TECHNOLOGY)
    for row in table.index[technology.isna()]:
        rule = f"radio must be one of {', '.join(_TECHNOLOGY)}"
        notes.fault(rule, "correct it or delete the row", row=row, column="radio", value=table.at[row, "radio"])
    limits = {"lon": 180.0, "lat": 90.0}
    good = technology.notna()
    for name, values in numbers.items():
        bad = ~np.isfinite(values) | (values.abs() > limits.get(name, np.inf))
        for row in table.index[bad]:
            rule = f"{name} must be a number" + (
                f" from -{limits[name]:g} to {limits[name]:g}" if name in limits else ""
            )
            notes.fault(rule, "correct it or delete the row", row=row, column=name, value=table.at[row, name])
        good &= ~bad
    result = pd.DataFrame(
        {
            "row": table.index,
            "technology": technology,
            "operator": table["net"],
            "samples": samples.fillna(1.0),
            **numbers,
        },
        index=table.index,
    )
    return result[good]


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
