"""The surfaces a reader may choose from: service, gap, plan, levels; each with title, picture and legend."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phusong.maps import style, surfaces
from phusong.maps.proof import is_asked
from phusong.maps.style import LegendItem
from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["Themes"]


class Themes:
    """The pictures of a plan, their titles and legends, in one order."""

    def __init__(self, plan: Plan, words: Words) -> None:
        self._plan, self._words = plan, words
        self.warp = surfaces.make_warp(plan.service)
        self.titles = {
            "any|4G": words["surface_any"],
            "gap": words["surface_gap"],
            "communes_today": words["communes_today"],
            "none": words["surface_none"],
        }
        if is_asked(plan):
            self.titles |= {"planned": words["surface_planned"], "communes_planned": words["communes_planned"]}
        self.legends: dict[str, list[LegendItem]] = {}
        self.pictures: dict[str, str] = {}
        self._draw_network()
        self._draw_gap()
        if is_asked(plan):
            self._draw_plan()
        levels = _level_items(words)
        self.legends |= {name: levels for name in ("communes_today", "communes_planned") if name in self.titles}

    @cached_property
    def matrix(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Operator -> (surface id or "", title) by technology."""
        operators = ["any", *self._plan.facts["operators"]]
        return [
            (
                operator,
                [self._entry(operator, str(technology)) for technology in self._plan.facts["technologies"]],
            )
            for operator in operators
        ]

    def _entry(self, operator: str, technology: str) -> tuple[str, str]:
        name = f"{operator}|{technology}"
        title = f"{self._words.of(operator)} – {technology}"
        return (name if name in self._plan.service else "", title)

    def _draw_network(self) -> None:
        words = self._words
        for operator, entries in self.matrix:
            own, _ = style.operator_mark(operator, self._plan.facts["operators"])
            any_operator = operator == "any"
            covered = style.COVERED if any_operator else own
            not_covered = style.NOT_COVERED if any_operator else style.OPERATOR_NOT_COVERED
            items = [
                LegendItem(covered, words["covered"]),
                LegendItem(not_covered, words["not_covered"]),
                LegendItem(style.UNKNOWN_LIGHT, words["unknown"], "hatch"),
            ]
            for name, title in entries:
                if name:
                    self.titles.setdefault(name, title)
                    self._add(name, self._raster(name), [not_covered, covered, style.UNKNOWN_LIGHT], items)

    def _draw_gap(self) -> None:
        if "any|2G" not in self._plan.service:
            return
        words = self._words
        items = [
            LegendItem(style.NETWORK_GAP, words["network_gap"]),
            LegendItem(style.COVERED_PALE, words["has_4g"]),
            LegendItem(style.UNKNOWN_LIGHT, words["unknown"], "hatch"),
            LegendItem(style.NO_SERVICE, words["neither"]),
        ]
        classes = surfaces.gap_classes(self._raster("any|2G"), self._raster("any|4G"))
        self._add("gap", classes, [item.colour for item in items], items)

    def _draw_plan(self) -> None:
        words = self._words
        items = [
            LegendItem(style.NOT_COVERED, words["still_not_covered"]),
            LegendItem(style.COVERED_PALE, words["covered_today"]),
            LegendItem(style.UNKNOWN_LIGHT, words["unknown"], "hatch"),
            LegendItem(style.NEWLY_COVERED, words["newly_covered"]),
        ]
        classes = surfaces.planned_classes(self._raster("any|4G"), self._raster("planned|4G"))
        self._add("planned", classes, [item.colour for item in items], items)

    def _raster(self, name: str) -> NDArray[np.uint8]:
        return self._plan.service[name].to_numpy()

    def _add(self, name: str, classes: NDArray[np.uint8], colours: list[str], items: list[LegendItem]) -> None:
        self.pictures[name] = surfaces.picture(self.warp.take(classes), colours)
        self.legends[name] = items


def _level_items(words: Words) -> list[LegendItem]:
    tops = [level.lowest_share for level in style.LEVELS[1:]] + [1.0]
    items = [
        LegendItem(level.colour, f"{words.number(100 * level.lowest_share)} – {words.number(100 * top)} %")
        for level, top in zip(style.LEVELS, tops, strict=True)
    ]
    return [*items, LegendItem(style.NO_DATA, words["no_data"])]
