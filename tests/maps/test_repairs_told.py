"""The repair report's sentences in Vietnamese; what nobody translated stays as it is."""

import re
import unicodedata

import pytest

from phusong.gis.schemas import layer_names
from phusong.maps.repairs import Sentence, fitting, repair_told, sentences

TABLE = [sentence for held in sentences().values() for sentence in held]


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


@pytest.mark.parametrize(
    ("layer", "text", "wanted"),
    [
        ("sites", "read with decimal comma: x_m", "Đọc dấu phẩy thập phân: cột “Tọa độ đông (Y)”"),
        ("sites", "read with decimal comma: new_m", "Đọc dấu phẩy thập phân: cột “new_m”"),
        ("no layer", "read with decimal comma: x_m", "Đọc dấu phẩy thập phân: cột “x_m”"),
        (
            "sites",
            "read as: shareable 'chung' is 'true'",
            "Đọc theo nghĩa: cột “Khả năng dùng chung”: 'chung' là 'có (true)'",
        ),
        (
            "sites",
            "decoded: the column names held UTF-8, wrongly read twice read as Western text",
            "Chuyển bảng mã: tên các cột có chữ UTF-8 bị đọc sai hai lần bị đọc thành chữ Tây Âu",
        ),
        (
            "cells",
            "derived: site ids from ECI, the node's number is ECI // 256",
            "Suy ra: mã trạm từ cột “ECI”: số nút mạng là phần nguyên của ECI chia 256",
        ),
        (
            "sites",
            "set aside: height_m: height_m must be a number from 1 to 350 m",
            "Để riêng: “Chiều cao cột” phải là số từ 1 đến 350 m",
        ),
        ("sites", "set aside: a rule\nin two lines", "Để riêng: a rule\nin two lines"),
        (
            "fibre",
            "composed: distance in separate letters and accents (NFD) was made NFC",
            "Chuẩn hóa Unicode: cột “distance” có chữ và dấu tách rời (NFD) đã ghép thành NFC",
        ),
        ("sites", "set aside: height_m: no such height", "Để riêng: “Chiều cao cột”: no such height"),
        ("communes", "mended: Self-intersection[0.5 1.25]", "Đã sửa hình học: đường biên tự cắt [0,5 1,25]"),
    ],
)
def test_what_of_a_layer(layer: str, text: str, wanted: str) -> None:
    assert told("what", text, layer=layer) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "gained 0.554 m² from no commune; lost 2.150 m² to 25309; border moved by up to 0.04 m",
            "nhận thêm 0,554 m² đất không thuộc xã nào; chuyển 2,150 m² sang 25309; ranh giới xê dịch tối đa 0,04 m",
        ),
        ("2 LineString left out, 1 Point left out", "bỏ 2 đường, bỏ 1 điểm"),
        ("1 record, 2 whales, 3 values", "1 bản ghi, 2 whales, 3 giá trị"),
        ("+0.500 m²", "+0,500 m²"),
    ],
)
def test_how_much_of_a_list(text: str, wanted: str) -> None:
    assert told("how_much", text, layer="communes") == wanted


@pytest.mark.parametrize(
    ("layer", "text", "wanted"),
    [
        ("sites", "lon 106.5, lat 11.25", "kinh độ 106,5; vĩ độ 11,25"),
        ("cells", "4G band 20 or band 28, 806.5 MHz", "4G, băng 20 hoặc băng 28, 806,5 MHz"),
        ("crosswalk", "25195 to 25200", "25195 sang 25200"),
        ("sites", "25195 to 25200", "25195 to 25200"),  # what a file holds stays
        ("sites", "lon = Kinh độ, lat = Vĩ độ", "lon = Kinh độ, lat = Vĩ độ"),
        ("fibre", "distance", "distance"),
        ("sites", "571756.43", "571756.43"),
        ("sites", "Trạm 3.5", "Trạm 3.5"),
    ],
)
def test_before(layer: str, text: str, wanted: str) -> None:
    assert told("before", text, layer=layer) == wanted


def test_the_table_is_well_made() -> None:
    assert set(sentences()) == {"what", "how_much", "value", "remedy", "text"}
    keys = [(one.field, one.layers, one.en) for one in TABLE]
    assert len(set(keys)) == len(keys), "a sentence stands twice"
    assert {layer for one in TABLE for layer in one.layers} <= set(layer_names())


@pytest.mark.parametrize("sentence", TABLE, ids=[f"{one.field}: {one.en}" for one in TABLE])
def test_a_sentence(sentence: Sentence) -> None:
    assert sentence.vi != sentence.en
    assert sentence.vi.strip() == sentence.vi != ""
    assert set(re.findall(r"\{\w+\}", sentence.vi)) == set(re.findall(r"\{\w+\}", sentence.en))
    assert unicodedata.is_normalized("NFC", sentence.vi)
    # Its English, filled in, is read as this sentence and no other, and nothing in braces is left.
    text = re.sub(r"\{\w+\}", "7", sentence.en).replace("(s)", "s")
    layer = sentence.layers[0] if sentence.layers else "communes"
    found = fitting(text, field=sentence.field, layer=layer)
    assert found is not None
    assert found[0] == sentence
    if sentence.field != "text":
        field = {"value": "before"}.get(sentence.field, sentence.field)
        assert re.sub(r"\{\w+\}", "7", sentence.vi) == told(field, text, layer=layer)


@pytest.mark.parametrize("english", ["{count} record(s)", "{count} cell(s)", "{count} row(s)"])
def test_one_and_many(english: str) -> None:
    sentence = next(one for one in TABLE if one.en == english and not one.layers)
    assert sentence.pattern.fullmatch("1 " + english[8:-3])
    assert sentence.pattern.fullmatch("2 " + english[8:-3] + "s")
