"""What the appendix says, in the order of its sheets: cover, method, indicators, lists, sources, proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from phusong.maps.appendix.columns import Column, Table, Value, plain, text_of
from phusong.maps.appendix.communes import commune_table, crosswalk_table
from phusong.maps.appendix.indicators import indicator_table
from phusong.maps.appendix.lists import (
    connection_table,
    gap_table,
    proposal_table,
    site_gap_table,
    site_table,
)
from phusong.maps.codes import layer_title, model_title
from phusong.maps.costs import unit_costs
from phusong.maps.proof import is_asked, status_title
from phusong.maps.repairs import repair_told
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
        Without proposals, fibre and proof where no plan was asked for.
    """
    words = Words("vi")
    asked = is_asked(plan)
    proposed = [proposal_table(plan, words=words), connection_table(plan, words=words)] if asked else []
    return [
        _cover(plan),
        _method(plan, words),
        commune_table(plan),
        *([] if plan.kpis_old is None else [commune_table(plan, old=True)]),
        indicator_table(plan, words=words),
        site_table(plan),
        *proposed,
        gap_table(plan, words=words),
        site_gap_table(plan),
        *([] if plan.crosswalk is None else [crosswalk_table(plan.crosswalk)]),
        _sources(plan, words),
        _repairs(plan, words),
        *([_proof(plan, words)] if asked else []),
    ]


def _cover(plan: Plan) -> Table:
    facts, asked = plan.facts, is_asked(plan)
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
        ("Phần mềm", f"phusong {facts['version']}"),
    ]
    notes = [
        f"PL II, {'IV, ' if asked else ''}VIII và X là mẫu do phần mềm đề xuất, không phải biểu mẫu pháp lý.",
        "Chỗ có dấu chấm do cơ quan điền khi trình.",
    ]
    columns = [Column("", width=28), Column("", width=72)]
    title = "PHỤ LỤC PHƯƠNG ÁN PHỦ SÓNG DI ĐỘNG" if asked else "PHỤ LỤC HIỆN TRẠNG PHỦ SÓNG DI ĐỘNG"
    return Table("Bìa", title, columns, rows, notes)


def _method(plan: Plan, words: Words) -> Table:
    facts = plan.facts
    figures: list[tuple[str, float, str, str]] = [
        (words["cell_m"], facts["cell_m"], "m", "Cạnh ô lưới"),
        (words["edge_probability"], 100 * facts["edge_probability"], "%", "Tại biên ô phủ"),
        (words["area_probability"], 100 * facts["area_probability"], "%", "Trên toàn vùng ô phủ"),
        (words["sigma_db"], facts["sigma_db"], "dB", "Phân bố log-chuẩn"),
        (words["fade_margin_db"], facts["fade_margin_db"], "dB", "Trừ vào mức thu dự báo"),
        (words["rx_height_m"], facts["rx_height_m"], "m", "Ngoài trời"),
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
        *(_unit_costs(plan, words) if is_asked(plan) else ()),
        *((f"{words['limits']} {place}", None, None, str(text)) for place, text in enumerate(facts["limits"], 1)),
    ]
    columns = [
        Column("Nội dung", width=34),
        Column("Giá trị", form="number", width=20, decimals=2),
        Column("Đơn vị", width=12),
        Column("Diễn giải", width=80),
    ]
    notes = [
        "Ba trạng thái: có sóng / không có sóng / chưa rõ; dân số chưa rõ không tính là có hay không có sóng.",
    ]
    return Table("PL I Phương pháp", "PL I. Phương pháp và giả định", columns, rows, notes)


def _unit_costs(plan: Plan, words: Words) -> list[tuple[Value, ...]]:
    units = {"upgrade": "đồng/trạm", "new_site": "đồng/trạm", "fibre_km": "đồng/km"}
    return [
        (f"{words['unit_costs']}: {cost.title}", cost.cost_vnd, units.get(cost.item, "đồng"), cost.remark(words=words))
        for cost in unit_costs(plan)
    ]


def _sources(plan: Plan, words: Words) -> Table:
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
    keys = ("file", "sha256", "rows", "used", "crs", "source", "licence")
    rows = [
        (
            layer_title(str(source["layer"]), words=words),
            *(plain(source.get(key)) for key in keys),
            "có" if source.get("simulated") else "",
        )
        for source in plan.facts["sources"]
    ]
    return Table("PL X Nguồn dữ liệu", "PL X. Nguồn dữ liệu", columns, rows)


def _repairs(plan: Plan, words: Words) -> Table:
    columns = [
        Column("Lớp dữ liệu", width=20),
        Column("Bản ghi", width=16),
        Column("Nội dung xử lý", width=40),
        Column("Mức độ", width=20),
        Column("Trước", width=28),
        Column("Sau", width=28),
        Column("Cách khắc phục", width=50),
    ]
    rows: list[tuple[Value, ...]] = []
    for record in plan.repairs.to_dict("records"):
        row = {str(key): text_of(value) for key, value in record.items()}
        told = repair_told(row)
        keys = ("what", "how_much", "before", "after", "remedy")
        rows.append((layer_title(row["layer"], words=words), row["row"], *(told[key] for key in keys)))
    title = "PL X. Bản ghi đã sửa, loại bỏ hoặc giả định"
    notes = ["Liệt kê mọi bản ghi đã sửa, loại bỏ hoặc giả định của lần chạy này; dấu * là cả lớp."]
    return Table("PL X Sửa dữ liệu", title, columns, rows, notes)


def _proof(plan: Plan, words: Words) -> Table:
    proof = plan.proof
    figures: list[tuple[str, str, str]] = [
        ("Dân số phủ thêm của phương án (giá trị mục tiêu)", "covered_people", "người"),
        ("Cận trên đã chứng minh", "bound_people", "người"),
        ("Ngân sách", "budget_vnd", "đồng"),
        ("Chi phí phương án", "cost_vnd", "đồng"),
        ("Số vị trí đã xét", "candidates", "vị trí"),
        ("Số điểm nhu cầu", "demand_points", "điểm"),
        ("Chiều dài cáp quang mới", "fibre_km", "km"),
        ("Cận dưới chiều dài cáp", "fibre_bound_km", "km"),
    ]
    # Figures that a run may have and an older one has not.
    further = [
        ("Dân số chưa rõ có 4G hay không", "unknown_people", "người"),
        ("Ô 1 km² đủ dân chưa có 4G", "squares_eligible", "ô"),
        ("Ô 1 km² bị loại vì quá gần cột hiện có", "squares_blocked", "ô"),
        ("Ô 1 km² bị cắt vì vượt số vị trí tối đa", "squares_cut", "ô"),
        ("Dân số trong các ô bị cắt", "people_in_cut", "người"),
    ]
    figures += [figure for figure in further if proof.get(figure[1]) is not None]
    rows: list[tuple[Value, ...]] = [(label, plain(proof.get(key)), unit, "") for label, key, unit in figures]
    gap = proof.get("gap_share")
    rows.insert(2, ("Khoảng cách tới cận trên", None if gap is None else 100 * float(gap), "%", ""))
    rows.append((words["proof_status"], None, "", status_title(proof["status"], words=words)))
    columns = [
        Column("Nội dung", width=48),
        Column("Giá trị", form="number", width=22, decimals=2),
        Column("Đơn vị", width=12),
        Column("Ghi chú", width=40),
    ]
    notes = [
        "Kết luận và cận trên chỉ đúng trong các vị trí đã xét và mô hình đã nêu ở PL I.",
        "Cận trên tính mỗi vị trí một tuyến cáp riêng.",
    ]
    return Table("PL X Chứng minh", "PL X. Chứng minh của bài toán chọn vị trí", columns, rows, notes)
