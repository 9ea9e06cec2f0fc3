"""Radio: one mast's signal over the grid, as arrays; the geometry is shared by all its bands and sectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from phusong.coverage.bands import THRESHOLD_DBM
from phusong.coverage.environment import from_density
from phusong.coverage.link_budget import LinkBudget, max_path_loss_db
from phusong.coverage.mast_sweep import check_masts, swept_signals
from phusong.coverage.path_settings import PathSettings
from phusong.coverage.propagation import Paths, Profile, PropagationModel, get_model, quiet_ranges
from phusong.coverage.propagation._model import check_ranges
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.sweep import free_space_range_m
from phusong.errors import ModelError
from phusong.gis.repair import Repair
from phusong.gis.terrain import Terrain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Cell, Site
    from phusong.coverage.relief import Relief
    from phusong.gis.grid import Grid
    from phusong.gis.layers import Layers

__all__ = ["Carrier", "Radio", "carrier"]

Carrier: TypeAlias = tuple[str, float, float]
"""Band, EIRP and height: what the loss and the range of a cell depend on, its direction left aside."""

# Okumura counts the effective antenna height from the mean ground 3 to 15 km away along the path; the mean all around
# is an approximation of it. Hata holds for 30..200 m; lower masts are extrapolated down to 10 m.
_RING_KM = (3.0, 15.0)
_EFFECTIVE_M = (10.0, 200.0)
# Means over a ring need no more than a sample each kilometre.
_RING_SAMPLE_M = 1000.0
_NEAREST_M = 20.0


@dataclass(frozen=True, slots=True)
class _View:
    """What a mast sees: flat cell numbers within range with their place relative to it, float32."""

    cells: NDArray[np.int64]
    distance_m: NDArray[np.float32]
    azimuth_deg: NDArray[np.float32]
    ground_m: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Radio:
    """The radio model of one run, over one grid.

    Parameters
    ----------
    grid : Grid
    environment : array of int8, shape (cells,)
    elevation_m : array, shape (cells,), or None
        NaN where void. Gives masts their effective height and vertical angles; the Hata family knows no
        ridges, so a shadow behind a hill is not seen.
    model : PropagationModel
    budget : LinkBudget
    thresholds_dbm : mapping of str to float
        Outdoor service edge by technology.
    max_radius_m : float
        Nothing is predicted farther away; `is_cut` tells which cells would reach farther.
    terrain : Terrain or None
        Ground beyond the grid's edge too, for masts near the border; default: `elevation_m`.
    relief : Relief or None
        What P.1812 is swept over; no other model asks for it.
    paths : PathSettings or None
        How P.1812 is asked; None for the other models.
    assumptions : tuple of Repair
        What had to be taken for granted before any mast was looked at.
    """

    grid: Grid
    environment: NDArray[np.int8]
    elevation_m: NDArray[np.float64] | None
    model: PropagationModel
    budget: LinkBudget = field(default_factory=LinkBudget)
    thresholds_dbm: Mapping[str, float] = field(default_factory=lambda: dict(THRESHOLD_DBM))
    max_radius_m: float = 20_000.0
    terrain: Terrain | None = None
    relief: Relief | None = None
    paths: PathSettings | None = None
    assumptions: tuple[Repair, ...] = ()
    _present: NDArray[np.int8] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note which environments there are; the range search asks for them at every mast."""
        object.__setattr__(self, "_present", np.unique(self.environment))
        if self.terrain is None and self.elevation_m is not None:
            object.__setattr__(self, "terrain", Terrain(self.grid, self.elevation_m.reshape(self.grid.shape)))
        if self.is_swept and (self.relief is None or self.elevation_m is None):
            raise ModelError("p1812 reads the ground: give the radio a relief and the grid's elevation (Radio.over)")

    @classmethod
    def over(cls, layers: Layers, *, model: str = "hata", paths: PathSettings | None = None, **settings: Any) -> Radio:
        """Return the radio over a province's layers.

        Parameters
        ----------
        layers : Layers
        model : str
        paths : PathSettings, optional
            For P.1812; default: its median.
        **settings
            The other fields.

        Raises
        ------
        ModelError
            P.1812 without elevation, or outside Vietnam without maps of the air.
        InputError
            A file of `paths` that cannot be used.
        """
        elevation = None if layers.terrain is None else layers.terrain.on(layers.grid).ravel()
        chosen = get_model(model)
        if isinstance(chosen, P1812):
            paths = PathSettings() if paths is None else paths
            over = paths.over(layers, sigma_db=settings.get("budget", LinkBudget()).sigma_db)
            chosen = over.model
            settings |= {"relief": over.relief, "assumptions": over.assumptions, "paths": paths}
        return cls(
            grid=layers.grid,
            environment=from_density(layers.people.residents, grid=layers.grid),
            elevation_m=elevation,
            model=chosen,
            terrain=layers.terrain,
            **settings,
        )

    @property
    def is_swept(self) -> bool:
        """Whether the area engine makes the losses, over the ground of each path."""
        return isinstance(self.model, P1812)

    def service_level_dbm(self, technology: str) -> float:
        """Return the median level from which a place counts as covered: threshold + body loss + fade margin."""
        return self.thresholds_dbm[technology] + self.budget.body_loss_db + self.budget.fade_margin_db

    def signals(
        self, site: Site, *, floors_dbm: Mapping[str, float] | None = None
    ) -> Iterator[tuple[Cell, NDArray[np.int64], NDArray[np.float32]]]:
        """Predict every cell of one mast.

        Parameters
        ----------
        site : Site
        floors_dbm : mapping of str to float, optional
            Level by technology under which a place is of no interest; what lies lower may be left out.

        Yields
        ------
        cell : Cell
        cells : array of int64, shape (n,)
            Flat grid cells within the cell's range.
        level_dbm : array of float32, shape (n,)
            Median level of the reference signal outdoors at receiver height, without body loss; NaN: unknown.
        """
        if self.is_swept:
            yield from swept_signals(self, site, ranges_m=self.ranges_m(site), floors_dbm=floors_dbm)
            return
        for cells, paths, numbers, azimuth, elevation in self._by_carrier(site):
            loss = self.model.loss_db(paths, f_mhz=cells[0].band.f_mhz)
            for cell in cells:
                off = azimuth if cell.azimuth_deg is None else azimuth - np.float32(cell.azimuth_deg)
                gain = cell.antenna.gain_db(off, elevation)
                yield cell, numbers, (np.float32(cell.eirp_dbm) + gain - loss).astype(np.float32, copy=False)

    def check(self, sites: Iterable[Site], *, unasked: bool = False) -> None:
        """Hold all masts against the model's ranges, in their order, before any thread does.

        So a run warns of the same mast whatever the number of threads, and an impossible mast stops it at once.

        Parameters
        ----------
        sites : iterable of Site
        unasked : bool
            Whether the model may not be asked at all, because a cache knows: it could not warn of anything then.
        """
        if self.is_swept:
            check_masts(self, sites)
        elif unasked:
            for site in sites:
                for cells, paths, *_ in self._by_carrier(site):
                    check_ranges(self.model, paths, f_mhz=cells[0].band.f_mhz)

    def _by_carrier(
        self, site: Site
    ) -> Iterator[tuple[list[Cell], Paths, NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]]:
        """Return for each carrier its cells, the paths to the places within range, their numbers and directions."""
        heights, reach = self._reach(site)
        view = self._view(site, max(reach.values(), default=0.0))
        order = sorted(site.cells, key=lambda c: (c.height_m, c.band.name, c.eirp_dbm, c.cell_id))
        for key, group in groupby(order, key=carrier):
            cells = list(group)
            height_m = cells[0].height_m
            near = np.flatnonzero(view.distance_m <= reach[key])
            numbers, distance = view.cells[near], view.distance_m[near]
            paths = Paths(
                distance_m=distance,
                environment=self.environment[numbers],
                tx_height_m=heights[height_m],
                rx_height_m=self.budget.rx_height_m,
                profile=self._profiles(site, numbers) if self.model.uses_terrain else None,
                antenna_height_m=height_m,
            )
            elevation = self._elevation_deg(site, height_m, distance, view, near)
            yield cells, paths, numbers, view.azimuth_deg[near], elevation

    def ranges_m(self, site: Site) -> dict[Carrier, float]:
        """Return how far each carrier of a mast is predicted; sectors of one carrier share theirs.

        Of the models that know no path: as far as the median reaches the bare threshold in the mildest environment.
        Of P.1812: as far as free space does, for a hill may see the mast from beyond any distance over flat ground;
        no shorter range is safe. Never farther than `max_radius_m`.
        """
        return self._reach(site)[1]

    def _reach(self, site: Site) -> tuple[dict[float, float], dict[Carrier, float]]:
        """Return effective heights by antenna height, and ranges by carrier."""
        above_ring = 0.0 if self.is_swept else self._ground_above_ring_m(site)
        heights = {cell.height_m: _effective_height_m(cell.height_m + above_ring) for cell in site.cells}
        reach: dict[Carrier, float] = {}
        for cell in site.cells:
            if carrier(cell) not in reach:
                reach[carrier(cell)] = self._range_m(cell, heights[cell.height_m])
        return heights, reach

    def _range_m(self, cell: Cell, effective_height_m: float) -> float:
        """Return how far the median can reach the bare threshold, without any margin, at the best."""
        bare = LinkBudget(edge_probability=0.5, sigma_db=0.0, body_loss_db=0.0, rx_height_m=self.budget.rx_height_m)
        threshold = self.thresholds_dbm[cell.technology]
        allowed = max_path_loss_db(cell.eirp_dbm, threshold_dbm=threshold, budget=bare)
        if isinstance(self.model, P1812):
            return min(free_space_range_m(self.model, cell.band.f_mhz, allowed), self.max_radius_m)
        return self._solve_range_m(allowed, cell.band.f_mhz, effective_height_m, cell.height_m)

    def _solve_range_m(self, allowed_db: float, f_mhz: float, effective_m: float, height_m: float) -> float:
        """Return the largest distance whose loss is allowed in the mildest environment present."""
        distance = np.geomspace(min(_NEAREST_M, self.max_radius_m), self.max_radius_m, 240)
        kinds = self._present.size
        paths = Paths(
            np.tile(distance, kinds),
            self._present.repeat(distance.size),
            effective_m,
            self.budget.rx_height_m,
            antenna_height_m=height_m,
        )
        # No receiver stands on these paths; and a model that reads terrain searches over flat ground.
        with quiet_ranges():
            loss = self.model.loss_db(paths, f_mhz=f_mhz).reshape(kinds, distance.size)
        fits = np.flatnonzero(loss.min(axis=0) <= allowed_db)
        # The step after the last that fits, so that sampling never cuts a range short.
        return float(distance[min(fits[-1] + 1, distance.size - 1)]) if fits.size else 0.0

    def _ground_above_ring_m(self, site: Site) -> float:
        """Return how far a mast's foot lies above the mean ground 3..15 km away (Okumura); 0 where that is unknown."""
        ground = self._ground_m(site)
        if self.terrain is None or np.isnan(ground):
            return 0.0
        grid = self.terrain.grid
        step = max(1, round(_RING_SAMPLE_M / grid.cell_m))
        rows, cols = grid.window(site.x_m, site.y_m, radius_m=_RING_KM[1] * 1000.0)
        rows, cols = slice(rows.start, rows.stop, step), slice(cols.start, cols.stop, step)
        dx, dy = grid.x_m[cols] - site.x_m, grid.y_m[rows] - site.y_m
        km = np.hypot(dx[None, :], dy[:, None]) / 1000.0
        ring = self.terrain.elevation_m[rows, cols][(km >= _RING_KM[0]) & (km <= _RING_KM[1])]
        ring = ring[~np.isnan(ring)]
        return ground - float(ring.mean()) if ring.size else 0.0

    def _ground_m(self, site: Site) -> float:
        return float("nan") if self.terrain is None else float(self.terrain.at([site.x_m], [site.y_m])[0])

    def _profiles(self, site: Site, numbers: NDArray[np.int64]) -> Callable[[int], Profile] | None:
        """Return the way to the ground profile of each path, sampled once a cell; None without terrain."""
        terrain = self.terrain
        if terrain is None:
            return None

        def profile(path: int) -> Profile:
            row, col = divmod(int(numbers[path]), self.grid.cols)
            x_m, y_m = self.grid.x_m[col], self.grid.y_m[row]
            length = float(np.hypot(x_m - site.x_m, y_m - site.y_m))
            share = np.linspace(0.0, 1.0, max(2, round(length / self.grid.cell_m) + 1))
            ground = terrain.at(site.x_m + share * (x_m - site.x_m), site.y_m + share * (y_m - site.y_m))
            return share * length, ground

        return profile

    def _view(self, site: Site, radius_m: float) -> _View:
        rows, cols = self.grid.window(site.x_m, site.y_m, radius_m=radius_m)
        dx = (self.grid.x_m[cols] - site.x_m).astype(np.float32)
        dy = (self.grid.y_m[rows] - site.y_m).astype(np.float32)
        distance = np.hypot(dx[None, :], dy[:, None])
        within = np.flatnonzero(distance.ravel() <= radius_m)
        row, col = np.divmod(within, max(1, dx.size))
        cells = (row + rows.start) * self.grid.cols + col + cols.start
        azimuth = np.degrees(np.arctan2(dx[col], dy[row]))
        ground = None if self.elevation_m is None else self.elevation_m[cells].astype(np.float32)
        return _View(cells, np.maximum(distance.ravel()[within], np.float32(_NEAREST_M)), azimuth, ground)

    def _elevation_deg(
        self,
        site: Site,
        height_m: float,
        distance_m: NDArray[np.float32],
        view: _View,
        near: NDArray[np.intp],
    ) -> NDArray[np.float32]:
        """Return the angle above the antenna's horizon under which it sees the receivers."""
        ground = self._ground_m(site)
        if view.ground_m is None or np.isnan(ground):
            rise: Any = np.float32(self.budget.rx_height_m - height_m)
        else:
            # Over void ground the angle does not matter: the state there is unknown.
            receiver = np.nan_to_num(view.ground_m[near], nan=ground)
            rise = receiver + np.float32(self.budget.rx_height_m - height_m - ground)
        angle: NDArray[np.float32] = np.degrees(np.arctan2(rise, distance_m)).astype(np.float32, copy=False)
        return angle


def carrier(cell: Cell) -> Carrier:
    """Return what the loss and the range of a cell depend on, its direction left aside."""
    return cell.band.name, cell.eirp_dbm, cell.height_m


def _effective_height_m(height_m: float) -> float:
    return float(np.clip(height_m, *_EFFECTIVE_M))
