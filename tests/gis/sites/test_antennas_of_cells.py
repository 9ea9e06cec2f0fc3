"""The column `antenna`: files read once, names known, others said; the tilts beside it."""

from __future__ import annotations

import copy
import os
import unicodedata
from pathlib import Path
from typing import Any, Literal

import pytest

from phusong.gis import read_layers
from phusong.gis.fixing import fix_layers

PATTERN = [
    "NAME 742215",
    "FREQUENCY 1855",
    "GAIN 17.5 dBi",
    "HORIZONTAL 36",
    *(f"{angle} {min(12 * (min(angle, 360 - angle) / 65) ** 2, 30):.1f}" for angle in range(0, 360, 10)),
    "VERTICAL 72",
    *(f"{angle} {min(12 * (min(angle, 360 - angle) / 10) ** 2, 20):.1f}" for angle in range(0, 360, 5)),
]


def with_antennas(world: Any, *antennas: str) -> None:
    """Give the world's cells an antenna each."""
    rows = copy.deepcopy(world_cells(world))
    rows[0].append("antenna")
    for row, antenna in zip(rows[1:], [*antennas, *[""] * len(rows)], strict=False):
        row.append(antenna)
    world.table("cells.csv", rows)


def world_cells(world: Any) -> list[list[Any]]:
    lines = (world.folder / "cells.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",") for line in lines]


def write(folder: Path, name: str, lines: list[str] = PATTERN) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")


def test_files_are_read_once_and_described(world: Any) -> None:
    write(world.folder, "ăng ten/742215 06T.msi")
    with_antennas(world, "ăng ten/742215 06T.msi", "omni", "ăng ten/742215 06T.msi", "3gpp-sector")
    findings, summaries = world.check()
    assert [fault for fault in findings.faults if fault.layer in {"cells", "antennas"}] == []
    assert summaries["cells"].format.count("antenna ăng ten/742215 06T.msi, sha256 ") == 1
    layers = world.read()
    (file,) = layers.antennas.values()
    assert list(layers.antennas) == ["ăng ten/742215 06T.msi"]
    assert (file.name, file.gain_dbi, file.frequency_mhz) == ("742215", 17.5, (1855.0, 1855.0))
    assert layers.cells["antenna"].dropna().nunique() == 3


def test_a_changed_pattern_changes_what_the_run_says_it_read(world: Any) -> None:
    write(world.folder, "a.msi")
    with_antennas(world, "a.msi")
    before = world.check()[1]["cells"].format
    write(world.folder, "a.msi", [line.replace("GAIN 17.5", "GAIN 16.5") for line in PATTERN])
    assert world.check()[1]["cells"].format != before


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_vietnamese_file_name_in_either_form(world: Any, form: Literal["NFC", "NFD"]) -> None:
    write(world.folder, unicodedata.normalize(form, "hướng bắc.msi"))
    with_antennas(world, "hướng bắc.msi")
    assert list(world.read().antennas) == ["hướng bắc.msi"]


def test_a_missing_file_is_an_error(world: Any) -> None:
    write(world.folder, "742215_06T.msi")
    with_antennas(world, "742215_6T.msi")
    fault = world.only()
    assert (fault.layer, fault.file, fault.column) == ("antennas", "742215_6T.msi", "antenna")
    assert fault.rule == "the antenna file does not exist"
    assert "742215_06T.msi" in fault.remedy


def test_a_broken_file_names_its_own_line(world: Any) -> None:
    lines = list(PATTERN)
    lines[10] = "60 mười"
    write(world.folder, "a.msi", lines)
    with_antennas(world, "a.msi")
    fault = world.only()
    assert (fault.layer, fault.file, fault.row, fault.column) == ("antennas", "a.msi", 11, "HORIZONTAL")
    assert fault.value == "60 mười"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("3gpp-sektor", "did you mean 3gpp-sector?"), ("ADU451807", "name its .msi file, or one of 3gpp-sector, ")],
)
def test_a_name_nobody_knows_is_said_and_stops_nothing(world: Any, name: str, remedy: str) -> None:
    with_antennas(world, name, name, "omni")
    (fault,) = [fault for fault in world.faults("warning") if fault.column == "antenna"]
    assert fault.rule == "phusong has no antenna of this name, and takes the default one (2 such cells)"
    assert (fault.row, fault.value) == (2, name)
    assert fault.remedy.startswith(remedy)
    assert world.read().antennas == {}


def test_fixing_takes_the_files_along(world: Any) -> None:
    write(world.folder, "bắc/a.msi")
    write(world.folder, "nam/a.msi", [line.replace("742215", "nam") for line in PATTERN])
    with_antennas(world, "bắc/a.msi", "omni", "nam/a.msi")
    world.write_toml()
    out = world.folder / "sạch"
    assert fix_layers(world.toml, out).folder == out
    again = read_layers(out / "layers.toml")
    assert {name: file.name for name, file in again.antennas.items()} == {
        "antennas/1-a.msi": "742215",
        "antennas/2-a.msi": "nam",
    }
    named = again.cells["antenna"].dropna().to_dict()
    assert named == {"C1": "antennas/1-a.msi", "C2": "omni", "C3": "antennas/2-a.msi"}


def test_fixing_does_not_take_an_antennas_line_for_a_cells_row(world: Any) -> None:
    lines = list(PATTERN)
    lines[1] = "FREQUENCY 1855"
    lines[5] = "0 x"  # row 6 of the file; the cells have a row 6 too
    write(world.folder, "a.msi", lines)
    with_antennas(world, "a.msi")
    world.write_toml()
    result = fix_layers(world.toml, world.folder / "sạch")
    assert (result.folder, result.set_aside) == (None, {})


def test_one_list_of_sites_and_cells(world: Any) -> None:
    write(world.folder, "a.msi")
    rows = [["site_id", "operator", "technology", "lon", "lat", "azimuth_deg", "antenna"]]
    rows += [[f"S{n}", "A", "4G", str(106.9 + 0.01 * n), "11.56", "90", "a.msi"] for n in range(3)]
    world.table("sites.csv", rows)
    del world.layers["cells"]
    assert list(world.read().antennas) == ["a.msi"]


@pytest.mark.skipif(os.name == "nt", reason="names of devices")
def test_a_file_that_is_none(world: Any) -> None:
    (world.folder / "b.msi").mkdir()
    with_antennas(world, "b.msi")
    assert world.only().rule == "the antenna file does not exist"
