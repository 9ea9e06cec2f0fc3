"""Rasters: cut where aligned, resampled where not, sums kept, impossible values void and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from phusong.gis import Grid
from phusong.gis.crs import to_lonlat, transform
from phusong.gis.findings import Findings
from phusong.gis.rasters import read_counts, read_surface, write_raster
from phusong.gis.schemas import layer_columns

PEOPLE, ELEVATION = layer_columns("population")["people"], layer_columns("terrain")["elevation_m"]
GRID = Grid("EPSG:9212", west_m=560_000.0, north_m=1_280_000.0, cell_m=100.0, rows=60, cols=80)


def save(path: Path, values: np.ndarray, *, west: float, north: float, cell: float, **keys: Any) -> Path:
    """Write a north-up raster."""
    profile = {"driver": "GTiff", "count": 1, "crs": "EPSG:9212", "dtype": values.dtype.name, **keys}
    affine = rasterio.Affine(cell, 0, west, 0, -cell, north)
    with rasterio.open(path, "w", width=values.shape[1], height=values.shape[0], transform=affine, **profile) as file:
        file.write(values, 1)
    return path


def counts(path: Path, findings: Findings | None = None, **keys: Any) -> Any:
    notes = (findings or Findings()).of("population", path.name)
    return read_counts(path, crs=keys.get("crs"), column=PEOPLE, grid=keys.get("grid", GRID), notes=notes)


def surface(path: Path, findings: Findings | None = None, **keys: Any) -> Any:
    notes = (findings or Findings()).of("terrain", path.name)
    return read_surface(path, crs=keys.get("crs"), column=ELEVATION, grid=keys.get("grid", GRID), notes=notes)


@pytest.mark.parametrize(("rows", "cols"), [(0, 0), (2, -3), (-5, 7)])
def test_an_aligned_raster_is_cut_exactly(tmp_path: Path, rows: int, cols: int) -> None:
    """Cell values name their own row and column, so a test knows the right one."""
    values = np.add.outer(1000.0 * np.arange(66), np.arange(90))
    path = save(tmp_path / "a.tif", values, west=GRID.west_m + 100 * cols, north=GRID.north_m + 100 * rows, cell=100)
    expected = np.full(GRID.shape, np.nan)
    for row in range(GRID.rows):
        for col in range(GRID.cols):
            i, j = row + rows, col - cols
            if 0 <= i < 66 and 0 <= j < 90:
                expected[row, col] = values[i, j]
    found = counts(path)
    np.testing.assert_array_equal(found.values, expected)
    assert found.crs == "EPSG:9212"


def test_rounded_decimals_are_still_aligned(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(0, 9, GRID.shape)
    path = save(tmp_path / "a.tif", values, west=GRID.west_m + 1e-6, north=GRID.north_m, cell=100 + 1e-9)
    np.testing.assert_array_equal(counts(path).values, values)


def test_half_a_cell_shifted_counts_are_shared_by_area(tmp_path: Path) -> None:
    values = np.zeros((60, 80))
    values[10, 10] = 8.0
    path = save(tmp_path / "a.tif", values, west=GRID.west_m + 50, north=GRID.north_m - 50, cell=100)
    found = counts(path).values
    np.testing.assert_allclose(found[10:12, 10:12], [[2, 2], [2, 2]], atol=1e-9)
    assert np.nansum(found) == pytest.approx(8.0)


@pytest.mark.parametrize("cell", [25.0, 50.0, 100.0 / 3, 250.0, 1000.0])
def test_sums_are_kept_between_lattices(tmp_path: Path, cell: float) -> None:
    """The people of a raster inside the grid are all there, whatever its cells' size."""
    n, m = int(3000 // cell), int(4000 // cell)
    values = np.random.default_rng(2).uniform(0, 50, (n, m))
    path = save(tmp_path / "a.tif", values, west=GRID.west_m + 1013, north=GRID.north_m - 1007, cell=cell)
    assert np.nansum(counts(path).values) == pytest.approx(values.sum(), rel=1e-6)


def test_sums_are_kept_from_degrees(tmp_path: Path) -> None:
    """To rounding: pixels are handed out piece by piece, none is lost at its edges."""
    lon, lat = transform([564_000], [1_277_000], source="EPSG:9212", target="EPSG:4326")
    values = np.random.default_rng(3).uniform(1, 500, (4, 5))
    step = 30 / 3600
    path = save(
        tmp_path / "a.tif", values, west=lon[0] - 2.5 * step, north=lat[0] + 2 * step, cell=step, crs="EPSG:4326"
    )
    assert np.nansum(counts(path).values) == pytest.approx(values.sum(), rel=1e-9)


def test_a_reprojected_surface_keeps_its_slope(tmp_path: Path) -> None:
    """A plane in degrees stays the plane at every grid cell."""
    lon, lat = transform([562_000, 568_000], [1_276_000, 1_280_500], source="EPSG:9212", target="EPSG:4326")
    step = 3 / 3600
    west, north = lon[0] - 0.05, lat[1] + 0.05
    cols, rows = 220, 180
    xs, ys = west + (np.arange(cols) + 0.5) * step, north - (np.arange(rows) + 0.5) * step
    values = (1000 * (xs[None, :] - 106.8) + 500 * (ys[:, None] - 11.5)).astype("float64")
    path = save(tmp_path / "a.tif", values, west=west, north=north, cell=step, crs="EPSG:4326")
    found = surface(path).values
    x, y = np.meshgrid(GRID.x_m, GRID.y_m)
    gx, gy = transform(x, y, source="EPSG:9212", target="EPSG:4326")
    expected = 1000 * (gx - 106.8) + 500 * (gy - 11.5)
    known = np.isfinite(found)
    assert known.mean() > 0.5
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-6)


def test_nodata_is_nan_and_nothing_else_is(tmp_path: Path) -> None:
    values = np.ones(GRID.shape)
    values[0, 0], values[1, 1] = -99999, 0
    path = save(tmp_path / "a.tif", values, west=GRID.west_m, north=GRID.north_m, cell=100, nodata=-99999)
    found = counts(path).values
    assert np.argwhere(np.isnan(found)).tolist() == [[0, 0]]
    assert found[1, 1] == 0


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", np.full(GRID.shape, 123, "int16"), west=GRID.west_m, north=GRID.north_m, cell=100)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.1,), (5.0,)
    np.testing.assert_allclose(surface(path).values, 17.3)


def test_what_write_raster_writes_is_read_back(tmp_path: Path) -> None:
    values = (np.arange(GRID.size) % 900).astype("int16").reshape(GRID.shape)
    values[3, 3] = -32768
    path = tmp_path / "signal.tif"
    write_raster(path, values, grid=GRID, nodata=-32768, scale=0.1, tags={"unit": "m"})
    expected = np.where(values == -32768, np.nan, values * 0.1)
    np.testing.assert_allclose(surface(path).values, expected)


@pytest.mark.parametrize("bad", [-10640.0, 32767.0, np.inf])
def test_impossible_values_are_void_counted_and_said(tmp_path: Path, bad: float) -> None:
    values = np.full(GRID.shape, 50.0)
    values[2:4, 5:7] = bad
    findings = Findings()
    path = save(tmp_path / "a.tif", values, west=GRID.west_m, north=GRID.north_m, cell=100)
    found = surface(path, findings).values
    assert np.argwhere(np.isnan(found)).tolist() == [[2, 5], [2, 6], [3, 5], [3, 6]]
    (fault,), (repair,) = findings.faults, findings.repairs
    lon, lat = to_lonlat(GRID.x_m[5], GRID.y_m[2], crs=GRID.crs)
    worst = f"{bad:g} at lon {lon:.5f} lat {lat:.5f}"
    assert (fault.severity, fault.column, fault.value) == ("warning", "elevation_m", worst)
    assert "from -450 to 9000 m; 4 cells of the file are not" in fault.rule
    assert (repair.how_much, repair.after) == ("4 cells", "unknown")


def test_infinite_people_are_impossible(tmp_path: Path) -> None:
    values = np.ones(GRID.shape)
    values[0, 0] = np.inf
    found = counts(save(tmp_path / "a.tif", values, west=GRID.west_m, north=GRID.north_m, cell=100)).values
    assert np.isnan(found[0, 0])
    assert np.nansum(found) == GRID.size - 1


def refused(path: Path, **keys: Any) -> str:
    findings = Findings()
    assert counts(path, findings, **keys) is None
    (fault,) = [f for f in findings.faults if f.severity == "error"]
    return fault.rule


def test_a_raster_of_another_country(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", np.ones((5, 5)), west=6.0, north=49.7, cell=0.01, crs="EPSG:4326")
    assert refused(path) == "the raster does not touch the province"


def test_no_crs_unless_stated(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", np.ones(GRID.shape), west=GRID.west_m, north=GRID.north_m, cell=100, crs=None)
    assert refused(path) == "the raster has no coordinate system"
    assert counts(path, crs="EPSG:9212").values.sum() == GRID.size
    assert "no coordinate system PROJ knows" in refused(path, crs="VN-2001")


def test_a_stated_crs_that_contradicts_the_file_is_said(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", np.ones(GRID.shape), west=GRID.west_m, north=GRID.north_m, cell=100)
    findings = Findings()
    assert counts(path, findings, crs="EPSG:9213") is None or findings.faults
    assert "layers.toml says EPSG:9213, the file says EPSG:9212" in findings.faults[0].rule


def test_all_void(tmp_path: Path) -> None:
    corner = {"west": GRID.west_m, "north": GRID.north_m, "cell": 100}
    path = save(tmp_path / "a.tif", np.full((3, 3), -1.0), nodata=-1, **corner)
    assert refused(path) == "the raster holds no value at all"


@pytest.mark.parametrize("share", [0.0, 0.02, 0.6])
def test_a_truncated_file(tmp_path: Path, share: float) -> None:
    values = np.random.default_rng(0).uniform(0, 9, GRID.shape)
    path = save(tmp_path / "a.tif", values, west=GRID.west_m, north=GRID.north_m, cell=100)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert refused(path).startswith("the raster cannot be read")


def test_not_georeferenced(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "scan.tif"
    Image.fromarray(np.ones((4, 4), "uint8")).save(path)
    assert refused(path, crs="EPSG:9212") == "the raster does not say where it lies"


def test_several_bands_are_said(tmp_path: Path) -> None:
    findings = Findings()
    path = tmp_path / "rgb.tif"
    affine = GRID.transform
    with rasterio.open(
        path, "w", driver="GTiff", count=2, width=80, height=60, dtype="float32", crs="EPSG:9212", transform=affine
    ) as file:
        file.write(np.ones((60, 80), "float32"), 1)
        file.write(np.full((60, 80), 7, "float32"), 2)
    assert counts(path, findings).values.max() == 1
    assert findings.faults[0].rule == "the raster has 2 bands; the first is read"


def test_south_up_and_turned_rasters_are_resampled(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    values = np.arange(24.0 * 20).reshape(20, 24)
    south_up = rasterio.Affine(100, 0, GRID.west_m, 0, 100, GRID.north_m - 2000)
    with rasterio.open(
        path, "w", driver="GTiff", count=1, width=24, height=20, dtype="float64", crs="EPSG:9212", transform=south_up
    ) as file:
        file.write(values, 1)
    found = counts(path).values
    np.testing.assert_allclose(found[:20, :24], values[::-1], atol=1e-6)


def test_a_raster_that_covers_a_part_is_said(world: Any) -> None:
    world.raster("terrain.tif", np.full((20, 12), 50.0))
    layers = world.read()
    coarse, warning = (f for f in layers.faults if f.layer == "terrain")
    assert coarse.rule.startswith("the elevation has one value every 500 m")
    assert warning.value == "the largest void, 60.0 km², lies around lon 106.9555, lat 11.5669"
    assert warning.rule == "240 of 480 cells of the province (60.0 km²) have no value"
    assert warning.severity == "warning"
    assert next(r for r in layers.repairs if r.layer == "terrain").how_much == "240 cells (60.0 km²)"
    assert next((s.rows, s.used) for s in layers.summaries if s.layer == "terrain") == (480, 240)
    assert np.isnan(layers.terrain.on(layers.grid)).sum() == 240


def test_real_terrain(shared: Path) -> None:
    findings = Findings()
    grid = Grid("EPSG:9212", 480_000.0, 1_330_000.0, 1000.0, 100, 100)
    found = surface(shared / "data/dem/binhphuoc_binhduong_clip.tif", findings, grid=grid)
    assert findings.faults == []
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    lon, _ = transform(x, y, source="EPSG:9212", target="EPSG:4326")
    inside = lon > found.extent[0] + 0.01
    assert np.isfinite(found.values[inside]).all()
    assert np.isnan(found.values[lon < found.extent[0] - 0.01]).all()
    assert 0 < np.nanmedian(found.values) < 200


def test_real_worldpop_keeps_its_sum(shared: Path) -> None:
    path = shared / "data/population/worldpop_2020_1km_bp_bd_clip.tif"
    with rasterio.open(path) as file:
        total = float(file.read(1, masked=True).sum(dtype=float))
    grid = Grid("EPSG:9212", 440_000.0, 1_400_000.0, 500.0, 500, 600)
    assert np.nansum(counts(path, grid=grid).values) == pytest.approx(total, rel=1e-9)
