"""The review map: one HTML file that opens anywhere, with no network."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from phusong.maps import features, page, position, style
from phusong.maps.codes import layer_title
from phusong.maps.files import replace_file
from phusong.maps.proof import is_asked
from phusong.maps.summary import Shares, facts_told, population_shares, tell
from phusong.maps.tables import twins
from phusong.maps.themes import Themes
from phusong.maps.words import SIMULATED, Language, Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["ReviewMap", "review_map"]

_log = logging.getLogger(__name__)

BUDGET_BYTES: Final = 5_000_000
"""What a province's map may weigh to travel by mail."""
_SIMPLER_SHARE: Final = 0.35
"""Detail of borders and roads kept on the page, as a share of a grid cell: below what the raster shows."""
_SCRIPT_WORDS: Final = ("billion_vnd", "close", "nothing_found", "proposals", "whole", "zoom_in", "zoom_out")
"""Words the script writes; the template writes all others."""
_CONTEXT: Final = ("roads", "fibre", "industrial_parks", "hamlets")


@dataclass(frozen=True)
class ReviewMap:
    """A rendered review map.

    Parameters
    ----------
    text : str
        The whole page.
    sizes : mapping of str to int
        Bytes by layer, plus ``page`` for the rest (Leaflet, style, script, tables).
    """

    text: str = field(repr=False)
    sizes: Mapping[str, int]

    def html(self) -> str:
        """Return the whole page."""
        return self.text

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page in one step; the same plan gives the same bytes each time.

        Raises
        ------
        RunError
            The disk refuses; nothing half-written is left.
        """
        return replace_file(path, self.text.encode("utf-8"))


def review_map(plan: Plan, *, language: Language = "vi") -> ReviewMap:
    """Draw a plan as one self-contained page.

    Parameters
    ----------
    plan : Plan
    language : {"vi", "en"}
        Of the page's words; names and facts stay as the data has them.

    Returns
    -------
    ReviewMap
        Warns through logging when the page outgrows `BUDGET_BYTES`.
    """
    words = Words(language)
    shares = population_shares(plan)
    themes = Themes(plan, words)
    data = {name: page.data_block(value) for name, value in _layers(plan, shares, words).items()}
    data |= {f"surface-{place}": page.data_block(uri) for place, uri in enumerate(themes.pictures.values())}
    data["about"] = page.data_block(_about(plan, themes, words))
    body = page.render_body(_values(plan, shares, themes, words))
    text = page.Page(str(plan.facts["title"]), body, data=data, words=words).render()
    sizes = {name: len(block.encode()) for name, block in data.items()}
    names = {f"surface-{place}": f"surface {name}" for place, name in enumerate(themes.pictures)}
    sizes = {names.get(name, name): size for name, size in sizes.items()}
    total = len(text.encode())
    sizes["page"] = total - sum(sizes.values())
    if total > BUDGET_BYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        _log.warning("review map has %d bytes, budget %d; largest layer: %s", total, BUDGET_BYTES, largest)
    return ReviewMap(text, sizes)


def _layers(plan: Plan, shares: Shares, words: Words) -> dict[str, Any]:
    tolerance_m = _SIMPLER_SHARE * float(plan.facts["cell_m"])
    layers = {
        "communes": features.commune_layer(plan, shares, words=words, tolerance_m=tolerance_m),
        "sites": features.site_layer(plan, words=words),
    }
    if is_asked(plan):
        layers["proposals"] = features.proposal_layer(plan, words=words)
        layers["connections"] = features.connection_layer(plan, words=words)
    for name in _shown_context(plan):
        table = plan.context[name]
        if name == "hamlets":
            layers[name] = features.point_layer(table)
        else:
            layers[name] = features.line_layer(table, tolerance_m=tolerance_m)
    return layers


def _shown_context(plan: Plan) -> list[str]:
    return [name for name in _CONTEXT if name in plan.context and len(plan.context[name])]


def _about(plan: Plan, themes: Themes, words: Words) -> dict[str, Any]:
    """Collect what the script needs beside the layers."""
    south, west, north, east = themes.warp.bounds
    return {
        "language": words.language,
        "words": {key: words[key] for key in _SCRIPT_WORDS},
        "bounds": [[south, west], [north, east]],
        "surfaces": list(themes.pictures),
        "shapes": style.SHAPES,
        "roads": style.ROADS,
        "colours": {"connection": style.CONNECTION, "fibre": style.FIBRE, "ink": style.INK},
        "crs": {"title": plan.facts["crs_title"], **position.fit(plan.facts["crs"], themes.warp.bounds)},
    }


def _values(plan: Plan, shares: Shares, themes: Themes, words: Words) -> dict[str, Any]:
    """Collect what the body template shows."""
    operators = []
    for operator, entries in themes.matrix:
        colour, shape = style.operator_mark(operator, plan.facts["operators"])
        title = words.of(operator)
        operators.append(
            {
                "title": title,
                "colour": style.COVERED if operator == "any" else colour,
                "shape": shape,
                "alone": operator != "any",
                "surfaces": entries,
            }
        )
    return {
        "words": words.all(),
        "facts": plan.facts,
        "simulated": SIMULATED,
        "planned": is_asked(plan),
        "search": words["search" if is_asked(plan) else "search_today"],
        "source_titles": [layer_title(str(source["layer"]), words=words) for source in plan.facts["sources"]],
        "told": tell(plan, shares, words=words),
        "method": facts_told(plan, words=words),
        "titles": themes.titles,
        "legends": themes.legends,
        "technologies": plan.facts["technologies"],
        "operators": operators,
        "shapes": style.SHAPES,
        "shared_colour": style.SHARED_MAST,
        "connection_colour": style.CONNECTION,
        "fibre_colour": style.FIBRE,
        "road_colour": style.ROADS["national"][0],
        "context": _shown_context(plan),
        "leaflet": page.leaflet_credit(),
        "tables": twins(plan, shares, words=words),
    }
