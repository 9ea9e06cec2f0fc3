"""Clutter: what stands on the ground - trees, houses, water - by land cover class, on the grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phusong.gis.rasters.patches import read_patch
from phusong.gis.rasters.resampling import class_shares
from phusong.gis.schemas import Column
from phusong.gis.terrain import values_at
from phusong.gis.terrain.cover_classes import CATEGORIES, CoverClass, shipped_classes, shipped_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid

__all__ = ["Clutter", "read_clutter"]


@dataclass(frozen=True, slots=True)
class Clutter:
    """Land cover and clutter, in the province and around it, as far as the terrain reaches.

    Parameters
    ----------
    grid : Grid
        The terrain's: a run's grid with a margin.
    class_ : array of int16, shape (rows, cols)
        Code of the class that covers most of the cell; -1 where unknown.
    height_m : array, shape (rows, cols)
        Mean of the classes' representative heights by their share of the cell; NaN where unknown. Above ground.
    water_share : array of float32, shape (rows, cols)
        Share of the cell that is water; NaN where unknown.
    classes : tuple of CoverClass
        The table that was used.
    resolution_m : float
        Longer side of the file's pixels.
    extent, crs
        Of the file.
    method : str
        How it was made, in words.
    """

    grid: Grid
    class_: NDArray[np.int16]
    height_m: NDArray[np.float64]
    water_share: NDArray[np.float32]
    classes: tuple[CoverClass, ...]
    resolution_m: float
    extent: tuple[float, float, float, float]
    crs: str
    method: str

    @property
    def category(self) -> NDArray[np.int8]:
        """Number of each cell's category in `CATEGORIES`, by its class; -1 where unknown."""
        numbers = np.full(257, -1, np.int8)  # one more, so that class -1 takes the last
        for one in self.classes:
            numbers[one.code] = CATEGORIES.index(one.category)
        return np.asarray(numbers[self.class_])

    @property
    def water(self) -> NDArray[np.bool_]:
        """Cells known to be water by their class."""
        return np.asarray(np.isin(self.class_, [one.code for one in self.classes if one.water]))

    @property
    def habitable(self) -> NDArray[np.bool_]:
        """Cells not known to be water; where nobody knows, people may live."""
        return ~self.water

    def water_on(self, grid: Grid) -> NDArray[np.float32]:
        """Return the share of water of each cell of a run's grid, shape (rows, cols); NaN where unknown."""
        margin = (self.grid.rows - grid.rows) // 2
        return self.water_share[margin : margin + grid.rows, margin : margin + grid.cols]

    def at(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.float64]:
        """Return the clutter height of the cells that hold the places, NaN outside the grid."""
        return values_at(self.grid, self.height_m, x_m, y_m)


def read_clutter(
    path: Path,
    *,
    crs: str | None,
    column: Column,
    grid: Grid,
    notes: Notes,
    classes: Sequence[CoverClass],
    band: str | None = None,
) -> Clutter | None:
    """Read a land cover raster onto the grid.

    Parameters
    ----------
    path, crs, column, grid, notes, band
        As in `phusong.gis.rasters.patches.read_patch`.
    classes : sequence of CoverClass
        The table; a class of the raster that is not in it is unknown, said and counted.

    Returns
    -------
    Clutter or None
        None where the raster cannot be used.
    """
    census = _Census(classes)
    patch = read_patch(path, crs=crs, column=column, grid=grid, notes=notes, join="pick", store=census.take, band=band)
    if patch is None:
        return None
    if not census.say_strangers(patch.pixel_m, notes):
        notes.fault(
            "no class of the raster is in the table of land cover classes",
            f"state the product (table = {_quoted(shipped_names())}) or your own table",
            column="table",
        )
        return None
    samples = patch.samples_a_side(grid.cell_m)
    codes = np.array([one.code for one in classes], np.int16)
    heights = np.array([one.height_m for one in classes])
    water = np.array([float(one.water) for one in classes])
    class_ = np.full(grid.shape, -1, np.int16)
    height_m = np.full(grid.shape, np.nan)
    water_share = np.full(grid.shape, np.nan, np.float32)
    for rows, shares in class_shares(
        patch.values, kinds=len(classes), transform=patch.transform, crs=patch.crs, grid=grid, samples=samples
    ):
        known = ~np.isnan(shares[0])
        class_[rows][known] = codes[shares[:, known].argmax(axis=0)]
        height_m[rows] = np.tensordot(heights, shares, axes=1)
        water_share[rows] = np.tensordot(water, shares, axes=1)
    method = "class that covers most of a cell; clutter height = mean of the classes' representative heights by share"
    method += f", counted at {samples} x {samples} places a cell" if samples > 1 else ", taken at the cell's centre"
    notes.describe(method)
    return Clutter(
        grid, class_, height_m, water_share, tuple(classes), patch.resolution_m, patch.extent, patch.crs, method
    )


class _Census:
    """Turns codes into places in the table of classes, strip by strip, and counts them."""

    def __init__(self, classes: Sequence[CoverClass]) -> None:
        self.classes = classes
        self.counts = np.zeros(257, np.int64)
        kind = np.int8 if len(classes) <= np.iinfo(np.int8).max else np.int16
        self.place = np.full(257, -1, kind)  # the last is for void
        for number, one in enumerate(classes):
            self.place[one.code] = number

    def take(self, strip: NDArray[np.floating[Any]]) -> NDArray[Any]:
        """Return each pixel's place in the table; -1 where void or not in it."""
        codes = np.where(np.isnan(strip), 256, strip).astype(np.int16)
        self.counts += np.bincount(codes.ravel(), minlength=257)
        return np.asarray(self.place[codes])

    def say_strangers(self, pixel_m: float, notes: Notes) -> bool:
        """Say which classes are not in the table, and on how much land; tell whether any is."""
        counts = self.counts[:256]
        found = {int(code) for code in np.flatnonzero(counts)}
        strangers = sorted(code for code in found if self.place[code] < 0)
        for code in strangers:
            amount = f"{int(counts[code])} cells ({counts[code] * pixel_m**2 / 1e6:.1f} km²)"
            what = "made unknown: land cover class that is not in the table"
            notes.repair(what, row=str(code), how_much=amount, after="unknown")
        if strangers:
            remedy = 'add them to the table of classes: table = "clutter.csv"'
            for name in shipped_names():
                if found <= {one.code for one in shipped_classes(name)}:
                    remedy = f"all of the raster's classes are {name}'s: state table = \"{name}\""
            share = float(counts[strangers].sum() / counts.sum())
            notes.fault(
                f"{share:.1%} of the raster has land cover classes that are not in the table; clutter there is unknown",
                remedy,
                column="class",
                value=", ".join(str(code) for code in strangers[:20]),
                severity="warning",
            )
        return len(strangers) < len(found)


def _quoted(names: Sequence[str]) -> str:
    return " or ".join(f'"{name}"' for name in names)
