"""Excel: what offices really send - titles, merged headers, numbered columns, totals, several sheets - and bombs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from phusong.gis.columns.conform import conform
from phusong.gis.findings import Findings
from phusong.gis.readers import excel
from phusong.gis.readers.excel import read_excel

Rows = Sequence[Sequence[Any]]
SITES: Rows = [
    ["DANH SÁCH TRẠM BTS TRÊN ĐỊA BÀN TỈNH"],
    ["(Kèm theo Công văn số 12/STTTT)"],
    [],
    ["TT", "Mã trạm", "Tên trạm", "Tọa độ", None, "Độ cao trạm (m)", "Ghi chú"],
    [None, None, None, "X", "Y", None, None],
    ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
    ["I", "Huyện Lộc Ninh"],
    [1, "LNH001", "Lộc Ninh 1", 1275706.945, 568850.121, 42, None],
    [2, "LNH002", "Lộc Ninh 2", 1276706.5, 569850, 30.0, "thuê"],
    [None, "Cộng", None, None, None, 72, None],
    ["II", "Huyện Bù Đốp"],
    [1, "BDP001", "Bù Đốp 1", 1277706, 570850, "42", None],
    ["Tổng cộng", None, None, None, None, 114, None],
]
MERGES = ("A1:G1", "A2:G2", "A4:A5", "B4:B5", "C4:C5", "D4:E4", "F4:F5", "G4:G5", "B7:G7", "B11:G11")


def sheet(book: Workbook, name: str, rows: Rows, merges: Sequence[str] = ()) -> None:
    made = book.create_sheet(name)
    for row in rows:
        made.append(list(row))
    for area in merges:
        made.merge_cells(area)


def workbook(tmp_path: Path, *sheets: Any, name: str = "t.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for made in sheets:
        sheet(book, *made)
    path = tmp_path / name
    book.save(path)
    return path


def read(path: Path, *, layer: str | None = "sites", **keys: Any) -> tuple[pd.DataFrame | None, Findings]:
    findings = Findings()
    options = {"sheet": None, "header_row": None, **keys}
    return read_excel(path, layer=layer, notes=findings.of(layer or "sites", path.name), **options), findings


def good(path: Path, **keys: Any) -> tuple[pd.DataFrame, Findings]:
    table, findings = read(path, **keys)
    assert table is not None, [fault.line() for fault in findings.faults]
    return table, findings


# --- one sheet -----------------------------------------------------------------------------------------------


def test_a_list_as_an_office_sends_it(tmp_path: Path) -> None:
    table, findings = good(workbook(tmp_path, ("BTS", SITES, MERGES)))
    assert list(table.columns) == ["TT", "Mã trạm", "Tên trạm", "Tọa độ X", "Tọa độ Y", "Độ cao trạm (m)", "Ghi chú"]
    assert list(table.index) == [8, 9, 12]
    assert list(table.loc[8]) == ["1", "LNH001", "Lộc Ninh 1", "1275706.945", "568850.121", "42", ""]
    assert table["Độ cao trạm (m)"].tolist() == ["42", "30", "42"]
    assert table.attrs["records"] == 8
    assert findings.faults == []
    assert [(r.row, r.what, r.before) for r in findings.repairs] == [
        ("*", "left out: lines above the header", "DANH SÁCH TRẠM BTS TRÊN ĐỊA BÀN TỈNH / (Kèm theo Công văn số"),
        ("6", "left out: numbers of the columns", "(1) | (2) | (3) | (4) | (5) | (6) | (7)"),
        ("7", "left out: the heading of a section", "I | Huyện Lộc Ninh"),
        ("10", "left out: a row of totals", "Cộng | 72"),
        ("11", "left out: the heading of a section", "II | Huyện Bù Đốp"),
        ("13", "left out: a row of totals", "Tổng cộng | 114"),
    ]
    assert findings.described == {"sites": ["workbook, sheet 'BTS'", "header in rows 4 to 5"]}
    notes = findings.of("sites", "t.xlsx")
    found = conform(table, layer="sites", columns={}, notes=notes)
    assert found["y_m"].tolist() == [1275706.945, 1276706.5, 1277706]
    assert found["x_m"].tolist() == [568850.121, 569850, 570850]


def test_the_same_without_merged_cells(tmp_path: Path) -> None:
    merged, _ = good(workbook(tmp_path, ("BTS", SITES, MERGES)))
    plain, _ = good(workbook(tmp_path, ("BTS", SITES), name="p.xlsx"))
    pd.testing.assert_frame_equal(plain, merged)


def test_three_rows_of_header(tmp_path: Path) -> None:
    rows = [
        ["STT", "Thông tin trạm", None, "Vị trí", None, None],
        [None, "Mã trạm", "Độ cao trạm (m)", "Tọa độ", None, "Địa chỉ"],
        [None, None, None, "Kinh độ", "Vĩ độ", None],
        [1, "S1", 30, 106.9, 11.5, "Ấp 1"],
    ]
    merges = ("B1:C1", "D1:F1", "D2:E2", "A1:A3", "B2:B3", "C2:C3", "F2:F3")
    table, findings = good(workbook(tmp_path, ("a", rows, merges)))
    names = ["STT", "Mã trạm", "Độ cao trạm (m)", "Tọa độ Kinh độ", "Tọa độ Vĩ độ", "Địa chỉ"]
    assert list(table.columns) == names
    assert list(table.index) == [4]
    assert findings.described["sites"][-1] == "header in rows 2 to 3"
    # Where layers.toml names a column by its whole heading, that is the header.
    whole = [
        " ".join(dict.fromkeys((*group, name)))
        for group, name in zip(
            [[], ["Thông tin trạm"], ["Thông tin trạm"], ["Vị trí"], ["Vị trí"], ["Vị trí"]], names, strict=True
        )
    ]
    table, findings = good(workbook(tmp_path, ("a", rows, merges)), expected=whole)
    assert list(table.columns) == whole
    assert findings.described["sites"][-1] == "header in rows 1 to 3"


def test_cells_of_every_kind(tmp_path: Path) -> None:
    values = [
        25195.0, "00123", 0.1 + 0.2, 106.88350000000001, 1e21, -3, True, dt.date(2020, 1, 2),
        dt.datetime(2020, 1, 2, 3, 4, 5),  # noqa: DTZ001
         dt.time(3, 4), "  a\u00a0b ", "x\ny", 9007199254740992, None,
    ]  # fmt: skip
    rows = [["site_id", "name"], *([f"S{n}", value] for n, value in enumerate(values))]
    table, _ = good(workbook(tmp_path, ("a", rows)))
    assert table["name"].tolist() == [
        "25195", "00123", "0.3", "106.8835", "1e+21", "-3", "true", "2020-01-02", "2020-01-02 03:04:05", "03:04:00",
        "a\u00a0b", "x\ny", "9.00719925474099e+15", "",
    ]  # fmt: skip


def test_failed_formulas_are_seen(tmp_path: Path) -> None:
    rows = [["site_id", "height_m"], ["S1", "#N/A"], ["#REF!", 30], ["S3", "#DIV/0!"]]
    table, findings = good(workbook(tmp_path, ("a", rows)))
    assert table["height_m"].tolist() == ["#N/A", "30", "#DIV/0!"]
    found = conform(table, layer="sites", columns={}, notes=findings.of("sites", "t.xlsx"))
    assert found["height_m"].isna().tolist() == [True, False, True]
    assert [(f.row, f.column, f.rule) for f in findings.faults] == [(3, "site_id", "a value is required")]
    assert [(r.what, r.before) for r in findings.repairs][-1] == (
        "counted as empty: height_m says in words that nothing is known",
        '"#N/A", "#DIV/0!"',
    )


def test_fields_merged_downwards_are_filled_and_said(tmp_path: Path) -> None:
    rows = [
        ["Mã trạm", "Mã cell", "Doanh nghiệp", "Công nghệ"],
        ["S1", "C1", "A", "4G"],
        [None, "C2", None, "2G"],
        [None, "C3", "B", "4G"],
        ["S2", "C4", "B", "4G"],
    ]
    table, findings = good(workbook(tmp_path, ("a", rows, ("A2:A4", "C2:C3"))), layer="cells")
    assert table["Mã trạm"].tolist() == ["S1", "S1", "S1", "S2"]
    assert table["Doanh nghiệp"].tolist() == ["A", "A", "B", "B"]
    assert [(r.what, r.how_much) for r in findings.repairs] == [
        ("filled down: merged fields of Mã trạm", "2 fields"),
        ("filled down: merged fields of Doanh nghiệp", "1 fields"),
    ]


def test_a_table_that_begins_somewhere_in_the_sheet(tmp_path: Path) -> None:
    rows: Rows = [[], [], [None, None, "site_id", "lon", "lat"], [None, None, "S1", 106.9, 11.5], [], ["", "", ""]]
    table, findings = good(workbook(tmp_path, ("a", rows)))
    assert table.to_dict("list") == {"site_id": ["S1"], "lon": ["106.9"], "lat": ["11.5"]}
    assert list(table.index) == [4]
    assert findings.faults == []


def test_a_stated_header_row(tmp_path: Path) -> None:
    rows = [["site_id", "lon", "lat"], ["a", "b", "c"], ["S1", 106.9, 11.5]]
    table, _ = good(workbook(tmp_path, ("a", rows)), header_row=2)
    assert list(table.columns) == ["a", "b", "c"]
    assert list(table.index) == [3]
    _, findings = read(workbook(tmp_path, ("a", rows)), header_row=9)
    assert [(f.column, f.rule) for f in findings.faults] == [("header_row", "header_row = 9, but the table has 3 rows")]


def test_a_record_is_never_taken_for_a_total(tmp_path: Path) -> None:
    rows = [
        ["Mã trạm", "Tên trạm", "lon", "lat"],
        ["Tổng cộng", "", 106.9, 11.5],  # a place: a record, however it is called
        ["S2", "Tổng công ty Viễn thông", "", ""],  # an id, and no total
        ["S3", "Cộng Hòa", "", ""],
        ["I", "Lộc Ninh", 106.9, 11.5],
        ["S4", "", "", ""],
        ["Tổng số", "", "", ""],
    ]
    table, findings = good(workbook(tmp_path, ("a", rows)))
    assert table["Mã trạm"].tolist() == ["Tổng cộng", "S2", "S3", "I", "S4"]
    assert [r.row for r in findings.repairs] == ["7"]


def test_the_header_repeated_on_each_page(tmp_path: Path) -> None:
    head = ["Mã trạm", "Kinh độ", "Vĩ độ"]
    rows = [head, ["S1", 106.9, 11.5], head, ["S2", 106.8, 11.4]]
    table, findings = good(workbook(tmp_path, ("a", rows)))
    assert table["Mã trạm"].tolist() == ["S1", "S2"]
    assert [(r.row, r.what) for r in findings.repairs] == [("3", "left out: the header once more")]


# --- which sheet ---------------------------------------------------------------------------------------------

FEW: Rows = [["site_id", "lon", "lat"], ["S1", 106.9, 11.5]]
OTHER: Rows = [["Quý", "Doanh thu"], [1, 2]]


def test_the_only_sheet_that_holds_anything(tmp_path: Path) -> None:
    table, findings = good(workbook(tmp_path, ("Bìa", []), ("BTS", FEW), ("Sheet3", [])))
    assert len(table) == 1
    assert findings.faults == []


def test_the_sheet_that_fits_best_is_said(tmp_path: Path) -> None:
    table, findings = good(workbook(tmp_path, ("Báo cáo", OTHER), ("Trạm", FEW)))
    assert list(table.columns) == ["site_id", "lon", "lat"]
    (fault,) = findings.faults
    assert (fault.severity, fault.column) == ("info", "sheet")
    assert fault.rule == "sheet Trạm is read: its header names 3 columns of the layer; not read: Báo cáo"


@pytest.mark.parametrize("other", [FEW, OTHER])
def test_sheets_that_fit_alike_are_a_fault(tmp_path: Path, other: Rows) -> None:
    table, findings = read(workbook(tmp_path, ("2G", other), ("4G", other)))
    assert table is None
    (fault,) = findings.faults
    assert (fault.severity, fault.column) == ("error", "sheet")
    assert fault.rule == "2 sheets could be the layer: 2G, 4G"


@pytest.mark.parametrize("name", [2, "Trạm 4G", "trạm 4g", "Tra\u0323m 4G"])
def test_a_stated_sheet(tmp_path: Path, name: str | int) -> None:
    table, _ = good(workbook(tmp_path, ("2G", OTHER), ("Trạm 4G", FEW)), sheet=name)
    assert list(table.columns) == ["site_id", "lon", "lat"]


@pytest.mark.parametrize("name", [0, 3, -1, "5G", ""])
def test_a_stated_sheet_that_is_not_there(tmp_path: Path, name: str | int) -> None:
    table, findings = read(workbook(tmp_path, ("2G", OTHER), ("4G", FEW)), sheet=name)
    assert table is None
    assert findings.faults[0].rule == f"the workbook has no sheet {name!r}; it has 2G, 4G"


def test_hidden_sheets_are_read_only_when_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, ("a", []), ("ẩn", FEW))
    book = openpyxl.load_workbook(path)
    book["ẩn"].sheet_state = "hidden"
    book.save(path)
    _, findings = read(path)
    assert findings.faults[0].rule == "no visible sheet holds anything; hidden are ẩn"
    assert findings.faults[0].remedy == 'state sheet = "ẩn"'
    table, _ = good(path, sheet="ẩn")
    assert len(table) == 1


def test_an_empty_workbook(tmp_path: Path) -> None:
    _, findings = read(workbook(tmp_path, ("a", [])))
    assert [f.rule for f in findings.faults] == ["no sheet holds a row"]
    _, findings = read(workbook(tmp_path, ("a", [["site_id", "lon"]])))
    assert findings.faults == []


# --- ODS and XLS ---------------------------------------------------------------------------------------------


def ods(tmp_path: Path, rows: str, name: str = "t.ods") -> Path:
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="A">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def ods_row(*values: str, repeated: int = 1, cell_repeated: int = 1) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{cell_repeated}">'
        f"<text:p>{value}</text:p></table:table-cell>"
        for value in values
    )
    return (
        f'<table:table-row table:number-rows-repeated="{repeated}">{cells}'
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    )


def test_ods_with_a_million_empty_rows_behind_it(tmp_path: Path) -> None:
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    path = ods(tmp_path, ods_row("site_id", "name") + ods_row("S1", "a", repeated=2) + empty)
    table, _ = good(path)
    assert table.to_dict("list") == {"site_id": ["S1", "S1"], "name": ["a", "a"]}


def test_an_ods_that_repeats_itself_without_end(tmp_path: Path) -> None:
    path = ods(tmp_path, ods_row("site_id") + ods_row("S1", repeated=1_000_000, cell_repeated=16_000))
    _, findings = read(path)
    assert findings.faults[0].rule == ("sheet A reaches to row 1,000,001 and column 16,000, which is too much to read")


@pytest.mark.parametrize(
    ("name", "rows", "column", "values"),
    [
        ("OSM_MTP_Atm_2012", 27, "Coord_X,C,50", ["3,83959909946552", "3,84436669946486"]),
        ("VilleMTP_MTP_MonumentsHist", 115, "NATURE,C,50", ["Classé MH", "inscrit Inv. MH"]),
        ("VilleMTP_MTP_Quartiers", 7, "OBJECTID,N,9,0", ["1", "2"]),
    ],
)
def test_real_xls(shared: Path, *, name: str, rows: int, column: str, values: list[str]) -> None:
    table, findings = good(shared / f"data/formats/{name}/{name}.xls")
    assert len(table) == table.attrs["records"] == rows
    assert table[column].tolist()[:2] == values
    assert [f for f in findings.faults if f.severity == "error"] == []


def test_real_xls_and_csv_say_the_same(shared: Path) -> None:
    from phusong.gis.readers.tables import read_table

    folder = shared / "data/formats/OSM_MTP_Atm_2012"
    notes = Findings().of("sites", "t")
    by_csv = read_table(folder / "OSM_MTP_Atm_2012.csv", encoding="auto", notes=notes, layer="sites")
    by_xls, _ = good(folder / "OSM_MTP_Atm_2012.xls")
    assert by_csv is not None
    pd.testing.assert_frame_equal(by_csv, by_xls)


# --- what is no workbook -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "the workbook is empty"),
        (b"\x00" * 600, "the workbook is empty"),
        (b"<html><table><tr><td>a</td></tr></table>", "this is a web page or XML with the name of a workbook"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>", "this is a web page or XML with the name of a workbook"),
        (b"a;b\n1;2\n", "this is text with the name of a workbook"),
        (b"\x00\x01\x02\x03", "this is no workbook"),
        (b"PK\x03\x04", "the workbook is broken"),
        (b"PK\x05\x06" + b"\x00" * 18, "the workbook is broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "the workbook is broken"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "the workbook is locked with a password",
        ),
    ],
)
@pytest.mark.parametrize("name", ["t.xlsx", "t.xls", "t.ods"])
def test_what_is_no_workbook(tmp_path: Path, data: bytes, rule: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    table, findings = read(path)
    assert table is None
    (fault,) = findings.faults
    assert fault.rule.startswith(rule)
    assert fault.remedy


def rewritten(path: Path, change: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | change
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_a_cell_in_the_last_row_and_column(tmp_path: Path) -> None:
    """Laid out, the sheet would have 17 thousand million cells; the process would be killed for it."""
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["site_id"])
    book.worksheets[0]["XFD1048576"] = "x"
    book.save(path)
    table, findings = read(path)
    assert table is None
    assert findings.faults[0].rule == (
        "sheet Sheet reaches to row 1,048,576 and column 16,384, which is too much to read"
    )


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = workbook(tmp_path, ("a", FEW))
    rewritten(path, {"xl/media/x.bin": bytes(100 * 2**20)})
    _, findings = read(path)
    assert "times its size" in findings.faults[0].rule


def test_a_workbook_that_says_it_is_larger_than_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phusong.gis.readers.workbook._MOST_BYTES", 1000)
    _, findings = read(workbook(tmp_path, ("a", FEW)))
    assert findings.faults[0].rule.startswith("the workbook would unpack to 0 MB, more than")
    monkeypatch.setattr(excel, "_MOST_BYTES", 100)
    _, findings = read(workbook(tmp_path, ("a", FEW)))
    assert "phusong reads up to" in findings.faults[0].rule


def test_entities(tmp_path: Path) -> None:
    path = workbook(tmp_path, ("a", FEW))
    lol = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    rewritten(path, {"xl/workbook.xml": lol})
    _, findings = read(path)
    assert findings.faults[0].rule == "the workbook holds XML entities, which no spreadsheet writes"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    _, findings = read(tmp_path / "none.xlsx")
    assert findings.faults[0].rule == "the file cannot be read (No such file or directory)"


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(place=st.integers(0, 20_000), junk=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, place: int, junk: bytes, *, cut: bool) -> None:
    path = workbook(tmp_path, ("BTS", SITES, MERGES))
    data = path.read_bytes()
    at = place % len(data)
    path.write_bytes(data[:at] if cut else data[:at] + junk + data[at + len(junk) :])
    table, findings = read(path)
    assert table is not None or findings.faults


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.text("ab1 ,.-", max_size=5),
                st.sampled_from(["Mã trạm", "Tọa độ", "X", "Tổng cộng", "I", "(1)", "lon", "lat", "site_id"]),
                st.floats(allow_nan=False, allow_infinity=False, width=32),
                st.booleans(),
            ),
            max_size=5,
        ),
        max_size=8,
    )
)
def test_no_row_is_lost(tmp_path: Path, rows: list[list[Any]]) -> None:
    """Every row that holds anything is a record, a line of the header or above it, a fault or a repair."""
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    table, findings = read(path)
    if table is None:
        assert any(f.severity == "error" for f in findings.faults)
        return
    listed = {r.row for r in findings.repairs if r.row != "*"}
    assert table.attrs["records"] == len(table) + len(listed)
    held = [n for n, row in enumerate(rows, start=1) if any(c is not None and str(c).strip() for c in row)]
    below = [n for n in held if n in table.index or str(n) in listed]
    assert len(below) == table.attrs["records"]
    assert held[len(held) - len(below) :] == below


def test_the_buffer_is_a_whole_file(tmp_path: Path) -> None:
    """A workbook needs no particular ending: what it is, its bytes say."""
    path = workbook(tmp_path, ("a", FEW))
    odd = tmp_path / "danh sách trạm (1).XLS"
    odd.write_bytes(io.BytesIO(path.read_bytes()).getvalue())
    assert len(good(odd)[0]) == 1
