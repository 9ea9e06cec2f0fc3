"""Antenna patterns: how much weaker than at boresight the antenna radiates elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import ModelError

__all__ = ["Antenna", "Omni", "Sector"]

FloatArray: TypeAlias = NDArray[np.floating[Any]]


class Antenna(Protocol):
    """A pattern relative to boresight; the gain at boresight is part of the EIRP."""

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles.

        Parameters
        ----------
        azimuth_off_deg : array_like
            Direction minus the antenna's azimuth; any number of turns.
        elevation_deg : array_like
            Positive above the horizon. float32 angles give float32 gains.
        """


@dataclass(frozen=True, slots=True)
class Sector:
    """The sector antenna of 3GPP's system studies.

    Parameters
    ----------
    tilt_deg : float
        Downtilt, positive downward.
    azimuth_beamwidth_deg, elevation_beamwidth_deg : float
        Full widths between the -3 dB points.
    front_to_back_db : float
        Am: what the antenna weakens at most, in every direction.
    side_lobe_db : float
        SLAv: what the vertical pattern alone weakens at most.

    Notes
    -----
    3GPP TR 36.814 Table A.2.1.1-2, whose values are the defaults (70 deg, 10 deg, Am 25 dB, SLAv 20 dB).
    TR 38.901 Table 7.3-1 has the same form for one element of a panel: 65 deg, 65 deg, 30 dB, 30 dB.

    Examples
    --------
    >>> float(Sector(tilt_deg=6.0).gain_db(35.0, -6.0))
    -3.0
    """

    tilt_deg: float = 0.0
    azimuth_beamwidth_deg: float = 70.0
    elevation_beamwidth_deg: float = 10.0
    front_to_back_db: float = 25.0
    side_lobe_db: float = 20.0

    def __post_init__(self) -> None:
        """Refuse patterns without a meaning."""
        _check_beamwidth("azimuth_beamwidth_deg", self.azimuth_beamwidth_deg)
        _check_beamwidth("elevation_beamwidth_deg", self.elevation_beamwidth_deg)
        _check_depth("front_to_back_db", self.front_to_back_db)
        _check_depth("side_lobe_db", self.side_lobe_db)

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        turn = _floats(azimuth_off_deg)
        off = turn - 360.0 * np.rint(turn / 360.0)
        horizontal = np.minimum(12.0 * (off / self.azimuth_beamwidth_deg) ** 2, self.front_to_back_db)
        vertical = _vertical_loss_db(
            elevation_deg,
            self.tilt_deg,
            beamwidth_deg=self.elevation_beamwidth_deg,
            depth_db=self.side_lobe_db,
        )
        gain: FloatArray = -np.minimum(horizontal + vertical, self.front_to_back_db)
        return gain


@dataclass(frozen=True, slots=True)
class Omni:
    """Equal in all azimuths; in elevation like `Sector`, or equal there too.

    Parameters
    ----------
    elevation_beamwidth_deg : float or None
        None: no vertical pattern, 0 dB everywhere.
    tilt_deg : float
        Electrical downtilt, positive downward.
    side_lobe_db : float
        What the vertical pattern weakens at most.
    """

    elevation_beamwidth_deg: float | None = None
    tilt_deg: float = 0.0
    side_lobe_db: float = 20.0

    def __post_init__(self) -> None:
        """Refuse patterns without a meaning."""
        if self.elevation_beamwidth_deg is not None:
            _check_beamwidth("elevation_beamwidth_deg", self.elevation_beamwidth_deg)
        _check_depth("side_lobe_db", self.side_lobe_db)

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        azimuth, elevation = _floats(azimuth_off_deg), _floats(elevation_deg)
        gain = np.zeros(np.broadcast_shapes(azimuth.shape, elevation.shape), np.result_type(azimuth, elevation))
        if self.elevation_beamwidth_deg is not None:
            gain -= _vertical_loss_db(
                elevation,
                self.tilt_deg,
                beamwidth_deg=self.elevation_beamwidth_deg,
                depth_db=self.side_lobe_db,
            )
        return gain


def _vertical_loss_db(
    elevation_deg: ArrayLike, tilt_deg: float, *, beamwidth_deg: float, depth_db: float
) -> FloatArray:
    # TR 36.814 counts theta downward from the horizon, here elevation is upward: the peak lies at -tilt.
    off = _floats(elevation_deg) + tilt_deg
    loss: FloatArray = np.minimum(12.0 * (off / beamwidth_deg) ** 2, depth_db)
    return loss


def _floats(angle_deg: ArrayLike) -> FloatArray:
    values = np.asarray(angle_deg)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def _check_beamwidth(name: str, value: float) -> None:
    if not 0.0 < value <= 360.0:  # noqa: PLR2004  a full turn
        raise ModelError(f"antenna: {name} must be more than 0 and at most 360 deg, not {value}")


def _check_depth(name: str, value: float) -> None:
    if not 0.0 <= value <= 100.0:  # noqa: PLR2004  deeper than any real pattern
        raise ModelError(f"antenna: {name} must be 0..100 dB (a positive depth), not {value}")
