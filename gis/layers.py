"""Layers: everything a province gave us, on one grid, with the receipt of how it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from phusong.errors import Fault
from phusong.gis.communes import with_commune
from phusong.gis.findings import Match
from phusong.gis.grid import Grid
from phusong.gis.layers_file import Province
from phusong.gis.people import People
from phusong.gis.readers.antenna_file import AntennaFile
from phusong.gis.repair import Repair
from phusong.gis.terrain import Terrain
from phusong.gis.terrain.clutter import Clutter
from phusong.gis.zones import Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from phusong.gis.communes.crosswalk import Crosswalk

__all__ = ["LayerSummary", "Layers", "OldCommunes"]


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """What one layer's file is: enough to trace a figure back to it.

    Parameters
    ----------
    layer, file : str
        File as layers.toml names it.
    sha256 : str
        Of the file's bytes.
    rows : int
        Records in the file (of a raster: grid cells of the province).
    used : int
        Records that entered the run; the others are listed as faults or repairs.
    crs : str
        In which the file was read; empty for tables without places.
    extent : tuple of float or None
        (west, south, east, north) in WGS 84 degrees.
    columns : tuple of str
        Dictionary columns that hold at least one value.
    simulated : bool
    source, licence : str
        As layers.toml says.
    format : str
        What the readers found the file to be, in words (format, separator, encoding ...).
    matches : tuple of Match
        Which column of the file is read as which of the dictionary.
    """

    layer: str
    file: str
    sha256: str
    rows: int
    used: int
    crs: str
    extent: tuple[float, float, float, float] | None
    columns: tuple[str, ...]
    simulated: bool
    source: str
    licence: str
    format: str = ""
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class OldCommunes:
    """The communes of before 1 July 2025, with the same people on the same grid.

    Parameters
    ----------
    communes : GeoDataFrame
        Index ``code``; name, population, geometry in grid CRS.
    zones : Zones
        In that order; what lies outside today's communes is cut off.
    people : People
        True to the census of each old commune where it is known, else today's residents on its land.
    """

    communes: gpd.GeoDataFrame
    zones: Zones
    people: People


@dataclass(frozen=True, slots=True)
class Layers:
    """A province, ready for the radio.

    Parameters
    ----------
    province : Province
    grid : Grid
        Covers the communes.
    communes : GeoDataFrame
        Index ``code``; name, kind, population (NaN where nobody knows), area_km2, geometry in grid CRS.
    sites : GeoDataFrame
        Index ``site_id``; the dictionary's columns, commune_code, point geometry in grid CRS.
    cells : DataFrame
        Index ``cell_id``; the dictionary's columns; every ``site_id`` is in `sites`.
    zones : Zones
        Communes x grid cells, in the order of `communes`.
    people : People
    terrain : Terrain or None
    context : mapping of str to GeoDataFrame
        fibre, roads, hamlets, industrial_parks where given, in grid CRS.
    outline : geometry
        Union of the communes, grid CRS.
    faults : tuple of Fault
        Warnings and notes (errors would have stopped the reading).
    repairs : tuple of Repair
    summaries : tuple of LayerSummary
    old : OldCommunes or None
        Where [layers.communes_old] is given.
    crosswalk : Crosswalk or None
        Where [layers.crosswalk] is given.
    old_people : array, shape (crosswalk's old communes,), or None
        Their census, NaN where unknown; None where nobody counted them, or there is no crosswalk.
    clutter : Clutter or None
        Where [layers.land_cover] is given; on the terrain's grid.
    antennas : mapping of str to AntennaFile
        The pattern files that cells name, by the value of their column ``antenna``.
    """

    province: Province
    grid: Grid
    communes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    cells: pd.DataFrame
    zones: Zones
    people: People
    terrain: Terrain | None
    context: Mapping[str, gpd.GeoDataFrame]
    outline: BaseGeometry
    faults: tuple[Fault, ...]
    repairs: tuple[Repair, ...]
    summaries: tuple[LayerSummary, ...]
    old: OldCommunes | None = None
    crosswalk: Crosswalk | None = None
    old_people: NDArray[np.float64] | None = None
    clutter: Clutter | None = None
    antennas: Mapping[str, AntennaFile] = field(default_factory=dict)

    def in_old_communes(self) -> Layers | None:
        """Return the same province with the old communes in place of today's; None where they have no shapes."""
        if self.old is None:
            return None
        return replace(
            self,
            communes=self.old.communes,
            zones=self.old.zones,
            people=self.old.people,
            sites=with_commune(self.sites, self.old.communes),
            old=None,
            crosswalk=None,
            old_people=None,
        )

    @property
    def simulated_layers(self) -> tuple[str, ...]:
        """Names of the layers that hold simulated records."""
        return tuple(summary.layer for summary in self.summaries if summary.simulated)

    @property
    def simulated(self) -> bool:
        """True where anything in the run is simulated; every output then says so."""
        return self.province.simulated or bool(self.simulated_layers)

    @property
    def operators(self) -> tuple[str, ...]:
        """Operators declared in layers.toml, else those found in the cells, in that order."""
        if self.province.operators:
            return self.province.operators
        return tuple(dict.fromkeys(str(name) for name in self.cells["operator"]))
