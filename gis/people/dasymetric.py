"""People on the grid: census totals spread over a surface, true to the census in every commune.

A cell on a border belongs to two communes, so people are kept by commune *and* cell: a sparse matrix whose
row sums are the census. Every KPI about people is a product with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.zones import Zones

__all__ = ["People", "spread"]

# A raster with fewer people than this in a whole commune shows nobody; scaling it up would be dividing by noise.
# (Of buildings: square metres of floor.)
_NOBODY = 1e-6
_METHODS = {
    "raster": "census totals spread over the population raster by commune (dasymetric)",
    "buildings": "census totals spread over the floor area of buildings by commune (dasymetric; no population raster "
    "given)",
    "land": "census totals spread evenly over land (no population raster given)",
}


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
    unknown : tuple of bool, one a zone
        Whether nobody knows how many live there: no census total and no raster, or no cell. Empty: none is.
    placed_by : tuple of str, one a zone
        What the zone's people were spread over: ``raster``, ``buildings`` or ``land``.
    households, urban_people : array, shape (zones,), or None
        Census totals by zone, NaN where unknown; None where no zone has any. `placed` brings them to the cells.
    """

    by_zone: sparse.csr_array
    method: str
    census_true: tuple[bool, ...]
    unknown: tuple[bool, ...] = ()
    placed_by: tuple[str, ...] = ()
    households: NDArray[np.float64] | None = None
    urban_people: NDArray[np.float64] | None = None

    @property
    def residents(self) -> NDArray[np.float64]:
        """Residents per cell, flat, shape (cells,); those of zones nobody counted are not among them."""
        return np.asarray(self.by_zone.sum(axis=0), float).ravel()

    @property
    def totals(self) -> NDArray[np.float64]:
        """Residents per zone, shape (zones,); NaN where nobody knows."""
        sums = _row_sums(self.by_zone)
        return np.where(self.unknown, np.nan, sums) if self.unknown else sums

    def placed(self, totals: NDArray[np.float64]) -> sparse.csr_array:
        """Place other totals of the zones (households, urban people) where their people live.

        An approximation: within a commune every resident has the same share of them.

        Parameters
        ----------
        totals : array, shape (zones,)
            NaN where unknown.

        Returns
        -------
        csr_array, shape (zones, cells)
            Row sums are the totals; rows of zones without people, or without a total, are empty.
        """
        return _scaled(self.by_zone, np.nan_to_num(totals))


def spread(
    zones: Zones,
    *,
    census: NDArray[np.float64],
    raster: NDArray[np.float64] | None,
    buildings: NDArray[np.float64] | None = None,
    habitable: NDArray[np.bool_] | None = None,
) -> tuple[People, list[str]]:
    """Spread census totals over the first surface that shows anybody: raster, else buildings, else land.

    Each zone for itself: where the raster shows nobody in one commune, that one is spread over its buildings.

    Parameters
    ----------
    zones : Zones
    census : array, shape (zones,)
        People per zone, NaN where unknown.
    raster : array, shape (cells,), or None
        Count per cell, NaN where unknown. (A density does as well for zones with a census total: cells are equal.)
    buildings : array, shape (cells,), optional
        Floor area per cell.
    habitable : array of bool, shape (cells,), optional
        False for water. Only the even spreading looks at it, and not in a zone that is water altogether.

    Returns
    -------
    People
    list of str
        Codes of zones whose people could only be spread evenly though a raster or buildings were given.
    """
    # Where two communes claim a cell its people are shared out between them, not counted twice.
    claimed = np.asarray(zones.shares.sum(axis=0), float).ravel()
    land = _by_cell(zones.shares, 1.0 / np.maximum(claimed, 1.0))
    zone = np.repeat(np.arange(len(zones.codes)), np.diff(land.indptr))
    surfaces = {"raster": raster, "buildings": buildings}
    given = {name: field for name, field in surfaces.items() if field is not None}
    ground = [np.ones(land.shape[1])] if habitable is None else [habitable.astype(float), np.ones(land.shape[1])]
    census_true = np.isfinite(census)
    weights = sparse.csr_array((np.zeros_like(land.data), land.indices, land.indptr), shape=land.shape)
    placed_by = np.full(len(zones.codes), "land", dtype=object)
    open_ = np.ones(len(zones.codes), bool)
    for name, field in [*given.items(), *(("land", field) for field in ground)]:
        relief, peak = _relief(field)
        part = _by_cell(land, relief)
        # A raster is trusted to say how many live where nobody counted, even nobody.
        shows = _row_sums(part) >= _NOBODY / peak if name != "land" else _row_sums(part) > 0
        take = open_ & (shows | (~census_true & (name == "raster")))
        weights.data[take[zone]] = part.data[take[zone]]
        placed_by[take] = name
        open_ &= ~take
    seen = np.zeros(len(zones.codes), bool)
    own = np.zeros(len(zones.codes))
    if raster is not None:
        own = np.asarray(land @ _counts(raster), float)
        seen = (np.asarray(land @ np.isfinite(raster).astype(float)) > 0) & np.isfinite(own)
    # Without a census total the raster's own count stands; without a raster nobody can be placed.
    by_zone = _scaled(weights, np.where(census_true, np.nan_to_num(census), np.where(seen, own, 0.0)))
    evenly = (placed_by == "land") & census_true & (census > 0) if given else np.zeros(len(zones.codes), bool)
    # A zone without any cell (an old commune outside the grid) has people nobody can place.
    unknown = (~census_true & ~seen) | ((by_zone.indptr[1:] == by_zone.indptr[:-1]) & (census > 0))
    people = People(
        by_zone,
        _method(next(iter(given), "land"), placed_by[census_true], kept=~census_true & seen, lost=~census_true & ~seen),
        _flags(census_true),
        unknown=_flags(unknown) if unknown.any() else (),
        placed_by=tuple(str(name) for name in placed_by),
    )
    return people, [code for code, flag in zip(zones.codes, evenly, strict=True) if flag]


def _method(first: str, placed_by: NDArray[np.object_], *, kept: NDArray[np.bool_], lost: NDArray[np.bool_]) -> str:
    """Return in words how people were spread."""
    method = _METHODS[first]
    over = int((placed_by == "buildings").sum())
    if first == "raster" and over:
        method += f"; {over} communes where it shows nobody over the floor area of buildings"
    fates = {"keep the raster's own count": kept, "have nobody placed: their people are unknown": lost}
    for fate, which in fates.items():
        if which.any():
            method += f"; {int(which.sum())} communes without a census total {fate}"
    return method


def _flags(values: NDArray[np.bool_]) -> tuple[bool, ...]:
    return tuple(bool(value) for value in values)


def _counts(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a surface with nobody where it is void, infinite or negative."""
    return np.where(np.isfinite(field) & (field > 0), field, 0.0)


def _relief(field: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return a surface as shares of its highest value, and that value: sums of huge values stay finite."""
    counts = _counts(field)
    peak = float(counts.max(initial=0.0))
    return (counts / peak, peak) if peak > 0 else (counts, 1.0)


def _by_cell(matrix: sparse.csr_array, factor: NDArray[np.float64]) -> sparse.csr_array:
    """Multiply each column; the pattern of the matrix stays, zeros included."""
    return sparse.csr_array((matrix.data * factor[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)


def _row_sums(matrix: sparse.csr_array) -> NDArray[np.float64]:
    """Return row sums added pairwise, which keeps a millionth of a person over millions of cells."""
    return np.array([row.sum() for row in np.split(matrix.data, matrix.indptr[1:-1])], float)[: matrix.shape[0]]


def _scaled(weights: sparse.csr_array, totals: NDArray[np.float64]) -> sparse.csr_array:
    """Scale each row to its total; what rounding leaves over goes to the row's largest entry."""
    sums = _row_sums(weights)
    factor = np.divide(totals, sums, out=np.zeros_like(sums), where=sums > 0)
    data = weights.data * np.repeat(factor, np.diff(weights.indptr))
    scaled = sparse.csr_array((data, weights.indices.copy(), weights.indptr.copy()), shape=weights.shape)
    scaled.eliminate_zeros()
    for start, stop, total in zip(scaled.indptr[:-1], scaled.indptr[1:], totals, strict=True):
        row = scaled.data[start:stop]
        if row.size:
            row[row.argmax()] += total - math.fsum(row)
    return scaled
