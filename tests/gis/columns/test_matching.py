"""Matching: every name of the synonym table means one column, however it is written; nothing is first-come."""

from __future__ import annotations

import csv
import unicodedata
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.columns.matching import COMPOUND, faulty_synonyms, fold_header, match_columns, synonyms_of
from phusong.gis.schemas import layer_columns, layer_names

ROWS = list(csv.DictReader((files("phusong.gis.columns") / "synonyms.csv").read_text(encoding="utf-8").splitlines()))
EACH = [(layer, row["column"], row["synonym"]) for row in ROWS for layer in row["layer"].split("|")]

# The real columns of provincial systems and forms, as RULES 2.8 quotes them, with what the dictionary has of them.
BTS_LIST = {
    "TT": None, "Tên DN": None, "Tên trạm": "name", "Mã trạm": "site_id", "Tọa độ X": "y_m", "Tọa độ Y": "x_m",
    "Huyện/TP": None, "Xã, phường": "commune", "Địa chỉ": "address", "Chủ sở hữu đất/nhà": None,
    "Loại anten (tự đứng/dây co)": None, "Cột khác": None, "Độ cao trạm (m)": "height_m", "Loại trạm (1/2)": None,
    "Độ cao tầng": None, "Ngày cấp phép": None, "TG xây dựng": None, "Ghi chú": None,
}  # fmt: skip
BTS_LIST_CELLS = {
    "Tên DN": "operator", "Mã trạm": "site_id", "Công suất (W)": "power_w", "Vùng phủ (m)": "range_m",
    "Góc ngẩng": "tilt_deg", "Ghi chú": None,
}  # fmt: skip
MAST_LIST = {
    "STT": None, "Mã cột": "site_id", "Tên cột": "name", "Địa chỉ": "address", "Kinh độ": "lon", "Vĩ độ": "lat",
    "Đơn vị sử dụng": None, "Chủ sở hữu": "owner", "Loại cột": "mast_class", "Kiểu cột": None,
    "Chiều cao cột (m)": "height_m", "Chiều cao công trình (m)": "building_height_m",
    "Khả năng dùng chung": "shareable", "Doanh nghiệp dùng chung": "shared_by", "Thời điểm hoạt động": None,
    "Băng tần": None, "Độ cao từng ăng ten": None, "Tổng công suất": None, "Giới hạn an toàn": None,
}  # fmt: skip
MAST_LIST_CELLS = {
    "Mã cột": "site_id", "Đơn vị sử dụng": "operator", "Băng tần": "band", "Độ cao từng ăng ten": "height_m",
    "Tổng công suất": "power_w",
}  # fmt: skip
CABLE_LIST = {
    "TT": None, "Tên tuyến": "name", "Tên DN": "owner", "Điểm đầu X": "start_y_m", "Điểm đầu Y": "start_x_m",
    "Điểm đầu xã": None, "Điểm cuối X": "end_y_m", "Điểm cuối Y": "end_x_m", "Điểm cuối xã": None,
    "Các tuyến đường": None, "Chiều dài (km)": "length_km", "Trên/dưới hè": None, "Khoảng cách lề": None,
    "Số ống": None, "Số ống đang dùng": None, "Loại cáp": "medium", "Dung lượng": "cores",
    "Loại công trình (N1,N2)": None, "Dùng chung": None, "Ghi chú": None,
}  # fmt: skip
# FNS-Division/mobile-network-capacity-checker (ITU), data/input_data/*cellsite.csv: all 28 columns.
ITU_CELLS = {
    "ict_id": "site_id", "source_ict_id": None, "source_cell_id": "cell_id", "dataset_id": None, "country_code": None,
    "lat": None, "lon": None, "admin1": None, "admin2": None, "admin3": None, "operator_name": "operator",
    "radio_type": "technology", "downlink_frequency_mhz": None, "uplink_frequency_mhz": None,
    "max_channel_bandwidth_mhz": None, "eirp_dbm": "eirp_dbm", "tower_height": None, "antenna_height": "height_m",
    "mechanical_tilt_degrees": "mechanical_tilt_deg", "electrical_tilt_degrees": "electrical_tilt_deg",
    "azimuth_degrees": "azimuth_deg", "antenna_model": None, "antenna_gain": None,
    "antenna_horizontal_beamwidth_degrees": None, "antenna_vertical_beamwidth_degrees": None, "backhaul_type": None,
    "backhaul_throuput_mbps": None, "power_source": None,
}  # fmt: skip
ITU_SITES = dict.fromkeys(ITU_CELLS) | {
    "ict_id": "site_id", "lat": "lat", "lon": "lon", "tower_height": "height_m",
}  # fmt: skip
NSG = {
    "ECellID": "cell_id", "CellName": None, "Longitude": None, "Latitude": None, "PCI": "pci", "EARFCN": "earfcn",
    "Azimuth": "azimuth_deg",
}  # fmt: skip
ATOLL = {
    "Site": "site_id", "Transmitter": "cell_id", "Longitude": None, "Latitude": None, "Azimuth (°)": "azimuth_deg",
    "Mechanical Downtilt (°)": "mechanical_tilt_deg", "Height (m)": "height_m",
}  # fmt: skip
OPENCELLID = {
    "radio": "technology", "mcc": None, "net": "operator", "area": None, "cell": "cell_id", "unit": None,
    "lon": None, "lat": None, "range": "range_m", "samples": "samples", "changeable": None, "created": None,
    "updated": None, "averageSignal": "average_signal_dbm",
}  # fmt: skip
DBF = {
    "azimuth_de": "azimuth_deg", "operator_n": "operator", "technology": "technology", "height_m": "height_m",
    "average_si": "average_signal_dbm",
}  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "header"),
    [
        ("sites", BTS_LIST),
        ("cells", BTS_LIST_CELLS),
        ("sites", MAST_LIST),
        ("cells", MAST_LIST_CELLS),
        ("fibre", CABLE_LIST),
        ("cells", ITU_CELLS),
        ("sites", ITU_SITES),
        ("cells", NSG),
        ("cells", ATOLL),
        ("cells", OPENCELLID),
        ("cells", DBF),
        (
            "census",
            {"new_code": "code", "new_name": "name", "pop2019_est": "population", "n_old": None, "shared": None},
        ),
        (
            "census",
            {"c": "code", "total": "population", "urban": "urban_people", "rural": "rural_people", "cn": "name"},
        ),
        ("crosswalk", dict.fromkeys(["old_code", "old_name", "new_code", "new_name"])),
        (
            "communes",
            {"code": "code", "fullName": None, "areaKm2": "area_km2", "population_2025": None, "kinhdo": None},
        ),
        ("communes_old", {"gso_code": "code", "commune_vn": "name", "district": "district", "pop2019": "population"}),
        ("roads", {"osm_id": "road_id", "highway": "class", "name": "name", "maxspeed": None}),
        ("sites", {"Name": "name", "description": None}),
        ("sites", {"osm_id,N,10,0": None, "Coord_X,C,50": "x_m", "Coord_Y,C,50": "y_m"}),
        ("hamlets", {"Mã thôn": "hamlet_id", "Tên ấp": "name", "Mã xã": "commune_code", "Số hộ": "households"}),
    ],
)
def test_real_headers(layer: str, header: dict[str, Any]) -> None:
    found = match_columns(header, layer=layer)
    expected = {column: name for name, column in header.items() if column is not None}
    if layer == "crosswalk":
        expected = {name: name for name in header}
    assert found.names == expected
    assert found.rivals == found.units == found.unsure == {}


def test_the_synonym_table_is_well_formed() -> None:
    assert faulty_synonyms() == []
    assert {row["source"] for row in ROWS} >= {"provincial BTS list", "provincial mast list", "ITU", "OpenCelliD"}


@pytest.mark.parametrize("layer", layer_names())
def test_every_synonym_means_one_column_however_it_is_written(layer: str) -> None:
    known = [(column, synonym) for at, column, synonym in EACH if at == layer]
    for column, synonym in known:
        bare = "".join(c for c in unicodedata.normalize("NFD", synonym) if not unicodedata.combining(c))
        bare = bare.replace("đ", "d").replace("Đ", "D")
        for written in (
            synonym,
            synonym.upper(),
            bare,
            bare.lower(),
            unicodedata.normalize("NFD", synonym),
            f" {synonym} ",
            synonym.replace(" ", "_"),
        ):
            if len(written) == 10 and written.isascii() and written.endswith("_"):
                continue
            assert match_columns([written], layer=layer).names == {column: written}, (layer, written)


@pytest.mark.parametrize("layer", layer_names())
def test_every_column_is_known_by_its_own_name_and_labels(layer: str) -> None:
    for name, column in layer_columns(layer).items():
        assert match_columns([name], layer=layer).how == {name: "same"}
        assert match_columns([name.upper().replace("_", " ")], layer=layer).how == {name: "spelling"}
        assert match_columns([column.vi], layer=layer).names in ({name: column.vi}, {name.upper(): column.vi})
        assert name in match_columns([column.en], layer=layer).names


def test_fold_header() -> None:
    assert fold_header("Toạ độ  X") == fold_header("TỌA ĐỘ_X") == fold_header("toa do x") == "toadox"
    assert fold_header("Diện tích (km²)") == "dientichkm2"
    assert fold_header("LEN,N,19,11") == "len"
    assert fold_header("a,b") == "ab"


# --- who wins ------------------------------------------------------------------------------------------------


def test_a_stated_column_goes_before_all() -> None:
    found = match_columns(["site_id", "Mã trạm", "ma"], layer="sites", stated={"site_id": "ma"})
    assert found.names == {"site_id": "ma"}
    assert found.how == {"site_id": "stated"}
    assert found.beaten == {"site_id": "site_id", "Mã trạm": "site_id"}


def test_a_column_stated_to_be_none() -> None:
    found = match_columns(["site_id", "height_m"], layer="sites", stated={"height_m": ""})
    assert found.names == {"site_id": "site_id"}


@pytest.mark.parametrize(
    ("header", "winner", "how"),
    [
        (["Mã cột", "site_id"], "site_id", "same"),
        (["Mã cột", "Site-ID"], "Site-ID", "spelling"),
        (["Site-ID", "site_id"], "site_id", "same"),
        (["Mã cột", "Mã trạm"], "Mã trạm", "synonym"),  # the dictionary's own label
    ],
)
def test_the_nearer_name_wins_wherever_it_stands(header: list[str], winner: str, how: str) -> None:
    for order in (header, header[::-1]):
        found = match_columns(order, layer="sites")
        assert found.names == {"site_id": winner}
        assert found.how == {"site_id": how}
        assert list(found.beaten.values()) == ["site_id"]


@pytest.mark.parametrize(
    ("layer", "header", "column"),
    [
        ("sites", ["Site", "Mã cột"], "site_id"),
        ("sites", ["Site ID", "SITE_ID"], "site_id"),
        ("sites", ["Kinh độ WGS84", "Lng"], "lon"),
        ("cells", ["Sector", "Cell"], "cell_id"),
    ],
)
def test_equal_claims_are_left(layer: str, header: list[str], column: str) -> None:
    for order in (header, header[::-1]):
        found = match_columns(order, layer=layer)
        assert found.names == {}
        assert set(found.rivals[column]) == set(header)


def test_north_is_x_in_vietnamese_lists() -> None:
    assert match_columns(["Tọa độ X", "Tọa độ Y"], layer="sites").names == {"x_m": "Tọa độ Y", "y_m": "Tọa độ X"}
    assert match_columns(["X", "Y"], layer="sites").names == {"x_m": "X", "y_m": "Y"}
    assert match_columns(["Tọa độ (X)", "Tọa độ (Y)"], layer="sites").names["y_m"] == "Tọa độ (X)"
    ours = [layer_columns("sites")[name].vi for name in ("x_m", "y_m")]
    assert match_columns(ours, layer="sites").names == dict(zip(("x_m", "y_m"), ours, strict=True))


@pytest.mark.parametrize(
    ("layer", "name", "column", "unit"),
    [
        ("census", "Dân số (nghìn người)", "population", "nghinnguoi"),
        ("communes_old", "Diện tích (ha)", "area_km2", "ha"),
        ("sites", "Chiều cao cột (ft)", "height_m", "ft"),
        ("cells", "Công suất (dBm)", "power_w", "dbm"),
        ("fibre", "Chiều dài (m)", "length_km", "m"),
    ],
)
def test_a_unit_that_is_not_the_dictionarys(layer: str, name: str, column: str, unit: str) -> None:
    found = match_columns([name], layer=layer)
    assert found.names == {}
    assert found.units == {name: (column, unit)}


@pytest.mark.parametrize("name", ["Chiều cao cột [m]", "Chiều cao cột (mét)", "Chiều cao cột (theo hồ sơ)"])
def test_units_and_remarks_in_brackets_that_do_no_harm(name: str) -> None:
    assert match_columns([name], layer="sites").names == {"height_m": name}


def test_a_group_says_nothing_its_columns_do_not() -> None:
    assert match_columns(["Tọa độ Kinh độ", "Vị trí Xã, phường"], layer="sites").names == {
        "lon": "Tọa độ Kinh độ",
        "commune": "Vị trí Xã, phường",
    }
    assert match_columns(["Cột khác Độ cao trạm"], layer="sites").names == {}


def test_names_cut_to_ten_letters() -> None:
    assert match_columns(["building_h"], layer="sites").names == {"building_height_m": "building_h"}
    found = match_columns(["chieu_cao_"], layer="sites")
    assert found.names == {}
    assert set(found.unsure["chieu_cao_"]) == {"height_m", "building_height_m"}
    assert match_columns(["DESIGNATIO"], layer="sites").loose == ("DESIGNATIO",)


def test_synonyms_of_a_column() -> None:
    assert "Độ cao trạm" in synonyms_of("sites", "height_m")
    assert "Độ cao trạm" not in synonyms_of("cells", "height_m")
    assert synonyms_of("terrain", "elevation_m") == ()
    assert {column for _, column, _ in EACH} & set(COMPOUND) == set(COMPOUND)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from([synonym for layer, _, synonym in EACH if layer == "sites"])),
        max_size=8,
        unique=True,
    )
)
def test_each_file_column_is_in_one_place(header: list[str]) -> None:
    found = match_columns(header, layer="sites")
    placed = [
        *found.names.values(),
        *found.beaten,
        *found.unsure,
        *(name for rivals in found.rivals.values() for name in rivals),
        *found.loose,
    ]
    assert sorted(placed) == sorted(header)
    assert set(found.units) <= set(found.loose)
    again = match_columns(header[::-1], layer="sites")
    assert again.names == found.names
