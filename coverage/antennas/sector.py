"""Sector: 3GPP's parabolic patterns, in azimuth and elevation or in elevation alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from phusong.coverage.antennas.pattern import FloatArray, Terms, evaluate
from phusong.errors import ModelError

__all__ = ["ELEMENT", "Omni", "Sector", "check_depth"]


@dataclass(frozen=True, slots=True)
class Sector:
    """The sector antenna of 3GPP's system studies.

    Parameters
    ----------
    tilt_deg : float
        Electrical downtilt, positive downward.
    azimuth_beamwidth_deg, elevation_beamwidth_deg : float
        Full widths between the -3 dB points.
    front_to_back_db : float
        Am: what the antenna weakens at most, in every direction.
    side_lobe_db : float
        SLAv: what the vertical pattern alone weakens at most.

    Notes
    -----
    3GPP TR 36.814 Table A.2.1.1-2, whose values are the defaults (70 deg, 10 deg, Am 25 dB, SLAv 20 dB)::

        -min(min(12 (az / az3dB)^2, Am) + min(12 ((el + tilt) / el3dB)^2, SLAv), Am)

    TR 38.901 Table 7.3-1 has the same form for one element of a panel, see `ELEMENT`.

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
        check_depth("front_to_back_db", self.front_to_back_db)
        check_depth("side_lobe_db", self.side_lobe_db)

    def tilted(self, tilt_deg: float) -> Sector:
        """Return the same antenna with its beam `tilt_deg` below the horizon, electrically."""
        return replace(self, tilt_deg=tilt_deg)

    def terms(self) -> Terms:
        """Return the functions the pattern is made of."""
        return Terms(
            horizontal=lambda az: _parabola(az, self.azimuth_beamwidth_deg, self.front_to_back_db),
            front=lambda e: _parabola(e, self.elevation_beamwidth_deg, self.side_lobe_db),
            floor_db=-self.front_to_back_db,
            shift_deg=self.tilt_deg,
        )

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        return evaluate(self.terms(), azimuth_off_deg, elevation_deg)


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
        check_depth("side_lobe_db", self.side_lobe_db)

    def tilted(self, tilt_deg: float) -> Omni:
        """Return the same antenna with its beam `tilt_deg` below the horizon, electrically."""
        return replace(self, tilt_deg=tilt_deg)

    def terms(self) -> Terms:
        """Return the functions the pattern is made of."""
        width = self.elevation_beamwidth_deg
        return Terms(
            horizontal=np.zeros_like,
            front=np.zeros_like if width is None else lambda e: _parabola(e, width, self.side_lobe_db),
            shift_deg=self.tilt_deg,
        )

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        return evaluate(self.terms(), azimuth_off_deg, elevation_deg)


def _parabola(off_deg: FloatArray, beamwidth_deg: float, depth_db: float) -> FloatArray:
    gain: FloatArray = -np.minimum(12.0 * (off_deg / beamwidth_deg) ** 2, depth_db)
    return gain


def _check_beamwidth(name: str, value: float) -> None:
    if not 0.0 < value <= 360.0:  # noqa: PLR2004  a full turn
        raise ModelError(f"antenna: {name} must be more than 0 and at most 360 deg, not {value}")


def check_depth(name: str, value: float) -> None:
    """Refuse a depth that is no depth."""
    if not 0.0 <= value <= 100.0:  # noqa: PLR2004  deeper than any real pattern
        raise ModelError(f"antenna: {name} must be 0..100 dB (a positive depth), not {value}")


ELEMENT = Sector(azimuth_beamwidth_deg=65.0, elevation_beamwidth_deg=65.0, front_to_back_db=30.0, side_lobe_db=30.0)
"""One element of a panel, 3GPP TR 38.901 Table 7.3-1; its peak is 8 dBi."""
