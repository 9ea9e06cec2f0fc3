"""Where candidates stand: spacing, blocks, limits and ids."""

from __future__ import annotations

import runpy
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phusong.coverage import Coverage, predict
from phusong.coverage.gaps import footprint
from phusong.scenarios.candidates import SHARED, Candidates, find, none
from phusong.scenarios.scenario import PlanSettings

_WORLD = Path(__file__).resolve().parents[1] / "coverage" / "test_predict.py"
build_world: Any = runpy.run_path(str(_WORLD))["build_world"]


def today(people: Any = None, **more: Any) -> Coverage:
    """Return 3 x 3 km with a weak 4G mast in the middle of the south and a 2G mast beside it."""
    residents = np.random.default_rng(1).uniform(0, 5, (30, 30)) if people is None else people
    return predict(
        build_world(
            masts={"a": (1500.0, 150.0), "b": (300.0, 150.0)},
            cells=[
                {"site_id": "a", "operator": "A", "technology": "4G", "eirp_dbm": -20.0},
                {"site_id": "b", "operator": "B", "technology": "2G"},
            ],
            size=(30, 30),
            people=residents,
            **more,
        )
    )


def new_sites(candidates: Candidates) -> list[Any]:
    return [item for item in candidates.items if item.kind == "new_site"]


def test_an_upgrade_and_a_new_site_in_each_square_kilometre() -> None:
    coverage = today()
    settings = PlanSettings()
    found = find(coverage, settings)
    assert [item.candidate_id for item in found.items if item.kind == "upgrade"] == ["nang-cap:b:B"]
    places = [(item.site.x_m, item.site.y_m) for item in new_sites(found)]
    assert 1 <= len(places) <= 9
    masts = [(point.x, point.y) for point in coverage.layers.sites.geometry]
    for one, other in combinations(places, 2):
        assert np.hypot(one[0] - other[0], one[1] - other[1]) >= settings.min_spacing_m
    for place in places:
        assert min(np.hypot(place[0] - x, place[1] - y) for x, y in masts) >= settings.min_spacing_m
    squares = {(int((x - 550_000) // 1000), int((1_290_000 - y) // 1000)) for x, y in places}
    assert len(squares) == len(places)
    assert {item.operator for item in new_sites(found)} == {SHARED}


def test_each_stands_where_most_unserved_people_of_its_square_live() -> None:
    people = np.zeros((30, 30))
    people[3, 4], people[3, 7] = 50.0, 60.0  # the same square kilometre
    people[15, 25] = 30.0
    people[22, 5] = 19.0  # too few for the default of 20
    found = new_sites(find(today(people), PlanSettings()))
    assert [item.candidate_id for item in found] == ["tram-moi:550750-1289650", "tram-moi:552550-1288450"]
    cells = found[0].site.cells
    assert {(c.band.name, c.azimuth_deg) for c in cells} == {
        (b, a) for b in ("LTE900", "LTE1800") for a in (0, 120, 240)
    }
    assert len(find(today(people), PlanSettings(min_people=0.0)).items) == 4
    assert [i.candidate_id for i in new_sites(find(today(people), PlanSettings(max_new_sites=1)))] == [
        "tram-moi:550750-1289650"
    ]
    assert new_sites(find(today(people), PlanSettings(max_new_sites=0))) == []


@pytest.mark.parametrize("spacing_m", [0.0, 1000.0, 5000.0])
def test_spacing_is_respected(spacing_m: float) -> None:
    coverage = today()
    places = [
        np.array([item.site.x_m, item.site.y_m])
        for item in new_sites(find(coverage, PlanSettings(min_spacing_m=spacing_m)))
    ]
    assert bool(places) is (spacing_m < 5000.0)
    assert all(np.hypot(*(a - b)) >= spacing_m for a, b in combinations(places, 2))


def test_footprints_are_the_radios_and_one_row_each() -> None:
    coverage = today()
    found = find(coverage, PlanSettings())
    assert found.footprints.shape == (len(found.items), coverage.layers.grid.size)
    for number, item in enumerate(found.items):
        np.testing.assert_array_equal(found.cells_of(number), footprint(coverage.radio, item.site))


def test_ids_are_unique_and_the_same_every_time() -> None:
    first, second = (find(today(), PlanSettings()).items for _ in range(2))
    assert first == second
    assert len({item.candidate_id for item in first}) == len(first)


def test_where_everybody_is_served_or_unknown_there_is_no_new_site() -> None:
    assert new_sites(find(today(operators=("A", "B", "C")), PlanSettings())) == []
    assert new_sites(find(today(np.zeros((30, 30))), PlanSettings())) == []


def test_none_is_an_empty_set_of_candidates() -> None:
    empty = none(9)
    assert empty.items == ()
    assert empty.footprints.shape == (0, 9)
