"""Residents: who lives where, in today's communes and in the old ones, every assumption said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from phusong.gis.layers import OldCommunes
from phusong.gis.people import People, spread
from phusong.gis.zones import Zones, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.communes.crosswalk import Crosswalk
    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid
    from phusong.gis.reading import Reading

__all__ = ["Surfaces", "say_unknown", "settle"]

# What a raster has over the census says something about the raster where there are communes enough to compare.
_COMPARED = 5
# Within a twentieth the raster was made from this census.
_SAME_SHARE = 0.05
# A raster this far off counts something else than people per cell, or another place.
_ASTRAY = 2.0
# A commune this far from what is usual in the province is worth a look: a new town, a wrong census row.
_UNUSUAL = 3.0
# Below this the raster's people stand in for those of the rest of the commune.
_SEEN_SHARE = 0.5
# Border strips: shapes of different makers never agree to the metre.
_STRIP_PEOPLE = 0.5
_STRIP_KM2 = 0.01


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What says where in a commune people live, flat, shape (cells,); the first that shows anybody goes.

    Parameters
    ----------
    raster : array or None
        People per cell, NaN where unknown.
    floors : array or None
        Floor area per cell; see `phusong.gis.people.buildings`.
    habitable : array of bool or None
        False for water.
    """

    raster: NDArray[np.float64] | None = None
    floors: NDArray[np.float64] | None = None
    habitable: NDArray[np.bool_] | None = None


def say_unknown(reading: Reading, communes: gpd.GeoDataFrame, zones: Zones, raster: NDArray[np.float64] | None) -> None:
    """Say in which communes nobody knows how many people live: no census total, and no raster there.

    Parameters
    ----------
    reading : Reading
    communes : GeoDataFrame
        With ``population``, in the order of `zones`.
    zones : Zones
    raster : array, shape (cells,), or None
        People per cell.
    """
    unknown = ~np.isfinite(communes["population"].to_numpy(float))
    if raster is not None:
        unknown &= zones.sums(np.isfinite(raster).astype(float)) <= 0
    notes = reading.notes("communes")
    if unknown.all():
        notes.fault(
            "nobody knows how many people live here: no population column, no census layer, no population raster",
            "give one of [layers.population], [layers.census] or communes.population",
            column="population",
        )
        return
    for code in communes.index[unknown]:
        notes.fault(
            f"nobody knows how many people live in commune {code}; its people are missing from every figure",
            "give its census total, or a population raster that covers it",
            column="population",
            value="",
            severity="warning",
        )


def settle(
    reading: Reading,
    communes: gpd.GeoDataFrame,
    zones: Zones,
    *,
    grid: Grid,
    surfaces: Surfaces,
    old: gpd.GeoDataFrame | None = None,
    counted: pd.DataFrame | None = None,
    crosswalk: Crosswalk | None = None,
) -> tuple[People, OldCommunes | None]:
    """Place the people of today's communes and of the old ones.

    Where every old commune has its census and its shape, they go first: three times as many units say better where
    people live. The census of today's communes is then spread over what they say.

    Parameters
    ----------
    reading : Reading
    communes : GeoDataFrame
        In the order of `zones`; the figure that stands is written into its ``population``.
    zones : Zones
    grid : Grid
    surfaces : Surfaces
    old : GeoDataFrame or None
        Index ``code``, grid CRS.
    counted : DataFrame or None
        Census of the old communes, from `phusong.gis.communes.census.count`.
    crosswalk : Crosswalk or None
        Its names stand where `old` has none.
    """
    units = None if old is None else _counted(reading, old, counted, crosswalk, grid=grid, zones=zones)
    finer = None
    if units is not None and np.isfinite(units.communes["population"].to_numpy(float)).all():
        first, even = units.spread(surfaces)
        _say_placed(first, even, units.zones.codes, surfaces, reading.notes("communes_old"))
        apart = surfaces.raster if surfaces.raster is not None else np.zeros(grid.size)
        finer = np.where(units.zones.inside, first.residents, apart)
        finer_method = f"{first.method}; by {len(units.zones.codes)} old communes first, then by today's"
    census = communes["population"].to_numpy(float)
    raster = surfaces.raster if finer is None else finer
    people, even = spread(zones, census=census, raster=raster, buildings=surfaces.floors, habitable=surfaces.habitable)
    notes = reading.notes("population")
    _say_surfaces(people, surfaces, notes)
    _say_placed(people, even, zones.codes, surfaces, notes)
    if surfaces.raster is not None:
        _say_ratio(zones, census, surfaces.raster, notes)
        _say_unseen(zones, census, surfaces.raster, notes)
    communes["population"] = np.where(np.isfinite(census), census, people.totals)
    people = _with_parts(people if finer is None else replace(people, method=finer_method), communes)
    return people, None if units is None else _old_people(units, zones, people, notes=reading.notes("communes_old"))


def _say_surfaces(people: People, surfaces: Surfaces, notes: Notes) -> None:
    """Say what stands in for a population raster where none is given."""
    if surfaces.raster is None and surfaces.floors is None:
        what = "no population raster: each commune's people are spread evenly over its land"
        remedy = "give [layers.population]; coverage is then counted where people live"
        notes.fault(what, remedy, severity="warning")
        notes.repair(f"assumed: {what}", how_much=f"{np.nansum(people.totals):.0f} people", remedy=remedy)
    elif surfaces.raster is None:
        what = "no population raster: each commune's people are spread over the floor area of its buildings"
        notes.fault(what, "nothing, or give [layers.population]", severity="info")


def _say_placed(people: People, even: list[str], codes: tuple[str, ...], surfaces: Surfaces, notes: Notes) -> None:
    """List the communes whose people are not where the raster or the buildings are."""
    shown = "raster" if surfaces.raster is not None else "building layer"
    for code in even:
        notes.repair(f"spread evenly: the {shown} shows nobody in a commune with a census total", row=code)
    for code, over, total in zip(codes, people.placed_by, people.totals, strict=True):
        if surfaces.raster is not None and over == "buildings" and total > 0:
            notes.repair("spread over buildings: the raster shows nobody in a commune with a census total", row=code)


def _with_parts(people: People, counted: pd.DataFrame) -> People:
    """Return the people with households and urban people of their communes, where anybody counted them."""
    households, urban = (counted[name].to_numpy(float) for name in ("households", "urban_people"))
    return replace(
        people,
        households=households if np.isfinite(households).any() else None,
        urban_people=urban if np.isfinite(urban).any() else None,
    )


def _say_ratio(zones: Zones, census: NDArray[np.float64], raster: NDArray[np.float64], notes: Notes) -> None:
    """Say how many times the census the raster counts, over all and where it is unlike the rest."""
    own = zones.sums(np.nan_to_num(raster))
    compared = (census > 0) & (own > 0)
    if compared.sum() < _COMPARED:
        return
    ratio = np.divide(own, census, out=np.full(own.size, np.nan), where=compared)
    overall = float(own[compared].sum() / census[compared].sum())
    usual = float(np.median(ratio[compared]))
    if abs(overall - 1.0) <= _SAME_SHARE and np.nanmax(np.abs(ratio - 1.0)) <= _SAME_SHARE:
        return
    astray = not 1 / _ASTRAY <= overall <= _ASTRAY
    notes.fault(
        f"the raster counts {overall:.3g} times the census's people (by commune {np.nanmin(ratio):.3g} to "
        f"{np.nanmax(ratio):.3g}, median {usual:.3g}); the census stands, the raster only says where in a commune",
        "check that it holds people per cell and not per km², and which year it is of" if astray else "nothing",
        column="people",
        value=f"{overall:.3g}",
        severity="warning" if astray else "info",
    )
    for code, factor in zip(zones.codes, ratio / usual, strict=True):
        if factor > _UNUSUAL or factor < 1 / _UNUSUAL:
            notes.fault(
                f"in commune {code} the raster counts {factor * usual:.3g} times the census, elsewhere mostly "
                f"{usual:.3g} times",
                "check the commune's census row and its shape; the census stands",
                column="people",
                value=f"{factor * usual:.3g}",
                severity="info",
            )


def _say_unseen(zones: Zones, census: NDArray[np.float64], raster: NDArray[np.float64], notes: Notes) -> None:
    """Say where most of a commune lies outside the raster, so that all its people are placed in the rest."""
    area = zones.sums(np.ones(raster.size))
    share = zones.sums(np.isfinite(raster).astype(float)) / np.where(area > 0, area, 1.0)
    for code, seen, total in zip(zones.codes, share, census, strict=True):
        if total > 0 and 0 < seen < _SEEN_SHARE:
            notes.fault(
                f"the raster has values in {seen:.0%} of commune {code}; all its people are placed there",
                "give a raster that covers the commune",
                column="people",
                value=f"{seen:.0%}",
                severity="warning",
            )


@dataclass(frozen=True, slots=True)
class _OldUnits:
    """Old communes with their census, and the part of them that lies in the province as it is today."""

    communes: gpd.GeoDataFrame
    zones: Zones

    def spread(self, surfaces: Surfaces) -> tuple[People, list[str]]:
        census = self.communes["population"].to_numpy(float)
        return spread(
            self.zones,
            census=census,
            raster=surfaces.raster,
            buildings=surfaces.floors,
            habitable=surfaces.habitable,
        )


def _counted(
    reading: Reading,
    old: gpd.GeoDataFrame,
    counted: pd.DataFrame | None,
    crosswalk: Crosswalk | None,
    *,
    grid: Grid,
    zones: Zones,
) -> _OldUnits:
    """Return the old communes with names and census; nothing is predicted outside the province as it is today."""
    notes = reading.notes("communes_old")
    whole = zones_of(old, grid=grid)
    shares = sparse.csr_array(whole.shares @ sparse.diags_array(zones.inside.astype(float)))
    shares.eliminate_zeros()
    before, after = float(old.area.sum()) / 1e6, float(shares.sum()) * grid.cell_km2
    if before - after > _STRIP_KM2:
        notes.repair(
            "cut: land of old communes outside today's",
            how_much=f"{before - after:.2f} km²",
            before=f"{before:.2f} km²",
            after=f"{after:.2f} km²",
            remedy="draw old and new communes from one source",
        )
    for code, cells in zip(whole.codes, np.diff(shares.indptr), strict=True):
        if not cells:
            notes.fault(
                f"old commune {code} lies outside today's communes: its people are in no table",
                "check its shape, or leave it out with where",
                column="geometry",
                value=code,
                severity="warning",
            )
    units = old.copy()
    if counted is not None:
        for name in counted.columns:
            units[name] = counted[name].reindex(units.index).astype(float)
    names = {} if crosswalk is None else dict(zip(crosswalk.old_codes, crosswalk.old_names, strict=True))
    units["name"] = units["name"].fillna(pd.Series(names, dtype="string").reindex(units.index)).fillna("")
    return _OldUnits(units, Zones(whole.codes, shares))


def _old_people(units: _OldUnits, zones: Zones, people: People, *, notes: Notes) -> OldCommunes:
    """Place the people of the old communes where today's residents are: one grid, two ways to add it up."""
    census = units.communes["population"].to_numpy(float)
    residents = people.residents
    placed, _ = spread(units.zones, census=census, raster=_surface(residents, units.zones, zones, people))
    lost = float(residents[~units.zones.inside].sum())
    if lost > _STRIP_PEOPLE and not all(placed.census_true):
        notes.repair(
            "not in tables of the old communes: residents of land that lies in none of them",
            how_much=f"{lost:.0f} people",
            before=f"{residents.sum():.0f} people",
            after=f"{residents.sum() - lost:.0f} people",
            remedy="draw old and new communes from one source, or give the census of the old ones",
        )
    communes = units.communes.assign(population=np.where(np.isfinite(census), census, placed.totals))
    return OldCommunes(communes, units.zones, _with_parts(replace(placed, method=people.method), communes))


def _surface(residents: NDArray[np.float64], old: Zones, zones: Zones, people: People) -> NDArray[np.float64]:
    """Return today's residents as a surface for the old communes: whoever lives in a cell they touch is theirs."""
    claimed = np.asarray(old.shares.sum(axis=0), float).ravel()
    known = ~np.array(people.unknown, bool) if people.unknown else np.ones(len(zones.codes), bool)
    counted = np.asarray(zones.shares.T @ known.astype(float)) > 0
    # A border cell is claimed in part, and all of its residents live in that part.
    theirs = np.divide(residents, np.minimum(claimed, 1.0), out=np.zeros_like(residents), where=claimed > 0)
    return np.where(counted, theirs, np.nan)
