"""The sweep's hulls and sums, the audit's loops and the reference's formulas are three ways to one geometry."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage._kernels import fields as f
from phusong.coverage._kernels.zones import STATES, all_inland, fill_zones, path_zones
from phusong.coverage.propagation import PathProfile
from phusong.coverage.propagation.p526 import smooth_earth as reference_smooth_earth
from phusong.coverage.propagation.p1812_path import coast_distances_m, zone_lengths
from phusong.coverage.propagation.p1812_path import horizons as reference_horizons
from phusong.coverage.propagation.p1812_path import roughness as reference_roughness
from tests.engine_paths import Path, by_hulls, by_looking, paths

STEP: Final = 0.03
KEYS: Final = {
    name: getattr(f, name)
    for name in ("HTS", "HRS", "NU", "NU_B", "H1", "H2", "HTE", "HRE", "THETA_T", "THETA_R", "DLT", "DLR", "SPAN", "HM")
}


def _tied(path: Path) -> bool:
    """Tell whether two samples are the horizon, or the nearest to the line, alike: either may be taken."""
    x = STEP * np.arange(float(path.ground.size))
    d = x[-1]
    hts, hrs = path.ground[0] + path.antennas_m[0], path.ground[-1] + path.antennas_m[1]
    y = path.ground - 500.0 * path.bends[0] * x * x - hts
    y_end = hrs - 500.0 * path.bends[0] * d * d - hts
    x, y = x[1:-1], y[1:-1]
    rise, fall, line = y / x, (y - y_end) / (d - x), y_end / d
    nu = (y - line * x) / np.sqrt(x * (d - x))
    keys = (rise, fall) if rise.max() > line else (nu,)
    gaps = [np.diff(np.sort(each))[-1] for each in keys if each.size > 1]
    scale = float(np.abs(np.concatenate([rise, fall, [line]])).max())
    return bool(abs(rise.max() - line) < 1e-9 * scale or any(gap < 1e-5 * scale for gap in gaps))


@given(path=paths(), own=st.integers(0, 16))
@settings(max_examples=400, deadline=None)
def test_hulls_and_a_look_at_every_sample_are_one(path: Path, own: int) -> None:
    own = min(own, path.ground.size - 2)
    looked, hulled = by_looking(path), by_hulls(path, own)
    names = [name for name in KEYS if not (name in {"DLT", "DLR", "SPAN", "HM"} and _tied(path))]
    for name in names:
        assert hulled[KEYS[name]] == pytest.approx(looked[KEYS[name]], rel=1e-6, abs=1e-6), name


@given(path=paths(), own=st.integers(0, 16))
@settings(max_examples=300, deadline=None)
def test_hulls_are_the_reference(path: Path, own: int) -> None:
    """Horizons (76)-(83) and the smooth surfaces (85)-(93), as the scalar reference has them."""
    own = min(own, path.ground.size - 2)
    hulled = by_hulls(path, own)
    x = STEP * np.arange(float(path.ground.size))
    hts, hrs = float(hulled[f.HTS]), float(hulled[f.HRS])
    seen = reference_horizons(x, path.ground, hts_m=hts, hrs_m=hrs, earth_radius_km=1.0 / path.bends[0], f_ghz=0.9)
    angles = 1_000.0 * np.arctan(hulled[[f.THETA_T, f.THETA_R]] / 1_000.0)
    assert angles == pytest.approx([seen.theta_t, seen.theta_r], rel=1e-6, abs=1e-6)
    htg, hrg = path.antennas_m
    smooth = reference_smooth_earth(x, path.ground, hts_m=hts, hrs_m=hrs)
    assert hulled[[f.H1, f.H2]] == pytest.approx([hts - smooth.hstd, hrs - smooth.hsrd], rel=1e-6, abs=1e-6)
    if not _tied(path):
        assert hulled[[f.DLT, f.DLR]] == pytest.approx([seen.dlt, seen.dlr], abs=1e-9)
        rough = reference_roughness(x, path.ground, htg_m=htg, hrg_m=hrg, smooth=smooth, seen=seen)
        assert hulled[[f.HTE, f.HRE, f.HM]] == pytest.approx([rough.hte, rough.hre, rough.hm], rel=1e-6, abs=1e-6)


# --- radio-climatic zones

zones: Final = st.one_of(
    st.lists(st.sampled_from([1, 3, 4]), min_size=3, max_size=80),
    st.lists(st.tuples(st.sampled_from([1, 3, 4]), st.integers(1, 20)), min_size=1, max_size=8).map(
        lambda runs: [zone for zone, length in runs for _ in range(length)] + [runs[-1][0]] * 2
    ),
)


@given(zone=zones, own=st.integers(0, 8), gap=st.floats(0.05, 1.0))
@settings(max_examples=400, deadline=None)
def test_zones_are_the_references(zone: list[int], own: int, gap: float) -> None:
    """Whatever share of the samples is the receiver's own, and however far the ray's last lies before its first."""
    n = len(zone) - 1
    own = min(own, n - 1)
    m = n - 1 - own
    x = np.concatenate([STEP * np.arange(m + 1), STEP * (m + gap + np.arange(own + 1))])
    d = float(x[-1])
    z = np.array(zone, np.int8)
    states, state = np.empty((m + 2, STATES)), np.empty((1, STATES))
    fill_zones(z[: m + 1], m + 1, STEP, states)
    mine, own_zone = np.zeros((f.OWNS, 1, own + 1)), np.zeros(own + 1, np.int8)
    for k in range(own):
        mine[f.OWN_X, 0, k], own_zone[k] = x[n - 1 - k], z[n - 1 - k]
    geo = np.full((f.FIELDS, f.CHUNK), np.nan)
    geo[f.DISTANCE, 0] = d
    path_zones(geo, 0, states, state, z[: m + 1], m, STEP, mine, own_zone, own, zone[-1])
    lengths = zone_lengths(x, z)
    coasts = coast_distances_m(PathProfile(1_000.0 * x, np.zeros(n + 1), np.zeros(n + 1), z))
    found = geo[[f.OMEGA, f.DTM, f.DLM, f.DCT, f.DCR, f.RX_AT_SEA], 0]
    assert found[:3] == pytest.approx([*lengths], abs=1e-9)
    assert found[3:5] * 1_000.0 == pytest.approx(coasts, abs=1e-6)
    assert found[5] == (zone[-1] == 1)


def test_all_inland_is_what_inland_samples_mean() -> None:
    geo = np.full((f.FIELDS, f.CHUNK), np.nan)
    geo[f.DISTANCE] = 1.8
    all_inland(geo, 3)
    assert geo[[f.OMEGA, f.DTM, f.DLM, f.DCT, f.DCR, f.RX_AT_SEA], 3].tolist() == [0.0, 1.8, 1.8, 500.0, 500.0, 0.0]
    assert np.isnan(geo[f.OMEGA, 2])
