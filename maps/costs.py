"""Unit costs: what the plan reckoned with, beside the default and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from phusong.maps.words import Words
from phusong.scenarios.costs import cost_sources

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["UnitCost", "costs_told", "unit_costs"]

# The table's sources in Vietnamese; one that was reworded stays in the table's own words.
_SOURCES: Final = {
    "planning assumption: 40,000 USD for radio, power and installation at 25,000 VND/USD; "
    "replace by the operator's own figure": "giả định quy hoạch: 40.000 USD cho thiết bị vô tuyến, nguồn điện và lắp "
    "đặt, tỷ giá 25.000 đồng/USD; thay bằng đơn giá của doanh nghiệp",
    "planning assumption: 130,000 USD for mast, power and radio at 25,000 VND/USD; "
    "replace by the operator's own figure": "giả định quy hoạch: 130.000 USD cho cột, nguồn điện và thiết bị vô "
    "tuyến, tỷ giá 25.000 đồng/USD; thay bằng đơn giá của doanh nghiệp",
    "ITU connectivity planning platform default of 20,000 USD/km at 25,000 VND/USD; "
    "replace by the province's unit price": "nền tảng quy hoạch kết nối của ITU: 20.000 USD/km, tỷ giá "
    "25.000 đồng/USD; thay bằng đơn giá của tỉnh",
}


@dataclass(frozen=True, slots=True)
class UnitCost:
    """One unit cost of a plan.

    Parameters
    ----------
    item : {"upgrade", "new_site", "fibre_km"}
    title : str
        Vietnamese, from the cost table.
    cost_vnd : float
        What the plan reckoned with.
    default_vnd : float
    year, source : str
        Of the default; `source` in Vietnamese where it is known.
    """

    item: str
    title: str
    cost_vnd: float
    default_vnd: float
    year: str
    source: str

    @property
    def by_scenario(self) -> bool:
        """Whether the scenario set another figure than the default."""
        return self.cost_vnd != self.default_vnd

    def remark(self, *, words: Words) -> str:
        """Say where the figure comes from, in Vietnamese."""
        default = f"{words.number(self.default_vnd)} đồng, năm {self.year}, {self.source}"
        return f"theo kịch bản; mặc định {default}" if self.by_scenario else f"mặc định năm {self.year}, {self.source}"


def unit_costs(plan: Plan) -> list[UnitCost]:
    """Return the unit costs a plan's facts hold; none for a plan made by hand without them."""
    used = plan.facts.get("costs_vnd", {})
    return [
        UnitCost(
            item,
            default["vi"],
            float(used[f"{item}_vnd"]),
            float(default["cost_vnd"]),
            default["year"],
            _SOURCES.get(default["source"], default["source"]),
        )
        for item, default in cost_sources().items()
        if f"{item}_vnd" in used
    ]


def costs_told(plan: Plan, *, words: Words) -> str:
    """Write the unit costs in one line for the map's method section; empty where there are none.

    Each figure says whether it is the default of a year or the scenario's own.
    """
    return "; ".join(
        f"{words[f'cost_{cost.item}']} {words.money(cost.cost_vnd)} "
        f"({words['by_scenario'] if cost.by_scenario else words['default_of'].format(year=cost.year)})"
        for cost in unit_costs(plan)
    )
