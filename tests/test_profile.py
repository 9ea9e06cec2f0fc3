"""`phusong profile`: one path of a site of the demo, and everything a planner may get wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from phusong import _profile
from phusong.cli import app
from phusong.coverage.propagation.p1812_result import INTERMEDIATES
from phusong.gis import read_layers
from phusong.gis.layers import Layers


@pytest.fixture(scope="module")
def layers(demo: Path) -> Layers:
    return read_layers(demo / "layers.toml")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, layers: Layers) -> Any:
    """Return what runs the command over layers that were read before."""

    def command(*arguments: object, over: Layers = layers) -> tuple[int, str]:
        monkeypatch.setattr(_profile, "read_layers", lambda _: over)
        done = CliRunner().invoke(app, ["profile", *map(str, arguments)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return command


def site_and_place(layers: Layers) -> tuple[str, float, float]:
    """Return a mast with cells, and a place 2 km east of it."""
    site = str(layers.cells["site_id"].iloc[0])
    point = layers.sites.geometry[[site]].translate(2000.0, 0.0).to_crs("EPSG:4326").iloc[0]
    return site, round(point.x, 6), round(point.y, 6)


def test_the_command_as_a_planner_types_it(demo: Path, layers: Layers, tmp_path: Path) -> None:
    site, lon, lat = site_and_place(layers)
    out = tmp_path / "mặt cắt.html"
    command = (sys.executable, "-m", "phusong", "profile", site, str(lon), str(lat), "-o", str(out))
    done = subprocess.run(
        (*command, "--layers", str(demo / "layers.toml")), capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Suy hao truyền sóng cơ bản Lb" in done.stdout
    assert "MÔ PHỎNG" in done.stdout
    page = out.read_text(encoding="utf-8")
    assert "<svg" in page
    assert "Lbulla50 = " in page


def test_strongest_cell_first_and_any_cell_on_demand(run: Any, layers: Layers) -> None:
    site, lon, lat = site_and_place(layers)
    code, text = run(site, lon, lat, "--language", "en")
    assert code == 0
    own = [line for line in text.splitlines() if " dBm (antenna" in line]
    assert len(own) == int((layers.cells["site_id"].astype(str) == site).sum())
    levels = [float(line.split(" dBm")[0].split()[-1]) for line in own]
    assert levels == sorted(levels, reverse=True)
    assert "2.000 km" in text or "1.999 km" in text or "2.001 km" in text
    last = own[-1].split(" · ")[0].strip()
    code, text = run(site, lon, lat, "--cell", last, "--language", "en")
    assert code == 0
    assert text.splitlines()[1].endswith(last)
    code, text = run(site, lon, lat, "--cell", "nobody")
    assert code == 1
    assert "has no cell 'nobody'; it has " in text


def test_sea_and_maps_of_ones_own_count(run: Any, layers: Layers, tmp_path: Path) -> None:
    site, lon, lat = site_and_place(layers)
    everywhere = gpd.GeoDataFrame(geometry=[shapely.box(100.0, 5.0, 115.0, 25.0)], crs="EPSG:4326")
    everywhere.to_file(tmp_path / "sea.gpkg")
    maps = tmp_path / "itu"
    maps.mkdir()
    np.savetxt(maps / "DN50.TXT", np.full((121, 241), 39.25), fmt="%8.3f")
    np.savetxt(maps / "N050.TXT", np.full((121, 241), 320.0), fmt="%8.3f")
    code, text = run(site, lon, lat, "--sea", tmp_path / "sea.gpkg", "--itu-maps", maps, "--language", "en")
    assert code == 0
    assert "39.2 / 320" in text
    assert " w = 1 " in text  # all the path lies over sea
    assert "nobody said where the sea is" not in text
    code, text = run(site, lon, lat, "--language", "en")
    assert " w = 0 " in text
    assert "nobody said where the sea is" in text
    code, text = run(site, lon, lat, "--itu-maps", tmp_path / "none")
    assert code == 1
    assert "there are no ITU maps at this place" in text
    code, text = run(site, lon, lat, "--sea", tmp_path / "none.gpkg")
    assert code == 1
    assert "the file does not exist" in text


def test_unknown_ground_is_an_unknown_loss_and_no_failure(run: Any, layers: Layers, tmp_path: Path) -> None:
    site, lon, lat = site_and_place(layers)
    assert layers.terrain is not None
    void = replace(layers.terrain, elevation_m=np.full(layers.terrain.grid.shape, np.nan))
    code, text = run(site, lon, lat, "-o", tmp_path / "a.svg", over=replace(layers, terrain=void))
    assert code == 0
    assert "Lb = Chưa rõ" in text
    assert (tmp_path / "a.svg").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        (11.85, 106.95, "is no place on Earth: first longitude, then latitude"),
        (2.35, 48.86, "lies outside the elevation that was read, which ends 15 km beyond the province"),
        ("nan", 11.8, "is no place on Earth"),
    ],
)
def test_places_that_are_none(run: Any, layers: Layers, lon: object, lat: object, said: str) -> None:
    code, text = run(site_and_place(layers)[0], lon, lat)
    assert code == 1
    assert said in text


def test_what_else_a_planner_may_get_wrong(run: Any, layers: Layers, tmp_path: Path) -> None:
    site, lon, lat = site_and_place(layers)
    foot = layers.sites.geometry[[site]].to_crs("EPSG:4326").iloc[0]
    no_cells = replace(layers, cells=layers.cells[layers.cells["site_id"].astype(str) != site])
    for arguments, over, said in (
        ((site.lower(), lon, lat), layers, f"there is no site '{site.lower()}' in the sites layer; "),
        ((f"{site}X", lon, lat), layers, "did you mean "),
        ((site, lon, lat), replace(layers, terrain=None), "add [layers.terrain] with path"),
        ((site, lon, lat, "-o", tmp_path / "a.jpg"), layers, "a path is drawn as .png, .svg, .html"),
        ((site, lon, lat, "--time", "60"), layers, "time percentage 60 % is outside the possible range 1..50 %"),
        ((site, foot.x, foot.y), layers, "the two ends are one place"),
        ((site, lon, lat), no_cells, "has no cell: nothing there transmits"),
    ):
        code, text = run(*arguments, over=over)
        assert code == 1, said
        assert said in text


def test_the_method_note_names_every_value_that_is_printed(root: Path) -> None:
    note = (root / "docs" / "p1812.md").read_text(encoding="utf-8")
    assert [name for name in INTERMEDIATES if f"`{name}`" not in note] == []
    links = re.findall(r"\]\(([^)#]+)", note + (root / "docs" / "loss_by_distance.md").read_text(encoding="utf-8"))
    assert len(links) >= 4
    assert [link for link in links if not (root / "docs" / link).is_file()] == []


def test_a_path_shorter_than_the_model_recommends_is_said(run: Any, layers: Layers) -> None:
    site, *_ = site_and_place(layers)
    near = layers.sites.geometry[[site]].translate(150.0, 0.0).to_crs("EPSG:4326").iloc[0]
    code, text = run(site, near.x, near.y)
    assert code == 0
    assert "Mô hình dùng ngoài khoảng khuyến nghị: p1812" in text
