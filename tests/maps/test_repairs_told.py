"""The repair report's sentences in Vietnamese; what nobody translated stays as it is."""

import pytest

from phusong.maps.repairs import repair_told


def told(column: str, text: str, *, layer: str = "cells") -> str:
    row = dict.fromkeys(("what", "how_much", "before", "after", "remedy"), "") | {"layer": layer, column: text}
    return repair_told(row)[column]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "left out by where: mcc in 452, 453",
            "Loại theo điều kiện lọc (where): chỉ giữ mcc thuộc 452, 453",
        ),
        (
            "spread evenly: the raster shows nobody in a commune with a census total",
            "Phân bổ đều dân số: lưới dân số không có người trong xã có số điều tra",
        ),
        ("mended: Self-intersection[1 2]", "Đã sửa hình học: đường biên tự cắt [1 2]"),
        (
            "assumed: no population raster: each commune's people are spread evenly over its land",
            "Giả định: không có lưới dân số: dân số mỗi xã phân bổ đều trên diện tích xã",
        ),
        (
            "not predicted beyond 20 km, where the median still reaches the threshold",
            "Không dự báo quá 20 km dù mức thu trung vị ở đó còn đạt ngưỡng",
        ),
        ("assumed: something new", "Giả định: something new"),
        ("something new", "something new"),
    ],
)
def test_what(text: str, wanted: str) -> None:
    assert told("what", text) == wanted


@pytest.mark.parametrize(
    ("measured", "wanted"),
    [
        ("tx height 12.62479608 m|30..200 m", "độ cao ăng ten hiệu dụng 12,62 m|30–200 m"),
        ("tx height 18.15 m|30..200 m", "độ cao ăng ten hiệu dụng 18,15 m|30–200 m"),
        ("rx height 0.5 m|1..10 m", "độ cao máy thu 0,5 m|1–10 m"),
        ("frequency 0.5 MHz|1.5..2e+04 MHz", "tần số 0,5 MHz|1,5–2e+04 MHz"),
        ("distance 20000 m|0..5000 m", "khoảng cách 20000 m|0–5000 m"),
    ],
)
def test_range_sentence(measured: str, wanted: str) -> None:
    value, limits = measured.split("|")
    english = f"{value} is outside the range {limits} that Hata (1980), TR 38.901 recommends; the loss there is an "
    value, limits = wanted.split("|")
    vietnamese = f"{value} nằm ngoài khoảng {limits} mà Hata (1980), TR 38.901 khuyến nghị; suy hao tại đó là ngoại suy"
    text = f"model used outside its recommended range: hata: {english}extrapolation"
    assert told("what", text) == f"Mô hình dùng ngoài khoảng khuyến nghị: hata: {vietnamese}"


@pytest.mark.parametrize(
    ("layer", "text", "wanted"),
    [
        ("cells", "3 cells", "3 cell"),
        ("terrain", "3 cells (0.1 km²)", "3 ô (0,1 km²)"),
        ("population", "1 cell", "1 ô"),
        ("sites", "12 records", "12 bản ghi"),
        ("census", "1500 people", "1500 người"),
        ("sites", "some", "some"),
    ],
)
def test_how_much(layer: str, text: str, wanted: str) -> None:
    assert told("how_much", text, layer=layer) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2 sites, 5 cells", "2 trạm, 5 cell"),
        ("61.5 km away", "cách 61,5 km"),
        ("mast height", "chiều cao cột"),
        ("4.0001 km²", "4,0001 km²"),
        ("4G LTE1800, 5G NR700", "4G LTE1800, 5G NR700"),
        ("", ""),
    ],
)
def test_after(text: str, wanted: str) -> None:
    assert told("after", text) == wanted


def test_remedy() -> None:
    assert told("remedy", "fill in azimuth_deg") == "điền azimuth_deg"
    assert told("remedy", "repair the ring in a GIS") == "sửa đường biên trong phần mềm GIS"
    assert told("remedy", "do as you like") == "do as you like"
