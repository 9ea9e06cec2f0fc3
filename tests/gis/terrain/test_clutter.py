"""Clutter: classes to heights by an editable table, shares of cells by hand, unknown classes unknown and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from phusong.gis import Grid
from phusong.gis.findings import Findings
from phusong.gis.schemas import layer_columns
from phusong.gis.terrain.clutter import Clutter, read_clutter
from phusong.gis.terrain.cover_classes import CATEGORIES, CoverClass, read_classes, shipped_classes, shipped_names

COLUMN = layer_columns("land_cover")["class"]
GRID = Grid("EPSG:9212", west_m=560_000.0, north_m=1_280_000.0, cell_m=100.0, rows=6, cols=8)


def save(path: Path, values: Any, *, cell: float, crs: str = "EPSG:9212", **keys: Any) -> Path:
    affine = rasterio.Affine(cell, 0, GRID.west_m, 0, -cell, GRID.north_m)
    height, width = values.shape
    profile = {"driver": "GTiff", "count": 1, "dtype": values.dtype.name, "crs": crs, "transform": affine, **keys}
    with rasterio.open(path, "w", height=height, width=width, **profile) as file:
        file.write(values, 1)
    return path


def read(path: Path, classes: Any = None, **keys: Any) -> tuple[Clutter | None, Findings]:
    findings = Findings()
    notes = findings.of("land_cover", path.name)
    classes = shipped_classes() if classes is None else classes
    keys = {"crs": None, "column": COLUMN, "grid": GRID, **keys}
    return read_clutter(path, notes=notes, classes=classes, **keys), findings


def test_shares_of_a_cell_by_hand(tmp_path: Path) -> None:
    """A hundred pixels a cell: 60 of forest and 40 of field are 9 m of clutter; 70 of water are water."""
    fine = np.full((60, 80), 40, np.uint8)
    fine[0:6, 0:10] = 10  # cell (0, 0): 60 % trees
    fine[0:7, 10:20] = 80  # cell (0, 1): 70 % water, the rest fields
    fine[0:10, 20:25] = 50  # cell (0, 2): half houses, half fields
    fine[10:20, 0:10] = 0  # cell (1, 0): nodata
    fine[10:16, 10:20] = 0  # cell (1, 1): 60 % nodata
    fine[10:14, 20:30] = 0  # cell (1, 2): 40 % nodata, 60 % fields
    found, findings = read(save(tmp_path / "esa.tif", fine, cell=10, nodata=0))
    assert found is not None
    assert found.class_[0, :4].tolist() == [10, 80, 40, 40]
    np.testing.assert_allclose(found.height_m[0, :4], [9, 0, 7.5, 0])
    np.testing.assert_allclose(found.water_share[0, :4], [0, 0.7, 0, 0], atol=1e-6)
    assert found.class_[1, :3].tolist() == [-1, -1, 40]
    np.testing.assert_array_equal(np.isnan(found.height_m[1, :3]), [True, True, False])
    assert np.argwhere(found.water).tolist() == [[0, 1]]
    assert np.argwhere(~found.habitable).tolist() == [[0, 1]]
    assert found.category[0, :3].tolist() == [3, 0, 1]
    assert found.category[1, 0] == -1
    assert [CATEGORIES[i] for i in found.category[0, :2]] == ["urban/trees/forest", "water/sea"]
    assert findings.faults == []
    assert found.method.endswith("counted at 10 x 10 places a cell")
    x, y = GRID.x_m, GRID.y_m
    np.testing.assert_array_equal(found.at([x[0], x[0], 0.0], [y[0], y[1], 0.0]), [9, np.nan, np.nan])


def test_pixels_as_large_as_cells_or_larger_are_taken_whole(tmp_path: Path) -> None:
    coarse = np.array([[10, 80], [50, 30]], np.uint8)
    found, _ = read(save(tmp_path / "a.tif", coarse, cell=400))
    assert found is not None
    expected = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)[:6]
    np.testing.assert_array_equal(found.class_, expected)
    np.testing.assert_array_equal(found.height_m, np.select([expected == 10, expected == 50], [15.0, 15.0], 0.0))
    assert found.resolution_m == pytest.approx(400, rel=1e-3)
    assert found.method.endswith("taken at the cell's centre")


def test_pixels_of_a_metre_are_picked_not_joined(tmp_path: Path) -> None:
    """A mean of classes 10 and 80 is no class 45: of pixels far finer than a cell one in ten is taken."""
    fine = np.full((600, 800), 10, np.uint8)
    fine[:, 400:] = 80
    found, findings = read(save(tmp_path / "a.tif", fine, cell=1))
    assert found is not None
    assert set(found.class_.ravel()) == {10, 80}
    assert (found.class_[:, :4] == 10).all()
    assert findings.faults == []


def test_unknown_classes_are_unknown_and_counted(tmp_path: Path) -> None:
    values = np.full((6, 8), 40, np.uint8)
    values[0, :3], values[1, 0] = 77, 78
    found, findings = read(save(tmp_path / "a.tif", values, cell=100))
    assert found is not None
    np.testing.assert_array_equal(found.class_[0], [-1, -1, -1, 40, 40, 40, 40, 40])
    assert np.isnan(found.height_m[0, :3]).all()
    assert found.habitable.all()
    (fault,) = findings.faults
    assert fault.rule.startswith("8.3% of the raster has land cover classes that are not in the table")
    assert (fault.severity, fault.value) == ("warning", "77, 78")
    assert [(r.row, r.how_much) for r in findings.repairs] == [
        ("77", "3 cells (0.0 km²)"),
        ("78", "1 cells (0.0 km²)"),
    ]


def test_another_product_is_named(tmp_path: Path) -> None:
    values = np.array([[1, 2, 7, 11], [5, 8, 4, 1]], np.uint8)
    path = save(tmp_path / "esri.tif", values, cell=100)
    found, findings = read(path)
    assert found is None
    assert findings.faults[-1].rule == "no class of the raster is in the table of land cover classes"
    assert (
        findings.faults[0].remedy
        == "all of the raster's classes are esri_land_cover's: state table = \"esri_land_cover\""
    )
    found, findings = read(path, shipped_classes("esri_land_cover"))
    assert found is not None
    assert findings.faults == []
    assert found.water[:2, :4].tolist() == [[True, False, False, False], [False, False, False, True]]


def test_halves_and_negatives_are_no_classes(tmp_path: Path) -> None:
    values = np.full((6, 8), 40, np.float32)
    values[0, 0], values[0, 1], values[0, 2] = 40.5, -3, 300
    found, findings = read(save(tmp_path / "a.tif", values, cell=100))
    assert found is not None
    assert found.class_[0, :4].tolist() == [-1, -1, -1, 40]
    assert findings.repairs[0].how_much == "3 cells"


def test_a_palette_is_no_picture(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", np.full((6, 8), 10, np.uint8), cell=100)
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {10: (0, 100, 0, 255)})
    found, findings = read(path)
    assert found is not None
    assert (found.class_ == 10).all()
    assert findings.faults == []


def test_the_shipped_table() -> None:
    """Heights are those of P.1812 and P.452-18 by category; ESA's classes are those of its manual, v100 and v200."""
    assert shipped_names() == ("esa_worldcover", "dynamic_world", "esri_land_cover")
    heights = dict(zip(CATEGORIES, (0, 0, 10, 15, 20), strict=True))
    for name in shipped_names():
        classes = shipped_classes(name)
        assert len({one.code for one in classes}) == len(classes)
        for one in classes:
            assert one.height_m == heights[one.category]
            assert one.water == (one.category == "water/sea")
            assert one.vi
            assert one.en
            assert one.reference
    assert [one.code for one in shipped_classes()] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100]
    with pytest.raises(ValueError, match="no land cover product phusong knows"):
        shipped_classes("corine")


HEAD = "code,en,vi,category,height_m,water"


def table(folder: Path, *rows: str, head: str = HEAD) -> tuple[tuple[CoverClass, ...] | None, Findings]:
    path = folder / "bảng.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8-sig")
    findings = Findings()
    return read_classes(path, findings.of("land_cover", path.name)), findings


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    found, findings = table(
        tmp_path,
        "10;Rubber;Cao su;urban/trees/forest;12,5;no",
        "80;Water;Nước;water/sea;0;có",
        head=HEAD.replace(",", ";"),
    )
    assert findings.faults == []
    assert found == (
        CoverClass(10, "Rubber", "Cao su", "urban/trees/forest", 12.5, water=False, reference=""),
        CoverClass(80, "Water", "Nước", "water/sea", 0.0, water=True, reference=""),
    )


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("10,a,b,suburban,-3,no", "height_m", "height_m must be a number from 0 to 100 m"),
        ("10,a,b,suburban,nan,no", "height_m", "height_m must be a number from 0 to 100 m"),
        ("10,a,b,suburban,150,no", "height_m", "height_m must be a number from 0 to 100 m"),
        ("10,a,b,village,3,no", "category", "category must be one of water/sea, open/rural, suburban"),
        ("10,a,b,suburban,3,maybe", "water", "water must be yes or no"),
        ("10.5,a,b,suburban,3,no", "code", "code must be a whole number from 0 to 255"),
        ("x,a,b,suburban,3,no", "code", "code must be a whole number from 0 to 255"),
        ("256,a,b,suburban,3,no", "code", "code must be a whole number from 0 to 255"),
        ("80,a,b,suburban,3,no", "code", "this class stands in the table twice"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, column: str, rule: str) -> None:
    found, findings = table(tmp_path, "80,w,n,water/sea,0,yes", row)
    assert found is None
    (fault,) = findings.faults
    assert (fault.row, fault.column, fault.severity) == (3, column, "error")
    assert fault.rule.startswith(rule)


def test_wrong_columns_and_no_rows(tmp_path: Path) -> None:
    found, findings = table(tmp_path, "10,x,1", head="code,colour,height_m")
    assert found is None
    assert [(f.column, f.rule.split()[-2:]) for f in findings.faults] == [
        ("colour", ["such", "column"]),
        ("category", ["a", "column"]),
        ("water", ["a", "column"]),
    ]
    found, findings = table(tmp_path)
    assert found is None
    assert findings.faults[0].rule == "the table of land cover classes is empty"
    assert read_classes(tmp_path / "none.csv", findings.of("land_cover", "none.csv")) is None
    assert findings.faults[-1].rule == "the file does not exist"


def land_cover(world: Any, **keys: str) -> None:
    values = np.full((80, 84), 40, np.uint8)
    values[30:50, 30:42] = 80
    affine = rasterio.Affine(500.0, 0, 568_000.0 - 15_000, 0, -500.0, 1_284_000.0 + 15_000)
    world.raster("cover.tif", values, transform=affine)
    world.layers["land_cover"] = {"path": '"cover.tif"', **keys}


def test_land_cover_of_a_province(world: Any) -> None:
    land_cover(world)
    layers = world.read()
    assert layers.clutter.grid == layers.terrain.grid
    assert layers.clutter.water.sum() == 240
    said = {(f.layer, f.severity, f.column) for f in layers.faults if f.layer in {"land_cover", "terrain"}}
    assert said == {("land_cover", "info", "table"), ("terrain", "info", "kind")}
    summary = next(s for s in layers.summaries if s.layer == "land_cover")
    assert (summary.rows, summary.used) == (480, 480)
    assert summary.format.startswith("GeoTIFF, uint8, 84 x 80 pixels of 500 m; class that covers most")


def test_people_do_not_live_on_water(world: Any) -> None:
    """Without a population raster a commune's people are spread over its land, not over its lake."""
    land_cover(world, table='"esa_worldcover"')
    del world.layers["population"]
    layers = world.read()
    people = layers.people.residents.reshape(layers.grid.shape)
    water = ~np.isin(layers.clutter.at(*np.meshgrid(layers.grid.x_m, layers.grid.y_m)), [0.0, 15.0])
    assert not water.any()
    wet = layers.clutter.water[30:50, 30:54]
    assert wet.sum() == 240
    assert people[wet].sum() == pytest.approx(0, abs=1e-9)
    assert people.sum() == pytest.approx(10_000)


@pytest.mark.parametrize(
    ("kind", "severity", "rule"),
    [
        ("surface", "warning", "a model that reads both would count them twice"),
        ("ground", "", ""),
    ],
)
def test_a_surface_and_clutter_count_trees_twice(world: Any, kind: str, severity: str, rule: str) -> None:
    land_cover(world, table='"esa_worldcover"')
    world.layers["terrain"]["kind"] = f'"{kind}"'
    layers = world.read()
    assert layers.terrain.kind == kind
    said = [f for f in layers.faults if f.column == "kind"]
    assert [(f.severity, f.rule[-len(rule) :]) for f in said] == ([(severity, rule)] if severity else [])


def test_a_table_beside_layers_toml(world: Any) -> None:
    world.text("lớp phủ.csv", f"{HEAD}\n40,f,r,open/rural,3,no\n80,w,n,water/sea,0,yes")
    land_cover(world, table='"lớp phủ.csv"')
    assert set(world.read().clutter.height_m.ravel()) == {0.0, 3.0}
    world.text("lớp phủ.csv", f"{HEAD}\n40,f,r,open/rural,-3,no")
    fault = world.only()
    assert (fault.file, fault.layer, fault.row, fault.column) == ("lớp phủ.csv", "land_cover", 2, "height_m")


def test_keys_that_have_no_effect(world: Any) -> None:
    from phusong.errors import InputError

    land_cover(world, kind='"surface"')
    with pytest.raises(InputError, match="kind has no effect on a raster"):
        world.check()


def test_cleaned_layers_keep_classes_heights_and_how_coarse_they_were(world: Any, tmp_path: Path) -> None:
    """Elevation of 500 m on a grid of 100 m is as coarse as before; land cover keeps its table."""
    from phusong.gis import read_layers
    from phusong.gis.fixing import fix_layers

    world.text("own.csv", f"{HEAD}\n40,f,r,open/rural,3,no\n80,w,n,water/sea,0,yes")
    land_cover(world, table='"own.csv"')
    world.province["cell_m"] = "100"
    world.raster("terrain.tif", np.full((20, 24), 50.0))
    world.layers["terrain"]["kind"] = '"ground"'
    before = world.read()
    assert fix_layers(world.toml, tmp_path / "sạch").folder is not None
    after: Any = read_layers(tmp_path / "sạch" / "layers.toml")
    np.testing.assert_array_equal(after.clutter.class_, before.clutter.class_)
    np.testing.assert_array_equal(after.clutter.height_m, before.clutter.height_m)
    assert after.clutter.classes == before.clutter.classes
    assert after.terrain.kind == "ground"
    assert after.terrain.source_resolution_m == pytest.approx(before.terrain.source_resolution_m, rel=1e-4)
    assert [f.value for f in after.faults if f.column == "elevation_m"] == ["500 m"]


def test_a_product_nobody_knows_is_named_with_the_nearest(world: Any) -> None:
    world.raster("cover.tif", np.full((20, 24), 10, "uint8"))
    world.layers["land_cover"] = {"path": '"cover.tif"', "table": '"esa_worldcovr"'}
    fault = world.only()
    assert (fault.layer, fault.column, fault.value) == ("land_cover", "table", "esa_worldcovr")
    assert fault.remedy == 'did you mean table = "esa_worldcover"?'
