"""Ground: the raster layers of a province - people, elevation, land cover - on one lattice, and what they lack."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from phusong.gis.crs import to_lonlat
from phusong.gis.grid import Grid
from phusong.gis.rasters import OnGrid, probe, read_counts, read_surface
from phusong.gis.readers.raster_files import raster_parts
from phusong.gis.readers.url import is_database
from phusong.gis.schemas import layer_columns
from phusong.gis.terrain import Terrain, coarseness
from phusong.gis.terrain.clutter import Clutter, read_clutter
from phusong.gis.terrain.cover_classes import CoverClass, read_classes, shipped_classes, shipped_names
from phusong.gis.terrain.voids import REACH_M, fill_small, largest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.findings import Notes
    from phusong.gis.reading import Reading
    from phusong.gis.zones import Zones

__all__ = ["AROUND_M", "Ground", "read_ground"]

AROUND_M = 15_000.0
"""Margin of elevation and land cover: the mean ground 3 to 15 km around a mast gives its effective height; see
`phusong.coverage.radio`."""
# People spread evenly inside pixels this many times larger than a cell look more even than they live.
_SPREAD = 3.0
_T = TypeVar("_T")
_FINE = "give Copernicus GLO-30 or SRTM 1″ (30 m)"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rasters say.

    Parameters
    ----------
    counts : array, shape (rows, cols), or None
        People per cell of the run's grid, NaN where unknown.
    counts_resolution_m : float
        Longer side of that file's pixels.
    terrain : Terrain or None
    clutter : Clutter or None
    """

    counts: NDArray[np.float64] | None = None
    counts_resolution_m: float = math.nan
    terrain: Terrain | None = None
    clutter: Clutter | None = None

    def habitable(self, grid: Grid) -> NDArray[np.bool_] | None:
        """Return the run's cells that are not known to be water, flat, shape (cells,); None without land cover."""
        return None if self.clutter is None else _inner(self.clutter.habitable, self.clutter.grid, grid).ravel()

    def rasters(self, grid: Grid) -> dict[str, tuple[Grid, NDArray[np.float64], str, float]]:
        """Return each layer by name: grid, values (NaN where unknown), their unit, and metres a pixel of the file.

        Of land cover these are the classes; heights follow from them.
        """
        found: dict[str, tuple[Grid, NDArray[np.float64], str, float]] = {}
        if self.counts is not None:
            found["population"] = grid, self.counts, "people", self.counts_resolution_m
        if (terrain := self.terrain) is not None:
            found["terrain"] = terrain.grid, terrain.elevation_m, "m", terrain.source_resolution_m
        if (clutter := self.clutter) is not None:
            codes = clutter.class_.astype(float)
            found["land_cover"] = clutter.grid, np.where(codes < 0, np.nan, codes), "class", clutter.resolution_m
        return found


def read_ground(reading: Reading, grid: Grid | None, zones: Zones | None) -> Ground:
    """Read the raster layers that are named; where there is no grid they are only looked at."""
    if grid is None or zones is None:
        for name in ("population", "terrain", "land_cover"):
            _named(reading, name, probe)
        return Ground()
    wide = grid.padded(AROUND_M)
    counts = _named(reading, "population", read_counts, grid=grid)
    if counts is not None:
        notes = reading.notes("population")
        if counts.resolution_m > _SPREAD * grid.cell_m:
            notes.fault(
                f"the raster counts people by squares of {counts.resolution_m:.0f} m, the grid has cells of "
                f"{grid.cell_m:g} m: inside a square people are spread evenly",
                "give WorldPop 100 m, or building outlines",
                severity="info",
            )
        _summarise(reading, "population", counts, counts.values, grid=grid, on=grid, zones=zones)
    terrain = _terrain(reading, grid, wide, zones)
    clutter = _clutter(reading, grid, wide, zones)
    if terrain is not None and clutter is not None:
        _say_twice(reading.notes("terrain"), terrain)
    if counts is None:
        return Ground(None, math.nan, terrain, clutter)
    return Ground(counts.values, counts.resolution_m, terrain, clutter)


def _named(reading: Reading, name: str, read: Callable[..., _T | None], **keys: object) -> _T | None:
    """Read a raster layer where layers.toml names one."""
    found = reading.locate_file(name, tiles=True)
    if found is None:
        return None
    path, source, notes = found
    if is_database(source.path):
        remedy = "export it as GeoTIFF (gdal_translate) and give its path"
        notes.fault("phusong reads no rasters from a database", remedy, column="path", value=path)
        return None
    column = next(iter(layer_columns(name).values()))
    return read(path, crs=source.crs, band=source.layer, column=column, notes=notes, **keys)


def _terrain(reading: Reading, grid: Grid, wide: Grid, zones: Zones) -> Terrain | None:
    raster = _named(reading, "terrain", read_surface, grid=wide)
    if raster is None:
        return None
    notes = reading.notes("terrain")
    elevation, filled = fill_small(raster.values, cell_m=grid.cell_m)
    if filled.any():
        low, high = elevation[filled].min(), elevation[filled].max()
        notes.repair(
            f"filled: small holes in the elevation, smoothly from their rims (no cell farther than {REACH_M:g} m)",
            how_much=f"{int(filled.sum())} cells ({filled.sum() * grid.cell_km2:.2f} km²), "
            f"{int(_inner(filled, wide, grid).sum())} of them on the province's grid",
            before="unknown",
            after=f"{low:.0f} to {high:.0f} m",
            remedy="give a raster without holes",
        )
    if why := coarseness(raster.resolution_m):
        value = f"{raster.resolution_m:.0f} m"
        notes.fault(why, _FINE, column="elevation_m", value=value, severity="warning")
    _summarise(reading, "terrain", raster, elevation, grid=grid, on=wide, zones=zones)
    return Terrain(
        wide,
        elevation,
        filled=filled if filled.any() else None,
        source_resolution_m=raster.resolution_m,
        kind=reading.file.layers["terrain"].kind or "unstated",
    )


def _clutter(reading: Reading, grid: Grid, wide: Grid, zones: Zones) -> Clutter | None:
    if "land_cover" not in reading.file.layers:
        return None
    classes = _classes(reading)
    if classes is None:
        _named(reading, "land_cover", probe)
        return None
    clutter = _named(reading, "land_cover", read_clutter, grid=wide, classes=classes)
    if clutter is not None:
        raster = OnGrid(clutter.height_m, clutter.crs, clutter.extent, clutter.resolution_m)
        _summarise(reading, "land_cover", raster, clutter.height_m, grid=grid, on=wide, zones=zones)
    return clutter


def _classes(reading: Reading) -> tuple[CoverClass, ...] | None:
    """Return the classes layers.toml names: a product phusong knows, or a table beside layers.toml."""
    table = reading.file.layers["land_cover"].table
    if table is None:
        name = shipped_names()[0]
        reading.notes("land_cover").fault(
            f"layers.toml does not say whose classes these are; they are read as {name}",
            f'state table = "{name}", another product ({", ".join(shipped_names()[1:])}) or your own table',
            column="table",
            severity="info",
        )
        return shipped_classes(name)
    if table in shipped_names():
        return shipped_classes(table)
    if not Path(table).suffix:
        near = difflib.get_close_matches(table, shipped_names(), n=1)
        reading.notes("land_cover").fault(
            f"phusong knows no land cover product of this name; it knows {', '.join(shipped_names())}",
            f'did you mean table = "{near[0]}"?' if near else 'name one of them, or your own table, e.g. "clutter.csv"',
            column="table",
            value=table,
        )
        return None
    return read_classes(reading.path.parent.absolute() / table, reading.findings.of("land_cover", table))


def _say_twice(notes: Notes, terrain: Terrain) -> None:
    """Say that a surface model and clutter heights together count trees and houses twice."""
    if terrain.kind == "surface":
        notes.fault(
            "the elevation has trees and houses on it (a surface model), and [layers.land_cover] adds their heights: "
            "a model that reads both would count them twice",
            "give bare ground (a DTM), or take [layers.land_cover] out",
            column="kind",
            value="surface",
            severity="warning",
        )
    elif terrain.kind == "unstated":
        notes.fault(
            "layers.toml does not say whether the elevation is bare ground; clutter heights are meant to stand on that",
            'state kind = "ground" (a DTM) or kind = "surface" (SRTM, Copernicus GLO-30: trees and houses on it)',
            column="kind",
            severity="info",
        )


def _summarise(
    reading: Reading,
    name: str,
    raster: OnGrid,
    values: NDArray[np.float64],
    *,
    grid: Grid,
    on: Grid,
    zones: Zones,
) -> None:
    """Note what the layer is, and say how much of the province it leaves unknown, and where."""
    notes = reading.notes(name)
    inside = zones.mostly_inside
    void = np.isnan(_inner(values, on, grid)).ravel() & inside
    cells, voids = int(inside.sum()), int(void.sum())
    parts = raster_parts(reading.path_of(name))
    reading.summarise(name, rows=cells, used=cells - voids, crs=raster.crs, extent=raster.extent, parts=parts)
    if not voids:
        return
    km2 = voids * grid.cell_km2
    most, x_m, y_m = largest(void.reshape(grid.shape), grid)
    lon, lat = to_lonlat(x_m, y_m, crs=grid.crs)
    notes.fault(
        f"{voids} of {cells} cells of the province ({km2:.1f} km²) have no value",
        "give a raster that covers the province; these cells are unknown",
        value=f"the largest void, {most:.1f} km², lies around lon {lon:.4f}, lat {lat:.4f}",
        severity="warning",
    )
    notes.repair("unknown: no value inside the province", how_much=f"{voids} cells ({km2:.1f} km²)")


def _inner(values: NDArray[Any], on: Grid, grid: Grid) -> NDArray[Any]:
    """Cut the run's grid out of the wider one."""
    margin = (on.rows - grid.rows) // 2
    return values[margin : margin + grid.rows, margin : margin + grid.cols]
