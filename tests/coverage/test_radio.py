"""One mast's signal, held against a scalar twin that knows only `math`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage import Radio
from phusong.coverage.bands import band
from phusong.coverage.cells import Cell, Site
from phusong.coverage.propagation import Environment, Paths, get_model
from phusong.gis.grid import Grid

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")

GRID = Grid("EPSG:9212", 550_000.0, 1_290_000.0, 100.0, 41, 41)
MIDDLE = (552_050.0, 1_287_950.0)  # the centre of cell (20, 20)


def radio_over(grid: Grid = GRID, *, elevation_m: NDArray[np.float64] | None = None, **fields: Any) -> Radio:
    defaults: dict[str, Any] = {
        "environment": np.full(grid.size, Environment.SUBURBAN, np.int8),
        "elevation_m": None if elevation_m is None else elevation_m.ravel(),
        "model": get_model("hata"),
    }
    return Radio(grid=grid, **{**defaults, **fields})


def cell_of(**fields: Any) -> Cell:
    carrier = band(fields.pop("band", "LTE1800"))
    return Cell(
        **{
            "cell_id": "c",
            "operator": "A",
            "technology": carrier.technology,
            "band": carrier,
            "height_m": 40.0,
            "azimuth_deg": 0.0,
            "tilt_deg": 4.0,
            "eirp_dbm": carrier.reference_eirp_dbm,
            **fields,
        }
    )


def site_at(place: tuple[float, float], *cells: Cell) -> Site:
    return Site("s", *place, cells or (cell_of(),))


def levels(radio: Radio, site: Site) -> dict[int, float]:
    """Return the level by flat cell number of a mast with one cell."""
    ((_, numbers, level),) = radio.signals(site)
    assert level.dtype == np.float32
    assert len(set(numbers.tolist())) == numbers.size
    return dict(zip(numbers.tolist(), level.astype(float).tolist(), strict=True))


def twin(radio: Radio, site: Site, cell: Cell, number: int) -> float:
    """Return the level at one pixel, one step of arithmetic at a time."""
    grid = radio.grid
    row, col = divmod(number, grid.cols)
    x = grid.west_m + (col + 0.5) * grid.cell_m
    y = grid.north_m - (row + 0.5) * grid.cell_m
    east, north = x - site.x_m, y - site.y_m
    distance = max(math.sqrt(east**2 + north**2), 20.0)
    ground, receiver, effective = 0.0, 0.0, cell.height_m
    own_row = math.floor((grid.north_m - site.y_m) / grid.cell_m)
    own_col = math.floor((site.x_m - grid.west_m) / grid.cell_m)
    if radio.elevation_m is not None and 0 <= own_row < grid.rows and 0 <= own_col < grid.cols:
        elevation = radio.elevation_m.reshape(grid.shape)
        if not math.isnan(elevation[own_row, own_col]):
            ground, receiver = float(elevation[own_row, own_col]), float(elevation[row, col])
            receiver = ground if math.isnan(receiver) else receiver
            effective = cell.height_m + ground - ring_mean(radio, site, ground)
    effective = min(max(effective, 10.0), 200.0)
    paths = Paths(np.array([distance]), radio.environment[number : number + 1], effective, radio.budget.rx_height_m)
    loss = float(radio.model.loss_db(paths, f_mhz=cell.band.f_mhz)[0])
    up = math.degrees(math.atan2(receiver + radio.budget.rx_height_m - ground - cell.height_m, distance))
    vertical = min(12.0 * ((up + cell.tilt_deg) / 10.0) ** 2, 20.0)
    if cell.azimuth_deg is None:
        return cell.eirp_dbm - vertical - loss
    off = (math.degrees(math.atan2(east, north)) - cell.azimuth_deg + 180.0) % 360.0 - 180.0
    horizontal = min(12.0 * (off / 70.0) ** 2, 25.0)
    return cell.eirp_dbm - min(horizontal + vertical, 25.0) - loss


def ring_mean(radio: Radio, site: Site, ground: float) -> float:
    """Return the mean ground 3..15 km away, on the coarse lattice that starts where the 15 km window starts."""
    grid = radio.grid
    assert radio.elevation_m is not None
    elevation = radio.elevation_m.reshape(grid.shape)
    step = max(1, round(1000.0 / grid.cell_m))
    rows = [r for r in range(grid.rows) if abs(grid.y_m[r] - site.y_m) <= 15_000.0][::step]
    cols = [c for c in range(grid.cols) if abs(grid.x_m[c] - site.x_m) <= 15_000.0][::step]
    ring = [
        elevation[r, c]
        for r in rows
        for c in cols
        if 3_000.0 <= math.hypot(grid.x_m[c] - site.x_m, grid.y_m[r] - site.y_m) <= 15_000.0
        and not math.isnan(elevation[r, c])
    ]
    return sum(ring) / len(ring) if ring else ground


def hills(seed: int = 3, grid: Grid = GRID) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(0.0, 300.0, grid.shape)


@pytest.mark.parametrize("place", [MIDDLE, (550_013.0, 1_289_999.0), (549_000.0, 1_291_000.0)])
@pytest.mark.parametrize("terrain", [False, True])
@pytest.mark.parametrize(
    "cell",
    [
        cell_of(azimuth_deg=75.0),
        cell_of(azimuth_deg=None, band="GSM900", height_m=15.0),
        cell_of(azimuth_deg=310.0, tilt_deg=-3.0, band="NR3700"),
    ],
    ids=["sector", "omni", "nr"],
)
def test_every_pixel_is_eirp_plus_gain_minus_loss(cell: Cell, place: tuple[float, float], *, terrain: bool) -> None:
    environment = np.random.default_rng(1).integers(1, 3, GRID.size).astype(np.int8)
    radio = radio_over(elevation_m=hills() if terrain else None, environment=environment)
    site = site_at(place, cell)
    found = levels(radio, site)
    assert found
    for number in list(found)[:: max(1, len(found) // 150)]:
        # Single precision of distance and angle costs a few thousandths of a dB at most, on the patterns' flanks.
        assert found[number] == pytest.approx(twin(radio, site, cell, number), abs=2e-3)


def test_effective_height_is_counted_from_the_ground_3_to_15_km_away() -> None:
    grid = replace(GRID, rows=81, cols=81)
    elevation = np.full(grid.shape, 50.0)
    elevation[35:46, 35:46] = 110.0  # a plateau of a kilometre under the mast
    radio = radio_over(grid, elevation_m=elevation)
    site = site_at((554_050.0, 1_285_950.0), cell_of(tilt_deg=0.0))
    flat = radio_over(grid)
    north = 10 * 81 + 40
    paths = Paths(np.array([3000.0]), np.array([1], np.int8), 100.0, 1.5)
    up = math.degrees(math.atan2(50.0 + 1.5 - 110.0 - 40.0, 3000.0))
    loss = float(radio.model.loss_db(paths, f_mhz=1842.5)[0])
    expected = site.cells[0].eirp_dbm - 12.0 * (up / 10.0) ** 2 - loss
    assert levels(radio, site)[north] == pytest.approx(expected, abs=1e-3)
    assert levels(radio, site)[north] > levels(flat, site)[north]


@pytest.mark.parametrize(
    ("azimuth_deg", "row", "col"), [(0.0, 10, 20), (90.0, 20, 30), (180.0, 30, 20), (270.0, 20, 10), (45.0, 13, 27)]
)
def test_azimuth_is_clockwise_from_north(azimuth_deg: float, row: int, col: int) -> None:
    found = levels(radio_over(), site_at(MIDDLE, cell_of(azimuth_deg=azimuth_deg)))
    omni = levels(radio_over(), site_at(MIDDLE, cell_of(azimuth_deg=None)))
    ahead, behind = row * 41 + col, (40 - row) * 41 + 40 - col
    assert found[ahead] == pytest.approx(omni[ahead], abs=1e-3)
    # Front and back differ by the antenna's 25 dB, less what the vertical pattern takes from the front already.
    assert found[behind] < found[ahead] - 20.0


def test_the_same_turned_grid_gives_the_same_turned_signal() -> None:
    def raster(azimuth_deg: float) -> NDArray[np.float64]:
        found = levels(radio_over(), site_at(MIDDLE, cell_of(azimuth_deg=azimuth_deg)))
        return np.array([found[n] for n in range(GRID.size)]).reshape(GRID.shape)

    east, turned = raster(90.0), np.rot90(raster(0.0), k=-1).copy()
    # At the mast's own foot there is no direction.
    turned[20, 20] = east[20, 20]
    np.testing.assert_allclose(east, turned, atol=2e-3)


@pytest.mark.parametrize("model", ["hata", "extended-hata", "tr38901", "free-space"])
@pytest.mark.parametrize("eirp_dbm", [-10.0, 5.0, 20.0])
def test_range_never_removes_a_pixel_above_the_threshold(model: str, eirp_dbm: float) -> None:
    grid = replace(GRID, cell_m=500.0)
    environment = np.random.default_rng(2).integers(0, 3, grid.size).astype(np.int8)
    radio = radio_over(grid, environment=environment, model=get_model(model), elevation_m=hills(4, grid))
    middle = (560_250.0, 1_279_750.0)
    cell = cell_of(eirp_dbm=eirp_dbm, azimuth_deg=None)
    found = levels(radio, site_at(middle, cell))
    # With 150 dB more the mast reaches everything within the largest radius.
    brute = levels(radio, site_at(middle, replace(cell, eirp_dbm=eirp_dbm + 150.0)))
    away = np.hypot(grid.x_m[None, :] - middle[0], grid.y_m[:, None] - middle[1]).ravel()
    assert set(brute) == set(np.flatnonzero(away <= radio.max_radius_m).tolist())
    missing = [brute[number] - 150.0 for number in set(brute) - set(found)]
    assert max(missing, default=-math.inf) < radio.thresholds_dbm["4G"]
    assert missing or eirp_dbm > 0.0 or model == "free-space"


def test_a_cell_too_weak_to_reach_anything_has_no_pixels() -> None:
    assert levels(radio_over(), site_at(MIDDLE, cell_of(eirp_dbm=-100.0))) == {}


@pytest.mark.parametrize("radius_m", [10.0, 30.0, 99.0])
def test_radius_smaller_than_a_cell_reaches_the_centres_within_it(radius_m: float) -> None:
    radio = radio_over(max_radius_m=radius_m)
    corner = {20 * 41 + 20, 20 * 41 + 21, 19 * 41 + 20, 19 * 41 + 21}  # each 70.7 m away
    beside = set(levels(radio, site_at((MIDDLE[0] + 50.0, MIDDLE[1] + 50.0))))
    assert beside == (corner if radius_m > 71.0 else set())
    on_centre = set(levels(radio, site_at(MIDDLE)))
    assert on_centre == ({20 * 41 + 20} if radius_m >= 20.0 else set())


def test_far_outside_the_grid_nothing_is_reached() -> None:
    assert levels(radio_over(), site_at((700_000.0, 1_000_000.0))) == {}
    assert levels(radio_over(elevation_m=hills()), site_at((550_000.0, 1_400_000.0))) == {}


def test_a_mast_on_void_ground_stands_on_flat_land() -> None:
    elevation = hills()
    elevation[20, 20] = np.nan
    on_void, flat = radio_over(elevation_m=elevation), radio_over()
    assert levels(on_void, site_at(MIDDLE)) == levels(flat, site_at(MIDDLE))


def test_void_ground_under_a_receiver_gives_a_number_all_the_same() -> None:
    elevation = hills()
    elevation[10, 20] = np.nan
    found = levels(radio_over(elevation_m=elevation), site_at(MIDDLE))
    assert all(math.isfinite(level) for level in found.values())


@given(st.floats(-10, 70), st.floats(0.01, 10))
@settings(max_examples=25, deadline=None)
def test_level_follows_the_power_decibel_by_decibel(eirp_dbm: float, more_db: float) -> None:
    radio = radio_over()
    weak = levels(radio, site_at(MIDDLE, cell_of(eirp_dbm=eirp_dbm)))
    strong = levels(radio, site_at(MIDDLE, cell_of(eirp_dbm=eirp_dbm + more_db)))
    assert weak.keys() <= strong.keys()
    assert all(strong[n] == pytest.approx(level + more_db, abs=1e-4) for n, level in weak.items())


def test_every_cell_of_a_mast_comes_once_and_as_if_it_were_alone() -> None:
    cells = tuple(
        cell_of(cell_id=f"c{n}", band=name, height_m=height, azimuth_deg=azimuth, eirp_dbm=eirp)
        for n, (name, height, azimuth, eirp) in enumerate(
            [
                ("LTE1800", 30.0, 0.0, 33.0),
                ("GSM900", 30.0, 120.0, 57.0),
                ("LTE1800", 45.0, 240.0, 33.0),
                ("LTE1800", 30.0, None, 20.0),
                ("NR2600", 45.0, 10.0, 42.0),
            ]
        )
    )
    radio = radio_over(elevation_m=hills(), max_radius_m=1500.0)
    together: Mapping[str, Any] = {c.cell_id: (n, v) for c, n, v in radio.signals(site_at(MIDDLE, *cells))}
    assert sorted(together) == [f"c{n}" for n in range(5)]
    for cell in cells:
        ((_, numbers, level),) = radio.signals(site_at(MIDDLE, cell))
        np.testing.assert_array_equal(together[cell.cell_id][0], numbers)
        np.testing.assert_array_equal(together[cell.cell_id][1], level)
