"""Panels: held against a sum over the elements, one wave at a time."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.antennas import ELEMENT, Panel, dft_beams_u, named
from phusong.errors import ModelError

AZIMUTHS = st.floats(-180, 180)
ELEVATIONS = st.floats(-90, 90)


def element_38901_db(azimuth_deg: float, elevation_deg: float) -> float:
    """Table 7.3-1, with theta from the zenith: theta'' = 90 - elevation."""
    vertical = -min(12 * (((90 - elevation_deg) - 90) / 65) ** 2, 30)
    horizontal = -min(12 * (azimuth_deg / 65) ** 2, 30)
    return -min(-(vertical + horizontal), 30)


def beam_power(panel: Panel, azimuth_deg: float, elevation_deg: float, u0: float, up_deg: float) -> tuple[float, float]:
    """Return the powers of columns and rows of one beam by adding up the elements' waves; 1 = all in phase."""
    u = math.cos(math.radians(elevation_deg)) * math.sin(math.radians(azimuth_deg))
    w, w0 = math.sin(math.radians(elevation_deg)), math.sin(math.radians(up_deg - panel.tilt_deg))
    turn = 2j * math.pi
    across = sum(cmath.exp(turn * panel.column_spacing_wl * n * (u - u0)) for n in range(panel.columns))
    above = sum(cmath.exp(turn * panel.row_spacing_wl * m * (w - w0)) for m in range(panel.rows))
    return abs(across / panel.columns) ** 2, abs(above / panel.rows) ** 2


def unnormalised_db(panel: Panel, azimuth_deg: float, elevation_deg: float) -> float:
    fill = 10 ** (-panel.fill_db / 10)
    best = max(
        math.log10((across + fill) / (1 + fill)) + math.log10((above + fill) / (1 + fill))
        for u0 in panel.beams_u
        for up in panel.beams_elevation_deg
        for across, above in [beam_power(panel, azimuth_deg, elevation_deg, u0, up)]
    )
    return element_38901_db(azimuth_deg, elevation_deg) + 10 * best


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "gain_db"),
    # -12 (az / 65)^2 - 12 (el / 65)^2, at most 30 dB
    [(0, 0, 0), (32.5, 0, -3), (0, -32.5, -3), (32.5, 32.5, -6), (65, 0, -12), (180, 0, -30), (60, 80, -28.4024)],
)
def test_element_of_tr_38901(azimuth_deg: float, elevation_deg: float, gain_db: float) -> None:
    assert ELEMENT.gain_db(azimuth_deg, elevation_deg) == pytest.approx(gain_db, abs=1e-4)


PANELS = [
    Panel(tilt_deg=4.0),
    Panel(tilt_deg=2.0, beams_elevation_deg=(-6.0, 0.0, 6.0)),
    Panel(columns=1, rows=10, row_spacing_wl=0.5, beams_u=(0.0,)),
    Panel(columns=4, rows=4, column_spacing_wl=0.7, row_spacing_wl=1.0, beams_u=(-0.3, 0.5), fill_db=60.0),
]


@pytest.mark.parametrize("panel", PANELS)
@given(azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS)
@settings(deadline=None, max_examples=60)
def test_the_strongest_beam_of_all_elements(panel: Panel, azimuth_deg: float, elevation_deg: float) -> None:
    above_peak_db = unnormalised_db(panel, azimuth_deg, elevation_deg) - float(
        panel.gain_db(azimuth_deg, elevation_deg)
    )
    peak_db = -float(panel.terms().array(np.array([90.0]))[0]) + float(panel._rows_db(np.array([90.0]))[0])  # type: ignore[misc]
    assert above_peak_db == pytest.approx(peak_db, abs=1e-6)


@pytest.mark.parametrize("panel", PANELS)
def test_the_peak_is_0_db(panel: Panel) -> None:
    azimuth = np.linspace(-90, 90, 1801)
    elevation = np.linspace(-30, 30, 1201)[:, None]
    gain = panel.gain_db(azimuth, elevation)
    assert -0.01 < gain.max() <= 0.0


def test_ssb_beams_of_a_64t64r_panel() -> None:
    """What data sheets state of such panels: 13 by 6.5 deg, and 60 deg of scanning to either side."""
    single = Panel(beams_u=(0.0,))
    fine = np.arange(-20.0, 20.0, 0.001)
    across = fine[single.gain_db(fine, 0.0) >= -3.0103]
    above = fine[single.gain_db(0.0, fine) >= -3.0103]
    assert np.ptp(across) == pytest.approx(13.0, abs=0.4)
    assert np.ptp(above) == pytest.approx(6.5, abs=0.2)
    beams = np.degrees(np.arcsin(Panel().beams_u))
    np.testing.assert_allclose(beams, [-61.04, -38.68, -22.02, -7.18, 7.18, 22.02, 38.68, 61.04], atol=0.01)


def test_beams_of_the_envelope() -> None:
    """Each beam peaks in its own direction less what the element takes; halfway two are equal, 3.9 dB down."""
    panel = Panel(fill_db=100.0)
    middle = math.degrees(math.asin(0.25))
    at_beam, halfway = (float(panel.gain_db(az, 0.0)) for az in (math.degrees(math.asin(0.375)), middle))
    elements = element_38901_db(middle, 0.0) - element_38901_db(math.degrees(math.asin(0.375)), 0.0)
    sinc2 = 20 * math.log10(1 / (8 * math.sin(math.pi / 16)))
    assert sinc2 == pytest.approx(-3.87, abs=0.01)
    assert halfway - at_beam - elements == pytest.approx(sinc2, abs=1e-6)


def test_back_of_the_envelope_is_the_elements_30_db() -> None:
    panel = Panel()
    front, back = panel.gain_db([7.0, 187.0], [0.0, 0.0])
    assert back - front == pytest.approx(-30.0 - element_38901_db(7.0, 0.0), abs=1e-6)


@given(azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS, tilt_deg=st.floats(0, 12))
@settings(deadline=None)
def test_envelope_is_symmetric_wraps_and_is_bounded(azimuth_deg: float, elevation_deg: float, tilt_deg: float) -> None:
    panel = Panel().tilted(round(tilt_deg, 1))
    gain = float(panel.gain_db(azimuth_deg, elevation_deg))
    assert -30.0 - 2 * 20.1 - 1.0 < gain <= 0.0
    assert panel.gain_db(-azimuth_deg, elevation_deg) == pytest.approx(gain, abs=1e-6)
    assert panel.gain_db(azimuth_deg + 720.0, elevation_deg) == pytest.approx(gain, abs=1e-6)


@pytest.mark.parametrize("tilt_deg", [0.0, 6.0, 12.0])
def test_tilt_lowers_the_beams(tilt_deg: float) -> None:
    elevation = np.arange(-20.0, 20.0, 0.05)
    panel = named("ssb-n78").tilted(tilt_deg)
    # The element looks to the horizon and draws the beam up by (6.5 / 65)^2 of the tilt.
    expected = -0.99 * tilt_deg
    assert elevation[np.argmax(panel.gain_db(7.18, elevation))] == pytest.approx(expected, abs=0.05)


def test_dft_beams_stay_in_front() -> None:
    assert dft_beams_u(1) == (0.0,)
    assert dft_beams_u(4, spacing_wl=0.3) == pytest.approx((-5 / 12 * 1.0, 5 / 12 * 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("keywords", "fault"),
    [
        ({"columns": 0}, "1..1024 columns and rows"),
        ({"row_spacing_wl": 1.5}, "at most 1 wavelength apart"),
        ({"beams_u": ()}, "beams_u are sines"),
        ({"beams_u": (1.2,)}, "beams_u are sines"),
        ({"fill_db": -3.0}, "fill_db must be 0..100 dB"),
    ],
)
def test_senseless_panels_are_refused(keywords: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        replace(Panel(), **keywords)


def test_unknown_name() -> None:
    with pytest.raises(ModelError, match="antenna 'ssb' is not known; known are 3gpp-sector"):
        named("ssb")
