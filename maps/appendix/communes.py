"""PL II, the page an approver reads first: one row a commune, today beside planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from phusong.coverage.kpis import PROVINCE
from phusong.maps.appendix.columns import Column, Table, Value, plain, share, text_of
from phusong.maps.proof import is_asked, kpis_shown
from phusong.maps.summary import share_of

if TYPE_CHECKING:
    import pandas as pd

    from phusong.scenarios.plan import Plan

__all__ = ["commune_table", "crosswalk_table"]

_METHODS: Final = {
    "whole": "Nguyên xã",
    "stated": "Tỷ lệ do địa phương cung cấp",
    "people": "Theo dân số trên phần đất chuyển sang",
    "area": "Theo diện tích phần đất chuyển sang (gần đúng)",
    "equal share": "Chia đều, không có ranh giới xã cũ (gần đúng)",
}


def commune_table(plan: Plan, *, old: bool = False) -> Table:
    """PL II by commune: people with 2G, 4G and 5G of any operator, 4G with the plan, and the 2G-4G gap.

    Parameters
    ----------
    plan : Plan
    old : bool
        By the communes of before 1 July 2025; the plan must have their figures.

    Returns
    -------
    Table
        Sorted by the 4G share today, the least served first; the province is the last row. Every share stands
        beside its numerator; the denominator of all of them is the commune's population.
    """
    columns = [
        Column("TT", form="integer", width=6),
        Column("Mã xã cũ" if old else "Mã xã", width=9),
        Column("Xã/phường cũ" if old else "Xã/phường", width=26),
        Column("Dân số (mẫu số)", "người", "number", 12, 0),
    ]
    for title in ("2G", "4G hiện trạng", "4G phương án", "5G hiện trạng", "Có 2G, chưa có 4G", "Chưa rõ 4G"):
        columns += [Column(title, "người", "number", 12, 0), Column(title, "%", "percent", 9, 2)]
    columns.append(Column("Tăng thêm nhờ phương án", "điểm phần trăm", "number", 16, 2))
    measures = [
        _measure(plan, "K02", "2G", "today", old=old),
        _measure(plan, "K02", "4G", "today", old=old),
        _measure(plan, "K02", "4G", "planned", old=old),
        _measure(plan, "K02", "5G", "today", old=old),
        _measure(plan, "K17a", "2G-4G", "today", old=old),
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
    if not old:
        return Table("PL II Tổng hợp theo xã", "PL II. Tổng hợp phủ sóng theo xã", columns, rows, notes)
    notes.append("Theo đơn vị hành chính trước ngày 01/7/2025; mã xã cũ có thể trùng mã của xã mới khác.")
    if any("WEIGHTED" in str(row["flags"]) for row in today.values()):
        notes.append("Gần đúng: số liệu xã mới chia cho các xã cũ theo dân số, vì không có ranh giới xã cũ.")
    return Table("PL II Theo xã cũ", "PL II. Tổng hợp phủ sóng theo xã cũ", columns, rows, notes)


def crosswalk_table(links: pd.DataFrame) -> Table:
    """PL X: where the people of each old commune went, the weight of each link and where that comes from.

    Parameters
    ----------
    links : DataFrame
        ``Plan.crosswalk``.

    Returns
    -------
    Table
    """
    columns = [
        Column("Mã xã cũ", width=9),
        Column("Xã/phường cũ", width=26),
        Column("Mã xã mới", width=9),
        Column("Xã/phường mới", width=26),
        Column("Tỷ lệ dân số chuyển sang", "%", "percent", 12, 2),
        Column("Căn cứ", width=44),
    ]
    keys = ("old_code", "old_name", "new_code", "new_name")
    rows = [
        (*(text_of(row[key]) for key in keys), plain(row["weight_share"]), _METHODS.get(str(row["method"]), ""))
        for row in links.to_dict("records")
    ]
    return Table("PL X Xã cũ - xã mới", "PL X. Xã cũ và xã mới từ ngày 01/7/2025", columns, rows)


def _measure(plan: Plan, kpi_id: str, technology: str, state: str, *, old: bool) -> dict[str, dict[Any, Any]]:
    """Return the rows of one indicator of any operator by area."""
    kpis = kpis_shown(plan) if plan.kpis_old is None or not old else plan.kpis_old
    chosen = (
        (kpis["id"] == kpi_id)
        & (kpis["operator"] == "any")
        & (kpis["technology"] == technology)
        & (kpis["state"] == state)
    )
    return {str(row["area"]): row for row in kpis[chosen].to_dict("records")}
