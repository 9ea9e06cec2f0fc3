"""A whole prediction over a tiny world: levels, unknown places, rounding, and what must not matter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray
from scipy import sparse

from phusong.coverage import Coverage, LinkBudget, Radio, predict
from phusong.coverage.footprint_store import FootprintCache
from phusong.coverage.service import COVERED, NOT_COVERED, OUTSIDE, UNKNOWN
from phusong.gis.grid import Grid
from phusong.gis.layers import Layers
from phusong.gis.layers_file import Province
from phusong.gis.people import People
from phusong.gis.terrain import Terrain
from phusong.gis.zones import Zones, zones_of

WEST_M, NORTH_M, CELL_M = 550_000.0, 1_290_000.0, 100.0
CRS = "EPSG:9212"


def build_world(
    *,
    masts: Mapping[str, tuple[float, float]],
    cells: Sequence[Mapping[str, Any]],
    operators: tuple[str, ...] = ("A", "B"),
    size: tuple[int, int] = (10, 10),
    people: NDArray[np.float64] | None = None,
    elevation_m: NDArray[np.float64] | None = None,
    context: Mapping[str, gpd.GeoDataFrame] | None = None,
    simulated: bool = False,
    cell_m: float = CELL_M,
) -> Layers:
    """Build layers in memory: the western and the eastern half are the communes 00001 and 00002.

    Places of masts are metres east and north of the grid's south-western corner; `people` live in each cell.
    """
    rows, cols = size
    grid = Grid(CRS, WEST_M, NORTH_M, cell_m, rows, cols)
    west, south, east, north = grid.bounds
    middle = west + cols // 2 * cell_m
    communes = gpd.GeoDataFrame(
        {"name": ["Tây", "Đông"], "kind": "xã", "population": np.nan, "area_km2": np.nan},
        index=pd.Index(["00001", "00002"], name="code"),
        geometry=[shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)],
        crs=CRS,
    )
    zones = zones_of(communes, grid=grid)
    residents = np.ones(grid.size) if people is None else np.asarray(people, float).ravel()
    by_zone = sparse.csr_array(zones.shares @ sparse.diags_array(residents))
    points = [shapely.Point(west + x, south + y) for x, y in masts.values()]
    sites = gpd.GeoDataFrame(
        {
            "name": "",
            "mast_class": "A2a",
            "simulated": pd.array([pd.NA] * len(points), dtype="boolean"),
            "height_m": 42.0,
            "owner": "",
            "commune_code": ["00001" if point.x < middle else "00002" for point in points],
        },
        index=pd.Index(list(masts), name="site_id"),
        geometry=points,
        crs=CRS,
    )
    blank = {"band": None, "azimuth_deg": np.nan, "tilt_deg": np.nan, "height_m": np.nan, "eirp_dbm": np.nan}
    table = pd.DataFrame([{**blank, "cell_id": f"c{n}", **cell} for n, cell in enumerate(cells)])
    return Layers(
        province=Province(
            name="Tỉnh thử", crs=CRS, as_of=date(2026, 1, 1), operators=operators, simulated=simulated, cell_m=cell_m
        ),
        grid=grid,
        communes=communes,
        sites=sites,
        cells=table.set_index("cell_id"),
        zones=zones,
        people=People(by_zone, "as given", (True, True)),
        terrain=None if elevation_m is None else Terrain(grid, np.asarray(elevation_m, float).reshape(size)),
        context={} if context is None else context,
        outline=communes.union_all(),
        faults=(),
        repairs=(),
        summaries=(),
    )


def flat(coverage: Coverage, name: str) -> NDArray[Any]:
    return np.asarray(coverage.signal[name].to_numpy())


def two_operators(**world: Any) -> Layers:
    return build_world(
        masts={"s1": (250.0, 250.0), "s2": (750.0, 750.0)},
        cells=[
            {"site_id": "s1", "operator": "A", "technology": "4G", "azimuth_deg": 0.0},
            {"site_id": "s1", "operator": "B", "technology": "2G", "azimuth_deg": 120.0},
            {"site_id": "s2", "operator": "A", "technology": "4G", "azimuth_deg": 240.0, "eirp_dbm": 20.0},
            {"site_id": "s2", "operator": "B", "technology": "4G"},
        ],
        **world,
    )


def test_each_place_has_its_strongest_cell_to_the_hundredth() -> None:
    layers = two_operators()
    coverage = predict(layers)
    expected = np.full(layers.grid.size, -np.inf, np.float32)
    for site in coverage.sites:
        for cell, numbers, level in coverage.radio.signals(site):
            if (cell.operator, cell.technology) == ("A", "4G"):
                for number, one in zip(numbers, level, strict=True):
                    expected[number] = max(expected[number], one)
    level = flat(coverage, "A|4G").ravel()
    np.testing.assert_allclose(level, expected, atol=0.00501)
    hundredths = level.astype(float) * 100
    np.testing.assert_allclose(hundredths, np.rint(hundredths), atol=2e-3)


def test_service_is_the_level_held_against_threshold_margin_and_body() -> None:
    coverage = predict(two_operators())
    edge_dbm = -115.0 + 3.0 + 8.0 * 1.2815515655446004
    assert coverage.radio.service_level_dbm("4G") == pytest.approx(edge_dbm)
    np.testing.assert_array_equal(
        coverage.service["A|4G"].to_numpy() == COVERED, flat(coverage, "A|4G").astype(float) >= edge_dbm
    )


def test_an_operator_without_any_cell_is_unknown_one_without_a_technology_is_not_there() -> None:
    coverage = predict(two_operators(operators=("A", "B", "C")))
    assert np.isnan(flat(coverage, "C|4G")).all()
    assert (coverage.service["C|2G"].to_numpy() == UNKNOWN).all()
    assert np.isneginf(flat(coverage, "A|2G")).all()
    assert (coverage.service["A|2G"].to_numpy() == NOT_COVERED).all()
    # A covers, C is unknown: covered by any; B is known to have no 5G: not all, whatever C has.
    assert (coverage.service["any|4G"].to_numpy()[coverage.service["A|4G"].to_numpy() == COVERED] == COVERED).all()
    assert (coverage.service["all|5G"].to_numpy() == NOT_COVERED).all()
    assert (coverage.service["any|5G"].to_numpy() == UNKNOWN).all()


def test_void_ground_is_unknown_for_everybody() -> None:
    elevation = np.full((10, 10), 100.0)
    elevation[3, 4] = np.nan
    coverage = predict(two_operators(elevation_m=elevation))
    for name in ("A|4G", "B|4G", "A|5G"):
        assert np.isnan(flat(coverage, name)[3, 4])
        assert np.isnan(flat(coverage, name)).sum() == 1
        assert coverage.service[name].to_numpy()[3, 4] == UNKNOWN


def test_cells_no_commune_touches_are_outside() -> None:
    layers = two_operators()
    coverage = predict(layers)
    assert not (coverage.service["any|4G"].to_numpy() == OUTSIDE).any()
    shares = layers.zones.shares.toarray()
    shares[:, :10] = 0.0  # the northern row
    cut = replace(layers, zones=Zones(layers.zones.codes, sparse.csr_array(shares)))
    coverage = predict(cut)
    assert (coverage.service["any|4G"].to_numpy()[0] == OUTSIDE).all()
    assert (coverage.service["any|4G"].to_numpy()[1:] != OUTSIDE).all()


def test_neither_the_order_of_masts_nor_of_cells_matters() -> None:
    rng = np.random.default_rng(5)
    masts = {f"s{n}": (float(x), float(y)) for n, (x, y) in enumerate(rng.uniform(0, 1000, (6, 2)))}
    cells = [
        {"cell_id": f"k{n}", "site_id": f"s{n % 6}", "operator": "AB"[n % 2], "technology": t, "azimuth_deg": a}
        for n, (t, a) in enumerate(zip(["4G", "2G", "4G"] * 6, rng.uniform(0, 360, 18), strict=True))
    ]
    straight = predict(build_world(masts=masts, cells=cells))
    turned = predict(build_world(masts=dict(reversed(masts.items())), cells=cells[::-1], operators=("B", "A")))
    for name in straight.signal:
        np.testing.assert_array_equal(straight.signal[name], turned.signal[name])
    for name in straight.service:
        np.testing.assert_array_equal(straight.service[name], turned.service[name])


def test_range_warnings_become_rows_of_the_report() -> None:
    budget = LinkBudget()
    layers = two_operators()
    layers.cells.loc[:, "height_m"] = 12.0
    coverage = predict(layers, radio=Radio.over(layers, budget=budget, model="extended-hata"))
    said = [repair.what for repair in coverage.assumptions if "recommended range" in repair.what]
    assert len(said) == 1
    assert "tx height 12 m" in said[0]


def test_progress_sees_every_mast() -> None:
    seen: list[tuple[int, int]] = []

    def count(items: Any, description: str, total: int) -> Any:
        done = list(items)
        assert description
        seen.append((total, len(done)))
        return done

    predict(two_operators(), progress=count)
    assert seen == [(2, 2)]


def test_a_stronger_cell_never_takes_service_away() -> None:
    before = two_operators()
    after = two_operators()
    after.cells.loc[:, "eirp_dbm"] = 80.0
    weak, strong = predict(before), predict(after)
    for name in ("A|4G", "B|4G", "B|2G"):
        assert (flat(strong, name) >= flat(weak, name)).all()
        assert math.isfinite(float(flat(strong, name).max()))


# Fallback, servers, threads and cache.


def several(model: str) -> tuple[Layers, Radio]:
    rng = np.random.default_rng(11)
    places = {f"s{n}": (float(x), float(y)) for n, (x, y) in enumerate(rng.uniform(0, 2000, (5, 2)))}
    cells = [
        {"cell_id": f"k{9 - n}", "site_id": f"s{n % 5}", "operator": "AB"[n % 2], "technology": "4G", "eirp_dbm": 20.0}
        for n in range(10)
    ]
    elevation = rng.uniform(20.0, 60.0, (20, 20))
    elevation[4, 5] = np.nan
    layers = build_world(masts=places, cells=cells, size=(20, 20), elevation_m=elevation)
    return layers, Radio.over(layers, model=model, max_radius_m=900.0)


def ranked_masts(today: Coverage, operator: str) -> tuple[list[list[tuple[float, int]]], NDArray[np.bool_]]:
    """Return at each place (level, cell) of the masts known to reach it, strongest first, and which are not known."""
    masts: list[list[tuple[float, int]]] = [[] for _ in range(today.layers.grid.size)]
    not_known = np.zeros(today.layers.grid.size, bool)
    place_of = {cell.cell_id: number for number, cell in enumerate(today.cells)}
    for site in today.sites:
        for cell, numbers, level in today.radio.signals(site):  # each mast has one cell of each operator
            if cell.operator == operator:
                not_known[numbers[np.isnan(level)]] = True
                for number, dbm in zip(numbers.tolist(), np.round(level, 2).tolist(), strict=True):
                    if dbm >= -115.0:
                        masts[number].append((dbm, place_of[cell.cell_id]))
    return [sorted(each, key=lambda one: -one[0]) for each in masts], not_known


@pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")
@pytest.mark.parametrize("model", ["hata", "p1812"])
@pytest.mark.parametrize("operator", ["A", "B"])
def test_fallback_and_servers_by_brute_force(model: str, operator: str) -> None:
    layers, radio = several(model)
    today = predict(layers, radio=radio, ranks=3, servers=True)
    assert [cell.cell_id for cell in today.cells] == ["k4", "k9", "k3", "k8", "k2", "k7", "k1", "k6", "k0", "k5"]
    assert layers.terrain is not None
    masts, not_known = ranked_masts(today, operator)
    service, name = radio.service_level_dbm("4G"), f"{operator}|4G"
    for rank, signal in ((1, today.signal), (2, today.fallback[2]), (3, today.fallback[3])):
        level = np.array([each[rank - 1][0] if len(each) >= rank else -math.inf for each in masts])
        unknown = np.isnan(layers.terrain.elevation_m).ravel() | (not_known & ~(level >= service))
        np.testing.assert_allclose(signal[name].to_numpy().ravel(), np.where(unknown, np.nan, level), atol=1e-4)
        if rank == 1:
            server = np.array([each[0][1] if each else -1 for each in masts])
            np.testing.assert_array_equal(today.server[name].to_numpy().ravel(), np.where(unknown, -1, server))
    assert (today.server["A|2G"].to_numpy() == -1).all()
    plain = predict(layers, radio=radio)
    assert (plain.fallback, list(plain.server)) == ({}, [])
    np.testing.assert_array_equal(plain.signal[name], today.signal[name])


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_threads_and_cache_change_no_bit_and_no_word(workers: int, tmp_path: Path) -> None:
    layers, radio = several("p1812")
    layers.cells.loc["k3", "height_m"] = 200.0
    radio = replace(radio, max_radius_m=240.0)  # P.1812 begins at 250 m, and says so
    alone = predict(layers, radio=radio, workers=1)
    assert any("distance 240 m" in repair.what for repair in alone.assumptions)
    for cache in (None, FootprintCache(tmp_path), FootprintCache(tmp_path)):
        today = predict(layers, radio=radio, workers=workers, cache=cache)
        for name in alone.signal:
            np.testing.assert_array_equal(today.signal[name], alone.signal[name])
        assert today.assumptions == alone.assumptions
    assert cache is not None
    assert (cache.read, cache.written) == (5, 0)


def test_a_moved_mast_is_the_only_one_predicted_again(tmp_path: Path) -> None:
    layers, radio = several("p1812")
    predict(layers, radio=radio, cache=FootprintCache(tmp_path))
    moved = layers.sites.geometry.copy()
    moved["s2"] = shapely.Point(WEST_M + 1_000.0, NORTH_M - 1_000.0)
    after = replace(layers, sites=layers.sites.set_geometry(moved))
    cache = FootprintCache(tmp_path)
    again = predict(after, radio=radio, cache=cache)
    assert (cache.read, cache.written) == (4, 1)
    fresh = predict(after, radio=radio)
    for name in fresh.signal:
        np.testing.assert_array_equal(again.signal[name], fresh.signal[name])


def test_what_is_said_of_a_model_does_not_depend_on_the_cache(tmp_path: Path) -> None:
    layers, radio = several("extended-hata")
    layers.cells.loc[:, "height_m"] = 12.0
    fresh = predict(layers, radio=radio)
    assert any("recommended range" in repair.what for repair in fresh.assumptions)
    for _ in range(2):
        cache = FootprintCache(tmp_path)
        today = predict(layers, radio=radio, cache=cache)
        assert today.assumptions == fresh.assumptions
        for name in fresh.signal:
            np.testing.assert_array_equal(today.signal[name], fresh.signal[name])
    assert (cache.read, cache.written) == (5, 0)
