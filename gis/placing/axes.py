"""Axes: which of two numbers is east and which is north.

Vietnamese tables and drawings call north X and east Y; programs call east x. Where layers.toml states ``axes``, that
order stands. With ``axes = "auto"`` numbers stay in the order they are in, unless that cannot be:

- A layer is turned when nine times as many of its places lie in or near the province with the two numbers exchanged
  as lie there as they stand: nine tenths of all, or five at least (a list may go far beyond the province).
- A single record is turned when it lies more than 30 km outside the province as it stands, and inside it with its two
  numbers exchanged.
- Without a province to hold them against, a layer is turned only when no record can be what it says - latitudes beyond
  90 degrees; in a zone of Vietnam northings below 900 km and eastings above - and all can the other way round.

Every turn is a row of the repair report, with the numbers before and after.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from phusong.gis.crs import central_meridian, is_degrees, parse_crs, transform
from phusong.gis.placing.fit import FITS_SHARE, inside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes

__all__ = ["NEIGHBOUR_KM", "names_x_north", "turned"]

NEIGHBOUR_KM = 30.0
"""A mast this near to the province still serves it; one farther away is a mistake until the planner says otherwise."""

_LEAST_PLACES = 5
_POLE_DEG = 90.0
# Northings of Vietnam in any VN-2000 or UTM zone are above, eastings are below.
_LEAST_NORTHING_M = 900_000.0
_MOST_NORTHING_M = 2_700_000.0
_X = re.compile(r"(?<![^\W\d_])x(?![^\W\d_])")


def names_x_north(notes: Notes) -> bool:
    """Tell whether the column read as y_m is called X in the file: its north is where the dictionary has it."""
    return any(
        match.layer == notes.layer and match.column.endswith("y_m") and _X.search(match.file_column.casefold())
        for match in notes.findings.matches
    )


def turned(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rows: Sequence[object] | NDArray[Any],
    *,
    crs: str,
    grid_crs: str,
    outline: BaseGeometry | None,
    notes: Notes,
) -> NDArray[np.bool_]:
    """Tell which places have north before east, by the rules above; each is a repair.

    Parameters
    ----------
    x, y : (n,) array
        As they stand, meant as east and north in `crs`.
    rows : (n,) sequence
        Their rows, for the repair report.
    crs, grid_crs : str
    outline : geometry or None
        The province, grid CRS.
    notes : Notes
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return known
    degrees = is_degrees(parse_crs(crs))
    if outline is None:
        possible = _degrees_possible if degrees else _metres_possible(crs)
        turn = known & ~possible(x, y) & possible(y, x)
        if int(turn.sum()) < int(known.sum()):
            return np.zeros(len(x), dtype=bool)
        whole = True
    else:
        right = inside(x, y, crs=crs, grid_crs=grid_crs, outline=outline)
        if right.sum() == known.sum():
            return np.zeros(len(x), dtype=bool)
        other = inside(y, x, crs=crs, grid_crs=grid_crs, outline=outline)
        if not other.any():
            return other
        near = _near(x, y, crs=crs, grid_crs=grid_crs, outline=outline)
        near_turned = int(_near(y, x, crs=crs, grid_crs=grid_crs, outline=outline).sum())
        many = near_turned >= min(_LEAST_PLACES, FITS_SHARE * known.sum())
        whole = many and (1 - FITS_SHARE) * near_turned >= near.sum()
        turn = known & ~near & (other | whole)
    _say(x, y, rows, turn, whole=whole, degrees=degrees, notes=notes)
    return turn


def _near(
    x: NDArray[np.float64], y: NDArray[np.float64], *, crs: str, grid_crs: str, outline: BaseGeometry
) -> NDArray[np.bool_]:
    """Tell which places lie in the province or next door."""
    near = np.isfinite(x) & np.isfinite(y)
    if is_degrees(parse_crs(crs)):
        near &= np.abs(y) <= _POLE_DEG
    east, north = transform(x[near], y[near], source=crs, target=grid_crs)
    finite = np.isfinite(east) & np.isfinite(north)
    west, south, right, top = shapely.bounds(outline) + 1000 * NEIGHBOUR_KM * np.array([-1, -1, 1, 1])
    finite &= (east >= west) & (east <= right) & (north >= south) & (north <= top)
    finite[finite] = shapely.dwithin(outline, shapely.points(east[finite], north[finite]), 1000 * NEIGHBOUR_KM)
    near[near] = finite
    return near


def _degrees_possible(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (np.abs(lat) <= _POLE_DEG) & (np.abs(lon) <= 2 * _POLE_DEG)


def _metres_possible(crs: str) -> Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]:
    """Return what tells whether east and north can be so in a CRS; anything can be outside the zones of Vietnam."""
    meridian = central_meridian(parse_crs(crs))
    vietnam = meridian is not None and 102.0 <= meridian <= 111.0  # noqa: PLR2004

    def possible(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.bool_]:
        if not vietnam:
            return np.ones(len(east), dtype=bool)
        low, high = _LEAST_NORTHING_M, _MOST_NORTHING_M
        return (east > 0) & (east < low) & (north >= low) & (north <= high)

    return possible


def _say(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rows: Sequence[object] | NDArray[Any],
    turn: NDArray[np.bool_],
    *,
    whole: bool,
    degrees: bool,
    notes: Notes,
) -> None:
    """Write the turns into the repair report: one row for a layer, else one a record."""
    first, second = ("lon", "lat") if degrees else ("east", "north")
    digits = ".8g" if degrees else ".2f"
    places = np.flatnonzero(turn)
    for place in places[:1] if whole else places:
        a, b = float(x[place]), float(y[place])
        before = f"{first} {a:{digits}}, {second} {b:{digits}}"
        after = f"{first} {b:{digits}}, {second} {a:{digits}}"
        if whole:
            what = "axes: the layer has " + (
                "latitude before longitude" if degrees else "north before east (X is north)"
            )
            remedy = 'state axes = "north-east" for this layer'
            notes.repair(what, how_much=f"{len(places)} records", before=before, after=after, remedy=remedy)
        else:
            what = (
                "axes: " + ("latitude and longitude" if degrees else "north and east") + " of the record were exchanged"
            )
            notes.repair(what, row=rows[place], how_much="1 record", before=before, after=after, remedy="correct it")
