"""SG3 profile files: read as they are meant, and refused with the line, the column and what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from phusong.errors import Fault
from phusong.gis.findings import Findings
from phusong.gis.readers.sg3_profile import Sg3Profile, mid_latitude_deg, read_sg3_profile

POINTS = ("0,5,2,0,4", "0.5,9,4,15,4", "1.25,2,1,0,1", "2,3,2,8,3")
CASES = ("900,30,,1.5,2,,,,,,,,30,,50,,40.5,120",)


def sg3(
    points: Sequence[str] = POINTS,
    cases: Sequence[str] = CASES,
    *,
    count: int | str | None = None,
    first: str = "T",
    delta_n: str = "45",
    latitude: str = "10.0",
) -> str:
    return "\n".join(
        [
            "Đồi Xoài",
            f"Tx LAT:,{latitude}",
            "Tx LON:,106.0",
            "Rx LAT:,12.0",
            "Rx LON:,106.0",
            f"First point TX or RX:,{first}",
            "#",
            "{Begin of Meteorology}",
            f"Average annual values dN (N-units/km):,{delta_n}",
            "Average annual sea-level surface refractivity No (N-units):,380",
            "{End of meteorology}",
            "Distance from first point,Gnd hgt a.m.s.l.,Coverage Code,Ground cover height,Radio Met Code",
            "{Begin of Profile}",
            f"Number of Points:,{len(points) if count is None else count}",
            *points,
            "{End of Profile}",
            "#",
            "Frequency,Tx antenna height,Tx antenna effective height,Rx antenna height,Polarisation HVC:1 2 3",
            "{Begin of Measurements}",
            *cases,
            "{End of Measurements}",
            "",
        ]
    )


def read(folder: Path, text: str | bytes) -> tuple[Sg3Profile | None, list[Fault]]:
    path = folder / "mặt cắt 1.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    findings = Findings()
    file = read_sg3_profile(path, notes=findings.of("profile", path.name))
    assert (file is None) is not findings.may_run
    return file, findings.faults


def good(folder: Path, text: str | bytes) -> Sg3Profile:
    file, faults = read(folder, text)
    assert file is not None, faults
    return file


def test_a_file(tmp_path: Path) -> None:
    file, faults = read(tmp_path, sg3())
    assert faults == []
    assert file is not None
    np.testing.assert_array_equal(file.distance_m, [0.0, 500.0, 1_250.0, 2_000.0])
    np.testing.assert_array_equal(file.ground_m, [5.0, 9.0, 2.0, 3.0])
    np.testing.assert_array_equal(file.clutter_m, [0.0, 15.0, 0.0, 8.0])
    assert file.zone.tolist() == [4, 4, 1, 3]
    assert file.zone.dtype == np.int8
    assert (file.delta_n_per_km, file.n0) == (45.0, 380.0)
    assert file.latitude_deg == pytest.approx(10.0 + math.degrees(1.0 / 6371.0), abs=1e-9)
    (row,) = file.measurements
    assert (row.row, row.f_mhz, row.tx_height_m, row.rx_height_m, row.p_percent) == (23, 900.0, 30.0, 1.5, 50.0)
    assert (row.polarisation, row.erp_kw, row.field_dbuvm) == ("vertical", 1.0, 40.5)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + sg3(),
        sg3().replace("\n", "\r\n"),
        sg3().replace("\n", ",,,\n"),
        sg3().replace("TX or RX", "Tx or Rx"),
        sg3().replace("Đồi Xoài", "rburg").replace("{Begin of Profile}", '"{Begin of Profile}"'),
        sg3().encode().replace("Đồi".encode(), b"\xd0\xa7\xff"),
        sg3().rstrip(),
    ],
    ids=["BOM", "Windows", "commas behind", "case", "quotes", "no UTF-8", "no last line end"],
)
def test_the_same_file_from_other_programs(tmp_path: Path, text: str | bytes) -> None:
    file = good(tmp_path, text)
    assert file.distance_m.tolist() == [0.0, 500.0, 1_250.0, 2_000.0]
    assert len(file.measurements) == 1


def test_a_profile_from_the_receiver_is_turned(tmp_path: Path) -> None:
    file, faults = read(tmp_path, sg3(first="RX"))
    assert file is not None
    assert file.distance_m.tolist() == [0.0, 750.0, 1_500.0, 2_000.0]
    assert file.ground_m.tolist() == [3.0, 2.0, 9.0, 5.0]
    assert file.zone.tolist() == [3, 1, 4, 4]
    assert [fault.severity for fault in faults] == ["info"]


def test_what_is_assumed_is_said(tmp_path: Path) -> None:
    text = sg3(("0,5", "1,6,2", "2,7,2,,"), ("900,30,,1.5,1,,,,,,,,,,10",), first="")
    file, faults = read(tmp_path, text)
    assert file is not None
    assert file.clutter_m.tolist() == [0.0] * 3
    assert file.zone.tolist() == [4] * 3
    assert math.isnan(file.measurements[0].erp_kw)
    assert math.isnan(file.measurements[0].field_dbuvm)
    assert {(fault.severity, fault.column) for fault in faults} == {
        ("info", "Ground cover height"),
        ("info", "Radio Met Code"),
        ("info", "ERP_max_total"),
        ("info", "First point TX or RX:"),
    }
    assert any("3 rows without a value are taken as inland (4)" in fault.rule for fault in faults)


FAULTS: list[tuple[str | bytes, int | None, str | None, str | None, str]] = [
    (sg3(("0,5,2,0,4", "x,9,2,0,4", "2,3,2,0,4")), 16, "Distance", "x", "must be a number"),
    (sg3(("0,5,2,0,4", "1,,2,0,4", "2,3,2,0,4")), 16, "Gnd hgt a.m.s.l.", "", "must be a number"),
    (sg3(("0,5,2,0,4", "1,nan,2,0,4", "2,3,2,0,4")), 16, "Gnd hgt a.m.s.l.", "nan", "must be a number"),
    (sg3(("0,5,2,0,4", "1,inf,2,0,4", "2,3,2,0,4")), 16, "Gnd hgt a.m.s.l.", "inf", "must be a number"),
    (sg3(("0,5,2,0,4", "1,1_0,2,0,4", "2,3,2,0,4")), 16, "Gnd hgt a.m.s.l.", "1_0", "must be a number"),
    (sg3(("0,5,2,0,4", "1,9,2,-3,4", "2,3,2,0,4")), 16, "Ground cover height", "-3", "must be 0 m or more"),
    (sg3(("0,5,2,0,4", "1,9,2,0,2", "2,3,2,0,4")), 16, "Radio Met Code", "2", "must be 1 (sea), 3 (coast)"),
    (sg3(("0,5,2,0,4", "2,9,2,0,4", "1,3,2,0,4")), 17, "Distance", "1", "must be more than the 2 km of the row above"),
    (sg3(("0,5,2,0,4", "1,9,2,0,4", "1,3,2,0,4")), 17, "Distance", "1", "must be more than the 1 km of the row above"),
    (sg3(("0.1,5,2,0,4", "1,9,2,0,4")), 15, "Distance", "0.1", "must be 0 at the first point"),
    (sg3(("0;5;2;0;4", "1;9;2;0;4")), 15, "Distance", "0;5;2;0;4", "must be a number"),
    (sg3(count=3), 14, "Number of Points:", "3", "the profile has 4 rows"),
    (sg3(count="vier"), 14, "Number of Points:", "vier", "the profile has 4 rows"),
    (sg3(("0,5,2,0,4",)), None, None, None, "a profile has two rows or more"),
    (sg3(()), None, None, None, "a profile has two rows or more"),
    (sg3(delta_n=""), 9, "Average annual values dN (N-units/km):", "", "must be a number"),
    (sg3(latitude="106.0"), 2, "Tx LAT:", "106.0", "must be a latitude"),
    (sg3(cases=()), None, None, None, "there is no measurement row"),
    (sg3(cases=("900,30,,1.5,3,,,,,,,,30,,50",)), 23, "Polarisation HVC", "3", "must be 1 (horizontal) or 2"),
    (sg3(cases=("900,30,,1.5",)), 23, "Time percentage", "", "must be a number"),
    (sg3(cases=("900,,30,1.5,1,,,,,,,,30,,50",)), 23, "Tx antenna height", "", "must be a number"),
    (sg3().replace("{End of Profile}", "{end}"), None, None, None, "{End of Profile} is missing"),
    (sg3() + sg3(), 37, None, None, "{Begin of Profile} stands 2 times"),
    ("", None, None, None, "{Begin of Profile} is missing"),
    ("\x00\x01PK", None, None, None, "{Begin of Profile} is missing"),
    (sg3().encode("utf-16"), None, None, None, "{Begin of Profile} is missing"),
]


@pytest.mark.parametrize("broken", FAULTS)
def test_broken_files(tmp_path: Path, broken: tuple[str | bytes, int | None, str | None, str | None, str]) -> None:
    text, row, column, value, rule = broken
    file, faults = read(tmp_path, text)
    assert file is None
    (fault, *_) = [each for each in faults if each.severity == "error" and (each.row, each.column) == (row, column)]
    assert (fault.value, fault.layer, fault.file) == (value, "profile", "mặt cắt 1.csv")
    assert rule in fault.rule
    assert fault.remedy


@pytest.mark.parametrize(("stated", "said"), [("2", 0), ("2.01", 0), ("", 0), ("2000", 1)])
def test_another_length_in_the_header_is_a_warning(tmp_path: Path, stated: str, said: int) -> None:
    text = sg3().replace("#\n", f"Tot. Path Length(km):,{stated}\n", 1)
    file, faults = read(tmp_path, text)
    assert file is not None
    assert [(fault.severity, fault.row, fault.value) for fault in faults] == [("warning", 7, stated)] * said


def test_all_faults_at_once(tmp_path: Path) -> None:
    _, faults = read(tmp_path, sg3(("0,5,2,0,4", "x,y,2,0,4", "2,3,2,0,9"), ("f,30,,h,1,,,,,,,,30,,50",), delta_n="?"))
    places = {(fault.row, fault.column) for fault in faults if fault.severity == "error"}
    assert places == {
        (9, "Average annual values dN (N-units/km):"),
        (16, "Distance"),
        (16, "Gnd hgt a.m.s.l."),
        (17, "Radio Met Code"),
        (23 - 1, "Frequency"),
        (23 - 1, "Rx antenna height"),
    }


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv"):
        findings = Findings()
        assert read_sg3_profile(path, notes=findings.of("profile", path.name)) is None
        assert findings.faults[0].rule == "there is no such file"


@pytest.mark.parametrize(
    ("tx", "rx", "length_km", "expected"),
    [
        ((10.0, 106.0), (12.0, 106.0), 0.0, 10.0),
        ((0.0, 0.0), (0.0, 90.0), 1_000.0, 0.0),
        ((10.0, 179.5), (10.0, -179.5), 109.5, 10.0004),
        ((89.0, 0.0), (89.0, 180.0), 222.39, 90.0),
        ((10.0, 106.0), (10.0, 106.0), 50.0, 10.0),
    ],
    ids=["at once", "equator", "antimeridian", "over the pole", "one place"],
)
def test_latitude_of_the_middle(
    tx: tuple[float, float], rx: tuple[float, float], length_km: float, expected: float
) -> None:
    assert mid_latitude_deg(tx, rx, length_km=length_km) == pytest.approx(expected, abs=2e-3)
