"""What the appendix says, in the order of its sheets: cover, method, indicators, lists, sources, proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from phusong.maps.appendix.columns import Column, Table, Value, plain, text_of
from phusong.maps.appendix.communes import commune_table
from phusong.maps.appendix.indicators import indicator_table
from phusong.maps.appendix.lists import (
    connection_table,
    gap_table,
    proposal_table,
    site_gap_table,
    site_table,
)
from phusong.maps.codes import model_title, repair_text
from phusong.maps.words import SIMULATED, Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["all_tables"]

_BLANK: Final = "………………………………"
"""What the office fills in by hand; the planner's tool does not know who approves."""


def all_tables(plan: Plan) -> list[Table]:
    """Every table of the appendix in the order of its sheets.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    list of Table
    """
    words = Words("vi")
    return [
        _cover(plan),
        _method(plan, words),
        commune_table(plan),
        indicator_table(plan, words=words),
        site_table(plan),
        proposal_table(plan, words=words),
        connection_table(plan, words=words),
        gap_table(plan, words=words),
        site_gap_table(plan),
        _sources(plan),
        _repairs(plan),
        _proof(plan),
    ]


def _cover(plan: Plan) -> Table:
    facts = plan.facts
    rows: list[tuple[Value, ...]] = [
        ("Tên quy hoạch/kế hoạch", str(facts["title"])),
        ("Phạm vi", str(facts["province"])),
        ("Kịch bản", str(facts["scenario"])),
        ("Số liệu tính đến", str(facts["as_of"])),
        ("Tình trạng số liệu", SIMULATED if facts["simulated"] else "Số liệu do đơn vị lập cung cấp"),
        ("Đơn vị tư vấn", _BLANK),
        ("Cơ quan lập", _BLANK),
        ("Cơ quan thẩm định", _BLANK),
        ("Cơ quan phê duyệt", _BLANK),
        ("Kèm theo", "Quyết định số ……/QĐ-UBND ngày ……/……/…… của UBND tỉnh"),
        ("Phần mềm", f"phusong {facts['version']}"),
    ]
    notes = [
        "PL II, IV, VIII và X là mẫu do phần mềm đề xuất, không phải biểu mẫu pháp lý.",
        "Chỗ có dấu chấm do cơ quan điền khi trình.",
    ]
    columns = [Column("", width=28), Column("", width=72)]
    return Table("Bìa", "PHỤ LỤC PHƯƠNG ÁN PHỦ SÓNG DI ĐỘNG", columns, rows, notes)


def _method(plan: Plan, words: Words) -> Table:
    facts = plan.facts
    figures: list[tuple[str, float, str, str]] = [
        (words["cell_m"], facts["cell_m"], "m", "Cạnh ô lưới"),
        (words["edge_probability"], 100 * facts["edge_probability"], "%", "Tại biên ô phủ"),
        (words["area_probability"], 100 * facts["area_probability"], "%", "Trên toàn vùng ô phủ"),
        (words["sigma_db"], facts["sigma_db"], "dB", "Phân bố log-chuẩn"),
        (words["fade_margin_db"], facts["fade_margin_db"], "dB", "Trừ vào mức thu dự báo"),
        (words["rx_height_m"], facts["rx_height_m"], "m", "Ngoài trời, đứng yên"),
    ]
    # Facts that a run may have and a plan made by hand need not.
    further = [
        ("body_loss_db", "Suy hao do cơ thể", "dB", "Trừ vào mức thu dự báo"),
        ("max_radius_m", "Bán kính tính xa nhất", "m", "Quanh mỗi trạm"),
    ]
    figures += [(label, facts[key], unit, remark) for key, label, unit, remark in further if key in facts]
    levels = dict(facts.get("service_level_dbm", {}))
    rows: list[tuple[Value, ...]] = [
        (words["model"], None, None, model_title(str(facts["model"]), str(facts["model_title"]), words=words)),
        (words["crs_title"], None, None, f"{facts['crs_title']} ({facts['crs']})"),
        *((label, float(value), unit, remark) for label, value, unit, remark in figures),
        *(
            (
                f"{words['thresholds_dbm']} {technology}",
                float(dbm),
                "dBm",
                "Mức thu tối thiểu kênh tham chiếu",
            )
            for technology, dbm in facts["thresholds_dbm"].items()
        ),
        *(
            (
                f"Mức phục vụ {technology}",
                float(dbm),
                "dBm",
                "Ngưỡng cộng dự trữ pha đinh và suy hao cơ thể: mức thu trung vị cần có",
            )
            for technology, dbm in levels.items()
        ),
        *((f"{words['limits']} {place}", None, None, str(text)) for place, text in enumerate(facts["limits"], 1)),
    ]
    columns = [
        Column("Nội dung", width=34),
        Column("Giá trị", form="number", width=12, decimals=2),
        Column("Đơn vị", width=10),
        Column("Diễn giải", width=80),
    ]
    notes = [
        "Ba trạng thái: có sóng / không có sóng / chưa rõ; dân số chưa rõ không tính là có hay không có sóng.",
    ]
    return Table("PL I Phương pháp", "PL I. Phương pháp và giả định", columns, rows, notes)


def _sources(plan: Plan) -> Table:
    columns = [
        Column("Lớp dữ liệu", width=20),
        Column("Tệp", width=36),
        Column("SHA-256", width=70),
        Column("Số bản ghi", form="integer", width=12),
        Column("Đã dùng", form="integer", width=12),
        Column("Hệ tọa độ", width=16),
        Column("Nguồn", width=60),
        Column("Giấy phép", width=20),
        Column("Mô phỏng", width=10),
    ]
    keys = ("layer", "file", "sha256", "rows", "used", "crs", "source", "licence")
    rows = [
        (*(plain(source.get(key)) for key in keys), "có" if source.get("simulated") else "")
        for source in plan.facts["sources"]
    ]
    return Table("PL X Nguồn dữ liệu", "PL X. Nguồn dữ liệu", columns, rows)


def _repairs(plan: Plan) -> Table:
    columns = [
        Column("Lớp dữ liệu", width=20),
        Column("Bản ghi", width=16),
        Column("Việc đã làm", width=40),
        Column("Mức độ", width=20),
        Column("Trước", width=28),
        Column("Sau", width=28),
        Column("Cách khắc phục", width=50),
    ]
    keys = ("layer", "row", "what", "how_much", "before", "after", "remedy")
    told = plan.repairs.assign(what=plan.repairs["what"].map(text_of).map(repair_text))
    rows = [tuple(text_of(row[key]) for key in keys) for row in told.to_dict("records")]
    title = "PL X. Bản ghi đã sửa, loại bỏ hoặc giả định"
    notes = ["Liệt kê mọi bản ghi đã sửa, loại bỏ hoặc giả định của lần chạy này; dấu * là cả lớp."]
    return Table("PL X Sửa dữ liệu", title, columns, rows, notes)


def _proof(plan: Plan) -> Table:
    proof = plan.proof
    figures: list[tuple[str, str, str]] = [
        ("Dân số phủ thêm của phương án (giá trị mục tiêu)", "covered_people", "người"),
        ("Cận trên đã chứng minh", "bound_people", "người"),
        ("Ngân sách", "budget_vnd", "đồng"),
        ("Chi phí phương án", "cost_vnd", "đồng"),
        ("Số ứng viên đã xét", "candidates", "ứng viên"),
        ("Số điểm nhu cầu", "demand_points", "điểm"),
        ("Chiều dài cáp quang mới", "fibre_km", "km"),
        ("Cận dưới chiều dài cáp", "fibre_bound_km", "km"),
    ]
    rows: list[tuple[Value, ...]] = [(label, plain(proof.get(key)), unit, "") for label, key, unit in figures]
    gap = proof.get("gap_share")
    rows.insert(2, ("Khoảng cách tới cận trên", None if gap is None else 100 * float(gap), "%", ""))
    rows.append(("Kết luận của bộ giải", None, "", str(proof.get("status", ""))))
    columns = [
        Column("Nội dung", width=48),
        Column("Giá trị", form="number", width=22, decimals=2),
        Column("Đơn vị", width=12),
        Column("Ghi chú", width=40),
    ]
    notes = ["Tối ưu trong tập ứng viên và mô hình đã nêu ở PL I; ngoài tập đó không khẳng định."]
    return Table("PL X Chứng minh", "PL X. Chứng minh của bài toán chọn vị trí", columns, rows, notes)
