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


def table(
    tmp_path: Path, data: bytes, *, encoding: str = "utf-8-sig", **keys: Any
) -> tuple[pd.DataFrame | None, Findings]:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    findings = Findings()
    return read_table(path, encoding=encoding, notes=findings.of("sites", "t.csv"), **keys), findings


def listed(findings: Findings) -> list[tuple[str, str]]:
    return [(r.row, r.what) for r in findings.repairs]


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


@pytest.mark.parametrize("first", [b"sep=;\n", b'"sep=;"\r\n', b"SEP=;\n", b"\xef\xbb\xbfsep=;\n", b"sep=;;;\n"])
def test_the_separator_excel_states(tmp_path: Path, first: bytes) -> None:
    found, findings = table(tmp_path, first + b"a,b;c\n1,2;3\n")
    assert found is not None
    assert found.to_dict("list") == {"a,b": ["1,2"], "c": ["3"]}
    assert list(found.index) == [3]
    assert findings.faults == []


def test_a_title_line_does_not_hide_the_separator(tmp_path: Path) -> None:
    data = "Danh sách trạm, cột, tuyến, năm 2025\n\nMã trạm;Kinh độ;Vĩ độ\nS1;106,9;11,5\nS2;106,8;11,4\n".encode()
    found, findings = table(tmp_path, data, layer="sites")
    assert found is not None
    assert list(found.loc[4]) == ["S1", "106,9", "11,5"]
    assert listed(findings) == [("*", "left out: lines above the header")]
    assert findings.described["sites"] == ["utf-8-sig", "text table, separator ';'", "header in row 3"]


def test_separators_behind_the_last_field_do_no_harm(tmp_path: Path) -> None:
    found, findings = table(tmp_path, b"a,b\n1,x,,\n2,y\n")
    assert findings.faults == []
    assert found is not None
    assert found["b"].tolist() == ["x", "y"]


# --- headers, totals and numbers of columns; the same rules as for workbooks, see test_excel.py ---------------------

OFFICE = (
    "DANH SÁCH TRẠM BTS;;;;;\n"
    ";;;;;\n"
    "STT;Mã trạm;Tọa độ;;Độ cao trạm (m);\n"
    ";;X;Y;;\n"
    "1;2;3;4;5;\n"
    "I;Huyện Lộc Ninh;;;;\n"
    "1;S1;1275706,9;568850,1;30,5;\n"
    ";Cộng;;;30,5;\n"
    "STT;Mã trạm;Tọa độ;;Độ cao trạm (m);\n"
    "2;S2;1275806,9;568950,1;42;\n"
    ";Tổng cộng;;;72,5\n"
)


def test_a_list_as_an_office_saves_it(tmp_path: Path) -> None:
    found, findings = table(tmp_path, OFFICE.encode(), layer="sites")
    assert found is not None
    assert list(found.columns) == ["STT", "Mã trạm", "Tọa độ X", "Tọa độ Y", "Độ cao trạm (m)"]
    assert list(found.index) == [7, 10]
    assert found.attrs["records"] == 7
    assert findings.faults == []
    assert listed(findings) == [
        ("*", "left out: lines above the header"),
        ("5", "left out: numbers of the columns"),
        ("6", "left out: the heading of a section"),
        ("8", "left out: a row of totals"),
        ("9", "left out: the header once more"),
        ("11", "left out: a row of totals"),
    ]


def test_without_a_layer_the_first_row_is_the_header(tmp_path: Path) -> None:
    found, findings = table(tmp_path, b"a,b,c\n(1),(2),(3)\nTotal,,\n")
    assert found is not None
    assert len(found) == 2
    assert findings.repairs == []


@pytest.mark.parametrize(
    ("row", "numbering"),
    [
        ("(1);(2);(3);(4)", True),
        ("1;2;3;4", True),
        ("A;B;C;D", True),
        ("A;B;1;2", True),
        ("(1);(2);(3)=(1)+(2);(4)", True),
        ("1;2;4;3", False),
        ("7;8;9;10", False),
        ("1;2;;", False),
        ("S1;2;3;4", False),
    ],
)
def test_numbers_of_the_columns(tmp_path: Path, row: str, *, numbering: bool) -> None:
    found, findings = table(tmp_path, f"site_id;lon;lat;height_m\n{row}\nS9;1;2;3\n".encode(), layer="sites")
    assert found is not None
    assert (len(found) == 1) is numbering
    assert bool(findings.repairs) is numbering


def test_a_header_nobody_knows_stays_in_the_first_row(tmp_path: Path) -> None:
    found, findings = table(tmp_path, b"ma;kd;vd\nlon;lat;x\n1;2;3\n", layer="hamlets", expected=("ma", "kd", "vd"))
    assert found is not None
    assert list(found.columns) == ["ma", "kd", "vd"]
    assert len(found) == 2
    assert findings.repairs == []


def test_a_stated_header_row(tmp_path: Path) -> None:
    found, _ = table(tmp_path, b"site_id;lon;lat\na;b;c\n1;2;3\n", layer="sites", header_row=2)
    assert found is not None
    assert list(found.columns) == ["a", "b", "c"]
    found, findings = table(tmp_path, b"site_id;lon\n1;2\n", layer="sites", header_row=3)
    assert found is None
    assert findings.faults[0].rule == "header_row = 3, but the table has 2 rows"


def test_two_columns_of_one_name_that_nobody_reads(tmp_path: Path) -> None:
    found, findings = table(tmp_path, "site_id;Ghi chú;Ghi chú\nS1;a;b\n".encode(), layer="sites")
    assert findings.faults == []
    assert found is not None
    assert found.loc[2].to_dict() == {"site_id": "S1", "Ghi chú": "a", "Ghi chú (2)": "b"}
    _, findings = table(tmp_path, "site_id;Tên trạm;Tên trạm\nS1;a;b\n".encode(), layer="sites")
    assert [(f.column, f.rule) for f in findings.faults] == [("Tên trạm", "two columns have the same name")]


# --- encodings ---------------------------------------------------------------------------------------------------


def test_an_encoding_found_out_is_said(tmp_path: Path) -> None:
    text = "ten;xa\n1;Hôtel de Lunas, façade\n2;Révolution, forêt\n"
    found, findings = table(tmp_path, text.encode("cp1252"), encoding="auto")
    assert found is not None
    assert found.at[2, "xa"] == "Hôtel de Lunas, façade"
    assert findings.faults == []
    (repair,) = findings.repairs
    assert (repair.what, repair.before) == ("decoded: text that is no UTF-8", "cp1252 (Western European)")
    assert 'encoding = "cp1252"' in repair.remedy


def test_an_encoding_that_cannot_be_told_is_a_warning(tmp_path: Path) -> None:
    found, findings = table(tmp_path, b"a;b\n1;x\xe9\n", encoding="auto")
    assert found is not None
    (fault,) = findings.faults
    assert (fault.severity, fault.column) == ("warning", "encoding")
    assert fault.rule.startswith("the text may be in another encoding; it is read as cp1252")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_needs_no_telling(tmp_path: Path, encoding: str) -> None:
    found, findings = table(tmp_path, "a;b\n1;Lộc Ninh\n".encode(encoding), encoding="auto")
    assert found is not None
    assert found.at[2, "b"] == "Lộc Ninh"
    assert (findings.faults, findings.repairs) == ([], [])


# --- too much ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "size", "rule"),
    [
        (b"a,b\n", 300 * 2**20, "the row is longer than 10 MB"),  # one endless row in a file of any size
        (b"a,b\n" + b"1,2\n" * 6_000_000, 300 * 2**20, "the table has 300 MB; phusong reads up to 200 MB as text"),
        (b"a,b\n" + b"1,2\n" * 3_000_000, 30 * 2**20, "the row is longer than 10 MB"),
    ],
)
def test_what_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, head: bytes, size: int, rule: str
) -> None:
    """A sparse file: nothing beyond the first 20 MB is even read where the whole is too large."""
    path = tmp_path / "t.csv"
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate(size)
    if size > 200 * 2**20:
        monkeypatch.setattr(Path, "read_bytes", None)
    findings = Findings()
    assert read_table(path, encoding="auto", notes=findings.of("sites", "t.csv")) is None
    assert [f.rule for f in findings.faults] == [rule]
    assert findings.faults[0].row == (None if "table" in rule else head.count(b"\n") + 1)


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
