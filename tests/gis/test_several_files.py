"""One layer in several files: each operator's own list, as provinces receive them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from phusong.cli import app
from phusong.errors import InputError
from phusong.gis import read_layers
from phusong.gis.fixing import fix_layers
from phusong.gis.layers_file import read_layers_file

A_LIST = "Mã trạm,Kinh độ,Vĩ độ,Công nghệ\nBP01,106.90,11.54,2G/4G\nBP02,106.92,11.56,4G\n"
B_LIST = "site;X;Y;tech\nBP01;1276264,2;570703,2;3G\nHB7;1278000,5;575000,5;5G\n"
TWO = """
[[layers.sites]]
path = "a.csv"
constants = { operator = "A" }
source = "công văn 12"
[[layers.sites]]
path = "b.csv"
crs = "EPSG:9212"
columns = { site_id = "site", technology = "tech" }
constants = { operator = "B" }
source = "công văn 15"
"""


@pytest.fixture
def two(world: Any) -> Any:
    """Return the world with two operators' lists of masts in one layer: other names, CRS and separators."""
    del world.layers["sites"], world.layers["cells"]
    world.text("a.csv", A_LIST)
    world.text("b.csv", B_LIST)
    world.more = TWO
    return world


def test_two_operators_lists_are_one_layer(two: Any) -> None:
    layers = two.read()
    assert list(layers.sites.index) == ["BP01", "BP02", "HB7"]
    assert layers.sites["shared_by"].fillna("").tolist() == ["A; B", "", ""]
    assert layers.sites.geometry["HB7"].equals(shapely.Point(575000.5, 1278000.5))
    told = layers.cells[["site_id", "operator", "technology"]].to_records().tolist()
    assert told == [
        ("BP01-2G", "BP01", "A", "2G"),
        ("BP01-4G", "BP01", "A", "4G"),
        ("BP02-4G", "BP02", "A", "4G"),
        ("BP01-3G", "BP01", "B", "3G"),
        ("HB7-5G", "HB7", "B", "5G"),
    ]
    (summary,) = [s for s in layers.summaries if s.layer == "sites"]
    assert (summary.rows, summary.used, summary.file) == (4, 4, "a.csv, b.csv")
    assert (summary.source, summary.crs) == ("công văn 12; công văn 15", "EPSG:4326; EPSG:9212")
    assert "a.csv: text table, separator ','" in summary.format
    assert "b.csv: text table, separator ';'" in summary.format
    matched = {(m.column, m.file_column, m.how, m.file) for m in summary.matches}
    assert {("site_id", "Mã trạm", "synonym", "a.csv"), ("site_id", "site", "stated", "b.csv")} <= matched
    shared = next(r for r in layers.repairs if r.what.startswith("shared"))
    assert (shared.row, shared.before) == ("2 (b.csv)", "row 2 (a.csv): A; here: B")
    assert {r.row for r in layers.repairs if r.what.startswith("derived: cell ids")} == {"* (a.csv)", "* (b.csv)"}


def test_the_same_as_the_one_list_joined_by_hand(two: Any) -> None:
    layers = two.read()
    lon, lat = gpd.GeoSeries(layers.sites.geometry, crs=layers.grid.crs).to_crs("EPSG:4326")["HB7"].coords[0]
    two.text(
        "list.csv", (A_LIST.replace("nghệ\n", "nghệ,Nhà mạng\n").replace("G\n", "G,A\n")) + f"HB7,{lon},{lat},5G,B\n"
    )
    two.more = '[layers.sites]\npath = "list.csv"\n'
    joined = two.read()
    ours = layers.cells.drop(index="BP01-3G")
    pd.testing.assert_frame_equal(ours, joined.cells)
    assert layers.sites.geometry.geom_equals_exact(joined.sites.geometry, 1e-3).all()


def test_a_fault_names_file_and_row(two: Any) -> None:
    two.text("b.csv", B_LIST.replace("5G", "6G").replace("570703,2", "570703,2x"))
    faults = {(f.file, f.row, f.column, f.value) for f in two.faults()}
    assert faults == {("b.csv", "3 (b.csv)", "technology", "6G"), ("b.csv", "2 (b.csv)", "y_m", "570703,2x")}


def test_one_id_at_two_places_names_both_files(two: Any) -> None:
    two.text("b.csv", B_LIST.replace("570703,2", "573703,2"))
    fault = two.only()
    assert (fault.file, fault.row, fault.column, fault.value) == ("b.csv", "2 (b.csv)", "site_id", "BP01")
    assert fault.rule.startswith("site_id must be unique, and already stands in row 2 (a.csv), 30")


def test_made_cell_ids_of_a_shared_mast(two: Any) -> None:
    """Both operators have 4G on BP01, and neither list has cell ids."""
    two.text("b.csv", B_LIST.replace("3G", "4G"))
    cells = two.read().cells
    assert cells["operator"].to_dict() == {
        "BP01-2G": "A",
        "BP01-4G": "A",
        "BP02-4G": "A",
        "BP01-4G-2": "B",
        "HB7-5G": "B",
    }


def test_one_operator_twice_is_no_second_cell(two: Any) -> None:
    two.more = TWO.replace('operator = "B"', 'operator = "A"')
    two.text("b.csv", B_LIST.replace("3G", "4G"))
    two.province["operators"] = '["A"]'
    layers = two.read()
    assert layers.cells.index.tolist() == ["BP01-2G", "BP01-4G", "BP02-4G", "HB7-5G"]
    dropped = [(r.row, r.before) for r in layers.repairs if r.what == "dropped: the same record twice"]
    assert dropped == [("2 (b.csv)", "row 2 (a.csv)")]
    # Not the same in all they say, they are no copies, and nobody can know which is right.
    two.text("b.csv", "site;X;Y;tech;azimuth_deg\nBP01;1276264,2;570703,2;4G;120\n")
    fault = two.only()
    assert (fault.row, fault.column, fault.value) == ("2 (b.csv)", "cell_id", "BP01-4G")
    assert fault.rule == "cell_id must be unique, and already stands in row 2 (a.csv)"


def test_lists_without_ids(two: Any) -> None:
    two.text("a.csv", "Kinh độ,Vĩ độ,Công nghệ\n106.90,11.54,2G\n106.92,11.56,4G\n")
    two.text("b.csv", "X;Y;tech\n1276264,2;570703,2;3G\n1278000,5;575000,5;5G\n")
    two.more = TWO.replace('site_id = "site", ', "")
    layers = two.read()
    assert list(layers.sites.index) == ["row-2 (a.csv)", "row-3 (a.csv)", "row-3 (b.csv)"]
    assert layers.cells["site_id"].tolist() == [
        "row-2 (a.csv)",
        "row-3 (a.csv)",
        "row-2 (a.csv)",
        "row-3 (b.csv)",
    ]


def test_sites_and_cells_each_in_two_files(world: Any, sites: Any, cells: Any) -> None:
    whole = world.read()
    world.table("s1.csv", sites[:3])
    world.table("s2.csv", [sites[0], *sites[3:]])
    world.table("c1.csv", cells[:4])
    world.table("c2.csv", [cells[0], *cells[4:]])
    del world.layers["sites"], world.layers["cells"]
    world.more = "".join(f'[[layers.{n}]]\npath = "{n[0]}{k}.csv"\n' for n in ("sites", "cells") for k in (1, 2))
    layers = world.read()
    pd.testing.assert_frame_equal(layers.cells, whole.cells)
    pd.testing.assert_frame_equal(pd.DataFrame(layers.sites), pd.DataFrame(whole.sites))
    used = {s.layer: (s.rows, s.used, s.file) for s in layers.summaries}
    assert (used["sites"], used["cells"]) == ((4, 4, "s1.csv, s2.csv"), (5, 5, "c1.csv, c2.csv"))
    # The same records in both files of a layer: the copies are dropped, each with its row.
    world.table("s2.csv", sites)
    world.table("c2.csv", cells)
    again = world.read()
    pd.testing.assert_frame_equal(again.cells, whole.cells)
    dropped = [(r.layer, r.row, r.before) for r in again.repairs if r.what == "dropped: the same record twice"]
    assert ("sites", "3 (s2.csv)", "row 3 (s1.csv)") in dropped
    assert len(dropped) == 2 + 3


def test_two_sheets_of_one_workbook(two: Any) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for operator, site, lon in (("A", "S1", 106.90), ("B", "S2", 106.92)):
        sheet = book.create_sheet(operator)
        for row in (
            ["Mã trạm", "Kinh độ", "Vĩ độ", "Công nghệ"],
            [site, lon, 11.54, "9G" if operator == "B" else "4G"],
        ):
            sheet.append(row)
    book.save(two.folder / "l.xlsx")
    two.more = "".join(
        f'[[layers.sites]]\npath = "l.xlsx"\nsheet = "{name}"\nconstants = {{ operator = "{name}" }}\n' for name in "AB"
    )
    fault = two.only()
    assert (fault.row, fault.column, fault.value) == ("2 (l.xlsx, B)", "technology", "9G")
    two.more = two.more.replace('sheet = "B"', 'sheet = "A"')
    assert {f.row for f in two.faults()} == {"2 (l.xlsx, A, file 2)"} or two.read() is not None


def test_a_file_of_one_layer_among_lists_of_both(two: Any) -> None:
    two.text("b.csv", "Mã trạm,Kinh độ,Vĩ độ\nHB7,106.93,11.55\n")
    two.more = "[[" + TWO.split("[[")[1] + '[[layers.sites]]\npath = "b.csv"\n'
    fault = two.only()
    assert (fault.layer, fault.file) == ("sites", "b.csv")
    assert (
        fault.rule
        == "the file has no cells, and the other files of [[layers.sites]] are lists of sites and cells in one"
    )


def test_a_missing_file_says_which(two: Any) -> None:
    (two.folder / "b.csv").unlink()
    fault = two.only()
    assert (fault.file, fault.column, fault.rule) == ("b.csv", "path", "the file does not exist")


def test_outside_is_each_files_own(two: Any) -> None:
    two.text("a.csv", A_LIST + "XA,108.0,12.0,4G\n")
    two.text("b.csv", B_LIST + "XB;1378000;575001;4G\n")
    two.more = TWO.replace('path = "a.csv"', 'path = "a.csv"\noutside = "drop"')
    fault = two.only()
    assert (fault.file, fault.row) == ("b.csv", "4 (b.csv)")
    two.more = two.more.replace('path = "b.csv"', 'path = "b.csv"\noutside = "drop"')
    repairs = two.read().repairs
    assert {r.row for r in repairs if r.what.startswith("dropped: outside")} == {"4 (a.csv)", "4 (b.csv)"}


def test_fix_sets_rows_of_each_file_aside(two: Any) -> None:
    good = "".join(f"N{k},106.9{k},11.55,4G\n" for k in range(6))
    two.text("a.csv", A_LIST + good + "S9,106.91,11.55,6G\n")
    two.text("b.csv", B_LIST + "HB9;1278001;575901;7G\n")
    two.write_toml()
    fixed = fix_layers(two.toml, two.folder / "out")
    assert fixed.folder is not None
    assert fixed.set_aside == {"sites": 2}
    left = pd.read_csv(fixed.folder / "set_aside/sites.csv")
    assert left[["row", "file"]].to_records(index=False).tolist() == [(10, "a.csv"), (4, "b.csv")]
    layers = read_layers(fixed.folder / "layers.toml")
    assert len(layers.sites) == 9
    assert {s.layer: s.source for s in layers.summaries}["sites"] == "công văn 12; công văn 15"


@pytest.mark.parametrize("name", ["fibre", "roads"])
def test_lines_in_two_files(world: Any, name: str) -> None:
    line = shapely.LineString([(569_000, 1_275_000), (572_000, 1_276_000)])
    other = shapely.LineString([(106.92, 11.54), (106.95, 11.56)])
    world.vector("one.gpkg", gpd.GeoDataFrame(geometry=[line], crs="EPSG:9212"))
    world.vector("two.geojson", gpd.GeoDataFrame(geometry=[other, None], crs="EPSG:4326"))
    world.more = f'[[layers.{name}]]\npath = "one.gpkg"\n[[layers.{name}]]\npath = "two.geojson"\n'
    layers = world.read()
    assert len(layers.context[name]) == 2
    assert layers.context[name].geometry.iloc[0].equals(line)
    (repair,) = [r for r in layers.repairs if r.layer == name]
    assert (repair.row, repair.what) == ("2 (two.geojson)", "dropped: empty geometry")
    (summary,) = [s for s in layers.summaries if s.layer == name]
    assert (summary.rows, summary.used, summary.crs) == (3, 2, "EPSG:9212; EPSG:4326")


def test_the_digest_changes_with_either_file(two: Any) -> None:
    def digest() -> str:
        digests: dict[str, str] = {s.layer: s.sha256 for s in two.read().summaries}
        return digests["sites"]

    first = digest()
    assert digest() == first
    two.text("b.csv", B_LIST + "HB8;1278100;575900;5G\n")
    second = digest()
    two.text("a.csv", A_LIST + "BP8,106.93,11.55,4G\n")
    assert len({first, second, digest()}) == 3


def test_check_prints_which_file_a_column_is_of(two: Any) -> None:
    two.write_toml()
    result = CliRunner().invoke(app, ["check", str(two.toml)])
    assert result.exit_code == 0, result.output
    assert "sites: 4 of 4 rows used" in result.output
    assert "file      a.csv, b.csv" in result.output
    assert "EPSG:4326 (WGS 84); EPSG:9212 (" in result.output
    assert "site_id = 'Mã trạm' of a.csv (synonym)" in result.output


# --- layers.toml -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "column", "rule"),
    [
        (
            "[[layers.communes_old]]\npath='a'\n" * 2,
            "layers.communes_old",
            "layers.communes_old takes one file; it has 2",
        ),
        ("[[layers.land_cover]]\npath='a'\n" * 2, "layers.land_cover", "layers.land_cover takes one file; it has 2"),
        ("[layers]\nroads = []\n", "layers.roads", "layers.roads names no file"),
        ("[[layers.roads]]\npath='a'\n[[layers.roads]]\n", "layers.roads[2].path", "layers.roads[2].path is missing"),
        (
            "[[layers.roads]]\npath='a'\n[[layers.roads]]\npath='b'\ngnb_bits=24\n",
            "layers.roads[2].gnb_bits",
            "layers.roads[2].gnb_bits has no effect on this layer",
        ),
        ("[layers]\nroads = 'a.gpkg'\n", "layers.roads", "layers.roads: Input should be a valid dictionary"),
        ("[layers.roads]\npat = 'a'\npath='b'\n", "layers.roads.pat", "layers.roads.pat is no key phusong knows"),
        (
            "[[layers.cells]]\npath='a'\n[[layers.cells]]\npath='b'\nformat='opencellid'\n",
            "layers.cells",
            "an OpenCelliD file is a whole network of its own and stands alone",
        ),
    ],
)
def test_what_layers_toml_may_not_say(tmp_path: Any, more: str, column: str, rule: str) -> None:
    path = tmp_path / "layers.toml"
    province = '[province]\nname = "x"\ncrs = "EPSG:9212"\nas_of = 2026-01-01\n'
    path.write_text(province + more, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_layers_file(path)
    (fault,) = caught.value.faults
    assert fault.column == column
    assert fault.rule.startswith(rule)
    assert fault.remedy
