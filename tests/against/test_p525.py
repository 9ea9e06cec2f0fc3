"""Free space against Recommendation ITU-R P.525-4."""

import math

import numpy as np
import pytest

from phusong.coverage.propagation import Environment, Paths, get_model


def loss_db(distance_m: float, f_mhz: float, *, tx_height_m: float = 1.5) -> float:
    paths = Paths(np.array([distance_m]), np.array([Environment.OPEN], np.int8), tx_height_m, 1.5)
    return float(get_model("free-space").loss_db(paths, f_mhz=f_mhz)[0])


@pytest.mark.parametrize("f_mhz", [150.0, 942.5, 1842.5, 3750.0])
@pytest.mark.parametrize("distance_km", [0.1, 1.0, 20.0])
def test_equation_4(f_mhz: float, distance_km: float) -> None:
    """P.525 (4) rounds 32.448 to 32.4."""
    published = 32.4 + 20 * math.log10(f_mhz) + 20 * math.log10(distance_km)
    assert loss_db(1e3 * distance_km, f_mhz) == pytest.approx(published, abs=0.05)


def test_known_value() -> None:
    """900 MHz over 1 km: 91.53 dB in any link-budget table."""
    assert loss_db(1_000.0, 900.0) == pytest.approx(91.53, abs=0.005)


def test_line_is_slanted() -> None:
    """30 m along the ground and 40 m down are 50 m."""
    assert loss_db(30.0, 900.0, tx_height_m=41.5) == pytest.approx(loss_db(50.0, 900.0), abs=1e-9)


def test_mast_foot_is_finite() -> None:
    assert loss_db(0.0, 900.0) == pytest.approx(loss_db(1.0, 900.0), abs=1e-12)
