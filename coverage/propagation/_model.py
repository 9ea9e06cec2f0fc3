"""What a propagation model is: paths in, median basic transmission loss out, ranges declared as data.

A model says which ranges its source *recommends* (outside: a warning, once) and which are *possible*
(outside: an error that names the models that fit). A `TerminalLoss` says the same of a loss that is added to a
model's at one end of the path: clutter around an antenna, a wall, a car.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from phusong.coverage.propagation._ranges import (
    Range,
    TerminalLoss,
    check_share,
    check_values,
    first_outside,
    hold,
    quiet_ranges,
    repeat_range_warnings,
    warn_once,
)
from phusong.coverage.propagation.path_profile import FloatArray, PathProfile
from phusong.errors import ModelError

__all__ = [
    "Environment",
    "FloatArray",
    "Paths",
    "Profile",
    "PropagationModel",
    "Range",
    "TerminalLoss",
    "check_ranges",
    "check_share",
    "check_values",
    "quiet_ranges",
    "repeat_range_warnings",
]


class Environment(IntEnum):
    """What stands around the receiver, in the words of Hata's paper."""

    OPEN = 0
    SUBURBAN = 1
    URBAN = 2


Profile: TypeAlias = tuple[FloatArray, FloatArray] | PathProfile
"""Distance from the transmitter and ground elevation along a path, both in m, shape (samples,); a `PathProfile`
carries clutter and radio-climatic zones too. Either is unpacked as ``distance, ground = profile``."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Radio paths from one transmitter to many receivers.

    Parameters
    ----------
    distance_m : ndarray of float, shape (n,)
        Distance along the ground. float32 in gives float32 losses out.
    environment : ndarray of int8, shape (n,)
        `Environment` around each receiver.
    tx_height_m : float or ndarray of float, shape (n,)
        Effective antenna height as the empirical models understand it: above the ground that the
        receivers see, in the plain case simply above ground.
    rx_height_m : float
        Receiver height above ground.
    profile : callable or None
        Number of a path -> its `Profile`, both ends included. Given where terrain is read and the model says
        that it ``uses_terrain``; the empirical models never ask.
    antenna_height_m : float or None
        Height of the antenna above the ground it stands on, where that is not `tx_height_m`; see `above_ground`.
    line_of_sight : ndarray of bool, shape (n,), or None
        Whether each receiver is seen, where that is known already (a viewshed, a sweep).

    Raises
    ------
    ModelError
        Where the shapes differ or a code is no `Environment`.
    """

    distance_m: FloatArray
    environment: NDArray[np.int8]
    tx_height_m: float | FloatArray
    rx_height_m: float = 1.5
    profile: Callable[[int], Profile] | None = None
    antenna_height_m: float | None = None
    line_of_sight: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that would give wrong losses silently."""
        shape = self.distance_m.shape
        if self.distance_m.ndim != 1 or self.distance_m.dtype.kind != "f":
            raise ModelError(
                f"paths: distance_m must be floats of shape (n,), not {self.distance_m.dtype} of shape {shape}"
            )
        if self.environment.shape != shape or self.environment.dtype.kind not in "iu":
            raise ModelError(
                f"paths: environment must be integers of shape {shape} like distance_m, "
                f"not {self.environment.dtype} of shape {self.environment.shape}"
            )
        if np.ndim(self.tx_height_m) and np.shape(self.tx_height_m) != shape:
            raise ModelError(
                f"paths: tx_height_m must be one number or of shape {shape} like distance_m, "
                f"not of shape {np.shape(self.tx_height_m)}"
            )
        mask = self.line_of_sight
        if mask is not None and (mask.shape != shape or mask.dtype.kind != "b"):
            raise ModelError(
                f"paths: line_of_sight must be true or false, of shape {shape} like distance_m, "
                f"not {mask.dtype} of shape {mask.shape}"
            )
        # A negative code would be taken from the end of the coefficient table without a word.
        if shape[0] and not (self.environment.min() >= 0 and self.environment.max() < len(Environment)):
            raise ModelError(
                f"paths: environment codes must be 0 open, 1 suburban or 2 urban, "
                f"not {self.environment.min()}..{self.environment.max()}"
            )

    @property
    def tx_height(self) -> np.floating[Any] | FloatArray:
        """Transmitter height in m, in the precision of the distances: a scalar or shape (n,)."""
        dtype = self.distance_m.dtype
        if isinstance(self.tx_height_m, np.ndarray) and self.tx_height_m.ndim:
            return self.tx_height_m.astype(dtype, copy=False)
        scalar: np.floating[Any] = dtype.type(self.tx_height_m)
        return scalar

    def above_ground(self) -> Paths:
        """Return the paths with the antenna's own height above ground, as the models that read terrain count it."""
        return self if self.antenna_height_m is None else replace(self, tx_height_m=self.antenna_height_m)

    def at(self, index: NDArray[np.intp]) -> Paths:
        """Return the paths numbered in `index`, shape (k,)."""
        height, profile = self.tx_height_m, self.profile
        return replace(
            self,
            profile=None if profile is None else lambda number: profile(int(index[number])),
            distance_m=self.distance_m[index],
            environment=self.environment[index],
            tx_height_m=height[index] if isinstance(height, np.ndarray) and height.ndim else height,
            line_of_sight=None if self.line_of_sight is None else self.line_of_sight[index],
        )


@runtime_checkable
class PropagationModel(Protocol):
    """One published way from a path to its median loss; a pure function with a name and a source.

    An implementation calls `check_ranges` first, returns the dtype of ``distance_m`` and never less
    than free space.
    """

    @property
    def name(self) -> str:
        """The name planners write, e.g. ``"okumura-hata"``."""

    @property
    def title(self) -> str:
        """One line for a list of models."""

    @property
    def source(self) -> str:
        """The publication the equation numbers refer to."""

    @property
    def uses_terrain(self) -> bool:
        """Whether the loss depends on the ground between the ends."""

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return the ranges, where they differ by frequency those that hold at `f_mhz`."""

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the median basic transmission loss between isotropic antennas in dB, shape (n,)."""


def check_ranges(model: PropagationModel, paths: Paths, *, f_mhz: float) -> None:
    """Hold paths against the ranges a model declares.

    Raises
    ------
    ModelError
        Outside a possible range.

    Warns
    -----
    ModelRangeWarning
        Outside a recommended range; once for each model and quantity in a process.
    """
    spans = _spans(paths, f_mhz=f_mhz)
    hold(model, model.ranges(f_mhz), spans, remedy=lambda: _remedy(spans, f_mhz=f_mhz))
    if model.uses_terrain and paths.profile is None and paths.line_of_sight is None:
        warn_once(model.name, "terrain", f"{model.name}: no terrain is read, and the ground is taken as flat")


def _spans(paths: Paths, *, f_mhz: float) -> dict[str, tuple[float, float]]:
    spans = {"frequency": (f_mhz, f_mhz), "rx height": (paths.rx_height_m, paths.rx_height_m)}
    if paths.distance_m.size:
        spans["distance"] = (float(paths.distance_m.min()), float(paths.distance_m.max()))
        spans["tx height"] = (float(np.min(paths.tx_height_m)), float(np.max(paths.tx_height_m)))
    return spans


def _remedy(spans: Mapping[str, tuple[float, float]], *, f_mhz: float) -> str:
    from phusong.coverage.propagation._registry import OWN_MODELS  # the models import this module

    fitting = [
        name
        for name, model in OWN_MODELS.items()
        if all(first_outside(spans, each.quantity, each.possible) is None for each in model.ranges(f_mhz))
    ]
    return f"models that fit: {', '.join(fitting)}" if fitting else "no model fits: check the value and its unit"
