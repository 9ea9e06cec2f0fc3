"""Geographic files: what GIS programs and other people really leave in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from phusong.gis.findings import Findings
from phusong.gis.readers.vector import read_vector


def points(n: int = 2, crs: str | None = "EPSG:9212") -> gpd.GeoDataFrame:
    shapes = [shapely.Point(570_000 + 100 * i, 1_275_000) for i in range(n)]
    return gpd.GeoDataFrame({"site_id": [f"S{i + 1}" for i in range(n)]}, geometry=shapes, crs=crs)


def vector(path: Path, layer: str | None = None) -> tuple[gpd.GeoDataFrame | None, Findings]:
    findings = Findings()
    return read_vector(path, layer=layer, notes=findings.of("sites", path.name)), findings


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.fgb", "a.shp"])
def test_formats(tmp_path: Path, name: str) -> None:
    points().to_crs(4326).to_file(tmp_path / name)
    found, findings = vector(tmp_path / name)
    assert findings.faults == []
    assert found is not None
    assert list(found.index) == [1, 2]
    assert found.attrs["records"] == 2
    assert sorted(found["site_id"]) == ["S1", "S2"]  # FlatGeobuf sorts its features


def test_several_layers_need_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    points().to_file(path, layer="trạm")
    points(3).to_file(path, layer="khác", mode="a")
    assert vector(path)[1].faults[0].rule == "the file holds 2 layers: trạm, khác"
    assert vector(path)[1].faults[0].remedy == 'name one: layer = "trạm"'
    found, _ = vector(path, "khác")
    assert found is not None
    assert len(found) == 3
    _, findings = vector(path, "tram")
    assert (findings.faults[0].column, findings.faults[0].value) == ("layer", "tram")


def test_a_style_table_beside_one_layer_is_no_doubt(tmp_path: Path) -> None:
    import pyogrio

    path = tmp_path / "a.gpkg"
    points().to_file(path, layer="sites")
    pyogrio.write_dataframe(pd.DataFrame({"styleName": ["x"]}), path, layer="layer_styles", append=True)
    found, findings = vector(path)
    assert findings.faults == []
    assert found is not None
    assert len(found) == 2
    assert vector(path, "layer_styles")[1].faults[0].rule == "the layer has no geometry"


@pytest.mark.parametrize("data", [b"", b"not a file", b"SQLite format 3\x00" + b"\x00" * 84, b'{"type": "FeatureColl'])
@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.fgb"])
def test_broken_files(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found, findings = vector(path)
    assert found is None
    assert len(findings.faults) == 1
    assert findings.faults[0].severity == "error"


def test_a_truncated_geopackage(world: Any) -> None:
    path = world.folder / "communes.gpkg"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert {f.layer for f in world.faults()} >= {"communes"}


def test_an_empty_layer(world: Any) -> None:
    world.vector("sites.gpkg", points().iloc[:0])
    world.layers["sites"]["path"] = '"sites.gpkg"'
    assert world.only().rule == "the layer is empty"


def test_geojson_in_metres_with_no_crs_member(world: Any) -> None:
    features = [
        {"type": "Feature", "properties": {"site_id": f"S{i}"}, "geometry": {"type": "Point", "coordinates": xy}}
        for i, xy in enumerate(
            [[570_000, 1_275_000], [571_000, 1_276_000], [572_000, 1_277_000], [573_000, 1_277_000]], 1
        )
    ]
    world.text("sites.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    world.layers["sites"]["path"] = '"sites.geojson"'
    fault = world.only()
    assert fault.rule == "metres where degrees belong: EPSG:4326 is in degrees (all 4 records)"
    assert "state the metric crs" in fault.remedy
    world.layers["sites"]["crs"] = '"EPSG:9212"'
    layers = world.read()
    assert [fault for fault in layers.faults if fault.layer == "sites"] == []
    assert (layers.sites.geometry.x["S1"], layers.sites.geometry.y["S1"]) == (570_000, 1_275_000)


def test_a_shapefile_without_prj_needs_a_crs(world: Any) -> None:
    points(4).to_file(world.folder / "sites.shp")
    (world.folder / "sites.prj").unlink()
    world.layers["sites"]["path"] = '"sites.shp"'
    assert world.only().rule == "the coordinates come without a coordinate system"
    world.layers["sites"]["crs"] = '"EPSG:9212"'
    assert len(world.read().sites) == 4


def test_a_stated_crs_that_contradicts_the_file_is_said(world: Any) -> None:
    world.vector("sites.gpkg", points(4))
    world.layers["sites"] = {"path": '"sites.gpkg"', "crs": '"EPSG:9211"'}
    warning = next(f for f in world.faults("warning") if f.column == "crs")
    assert warning.rule == "layers.toml says EPSG:9211, the file says EPSG:9212; layers.toml goes first"


def test_heights_of_points_are_said_and_not_used(world: Any) -> None:
    table = points(4)
    table.geometry = shapely.force_3d(table.geometry.to_numpy(), 77.0)
    world.vector("sites.gpkg", table)
    world.layers["sites"]["path"] = '"sites.gpkg"'
    layers = world.read()
    assert not layers.sites.has_z.any()
    said = [(f.severity, f.rule) for f in layers.faults if f.layer == "sites"]
    assert said == [("info", "the shapes' heights (Z) are not used")]


def test_multipoints_of_one_point_are_points(world: Any) -> None:
    table = points(4)
    table.geometry = [shapely.MultiPoint([p]) for p in table.geometry]
    world.vector("sites.gpkg", table)
    world.layers["sites"]["path"] = '"sites.gpkg"'
    assert set(world.read().sites.geom_type) == {"Point"}
    table.geometry = [*table.geometry[:3], shapely.MultiPoint([(570_000, 1_275_000), (570_001, 1_275_000)])]
    world.vector("sites.gpkg", table)
    fault = next(f for f in world.faults() if f.column == "geometry")
    assert (fault.row, fault.value) == (4, "MultiPoint")


def test_empty_shapes_are_named_whatever_else_is_wrong(world: Any) -> None:
    table = points(4).assign(height_m=[-1.0, 30, 30, 30])
    table.geometry = [*table.geometry[:2], None, shapely.Point()]
    world.vector("sites.gpkg", table)
    world.layers["sites"]["path"] = '"sites.gpkg"'
    found = {(f.row, f.column) for f in world.faults() if f.layer == "sites"}
    assert found == {(1, "height_m"), (3, "geometry"), (4, "geometry")}


def test_empty_lines_are_dropped_and_listed(world: Any) -> None:
    lines = [shapely.LineString([(570_000, 1_275_000), (571_000, 1_275_000)]), shapely.LineString(), None]
    world.vector("fibre.gpkg", gpd.GeoDataFrame({"fibre_id": list("abc")}, geometry=lines, crs="EPSG:9212"))
    world.layers["fibre"] = {"path": '"fibre.gpkg"'}
    layers = world.read()
    assert [(r.row, r.what) for r in layers.repairs] == [
        ("2", "dropped: empty geometry"),
        ("3", "dropped: empty geometry"),
    ]
    assert len(layers.context["fibre"]) == 1
    assert next((s.rows, s.used) for s in layers.summaries if s.layer == "fibre") == (3, 1)


def test_rings_geos_cannot_build(world: Any) -> None:
    ring = [[106.8, 11.5], [106.9, 11.5]]
    feature = {
        "type": "Feature",
        "properties": {"code": "1", "name": "a"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    world.text("communes.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    world.layers["communes"]["path"] = '"communes.geojson"'
    faults = [f for f in world.faults() if f.layer == "communes"]
    assert [(f.row, f.column) for f in faults] == [(1, "geometry")]


def test_codes_and_booleans_from_numeric_columns(world: Any) -> None:
    world.communes(code=np.array([25001.0, 25002.0, 25003.0]), simulated=np.array([1.0, np.nan, 0.0]))
    layers = world.read()
    assert list(layers.communes.index) == ["25001", "25002", "25003"]
    assert layers.communes["simulated"].isna().tolist() == [False, True, False]
    assert layers.communes["simulated"].iloc[0]
    world.communes(code=[25001, 25002, 25003])
    assert list(world.read().communes.index) == ["25001", "25002", "25003"]


def test_a_blank_name_is_missing_and_a_list_is_no_name(world: Any) -> None:
    world.communes(name=["  ", "b", "c"])
    fault = world.only()
    assert (fault.row, fault.column, fault.rule) == (1, "name", "a value is required")
    feature = {
        "type": "Feature",
        "properties": {"code": "1", "name": ["a", "b"]},
        "geometry": shapely.geometry.mapping(shapely.box(106.8, 11.5, 106.9, 11.6)),
    }
    world.text("communes.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    world.layers["communes"]["path"] = '"communes.geojson"'
    fault = next(f for f in world.faults() if f.layer == "communes")
    assert (fault.row, fault.column) == (1, "name")
    assert "plain text" in fault.rule
