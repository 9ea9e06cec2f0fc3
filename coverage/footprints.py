"""Footprints: what each cell covers, sparse - one object for siting, overlap and the province's maps."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from scipy import sparse

from phusong.coverage.cells import Cell, Site
from phusong.coverage.progress import Progress, silent
from phusong.coverage.radio import carrier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.footprint_store import FootprintCache
    from phusong.coverage.radio import Radio

__all__ = ["UNKNOWN", "Footprint", "Footprints", "cells_of", "each_footprint", "footprint_of", "footprints"]

UNKNOWN: Final = -32768
"""Stands for a level that nobody knows, in hundredths of a dB."""
_PER_DB: Final = 100.0
# Where a level this near to the end of prediction still counts, the radius has cut something off.
_RIM_SHARE: Final = 0.95
_AHEAD: Final = 2  # masts a thread: what is done early waits in memory

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True, eq=False)
class Footprint:
    """What the cells of one mast cover; rows are `cells_of` the mast, in that order.

    Parameters
    ----------
    starts : array of int64, shape (cells + 1,)
        Where each cell's part begins.
    numbers : array of int32, shape (n,)
        Flat grid cells, in each part ascending.
    levels : array of int16, shape (n,)
        Median level in hundredths of dBm, from the bare threshold of the cell's technology on; `UNKNOWN` where the
        mast could reach the place and nobody knows whether it does.
    is_cut : array of bool, shape (cells,)
        Cells whose median still reaches the threshold where prediction ends.
    """

    starts: NDArray[np.int64]
    numbers: NDArray[np.int32]
    levels: NDArray[np.int16]
    is_cut: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """Footprints of many masts.

    Parameters
    ----------
    cells : tuple of Cell
        Rows: masts in their order, on each the cells by their id.
    site_ids : tuple of str
        The mast of each row.
    matrix : csr_array of float32, shape (cells, grid cells)
        Median level in dBm outdoors, to 0.01 dB; no entry below the threshold.
    unknown : csr_array of bool, shape (cells, grid cells)
        Places that a cell could reach and of which nobody knows.
    """

    cells: tuple[Cell, ...]
    site_ids: tuple[str, ...]
    matrix: sparse.csr_array
    unknown: sparse.csr_array

    def covers(self, levels_dbm: Mapping[str, float]) -> sparse.csr_array:
        """Return which places each cell covers, bool, from a level by technology on (`Radio.service_level_dbm`)."""
        needed = np.array([levels_dbm[cell.technology] for cell in self.cells], np.float32)
        kept = self.matrix.data >= needed.repeat(np.diff(self.matrix.indptr))
        starts = np.append(0, np.cumsum(kept))[self.matrix.indptr]
        return sparse.csr_array((np.ones(starts[-1], bool), self.matrix.indices[kept], starts), shape=self.matrix.shape)


def cells_of(site: Site) -> list[Cell]:
    """Return a mast's cells in the order of footprints: by their id."""
    return sorted(site.cells, key=lambda cell: cell.cell_id)


def footprint_of(radio: Radio, site: Site) -> Footprint:
    """Predict the footprint of one mast."""
    cells = cells_of(site)
    row = {id(cell): number for number, cell in enumerate(cells)}
    # A level that rounds up to the threshold counts, as it does wherever levels are rounded.
    floors = {technology: level - 0.5 / _PER_DB for technology, level in radio.thresholds_dbm.items()}
    least = {technology: math.ceil(round(level * _PER_DB, 6)) for technology, level in radio.thresholds_dbm.items()}
    at_end = {key for key, reach in radio.ranges_m(site).items() if reach >= radio.max_radius_m}
    is_cut = np.array([carrier(cell) in at_end for cell in cells], bool)
    parts: dict[int, tuple[NDArray[np.int32], NDArray[np.int16]]] = {}
    for cell, numbers, level in radio.signals(site, floors_dbm=floors):
        hundredths = np.rint(level * np.float32(_PER_DB)).clip(UNKNOWN + 1, -UNKNOWN - 1)
        counted = np.where(np.isnan(level), UNKNOWN, hundredths).astype(np.int16)
        kept = (counted >= least[cell.technology]) | (counted == UNKNOWN)
        number = row[id(cell)]
        parts[number] = numbers[kept].astype(np.int32), counted[kept]
        if radio.is_swept and is_cut[number]:
            is_cut[number] = _reaches_rim(radio, site, *parts[number])
    ordered = [parts[number] for number in range(len(cells))]
    return Footprint(
        np.cumsum([0, *(numbers.size for numbers, _ in ordered)], dtype=np.int64),
        np.concatenate([numbers for numbers, _ in ordered]) if ordered else np.empty(0, np.int32),
        np.concatenate([levels for _, levels in ordered]) if ordered else np.empty(0, np.int16),
        is_cut,
    )


def _reaches_rim(radio: Radio, site: Site, numbers: NDArray[np.int32], levels: NDArray[np.int16]) -> bool:
    row, col = np.divmod(numbers[levels != UNKNOWN], radio.grid.cols)
    away = np.hypot(radio.grid.x_m[col] - site.x_m, radio.grid.y_m[row] - site.y_m)
    return bool((away >= _RIM_SHARE * radio.max_radius_m).any())


def each_footprint(
    radio: Radio, sites: Sequence[Site], *, cache: FootprintCache | None = None, workers: int = 1
) -> Iterator[Footprint]:
    """Predict masts, several at a time, and give their footprints in the masts' order.

    Parameters
    ----------
    radio : Radio
    sites : sequence of Site
    cache : FootprintCache, optional
        What was predicted before is read, what is predicted now is kept.
    workers : int
        Threads. The compiled loops of P.1812 hold no lock; the other models are arrays through and through and run in
        one thread, where they say the same things of their ranges in the same order.

    Notes
    -----
    Twice as many masts as threads are done ahead at most; nothing depends on how many threads there are.
    """
    work = (lambda site: footprint_of(radio, site)) if cache is None else (lambda site: cache.get(radio, site))
    if workers <= 1 or not radio.is_swept:
        yield from map(work, sites)
    else:
        yield from _in_order(work, sites, workers)


def _in_order(work: Callable[[_Item], _Done], items: Iterable[_Item], workers: int) -> Iterator[_Done]:
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[_Done]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def footprints(
    radio: Radio,
    sites: Sequence[Site],
    *,
    cache: FootprintCache | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Footprints:
    """Predict what every cell of the masts covers.

    Parameters
    ----------
    radio : Radio
    sites : sequence of Site
    cache, workers
        See `each_footprint`.
    progress : callable, optional

    Returns
    -------
    Footprints
        All in memory: 6 bytes a covered place and cell.
    """
    radio.check(sites, unasked=cache is not None)
    done = list(
        progress(
            each_footprint(radio, sites, cache=cache, workers=workers), "  footprints / vùng phủ từng trạm", len(sites)
        )
    )
    starts = np.concatenate([[0], *(np.diff(each.starts) for each in done)]).cumsum()
    numbers = np.concatenate([np.empty(0, np.int32), *(each.numbers for each in done)])
    levels = np.concatenate([np.empty(0, np.int16), *(each.levels for each in done)])
    known = levels != UNKNOWN
    cells = tuple(cell for site in sites for cell in cells_of(site))
    shape = (len(cells), radio.grid.size)

    def rows_of(kept: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        return numbers[kept], np.append(0, np.cumsum(kept))[starts]

    level_dbm = levels[known].astype(np.float32) / np.float32(_PER_DB)
    unknown = rows_of(~known)
    return Footprints(
        cells,
        tuple(site.site_id for site in sites for _ in site.cells),
        sparse.csr_array((level_dbm, *rows_of(known)), shape=shape),
        sparse.csr_array((np.ones(unknown[0].size, bool), *unknown), shape=shape),
    )
