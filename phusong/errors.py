"""What can go wrong, drawn as a tree.

::

    PhusongError                 every error this package raises on purpose
    ├── InputError               a layer or scenario file cannot be used; carries all faults found
    ├── ModelError               a physical model is asked for something outside its possible range
    ├── PlanError                a siting question that has no meaning (negative cost, contradictory locks)
    └── RunError                 a run folder is missing, unfinished or was changed

    ModelRangeWarning            a model is used outside its recommended range (said once)

A `Fault` is one finding about one place in one file. Reading collects all of them before it raises, so
that a planner mends a file once and not line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Fault",
    "InputError",
    "ModelError",
    "ModelRangeWarning",
    "PhusongError",
    "PlanError",
    "RunError",
    "Severity",
    "errors_only",
]

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding: where it is, what stands there, which rule it breaks and what to do.

    Parameters
    ----------
    layer : str
        Layer name in ``layers.toml``, or ``"scenario"``.
    rule : str
        The rule in words, e.g. ``"technology must be one of 2G, 3G, 4G, 5G"``.
    remedy : str
        What the planner can do about it.
    file : str
        The file as the planner wrote it.
    row : int or str or None
        Row number as a spreadsheet shows it (header = row 1) for tables, feature number from 1 for
        geographic files; None when the whole layer is meant.
    column, value : str or None
        The column and the value as text, None when the fault is not about one.
    severity : {"error", "warning", "info"}
        Only errors stop a run.
    """

    layer: str
    rule: str
    remedy: str
    file: str = ""
    row: int | str | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = "error"

    def line(self) -> str:
        """Return the fault as one line for people.

        Examples
        --------
        >>> print(Fault("sites", "height_m must be 1..350 m", "correct it", file="s.csv", row=7,
        ...             column="height_m", value="-30").line())
        error: s.csv, layer sites, row 7, column height_m, value '-30': height_m must be 1..350 m. To do: correct it.
        """
        place = [part for part in (self.file, f"layer {self.layer}") if part]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        if self.value is not None:
            # One line even where a cell holds line breaks; long text is cut, the row number finds the rest.
            shown = " ".join(self.value.split())
            place.append(f"value '{shown[:77]}...'" if len(shown) > 80 else f"value '{shown}'")  # noqa: PLR2004
        stop = "" if self.remedy.endswith(("?", "!")) else "."
        return f"{self.severity}: {', '.join(place)}: {self.rule}. To do: {self.remedy}{stop}"


class PhusongError(Exception):
    """Base of every error raised on purpose; its text is fit for the planner to read."""


class InputError(PhusongError):
    """A layer or scenario file cannot be used.

    Parameters
    ----------
    faults : iterable of Fault
        Everything found, warnings included; at least one has severity ``"error"``.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.line() for fault in self.faults))


class ModelError(PhusongError):
    """A physical model is asked for something outside its possible range, or is not known."""


class PlanError(PhusongError):
    """A siting question that has no meaning."""


class RunError(PhusongError):
    """A run folder is missing, unfinished or was changed."""


class ModelRangeWarning(UserWarning):
    """A model is used outside the range its source recommends."""


def errors_only(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that stop a run."""
    return [fault for fault in faults if fault.severity == "error"]
