"""Antenna patterns."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.coverage.antennas import Antenna, Omni, Sector
from phusong.errors import ModelError

ANGLES = st.floats(-720, 720, allow_nan=False)
ELEVATIONS = st.floats(-90, 90)


@pytest.mark.parametrize("antenna", [Sector(tilt_deg=4.0), Omni(elevation_beamwidth_deg=10.0, tilt_deg=4.0), Omni()])
def test_boresight_is_0_db(antenna: Antenna) -> None:
    assert antenna.gain_db(0.0, -4.0) == 0.0


def test_half_power_points() -> None:
    sector = Sector(tilt_deg=6.0, azimuth_beamwidth_deg=65.0, elevation_beamwidth_deg=8.0)
    np.testing.assert_allclose(sector.gain_db([-32.5, 32.5, 0.0, 0.0], [-6.0, -6.0, -2.0, -10.0]), -3.0)


def test_back_lobe_is_front_to_back() -> None:
    sector = Sector(front_to_back_db=28.0)
    assert sector.gain_db(180.0, 0.0) == -28.0
    assert sector.gain_db(180.0, 60.0) == -28.0, "horizontal and vertical together are not deeper than Am"


def test_side_lobes_are_held_at_slav() -> None:
    assert Sector(side_lobe_db=20.0).gain_db(0.0, 80.0) == -20.0


@pytest.mark.parametrize("tilt_deg", [-2.0, 0.0, 3.0, 10.0])
def test_tilt_moves_the_peak_down(tilt_deg: float) -> None:
    elevation_deg = np.arange(-20.0, 20.5, 0.5)
    for antenna in (Sector(tilt_deg=tilt_deg), Omni(elevation_beamwidth_deg=10.0, tilt_deg=tilt_deg)):
        assert elevation_deg[np.argmax(antenna.gain_db(0.0, elevation_deg))] == -tilt_deg


def test_exact_pattern() -> None:
    """12 (phi / 70)^2 every 10 degrees off, TR 36.814 Table A.2.1.1-2."""
    expected = [-12 * (off / 70) ** 2 for off in range(0, 100, 10)] + [-25.0]
    np.testing.assert_allclose(Sector().gain_db([*range(0, 100, 10), 110], 0.0), expected)


@given(off_deg=ANGLES, elevation_deg=ELEVATIONS)
def test_wraps_is_symmetric_and_bounded(off_deg: float, elevation_deg: float) -> None:
    sector = Sector(tilt_deg=5.0)
    gain = sector.gain_db(off_deg, elevation_deg)
    assert -25.0 <= gain <= 0.0
    np.testing.assert_allclose(sector.gain_db(off_deg + 360.0, elevation_deg), gain, atol=1e-9)
    np.testing.assert_allclose(sector.gain_db(-off_deg, elevation_deg), gain, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("antenna", [Sector(tilt_deg=4.0), Omni(), Omni(elevation_beamwidth_deg=8.0)])
def test_keeps_dtype_and_broadcasts(antenna: Antenna, dtype: type[np.floating[Any]]) -> None:
    azimuth = np.linspace(-400.0, 400.0, 5, dtype=dtype)[:, None]
    elevation = np.linspace(-10.0, 2.0, 3, dtype=dtype)
    gain = antenna.gain_db(azimuth, elevation)
    assert gain.dtype == dtype
    assert gain.shape == (5, 3)


def test_whole_degrees_are_fine() -> None:
    np.testing.assert_array_equal(Sector().gain_db([0, 360, -360], 0), 0.0)


@pytest.mark.parametrize(
    ("keywords", "fault"),
    [
        ({"azimuth_beamwidth_deg": 0.0}, "azimuth_beamwidth_deg must be more than 0"),
        ({"elevation_beamwidth_deg": 400.0}, "elevation_beamwidth_deg must be more than 0 and at most 360"),
        ({"front_to_back_db": -25.0}, "front_to_back_db must be 0..100 dB"),
    ],
)
def test_senseless_patterns_are_refused(keywords: dict[str, float], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        Sector(**keywords)
