"""The profile exchange format of ITU-R Study Group 3: one path, its air, and the measurements or cases on it.

A text file of lines with commas: header lines ``key:,value``, then ``{Begin of Profile}`` ... ``{End of Profile}`` with
distance in km, elevation, coverage code, height of the ground cover in m and radio-climatic zone (1 sea, 3 coast, 4
inland), then ``{Begin of Measurements}`` ... ``{End of Measurements}``. Rows of faults are line numbers.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

    Header: TypeAlias = dict[str, tuple[int, str]]

__all__ = ["Sg3Measurement", "Sg3Profile", "mid_latitude_deg", "read_sg3_profile"]

_EARTH_RADIUS_KM: Final = 6371.0
_DELTA_N: Final = "Average annual values dN (N-units/km):"
_N0: Final = "Average annual sea-level surface refractivity No (N-units):"
_LENGTH: Final = "Tot. Path Length(km):"
_COUNT: Final = "Number of Points:"
_FIRST: Final = "First point TX or RX:"
_KEYS: Final = ("Tx LAT:", "Tx LON:", "Rx LAT:", "Rx LON:", _DELTA_N, _N0)
_POLARISATIONS: Final[dict[str, Literal["horizontal", "vertical"]]] = {"1": "horizontal", "2": "vertical"}
_ZONES: Final = (1.0, 3.0, 4.0)
_MEASURED: Final = {0: "Frequency", 1: "Tx antenna height", 3: "Rx antenna height", 14: "Time percentage"}
_SAME_LENGTH: Final = 0.01  # a hundredth: rounding, no other path
_ERP, _FIELD, _POLARISATION = 12, 16, 4


@dataclass(frozen=True, slots=True)
class Sg3Measurement:
    """One row below the profile.

    Parameters
    ----------
    row : int
        Line in the file.
    f_mhz, tx_height_m, rx_height_m, p_percent : float
        Heights above ground.
    polarisation : {"horizontal", "vertical"}
    erp_kw : float
        ERP_max_total; NaN where the file has none.
    field_dbuvm : float
        The measured or reference field strength in dB(uV/m); NaN where the file has none.
    """

    row: int
    f_mhz: float
    tx_height_m: float
    rx_height_m: float
    p_percent: float
    polarisation: Literal["horizontal", "vertical"]
    erp_kw: float
    field_dbuvm: float


@dataclass(frozen=True, slots=True, eq=False)
class Sg3Profile:
    """A path from its transmitter to its receiver.

    Parameters
    ----------
    distance_m, ground_m, clutter_m : ndarray of float64, shape (n,)
    zone : ndarray of int8, shape (n,)
        1 sea, 3 coast, 4 inland.
    delta_n_per_km, n0 : float
        Of the air.
    latitude_deg : float
        Of the path's middle: half its length along the great circle from the transmitter.
    measurements : tuple of Sg3Measurement
    """

    distance_m: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    clutter_m: NDArray[np.float64]
    zone: NDArray[np.int8]
    delta_n_per_km: float
    n0: float
    latitude_deg: float
    measurements: tuple[Sg3Measurement, ...]


def read_sg3_profile(path: Path, *, notes: Notes) -> Sg3Profile | None:
    """Read one file.

    Parameters
    ----------
    path : Path
    notes : Notes
        Faults are written there: errors for what cannot be used, notes for what the file leaves open.

    Returns
    -------
    Sg3Profile or None
        None where there is an error.
    """
    if not path.is_file():
        notes.fault("there is no such file", "check the path", value=str(path))
        return None
    # Only site names may hold anything but ASCII, and they are not read.
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    lines = [_cells(line) for line in text.splitlines()]
    begin, end = _section(lines, "Profile", notes), _section(lines, "Measurements", notes)
    if begin is None or end is None:
        return None
    header = {
        line[0].casefold(): (row, line[1] if len(line) > 1 else "") for row, line in enumerate(lines, start=1) if line
    }
    head = {key: _header_number(header, key, notes) for key in _KEYS}
    points = _points(lines, begin, header, notes)
    measurements = _measurements(lines, end, notes)
    if points is None or notes.has_errors():
        return None
    distance, ground, clutter, zone = points
    _check_length(header, float(distance[-1]), notes)
    row, first = _key(header, _FIRST)
    if first.upper().startswith("R"):
        notes.fault("the profile starts at the receiver", "nothing; it is read from its other end", severity="info")
        distance, ground, clutter, zone = (distance[-1] - distance)[::-1], ground[::-1], clutter[::-1], zone[::-1]
    elif not first.upper().startswith("T"):
        _assume(notes, row, _FIRST, "the transmitter is taken as the first point")
    latitude = mid_latitude_deg(
        (head["Tx LAT:"], head["Tx LON:"]), (head["Rx LAT:"], head["Rx LON:"]), length_km=float(distance[-1])
    )
    return Sg3Profile(
        distance * 1000.0, ground, clutter, zone.astype(np.int8), head[_DELTA_N], head[_N0], latitude, measurements
    )


def mid_latitude_deg(tx: tuple[float, float], rx: tuple[float, float], *, length_km: float) -> float:
    """Return the latitude half the length along the great circle from `tx` towards `rx`, both (latitude, longitude).

    Examples
    --------
    >>> round(mid_latitude_deg((10.0, 106.0), (12.0, 106.0), length_km=222.4), 3)
    11.0
    """
    lat_t, lat_r, apart = (math.radians(angle) for angle in (tx[0], rx[0], rx[1] - tx[1]))
    north = math.cos(lat_t) * math.sin(lat_r) - math.sin(lat_t) * math.cos(lat_r) * math.cos(apart)
    east = math.sin(apart) * math.cos(lat_r)
    if not (north or east):
        return tx[0]
    half = length_km / 2.0 / _EARTH_RADIUS_KM
    bearing = math.atan2(east, north)
    sine = math.sin(lat_t) * math.cos(half) + math.cos(lat_t) * math.sin(half) * math.cos(bearing)
    return math.degrees(math.asin(min(max(sine, -1.0), 1.0)))


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return [line]


def _section(lines: Sequence[list[str]], name: str, notes: Notes) -> range | None:
    """Return the line indices between ``{Begin of name}`` and ``{End of name}``."""
    remedy = "give an SG3 profile file (CSV): one profile and its measurements, each between its two lines"
    found = []
    for word in ("Begin", "End"):
        mark = f"{{{word} of {name}}}"
        rows = [index for index, line in enumerate(lines) if line and line[0].casefold() == mark.casefold()]
        if len(rows) != 1:
            what = "is missing" if not rows else f"stands {len(rows)} times"
            notes.fault(f"the line {mark} {what}", remedy, row=rows[1] + 1 if rows else None)
            return None
        found.append(rows[0])
    if found[1] < found[0]:
        notes.fault(f"{{End of {name}}} stands above {{Begin of {name}}}", remedy, row=found[1] + 1)
        return None
    return range(found[0] + 1, found[1])


def _key(header: Header, key: str) -> tuple[int | None, str]:
    """Return the line of a key and what stands behind it."""
    return header.get(key.casefold(), (None, ""))


def _check_length(header: Header, length_km: float, notes: Notes) -> None:
    """Warn where the header and the profile mean different paths, as when one is in metres."""
    row, text = _key(header, _LENGTH)
    if abs(_number(text) - length_km) > _SAME_LENGTH * length_km:
        notes.fault(
            f"the profile is {length_km:g} km long",
            "check that distances are in km; the profile's own length is used",
            row=row,
            column=_LENGTH,
            value=text,
            severity="warning",
        )


def _header_number(header: Header, key: str, notes: Notes) -> float:
    row, text = _key(header, key)
    value = _number(text)
    if math.isnan(value) or (key.endswith("LAT:") and abs(value) > 90.0):  # noqa: PLR2004 - a latitude
        rule = "must be a latitude, -90..90" if key.endswith("LAT:") else "must be a number"
        notes.fault(
            rule, "fill it in; the air and the latitude come from this file alone", row=row, column=key, value=text
        )
    return value


def _points(
    lines: Sequence[list[str]], section: range, header: Header, notes: Notes
) -> tuple[NDArray[np.float64], ...] | None:
    rows = [index for index in section if any(lines[index]) and lines[index][0].casefold() != _COUNT.casefold()]
    row, stated = _key(header, _COUNT)
    if _number(stated) != len(rows):
        notes.fault(
            f"the profile has {len(rows)} rows",
            "give all rows, or correct the number",
            row=row,
            column=_COUNT,
            value=stated,
        )
    if len(rows) < 2:  # noqa: PLR2004 - two ends
        notes.fault("a profile has two rows or more", "give the ground from the transmitter to the receiver")
        return None
    table = np.full((len(rows), 4), np.nan)
    columns = {0: "Distance", 1: "Gnd hgt a.m.s.l.", 3: "Ground cover height", 4: "Radio Met Code"}
    open_ = dict.fromkeys((3, 4), 0)
    for number, index in enumerate(rows):
        line = lines[index]
        for place, (at, column) in enumerate(columns.items()):
            text = line[at] if at < len(line) else ""
            if not text and at in open_:
                open_[at] += 1
                table[number, place] = 0.0 if at == 3 else 4.0  # noqa: PLR2004 - no cover, inland
                continue
            value = table[number, place] = _number(text)
            if (rule := _rule_of(at, value)) is not None:
                notes.fault(
                    rule, "correct it; columns are separated by commas", row=index + 1, column=column, value=text
                )
    for at, what in ((3, "no ground cover (0 m)"), (4, "inland (4)")):
        if open_[at]:
            _assume(notes, None, columns[at], f"{open_[at]} rows without a value are taken as {what}")
    return _growing(table, rows, notes)


def _rule_of(at: int, value: float) -> str | None:
    """Return the rule a value of a column of the profile breaks."""
    if math.isnan(value):
        return "must be a number"
    if at == 3 and value < 0.0:  # noqa: PLR2004 - the cover
        return "must be 0 m or more"
    if at == 4 and value not in _ZONES:  # noqa: PLR2004 - the zone
        return "must be 1 (sea), 3 (coast) or 4 (inland)"
    return None


def _growing(table: NDArray[np.float64], rows: Sequence[int], notes: Notes) -> tuple[NDArray[np.float64], ...]:
    distance = table[:, 0]
    if distance[0] != 0.0 and not np.isnan(distance[0]):
        notes.fault(
            "must be 0 at the first point", "count from there", row=rows[0] + 1, column="Distance", value=distance[0]
        )
    for number in np.flatnonzero(np.diff(distance) <= 0.0).tolist():
        notes.fault(
            f"must be more than the {distance[number]:g} km of the row above",
            "sort the rows by distance and leave out doubles",
            row=rows[number + 1] + 1,
            column="Distance",
            value=f"{distance[number + 1]:g}",
        )
    return tuple(table.T)


def _measurements(lines: Sequence[list[str]], section: range, notes: Notes) -> tuple[Sg3Measurement, ...]:
    found = []
    for index in section:
        line, row = lines[index], index + 1
        if not any(line):
            continue
        values = {}
        for at, column in _MEASURED.items():
            text = line[at] if at < len(line) else ""
            values[at] = _number(text)
            if math.isnan(values[at]):
                notes.fault("must be a number", "fill it in", row=row, column=column, value=text)
        polarisation = line[_POLARISATION] if len(line) > _POLARISATION else ""
        if polarisation not in _POLARISATIONS:
            notes.fault(
                "must be 1 (horizontal) or 2 (vertical)",
                "choose one; a circular wave has no formula of its own",
                row=row,
                column="Polarisation HVC",
                value=polarisation,
            )
            continue
        erp_dbw = _number(line[_ERP] if len(line) > _ERP else "")
        field = _number(line[_FIELD] if len(line) > _FIELD else "")
        if math.isnan(erp_dbw):
            _assume(notes, row, "ERP_max_total", "the field strength is given for 1 kW")
        f_mhz, tx, rx, p = (values[at] for at in _MEASURED)
        erp_kw = 10.0 ** (erp_dbw / 10.0 - 3.0)
        found.append(Sg3Measurement(row, f_mhz, tx, rx, p, _POLARISATIONS[polarisation], erp_kw, field))
    if not found and not notes.has_errors():
        notes.fault("there is no measurement row", "give one row for each frequency, time and antenna height")
    return tuple(found)


def _assume(notes: Notes, row: int | None, column: str, what: str) -> None:
    notes.fault(
        f"the file does not say: {what}", "fill it in where that is not so", row=row, column=column, severity="info"
    )


def _number(text: str) -> float:
    """Return a finite number, NaN for anything else."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
