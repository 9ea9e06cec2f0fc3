"""Labels: wrong ones are suspected with their remedy, right ones never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.errors import Fault
from phusong.gis.crs import datum_twin, other_zones, same_crs, transform
from phusong.gis.findings import Findings
from phusong.gis.placing.labels import check_border, check_box, check_label, check_stated
from phusong.gis.placing.provinces import Published, published

GRID = "EPSG:9212"
TWIN = "+proj=tmerc +lat_0=0 +lon_0=106.25 +k=0.9999 +x_0=500000 +y_0=0 +datum=WGS84 +units=m +no_defs"
SIDE_M = 100_000.0
WEST, SOUTH = 520_000.0, 1_250_000.0
PROVINCE = shapely.box(WEST, SOUTH, WEST + SIDE_M, SOUTH + SIDE_M)
STEP_M = SIDE_M / 8
COMMUNES = gpd.GeoDataFrame(
    {"name": [f"Xã {row}{col}" for row in range(8) for col in range(8)]},
    geometry=[
        shapely.box(WEST + col * STEP_M, SOUTH + row * STEP_M, WEST + (col + 1) * STEP_M, SOUTH + (row + 1) * STEP_M)
        for row in range(8)
        for col in range(8)
    ],
    index=[f"25{i:03}" for i in range(64)],
    crs=GRID,
)


def read_as(shapes: gpd.GeoDataFrame, label: str, *, made: str) -> gpd.GeoDataFrame:
    """Return shapes whose file is in one CRS and says another, as `locate` would give them."""
    placed = shapes.to_crs(made).set_crs(label, allow_override=True).to_crs(GRID)
    placed.attrs["crs"] = label
    return placed


def spread(n: int, *, seed: int = 1, margin_m: float = 0.0) -> gpd.GeoDataFrame:
    xy = np.random.default_rng(seed).uniform(-margin_m, SIDE_M + margin_m, (n, 2)) + np.array([WEST, SOUTH])
    return gpd.GeoDataFrame(geometry=shapely.points(xy), crs=GRID)


def own_communes(points: gpd.GeoDataFrame) -> pd.Series:
    x, y = (
        np.clip(np.asarray(v), low, low + SIDE_M - 1)
        for v, low in ((points.geometry.x, WEST), (points.geometry.y, SOUTH))
    )
    number = ((y - SOUTH) // STEP_M * 8 + (x - WEST) // STEP_M).astype(int)
    return pd.Series([COMMUNES.index[i] for i in number], index=points.index)


def suspected(check: Any, *args: Any, **keys: Any) -> list[Fault]:
    findings = Findings()
    check(*args, notes=findings.of("sites", "s.csv"), **keys)
    return findings.faults


# label in the file, CRS it is really in, kind of mistake
WRONG = [
    ("EPSG:4326", "EPSG:4756", "a datum shift"),
    ("EPSG:4756", "EPSG:4326", "a datum shift"),
    (TWIN, "EPSG:9212", "a datum shift"),
    ("EPSG:32648", "EPSG:3405", "a datum shift"),
    ("EPSG:9211", "EPSG:9212", "a zone"),
    ("EPSG:9210", "EPSG:9212", "a zone"),
    ("EPSG:3405", "EPSG:9212", "a zone"),
]


def test_datum_twins() -> None:
    for one, other in (("EPSG:4326", "EPSG:4756"), ("EPSG:3406", "EPSG:32649"), ("EPSG:9212", TWIN)):
        assert datum_twin(one) == other
        assert datum_twin(other) == one
    assert datum_twin("OGC:CRS84") == "EPSG:4756"
    assert datum_twin("EPSG:2154") is None
    assert same_crs(TWIN, str(datum_twin("EPSG:9212")))
    assert len(other_zones("EPSG:9212")) == 21
    assert {"EPSG:3405", "EPSG:32648"}.isdisjoint(other_zones("EPSG:3405"))
    assert other_zones("EPSG:4756") == []


@pytest.mark.parametrize(("label", "made", "mistake"), WRONG)
def test_places_just_outside_give_a_label_away(label: str, made: str, mistake: str) -> None:
    faults = suspected(check_label, read_as(spread(20_000), label, made=made), outline=PROVINCE)
    assert len(faults) == 1
    assert (faults[0].column, faults[0].value) == ("crs", label)
    assert faults[0].rule.startswith(f"the label {label} looks wrong by {mistake}: read as ")
    assert f'set crs = "{made}" for this layer' in faults[0].remedy
    assert faults[0].severity == ("error" if label == "EPSG:3405" else "warning")


@pytest.mark.parametrize(("label", "made", "mistake"), WRONG)
def test_places_outside_the_commune_they_name_give_a_label_away(label: str, made: str, mistake: str) -> None:
    points = spread(1_500)
    stated = own_communes(points)
    faults = suspected(check_stated, read_as(points, label, made=made), stated, communes=COMMUNES)
    assert [mistake in f.rule for f in faults] == [True]
    assert f'set crs = "{made}"' in faults[0].remedy


def test_communes_are_known_by_name_too() -> None:
    points = read_as(spread(1_500), "EPSG:4326", made="EPSG:4756")
    names = own_communes(spread(1_500)).map(COMMUNES["name"]).str.replace("Xã ", "xã  ").astype("string")
    assert len(suspected(check_stated, points, names, communes=COMMUNES)) == 1
    # A name that two communes share tells nothing.
    assert suspected(check_stated, points, names, communes=COMMUNES.assign(name="Xã 00")) == []
    assert suspected(check_stated, points, names.where(names.isna()), communes=COMMUNES) == []


@given(
    n=st.integers(1, 2_500),
    seed=st.integers(0, 1_000_000),
    margin_m=st.sampled_from([0.0, 200.0, 3_000.0, 25_000.0]),
    error_m=st.sampled_from([0.0, 30.0, 300.0]),
    label=st.sampled_from(["EPSG:4326", "EPSG:4756", "EPSG:9212", "EPSG:9211", "EPSG:3405", "EPSG:32648", TWIN]),
)
@settings(deadline=None, max_examples=80)
def test_a_right_label_is_never_suspected(n: int, seed: int, margin_m: float, error_m: float, label: str) -> None:
    true = spread(n, seed=seed, margin_m=margin_m)
    stated = own_communes(true)
    rng = np.random.default_rng(seed + 1)
    listed = gpd.GeoDataFrame(
        geometry=shapely.points(shapely.get_coordinates(true.geometry.to_numpy()) + rng.normal(0, error_m, (n, 2))),
        crs=GRID,
    )
    places = read_as(listed, label, made=label)
    assert suspected(check_label, places, outline=PROVINCE) == []
    assert suspected(check_stated, places, stated, communes=COMMUNES) == []


def test_a_layer_of_the_province_next_door_is_not_suspected() -> None:
    """All its places are outside, and many would lie inside if they were shifted."""
    points = spread(20_000)
    east = gpd.GeoDataFrame(geometry=points.geometry.translate(SIDE_M), crs=GRID)
    for label in ("EPSG:4326", "EPSG:4756", "EPSG:9212"):
        assert suspected(check_label, read_as(east, label, made=label), outline=PROVINCE) == []


def test_lines_count_by_their_middles() -> None:
    starts = shapely.get_coordinates(spread(20_000).geometry.to_numpy())
    lines = gpd.GeoDataFrame(geometry=shapely.linestrings(np.stack([starts - 40, starts + 40], axis=1)), crs=GRID)
    assert len(suspected(check_label, read_as(lines, "EPSG:4326", made="EPSG:4756"), outline=PROVINCE)) == 1
    assert suspected(check_label, read_as(lines, "EPSG:4326", made="EPSG:4326"), outline=PROVINCE) == []


def wiggly(seed: int, tolerance_m: float) -> Any:
    """Return a province with a river for a border, simplified."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    radius = 50_000 + sum(
        a * np.sin(k * angle + p)
        for k, a, p in zip(range(2, 60), rng.normal(0, 900, 58), rng.uniform(0, 6, 58), strict=True)
    )
    ring = np.column_stack([WEST + 50_000 + radius * np.cos(angle), SOUTH + 50_000 + radius * np.sin(angle)])
    return shapely.make_valid(shapely.simplify(shapely.Polygon(ring), tolerance_m))


@pytest.mark.parametrize("seed", range(6))
def test_an_outer_border_gives_a_label_away_though_simplified(seed: int) -> None:
    outline = wiggly(seed, 0.0)
    halves = [
        shapely.intersection(wiggly(seed, 100.0), shapely.box(*box))
        for box in ((0, 0, WEST + 50_000, 2e6), (WEST + 50_000, 0, 2e6, 2e6))
    ]
    units = gpd.GeoDataFrame(geometry=halves, crs=GRID)
    for label, made in (("EPSG:4326", "EPSG:4326"), ("EPSG:4756", "EPSG:4756"), (GRID, GRID)):
        assert suspected(check_border, read_as(units, label, made=made), outline=outline) == []
    for label, made, mistake in WRONG:
        faults = suspected(check_border, read_as(units, label, made=made), outline=outline)
        assert [mistake in f.rule for f in faults] == [True], (label, made)
        assert f'set crs = "{made}"' in faults[0].remedy


def test_a_border_of_another_land_is_not_suspected() -> None:
    units = gpd.GeoDataFrame(geometry=[shapely.box(WEST + 9_000, SOUTH, WEST + 60_000, SOUTH + 70_000)], crs=GRID)
    for label in ("EPSG:4326", "EPSG:4756", GRID):
        assert suspected(check_border, read_as(units, label, made=label), outline=wiggly(1, 0.0)) == []


def test_the_communes_are_held_against_the_published_box() -> None:
    lon, lat = transform(*shapely.get_coordinates(PROVINCE).T, source=GRID, target="EPSG:4326")
    known = Published("Tỉnh thử", (lon.min(), lat.min(), lon.max(), lat.max()), "made up")
    for label in ("EPSG:4326", "EPSG:4756", GRID):
        assert suspected(check_box, read_as(COMMUNES, label, made=label), known=known) == []
    for label, made, mistake in WRONG:
        faults = suspected(check_box, read_as(COMMUNES, label, made=made), known=known)
        assert [mistake in f.rule for f in faults] == [True], (label, made)
        assert f'set crs = "{made}"' in faults[0].remedy
    # Only a part of the province, or a province of the same name that was merged since: no suspicion.
    assert suspected(check_box, read_as(COMMUNES.iloc[:40], "EPSG:4756", made="EPSG:4326"), known=known) == []


def test_published_provinces() -> None:
    names = {"TP. Hồ Chí Minh": "Thành phố Hồ Chí Minh", "tinh binh duong": "Bình Dương", "Đồng Nai": "Đồng Nai"}
    for name, own in names.items():
        found = published(name)
        assert found is not None
        assert found.name == own
        west, south, east, north = found.box
        assert 106 < west < east < 108
        assert 8 < south < north < 13
    assert published("Bình Phước (dữ liệu mô phỏng / simulated)") is None


# --- real layers, and whole worlds ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["communes_2025_binh_phuoc.gpkg", "communes_2025_binh_phuoc_simpl.geojson"])
def test_real_layers_are_right_and_are_suspected_when_mislabelled(shared: Path, name: str) -> None:
    data = shared / "data"
    known = published("Bình Phước")
    assert known is not None
    file = gpd.read_file(data / "communes_new" / name)
    right = read_as(file, "EPSG:4326", made="EPSG:4326")
    assert suspected(check_box, right, known=known) == []
    outline = shapely.union_all(shapely.make_valid(right.geometry.to_numpy()))
    old = gpd.read_file(data / "communes_old/communes_2009_binh_phuoc_coded_pop2019.geojson")
    old["geometry"] = shapely.make_valid(old.geometry.to_numpy())
    lines = gpd.read_file(data / "lines/powerlines_binh_phuoc.geojson")
    assert suspected(check_border, read_as(old, "EPSG:4326", made="EPSG:4326"), outline=outline) == []
    assert suspected(check_label, read_as(lines, "EPSG:4326", made="EPSG:4326"), outline=outline) == []
    # The same numbers called VN-2000.
    for check, layer, keys in ((check_box, file, {"known": known}), (check_border, old, {"outline": outline})):
        mislabelled = layer.set_crs("EPSG:4756", allow_override=True).to_crs(GRID)
        mislabelled.attrs["crs"] = "EPSG:4756"
        faults = suspected(check, mislabelled, **keys)
        assert ["by a datum shift: read as EPSG:4326" in f.rule for f in faults] == [True]


def test_published_boxes_are_those_of_the_reference_room(shared: Path) -> None:
    new = gpd.read_file(shared / "data/communes_new/communes_2025_dongnai_hcmc.gpkg")
    north = gpd.read_file(shared / "data/communes_new/communes_2025_binh_phuoc.gpkg")
    west = gpd.read_file(shared / "data/communes_new/communes_2025_binh_duong_simpl.geojson")["code"]
    in_west = new["code"].isin(west)
    # Đồng Nai's codes end with 26503; those of the city begin with 26506, but for former Bình Dương's.
    dong_nai = (new["code"].astype(int) <= 26_503) & ~in_west
    for name, table, count in (
        ("Bình Phước", north, 40),
        ("Bình Dương", new[in_west], 36),
        ("Đồng Nai", new[dong_nai], 95),
        ("Thành phố Hồ Chí Minh", new[~dong_nai], 168),
    ):
        found = published(name)
        assert found is not None
        assert len(table) == count
        np.testing.assert_allclose(found.box, table.total_bounds, atol=5.1e-5)
        assert f"{count} communes" in found.source


def test_a_world_of_mislabelled_sites(world: Any) -> None:
    """Sites in metres of 105°45′ under a label of 106°15′: one fault that names the zone, no flood."""
    xy = np.random.default_rng(3).uniform([568_100, 1_274_100], [579_900, 1_283_900], (40, 2))
    x, y = transform(*xy.T, source=GRID, target="EPSG:9210")
    rows = [[f"S{i + 1}", f"{a:.2f}", f"{b:.2f}"] for i, (a, b) in enumerate(zip(x, y, strict=True))]
    world.table("sites.csv", [["site_id", "x_m", "y_m"], *rows])
    world.layers["sites"]["crs"] = f'"{GRID}"'
    fault = next(f for f in world.faults() if f.layer == "sites")
    assert "40 of 40 records lie more than 30 km outside" in fault.rule
    assert "the numbers would fit EPSG:9210" in fault.remedy
    world.layers["sites"]["crs"] = '"EPSG:9210"'
    assert [f for f in world.faults() if f.layer == "sites"] == []
