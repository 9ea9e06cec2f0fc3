"""Old and new communes: weights by hand, totals conserved, every contradiction said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from phusong.gis import Grid
from phusong.gis.communes.crosswalk import CROSSWALK_COLUMNS, Crosswalk
from phusong.gis.communes.links import crosswalk_of, read_links
from phusong.gis.findings import Findings
from phusong.gis.layers_file import read_layers_file
from phusong.gis.reading import Reading

GRID = Grid("EPSG:9212", west_m=0.0, north_m=200.0, cell_m=100.0, rows=2, cols=4)
# Today: west and east halves. Before: one third each, the middle one cut in the middle.
NEW = {"N1": shapely.box(0, 0, 200, 200), "N2": shapely.box(200, 0, 400, 200)}
OLD = {
    "A": shapely.box(0, 0, 100, 200),
    "B": shapely.box(100, 0, 300, 200),
    "C": shapely.box(300, 0, 400, 200),
}
LISTED = [("A", "N1"), ("B", "N1"), ("B", "N2"), ("C", "N2")]


def units(shapes: dict[str, Any]) -> gpd.GeoDataFrame:
    names = pd.array([f"xã {code}" for code in shapes], dtype="string")
    index = pd.Index(list(shapes), name="code")
    return gpd.GeoDataFrame({"name": names}, index=index, geometry=list(shapes.values()), crs=GRID.crs)


def links(*pairs: tuple[str, str], share: list[float] | None = None) -> pd.DataFrame:
    old, new = zip(*pairs, strict=True)
    texts = {"old_code": old, "new_code": new, "old_name": [pd.NA] * len(old), "new_name": [pd.NA] * len(old)}
    table = pd.DataFrame(texts, index=range(2, len(old) + 2)).astype("string")
    return table.assign(weight_share=np.full(len(old), np.nan) if share is None else share)


def weigh(
    pairs: list[tuple[str, str]] = LISTED, *, share: list[float] | None = None, **more: Any
) -> tuple[Crosswalk, Findings]:
    findings = Findings()
    made = {"new": units(NEW), "old": units(OLD), "grid": GRID, "surface": None, **more}
    notes = findings.of("crosswalk", "crosswalk.csv")
    return crosswalk_of(links(*pairs, share=share), notes=notes, **made), findings


def test_none_split_is_a_dissolve() -> None:
    found, findings = weigh([("A", "N1"), ("B", "N1"), ("C", "N2")], old=None, grid=None)
    np.testing.assert_array_equal(found.weights.toarray(), [[1, 0], [1, 0], [0, 1]])
    assert found.methods == ("whole",) * 3
    assert found.split == ()
    assert findings.faults == []
    np.testing.assert_array_equal(found.to_new(np.array([10.0, 20, 30])), [30, 30])


def test_split_by_people_on_the_grid() -> None:
    people = np.array([9.0, 1, 3, 9, 9, 1, 3, 9])
    found, findings = weigh(surface=people)
    np.testing.assert_allclose(found.weights.toarray(), [[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]])
    assert found.methods == ("whole", "people", "whole")
    assert found.split == ("B",)
    assert findings.faults == []


def test_split_by_area_where_nobody_knows_the_people() -> None:
    new = {"N1": shapely.box(0, 0, 150, 200), "N2": shapely.box(150, 0, 400, 200)}
    for surface in (None, np.zeros(8), np.full(8, np.nan)):
        found, _ = weigh(new=units(new), surface=surface)
        np.testing.assert_allclose(found.weights.toarray()[1], [0.25, 0.75])
        assert found.methods[1] == "area"


def test_split_without_shapes_is_an_equal_share_and_says_so() -> None:
    found, findings = weigh(old=None)
    np.testing.assert_array_equal(found.weights.toarray()[1], [0.5, 0.5])
    assert found.methods[1] == "equal share"
    (fault,) = findings.faults
    assert (fault.severity, fault.row) == ("warning", 3)
    assert "an approximation" in fault.rule
    assert (findings.repairs[0].before, findings.repairs[0].after) == ("B", "0.5")


def test_stated_shares_win_and_are_made_whole() -> None:
    found, findings = weigh(share=[1.0, 0.333, 0.666, 1.0], surface=np.ones(8))
    np.testing.assert_allclose(found.weights.toarray()[1], [1 / 3, 2 / 3])
    assert found.methods == ("whole", "stated", "whole")
    assert findings.faults == []


@pytest.mark.parametrize(
    ("share", "rule"),
    [
        ([1.0, 0.3, 0.6, 1.0], "the shares of old commune B add up to 0.9, not 1"),
        ([1.0, 0.3, np.nan, 1.0], "the shares of old commune B are given for some of its rows only"),
        ([0.5, 0.3, 0.7, 1.0], "the shares of old commune A add up to 0.5, not 1"),
    ],
)
def test_stated_shares_that_do_not_add_up(share: list[float], rule: str) -> None:
    _, findings = weigh(share=share)
    (fault,) = findings.faults
    assert (fault.severity, fault.rule, fault.column) == ("error", rule, "weight_share")


def test_an_old_commune_that_is_lost() -> None:
    found, findings = weigh([("A", "N1"), ("B", "N1"), ("B", "N2")])
    (fault,) = [f for f in findings.faults if f.severity == "error"]
    assert (fault.rule, fault.value) == ("the old commune has no row, so its people would be lost", "C")
    assert found.weights.toarray()[2].tolist() == [0, 0]


def test_codes_nobody_has() -> None:
    pairs = [*LISTED, ("D", "N1"), ("C", "N9"), ("X", "Y")]
    _, findings = weigh(pairs)
    said = {(f.row, f.severity, f.column, f.value) for f in findings.faults}
    assert said == {(6, "warning", "old_code", "D"), (7, "error", "new_code", "N9")}
    assert [(r.what, r.how_much) for r in findings.repairs] == [
        ("not used: neither code is of this province", "1 records")
    ]


def test_a_list_of_another_province() -> None:
    _, findings = weigh([("X", "Y"), ("Z", "Y")], old=None)
    assert findings.faults[0].rule == "no row names a commune of the province"


def test_a_new_commune_out_of_nothing() -> None:
    found, findings = weigh([("A", "N1"), ("B", "N1"), ("C", "N1")])
    assert any(f.value == "N2" and f.rule == "no old commune goes into this commune" for f in findings.faults)
    assert np.isnan(found.to_new(np.array([1.0, 2, 3]))[1])


def test_shapes_that_contradict_the_list() -> None:
    _, findings = weigh([("A", "N2"), ("B", "N1"), ("B", "N2"), ("C", "N2")])
    (fault,) = findings.faults
    assert (fault.severity, fault.row) == ("warning", 2)
    assert fault.rule == "the list puts old commune A into N2, but 0.02 km² of it (100%) lie in N1"


def test_the_table_shows_every_weight() -> None:
    table = weigh(surface=np.array([1.0, 0, 1, 1, 1, 0, 1, 1]))[0].table()
    assert list(table.columns) == CROSSWALK_COLUMNS
    assert table.to_numpy().tolist() == [
        ["A", "xã A", "N1", "xã N1", 1.0, "whole"],
        ["B", "xã B", "N1", "xã N1", 0.0, "people"],
        ["B", "xã B", "N2", "xã N2", 1.0, "people"],
        ["C", "xã C", "N2", "xã N2", 1.0, "whole"],
    ]


# --- to new, to old ------------------------------------------------------------------------------------------

HALF = Crosswalk(
    ("A", "B", "C"),
    ("N1", "N2"),
    sparse.csr_array([[1.0, 0], [0.25, 0.75], [0, 1]]),
    ("whole", "stated", "whole"),
    ("",) * 3,
    ("",) * 2,
)


def test_sums_and_means_by_hand() -> None:
    people = np.array([100.0, 40, 20])
    np.testing.assert_allclose(HALF.to_new(people), [110, 50])
    np.testing.assert_allclose(HALF.to_new(np.array([0.5, 1.0, 0]), "mean", size=people), [60 / 110, 30 / 50])
    np.testing.assert_allclose(HALF.to_old(np.array([55.0, 25]), size=people), [50, 20, 10])
    np.testing.assert_allclose(HALF.to_old(np.array([0.2, 0.6]), "mean"), [0.2, 0.5, 0.6])


def test_unknown_stays_unknown() -> None:
    np.testing.assert_array_equal(HALF.to_new(np.array([1.0, np.nan, 3])), [np.nan, np.nan])
    np.testing.assert_array_equal(HALF.to_new(np.array([np.nan, 0.0, 3])), [np.nan, 3])
    np.testing.assert_array_equal(HALF.to_old(np.array([np.nan, 1.0]), "mean"), [np.nan, np.nan, 1])
    np.testing.assert_array_equal(
        HALF.to_old(np.array([np.nan, 60.0]), size=np.array([1.0, 4, 3])), [np.nan, np.nan, 30]
    )


def test_what_needs_a_size_says_so() -> None:
    with pytest.raises(ValueError, match="needs their size"):
        HALF.to_new(np.ones(3), "mean")
    with pytest.raises(ValueError, match="handed out by the size of the old ones"):
        HALF.to_old(np.ones(2))


@settings(deadline=None, max_examples=100)
@given(
    people=st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    surface=st.lists(st.floats(0, 1e6), min_size=8, max_size=8),
)
def test_whatever_the_people_the_total_is_conserved(people: list[int], surface: list[float]) -> None:
    found, _ = weigh(surface=np.array(surface))
    np.testing.assert_allclose(np.asarray(found.weights.sum(axis=1)).ravel(), 1.0, rtol=0, atol=1e-15)
    assert found.to_new(np.array(people, float)).sum() == pytest.approx(sum(people), abs=1e-6)


# --- real ----------------------------------------------------------------------------------------------------


def of_file(shared: Path, name: str, tmp_path: Path) -> tuple[pd.DataFrame, Findings]:
    text = (
        '[province]\nname = "x"\ncrs = "EPSG:9212"\nas_of = 2026-01-01\n[layers.crosswalk]\n'
        f'path = "{shared}/data/census/{name}"\n'
    )
    path = tmp_path / "layers.toml"
    path.write_text(text, encoding="utf-8")
    reading = Reading(path, read_layers_file(path), Findings())
    found = read_links(reading)
    assert found is not None
    return found, reading.findings


@pytest.mark.parametrize(
    ("code", "stem", "total", "counts"),
    [("70", "binh_phuoc", 994_679, (111, 40, 0)), ("74", "binh_duong", 2_426_561, (91, 36, 16))],
)
def test_two_real_provinces(
    shared: Path, tmp_path: Path, *, code: str, stem: str, total: int, counts: tuple[int, int, int]
) -> None:
    """The official totals arrive to the last person, and every published estimate is met."""
    _, new, split = counts
    rows, findings = of_file(shared, f"old_to_new_{code}.csv", tmp_path)
    assert not [f for f in findings.faults if f.severity != "info"]
    published = pd.read_csv(shared / f"data/census/new_commune_pop2019_est_{stem}.csv", dtype={"new_code": str})
    estimate = published.set_index("new_code")["pop2019_est"]
    shapes = gpd.GeoDataFrame(
        {"name": pd.array([""] * new, dtype="string")},
        index=pd.Index(estimate.index, name="code"),
        geometry=[shapely.box(0, 0, 1, 1)] * new,
        crs=GRID.crs,
    )
    said = Findings()
    found = crosswalk_of(rows, new=shapes, old=None, grid=None, surface=None, notes=said.of("crosswalk", "x"))
    assert (len(found.old_codes), len(found.new_codes), len(found.split)) == counts
    assert len(said.faults) == len(said.repairs) == split
    census = pd.read_csv(shared / "data/census/join_gso2025_census2019_bp_bd.csv", dtype={"c": str, "p": str})
    people = census[census["p"] == code].set_index("c")["total"].reindex(list(found.old_codes)).to_numpy(float)
    carried = found.to_new(people)
    assert people.sum() == total
    assert carried.sum() == pytest.approx(total, abs=1e-6)
    # The estimate too halves what was split, so it is met there as well.
    np.testing.assert_allclose(carried, estimate.to_numpy(float), atol=1e-6)
