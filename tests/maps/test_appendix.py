"""The appendix: read back with another library, figure by figure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from phusong import maps
from phusong.maps.appendix.columns import Column, Table
from phusong.scenarios.plan import Plan

SHEETS = [
    "Bìa",
    "PL I Phương pháp",
    "PL II Tổng hợp theo xã",
    "PL II Chỉ tiêu",
    "PL III Cột hiện trạng",
    "PL IV Đề xuất",
    "PL V Tuyến cáp",
    "PL VIII 2G→4G",
    "PL VIII Trạm chưa có 4G",
    "PL X Nguồn dữ liệu",
    "PL X Sửa dữ liệu",
    "PL X Chứng minh",
]


@pytest.fixture(scope="module")
def book(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = maps.appendix(plan).save(tmp_path_factory.mktemp("phụ lục"))
    assert path.name == "phu-luc.xlsx"
    return openpyxl.load_workbook(path)


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """Rows as {header: value}, below the header and unit rows."""
    first = int(str(sheet.freeze_panes)[1:])
    heads = [str(cell.value) for cell in sheet[first - 2]]
    return [dict(zip(heads, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=first)]


def test_sheets_and_banner(book: Workbook) -> None:
    assert book.sheetnames == SHEETS
    for sheet in book:
        shown = [cell.value for row in sheet.iter_rows(max_row=min(4, sheet.max_row)) for cell in row]
        assert any("MÔ PHỎNG" in str(value) for value in shown), sheet.title


def test_real_data_carries_no_banner(make_plan: Callable[..., Plan], tmp_path: Path) -> None:
    path = maps.appendix(make_plan(simulated=False)).save(tmp_path)
    cells = [cell.value for row in openpyxl.load_workbook(path)["Bìa"].iter_rows() for cell in row]
    assert not any("MÔ PHỎNG" in str(value) for value in cells)


def test_indicators_keep_numerator_and_denominator(book: Workbook) -> None:
    rows = rows_of(book["PL II Chỉ tiêu"])
    row = next(row for row in rows if row["Mã chỉ tiêu"] == "K02" and row["Mã khu vực"] == "01236")
    assert row["Khu vực"] == 'Lộc "Ninh"'
    assert row["Đơn vị tử số, mẫu số"] == "người"
    assert (row["Hiện trạng: tử số"], row["Hiện trạng: mẫu số"], row["Hiện trạng"]) == (100, 1000, 0.1)
    assert (row["Phương án: tử số"], row["Phương án: mẫu số"], row["Phương án"]) == (800, 1000, 0.8)
    assert row["Doanh nghiệp"] == "Ít nhất một DN"
    assert rows[0]["Khu vực"] == "Bình Phước (mô phỏng)"


def test_communes_at_a_glance(book: Workbook) -> None:
    sheet = book["PL II Tổng hợp theo xã"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=int(str(sheet.freeze_panes)[1:]))]
    heads = [cell.value for cell in sheet[int(str(sheet.freeze_panes)[1:]) - 2]]
    before, after = heads.index("4G hiện trạng"), heads.index("4G phương án")
    assert rows[0][1:4] == ["01236", 'Lộc "Ninh"', 1000]
    assert rows[0][before : before + 2] == [100, 0.1]
    assert rows[0][after : after + 2] == [800, 0.8]
    assert rows[0][-1] == pytest.approx(70.0)
    assert rows[-1][2] == "Toàn tỉnh"
    shares = [row[before + 1] for row in rows[:-1]]
    assert shares == sorted(shares)


def test_more_than_everybody_is_kept_and_flagged(book: Workbook) -> None:
    row = next(row for row in rows_of(book["PL II Chỉ tiêu"]) if row["Mã chỉ tiêu"] == "K17")
    assert row["Hiện trạng"] == pytest.approx(1.01)
    assert "Vượt 100 %" in row["Cờ, ghi chú"]


def test_codes_stay_text_and_formulas_stay_words(book: Workbook) -> None:
    rows = rows_of(book["PL III Cột hiện trạng"])
    assert [row["Mã trạm"] for row in rows] == ["0001", "0002", "0003"]
    assert [row["Mã xã"] for row in rows] == ["01234", "01235", "01236"]
    assert [row["Chủ sở hữu"] for row in rows] == ["=cmd|' /C calc'!A0", "@owner", None]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert rows_of(book["PL X Sửa dữ liệu"])[0]["Trước"] == "+84"


def test_both_coordinate_notations(book: Workbook) -> None:
    sheet = book["PL III Cột hiện trạng"]
    row = rows_of(sheet)[0]
    assert (row["X (N)"], row["Y (E)"]) == (1_288_500, 550_500)  # Vietnamese usage: X is the northing
    assert row["Kinh độ"] == pytest.approx(106.715, abs=0.002)
    assert row["Vĩ độ"] == pytest.approx(11.651, abs=0.002)
    assert any("kinh tuyến trục 106°15′" in str(sheet.cell(place, 1).value) for place in range(1, 5))


def test_missing_height_is_an_empty_cell(book: Workbook) -> None:
    assert rows_of(book["PL III Cột hiện trạng"])[2]["Chiều cao"] is None


def test_proposals_and_fibre(book: Workbook) -> None:
    rows = rows_of(book["PL IV Đề xuất"])
    assert [row["Phương án"] for row in rows] == ["Nâng cấp trạm", "Xây trạm mới"]
    assert rows[1]["Tổng chi phí"] == 2_620_000_000
    assert rows_of(book["PL V Tuyến cáp"])[0]["Chiều dài"] == 1.25
    assert rows_of(book["PL VIII Trạm chưa có 4G"])[0]["Phủ thêm 4G cho doanh nghiệp"] == 800


def test_every_number_column_names_its_unit(plan: Plan) -> None:
    for table in maps.appendix(plan).tables:
        for column in table.columns:
            if column.form in ("number", "percent") and column.title != "Giá trị":
                assert column.unit, f"{table.sheet}: {column.title}"


def test_same_plan_same_bytes(plan: Plan, tmp_path: Path) -> None:
    first = maps.appendix(plan).save(tmp_path / "a").read_bytes()
    assert first == maps.appendix(plan).save(tmp_path / "b").read_bytes()


def test_sheet_name_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="has 32 characters"):
        Table("x" * 32, "t", [], [])


def test_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="row 0: 2 values for 1 columns"):
        Table("x", "t", [Column("a")], [(1, 2)])
