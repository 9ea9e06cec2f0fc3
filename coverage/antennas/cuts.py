"""Cuts: a real product from its horizontal and vertical cut, with the usual ways to the directions between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from phusong.coverage.antennas.pattern import FloatArray, Method, Terms, evaluate
from phusong.errors import ModelError
from phusong.gis.readers.antenna_cut import pointing
from phusong.gis.readers.antenna_file import AntennaFile

__all__ = ["INTERPOLATIONS", "Cuts", "Interpolation"]

Interpolation = Literal["projection", "summing", "weighted", "hybrid", "horizontal"]
INTERPOLATIONS: Final[tuple[Interpolation, ...]] = ("projection", "summing", "weighted", "hybrid", "horizontal")

_METHODS: Final = {"weighted": Method.WEIGHTED, "hybrid": Method.HYBRID}
_ROUND_DB = 3.0


@dataclass(frozen=True, slots=True)
class Cuts:
    """A pattern given by its two principal cuts.

    Parameters
    ----------
    horizontal_deg, horizontal_db : tuple of float
        Azimuths clockwise from boresight, ascending within one turn, and the loss there (>= 0 dB).
    vertical_deg, vertical_db : tuple of float
        Likewise; 0 is the horizon in front, 90 the ground, 180 the horizon behind, 270 the sky.
    name : str
    own_tilt_deg : float or None
        Electrical tilt at which the cuts were measured; None: as `pointing_deg` finds it.
    tilt_deg : float or None
        Electrical tilt wanted; None: as it is. The vertical cut is shifted by the difference, alike in all azimuths,
        so that behind the antenna the pattern goes down as well.
    interpolation : {"projection", "summing", "weighted", "hybrid", "horizontal"}

    Notes
    -----
    H(az) and V(el) are the cuts as gains (<= 0 dB), linear in dB between their angles.

    ============  ==================================================================================================
    projection    H(az) - (1 - w) (H(0) - V(el)) - w (H(180) - V(180 - el)), w = abs(az) / 180: horizontal projection
                  interpolation (Altair WinProp, user guide of AMan). Both halves of the vertical cut are kept, and a
                  tilt that is already in the horizontal cut is not counted twice. The default.
    summing       H(az) + V(el): the classic; exact for a pattern that is a product. H is taken relative to its peak.
    weighted      (H w1 + V w2) / (w1^k + w2^k)^(1/k), w1 = v (1 - h), w2 = h (1 - v), h and v the cuts as powers,
                  k = 2: cross-weighted summing (MATLAB, patternFromSlices; Vasiliadis et al. below).
    hybrid        summing (h v)^(1/n) + weighted (1 - (h v)^(1/n)), n = 3.5 as in crc-covlib: T. Vasiliadis, A.
                  Dimitriou, G. Sergiadis, "A novel technique for the approximation of 3-D antenna radiation patterns",
                  IEEE Trans. Antennas Propag. 53 (7), 2005.
    horizontal    H(az) alone, at every elevation.
    ============  ==================================================================================================

    `summing`, `weighted` and `hybrid` read the front half of the vertical cut at every azimuth. All of them are
    approximations: two cuts do not hold a pattern.

    Raises
    ------
    ModelError
        Angles and losses that are no cut.
    """

    horizontal_deg: tuple[float, ...]
    horizontal_db: tuple[float, ...]
    vertical_deg: tuple[float, ...]
    vertical_db: tuple[float, ...]
    name: str = ""
    own_tilt_deg: float | None = None
    tilt_deg: float | None = None
    interpolation: Interpolation = "projection"

    def __post_init__(self) -> None:
        """Refuse cuts without a meaning."""
        if self.interpolation not in INTERPOLATIONS:
            raise ModelError(f"antenna: interpolation must be one of {INTERPOLATIONS}, not {self.interpolation!r}")
        for name, angles, losses in (
            ("horizontal", self.horizontal_deg, self.horizontal_db),
            ("vertical", self.vertical_deg, self.vertical_db),
        ):
            _check_cut(name, angles, losses)

    @classmethod
    def of(cls, file: AntennaFile, *, interpolation: Interpolation = "projection") -> Cuts:
        """Return the antenna of a file."""
        return cls(
            file.horizontal_deg,
            file.horizontal_db,
            file.vertical_deg,
            file.vertical_db,
            name=file.name,
            own_tilt_deg=file.electrical_tilt_deg,
            interpolation=interpolation,
        )

    @property
    def pointing_deg(self) -> float:
        """Where the beam of the vertical cut points, below the horizon: the middle of its half-power points."""
        return pointing(self.vertical_deg, self.vertical_db)[0]

    @property
    def electrical_tilt_deg(self) -> float:
        """Where the beam points as the antenna is used, below the horizon, before any mechanical tilt."""
        return self.tilt_deg if self.tilt_deg is not None else self._own_tilt_deg

    @property
    def is_round(self) -> bool:
        """Whether the antenna radiates alike in all azimuths, within 3 dB."""
        return max(self.horizontal_db) - min(self.horizontal_db) <= _ROUND_DB

    @property
    def _own_tilt_deg(self) -> float:
        return self.pointing_deg if self.own_tilt_deg is None else self.own_tilt_deg

    def tilted(self, tilt_deg: float) -> Cuts:
        """Return the same antenna with its beam `tilt_deg` below the horizon, electrically."""
        return replace(self, tilt_deg=tilt_deg)

    def terms(self) -> Terms:
        """Return the functions the pattern is made of."""
        az, h = _turned(self.horizontal_deg, self.horizontal_db)
        down, v = _turned(self.vertical_deg, self.vertical_db)
        shift_deg = 0.0 if self.tilt_deg is None else self.tilt_deg - self._own_tilt_deg

        def horizontal(azimuth: FloatArray) -> FloatArray:
            gain: FloatArray = np.interp(azimuth, az, h - offset_db, period=360.0)
            return gain

        def vertical(elevation: FloatArray, less_db: float = 0.0) -> FloatArray:
            gain: FloatArray = np.interp(-elevation, down, v - less_db, period=360.0)  # the cut counts downward
            return gain

        if self.interpolation == "projection":
            offset_db = 0.0
            front_db, back_db = (float(at) for at in np.interp([0.0, 180.0], az, h, period=360.0))
            return Terms(
                horizontal,
                front=lambda e: vertical(e, front_db),
                back=lambda e: vertical(180.0 - e, back_db),
                shift_deg=shift_deg,
            )
        offset_db = float(h.max())
        if self.interpolation == "horizontal":
            return Terms(horizontal, front=np.zeros_like)
        method = _METHODS.get(self.interpolation, Method.SUM)
        return Terms(horizontal, front=vertical, shift_deg=shift_deg, method=method)

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        return evaluate(self.terms(), azimuth_off_deg, elevation_deg)


def _turned(angles_deg: Sequence[float], losses_db: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    return np.asarray(angles_deg, float), -np.asarray(losses_db, float)


def _check_cut(name: str, angles: Sequence[float], losses: Sequence[float]) -> None:
    az, loss = np.asarray(angles, float), np.asarray(losses, float)
    if az.shape != loss.shape or az.ndim != 1 or not az.size:
        raise ModelError(f"antenna: the {name} cut needs as many losses as angles, not {loss.size} and {az.size}")
    if not (np.isfinite(az).all() and (np.diff(az) > 0).all() and az[-1] - az[0] < 360.0):  # noqa: PLR2004 - a turn
        raise ModelError(f"antenna: the angles of the {name} cut must ascend within one turn")
    if not (np.isfinite(loss).all() and (loss >= 0).all()):
        raise ModelError(f"antenna: the losses of the {name} cut must be 0 dB or more")
