"""What the ground along a ray means for each receiver on it, whatever the frequency.

A ray is sampled once. Its quantities on the transmitter's side are running maxima and sums; what lies on a
receiver's side is found on hulls. A receiver's profile is the ray's samples 1..m, then a few samples of its own on the
straight line from the mast, a step apart, then the receiver: what stands in front of a receiver decides most, and is
taken from where it is.

Heights are carried into the plane where rays over an Earth of curvature ``ce`` (1/km) are straight:
y = h - 500 ce d^2 - hts. There every slope is plain geometry: P.1812's Stim is max(y/d) + 500 ce d, its Srim
max((y - y_end)/(d_end - d)) - 500 ce d, and the horizon angles are the same slopes less 500 ce d.

Units inside: distance in km, height in m, slope in m/km (mrad).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from phusong.coverage._kernels.arrays import Floats, Ints
from phusong.coverage._kernels.fields import BARE, FLAT, OWN_GROUND, OWN_PER_X, OWN_TOP, OWN_X, PLACE, STEEPEST, Y
from phusong.coverage._kernels.grazing import nearest_to_line, window
from phusong.coverage._kernels.hull import push, tallest, tangent

__all__ = [
    "bullington",
    "fill",
    "fill_sums",
    "grow",
    "half_way",
    "horizons",
    "line_horizon",
    "roughness",
    "smooth_earth",
]


@njit(cache=True, nogil=True, error_model="numpy")
def fill(
    side: Floats, s: int, x32: Floats, y32: Floats, levels: Floats, count: int, step: float, ce: float, hts: float
) -> None:
    """Fill the transmitter's side of a ray of one surface from the levels of samples 0..count.

    Row 0 of `levels` is bare ground, row 1 ground with clutter, m above sea level.
    """
    steepest, place = -np.inf, 0.0
    side[s, STEEPEST, 0], side[s, PLACE, 0] = steepest, place
    for i in range(1, count + 1):
        d = i * step
        y = levels[s >> 1, i] - 500.0 * ce * d * d - hts
        x32[i] = d
        side[s, Y, i] = y32[s, i] = y
        slope = y / d
        if slope > steepest:
            steepest, place = slope, d
        side[s, STEEPEST, i], side[s, PLACE, i] = steepest, place


@njit(cache=True, nogil=True, error_model="numpy")
def fill_sums(levels: Floats, count: int, step: float, v1: Floats, v2: Floats) -> None:
    """Fill the running sums of P.1812 (85) and (86) over samples 0..m."""
    s1 = s2 = 0.0
    v1[0] = v2[0] = 0.0
    for i in range(1, count + 1):
        s1 += step * (levels[0, i] + levels[0, i - 1])
        s2 += step * step * (levels[0, i] * (3 * i - 1) + levels[0, i - 1] * (3 * i - 2))
        v1[i], v2[i] = s1, s2


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def grow(side: Floats, s: int, size: int, first: int, last: int, step: float) -> int:
    """Add samples first..last to a side's hull and return its size."""
    for i in range(first, last + 1):
        size = push(side, s, size, i * step, side[s, Y, i])
    return size


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def bullington(
    side: Floats,
    s: int,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    size: int,
    m: int,
    step: float,
    ce: float,
    mine: Floats,
    per_gap: Floats,
    n: int,
    own: int,
    hts: float,
    d: float,
    y_end: float,
) -> float:
    """Return the diffraction parameter of the Bullington point times sqrt(wavelength), P.1812 (13)-(20).

    Parameters
    ----------
    side, s, x32, y32, scratch, bits : arrays and int
        The surfaces along the ray, see `fields`; which of them; and what `grazing.least_in` wants of it.
    size, m : int
        Of its hull; number of the ray's samples in the path, which the hull holds.
    mine, per_gap : arrays
        The receivers' own samples; 1 / (their distance from the receiver), 1/km.
    n, own : int
        Which receiver, and how many samples it has; m + own is at least 1.
    d, y_end : float
        Length of the path, km; the receiving antenna in the straight plane, m.
    """
    line = y_end / d
    bend = 500.0 * ce
    from_tx = side[s, STEEPEST, m]
    for k in range(own):
        from_tx = max(from_tx, (mine[OWN_TOP, n, k] - hts) * mine[OWN_PER_X, n, k] - bend * mine[OWN_X, n, k])
    if from_tx < line:  # line of sight, (15)
        measure = np.inf
        for k in range(own):
            x = mine[OWN_X, n, k]
            c = line * x - (mine[OWN_TOP, n, k] - bend * x * x - hts)
            measure = min(measure, c * c * mine[OWN_PER_X, n, k] * per_gap[k])
        if m > 0:
            measure, _ = _nearest_on_ray(side, s, x32, y32, scratch, bits, size, m, step, line, d, y_end, measure, 0.0)
        return -math.sqrt(0.002 * d * measure)
    from_rx = -np.inf
    for k in range(own):
        x = mine[OWN_X, n, k]
        from_rx = max(from_rx, (mine[OWN_TOP, n, k] - bend * x * x - hts - y_end) * per_gap[k])
    if m > 0:
        x, y = tangent(side, s, size, d, y_end)
        from_rx = max(from_rx, (y - y_end) / (d - x))
    # (18) and (20) in one: with a and b the slopes above the line, nu = sqrt(0.002 d a b / lambda).
    return math.sqrt(0.002 * d * (from_tx - line) * max(from_rx + line, 0.0))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def half_way(ce: float, d: float, htg: float, hrg: float) -> float:
    """Return the diffraction parameter, times sqrt(wavelength), of the mean ground half-way between two samples."""
    return (125.0 * ce * d * d - 0.5 * (htg + hrg)) * math.sqrt(0.008 / d)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _nearest_on_ray(
    side: Floats,
    s: int,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    size: int,
    m: int,
    step: float,
    line: float,
    d: float,
    y_end: float,
    measure: float,
    place: float,
) -> tuple[float, float]:
    """Return the least c^2 / (x (d - x)) of a line of sight over samples 1..m, or what was known, and its place.

    Without a hull (size 0) the receiver's side is not used to narrow the search.
    """
    below_tx, below_rx = line - side[s, STEEPEST, m], 0.0
    x = side[s, PLACE, m]
    c = below_tx * x
    value = c * c / (x * (d - x))
    if value < measure:
        measure, place = value, x
    if size > 0:
        x, y = tangent(side, s, size, d, y_end)
        c = line * x - y
        below_rx = c / (d - x)
        value = c * below_rx / x
        if value < measure:
            measure, place = value, x
    first, last = window(measure, below_tx, below_rx, step, d, m)
    return nearest_to_line(side, s, x32, y32, scratch, bits, step, line, d, first, last, measure, place)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def horizons(
    side: Floats,
    size: int,
    m: int,
    ce: float,
    mine: Floats,
    per_gap: Floats,
    n: int,
    own: int,
    hts: float,
    d: float,
    y_end: float,
) -> tuple[float, float, float, float]:
    """Return both horizon slopes and distances over bare ground, P.1812 attachment 1, (76)-(83).

    Returns
    -------
    from_tx, from_rx : float
        Slopes toward the horizons, m/km, before the arc tangent.
    to_tx_horizon, to_rx_horizon : float
        Distances, km; both 0 on a line of sight, where `line_horizon` finds them.
    """
    from_tx, dlt = side[BARE, STEEPEST, m], side[BARE, PLACE, m]
    bend = 500.0 * ce
    for k in range(own - 1, -1, -1):  # the first of equals from the transmitter counts
        slope = (mine[OWN_GROUND, n, k] - hts) * mine[OWN_PER_X, n, k] - bend * mine[OWN_X, n, k]
        if slope > from_tx:
            from_tx, dlt = slope, mine[OWN_X, n, k]
    line = y_end / d
    if not from_tx > line:
        return line, -line - 2.0 * bend * d, 0.0, 0.0
    from_rx, dlr = -np.inf, 0.0
    for k in range(own):
        x = mine[OWN_X, n, k]
        slope = (mine[OWN_GROUND, n, k] - bend * x * x - hts - y_end) * per_gap[k]
        if slope > from_rx:
            from_rx, dlr = slope, d - x
    if m > 0:
        x, y = tangent(side, BARE, size, d, y_end)
        slope = (y - y_end) / (d - x)
        if slope > from_rx:
            from_rx, dlr = slope, d - x
    return from_tx, from_rx - 2.0 * bend * d, dlt, dlr


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def line_horizon(
    side: Floats,
    x32: Floats,
    y32: Floats,
    scratch: Floats,
    bits: Ints,
    m: int,
    step: float,
    ce: float,
    mine: Floats,
    per_gap: Floats,
    n: int,
    own: int,
    hts: float,
    d: float,
    y_end: float,
) -> float:
    """Return the distance of the Bullington point of a line of sight over bare ground, km, (83a)."""
    line = y_end / d
    measure, dlt = np.inf, 0.5 * d
    for k in range(own):
        x = mine[OWN_X, n, k]
        c = line * x - (mine[OWN_GROUND, n, k] - 500.0 * ce * x * x - hts)
        value = c * c * mine[OWN_PER_X, n, k] * per_gap[k]
        if value < measure:
            measure, dlt = value, x
    if m > 0:
        _, dlt = _nearest_on_ray(side, BARE, x32, y32, scratch, bits, 0, m, step, line, d, y_end, measure, dlt)
    return dlt


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def smooth_earth(
    v1: Floats,
    v2: Floats,
    levels: Floats,
    side: Floats,
    size: int,
    m: int,
    step: float,
    mine: Floats,
    per_gap: Floats,
    n: int,
    own: int,
    hts: float,
    d: float,
    ground_end: float,
    hrs: float,
) -> tuple[float, float, float, float]:
    """Return the smooth-Earth heights hst, hsr and hstd, hsrd, P.1812 (85)-(91)."""
    s1, s2 = v1[m], v2[m]
    x0, h0 = m * step, levels[0, m]
    for k in range(own, -1, -1):
        x, h = (mine[OWN_X, n, k - 1], mine[OWN_GROUND, n, k - 1]) if k > 0 else (d, ground_end)
        s1 += (x - x0) * (h + h0)
        s2 += (x - x0) * (h * (2.0 * x + x0) + h0 * (x + 2.0 * x0))
        x0, h0 = x, h
    per_d = 1.0 / d
    hst = (2.0 * s1 - s2 * per_d) * per_d
    hsr = (s2 * per_d - s1) * per_d
    end = hrs - hts
    line = end * per_d
    from_tx = side[FLAT, STEEPEST, m]
    for k in range(own):
        from_tx = max(from_tx, (mine[OWN_GROUND, n, k] - hts) * mine[OWN_PER_X, n, k])
    hstp, hsrp = hst, hsr
    if from_tx > line:  # hobs > 0: something stands above the line between the antennas, (89)
        tall, from_rx = -np.inf, -np.inf
        if m > 0:
            tall = tallest(side, FLAT, size, line)
            x, y = tangent(side, FLAT, size, d, end)
            from_rx = (y - end) / (d - x)
        for k in range(own):
            y = mine[OWN_GROUND, n, k] - hts
            tall = max(tall, y - line * mine[OWN_X, n, k])
            from_rx = max(from_rx, (y - end) * per_gap[k])
        at, ar = from_tx - line, from_rx + line
        share = tall / (at + ar)
        hstp -= at * share
        hsrp -= ar * share
    return hst, hsr, min(hstp, levels[0, 0]), min(hsrp, ground_end)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def roughness(
    levels: Floats,
    m: int,
    step: float,
    mine: Floats,
    n: int,
    own: int,
    d: float,
    dlt: float,
    dlr: float,
    hst: float,
    hsr: float,
) -> float:
    """Return the terrain roughness hm between the horizons, m, (93); hst and hsr as ducting has them."""
    slope = (hsr - hst) / d
    rough = -np.inf
    for i in range(math.ceil(dlt / step - 1e-6), min(m, int((d - dlr) / step + 1e-6)) + 1):
        rough = max(rough, levels[0, i] - hst - slope * (i * step))
    for k in range(own):
        if mine[OWN_X, n, k] > dlt - 1e-6 and mine[OWN_X, n, k] < d - dlr + 1e-6:
            rough = max(rough, mine[OWN_GROUND, n, k] - hst - slope * mine[OWN_X, n, k])
    return rough
