"""Relief: simulated ground that knows where the known hills stand.

Facts: Núi Bà Rá rises to 723 m by Phước Long; the land climbs from the plain of Chơn Thành (about 50 m) to
the plateaus of Bù Gia Mập and Bù Đăng in the north-east and east; the Sông Bé runs from Thác Mơ around the
north to the south. Their places here are approximate and everything between them is noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phusong.gis.demo.draws import value_noise
from phusong.gis.demo.places import Frame, to_metres

__all__ = ["BA_RA_LONLAT", "BA_RA_M", "elevation", "forest"]

BA_RA_LONLAT = (106.99, 11.83)
BA_RA_M = 723.0
_BA_RA_RADIUS_M, _BA_RA_EMPTY_M = 3_500.0, 2_200.0

# (lon, lat, added height in m, radius in m): the plateaus, approximate.
_PLATEAUS = ((107.20, 12.22, 300.0, 30_000.0), (107.33, 11.85, 210.0, 28_000.0))
_PLAIN_LONLAT = (106.60, 11.38)
_SONG_BE = (
    (107.00, 11.88),
    (106.92, 11.93),
    (106.83, 11.96),
    (106.77, 11.77),
    (106.75, 11.60),
    (106.77, 11.42),
)
# Bù Gia Mập National Park exists; its shape here is a circle.
_PARK_LONLAT, _PARK_RADIUS_M = (107.19, 12.23), 8_000.0

_FOREST_FROM = 0.62  # of the noise's range: about a tenth of the land
_CLEARED_M = 3_000

# (wavelength in m, weight) of the noise's octaves.
_OCTAVES = ((16_000.0, 1.0), (7_000.0, 0.6), (3_000.0, 0.35), (1_200.0, 0.18), (500.0, 0.08))


def _bump(distance_sq_m2: NDArray[np.float64], radius_m: float) -> NDArray[np.float64]:
    """Return (1 - d²/r²)² inside the radius, 0 outside: a smooth hill made of polynomials only."""
    inside = np.maximum(0.0, 1.0 - distance_sq_m2 / (radius_m * radius_m))
    return inside * inside


def _distance_sq(frame: Frame, lonlat: tuple[float, float]) -> NDArray[np.float64]:
    x_m, y_m = to_metres(*lonlat)
    dx, dy = (frame.x_m - x_m).astype(np.float64), (frame.y_m - y_m).astype(np.float64)
    return dx * dx + dy * dy


def _valley_distance_sq(frame: Frame) -> NDArray[np.float64]:
    """Return the squared distance to the river's schematic course, m²."""
    x_m, y_m = to_metres(*zip(*_SONG_BE, strict=True))
    nearest = np.full(frame.shape, np.inf)
    for k in range(len(x_m) - 1):
        ax, ay = float(x_m[k + 1] - x_m[k]), float(y_m[k + 1] - y_m[k])
        px, py = frame.x_m - float(x_m[k]), frame.y_m - float(y_m[k])
        along = np.clip((px * ax + py * ay) / (ax * ax + ay * ay), 0.0, 1.0)
        dx, dy = px - along * ax, py - along * ay
        nearest = np.minimum(nearest, dx * dx + dy * dy)
    return nearest


def _noise(frame: Frame, stream: str, wavelength_m: float, seed: int) -> NDArray[np.float64]:
    return value_noise(frame.x_m, frame.y_m, wavelength_m=wavelength_m, seed=seed, stream=stream)


def elevation(frame: Frame, *, seed: int) -> NDArray[np.int16]:
    """Return the simulated ground height above sea level, whole metres, shape (rows, cols)."""
    x_m, y_m = to_metres(*_PLAIN_LONLAT)
    north_east = np.clip(((frame.x_m - x_m) + (frame.y_m - y_m)) / 140_000.0, 0.0, 1.0)
    ground = 45.0 + 130.0 * north_east + 150.0 * north_east * north_east
    for lon, lat, height_m, radius_m in _PLATEAUS:
        ground = ground + height_m * _bump(_distance_sq(frame, (lon, lat)), radius_m)
    # The higher the land, the more it is cut up: the plain stays nearly flat.
    noise = np.zeros(frame.shape)
    for wavelength_m, weight in _OCTAVES:
        noise += weight * _noise(frame, f"relief {wavelength_m:g}", wavelength_m, seed)
    ground = ground + noise * (6.0 + 0.22 * (ground - 45.0))
    ground = ground * (1.0 - 0.35 * _bump(_valley_distance_sq(frame), 4_000.0))
    rise = _bump(_distance_sq(frame, BA_RA_LONLAT), _BA_RA_RADIUS_M)
    ground = ground * (1.0 - rise) + BA_RA_M * rise
    return np.rint(np.maximum(ground, 12.0)).astype(np.int16)


def forest(frame: Frame, centres: tuple[NDArray[np.int64], NDArray[np.int64]], *, seed: int) -> NDArray[np.bool_]:
    """Return where nobody lives, shape (rows, cols).

    The national park, Bà Rá's slopes and patches of simulated forest; the patches keep clear of the communes'
    centres, (x_m, y_m).
    """
    park = _distance_sq(frame, _PARK_LONLAT) < _PARK_RADIUS_M * _PARK_RADIUS_M
    ba_ra = _distance_sq(frame, BA_RA_LONLAT) < _BA_RA_EMPTY_M * _BA_RA_EMPTY_M
    patches = _noise(frame, "forest", 6_000.0, seed) + 0.4 * _noise(frame, "forest edge", 1_300.0, seed)
    cleared = np.zeros(frame.shape, dtype=np.bool_)
    for x_m, y_m in zip(*centres, strict=True):
        cleared |= (frame.x_m - x_m) ** 2 + (frame.y_m - y_m) ** 2 < _CLEARED_M**2
    return park | ba_ra | ((patches > _FOREST_FROM) & ~cleared)
