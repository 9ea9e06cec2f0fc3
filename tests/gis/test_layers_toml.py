"""layers.toml: unknown keys with suggestions, wrong types, files that are no TOML - all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from phusong.errors import Fault, InputError
from phusong.gis.layers_file import read_layers_file

PROVINCE = '[province]\nname = "x"\ncrs = "EPSG:9212"\nas_of = 2026-01-01\n'
LAYERS = '[layers.sites]\npath = "s.csv"\n'


def faults(tmp_path: Path, text: str | bytes) -> list[Fault]:
    path = tmp_path / "layers.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_layers_file(path)
    return list(caught.value.faults)


def test_the_smallest_file(tmp_path: Path) -> None:
    path = tmp_path / "layers.toml"
    path.write_text("\ufeff" + PROVINCE + LAYERS, encoding="utf-8")
    found = read_layers_file(path)
    assert (found.province.cell_m, found.layers["sites"].outside) == (100.0, "error")


@pytest.mark.parametrize(
    ("text", "column", "rule", "remedy"),
    [
        (LAYERS, "province", "province is missing", "add the table [province]"),
        (PROVINCE, "layers", "layers is missing", "add the table [layers.communes]"),
        (PROVINCE + "cell = 100\n" + LAYERS, "province.cell", "is no key phusong knows", "did you mean cell_m?"),
        (PROVINCE + LAYERS + "colums = {}\n", "layers.sites.colums", "is no key", "did you mean columns?"),
        (PROVINCE + LAYERS + "xyz = 1\n", "layers.sites.xyz", "is no key phusong knows", "take it out"),
        (PROVINCE + "[layers.site]\npath = 's'\n", None, "phusong knows no layer", "did you mean [layers.sites]?"),
        (PROVINCE + "[layers.sites]\n", "layers.sites.path", "is missing", 'add path = "..."'),
        (PROVINCE.replace("2026-01-01", '"hôm nay"') + LAYERS, "province.as_of", "valid date", "correct the value"),
        (PROVINCE + "cell_m = 5\n" + LAYERS, "province.cell_m", "greater than or equal to 10", "correct the value"),
        (PROVINCE + "cell_m = nan\n" + LAYERS, "province.cell_m", "province.cell_m: ", "correct the value"),
        (PROVINCE + 'operators = ["A", "A"]\n' + LAYERS, "province.operators", "stands in the list once", "correct"),
        (PROVINCE + 'operators = ["A", " "]\n' + LAYERS, "province.operators", "has a name", "correct"),
        (PROVINCE + LAYERS + 'outside = "keep"\n', "layers.sites.outside", "'error' or 'drop'", "correct the value"),
        (PROVINCE + LAYERS + "where = { a = [70] }\n", "layers.sites.where.a.0", "valid string", "correct the value"),
        ("layers = 3\n" + PROVINCE, "layers", "valid dictionary", "correct the value"),
        (PROVINCE + '[layers.terrain]\npath = "t"\ndecimal = ","\n', "layers.terrain.decimal", "on a raster", "take"),
        (PROVINCE + LAYERS + "operators = {}\n", "layers.sites.operators", "has no effect on this layer", "take"),
        (
            PROVINCE + '[layers.cells]\npath = "t"\nformat = "opencellid"\ncolumns = {}\n',
            "layers.cells.columns",
            "has no effect on an OpenCelliD file",
            "take columns out",
        ),
    ],
)
def test_one_fault(tmp_path: Path, text: str, column: str | None, rule: str, remedy: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.column == column
    assert rule in fault.rule
    assert remedy in fault.remedy
    assert fault.file.endswith("layers.toml")
    assert "\n" not in fault.line()


def test_all_faults_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, '[province]\nnam = 1\ncell_m = "x"\n[layers.xsites]\n[layers.sites]\npath = 3\n')
    assert {f.column for f in found} == {
        "province.name",
        "province.nam",
        "province.crs",
        "province.as_of",
        "province.cell_m",
        "layers.sites.path",
        "layers.xsites.path",
        None,
    }


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (b"[province\n", 1),
        (b"a = 1\nb = \n", 2),
        (b"a = 1\n'line 7,x' = 1\n'line 7,x' = 2\n", 3),
        (b"a = " + b"9" * 5000, None),
        (b"a = " + b"[" * 5000, None),
        (b"as_of = 2026-13-45", 1),
        (b"name = '\xff'", None),
        ("<html>Bình Phước</html>".encode(), 1),
    ],
)
def test_no_toml(tmp_path: Path, text: bytes, row: int | None) -> None:
    (fault,) = faults(tmp_path, text)
    assert (fault.layer, fault.row) == ("layers.toml", row)


def test_a_bare_vietnamese_key_is_explained(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, PROVINCE + LAYERS + 'where = { tỉnh = ["70"] }\n')
    assert fault.row == 7
    assert "stands in quotes" in fault.remedy


def test_a_key_with_a_line_break_is_still_one_line(tmp_path: Path) -> None:
    found = faults(tmp_path, '"a\\nb" = 1\n' + PROVINCE + '[layers."c\\nd"]\npath = "x"\n')
    assert len(found) == 2
    assert all("\n" not in fault.line() for fault in found)


def test_no_file(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    for name, rule in [
        ("none.toml", "the file does not exist"),
        (".", "a folder stands where a file belongs"),
        ("loop.toml", "the file cannot be read"),
        ("a\x00.toml", "the file cannot be read"),
        ("x" * 300, "the file cannot be read"),
    ]:
        with pytest.raises(InputError, match=rule):
            read_layers_file(tmp_path / name)


def test_check_raises_only_for_layers_toml_itself(world: Any) -> None:
    world.province["cell_m"] = "1"
    with pytest.raises(InputError, match=r"province\.cell_m"):
        world.check()


@pytest.mark.parametrize(("file", "key"), [("sites.gpkg", "sheet"), ("sites.KML", "header_row")])
def test_sheets_and_headers_of_geographic_files_are_refused(world: Any, file: str, key: str) -> None:
    world.layers["sites"] = {"path": f'"{file}"', key: "2"}
    with pytest.raises(InputError, match=f"layers.sites.{key} has no effect on this layer"):
        world.check()
