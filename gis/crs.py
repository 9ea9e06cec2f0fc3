"""Coordinate systems: which ones may be used, what they are called, and degrees mistaken for metres.

VN-2000 / TM-3 zones have k = 0.9999 and FE 500 km; the province's own meridian is stated in its files and
never guessed. Vietnamese tables write X for north and Y for east.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "UTM_ZONES",
    "VN2000_DEGREES",
    "VN2000_ZONES",
    "WGS84",
    "area_scale",
    "bounds_lonlat",
    "central_meridian",
    "crs_name",
    "crs_title",
    "datum_twin",
    "is_degrees",
    "is_metric",
    "looks_like_degrees",
    "other_zones",
    "parse_crs",
    "same_crs",
    "to_lonlat",
    "transform",
]

WGS84 = "EPSG:4326"
VN2000_DEGREES = "EPSG:4756"

# VN-2000 / TM-3 by central meridian, 102°00′ to 108°30′, and UTM zones 48N and 49N.
VN2000_ZONES = (*(f"EPSG:{code}" for code in (*range(9205, 9219), *range(5896, 5900))), "EPSG:3405", "EPSG:3406")
# The UTM zones of WGS 84 that GPS receivers and older GIS projects use in Vietnam.
UTM_ZONES = ("EPSG:32648", "EPSG:32649")

# Deprecated in the EPSG registry: their false easting and false northing stand in each other's place.
_DEPRECATED = {"EPSG:6956", "EPSG:6957", "EPSG:6958", "EPSG:6959"}
_VN2000 = re.compile(r"vn[\s_-]*2000")
_WIDTH = re.compile(r"(?:tm|múi|mui)(?:\s*chiếu|\s*chieu)?[\s_-]*([36])(?!\d)\s*(?:°|º|˚|độ|do)?|utm")
_UTM = re.compile(r"utm[\s_-]*(?:zone|múi|mui)?[\s_-]*(4[89])\s*n?(?!\d)")
_MERIDIAN = re.compile(r"(?<![\d.,])(1[01]\d)(?:([.,]\d+)|\s*(?:°|º|˚|⁰|-|_|o|độ|do|d|\s)\s*(\d{1,2}))?(?![\d.,])")
_EPSG = re.compile(r"(?:epsg[\s:_-]*)?(\d{4,5})")
_AS_WRITTEN = re.compile(r"[A-Za-z]+:\d+")
_KNOWN = ("VN-2000", "VN-2000 106°15′", "VN-2000 UTM 48N", "WGS 84", "WGS 84 / UTM zone 48N")


def parse_crs(text: str) -> CRS:
    """Return the CRS a planner named.

    Parameters
    ----------
    text : str
        What PROJ reads (``EPSG:9212``, WKT, a PROJ string), and what planners write: ``VN-2000 106°15'``,
        ``VN2000 TM3 106.25``, ``TM-3 105-45``, ``kinh tuyến trục 106°15′``, ``VN-2000 UTM 48N``, ``VN-2000``,
        ``WGS84``, ``9212``.

    Raises
    ------
    ValueError
        With a reason fit for the planner: unknown, of two meanings, or deprecated (with the successor).
    """
    return _parsed(text.strip())


@lru_cache(maxsize=256)
def _parsed(text: str) -> CRS:
    spelt = _spelt(text)
    try:
        crs = CRS.from_user_input(spelt or text)
    except CRSError as err:
        raise ValueError(f"{text!r} is no coordinate system PROJ knows{_suggestion(text)}") from err
    if ":".join(crs.to_authority() or ()) in _DEPRECATED or _mixed_origin(crs):
        successor = _zone(text, central_meridian(crs) or 0.0, "3")
        raise ValueError(
            f"{text} is deprecated in the EPSG registry, which has its false easting and northing mixed up; "
            f"its successor is {successor} ({crs_title(successor)})"
        )
    return crs


def crs_name(text: str) -> str:
    """Return a CRS as every library reads it: ``EPSG:9212`` for ``VN-2000 106°15′``; what they read stays as it is.

    Raises
    ------
    ValueError
        As `parse_crs`.

    Examples
    --------
    >>> crs_name("VN-2000 106°15'"), crs_name("EPSG:9212")
    ('EPSG:9212', 'EPSG:9212')
    """
    crs = parse_crs(text)
    return text.strip() if _AS_WRITTEN.fullmatch(text.strip()) else str(crs.to_string())


def _mixed_origin(crs: CRS) -> bool:
    """Tell whether a .prj without a code has the deprecated zones' false easting 0 and false northing 500 km."""
    if central_meridian(crs) is None or crs.coordinate_operation is None:
        return False
    origin = {p.name: float(p.value) for p in crs.coordinate_operation.params}
    return (origin.get("False easting"), origin.get("False northing")) == (0.0, 500_000.0)


def _spelt(text: str) -> str | None:
    """Return the EPSG code of a planner's spelling, None where it is not one.

    Raises
    ------
    ValueError
        A meridian no zone has, or one that zones of both widths have.
    """
    folded = " ".join(text.casefold().replace("′", " ").replace("'", " ").split())
    if bare := _EPSG.fullmatch(folded):
        return f"EPSG:{bare[1]}"
    named = _VN2000.search(folded)
    rest = _VN2000.sub(" ", folded)
    if "[" in text or "+proj" in folded or ":" in text:
        return None
    if utm := _UTM.search(rest):
        if named:
            return {"48": "EPSG:3405", "49": "EPSG:3406"}[utm[1]]
        if "wgs" in rest:
            return f"EPSG:326{utm[1]}"
        vn2000 = {"48": "EPSG:3405", "49": "EPSG:3406"}[utm[1]]
        raise ValueError(f"{text!r} does not say its datum: {vn2000} is that of VN-2000, EPSG:326{utm[1]} of WGS 84")
    width = _WIDTH.search(rest)
    bare_rest = _WIDTH.sub(" ", rest)
    meridian = _MERIDIAN.search(bare_rest)
    if named and width and not any(letter.isdigit() for letter in bare_rest):
        raise ValueError(f"{text!r} does not say its central meridian; write e.g. VN-2000 106°15′")
    if meridian is None or not (named or width or "kinh tuy" in rest or "ktt" in rest or "meridian" in rest):
        return None
    degrees = float(meridian[1]) + float((meridian[2] or "0").replace(",", ".")) + int(meridian[3] or 0) / 60
    return _zone(text, degrees, width[1] or "6" if width else None)


def _zone(text: str, degrees: float, width: str | None) -> str:
    """Return the zone of a meridian."""
    meridians = {zone: central_meridian(parse_crs(zone)) for zone in VN2000_ZONES}
    wide = {"3": VN2000_ZONES[:-2], "6": VN2000_ZONES[-2:], None: VN2000_ZONES}[width]
    fitting = [zone for zone in wide if abs((meridians[zone] or 0.0) - degrees) < 1e-6]  # noqa: PLR2004 - 0.1 m
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        listed = " or ".join(f"{zone} ({crs_title(zone)})" for zone in fitting)
        raise ValueError(f"{text!r} has two meanings: {listed}; zones of 3° and 6° have this meridian")
    near = min(wide, key=lambda zone: abs((meridians[zone] or 0.0) - degrees))
    minutes = round(degrees * 60)
    raise ValueError(
        f"{text!r} is no coordinate system PROJ knows: no VN-2000 zone has the central meridian "
        f"{minutes // 60}°{minutes % 60:02d}′; did you mean {near} ({crs_title(near)})?"
    )


def _suggestion(text: str) -> str:
    near = difflib.get_close_matches(text.upper(), _KNOWN, n=1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""


def central_meridian(crs: CRS) -> float | None:
    """Return the central meridian of a transverse Mercator projection, degrees; None where there is none."""
    operation = crs.coordinate_operation
    if not crs.is_projected or operation is None or operation.method_name != "Transverse Mercator":
        return None
    return next((float(p.value) for p in operation.params if p.name.startswith("Longitude of natural")), None)


def is_metric(crs: CRS) -> bool:
    """Tell whether a CRS is projected with metres on both axes."""
    return bool(crs.is_projected) and all(axis.unit_name in {"metre", "meter"} for axis in crs.axis_info[:2])


def is_degrees(crs: CRS) -> bool:
    """Tell whether a CRS is geographic with degrees on both axes."""
    return bool(crs.is_geographic) and all(axis.unit_name == "degree" for axis in crs.axis_info[:2])


def same_crs(one: str, other: str) -> bool:
    """Tell whether two names mean the same coordinates; the order of the axes is not ours to keep."""
    return bool(parse_crs(one).equals(parse_crs(other), ignore_axis_order=True))


def datum_twin(crs: str) -> str | None:
    """Return the same degrees or metres on the other datum - VN-2000 or WGS 84; None where there is no such twin.

    Examples
    --------
    >>> datum_twin("EPSG:4326"), datum_twin("EPSG:3405")
    ('EPSG:4756', 'EPSG:32648')
    """
    for one, other in ((WGS84, VN2000_DEGREES), *zip(VN2000_ZONES[-2:], UTM_ZONES, strict=True)):
        if same_crs(crs, one):
            return other
        if same_crs(crs, other):
            return one
    meridian = central_meridian(parse_crs(crs))
    if meridian is None:
        return None
    for zone in VN2000_ZONES:
        if central_meridian(parse_crs(zone)) == meridian:
            twin = (
                f"+proj=tmerc +lat_0=0 +lon_0={meridian:g} +k=0.9999 +x_0=500000 +y_0=0 +datum=WGS84 +units=m +no_defs"
            )
            if same_crs(crs, zone):
                return twin
            if same_crs(crs, twin):
                return zone
    return None


def other_zones(crs: str) -> list[str]:
    """Return the zones of Vietnam that metres may be in instead, but for the same zone on the other datum.

    Examples
    --------
    >>> other_zones("EPSG:9212")[:2], other_zones("EPSG:4326")
    (['EPSG:9205', 'EPSG:9206'], [])
    """
    if is_degrees(parse_crs(crs)):
        return []
    twin = datum_twin(crs)
    return [zone for zone in (*VN2000_ZONES, *UTM_ZONES) if zone != twin and not same_crs(zone, crs)]


def looks_like_degrees(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """Tell which places fit into a globe of degrees, so they can hardly be a province's metres."""
    xs, ys = np.abs(np.asarray(x, float)), np.abs(np.asarray(y, float))
    return np.asarray((xs <= 360) & (ys <= 360))  # noqa: PLR2004


def area_scale(crs: str, *, lon: float, lat: float) -> float:
    """Return how much larger than true an area is drawn at a place (k squared for a conformal projection)."""
    return float(Proj(parse_crs(crs)).get_factors(lon, lat).areal_scale)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(parse_crs(source), parse_crs(target), always_xy=True)


def transform(
    x: ArrayLike, y: ArrayLike, *, source: str, target: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform east/lon and north/lat between two CRS, always in that order."""
    tx, ty = _transformer(source, target).transform(np.asarray(x, float), np.asarray(y, float))
    return np.asarray(tx, float), np.asarray(ty, float)


def to_lonlat(x: ArrayLike, y: ArrayLike, *, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return WGS 84 longitude and latitude of places given in a CRS."""
    return transform(x, y, source=crs, target=WGS84)


def bounds_lonlat(bounds: Sequence[float], *, crs: str) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) in WGS 84 degrees of a box given in a CRS, its bent edges included."""
    west, south, east, north = (float(bound) for bound in bounds)
    lonlat = _transformer(crs, WGS84).transform_bounds(west, south, east, north)
    return float(lonlat[0]), float(lonlat[1]), float(lonlat[2]), float(lonlat[3])


def crs_title(crs: str) -> str:
    """Return the name an approver knows, with the central meridian for VN-2000 / TM-3.

    Examples
    --------
    >>> crs_title("EPSG:9212")
    'VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°'
    """
    parsed = parse_crs(crs)
    meridian = central_meridian(parsed)
    if "VN-2000 / TM-3" in parsed.name and meridian is not None:
        minutes = round(meridian * 60)
        return f"VN-2000, kinh tuyến trục {minutes // 60}°{minutes % 60:02d}′, múi chiếu 3°"
    return str(parsed.name) if parsed.name != "unknown" else crs
