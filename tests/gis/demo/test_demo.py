"""The demo as written: its files are read back and counted."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from scipy.spatial import cKDTree

from phusong.errors import RunError
from phusong.gis import demo
from phusong.gis.demo import communes, files, places

SUBSCRIBERS = 1_180_156

# SHA-256 of the small province, seed 2026: CSV texts, raster values, geometries. Change them only on purpose.
GOLDEN = {
    "communes.gpkg": "49cdd588c8ea550d4b87db9eb5b5d24b472ca9df8981d275176faffe48bbba7d",
    "sites.csv": "1db935584099e4ffc5dc5a3d758be277fb5df3897a85e4166e85f2238f4a7d36",
    "cells.csv": "064efee3f904cfcbed323f151e8a1003ad567fa2ab81ebb3587d05537bb03f4a",
    "population.tif": "563dba6fcfeda3c4bcbede2c4f10c39ed04b81e72660e736954b210b2209c1d1",
    "terrain.tif": "aba36df8210e4d2873a0b32875c0bbde84686301bc261597b9dd3c5c9e884ccb",
    "fibre.gpkg": "c6fb308f87401c43aa5f63eee725a2803597d9eadf29b522e9b4583422c2a9c4",
    "roads.gpkg": "cecd280b5ba99ac2b7f3a98a71a6cc27c0a67401ce1b2c4746ceaf393f7b1bdf",
    "hamlets.csv": "fda1580989fc2608db34d153aefbf622dfb86db088000eb9df18a0f26c23c2bc",
    "industrial_parks.gpkg": "90b47c345eac743300c1007a7ce94ffe192e6ecfe31b1a3400a10313c7238aff",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.write(tmp_path_factory.mktemp("small"), size="small").parent


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.write(tmp_path_factory.mktemp("province")).parent


def _table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "layers" / f"{name}.csv", dtype={"commune_code": str})


def _map(folder: Path, name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / "layers" / f"{name}.gpkg")


def _raster(folder: Path, name: str) -> tuple[np.ndarray, Any]:
    with rasterio.open(folder / "layers" / f"{name}.tif") as raster:
        return raster.read(1), raster.profile


def _bts(folder: Path) -> pd.DataFrame:
    """Return one row a BTS: mast x operator x technology."""
    return _table(folder, "cells").drop_duplicates(["site_id", "operator", "technology"])


def _xy(table: pd.DataFrame) -> np.ndarray:
    return np.column_stack(places.to_metres(table["lon"], table["lat"]))


def _digest(folder: Path, name: str) -> str:
    path = folder / "layers" / name
    if path.suffix == ".csv":
        data = path.read_bytes()
    elif path.suffix == ".tif":
        values = _raster(folder, path.stem)[0]
        data = values.astype(values.dtype.newbyteorder("<")).tobytes()
    else:
        data = b"".join(shapely.to_wkb(_map(folder, path.stem).geometry.to_numpy(), byte_order=1))
    return hashlib.sha256(data).hexdigest()


# --- the same bytes ------------------------------------------------------------------------------------------


def test_two_writes_are_the_same_bytes(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    again = demo.write("tỉnh thử nghiệm/lần hai", size="small").parent
    names = sorted(path.relative_to(small) for path in small.rglob("*") if path.is_file())
    assert len(names) == 11  # nine layers, layers.toml, the receipt
    assert names == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for name in names:
        assert (again / name).read_bytes() == (small / name).read_bytes(), name


@pytest.mark.parametrize("name", [name for name, _ in files.WRITERS])
def test_golden(small: Path, name: str) -> None:
    assert _digest(small, name) == GOLDEN[name]


def test_another_seed_is_another_province_of_the_same_size(small: Path, tmp_path: Path) -> None:
    other = demo.write(tmp_path, size="small", seed=7).parent
    assert len(_table(other, "sites")) == len(_table(small, "sites"))
    assert not np.array_equal(_xy(_table(other, "sites")), _xy(_table(small, "sites")))
    assert (_bts(other)["technology"] == "4G").sum() == (_bts(small)["technology"] == "4G").sum()
    assert _raster(other, "population")[0].clip(0).sum(dtype=np.float64) == 143_012.0


def test_the_gdal_option_is_put_back(tmp_path: Path) -> None:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2001-01-01T00:00:00.000Z"})
    try:
        demo.write(tmp_path, size="small")
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "2001-01-01T00:00:00.000Z"
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


# --- the files as the column dictionary wants them -----------------------------------------------------------


def _dictionary() -> dict[str, dict[str, dict[str, str]]]:
    text = resources.files("phusong.gis").joinpath("columns.csv").read_text(encoding="utf-8")
    layers: dict[str, dict[str, dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        layers.setdefault(row["layer"], {})[row["column"]] = row
    return layers


@pytest.mark.parametrize("layer", ["communes", "sites", "cells", "fibre", "roads", "hamlets", "industrial_parks"])
def test_columns_follow_the_dictionary(province: Path, layer: str) -> None:
    rules = _dictionary()[layer]
    is_csv = (province / "layers" / f"{layer}.csv").exists()
    table = _table(province, layer) if is_csv else _map(province, layer).drop(columns="geometry")
    if layer == "hamlets":
        table = table.drop(columns=["lon", "lat"])  # where the points are, not attributes
    assert list(table.columns) == [column for column in rules if column in table.columns]
    assert set(table.columns) >= {name for name, rule in rules.items() if rule["required"] == "yes"}
    for name, column in table.items():
        rule = rules[str(name)]
        assert column.notna().all(), name
        if rule["values"]:
            assert set(column) <= set(rule["values"].split("|")), name
        if rule["minimum"]:
            assert column.between(float(rule["minimum"]), float(rule["maximum"])).all(), name
        if rule["unique"] == "yes":
            assert column.is_unique, name
    assert table["simulated"].all()


def test_layers_toml_names_every_file_and_says_simulated(province: Path) -> None:
    table = tomllib.loads((province / "layers.toml").read_text(encoding="utf-8"))
    assert table["province"]["simulated"] is True
    assert "mô phỏng / simulated" in table["province"]["name"]
    assert table["province"]["calibration"] == ["BD01", "BD03", "BP04", "BP08"]
    assert set(table["province"]["operators"]) == set(_table(province, "cells")["operator"])
    assert len(table["layers"]) == len(files.WRITERS)
    for layer in table["layers"].values():
        assert (province / layer["path"]).is_file()
        assert "simulated" in layer["source"]


def test_foreign_keys_hold(province: Path) -> None:
    sites, cells, hamlets = (_table(province, name) for name in ("sites", "cells", "hamlets"))
    assert set(cells["site_id"]) == set(sites["site_id"])
    assert set(hamlets["commune_code"]) == set(_map(province, "communes")["code"])
    heights = cells.merge(sites, on="site_id", suffixes=("", "_mast"))
    assert (heights["height_m"] <= heights["height_m_mast"]).all()


# --- people --------------------------------------------------------------------------------------------------


def test_each_commune_sums_to_its_census(province: Path) -> None:
    units = _map(province, "communes")
    values, profile = _raster(province, "population")
    rows, cols = np.nonzero(values > 0)
    x_m = profile["transform"].c + 100.0 * cols + 50.0
    y_m = profile["transform"].f - 100.0 * rows - 50.0
    point, commune = shapely.STRtree(units.geometry).query(shapely.points(x_m, y_m), predicate="within")
    assert len(point) == len(rows)  # each inhabited cell lies in exactly one commune
    sums = np.bincount(commune, weights=values[rows, cols][point].astype(np.float64), minlength=len(units))
    np.testing.assert_array_equal(sums, units["population"])
    assert units["population"].sum() == 994_679
    hamlets = _table(province, "hamlets").groupby("commune_code")["people"].sum()
    np.testing.assert_array_equal(hamlets.loc[units["code"]], units["population"])


def test_nobody_is_counted_outside(province: Path) -> None:
    values, profile = _raster(province, "population")
    ground, ground_profile = _raster(province, "terrain")
    assert (profile["nodata"], ground_profile["nodata"]) == (-1.0, -32768.0)
    assert profile["crs"].to_string() == ground_profile["crs"].to_string() == "EPSG:9212"
    assert profile["transform"] == ground_profile["transform"]
    assert values[0, 0] == -1.0
    area_km2 = _map(province, "communes").area.sum() / 1e6
    assert area_km2 < (values >= 0).sum() / 100.0 < 1.01 * area_km2  # a cell over the border, and no more
    assert (ground > 0).all()


def test_people_live_in_clusters(province: Path) -> None:
    values = _raster(province, "population")[0]
    inside = np.sort(values[values >= 0])[::-1]
    assert 0.10 < (inside > 0).mean() < 0.40
    assert inside[: len(inside) // 100].sum(dtype=np.float64) > 0.25 * 994_679  # the fullest hundredth
    assert inside[0] < 400  # per hectare: no tower blocks by accident


# --- network -------------------------------------------------------------------------------------------------


def test_the_network_is_calibrated(province: Path) -> None:
    sites, bts = _table(province, "sites"), _bts(province)
    count = bts["technology"].value_counts()
    assert 860 <= len(sites) <= 940
    assert count["4G"] == pytest.approx(1_080, rel=0.01)
    assert SUBSCRIBERS / count["4G"] == pytest.approx(1_091, rel=0.01)  # BD01, BD03, BP08
    assert 60 <= count["5G"] <= 90
    mix = sites["mast_class"].value_counts(normalize=True)
    assert mix.to_dict() == pytest.approx({"A2b": 0.922, "A2a": 0.058, "A1b": 0.011, "A2c": 0.009}, abs=0.001)
    sharing = bts.groupby("site_id")["operator"].nunique()
    assert 0.20 <= (sharing >= 2).mean() <= 0.25
    share = bts.loc[bts["technology"] == "4G", "operator"].value_counts(normalize=True)
    assert share.to_dict() == pytest.approx(
        {"Hoa Sen": 0.45, "Sông Bé": 0.27, "Bà Rá": 0.20, "Lộc Việt": 0.08}, abs=0.001
    )
    assert "2G" not in set(bts.loc[bts["operator"] == "Lộc Việt", "technology"])


def test_the_2g_only_tail_is_in_thin_communes(province: Path) -> None:
    kinds = _bts(province).groupby(["site_id", "operator"])["technology"].agg(frozenset)
    tail = kinds[kinds == frozenset({"2G"})]
    assert 60 <= len(tail) <= 80
    units = _map(province, "communes").set_index("code")
    density = units["population"] / units["area_km2"]
    home = tail.index.get_level_values("site_id").str.split("-").str[1]
    assert (density[home] <= density.median()).all()
    assert (units.loc[home, "kind"] == "xã").all()


def test_5g_only_in_towns_and_parks(province: Path) -> None:
    bts, sites = _bts(province), _table(province, "sites").set_index("site_id")
    with_5g = sites.loc[bts.loc[bts["technology"] == "5G", "site_id"].unique()]
    xy = _xy(with_5g)
    units = communes.read()
    to_centre_m = cKDTree(np.column_stack([units.x_m, units.y_m])).query(xy)[0]
    to_park_m = shapely.distance(_map(province, "industrial_parks").union_all(), shapely.points(xy))
    assert ((to_centre_m < 3_500) | (to_park_m < 1_000)).all()
    cells = _table(province, "cells")
    bands = cells[cells["technology"] == "5G"].groupby("operator")["band"].agg(set).to_dict()
    assert bands == {"Hoa Sen": {"NR2600", "NR700"}, "Sông Bé": {"NR3700"}, "Bà Rá": {"NR3700"}}


def test_masts_stand_inside_and_apart(province: Path) -> None:
    xy = _xy(_table(province, "sites"))
    outline = shapely.union_all(_map(province, "communes").geometry)
    assert shapely.contains_xy(outline, xy[:, 0], xy[:, 1]).all()
    values = _raster(province, "population")[0]
    assert values.dtype == np.float32
    apart_m = cKDTree(xy).query(xy, k=2)[0][:, 1]
    assert apart_m.min() >= 149.0  # 150 m less the rounding of degrees
    # Outside the towns the floor is 400 m: no more masts stand closer than towns have.
    assert (apart_m < 399.0).mean() < 0.15


def test_some_hamlets_are_left_without_4g_but_few(province: Path) -> None:
    bts, sites, hamlets = _bts(province), _table(province, "sites"), _table(province, "hamlets")
    has_4g = sites["site_id"].isin(bts.loc[bts["technology"] == "4G", "site_id"])
    to_4g_m = cKDTree(_xy(sites[has_4g])).query(_xy(hamlets))[0]
    to_mast_m = cKDTree(_xy(sites)).query(_xy(hamlets))[0]
    assert 10 <= (to_4g_m > 4_000).sum() <= 50
    assert (to_mast_m > 4_000).any()  # a dark pocket
    assert ((to_4g_m > 4_000) & (to_mast_m < 1_000)).any()  # a 2G pocket


def test_cells_turn_and_tilt_as_sectors_do(province: Path) -> None:
    cells = _table(province, "cells")
    assert cells["tilt_deg"].between(2, 8).all()
    sectors = cells.groupby(["site_id", "operator", "band"])["azimuth_deg"].agg(list)
    assert set(sectors.map(len)) == {2, 3}
    for azimuths in sectors:
        steps = np.diff(sorted([*azimuths, min(azimuths) + 360]))
        assert np.abs(steps - 360 / len(azimuths)).max() <= 20


# --- roads, fibre, parks -------------------------------------------------------------------------------------


def test_fibre_runs_on_the_roads_vertices(province: Path) -> None:
    nets = {}
    for name in ("roads", "fibre"):
        nets[name] = nx.Graph()
        for line in _map(province, name).geometry:
            nx.add_path(nets[name], list(line.coords))
    assert nx.is_connected(nets["roads"])
    assert nx.is_connected(nets["fibre"])
    assert set(nets["fibre"].edges) <= set(nets["roads"].edges) | {(b, a) for a, b in nets["roads"].edges}
    hamlets = _xy(_table(province, "hamlets"))
    to_fibre_m = cKDTree(np.array(list(nets["fibre"]))).query(hamlets)[0]
    assert (to_fibre_m > 2_000).mean() > 0.2  # a connection has a length


def test_parks_lie_in_the_communes(province: Path) -> None:
    parks = _map(province, "industrial_parks")
    assert len(parks) == 13
    assert parks.within(_map(province, "communes").union_all()).all()


# --- refusing and recovering ---------------------------------------------------------------------------------


def test_refuses_a_folder_of_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(RunError, match="not empty"):
        demo.write(tmp_path, size="small")
    (tmp_path / "layers.toml").write_text("[province]\nsimulated = false\n", encoding="utf-8")
    with pytest.raises(RunError, match="not a simulated province's"):
        demo.write(tmp_path, size="small")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layers.toml", "thesis.txt"]


def test_refuses_a_file_and_an_unknown_size(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="is a file"):
        demo.write(tmp_path / "file")
    with pytest.raises(RunError, match="'huge' is unknown: choose one of small, province, stress"):
        demo.write(tmp_path / "new", size="huge")  # type: ignore[arg-type]
    assert not (tmp_path / "new").exists()


def test_a_failure_leaves_no_layers_toml_and_can_be_repeated(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_province: object, _path: Path) -> None:
        raise OSError("disk full")

    demo.write(tmp_path, size="small", seed=1)
    with monkeypatch.context() as patch:
        patch.setattr(files, "WRITERS", (*files.WRITERS[:3], ("terrain.tif", full_disk)))
        with pytest.raises(RunError, match="disk full"):
            demo.write(tmp_path, size="small")
    assert not (tmp_path / "layers.toml").exists()
    (tmp_path / "scenario.toml").write_text("kept = true", encoding="utf-8")
    again = demo.write(tmp_path, size="small")
    assert again.read_bytes() == (small / "layers.toml").read_bytes()
    assert (tmp_path / "scenario.toml").exists()
    assert not (tmp_path / ".demo-unfinished").exists()


def test_progress_wraps_the_files(tmp_path: Path) -> None:
    seen: list[tuple[int, str]] = []

    def watch(steps: Iterable[Any], description: str) -> Iterable[Any]:
        steps = list(steps)
        seen.append((len(steps), description))
        return steps

    demo.write(tmp_path, size="small", progress=watch)
    assert seen == [(len(files.WRITERS), "Writing the simulated province")]


@pytest.mark.slow
def test_stress_carries_3666_4g_bts(tmp_path: Path) -> None:
    folder = demo.write(tmp_path, size="stress").parent
    bts = _bts(folder)
    assert (bts["technology"] == "4G").sum() == 3_666  # BD01
    assert 2_900 <= len(_table(folder, "sites")) <= 3_200
    assert _raster(folder, "population")[0].clip(0).sum(dtype=np.float64) == 994_679.0


def test_sizes_are_the_three() -> None:
    assert get_args(demo.Size) == ("small", "province", "stress")
