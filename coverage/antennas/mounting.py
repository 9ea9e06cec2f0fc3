"""Mounting: what becomes of a pattern when the antenna is tilted as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from phusong.coverage.antennas.pattern import Antenna, FloatArray, Pattern, floats
from phusong.errors import ModelError

__all__ = ["Mounted", "mounted", "rotated"]

_UPRIGHT_DEG = 90.0


@dataclass(frozen=True, slots=True)
class Mounted:
    """A pattern turned about the horizontal axis across its boresight: mechanical tilt.

    Parameters
    ----------
    pattern : Pattern
    mechanical_tilt_deg : float
        Positive downward.

    Notes
    -----
    An electrical tilt lowers the beam alike in all azimuths. A mechanical one lowers it in front, leaves it at +-90
    deg, and raises it at the back: in the pattern's own frame a direction is turned upward by the tilt. The whole
    pattern turns, side lobes too; no small-angle formula is used.

    Examples
    --------
    >>> from phusong.coverage.antennas import Omni
    >>> antenna = Mounted(Omni(elevation_beamwidth_deg=10.0), 5.0)
    >>> antenna.gain_db([0.0, 180.0], [-5.0, 5.0]).round(9).tolist()
    [0.0, 0.0]
    """

    pattern: Pattern
    mechanical_tilt_deg: float

    def __post_init__(self) -> None:
        """Refuse an antenna that lies down."""
        if not abs(self.mechanical_tilt_deg) < _UPRIGHT_DEG:
            raise ModelError(f"antenna: mechanical tilt must be within 90 deg, not {self.mechanical_tilt_deg}")

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        azimuth, elevation = floats(azimuth_off_deg), floats(elevation_deg)
        off, up = rotated(azimuth, elevation, tilt_deg=self.mechanical_tilt_deg)
        gain: FloatArray = self.pattern.gain_db(off, up).astype(np.result_type(azimuth, elevation), copy=False)
        return gain


def mounted(pattern: Pattern, mechanical_tilt_deg: float) -> Antenna:
    """Return a pattern as it hangs; without mechanical tilt that is the pattern itself."""
    return pattern if mechanical_tilt_deg == 0.0 else Mounted(pattern, mechanical_tilt_deg)


def rotated(azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike, *, tilt_deg: float) -> tuple[FloatArray, FloatArray]:
    """Return directions as an antenna sees them that is tilted down by `tilt_deg`: azimuth -180..180 and elevation.

    Worked in float64: an arc sine of float32 is wrong by hundredths of a degree near the zenith.
    """
    azimuth, elevation = np.radians(np.asarray(azimuth_off_deg, float)), np.radians(np.asarray(elevation_deg, float))
    sine, cosine = math.sin(math.radians(tilt_deg)), math.cos(math.radians(tilt_deg))
    x, y, z = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)
    # The antenna's own axes: x along its boresight, y to the right, z along the panel upward.
    along, up = x * cosine - z * sine, x * sine + z * cosine
    return np.degrees(np.arctan2(y, along)), np.degrees(np.arctan2(up, np.hypot(along, y)))
