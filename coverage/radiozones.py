"""Radio-climatic zones: sea, coastal land, inland - how often the air above them ducts radio waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from phusong.coverage.propagation.path_profile import COAST, INLAND, SEA
from phusong.gis.repair import Repair
from phusong.gis.terrain import values_at
from phusong.gis.terrain.sea import COAST_REACH_M, LARGE_M, Sea, large_water

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from phusong.gis.grid import Grid
    from phusong.gis.terrain import Terrain
    from phusong.gis.terrain.clutter import Clutter

__all__ = ["COAST_M", "RadioZones", "radio_zones", "sea_in"]

COAST_M: Final = 100.0
"""Up to this elevation land near the sea is coastal (P.1812 Table 3)."""
_SAY_SEA: Final = "give the sea as polygons"
_GIVE_GROUND: Final = "give an elevation raster that covers the province"


@dataclass(frozen=True, slots=True)
class RadioZones:
    """Zones on a grid.

    Parameters
    ----------
    grid : Grid
    zone : array of int8, shape (rows, cols)
        1 sea, 3 coastal land, 4 inland; what is not known is inland.
    assumptions : tuple of Repair
        What had to be assumed.
    """

    grid: Grid
    zone: NDArray[np.int8]
    assumptions: tuple[Repair, ...]

    def at(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.int8]:
        """Return the zone of the cells that hold the places; beyond the grid inland."""
        found = values_at(self.grid, self.zone.astype(np.float32), x_m, y_m)
        return np.where(np.isnan(found), INLAND, found).astype(np.int8)


def radio_zones(grid: Grid, *, sea: Sea | None = None, terrain: Terrain | None = None) -> RadioZones:
    """Return the zones of a grid's cells.

    Parameters
    ----------
    grid : Grid
        Of any size: a run's, or a terrain's wider one.
    sea : Sea, optional
        Without it all land is inland: true for a province 50 km from every coast, else an assumption.
    terrain : Terrain, optional
        Without it no land is coastal.

    Notes
    -----
    ITU-R P.1812, section 3.3, Table 3. Coastal is land up to 100 m above the sea and up to 50 km from it. A hollow
    lower than 100 m behind hills near the coast counts as coastal too: an approximation, for the Recommendation says
    "adjacent to the sea". Zones matter for ducting alone: beta0 and the coupling over the sea.
    """
    zone = np.full(grid.shape, INLAND, np.int8)
    said: list[Repair] = []
    if sea is None:
        what = "assumed: all land is inland, radio-climatic zone 4: nobody said where the sea is"
        return RadioZones(grid, zone, (Repair("terrain", "*", what, remedy=_SAY_SEA),))
    distance_m, at_sea = sea.distance_m(grid), sea.on(grid)
    if terrain is None:
        elevation = np.full(grid.shape, np.nan)
    elif terrain.grid == grid:
        elevation = terrain.elevation_m
    else:
        elevation = terrain.at(*np.meshgrid(grid.x_m, grid.y_m))
    near = (distance_m <= COAST_REACH_M) & ~at_sea
    zone[near & (elevation <= COAST_M)] = COAST
    zone[at_sea] = SEA
    unknown = near & np.isnan(elevation)
    if unknown.any():
        what = "assumed: inland, radio-climatic zone 4: land within 50 km of the sea whose elevation is unknown"
        amount = f"{int(unknown.sum())} cells ({unknown.sum() * grid.cell_km2:.1f} km²)"
        said.append(Repair("terrain", "*", what, amount, remedy=_GIVE_GROUND))
    # Nearer than any known sea there may be one that nobody saw.
    unseen = ~near & ~at_sea & ~(elevation > COAST_M) & (_to_edge_m(sea.grid, grid) < COAST_REACH_M)
    if unseen.any():
        what = "assumed: inland, radio-climatic zone 4: the sea is not known 50 km around"
        amount = f"{int(unseen.sum())} cells ({unseen.sum() * grid.cell_km2:.1f} km²)"
        said.append(Repair("terrain", "*", what, amount, remedy=_SAY_SEA))
    return RadioZones(grid, zone, tuple(said))


def _to_edge_m(known: Grid, grid: Grid) -> NDArray[np.float64]:
    """Return how far each cell of `grid` lies inside the grid on which the sea is known; negative outside."""
    west, south, east, north = known.bounds
    x, y = grid.x_m[None, :], grid.y_m[:, None]
    return np.minimum(np.minimum(x - west, east - x), np.minimum(y - south, north - y))


def sea_in(clutter: Clutter) -> Sea | None:
    """Return the water of a land cover that is seen to be large enough for a sea; None where none is.

    Parameters
    ----------
    clutter : Clutter

    Notes
    -----
    A circle of 100 km must fit into the water that the raster shows (P.1812 Table 3). A province's raster rarely
    reaches so far out to sea: then this answers None, and the sea is to be given as polygons.
    """
    mask = large_water(clutter.water, cell_m=clutter.grid.cell_m)
    source = f"land cover: water that holds a circle of {LARGE_M / 1000:g} km"
    return Sea(clutter.grid, mask, source) if mask.any() else None
