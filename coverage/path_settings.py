"""Path settings: how P.1812 is asked over a province - time and places, the air, the sea, how finely it looks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phusong.coverage.path_view import assumed
from phusong.coverage.propagation.p526 import Polarisation
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.radioclimate import climate_at
from phusong.coverage.radiozones import radio_zones, sea_in
from phusong.coverage.relief import Relief
from phusong.coverage.sweep import Lattice
from phusong.errors import ModelError
from phusong.gis.crs import to_lonlat
from phusong.gis.findings import Findings
from phusong.gis.readers.itu_maps import read_itu_maps
from phusong.gis.repair import Repair
from phusong.gis.terrain.sea import read_sea

if TYPE_CHECKING:
    from phusong.coverage.radioclimate import Climate
    from phusong.coverage.radiozones import RadioZones
    from phusong.gis.layers import Layers
    from phusong.gis.terrain import Terrain

__all__ = ["OverGround", "PathSettings"]

_GIVE_TERRAIN = 'add [layers.terrain] with path = "..." and kind = "ground" or "surface", or take model = "hata"'


@dataclass(frozen=True, slots=True, eq=False)
class OverGround:
    """What a sweep over a province needs.

    Parameters
    ----------
    model : P1812
    relief : Relief
    assumptions : tuple of Repair
        What had to be taken for granted about ground, sea and air.
    """

    model: P1812
    relief: Relief
    assumptions: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class PathSettings:
    """What may be chosen about P.1812; the defaults are the median map.

    Parameters
    ----------
    p_percent, location_percent, polarisation
        See `phusong.coverage.propagation.p1812.P1812`. A link budget's fade margin speaks of places already; so
        `location_percent` stays 50 unless the margin is 0.
    step_m, exact
        See `phusong.coverage.sweep.Lattice` and `phusong.coverage.sweep.losses`.
    itu_maps : str
        The planner's copy of the ITU's maps; empty: the built-in figures, in Vietnam.
    sea : str
        The planner's polygons of the sea; empty: water of the land cover that is seen to be large enough, if any.
    """

    p_percent: float = 50.0
    location_percent: float = 50.0
    polarisation: Polarisation = "vertical"
    step_m: float = 30.0
    exact: bool = False
    itu_maps: str = ""
    sea: str = ""

    @property
    def lattice(self) -> Lattice:
        """How finely the sweep looks."""
        return Lattice(step_m=self.step_m)

    def over(self, layers: Layers, *, sigma_db: float = 0.0) -> OverGround:
        """Return the model with the province's air, and its relief.

        Parameters
        ----------
        layers : Layers
        sigma_db : float
            Spread of the level over places; only a `location_percent` other than 50 asks for it.

        Raises
        ------
        ModelError
            No elevation, or a province outside Vietnam without maps of the air.
        InputError
            A named file that cannot be used.
        """
        terrain = layers.terrain
        if terrain is None:
            raise ModelError(f"model p1812 reads the ground, and these layers have no elevation: {_GIVE_TERRAIN}")
        said: list[Repair] = []
        zones = self._zones(layers, terrain, said)
        climate = self._climate(layers, said)
        model = P1812(climate, self.p_percent, self.location_percent, self.polarisation, sigma_db)
        said = [*assumed(terrain=terrain, clutter=layers.clutter, zones=zones), *said]
        return OverGround(model, Relief.of(terrain, clutter=layers.clutter, zones=zones), tuple(said))

    def _zones(self, layers: Layers, terrain: Terrain, said: list[Repair]) -> RadioZones:
        if not self.sea:
            sea = None if layers.clutter is None else sea_in(layers.clutter)
        else:
            findings = Findings()
            sea = read_sea(Path(self.sea), grid=terrain.grid, notes=findings.of("sea", self.sea))
            said += _told(findings)
        return radio_zones(terrain.grid, sea=sea, terrain=terrain)

    def _climate(self, layers: Layers, said: list[Repair]) -> Climate:
        west, south, east, north = layers.grid.bounds
        lon, lat = (float(each) for each in to_lonlat((west + east) / 2.0, (south + north) / 2.0, crs=layers.grid.crs))
        if self.itu_maps:
            findings = Findings()
            maps = read_itu_maps(Path(self.itu_maps), notes=findings.of("itu-maps", self.itu_maps))
            said += _told(findings)
            return climate_at(lon, lat, maps=maps)
        try:
            climate = climate_at(lon, lat)
        except ModelError as err:
            raise ModelError(f"{err}, and name them in the scenario: [coverage] itu_maps = ...") from err
        what = "assumed: the air over the province's middle, from the built-in figures of eight places in Vietnam"
        amount = f"ΔN {climate.delta_n_per_km:.1f} N-units/km and N0 {climate.n0:.0f} N-units"
        said.append(Repair("terrain", "*", what, amount, remedy="name the ITU's maps in coverage.itu_maps"))
        return climate


def _told(findings: Findings) -> list[Repair]:
    """Return what reading a file had to mend, and what it warned of; errors are raised."""
    findings.raise_errors()
    warned = [Repair(fault.layer, str(fault.row or "*"), f"suspected: {fault.rule}") for fault in findings.faults]
    return [*findings.repairs, *warned]
