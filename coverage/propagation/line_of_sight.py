"""Line of sight: whether the straight line from an antenna to a receiver clears what lies between."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from phusong.coverage.propagation._model import FloatArray, Paths
from phusong.coverage.propagation.p526 import EARTH_RADIUS_KM
from phusong.coverage.propagation.p526_model import path_or_flat
from phusong.coverage.propagation.path_profile import PathProfile

__all__ = ["clears", "in_line_of_sight"]

# The classic four thirds. Vietnam's air has 1.4 to 1.5: over 5 km its bulge is 5 cm lower, over 20 km 0.7 m.
_EARTH_M: Final = 4.0 / 3.0 * 1e3 * EARTH_RADIUS_KM


def clears(profile: PathProfile, tx_height_m: float, rx_height_m: float) -> bool:
    """Return whether the straight line is above ground and clutter at every sample between the ends.

    Parameters
    ----------
    profile : PathProfile
        Known all along.
    tx_height_m, rx_height_m : float
        Above the ground at the two ends.
    """
    beyond = profile.length_m - profile.distance_m
    share = profile.distance_m / max(profile.length_m, 1e-9)
    ground, obstacles = profile.ground_m, profile.obstacles_m
    line = (ground[0] + tx_height_m) * (1.0 - share) + (ground[-1] + rx_height_m) * share
    bulge = profile.distance_m * beyond / (2.0 * _EARTH_M)
    return bool(np.all((obstacles + bulge < line)[1:-1]))


def in_line_of_sight(paths: Paths) -> FloatArray:
    """Return 1 where the receiver is seen, 0 where not, NaN where the ground is not known, shape (n,).

    Notes
    -----
    The paths' own `line_of_sight` goes before their profiles. Without either the ground is flat.
    """
    if paths.line_of_sight is not None:
        return paths.line_of_sight.astype(paths.distance_m.dtype)
    seen = np.empty_like(paths.distance_m)
    heights = np.broadcast_to(np.asarray(paths.tx_height_m, np.float64), seen.shape)
    for number in range(seen.size):
        profile = path_or_flat(paths, number)
        known = profile.is_known
        seen[number] = clears(profile, float(heights[number]), paths.rx_height_m) if known else math.nan
    return seen
