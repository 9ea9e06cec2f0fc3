"""Crosswalk: which commune of before 1 July 2025 went into which of today's, and with what share of its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CROSSWALK_COLUMNS", "Crosswalk", "Kind", "Method"]

CROSSWALK_COLUMNS = ["old_code", "old_name", "new_code", "new_name", "weight_share", "method"]

Kind = Literal["sum", "mean"]
Method = Literal["whole", "stated", "people", "area", "equal share", ""]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Old communes x new communes.

    Parameters
    ----------
    old_codes, new_codes : tuple of str
    weights : csr_array, shape (old, new)
        Share of the old commune's people that went into the new one; rows sum to 1, or to 0 for an old commune
        that no row names. A link whose share is nil is kept as an explicit zero.
    methods : tuple of Method, one an old commune
        Where its weights come from: ``whole`` (not split), ``stated`` in the file, ``people`` or ``area`` of the
        pieces its shape is cut into, ``equal share`` (an approximation: it was split and nobody drew it).
    old_names, new_names : tuple of str
        Empty where nobody gave one.
    """

    old_codes: tuple[str, ...]
    new_codes: tuple[str, ...]
    weights: sparse.csr_array
    methods: tuple[Method, ...]
    old_names: tuple[str, ...]
    new_names: tuple[str, ...]

    @property
    def split(self) -> tuple[str, ...]:
        """Old communes that went into several new ones."""
        several = np.diff(self.weights.indptr) > 1
        return tuple(code for code, flag in zip(self.old_codes, several, strict=True) if flag)

    def to_new(
        self, values: NDArray[np.float64], kind: Kind = "sum", *, size: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Bring figures of the old communes to the new ones.

        Parameters
        ----------
        values : array, shape (old,)
            NaN where unknown: every new commune that got a part of it is then unknown.
        kind : {"sum", "mean"}
            ``sum`` for counts (people), whose total is conserved; ``mean`` for shares and densities.
        size : array, shape (old,), optional
            What a mean is weighted with, e.g. people. A mean needs it.

        Returns
        -------
        array, shape (new,)
            NaN also where no old commune went.

        Raises
        ------
        ValueError
            A mean without a size.
        """
        if kind == "sum":
            return _carried(sparse.csr_array(self.weights.T), values)
        if size is None:
            raise ValueError("a mean over old communes needs their size")
        parts = sparse.csr_array((sparse.diags_array(np.asarray(size, float)) @ self.weights).T)
        return _carried(_rows_to_one(parts), values)

    def to_old(
        self, values: NDArray[np.float64], kind: Kind = "sum", *, size: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Bring figures of the new communes back to the old ones; an approximation wherever several were merged.

        Parameters
        ----------
        values : array, shape (new,)
        kind : {"sum", "mean"}
            ``sum`` hands a new commune's count out to those it was made of, by their `size`; ``mean`` gives an old
            commune the mean of where its people went.
        size : array, shape (old,), optional
            People of the old communes. A sum needs it.

        Returns
        -------
        array, shape (old,)
            NaN where unknown.

        Raises
        ------
        ValueError
            A sum without a size.
        """
        if kind == "mean":
            return _carried(self.weights, values)
        if size is None:
            raise ValueError("a sum over new communes is handed out by the size of the old ones: give it")
        parts = sparse.csr_array((sparse.diags_array(np.asarray(size, float)) @ self.weights).T)
        return _carried(sparse.csr_array(_rows_to_one(parts).T), values)

    def table(self) -> pd.DataFrame:
        """Return every link as a row of crosswalk.csv, with its weight and where that comes from."""
        links = sparse.coo_array(self.weights)
        old, new = links.coords
        return pd.DataFrame(
            {
                "old_code": [self.old_codes[i] for i in old],
                "old_name": [self.old_names[i] for i in old],
                "new_code": [self.new_codes[j] for j in new],
                "new_name": [self.new_names[j] for j in new],
                "weight_share": links.data,
                "method": [self.methods[i] for i in old],
            },
            columns=CROSSWALK_COLUMNS,
        )


def _carried(matrix: sparse.csr_array, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return matrix @ values; NaN where a part of a sum is unknown, and where there is no part at all."""
    values = np.asarray(values, float)
    known = np.isfinite(values)
    sums = np.asarray(matrix @ np.where(known, values, 0.0), float)
    parts = sparse.csr_array((matrix.data != 0, matrix.indices, matrix.indptr), shape=matrix.shape).astype(float)
    unknown = (parts @ (~known).astype(float) > 0) | (np.asarray(parts.sum(axis=1)).ravel() == 0)
    return np.where(unknown, np.nan, sums)


def _rows_to_one(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return the matrix with rows that sum to 1; rows of nobody are empty."""
    sums = np.asarray(matrix.sum(axis=1), float).ravel()
    return sparse.csr_array(sparse.diags_array(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)) @ matrix)
