"""Angles: degrees in every common writing, and the ones nobody can read one way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.columns.angles import parse_degrees, split_pair

LON, LAT = 106 + 53 / 60 + 0.5 / 3600, 11 + 32 / 60 + 6 / 3600


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("106.8835", 106.8835),
        ("-106.5", -106.5),
        ("106°53'00.5\"E", LON),
        ("106°53’00,5”E", LON),
        ("106º53′00.5″ Đ", LON),
        ("106˚53´00.5´´", LON),
        ("106⁰ 53' 00.5'' Đông", LON),
        ("１０６°５３′０．５″Ｅ", LON),
        ("106 53 0.5", LON),
        ("106:53:00.5", LON),
        ("106-53-00.5Đ", LON),
        ("106o53'00.5''", LON),
        ("106 độ 53 phút 0,5 giây kinh Đông", LON),
        ("Kinh độ: 106°53'0.5\"", LON),
        ("E106°53'0.5\"", LON),
        ("106°53,5'", 106 + 53.5 / 60),
        ("106 53.5", 106 + 53.5 / 60),
        ("106°53′", 106 + 53 / 60),
        ("106,5°", 106.5),
        ("11d32m06sN", LAT),
        ("11d32m06s", LAT),
        ("11D32M06S", LAT),
        ("N11°32′06″", LAT),
        ("11°32'06\"B", LAT),
        ("11°32'06\" vĩ độ Bắc", LAT),
        ("11 32 06 N", LAT),
        ("11°32'06\" Nam", -LAT),
        ("11°32'06\"S", -LAT),
        ("11 32 06 S", -LAT),
        ("11d32m06sS", -LAT),
        ("106°53'00.5\"T", -LON),
        ("+11°32′06″N", LAT),
        ("0°30'S", -0.5),
        ("180°", 180.0),
    ],
)
def test_writings(text: str, degrees: float) -> None:
    assert parse_degrees(text) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "°", "N", "abc", "nan", "inf", "1e2", "--106", "106..5", "1.275.706", "568850.1", "٣"),
        *("106°60'", "106°59'60\"", "106° 53.5' 20\"", "106°-53'", "106 53", "106-53"),
        *("-11°32′N", "-11°S", "+11°S", "-106°W", "N11°N", "Vĩ độ 106°53'E", "E11°32'N"),
        *("11d32m06S", "11°32′06s", "11 32 06 s"),
        *("91°N", "181°E", "200°"),
    ],
)
def test_what_cannot_be_read_one_way(text: str) -> None:
    assert parse_degrees(text) is None


def test_a_number_alone_keeps_to_the_stated_mark() -> None:
    assert parse_degrees("11,535") is None
    assert parse_degrees("11.535", decimal=",") is None
    assert (parse_degrees("11,535", decimal=","), parse_degrees("11,535", decimal="auto")) == (11.535, 11.535)


@given(
    d=st.integers(0, 179),
    m=st.integers(0, 59),
    s=st.integers(0, 5999),
    form=st.sampled_from(
        ["{}°{}'{:.2f}\"{}", "{}º {}’ {:.2f}” {}", "{} {} {:.2f} {}", "{}-{}-{:.2f}{}", "{}d{}m{:.2f}s{}"]
    ),
    letter=st.sampled_from(["E", "Đ", "W", "T"]),
)
@settings(deadline=None)
def test_any_angle_comes_back(d: int, m: int, s: int, form: str, letter: str) -> None:
    expected = (d + m / 60 + s / 360_000) * (-1 if letter in "WT" else 1)
    assert parse_degrees(form.format(d, m, s / 100, letter)) == pytest.approx(expected, abs=1e-9)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_text_is_an_angle_on_the_globe_or_none(text: str) -> None:
    value = parse_degrees(text)
    assert value is None or -180 <= value <= 180
    pair = split_pair(text)
    if pair is not None:
        lon, lat = (parse_degrees(part) for part in pair)
        assert lon is not None
        assert lat is not None
        assert abs(lat) <= 90


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("105,34808/22,62924", 105.34808, 22.62924),
        ("11.5, 106.9", 106.9, 11.5),
        ("106.9 11.5", 106.9, 11.5),
        ("11,5; 106,9", 106.9, 11.5),
        ("11,5, 106,9", 106.9, 11.5),
        ("11.5 - 106.9", 106.9, 11.5),
        ("(106.9; 11.5)", 106.9, 11.5),
        ("11°32'06\"N 106°53'00.5\"E", LON, LAT),
        ("11°32'06\"N106°53'00.5\"E", LON, LAT),
        ("N11°32′06″E106°53′00.5″", LON, LAT),
        ("11°32'06\" vĩ độ Bắc - 106°53'0,5\" kinh độ Đông", LON, LAT),
        ("11 32 06 106 53 0.5", LON, LAT),
        ("Lat: 11.5, Long: 106.9", 106.9, 11.5),
        ("11.5N, 46.9", 46.9, 11.5),
        ("POINT(106.9 11.5)", 106.9, 11.5),
        ("SRID=4326;POINT Z (106.9 11.5 30)", 106.9, 11.5),
    ],
)
def test_pairs(text: str, lon: float, lat: float) -> None:
    pair = split_pair(text)
    assert pair is not None
    assert [parse_degrees(part) for part in pair] == pytest.approx([lon, lat], abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        *("", "106.9", "106°53'0.5\"", "106 53 0.5", "11.5 46.9", "11,106", "105,5,22", "11.5,106.9,30"),
        *("12N 13S", "1275706.9 568850.1", "SRID=3405;POINT(106.9 11.5)", "x" * 500, "106.9 / 107.0"),
        "11°32'N 106°53'Đ",  # Nam or north?
    ],
)
def test_no_pair_or_two_of_them(text: str) -> None:
    assert split_pair(text) is None
