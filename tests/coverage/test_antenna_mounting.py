"""Tilt: electrical lowers the beam everywhere, mechanical turns the antenna."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.antennas import CATALOGUE, Mounted, Omni, Pattern, Sector, mounted, rotated
from phusong.errors import ModelError

AZIMUTHS = st.floats(-180, 180)
ELEVATIONS = st.floats(-89, 89)
TILTS = st.floats(-20, 20)
DISC = Omni(elevation_beamwidth_deg=10.0)


def beam_deg(antenna: Mounted | Pattern, azimuth_deg: float) -> float:
    """Return the elevation at which an antenna radiates most in an azimuth."""
    elevation = np.arange(-30.0, 30.0, 0.01)
    return float(elevation[np.argmax(antenna.gain_db(azimuth_deg, elevation))])


@pytest.mark.parametrize("tilt_deg", [3.0, 8.0])
def test_electrical_tilt_is_a_cone_and_mechanical_a_plane(tilt_deg: float) -> None:
    for azimuth in (0.0, 60.0, 90.0, 180.0):
        assert beam_deg(DISC.tilted(tilt_deg), azimuth) == pytest.approx(-tilt_deg, abs=0.01)
        # The plane through the antenna: tan(elevation) = -tan(tilt) cos(azimuth).
        plane = -math.degrees(math.atan(math.tan(math.radians(tilt_deg)) * math.cos(math.radians(azimuth))))
        assert beam_deg(Mounted(DISC, tilt_deg), azimuth) == pytest.approx(plane, abs=0.06)


def test_at_the_back_the_beam_points_up() -> None:
    assert beam_deg(Mounted(DISC, 5.0), 180.0) == pytest.approx(5.0, abs=0.01)
    assert beam_deg(DISC.tilted(5.0), 180.0) == pytest.approx(-5.0, abs=0.01)


def test_a_sectors_back_lobe_rises_too() -> None:
    sector = Sector(front_to_back_db=40.0, azimuth_beamwidth_deg=120.0, side_lobe_db=10.0)
    assert beam_deg(sector, 180.0) == pytest.approx(0.0, abs=0.01)
    assert beam_deg(Mounted(sector, 6.0), 180.0) == pytest.approx(6.0, abs=0.01)


@given(azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS, tilt_deg=TILTS)
def test_rotation_keeps_angles_and_is_undone_by_its_opposite(
    azimuth_deg: float, elevation_deg: float, tilt_deg: float
) -> None:
    def arrow(azimuth: float, elevation: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        a, e = math.radians(azimuth), math.radians(elevation)
        return np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])

    turned = [float(angle) for angle in rotated(azimuth_deg, elevation_deg, tilt_deg=tilt_deg)]
    back = [float(angle) for angle in rotated(*turned, tilt_deg=-tilt_deg)]
    np.testing.assert_allclose(arrow(*back), arrow(azimuth_deg, elevation_deg), atol=1e-9)
    # Boresight, tilted: where the antenna looks, seen from the mast, is the origin of its own angles.
    bore = arrow(0.0, -tilt_deg)
    assert arrow(*turned)[0] == pytest.approx(float(bore @ arrow(azimuth_deg, elevation_deg)), abs=1e-12)
    assert arrow(*turned)[1] == pytest.approx(float(arrow(azimuth_deg, elevation_deg)[1]), abs=1e-12)


@given(azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS, tilt_deg=TILTS)
@settings(deadline=None)
def test_an_isotropic_antenna_does_not_mind(azimuth_deg: float, elevation_deg: float, tilt_deg: float) -> None:
    assert Mounted(Omni(), tilt_deg).gain_db(azimuth_deg, elevation_deg) == 0.0


@pytest.mark.parametrize("pattern", [CATALOGUE[name] for name in CATALOGUE], ids=list(CATALOGUE))
@given(azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS, tilt_deg=TILTS)
@settings(deadline=None, max_examples=25)
def test_tilted_patterns_wrap_and_are_symmetric(
    pattern: Pattern, azimuth_deg: float, elevation_deg: float, tilt_deg: float
) -> None:
    antenna = mounted(pattern, tilt_deg)
    gain = float(antenna.gain_db(azimuth_deg, elevation_deg))
    assert antenna.gain_db(azimuth_deg + 360.0, elevation_deg) == pytest.approx(gain, abs=1e-6)
    assert antenna.gain_db(-azimuth_deg, elevation_deg) == pytest.approx(gain, abs=1e-6)


def test_in_front_both_tilts_are_one() -> None:
    """On the boresight's own azimuth a mechanical and an electrical tilt cannot be told apart."""
    elevation = np.linspace(-40.0, 20.0, 61)
    np.testing.assert_allclose(
        Mounted(Sector(), 6.0).gain_db(0.0, elevation), Sector(tilt_deg=6.0).gain_db(0.0, elevation), atol=1e-9
    )


def test_no_tilt_is_the_pattern_itself() -> None:
    sector = Sector(tilt_deg=4.0)
    assert mounted(sector, 0.0) is sector
    assert mounted(sector, 2.0) == Mounted(sector, 2.0)


def test_float32_stays_float32() -> None:
    angles = np.linspace(-10.0, 10.0, 5, dtype=np.float32)
    assert Mounted(Sector(), 3.0).gain_db(angles[:, None], angles).dtype == np.float32


@pytest.mark.parametrize("tilt_deg", [90.0, -120.0, float("nan")])
def test_a_lying_antenna_is_refused(tilt_deg: float) -> None:
    with pytest.raises(ModelError, match="mechanical tilt must be within 90 deg"):
        Mounted(Sector(), tilt_deg)
