"""Raster files: formats, tiles, zips and VRTs as planners have them; what is broken or hostile is named, not opened."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from phusong.errors import Fault
from phusong.gis import Grid
from phusong.gis.crs import transform
from phusong.gis.findings import Findings
from phusong.gis.rasters import OnGrid, probe, read_counts, read_surface
from phusong.gis.readers.raster_files import open_raster, raster_parts
from phusong.gis.schemas import layer_columns

ELEVATION, PEOPLE = layer_columns("terrain")["elevation_m"], layer_columns("population")["people"]
GRID = Grid("EPSG:9212", west_m=560_000.0, north_m=1_280_000.0, cell_m=100.0, rows=60, cols=80)
STEP = 3 / 3600


def surface(path: Path, *, grid: Grid = GRID, **keys: Any) -> tuple[OnGrid | None, Findings]:
    findings = Findings()
    return read_surface(
        path, column=ELEVATION, grid=grid, notes=findings.of("terrain", path.name), **{"crs": None, **keys}
    ), findings


def refused(path: Path, **keys: Any) -> Fault:
    found, findings = surface(path, **keys)
    assert found is None
    (fault,) = [f for f in findings.faults if f.severity == "error"]
    return fault


def plane(lon: Any, lat: Any) -> Any:
    """Return an elevation that names its place."""
    return 100 + 1000 * (np.asarray(lon) - 106.8) + 500 * (np.asarray(lat) - 11.5)


def expected(grid: Grid = GRID) -> Any:
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    return plane(*transform(x, y, source=grid.crs, target="EPSG:4326"))


def lonlat() -> tuple[float, float]:
    """Return the grid's north-western corner in degrees, on a pixel's corner."""
    lon, lat = transform([GRID.west_m], [GRID.north_m], source=GRID.crs, target="EPSG:4326")
    return float(np.floor(lon[0] / STEP) * STEP) - 20 * STEP, float(np.ceil(lat[0] / STEP) * STEP) + 20 * STEP


def degrees(path: Path, *, west: float, north: float, size: tuple[int, int] = (140, 160), **keys: Any) -> Path:
    """Write the plane as a raster of 3 arc-seconds."""
    rows, cols = size
    xs, ys = west + (np.arange(cols) + 0.5) * STEP, north - (np.arange(rows) + 0.5) * STEP
    values = plane(xs[None, :], ys[:, None]).astype(keys.pop("dtype", "float64"))
    affine = rasterio.Affine(STEP, 0, west, 0, -STEP, north)
    profile = {"driver": "GTiff", "count": 1, "crs": "EPSG:4326", "dtype": values.dtype.name, "transform": affine}
    tags = keys.pop("tags", {})
    with rasterio.open(path, "w", width=cols, height=rows, **{**profile, **keys}) as file:
        file.write(values, 1)
        file.update_tags(**tags)
    return path


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"tags": {"AREA_OR_POINT": "Point"}},
        {"ENDIANNESS": "BIG"},
        {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate", "predictor": 3},
        {"driver": "COG"},
        {"driver": "HFA"},
        {"driver": "EHdr", "dtype": "float32"},
        {"driver": "AAIGrid", "dtype": "float32", "decimal_precision": 9},
    ],
    ids=["plain", "pixel is point", "big endian", "tiled", "COG", "img", "bil", "asc"],
)
def test_a_plane_is_right_at_every_cell_centre(tmp_path: Path, keys: dict[str, Any]) -> None:
    """No half pixel is lost, in whatever format: the plane's values at the cells' centres to a millionth."""
    suffix = {"HFA": "img", "EHdr": "bil", "AAIGrid": "asc"}.get(keys.get("driver", ""), "tif")
    west, north = lonlat()
    path = tmp_path / f"đất {{1}}.{suffix}"
    if keys.get("driver") == "AAIGrid":
        plain = degrees(tmp_path / "plain.tif", west=west, north=north)
        rasterio.shutil.copy(plain, path, driver="AAIGrid", decimal_precision=9)
    else:
        degrees(path, west=west, north=north, **keys)
    found, findings = surface(path, crs="EPSG:4326" if suffix in {"asc", "bil"} else None)
    assert found is not None, findings.faults
    np.testing.assert_allclose(found.values, expected(), rtol=1e-6)
    assert found.resolution_m == pytest.approx(92.2, abs=0.5)


@pytest.mark.parametrize("finer", [1.0, 0.4, 0.1, 0.02])
def test_a_finer_plane_is_averaged_without_a_shift(tmp_path: Path, finer: float) -> None:
    """Pixels of 92 m down to 2 m: the mean over a cell of a plane is its value at the centre."""
    grid = Grid(GRID.crs, GRID.west_m, GRID.north_m, 100.0, 8, 10)
    west, north = lonlat()
    west, north = west + 18 * STEP, north - 18 * STEP
    step = STEP * finer
    n = round(18 / finer)
    xs, ys = west + (np.arange(n) + 0.5) * step, north - (np.arange(n) + 0.5) * step
    path = tmp_path / "fine.tif"
    affine = rasterio.Affine(step, 0, west, 0, -step, north)
    profile = {"driver": "GTiff", "count": 1, "crs": "EPSG:4326", "dtype": "float64", "transform": affine}
    with rasterio.open(path, "w", width=n, height=n, **profile) as file:
        file.write(plane(xs[None, :], ys[:, None]), 1)
    found, _ = surface(path, grid=grid)
    assert found is not None
    np.testing.assert_allclose(found.values, expected(grid), rtol=1e-6)


def hgt(folder: Path, name: str, size: int, values: Any) -> Path:
    """Write an SRTM tile: values at the whole degree's corners and between, north first, big-endian."""
    path = folder / name
    path.write_bytes(np.broadcast_to(values, (size, size)).astype(">i2").tobytes())
    return path


@pytest.mark.parametrize("size", [1201, 3601])
def test_an_hgt_tile_lies_where_its_name_says(tmp_path: Path, size: int) -> None:
    """A metre a hundredth of a degree; the corner value stands on the corner of the degree, not beside it."""
    lon = 106 + np.arange(size) / (size - 1)
    path = hgt(tmp_path, "N11E106.hgt", size, np.rint(1000 * (lon - 106))[None, :])
    found, findings = surface(path)
    assert found is not None
    x, y = np.meshgrid(GRID.x_m, GRID.y_m)
    at, _ = transform(x, y, source=GRID.crs, target="EPSG:4326")
    np.testing.assert_allclose(found.values, 1000 * (at - 106), atol=0.51)
    assert found.resolution_m == pytest.approx(92.2 if size == 1201 else 30.7, abs=0.5)
    assert findings.described["terrain"][0].startswith(f"SRTM .hgt, int16, nodata -32768, {size:,} x {size:,} pixels")


def test_hgt_void_is_unknown_and_sea_level_is_not(tmp_path: Path) -> None:
    values = np.zeros((1201, 1201), int)
    values[:, 1000:] = -32768
    found, _ = surface(hgt(tmp_path, "N11E106.hgt", 1201, values))
    assert found is not None
    x, y = np.meshgrid(GRID.x_m, GRID.y_m)
    lon, _ = transform(x, y, source=GRID.crs, target="EPSG:4326")
    np.testing.assert_array_equal(np.isnan(found.values), lon > 106 + 999.5 / 1200)
    assert set(found.values[~np.isnan(found.values)]) == {0.0}


def test_an_hgt_with_a_name_or_size_of_its_own(tmp_path: Path) -> None:
    for path in (hgt(tmp_path, "dem.hgt", 1201, 5), hgt(tmp_path, "N11E106.hgt", 1200, 5)):
        fault = refused(path)
        assert fault.rule.startswith("the raster cannot be read")
        assert "named after its south-west corner (N11E106.hgt) and has 2,884,802 bytes (3″)" in fault.remedy
        assert str(tmp_path) not in fault.rule


@pytest.mark.parametrize("name", ["N11E106.SRTMHGT.zip", "N11E106.hgt.zip", "tải về (1).zip"])
def test_a_zip_with_one_raster(tmp_path: Path, name: str) -> None:
    tile = hgt(tmp_path, "N11E106.hgt", 1201, 77)
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(tile, "srtm/N11E106.hgt")
        file.writestr("readme.txt", "SRTM")
    found, findings = surface(path)
    assert found is not None
    np.testing.assert_allclose(found.values, 77.0)
    assert findings.described["terrain"][0] == "zip, member srtm/N11E106.hgt"


def test_zips_that_cannot_be_meant(tmp_path: Path) -> None:
    west, north = lonlat()
    tile = degrees(tmp_path / "a.tif", west=west, north=north)
    several, empty, bomb, torn = (tmp_path / f"{name}.zip" for name in ("several", "empty", "bomb", "torn"))
    with zipfile.ZipFile(several, "w") as file:
        file.write(tile, "a.tif")
        file.write(tile, "mask.tif")
    with zipfile.ZipFile(empty, "w") as file:
        file.writestr("readme.txt", "nothing")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.tif", bytes(200_000_000))
    torn.write_bytes(several.read_bytes()[:5000])
    assert "2 files that could be the layer: a.tif, mask.tif" in refused(several).rule
    assert surface(several, band="a.tif")[0] is not None
    assert "no file that phusong reads" in refused(empty).rule
    assert "times its size" in refused(bomb).rule
    assert "the archive is broken" in refused(torn).rule


def tiles(folder: Path) -> Path:
    """Write the plane as four tiles of one lattice, one column of pixels in common as SRTM tiles have."""
    folder.mkdir()
    west, north = lonlat()
    for row in (0, 1):
        for col in (0, 1):
            degrees(
                folder / f"r{row}c{col}.tif",
                west=west + 70 * col * STEP,
                north=north - 60 * row * STEP,
                size=(80, 71),
            )
    return folder


@pytest.mark.parametrize("pattern", ["", "r*.tif", "r?c*.tif"])
def test_tiles_are_one_raster(tmp_path: Path, pattern: str) -> None:
    folder = tiles(tmp_path / "ô lưới")
    found, findings = surface(folder / pattern)
    assert found is not None
    np.testing.assert_allclose(found.values, expected(), rtol=1e-6)
    assert findings.described["terrain"][0].startswith("4 tiles, GeoTIFF, float64, 141 x 140 pixels of 3″")
    assert [part.name for part in raster_parts(folder / pattern)] == ["r0c0.tif", "r0c1.tif", "r1c0.tif", "r1c1.tif"]


def test_a_missing_tile_is_unknown_not_sea_level(tmp_path: Path) -> None:
    folder = tiles(tmp_path / "t")
    (folder / "r1c1.tif").unlink()
    found, _ = surface(folder)
    assert found is not None
    void = np.isnan(found.values)
    assert 0.02 < void.mean() < 0.4
    # Half a pixel beyond the last centre the edge's own value goes on.
    np.testing.assert_allclose(found.values[~void], expected()[~void], atol=0.5)


@pytest.mark.parametrize("keys", [{"dtype": "float32"}, {"crs": "EPSG:4756"}, {"shift": 0.3}, {"shift": 0.0, "n": 2}])
def test_a_tile_of_another_make_is_named(tmp_path: Path, keys: dict[str, Any]) -> None:
    folder = tiles(tmp_path / "t")
    west, north = lonlat()
    shift, grow = keys.pop("shift", 0.0), keys.pop("n", 1)
    affine = rasterio.Affine(STEP * grow, 0, west + (70 + shift) * STEP, 0, -STEP * grow, north - 60 * STEP)
    degrees(folder / "r1c1.tif", west=west, north=north, transform=affine, **keys)
    fault = refused(folder)
    assert fault.rule.startswith("the tile is not of the same make as r0c0.tif")
    assert fault.value == "r1c1.tif"


def test_a_folder_or_pattern_without_tiles(tmp_path: Path) -> None:
    assert refused(tmp_path).rule == "no raster tile is there"
    assert refused(tmp_path / "*.hgt").rule == "no raster tile is there"
    assert refused(tmp_path / "none.tif").rule == "the file does not exist"


def test_a_broken_tile_is_named_while_it_is_read(tmp_path: Path) -> None:
    folder = tiles(tmp_path / "t")
    data = (folder / "r1c0.tif").read_bytes()
    (folder / "r1c0.tif").write_bytes(data[: len(data) // 2])
    fault = refused(folder)
    assert fault.rule.startswith("the raster cannot be read (r1c0.tif: ")


VRT = """<VRTDataset rasterXSize="160" rasterYSize="140">
  <SRS>EPSG:4326</SRS><GeoTransform>{west}, {step}, 0, {north}, 0, -{step}</GeoTransform>
  <VRTRasterBand dataType="Float64" band="1"{kind}><SimpleSource>
    <SourceFilename relativeToVRT="{relative}">{source}</SourceFilename><SourceBand>1</SourceBand>
  </SimpleSource>{more}</VRTRasterBand></VRTDataset>"""


def vrt(path: Path, source: str, *, relative: int = 1, kind: str = "", more: str = "") -> Path:
    west, north = lonlat()
    text = VRT.format(west=west, north=north, step=STEP, source=source, relative=relative, kind=kind, more=more)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_vrt_reads_what_lies_beside_it(tmp_path: Path) -> None:
    west, north = lonlat()
    degrees(tmp_path / "a.tif", west=west, north=north)
    vrt(tmp_path / "one.vrt", "a.tif")
    vrt(tmp_path / "named.tif", "a.tif")
    vrt(tmp_path / "two.vrt", "one.vrt")
    vrt(tmp_path / "absolute.vrt", str(tmp_path / "a.tif"), relative=0)
    for name in ("one.vrt", "named.tif", "two.vrt", "absolute.vrt"):
        found, _ = surface(tmp_path / name)
        assert found is not None
        np.testing.assert_allclose(found.values, expected(), rtol=1e-6)
    assert [part.name for part in raster_parts(tmp_path / "named.tif")] == ["named.tif", "a.tif"]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("gone.tif", "the VRT names a file that is not there"),
        ("/vsicurl/http://127.0.0.1:9/a.tif", "the VRT reads from elsewhere than the disk"),
        ("http://127.0.0.1:9/a.tif", "the VRT reads from elsewhere than the disk"),
        ("note.txt", "the VRT names a file that cannot be read"),
        ("wms.xml", "the VRT names a file that cannot be read"),
        ("self.vrt", "the VRT names a VRT that names a VRT, and so on"),
    ],
)
def test_a_vrt_that_may_not_be_opened(tmp_path: Path, source: str, rule: str) -> None:
    (tmp_path / "note.txt").write_text("root:x:0:0")
    (tmp_path / "wms.xml").write_text(
        "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>"
    )
    fault = refused(vrt(tmp_path / "self.vrt", source))
    assert fault.rule.startswith(rule)
    assert fault.column == "path"


def test_a_vrt_that_computes_or_is_no_xml(tmp_path: Path) -> None:
    west, north = lonlat()
    degrees(tmp_path / "a.tif", west=west, north=north)
    code = "<PixelFunctionLanguage>Python</PixelFunctionLanguage>"
    assert (
        "computes its values (VRTDerivedRasterBand)"
        in refused(vrt(tmp_path / "a.vrt", "a.tif", kind=' subClass="VRTDerivedRasterBand"', more=code)).rule
    )
    assert (
        "computes its values (VRTRawRasterBand)"
        in refused(vrt(tmp_path / "b.vrt", "a.tif", kind=' subClass="VRTRawRasterBand"')).rule
    )
    bomb = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    for text in (bomb + VRT.format(west=0, north=0, step=1, source="&b;", relative=1, kind="", more=""), "<VRTDataset"):
        (tmp_path / "c.vrt").write_text(text)
        assert "the VRT is no valid XML" in refused(tmp_path / "c.vrt").rule


def test_other_formats_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "wms.tif"
    path.write_text("<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>")
    assert refused(path).rule.startswith("the raster cannot be read")


def test_a_huge_declared_size_costs_nothing(tmp_path: Path) -> None:
    """A billion by a billion pixels, of which the window over the grid is read; and blocks nobody could unpack."""
    west, north = lonlat()
    degrees(tmp_path / "a.tif", west=west, north=north)
    text = vrt(tmp_path / "huge.vrt", "a.tif").read_text()
    (tmp_path / "huge.vrt").write_text(text.replace('"160"', '"1000000000"').replace('"140"', '"1000000000"'))
    found, findings = surface(tmp_path / "huge.vrt")
    assert found is not None, findings.faults
    probe(tmp_path / "huge.vrt", crs=None, column=ELEVATION, notes=Findings().of("terrain", ""))
    affine = rasterio.Affine(1e-4, 0, GRID.west_m, 0, -1e-4, GRID.north_m)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "crs": GRID.crs, "SPARSE_OK": True, "BIGTIFF": "YES"}
    size = {"width": 100_000_000, "height": 100_000_000}
    path = tmp_path / "fine.tif"
    with rasterio.open(path, "w", transform=affine, tiled=True, blockxsize=65536, blockysize=65536, **size, **profile):
        pass
    assert "it is stored in blocks of (65536, 65536)" in refused(path).rule


def test_more_pixels_over_the_province_than_anybody_needs(tmp_path: Path) -> None:
    west, north = lonlat()
    degrees(tmp_path / "a.tif", west=west, north=north)
    text = vrt(tmp_path / "fine.vrt", "a.tif").read_text()
    text = text.replace('"160"', '"160000000"').replace('"140"', '"140000000"').replace(str(STEP), str(STEP / 1e6))
    (tmp_path / "fine.vrt").write_text(text)
    fault = refused(tmp_path / "fine.vrt")
    assert "pixels over the province, more than 2,000,000,000" in fault.rule
    assert fault.remedy == "resample it to 25 m; the grid has 100 m"


def test_degrees_exchanged_and_degrees_called_metres(tmp_path: Path) -> None:
    west, north = lonlat()
    exchanged = degrees(
        tmp_path / "a.tif", west=west, north=north, transform=rasterio.Affine(STEP, 0, 11.4, 0, -STEP, 106.9)
    )
    assert refused(exchanged).rule.endswith("it would if its longitude and latitude were exchanged")
    called = degrees(tmp_path / "b.tif", west=west, north=north, crs="EPSG:9212")
    fault = refused(called)
    assert fault.rule.endswith("its corners look like degrees, its coordinate system is in metres")
    assert fault.remedy == 'state the true one, e.g. crs = "EPSG:4326"'


def test_a_raster_of_another_country_says_where_it_lies(shared: Path) -> None:
    fault = refused(shared / "data/dem/N43E006.hgt")
    assert fault.rule == "the raster does not touch the province"
    assert fault.value == "lon 5.9996 to 7.0004, lat 42.9996 to 44.0004"


@pytest.mark.parametrize("crs", ["EPSG:3031", "EPSG:5041", 'LOCAL_CS["site",UNIT["metre",1]]'])
def test_a_system_that_does_not_reach_the_province(tmp_path: Path, crs: str) -> None:
    west, north = lonlat()
    path = degrees(tmp_path / "a.tif", west=west, north=north)
    fault = refused(path, crs=crs)
    assert "does not touch the province" in fault.rule or "cannot be brought" in fault.rule


@pytest.mark.parametrize(
    ("affine", "rule"),
    [
        (rasterio.Affine(0, 0, 106, 0, 0, 12), "the raster's cells have no size"),
        (rasterio.Affine(np.nan, 0, 106, 0, -STEP, 12), "the raster's cells have no size"),
        (rasterio.Affine(STEP, STEP, 106, STEP, STEP, 12), "the raster's cells have no size"),
    ],
)
def test_transforms_without_a_size(tmp_path: Path, affine: Any, rule: str) -> None:
    path = vrt(tmp_path / "a.vrt", "a.tif")
    degrees(tmp_path / "a.tif", west=106, north=12)
    numbers = ", ".join(str(affine[i]) for i in (2, 0, 1, 5, 3, 4))
    head, _, tail = path.read_text().partition("<GeoTransform>")
    path.write_text(f"{head}<GeoTransform>{numbers}{tail[tail.index('</GeoTransform>') :]}")
    assert refused(path).rule.startswith(rule)


def test_masks_and_alpha_are_void(tmp_path: Path) -> None:
    west, north = lonlat()
    path = degrees(tmp_path / "mask.tif", west=west, north=north)
    mask = np.full((140, 160), 255, np.uint8)
    mask[:, 80:] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        file.write_mask(mask)
    alpha = degrees(tmp_path / "alpha.tif", west=west, north=north, count=2, dtype="uint8", ALPHA="YES")
    with rasterio.open(alpha, "r+") as file:
        file.colorinterp = (rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha)
        file.write(mask, 2)
    for one in (path, alpha):
        found, findings = surface(one)
        assert found is not None
        assert findings.faults == []
        x, y = np.meshgrid(GRID.x_m, GRID.y_m)
        lon, _ = transform(x, y, source=GRID.crs, target="EPSG:4326")
        np.testing.assert_array_equal(np.isnan(found.values), lon > west + 80 * STEP)


def test_a_band_is_named_and_a_picture_refused(tmp_path: Path) -> None:
    west, north = lonlat()
    path = degrees(tmp_path / "bands.tif", west=west, north=north, count=2)
    with rasterio.open(path, "r+") as file:
        file.write(np.full((140, 160), 9.0), 2)
        file.descriptions = ("height", "error")
    for band in ("2", "error"):
        found, findings = surface(path, band=band)
        assert found is not None
        np.testing.assert_allclose(found.values, 9.0)
        assert findings.faults == []
    fault = refused(path, band="3")
    assert (fault.rule, fault.remedy) == ("the raster has no such band", "its bands are 1, 2, height, error")
    picture = degrees(tmp_path / "rgb.tif", west=west, north=north, count=3, dtype="uint8", PHOTOMETRIC="RGB")
    assert refused(picture).rule == "the raster is a picture (red, green, blue), not numbers"


def test_complex_numbers(tmp_path: Path) -> None:
    west, north = lonlat()
    path = degrees(tmp_path / "c.tif", west=west, north=north, dtype="complex64")
    assert "it holds complex64 numbers" in refused(path).rule


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read anything, so the refusal of the disk is played."""
    west, north = lonlat()
    path = degrees(tmp_path / "a.tif", west=west, north=north)

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    assert refused(path).rule == "the raster cannot be read (Permission denied)"


def test_nodata_that_the_type_cannot_hold_or_is_nan(tmp_path: Path) -> None:
    west, north = lonlat()
    path = degrees(tmp_path / "a.tif", west=west, north=north, nodata=np.nan)
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[:, :80] = np.nan
        file.write(values, 1)
    found, findings = surface(path)
    assert found is not None
    assert 0.2 < np.isnan(found.values).mean() < 0.8
    assert findings.described["terrain"][0].startswith("GeoTIFF, float64, nodata nan")


def test_people_without_a_declared_nodata_value(tmp_path: Path) -> None:
    """3.4e38 people in a cell would drown every other commune."""
    west, north = lonlat()
    path = degrees(tmp_path / "a.tif", west=west, north=north, dtype="float32")
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[:20] = 3.4e38
        file.write(values, 1)
    findings = Findings()
    found = read_counts(path, crs=None, column=PEOPLE, grid=GRID, notes=findings.of("population", "a.tif"))
    assert found is not None
    assert np.nanmax(found.values) < 1000
    assert "people must be a number from 0 to 2e+07" in findings.faults[0].rule


def test_a_spike_is_said_and_kept(tmp_path: Path) -> None:
    west, north = lonlat()
    path = degrees(tmp_path / "a.tif", west=west, north=north)
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[60, 70] += 400
        file.write(values, 1)
    found, findings = surface(path)
    assert found is not None
    (fault,) = findings.faults
    assert fault.rule.startswith("1 cells of the file stand more than 100 m above or below all their neighbours")
    assert (fault.severity, findings.repairs) == ("warning", [])
    with rasterio.open(path) as file:
        lon, lat = file.xy(60, 70)
    assert fault.value is not None
    assert fault.value.endswith(f" m at lon {lon:.5f} lat {lat:.5f}")
    assert np.nanmax(found.values - expected()) > 100


def test_nothing_unpacked_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    path = tmp_path / "a.hgt.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.write(hgt(tmp_path, "N11E106.hgt", 1201, 7), "N11E106.hgt")
    with open_raster(path, crs=None, notes=Findings().of("terrain", "")) as raster:
        assert raster is not None
        assert list(folder.iterdir())
    assert not list(folder.iterdir())


def test_thousands_of_bands_are_not_looked_at(tmp_path: Path) -> None:
    """A damaged header may declare 65,535 bands; asking each for its kind would take a quarter of a minute."""
    west, north = lonlat()
    path = degrees(tmp_path / "a.tif", west=west, north=north, count=300, size=(2, 2))
    assert refused(path).rule == "the raster has 300 bands, more than any layer phusong reads"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("https://example.invalid/dem.tif", "phusong reads no https:// address"),
        ("postgresql://planner:word@127.0.0.1:9/gis", "phusong reads no rasters from a database"),
    ],
)
def test_rasters_from_elsewhere(world: Any, path: str, rule: str) -> None:
    world.layers["terrain"]["path"] = f'"{path}"'
    fault = next(f for f in world.faults() if f.layer == "terrain")
    assert fault.rule.startswith(rule)
    assert "word" not in fault.line()


@pytest.mark.parametrize("name", ["short.asc", "short.vrt"])
def test_a_text_grid_that_ends_early_is_not_waited_for(tmp_path: Path, name: str) -> None:
    """GDAL would look for ten thousand million missing numbers, one by one."""
    head = "ncols 100000\nnrows 100000\nxllcorner 106\nyllcorner 11\ncellsize 0.00001\n"
    (tmp_path / "short.asc").write_text(f"{head}1 2 3\n")
    vrt(tmp_path / "short.vrt", "short.asc")
    fault = refused(tmp_path / name, crs="EPSG:4326")
    assert "its header says 100,000 x 100,000 numbers, the file ends before" in fault.rule


def test_a_raster_beside_its_world_file(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.full((60, 80), 7, "uint8")).save(tmp_path / "a.tif")
    lines = (GRID.cell_m, 0, 0, -GRID.cell_m, GRID.west_m + 50, GRID.north_m - 50)
    (tmp_path / "a.tfw").write_text("\n".join(str(line) for line in lines))
    found, findings = surface(tmp_path / "a.tif", crs="EPSG:9212")
    assert found is not None
    assert findings.faults == []
    assert (found.values == 7).all()
