"""From tables to sites: what is given is taken, what is assumed is counted."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from phusong.coverage.antennas import Omni, Sector
from phusong.coverage.cells import build
from phusong.errors import ModelError

build_world: Any = runpy.run_path(str(Path(__file__).with_name("test_predict.py")))["build_world"]
GIVEN = {
    "site_id": "s1",
    "operator": "A",
    "technology": "4G",
    "band": "LTE900",
    "azimuth_deg": 30.0,
    "tilt_deg": -2.0,
    "height_m": 25.0,
    "eirp_dbm": 12.5,
}


def one(**cell: Any) -> Any:
    return build_world(masts={"s1": (0.0, 0.0), "s0": (500.0, 250.0)}, cells=[{**GIVEN, **cell}])


def test_what_is_given_is_taken() -> None:
    sites, repairs = build(one())
    assert repairs == []
    (site,) = sites  # the mast without cells is left out
    assert (site.site_id, site.x_m, site.y_m) == ("s1", 550_000.0, 1_289_000.0)
    (cell,) = site.cells
    assert (cell.cell_id, cell.operator, cell.technology, cell.band.name) == ("c0", "A", "4G", "LTE900")
    assert (cell.height_m, cell.azimuth_deg, cell.tilt_deg, cell.eirp_dbm) == (25.0, 30.0, -2.0, 12.5)
    assert cell.antenna == Sector(tilt_deg=-2.0)


def test_what_is_missing_is_assumed_and_said() -> None:
    missing = dict.fromkeys(("azimuth_deg", "tilt_deg", "height_m", "eirp_dbm"), float("nan"))
    layers = one(band=None, **missing)
    (site,), repairs = build(layers)
    cell = site.cells[0]
    assert (cell.band.name, cell.height_m, cell.azimuth_deg, cell.tilt_deg) == ("LTE1800", 42.0, None, 4.0)
    assert cell.eirp_dbm == cell.band.reference_eirp_dbm
    assert cell.antenna == Omni(elevation_beamwidth_deg=10.0, tilt_deg=4.0)
    assert {(r.what, r.how_much) for r in repairs} == {
        ("assumed: antenna at the mast's top", "1 cells"),
        ("assumed: default band of the technology", "1 cells"),
        ("assumed: downtilt", "1 cells"),
        ("assumed: omnidirectional, azimuth unknown", "1 cells"),
    }
    layers.sites.loc["s1", "height_m"] = float("nan")
    (site,), repairs = build(layers)
    assert site.cells[0].height_m == 42.0
    assert "assumed: antenna height, mast height unknown too" in {r.what for r in repairs}


def test_the_masts_own_height_is_taken_before_the_default() -> None:
    layers = one(height_m=float("nan"))
    layers.sites.loc["s1", "height_m"] = 33.0
    assert build(layers)[0][0].cells[0].height_m == 33.0


def test_360_degrees_is_north() -> None:
    assert build(one(azimuth_deg=360.0))[0][0].cells[0].azimuth_deg == 0.0


def test_sites_come_in_the_tables_order() -> None:
    cells = [{**GIVEN, "site_id": site} for site in ("b", "c", "a", "b")]
    sites, _ = build(build_world(masts=dict.fromkeys("cab", (0.0, 0.0)), cells=cells))
    assert [(site.site_id, len(site.cells)) for site in sites] == [("c", 1), ("a", 1), ("b", 2)]


def test_unknown_band_names_itself() -> None:
    with pytest.raises(ModelError, match="band 'LTE1' is not known"):
        build(one(band="LTE1"))
