"""Pattern: what every antenna is - functions of one angle each, put together by a rule with a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Antenna", "FloatArray", "Method", "Pattern", "Terms", "evaluate", "floats", "half_turn"]

FloatArray: TypeAlias = NDArray[np.floating[Any]]
Curve: TypeAlias = Callable[[FloatArray], FloatArray]

# Parameters of the two weighted methods as crc-covlib takes them, k = 2 also MATLAB's patternFromSlices.
_K = 2.0
_N = 3.5


class Method(IntEnum):
    """How the gain is put together from a horizontal and a vertical cut; see `phusong.coverage.antennas.Cuts`."""

    SUM = 0
    WEIGHTED = 1
    HYBRID = 2


class Antenna(Protocol):
    """A pattern relative to its peak; the gain at the peak is part of the EIRP. Equal ones have equal hashes."""

    def __hash__(self) -> int:
        """Return the hash that `phusong.coverage.antennas.tabulate` knows an antenna by."""

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles.

        Parameters
        ----------
        azimuth_off_deg : array_like
            Direction minus the antenna's azimuth; any number of turns.
        elevation_deg : array_like
            -90..90, positive above the horizon. float32 angles give float32 gains.
        """


class Pattern(Antenna, Protocol):
    """An antenna as a product: it hangs upright, and its beam is tilted electrically only."""

    def tilted(self, tilt_deg: float) -> Pattern:
        """Return the same antenna with its beam `tilt_deg` below the horizon, electrically."""

    def terms(self) -> Terms:
        """Return the functions the pattern is made of, for tables."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A pattern as functions of one variable each.

    Parameters
    ----------
    horizontal : callable
        H(azimuth), azimuth -180..180 deg off boresight; dB.
    front, back : callable
        Vf and Vb of e = elevation + `shift_deg`, in deg. Vf holds at boresight's azimuth, Vb at the back, between them
        they are mixed by the azimuth: V = Vf + (Vb - Vf) |azimuth| / 180.
    array : callable
        A(e): what a vertical array adds.
    columns : callable or None
        U(u): what a horizontal array adds, u = cos(elevation) sin(azimuth), the direction cosine along its row.
    floor_db : float
        What H and V together weaken at most, negative.
    shift_deg : float
        Electrical tilt of patterns that it shifts.
    method : Method

    Notes
    -----
    gain = min(0, max(H (+) V, floor) + A + U), where (+) is the sum or one of the weighted sums of `Method`.
    """

    horizontal: Curve
    front: Curve
    back: Curve | None = None
    array: Curve | None = None
    columns: Curve | None = None
    floor_db: float = -np.inf
    shift_deg: float = 0.0
    method: Method = Method.SUM


def evaluate(terms: Terms, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
    """Return the gain exactly, dB, in the broadcast shape and the precision of the angles."""
    azimuth, elevation = floats(azimuth_off_deg), floats(elevation_deg)
    off, e = half_turn(azimuth), elevation + elevation.dtype.type(terms.shift_deg)
    horizontal, vertical = terms.horizontal(off), terms.front(e)
    if terms.back is not None:
        vertical = vertical + np.abs(off) / 180.0 * (terms.back(e) - vertical)
    gain = np.maximum(_joined(horizontal, vertical, terms.method), terms.floor_db)
    if terms.array is not None:
        gain = gain + terms.array(e)
    if terms.columns is not None:
        gain = gain + terms.columns(np.cos(np.radians(elevation)) * np.sin(np.radians(off)))
    held: FloatArray = np.minimum(gain, 0.0).astype(np.result_type(azimuth, elevation), copy=False)
    return held


def _joined(horizontal: FloatArray, vertical: FloatArray, method: Method) -> FloatArray:
    """Return H (+) V; the formulas stand in `phusong.coverage.antennas.Cuts`."""
    total: FloatArray = horizontal + vertical
    if method is Method.SUM:
        return total
    hor, vert = 10.0 ** (horizontal / 10.0), 10.0 ** (vertical / 10.0)
    w1, w2 = vert * (1.0 - hor), hor * (1.0 - vert)
    norm = (np.abs(w1) ** _K + np.abs(w2) ** _K) ** (1.0 / _K)
    # Both weights are 0 at the peak, and where neither cut radiates anything at all.
    cross: FloatArray = np.where(norm > 0.0, (horizontal * w1 + vertical * w2) / np.where(norm > 0.0, norm, 1.0), total)
    if method is Method.WEIGHTED:
        return cross
    w3 = (hor * vert) ** (1.0 / _N)
    return total * w3 + cross * (1.0 - w3)


def half_turn(azimuth_deg: ArrayLike) -> FloatArray:
    """Return an azimuth of any number of turns as -180..180 deg.

    Examples
    --------
    >>> half_turn([359.0, -190.0, 720.0]).tolist()
    [-1.0, 170.0, 0.0]
    """
    turn = floats(azimuth_deg)
    off: FloatArray = turn - 360.0 * np.rint(turn / 360.0)
    return off


def floats(angle_deg: ArrayLike) -> FloatArray:
    """Return angles as floats, in the precision they have."""
    values = np.asarray(angle_deg)
    return values if values.dtype.kind == "f" else values.astype(np.float64)
