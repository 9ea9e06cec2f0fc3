"""Random masts over random ground, for the property tests of the area engine and for `tests/engine_draws.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.propagation.path_profile import COAST, INLAND, SEA
from phusong.coverage.radioclimate import Climate
from phusong.coverage.radiozones import RadioZones
from phusong.coverage.sweep import Lattice
from phusong.gis.grid import Grid
from phusong.gis.terrain import Terrain
from phusong.gis.terrain.clutter import Clutter

__all__ = ["CLUTTERS", "GROUNDS", "ZONES", "Draw", "clutter_of", "draws", "terrain_of"]

GROUNDS: Final = ("flat", "constant", "delta", "fractal", "cliffs", "ridges", "walk", "extreme", "below")
CLUTTERS: Final = ("none", "zero", "blocks", "random", "forest")
ZONES: Final = ("none", "inland", "coast", "sea", "shore", "islands", "patches")
_CRS: Final = "EPSG:9212"


@dataclass(frozen=True)
class Draw:
    """One mast over random ground: its `repr` is all that is needed to see it again.

    Parameters
    ----------
    seed : int
        Of ground, clutter and zones.
    ground, clutter, zones : str
        Kinds; see `GROUNDS`, `CLUTTERS`, `ZONES`.
    rows, cols, cell_m
        Of the raster.
    row_share, col_share : float
        Where the mast stands, 0..1 of the raster from its northern and western edges.
    f_mhz : tuple of float
        Bands.
    spacing : float or None
        Between rays, in cells.
    """

    seed: int
    ground: str
    clutter: str
    zones: str
    rows: int
    cols: int
    cell_m: float
    row_share: float
    col_share: float
    radius_m: float
    f_mhz: tuple[float, ...]
    height_m: float
    rx_height_m: float
    p_percent: float
    location_percent: float
    sigma_db: float
    vertical: bool
    delta_n: float
    n0: float
    latitude: float
    step_m: float
    own_samples: int
    spacing: float | None

    @property
    def grid(self) -> Grid:
        """The raster's lattice."""
        return Grid(_CRS, 500_000.0, 1_300_000.0, self.cell_m, self.rows, self.cols)

    @property
    def mast_m(self) -> tuple[float, float]:
        """Where the mast stands: x, y."""
        west, south, east, north = self.grid.bounds
        return min(west + self.col_share * (east - west), east), max(north - self.row_share * (north - south), south)

    @property
    def model(self) -> P1812:
        """The model with its air and its percentages."""
        return P1812(
            Climate(self.delta_n, self.n0, self.latitude, "drawn"),
            self.p_percent,
            self.location_percent,
            "vertical" if self.vertical else "horizontal",
            self.sigma_db,
        )

    @property
    def lattice(self) -> Lattice:
        """How finely the sweep looks."""
        spacing = None if self.spacing is None else self.spacing * self.cell_m
        return Lattice(self.step_m, spacing, self.own_samples)

    @property
    def terrain(self) -> Terrain:
        """The ground."""
        return terrain_of(self.grid, _ground(self))

    @property
    def clutter_layer(self) -> Clutter | None:
        """What stands on the ground."""
        height = _clutter(self)
        return None if height is None else clutter_of(self.grid, height)

    @property
    def zone_layer(self) -> RadioZones | None:
        """Sea, coast and inland."""
        zone = _zones(self)
        return None if zone is None else RadioZones(self.grid, zone, ())


def terrain_of(grid: Grid, elevation_m: NDArray[Any], **more: Any) -> Terrain:
    """Return the terrain of an elevation array."""
    return Terrain(grid, elevation_m, **more)


def clutter_of(grid: Grid, height_m: NDArray[Any]) -> Clutter:
    """Return the clutter of a height array; of its other parts none is read by the engine."""
    shape = grid.shape
    unknown, dry = np.full(shape, -1, np.int16), np.zeros(shape, np.float32)
    return Clutter(grid, unknown, height_m, dry, (), 30.0, grid.bounds, grid.crs, "drawn")


def _random(draw: Draw, salt: int) -> np.random.Generator:
    return np.random.default_rng([draw.seed, salt])


def _fractal(rng: np.random.Generator, shape: tuple[int, int], *, power: float) -> NDArray[np.float64]:
    """Return hills of all sizes, mean 0 and standard deviation 1."""
    ky, kx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    k = np.hypot(ky, kx)
    k[0, 0] = 1.0
    noise = rng.standard_normal(k.shape) + 1j * rng.standard_normal(k.shape)
    noise[0, 0] = 0.0
    hills = np.fft.irfft2(noise / k**power, s=shape)
    return np.asarray(hills / (hills.std() or 1.0))


def _ground(draw: Draw) -> NDArray[np.float64]:  # noqa: PLR0911 - one for each kind
    rng = _random(draw, 1)
    shape = draw.grid.shape
    rough = float(rng.choice([3.0, 30.0, 150.0, 600.0]))
    match draw.ground:
        case "flat":
            return np.zeros(shape)
        case "constant":
            return np.full(shape, float(rng.uniform(-5.0, 2_500.0)))
        case "delta":
            return np.asarray(np.abs(_fractal(rng, shape, power=1.0)) + rng.uniform(0.0, 0.5, shape))
        case "fractal":
            return rough * (3.0 + _fractal(rng, shape, power=1.8))
        case "cliffs":
            return np.asarray(rough * np.floor(1.5 * _fractal(rng, shape, power=2.2)))
        case "ridges":
            row, col = np.indices(shape)
            length, turn = rng.uniform(4.0, 40.0), rng.uniform(0.0, math.pi)
            wave = np.sin(2.0 * math.pi * (row * math.cos(turn) + col * math.sin(turn)) / length)
            return np.asarray(rough * (1.0 + wave))
        case "walk":
            return np.asarray(np.cumsum(rng.normal(0.0, rough / 20.0, shape), axis=int(rng.integers(2))))
        case "extreme":
            return rng.uniform(-400.0, 8_800.0, shape)
        case _:
            return -40.0 + _fractal(rng, shape, power=1.5)


def _clutter(draw: Draw) -> NDArray[np.float64] | None:
    rng = _random(draw, 2)
    shape = draw.grid.shape
    match draw.clutter:
        case "none":
            return None
        case "zero":
            return np.zeros(shape)
        case "blocks":
            coarse = rng.choice([0.0, 0.0, 8.0, 15.0, 20.0, 40.0], (shape[0] // 5 + 1, shape[1] // 5 + 1))
            return np.asarray(np.kron(coarse, np.ones((5, 5)))[: shape[0], : shape[1]])
        case "random":
            return rng.uniform(0.0, 40.0, shape)
        case _:
            return np.where(_fractal(rng, shape, power=1.5) > 0.0, 15.0, 0.0)


def _zones(draw: Draw) -> NDArray[np.int8] | None:
    rng = _random(draw, 3)
    shape = draw.grid.shape
    match draw.zones:
        case "none":
            return None
        case "inland":
            zone = np.full(shape, INLAND)
        case "coast":
            zone = np.full(shape, COAST)
        case "sea":
            zone = np.full(shape, SEA)
        case "shore":
            row, col = np.indices(shape)
            turn = rng.uniform(0.0, 2.0 * math.pi)
            side = (row / shape[0] - 0.5) * math.cos(turn) + (col / shape[1] - 0.5) * math.sin(turn)
            zone = np.where(side > rng.uniform(0.0, 0.3), INLAND, np.where(side > rng.uniform(-0.3, 0.1), COAST, SEA))
        case "islands":
            hills = _fractal(rng, shape, power=1.5)
            zone = np.where(hills > 1.8, INLAND, np.where(hills > 1.0, COAST, SEA))
        case _:
            zone = rng.choice([SEA, COAST, INLAND], shape)
    return zone.astype(np.int8)


def _real(low: float, high: float) -> st.SearchStrategy[float]:
    """Return numbers of a range: round ones and its ends as hypothesis likes them, and any other as often."""
    spread = st.integers(0, 2**30).map(lambda k: low + (high - low) * k / 2**30)
    return st.one_of(spread, st.floats(low, high))


def draws(
    *, f_mhz: tuple[float, float] = (150.0, 6_000.0), cells: tuple[int, int] = (2, 120)
) -> st.SearchStrategy[Draw]:
    """Return masts over ground of any kind, within `f_mhz`; the radius may reach over the raster's edge."""
    band = _real(*f_mhz)
    length = st.one_of(st.just(cells[1]), st.integers(*cells))

    def with_radius(draw: tuple[float, float, dict[str, Any]]) -> Draw:
        share, cell_m, rest = draw
        longest = min(15_000.0, cell_m * max(rest["rows"], rest["cols"]))
        return Draw(radius_m=max(share * longest, 1.0), cell_m=cell_m, **rest)

    rest = st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**32 - 1),
            "ground": st.sampled_from(GROUNDS),
            "clutter": st.sampled_from(CLUTTERS),
            "zones": st.sampled_from(ZONES),
            "rows": length,
            "cols": length,
            "row_share": st.one_of(_real(0.3, 0.7), _real(0.0, 1.0)),
            "col_share": st.one_of(_real(0.3, 0.7), _real(0.0, 1.0)),
            "f_mhz": st.one_of(st.tuples(band), st.tuples(band, band)),
            "height_m": _real(1.0, 300.0),
            "rx_height_m": st.one_of(st.just(1.5), _real(1.0, 20.0), _real(1.0, 300.0)),
            "p_percent": st.one_of(st.just(50.0), _real(1.0, 50.0)),
            "location_percent": st.one_of(st.just(50.0), _real(1.0, 99.0)),
            "sigma_db": st.one_of(st.just(0.0), _real(0.0, 10.0)),
            "vertical": st.booleans(),
            "delta_n": st.one_of(_real(30.0, 70.0), _real(0.0, 150.0)),
            "n0": _real(250.0, 450.0),
            "latitude": st.one_of(_real(8.0, 24.0), _real(-90.0, 90.0)),
            "step_m": st.one_of(st.just(30.0), _real(5.0, 300.0)),
            "own_samples": st.integers(0, 16),
            "spacing": st.one_of(st.none(), _real(0.3, 3.0)),
        }
    )
    return st.tuples(
        st.one_of(_real(0.3, 1.0), _real(0.0, 1.0)), st.one_of(st.just(30.0), _real(30.0, 250.0)), rest
    ).map(with_radius)
