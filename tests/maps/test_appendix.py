"""The appendix: read back with another library, figure by figure."""

from collections.abc import Callable
from dataclasses import replace
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
    "PL IV Vị trí đề xuất",
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


def indicator(book: Workbook, kpi_id: str) -> dict[str, Any]:
    return next(row for row in rows_of(book["PL II Chỉ tiêu"]) if row["Mã chỉ tiêu"] == kpi_id)


def text_in(book: Workbook) -> str:
    """Everything written in a workbook."""
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def saved(plan: Plan, folder: Path) -> Workbook:
    return openpyxl.load_workbook(maps.appendix(plan).save(folder))


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
    shares = [float(str(row[before + 1])) for row in rows[:-1]]
    assert shares == sorted(shares)


def test_more_than_everybody_is_kept_and_flagged(book: Workbook) -> None:
    row = indicator(book, "K17a")
    assert row["Hiện trạng"] == pytest.approx(1.01)
    assert "Vượt 100 %" in row["Ghi chú"]


def test_ratios_are_not_flagged_as_shares(book: Workbook) -> None:
    per_site, per_thousand = indicator(book, "K16"), indicator(book, "K18")
    assert (per_site["Hiện trạng"], per_site["Ghi chú"]) == (pytest.approx(1.2), "")
    assert (per_thousand["Hiện trạng: tử số"], per_thousand["Hiện trạng: mẫu số"]) == (12, 10)
    assert (per_thousand["Hiện trạng"], per_thousand["Ghi chú"]) == (None, "")


def test_every_heading_names_the_decision(book: Workbook) -> None:
    for sheet in book:
        assert str(sheet["A2"].value).startswith("(Kèm theo Quyết định số …/QĐ-UBND ngày … tháng … năm …"), sheet.title


def test_long_table_prints_wide_with_its_header_on_each_page(book: Workbook) -> None:
    sheet = book["PL II Chỉ tiêu"]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (8, "landscape")  # A3
    setup = sheet.sheet_properties.pageSetUpPr
    assert setup is not None
    assert setup.fitToPage
    assert sheet.page_setup.fitToHeight == 0  # one page wide (the default), as long as it needs
    head = int(str(sheet.freeze_panes)[1:]) - 2
    assert sheet.print_title_rows == f"${head}:${head + 1}"
    assert [row["Mã khu vực"] for row in rows_of(sheet)][:2] == ["", ""]  # the province first


def test_without_a_plan_nothing_is_claimed(covered_only: Plan, tmp_path: Path) -> None:
    book = saved(covered_only, tmp_path)
    assert book.sheetnames == [name for name in SHEETS if name[:5] not in ("PL IV", "PL V ") and "Chứng" not in name]
    for sheet in ("PL II Chỉ tiêu", "PL II Tổng hợp theo xã"):
        rows = rows_of(book[sheet])
        assert rows
        assert {value for row in rows for head, value in row.items() if "Phương án" in head} <= {None}
    text = text_in(book)
    assert "PHỤ LỤC HIỆN TRẠNG" in text
    for claim in ("Ngân sách", "Đơn giá", "đề xuất (", "Cận trên"):
        assert claim not in text


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("optimal", "Đã chứng minh trong sai số yêu cầu"),
        ("time_limit", "Hết thời gian giải, chưa chứng minh tới sai số yêu cầu"),
        ("tolerance", "Sai số số học của bộ giải"),
        ("no_demand", "Không ai được biết là thiếu 4G"),
        ("something else", "something else"),
    ],
)
def test_proof_ends_in_words(plan: Plan, tmp_path: Path, status: str, told: str) -> None:
    proof = {**plan.proof, "status": status, "unknown_people": 1234.0}
    rows = {row["Nội dung"]: row for row in rows_of(saved(replace(plan, proof=proof), tmp_path)["PL X Chứng minh"])}
    assert rows["Kết luận của bộ giải"]["Ghi chú"] == told
    assert rows["Dân số chưa rõ có 4G hay không"]["Giá trị"] == 1234


def test_proof_tells_what_was_not_looked_at(book: Workbook, plan: Plan, tmp_path: Path) -> None:
    told = {row["Nội dung"]: (row["Giá trị"], row["Đơn vị"]) for row in rows_of(book["PL X Chứng minh"])}
    assert told["Số vị trí đã xét"] == (12, "vị trí")
    assert told["Ô 1 km² đủ dân chưa có 4G"] == (40, "ô")
    assert told["Ô 1 km² bị loại vì quá gần cột hiện có"] == (5, "ô")
    assert told["Ô 1 km² bị cắt vì vượt số vị trí tối đa"] == (3, "ô")
    assert told["Dân số trong các ô bị cắt"] == (61.5, "người")
    older = {key: value for key, value in plan.proof.items() if "squares" not in key and "cut" not in key}
    assert "Ô 1 km²" not in text_in(saved(replace(plan, proof=older), tmp_path))


def test_unit_costs_stand_beside_their_source(book: Workbook) -> None:
    rows = {row["Nội dung"]: row for row in rows_of(book["PL I Phương pháp"])}
    upgrade = rows["Đơn giá: Nâng cấp trạm hiện có lên 4G"]
    assert (upgrade["Giá trị"], upgrade["Đơn vị"]) == (1_000_000_000, "đồng/trạm")
    assert upgrade["Diễn giải"].startswith("mặc định năm 2025, giả định quy hoạch: 40.000 USD")
    site = rows["Đơn giá: Trạm mới"]
    assert site["Giá trị"] == 2_500_000_000
    assert site["Diễn giải"].startswith("theo kịch bản; mặc định 3.250.000.000 đồng, năm 2025")
    fibre = rows["Đơn giá: Cáp quang mới"]
    assert fibre["Đơn vị"] == "đồng/km"
    assert "ITU" in fibre["Diễn giải"]


def test_repairs_and_sources_speak_vietnamese(book: Workbook) -> None:
    rows = [tuple(row.values()) for row in rows_of(book["PL X Sửa dữ liệu"])]
    assert rows == [
        ("Cột/trạm", "0009", "Loại bỏ: nằm ngoài tỉnh", "1 bản ghi", "+84", "cách 12 km", "kiểm tra tọa độ"),
        ("Dân số theo ô", "*", "Chuyển thành chưa rõ: giá trị không thể có", "7 ô", "-9999", "chưa rõ", ""),
        ("Cell", "*", "Giả định: góc ngẩng", "7 cell", "trống", "4°", "điền tilt_deg"),
    ]
    assert rows_of(book["PL X Nguồn dữ liệu"])[0]["Lớp dữ liệu"] == "Cột/trạm"


def test_words_an_office_would_not_use_are_gone(book: Workbook) -> None:
    text = text_in(book).lower()
    for word in ("ứng viên", "đứng yên", "anten", "toạ độ", "doanh nghiệp lớn nhất", "cờ, ghi chú", "điểm %"):
        assert word not in text, word


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
    rows = rows_of(book["PL IV Vị trí đề xuất"])
    assert [row["Hình thức"] for row in rows] == ["Nâng cấp trạm", "Xây trạm mới"]
    assert rows[1]["Tổng chi phí"] == 2_620_000_000
    route = rows_of(book["PL V Tuyến cáp"])[0]
    assert (route["Chiều dài"], route["Loại cáp"], route["Ghi chú"]) == (1.25, "Cáp treo", "Mô phỏng")
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
