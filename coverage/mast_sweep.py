"""One mast swept: the levels of its cells over the ground, one sweep for each antenna height."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from phusong.coverage.antennas import tabulate
from phusong.coverage.propagation import Paths, Profile
from phusong.coverage.propagation._model import check_ranges
from phusong.coverage.sweep import losses
from phusong.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Cell, Site
    from phusong.coverage.radio import Carrier, Radio

__all__ = ["check_masts", "swept_signals"]


def check_masts(radio: Radio, sites: Iterable[Site]) -> None:
    """Hold every antenna of the masts against the model's ranges.

    Raises
    ------
    ModelError
        An impossible antenna: its mast, cell and the rule.
    """
    for site in sites:
        reach = radio.ranges_m(site)
        for cell in site.cells:
            # A cell too weak for anything is asked for no place at all.
            far = reach[cell.band.name, cell.eirp_dbm, cell.height_m] or radio.max_radius_m
            seen = Paths(np.array([far]), np.zeros(1, np.int8), cell.height_m, radio.budget.rx_height_m, _unread)
            try:
                check_ranges(radio.model, seen, f_mhz=cell.band.f_mhz)
            except ModelError as err:
                raise ModelError(f"site {site.site_id}, cell {cell.cell_id}: {err}") from err


def swept_signals(
    radio: Radio, site: Site, *, ranges_m: Mapping[Carrier, float], floors_dbm: Mapping[str, float] | None
) -> Iterator[tuple[Cell, NDArray[np.int64], NDArray[np.float32]]]:
    """Predict every cell of one mast; see `phusong.coverage.radio.Radio.signals`.

    A mast whose ground is unknown, or that stands beside the terrain, is unknown as far as it may reach. The antenna
    is asked in the direction of the straight line from it to the receiver; at 20 km the Earth's curvature would lower
    that by 0.07 deg.
    """
    from phusong.coverage._kernels.strongest import directions, levels_above

    grid, relief = radio.grid, radio.relief
    assert relief is not None  # noqa: S101 - Radio refuses P.1812 without
    assert radio.elevation_m is not None  # noqa: S101
    ground_m = relief.ground_at(site.x_m, site.y_m)
    order = sorted(site.cells, key=lambda c: (c.height_m, c.band.name, c.eirp_dbm, c.cell_id))
    for height_m, group in groupby(order, key=lambda c: c.height_m):
        cells = list(group)
        reach = [ranges_m[cell.band.name, cell.eirp_dbm, cell.height_m] for cell in cells]
        bands = sorted({cell.band.f_mhz for cell in cells})
        farthest = [max(r for c, r in zip(cells, reach, strict=True) if c.band.f_mhz == f) for f in bands]
        rows, cols = grid.window(site.x_m, site.y_m, radius_m=max(farthest))
        if rows.start >= rows.stop or cols.start >= cols.stop:
            yield from ((cell, np.empty(0, np.int64), np.empty(0, np.float32)) for cell in cells)
            continue
        area = losses(
            relief,
            site.x_m,
            site.y_m,
            height_m=height_m,
            frequencies_mhz=np.array(bands),
            radii_m=np.array(farthest),
            model=radio.model,
            grid=grid,
            rx_height_m=radio.budget.rx_height_m,
            lattice=None if radio.paths is None else radio.paths.lattice,
            exact=radio.paths is not None and radio.paths.exact,
        )
        shape = area.loss_db.shape[1:]
        east, north = grid.x_m[area.cols] - site.x_m, grid.y_m[area.rows] - site.y_m
        above = height_m + ground_m - radio.budget.rx_height_m
        rise = (radio.elevation_m.reshape(grid.shape)[area.rows, area.cols] - above).astype(np.float32)
        azimuth, elevation = np.empty((2, *shape), np.float32)
        directions(east, north, rise, azimuth, elevation)
        numbers, levels = np.empty(azimuth.size, np.int32), np.empty(azimuth.size, np.float32)
        for cell, radius in zip(cells, reach, strict=True):
            found = levels_above(
                area.loss_db[bands.index(cell.band.f_mhz)],
                east,
                north,
                rise,
                azimuth,
                elevation,
                radius,
                cell.eirp_dbm,
                0.0 if cell.azimuth_deg is None else cell.azimuth_deg,
                -math.inf if floors_dbm is None else floors_dbm[cell.technology],
                tabulate(cell.antenna).arrays,
                area.rows.start * grid.cols + area.cols.start,
                grid.cols,
                numbers,
                levels,
            )
            yield cell, numbers[:found].astype(np.int64), levels[:found].copy()


def _unread(number: int) -> Profile:
    raise AssertionError(f"ranges are checked without the ground: path {number}")
