"""Archives: what a zip may do to whoever opens it, and which of its files is the layer."""

from __future__ import annotations

import io
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.errors import Fault
from phusong.gis.findings import Findings
from phusong.gis.layers_file import LayerSource
from phusong.gis.readers import archive
from phusong.gis.readers.archive import unpacked
from phusong.gis.readers.open_layer import READABLE, open_layer

CSV = "site_id,lon,lat\nS1,106.9,11.54\n"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give every test a folder for temporary files of its own, which must be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def make(path: Path, members: dict[str, str | bytes], **keys: Any) -> Path:
    with zipfile.ZipFile(path, "w", **keys) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def take(path: Path, layer: str | None = None) -> tuple[tuple[str, str | None, str] | None, Findings]:
    """Unpack; return the member's name, the layer left and its text."""
    findings = Findings()
    with unpacked(
        path, layer=layer, suffixes=READABLE - {".zip", ".kmz"}, notes=findings.of("sites", path.name)
    ) as found:
        told = (
            None
            if found is None
            else (found.name, found.layer, found.path.read_text(encoding="utf-8", errors="replace"))
        )
    return told, findings


def refused(path: Path, layer: str | None = None) -> Fault:
    told, findings = take(path, layer)
    assert told is None
    assert [f.severity for f in findings.faults] == ["error"], [f.line() for f in findings.faults]
    return findings.faults[0]


def read(path: Path, layer: str | None = None) -> Any:
    findings = Findings()
    source = LayerSource(path=path.name, layer=layer)
    return open_layer(path, name="sites", source=source, notes=findings.of("sites", path.name)), findings


def test_the_only_readable_member(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        "đọc.pdf": b"%PDF",
        "BTS/Trạm.csv": CSV,
        "__MACOSX/BTS/._Trạm.csv": b"\0",
        "readme.txt": "x",
    }
    told, findings = take(make(tmp_path / "a.zip", members))
    assert told == ("BTS/Trạm.csv", None, CSV)
    assert findings.described == {"sites": ["zip, member BTS/Trạm.csv"]}


@pytest.mark.parametrize("layer", ["b/two.csv", "two.csv", "two"])
def test_a_member_is_named(tmp_path: Path, layer: str) -> None:
    path = make(tmp_path / "a.zip", {"one.csv": "x", "b/two.csv": CSV})
    assert take(path, layer)[0] == ("b/two.csv", None, CSV)


def test_several_members_need_a_name(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"one.csv": "x", "b/two.csv": CSV})
    fault = refused(path)
    assert fault.rule == "the archive holds 2 files that could be the layer: one.csv, b/two.csv"
    assert fault.remedy == 'name one: layer = "one.csv"'
    assert refused(path, "three").value == "three"


def test_a_layer_inside_a_member(tmp_path: Path) -> None:
    inner = tmp_path / "p.gpkg"
    for name, x in (("a", 1), ("b", 2)):
        table = gpd.GeoDataFrame({"site_id": [name]}, geometry=[shapely.Point(106 + x, 11)], crs=4326)
        table.to_file(inner, layer=name, mode="a" if inner.exists() else "w")
    path = make(tmp_path / "a.zip", {"p.gpkg": inner.read_bytes(), "q.csv": CSV})
    found, _ = read(path, "p.gpkg/b")
    assert found["site_id"].tolist() == ["b"]
    path = make(tmp_path / "b.zip", {"p.gpkg": inner.read_bytes()})
    assert read(path, "a")[0]["site_id"].tolist() == ["a"]
    assert read(path)[1].faults[0].rule == "the file holds 2 layers: a, b"


@pytest.mark.parametrize("capital", [False, True])
def test_a_shapefile_with_all_its_parts(tmp_path: Path, *, capital: bool) -> None:
    table = gpd.GeoDataFrame({"site_id": ["Ấp 1"]}, geometry=[shapely.Point(106, 11)], crs=9212)
    table.to_file(tmp_path / "x.shp", encoding="utf-8")
    parts = {f"thư mục/x{p.suffix.upper() if capital else p.suffix}": p.read_bytes() for p in tmp_path.glob("x.*")}
    found, findings = read(make(tmp_path / "a.zip", {**parts, "thư mục/x.shp.xml": "<a/>"}))
    assert found["site_id"].tolist() == ["Ấp 1"]
    assert found.crs.to_epsg() == 9212
    assert [f for f in findings.faults if f.severity != "info"] == []


def test_real_zips(shared: Path) -> None:
    for path in sorted(shared.glob("data/formats/*/*.zip")):
        findings = Findings()
        source = LayerSource(path=path.name)
        found = open_layer(
            path, name="industrial_parks", source=source, notes=findings.of("industrial_parks", path.name)
        )
        assert found is not None, [f.line() for f in findings.faults]
        assert (
            len(found)
            == {"OSM_MTP_Atm_2012": 27, "VilleMTP_MTP_MonumentsHist": 115, "VilleMTP_MTP_Quartiers": 7}[path.stem]
        )


@pytest.mark.parametrize(
    "name", ["../sites.csv", "/etc/sites.csv", "a/../../sites.csv", "C:/sites.csv", "..\\sites.csv"]
)
def test_members_that_point_outside(tmp_path: Path, name: str) -> None:
    fault = refused(make(tmp_path / "a.kmz", {name: CSV, "doc.kml": "<kml/>"}))
    assert fault.rule == "a file in the archive points out of the archive's own folder"
    assert fault.value == name.replace("\\", "/") or fault.value == name
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.kmz", "temporary"]


def test_links(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("sites.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(info, "/etc/passwd")
    assert refused(tmp_path / "a.zip").rule == "a file in the archive is a link to another place"


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file, file.open("sites.csv", "w") as member:
        for _ in range(100):
            member.write(bytes(2**20))
    assert (tmp_path / "a.zip").stat().st_size < 200_000
    fault = refused(tmp_path / "a.zip")
    assert fault.rule.startswith("a file in the archive would unpack to ")
    assert fault.rule.endswith(" times its size")


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    data = make(tmp_path / "a.zip", {"sites.csv": b"0" * 5_000_000}, compression=zipfile.ZIP_DEFLATED).read_bytes()
    small = data.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 10))
    assert small != data
    (tmp_path / "a.zip").write_bytes(small)
    assert refused(tmp_path / "a.zip").rule.startswith("the archive is broken (")


def test_sizes_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "a.zip", {"x.shp": b"0" * 600, "x.dbf": b"1" * 600})
    monkeypatch.setattr(archive, "_MOST_BYTES", 1000)
    assert refused(path).rule == "the layer's files would unpack to 0.0 GiB"
    monkeypatch.setattr(archive, "_MOST_BYTES", 500)
    assert refused(path).rule == "a file in the archive would unpack to 0.0 GiB"
    monkeypatch.setattr(archive, "_MOST_MEMBERS", 1)
    assert refused(path).rule == "the archive holds 2 files, more than 1"


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("sites.csv", CSV)
    fault = refused(make(tmp_path / "a.zip", {"inner.zip": inner.getvalue()}))
    assert fault.rule == "the archive holds no file that phusong reads; it holds inner.zip"
    assert fault.remedy == "unpack the archive in it, and give that"


def test_nothing_in_it(tmp_path: Path) -> None:
    assert (
        refused(make(tmp_path / "a.zip", {})).rule == "the archive holds no file that phusong reads; it holds nothing"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_of_the_same_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("sites.csv", CSV)
        file.writestr("sites.csv", "another")
    fault = refused(tmp_path / "a.zip")
    assert (fault.rule, fault.value) == ("two files in the archive have the same name", "sites.csv")


def test_locked_with_a_password(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"sites.csv": CSV})
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    path.write_bytes(data)
    assert refused(path).rule == "the archive is locked with a password"


def test_a_wrong_checksum(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"sites.csv": CSV})
    path.write_bytes(path.read_bytes().replace(b"106.9", b"107.9"))
    assert refused(path).rule == "the archive is broken (Bad CRC-32 for file 'sites.csv')"


def test_a_packing_nobody_reads(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"sites.csv": CSV})
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(signature) + at] = 97
    path.write_bytes(data)
    assert refused(path).rule.startswith("the archive is packed in a way phusong does not read")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_truncated(tmp_path: Path, share: float) -> None:
    data = make(tmp_path / "a.zip", {"sites.csv": CSV * 50}).read_bytes()
    (tmp_path / "a.zip").write_bytes(data[: int(len(data) * share)])
    assert refused(tmp_path / "a.zip").rule.startswith("the archive is broken (")


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_names_without_the_utf8_flag(tmp_path: Path, encoding: str) -> None:
    name = "Trạm.csv" if encoding == "utf-8" else "forêt.csv"
    path = make(tmp_path / "a.zip", {"X" * len(name.encode(encoding)): CSV})
    data = path.read_bytes().replace(b"X" * len(name.encode(encoding)), name.encode(encoding))
    path.write_bytes(data)
    assert take(path)[0] == (name, None, CSV)
    assert take(path, name.removesuffix(".csv"))[0] == (name, None, CSV)


def test_a_kmz_reads_its_doc(tmp_path: Path) -> None:
    told, _ = take(make(tmp_path / "a.kmz", {"other.kml": "x", "files/icon.png": b"\x89PNG", "doc.kml": "<kml/>"}))
    assert told == ("doc.kml", None, "<kml/>")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6), st.integers(0, 10_000))
def test_broken_archives_are_faults(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    path = make(tmp_path / "h.zip", {"sites.csv": CSV * 20, "readme.txt": "x"}, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    for place, byte in changes:
        data[place % len(data)] = byte
    path.write_bytes(data[: len(data) - cut % 50])
    told, findings = take(path)
    assert (told is None) == any(fault.severity == "error" for fault in findings.faults)
    if told is not None and told[0] == "sites.csv":
        assert zlib.crc32(told[2].encode()) == zlib.crc32((CSV * 20).encode())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"sites.csv": CSV})
    path.chmod(0)
    assert refused(path).rule == "the archive cannot be read (Permission denied)"
