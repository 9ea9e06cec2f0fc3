"""The appendix's lists: sites, proposals, fibre, gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.coverage.kpis import PROVINCE
from phusong.gis.coordinates import both_notations
from phusong.maps.appendix.columns import Column, Table, Value, text_of
from phusong.maps.codes import flag_text
from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["connection_table", "gap_table", "proposal_table", "site_gap_table", "site_table"]

_X = Column("X (N)", "m", "number", 13, 2)
_Y = Column("Y (E)", "m", "number", 12, 2)
_LATITUDE = Column("Vĩ độ", "độ, WGS 84", "number", 11, 6)
_LONGITUDE = Column("Kinh độ", "độ, WGS 84", "number", 11, 6)
_PLACE = Column("TT", form="integer", width=6)
_COMMUNE_CODE = Column("Mã xã", width=9)
_COMMUNE = Column("Xã/phường", width=22)
_OLD_CODE = Column("Mã xã cũ", width=9)
_OLD = Column("Xã/phường cũ", width=22)
_OPERATOR = Column("Doanh nghiệp", width=18)
_TECHNOLOGY = Column("Công nghệ", width=12)


def site_table(plan: Plan) -> Table:
    """PL III: existing masts in both coordinate notations."""
    sites = plan.sites
    names = plan.communes["name"]
    rows = pd.DataFrame(sites.drop(columns="geometry")).assign(
        site_id=sites.index,
        commune=[names.get(code, "") for code in sites["commune_code"]],
        **both_notations(sites, crs=str(plan.facts["crs"])),
    )
    columns: list[tuple[Column, str]] = [
        (Column("Mã trạm", width=18), "site_id"),
        (Column("Tên trạm", width=26), "name"),
        (Column("Chủ sở hữu", width=18), "owner"),
        (Column("Doanh nghiệp dùng chung", width=24), "operators"),
        (_COMMUNE_CODE, "commune_code"),
        (_COMMUNE, "commune"),
        (_X, "north_m"),
        (_Y, "east_m"),
        (_LATITUDE, "lat"),
        (_LONGITUDE, "lon"),
        (Column("Loại cột", width=9), "mast_class"),
        (Column("Chiều cao", "m", "number", 10, 1), "height_m"),
        (_TECHNOLOGY, "technologies"),
    ]
    title = "PL III. Danh mục cột ăng ten hiện trạng"
    return _list("PL III Cột hiện trạng", title, columns, rows, notes=[_notation(plan)])


def proposal_table(plan: Plan, *, words: Words) -> Table:
    """PL IV: proposed sites in the order they are worth building."""
    rows = pd.DataFrame(plan.proposals.drop(columns="geometry"))
    rows = rows.assign(
        kind=[words.of(str(kind)) for kind in rows["kind"]],
        flags=[flag_text(flags, words=words) for flags in rows["flags"]],
        **both_notations(plan.proposals, crs=str(plan.facts["crs"])),
    )
    columns: list[tuple[Column, str]] = [
        (Column("Thứ tự ưu tiên", form="integer", width=8), "order"),
        (Column("Mã vị trí", width=26), "candidate_id"),
        (Column("Hình thức", width=16), "kind"),
        (Column("Mã trạm hiện có", width=18), "site_id"),
        (_OPERATOR, "operator"),
        (_TECHNOLOGY, "technology"),
        (Column("Băng tần", width=18), "band"),
        (Column("Chiều cao ăng ten", "m", "number", 10, 1), "height_m"),
        (_COMMUNE_CODE, "area"),
        (_COMMUNE, "area_name"),
        (_X, "north_m"),
        (_Y, "east_m"),
        (_LATITUDE, "lat"),
        (_LONGITUDE, "lon"),
        (Column("Dân số phủ thêm", "người", "integer", 11), "newly_covered_people"),
        (Column("Dân số trong vùng phủ", "người", "integer", 12), "footprint_people"),
        (Column("Chi phí trạm", "đồng", "integer", 17), "site_cost_vnd"),
        (Column("Chi phí cáp", "đồng", "integer", 17), "fibre_cost_vnd"),
        (Column("Tổng chi phí", "đồng", "integer", 17), "cost_vnd"),
        (Column("Cáp quang mới", "km", "number", 10, 2), "fibre_km"),
        (Column("Khoảng cách tới trạm gần nhất", "m", "integer", 13), "nearest_site_m"),
        (Column("Ghi chú", width=30), "flags"),
    ]
    notes = [
        _notation(plan),
        "Dân số phủ thêm tính lũy tiến theo thứ tự ưu tiên.",
        "Chi phí từng dòng tính tuyến cáp riêng; tổng phương án có thể rẻ hơn nhờ dùng chung tuyến.",
    ]
    title = "PL IV. Vị trí đề xuất (xây mới, nâng cấp)"
    return _list("PL IV Vị trí đề xuất", title, columns, rows, notes=notes)


def connection_table(plan: Plan, *, words: Words) -> Table:
    """PL V: new fibre, a row per stretch."""
    lines = plan.connections
    rows = pd.DataFrame(lines.drop(columns="geometry")).assign(
        length_km=lines["length_m"] / 1000,
        # Nobody may have said how the cable is to be laid.
        medium=[words.of(text_of(medium)) for medium in lines["medium"]],
        flags=[flag_text(flags, words=words) for flags in lines.get("flags", [""] * len(lines))],
    )
    columns: list[tuple[Column, str]] = [
        (Column("Mã tuyến", width=14), "connection_id"),
        (Column("Phục vụ đề xuất", width=40), "serves"),
        (Column("Loại cáp", width=16), "medium"),
        (Column("Chiều dài", "km", "number", 12, 3), "length_km"),
        (Column("Chi phí", "đồng", "integer", 18), "cost_vnd"),
        (Column("Ghi chú", width=20), "flags"),
    ]
    return _numbered("PL V Tuyến cáp", "PL V. Tuyến cáp quang đề xuất", columns, rows)


def gap_table(plan: Plan, *, words: Words) -> Table:
    """PL VIII: people with 2G and no 4G, by commune and operator."""
    rows = plan.gaps.assign(
        area=["" if area == PROVINCE else area for area in plan.gaps["area"]],
        area_name=[
            plan.facts["province"] if area == PROVINCE else name
            for area, name in zip(plan.gaps["area"], plan.gaps["area_name"], strict=True)
        ],
        operator=[words.of(str(operator)) for operator in plan.gaps["operator"]],
    )
    columns: list[tuple[Column, str]] = [
        (_COMMUNE_CODE, "area"),
        (_COMMUNE, "area_name"),
        (_OPERATOR, "operator"),
        (Column("Dân số (mẫu số)", "người", "integer", 13), "people"),
        (Column("Có 2G", "người", "integer", 13), "people_2g"),
        (Column("Có 4G", "người", "integer", 13), "people_4g"),
        (Column("Có 2G, chưa có 4G (tử số)", "người", "integer", 15), "people_2g_not_4g"),
        (Column("Chưa có 2G lẫn 4G", "người", "integer", 13), "people_unserved"),
        (Column("Chưa rõ", "người", "integer", 12), "people_unknown"),
        (Column("Khoảng trống 2G→4G", "%", "percent", 14, 2), "gap_share"),
    ]
    title = "PL VIII. Khoảng trống chuyển đổi 2G→4G theo xã và doanh nghiệp"
    notes = ["Khoảng trống mạng lưới theo dự báo vùng phủ; không phải số máy hay thuê bao 2G."]
    return _numbered("PL VIII 2G→4G", title, columns, rows, notes=notes)


def site_gap_table(plan: Plan) -> Table:
    """PL VIII, continued: sites without 4G and what their upgrade would cover."""
    columns: list[tuple[Column, str]] = [
        (Column("Mã trạm", width=18), "site_id"),
        (_OPERATOR, "operator"),
        (_TECHNOLOGY, "technologies"),
        (_COMMUNE_CODE, "area"),
        (_COMMUNE, "area_name"),
        (Column("Phủ thêm 4G cho doanh nghiệp", "người", "integer", 16), "upgrade_people"),
        (Column("Phủ thêm 4G (chưa doanh nghiệp nào phủ)", "người", "integer", 20), "upgrade_people_any"),
        (Column("Khoảng cách tới cáp quang", "m", "integer", 14), "fibre_m"),
    ]
    title = "PL VIII. Trạm có 2G, 3G chưa có 4G và dân số phủ thêm khi nâng cấp"
    notes = ["Từng trạm tính riêng; vùng phủ thêm của hai trạm gần nhau có thể trùng nhau, không cộng dồn."]
    return _numbered("PL VIII Trạm chưa có 4G", title, columns, plan.site_gaps, notes=notes)


def _notation(plan: Plan) -> str:
    return f"X (N), Y (E): {plan.facts['crs_title']} ({plan.facts['crs']}); kinh độ, vĩ độ: WGS 84."


def _numbered(
    sheet: str,
    title: str,
    columns: Sequence[tuple[Column, str]],
    rows: pd.DataFrame,
    *,
    notes: Sequence[str] = (),
) -> Table:
    return _list(sheet, title, [(_PLACE, "place"), *columns], rows.assign(place=range(1, len(rows) + 1)), notes=notes)


def _list(
    sheet: str,
    title: str,
    columns: Sequence[tuple[Column, str]],
    rows: pd.DataFrame,
    *,
    notes: Sequence[str] = (),
) -> Table:
    columns = _either_geography(columns, rows)
    forms = [(column.form == "text", key) for column, key in columns]
    values = [tuple(_value(row[key], is_text=is_text) for is_text, key in forms) for row in rows.to_dict("records")]
    return Table(sheet, title, [column for column, _ in columns], values, notes)


def _either_geography(columns: Sequence[tuple[Column, str]], rows: pd.DataFrame) -> Sequence[tuple[Column, str]]:
    """Return the columns with the old commune beside today's, where the run knows old communes."""
    if "old_area" not in rows:
        return columns
    old = [(_OLD_CODE, "old_area"), (_OLD, "old_area_name")]
    return [pair for entry in columns for pair in ([entry, *old] if entry[0] is _COMMUNE else [entry])]


def _value(value: Any, *, is_text: bool) -> Value:
    if value is None or pd.isna(value):
        return None
    return str(value) if is_text else float(value)
