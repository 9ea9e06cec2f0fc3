"""Ducting is left out only where it cannot lower the loss: the bound is exact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage._kernels import fields as f
from phusong.coverage._kernels.diffraction import diffraction
from phusong.coverage._kernels.p1812 import combine, ducts, need_ducts, prepare
from phusong.coverage.propagation.p526 import effective_earth_radius_km
from tests.engine_paths import Path, by_looking

Floats = NDArray[np.float64]

_MOST_LOG_BETA: Final = 1.67
"""beta0 of (5) at the equator, mu2 and mu3 at most 1."""


def _least_growth(d_km: float, p_percent: float) -> float:
    """Return the least growth of A(p), dB a decade that beta falls, from its greatest value to 1e-60 of it; (53)."""
    log_b = np.linspace(_MOST_LOG_BETA, -60.0, 20_001)
    decay = (9.51 - 4.8 * log_b + 0.198 * log_b**2) * 1e-6 * d_km**1.13
    gamma = 1.076 / (2.0058 - log_b) ** 1.012 * np.exp(-decay)
    ratio = math.log10(p_percent) - log_b
    loss = -12.0 + (1.2 + 3.7e-3 * d_km) * ratio + 12.0 * 10.0 ** (gamma * ratio)
    return float(np.diff(loss).min() / (log_b[0] - log_b[1]))


@pytest.mark.parametrize("p_percent", [1.0, 2.0, 5.0, 10.0, 30.0, 50.0])
def test_the_loss_a_duct_has_left_never_falls_with_beta(p_percent: float) -> None:
    """So leaving out the roughness, which only lowers beta, never overstates it. To 300 km, the engine's reach."""
    assert min(_least_growth(d, p_percent) for d in (0.001, 1.0, 5.0, *range(10, 301, 10))) > 0.5


def test_the_kernel_has_the_formula_that_was_looked_at() -> None:
    """`ducts` over a rougher and rougher path: beta falls by mu3 alone, and A(p) grows."""
    geo = np.ones((f.FIELDS, f.CHUNK))
    geo[f.DISTANCE], geo[f.SPAN], geo[f.B0], geo[f.TAU] = 60.0, 20.0, 0.5, 0.9
    geo[f.HTE] = geo[f.HRE] = 40.0
    geo[f.HM] = np.linspace(0.0, 400.0, f.CHUNK)
    ducts(geo, f.CHUNK, 9_000.0, 3.0)
    rough = geo[f.HM] > 10.0
    assert np.ptp(geo[f.AP, ~rough]) == 0.0
    assert (np.diff(geo[f.AP, rough]) > 0.0).all()
    assert geo[f.AP, -1] - geo[f.AP, 0] > 5.0


@dataclass(frozen=True)
class Link:
    """What all paths of a chunk share."""

    seed: int
    f_ghz: float
    p_percent: float
    delta_n: float
    latitude_deg: float
    vertical: bool
    at_sea: bool
    flat: bool

    @property
    def earths(self) -> tuple[float, float]:
        """Effective Earth radii, km, as `phusong.coverage.sweep` hands them on."""
        return effective_earth_radius_km(self.delta_n), 0.0 if self.p_percent >= 50.0 else 3.0 * 6_371.0


links: Final = st.builds(
    Link,
    seed=st.integers(0, 2**32 - 1),
    f_ghz=st.one_of(st.floats(0.03, 6.0), st.sampled_from([0.15, 0.7, 3.5])),
    p_percent=st.one_of(st.just(50.0), st.floats(1.0, 50.0)),
    delta_n=st.floats(30.0, 120.0),
    latitude_deg=st.floats(0.0, 70.0),
    vertical=st.booleans(),
    at_sea=st.booleans(),
    flat=st.booleans(),
)


def _chunk(link: Link) -> Floats:
    """Return the geometry of a chunk of random paths, everything known: flat delta and hills, 0.1 to 300 km."""
    rng = np.random.default_rng(link.seed)
    ae, ab = link.earths
    geo = np.ones((f.FIELDS, f.CHUNK))
    for k in range(f.CHUNK):
        n = int(rng.integers(3, 60))
        rough = 0.3 if link.flat else float(rng.choice([0.3, 5.0, 40.0]))
        ground = 5.0 + np.abs(rng.normal(0.0, 1.0, n).cumsum()) * rough
        tops = ground + rng.choice([0.0, 15.0], n) * rng.integers(2)
        tops[0], tops[-1] = ground[0], ground[-1]
        antennas = float(10.0 ** rng.uniform(0.0, 2.5)), float(rng.choice([1.5, 10.0, 60.0]))
        step = float(10.0 ** rng.uniform(-1.5, math.log10(300.0 / n)))
        geo[:, k] = by_looking(Path(ground, tops, antennas, (1.0 / ae, 1.0 / ab if ab else 0.0), step))
    d = geo[f.DISTANCE]
    geo[f.OMEGA] = rng.choice([0.0, 0.3, 0.75, 0.9, 1.0], f.CHUNK) if link.at_sea else 0.0
    geo[f.DTM] = d * (1.0 - geo[f.OMEGA])
    geo[f.DLM] = geo[f.DTM] * rng.choice([0.0, 0.5, 1.0], f.CHUNK)
    coast = rng.choice([0.0, 0.3, 3.0, 500.0], (2, f.CHUNK))
    geo[f.DCT], geo[f.DCR] = coast if link.at_sea else np.full((2, f.CHUNK), 500.0)
    geo[f.RX_AT_SEA] = geo[f.DCR] == 0.0
    return geo


def _losses(link: Link, *, ask: bool, answer: bool = True) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the losses of a chunk and its marks.

    Everything known from the start, or (`ask`) first nothing of roughness nor of the horizons of a clear path, and
    then what is marked (unless `answer` says no): as the sweep does it.
    """
    full = _chunk(link)
    known = full[[f.HM, f.DLT, f.DLR]].copy()
    clear = np.abs(full[f.SPAN] - full[f.DISTANCE]) < 1e-9
    geo = full
    if ask:
        geo[f.HM] = -1.0
        geo[f.DLT, clear] = geo[f.DLR, clear] = geo[f.HORIZON, clear] = 0.0
        geo[f.SPAN, clear] = geo[f.DISTANCE, clear]
    smooth, diff = np.ones((2 * f.SMOOTHS, f.CHUNK)), np.ones((2, f.CHUNK))
    ae, ab = link.earths
    air: dict[str, Any] = {"time_share": link.p_percent}
    prepare(
        geo, smooth, f.CHUNK, ae, ab, 10.0 ** (-0.015 * link.latitude_deg + 1.67), -0.935 + 0.0176 * link.latitude_deg
    )
    ducts(geo, f.CHUNK, ae, **air)
    geo[f.NEED] = 0.0
    diffraction(geo, smooth, diff, f.CHUNK, 0, link.f_ghz, vertical=link.vertical, at_sea=link.at_sea, **air)
    need_ducts(geo, diff, f.CHUNK, 0, link.f_ghz, ae=ae, at_sea=link.at_sea, **air)
    marks = geo[f.NEED] > 0.0
    if ask and answer:
        geo[f.HM, marks], geo[f.DLT, marks], geo[f.DLR, marks] = known[:, marks]
        geo[f.HORIZON, marks] = 1.0
        ducts(geo, f.CHUNK, ae, **air)
    combine(geo, diff, f.CHUNK, 0, link.f_ghz, n0=370.0, ae=ae, at_sea=link.at_sea, location_db=0.0, **air)
    return geo[f.LOSS].copy(), marks


@given(link=links)
@settings(max_examples=60, deadline=None)
def test_losses_with_ducting_asked_for_only_where_marked_are_those_with_it_everywhere(link: Link) -> None:
    everywhere, _ = _losses(link, ask=False)
    where_marked, _ = _losses(link, ask=True)
    assert not np.isnan(everywhere).any()
    np.testing.assert_allclose(where_marked, everywhere, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("at_sea", [False, True])
def test_the_marks_decide_something(at_sea: bool) -> None:  # noqa: FBT001
    """At 1 % of time some paths need ducting looked at and some do not; where it is not, losses are wrong."""
    link = Link(7, 0.9, 1.0, 50.0, 11.0, vertical=True, at_sea=at_sea, flat=False)
    everywhere, _ = _losses(link, ask=False)
    unanswered, marks = _losses(link, ask=True, answer=False)
    assert 20 < marks.sum() < f.CHUNK - 20
    wrong = np.abs(unanswered - everywhere)
    assert wrong[~marks].max() < 1e-6
    assert wrong[marks].max() > 1.0
