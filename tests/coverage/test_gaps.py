"""Who has 2G and no 4G, and what upgrading a station would bring - counted by hand."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from phusong.coverage import Radio, predict
from phusong.coverage.gaps import (
    GAP_COLUMNS,
    SITE_GAP_COLUMNS,
    footprint,
    network_gap,
    site_gap,
    upgrade_of,
    without_4g,
)
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN

build_world: Any = runpy.run_path(str(Path(__file__).with_name("test_predict.py")))["build_world"]
CRS = "EPSG:9212"
C, N, U = COVERED, NOT_COVERED, UNKNOWN
MASTS = {"old": (150.0, 150.0), "new": (850.0, 850.0), "mixed": (450.0, 450.0)}
CELLS = [
    {"site_id": "old", "operator": "A", "technology": "2G", "azimuth_deg": 0.0, "height_m": 20.0, "tilt_deg": 2.0},
    {"site_id": "old", "operator": "A", "technology": "3G", "azimuth_deg": 0.0, "height_m": 30.0, "tilt_deg": 6.0},
    {"site_id": "old", "operator": "A", "technology": "2G", "azimuth_deg": 180.0, "height_m": 20.0, "tilt_deg": 2.0},
    {"site_id": "new", "operator": "A", "technology": "4G", "eirp_dbm": -10.0},
    {"site_id": "mixed", "operator": "A", "technology": "2G"},
    {"site_id": "mixed", "operator": "A", "technology": "4G", "eirp_dbm": -10.0},
    {"site_id": "mixed", "operator": "B", "technology": "3G"},
    {"site_id": "new", "operator": "B", "technology": "5G"},
]


def world(**more: Any) -> Any:
    people = np.arange(100.0).reshape(10, 10)
    return build_world(masts=MASTS, cells=CELLS, people=people, **more)


def test_stations_without_4g_are_found() -> None:
    found = [(site.site_id, operator) for site, operator in without_4g(predict(world()).sites)]
    assert sorted(found) == [("mixed", "B"), ("old", "A")]  # a 5G-only station is no legacy


def test_an_upgrade_hangs_one_antenna_a_direction_beside_the_highest() -> None:
    site = next(site for site in predict(world()).sites if site.site_id == "old")
    for cells in (site.cells, site.cells[::-1]):
        built = upgrade_of(replace(site, cells=cells), "A", bands=("LTE900", "LTE1800"))
        places = {(c.band.name, c.azimuth_deg, c.height_m, c.tilt_deg, c.technology) for c in built.cells}
        assert places == {
            (name, azimuth, height, tilt, "4G")
            for name in ("LTE900", "LTE1800")
            for azimuth, height, tilt in ((0.0, 30.0, 6.0), (180.0, 20.0, 2.0))
        }
        assert len({c.cell_id for c in built.cells}) == len(built.cells) == 4
        assert {c.eirp_dbm for c in built.cells} == {c.band.reference_eirp_dbm for c in built.cells}


def test_an_upgrades_people_by_hand() -> None:
    coverage = predict(world())
    residents = np.arange(100.0)
    table = site_gap(coverage).set_index(["site_id", "operator"])
    assert table.reset_index()[SITE_GAP_COLUMNS].shape == (2, len(SITE_GAP_COLUMNS))
    for key, technologies in ((("old", "A"), "2G, 3G"), (("mixed", "B"), "3G")):
        site = next(s for s in coverage.sites if s.site_id == key[0])
        reached = footprint(coverage.radio, upgrade_of(site, key[1]))
        own, anyone = (coverage.service[f"{name}|4G"].to_numpy().ravel() for name in (key[1], "any"))
        row: Any = table.loc[key]
        assert row["upgrade_people"] == sum(residents[n] for n in reached if own[n] == N)
        assert row["upgrade_people_any"] == sum(residents[n] for n in reached if anyone[n] == N) > 0
        assert row["technologies"] == technologies
        assert (row["area"], row["area_name"]) == ("00001", "Tây")
    assert table["upgrade_people_any"].is_monotonic_decreasing


def test_known_footprints_are_taken_as_they_are() -> None:
    coverage = predict(world())
    table = site_gap(coverage, footprints={("old", "A"): np.array([98, 99])}).set_index("site_id")
    unserved = coverage.service["A|4G"].to_numpy().ravel()[[98, 99]] == N
    assert table.loc["old", "upgrade_people"] == np.array([98.0, 99.0])[unserved].sum()


def test_footprint_is_what_predict_would_cover() -> None:
    elevation = np.random.default_rng(2).uniform(0, 150, (10, 10))
    elevation[2, 2] = np.nan
    layers = world(elevation_m=elevation, cell_m=1500.0)
    coverage = predict(layers)
    upgraded = upgrade_of(coverage.sites[0], "A")
    cells = [
        {"site_id": "old", "operator": "A", "technology": "4G", "band": cell.band.name}
        | {name: getattr(cell, name) for name in ("azimuth_deg", "height_m", "tilt_deg", "eirp_dbm")}
        for cell in upgraded.cells
    ]
    alone = predict(build_world(masts=MASTS, cells=cells, elevation_m=elevation, cell_m=1500.0), radio=coverage.radio)
    covered = np.flatnonzero(alone.service["A|4G"].to_numpy().ravel() == C)
    assert 0 < covered.size < 99
    np.testing.assert_array_equal(footprint(coverage.radio, upgraded), covered)


def test_footprint_counts_to_the_hundredth_like_predict() -> None:
    coverage = predict(world())
    site = upgrade_of(coverage.sites[0], "A")
    level = np.concatenate([level for _, _, level in coverage.radio.signals(site)])
    # A place whose level only reaches the service level once it is rounded.
    rounded = np.round(level, 2)
    just = float(rounded[rounded - level > 1e-3].max())
    margin_db = coverage.radio.service_level_dbm("4G") - coverage.radio.thresholds_dbm["4G"]
    radio = replace(coverage.radio, thresholds_dbm={"4G": just - margin_db - 1e-4})
    covered = {
        number
        for _, numbers, level in radio.signals(site)
        for number, one in zip(numbers.tolist(), np.round(level, 2).tolist(), strict=True)
        if one >= radio.service_level_dbm("4G")
    }
    assert set(footprint(radio, site).tolist()) == covered
    strictly = [numbers[level >= radio.service_level_dbm("4G")] for _, numbers, level in radio.signals(site)]
    assert len(np.unique(np.concatenate(strictly))) < len(covered)


def test_footprint_of_nothing() -> None:
    coverage = predict(world())
    empty = footprint(coverage.radio, replace(coverage.sites[0], cells=()))
    assert empty.shape == (0,)
    assert empty.dtype == np.int64


def test_fibre_distance_is_straight_and_missing_without_fibre() -> None:
    assert site_gap(predict(world()))["fibre_m"].isna().all()
    south = 1_290_000.0 - 1000.0
    line = shapely.LineString([(550_000.0, south), (551_000.0, south)])
    fibre = gpd.GeoDataFrame(geometry=[line], crs=CRS)
    table = site_gap(predict(world(context={"fibre": fibre}))).set_index("site_id")
    assert table["fibre_m"].to_dict() == {"old": 150.0, "mixed": 450.0}
    none = gpd.GeoDataFrame(geometry=[], crs=CRS)
    assert site_gap(predict(world(context={"fibre": none})))["fibre_m"].isna().all()


def test_no_station_to_upgrade_leaves_an_empty_table() -> None:
    layers = build_world(masts=MASTS, cells=[CELLS[3]])
    table = site_gap(predict(layers))
    assert list(table.columns) == SITE_GAP_COLUMNS
    assert table.empty


def test_network_gap_by_hand_and_as_a_partition() -> None:
    coverage = predict(build_world(masts=MASTS, cells=CELLS, size=(3, 3), people=np.arange(1.0, 10.0)))
    pairs = [(C, C), (C, N), (C, U), (N, C), (N, N), (N, U), (U, C), (U, N), (U, U)]
    service = coverage.service.copy()
    for technology, place in (("2G", 0), ("4G", 1)):
        state = np.array([pair[place] for pair in pairs], np.uint8).reshape(3, 3)
        service[f"A|{technology}"] = (("y", "x"), state)
    table = network_gap(replace(coverage, service=service))
    assert list(table.columns) == GAP_COLUMNS
    row = table[(table["operator"] == "A") & (table["area"] == "province")].iloc[0]
    assert row["people"] == 45.0
    assert row["people_2g"] == 1 + 2 + 3
    assert row["people_4g"] == 1 + 4 + 7
    assert row["people_2g_not_4g"] == 2
    assert row["people_unserved"] == 5
    assert row["people_unknown"] == 3 + 6 + 8 + 9
    assert row["gap_share"] == pytest.approx(2 / 45)
    parts = ["people_4g", "people_2g_not_4g", "people_unserved", "people_unknown"]
    np.testing.assert_allclose(table[parts].sum(axis=1), table["people"])
    for _, rows in table.groupby("operator"):
        sums = rows[rows["area"] != "province"][["people", *parts]].sum()
        np.testing.assert_allclose(sums, rows[rows["area"] == "province"][["people", *parts]].iloc[0].astype(float))


def test_flags_and_radio_settings_are_kept() -> None:
    layers = world(simulated=True)
    strict, mild = (
        site_gap(predict(layers, radio=Radio.over(layers, max_radius_m=radius)))["upgrade_people"].sum()
        for radius in (150.0, 900.0)
    )
    assert strict < mild
    assert set(network_gap(predict(layers))["flags"]) == set(site_gap(predict(layers))["flags"]) == {"SIMULATED"}
