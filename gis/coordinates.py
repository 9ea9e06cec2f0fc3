"""Coordinates: a place in both notations that an approver asks for - VN-2000 metres and WGS 84 degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.gis.crs import crs_title, to_lonlat, transform

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["both_notations", "notation_headers"]

_METRE_DIGITS = 2
_DEGREE_DIGITS = 6


def both_notations(points: gpd.GeoSeries | gpd.GeoDataFrame, *, crs: str | None = None) -> pd.DataFrame:
    """Return places in a projection's metres and in WGS 84 degrees.

    Parameters
    ----------
    points : GeoSeries or GeoDataFrame of points
        In any CRS; a missing or empty point stays empty.
    crs : str, optional
        Projection of the metres, e.g. the province's VN-2000 zone; else that of the points.

    Returns
    -------
    DataFrame
        Index of the points. ``north_m`` (X of Vietnamese tables) and ``east_m`` (Y), to the centimetre; ``lon`` and
        ``lat``, WGS 84, to 1e-6 degree (0.1 m). `notation_headers` has the titles.

    Examples
    --------
    >>> places = gpd.GeoSeries(gpd.points_from_xy([106.883], [11.535]), crs="EPSG:4326")
    >>> both_notations(places, crs="EPSG:9212").iloc[0].to_dict()
    {'north_m': 1275706.94, 'east_m': 568850.12, 'lon': 106.883, 'lat': 11.535}
    """
    shapes = points.geometry
    own = str(shapes.crs.to_string())
    x, y = (np.asarray(values, float) for values in (shapes.x, shapes.y))
    east, north = transform(x, y, source=own, target=crs or own)
    lon, lat = to_lonlat(x, y, crs=own)
    values = {
        "north_m": north.round(_METRE_DIGITS),
        "east_m": east.round(_METRE_DIGITS),
        "lon": lon.round(_DEGREE_DIGITS),
        "lat": lat.round(_DEGREE_DIGITS),
    }
    found = pd.DataFrame(values, index=shapes.index)
    return found.where(np.isfinite(found))


def notation_headers(crs: str) -> Mapping[str, str]:
    """Return the Vietnamese titles of the columns of `both_notations`, the meridian in those of the metres.

    Examples
    --------
    >>> notation_headers("EPSG:9212")["north_m"]
    'X (m) – VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°'
    """
    title = crs_title(crs)
    return {
        "north_m": f"X (m) – {title}",
        "east_m": f"Y (m) – {title}",
        "lon": "Kinh độ (độ) – WGS 84",
        "lat": "Vĩ độ (độ) – WGS 84",
    }
