"""KML and KMZ: folders, shapes, attributes in data and in descriptions - and files that mean harm."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from phusong.errors import Fault
from phusong.gis.findings import Findings
from phusong.gis.layers_file import LayerSource
from phusong.gis.readers import kml
from phusong.gis.readers.description import attributes
from phusong.gis.readers.kml import read_kml
from phusong.gis.readers.open_layer import open_layer

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'


def write(path: Path, body: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    path.write_bytes(f"{head}{body}</kml>".encode(encoding))
    return path


def mark(name: str, shape: str = "<Point><coordinates>106.9,11.5,0</coordinates></Point>", more: str = "") -> str:
    return f"<Placemark><name>{name}</name>{more}{shape}</Placemark>"


def line(text: str) -> str:
    return f"<LineString><coordinates>{text}</coordinates></LineString>"


def ring(text: str, kind: str = "outer") -> str:
    return f"<{kind}BoundaryIs><LinearRing><coordinates>{text}</coordinates></LinearRing></{kind}BoundaryIs>"


def read(path: Path, layer: str | None = None, **keys: Any) -> tuple[gpd.GeoDataFrame, Findings]:
    findings = Findings()
    found = read_kml(path, layer=layer, notes=findings.of("sites", path.name), **keys)
    assert found is not None, [fault.line() for fault in findings.faults]
    return found, findings


def refused(path: Path, layer: str | None = None) -> Fault:
    findings = Findings()
    assert read_kml(path, layer=layer, notes=findings.of("sites", path.name)) is None
    errors = [fault for fault in findings.faults if fault.severity == "error"]
    assert len(errors) == 1, [fault.line() for fault in findings.faults]
    return errors[0]


FOLDERS = (
    "<Document><name>Mạng</name>"
    f"<Folder><name>Trạm</name>{mark('A')}{mark('B')}<Folder><name>Cũ</name>{mark('C')}</Folder></Folder>"
    f"<Folder>{mark('D', line('106,11 107,11'))}<name>Tuyến</name></Folder></Document>"
)


def test_folders_are_listed_with_counts_and_kinds(tmp_path: Path) -> None:
    fault = refused(write(tmp_path / "a.kml", FOLDERS))
    assert (
        fault.rule
        == "the KML holds 3 folders with shapes: Mạng/Trạm (2 points); Mạng/Trạm/Cũ (1 points); Mạng/Tuyến (1 lines)"
    )
    assert fault.remedy == 'name one: layer = "Trạm"; layer = "Mạng" takes all of them'
    assert fault.column == "layer"


@pytest.mark.parametrize(
    ("layer", "rows", "names"),
    [
        ("Trạm", [1, 2, 3], ["A", "B", "C"]),
        ("Mạng/Trạm", [1, 2, 3], ["A", "B", "C"]),
        ("Cũ", [3], ["C"]),
        ("Trạm/Cũ", [3], ["C"]),
        ("Tuyến", [4], ["D"]),
        ("Mạng", [1, 2, 3, 4], ["A", "B", "C", "D"]),
        ("Tra\u0323m", [1, 2, 3], ["A", "B", "C"]),
    ],
)
def test_a_folder_is_named(tmp_path: Path, layer: str, rows: list[int], names: list[str]) -> None:
    found, findings = read(write(tmp_path / "a.kml", FOLDERS), layer)
    assert findings.faults == []
    assert (list(found.index), list(found["name"])) == (rows, names)
    assert found.attrs["records"] == len(rows)
    assert found.crs.to_epsg() == 4326


def test_rows_keep_their_folder(tmp_path: Path) -> None:
    found, findings = read(write(tmp_path / "a.kml", FOLDERS), "Mạng")
    assert list(found["folder"]) == ["Mạng/Trạm", "Mạng/Trạm", "Mạng/Trạm/Cũ", "Mạng/Tuyến"]
    assert findings.described == {"sites": ["KML, 3 folders, 4 placemarks"]}


def test_no_such_folder(tmp_path: Path) -> None:
    fault = refused(write(tmp_path / "a.kml", FOLDERS), "Tram")
    assert fault.rule.startswith("the KML holds no folder 'Tram'; it holds Mạng/Trạm (2 points); ")
    assert (fault.column, fault.value) == ("layer", "Tram")


def test_two_folders_of_one_name(tmp_path: Path) -> None:
    body = "".join(f"<Folder><name>{n}</name><Folder><name>BTS</name>{mark(n)}</Folder></Folder>" for n in ("X", "Y"))
    path = write(tmp_path / "a.kml", f"<Document>{body}</Document>")
    assert refused(path, "BTS").rule.startswith("the KML holds 2 folders 'BTS'")
    assert list(read(path, "Y/BTS")[0]["name"]) == ["Y"]


def test_one_folder_needs_no_name(tmp_path: Path) -> None:
    found, _ = read(write(tmp_path / "a.kml", f"<Folder><name>empty</name></Folder>{mark('A')}"))
    assert (list(found["name"]), list(found["folder"])) == (["A"], [""])


SHAPES = {
    "POINT Z (106.9 11.5 42)": "<Point><coordinates>106.9,11.5,42</coordinates></Point>",
    "POINT (106.9 11.5)": "<Point><coordinates>\n 106.9, 11.5 , 0 \n</coordinates></Point>",
    "LINESTRING (106 11, 107 12)": line("106,11,0\n\t107,12,0 "),
    "POLYGON ((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))": (
        f"<Polygon>{ring('0,0 4,0 4,4 0,0')}{ring('2,1 3,1 3,2 2,1', 'inner')}</Polygon>"
    ),
    "MULTIPOINT ((1 2), (3 4))": (
        "<MultiGeometry><Point><coordinates>1,2</coordinates></Point>"
        "<MultiGeometry><Point><coordinates>3,4</coordinates></Point></MultiGeometry></MultiGeometry>"
    ),
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))": f"<MultiGeometry>{line('0,0 1,1')}{line('2,2 3,3')}</MultiGeometry>",
    "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))": (
        f"<MultiGeometry><Point><coordinates>1,2</coordinates></Point>{line('0,0 1,1')}</MultiGeometry>"
    ),
    "LINESTRING (106 11, 107 12)#": (
        "<gx:Track><when/><gx:coord>106 11 0</gx:coord><gx:coord>107 12 0</gx:coord></gx:Track>"
    ),
}


@pytest.mark.parametrize("wkt", SHAPES)
def test_shapes(tmp_path: Path, wkt: str) -> None:
    found, findings = read(write(tmp_path / "a.kml", mark("A", SHAPES[wkt])))
    assert findings.faults == []
    assert found.geometry[1].wkt == wkt.rstrip("#")


@pytest.mark.parametrize(
    "text", ["106.9", "106,9 11,5", "1,2,3,4", "nan,11", "106.9,inf", "1e999,2", "106.9,abc", "", "1_0,2", "10°,11°"]
)
def test_coordinates_that_are_none(tmp_path: Path, text: str) -> None:
    body = mark("A", f"<Point><coordinates>{text}</coordinates></Point>") + mark("B")
    found, findings = read(write(tmp_path / "a.kml", body))
    assert found.geometry.isna().tolist() == [True, False]
    assert [(f.row, f.column, f.severity) for f in findings.faults] == [(1, "geometry", "warning")]
    assert findings.faults[0].rule.startswith("the placemark's Point cannot be read (")


@pytest.mark.parametrize("shape", [line("1,2"), f"<Polygon>{ring('0,0 1,1')}</Polygon>", "<Polygon/>", "<gx:Track/>"])
def test_shapes_that_cannot_be_built(tmp_path: Path, shape: str) -> None:
    found, findings = read(write(tmp_path / "a.kml", mark("A", shape)))
    assert found.geometry.isna().all()
    assert [(f.row, f.severity) for f in findings.faults] == [(1, "warning")]


def test_data_becomes_columns(tmp_path: Path) -> None:
    data = (
        '<ExtendedData><Data name="Mã trạm"><displayName>x</displayName><value> BP001 </value></Data>'
        '<Data name="name"><value>khác</value></Data>'
        '<SchemaData schemaUrl="#s"><SimpleData name="height_m">42</SimpleData></SchemaData>'
        '<op:owner xmlns:op="urn:x">Viettel</op:owner></ExtendedData>'
    )
    found, _ = read(write(tmp_path / "a.kml", mark("A", more=data) + mark("B")))
    assert list(found.columns) == ["name", "folder", "Mã trạm", "name (data)", "height_m", "owner", "geometry"]
    assert found.loc[1].drop("geometry").tolist() == ["A", "", "BP001", "khác", "42", "Viettel"]
    assert found.loc[2].drop("geometry").tolist() == ["B", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("", {}, ""),
        ("beside the  market", {}, "beside the market"),
        ("SALCAB and AFCOM<br>5.1kM &amp; 96f fiber cable", {}, "SALCAB and AFCOM; 5.1kM & 96f fiber cable"),
        ("<table><tr><td>A</td><td>1</td></tr><tr><th>B:</th><td> 2 </td></tr></table>", {"A": "1", "B": "2"}, ""),
        ("<table><tr><td>A<td>1<tr><td>B<td>2</table>", {"A": "1", "B": "2"}, ""),
        (
            "<style>td {}</style><table><tr><td>BTS</tr><tr><td><table><tr><td>Mã</td><td>BP&nbsp;1</table></table>",
            {"Mã": "BP 1"},
            "BTS",
        ),
        ("<tr><th>Field Name</th><th>Field Value</th></tr><tr><td>FID</td><td>&lt;Null&gt;</td></tr>", {"FID": ""}, ""),
        ("Height: 42 m<br/>Owner = VNPT\nhttp://a.b/c", {"Height": "42 m", "Owner": "VNPT"}, "http://a.b/c"),
        ("<b>Chủ</b> : Viettel<p>10:30", {"Chủ": "Viettel"}, "10:30"),
        ("a: 1<br>a: 1<br>a: 2", {"a": "1"}, "a: 2"),
        ("<table><tr><td>A</td><td>B</td><td>C</td></tr></table>", {}, "A; B; C"),
        ("<![x<tr>", {}, "<![x<tr>"),
    ],
)
def test_descriptions(text: str, found: dict[str, str], rest: str) -> None:
    assert attributes(text) == (found, rest)


@hypothesis_settings(deadline=None, max_examples=200)
@example("<![")
@example("<!--" * 50)
@given(st.text(alphabet="<>/&;![]-:=td r\"'\nA1đ", max_size=200))
def test_any_description_is_read(text: str) -> None:
    found, rest = attributes(text)
    assert all(key.strip() == key for key in found)
    assert "\n" not in rest


@hypothesis_settings(deadline=None, max_examples=100)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-zĐđ][\w ]{0,20}\w", fullmatch=True), st.from_regex(r"[\w.,-]{1,20}", fullmatch=True)
    )
)
def test_a_table_gives_back_what_was_put_in(pairs: dict[str, str]) -> None:
    pairs = {" ".join(key.split()): value for key, value in pairs.items()}
    rows = "".join(f"<tr><td>{key}</td><td>{value}</td></tr>" for key, value in pairs.items())
    empty = {"none", "nan", "null"}
    wanted = {key: "" if value.casefold() in empty else value for key, value in pairs.items()}
    headings = {("field", "value"), ("name", "value"), ("attribute", "value"), ("field name", "field value")}
    wanted = {k: v for k, v in wanted.items() if (k.casefold(), v.casefold()) not in headings}
    assert attributes(f"<table>{rows}</table>")[0] == wanted


def test_descriptions_become_columns(tmp_path: Path) -> None:
    table = (
        "<description><![CDATA[<table><tr><td>Chiều cao</td><td>42,5</td></tr></table>near the road]]></description>"
    )
    found, _ = read(write(tmp_path / "a.kml", mark("A", more=table) + mark("B", more="<description>x</description>")))
    assert list(found.columns) == ["name", "folder", "description", "Chiều cao", "geometry"]
    assert found["Chiều cao"].tolist() == ["42,5", ""]
    assert found["description"].tolist() == ["near the road", "x"]


def test_so_many_keys_are_no_attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kml, "_MOST_KEYS", 2)
    lines = "".join(mark("A", more=f"<description>key{i}: 1</description>") for i in "abcd")
    found, findings = read(write(tmp_path / "a.kml", lines))
    assert [c for c in found if c.startswith("key")] == ["keya", "keyb"]
    assert findings.faults[0].rule == "the placemarks have more than 2 different attributes; 2 values are not used"


def test_links_and_pictures_are_said(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>http://example.com/a.kml</href></Link></NetworkLink>"
    _, findings = read(write(tmp_path / "a.kml", f"<Document>{link}{link}<GroundOverlay/>{mark('A')}</Document>"))
    assert [(f.severity, f.rule) for f in findings.faults] == [
        ("warning", "2 links to other files (NetworkLink) are not read"),
        ("warning", "1 pictures laid on the ground are not read"),
    ]
    assert refused(write(tmp_path / "b.kml", f"<Document>{link}</Document>")).rule == "the KML holds no placemark"


ENTITIES = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a0 "ha">{ENTITIES}]><kml>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml>'


@pytest.mark.parametrize(("head", "name"), [(LAUGHS, "&a9;"), (OUTSIDE, "&x;")])
def test_entities_are_refused(tmp_path: Path, head: str, name: str) -> None:
    path = write(tmp_path / "a.kml", mark(name), head)
    assert refused(path).rule == "the KML declares entities, as attacks do; it is not read"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no element found"),
        (b"<kml>", "no element found"),
        (b"not xml", "syntax error"),
        (b"<kml><Placemark><gx:Track/></Placemark></kml>", "a prefix such as gx: is used without its xmlns"),
        (b"<kml><name>&nbsp;</name></kml>", "undefined entity"),
        (b'<?xml version="1.0" encoding="klingon"?><kml/>', "klingon"),
        (b"<kml>" + b"<Folder>" * 300, "more than 200 elements in one another"),
    ],
)
def test_no_sound_xml(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.kml").write_bytes(data)
    fault = refused(tmp_path / "a.kml")
    assert fault.rule.startswith("the KML is no sound XML (")
    assert said in fault.rule


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1258"])
def test_encodings_that_are_declared(tmp_path: Path, encoding: str) -> None:
    head = HEAD.replace("UTF-8", {"cp1258": "windows-1258", "utf-16": "UTF-16"}.get(encoding, "UTF-8"))
    path = write(tmp_path / "a.kml", mark("Đông"), head, encoding)
    assert read(path)[0]["name"].tolist() == ["Đông"]


def test_an_encoding_that_is_not_what_it_says(tmp_path: Path) -> None:
    names = b"".join(
        mark("@").encode().replace(b"@", name) for name in (b"X\xb7 Ph\xad\xeang Th\xb8c M\xac", b"X\xb7 L\xe9c Ninh")
    )
    (tmp_path / "a.kml").write_bytes(HEAD.encode() + names + b"</kml>")
    assert read(tmp_path / "a.kml", encoding="tcvn3")[0]["name"].tolist() == ["Xã Phường Thác Mơ", "Xã Lộc Ninh"]
    findings = Findings()
    source = LayerSource(path="a.kml", columns={"site_id": "name"})
    found = open_layer(tmp_path / "a.kml", name="sites", source=source, notes=findings.of("sites", "a.kml"))
    assert found is not None
    assert found["site_id"].tolist() == ["Xã Phường Thác Mơ", "Xã Lộc Ninh"]
    assert any(repair.layer == "sites" for repair in findings.repairs)


def test_a_real_operator_kmz(shared: Path) -> None:
    path = shared / "data/fibre/watra/SLE.kmz"

    def layer(wanted: str | None) -> tuple[Any, Findings]:
        findings = Findings()
        source = LayerSource(path=path.name, layer=wanted)
        return open_layer(path, name="fibre", source=source, notes=findings.of("fibre", path.name)), findings

    links, findings = layer("Links")
    assert (len(links), set(links.geom_type)) == (49, {"LineString"})
    assert links.attrs["records"] == 49
    assert [f for f in findings.faults if f.severity == "error"] == []
    sites, _ = layer("Sites")
    assert (len(sites), set(sites.geom_type)) == (51, {"Point"})
    none, findings = layer(None)
    assert none is None
    assert findings.faults[0].rule == (
        "the KML holds 2 folders with shapes: National Fiber Backbone Network/Sites (51 points); "
        "National Fiber Backbone Network/Links (49 lines)"
    )


def test_real_files_agree_with_their_geojson(shared: Path) -> None:
    for name, rows in (("VilleMTP_MTP_Quartiers", 7), ("VilleMTP_MTP_MonumentsHist", 115)):
        found, findings = read(shared / f"data/formats/{name}/{name}.kml")
        assert findings.faults == []
        assert len(found) == rows
        assert set(found.geom_type) <= {"Polygon", "MultiPolygon"}
    assert found["DESIGNATIO"][1] == "Hôtel de Lunas"


def test_html_tables_of_a_real_export(shared: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared / "data/formats/OSM_MTP_Atm_2012/OSM_MTP_Atm_2012.kmz") as archive:
        (tmp_path / "doc.kml").write_bytes(archive.read("doc.kml"))
    found, findings = read(tmp_path / "doc.kml")
    assert findings.faults == []
    assert {"FID", "osm_id", "amenity", "operator", "Coord_X", "Coord_Y"} <= set(found.columns)
    x = found["Coord_X"].str.replace(",", ".").astype(float)
    assert (abs(found.geometry.x - x) < 1e-5).all()
