"""Scenario files: what they may say, and what is said when they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from phusong.coverage.bands import THRESHOLD_DBM
from phusong.errors import InputError
from phusong.scenarios import read
from phusong.scenarios.costs import cost_sources, default_cost_vnd
from phusong.scenarios.library import copy_demo_scenario
from phusong.scenarios.scenario import Scenario, read_any


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_the_default_scenario(tmp_path: Path) -> None:
    scenario = read(written(tmp_path, ""))
    assert scenario == Scenario()
    assert scenario.coverage.all_thresholds_dbm == dict(THRESHOLD_DBM)
    assert scenario.plan.costs.upgrade_vnd == default_cost_vnd("upgrade")


def test_what_is_said_is_taken(tmp_path: Path) -> None:
    text = """
name = "thu-2026"
[coverage]
thresholds_dbm = { 4G = -105.0 }
[plan]
budget_vnd = 1e9
upgrade_bands = ["LTE900", "LTE1800"]
locked_in = ["nang-cap:1:A"]
[plan.costs]
fibre_km_vnd = 0
"""
    scenario = read(written(tmp_path, text))
    assert scenario.coverage.all_thresholds_dbm == {**THRESHOLD_DBM, "4G": -105.0}
    assert scenario.plan.upgrade_bands == ("LTE900", "LTE1800")
    assert scenario.plan.locked_in == ("nang-cap:1:A",)
    assert scenario.plan.costs.fibre_km_vnd == 0.0


def test_all_faults_at_once_with_suggestions(tmp_path: Path) -> None:
    text = """
name = "Không được"
[coverage]
edge_probability = 1.0
[plan]
budgett_vnd = 1
upgrade_bands = ["GSM900"]
budget_vnd = -5
"""
    with pytest.raises(InputError) as caught:
        read(written(tmp_path, text))
    faults = {fault.column: fault for fault in caught.value.faults}
    assert set(faults) == {
        "name",
        "coverage.edge_probability",
        "plan.budgett_vnd",
        "plan.upgrade_bands",
        "plan.budget_vnd",
    }
    assert faults["plan.budgett_vnd"].remedy == "did you mean budget_vnd?"
    assert "LTE1800" in faults["plan.upgrade_bands"].rule
    assert faults["plan.budget_vnd"].value == "-5"


@pytest.mark.parametrize("value", ["inf", "nan", "-inf"])
def test_infinite_and_undefined_numbers_are_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(InputError, match=r"plan\.budget_vnd"):
        read(written(tmp_path, f"[plan]\nbudget_vnd = {value}\n"))


def test_a_missing_and_a_broken_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file does not exist"):
        read(tmp_path / "none.toml")
    with pytest.raises(InputError, match=r"row 2.*no valid TOML"):
        read(written(tmp_path, 'name = "a"\nplan = = 1\n'))


def test_a_layers_file_is_asked_with_the_default_scenario(tmp_path: Path) -> None:
    layers = tmp_path / "my-layers.toml"
    layers.write_text('[province]\nname = "x"\n[layers.sites]\npath = "s.csv"\n', encoding="utf-8")
    assert read_any(layers) == (Scenario(layers="my-layers.toml"), layers)
    scenario, path = read_any(written(tmp_path, 'layers = "sub/layers.toml"\n'))
    assert (scenario.layers, path) == ("sub/layers.toml", tmp_path / "sub/layers.toml")


@pytest.mark.parametrize("small", [False, True])
def test_the_shipped_scenarios_are_readable_and_a_planners_copy_stays(tmp_path: Path, *, small: bool) -> None:
    path = copy_demo_scenario(tmp_path, small=small)
    assert read(path).plan.costs.new_site_vnd == default_cost_vnd("new_site")
    path.write_text('name = "mine"\n', encoding="utf-8")
    assert read(copy_demo_scenario(tmp_path, small=small)).name == "mine"


def test_every_cost_has_a_source_and_a_year() -> None:
    assert set(cost_sources()) == {"upgrade", "new_site", "fibre_km"}
    for item, row in cost_sources().items():
        assert default_cost_vnd(item) > 0
        assert row["source"]
        assert row["vi"]
        assert row["year"].isdigit()
