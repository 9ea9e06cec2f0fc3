"""Tables for compiled loops: as the pattern itself, to a hundredth of a dB or two."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.coverage.antennas import CATALOGUE, INTERPOLATIONS, Cuts, Omni, Pattern, mounted, tabulate
from phusong.coverage.antennas._kernel import gain_at, gain_toward
from phusong.gis.sites.antennas import NAMED_ANTENNAS

MOST_DB = 0.05


def real_cuts(**fields: Any) -> Cuts:
    """Return cuts as makers write them: whole degrees, tenths of a dB, side lobes and nulls 45 dB deep."""
    turn = np.arange(360.0)
    off = (turn + 180.0) % 360.0 - 180.0
    down = (turn - 4.0 + 180.0) % 360.0 - 180.0
    horizontal = np.minimum(12.0 * (off / 65.0) ** 2, 30.0 + 4.0 * np.sin(turn / 5.0))
    lobes = np.sinc(down / 7.5) ** 2 * np.cos(np.radians(down / 2.0)) ** 4
    vertical = np.minimum(-10.0 * np.log10(lobes + 1e-5), 45.0 + 3.0 * np.sin(turn))
    angles = tuple(turn.tolist())
    return Cuts(angles, tuple(horizontal.round(1).tolist()), angles, tuple(vertical.round(1).tolist()), **fields)


PATTERNS: dict[str, Pattern] = {
    **CATALOGUE,
    **{f"cuts, {way}": real_cuts(interpolation=way) for way in INTERPOLATIONS},
    "isotropic": Omni(),
}


def dense(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return random directions: half of them anywhere on the sphere, half within 30 deg of the horizon."""
    rng = np.random.default_rng(seed)
    sphere = np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, 50_000)))
    elevation = np.concatenate([sphere, rng.uniform(-30.0, 30.0, 50_000)])
    return rng.uniform(-540.0, 540.0, 100_000).astype(np.float32), elevation.astype(np.float32)


@pytest.mark.parametrize("mechanical_deg", [0.0, 3.3])
@pytest.mark.parametrize("tilt_deg", [0.0, 2.37, 9.0])
@pytest.mark.parametrize("name", list(PATTERNS))
def test_table_error_on_dense_random_directions(name: str, tilt_deg: float, mechanical_deg: float) -> None:
    antenna = mounted(PATTERNS[name].tilted(tilt_deg), mechanical_deg)
    azimuth, elevation = dense(7)
    exact = antenna.gain_db(azimuth.astype(float), elevation.astype(float))
    np.testing.assert_allclose(tabulate(antenna).gain_db(azimuth, elevation), exact, atol=MOST_DB)


@given(
    name=st.sampled_from(list(PATTERNS)),
    tilt_deg=st.floats(-10, 20).map(lambda tilt: round(tilt, 2)),
    mechanical_deg=st.floats(-10, 20).map(lambda tilt: round(tilt, 1)),
    seed=st.integers(0, 10_000),
)
@settings(deadline=None, max_examples=30)
def test_table_error_at_any_tilt(name: str, tilt_deg: float, mechanical_deg: float, seed: int) -> None:
    antenna = mounted(PATTERNS[name].tilted(tilt_deg), mechanical_deg)
    azimuth, elevation = (angles[::20] for angles in dense(seed))
    exact = antenna.gain_db(azimuth.astype(float), elevation.astype(float))
    found = tabulate(antenna).gain_db(azimuth, elevation)
    np.testing.assert_allclose(found, exact, atol=MOST_DB)
    assert found.max() <= 0.0


@given(
    name=st.sampled_from(list(PATTERNS)),
    azimuth_deg=st.floats(-180, 180),
    elevation_deg=st.floats(-90, 90),
    mechanical_deg=st.sampled_from([0.0, 4.0]),
    distance_m=st.floats(1.0, 1e5),
)
@settings(deadline=None)
def test_a_direction_by_its_angles_and_by_its_vector(
    name: str, azimuth_deg: float, elevation_deg: float, mechanical_deg: float, distance_m: float
) -> None:
    table = tabulate(mounted(PATTERNS[name], mechanical_deg))
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    ahead, right, up = math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)
    by_vector = gain_toward(ahead * distance_m, right * distance_m, up * distance_m, *table.arrays)
    if abs(elevation_deg) < 89.9:  # straight up and down every azimuth is the same direction
        assert by_vector == pytest.approx(gain_at(azimuth_deg, elevation_deg, *table.arrays), abs=0.02)


def test_turned_and_turned_again_is_the_same_direction() -> None:
    azimuth = np.linspace(-180.0, 180.0, 721)
    for name, pattern in PATTERNS.items():
        table = tabulate(mounted(pattern, 2.0))
        np.testing.assert_allclose(table.gain_db(azimuth + 720.0, -3.0), table.gain_db(azimuth, -3.0), err_msg=name)


@pytest.mark.parametrize("name", ["3gpp-sector", "ssb-n78", "cuts, hybrid"])
def test_the_compiled_loop_is_its_plain_twin(name: str) -> None:
    for mechanical_deg in (0.0, 5.0):
        arrays = tabulate(mounted(PATTERNS[name], mechanical_deg)).arrays
        for azimuth, elevation in ((0.0, 0.0), (359.99, -4.0), (-77.7, 12.3), (180.0, -90.0)):
            plain = gain_at.py_func(azimuth, elevation, *arrays)
            assert gain_at(azimuth, elevation, *arrays) == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize(
    ("azimuth", "elevation"), [(math.nan, 0.0), (0.0, math.nan), (math.inf, 0.0), (0.0, -math.inf)]
)
@pytest.mark.parametrize("mechanical_deg", [0.0, 5.0])
@pytest.mark.parametrize("name", list(CATALOGUE))
def test_no_number_has_no_gain(name: str, mechanical_deg: float, azimuth: float, elevation: float) -> None:
    table = tabulate(mounted(CATALOGUE[name], mechanical_deg))
    assert np.isnan(table.gain_db(azimuth, elevation))
    assert math.isnan(gain_toward(math.nan, 0.0, 0.0, *table.arrays))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_dtype_and_broadcasts(dtype: type[np.floating[Any]]) -> None:
    table = tabulate(CATALOGUE["3gpp-sector"])
    gain = table.gain_db(np.zeros((5, 1), dtype), np.zeros(3, dtype))
    assert gain.dtype == dtype
    assert gain.shape == (5, 3)
    assert table.gain_db(np.zeros(0, dtype), np.zeros(0, dtype)).shape == (0,)


def test_equal_antennas_share_their_tables_which_nobody_may_change() -> None:
    table = tabulate(CATALOGUE["3gpp-sector"].tilted(4.0))
    assert tabulate(pickle.loads(pickle.dumps(CATALOGUE["3gpp-sector"].tilted(4.0)))) is table  # noqa: S301
    for array in table.arrays:
        assert not array.flags.writeable
    assert all(array.dtype == np.float32 for array in table.arrays[:3])


def test_the_names_of_the_tables_are_those_of_the_catalogue() -> None:
    assert tuple(CATALOGUE) == NAMED_ANTENNAS
