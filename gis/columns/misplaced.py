"""Misplaced: longitudes and latitudes that stand in each other's fields, or metres in the columns of degrees.

Only what cannot be otherwise is put right. A record is turned where its latitude is beyond 90 degrees and its longitude
is not - no longitude of Vietnam is below 102 - and each is a row of the repair report; a whole table of such records is
refused, for its columns are mapped wrong. Columns of lon and lat are read as x_m and y_m where most of their
numbers are beyond any degree and the table has no x_m and y_m of its own; a CRS must then be stated as for any metres.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from phusong.gis.columns.fields import Field, read_field
from phusong.gis.schemas import layer_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from phusong.gis.findings import Notes

__all__ = ["put_right", "swapped"]

_POLE_DEG = 90.0
_HALF_GLOBE_DEG = 180.0
_MOST_SHARE = 0.5
# No place of a province has such degrees, and none is this near to the origin of its zone.
_LEAST_METRES = 10_000.0


def put_right(
    table: pd.DataFrame, names: dict[str, str], fields: dict[str, Field], *, layer: str, decimal: str, notes: Notes
) -> Sequence[str]:
    """Put misplaced coordinates right, in `names` and `fields`; each change is a repair.

    Parameters
    ----------
    table : DataFrame
        As a reader gave it.
    names : dict
        Dictionary column -> column of the table.
    fields : dict
        Dictionary column -> what was read.
    layer : str
        Layer of the dictionary.
    decimal : {"auto", ".", ","}
    notes : Notes

    Returns
    -------
    sequence of str
        The dictionary's columns that are read anew, or not at all any more.
    """
    dictionary = layer_columns(layer)
    changed: list[str] = []
    for end in ("", "start_", "end_"):
        lon, lat, x, y = (f"{end}{name}" for name in ("lon", "lat", "x_m", "y_m"))
        if lon not in fields or lat not in fields:
            continue
        a, b = fields[lon].floats(), fields[lat].floats()
        known = np.isfinite(a) & np.isfinite(b)
        if not known.any():
            continue
        far = known & (np.abs(a) >= _LEAST_METRES) & (np.abs(b) >= _LEAST_METRES)
        astray = known & (np.abs(b) > _POLE_DEG) & (np.abs(b) <= _HALF_GLOBE_DEG) & (np.abs(a) <= _POLE_DEG)
        if far.sum() > _MOST_SHARE * known.sum() and x not in fields and y not in fields:
            _to_metres(names, fields, (lon, lat, x, y), notes)
            changed += [lon, lat]
            again = {name: table[names[name]] for name in (x, y)}
        elif 0 < astray.sum() <= _MOST_SHARE * known.sum():
            again = _turned(table, names, (lon, lat), astray, notes)
        else:
            continue
        for name, values in again.items():
            fields[name] = read_field(values, dictionary[name], decimal=decimal)
            changed.append(name)
    return changed


def _to_metres(
    names: dict[str, str], fields: dict[str, Field], columns: tuple[str, str, str, str], notes: Notes
) -> None:
    """Call the columns of lon and lat x_m and y_m."""
    lon, lat, x, y = columns
    before = f"{lon} = {names[lon]}, {lat} = {names[lat]}"
    count = int(np.isfinite(fields[lon].floats()).sum())
    for old, new in ((lon, x), (lat, y)):
        names[new] = names.pop(old)
        del fields[old]
    notes.repair(
        f"read as metres: the columns of {lon} and {lat} hold metres",
        how_much=f"{count} places",
        before=before,
        after=f"{x} = {names[x]}, {y} = {names[y]}",
        remedy=f'map them: columns = {{ {x} = "{names[x]}", {y} = "{names[y]}" }}',
    )


def _turned(
    table: pd.DataFrame, names: dict[str, str], columns: tuple[str, str], astray: NDArray[np.bool_], notes: Notes
) -> dict[str, pd.Series[Any]]:
    """Return the columns of longitude and latitude with those of single records exchanged."""
    a, b = (table[names[name]].to_numpy(dtype=object, copy=True) for name in columns)
    for place in np.flatnonzero(astray).tolist():
        one, other = (str(values[place]).strip() for values in (a, b))
        notes.repair(
            "axes: latitude and longitude of the record were exchanged",
            row=table.index[place],
            how_much="1 record",
            before=f"{columns[0]} {one}, {columns[1]} {other}",
            after=f"{columns[0]} {other}, {columns[1]} {one}",
            remedy="correct it",
        )
    a[astray], b[astray] = b[astray], a[astray]
    return {name: pd.Series(v, index=table.index, dtype=object) for name, v in zip(columns, (a, b), strict=True)}


def swapped(fields: Mapping[str, Field], names: Mapping[str, str], notes: Notes) -> tuple[str, ...]:
    """Refuse a table whose lon and lat are swapped: one fault instead of one a row.

    Parameters
    ----------
    fields : mapping
        Dictionary column -> what was read.
    names : mapping
        Dictionary column -> column of the table.
    notes : Notes

    Returns
    -------
    tuple of str
        ``lon`` and ``lat`` where they cannot be used, else nothing.
    """
    if "lon" not in fields or "lat" not in fields:
        return ()
    lon, lat = fields["lon"].floats(), fields["lat"].floats()
    astray = (np.abs(lat) > _POLE_DEG) & (np.abs(lat) <= _HALF_GLOBE_DEG) & (np.abs(lon) <= _POLE_DEG)
    known = int((np.isfinite(lon) & np.isfinite(lat)).sum())
    if not astray.any() or astray.sum() <= _MOST_SHARE * known:
        return ()
    first = int(np.flatnonzero(astray)[0])
    field = fields["lat"]
    notes.fault(
        f"lon and lat look swapped: {int(astray.sum())} of {known} latitudes are beyond {_POLE_DEG:g} degrees",
        f'map them: columns = {{ lon = "{names["lat"]}", lat = "{names["lon"]}" }}',
        row=field.index[first],
        column="lat",
        value=field.raw[field.codes[first]],
    )
    return "lon", "lat"
