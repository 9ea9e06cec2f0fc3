"""Where filters keep and count; the census goes before the communes; nobody is counted in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def test_where_keeps_and_counts(world: Any) -> None:
    world.communes(tinh=[70.0, 70.0, 74.0])
    world.layers["communes"]["where"] = '{ tinh = ["70"] }'
    layers = world.read()
    assert len(layers.communes) == 2
    repair = next(r for r in layers.repairs if r.layer == "communes")
    assert (repair.what, repair.how_much, repair.before, repair.after) == (
        "left out by where: tinh in 70",
        "1 records",
        "3",
        "2",
    )
    assert next((s.rows, s.used) for s in layers.summaries if s.layer == "communes") == (3, 2)


def test_where_on_a_column_that_is_not_there(world: Any) -> None:
    world.layers["communes"]["where"] = '{ "tỉnh" = ["70"] }'
    fault = world.only()
    assert (fault.column, fault.rule) == ("tỉnh", "where names a column the file does not have")


def test_where_that_leaves_nothing(world: Any) -> None:
    world.layers["communes"]["where"] = '{ kind = ["thị trấn"] }'
    assert world.only().remedy == "check the file and its where filter"


# --- census --------------------------------------------------------------------------------------------------


def test_the_census_goes_before_the_communes_and_lists_what_it_does_not_use(world: Any) -> None:
    world.table("census.csv", [["code", "population"], ["25001", 100], ["25002", 200], ["99999", 300]])
    world.layers["census"] = {"path": '"census.csv"'}
    layers = world.read()
    np.testing.assert_allclose(layers.people.totals, [100, 200, 1000], atol=1e-6)
    assert list(layers.communes["population"]) == [100, 200, 1000]
    assert {(f.row, f.column, f.value) for f in layers.faults} == {(4, "code", "99999"), (None, "code", "25003")}
    repair = next(r for r in layers.repairs if r.layer == "census")
    assert (repair.row, repair.before, repair.how_much) == ("4", "99999", "300 people")
    assert next((s.rows, s.used) for s in layers.summaries if s.layer == "census") == (3, 2)


def test_nobody_knows_the_people(world: Any) -> None:
    world.communes(population=None)
    del world.layers["population"]
    assert world.only().rule.startswith("nobody knows how many people live here")


def test_one_commune_nobody_counted(world: Any) -> None:
    world.communes(population=[6000, np.nan, 1000])
    del world.layers["population"]
    layers = world.read()
    assert np.isnan(layers.communes["population"].iloc[1])
    warning = next(f for f in layers.faults if f.severity == "warning")
    assert "nobody knows how many people live in commune 25002" in warning.rule


def test_the_raster_counts_where_the_census_does_not(world: Any) -> None:
    world.communes(population=[6000, np.nan, 1000])
    layers = world.read()
    assert layers.faults == ()
    assert layers.communes["population"].iloc[1] == pytest.approx(layers.people.totals[1])
    assert layers.people.totals[1] > 0
