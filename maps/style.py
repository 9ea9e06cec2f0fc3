"""Colours, classes and marks: everything the pages look like, in one place.

Operators wear the Okabe-Ito palette *and* a shape of their own, levels wear cividis, and the three service
states differ in lightness and in pattern, so that no reading depends on telling red from green.

References
----------
Okabe M., Ito K. (2008), Color Universal Design: how to make figures that are colour-blind friendly.
Nunez J. R. et al. (2018), Optimizing colormaps with consideration for color vision deficiency (cividis),
PLoS ONE 13(7): e0199239.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = [
    "LEVELS",
    "SHAPES",
    "LegendItem",
    "Level",
    "level_of",
    "operator_mark",
]

INK: Final = "#1b2733"

COVERED: Final = "#2f78b7"
COVERED_PALE: Final = "#a9cbe6"
NOT_COVERED: Final = "#f2b04e"
NEWLY_COVERED: Final = "#007a5a"
NETWORK_GAP: Final = "#c8460a"
NO_SERVICE: Final = "#6f6a63"
OPERATOR_NOT_COVERED: Final = "#e4dccb"
UNKNOWN_LIGHT: Final = "#e6e6e6"
UNKNOWN_DARK: Final = "#8d8d8d"
"""Unknown is a hatch of two greys: a third look, not a third hue."""

SHARED_MAST: Final = "#333333"
CONNECTION: Final = "#a0206a"
FIBRE: Final = "#5b8c2a"

ROADS: Final = {
    "expressway": ("#b5651d", 3.0),
    "national": ("#b5651d", 2.2),
    "provincial": ("#a58b6f", 1.5),
    "district": ("#b3a896", 1.0),
    "commune": ("#c4bcae", 0.7),
}
"""Road class -> (colour, width in pixels); an unlisted class is drawn as ``district``."""

# Okabe-Ito without black (text) and yellow (too light on paper), strongest contrasts first.
_OPERATOR_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

SHAPES: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "circle": (),
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "triangle": ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
    "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    "pentagon": ((0, -1.15), (1.09, -0.35), (0.68, 0.93), (-0.68, 0.93), (-1.09, -0.35)),
    "hexagon": ((1.1, 0), (0.55, 0.95), (-0.55, 0.95), (-1.1, 0), (-0.55, -0.95), (0.55, -0.95)),
}
"""Outlines on a unit circle, y downward, of about equal area; no points means the circle itself."""


@dataclass(frozen=True, slots=True)
class LegendItem:
    """One line of a legend: a swatch and the words beside it."""

    colour: str
    label: str
    pattern: str = "solid"
    """``"solid"`` or ``"hatch"``."""


@dataclass(frozen=True, slots=True)
class Level:
    """One class of a choropleth: shares from `lowest_share` up to the next class."""

    lowest_share: float
    colour: str


# Cividis sampled at six steps; the breaks crowd at the top because targets are 90, 95 and 99 %.
LEVELS: Final = (
    Level(0.0, "#00224e"),
    Level(0.50, "#35456c"),
    Level(0.80, "#666970"),
    Level(0.90, "#948e77"),
    Level(0.95, "#c8b866"),
    Level(0.99, "#fee838"),
)
NO_DATA: Final = "#ffffff"


def level_of(share: float) -> str:
    """Colour of a share.

    Parameters
    ----------
    share : float
        0..1; NaN means that there is no figure.

    Returns
    -------
    str
        ``#rrggbb``; `NO_DATA` for NaN.

    Examples
    --------
    >>> level_of(0.97)
    '#c8b866'
    """
    colour = NO_DATA
    for level in LEVELS:
        # A share a rounding error below a break belongs to the class it is printed as.
        if share >= level.lowest_share - 1e-9:
            colour = level.colour
    return colour


def operator_mark(operator: str, operators: Sequence[str]) -> tuple[str, str]:
    """Colour and shape of an operator, fixed by its place in the plan's list.

    Parameters
    ----------
    operator : str
        A name out of `operators`; any other name gets the mark of a shared mast.
    operators : sequence of str
        The plan's operators, in the plan's order.

    Returns
    -------
    colour, shape : str
        ``#rrggbb`` and one of `SHAPES`. A seventh operator repeats the first colour with another shape.

    Examples
    --------
    >>> operator_mark("B", ["A", "B"])
    ('#d55e00', 'square')
    """
    if operator not in operators:
        return SHARED_MAST, "circle"
    place = list(operators).index(operator)
    lap, colour = divmod(place, len(_OPERATOR_COLOURS))
    return _OPERATOR_COLOURS[colour], list(SHAPES)[(place + lap) % len(SHAPES)]
