"""`phusong pathloss`: each row of a profile file, for people and for machines, and what it says of bad files."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from phusong.cli import app
from phusong.coverage.propagation.p1812_result import INTERMEDIATES

sg3: Any = runpy.run_path(str(Path(__file__).parent / "gis" / "readers" / "test_sg3_profile.py"))["sg3"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Tỉnh Bình Phước" / "mặt cắt.csv"
    path.parent.mkdir()
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["pathloss", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.stdout, done.stderr


def test_json_has_every_row_and_value(file: Path) -> None:
    rows = ("900,30,,1.5,2,,,,,,,,30,,50,,40.5,120", "1800,30,,1.5,1,,,,,,,,,,1")
    file.write_text(sg3(cases=rows), encoding="utf-8")
    code, out, err = run(str(file), "--json")
    assert (code, err) == (0, "")
    first, second = json.loads(out)
    assert [first[key] for key in ("case", "f_mhz", "p_percent", "polarisation")] == [0, 900.0, 50.0, "vertical"]
    assert [second[key] for key in ("case", "f_mhz", "p_percent", "polarisation")] == [1, 1800.0, 1.0, "horizontal"]
    assert set(INTERMEDIATES) <= set(first)
    assert first["lb_db"] == first["Lb"]
    assert first["theta"] == first["th"]
    # 30 dBW are 1 kW; without a power the field strength is that of 1 kW.
    assert first["ep_dbuvm"] == pytest.approx(first["Ep"], abs=1e-9)
    assert second["ep_dbuvm"] == pytest.approx(second["Ep"], abs=1e-9)
    assert (first["reference_dbuvm"], second["reference_dbuvm"], second["erp_kw"]) == (40.5, None, None)


def test_table(file: Path) -> None:
    file.write_text(sg3(), encoding="utf-8")
    code, out, err = run(str(file))
    assert (code, err) == (0, "")
    assert "mặt cắt.csv: 2 km, 4 points, latitude 10.009, dN 45 N-units/km, N0 380" in out
    assert "line of sight" in out or "beyond the horizon" in out
    assert "40.50" in out
    assert "Lbfs" not in out


def test_verbose_table_has_the_intermediates_and_the_notes(file: Path) -> None:
    file.write_text(sg3(cases=("900,30,,1.5,2,,,,,,,,,,50",)), encoding="utf-8")
    code, out, err = run(str(file), "-v")
    assert code == 0
    for name in ("Lbfs", "Ld50", "hstd", "Fj"):
        assert name in out
    assert "info: " in err
    assert "the field strength is given for 1 kW" in err


def test_a_path_below_250_m_is_said_to_be_rough(file: Path) -> None:
    file.write_text(sg3(("0,5,2,0,4", "0.1,5,2,0,4", "0.2,5,2,0,4")), encoding="utf-8")
    code, out, err = run(str(file), "--json")
    assert code == 0
    assert len(json.loads(out)) == 1
    assert err.count("warning: ") == 1
    assert "distance 200 m is outside the range" in err


@pytest.mark.parametrize(
    ("row", "column", "value", "rule"),
    [
        ("20,30,,1.5,2,,,,,,,,30,,50", "Frequency", "20", "frequency of 30..6000 MHz"),
        ("900,-5,,1.5,2,,,,,,,,30,,50", "Tx antenna height", "-5", "tx height of 1..3000 m"),
        ("900,30,,0,2,,,,,,,,30,,50", "Rx antenna height", "0", "rx height of 1..3000 m"),
        ("900,30,,1.5,2,,,,,,,,30,,90", "Time percentage", "90", "time percentage of 1..50 %"),
    ],
)
def test_values_out_of_range(file: Path, row: str, column: str, value: str, rule: str) -> None:
    file.write_text(sg3(cases=(row,)), encoding="utf-8")
    code, out, err = run(str(file))
    assert (code, out) == (1, "")
    assert f"row 23, column {column}, value '{value}': P.1812 holds for a {rule}. To do: " in err
    code, out, _ = run(str(file), "--json")
    (fault,) = json.loads(out)["faults"]
    assert code == 1
    assert (fault["row"], fault["column"], fault["value"], fault["severity"]) == (23, column, value, "error")


def test_too_long_a_path(file: Path) -> None:
    file.write_text(sg3(("0,5,2,0,4", "2000,5,2,0,4", "4000,5,2,0,4")), encoding="utf-8")
    code, _, err = run(str(file))
    assert code == 1
    assert "P.1812 holds for a distance of 0..3e+06 m" in err


@pytest.mark.parametrize("delta_n", ["157", "-45"])
def test_air_without_meaning(file: Path, delta_n: str) -> None:
    file.write_text(sg3(delta_n=delta_n), encoding="utf-8")
    code, _, err = run(str(file))
    assert code == 1
    assert f"delta N {delta_n} N-units/km must be 0 or more and below 157" in err


@pytest.mark.parametrize("text", ["", "Tên xã,Số dân\nĐồng Tâm,100\n"])
def test_another_file(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    code, out, err = run(str(file))
    assert (code, out) == (1, "")
    assert "the line {Begin of Profile} is missing. To do: give an SG3 profile file" in err


def test_no_file(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path / "không có.csv"))
    assert code == 1
    assert "there is no such file. To do: check the path." in err


def test_published_cases(shared: Path) -> None:
    """The contract: one object for each row, in the file's order, with the reference's own losses."""
    path = shared / "validation" / "p1812" / "profiles" / "rburg_urban_with_clutter.csv"
    code, out, _ = run(str(path), "--json")
    assert code == 0
    found = json.loads(out)
    assert [row["case"] for row in found] == list(range(6))
    assert [row["lb_db"] for row in found] == pytest.approx(
        [151.32084068, 173.81277609, 203.85623915, 182.93715753, 218.92094798, 225.95551055], abs=1e-8
    )
    assert [row["ep_dbuvm"] - row["reference_dbuvm"] for row in found] == pytest.approx([0.0] * 6, abs=1e-8)
