"""Census: by old codes or new, sums that contradict, what nobody counted; old communes beside today's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

CRS = "EPSG:9212"
WEST, SOUTH = 568_000.0, 1_274_000.0
EAST, NORTH = WEST + 12_000, SOUTH + 10_000
# Today's 25001 is the west of the south, 25002 its east, 25003 the north; before, the south was three and the middle
# one lay on both sides of today's border at 6250 m.
OLD_SHAPES = {
    "25001": shapely.box(WEST, SOUTH, WEST + 4000, SOUTH + 6000),
    "25004": shapely.box(WEST + 4000, SOUTH, WEST + 7000, SOUTH + 6000),
    "25002": shapely.box(WEST + 7000, SOUTH, EAST, SOUTH + 6000),
    "25003": shapely.box(WEST, SOUTH + 6000, WEST + 5000, NORTH),
    "25005": shapely.box(WEST + 5000, SOUTH + 6000, EAST, NORTH),
}
LINKS = [
    ["old_code", "old_name", "new_code", "new_name"],
    ["25001", "Xã A", "25001", "Xã Lộc Ninh"],
    ["25004", "Xã B", "25001", "Xã Lộc Ninh"],
    ["25004", "Xã B", "25002", "Xã Bù Đốp"],
    ["25002", "Xã C", "25002", "Xã Bù Đốp"],
    ["25003", "Xã D", "25003", "Phường Phước Long"],
    ["25005", "Phường E", "25003", "Phường Phước Long"],
]
OLD_CENSUS: list[list[Any]] = [
    ["code", "population", "households", "urban_people", "rural_people"],
    ["25001", 4000, 1000, "", 4000],
    ["25004", 3000, 750, 0, 3000],
    ["25002", 2000, 500, 0, 2000],
    ["25003", 1500, 400, 0, 1500],
    ["25005", 9500, 2500, 9500, ""],
]


def of(found: Any, *layers: str, severity: str | None = None) -> list[Any]:
    return [f for f in found.faults if f.layer in layers and severity in {None, f.severity}]


def give_old(world: Any, *, shapes: bool = True, census: bool = True) -> None:
    """Give a world a crosswalk and, as asked, old shapes and a census by old codes."""
    world.communes(population=None)
    world.table("crosswalk.csv", LINKS)
    world.layers["crosswalk"] = {"path": '"crosswalk.csv"'}
    if shapes:
        table = gpd.GeoDataFrame({"code": list(OLD_SHAPES)}, geometry=list(OLD_SHAPES.values()), crs=CRS)
        world.vector("communes_old.gpkg", table)
        world.layers["communes_old"] = {"path": '"communes_old.gpkg"'}
    if census:
        world.table("census.csv", OLD_CENSUS)
        world.layers["census"] = {"path": '"census.csv"'}


# --- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "column", "rule"),
    [
        ([["25001", 100], ["25001", 200]], "code", "code must be unique"),
        ([["25001", -5]], "population", "population must be a number from 0"),
        ([["25001", "nan"]], "population", "population must be a number"),
        ([["", 5], ["25001", 5]], "code", "a value is required"),
    ],
)
def test_rows_that_break_a_rule(world: Any, rows: list[Any], column: str, rule: str) -> None:
    world.table("census.csv", [["code", "population"], *rows])
    world.layers["census"] = {"path": '"census.csv"'}
    faults = of(world.check()[0], "census", severity="error")
    assert [(f.column, f.rule.startswith(rule)) for f in faults] == [(column, True)]


def test_households_and_townspeople_are_kept_to_the_last(world: Any) -> None:
    rows = [["code", "population", "households", "urban_people"], ["25001", 6001, 1503, 17], ["25002", 2999, 750, 0]]
    world.table("census.csv", rows)
    world.layers["census"] = {"path": '"census.csv"'}
    people = world.read().people
    np.testing.assert_array_equal(people.households, [1503, 750, np.nan])
    for totals in (people.households, people.urban_people):
        placed = people.placed(totals)
        np.testing.assert_allclose(placed.sum(axis=1), np.nan_to_num(totals), rtol=0, atol=1e-9)
        assert (placed.data >= 0).all()
    # Within a commune everybody has the same share of them.
    np.testing.assert_allclose(
        people.placed(people.households).toarray()[0], people.by_zone.toarray()[0] * 1503 / 6001, atol=1e-9
    )


# --- codes and names -----------------------------------------------------------------------------------------


def test_lost_zeros_are_given_back_and_listed(world: Any) -> None:
    world.communes(code=["01234", "01235", "25003"])
    world.table("census.csv", [["code", "population"], [1234, 100], [1235, 200], [25003, 300]])
    world.table("hamlets.csv", [["hamlet_id", "lon", "lat", "commune_code"], ["H1", 106.9, 11.55, 1234]])
    world.layers |= {"census": {"path": '"census.csv"'}, "hamlets": {"path": '"hamlets.csv"'}}
    layers = world.read()
    np.testing.assert_allclose(layers.people.totals, [100, 200, 300], atol=1e-6)
    assert layers.context["hamlets"]["commune_code"].tolist() == ["01234"]
    listed = {(r.layer, r.how_much, r.before, r.after) for r in layers.repairs if r.what.startswith("restored")}
    assert listed == {("census", "2 values", "1234", "01234"), ("hamlets", "1 values", "1234", "01234")}


def test_names_are_joined_only_where_there_are_no_codes(world: Any) -> None:
    rows = [["name", "population"], ["Xã Lộc Ninh", 100], ["Bu Dop", 200], ["P. Phước Long", 300], ["Xã Lạ", 50]]
    world.table("census.csv", rows)
    world.layers["census"] = {"path": '"census.csv"'}
    layers = world.read()
    np.testing.assert_allclose(layers.people.totals, [100, 200, 300], atol=1e-6)
    said = {(f.severity, f.row, f.value) for f in of(layers, "census") if f.column == "name"}
    assert said == {("info", None, None), ("warning", 5, "Xã Lạ")}
    assert any("3 of 4 rows are joined by name, 1 of them without accents" in f.rule for f in layers.faults)
    assert ("5", "50 people") in {(r.row, r.how_much) for r in layers.repairs if "has this name" in r.what}
    # With a code somewhere the names are not looked at.
    world.table("census.csv", [["code", "name", "population"], ["25001", "x", 1], ["", "Bù Đốp", 2]])
    (fault,) = of(world.check()[0], "census", severity="error")
    assert (fault.row, fault.column, fault.rule) == (3, "code", "a value is required")


def test_a_name_never_merges_two_communes(world: Any) -> None:
    world.communes(name=["Lộc Thành", "Lộc Thạnh", "Phước Long"])
    world.table("census.csv", [["name", "population"], ["Loc Thanh", 100], ["Lộc Thạnh", 200]])
    world.layers["census"] = {"path": '"census.csv"'}
    (fault,) = of(world.check()[0], "census", severity="error")
    assert (fault.row, fault.value) == (2, "Loc Thanh")
    assert fault.rule == "the name can be 25001 Lộc Thành or 25002 Lộc Thạnh"


def test_names_repeat_between_districts(world: Any) -> None:
    give_old(world)
    shapes = gpd.GeoDataFrame(
        {
            "code": list(OLD_SHAPES),
            "name": ["Xã Tân Lập", "Xã Tân Lập", "Xã C", "Xã D", "Phường E"],
            "district": ["Huyện Một", "Huyện Hai", "Huyện Hai", "Thị xã Ba", "Thị xã Ba"],
        },
        geometry=list(OLD_SHAPES.values()),
        crs=CRS,
    )
    world.vector("communes_old.gpkg", shapes)
    rows: list[list[Any]] = [["district", "name", "population"]]
    rows += [[d, n, 100 * i] for i, (d, n) in enumerate(zip(shapes["district"], shapes["name"], strict=True), start=1)]
    world.table("census.csv", rows)
    layers = world.read()
    np.testing.assert_allclose(layers.old.people.totals, [100, 200, 300, 400, 500], atol=1e-6)
    world.table("census.csv", [[n, p] for _, n, p in rows])
    assert [f.row for f in of(world.check()[0], "census", severity="error")] == [2, 3]


def test_neither_code_nor_name(world: Any) -> None:
    world.table("census.csv", [["population"], [100]])
    world.layers["census"] = {"path": '"census.csv"'}
    (fault,) = of(world.check()[0], "census", severity="error")
    assert (fault.column, fault.rule) == ("code", "the rows have neither a commune code nor a name")


# --- old codes -----------------------------------------------------------------------------------------------


def test_a_census_by_old_codes_is_carried_over(world: Any) -> None:
    give_old(world)
    world.raster("population.tif", np.ones((20, 24), "float32"))
    layers = world.read()
    # Of 25004's 3 km, 2.25 lie in today's 25001; people are even there.
    np.testing.assert_allclose(layers.communes["population"], [4000 + 2250, 2000 + 750, 11_000])
    np.testing.assert_allclose(layers.communes["households"], [1000 + 562.5, 500 + 187.5, 2900])
    np.testing.assert_allclose(layers.communes["urban_people"], [0, 0, 9500])
    np.testing.assert_allclose(layers.people.totals, layers.communes["population"], rtol=0, atol=1e-6)
    assert layers.people.totals.sum() == pytest.approx(20_000, abs=1e-6)
    assert layers.crosswalk.methods == ("whole", "people", "whole", "whole", "whole")
    repair = next(r for r in layers.repairs if r.what.startswith("carried over"))
    assert (repair.layer, repair.how_much, repair.before, repair.after) == (
        "census",
        "3 communes",
        "20000 people",
        "20000 people",
    )
    assert next(s.used for s in layers.summaries if s.layer == "census") == 5
    assert of(layers, "census", severity="warning") == []


def test_old_and_new_tables_are_about_the_same_people(world: Any) -> None:
    give_old(world)
    world.raster("population.tif", np.arange(480, dtype="float32").reshape(20, 24) % 7)
    layers = world.read()
    old = layers.old
    np.testing.assert_allclose(old.people.totals, [4000, 3000, 2000, 1500, 9500], rtol=0, atol=1e-6)
    assert old.people.census_true == (True,) * 5
    assert old.people.totals.sum() == pytest.approx(layers.people.totals.sum(), abs=1e-6)
    # Drawn from one source, both ways of adding up see the same residents in every cell.
    np.testing.assert_allclose(old.people.residents, layers.people.residents, atol=1e-6)
    area_km2 = layers.zones.shares.sum() * layers.grid.cell_km2
    assert old.zones.shares.sum() * layers.grid.cell_km2 == pytest.approx(area_km2, rel=1e-6)
    assert "by 5 old communes first" in layers.people.method
    assert old.communes["name"].tolist() == ["Xã A", "Xã B", "Xã C", "Xã D", "Phường E"]


def test_in_old_communes_everything_is_theirs(world: Any) -> None:
    give_old(world)
    layers = world.read()
    old = layers.in_old_communes()
    assert old.zones.codes == tuple(OLD_SHAPES)
    assert old.communes.index.tolist() == list(OLD_SHAPES)
    assert set(old.sites["commune_code"]) <= {"", *OLD_SHAPES}
    assert old.grid == layers.grid
    world.layers.pop("communes_old")
    assert world.read().in_old_communes() is None


def test_a_census_by_old_codes_without_shapes(world: Any) -> None:
    give_old(world, shapes=False)
    layers = world.read()
    np.testing.assert_allclose(layers.communes["population"], [5500, 3500, 11_000])
    assert layers.crosswalk.methods[1] == "equal share"
    np.testing.assert_array_equal(layers.old_people, [4000, 3000, 2000, 1500, 9500])
    assert layers.old is None


def test_an_old_commune_nobody_counted_leaves_its_heirs_to_the_raster(world: Any) -> None:
    give_old(world)
    world.table("census.csv", [row for row in OLD_CENSUS if row[0] != "25005"])
    layers = world.read()
    (warning,) = of(layers, "census", severity="warning")
    assert (warning.rule, warning.value) == ("the old commune has no census row", "25005")
    assert layers.people.census_true == (True, True, False)
    assert layers.old.people.census_true == (True, True, True, True, False)
    del world.layers["population"]
    layers = world.read()
    assert np.isnan(layers.people.totals[2])
    assert np.isnan(layers.communes["population"].iloc[2])
    # What is known of the old commune is still known; of the other nobody lives anywhere known.
    np.testing.assert_allclose(layers.old.people.totals[:4], [4000, 3000, 2000, 1500], atol=1e-6)
    assert np.isnan(layers.old.people.totals[4])


def test_old_communes_own_census_fills_what_nobody_else_counted(world: Any) -> None:
    give_old(world, census=False)
    shapes = gpd.GeoDataFrame(
        {"code": list(OLD_SHAPES), "population": [4000, 3000, 2000, 1500, 9500]},
        geometry=list(OLD_SHAPES.values()),
        crs=CRS,
    )
    world.vector("communes_old.gpkg", shapes)
    layers = world.read()
    assert layers.people.totals.sum() == pytest.approx(20_000, abs=1e-6)
    assert next(r.layer for r in layers.repairs if r.what.startswith("carried over")) == "communes_old"
    # A census of today's goes before it, and a contradiction is said with both figures.
    world.communes(population=[6000, 3000, 10_000])
    layers = world.read()
    np.testing.assert_allclose(layers.people.totals, [6000, 3000, 10_000], atol=1e-6)
    (warning,) = of(layers, "communes_old", severity="warning")
    assert warning.rule == "old communes make 20000 people by the crosswalk where today's have 19000"


def test_a_census_by_new_codes_beside_a_crosswalk(world: Any) -> None:
    give_old(world)
    world.table("census.csv", [["code", "population"], ["25001", 6000], ["25002", 3000], ["25003", 11_000]])
    layers = world.read()
    np.testing.assert_allclose(layers.people.totals, [6000, 3000, 11_000], atol=1e-6)
    assert of(layers, "census", severity="warning") == []
    # Nobody counted the old ones: they get the residents of their land, and say so.
    assert layers.old.people.census_true == (False,) * 5
    assert layers.old.people.totals.sum() == pytest.approx(20_000, abs=1e-6)


# --- made of old ones ----------------------------------------------------------------------------------------


def test_todays_communes_made_of_old_ones(world: Any) -> None:
    give_old(world)
    rows = [row for row in LINKS if row[0] != "25004" or row[2] == "25001"]
    world.table("crosswalk.csv", rows)
    del world.layers["communes"]
    layers = world.read()
    assert layers.communes.index.tolist() == ["25001", "25002", "25003"]
    assert layers.communes["name"].tolist() == ["Xã Lộc Ninh", "Xã Bù Đốp", "Phường Phước Long"]
    np.testing.assert_allclose(layers.communes.area / 1e6, [42, 30, 48])
    np.testing.assert_allclose(layers.people.totals, [7000, 2000, 11_000], atol=1e-6)
    (info,) = of(layers, "communes")
    assert (info.severity, info.rule) == (
        "info",
        "the layer is not given: 3 communes are made of the 5 old ones by the crosswalk",
    )
    repair = next(r for r in layers.repairs if r.layer == "communes")
    assert (repair.before, repair.after) == ("120.0000 km²", "120.0000 km²")


def test_a_split_commune_cannot_be_dissolved(world: Any) -> None:
    give_old(world)
    del world.layers["communes"]
    (fault,) = [f for f in world.faults() if f.layer == "communes"]
    assert (fault.value, fault.remedy) == ("25004", "give today's communes as [layers.communes]")
    assert "was split between 25001, 25002" in fault.rule


def test_no_communes_at_all(world: Any) -> None:
    del world.layers["communes"]
    (fault,) = [f for f in world.faults() if f.layer == "communes"]
    assert fault.rule == "the layer is missing"


# --- shapes that disagree ------------------------------------------------------------------------------------


def test_old_shapes_that_leave_the_province(world: Any) -> None:
    give_old(world, census=False)
    moved = {
        code: shapely.transform(shape, lambda xy: xy + np.array([3000.0, 0])) for code, shape in OLD_SHAPES.items()
    }
    far = {**moved, "25005": shapely.box(EAST + 500, SOUTH, EAST + 900, NORTH)}
    world.communes()
    world.vector("communes_old.gpkg", gpd.GeoDataFrame({"code": list(far)}, geometry=list(far.values()), crs=CRS))
    layers = world.read()
    cut = next(r for r in layers.repairs if r.what.startswith("cut"))
    before, after = (float(text.removesuffix(" km²")) for text in (cut.before, cut.after))
    assert before - after == pytest.approx(float(cut.how_much.removesuffix(" km²")), abs=0.011)
    assert any("25005 lies outside today's communes" in f.rule for f in layers.faults)
    assert np.isnan(layers.old.people.totals[4])
    # People are conserved: what is not in the old communes' tables is listed.
    lost = next(r for r in layers.repairs if r.what.startswith("not in tables of the old communes"))
    known = np.nansum(layers.old.people.totals)
    assert known + float(lost.how_much.removesuffix(" people")) == pytest.approx(10_000, abs=0.51)


def test_codes_at_fault_are_faults_and_no_traceback(world: Any) -> None:
    give_old(world)
    for codes in (["25001", "25001", None], [None, None, None], ["", "x", "25003"], ["1", "01", "00001"]):
        world.communes(code=codes)
        assert of(world.check()[0], "communes", "crosswalk", "communes_old", severity="error")


def test_broken_old_layers_are_faults_and_no_traceback(world: Any) -> None:
    give_old(world)
    twice = gpd.GeoDataFrame({"code": ["25001", "25001"]}, geometry=list(OLD_SHAPES.values())[:2], crs=CRS)
    world.vector("communes_old.gpkg", twice)
    assert [f.rule.split(",")[0] for f in world.faults() if f.layer == "communes_old"] == ["code must be unique"]
    world.table("crosswalk.csv", [["old_code", "new_code"], ["", "25001"], ["25001", ""]])
    assert len([f for f in world.faults() if f.layer == "crosswalk"]) == 2
    world.text("crosswalk.csv", "")
    assert [f for f in world.faults() if f.layer == "crosswalk"]
    world.text("communes_old.gpkg", b"no GeoPackage")
    assert [f for f in world.faults() if f.layer == "communes_old"]
    del world.layers["communes"]
    assert world.faults()


# --- real ----------------------------------------------------------------------------------------------------


def test_binh_phuoc_by_old_codes(shared: Path, world: Any) -> None:
    """Forty real communes, 111 old ones, WorldPop: totals to the last person in both geographies."""
    data = shared / "data"
    world.province |= {"cell_m": "1000"}
    del world.layers["terrain"]
    world.layers |= {
        "communes": {"path": f'"{data}/communes_new/communes_2025_binh_phuoc_simpl.geojson"'},
        "population": {"path": f'"{data}/population/worldpop_2020_1km_bp_bd_clip.tif"'},
        "communes_old": {
            "path": f'"{data}/communes_old/communes_2009_binh_phuoc_coded_pop2019.geojson"',
            "columns": '{ code = "gso_code", name = "gso_name_2025", population = "pop2019" }',
        },
        "crosswalk": {"path": f'"{data}/census/old_to_new_70.csv"'},
        "census": {
            "path": f'"{data}/census/join_gso2025_census2019_bp_bd.csv"',
            "columns": '{ code = "c", population = "total", urban_people = "urban", rural_people = "rural" }',
            "where": '{ p = ["70"] }',
        },
    }
    layers = world.read()
    for people, units in ((layers.people, layers.communes), (layers.old.people, layers.old.communes)):
        np.testing.assert_allclose(people.totals, units["population"], rtol=0, atol=1e-6)
        assert people.totals.sum() == pytest.approx(994_679, abs=1e-6)
        assert people.urban_people.sum() == pytest.approx(235_666, abs=1e-6)
        assert all(people.census_true)
    assert (len(layers.communes), len(layers.old.communes)) == (40, 111)
    published = pd.read_csv(data / "census/new_commune_pop2019_est_binh_phuoc.csv", dtype={"new_code": str})
    estimate = published.set_index("new_code")["pop2019_est"]
    pd.testing.assert_series_equal(
        layers.communes["population"], estimate.reindex(layers.communes.index), check_names=False, atol=1e-6
    )
    ratio = next(f for f in layers.faults if f.rule.startswith("the raster counts"))
    assert (ratio.severity, ratio.value) == ("info", "1.18")
