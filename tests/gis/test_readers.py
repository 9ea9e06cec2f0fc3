"""Readers: what spreadsheets, GIS programs and other people really leave in files."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from phusong.gis.findings import Findings
from phusong.gis.readers.tables import read_table

HEADER = "site_id,lon,lat,height_m\n"


def table(tmp_path: Path, data: bytes, *, encoding: str = "utf-8-sig") -> tuple[pd.DataFrame | None, Findings]:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    findings = Findings()
    return read_table(path, encoding=encoding, notes=findings.of("sites", "t.csv")), findings


# --- tables that are fine ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,x\n2,y\n",
        b"\xef\xbb\xbfa,b\n1,x\n2,y",
        b"a;b\r\n1;x\r\n2;y\r\n",
        b"a\tb\n1\tx\n2\ty\n",
        b"a|b\n1|x\n2|y\n",
        b'"a","b"\n"1","x"\n"2","y"\n',
        b" a , b \n 1 , x \n 2 , y \n",
        b"a,b,,\n1,x,,\n2,y,,\n",
        b"a,b\r1,x\r2,y\r",
    ],
)
def test_the_same_table_in_nine_dresses(tmp_path: Path, data: bytes) -> None:
    found, findings = table(tmp_path, data)
    assert found is not None
    assert findings.faults == []
    assert found.to_dict("list") == {"a": ["1", "2"], "b": ["x", "y"]}
    assert list(found.index) == [2, 3]
    assert found.attrs["records"] == 2


def test_a_bom_under_plain_utf8(tmp_path: Path) -> None:
    found, _ = table(tmp_path, b"\xef\xbb\xbfa,b\n1,x\n", encoding="utf-8")
    assert found is not None
    assert list(found.columns) == ["a", "b"]


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    found, _ = table(tmp_path, b'a,b\n1,"two\nlines"\n\n,\n4,x\n')
    assert found is not None
    assert list(found.index) == [2, 5]
    assert found.at[2, "b"] == "two\nlines"


def test_separators_inside_a_quoted_header(tmp_path: Path) -> None:
    found, _ = table(tmp_path, b'"a, b, c";d\n1;2\n')
    assert found is not None
    assert list(found.columns) == ["a, b, c", "d"]


def test_commas_in_a_bare_header(tmp_path: Path) -> None:
    """As exported from a DBF: the header has more commas than separators, the records tell."""
    found, _ = table(tmp_path, b"NAME,C,254;LEN,N,19,11\nx;1,5\ny;2,5\n")
    assert found is not None
    assert list(found.columns) == ["NAME,C,254", "LEN,N,19,11"]


def test_a_header_of_two_lines_is_one_name(tmp_path: Path) -> None:
    found, _ = table(tmp_path, b'site_id,"height\n (m)"\nS1,30\n')
    assert found is not None
    assert list(found.columns) == ["site_id", "height (m)"]


def test_other_encodings_when_stated(tmp_path: Path) -> None:
    found, findings = table(tmp_path, "a,b\n1,Lộc\n".encode("utf-16"), encoding="utf-16")
    assert findings.faults == []
    assert found is not None
    assert found.at[2, "b"] == "Lộc"


# --- tables that are not -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "row", "column", "rule"),
    [
        (b"", 1, None, "the file has no header row"),
        (b"\n\n", 1, None, "the file has no header row"),
        (b" , \n1,2\n", 1, None, "the file has no header row"),
        (b"a,b,a\n1,2,3\n", 1, "a", "two columns have the same name"),
        (b"a,b\n1\n2,y\n", 2, None, "the row has 1 fields, the header 2"),
        (b"a,b\n1,x\n2,y,z\n", 3, None, "the row has 3 fields, the header 2"),
        (b'a,b\n1,"x\n2,y\n', 2, None, "the row cannot be read (unexpected end of data)"),
        (b'a,b\n1,x\n2,"y"z\n', 3, None, "the row cannot be read"),
        (b"a,b\n1," + b"x" * 1_000_001 + b"\n", 2, None, "the row cannot be read (field larger than field limit"),
        (b"a,b\n1,x\n2,L\xe9\n", 3, None, "byte 11 is no utf-8 text"),
        (b"a,b\n" + b"1,x\n" * 9000 + b"2,\xff\n", 9002, None, "byte 36006 is no utf-8 text"),
    ],
)
def test_broken_tables(tmp_path: Path, data: bytes, row: int, column: str | None, rule: str) -> None:
    _, findings = table(tmp_path, data)
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.column) == ("error", row, column)
    assert fault.rule.startswith(rule)
    assert fault.remedy


@pytest.mark.parametrize("encoding", ["utf8-vn", "", "rot13", "hex", "idna", "undefined", "a\x00b"])
def test_unknown_encodings(tmp_path: Path, encoding: str) -> None:
    found, findings = table(tmp_path, b"a,b\n1,\xff\n", encoding=encoding)
    assert found is None
    assert len(findings.faults) == 1


def test_a_ragged_row_is_counted_and_the_others_read(tmp_path: Path) -> None:
    found, findings = table(tmp_path, b"a,b\n1,x\n2\n3,z\n")
    assert found is not None
    assert list(found.index) == [2, 4]
    assert found.attrs["records"] == 3
    assert [f.row for f in findings.faults] == [3]


def test_a_nameless_column_that_holds_values_is_said(tmp_path: Path) -> None:
    found, findings = table(tmp_path, b"a,,b,\n1,,x,\n2,note,y,\n")
    assert found is not None
    assert list(found.columns) == ["a", "b"]
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.value) == ("warning", 3, "note")
    assert fault.rule == "column 2 has no name and is not used; it holds 1 values"


def test_header_only(world: Any) -> None:
    world.text("sites.csv", HEADER)
    assert world.only().rule == "the layer is empty"


def test_nul_bytes_are_a_fault_of_their_value(world: Any) -> None:
    world.text("sites.csv", HEADER + "S1,106.9,11.54,30\nS2\x00,106.9,11.54,30\nS3,106.9,11.5\x00,30\n")
    found = {(f.row, f.column) for f in world.faults() if f.layer == "sites"}
    assert found == {(3, "site_id"), (4, "lat")}


def test_ids_with_spaces_and_a_geometry_column_of_text(world: Any) -> None:
    world.text("sites.csv", "site_id,lon,lat,geometry\n  S 1 ,106.9,11.54,POINT(1 2)\n")
    world.text("cells.csv", "cell_id,site_id,operator,technology\nC 1,S 1,A,4G\nC 2, S 1,B,4G\n")
    layers = world.read()
    assert list(layers.sites.index) == ["S 1"]
    assert list(layers.cells.index) == ["C 1", "C 2"]
    assert [(f.column, f.severity) for f in layers.faults] == [("geometry", "info")]


# --- text in NFC ---------------------------------------------------------------------------------------------


def test_names_are_compared_in_nfc_and_the_change_is_counted(world: Any, sites: Any, cells: Any) -> None:
    def nfd(text: str) -> str:
        return unicodedata.normalize("NFD", text)

    world.province["operators"] = f'["{nfd("Lộc Việt")}", "{unicodedata.normalize("NFC", "Bà Rá")}"]'
    for row in cells[1:]:
        row[2] = nfd("Bà Rá") if row[2] == "A" else "Lộc Việt"
    cells[0][2] = nfd("Nhà mạng")
    world.table("cells.csv", cells)
    world.layers["cells"]["columns"] = '{ operator = "Nhà mạng" }'
    sites[1][1] = nfd("Trạm Lộc Ninh")
    world.table("sites.csv", sites)
    world.communes(name=[nfd("Lộc Ninh"), "Bù Đốp", "Phước Long"])
    layers = world.read()
    assert layers.operators == ("Lộc Việt", "Bà Rá")
    assert set(layers.cells["operator"]) == {"Lộc Việt", "Bà Rá"}
    assert layers.communes["name"].iloc[0] == unicodedata.normalize("NFC", "Lộc Ninh")
    assert [(r.layer, r.how_much) for r in layers.repairs if r.what.startswith("composed")] == [
        ("communes", "1 values"),
        ("sites", "1 values"),
        ("cells", "3 values"),
    ]
