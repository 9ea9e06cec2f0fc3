"""Terrain: small holes filled and marked, large ones unknown; a source too coarse for the model asked for is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis import Grid
from phusong.gis.crs import transform
from phusong.gis.findings import Findings
from phusong.gis.rasters import read_surface
from phusong.gis.schemas import layer_columns
from phusong.gis.terrain import LINE_OF_SIGHT_M, Terrain, coarseness
from phusong.gis.terrain.voids import fill_small, largest

GRID = Grid("EPSG:9212", west_m=560_000.0, north_m=1_280_000.0, cell_m=100.0, rows=60, cols=80)


def slope() -> Any:
    return 100.0 + 2.0 * np.arange(60.0)[:, None] + 3.0 * np.arange(80.0)[None, :]


def test_a_small_hole_is_filled_and_marked() -> None:
    """A slope goes on through the hole."""
    elevation = slope()
    elevation[20:24, 30:35] = np.nan
    found, filled = fill_small(elevation, cell_m=100.0)
    assert filled.sum() == 20
    assert filled[20:24, 30:35].all()
    np.testing.assert_array_equal(found[~filled], slope()[~filled])
    np.testing.assert_allclose(found, slope(), rtol=1e-9)
    assert np.isnan(elevation[20:24, 30:35]).all(), "the array given is not changed"


@pytest.mark.parametrize(
    "hole",
    [np.s_[10:30, 10:30], np.s_[0:3, 10:13], np.s_[57:60, 70:80], np.s_[5:8, 0:2], np.s_[10:11, :]],
    ids=["wide", "north edge", "corner", "west edge", "a cut through the map"],
)
def test_large_and_open_holes_stay_unknown(hole: Any) -> None:
    elevation = slope()
    elevation[hole] = np.nan
    found, filled = fill_small(elevation, cell_m=100.0)
    assert not filled.any()
    np.testing.assert_array_equal(found, elevation)


def test_a_hole_is_judged_in_metres() -> None:
    elevation = slope()
    elevation[20:25, 30:35] = np.nan
    assert fill_small(elevation, cell_m=100.0)[1].sum() == 25
    assert fill_small(elevation, cell_m=500.0)[1].sum() == 0
    assert fill_small(np.full((4, 4), np.nan), cell_m=100.0)[1].sum() == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 79), st.integers(1, 12)), max_size=12))
def test_filling_keeps_what_is_known_and_stays_between_its_neighbours(holes: list[tuple[int, int, int]]) -> None:
    elevation = slope()
    for row, col, size in holes:
        elevation[row : row + size, col : col + size] = np.nan
    found, filled = fill_small(elevation, cell_m=100.0)
    known = ~np.isnan(elevation)
    np.testing.assert_array_equal(found[known], elevation[known])
    np.testing.assert_array_equal(~np.isnan(found), known | filled)
    if filled.any():
        assert np.nanmin(elevation) - 1e-9 <= found[filled].min()
        assert found[filled].max() <= np.nanmax(elevation) + 1e-9


def test_the_largest_void_and_where_it_lies() -> None:
    void = np.zeros(GRID.shape, bool)
    void[0:2, 0:2] = void[10:20, 40:45] = True
    km2, x_m, y_m = largest(void, GRID)
    assert km2 == pytest.approx(0.5)
    row, col = GRID.cell_at(x_m, y_m)
    assert void[row, col]
    assert 10 <= row < 20


def test_what_a_coarse_raster_can_and_cannot_support() -> None:
    assert coarseness(30.9) == coarseness(92.8) == coarseness(float("nan")) == ""
    assert coarseness(461.2) == (
        "the elevation has one value every 461 m: good enough for effective antenna heights, too coarse for line of "
        "sight and diffraction behind hills, which need one every 100 m"
    )
    assert coarseness(92.8, model_needs_m=30) != ""
    terrain = Terrain(GRID, slope(), source_resolution_m=461.2)
    assert terrain.too_coarse_for() == coarseness(461.2)
    assert terrain.too_coarse_for(500) == ""
    assert Terrain(GRID, slope()).too_coarse_for() == ""
    assert LINE_OF_SIGHT_M == 100


def hilly(world: Any, *, cell: float, hole: Any = None) -> None:
    """Write elevation over the world and 16 km around it."""
    n = round(44_000 / cell)
    values = (100 + np.arange(n)[:, None] * 0.1 + np.zeros(n)[None, :]).astype("float32")
    if hole is not None:
        values[hole] = -10640
    affine = rasterio.Affine(cell, 0, 568_000.0 - 16_000, 0, -cell, 1_284_000.0 + 16_000)
    world.raster("terrain.tif", values, transform=affine, nodata=-32768)


def test_a_coarse_raster_is_a_warning(world: Any) -> None:
    hilly(world, cell=500.0)
    layers = world.read()
    (fault,) = (f for f in layers.faults if f.layer == "terrain")
    assert (fault.severity, fault.column, fault.value) == ("warning", "elevation_m", "500 m")
    assert fault.remedy == "give Copernicus GLO-30 or SRTM 1″ (30 m)"
    assert layers.terrain.source_resolution_m == pytest.approx(500, rel=1e-3)
    hilly(world, cell=90.0)
    assert [f for f in world.read().faults if f.layer == "terrain"] == []


def test_a_hole_in_a_province_is_one_row_of_the_report(world: Any) -> None:
    """Two values no ground can have: made unknown, then filled; the receipt has both, the terrain the mask."""
    world.province["cell_m"] = "100"
    hilly(world, cell=100.0, hole=np.s_[200:202, 200:203])
    layers = world.read()
    what = [(r.what, r.how_much) for r in layers.repairs if r.layer == "terrain"]
    assert what == [
        ("made unknown: impossible value", "6 cells"),
        (
            "filled: small holes in the elevation, smoothly from their rims (no cell farther than 500 m)",
            "6 cells (0.06 km²), 6 of them on the province's grid",
        ),
    ]
    assert layers.terrain.filled.sum() == 6
    np.testing.assert_allclose(layers.terrain.elevation_m[layers.terrain.filled], 120, atol=0.2)


def test_a_large_void_in_a_province_says_where(world: Any) -> None:
    world.province["cell_m"] = "100"
    hilly(world, cell=100.0, hole=np.s_[180:210, 180:220])
    layers = world.read()
    fault = next(f for f in layers.faults if "have no value" in f.rule)
    assert fault.rule == "1200 of 12000 cells of the province (12.0 km²) have no value"
    assert fault.value is not None
    assert fault.value.startswith("the largest void, 12.0 km², lies around lon 106.9")
    assert layers.terrain.filled is None
    assert np.isnan(layers.terrain.elevation_m).sum() == 1200


def test_tiles_of_a_province(world: Any) -> None:
    """A folder of tiles is one layer; its digest changes with any of them."""
    hilly(world, cell=100.0)
    tiles = world.folder / "ô độ cao"
    tiles.mkdir()
    with rasterio.open(world.folder / "terrain.tif") as file:
        whole, affine = file.read(1), file.transform
    for number, rows in enumerate((slice(0, 220), slice(220, 440))):
        world.raster(
            f"ô độ cao/{number}.tif", whole[rows], transform=affine @ rasterio.Affine.translation(0, rows.start)
        )
    expected = world.read().terrain.elevation_m
    for path in ('"ô độ cao"', '"ô độ cao/*.tif"'):
        world.layers["terrain"]["path"] = path
        layers = world.read()
        np.testing.assert_array_equal(layers.terrain.elevation_m, expected)
    before = next(s.sha256 for s in layers.summaries if s.layer == "terrain")
    with rasterio.open(tiles / "1.tif", "r+") as file:
        file.write(np.full((220, 440), 7, "float32"), 1)
    after = next(s.sha256 for s in world.read().summaries if s.layer == "terrain")
    assert len(after) == 64
    assert before != after


def test_the_real_clip_is_too_coarse_and_its_voids_are_filled(shared: Path, tmp_path: Path) -> None:
    """The real 15″ clip with four cells of -10640, a void that nodata does not name: unknown first, then closed."""
    path = tmp_path / "clip.tif"
    rasterio.shutil.copy(shared / "data/dem/binhphuoc_binhduong_clip.tif", path, driver="GTiff")
    with rasterio.open(path, "r+") as file:
        before, affine = file.read(1), file.transform
        damaged = before.copy()
        damaged[200:202, 150:152] = -10640
        file.write(damaged, 1)
    lon, lat = affine @ (151, 201)
    x, y = transform([lon], [lat], source="EPSG:4326", target="EPSG:9212")
    grid = Grid.around((x[0] - 10_000, y[0] - 10_000, x[0] + 10_000, y[0] + 10_000), crs="EPSG:9212", cell_m=100.0)
    findings = Findings()
    column = layer_columns("terrain")["elevation_m"]
    found = read_surface(path, crs=None, column=column, grid=grid, notes=findings.of("terrain", path.name))
    assert found is not None
    assert findings.repairs[0].how_much == "4 cells"
    assert 450 < found.resolution_m < 470
    assert coarseness(found.resolution_m)
    void = np.isnan(found.values)
    assert void.sum() == pytest.approx(4 * found.resolution_m**2 / 1e4, rel=0.1)
    elevation, filled = fill_small(found.values, cell_m=100.0)
    np.testing.assert_array_equal(filled, void)
    rim = damaged[199:203, 149:153]
    assert rim[rim > -10640].min() - 1 <= elevation[filled].min() <= elevation[filled].max() <= rim.max() + 1
