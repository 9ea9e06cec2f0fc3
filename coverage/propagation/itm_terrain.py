"""What the Irregular Terrain Model reads out of a ground profile: horizons, effective heights, irregularity.

After NTIA's reference implementation of ITM 1.4 (github.com/NTIA/itm, public domain, changed: other names and
structure, compiled Python instead of C++, 2026). "[Algorithm]" is G. Hufford, "The ITS Irregular Terrain Model, version
1.2.2: the algorithm", 1995; "[Guide]" is NTIA Report 82-100. Samples are evenly spaced; all lengths in m, angles in
rad.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from phusong.coverage.propagation._compiled import compiled
from phusong.coverage.propagation.path_profile import FloatArray

__all__ = ["Geometry", "horizons", "irregularity_m", "line_ends_m", "read_profile", "system_height_m"]


class Geometry(NamedTuple):
    """A path as the model sees it; `tx` and `rx` are the two ends.

    `horizon` is the distance to an end's horizon, `theta` the angle up to it, `effective` its height above the ground
    that reflects, `irregularity` the model's delta h.
    """

    distance: float
    height_tx: float
    height_rx: float
    theta_tx: float
    theta_rx: float
    horizon_tx: float
    horizon_rx: float
    effective_tx: float
    effective_rx: float
    irregularity: float


@compiled
def system_height_m(heights: FloatArray) -> float:
    """Return the mean elevation of a path without the first and the last tenth."""
    intervals = heights.size - 1
    tenth = int(0.1 * intervals)
    total = 0.0
    for i in range(tenth, intervals - tenth + 1):
        total += heights[i]
    return total / (intervals - 2 * tenth + 1)


@compiled
def horizons(
    heights: FloatArray, step: float, radius: float, tx: float, rx: float
) -> tuple[float, float, float, float]:
    """Return the angles to the two horizons and the distances to them; in line of sight each end is the other's.

    Parameters
    ----------
    radius : float
        Of the effective earth.
    tx, rx : float
        Antenna heights above ground.
    """
    intervals = heights.size - 1
    distance = intervals * step
    z_tx, z_rx = heights[0] + tx, heights[intervals] + rx
    slope, bulge = (z_rx - z_tx) / distance, distance / (2.0 * radius)
    theta_tx, theta_rx = slope - bulge, -slope - bulge  # Tech Note 101, (6.15)
    horizon_tx = horizon_rx = distance
    for i in range(1, intervals):
        from_tx, from_rx = i * step, distance - i * step
        angle = (heights[i] - z_tx) / from_tx - from_tx / (2.0 * radius)
        if angle > theta_tx:
            theta_tx, horizon_tx = angle, from_tx
        angle = (heights[i] - z_rx) / from_rx - from_rx / (2.0 * radius)
        if angle > theta_rx:
            theta_rx, horizon_rx = angle, from_rx
    return theta_tx, theta_rx, horizon_tx, horizon_rx


@compiled
def line_ends_m(heights: FloatArray, step: float, start: float, end: float) -> tuple[float, float]:
    """Fit a line to the ground between two distances and return its heights at the two ends of the whole path."""
    last = heights.size - 1
    first = int(max(start / step, 0.0))
    final = last - int(max(last - end / step, 0.0))
    if final <= first:
        first = int(max(first - 1.0, 0.0))
        final = last - int(max(last - (final + 1.0), 0.0))
    length = float(final - first)
    place = -0.5 * length
    middle = final + place
    total = 0.5 * (heights[first] + heights[final])
    moment = 0.5 * (heights[first] - heights[final]) * place
    for i in range(first + 1, final):
        place += 1.0
        total += heights[i]
        moment += heights[i] * place
    mean = total / length
    slope = moment * 12.0 / ((length * length + 2.0) * length)
    return mean - slope * middle, mean + slope * (last - middle)


@compiled
def irregularity_m(heights: FloatArray, step: float, start: float, end: float) -> float:
    """Return delta h: the interdecile range of the ground about a line, as it would be over a long path."""
    last = heights.size - 1
    x, x_end = start / step, end / step
    if x_end - x < 2.0:  # noqa: PLR2004  fewer than two intervals tell nothing
        return 0.0
    tenth = min(max(4, int(0.1 * (x_end - x + 8.0))), 25)
    count = 10 * tenth - 5
    samples = np.empty(count)
    pace = (x_end - x) / (count - 1)
    i = int(x)
    x -= i + 1.0
    for j in range(count):
        while x > 0.0 and i + 1 < last:
            x -= 1.0
            i += 1
        samples[j] = heights[i + 1] + (heights[i + 1] - heights[i]) * x
        x += pace
    left, right = line_ends_m(samples, 1.0, 0.0, count - 1.0)
    slope = (right - left) / (count - 1)
    for j in range(count):
        samples[j] -= left + slope * j
    samples.sort()
    spread = float(samples[count - tenth] - samples[tenth - 1])
    return spread / (1.0 - 0.8 * math.exp(-(end - start) / 50e3))  # ERL 79-ITS 67, (3), inverted


@compiled
def read_profile(heights: FloatArray, step: float, radius: float, tx: float, rx: float) -> Geometry:
    """Read a path's geometry out of its ground, [Guide] and [Algorithm] section on quick profiles.

    Parameters
    ----------
    heights : ndarray, shape (n,), n >= 2
        Ground above sea level, evenly spaced, both ends included.
    """
    last = heights.size - 1
    distance = last * step
    theta_tx, theta_rx, horizon_tx, horizon_rx = horizons(heights, step, radius, tx, rx)
    # "Consideration of terrain elevations should begin at a point about 15 times the tower height", [Guide], page 25.
    start = min(15.0 * tx, 0.1 * horizon_tx)
    end = distance - min(15.0 * rx, 0.1 * horizon_rx)
    rough = irregularity_m(heights, step, start, end)
    if horizon_tx + horizon_rx > 1.5 * distance:  # well within line of sight
        fit_tx, fit_rx = line_ends_m(heights, step, start, end)
        high_tx = tx + max(heights[0] - fit_tx, 0.0)
        high_rx = rx + max(heights[last] - fit_rx, 0.0)
        horizon_tx, horizon_rx = _rough_horizon(high_tx, radius, rough), _rough_horizon(high_rx, radius, rough)
        if horizon_tx + horizon_rx <= distance:
            q = (distance / (horizon_tx + horizon_rx)) ** 2
            high_tx, high_rx = high_tx * q, high_rx * q
            horizon_tx, horizon_rx = _rough_horizon(high_tx, radius, rough), _rough_horizon(high_rx, radius, rough)
        theta_tx = _rough_angle(high_tx, horizon_tx, radius, rough)
        theta_rx = _rough_angle(high_rx, horizon_rx, radius, rough)
    else:
        high_tx = tx + max(heights[0] - line_ends_m(heights, step, start, 0.9 * horizon_tx)[0], 0.0)
        high_rx = rx + max(heights[last] - line_ends_m(heights, step, distance - 0.9 * horizon_rx, end)[1], 0.0)
    return Geometry(distance, tx, rx, theta_tx, theta_rx, horizon_tx, horizon_rx, high_tx, high_rx, rough)


@compiled
def _rough_horizon(height: float, radius: float, rough: float) -> float:
    """Return the distance to the horizon over ground of a given irregularity."""
    return math.sqrt(2.0 * height * radius) * math.exp(-0.07 * math.sqrt(rough / max(height, 5.0)))


@compiled
def _rough_angle(height: float, horizon: float, radius: float, rough: float) -> float:
    smooth = math.sqrt(2.0 * height * radius)
    return (0.65 * rough * (smooth / horizon - 1.0) - 2.0 * height) / smooth
