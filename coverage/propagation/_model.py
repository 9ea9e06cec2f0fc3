"""What a propagation model is: paths in, median basic transmission loss out, ranges declared as data.

A model says which ranges its source *recommends* (outside: a warning, once) and which are *possible*
(outside: an error that names the models that fit).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from phusong.errors import ModelError, ModelRangeWarning

__all__ = [
    "Environment",
    "FloatArray",
    "Paths",
    "Profile",
    "PropagationModel",
    "Range",
    "check_ranges",
    "quiet_ranges",
    "repeat_range_warnings",
]

FloatArray: TypeAlias = NDArray[np.floating[Any]]

_warned: set[tuple[str, str]] = set()


class Environment(IntEnum):
    """What stands around the receiver, in the words of Hata's paper."""

    OPEN = 0
    SUBURBAN = 1
    URBAN = 2


@dataclass(frozen=True, slots=True)
class Range:
    """How far a model may be trusted in one quantity; both limits belong to the range.

    Parameters
    ----------
    quantity : {"frequency", "distance", "tx height", "rx height"}
    unit : str
        ``"MHz"`` for the frequency, ``"m"`` for the others.
    recommended, possible : tuple of float
        Lowest and highest value; the recommended range lies inside the possible one.
    """

    quantity: str
    unit: str
    recommended: tuple[float, float]
    possible: tuple[float, float]


Profile: TypeAlias = tuple[FloatArray, FloatArray]
"""Distance from the transmitter and ground elevation along a path, both in m, shape (samples,)."""


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

    def at(self, index: NDArray[np.intp]) -> Paths:
        """Return the paths numbered in `index`, shape (k,)."""
        height, profile = self.tx_height_m, self.profile
        return replace(
            self,
            profile=None if profile is None else lambda number: profile(int(index[number])),
            distance_m=self.distance_m[index],
            environment=self.environment[index],
            tx_height_m=height[index] if isinstance(height, np.ndarray) and height.ndim else height,
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
    for limits in model.ranges(f_mhz):
        outside = _outside(spans, limits.quantity, limits.possible)
        if outside is not None:
            raise ModelError(
                f"{model.name}: {limits.quantity} {_number(outside)} {limits.unit} is outside the possible "
                f"range {_span_text(limits.possible)} {limits.unit}; {_remedy(spans, f_mhz=f_mhz)}"
            )
        outside = _outside(spans, limits.quantity, limits.recommended)
        if outside is not None and (model.name, limits.quantity) not in _warned:
            _warned.add((model.name, limits.quantity))
            message = (
                f"{model.name}: {limits.quantity} {_number(outside)} {limits.unit} is outside the range "
                f"{_span_text(limits.recommended)} {limits.unit} that {model.source} recommends; "
                f"the loss there is an extrapolation"
            )
            warnings.warn(message, ModelRangeWarning, stacklevel=3)


@contextmanager
def quiet_ranges() -> Iterator[None]:
    """Ask models about paths that no receiver has, such as a search for the range, without a warning being given.

    A warning that was swallowed here is still given when a real path earns it.
    """
    before = set(_warned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelRangeWarning)
        yield
    _warned.clear()
    _warned.update(before)


def repeat_range_warnings() -> None:
    """Forget which range warnings were given, so that a new run gives them again."""
    _warned.clear()


def _spans(paths: Paths, *, f_mhz: float) -> dict[str, tuple[float, float]]:
    spans = {"frequency": (f_mhz, f_mhz), "rx height": (paths.rx_height_m, paths.rx_height_m)}
    if paths.distance_m.size:
        spans["distance"] = (float(paths.distance_m.min()), float(paths.distance_m.max()))
        spans["tx height"] = (float(np.min(paths.tx_height_m)), float(np.max(paths.tx_height_m)))
    return spans


def _outside(spans: Mapping[str, tuple[float, float]], quantity: str, limits: tuple[float, float]) -> float | None:
    lowest, highest = spans.get(quantity, limits)
    # Written so that NaN counts as outside.
    if not lowest >= limits[0]:
        return lowest
    return None if highest <= limits[1] else highest


def _remedy(spans: Mapping[str, tuple[float, float]], *, f_mhz: float) -> str:
    from phusong.coverage.propagation._registry import OWN_MODELS  # the models import this module

    fitting = [
        name
        for name, model in OWN_MODELS.items()
        if all(_outside(spans, each.quantity, each.possible) is None for each in model.ranges(f_mhz))
    ]
    return f"models that fit: {', '.join(fitting)}" if fitting else "no model fits: check the value and its unit"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _span_text(limits: tuple[float, float]) -> str:
    return f"{_number(limits[0])}..{_number(limits[1])}"
