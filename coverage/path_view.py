"""One radio path looked at: its profile, the loss with all that leads to it, and the geometry one can draw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from phusong.coverage.propagation.p526 import effective_earth_radius_km, wavelength_m
from phusong.coverage.propagation.p1812 import P1812, basic_loss
from phusong.coverage.propagation.p1812_path import coast_distances_m
from phusong.coverage.propagation.path_profile import AT_THE_MAST_M, PathProfile
from phusong.coverage.relief import Relief, profile_on
from phusong.errors import ModelError
from phusong.gis.repair import Repair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Cell
    from phusong.coverage.propagation.p1812 import P1812Result
    from phusong.coverage.radioclimate import Climate
    from phusong.coverage.radiozones import RadioZones
    from phusong.gis.terrain import Terrain
    from phusong.gis.terrain.clutter import Clutter

__all__ = ["Edge", "PathView", "assumed", "level_dbm", "look", "profile_between"]


class Edge(NamedTuple):
    """The one knife edge that stands for all obstacles, on the drawing: distance, height, and its parameter ν."""

    distance_m: float
    height_m: float
    nu: float


@dataclass(frozen=True, slots=True, eq=False)
class PathView:
    """A path as P.1812 sees it at the median Earth radius.

    Heights for drawing are above a straight line from foot to foot at sea level: the Earth's bulge is added to what
    stands on it, and rays are straight.

    Parameters
    ----------
    profile : PathProfile
    f_mhz : float
    tx_height_m, rx_height_m : float
        Above ground.
    climate : Climate
    result : P1812Result
    """

    profile: PathProfile
    f_mhz: float
    tx_height_m: float
    rx_height_m: float
    climate: Climate
    result: P1812Result

    @property
    def earth_radius_km(self) -> float:
        """Median effective Earth radius ae."""
        return effective_earth_radius_km(self.climate.delta_n_per_km)

    @property
    def step_m(self) -> float:
        """Mean distance between samples: so near to a receiver stands the clutter before it."""
        return self.profile.length_m / (self.profile.distance_m.size - 1)

    @property
    def ends_m(self) -> tuple[float, float]:
        """Antennas above sea level, hts and hrs."""
        ground = self.profile.ground_m
        return float(ground[0]) + self.tx_height_m, float(ground[-1]) + self.rx_height_m

    @property
    def bulge_m(self) -> NDArray[np.float64]:
        """How far the Earth rises above the chord, shape (n,): d (D - d) / 2 ae."""
        d = self.profile.distance_m
        return np.asarray(d * (d[-1] - d) / (2000.0 * self.earth_radius_km))

    @property
    def ray_m(self) -> NDArray[np.float64]:
        """The straight line between the antennas, shape (n,)."""
        d, (hts, hrs) = self.profile.distance_m, self.ends_m
        return np.asarray(hts + (hrs - hts) * d / d[-1])

    def fresnel_m(self, distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the radius of the first Fresnel zone at distances from the transmitter: sqrt(λ d (D - d) / D)."""
        d, length = np.asarray(distance_m, float), self.profile.length_m
        return np.asarray(np.sqrt(wavelength_m(self.f_mhz / 1000.0) * d * (length - d) / length))

    @property
    def is_clear(self) -> bool:
        """Tell whether nothing, clutter included, stands above the ray."""
        return bool(np.all(self._above_ray_m <= 0.0))

    @property
    def clearance_share(self) -> float:
        """Smallest clearance of the ray in radii of the first Fresnel zone; negative where the ray is blocked."""
        return float(np.min(-self._above_ray_m / self.fresnel_m(self.profile.distance_m[1:-1])))

    @property
    def _above_ray_m(self) -> NDArray[np.float64]:
        return (self.profile.obstacles_m + self.bulge_m - self.ray_m)[1:-1]

    @property
    def horizons_m(self) -> tuple[float, float] | None:
        """Distance from the transmitter to each antenna's horizon over the bare ground; None in line of sight."""
        found = self.result.intermediates
        if found["transhorizon"] != 1.0:
            return None
        return 1000.0 * found["dlt"], self.profile.length_m - 1000.0 * found["dlr"]

    @property
    def edge(self) -> Edge:
        """The Bullington edge over ground with clutter: where the two horizon rays meet, P.1812 (18) and (20).

        In line of sight the obstacle with the largest ν (15).
        """
        d, (hts, hrs) = self.profile.distance_m, self.ends_m
        inner, beyond, length = d[1:-1], d[-1] - d[1:-1], float(d[-1])
        top = (self.profile.obstacles_m + self.bulge_m)[1:-1]
        wavelength = wavelength_m(self.f_mhz / 1000.0)
        # ν of an edge that stands h above the line, with everything in metres.
        per_m = np.sqrt(2.0 * length / (wavelength * inner * beyond))
        if self.is_clear:
            nu = self._above_ray_m * per_m
            most = int(np.argmax(nu))
            return Edge(float(inner[most]), float(top[most]), float(nu[most]))
        up, down = float(np.max((top - hts) / inner)), float(np.max((top - hrs) / beyond))  # (13), (17)
        at = min(max((hrs - hts + down * length) / (up + down), float(inner[0])), float(inner[-1]))  # (18)
        height = hts + up * at
        above = height - (hts + (hrs - hts) * at / length)
        return Edge(at, height, above * math.sqrt(2.0 * length / (wavelength * at * (length - at))))  # (20)


def look(
    profile: PathProfile,
    *,
    f_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    climate: Climate,
    p_percent: float = 50.0,
) -> PathView:
    """Predict one path with P.1812 and keep what there is to see.

    Parameters
    ----------
    profile : PathProfile
        At least 1 m long.
    f_mhz, tx_height_m, rx_height_m, climate, p_percent
        As in `phusong.coverage.propagation.p1812.basic_loss`.

    Raises
    ------
    ModelError
        As `basic_loss`, and where both ends are one place.
    """
    if profile.length_m < 1.0:
        raise ModelError("the two ends are one place: there is no path to look at; name a place away from the mast")
    profile = profile.with_middle()
    dct, dcr = coast_distances_m(profile)
    result = basic_loss(
        profile,
        f_mhz=f_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        climate=climate,
        p_percent=p_percent,
        tx_coast_m=dct,
        rx_coast_m=dcr,
    )
    return PathView(profile, f_mhz, tx_height_m, rx_height_m, climate, result)


def profile_between(
    tx_m: tuple[float, float],
    rx_m: tuple[float, float],
    *,
    terrain: Terrain,
    clutter: Clutter | None = None,
    zones: RadioZones | None = None,
) -> PathProfile:
    """Sample the ground between two places of the grid's CRS, as the area engine does: see `profile_on`.

    Parameters
    ----------
    tx_m, rx_m : (x_m, y_m)
    terrain : Terrain
        Unknown where void, and beyond its grid.
    clutter : Clutter, optional
        Without it the ground counts as bare. It is left out where the terrain is a surface: trees and houses stand on
        that already.
    zones : RadioZones, optional
        Without them all is inland.
    """
    relief = Relief.of(terrain, clutter=clutter, zones=zones)
    if math.dist(tx_m, rx_m) < AT_THE_MAST_M:  # `look` says what is wrong with that
        return PathProfile.bare(np.zeros(1), np.array([relief.ground_at(*tx_m)]))
    return profile_on(relief, tx_m, rx_m)


def assumed(*, terrain: Terrain, clutter: Clutter | None, zones: RadioZones | None) -> list[Repair]:
    """Return what `profile_between` and P.1812 take for granted about the ground, in the words of the repair report."""
    said: list[Repair] = [] if zones is None else list(zones.assumptions)
    if why := terrain.too_coarse_for():
        what = f"model reads finer ground than there is: {P1812.name}: {why}"
        said.append(Repair("terrain", "*", what, remedy="give Copernicus GLO-30 or SRTM 1″ (30 m)"))
    if terrain.kind == "surface":
        what = "assumed: no clutter beside the elevation, which has trees and houses on it (a surface model)"
        said.append(Repair("terrain", "*", what, remedy="give bare ground (a DTM) and [layers.land_cover]"))
    elif clutter is None:
        what = "assumed: bare ground, no trees and no houses: there is no land cover"
        said.append(Repair("land_cover", "*", what, remedy="give [layers.land_cover]"))
    return said


def level_dbm(cell: Cell, *, view: PathView, azimuth_deg: float) -> tuple[float, float]:
    """Return a cell's median level at the path's end in dBm, and its antenna's gain in that direction in dB.

    Parameters
    ----------
    cell : Cell
        At the height and on the band of the view.
    view : PathView
    azimuth_deg : float
        Of the path, clockwise from grid north.

    Notes
    -----
    The antenna is asked in the direction of the straight line to the receiver, as the area prediction does.
    """
    hts, hrs = view.ends_m
    elevation = math.degrees(math.atan2(hrs - hts, view.profile.length_m))
    off = 0.0 if cell.azimuth_deg is None else azimuth_deg - cell.azimuth_deg
    gain = float(cell.antenna.gain_db(off, elevation))
    return cell.eirp_dbm + gain - view.result.loss_db, gain
