"""Nodes: crowd-measured cells grouped to sites by the numbers their networks give them.

What a cell's number says of its mast:

* 4G: eNodeB = cell // 256; the E-UTRAN cell identity is 20 bits of eNodeB and 8 bits of cell (3GPP TS 36.413).
* 5G: gNodeB = the first 22 to 32 of 36 bits (TS 38.413); each operator chooses how many, and no file says it. Taken are
  28 unless stated: too many only leave the carriers of a mast apart, too few would join masts that are apart.
* 3G: a number above 65535 holds the radio network controller in front of 16 bits of cell (TS 25.401); it takes the
  place of the area. The cell's own part is read as for 2G.
* 2G: nothing. Cells of an operator and area whose number differs in the last digit only are taken as one site: a
  widespread numbering habit, and an approximation.

One site cannot be at two places. The cell with the most measurements holds its site; cells of the same node farther
from it than `APART_M` form a site of their own, ``~2``, ``~3`` ... - a number used twice, or one that moved.

Where a site stands
-------------------
At the mean of its cells weighted by measurements; where its operator placed cells (``changeable = 0``), at the mean of
those. A crowd-measured cell is placed at the middle of where it was heard, and the middle of an evenly heard sector of
120 degrees lies 2/3 sin(60°)/(π/3) = 0.55 of its range from the mast. So a site of n cells is taken to be uncertain by

    accuracy_m = max(spread, 0.55 range) / sqrt(n)

with the weighted root mean square distance of its cells from the site and their weighted mean range. That is an
estimate of the error's size and no bound: people drive roads, and carriers of one sector err alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["APART_M", "GNB_BITS", "Nodes", "group_cells"]

GNB_BITS = 28
APART_M = {"2G": 5_000.0, "3G": 5_000.0, "4G": 10_000.0, "5G": 10_000.0}
"""Cells this far from the best measured one of their node are not on its mast; less where grouping is but a habit."""

_NCI_BITS = 36
_RNC_BITS = 16
_EARTH_M = 6_371_000.0
_SECTOR_SHARE = 0.55


@dataclass(frozen=True, slots=True)
class Nodes:
    """Cells grouped to sites.

    Parameters
    ----------
    sites : DataFrame
        One row a site in the order of ``site_id``: site_id, row (of its first record), network, technology, lon, lat,
        accuracy_m, count, range_m, samples, average_signal_dbm.
    split : DataFrame
        Rows of `sites` that stand apart from the site their number belongs to.
    """

    sites: pd.DataFrame
    split: pd.DataFrame


def group_cells(cells: pd.DataFrame, *, codes: Mapping[int, str], gnb_bits: int = GNB_BITS) -> Nodes:
    """Group cells to sites.

    Parameters
    ----------
    cells : DataFrame
        row, technology (categorical), network (int), area, cell, lon, lat (degrees), range_m (NaN: unknown),
        assumed_range (bool: ``range_m`` is a placeholder), samples (NaN: unknown), exact (bool), average_signal_dbm.
    codes : mapping of int to str
        What each network is called in ids.
    gnb_bits : int
        Length of a gNodeB's number, 22 to 32.

    Returns
    -------
    Nodes
    """
    keys = _keys(cells, gnb_bits)
    node = cells.groupby([cells["network"], cells["technology"].cat.codes, *keys], sort=True).ngroup()
    numbers = np.asarray(node, np.int64)
    x, y = _local(cells, numbers)
    part = _parts(cells, numbers, x, y)
    at = pd.DataFrame({"node": numbers, "part": part}, index=cells.index)
    known = cells["samples"].clip(lower=1.0).fillna(1.0).to_numpy()
    # Where an operator gave the place of a cell of this site, only such cells place it.
    placed = cells["exact"].groupby([at["node"], at["part"]]).transform("any").to_numpy()
    weight = np.where(placed & ~cells["exact"].to_numpy(), 0.0, known)
    sums = _sums(cells, at, x=x, y=y, weight=weight, known=known)
    sites = _sites(sums, cells, codes)
    sites["site_id"] = _names(sites, cells, keys)
    sites = sites.sort_values("site_id", kind="stable").reset_index(drop=True)
    columns = ["site_id", "row", "network", "technology", "lon", "lat", "accuracy_m", "count", "range_m", "samples"]
    return Nodes(
        sites[[*columns, "average_signal_dbm"]], sites.loc[sites["part"] > 0, [*columns, "average_signal_dbm"]]
    )


def _keys(cells: pd.DataFrame, gnb_bits: int) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return what names a node inside its network and technology: area (RNCs below 0; -1 for none) and number."""
    technology = cells["technology"].to_numpy()
    cell = cells["cell"].to_numpy(np.int64)
    rnc = cell >> _RNC_BITS
    wide = (technology == "3G") & (rnc > 0)
    habit = (technology == "2G") | (technology == "3G")
    area = np.where(wide, -1 - rnc, np.where(habit, cells["area"].to_numpy(np.int64), -1))
    own = np.where(wide, cell & (2**_RNC_BITS - 1), cell) // 10
    number = np.where(habit, own, np.where(technology == "4G", cell >> 8, cell >> (_NCI_BITS - gnb_bits)))
    return pd.Series(area, cells.index, name="area"), pd.Series(number, cells.index, name="number")


def _local(cells: pd.DataFrame, node: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres east and north of each node's first cell; flat, which is exact enough within a site."""
    _, first = np.unique(node, return_index=True)
    lon, lat = cells["lon"].to_numpy(), cells["lat"].to_numpy()
    lon_0, lat_0 = lon[first][node], lat[first][node]
    east_deg = (lon - lon_0 + 540.0) % 360.0 - 180.0
    metres = np.radians(1.0) * _EARTH_M
    return east_deg * metres * np.cos(np.radians(lat_0)), (lat - lat_0) * metres


def _parts(
    cells: pd.DataFrame, node: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return 0 for cells near the best measured one of their node, 1 for those near the best of the rest, and so on."""
    part = np.zeros(len(cells), np.int64)
    apart = cells["technology"].map(APART_M).to_numpy(float)
    samples = cells["samples"].fillna(0.0).to_numpy()
    rest = np.lexsort((cells["row"].to_numpy(), -samples, node))
    while len(rest):
        _, first, of = np.unique(node[rest], return_index=True, return_inverse=True)
        core = rest[first][of]  # `rest` is sorted by node, the best measured first
        far = np.hypot(x[rest] - x[core], y[rest] - y[core]) > apart[rest]
        rest = rest[far]
        part[rest] += 1
    return part


def _sums(
    cells: pd.DataFrame,
    at: pd.DataFrame,
    *,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    known: NDArray[np.float64],
) -> pd.DataFrame:
    """Return what a site's figures are made of, one row a (node, part)."""
    reach = cells["range_m"].to_numpy()
    measured = np.isfinite(reach) & ~cells["assumed_range"].to_numpy()
    signal = cells["average_signal_dbm"].to_numpy()
    terms = pd.DataFrame(
        {
            "row": cells["row"].to_numpy(),
            "at": np.arange(len(cells)),
            "count": 1,
            "w": weight,
            "wx": weight * x,
            "wy": weight * y,
            "wr2": weight * (x * x + y * y),
            "n": (weight > 0).astype(float),
            "reach_w": np.where(np.isfinite(reach), weight, 0.0),
            "reach": np.where(np.isfinite(reach), weight * reach, 0.0),
            "range_w": np.where(measured, known, 0.0),
            "range": np.where(measured, known * reach, 0.0),
            "samples": cells["samples"].to_numpy(),
            "signal_w": np.where(np.isfinite(signal), known, 0.0),
            "signal": np.where(np.isfinite(signal), known * signal, 0.0),
            "exact": cells["exact"].to_numpy(),
        }
    )
    terms["node"], terms["part"] = at["node"].to_numpy(), at["part"].to_numpy()
    groups = terms.groupby(["node", "part"], sort=True)
    sums = groups.sum(min_count=1).drop(columns=["row", "at", "exact"])
    sums["row"], sums["at"] = groups["row"].min(), groups["at"].first()
    sums["exact"] = groups["exact"].any()
    # x and y count from the node's first cell, which may belong to another part.
    sums["origin"] = sums["at"].groupby(level="node").transform("min")
    return sums.reset_index()


def _sites(sums: pd.DataFrame, cells: pd.DataFrame, codes: Mapping[int, str]) -> pd.DataFrame:
    origin = cells.iloc[sums["origin"].to_numpy()]
    first = cells.iloc[sums["at"].to_numpy()]
    x, y = sums["wx"] / sums["w"], sums["wy"] / sums["w"]
    metres = np.radians(1.0) * _EARTH_M
    lat_0 = origin["lat"].to_numpy()
    lon = origin["lon"].to_numpy() + x / (metres * np.cos(np.radians(lat_0)))
    spread = np.sqrt(np.maximum(sums["wr2"] / sums["w"] - x * x - y * y, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(sums["exact"], 0.0, _SECTOR_SHARE * (sums["reach"] / sums["reach_w"]))
        ranged = sums["range"] / sums["range_w"]
        signal = sums["signal"] / sums["signal_w"]
    # A site of one cell without a range has no spread: how well it is placed is unknown, not perfect.
    error = np.where((sums["n"] < 2) & np.isnan(reach), np.nan, np.fmax(spread, reach)) / np.sqrt(sums["n"])  # noqa: PLR2004
    return pd.DataFrame(
        {
            "row": sums["row"],
            "at": sums["at"],
            "part": sums["part"],
            "network": first["network"].map(codes).to_numpy(),
            "technology": first["technology"].astype(str).to_numpy(),
            "lon": (lon + 540.0) % 360.0 - 180.0,
            "lat": lat_0 + y / metres,
            "accuracy_m": error,
            "count": sums["count"],
            "range_m": ranged,
            "samples": sums["samples"],
            "average_signal_dbm": signal,
        }
    )


def _names(sites: pd.DataFrame, cells: pd.DataFrame, keys: tuple[pd.Series[Any], pd.Series[Any]]) -> list[str]:
    """Return site ids that say how they came about: ``1-4G-77``, ``1-2G-7-1010``, ``1-3G-R3-1010``, ``1-4G-77~2``."""
    at = sites["at"].to_numpy()
    area, number = keys[0].to_numpy()[at], keys[1].to_numpy()[at]
    habit = cells["technology"].isin(["2G", "3G"]).to_numpy()[at]
    return [
        f"{network}-{technology}-"
        + ("" if not by_habit else f"{a}-" if a >= 0 else f"R{-1 - a}-")
        + f"{n}"
        + (f"~{part + 1}" if part else "")
        for network, technology, by_habit, a, n, part in zip(
            sites["network"], sites["technology"], habit, area, number, sites["part"], strict=True
        )
    ]
