"""What `phusong profile` does: one path of a site, looked at."""

from __future__ import annotations

import difflib
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from phusong.coverage.cells import build
from phusong.coverage.link_budget import LinkBudget
from phusong.coverage.path_view import assumed, level_dbm, look, profile_between
from phusong.coverage.propagation import repeat_range_warnings
from phusong.coverage.radioclimate import climate_at
from phusong.coverage.radiozones import radio_zones
from phusong.errors import ModelRangeWarning, PhusongError
from phusong.gis import read_layers
from phusong.gis.crs import WGS84, to_lonlat, transform
from phusong.gis.findings import Findings
from phusong.gis.ground import AROUND_M
from phusong.gis.readers.itu_maps import read_itu_maps
from phusong.gis.repair import Repair
from phusong.gis.terrain.sea import read_sea
from phusong.maps.profile_plot import FORMATS, profile_figure, save_profile
from phusong.maps.profile_text import Level, profile_text, summary_line
from phusong.maps.words import SIMULATED, Language

if TYPE_CHECKING:
    from phusong.coverage.cells import Site
    from phusong.coverage.path_view import PathView
    from phusong.coverage.propagation.path_profile import PathProfile
    from phusong.coverage.radioclimate import Climate
    from phusong.coverage.radiozones import RadioZones
    from phusong.gis.layers import Layers

__all__ = ["show_profile"]


def show_profile(
    site_id: str,
    *,
    lon: float,
    lat: float,
    layers_file: Path,
    cell_id: str | None = None,
    p_percent: float = 50.0,
    rx_height_m: float = LinkBudget().rx_height_m,
    itu_maps: Path | None = None,
    sea: Path | None = None,
    out: Path | None = None,
    language: Language = "vi",
) -> None:
    """Print a path of a site, and draw it where a file is named.

    Raises
    ------
    PhusongError
        For a site or a cell that is not there, a place outside the elevation raster, layers without elevation.
    """
    if out is not None and out.suffix.lower() not in FORMATS:
        raise PhusongError(f"{out.name}: a path is drawn as {', '.join(FORMATS)}; give the file one of these endings")
    layers = read_layers(layers_file)
    terrain = layers.terrain
    if terrain is None:
        raise PhusongError(
            f"{layers_file} has no elevation, and a path is nothing without ground: add [layers.terrain] with "
            f'path = "..." and kind = "ground" or "surface"'
        )
    place = _place(lon, lat, layers)
    site, guessed = _site(site_id, layers)
    zones = _zones(sea, layers)
    middle = to_lonlat((site.x_m + place[0]) / 2.0, (site.y_m + place[1]) / 2.0, crs=layers.grid.crs)
    climate = _climate((float(middle[0]), float(middle[1])), itu_maps)
    profile = profile_between((site.x_m, site.y_m), place, terrain=terrain, clutter=layers.clutter, zones=zones)
    azimuth = math.degrees(math.atan2(place[0] - site.x_m, place[1] - site.y_m)) % 360.0
    repeat_range_warnings()
    views: dict[tuple[float, float], PathView] = {}
    levels: list[Level] = []
    for cell in site.cells:
        key = cell.band.f_mhz, cell.height_m
        if key not in views:
            views[key] = _look(
                profile,
                f_mhz=cell.band.f_mhz,
                tx_height_m=cell.height_m,
                rx_height_m=rx_height_m,
                climate=climate,
                p_percent=p_percent,
                said=guessed,
            )
        levels.append(Level(cell, *level_dbm(cell, view=views[key], azimuth_deg=azimuth)))
    # Unknown levels last; of equal ones the first in the file.
    levels.sort(key=lambda each: -math.inf if math.isnan(each.level_dbm) else each.level_dbm, reverse=True)
    chosen = _chosen(cell_id, levels)
    view = views[chosen.cell.band.f_mhz, chosen.cell.height_m]
    title = f"{site.site_id} → {lon:.5f}, {lat:.5f}"
    said = [*assumed(terrain=terrain, clutter=layers.clutter, zones=zones), *guessed]
    text = profile_text(
        view, levels, title=f"{title} · {chosen.cell.cell_id}", assumed=said, p_percent=p_percent, language=language
    )
    if layers.simulated:
        text = f"{SIMULATED}\n{text}"
    typer.echo(text)
    if out is not None:
        subtitle = f"{chosen.cell.cell_id} · {summary_line(view, language=language)}"
        figure = profile_figure(view, title=title, subtitle=subtitle, language=language, simulated=layers.simulated)
        save_profile(figure, out, title=title, text=text, language=language)
        typer.echo(f"\nprofile {out}")


def _look(profile: PathProfile, *, said: list[Repair], **keys: Any) -> PathView:
    """Look at a path; where the model is stretched, that is one of the things to be said."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always", ModelRangeWarning)
        view = look(profile, **keys)
    said += [Repair("cells", "*", f"model used outside its recommended range: {one.message}") for one in given]
    return view


def _place(lon: float, lat: float, layers: Layers) -> tuple[float, float]:
    """Return the receiver's place on the grid; one that lies beyond the elevation is refused."""
    if not (math.isfinite(lon) and abs(lat) <= 90.0):  # noqa: PLR2004 - NaN fails too
        raise PhusongError(f"lon {lon:g}, lat {lat:g} is no place on Earth: first longitude, then latitude, in degrees")
    assert layers.terrain is not None  # noqa: S101 - the caller looked
    x, y = transform(lon, lat, source=WGS84, target=layers.grid.crs)
    x_m, y_m = float(x), float(y)
    west, south, east, north = layers.terrain.grid.bounds
    if not (west <= x_m < east and south < y_m <= north):
        raise PhusongError(
            f"lon {lon:g}, lat {lat:g} lies outside the elevation that was read, which ends {AROUND_M / 1000:g} km "
            f"beyond the province; write longitude first, then latitude"
        )
    return x_m, y_m


def _site(site_id: str, layers: Layers) -> tuple[Site, list[Repair]]:
    """Return a mast with its cells, and what had to be assumed about them alone."""
    known = [str(each) for each in layers.sites.index]
    if site_id not in known:
        near = difflib.get_close_matches(site_id, known, n=5, cutoff=0.4)
        raise PhusongError(
            f"there is no site {site_id!r} in the sites layer; "
            + (f"did you mean {', '.join(near)}?" if near else f"it has {len(known)} sites, the first is {known[0]}")
        )
    own = layers.cells[layers.cells["site_id"].astype(str) == site_id]
    sites, guessed = build(replace(layers, cells=own))
    if not sites:
        raise PhusongError(f"site {site_id} has no cell: nothing there transmits; add its cells to the cells layer")
    return sites[0], guessed


def _chosen(cell_id: str | None, levels: list[Level]) -> Level:
    """Return the cell that was asked for, else the strongest."""
    if cell_id is None:
        return levels[0]
    for level in levels:
        if level.cell.cell_id == cell_id:
            return level
    raise PhusongError(f"the site has no cell {cell_id!r}; it has {', '.join(each.cell.cell_id for each in levels)}")


def _climate(lonlat: tuple[float, float], itu_maps: Path | None) -> Climate:
    if itu_maps is None:
        return climate_at(*lonlat)
    findings = Findings()
    maps = read_itu_maps(itu_maps, notes=findings.of("itu-maps", str(itu_maps)))
    findings.raise_errors()
    return climate_at(*lonlat, maps=maps)


def _zones(sea: Path | None, layers: Layers) -> RadioZones:
    assert layers.terrain is not None  # noqa: S101 - the caller looked
    grid = layers.terrain.grid
    if sea is None:
        return radio_zones(grid)
    findings = Findings()
    known = read_sea(sea, grid=grid, notes=findings.of("sea", str(sea)))
    findings.raise_errors()
    return radio_zones(grid, sea=known, terrain=layers.terrain)
