"""Antenna files: MSI Planet (.msi, .pla, .pln, .ant ...) and Radio Mobile's .ant - two cuts of losses in dB.

A Planet file is text: a header of keys (NAME, FREQUENCY, GAIN, TILT ...), then ``HORIZONTAL n`` and n lines of angle
and loss, then ``VERTICAL n`` and n lines. Horizontal angles go clockwise from boresight; vertical ones from the horizon
downward: 90 is the ground, 180 the horizon behind, 270 the sky. GAIN without a unit is dBd. A Radio Mobile file is 720
gains, one a line: the azimuths 0 to 359, then the elevations from 90 down to -269.

Where makers differ, what is meant is decided by what the file says, and said; see the faults and repairs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from phusong.gis.legacy_text import decode
from phusong.gis.readers.antenna_cut import Cut, completed, number_of, pairs_of, pointing

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["ANTENNA_SUFFIXES", "AntennaFile", "read_antenna_file"]

ANTENNA_SUFFIXES = frozenset({".msi", ".pla", ".pln", ".pnt", ".ptn", ".ant", ".prn", ".txt"})

_DIPOLE_DBI = 2.15
_LONGEST_BYTES = 2_000_000
_RADIO_MOBILE_LINES = 720
_GAIN_DBI = (-15.0, 45.0)
_TILT_DEG = 45.0
_TILT_DIFFERS_DEG, _NARROW_DEG = 3.0, 40.0
_LOWEST_MHZ = 30.0

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_WORD = re.compile(r"([A-Za-z][A-Za-z_]*)(?:[\s:=]+|$)")
_OWN_KEY = re.compile(r"[A-Za-z_]{4,}(?!\S)")
_CUTS = ("HORIZONTAL", "VERTICAL")
_KEYS = frozenset(
    {"NAME", "MAKE", "FREQUENCY", "GAIN", "TILT", "ELECTRICAL_TILT", "COMMENT", "POLARIZATION", "POLARISATION"}
    | {"H_WIDTH", "V_WIDTH", "FRONT_TO_BACK"}
)


@dataclass(frozen=True, slots=True)
class AntennaFile:
    """What an antenna file says.

    Parameters
    ----------
    name : str
    gain_dbi : float or None
        At the peak.
    frequency_mhz : tuple of float or None
        Lowest and highest.
    electrical_tilt_deg : float or None
        At which the cuts were measured, positive downward; None where the file does not say, or its vertical cut
        points elsewhere.
    horizontal_deg, horizontal_db : tuple of float
        Azimuths clockwise from boresight, 0..360 ascending, and the losses (>= 0 dB).
    vertical_deg, vertical_db : tuple of float
        Angles below the horizon in front, 0..360 ascending, and the losses.
    path : Path
        Where it was read.
    """

    name: str
    gain_dbi: float | None
    frequency_mhz: tuple[float, float] | None
    electrical_tilt_deg: float | None
    horizontal_deg: tuple[float, ...]
    horizontal_db: tuple[float, ...]
    vertical_deg: tuple[float, ...]
    vertical_db: tuple[float, ...]
    path: Path = field(default_factory=Path, compare=False, repr=False)


@dataclass(slots=True)
class _Parts:
    header: dict[str, tuple[int, str]]
    cuts: dict[str, list[tuple[int, str]]]
    counts: dict[str, tuple[int, str]]


def read_antenna_file(path: Path, *, notes: Notes) -> AntennaFile | None:
    """Read an antenna file.

    Parameters
    ----------
    path : Path
    notes : Notes
        Where faults (with the line) and repairs go; an error means that None is returned.
    """
    lines = _lines(path, notes)
    if lines is None:
        return None
    filled = [line for line in lines if line.strip()]
    if filled and all(number_of(line) is not None for line in filled):
        return _radio_mobile(path, lines, notes)
    parts = _parts(lines)
    cuts = {name: _cut(name, parts, notes) for name in _CUTS}
    horizontal, vertical = (cuts[name] for name in _CUTS)
    name = " ".join(parts.header.get("NAME", (0, ""))[1].split()) or path.stem
    gain, frequency = _gain_dbi(parts, notes), _frequency_mhz(parts, notes)
    if horizontal is None or vertical is None:
        return None
    return AntennaFile(name, gain, frequency, _tilt_deg(parts, vertical, notes), *horizontal, *vertical, path=path)


def _lines(path: Path, notes: Notes) -> list[str] | None:
    try:
        if not path.is_file():
            folder = path.parent
            names = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
            near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.0)
            remedy = (
                f"correct the column; its folder holds {', '.join(near)}" if near else "bring the file, or correct it"
            )
            notes.fault("the antenna file does not exist", remedy, column="antenna", value=path.name)
            return None
        if path.stat().st_size > _LONGEST_BYTES:
            notes.fault("larger than any antenna file (2 MB)", "name the antenna's own .msi file", column="antenna")
            return None
        text = decode(path.read_bytes(), encoding="auto").text
    except (OSError, ValueError, RuntimeError) as err:  # no permission, a name too long, a loop of links, a NUL
        notes.fault(f"the file cannot be read ({err})", "check its permissions", column="antenna")
        return None
    if not text.strip("\ufeff\x00 \t\r\n"):
        notes.fault("the antenna file is empty", "bring the maker's file again", column="antenna")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _parts(lines: Sequence[str]) -> _Parts:
    """Return the header's keys and the lines of each cut, with their line numbers."""
    parts = _Parts({}, {}, {})
    cut: list[tuple[int, str]] | None = None
    for row, line in enumerate(lines, start=1):
        text = re.sub(r"^ELECTRICAL TILT", "ELECTRICAL_TILT", line.strip(), flags=re.IGNORECASE)
        found = _WORD.match(text)
        word = found[1].upper() if found else ""
        rest = text[found.end() :].strip() if found else text
        if word in _CUTS:
            cut = parts.cuts.setdefault(word, [])
            parts.counts.setdefault(word, (row, rest))
        elif word in _KEYS:
            cut = None
            parts.header.setdefault(word, (row, rest))
        elif cut is not None and text and not _OWN_KEY.match(text):
            cut.append((row, text))
        elif row == 1 and text:  # some makers leave the word NAME out
            parts.header["NAME"] = (row, text)
    return parts


def _numbers_of(text: str) -> list[float]:
    return [float(number.replace(",", ".")) for number in _NUMBER.findall(text)]


def _cut(name: str, parts: _Parts, notes: Notes) -> Cut | None:
    if name not in parts.cuts:
        rule = f"the antenna file has no {name} cut"
        notes.fault(rule, "bring the maker's MSI Planet file, which has HORIZONTAL and VERTICAL", column=name)
        return None
    pairs = pairs_of(name, parts.cuts[name], notes)
    if pairs is None:
        return None
    row, stated = parts.counts[name]
    counts = _numbers_of(stated)
    if counts and counts[0] != len(pairs):
        rule = f"{name} announces {counts[0]:g} lines, and {len(pairs)} follow"
        remedy = "compare with the maker's file; the lines that are there are used"
        notes.fault(rule, remedy, row=row, column=name, value=stated, severity="warning")
    return completed(name, pairs, notes)


def _radio_mobile(path: Path, lines: Sequence[str], notes: Notes) -> AntennaFile | None:
    """Return the antenna of a file of 720 gains."""
    gains = [(row, float(value)) for row, line in enumerate(lines, 1) if (value := number_of(line)) is not None]
    if len(gains) != _RADIO_MOBILE_LINES:
        rule = f"a file of bare numbers holds 720 (Radio Mobile), this one {len(gains)}"
        notes.fault(rule, "bring the maker's MSI Planet file", column="antenna")
        return None
    half = _RADIO_MOBILE_LINES // 2
    cuts = []
    for name, part, first in ((_CUTS[0], gains[:half], 0.0), (_CUTS[1], gains[half:], -90.0)):
        cuts.append(completed(name, [(row, first + at, -gain) for at, (row, gain) in enumerate(part)], notes))
    horizontal, vertical = cuts
    if horizontal is None or vertical is None:
        return None
    return AntennaFile(path.stem, None, None, None, *horizontal, *vertical, path=path)


def _gain_dbi(parts: _Parts, notes: Notes) -> float | None:
    row, text = parts.header.get("GAIN", (0, ""))
    numbers = _numbers_of(text)
    if not numbers:
        rule, remedy = "the antenna file states no GAIN", "nothing where cells give eirp_dbm; else add e.g. GAIN 17 dBi"
        notes.fault(rule, remedy, row=row or None, column="GAIN", value=text or None, severity="warning")
        return None
    unit = text.casefold()
    if "dbi" not in unit and "dbd" not in unit:
        rule = "GAIN has no unit and is read as dBd, as the format has it"
        notes.fault(rule, "write dBi or dBd behind it", row=row, column="GAIN", value=text, severity="info")
    gain = numbers[0] if "dbi" in unit else numbers[0] + _DIPOLE_DBI
    if not _GAIN_DBI[0] <= gain <= _GAIN_DBI[1]:
        rule, remedy = "no antenna has such a GAIN; it is not used", "correct it, e.g. GAIN 17 dBi"
        notes.fault(rule, remedy, row=row, column="GAIN", value=text, severity="warning")
        return None
    return round(gain, 6)


def _frequency_mhz(parts: _Parts, notes: Notes) -> tuple[float, float] | None:
    row, text = parts.header.get("FREQUENCY", (0, ""))
    # A dash between two numbers is a range, not a sign.
    numbers = [abs(number) * (1000.0 if "ghz" in text.casefold() else 1.0) for number in _numbers_of(text)]
    if not text:
        return None
    if not numbers or min(numbers) < _LOWEST_MHZ:
        rule, remedy = "FREQUENCY is no frequency in MHz; it is not used", "write e.g. FREQUENCY 1850"
        notes.fault(rule, remedy, row=row, column="FREQUENCY", value=text, severity="warning")
        return None
    return min(numbers), max(numbers)


def _tilt_deg(parts: _Parts, vertical: Cut, notes: Notes) -> float | None:
    """Return the stated electrical tilt; None where none is stated, or the vertical cut contradicts it."""
    row, text = next((parts.header[key] for key in ("ELECTRICAL_TILT", "TILT") if _states(parts, key)), (0, ""))
    if not text:
        return None
    tilt = _numbers_of(text)[0]
    points, width = pointing(*vertical)
    if abs(tilt) > _TILT_DEG or (width <= _NARROW_DEG and abs(tilt - points) > _TILT_DIFFERS_DEG):
        rule = f"the stated tilt is {tilt:g} deg, and the vertical cut points {points:g} deg down; the cut is followed"
        notes.fault(rule, "correct the tilt, or bring the right file", row=row, value=text, severity="warning")
        return None
    return tilt


def _states(parts: _Parts, key: str) -> bool:
    text = parts.header.get(key, (0, ""))[1]
    return bool(_numbers_of(text)) and "MECH" not in text.upper()
