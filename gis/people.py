"""People on the grid: census totals spread over a population raster, true to the census in every commune.

A cell on a border belongs to two communes, so people are kept by commune *and* cell: a sparse matrix whose
row sums are the census. Every KPI about people is a product with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.zones import Zones

__all__ = ["People", "spread"]

# A raster with fewer people than this in a whole commune shows nobody; scaling it up would be dividing by noise.
_NOBODY = 1e-6


@dataclass(frozen=True, slots=True)
class People:
    """Residents by commune and cell.

    Parameters
    ----------
    by_zone : csr_array, shape (zones, cells)
        Residents of the zone living in the cell.
    method : str
        How they were spread, in words.
    census_true : tuple of bool, one a zone
        Whether the row sum is a census total (else it is the raster's own).
    """

    by_zone: sparse.csr_array
    method: str
    census_true: tuple[bool, ...]

    @property
    def residents(self) -> NDArray[np.float64]:
        """Residents per cell, flat, shape (cells,)."""
        return np.asarray(self.by_zone.sum(axis=0), float).ravel()

    @property
    def totals(self) -> NDArray[np.float64]:
        """Residents per zone, shape (zones,)."""
        return np.asarray(self.by_zone.sum(axis=1), float).ravel()


def spread(
    zones: Zones, *, census: NDArray[np.float64], raster: NDArray[np.float64] | None
) -> tuple[People, list[str]]:
    """Spread census totals over a raster of counts (dasymetric), or evenly over land where there is none.

    Parameters
    ----------
    zones : Zones
    census : array, shape (zones,)
        People per zone, NaN where unknown.
    raster : array, shape (cells,), or None
        Count per cell, NaN where unknown.

    Returns
    -------
    People
    list of str
        Codes of zones whose people could only be spread evenly because the raster shows nobody there.
    """
    # Where two communes claim a cell its people are shared out between them, not counted twice.
    claimed = np.asarray(zones.shares.sum(axis=0), float).ravel()
    land = sparse.csr_array(zones.shares @ sparse.diags_array(1.0 / np.maximum(claimed, 1.0)))
    if raster is None:
        weights = land
        method = "census totals spread evenly over land (no population raster given)"
    else:
        weights = sparse.csr_array(land @ sparse.diags_array(np.nan_to_num(raster)))
        method = "census totals spread over the population raster by commune (dasymetric)"
    sums = np.asarray(weights.sum(axis=1), float).ravel()
    census_true = np.isfinite(census)
    evenly = census_true & (census > 0) & (sums < _NOBODY)
    if evenly.any():
        keep = sparse.diags_array((~evenly).astype(float))
        weights = sparse.csr_array(keep @ weights + sparse.diags_array(evenly.astype(float)) @ zones.shares)
        sums = np.asarray(weights.sum(axis=1), float).ravel()
    # Without a census total the raster's own count stands; without a raster nobody can be placed.
    own = sums if raster is not None else np.zeros_like(sums)
    target = np.where(census_true, np.nan_to_num(census), own)
    factor = np.divide(target, sums, out=np.zeros_like(sums), where=sums > 0)
    by_zone = sparse.csr_array(sparse.diags_array(factor) @ weights)
    by_zone.eliminate_zeros()
    if not census_true.all():
        fate = "keep the raster's own count" if raster is not None else "have nobody placed: their people are unknown"
        method += f"; {int((~census_true).sum())} communes without a census total {fate}"
    codes = [code for code, flag in zip(zones.codes, evenly, strict=True) if flag]
    return People(by_zone, method, tuple(bool(flag) for flag in census_true)), codes
