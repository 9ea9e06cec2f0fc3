"""CRS: VN-2000 against its check values, titles, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from phusong.gis.crs import (
    VN2000_ZONES,
    area_scale,
    bounds_lonlat,
    crs_title,
    is_degrees,
    is_metric,
    looks_like_degrees,
    parse_crs,
    same_crs,
    to_lonlat,
    transform,
)

# WGS 84 (106.883, 11.535) in VN-2000, metres; source: PROJ 9 by pyproj 3.7.2, worked outside this project.
CHECK = {
    "EPSG:3405": (705164.463, 1275922.119),
    "EPSG:9210": (623393.477, 1275874.722),
    "EPSG:9212": (568850.121, 1275706.945),
    "EPSG:5897": (705226.037, 1276305.049),
    "EPSG:5899": (405233.806, 1275774.792),
}


@pytest.mark.parametrize(("crs", "place"), CHECK.items())
def test_vn2000_check_values(crs: str, place: tuple[float, float]) -> None:
    x, y = transform([106.883], [11.535], source="EPSG:4326", target=crs)
    assert (x[0], y[0]) == pytest.approx(place, abs=0.002)
    lon, lat = to_lonlat(x, y, crs=crs)
    assert (lon[0], lat[0]) == pytest.approx((106.883, 11.535), abs=1e-8)


@pytest.mark.parametrize(
    ("crs", "title"),
    [
        ("EPSG:9212", "VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°"),
        ("EPSG:9210", "VN-2000, kinh tuyến trục 105°45′, múi chiếu 3°"),
        ("EPSG:9205", "VN-2000, kinh tuyến trục 103°00′, múi chiếu 3°"),
        ("EPSG:3405", "VN-2000 / UTM zone 48N"),
        ("EPSG:4326", "WGS 84"),
    ],
)
def test_titles(crs: str, title: str) -> None:
    assert crs_title(crs) == title


@pytest.mark.parametrize("code", [6956, 6957, 6958, 6959])
@pytest.mark.parametrize("form", ["EPSG:{}", "epsg:{}", "urn:ogc:def:crs:EPSG::{}", " EPSG:{} "])
def test_deprecated_codes_are_refused(code: int, form: str) -> None:
    with pytest.raises(ValueError, match=r"deprecated|no coordinate system"):
        parse_crs(form.format(code))


@pytest.mark.parametrize("text", ["", "VN-2001", "EPSG:1", "12", "\x00"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no coordinate system PROJ knows"):
        parse_crs(text)


def test_units() -> None:
    assert [is_metric(parse_crs(c)) for c in ("EPSG:9212", "EPSG:4326", "EPSG:2263", "EPSG:4978")] == [1, 0, 0, 0]
    assert [is_degrees(parse_crs(c)) for c in ("EPSG:9212", "EPSG:4756", "EPSG:4807", "EPSG:4978")] == [0, 1, 0, 0]
    assert all(is_metric(parse_crs(zone)) for zone in VN2000_ZONES)
    np.testing.assert_array_equal(looks_like_degrees([106, 568850, -180], [11, 1275706, 90]), [True, False, True])


def test_same_crs_sees_through_names_and_axes() -> None:
    assert same_crs("EPSG:9212", parse_crs("EPSG:9212").to_wkt())
    assert same_crs("EPSG:4326", "OGC:CRS84")
    assert not same_crs("EPSG:9212", "EPSG:9210")


def test_area_scale() -> None:
    assert area_scale("EPSG:9212", lon=106.25, lat=11.5) == pytest.approx(0.9999**2, abs=1e-9)
    assert area_scale("EPSG:3857", lon=106.25, lat=11.5) == pytest.approx(1.042, abs=0.001)


def test_bounds_go_there_and_back() -> None:
    x, y = transform([106.5, 107.0], [11.0, 12.0], source="EPSG:4326", target="EPSG:9212")
    west, south, east, north = bounds_lonlat((x[0], y[0], x[1], y[1]), crs="EPSG:9212")
    assert (west, south, east, north) == pytest.approx((106.5, 11.0, 107.0, 12.0), abs=0.005)
    assert west <= 106.5 + 1e-9
    assert north >= 12.0 - 1e-9
