"""The ITU's maps of refractivity: DN50.TXT and N050.TXT, as they come with Recommendations P.1812 and P.452.

Both are 121 lines of 241 numbers: latitude from 90° north to 90° south, longitude from 0° to 360° east, one value every
1.5°. The ITU's licence forbids to hand them on, so phusong reads the planner's own copy. Read are a folder or a zip
that holds the two files (the zip as downloaded from the ITU will do), and an ``.npz`` with the arrays ``dn50`` and
``n050``, as Python tools keep them.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from phusong.gis.findings import Notes

__all__ = ["SHAPE", "ItuMaps", "read_itu_maps"]

SHAPE: Final = (121, 241)
"""Latitudes and longitudes of the grid."""
STEP_DEG: Final = 1.5

_NAMES: Final = ("dn50", "n050")
# Wider than the whole world's values (24.6..79.9 N-units/km; 294..389 N-units), and far from each other.
_RANGES: Final = {"dn50": (0.0, 150.0), "n050": (200.0, 450.0)}
_MEANING: Final = {"dn50": "ΔN in N-units/km", "n050": "N0 in N-units"}
_MOST_BYTES = 4 * 2**20  # a map has 0.2 to 0.8 MB
_DOWNLOAD = "take DN50.TXT and N050.TXT out of the zip that the ITU offers beside Recommendation P.1812"


@dataclass(frozen=True, slots=True)
class ItuMaps:
    """Median refractivity of the whole world.

    Parameters
    ----------
    dn50 : array, shape (121, 241)
        ΔN: mean decrease of refractivity in the lowest kilometre exceeded half of the year, N-units/km.
    n050 : array, shape (121, 241)
        N0: sea-level surface refractivity, N-units.
    source : str
        Which files, for reports.
    """

    dn50: NDArray[np.float64]
    n050: NDArray[np.float64]
    source: str

    def at(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return ΔN in N-units/km and N0 in N-units at places in WGS 84 degrees.

        Parameters
        ----------
        lon : array_like
            Any number of turns: -120 and 240 are one meridian.
        lat : array_like
            -90..90.

        Raises
        ------
        ValueError
            For a latitude beyond the poles, or a coordinate that is no number.

        Notes
        -----
        ITU-R P.1144, Annex 1, section 1b: bilinear in the square of grid points (R, C) .. (R + 1, C + 1) that holds
        the place.
        """
        east, north = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        if not (np.isfinite(east).all() and (np.abs(north) <= 90.0).all()):  # noqa: PLR2004 - NaN fails too
            raise ValueError(f"lon {east}, lat {north} is no place on Earth: lat must be -90..90 and lon a number")
        row = (90.0 - north) / STEP_DEG
        col = np.mod(east, 360.0) / STEP_DEG
        # The pole's own row, and 360° reached by rounding, belong to the last square.
        top = np.minimum(row.astype(np.intp), SHAPE[0] - 2)
        left = np.minimum(col.astype(np.intp), SHAPE[1] - 2)
        down, right = row - top, col - left

        def interpolated(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(
                values[top, left] * (1.0 - down) * (1.0 - right)
                + values[top + 1, left] * down * (1.0 - right)
                + values[top, left + 1] * (1.0 - down) * right
                + values[top + 1, left + 1] * down * right
            )

        return interpolated(self.dn50), interpolated(self.n050)


def read_itu_maps(path: Path, *, notes: Notes) -> ItuMaps | None:
    """Read the two maps.

    Parameters
    ----------
    path : Path
        A folder or a zip with DN50.TXT and N050.TXT (letter case does not matter), one of the two files with the other
        beside it, or an ``.npz``.
    notes : Notes
        Where faults go.

    Returns
    -------
    ItuMaps or None
        None where either map cannot be used; the notes say why.
    """
    try:
        found = _found(path, notes)
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile) as err:
        text = f"the ITU's maps cannot be read ({str(err) or type(err).__name__})"
        notes.fault(text, f"check the file and its permissions; {_DOWNLOAD}", value=path.name)
        return None
    if found is None:
        return None
    read = {name: _checked(name, file, values, notes) for name, (file, values) in found.items()}
    dn50, n050 = read["dn50"], read["n050"]
    if dn50 is None or n050 is None:
        return None
    files = " and ".join(dict.fromkeys(found[name][0] for name in _NAMES))
    notes.describe(f"ITU maps of refractivity, {files}: 1.5° grid, {SHAPE[0]} x {SHAPE[1]} values")
    return ItuMaps(dn50, n050, source=f"the ITU's maps {files}")


_Taken: TypeAlias = "tuple[str, NDArray[np.float64] | str]"
"""A file's name, and its values, or in words why it has none."""


def _found(path: Path, notes: Notes) -> dict[str, _Taken] | None:
    """Return each map's file and values."""
    if path.suffix.lower() == ".npz" and path.is_file():
        return _in_npz(path, notes)
    if path.suffix.lower() == ".zip" and path.is_file():
        return _in_zip(path, notes)
    if path.is_file() and path.stem.lower() in _NAMES:
        path = path.parent
    if not path.is_dir():
        rule = "there are no ITU maps at this place" if not path.exists() else "this is none of the ITU's maps"
        remedy = f"give the folder or the zip that holds DN50.TXT and N050.TXT: {_DOWNLOAD}"
        notes.fault(rule, remedy, column="path", value=path)
        return None
    there = [each for each in sorted(path.iterdir()) if each.suffix.lower() == ".txt"]
    if not _once_each([each.stem for each in there], f"the folder {path.name}", notes):
        return None
    found: dict[str, _Taken] = {}
    for each in there:
        if each.stem.lower() in _NAMES:
            with each.open("rb") as file:
                found[each.stem.lower()] = each.name, _text(_limited(file.read))
    return found


def _in_zip(path: Path, notes: Notes) -> dict[str, _Taken] | None:
    with zipfile.ZipFile(path) as archive:
        members = [each.filename for each in archive.infolist() if _is_text(each.filename)]
        if not _once_each([Path(name).stem for name in members], path.name, notes):
            return None
        found: dict[str, _Taken] = {}
        for member in members:
            if (name := Path(member).stem.lower()) in _NAMES:
                with archive.open(member) as file:
                    found[name] = f"{member} of {path.name}", _text(_limited(file.read))
    return found


def _in_npz(path: Path, notes: Notes) -> dict[str, _Taken] | None:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES / 2**20:.0f} MB")
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
        if not _once_each(arrays.files, path.name, notes):
            return None
        found: dict[str, _Taken] = {}
        for key in arrays.files:
            if key.lower() in _NAMES:
                values = np.asarray(arrays[key])
                numbers = values.astype(float) if values.dtype.kind in "fiu" else f"holds {values.dtype}, not numbers"
                found[key.lower()] = f"{key} of {path.name}", numbers
    return found


def _is_text(member: str) -> bool:
    return member.lower().endswith(".txt") and "__MACOSX" not in member


def _once_each(stems: Iterable[str], where: str, notes: Notes) -> bool:
    """Tell whether each map is there once; a fault that names what lacks or stands there twice."""
    counts = Counter(stem.lower() for stem in stems)
    lacking = [f"{name.upper()}.TXT" for name in _NAMES if not counts[name]]
    twice = [f"{name.upper()}.TXT" for name in _NAMES if counts[name] > 1]
    if lacking:
        notes.fault(f"{' and '.join(lacking)} is not in {where}", _DOWNLOAD, column="path", value=where)
    elif twice:
        remedy = "keep the one that came with the Recommendation you use"
        notes.fault(f"{' and '.join(twice)} is more than once in {where}", remedy, column="path", value=where)
    return not lacking and not twice


def _limited(read: Callable[[int], bytes]) -> bytes:
    data = read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES / 2**20:.0f} MB")
    return data


def _text(data: bytes) -> NDArray[np.float64] | str:
    """Return the numbers of a map, or in words why it has none."""
    try:
        lines = [line.split() for line in data.decode("ascii").splitlines() if line.strip()]
    except UnicodeDecodeError as err:
        return f"holds a byte that is no plain text (0x{data[err.start]:02x} at {err.start})"
    rows: list[list[float]] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append([float(item) for item in line])
        except ValueError:
            bad = next(item for item in line if not _is_number(item))
            return f"holds '{bad[:40]}' in line {number}, which is no number with a decimal point"
        if len(line) != len(rows[0]):
            return f"has {len(line)} values in line {number} and {len(rows[0])} in line 1"
    return np.array(rows, float).reshape(len(rows), len(rows[0]) if rows else 0)


def _is_number(item: str) -> bool:
    try:
        float(item)
    except ValueError:
        return False
    return True


def _checked(name: str, file: str, values: NDArray[np.float64] | str, notes: Notes) -> NDArray[np.float64] | None:
    """Hold a map against what it must be; None, with a fault, where it is something else."""
    if isinstance(values, str):
        notes.fault(f"the map {values}", _DOWNLOAD, value=file)
        return None
    if values.shape != SHAPE:
        turned = values.shape == SHAPE[::-1]
        shape = " x ".join(str(side) for side in values.shape)
        rule = f"the map has {shape} values, not {SHAPE[0]} lines of {SHAPE[1]}"
        notes.fault(rule + ("; rows and columns are exchanged" if turned else ""), _DOWNLOAD, value=file)
        return None
    bad = ~np.isfinite(values)
    if bad.any():
        row, col = (int(place[0]) for place in np.nonzero(bad))
        rule = f"{int(bad.sum())} values of the map are no number, the first in line {row + 1}, column {col + 1}"
        notes.fault(rule, _DOWNLOAD, value=file)
        return None
    low, high = float(values.min()), float(values.max())
    if _fits(name, low, high):
        return values
    other = next(each for each in _NAMES if each != name)
    limits = " to ".join(f"{limit:g}" for limit in _RANGES[name])
    rule = f"the map holds {low:.1f} to {high:.1f}; {_MEANING[name]} lies within {limits}"
    if _fits(other, low, high):
        rule += f"; these are values of {other.upper()}"
        notes.fault(rule, "the two files are exchanged: give each its own name back", value=file)
    else:
        notes.fault(rule, _DOWNLOAD, value=file)
    return None


def _fits(name: str, low: float, high: float) -> bool:
    least, most = _RANGES[name]
    return least <= low and high <= most
