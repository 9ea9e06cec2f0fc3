"""Recife's drive test: what agreement means, which way angles count, and the figures of docs/measurements.md."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phusong.coverage.measurements import agreement, distance_bins, drive_loss_db
from phusong.coverage.propagation import get_model

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")


@pytest.fixture(scope="module")
def script(root: Path) -> dict[str, Any]:
    return runpy.run_path(str(root / "benchmarks" / "recife.py"))


@pytest.fixture(scope="module")
def drive(script: dict[str, Any], shared: Path) -> Any:
    return script["read"](shared / "validation" / "recife_gsm1800")


def off_deg(drive: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    places, site = drive.places[drive.places["BTS_ID"] == name], drive.sites[name]
    azimuth = np.degrees(np.arctan2(places["x_m"] - site.x_m, places["y_m"] - site.y_m)).to_numpy()
    return np.asarray((azimuth - site.cells[0].azimuth_deg + 180.0) % 360.0 - 180.0)


def test_the_published_hata_fit(drive: Any) -> None:
    """Mean error -8.4..+2.4 dB and std 8..13 dB are the published figures of the data's own Hata column."""
    table = agreement(drive.places["PLhata"], drive.places["PLreal"], by=drive.places["BTS_ID"])
    np.testing.assert_allclose(table["mean_error_db"].iloc[:4], [-4.2, -4.5, -8.4, 2.4], atol=0.06)
    np.testing.assert_allclose(table["std_db"].iloc[:4], [13.1, 13.2, 12.3, 8.0], atol=0.06)
    assert table["points"].tolist() == [2327] * 4 + [9308]


def test_places_and_angles_are_the_datas_own(drive: Any) -> None:
    """Longitudes mended, azimuths clockwise from north."""
    for name, site in drive.sites.items():
        places = drive.places[drive.places["BTS_ID"] == name]
        distance = np.hypot(places["x_m"] - site.x_m, places["y_m"] - site.y_m)
        np.testing.assert_allclose(distance, 1000.0 * places["dist"], atol=8.0)
        turned = (off_deg(drive, name) - places["horAngle"].to_numpy() + 180.0) % 360.0 - 180.0
        assert np.abs(turned).max() < 0.6


def test_3gpps_pattern_is_near_the_products_horizontal_cut(drive: Any) -> None:
    front = drive.places[drive.places["horAngle"].abs() <= 70.0]
    assert len(front) > 6_000
    pattern = drive.sites["BTS_01"].cells[0].pattern
    np.testing.assert_allclose(-pattern.gain_db(front["horAngle"].to_numpy(), 0.0), front["attHor"], atol=1.7)


@pytest.mark.parametrize(("name", "within_deg"), [("BTS_01", 10.0), ("BTS_02", 10.0), ("BTS_04", 20.0)])
def test_a_sector_fits_best_near_the_azimuth_it_has(drive: Any, name: str, within_deg: float) -> None:
    """An azimuth counted the other way round, or from the wrong north, would be found far off."""
    site, places = drive.sites[name], drive.places[drive.places["BTS_ID"] == name]

    def std_db(azimuth_deg: float) -> float:
        cell = replace(site.cells[0], azimuth_deg=azimuth_deg)
        loss = drive_loss_db(site, cell, places["x_m"], places["y_m"], model=get_model("cost231-hata"))
        return float(agreement(loss, places["PLreal"])["std_db"].iloc[0])

    best = min(range(0, 360, 10), key=std_db)
    assert abs((best - site.cells[0].azimuth_deg + 180.0) % 360.0 - 180.0) <= within_deg


def test_the_pattern_explains_what_the_distance_does_not(drive: Any, script: dict[str, Any]) -> None:
    table = script["compare"](drive, ("cost231-hata",))["std_db"].xs("cost231-hata")
    for name in ("BTS_01", "BTS_02"):
        assert table["none", name] - table["3gpp-sector", name] > 4.0
    # The one that was measured from behind; docs/measurements.md says what that may mean.
    assert table["3gpp-sector", "BTS_03"] > table["none", "BTS_03"]


def written(root: Path, first: str) -> pd.DataFrame:
    """Return a table of docs/measurements.md."""
    lines = (root / "docs" / "measurements.md").read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {first} |"))
    end = next(at for at in range(start, len(lines)) if not lines[at].startswith("|"))
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]
    return pd.DataFrame(rows, columns=head)


def test_the_note_has_the_figures_of_today(drive: Any, script: dict[str, Any], root: Path) -> None:
    table = script["compare"](drive, (*script["EMPIRICAL"], "p1812"))
    today = script["side_by_side"](table).reset_index()
    pd.testing.assert_frame_equal(written(root, "model"), today.astype(str), check_names=False, check_dtype=False)
    bins = distance_bins(drive.places["dist"] * 1000.0, edges_m=script["EDGES_M"])
    loss = script["predicted"](drive, "hata", with_antenna=True)
    by_distance = agreement(loss, drive.places["PLreal"], by=bins)
    noted = written(root, "group").set_index("group")
    for name in ("points", "mean_error_db", "std_db", "rmse_db"):
        np.testing.assert_allclose(noted[name].astype(float), by_distance[name], atol=0.051, err_msg=name)
