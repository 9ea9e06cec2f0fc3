"""Angles: degrees as people write them - decimal, degrees and minutes and seconds, two of them in one field.

How letters are read. E, W, S, B (Bắc), Đ or D (Đông), T (Tây) and the words mean one thing each. N is *north* in
English and *Nam*, south, in Vietnamese. All of Vietnam lies north of the equator, so a lone N is north and only the
word *Nam* is south; where N stands beside a Vietnamese letter for the longitude (``11°32′N 106°53′Đ``) the writer may
have meant either, and `split_pair` gives None. S always is south: a place of the province written so lands on the
other side of the equator, and whoever holds it against the outline says so. Nothing is turned over in silence.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["parse_degrees", "split_pair"]

_DEGREE, _MINUTE, _SECOND = "°", "'", '"'
# What keyboards, word processors and fonts leave where °, ' and " were meant.
_MARKS = str.maketrans(
    dict.fromkeys("º˚⁰∘", _DEGREE) | dict.fromkeys("’‘′´`ʹʼˈ＇‛", _MINUTE) | dict.fromkeys("″”“„ʺ˝＂‟", _SECOND)
    | dict.fromkeys("−–—", "-")
)  # fmt: skip
_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_AXES = {
    "lat": {"n": 1, "north": 1, "b": 1, "bac": 1, "s": -1, "south": -1, "nam": -1},
    "lon": {"e": 1, "east": 1, "d": 1, "dong": 1, "w": -1, "west": -1, "t": -1, "tay": -1},
}
_MOST = {"lat": 90.0, "lon": 180.0}
_VIETNAMESE_LON = {"d", "t"}
_HEMISPHERE = r"(?:north|south|east|west|bac|nam|dong|tay|[nsewbdt])"
_LABEL = r"(?:(?:vi|kinh)\s*(?:do|tuyen)|latitude|longitude|lat|long|lon|lng)\s*[:=]?\s*"
_PLACE = rf"(?:vi|kinh)?\s*(?:do|tuyen)?\s*{_HEMISPHERE}"
_ANGLE = re.compile(
    rf"""
    (?P<label>{_LABEL})? (?:(?P<head>{_HEMISPHERE})\s*)? (?P<sign>[+-])?\s*
    (?:
        (?P<plain>[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)
      | (?P<whole>{_NUMBER}) \s*(?:°|d|deg|do|o)
      | (?P<d>[0-9]+) (?: \s*(?:°|(?P<spelt>d|deg)|do|o)\s* | (?P<gap>[ :-]) )
        (?P<m>{_NUMBER}) (?: \s*(?P<mm>'|m|min|p|phut) )?
        (?: (?(gap)(?P=gap)|\s*) (?P<s>{_NUMBER}) \s*(?P<sm>"|'|sec|g|giay|(?(spelt)s))? )?
    )
    (?:\s*(?P<tail>{_PLACE}))?
    """,
    re.VERBOSE,
)
_WKT = re.compile(r"(?:srid=4326;)?\s*point\s*(?:zm?|m)?\s*\(([^()]+)\)")
_BETWEEN = re.compile(r"\s+-\s+|\s*[,;/|&]\s*|\s+")
# Letters may touch the neighbour's digits: N11°32′06″E106°53′00″, 11.5N106.9E.
_TOUCHING = re.compile(r"(?<=[0-9°'\"])(?=[^\W\d_])|(?<=[^\W\d_])(?=[0-9])")
_LONGEST = 120
_EAST_OF_DEG = 90.0


class _Angle(NamedTuple):
    value: float
    axis: str | None
    letter: str


def parse_degrees(text: str, *, decimal: str = ".") -> float | None:
    r"""Return the degrees a text means, or None where it means none or more than one thing.

    Minutes and seconds of 60 and more, a sign beside a letter that denies or doubles it (``-11°32′N``, ``-11°S``),
    two bare whole numbers (``106 53``: 106.53 or 106°53′?) and angles beyond the globe are None.

    Parameters
    ----------
    text : str
        ``106.8835``, ``106°53'00.5"E``, ``106 53 0.5``, ``106-53-00Đ``, ``11d32m06sN``, ``N11°32′06″``,
        ``106°53,5'``, ``11 độ 32 phút 6 giây vĩ Bắc``; marks of any font and width.
    decimal : {".", ",", "auto"}
        Decimal mark of a number that stands alone. Beside a degree mark either one is decimal, for degrees are
        never grouped by thousands.

    Returns
    -------
    float or None
        Degrees; south and west negative.

    Notes
    -----
    N is north, see the module's docstring.

    Examples
    --------
    >>> parse_degrees("11°32'06\"N"), parse_degrees("106°53,5'"), parse_degrees("106°61'")
    (11.535, 106.89166666666667, None)
    >>> parse_degrees("11,535"), parse_degrees("11,535", decimal=",")
    (None, 11.535)
    """
    angle = _angle(_plain(text), decimal)
    return None if angle is None else angle.value


def split_pair(text: str) -> tuple[str, str] | None:
    """Return longitude and latitude of a field that holds both, as texts for `parse_degrees`.

    Which is which is told by letters and words (N, Đ, kinh độ ...), else by size: a longitude of Vietnam is
    beyond 90 degrees and a latitude is not. None where neither tells, where the field can be split in two ways that
    differ (``105,5,22``), where N stands beside Đ or T, or where it is one number or no pair of angles at all.

    Parameters
    ----------
    text : str
        ``105,34808/22,62924``, ``11.5, 106.9``, ``11°32'06"N 106°53'00"E``, ``(106.9; 11.5)``, ``POINT(106.9 11.5)``.

    Returns
    -------
    tuple of str or None
        (longitude, latitude), decimal commas made points: read them with the default decimal mark.

    Examples
    --------
    >>> split_pair("105,34808/22,62924"), split_pair("11.5, 106.9"), split_pair("POINT(106.9 11.5)")
    (('105.34808', '22.62924'), ('106.9', '11.5'), ('106.9', '11.5'))
    >>> split_pair("11.5, 46.9") is None
    True
    """
    plain = _plain(text)
    if not plain or len(plain) > _LONGEST or _angle(plain, "auto") is not None:
        return None
    if wkt := _WKT.fullmatch(_folded(plain)):
        plain = " ".join(wkt[1].split()[:2])
    plain = plain.strip(" ()[]{}<>,;/|")
    found: dict[tuple[float, float], tuple[str, str]] = {}
    for cut in (*_BETWEEN.finditer(plain), *_TOUCHING.finditer(plain)):
        parts = plain[: cut.start()].strip(), plain[cut.end() :].strip()
        one, other = (_angle(part, "auto") for part in parts)
        if one is None or other is None:
            continue
        order = _order(one, other)
        if order is not None:
            lon, lat = (parts[i].replace(",", ".") for i in order)
            found[((one, other)[order[0]].value, (one, other)[order[1]].value)] = (lon, lat)
    return next(iter(found.values())) if len(found) == 1 else None


def _order(one: _Angle, other: _Angle) -> tuple[int, int] | None:
    """Return which of two angles is the longitude and which the latitude, where that can be told."""
    axes = one.axis, other.axis
    if axes == (None, None):
        far = abs(one.value) > _EAST_OF_DEG, abs(other.value) > _EAST_OF_DEG
        order = {(True, False): (0, 1), (False, True): (1, 0)}.get(far)
    elif axes[0] == axes[1]:
        return None
    else:
        order = (0, 1) if axes[0] == "lon" or axes[1] == "lat" else (1, 0)
    if order is None or abs((one, other)[order[1]].value) > _EAST_OF_DEG:
        return None
    lon, lat = (one, other)[order[0]], (one, other)[order[1]]
    return None if lat.letter == "n" and lon.letter in _VIETNAMESE_LON else order


def _angle(plain: str, decimal: str) -> _Angle | None:
    """Read one angle of a text that went through `_plain`."""
    found = _ANGLE.fullmatch(_folded(plain))
    if found is None or (found["head"] and found["tail"]) or _could_be_else(found, plain, decimal):
        return None
    letter = found["head"] or (re.sub(rf".*?({_HEMISPHERE})$", r"\1", found["tail"]) if found["tail"] else "")
    axis = next((axis for axis, letters in _AXES.items() if letter in letters), None)
    label = found["label"] and ("lat" if found["label"].startswith(("v", "la")) else "lon")
    turn = _AXES[axis][letter] if axis else 1
    parts = [found["plain"] or found["whole"] or found["d"], found["m"], found["s"]]
    degrees, minutes, seconds = (float(part.replace(",", ".")) if part else 0.0 for part in parts)
    value = (degrees + minutes / 60 + seconds / 3600) * (-1 if found["sign"] == "-" else turn)
    denied = found["sign"] and letter and (found["sign"] == "-" or turn < 0)
    contradicts = axis and label and axis != label
    axis = axis or label
    if denied or contradicts or max(minutes, seconds) >= 60 or abs(value) > _MOST[axis or "lon"]:  # noqa: PLR2004
        return None
    return _Angle(value, axis, letter)


def _could_be_else(found: re.Match[str], plain: str, decimal: str) -> bool:
    """Tell whether the text may mean another number, or none."""
    minutes, seconds = found["m"], found["s"]
    grouped = found["plain"] and decimal != "auto" and {".": ",", ",": "."}[decimal] in found["plain"]
    bare = minutes and found["gap"] and not seconds and not found["mm"] and minutes.isdigit()  # 106 53
    broken = minutes and seconds and not minutes.isdigit()  # 106° 53.5' 20"
    return bool(grouped or bare or broken) or _maybe_south(found, plain)


def _maybe_south(found: re.Match[str], plain: str) -> bool:
    """Tell whether an s may be seconds or south: 11d32m06S, 11°32′06s.

    It is seconds in 11d32m06s, and south in 11°32′06″S and 11 32 06 S.
    """
    if found["sm"] == "s":
        return not found["mm"] or plain[found.start("sm")].isupper() != plain[found.start("mm")].isupper()
    return found["tail"] == "s" and not found["sm"] and plain[found.start("tail")].islower()


def _plain(text: str) -> str:
    """Return a text with one sign for each mark and one blank for each gap."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(_MARKS))
    return " ".join(plain.replace("''", _SECOND).split())


def _folded(plain: str) -> str:
    """Return a text in small letters without accents, letter for letter."""
    if plain.isascii():
        return plain.lower()
    return "".join("d" if c in "đĐðÐ" else unicodedata.normalize("NFD", c)[0] for c in plain).lower()
