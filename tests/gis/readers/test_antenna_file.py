"""Antenna files: as makers write them, as they get spoilt, and what is said of it."""

from __future__ import annotations

import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.readers.antenna_cut import pointing
from phusong.gis.readers.antenna_file import AntennaFile, read_antenna_file

QUICK = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
WHOLE = range(360)


def loss(angle: float, *, width: float, most: float, toward: float = 0.0) -> float:
    off = (angle - toward + 180) % 360 - 180
    return round(min(12 * (off / width) ** 2, most), 1)


def cut(name: str, *, width: float, step: float = 1.0, toward: float = 0.0, count: int | None = None) -> list[str]:
    angles = np.arange(0.0, 360.0, step)
    lines = [f"{angle:.1f}\t{loss(angle, width=width, most=30.0, toward=toward)}" for angle in angles]
    return [f"{name} {len(lines) if count is None else count}", *lines]


HEADER = ["NAME 742215", "MAKE KATHREIN", "FREQUENCY 1855", "GAIN 16.4 dBd", "TILT ELECTRICAL", "COMMENT ±45°"]


def msi(header: list[str] | None = None, *, tilt: float = 0.0, step: float = 1.0) -> list[str]:
    head = HEADER if header is None else header
    return [*head, *cut("HORIZONTAL", width=65, step=step), *cut("VERTICAL", width=7, step=step, toward=tilt)]


def write(folder: Path, lines: list[str], *, name: str = "ăng ten 1.msi", encoding: str = "latin-1") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return path


def read(path: Path) -> tuple[AntennaFile | None, Findings]:
    findings = Findings()
    return read_antenna_file(path, notes=findings.of("antennas", path.name)), findings


def good(path: Path) -> tuple[AntennaFile, Findings]:
    file, findings = read(path)
    assert file is not None, [fault.line() for fault in findings.faults]
    return file, findings


def refused(path: Path) -> tuple[str, object, str | None]:
    """Return rule, row and value of a file's one error."""
    file, findings = read(path)
    assert file is None
    (fault,) = [fault for fault in findings.faults if fault.severity == "error"]
    assert fault.remedy
    assert fault.file == path.name
    return fault.rule, fault.row, fault.value


def said(findings: Findings) -> list[tuple[str, str]]:
    return [(fault.severity, fault.rule) for fault in findings.faults]


# --- as makers write them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["a.msi", "a.pla", "a.PLN", "a.ant", "Ăng ten hướng bắc.txt"])
def test_a_makers_file(tmp_path: Path, name: str, encoding: str) -> None:
    file, findings = good(write(tmp_path, msi(), name=name, encoding=encoding))
    assert (file.name, file.frequency_mhz, file.electrical_tilt_deg) == ("742215", (1855.0, 1855.0), None)
    assert file.gain_dbi == pytest.approx(18.55)
    assert file.horizontal_deg == file.vertical_deg == tuple(map(float, WHOLE))
    assert file.horizontal_db == tuple(loss(angle, width=65, most=30) for angle in WHOLE)
    assert file.vertical_db == tuple(loss(angle, width=7, most=30) for angle in WHOLE)
    assert (findings.faults, findings.repairs) == ([], [])


@pytest.mark.parametrize(
    ("text", "gain_dbi", "severities"),
    [
        ("17.5 dBi", 17.5, []),
        ("17,5 dBi", 17.5, []),
        ("17.5dBi", 17.5, []),
        ("(dBi) 17.5", 17.5, []),
        ("15.35 dBd", 17.5, []),
        ("15.35 DBD", 17.5, []),
        ("15.35", 17.5, ["info"]),
        ("", None, ["warning"]),
        ("high", None, ["warning"]),
        ("175 dBi", None, ["warning"]),
    ],
)
def test_gain_in_dbi_or_dbd(tmp_path: Path, text: str, gain_dbi: float | None, severities: list[str]) -> None:
    file, findings = good(write(tmp_path, msi(["NAME a", f"GAIN {text}"])))
    assert file.gain_dbi == (None if gain_dbi is None else pytest.approx(gain_dbi))
    assert [fault.severity for fault in findings.faults] == severities
    assert all(fault.row == 2 for fault in findings.faults)


@pytest.mark.parametrize(
    ("text", "frequency_mhz"),
    [
        ("1855", (1855.0, 1855.0)),
        ("1855.0 MHz", (1855.0, 1855.0)),
        ("1.8 GHz", (1800.0, 1800.0)),
        ("1710-2170", (1710.0, 2170.0)),
        ("1,71 - 2,17 GHz", (1710.0, 2170.0)),
        ("", None),
    ],
)
def test_frequency(tmp_path: Path, text: str, frequency_mhz: tuple[float, float] | None) -> None:
    file, findings = good(write(tmp_path, msi(["NAME a", f"FREQUENCY {text}", "GAIN 17 dBi"])))
    assert file.frequency_mhz == frequency_mhz
    assert findings.faults == []


@pytest.mark.parametrize(
    ("lines", "tilt"),
    [
        (["TILT ELECTRICAL", "ELECTRICAL_TILT 6"], 6.0),
        (["TILT ELECTRICAL 6"], 6.0),
        (["TILT 6"], 6.0),
        (["Electrical Tilt: 6"], 6.0),
        (["electrical_tilt = 6,0"], 6.0),
        (["TILT MECHANICAL 3"], None),
        (["TILT"], None),
        (["TILT ELECTRICAL"], None),
        ([], None),
    ],
)
def test_tilt_line(tmp_path: Path, lines: list[str], tilt: float | None) -> None:
    file, findings = good(write(tmp_path, msi(["NAME a", "GAIN 17 dBi", *lines], tilt=6)))
    assert file.electrical_tilt_deg == tilt
    assert findings.faults == []


@pytest.mark.parametrize("text", ["-6", "60", "12"])
def test_a_tilt_that_the_cut_contradicts_is_not_believed(tmp_path: Path, text: str) -> None:
    file, findings = good(write(tmp_path, msi(["NAME a", "GAIN 17 dBi", f"TILT {text}"], tilt=6)))
    assert file.electrical_tilt_deg is None
    rule = f"the stated tilt is {text} deg, and the vertical cut points 6 deg down; the cut is followed"
    assert [(fault.severity, fault.rule, fault.row, fault.value) for fault in findings.faults] == [
        ("warning", rule, 3, text)
    ]


@pytest.mark.parametrize("step", [0.5, 2.0, 5.0, 10.0])
def test_any_step(tmp_path: Path, step: float) -> None:
    file, findings = good(write(tmp_path, msi(step=step)))
    assert file.horizontal_deg == tuple(np.arange(0.0, 360.0, step).tolist())
    assert (findings.faults, findings.repairs) == ([], [])


def test_angles_from_minus_180_and_back_to_360(tmp_path: Path) -> None:
    across = [f"{angle} {loss(angle, width=65, most=30)}" for angle in range(-180, 180)]
    closed = [f"{angle} {loss(angle, width=7, most=30)}" for angle in range(361)]
    file, findings = good(write(tmp_path, [*HEADER, "HORIZONTAL 360", *across, "VERTICAL 361", *closed]))
    assert file.horizontal_db == tuple(loss(angle, width=65, most=30) for angle in WHOLE)
    assert file.vertical_deg == tuple(map(float, WHOLE))
    (repair,) = findings.repairs
    assert (repair.what, repair.how_much) == ("left out: lines of the VERTICAL cut that repeat an angle", "1 lines")


def test_a_name_without_its_word_and_keys_of_the_makers_own(tmp_path: Path) -> None:
    lines = ["APXV18-206517 (65°)", "gain 17.5 dBi", "Sidelobe_suppression 18", "BEAM 1 of 2", *msi([])]
    file, findings = good(write(tmp_path, lines))
    assert (file.name, file.gain_dbi) == ("APXV18-206517 (65°)", 17.5)
    assert findings.faults == []


def test_a_file_without_a_name_has_its_own(tmp_path: Path) -> None:
    file, _ = good(write(tmp_path, msi(["GAIN 17 dBi"]), name="80010504.msi"))
    assert file.name == "80010504"


@pytest.mark.parametrize("form", ["{a} {b}", "{a}\t{b}", "  {a}   {b}  ", "{a};{b}", "{a}, {b}", "{a},{b}"])
def test_separators(tmp_path: Path, form: str) -> None:
    lines = [form.format(a=angle, b=loss(angle, width=65, most=30)) for angle in WHOLE]
    file, _ = good(write(tmp_path, [*HEADER, "HORIZONTAL 360", *lines, *cut("VERTICAL", width=7)]))
    assert file.horizontal_db == tuple(loss(angle, width=65, most=30) for angle in WHOLE)


@pytest.mark.parametrize("form", ["{a} {b}", "{a}\t{b}", "{a};{b}", "{a},{b}"])
def test_decimal_commas(tmp_path: Path, form: str) -> None:
    rows = [(f"{angle},0", f"{loss(angle, width=65, most=30):.1f}".replace(".", ",")) for angle in WHOLE]
    lines = [form.format(a=a, b=b) for a, b in rows]
    file, findings = good(write(tmp_path, [*HEADER, "HORIZONTAL 360", *lines, *cut("VERTICAL", width=7)]))
    assert file.horizontal_db == tuple(loss(angle, width=65, most=30) for angle in WHOLE)
    assert findings.faults == []


def test_radio_mobile(tmp_path: Path) -> None:
    """720 gains: azimuths 0..359, then elevations 90 down to -269."""
    elevations = [90 - at for at in WHOLE]
    gains = [-loss(angle, width=65, most=30) for angle in WHOLE]
    gains += [-loss(-elevation, width=7, most=30, toward=4) for elevation in elevations]
    file, findings = good(write(tmp_path, [f"{gain:.2f}" for gain in gains], name="x.ant"))
    assert (file.name, file.gain_dbi, file.frequency_mhz) == ("x", None, None)
    assert file.horizontal_db == tuple(loss(angle, width=65, most=30) for angle in WHOLE)
    assert file.vertical_db == tuple(loss(angle, width=7, most=30, toward=4) for angle in WHOLE)
    assert (findings.faults, findings.repairs) == ([], [])


# --- spoilt ----------------------------------------------------------------------------------------------------


def test_negative_losses_are_gains(tmp_path: Path) -> None:
    lines = [f"{angle} {-loss(angle, width=65, most=30)}" for angle in WHOLE]
    file, findings = good(write(tmp_path, [*HEADER, "HORIZONTAL 360", *lines, *cut("VERTICAL", width=7)]))
    assert file.horizontal_db == tuple(loss(angle, width=65, most=30) for angle in WHOLE)
    (repair,) = findings.repairs
    assert repair.layer == "antennas"
    assert repair.what == "sign turned: the HORIZONTAL cut gives gains, not losses"
    assert (repair.how_much, repair.before, repair.after) == ("360 values", "-30 dB", "30 dB")


def test_a_little_below_0_db_is_0_db(tmp_path: Path) -> None:
    lines = msi()
    lines[lines.index("HORIZONTAL 360") + 1] = "0 -0.2"
    file, findings = good(write(tmp_path, lines))
    assert file.horizontal_db[0] == 0.0
    assert [repair.what for repair in findings.repairs] == ["raised to 0 dB: losses of the HORIZONTAL cut below it"]


def test_losses_of_both_signs_are_refused(tmp_path: Path) -> None:
    lines = msi()
    lines[lines.index("VERTICAL 360") + 20] = "19 -12"
    rule, _, value = refused(write(tmp_path, lines))
    assert (rule, value) == ("1 losses of the VERTICAL cut are negative and the others are not", "-12.0")


def test_missing_angles_are_interpolated_and_counted(tmp_path: Path) -> None:
    lines = msi()
    first = lines.index("HORIZONTAL 360") + 1
    del lines[first + 41 : first + 44]
    file, findings = good(write(tmp_path, lines))
    assert len(file.horizontal_deg) == 357
    assert said(findings) == [("warning", "HORIZONTAL announces 360 lines, and 357 follow")]
    assert findings.faults[0].row == lines.index("HORIZONTAL 360") + 1
    (repair,) = findings.repairs
    assert repair.what == "interpolated: angles missing from the HORIZONTAL cut"
    assert (repair.how_much, repair.before) == ("3 angles", "after 40 deg")


def test_a_cut_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    lines = msi()[:-100]
    file, findings = read(write(tmp_path, lines))
    assert file is None
    assert said(findings) == [
        ("warning", "VERTICAL announces 360 lines, and 260 follow"),
        ("error", "the VERTICAL cut says nothing between 259 and 360 deg"),
    ]
    assert findings.faults[1].row == len(lines)


def test_an_angle_twice_with_another_loss(tmp_path: Path) -> None:
    lines = msi()
    at = lines.index("HORIZONTAL 360") + 11
    lines.insert(at + 1, "10 7.5")
    file, findings = read(write(tmp_path, lines))
    assert file is None
    fault = next(fault for fault in findings.faults if fault.severity == "error")
    assert fault.rule == f"the angle has another loss in row {at + 1}, 0.3 dB"
    assert (fault.row, fault.column, fault.value) == (at + 2, "HORIZONTAL", "10 7.5")


def test_an_angle_twice_with_the_same_loss(tmp_path: Path) -> None:
    lines = msi()
    at = lines.index("HORIZONTAL 360") + 11
    lines.insert(at, lines[at])
    file, findings = good(write(tmp_path, lines))
    assert len(file.horizontal_deg) == 360
    assert [repair.what for repair in findings.repairs] == [
        "left out: lines of the HORIZONTAL cut that repeat an angle"
    ]


@pytest.mark.parametrize(
    "line", ["10", "10 x", "x 0.3", "10 0.3 5", "l0 0.3", "10 nan", "nan 0.3", "inf 1", "10,0,3", "-"]
)
def test_a_line_that_is_no_pair(tmp_path: Path, line: str) -> None:
    lines = msi()
    at = lines.index("HORIZONTAL 360") + 11
    lines[at] = line
    assert refused(write(tmp_path, lines)) == ("a line of a cut is an angle and a loss", at + 1, line)


@pytest.mark.parametrize("line", ["400 0.3", "10 1e9", "10 201"])
def test_a_line_out_of_any_range(tmp_path: Path, line: str) -> None:
    lines = msi()
    at = lines.index("HORIZONTAL 360") + 11
    lines[at] = line
    rule = "an angle lies within -360..360 deg, a loss within -200..200 dB"
    assert refused(write(tmp_path, lines)) == (rule, at + 1, line)


def test_all_bad_lines_are_listed(tmp_path: Path) -> None:
    lines = [line.replace("\t", " x ") if "\t" in line and row % 7 == 0 else line for row, line in enumerate(msi())]
    bad = sum(" x " in line for line in lines)
    _, findings = read(write(tmp_path, lines))
    assert len([fault for fault in findings.faults if fault.severity == "error"]) == bad > 90


@pytest.mark.parametrize("missing", ["HORIZONTAL", "VERTICAL"])
def test_a_cut_that_is_not_there(tmp_path: Path, missing: str) -> None:
    lines = msi()
    at = lines.index("VERTICAL 360")
    lines = lines[:at] if missing == "VERTICAL" else [*HEADER, *lines[at:]]
    assert refused(write(tmp_path, lines))[0] == f"the antenna file has no {missing} cut"


def test_a_cut_without_lines(tmp_path: Path) -> None:
    lines = [*HEADER, "HORIZONTAL", *cut("VERTICAL", width=7)]
    assert refused(write(tmp_path, lines))[0] == "the HORIZONTAL cut has no lines"


@pytest.mark.parametrize("data", [b"", b"\r\n \n", b"\xff\xfe", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.msi"
    path.write_bytes(data)
    assert refused(path)[0] == "the antenna file is empty"


def test_a_file_that_is_not_there_names_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, msi(), name="742215_06T.msi")
    _, findings = read(tmp_path / "742215_6T.msi")
    (fault,) = findings.faults
    assert fault.rule == "the antenna file does not exist"
    assert fault.remedy == "correct the column; its folder holds 742215_06T.msi"
    assert refused(tmp_path / "no" / "a.msi")[0] == "the antenna file does not exist"
    assert refused(tmp_path)[0] == "the antenna file does not exist"


def test_too_large_too_long_and_out_of_reach(tmp_path: Path) -> None:
    path = tmp_path / "a.msi"
    path.write_bytes(b"0 0\n" * 600_000)
    assert refused(path)[0] == "larger than any antenna file (2 MB)"
    assert refused(tmp_path / ("a" * 300 + ".msi"))[0].startswith("the file cannot be read")


@pytest.mark.parametrize("count", [1, 360, 719, 721])
def test_bare_numbers_of_another_count(tmp_path: Path, count: int) -> None:
    rule = f"a file of bare numbers holds 720 (Radio Mobile), this one {count}"
    assert refused(write(tmp_path, ["-1.0"] * count, name="a.ant"))[0] == rule


@QUICK
@given(data=st.binary(max_size=400))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.msi"
    path.write_bytes(data)
    file, findings = read(path)
    assert file is not None or any(fault.severity == "error" for fault in findings.faults)


@QUICK
@given(data=st.data(), count=st.integers(1, 4))
def test_any_slip_in_a_good_file(tmp_path: Path, data: st.DataObject, count: int) -> None:
    """What can be read is a whole pattern; what cannot is an error."""
    lines = msi(tilt=4)
    for _ in range(count):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.one_of(st.text(string.printable, max_size=12), st.sampled_from(lines), st.just("")))
    path = tmp_path / "a.msi"
    path.write_text("\n".join(lines), encoding="utf-8")
    file, findings = read(path)
    assert (file is None) == any(fault.severity == "error" for fault in findings.faults)
    if file is not None:
        for angles, losses in (
            (file.horizontal_deg, file.horizontal_db),
            (file.vertical_deg, file.vertical_db),
        ):
            assert len(angles) == len(losses)
            assert (np.diff(angles) > 0).all()
            assert 0.0 <= min(angles) <= max(angles) < 360.0
            assert 0.0 <= min(losses) <= max(losses) <= 200.0


# --- where a cut points ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("toward", [-12.0, 0.0, 2.5, 6.0])
@pytest.mark.parametrize("width", [4.0, 7.0, 65.0])
def test_pointing_is_the_middle_of_the_half_power_points(toward: float, width: float) -> None:
    angles = [float(angle) for angle in WHOLE]
    exact = [min(12 * ((((angle - toward) + 180) % 360 - 180) / width) ** 2, 30.0) for angle in angles]
    points, found = pointing(angles, exact)
    assert points == pytest.approx(toward, abs=0.06)
    assert found == pytest.approx(width, abs=0.3)


def test_an_omni_points_nowhere_in_particular() -> None:
    assert pointing([0, 90, 180, 270], [0, 1, 2, 1]) == (0.0, 360.0)
