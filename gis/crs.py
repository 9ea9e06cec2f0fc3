"""Coordinate systems: which ones may be used, what they are called, and degrees mistaken for metres.

VN-2000 / TM-3 zones have k = 0.9999 and FE 500 km; the province's own meridian is stated in its files and
never guessed. Vietnamese tables write X for north and Y for east.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["WGS84", "crs_title", "is_metric", "looks_like_degrees", "parse_crs", "to_lonlat", "transform"]

WGS84 = "EPSG:4326"

# Deprecated in the EPSG registry (wrong datum shift signs for VN-2000); their successors are 9205-9218 and 5896-5899.
_DEPRECATED = {"EPSG:6956", "EPSG:6957", "EPSG:6958", "EPSG:6959"}


def parse_crs(text: str) -> CRS:
    """Return the CRS a planner named.

    Raises
    ------
    ValueError
        With a reason fit for the planner: unknown or deprecated code.
    """
    if text.upper().strip() in _DEPRECATED:
        raise ValueError(f"{text} is deprecated in the EPSG registry; use the VN-2000 zone that replaces it")
    try:
        return CRS.from_user_input(text)
    except CRSError as err:
        raise ValueError(f"{text!r} is no coordinate system PROJ knows") from err


def is_metric(crs: CRS) -> bool:
    """Tell whether a CRS is projected with metres on both axes."""
    return bool(crs.is_projected) and all(axis.unit_name in {"metre", "meter"} for axis in crs.axis_info[:2])


def looks_like_degrees(x: ArrayLike, y: ArrayLike) -> bool:
    """Tell whether all coordinates fit into a globe of degrees, so they can hardly be a province's metres."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    return bool(xs.size) and bool(np.nanmax(np.abs(xs)) <= 360) and bool(np.nanmax(np.abs(ys)) <= 360)  # noqa: PLR2004


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
