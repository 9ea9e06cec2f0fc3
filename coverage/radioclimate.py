"""The air's refractivity over a place: how much it bends radio waves, and how often it ducts them.

The paths' Recommendations (ITU-R P.1812, P.452) take two figures of the middle of a path from maps of the world. The
ITU's licence does not let us hand the maps on. So `climate_at` knows their values at eight places of Vietnam
(``climate_places.csv``), and reads the planner's own copy of the maps where it is given.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from phusong.errors import ModelError

if TYPE_CHECKING:
    from phusong.gis.readers.itu_maps import ItuMaps

__all__ = ["BUILT_IN_BOUNDS", "Climate", "climate_at"]

BUILT_IN_BOUNDS: Final = (102.0, 6.5, 117.5, 23.5)
"""West, south, east, north in degrees: Vietnam with its islands. Beyond, the built-in figures say nothing."""
_GIVE_MAPS: Final = "give the ITU's maps: DN50.TXT and N050.TXT out of the zip beside Recommendation P.1812"


@dataclass(frozen=True, slots=True)
class Climate:
    """What the path-specific Recommendations ask of the air, at the middle of a path.

    Parameters
    ----------
    delta_n_per_km : float
        ΔN (DN50): mean decrease of refractivity in the lowest kilometre, N-units/km, positive.
    n0 : float
        N0 (N050): mean sea-level surface refractivity, N-units.
    latitude_deg : float
        Of the path's middle; anomalous propagation depends on it (β0).
    source : str
        Where the two figures come from.
    """

    delta_n_per_km: float
    n0: float
    latitude_deg: float
    source: str


def climate_at(lon: float, lat: float, *, maps: ItuMaps | None = None) -> Climate:
    """Return the climate at a place, as P.1812 asks for it at the middle of a path.

    Parameters
    ----------
    lon, lat : float
        WGS 84 degrees.
    maps : ItuMaps, optional
        The planner's copy of the ITU's maps; see `phusong.gis.readers.itu_maps.read_itu_maps`. Without them the
        built-in figures of eight places in Vietnam.

    Raises
    ------
    ModelError
        For a place that is none; without maps, for a place outside Vietnam (`BUILT_IN_BOUNDS`).

    Notes
    -----
    The built-in figures are weighted with the inverse square of the distance: exact at the eight places, an
    approximation between them. Held against the ITU's grids, on the mainland (3,017 places 0.1° apart) ΔN errs by
    0.6 N-units/km rms and 3.1 at most, which is 0.6 % and 2.8 % of the effective Earth radius; N0 errs by 1.4 N-units
    rms and 6.3 at most, and troposcatter alone reads it (0.15 dB per N-unit). On Vietnam's islands ΔN errs by 3.1 at
    most, in the far corners of the sea by 8. Each of the eight places told from the other seven errs by 2.1
    N-units/km and 3.4 N-units rms.

    Examples
    --------
    >>> climate_at(106.70, 10.78).delta_n_per_km  # Ho Chi Minh City
    52.3
    """
    if not (math.isfinite(lon) and -90.0 <= lat <= 90.0):  # noqa: PLR2004 - NaN fails too
        raise ModelError(f"lon {lon}, lat {lat} is no place on Earth: lat must be -90..90 and lon a number")
    if maps is not None:
        dn50, n050 = maps.at(lon, lat)
        return Climate(float(dn50), float(n050), lat, maps.source)
    west, south, east, north = BUILT_IN_BOUNDS
    turned = (lon + 180.0) % 360.0 - 180.0
    if not (west <= turned <= east and south <= lat <= north):
        raise ModelError(
            f"lon {lon:g}, lat {lat:g} lies outside Vietnam ({west:g}..{east:g}° east, {south:g}..{north:g}° north), "
            f"where phusong knows the air's refractivity without maps; {_GIVE_MAPS}"
        )
    places = _places()
    squared = [(place.lat - lat) ** 2 + ((place.lon - turned) * math.cos(math.radians(lat))) ** 2 for place in places]
    nearest = min(range(len(places)), key=squared.__getitem__)
    source = f"built-in figures of {len(places)} places in Vietnam out of the ITU's grids DN50 and N050"
    if squared[nearest] == 0.0:
        return Climate(places[nearest].dn50, places[nearest].n050, lat, source)
    total = sum(1.0 / square for square in squared)
    delta_n = sum(place.dn50 / square for place, square in zip(places, squared, strict=True)) / total
    n0 = sum(place.n050 / square for place, square in zip(places, squared, strict=True)) / total
    return Climate(delta_n, n0, lat, source)


class _Place(NamedTuple):
    name: str
    lon: float
    lat: float
    dn50: float
    n050: float


@cache
def _places() -> tuple[_Place, ...]:
    text = (files(__package__) / "climate_places.csv").read_text(encoding="utf-8")
    return tuple(
        _Place(row["place_en"], float(row["lon"]), float(row["lat"]), float(row["dn50_per_km"]), float(row["n050"]))
        for row in csv.DictReader(text.splitlines())
    )
