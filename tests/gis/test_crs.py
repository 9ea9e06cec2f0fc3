"""CRS: VN-2000 against its check values, titles, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from phusong.gis.crs import (
    VN2000_DEGREES,
    VN2000_ZONES,
    area_scale,
    bounds_lonlat,
    central_meridian,
    crs_name,
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
    assert (x[0], y[0]) == pytest.approx(place, abs=0.001)
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


def test_the_zones_are_those_of_the_epsg_registry() -> None:
    found = query_crs_info(auth_name="EPSG", pj_types=PJType.PROJECTED_CRS, allow_deprecated=False)
    named = {f"EPSG:{info.code}" for info in found if info.name.startswith("VN-2000")}
    assert named == set(VN2000_ZONES)
    assert len(VN2000_ZONES) == 20
    meridians = {zone: central_meridian(parse_crs(zone)) for zone in VN2000_ZONES}
    assert sorted(m for z, m in meridians.items() if m is not None and z not in {"EPSG:3405", "EPSG:3406"}) == [
        *(102.0, 103.0, 104.0, 104.5, 104.75, 105.0, 105.5, 105.75, 106.0, 106.25),
        *(106.5, 107.0, 107.25, 107.5, 107.75, 108.0, 108.25, 108.5),
    ]
    assert (meridians["EPSG:3405"], meridians["EPSG:3406"]) == (105.0, 111.0)
    assert parse_crs(VN2000_DEGREES).name == "VN-2000"


def test_every_zone_goes_there_and_back_to_the_millimetre() -> None:
    for zone in VN2000_ZONES:
        meridian = central_meridian(parse_crs(zone))
        assert meridian is not None
        lon, lat = np.array([meridian - 1.4, meridian, meridian + 1.4]), np.array([9.0, 15.0, 23.0])
        x, y = transform(lon, lat, source=VN2000_DEGREES, target=zone)
        back = transform(x, y, source=zone, target=VN2000_DEGREES)
        np.testing.assert_allclose(back, [lon, lat], atol=1e-8)
        assert x[1] == pytest.approx(500_000, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("VN-2000 106°15", "EPSG:9212"),
        ("VN-2000 106°15'", "EPSG:9212"),
        ("VN2000 TM3 106.25", "EPSG:9212"),
        ("TM3 106,25", "EPSG:9212"),
        ("TM-3 105-45", "EPSG:9210"),
        ("kinh tuyến trục 106°15'", "EPSG:9212"),
        ("VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°", "EPSG:9212"),
        ("VN2000 múi 3 KTT 105°30'", "EPSG:9209"),
        ("VN-2000 105°00' múi chiếu 3°", "EPSG:5897"),
        ("VN-2000 105 múi 6", "EPSG:3405"),
        ("VN-2000 UTM 48N", "EPSG:3405"),
        ("VN_2000_UTM_zone_49N", "EPSG:3406"),
        ("VN-2000 111", "EPSG:3406"),
        ("VN2000 107°45", "EPSG:5899"),
        ("VN-2000 / TM-3 zone 482", "EPSG:5897"),
        ("VN-2000", "EPSG:4756"),
        ("vn 2000", "EPSG:4756"),
        ("WGS84", "EPSG:4326"),
        ("WGS84 UTM 48N", "EPSG:32648"),
        ("9212", "EPSG:9212"),
        ("epsg 9212", "EPSG:9212"),
        ("urn:ogc:def:crs:EPSG::9212", "EPSG:9212"),
        ("EPSG:9212", "EPSG:9212"),
    ],
)
def test_spellings_of_planners(text: str, code: str) -> None:
    assert crs_name(text) == code


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("VN-2000 105", "two meanings: EPSG:5897 .* or EPSG:3405"),
        ("VN-2000 106.15", "no VN-2000 zone has the central meridian 106°09′; did you mean EPSG:9212"),
        ("VN-2000 TM-3", "does not say its central meridian"),
        ("UTM 48N", "does not say its datum: EPSG:3405 .* EPSG:32648"),
        ("VN-2001", "did you mean VN-2000?"),
        ("EPSG:6957", "successor is EPSG:5897"),
        ("EPSG:6959", "successor is EPSG:5899"),
        (CRS("EPSG:6958").to_wkt("WKT1_ESRI"), "successor is EPSG:5898"),
    ],
)
def test_what_has_no_or_two_meanings_is_refused(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        crs_name(text)


@pytest.mark.parametrize("zone", [z for z in VN2000_ZONES if z not in {"EPSG:3405", "EPSG:3406"}])
def test_every_title_is_read_back(zone: str) -> None:
    assert crs_name(crs_title(zone)) == zone


@pytest.mark.parametrize("code", [6956, 6957, 6958, 6959])
@pytest.mark.parametrize("form", ["EPSG:{}", "epsg:{}", "urn:ogc:def:crs:EPSG::{}", " EPSG:{} "])
def test_deprecated_codes_are_refused(code: int, form: str) -> None:
    with pytest.raises(ValueError, match=r"deprecated|no coordinate system"):
        parse_crs(form.format(code))


@pytest.mark.parametrize("text", ["", "VN-2001", "EPSG:1", "12", "\x00"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no coordinate system PROJ knows"):
        parse_crs(text)


@given(
    st.text(max_size=30) | st.from_regex(r"(VN-?2000|TM-?3|UTM|EPSG:|kinh tuyến trục)[ 0-9°'.,-]{0,12}", fullmatch=True)
)
@settings(deadline=None, max_examples=40)  # PROJ looks a fifth of a second for a name it does not know
def test_any_text_is_a_crs_or_refused(text: str) -> None:
    try:
        name = crs_name(text)
    except ValueError:
        return
    assert crs_name(name) == name
    assert crs_title(name)


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
