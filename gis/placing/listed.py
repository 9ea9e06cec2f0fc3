"""Listed: the shapes of a table that lists coordinates - points, and lines of which only the ends are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from phusong.gis.crs import WGS84, is_metric, looks_like_degrees, parse_crs, to_lonlat, transform
from phusong.gis.placing.axes import names_x_north, turned
from phusong.gis.placing.fit import fit_hint
from phusong.gis.tally import say_faults

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes

__all__ = ["COORDINATES", "listed_shapes", "refuse_unlabelled"]

_ENDS = {"point": ("",), "line": ("start_", "end_")}
_DEGREES, _METRES = ("lon", "lat"), ("x_m", "y_m")
COORDINATES = tuple(f"{end}{name}" for end in ("", *_ENDS["line"]) for name in (*_DEGREES, *_METRES))
"""Columns of the dictionary that say where a record is."""

# Two notations of one place are rounded, never this far apart; a datum shift is 225 m.
_SAME_PLACE_M = 50.0
_LEAST_PAIRS = 3
# A route is longer than the straight line between its ends; stated lengths are rounded.
_SHORTER_SHARE = 0.95
_LEAST_LENGTH_M = 100.0
_GEOD = Geod(ellps="WGS84")

Pair = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def listed_shapes(
    table: pd.DataFrame,
    *,
    kind: Literal["point", "line"],
    crs: str | None,
    axes: str,
    grid_crs: str,
    outline: BaseGeometry | None,
    notes: Notes,
) -> tuple[str, gpd.GeoSeries] | None:
    """Make shapes of coordinates, and say in which CRS they are.

    Parameters
    ----------
    table : DataFrame
        Conformed: points with lon, lat, x_m, y_m; lines with start_lon ... end_y_m.
    kind : {"point", "line"}
    crs : str or None
        As layers.toml states it, checked. None: longitudes and latitudes are WGS 84, metres are refused.
    axes : {"auto", "east-north", "north-east"}
        Order of X and Y in the file.
    grid_crs : str
    outline : geometry or None
        The province, grid CRS.
    notes : Notes

    Returns
    -------
    (str, GeoSeries) or None
        Rows without a place are missing and have a fault. None where the table cannot be placed at all.
    """
    given = _Given(table, _ENDS[kind], grid_crs, outline, notes)
    degrees, metres = given.pair(_DEGREES), given.pair(_METRES)
    if crs is None and not _known(degrees).any() and not given.goes_unstated(metres):
        return None
    crs = crs or WGS84
    metric = is_metric(parse_crs(crs))
    own, other, names = (metres, degrees, _METRES) if metric else (degrees, metres, _DEGREES)
    if not metric and not _known(own).any() and _known(other).any() and not _looks_metric(other):
        given.say_degrees(other)
        own, names = other, _METRES
    elif not _known(own).any():
        given.refuse_units(crs, names, other)
        return None
    own = given.ordered(own, crs, axes if names == _METRES else "auto")
    if other is not own and names == (_METRES if metric else _DEGREES):
        own = given.beside(own, other, crs, names)
    return crs, given.shapes(own, crs, names)


def refuse_unlabelled(hint: str, notes: Notes) -> None:
    """Refuse coordinates without a CRS, and name the one they would fit."""
    remedy = 'state it: crs = "EPSG:9212" (VN-2000 TM-3 106°15′), "EPSG:9210" (105°45′), "EPSG:4326" (WGS 84) ...'
    remedy = f"{hint}; state the one they are in: crs = ..." if hint else remedy
    notes.fault("the coordinates come without a coordinate system", remedy, column="crs")


def _known(pair: Pair) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(pair[0]) & np.isfinite(pair[1]))


def _looks_metric(pair: Pair) -> bool:
    """Tell whether most numbers are too large for degrees."""
    known = _known(pair)
    return bool(known.any()) and bool(looks_like_degrees(pair[0][known], pair[1][known]).mean() < 0.5)  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class _Given:
    """A table that lists coordinates, and what it is held against."""

    table: pd.DataFrame
    ends: tuple[str, ...]
    grid_crs: str
    outline: BaseGeometry | None
    notes: Notes

    def first(self, names: tuple[str, str]) -> tuple[str, str]:
        """Return the columns of the first end."""
        return f"{self.ends[0]}{names[0]}", f"{self.ends[0]}{names[1]}"

    def pair(self, names: tuple[str, str]) -> Pair:
        """Return two coordinates of all records, one end after the other; NaN where there is none."""
        found = self.table.reindex(columns=[f"{end}{name}" for name in names for end in self.ends])
        values = found.to_numpy(float).T.reshape(2, -1)
        return values[0].copy(), values[1].copy()

    def columns(self) -> set[str]:
        """Return the columns of places that the file has."""
        matches = self.notes.findings.matches
        return {m.column for m in matches if m.layer == self.notes.layer and m.column in COORDINATES}

    def say_no_place(self, names: tuple[str, str]) -> None:
        """Say why no record has a place: columns that are missing, empty, or filled by turns."""
        pair = self.first(names)
        missing = [name for name in pair if name not in self.columns()]
        empty = [name for name in pair if name not in missing and self.table[name].isna().all()]
        remedy = f"map them: columns = {{ {pair[0]} = ..., {pair[1]} = ... }}"
        if len(missing) == len(pair) and names == _DEGREES:
            rule = f"the table has no {' and '.join(pair)}, nor {' and '.join(self.first(_METRES))}"
        elif missing:
            rule = f"the table has no {' and '.join(missing)}"
        elif empty:
            rule = f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty in every record"
            remedy = f"fill in {' and '.join(empty)}, or {remedy}"
        else:
            rule, remedy = f"no record has both {pair[0]} and {pair[1]}", "complete them"
        self.notes.fault(rule, remedy, column=(missing or empty or pair)[0])

    def goes_unstated(self, metres: Pair) -> bool:
        """Tell whether a table without lon and lat can be read without a stated CRS; a fault where not."""
        if not _known(metres).any():
            # The columns may have their faults already.
            if not {column for _, column in self.notes.said()} & set(COORDINATES):
                has_metres = bool(self.columns() & set(self.first(_METRES)))
                self.say_no_place(_METRES if has_metres else _DEGREES)
            return False
        if _looks_metric(metres):
            refuse_unlabelled(fit_hint(*metres, grid_crs=self.grid_crs, outline=self.outline), self.notes)
            return False
        return True

    def say_degrees(self, metres: Pair) -> None:
        """Say that the columns of metres hold degrees."""
        known = _known(metres)
        first = int(np.flatnonzero(known)[0])
        x, y = self.first(_METRES)
        self.notes.repair(
            f"read as degrees: {x} and {y} hold longitudes and latitudes",
            how_much=f"{int(known.sum())} places",
            before=f"{metres[0][first]:.8g} {metres[1][first]:.8g}",
            remedy="map them: columns = {{ {} = ..., {} = ... }}".format(*self.first(_DEGREES)),
        )

    def refuse_units(self, crs: str, names: tuple[str, str], other: Pair) -> None:
        """Say that the table has none of the coordinates the CRS is about."""
        x, y = self.first(names)
        metric = names == _METRES
        if _known(other).any():
            is_unit, has_unit = ("metres", "degrees") if metric else ("degrees", "metres")
            hint = fit_hint(*other, grid_crs=self.grid_crs, outline=self.outline)
            remedy = 'set crs = "EPSG:4326"' if metric else 'state the metric crs, e.g. "EPSG:9212"'
            also_x, also_y = self.first(_DEGREES if metric else _METRES)
            self.notes.fault(
                f"{has_unit} where {is_unit} belong: {crs} is in {is_unit}, the table has {also_x}, {also_y}",
                f"{remedy}; {hint}" if hint else remedy,
                column=also_x,
            )
        elif not {x, y} & {column for _, column in self.notes.said()}:
            self.say_no_place(_METRES if metric else _DEGREES)

    def ordered(self, pair: Pair, crs: str, axes: str) -> Pair:
        """Return east and north."""
        x, y = pair
        if axes == "auto":
            rows = np.tile(self.table.index.to_numpy(), len(self.ends))
            turn = turned(x, y, rows, crs=crs, grid_crs=self.grid_crs, outline=self.outline, notes=self.notes)
        else:
            # The dictionary's x_m is east; a column the file calls X may have been read as y_m already.
            turn = np.full(len(x), (axes == "north-east") != names_x_north(self.notes))
        return np.where(turn, y, x), np.where(turn, x, y)

    def beside(self, own: Pair, other: Pair, crs: str, names: tuple[str, str]) -> Pair:
        """Use the other pair of coordinates where a record has that alone, and hold the two against each other."""
        metric = names == _METRES
        there, also = _known(own), _known(other)
        if bool((there & also).any()):
            (x, y), (other_x, other_y) = self.first(names), self.first(_DEGREES if metric else _METRES)
            rule = f"{other_x} and {other_y} are not used: {crs} is about {x} and {y}"
            self.notes.fault(rule, "nothing", severity="info")
        if not metric or not also.any():
            return own
        east, north = transform(*other, source=WGS84, target=crs)
        self.compare(np.hypot(east - own[0], north - own[1])[there & also], crs)
        alone = also & ~there & np.isfinite(east) & np.isfinite(north)
        for place in np.flatnonzero(alone).tolist():
            self.notes.repair(
                "placed by longitude and latitude (WGS 84): the record has no metres",
                row=self.table.index[place % len(self.table)],
                how_much="1 record",
                before=f"lon {other[0][place]:.8g}, lat {other[1][place]:.8g}",
                after=f"east {east[place]:.2f}, north {north[place]:.2f}",
                remedy="fill in the metres",
            )
        return np.where(alone, east, own[0]), np.where(alone, north, own[1])

    def compare(self, apart_m: NDArray[np.float64], crs: str) -> None:
        """Say when a table's two notations do not mean the same places."""
        apart_m = apart_m[np.isfinite(apart_m)]
        if len(apart_m) < _LEAST_PAIRS or float(np.median(apart_m)) <= _SAME_PLACE_M:
            return
        self.notes.fault(
            f"the metres and the degrees of {len(apart_m)} records lie {float(np.median(apart_m)):,.0f} m apart "
            "(median): one of the two has another datum or meridian than the layer says",
            "check crs; between VN-2000 and WGS 84 it is about 225 m, to a zone next door 27 km or more",
            column="crs",
            value=crs,
            severity="warning",
        )

    def shapes(self, pair: Pair, crs: str, names: tuple[str, str]) -> gpd.GeoSeries:
        """Return points or straight lines; a record without a place is a fault."""
        x, y = (values.reshape(len(self.ends), len(self.table)) for values in pair)
        # Lists write 0 0 where nobody knows the place.
        known = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
        placed = known.all(axis=0)
        said = self.notes.said()
        wrong: dict[str, list[tuple[str, str, object, str]]] = {}
        for place in np.flatnonzero(~placed).tolist():
            row = self.table.index[place]
            end = int(np.flatnonzero(~known[:, place])[0])
            columns = [f"{self.ends[end]}{name}" for name in names]
            has = np.isfinite(x[end, place]), np.isfinite(y[end, place])
            missing = columns[1] if has == (True, False) else columns[0]
            if not {(self.notes.called(row), column) for column in columns} & said:
                fault = ("the record has no place", f"fill in {missing}", row, "0 0" if all(has) else "")
                wrong.setdefault(missing, []).append(fault)
        for column, faults in wrong.items():
            say_faults(faults, column=column, notes=self.notes)
        corners = np.stack([x[:, placed].T, y[:, placed].T], axis=-1)
        index = self.table.index[placed]
        if len(self.ends) == 1:
            return gpd.GeoSeries(shapely.points(corners[:, 0]), index=index, crs=crs)
        return self.straight(gpd.GeoSeries(shapely.linestrings(corners), index=index, crs=crs), corners, crs)

    def straight(self, lines: gpd.GeoSeries, corners: NDArray[np.float64], crs: str) -> gpd.GeoSeries:
        """Say of every route that its line is only assumed, and where that cannot be."""
        (lon, lat), same = to_lonlat(corners[..., 0], corners[..., 1], crs=crs), (corners[:, 0] == corners[:, 1])
        length_m = np.asarray(_GEOD.inv(lon[:, 0], lat[:, 0], lon[:, 1], lat[:, 1])[2], float)
        stated_km = self.table["length_km"].reindex(lines.index).to_numpy(float)
        same = same.all(axis=1)
        for row in lines.index[same]:
            rule = "both ends of the route are one place"
            self.notes.fault(rule, "correct one of them", row=row, column="geometry", value="0 m")
        for row, straight_m, km in zip(lines.index[~same], length_m[~same], stated_km[~same], strict=True):
            self.notes.repair(
                "assumed: straight line between the ends of a listed route",
                row=row,
                how_much=f"{straight_m / 1000:.3f} km",
                before=f"{km:g} km stated" if np.isfinite(km) else "",
                after=f"{straight_m / 1000:.3f} km straight",
                remedy="give the route as it is drawn",
            )
            if 1000 * km < _SHORTER_SHARE * straight_m and straight_m > _LEAST_LENGTH_M:
                self.notes.fault(
                    f"the route is stated as {km:g} km, and its ends are {straight_m / 1000:.3f} km apart",
                    "correct its ends or its length",
                    row=row,
                    column="length_km",
                    value=f"{km:g}",
                    severity="warning",
                )
        return lines[~same]
