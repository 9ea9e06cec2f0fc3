"""One path at a time through the kernels' geometry, as the sweep finds it and as ``exact=True`` does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage._kernels import fields as f
from phusong.coverage._kernels.geometry import (
    bullington,
    fill,
    fill_sums,
    grow,
    horizons,
    line_horizon,
    roughness,
    smooth_earth,
)
from phusong.coverage._kernels.point import LANES, geometry_of

__all__ = ["Path", "by_hulls", "by_looking", "paths"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """A profile in equal steps.

    Parameters
    ----------
    ground, tops : arrays, shape (n,)
        Bare ground and ground with clutter, m; at the ends they are one.
    antennas_m : tuple of float
        Above ground, transmitter and receiver.
    bends : tuple of float
        Curvature of the Earth, median and for beta0 % of time, 1/km.
    step_km : float
    """

    ground: Floats
    tops: Floats
    antennas_m: tuple[float, float]
    bends: tuple[float, float]
    step_km: float = 0.03


@st.composite
def paths(draw: st.DrawFn) -> Path:
    """Return paths of 3 to 200 samples over flat, rolling, rough or terraced ground."""
    n = draw(st.integers(3, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rough = draw(st.sampled_from([0.0, 0.1, 3.0, 40.0]))
    ground = 100.0 + rng.normal(0.0, 1.0, n).cumsum() * rough
    if draw(st.booleans()):
        ground = np.floor(ground / 10.0) * 10.0
    tops = ground + rng.choice([0.0, 15.0], n) * draw(st.sampled_from([0.0, 1.0]))
    tops[0], tops[-1] = ground[0], ground[-1]
    heights = st.floats(1.0, 300.0)
    earth = 157.0 / (157.0 - draw(st.floats(0.0, 120.0))) * 6_371.0
    return Path(ground, tops, (draw(heights), draw(heights)), (1.0 / earth, 1.0 / (3.0 * 6_371.0)))


def by_looking(path: Path) -> Floats:
    """Return the path's geometry as `exact=True` finds it: every sample looked at."""
    n = path.ground.size - 1
    geo = np.full((f.FIELDS, f.CHUNK), np.nan)
    y32, scratch = np.zeros((1, n + 4), np.float32), np.zeros(n + 4, np.float32)
    geometry_of(
        geo, 0, path.ground, path.tops, n, path.step_km, *path.antennas_m, *path.bends, np.empty(n + 4),
        np.empty(n + 4), 1.0 / np.maximum(np.arange(n + 4), 1), np.zeros(n + 4, np.float32), y32, scratch,
        scratch.view(np.int32), np.empty(LANES),
    )  # fmt: skip
    return geo[:, 0]


def by_hulls(path: Path, own: int) -> Floats:
    """Return the same as the sweep finds it: `own` samples before the receiver its own, the others the ray's."""
    n, step = path.ground.size - 1, path.step_km
    m = n - 1 - own
    d = n * step
    ground_end = float(path.ground[-1])
    hts, hrs = float(path.ground[0]) + path.antennas_m[0], ground_end + path.antennas_m[1]
    levels = np.ascontiguousarray([path.ground, path.tops])
    v1, v2 = np.empty(n + 1), np.empty(n + 1)
    side, y32 = np.zeros((f.SURFACES, f.SIDE, n + 1)), np.zeros((f.SURFACES, n + 1), np.float32)
    x32, scratch = np.zeros(n + 1, np.float32), np.zeros(n + 1, np.float32)
    bits = scratch.view(np.int32)
    mine, per_gap = np.empty((f.OWNS, 1, own)), 1.0 / (step * np.arange(1, own + 1))
    for k in range(own):  # the nearest to the receiver first
        x = d - (k + 1) * step
        mine[:, 0, k] = x, 1.0 / x, path.ground[n - 1 - k], path.tops[n - 1 - k]
    ce, ce_b = path.bends
    sizes = []
    for s, bend in ((f.BARE, ce), (f.FLAT, 0.0), (f.TOPS, ce), (f.TOPS_B, ce_b)):
        fill(side, s, x32, y32, levels, m, step, bend, hts)
        sizes.append(grow(side, s, 0, 1, m, step))
    fill_sums(levels, m, step, v1, v2)
    geo = np.full(f.FIELDS, np.nan)
    geo[f.HTS], geo[f.HRS] = hts, hrs
    search = (scratch, bits)
    for field, s, bend in ((f.NU, f.TOPS, ce), (f.NU_B, f.TOPS_B, ce_b)):
        y_end = hrs - 500.0 * bend * d * d - hts
        geo[field] = bullington(
            side, s, x32, y32, *search, sizes[s], m, step, bend, mine, per_gap, 0, own, hts, d, y_end
        )  # fmt: skip
    y_end = hrs - 500.0 * ce * d * d - hts
    tx, rx, dlt, dlr = horizons(side, sizes[f.BARE], m, ce, mine, per_gap, 0, own, hts, d, y_end)
    if dlr == 0.0:
        dlt = line_horizon(side, x32, y32, *search, m, step, ce, mine, per_gap, 0, own, hts, d, y_end)
        dlr = d - dlt
    hst, hsr, hstd, hsrd = smooth_earth(
        v1, v2, levels, side, sizes[f.FLAT], m, step, mine, per_gap, 0, own, hts, d, ground_end, hrs
    )
    hst, hsr = min(hst, float(path.ground[0])), min(hsr, ground_end)
    geo[f.H1], geo[f.H2], geo[f.HTE], geo[f.HRE] = hts - hstd, hrs - hsrd, hts - hst, hrs - hsr
    geo[f.THETA_T], geo[f.THETA_R], geo[f.DLT], geo[f.DLR], geo[f.SPAN] = tx, rx, dlt, dlr, dlt + dlr
    geo[f.HM] = roughness(levels, m, step, mine, 0, own, d, dlt, dlr, hst, hsr)
    return geo
