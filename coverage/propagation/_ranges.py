"""How far a model or a loss may be trusted: ranges as data, and what happens outside them.

Outside a *recommended* range a warning is given, once a process; outside a *possible* one it is an error.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from phusong.coverage.propagation.path_profile import FloatArray
from phusong.errors import ModelError, ModelRangeWarning

__all__ = [
    "Range",
    "TerminalLoss",
    "check_share",
    "check_values",
    "first_outside",
    "hold",
    "quiet_ranges",
    "repeat_range_warnings",
    "warn_once",
]

_warned: set[tuple[str, str]] = set()


@dataclass(frozen=True, slots=True)
class Range:
    """How far a model may be trusted in one quantity; both limits belong to the range.

    Parameters
    ----------
    quantity : str
        ``"frequency"``, ``"distance"``, ``"tx height"``, ``"rx height"``; a terminal loss has others too.
    unit : str
        ``"MHz"`` for the frequency, ``"m"`` for distances and heights, ``"deg"`` for angles.
    recommended, possible : tuple of float
        Lowest and highest value; the recommended range lies inside the possible one.
    """

    quantity: str
    unit: str
    recommended: tuple[float, float]
    possible: tuple[float, float]


@dataclass(frozen=True, slots=True)
class TerminalLoss:
    """A loss at one end of a path, to be added to a model's: its name, its source and how far it may be trusted."""

    name: str
    title: str
    source: str
    ranges: tuple[Range, ...]


class Published(Protocol):
    """What has a name and a source."""

    @property
    def name(self) -> str:
        """The name planners write."""

    @property
    def source(self) -> str:
        """The publication."""


def check_values(loss: TerminalLoss, **values: FloatArray | float) -> None:
    """Hold values against the ranges of a terminal loss.

    Parameters
    ----------
    **values
        By quantity, with ``_`` for the blanks in its name: ``tx_height=30.0``.

    Raises
    ------
    ModelError
        Outside a possible range.

    Warns
    -----
    ModelRangeWarning
        Outside a recommended range, once.
    """
    spans = {
        name.replace("_", " "): (float(np.min(each)), float(np.max(each)))
        for name, each in values.items()
        if np.size(each)
    }
    hold(loss, loss.ranges, spans, remedy=lambda: "check the value and its unit")


def check_share(loss: Published, **shares: FloatArray | float) -> None:
    """Refuse probabilities that are not strictly between 0 and 1: at 0 and 1 a normal distribution has no end."""
    for name, share in shares.items():
        wrong = np.atleast_1d(share)[~((np.atleast_1d(share) > 0.0) & (np.atleast_1d(share) < 1.0))]
        if wrong.size:
            raise ModelError(f"{loss.name}: {name} must lie between 0 and 1, not {_number(wrong[0])}; 90 % is 0.90")


def hold(
    held: Published,
    ranges: tuple[Range, ...],
    spans: Mapping[str, tuple[float, float]],
    *,
    remedy: Callable[[], str],
) -> None:
    """Hold lowest and highest values by quantity against ranges; `remedy` ends the sentence of an error."""
    for limits in ranges:
        outside = first_outside(spans, limits.quantity, limits.possible)
        if outside is not None:
            raise ModelError(
                f"{held.name}: {limits.quantity} {_number(outside)} {limits.unit} is outside the possible "
                f"range {_span_text(limits.possible)} {limits.unit}; {remedy()}"
            )
        outside = first_outside(spans, limits.quantity, limits.recommended)
        if outside is not None:
            message = (
                f"{held.name}: {limits.quantity} {_number(outside)} {limits.unit} is outside the range "
                f"{_span_text(limits.recommended)} {limits.unit} that {held.source} recommends; "
                f"the loss there is an extrapolation"
            )
            warn_once(held.name, limits.quantity, message)


def warn_once(name: str, quantity: str, message: str) -> None:
    """Give a warning about a model and a quantity, the first time in a process only."""
    if (name, quantity) not in _warned:
        _warned.add((name, quantity))
        warnings.warn(message, ModelRangeWarning, stacklevel=5)


@contextmanager
def quiet_ranges() -> Iterator[None]:
    """Ask models about paths that no receiver has, such as a search for the range, without a warning being given.

    A warning that was swallowed here is still given when a real path earns it.
    """
    before = set(_warned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelRangeWarning)
        try:
            yield
        finally:
            _warned.clear()
            _warned.update(before)


def repeat_range_warnings() -> None:
    """Forget which range warnings were given, so that a new run gives them again."""
    _warned.clear()


def first_outside(spans: Mapping[str, tuple[float, float]], quantity: str, limits: tuple[float, float]) -> float | None:
    """Return a value of the quantity that lies outside the limits, None where all lie inside."""
    lowest, highest = spans.get(quantity, limits)
    # Written so that NaN counts as outside.
    if not lowest >= limits[0]:
        return lowest
    return None if highest <= limits[1] else highest


def _number(value: float) -> str:
    return f"{value:.7g}"


def _span_text(limits: tuple[float, float]) -> str:
    return f"{_number(limits[0])}..{_number(limits[1])}"
