"""The area engine: the loss from one mast to every cell of a grid around it.

`area_loss` is the planner's door, `losses` the one the province-wide prediction uses. Radial sweep: rays leave the
mast at equal angles, each is sampled once, and every receiver is answered from the ray nearest to it, together with
a few samples on its own line to the mast (`Lattice`). ``exact=True`` gives every receiver its own profile, for audits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from phusong.coverage.lattice import Lattice
from phusong.coverage.propagation import Environment, Paths, Profile, PropagationModel, get_model
from phusong.coverage.propagation._model import check_ranges
from phusong.coverage.propagation.p526 import EARTH_RADIUS_KM, effective_earth_radius_km
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.propagation.p1812_terms import inverse_normal
from phusong.coverage.relief import Relief, profile_on
from phusong.errors import ModelError
from phusong.gis.grid import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.radiozones import RadioZones
    from phusong.gis.terrain import Terrain
    from phusong.gis.terrain.clutter import Clutter

__all__ = ["Area", "Lattice", "area_loss", "free_space_range_m", "losses"]

_MEDIAN: Final = 50.0
_TROPIC_DEG: Final = 70.0
_NEAREST_M: Final = 1.0
_FARTHEST_M: Final = 3_000_000.0  # P.1812's own end
_STRIPS: Final = 8  # pieces of work a thread: rays differ in length where the raster ends


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Losses around one mast.

    Parameters
    ----------
    rows, cols : slice
        The window of the grid.
    loss_db : array of float32, shape (bands, rows, cols)
        NaN: unknown, or beyond the band's range - `within` tells which.
    within : array of bool, shape (bands, rows, cols)
        Cells within the band's range.
    """

    rows: slice
    cols: slice
    loss_db: NDArray[np.float32]
    within: NDArray[np.bool_]


def area_loss(
    terrain: Terrain,
    x_m: float,
    y_m: float,
    *,
    height_m: float,
    f_mhz: float | Sequence[float],
    radius_m: float = 12_000.0,
    model: PropagationModel | str = "p1812",
    clutter: Clutter | None = None,
    zones: RadioZones | None = None,
    grid: Grid | None = None,
    rx_height_m: float = 1.5,
    max_loss_db: float = math.inf,
    environment: NDArray[np.int8] | None = None,
    lattice: Lattice | None = None,
    exact: bool = False,
    threads: int = 1,
) -> xr.DataArray:
    """Return the basic transmission loss from one mast to the cells around it.

    Parameters
    ----------
    terrain : Terrain
        Voids, and what lies beyond its edge, make the cells behind them unknown.
    x_m, y_m : float
        The mast, in the terrain's CRS.
    height_m : float
        Antenna above ground.
    f_mhz : float or sequence of float
        One or more bands: what the ground means is worked out once for all of them.
    radius_m : float
    model : PropagationModel or str
        Default P.1812 with its own default climate; `phusong.coverage.radioclimate.climate_at` knows the place's.
    clutter : Clutter, optional
        On the terrain's grid. Left out where the terrain is a surface model.
    zones : RadioZones, optional
        On the terrain's grid; default: all inland.
    grid : Grid, optional
        Of the receivers, in the same CRS; default the terrain's.
    rx_height_m : float
        Receiver above ground.
    max_loss_db : float
        Largest loss of interest. Cells where even free space is past it are left out, the others are all computed.
    environment : array of int8, shape of the grid, optional
        `Environment` codes for the empirical models; default suburban everywhere.
    lattice : Lattice, optional
    exact : bool
        Each cell its own profile.
    threads : int
        The result does not depend on it.

    Returns
    -------
    DataArray of float32, dims (f_mhz, y, x)
        dB, over the window of the grid that holds the radius; NaN beyond the radius or the maximum loss, and where
        unknown.

    Raises
    ------
    ModelError
        A mast off the terrain, a value outside a possible range, lattices that differ.

    Notes
    -----
    The receiver on the mast's own place counts as 1 m away. A mast over a void makes everything unknown.
    """
    frequencies = np.atleast_1d(np.asarray(f_mhz, np.float64))
    if frequencies.ndim != 1 or not frequencies.size:
        raise ModelError(f"area_loss: f_mhz must be one frequency or a list of some, not of shape {frequencies.shape}")
    if math.isnan(max_loss_db):
        raise ModelError("area_loss: max_loss_db must be a number of dB, not NaN; leave it out for no limit")
    if threads < 1:
        raise ModelError(f"area_loss: threads must be 1 or more, not {threads}")
    chosen = get_model(model) if isinstance(model, str) else model
    relief = Relief.of(terrain, clutter=clutter, zones=zones)
    grid = terrain.grid if grid is None else grid
    if grid.crs != terrain.grid.crs:
        raise ModelError(f"the grid is in {grid.crs}, the terrain in {terrain.grid.crs}; give both in one CRS")
    if not relief.holds(x_m, y_m):
        west, south, east, north = terrain.grid.bounds
        raise ModelError(
            f"the mast at x {x_m:.0f}, y {y_m:.0f} m lies off the terrain, which reaches from {west:.0f} to "
            f"{east:.0f} m east and {south:.0f} to {north:.0f} m north in {terrain.grid.crs}; check its coordinates "
            f"(are x and y swapped?) or give a larger raster"
        )
    if not 0.0 < radius_m <= 300_000.0:  # noqa: PLR2004
        raise ModelError(f"area_loss: radius_m must be more than 0 and at most 300000 m, not {radius_m:g}")
    # A frequency without a meaning is refused below, by the model.
    ends = [free_space_range_m(chosen, f, max_loss_db) if f > 0.0 else radius_m for f in frequencies]
    radii = np.minimum(ends, radius_m)
    area = losses(
        relief,
        x_m,
        y_m,
        height_m=height_m,
        frequencies_mhz=frequencies,
        radii_m=radii,
        model=chosen,
        grid=grid,
        rx_height_m=rx_height_m,
        environment=environment,
        lattice=lattice,
        exact=exact,
        threads=threads,
    )
    window = Grid(
        grid.crs,
        grid.west_m + area.cols.start * grid.cell_m,
        grid.north_m - area.rows.start * grid.cell_m,
        grid.cell_m,
        area.rows.stop - area.rows.start,
        area.cols.stop - area.cols.start,
    )
    bands = [
        window.wrap(loss, "loss_db", units="dB").expand_dims(f_mhz=[float(f)])
        for f, loss in zip(frequencies, area.loss_db, strict=True)
    ]
    result: xr.DataArray = xr.concat(bands, "f_mhz")
    return result.assign_attrs(model=chosen.name, height_m=height_m, rx_height_m=rx_height_m)


def losses(
    relief: Relief,
    x_m: float,
    y_m: float,
    *,
    height_m: float,
    frequencies_mhz: NDArray[np.float64],
    radii_m: NDArray[np.float64],
    model: PropagationModel,
    grid: Grid,
    rx_height_m: float = 1.5,
    environment: NDArray[np.int8] | None = None,
    lattice: Lattice | None = None,
    exact: bool = False,
    threads: int = 1,
) -> Area:
    """Return the losses of one mast for several bands, each within its own range; see `area_loss`.

    Parameters
    ----------
    frequencies_mhz, radii_m : arrays, shape (bands,)
        Frequency and range of each band.
    """
    # Distances are reckoned here in metres and in the compiled loops in kilometres and cells: a hair makes cells
    # exactly on the radius lie within it in all of them.
    radii_m = radii_m * (1.0 + 1e-9)
    reach = float(radii_m.max(initial=0.0))
    rows, cols = grid.window(x_m, y_m, radius_m=reach)
    # A mast far off the grid sees none of it, and its window ends before it starts.
    rows, cols = slice(rows.start, max(rows.start, rows.stop)), slice(cols.start, max(cols.start, cols.stop))
    shape = (frequencies_mhz.size, rows.stop - rows.start, cols.stop - cols.start)
    north_m, east_m = grid.y_m[rows] - y_m, grid.x_m[cols] - x_m
    # The mast's own place counts as 1 m away, in the model and in its range alike.
    far = np.maximum(np.hypot(east_m[None, :], north_m[:, None]), _NEAREST_M)
    within = far[None, :, :] <= radii_m[:, None, None]
    for f in frequencies_mhz:
        # Every area begins at its mast: that a model ends some way before it is no news, and stands in its docstring.
        ends = Paths(np.array([reach]), np.zeros(1, np.int8), height_m, rx_height_m, profile=_unread)
        check_ranges(model, ends, f_mhz=float(f))
    loss = np.full(shape, np.nan, np.float32)
    mast_ground = relief.ground_at(x_m, y_m)
    if not loss.size or math.isnan(mast_ground):
        return Area(rows, cols, loss, within)
    if not isinstance(model, P1812):
        codes = np.full(grid.shape, Environment.SUBURBAN, np.int8) if environment is None else environment
        if codes.shape != grid.shape:
            raise ModelError(f"environment has the shape {codes.shape}, the grid {grid.shape}; give both in one")
        paths = Paths(far.ravel(), codes[rows, cols].ravel(), height_m, rx_height_m, antenna_height_m=height_m)
        _by_paths(
            relief,
            model,
            paths,
            mast_m=(x_m, y_m),
            offsets_m=(east_m, north_m),
            frequencies_mhz=frequencies_mhz,
            within=within,
            loss=loss,
        )
        return Area(rows, cols, loss, within)
    lattice = lattice or Lattice()
    step_km = lattice.step_m / 1000.0
    mast, window = _places(relief, (x_m, y_m, mast_ground), grid, rows=rows, cols=cols)
    ground = (relief.ground_m, relief.clutter_m, relief.zone)
    work = (radii_m / 1000.0, (height_m, rx_height_m), _climate(model))
    bands = (frequencies_mhz / 1000.0, model.polarisation == "vertical")
    flat = loss.reshape(frequencies_mhz.size, -1)
    if exact:
        from phusong.coverage._kernels.exact import exact_rows

        def run(first: int, last: int) -> None:
            exact_rows(*ground, mast, window, first, last, step_km, *work, bands, flat)

        pieces = loss.shape[1]
    else:
        from phusong.coverage._kernels.assign import by_ray
        from phusong.coverage._kernels.sweep import sweep_rays

        rays = lattice.rays(reach, cell_m=grid.cell_m)
        cells, starts = by_ray(north_m / 1000.0, east_m / 1000.0, reach / 1000.0, rays, step_km)

        def run(first: int, last: int) -> None:
            sweep_rays(
                *ground, mast, window, cells, starts, first, last, lattice.own_samples, step_km, *work, bands, flat
            )  # fmt: skip

        pieces = rays
    _in_strips(run, pieces, threads)
    return Area(rows, cols, loss, within)


def _unread(number: int) -> Profile:
    raise AssertionError(f"ranges are checked without the ground: path {number}")


def _places(
    relief: Relief, mast: tuple[float, float, float], grid: Grid, *, rows: slice, cols: slice
) -> tuple[tuple[float, float, float, float], tuple[float, float, float, int]]:
    """Return the mast and the receivers' window in the relief's fractional cells, as the kernels want them."""
    x_m, y_m, mast_ground = mast
    row, col = relief.place(x_m, y_m)
    cell_km = relief.grid.cell_m / 1000.0
    first_row, first_col = relief.place(float(grid.x_m[cols.start]), float(grid.y_m[rows.start]))
    return (row, col, cell_km, mast_ground), (
        first_row,
        first_col,
        grid.cell_m / relief.grid.cell_m,
        cols.stop - cols.start,
    )


def _climate(model: P1812) -> tuple[float, float, float, float, float, float, float]:
    """Return what the kernels want of the air and of time and places.

    Effective Earth radii in km (the second, for beta0 % of time, 0 at the median: nobody asks for it), p in %, scale
    and power of beta0, P.1812 (4) and (5), N0, and what pL % of places add in dB.
    """
    latitude = abs(model.climate.latitude_deg)
    tropic = latitude <= _TROPIC_DEG
    return (
        effective_earth_radius_km(model.climate.delta_n_per_km),
        0.0 if model.p_percent >= _MEDIAN else 3.0 * EARTH_RADIUS_KM,
        model.p_percent,
        10.0 ** (-0.015 * latitude + 1.67) if tropic else 4.17,
        -0.935 + 0.0176 * latitude if tropic else 0.3,
        model.climate.n0,
        -inverse_normal(model.location_percent / 100.0) * model.sigma_db,
    )


def _in_strips(run: Callable[[int, int], None], pieces: int, threads: int) -> None:
    """Run 0..pieces in strips, side by side where asked; the compiled loops hold no lock."""
    if threads <= 1:
        run(0, pieces)
        return
    edges = np.linspace(0, pieces, min(threads * _STRIPS, pieces) + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, edges[:-1], edges[1:]))


def _by_paths(
    relief: Relief,
    model: PropagationModel,
    paths: Paths,
    *,
    mast_m: tuple[float, float],
    offsets_m: tuple[NDArray[np.float64], NDArray[np.float64]],
    frequencies_mhz: NDArray[np.float64],
    within: NDArray[np.bool_],
    loss: NDArray[np.float32],
) -> None:
    """Fill the losses of a model that is asked path by path; unknown where the receiver's ground is."""
    east_m, north_m = offsets_m
    x, y = np.meshgrid(mast_m[0] + east_m, mast_m[1] + north_m)
    known = ~np.isnan(relief.ground_over(x, y)).ravel()
    profiles = partial(profile_on, relief, mast_m)
    if model.uses_terrain:
        flat_x, flat_y = x.ravel(), y.ravel()
        paths = replace(paths, profile=lambda number: profiles((float(flat_x[number]), float(flat_y[number]))))
    for number, f in enumerate(frequencies_mhz):
        asked = np.flatnonzero(within[number].ravel() & known)
        found = model.loss_db(paths.at(asked), f_mhz=float(f))
        loss[number].reshape(-1)[asked] = found


def free_space_range_m(model: PropagationModel, f_mhz: float, max_loss_db: float) -> float:
    """Return the distance from which on every path's loss is past a value, whatever the ground.

    P.1812 never goes below its own free space (8) by more than 2.6 log10(50 / p), (9a), and (69) holds for places too.
    """
    below_db = 2.6 * math.log10(_MEDIAN / model.p_percent) if isinstance(model, P1812) else 0.0
    free_space_db = 92.4 + 20.0 * math.log10(f_mhz / 1000.0)  # (8), at 1 km
    exponent = (max_loss_db + below_db - free_space_db) / 20.0
    return min(1000.0 * math.pow(10.0, min(exponent, 6.0)), _FARTHEST_M)
