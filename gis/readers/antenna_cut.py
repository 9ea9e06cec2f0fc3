"""Antenna cut: the lines of one cut of a pattern as losses over a full turn; what is wrong with them is said."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from phusong.gis.tally import say_faults

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Cut", "completed", "number_of", "pairs_of", "pointing"]

Cut: TypeAlias = tuple[tuple[float, ...], tuple[float, ...]]
"""Angles, 0..360 ascending, and the losses there (>= 0 dB)."""

_DEEPEST_DB = 200.0
_NOISE_DB = 0.5
_WIDEST_GAP_DEG = 15.0
_HALF_POWER_DB = 3.0
_TURN_DEG = 360.0
_PAIR = 2


def pairs_of(name: str, lines: Sequence[tuple[int, str]], notes: Notes) -> list[tuple[int, float, float]] | None:
    """Return row, angle and loss of each line of a cut; None with a fault a line where some cannot be read."""
    wrong: list[tuple[str, str, int, str]] = []
    pairs: list[tuple[int, float, float]] = []
    for row, text in lines:
        pair = _pair(text)
        if pair is None:
            wrong.append(("a line of a cut is an angle and a loss", "write both as numbers, e.g. 17 0.8", row, text))
        elif not (abs(pair[0]) <= _TURN_DEG and abs(pair[1]) <= _DEEPEST_DB):
            rule = "an angle lies within -360..360 deg, a loss within -200..200 dB"
            wrong.append((rule, "correct the line", row, text))
        else:
            pairs.append((row, *pair))
    say_faults(wrong, column=name, notes=notes)
    return None if wrong else pairs


def completed(name: str, pairs: Sequence[tuple[int, float, float]], notes: Notes) -> Cut | None:
    """Return a cut as losses over one turn: signs, repeated and missing angles settled and said."""
    if not pairs:
        notes.fault(f"the {name} cut has no lines", "bring the maker's file again", column=name)
        return None
    losses = _signed(name, [loss for _, _, loss in pairs], notes)
    if losses is None:
        return None
    held: dict[float, tuple[int, float]] = {}
    repeated = 0
    wrong = []
    for (row, angle, _), loss in zip(pairs, losses, strict=True):
        before = held.setdefault(round(angle % _TURN_DEG, 6) % _TURN_DEG, (row, loss))
        if before[0] == row:
            continue
        if before[1] != loss:
            rule = f"the angle has another loss in row {before[0]}, {before[1]:g} dB"
            wrong.append((rule, "take one of the two lines out", row, f"{angle:g} {loss:g}"))
        repeated += 1
    say_faults(wrong, column=name, notes=notes)
    if wrong:
        return None
    if repeated:
        notes.repair(f"left out: lines of the {name} cut that repeat an angle", how_much=f"{repeated} lines")
    angles = np.sort(np.fromiter(held, float))
    gaps = np.diff(angles, append=angles[0] + _TURN_DEG)
    widest = int(np.argmax(gaps))
    if gaps[widest] > _WIDEST_GAP_DEG:
        rule = f"the {name} cut says nothing between {angles[widest]:g} and {angles[widest] + gaps[widest]:g} deg"
        notes.fault(rule, "bring the whole cut, one loss a degree", row=held[float(angles[widest])][0], column=name)
        return None
    step = float(np.median(gaps))
    missing = int(np.rint(gaps / step - 1.0).clip(0).sum())
    if missing:
        what = f"interpolated: angles missing from the {name} cut"
        first = angles[int(np.argmax(gaps > 1.5 * step))]
        notes.repair(what, how_much=f"{missing} angles", before=f"after {first:g} deg", remedy="bring the whole cut")
    return tuple(angles.tolist()), tuple(held[angle][1] for angle in angles.tolist())


def _signed(name: str, losses: list[float], notes: Notes) -> list[float] | None:
    """Return losses as positive numbers; a fault where some are and some are not."""
    if min(losses) >= 0.0:
        return losses
    if max(losses) <= _NOISE_DB:
        what = f"sign turned: the {name} cut gives gains, not losses"
        notes.repair(what, how_much=f"{len(losses)} values", before=f"{min(losses):g} dB", after=f"{-min(losses):g} dB")
        losses = [-loss for loss in losses]
    below = sum(loss < 0.0 for loss in losses)
    if min(losses) < -_NOISE_DB:
        rule = f"{below} losses of the {name} cut are negative and the others are not"
        notes.fault(rule, "a loss is 0 dB at the peak and more elsewhere; correct them", column=name, value=min(losses))
        return None
    if below:
        what = f"raised to 0 dB: losses of the {name} cut below it"
        notes.repair(what, how_much=f"{below} values", before=f"{min(losses):g} dB", after="0 dB")
    return [max(loss, 0.0) for loss in losses]


def pointing(angles_deg: Sequence[float], losses_db: Sequence[float]) -> tuple[float, float]:
    """Return where a cut's main lobe points, -180..180, and how wide it is between its half-power points, in deg.

    The middle of the half-power points, for the peak itself is flat and rounded to a tenth of a dB. A cut that never
    falls by 3 dB points at 0 and is 360 deg wide.

    Examples
    --------
    >>> pointing([0, 10, 20, 180, 270], [3, 0, 3, 30, 30])
    (10.0, 20.0)
    """
    step = 0.05
    dense = np.arange(0.0, 360.0, step)
    loss = np.interp(dense, angles_deg, losses_db, period=360.0)
    top = int(np.argmin(loss))
    over = np.roll(loss, -top) > loss[top] + _HALF_POWER_DB + 1e-9
    if not over.any():
        return 0.0, 360.0
    after, before = int(np.argmax(over)) - 1, int(np.argmax(over[::-1]))
    middle = float(dense[top]) + (after - before) / 2.0 * step
    return round((middle + 180.0) % 360.0 - 180.0, 3), round((after + before) * step, 3)


def number_of(text: str) -> float | None:
    """Return a finite number, its decimals marked with a point or a comma."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _pair(text: str) -> tuple[float, float] | None:
    """Return angle and loss of a line: parted by blanks, semicolons or one comma, decimals with point or comma."""
    fields = [field for field in re.split(r"[\s;]+", text) if field]
    if len(fields) == 1:
        bits = fields[0].split(",")
        # 12,3.5 is a pair, and so are the four bits of 12,0,3,5; three bits may be two pairs.
        fields = [",".join(bits[:2]), ",".join(bits[2:])] if len(bits) == 2 * _PAIR else bits
    elif len(fields) == _PAIR and fields[0].endswith(","):
        fields[0] = fields[0][:-1]
    if len(fields) != _PAIR:
        return None
    angle, loss = number_of(fields[0]), number_of(fields[1])
    return None if angle is None or loss is None else (angle, loss)
