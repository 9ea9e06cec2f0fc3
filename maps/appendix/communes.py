"""PL II, the page an approver reads first: one row a commune, today beside planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from phusong.coverage.kpis import PROVINCE
from phusong.maps.appendix.columns import Column, Table, Value, plain, share
from phusong.maps.proof import is_asked, kpis_shown
from phusong.maps.summary import share_of

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["commune_table"]


def commune_table(plan: Plan) -> Table:
    """PL II by commune: people with 2G, 4G and 5G of any operator, 4G with the plan, and the 2G-4G gap.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Table
        Sorted by the 4G share today, the least served first; the province is the last row. Every share stands
        beside its numerator; the denominator of all of them is the commune's population.
    """
    columns = [
        Column("TT", form="integer", width=6),
        Column("Mã xã", width=9),
        Column("Xã/phường", width=26),
        Column("Dân số (mẫu số)", "người", "number", 12, 0),
    ]
    for title in ("2G", "4G hiện trạng", "4G phương án", "5G hiện trạng", "Có 2G, chưa có 4G", "Chưa rõ 4G"):
        columns += [Column(title, "người", "number", 12, 0), Column(title, "%", "percent", 9, 2)]
    columns.append(Column("Tăng thêm nhờ phương án", "điểm phần trăm", "number", 16, 2))
    measures = [
        _measure(plan, "K02", "2G", "today"),
        _measure(plan, "K02", "4G", "today"),
        _measure(plan, "K02", "4G", "planned"),
        _measure(plan, "K02", "5G", "today"),
        _measure(plan, "K17a", "2G-4G", "today"),
    ]
    today = measures[1]
    areas = sorted((area for area in today if area != PROVINCE), key=lambda area: (share(today[area]) or 0.0, area))
    rows: list[tuple[Value, ...]] = []
    for place, area in enumerate([*areas, PROVINCE], start=1):
        if area not in today:
            continue
        is_province = area == PROVINCE
        name = "Toàn tỉnh" if is_province else str(today[area]["area_name"])
        row: list[Value] = [None if is_province else place, "" if is_province else area, name]
        row.append(plain(today[area]["denominator"]))
        for measure in measures:
            found = measure.get(area)
            row += [None, None] if found is None else [plain(found["numerator"]), share(found)]
        unknown = plain(today[area]["unknown"])
        people = float(today[area]["denominator"])
        row += [unknown, None if unknown is None else plain(share_of(float(unknown), people))]
        before, after = share(today[area]), share(measures[2].get(area))
        row.append(None if before is None or after is None else 100.0 * (float(after) - float(before)))
        rows.append(tuple(row))
    edge = 100.0 * float(plan.facts["edge_probability"])
    notes = [
        f"Ngoài trời, ít nhất một doanh nghiệp, xác suất phủ tại biên {edge:.0f} %. Xếp từ xã có tỷ lệ 4G thấp nhất.",
        "Tỷ lệ = số người ÷ dân số của xã; dân số chưa rõ không tính là có hay không có sóng.",
    ]
    if not is_asked(plan):
        notes.append("Lần chạy này không lập phương án: các cột phương án để trống.")
    return Table("PL II Tổng hợp theo xã", "PL II. Tổng hợp phủ sóng theo xã", columns, rows, notes)


def _measure(plan: Plan, kpi_id: str, technology: str, state: str) -> dict[str, dict[Any, Any]]:
    """Return the rows of one indicator of any operator by area."""
    kpis = kpis_shown(plan)
    chosen = (
        (kpis["id"] == kpi_id)
        & (kpis["operator"] == "any")
        & (kpis["technology"] == technology)
        & (kpis["state"] == state)
    )
    return {str(row["area"]): row for row in kpis[chosen].to_dict("records")}
