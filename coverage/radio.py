"""Radio: one mast's signal over the grid, as arrays; the geometry is shared by all its bands and sectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from phusong.coverage.bands import THRESHOLD_DBM
from phusong.coverage.environment import from_density
from phusong.coverage.link_budget import LinkBudget, max_path_loss_db
from phusong.coverage.propagation import Paths, Profile, PropagationModel, get_model, quiet_ranges
from phusong.gis.terrain import Terrain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Cell, Site
    from phusong.gis.grid import Grid
    from phusong.gis.layers import Layers

__all__ = ["Radio"]

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
    """

    grid: Grid
    environment: NDArray[np.int8]
    elevation_m: NDArray[np.float64] | None
    model: PropagationModel
    budget: LinkBudget = field(default_factory=LinkBudget)
    thresholds_dbm: Mapping[str, float] = field(default_factory=lambda: dict(THRESHOLD_DBM))
    max_radius_m: float = 20_000.0
    terrain: Terrain | None = None
    _present: NDArray[np.int8] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note which environments there are; the range search asks for them at every mast."""
        object.__setattr__(self, "_present", np.unique(self.environment))
        if self.terrain is None and self.elevation_m is not None:
            object.__setattr__(self, "terrain", Terrain(self.grid, self.elevation_m.reshape(self.grid.shape)))

    @classmethod
    def over(cls, layers: Layers, *, model: str = "hata", **settings: Any) -> Radio:
        """Return the radio over a province's layers; `settings` are the other fields."""
        elevation = None if layers.terrain is None else layers.terrain.on(layers.grid).ravel()
        return cls(
            grid=layers.grid,
            environment=from_density(layers.people.residents, grid=layers.grid),
            elevation_m=elevation,
            model=get_model(model),
            terrain=layers.terrain,
            **settings,
        )

    def service_level_dbm(self, technology: str) -> float:
        """Return the median level from which a place counts as covered: threshold + body loss + fade margin."""
        return self.thresholds_dbm[technology] + self.budget.body_loss_db + self.budget.fade_margin_db

    def signals(self, site: Site) -> Iterator[tuple[Cell, NDArray[np.int64], NDArray[np.float32]]]:
        """Predict every cell of one mast.

        Yields
        ------
        cell : Cell
        cells : array of int64, shape (n,)
            Flat grid cells within the cell's range.
        level_dbm : array of float32, shape (n,)
            Median level of the reference signal outdoors at receiver height, without body loss.
        """
        heights, reach = self._reach(site)
        view = self._view(site, max(reach.values(), default=0.0))
        order = sorted(site.cells, key=lambda c: (c.height_m, c.band.name, c.eirp_dbm, c.cell_id))
        previous: tuple[str, float, float] | None = None
        for cell in order:
            key = _carrier(cell)
            if key != previous:
                near = np.flatnonzero(view.distance_m <= reach[key])
                numbers, distance, azimuth = view.cells[near], view.distance_m[near], view.azimuth_deg[near]
                elevation = self._elevation_deg(site, cell.height_m, distance, view, near)
                paths = Paths(
                    distance_m=distance,
                    environment=self.environment[numbers],
                    tx_height_m=heights[cell.height_m],
                    rx_height_m=self.budget.rx_height_m,
                    profile=self._profiles(site, numbers) if self.model.uses_terrain else None,
                )
                loss = self.model.loss_db(paths, f_mhz=cell.band.f_mhz)
                previous = key
            off = azimuth if cell.azimuth_deg is None else azimuth - np.float32(cell.azimuth_deg)
            gain = cell.antenna.gain_db(off, elevation)
            yield cell, numbers, (np.float32(cell.eirp_dbm) + gain - loss).astype(np.float32, copy=False)

    def is_cut(self, site: Site) -> list[Cell]:
        """Return the cells of a mast whose median would still reach the threshold where prediction ends."""
        _, reach = self._reach(site)
        return [cell for cell in site.cells if reach[_carrier(cell)] >= self.max_radius_m]

    def _reach(self, site: Site) -> tuple[dict[float, float], dict[tuple[str, float, float], float]]:
        """Return effective heights by antenna height, and ranges by carrier: sectors of one carrier share theirs."""
        above_ring = self._ground_above_ring_m(site)
        heights = {cell.height_m: _effective_height_m(cell.height_m + above_ring) for cell in site.cells}
        reach: dict[tuple[str, float, float], float] = {}
        for cell in site.cells:
            if _carrier(cell) not in reach:
                reach[_carrier(cell)] = self._range_m(cell, heights[cell.height_m])
        return heights, reach

    def _range_m(self, cell: Cell, effective_height_m: float) -> float:
        """Return how far the median can reach the bare threshold, without any margin, at the best."""
        bare = LinkBudget(edge_probability=0.5, sigma_db=0.0, body_loss_db=0.0, rx_height_m=self.budget.rx_height_m)
        threshold = self.thresholds_dbm[cell.technology]
        allowed = max_path_loss_db(cell.eirp_dbm, threshold_dbm=threshold, budget=bare)
        return self._solve_range_m(allowed, cell.band.f_mhz, effective_height_m)

    def _solve_range_m(self, allowed_db: float, f_mhz: float, height_m: float) -> float:
        """Return the largest distance whose loss is allowed in the mildest environment present."""
        distance = np.geomspace(min(_NEAREST_M, self.max_radius_m), self.max_radius_m, 240)
        kinds = self._present.size
        paths = Paths(np.tile(distance, kinds), self._present.repeat(distance.size), height_m, self.budget.rx_height_m)
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

    def strongest(self, sites: Sequence[Site], best: Mapping[tuple[str, str], NDArray[np.float32]]) -> Iterator[Site]:
        """Raise the maps of the strongest cell, site by site.

        Parameters
        ----------
        sites : sequence of Site
        best : mapping of (operator, technology) to array of float32, shape (cells,)
            Changed in place.

        Yields
        ------
        Site
            The one just done, so that a caller can show progress.
        """
        for site in sites:
            for cell, numbers, level in self.signals(site):
                target = best[cell.operator, cell.technology]
                target[numbers] = np.maximum(target[numbers], level)
            yield site


def _carrier(cell: Cell) -> tuple[str, float, float]:
    """Return what the loss and the range of a cell depend on, its direction left aside."""
    return cell.band.name, cell.eirp_dbm, cell.height_m


def _effective_height_m(height_m: float) -> float:
    return float(np.clip(height_m, *_EFFECTIVE_M))
