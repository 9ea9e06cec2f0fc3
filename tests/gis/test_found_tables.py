"""Found by handing in messy provincial tables at the command line: each test says what was read wrongly before."""

from __future__ import annotations

from typing import Any

import openpyxl
import pytest

from phusong.gis.fixing import fix_layers
from phusong.gis.writing import write_geopackage

PLACES = [(106.90, 11.54), (106.92, 11.56), (106.96, 11.56), (106.97, 11.59)]
ONE_OPERATOR = '{ operator = "A", technology = "4G" }'


def _comma(number: float) -> str:
    return f"{number:.5f}".replace(".", ",")


def _one_list(world: Any, text: str | bytes, **keys: str) -> None:
    """Make one list of sites and cells of the world's sites.csv."""
    world.text("sites.csv", text)
    del world.layers["cells"]
    world.layers["sites"] = {"path": '"sites.csv"', **keys}


def _lines(header: str, rows: list[str], mark: str = ",") -> str:
    places = [f"S{i + 1}{mark}{lon}{mark}{lat}" for i, (lon, lat) in enumerate(PLACES)]
    return "\n".join([header, *(f"{place}{mark}{row}" for place, row in zip(places, rows, strict=True))]) + "\n"


# --- numbers -------------------------------------------------------------------------------------------------


def _reach(rows: list[str], *, points: bool = False) -> str:
    places = [(str(lon), str(lat)) if points else (_comma(lon), _comma(lat)) for lon, lat in PLACES]
    lines = [f"S{i + 1};{lon};{lat};{row}" for i, ((lon, lat), row) in enumerate(zip(places, rows, strict=True))]
    return "\n".join(["Mã trạm;Kinh độ;Vĩ độ;Vùng phủ (m)", *lines]) + "\n"


def test_points_are_thousands_in_a_file_of_decimal_commas(world: Any) -> None:
    # "1.500" metres beside "106,9" degrees were read as a metre and a half, in silence.
    _one_list(world, _reach(["1.500", "2.000", "800", "1.250"]), constants=ONE_OPERATOR)
    layers, repairs = world.read(), world.check()[0].repairs
    assert layers.cells["range_m"].tolist() == [1500.0, 2000.0, 800.0, 1250.0]
    (repair,) = [repair for repair in repairs if "thousands" in repair.what]
    assert (repair.what, repair.how_much) == ("read without thousands separators: range_m", "3 values")
    assert (repair.before, repair.after) == ("1.500", "1500")


def test_points_stay_decimals_in_a_file_of_decimal_points(world: Any) -> None:
    _one_list(world, _reach(["1.500", "2.000", "800", "1.250"], points=True), constants=ONE_OPERATOR)
    assert world.read().cells["range_m"].tolist() == [1.5, 2.0, 800.0, 1.25]


def test_points_stay_decimals_where_the_rest_of_the_column_says_so(world: Any) -> None:
    _one_list(world, _reach(["1.500", "2.75", "800", "1.250"]), constants=ONE_OPERATOR)
    assert world.read().cells["range_m"].tolist() == [1.5, 2.75, 800.0, 1.25]


def test_points_stay_decimals_where_thousands_would_break_the_range(world: Any) -> None:
    _one_list(
        world, _reach(["31.500", "42.250", "28", "30"]).replace("Vùng phủ (m)", "Chiều cao cột (m)"),
        constants=ONE_OPERATOR,
    )  # fmt: skip
    assert world.read().sites["height_m"].tolist() == [31.5, 42.25, 28.0, 30.0]


def test_what_can_be_read_in_two_ways_names_both_ways_out(world: Any) -> None:
    # The remedy named the decimal point only, though a stated decimal comma is what reads 6.000 as six thousand.
    world.table("census.csv", [["code", "population"], ["25001", "6.000"], ["25002", "3.000"], ["25003", "1.000"]])
    world.layers["census"] = {"path": '"census.csv"'}
    fault = world.only()
    assert fault.column == "population"
    assert 'state decimal = "," where it marks thousands' in fault.remedy
    world.layers["census"]["decimal"] = '","'
    assert world.read().communes["population"].tolist() == [6000, 3000, 1000]


# --- technologies, operators ---------------------------------------------------------------------------------


def test_answers_that_are_no_answer_are_said(world: Any) -> None:
    # "dự kiến 2026" was passed over in silence; "Có (12/2024)" too, and that mast had no cell.
    text = _lines("Mã trạm,Kinh độ,Vĩ độ,Đã lắp 4G", ["Có (12/2024)", "dự kiến 2026", "-", "✓"])
    _one_list(world, text, constants='{ operator = "A" }')
    assert world.read().cells["site_id"].tolist() == ["S1", "S4"]
    (fault,) = [fault for fault in world.faults("warning") if fault.column == "Đã lắp 4G"]
    assert (fault.row, fault.value) == (3, "dự kiến 2026")
    assert fault.rule.startswith("the field says neither yes nor no, and names no technology")


def test_operators_in_other_letters_are_the_provinces(world: Any) -> None:
    # VIETTEL was refused, with the advice to add it to province.operators - a second operator for every KPI.
    world.province["operators"] = '["Viettel", "MobiFone"]'
    text = _lines(
        "Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ", ["VIETTEL,4G", "Viettel ,4G", "Mobi fone,4G", "MobiFone,4G"]
    )
    _one_list(world, text)
    layers, repairs = world.read(), world.check()[0].repairs
    assert layers.cells["operator"].tolist() == ["Viettel", "Viettel", "MobiFone", "MobiFone"]
    said = [(r.what, r.how_much) for r in repairs if r.what.startswith("read as: operator")]
    assert said == [
        ("read as: operator 'VIETTEL' is 'Viettel'", "1 values"),
        ("read as: operator 'Mobi fone' is 'MobiFone'", "1 values"),
    ]


def test_one_record_under_two_spellings_of_its_operator_is_one(world: Any) -> None:
    text = _lines("Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ", ["A,4G"] * 4)
    _one_list(world, text + "S1,106.9,11.54,a,4G\n")
    layers, repairs = world.read(), world.check()[0].repairs
    assert layers.cells["site_id"].tolist() == ["S1", "S2", "S3", "S4"]
    assert [r.row for r in repairs if r.what == "dropped: the same record twice"] == ["6"]


def test_an_unknown_operator_of_a_row_of_three_technologies_is_one_fault(world: Any) -> None:
    text = _lines("Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ", ["A,2G/3G/4G", "B,4G", "Gtel,2G/3G/4G", "A,4G"])
    _one_list(world, text)
    fault = world.only()
    assert (fault.row, fault.column, fault.value) == (4, "operator", "Gtel")


def test_masts_of_two_operators_side_by_side_stay_so_after_a_fix(world: Any) -> None:
    # The list told them apart by who uses them; the two cleaned layers did not, and warned of a duplicate.
    text = _lines("Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ", ["A,4G", "B,4G", "A,4G", "B,4G"])
    _one_list(world, text + "S9,106.90001,11.54001,B,4G\n")
    world.write_toml()
    out = world.folder / "out"
    assert fix_layers(world.toml, out).folder == out
    again = fix_layers(out / "layers.toml", world.folder / "again").gathered
    assert not [fault.line() for fault in again.findings.faults if "suspected duplicate" in fault.rule]


# --- what is no record, and what cannot be read --------------------------------------------------------------


def test_byte_order_marks_between_joined_files_are_taken_off(world: Any) -> None:
    # "\ufeffS3" became an id that no other table has, and the second file's header a record without a place.
    lines = _lines("Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ", ["A,4G", "B,4G", "A,4G", "B,4G"]).splitlines()
    second = "\ufeff" + "\n".join([lines[0], *lines[3:]])
    _one_list(world, "\ufeff" + "\n".join([*lines[:3], second]) + "\n")
    layers, repairs = world.read(), world.check()[0].repairs
    assert layers.sites.index.tolist() == ["S1", "S2", "S3", "S4"]
    said = [(r.what, r.how_much) for r in repairs if r.what.startswith("left out")]
    assert ("left out: byte order marks inside the text, as where files were joined", "1 marks") in said
    assert ("left out: the header once more", "1 row") in said


def test_a_row_of_totals_in_a_census_without_codes_is_left_out(world: Any) -> None:
    # "Tổng cộng" was taken for a commune that the province does not have.
    rows = [["Tên xã", "Dân số"], ["Lộc Ninh", 600], ["Bù Đốp", 300], ["Phước Long", 100], ["Tổng cộng", 1000]]
    world.table("census.csv", rows)
    world.layers["census"] = {"path": '"census.csv"'}
    findings = world.check()[0]
    assert world.read().communes["population"].tolist() == [600, 300, 100]
    assert [r.row for r in findings.repairs if r.what == "left out: a row of totals"] == ["5"]
    assert not [fault for fault in findings.faults if fault.layer == "census" and fault.severity != "info"]


def test_a_list_of_which_nothing_is_known_is_refused_in_words(world: Any) -> None:
    # With a technology from layers.toml and no column of the dictionary, the search for copies fell over.
    _one_list(world, "Nom,Siècle\nTour,XII\nPorte,XIV\n", constants=ONE_OPERATOR)
    assert any("no lon and lat" in fault.rule for fault in world.faults())


@pytest.mark.parametrize("text", ["", "Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ\n"])
def test_a_list_that_cannot_be_read_is_the_only_fault(world: Any, text: str) -> None:
    # It was also said that [layers.cells] is missing, though the list is both.
    _one_list(world, text)
    assert world.only().file.endswith("sites.csv")


def test_formulas_without_a_value_are_said(world: Any) -> None:
    # A workbook written by a program has formulas and no results: the heights were empty, in silence.
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Mã trạm", "Kinh độ", "Vĩ độ", "Chiều cao cột (m)"])
    for i, (lon, lat) in enumerate(PLACES):
        sheet.append([f"S{i + 1}", lon, lat, 40 if i else "=20+22"])
    book.save(world.folder / "sites.xlsx")
    world.layers["sites"] = {"path": '"sites.xlsx"'}
    (fault,) = [fault for fault in world.faults("warning") if fault.layer == "sites"]
    assert (fault.row, fault.value) == (2, "D2")
    assert fault.rule.startswith("1 formulas have no value")
    assert world.read().sites["height_m"].isna().tolist() == [True, False, False, False]


def test_who_shares_a_mast_stands_there_once(world: Any) -> None:
    # "a" in the field and A, who lists the mast, became two sharers.
    lines = [f'S1,106.90,11.54,{operator},4G,"a, b"' for operator in "AB"]
    _one_list(world, "\n".join(["Mã trạm,Kinh độ,Vĩ độ,Nhà mạng,Công nghệ,Doanh nghiệp dùng chung", *lines]) + "\n")
    assert world.read().sites["shared_by"].tolist() == ["A; B"]


def test_a_disk_that_takes_no_more_is_an_error_of_the_disk(world: Any) -> None:
    # GDAL's own exception came through as a traceback; the command line puts an OSError into words.
    with pytest.raises(OSError, match=r"sites\.gpkg cannot be written: "):
        write_geopackage({"sites": world.communes()}, world.folder / "none" / "sites.gpkg", as_of="2026-01-01")
