"""Strongest: the best signal of a province, the n-th best and the best server, as running maxima over masts.

No mast's raster is kept: each footprint is laid over the maps and dropped. Each mast counts once at a place, by its
strongest cell there; so the second best is what is left when the best mast fails. Of equal levels the earlier mast
wins, on one mast the cell with the smaller id; neither threads nor tiles change that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from phusong.coverage.footprints import cells_of, each_footprint
from phusong.coverage.progress import Progress, silent
from phusong.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Cell, Site
    from phusong.coverage.footprint_store import FootprintCache
    from phusong.coverage.footprints import Footprint
    from phusong.coverage.radio import Radio

__all__ = ["NO_SERVER", "Key", "Maps", "by_band", "by_technology", "strongest"]

NO_SERVER: Final = -1
_NONE: Final = -32767
_PER_DB: Final = np.float32(100.0)
_MOST_RANKS: Final = 9
# Running maxima, 2 bytes a rank and 5 for server and unknown, kept under this; larger provinces go by strips.
_TILE_BYTES: Final = 1_000_000_000

Key: TypeAlias = tuple[str, ...]
"""What a map is of: (operator, technology), or with the band's name behind."""


def by_technology(cell: Cell) -> Key:
    """Return the map a cell belongs to: its operator's and technology's."""
    return cell.operator, cell.technology


def by_band(cell: Cell) -> Key:
    """Return the map a cell belongs to: its operator's, technology's and band's."""
    return cell.operator, cell.technology, cell.band.name


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Running maxima over a strip of the grid.

    Parameters
    ----------
    rows : slice
        Of the grid.
    keys : tuple of Key
    level : array of int16, shape (keys, ranks, rows, cols)
        Strongest first, hundredths of dBm; -32767 where there is none from the bare threshold on.
    server : array of int32, shape (keys, rows, cols)
        Number of the strongest cell, masts in their order and on each the cells by their id; -1 where there is none.
    unknown : array of bool, shape (keys, rows, cols)
        Places some mast could reach and nobody knows whether it does.
    is_cut : array of bool, shape (cells,)
        Cells whose median still reaches the threshold where prediction ends, of the masts near the strip.
    """

    rows: slice
    keys: tuple[Key, ...]
    level: NDArray[np.int16]
    server: NDArray[np.int32]
    unknown: NDArray[np.bool_]
    is_cut: NDArray[np.bool_]

    def level_dbm(self, key: Key, *, service_level_dbm: float, rank: int = 1) -> NDArray[np.float32]:
        """Return the level of the n-th best mast, float32, shape (rows, cols), to 0.01 dB; -inf: none.

        NaN: unknown, where nobody known covers the place from `service_level_dbm` on and a mast might that is not
        known. A level that is known to cover stays, even though the unknown mast may be stronger still.
        """
        number = self.keys.index(key)
        counted = self.level[number, rank - 1]
        level: NDArray[np.float32] = counted.astype(np.float32) / _PER_DB
        level[counted == _NONE] = -np.inf
        level[self.unknown[number] & ~(level >= service_level_dbm)] = np.nan
        return level


def strongest(
    radio: Radio,
    sites: Sequence[Site],
    *,
    keys: Sequence[Key] = (),
    of: Callable[[Cell], Key] = by_technology,
    ranks: int = 1,
    cache: FootprintCache | None = None,
    workers: int = 1,
    tile_bytes: int = _TILE_BYTES,
    progress: Progress = silent,
) -> Iterator[Maps]:
    """Predict the maps of the strongest cells, strip by strip from the north.

    Parameters
    ----------
    radio : Radio
    sites : sequence of Site
    keys : sequence of Key, optional
        Maps that are wanted even though no cell belongs to them; those of the cells come behind.
    of : callable
        Which map a cell belongs to: `by_technology`, `by_band`.
    ranks : int
        How many levels to keep: 2 and 3 say what is left when a mast or two fail.
    cache, workers
        See `phusong.coverage.footprints.each_footprint`.
    tile_bytes : int
        What the running maxima may take. Where the province takes more it goes by strips of rows, and a mast that
        reaches into several is predicted, or read from the cache, once for each.
    progress : callable, optional

    Yields
    ------
    Maps
        One for each strip.

    Raises
    ------
    ModelError
        An impossible antenna, a rank that is none.
    RunError
        The cache cannot be written.
    """
    if not 1 <= ranks <= _MOST_RANKS:
        raise ModelError(f"ranks must be 1..{_MOST_RANKS}, not {ranks}: 1 keeps the best, 3 the third best too")
    radio.check(sites, unasked=cache is not None)
    found = tuple(dict.fromkeys([*keys, *(of(cell) for site in sites for cell in site.cells)]))
    strips = _strips(radio, max(1, len(found)) * (2 * ranks + 5), tile_bytes)
    first_cell = np.cumsum([0, *(len(site.cells) for site in sites)])
    near = [[n for n, site in enumerate(sites) if _reaches(radio, site, rows)] for rows in strips]
    if len(strips) == 1:
        near = [list(range(len(sites)))]

    def visits() -> Iterator[Maps | None]:
        for rows, numbers in zip(strips, near, strict=True):
            maps = _empty(radio, rows, found, ranks, int(first_cell[-1]))
            lay = _Layer(maps, radio, of)
            those = [sites[n] for n in numbers]
            done = each_footprint(radio, those, cache=cache, workers=workers)
            for n, site, footprint in zip(numbers, those, done, strict=True):
                lay.over(site, footprint, first=int(first_cell[n]))
                yield None
            yield maps

    total = sum(map(len, near))
    yield from _shown(visits(), total, progress)


def _shown(visits: Iterator[Maps | None], total: int, progress: Progress) -> Iterator[Maps]:
    """Hand on the maps that stand between the masts, while `progress` counts the masts."""
    ready: list[Maps] = []

    def masts() -> Iterator[None]:
        for each in visits:
            if each is None:
                yield None
            else:
                ready.append(each)

    for _ in progress(masts(), "  masts / cột ăng ten", total):
        while ready:
            yield ready.pop(0)
    yield from ready


def _strips(radio: Radio, bytes_a_place: int, tile_bytes: int) -> list[slice]:
    rows = max(1, min(radio.grid.rows, tile_bytes // (bytes_a_place * radio.grid.cols)))
    return [slice(first, min(first + rows, radio.grid.rows)) for first in range(0, radio.grid.rows, rows)]


def _reaches(radio: Radio, site: Site, rows: slice) -> bool:
    y = radio.grid.y_m
    return bool(y[rows.stop - 1] <= site.y_m + radio.max_radius_m and y[rows.start] >= site.y_m - radio.max_radius_m)


def _empty(radio: Radio, rows: slice, keys: tuple[Key, ...], ranks: int, cells: int) -> Maps:
    shape = rows.stop - rows.start, radio.grid.cols
    return Maps(
        rows,
        keys,
        np.full((len(keys), ranks, *shape), _NONE, np.int16),
        np.full((len(keys), *shape), NO_SERVER, np.int32),
        np.zeros((len(keys), *shape), bool),
        np.zeros(cells, bool),
    )


class _Layer:
    """Lays footprints over maps; one thread does, in the masts' order."""

    def __init__(self, maps: Maps, radio: Radio, of: Callable[[Cell], Hashable]) -> None:
        self.maps, self.of = maps, of
        self.number = {key: n for n, key in enumerate(maps.keys)}
        places = (maps.rows.stop - maps.rows.start) * radio.grid.cols
        self.offset = maps.rows.start * radio.grid.cols
        self.flat = (
            maps.level.reshape(*maps.level.shape[:2], places),
            maps.server.reshape(-1, places),
            maps.unknown.reshape(-1, places),
        )
        self.scratch = np.full(places, _NONE, np.int16), np.empty(places, np.int32), np.empty(places, np.int32)

    def over(self, site: Site, footprint: Footprint, *, first: int) -> None:
        """Raise the maxima by one mast, whose cells are called `first` and on."""
        from phusong.coverage._kernels.strongest import raise_maxima

        self.maps.is_cut[first : first + footprint.is_cut.size] |= footprint.is_cut
        rows_of: dict[Hashable, list[int]] = {}
        for row, cell in enumerate(cells_of(site)):
            rows_of.setdefault(self.of(cell), []).append(row)
        for key, rows in rows_of.items():
            level, server, unknown = (array[self.number[key]] for array in self.flat)  # type: ignore[index]
            chosen = np.array(rows, np.int64)
            raise_maxima(
                footprint.numbers, footprint.levels, footprint.starts, chosen, (chosen + first).astype(np.int32),
                self.offset, level, server, unknown, *self.scratch,
            )  # fmt: skip
