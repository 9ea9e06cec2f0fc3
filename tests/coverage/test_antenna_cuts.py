"""Cuts: what a product's two cuts say, and what is made of them in between."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.antennas import INTERPOLATIONS, Cuts, Interpolation, Mounted, Sector
from phusong.errors import ModelError

AZIMUTHS = st.floats(-180, 180)
ELEVATIONS = st.floats(-90, 90)
WHOLE = np.arange(360.0)


def losses(beamwidth_deg: float, at_most_db: float, *, toward_deg: float = 0.0) -> tuple[float, ...]:
    off = (WHOLE - toward_deg + 180.0) % 360.0 - 180.0
    return tuple(np.minimum(12.0 * (off / beamwidth_deg) ** 2, at_most_db).tolist())


def product(tilt_deg: float = 0.0, **fields: Any) -> Cuts:
    """Return an antenna whose horizontal cut is 65 deg wide, its vertical 8 deg; 20 dB side lobes, 28 dB behind."""
    turn = tuple(WHOLE.tolist())
    vertical = np.where((WHOLE > 90) & (WHOLE < 270), 28.0, losses(8.0, 20.0, toward_deg=tilt_deg))
    return Cuts(turn, losses(65.0, 28.0), turn, tuple(vertical.tolist()), **fields)


def interp(angles: tuple[float, ...], values: tuple[float, ...], at_deg: float) -> float:
    """Return a cut's gain by looking for the two angles beside, one degree apart."""
    at = at_deg % 360.0
    low = math.floor(at)
    share = at - low
    assert angles[low % 360] == low % 360
    return float(-(values[low % 360] * (1 - share) + values[(low + 1) % 360] * share))


def twin(cuts: Cuts, azimuth_deg: float, elevation_deg: float) -> float:
    """Return the gain by the formulas of `Cuts`, one number at a time."""

    def h(azimuth: float) -> float:
        return interp(cuts.horizontal_deg, cuts.horizontal_db, azimuth)

    def v(elevation: float) -> float:
        return interp(cuts.vertical_deg, cuts.vertical_db, -elevation)

    if cuts.interpolation == "projection":
        w = abs(azimuth_deg) / 180
        gain = h(azimuth_deg) - (1 - w) * (h(0) - v(elevation_deg)) - w * (h(180) - v(180 - elevation_deg))
        return min(gain, 0.0)
    gh = h(azimuth_deg) + min(cuts.horizontal_db)
    if cuts.interpolation == "horizontal":
        return gh
    gv = v(elevation_deg)
    hor, vert = 10 ** (gh / 10), 10 ** (gv / 10)
    w1, w2 = vert * (1 - hor), hor * (1 - vert)
    cross = (gh * w1 + gv * w2) / math.hypot(w1, w2) if w1 or w2 else 0.0
    w3: float = {"summing": 1.0, "weighted": 0.0, "hybrid": (hor * vert) ** (1 / 3.5)}[cuts.interpolation]
    return (gh + gv) * w3 + cross * (1 - w3)


@st.composite
def any_cuts(draw: st.DrawFn) -> Cuts:
    """Draw an antenna of ragged cuts."""
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    turn = tuple(WHOLE.tolist())
    ragged = [tuple(rng.uniform(0.0, 40.0, 360).round(1).tolist()) for _ in range(2)]
    return Cuts(turn, ragged[0], turn, ragged[1], interpolation=draw(st.sampled_from(INTERPOLATIONS)))


@given(cuts=any_cuts(), azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS)
@settings(deadline=None)
def test_every_direction_by_the_formulas(cuts: Cuts, azimuth_deg: float, elevation_deg: float) -> None:
    found = float(cuts.gain_db(azimuth_deg, elevation_deg))
    assert found == pytest.approx(twin(cuts, azimuth_deg, elevation_deg), abs=1e-6)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_main_lobe_and_horizontal_cut(interpolation: Interpolation) -> None:
    cuts = product(interpolation=interpolation)
    assert cuts.gain_db(0.0, 0.0) == 0.0
    np.testing.assert_allclose(cuts.gain_db(WHOLE, 0.0), -np.array(losses(65.0, 28.0)), atol=1e-9)


@pytest.mark.parametrize("interpolation", ["projection", "summing", "weighted", "hybrid"])
def test_vertical_cut_in_front(interpolation: Interpolation) -> None:
    cuts = product(interpolation=interpolation)
    elevation = np.arange(-90.0, 91.0)
    expected = [-cuts.vertical_db[int(-e) % 360] for e in elevation]
    np.testing.assert_allclose(cuts.gain_db(0.0, elevation), expected, atol=1e-9)


def test_projection_keeps_the_back_half_of_the_vertical_cut() -> None:
    """Behind the antenna the vertical cut goes on from 90 to 270: 150 there is 30 below the horizon behind."""
    ragged = tuple((20.0 + 10.0 * np.sin(np.radians(3.0 * WHOLE)) * (WHOLE > 90)).tolist())
    cuts = replace(product(), vertical_db=ragged)
    for below in (0.0, 10.0, 30.0, 60.0):
        assert cuts.gain_db(180.0, -below) == pytest.approx(-ragged[int(180 - below)], abs=1e-9)
        assert cuts.gain_db(180.0, below) == pytest.approx(-ragged[int(180 + below)], abs=1e-9)


def test_summing_is_exact_for_a_product() -> None:
    """3GPP's sector is a product until its floor of 25 dB."""
    sector = Sector(azimuth_beamwidth_deg=65.0, elevation_beamwidth_deg=8.0, front_to_back_db=28.0)
    azimuth, elevation = np.arange(-90.0, 91.0), np.arange(-8.0, 9.0)[:, None]
    exact = sector.gain_db(azimuth, elevation)
    found = product(interpolation="summing").gain_db(azimuth, elevation)
    np.testing.assert_allclose(found[exact > -28.0], exact[exact > -28.0], atol=1e-9)


def test_a_tilt_in_both_cuts_counts_once() -> None:
    """The horizontal cut of a tilted antenna, taken at the horizon, begins below its peak; V holds that already."""
    turn = tuple(WHOLE.tolist())
    down_db = losses(8.0, 20.0, toward_deg=4.0)[0]
    raised = tuple(min(loss + down_db, 28.0) for loss in losses(65.0, 28.0))
    cuts = Cuts(turn, raised, turn, losses(8.0, 20.0, toward_deg=4.0))
    assert cuts.gain_db(0.0, -4.0) == pytest.approx(0.0)
    assert replace(cuts, interpolation="summing").gain_db(0.0, -4.0) == pytest.approx(0.0)


# --- tilt ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interpolation", ["projection", "summing", "weighted", "hybrid"])
@pytest.mark.parametrize("own", [0.0, 6.0])
def test_electrical_tilt_counts_from_the_cuts_own(interpolation: Interpolation, own: float) -> None:
    cuts = product(own, interpolation=interpolation)
    assert cuts.pointing_deg == own
    elevation = np.arange(-20.0, 20.0, 0.5)
    assert elevation[np.argmax(cuts.gain_db(0.0, elevation))] == -own
    for tilt in (0.0, 2.5, 9.0):
        tilted = cuts.tilted(tilt)
        assert elevation[np.argmax(tilted.gain_db(0.0, elevation))] == -tilt
        assert tilted.electrical_tilt_deg == tilt


def test_electrical_tilt_lowers_the_back_and_mechanical_raises_it() -> None:
    turn = tuple(WHOLE.tolist())
    back = np.minimum(losses(8.0, 20.0), 15.0 + np.array(losses(8.0, 20.0, toward_deg=180.0)))
    cuts = Cuts(turn, losses(65.0, 15.0), turn, tuple(back.tolist()))
    elevation = np.arange(-20.0, 20.0, 0.5)
    assert elevation[np.argmax(cuts.tilted(5.0).gain_db(180.0, elevation))] == -5.0
    assert elevation[np.argmax(Mounted(cuts, 5.0).gain_db(180.0, elevation))] == 5.0


def test_a_stated_tilt_goes_before_the_measured_one() -> None:
    cuts = product(6.0, own_tilt_deg=5.0)
    assert (cuts.electrical_tilt_deg, cuts.pointing_deg) == (5.0, 6.0)
    assert cuts.tilted(5.0).gain_db(0.0, -6.0) == 0.0


def test_round_antennas() -> None:
    assert not product().is_round
    assert replace(product(), horizontal_db=losses(65.0, 3.0)).is_round


@given(cuts=any_cuts(), azimuth_deg=AZIMUTHS, elevation_deg=ELEVATIONS, turn=st.integers(-2, 2))
@settings(deadline=None)
def test_wraps(cuts: Cuts, azimuth_deg: float, elevation_deg: float, turn: int) -> None:
    gain = float(cuts.gain_db(azimuth_deg, elevation_deg))
    assert cuts.gain_db(azimuth_deg + 360.0 * turn, elevation_deg) == pytest.approx(gain, abs=1e-6)


def test_across_north() -> None:
    """Between 359 and 0 deg a cut is as linear as elsewhere."""
    cuts = Cuts((0.0, 90.0, 180.0, 359.0), (0.0, 10.0, 20.0, 4.0), (0.0, 90.0, 180.0, 270.0), (0.0,) * 4)
    cuts = replace(cuts, interpolation="horizontal")
    assert cuts.gain_db(-0.5, 0.0) == pytest.approx(-2.0)
    assert cuts.gain_db(359.75, 0.0) == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"interpolation": "linear"}, "interpolation must be one of"),
        ({"horizontal_db": (0.0, 1.0)}, "needs as many losses as angles, not 2 and 360"),
        ({"vertical_deg": (0.0, 0.0), "vertical_db": (0.0, 1.0)}, "vertical cut must ascend within one turn"),
        ({"vertical_deg": (0.0, 360.0), "vertical_db": (0.0, 0.0)}, "vertical cut must ascend within one turn"),
        ({"vertical_deg": (0.0,), "vertical_db": (-1.0,)}, "losses of the vertical cut must be 0 dB or more"),
        ({"vertical_deg": (0.0,), "vertical_db": (math.nan,)}, "losses of the vertical cut must be 0 dB or more"),
        ({"vertical_deg": (), "vertical_db": ()}, "needs as many losses as angles"),
    ],
)
def test_senseless_cuts_are_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        replace(product(), **fields)


def test_all_interpolations_are_listed() -> None:
    assert get_args(Interpolation) == INTERPOLATIONS
