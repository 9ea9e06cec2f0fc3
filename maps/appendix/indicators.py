"""PL II: the indicators, today beside planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.coverage.kpis import PROVINCE
from phusong.maps.appendix.columns import Column, Table, Value, share, text_of
from phusong.maps.codes import flag_text, indicator_title, unit_title
from phusong.maps.proof import is_asked, kpis_shown
from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["indicator_table"]


def indicator_table(plan: Plan, *, words: Words) -> Table:
    """PL II: each indicator with numerator and denominator, today beside planned.

    Parameters
    ----------
    plan : Plan
    words : Words

    Returns
    -------
    Table
        Shares are recomputed from numerator and denominator and never cut; what is so much per so many has none.
        Flags are those of the indicators' own table.
    """
    columns = [
        Column("TT", form="integer", width=6),
        Column("Mã chỉ tiêu", width=9),
        Column("Chỉ tiêu", width=42),
        Column("Mã khu vực", width=10),
        Column("Khu vực", width=26),
        Column("Doanh nghiệp", width=18),
        Column("Công nghệ", width=10),
        Column("Đơn vị tử số, mẫu số", width=10),
        Column("Hiện trạng: tử số", "theo đơn vị", "number", 14),
        Column("Hiện trạng: mẫu số", "theo đơn vị", "number", 14),
        Column("Hiện trạng", "%", "percent", 11, 2),
        Column("Phương án: tử số", "theo đơn vị", "number", 14),
        Column("Phương án: mẫu số", "theo đơn vị", "number", 14),
        Column("Phương án", "%", "percent", 11, 2),
        Column("Chưa rõ (hiện trạng)", "theo đơn vị", "number", 13),
        Column("Xác suất phủ tại biên", "%", "percent", 9, 0),
        Column("Thời điểm", width=12),
        Column("Ghi chú", width=40),
    ]
    rows: list[tuple[Value, ...]] = []
    province = str(plan.facts["province"])
    for place, (key, states) in enumerate(_paired(kpis_shown(plan)).items(), start=1):
        kpi_id, area, operator, technology, unit = key
        row = states.get("today") or states["planned"]
        # Stations per thousand people: numerator and denominator are of different kinds, no percentage.
        shares = [None if " per " in unit else share(states.get(state)) for state in ("today", "planned")]
        today, planned = states.get("today", {}), states.get("planned", {})
        is_province = area == PROVINCE
        rows.append(
            (
                place,
                kpi_id,
                indicator_title(kpi_id, words=words),
                "" if is_province else area,
                province if is_province else str(row["area_name"]),
                words.of(operator),
                technology,
                unit_title(unit, words=words),
                today.get("numerator"),
                today.get("denominator"),
                shares[0],
                planned.get("numerator"),
                planned.get("denominator"),
                shares[1],
                today.get("unknown"),
                row["edge_probability"],
                str(row["as_of"]),
                _flags(states.values(), words),
            )
        )
    notes = ["Tỷ lệ = tử số ÷ mẫu số, giữ nguyên kể cả khi vượt 100 % (có ghi chú); dân số chưa rõ để riêng."]
    if not is_asked(plan):
        notes.append("Lần chạy này không lập phương án: các cột phương án để trống.")
    return Table("PL II Chỉ tiêu", "PL II. Chỉ tiêu phủ sóng", columns, rows, notes)


_Key = tuple[str, str, str, str, str]


def _paired(kpis: pd.DataFrame) -> dict[_Key, dict[str, dict[Any, Any]]]:
    """Pair today with planned: rows by what they measure; province first, then by commune and indicator."""
    pairs: dict[_Key, dict[str, dict[Any, Any]]] = {}
    by_area = kpis.assign(rest=kpis["area"] != PROVINCE).sort_values(["rest", "area", "id"], kind="stable")
    for row in by_area.to_dict("records"):
        kpi_id, area, operator, technology, unit = (
            text_of(row[name]) for name in ("id", "area", "operator", "technology", "unit")
        )
        pairs.setdefault((kpi_id, area, operator, technology, unit), {})[str(row["state"])] = row
    return pairs


def _flags(rows: Iterable[Mapping[str, Any]], words: Words) -> str:
    flags = dict.fromkeys(flag_text(row["flags"], words=words) for row in rows)
    return "; ".join(flag for flag in flags if flag)
