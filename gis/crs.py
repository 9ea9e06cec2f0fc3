"""Coordinate systems: which ones may be used, what they are called, and degrees mistaken for metres.

VN-2000 / TM-3 zones have k = 0.9999 and FE 500 km; the province's own meridian is stated in its files and
never guessed. Vietnamese tables write X for north and Y for east.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "VN2000_ZONES",
    "WGS84",
    "area_scale",
    "bounds_lonlat",
    "crs_title",
    "is_degrees",
    "is_metric",
    "looks_like_degrees",
    "parse_crs",
    "same_crs",
    "to_lonlat",
    "transform",
]

WGS84 = "EPSG:4326"

# VN-2000 / TM-3 by central meridian, 103°00′ to 108°30′, and UTM zones 48N and 49N.
VN2000_ZONES = (*(f"EPSG:{code}" for code in (*range(9205, 9219), *range(5896, 5900))), "EPSG:3405", "EPSG:3406")

# Deprecated in the EPSG registry (wrong datum shift signs for VN-2000); their successors are 9205-9218 and 5896-5899.
_DEPRECATED = {"EPSG:6956", "EPSG:6957", "EPSG:6958", "EPSG:6959"}


def parse_crs(text: str) -> CRS:
    """Return the CRS a planner named.

    Raises
    ------
    ValueError
        With a reason fit for the planner: unknown or deprecated code.
    """
    try:
        crs = CRS.from_user_input(text.strip())
    except CRSError as err:
        raise ValueError(f"{text!r} is no coordinate system PROJ knows") from err
    if ":".join(crs.to_authority() or ()) in _DEPRECATED:
        raise ValueError(f"{text} is deprecated in the EPSG registry; use the VN-2000 zone that replaces it")
    return crs


def is_metric(crs: CRS) -> bool:
    """Tell whether a CRS is projected with metres on both axes."""
    return bool(crs.is_projected) and all(axis.unit_name in {"metre", "meter"} for axis in crs.axis_info[:2])


def is_degrees(crs: CRS) -> bool:
    """Tell whether a CRS is geographic with degrees on both axes."""
    return bool(crs.is_geographic) and all(axis.unit_name == "degree" for axis in crs.axis_info[:2])


def same_crs(one: str, other: str) -> bool:
    """Tell whether two names mean the same coordinates; the order of the axes is not ours to keep."""
    return bool(parse_crs(one).equals(parse_crs(other), ignore_axis_order=True))


def looks_like_degrees(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """Tell which places fit into a globe of degrees, so they can hardly be a province's metres."""
    xs, ys = np.abs(np.asarray(x, float)), np.abs(np.asarray(y, float))
    return np.asarray((xs <= 360) & (ys <= 360))  # noqa: PLR2004


def area_scale(crs: str, *, lon: float, lat: float) -> float:
    """Return how much larger than true an area is drawn at a place (k squared for a conformal projection)."""
    return float(Proj(parse_crs(crs)).get_factors(lon, lat).areal_scale)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


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
    if "VN-2000 / TM-3" in parsed.name and parsed.coordinate_operation is not None:
        meridian = next(p.value for p in parsed.coordinate_operation.params if p.name.startswith("Longitude"))
        minutes = round(float(meridian) * 60)
        return f"VN-2000, kinh tuyến trục {minutes // 60}°{minutes % 60:02d}′, múi chiếu 3°"
    return str(parsed.name)
