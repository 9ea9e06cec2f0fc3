"""What files really are behind their names; Shapefiles in old encodings; GeoJSON in all its forms; OSM extracts."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import sqlite3
import struct
import zipfile
from pathlib import Path
from types import FrameType
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from phusong.errors import Fault
from phusong.gis.findings import Findings
from phusong.gis.layers_file import LayerSource
from phusong.gis.legacy_text.charsets import TCVN3
from phusong.gis.readers.content import content_of
from phusong.gis.readers.open_layer import open_layer
from phusong.gis.readers.vector import read_vector

NAMES = ["Xã Lộc Ninh", "Phường Phước Long", "Xã Bù Đốp", "Thị trấn Thanh Bình", "Xã Hưng Phước", "Phường Thác Mơ"]


def vector(path: Path, layer: str | None = None, name: str = "sites", **keys: Any) -> tuple[Any, Findings]:
    findings = Findings()
    return read_vector(path, layer=layer, notes=findings.of(name, path.name), **keys), findings


def layer_of(path: Path, name: str = "sites", **keys: Any) -> tuple[Any, Findings]:
    findings = Findings()
    source = LayerSource(path=path.name, **keys)
    return open_layer(path, name=name, source=source, notes=findings.of(name, path.name)), findings


def refused(path: Path) -> Fault:
    found, findings = layer_of(path)
    assert found is None
    assert [f.severity for f in findings.faults] == ["error"], [f.line() for f in findings.faults]
    return findings.faults[0]


def points(names: list[str], crs: str | None = "EPSG:9212") -> gpd.GeoDataFrame:
    shapes = [shapely.Point(570_000 + 100 * i, 1_275_000) for i in range(len(names))]
    return gpd.GeoDataFrame({"site_id": names}, geometry=shapes, crs=crs)


def features(*properties: dict[str, Any]) -> list[dict[str, Any]]:
    shape = {"type": "Point", "coordinates": [106.9, 11.5]}
    return [{"type": "Feature", "properties": p, "geometry": shape} for p in properties]


def zipped(**members: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return memory.getvalue()


WORKBOOK = zipped(**{"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>"})
KMZ = zipped(**{"doc.kml": "<kml/>"})


@pytest.mark.parametrize(
    ("name", "data", "really", "remedy"),
    [
        ("a.csv", WORKBOOK, "an Excel workbook (.xlsx)", "rename it to end in .xlsx"),
        (
            "a.csv",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "an old Office document",
            "rename it to end in .xls",
        ),
        ("a.xls", b"<html><table><tr><td>x</td></tr></table></html>", "a web page (HTML)", "save a table as .xlsx"),
        (
            "a.xls",
            b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
            "saved as XML",
            "save it as .xlsx",
        ),
        ("a.xlsx", b"site_id,lon,lat\n", "plain text", "rename it to end in .csv"),
        ("a.json", b'\xef\xbb\xbf<?xml version="1.0"?>\n<kml xmlns="x"/>', "a KML", "rename it to end in .kml"),
        ("a.kml", KMZ, "a KMZ", "rename it to end in .kmz"),
        ("a.kml", b"<!DOCTYPE html><html>log in</html>", "a web page (HTML)", "download the file itself once more"),
        ("a.kmz", b"<kml/>", "a KML", "rename it to end in .kml"),
        ("a.gpkg", b'{"type": "FeatureCollection", "features": []}', "a JSON file", "rename it to end in .geojson"),
        (
            "a.geojson",
            b"SQLite format 3\x00" + bytes(90),
            "a database (SQLite, GeoPackage)",
            "rename it to end in .gpkg",
        ),
        ("a.zip", b"Rar!\x1a\x07\x00" + bytes(20), "a RAR archive", "unpack it and name the file in it"),
        ("a.shp", b"PK\x03\x04", "a zip archive", "rename it to end in .zip"),
        ("a.gpkg", b"", "an empty file", "bring the file again"),
        ("a.fgb", bytes(5000), "nothing but zero bytes", "bring the file again"),
        ("a.parquet", b"%PDF-1.4", "a PDF", "ask for the table"),
        ("a.geojson", b"\x1f\x8b\x08" + bytes(20), "a gzip archive", "unpack it"),
        ("a.csv", b"II*\x00" + bytes(20), "a picture or raster (TIFF)", "population, terrain or land_cover"),
        ("a.json", b'<OGRVRTDataSource><OGRVRTLayer name="p"/></OGRVRTDataSource>', "an XML file", "save it again"),
        ("a.json", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector"}', "a GDAL pipeline", "save it again"),
        ("a.json", '{"a": 1}'.encode("utf-16"), "", ""),
    ],
)
def test_what_a_file_really_is(tmp_path: Path, name: str, data: bytes, really: str, remedy: str) -> None:
    (tmp_path / name).write_bytes(data)
    fault = refused(tmp_path / name)
    if really:
        assert fault.rule.startswith(f"the file ends in {Path(name).suffix}, but is ")
    assert really in fault.rule
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        (zipped(**{"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), "word"),
        (WORKBOOK[:60], "office"),
        (WORKBOOK, "excel"),
        (b"fgb\x03fgb\x00", "flatgeobuf"),
        (b"ten,ma\n\xb5\xb8", "text"),
        (b"a\x00b", "binary"),
        (b"  [\n {", "json"),
    ],
)
def test_content(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "x").write_bytes(data)
    assert content_of(tmp_path / "x") == kind


def test_real_files_are_what_they_say(shared: Path) -> None:
    kinds = {
        ".kml": "kml",
        ".kmz": "kmz",
        ".zip": "zip",
        ".xls": "ole",
        ".geojson": "json",
        ".csv": "text",
        ".gpkg": "sqlite",
    }
    paths = [p for p in (shared / "data").rglob("*") if p.suffix in kinds]
    assert len(paths) > 30
    assert {p.name: content_of(p) for p in paths if content_of(p) != kinds[p.suffix]} == {}


@pytest.mark.parametrize(
    ("name", "word"), [("a.dbf", "Shapefile"), ("a.map", "MapInfo"), ("a.rar", "unpack"), ("a", ".gpkg")]
)
def test_endings_phusong_does_not_read(tmp_path: Path, name: str, word: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    fault = refused(tmp_path / name)
    assert "is no format phusong reads" in fault.rule
    assert word in fault.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    (tmp_path / "a.csv").chmod(0)
    assert refused(tmp_path / "a.csv").rule == "the file cannot be read (Permission denied)"


def _tcvn3(text: str) -> bytes:
    return bytes(0xA0 + TCVN3.index(c) if not c.isascii() else ord(c) for c in text)


def shapefile(path: Path, texts: list[bytes], *, cpg: str | None, ldid: int = 0) -> Path:
    """Write a Shapefile whose text is these bytes."""
    blank = ["X" * len(text) for text in texts]
    points(blank).to_file(path)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = ldid
    for old, new in zip(blank, texts, strict=True):
        at = data.index(b" " + old.encode().ljust(1)) + 1
        data[at : at + len(new)] = new
    path.with_suffix(".dbf").write_bytes(data)
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    return path


@pytest.mark.parametrize("ldid", [0, 0x03, 0x57, 0x13])
@pytest.mark.parametrize("cpg", [None, "UTF-8", "1252", "1258", "junk"])
@pytest.mark.parametrize("written", ["tcvn3", "utf-8"])
def test_text_of_a_shapefile_whatever_its_labels_say(tmp_path: Path, written: str, cpg: str | None, ldid: int) -> None:
    texts = [_tcvn3(name) if written == "tcvn3" else name.encode() for name in NAMES]
    path = shapefile(tmp_path / "a.shp", texts, cpg=cpg, ldid=ldid)
    found, findings = layer_of(path)
    assert found is not None, [f.line() for f in findings.faults]
    assert found["site_id"].tolist() == NAMES


def test_a_stated_encoding_goes_first(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "a.shp", [NAMES[0].encode()], cpg="1252")
    found, findings = vector(path, encoding="cp1252")
    assert found["site_id"][1] == "XÃ£ Lá»™c Ninh"
    assert "text cp1252, as layers.toml says" in findings.described["sites"]
    path = shapefile(tmp_path / "b.shp", [_tcvn3(name) for name in NAMES], cpg="1252")
    assert vector(path, encoding="tcvn3")[0]["site_id"].tolist() == NAMES
    _, findings = vector(path, encoding="utf-8")
    assert [(f.severity, f.column, f.rule) for f in findings.faults] == [
        ("error", "encoding", "some of the file's text is no utf-8")
    ]
    assert vector(path, encoding="klingon")[1].faults[0].rule == "there is no encoding called 'klingon'"


def test_a_letter_cut_by_the_field_s_width(tmp_path: Path) -> None:
    texts = [name.encode() for name in NAMES[:-1]]
    path = shapefile(tmp_path / "a.shp", [*texts, "Thác Mơ".encode()[:-1]], cpg=None)
    found, findings = vector(path)
    assert found["site_id"].tolist() == [*NAMES[:-1], "Thác M"]
    assert [r.how_much for r in findings.repairs if r.what.startswith("cut: ")] == ["1 values"]


def test_a_shapefile_without_index(tmp_path: Path) -> None:
    points(["A", "B"]).to_file(tmp_path / "a.shp")
    (tmp_path / "a.shx").unlink()
    before = sorted(p.name for p in tmp_path.iterdir())
    found, findings = vector(tmp_path / "a.shp")
    assert found["site_id"].tolist() == ["A", "B"]
    assert found.crs.to_epsg() == 9212
    assert [r.what.split(":")[0] for r in findings.repairs] == ["rebuilt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert pyogrio.get_gdal_config_option("SHAPE_RESTORE_SHX") is None


def test_a_shapefile_without_values(tmp_path: Path) -> None:
    points(["A"]).to_file(tmp_path / "a.shp")
    (tmp_path / "a.dbf").unlink()
    found, findings = vector(tmp_path / "a.shp")
    assert len(found) == 1
    assert [f.rule for f in findings.faults] == ["the Shapefile comes without its .dbf: its records have no values"]


@pytest.mark.parametrize("name", ["A.SHP", "a.Gpkg", "A.GEOJSON"])
def test_endings_in_capitals(tmp_path: Path, name: str) -> None:
    points(["A"], "EPSG:4326").to_file(tmp_path / f"x{Path(name).suffix.lower()}")
    for path in tmp_path.glob("x.*"):
        path.rename(tmp_path / (Path(name).stem + (path.suffix.upper() if name.isupper() else Path(name).suffix)))
    assert layer_of(tmp_path / name)[0]["site_id"].tolist() == ["A"]


@pytest.mark.parametrize("name", ["a.geojsonl", "a.ndjson", "a.json"])
def test_a_feature_a_line(tmp_path: Path, name: str) -> None:
    lines = [json.dumps(feature) for feature in features({"site_id": "A"}, {"site_id": "B"})]
    (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    assert layer_of(tmp_path / name)[0]["site_id"].tolist() == ["A", "B"]


@pytest.mark.parametrize(
    ("crs", "epsg", "said"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9212"}}, 9212, []),
        ({"type": "EPSG", "properties": {"code": 9212}}, 9212, []),
        (None, 4326, []),
        ({"type": "name", "properties": {"name": "VN2000 BP"}}, 4326, ["VN2000 BP"]),
    ],
)
def test_the_crs_member(tmp_path: Path, crs: Any, epsg: int, said: list[str]) -> None:
    content = {"type": "FeatureCollection", "crs": crs, "features": features({"site_id": "A"})}
    (tmp_path / "a.geojson").write_text(json.dumps(content), encoding="utf-8")
    found, findings = vector(tmp_path / "a.geojson")
    assert found.crs.to_epsg() == epsg
    assert [f.value for f in findings.faults if f.column == "crs"] == said


def test_geojson_that_is_not_utf8(tmp_path: Path) -> None:
    content = {
        "type": "FeatureCollection",
        "features": features(*({"site_id": name} for name in ("Hôtel", "Forêt", "Façade"))),
    }
    (tmp_path / "a.geojson").write_bytes(json.dumps(content, ensure_ascii=False).encode("cp1252"))
    found, findings = layer_of(tmp_path / "a.geojson")
    assert found["site_id"].tolist() == ["Hôtel", "Forêt", "Façade"]
    assert any(f.rule.startswith("the file says its text is utf-8, but") for f in findings.faults)


def test_curves_are_linearised_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    table = gpd.GeoDataFrame({"fibre_id": ["A", "B"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])] * 2, crs=9212)
    table.to_file(path, layer="it's", SPATIAL_INDEX="NO", geometry_type="Unknown")
    arc = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)  # CIRCULARSTRING (0 0, 1 1, 2 0)
    with sqlite3.connect(path) as database:
        database.execute('UPDATE "it\'s" SET geom = ? WHERE fid = 1', [b"GP\x00\x01" + struct.pack("<i", 9212) + arc])
    database.close()
    found, findings = vector(path)
    assert findings.faults == []
    assert [(r.what.split(":")[0], r.how_much) for r in findings.repairs] == [("linearised", "1 records")]
    points_of_arc = shapely.get_coordinates(found.geometry[1])
    assert len(points_of_arc) > 30
    assert abs(shapely.distance(shapely.points(points_of_arc), shapely.Point(1, 0)) - 1).max() < 1e-9


def test_views_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    points(["A", "B"]).to_file(path, layer="all")
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW one AS SELECT * FROM 'all' WHERE site_id = 'B'")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "SELECT 'one', data_type, 'one', srs_id FROM gpkg_contents"
        )
        database.execute(
            "INSERT INTO gpkg_geometry_columns "
            "SELECT 'one', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns"
        )
    database.close()
    assert vector(path)[1].faults[0].rule == "the file holds 2 layers: all, one"
    found, _ = vector(path, "one")
    assert found["site_id"].tolist() == ["B"]


def test_layer_names_in_separate_accents(tmp_path: Path) -> None:
    points(["A"]).to_file(tmp_path / "a.gpkg", layer="Tra\u0323m")
    assert len(vector(tmp_path / "a.gpkg", "Trạm")[0]) == 1


@pytest.mark.parametrize("suffix", [".tab", ".mif"])
def test_mapinfo(tmp_path: Path, suffix: str) -> None:
    points(["A", "B"]).to_file(tmp_path / f"a{suffix}", driver="MapInfo File")
    found, findings = layer_of(tmp_path / f"a{suffix}")
    assert found["site_id"].tolist() == ["A", "B"], findings.faults


def test_roads_of_an_openstreetmap_extract(shared: Path) -> None:
    found, findings = layer_of(shared / "data/roads/Helsinki.osm.pbf", "roads")
    assert found is not None
    assert found.attrs["records"] == 3818
    left = next(r for r in findings.repairs if r.what == "left out: lines of OpenStreetMap that are no road for cars")
    assert (left.before, left.after, left.how_much) == ("3818", "960", "2858 records")
    assert len(found) == 960
    assert found["class"].value_counts().to_dict() == {
        "commune": 628,
        "national": 146,
        "provincial": 141,
        "district": 45,
    }


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("a broken file hangs")


@pytest.mark.filterwarnings("default")
def test_broken_real_files_are_read_or_refused(tmp_path: Path, shared: Path) -> None:
    """Break small real files at random; the long run is tests/fuzz_layers.py."""
    kinds = {".kml", ".kmz", ".zip", ".json", ".geojson", ".gpkg"}
    files = sorted(p for p in (shared / "data").rglob("*") if p.suffix in kinds and p.stat().st_size < 200_000)
    assert len(files) > 15
    rng = random.Random(3)  # noqa: S311 - a draw, no secret
    before = signal.signal(signal.SIGALRM, _alarm)
    outcomes: dict[bool, int] = {True: 0, False: 0}
    try:
        for number in range(300):
            path = rng.choice(files)
            data = bytearray(path.read_bytes())
            for _ in range(rng.choice((1, 5, 50))):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            start = rng.randrange(len(data))
            if rng.random() < 0.3:
                del data[start : start + rng.choice((1, 100, len(data)))]
            target = tmp_path / f"{number}{path.suffix}"
            target.write_bytes(data)
            signal.alarm(60)
            found, findings = layer_of(target, rng.choice(("fibre", "sites", "communes")))
            signal.alarm(0)
            errors = [f for f in findings.faults if f.severity == "error"]
            assert found is not None or errors
            outcomes[found is None] += 1
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert min(outcomes.values()) > 10
    assert pd.Series(outcomes).sum() == 300
