"""Coordinates: both notations of a place, against published check values."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.coordinates import both_notations, notation_headers
from phusong.gis.crs import transform

# WGS 84 (106.883, 11.535) as (X north, Y east); source: PROJ 9 by pyproj 3.7.2, worked outside this project.
CHECK = {
    "EPSG:9212": (1275706.945, 568850.121),
    "EPSG:9210": (1275874.722, 623393.477),
    "EPSG:5899": (1275774.792, 405233.806),
    "EPSG:3405": (1275922.119, 705164.463),
}


@pytest.mark.parametrize(("crs", "place"), CHECK.items())
def test_check_values_to_the_centimetre(crs: str, place: tuple[float, float]) -> None:
    points = gpd.GeoSeries([shapely.Point(106.883, 11.535)], crs="EPSG:4326", index=["BTS-1"])
    found = both_notations(points, crs=crs)
    expected = pd.DataFrame(
        {"north_m": [place[0]], "east_m": [place[1]], "lon": [106.883], "lat": [11.535]}, index=["BTS-1"]
    )
    pd.testing.assert_frame_equal(found, expected, atol=0.006, rtol=0)


def test_the_points_own_projection_is_kept_and_missing_ones_stay_empty() -> None:
    shapes = [shapely.Point(568850.1234, 1275706.9449), None, shapely.Point()]
    table = gpd.GeoDataFrame({"name": list("abc")}, geometry=shapes, crs="EPSG:9212")
    found = both_notations(table)
    assert found.iloc[0].tolist() == [1275706.94, 568850.12, 106.883, 11.535]
    assert found.iloc[1:].isna().all(axis=None)
    assert both_notations(table.iloc[:0]).shape == (0, 4)


@given(x=st.floats(4.5e5, 6.5e5), y=st.floats(1.2e6, 1.4e6))
@settings(deadline=None)
def test_either_notation_leads_back_to_the_place(x: float, y: float) -> None:
    found = both_notations(gpd.GeoSeries([shapely.Point(x, y)], crs="EPSG:9212")).iloc[0]
    assert np.hypot(found["east_m"] - x, found["north_m"] - y) < 0.01
    east, north = transform([found["lon"]], [found["lat"]], source="EPSG:4326", target="EPSG:9212")
    assert np.hypot(east[0] - x, north[0] - y) < 0.1


def test_headers_name_the_meridian() -> None:
    headers = notation_headers("EPSG:9210")
    assert headers["north_m"] == "X (m) – VN-2000, kinh tuyến trục 105°45′, múi chiếu 3°"
    assert headers["east_m"] == "Y (m) – VN-2000, kinh tuyến trục 105°45′, múi chiếu 3°"
    assert list(headers) == list(both_notations(gpd.GeoSeries([], crs="EPSG:9210")).columns)
