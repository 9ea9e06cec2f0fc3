"""A run folder: written whole or not at all, read back as it was, the same bytes every time."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from phusong.errors import Fault, RunError
from phusong.scenarios import Plan
from phusong.scenarios.manifest import MANIFEST, read_manifest, verify
from phusong.scenarios.run import load, refuse_foreign, save

_SOLVE = Path(__file__).with_name("test_solve.py")
_solve = runpy.run_path(str(_SOLVE))
ask: Any = _solve["ask"]
world: Any = _solve["world"]
CONTRACT = {"manifest.json", "kpis.csv", "gaps.csv", "plan.csv", "repair_report.csv", "layers.gpkg", "signal"}


def rich_plan() -> Plan:
    """Return a plan with unknown places, void ground, no signal, and names that look like numbers."""
    elevation = np.random.default_rng(4).uniform(0, 200, (40, 40))
    elevation[5, 5:9] = np.nan
    plan: Plan = ask(world(operators=("A", "B"), elevation_m=elevation, simulated=True))
    facts = {**plan.facts, "scenario": "2026"}
    repairs = pd.DataFrame(
        [{"layer": "sites", "row": "007", "what": "x", "how_much": "1", "before": "NA", "after": "", "remedy": "null"}]
    )
    return replace(plan, facts=facts, kpis=plan.kpis.assign(scenario="2026"), repairs=repairs)


PLAN = rich_plan()


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_tables_equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Compare as values: a file has no dtypes beyond number and text."""
    assert list(one.columns) == list(other.columns)
    for column in one.columns:
        left, right = one[column], other[column]
        if pd.api.types.is_numeric_dtype(left):
            np.testing.assert_array_equal(left.to_numpy(float), right.to_numpy(float), err_msg=str(column))
        else:
            assert left.fillna("").astype(str).tolist() == right.fillna("").astype(str).tolist(), column


def test_a_run_folder_holds_what_the_contract_says(tmp_path: Path) -> None:
    fault = Fault(
        layer="sites", rule="r", remedy="m", file="s.csv", row=7, column="height_m", value="9", severity="info"
    )
    save(PLAN, tmp_path / "run", faults=[fault], timings_s={"layers": 1.5})
    assert {path.name for path in (tmp_path / "run").iterdir()} >= CONTRACT
    findings = pd.read_csv(tmp_path / "run/findings.csv")
    assert findings[["severity", "layer", "row", "rule"]].to_numpy().tolist() == [["info", "sites", 7, "r"]]
    assert json.loads((tmp_path / "run/timings.json").read_text()) == {"layers": 1.5}
    assert verify(tmp_path / "run") == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_round_trip(tmp_path: Path) -> None:
    save(PLAN, tmp_path / "run")
    back = load(tmp_path / "run")
    for name in ("kpis", "gaps", "site_gaps", "repairs"):
        assert_tables_equal(getattr(PLAN, name), getattr(back, name))
    assert back.repairs["row"].tolist() == ["007"]
    assert back.repairs["before"].tolist() == ["NA"]
    assert set(back.kpis["scenario"]) == {"2026"}
    assert set(back.kpis["area"]) == {"00001", "00002", "province"}
    for name in ("communes", "sites", "proposals", "connections"):
        one, other = getattr(PLAN, name), getattr(back, name)
        assert list(one.index) == list(other.index)
        assert str(other.crs.to_string()) == "EPSG:9212"
        assert_tables_equal(one.drop(columns="geometry"), other[one.columns].drop(columns="geometry"))
        assert one.geometry.reset_index(drop=True).geom_equals(other.geometry.reset_index(drop=True)).all()
    assert set(back.context) == {"roads", "fibre"}
    for name, layer in back.context.items():
        assert layer.geometry.geom_equals(PLAN.context[name].geometry).all()
    assert dict(back.facts) == json.loads(json.dumps(dict(PLAN.facts)))
    assert dict(back.proof) == {key: value for key, value in PLAN.proof.items() if key != "seconds"}


def test_rasters_come_back_bit_by_bit_and_service_is_the_same(tmp_path: Path) -> None:
    save(PLAN, tmp_path / "run")
    back = load(tmp_path / "run")
    values = np.stack([level.to_numpy() for level in PLAN.signal.data_vars.values()])
    assert np.isnan(values).any()
    assert np.isneginf(values).any()
    assert np.isfinite(values).any()
    xr.testing.assert_identical(back.signal, PLAN.signal)
    assert set(back.service) == set(PLAN.service)
    for name in PLAN.service:
        np.testing.assert_array_equal(back.service[name], PLAN.service[name])
        assert back.service[name].dtype == np.uint8
    xr.testing.assert_identical(back.people, PLAN.people)


def test_saved_again_the_same_bytes(tmp_path: Path) -> None:
    save(PLAN, tmp_path / "one", timings_s={"plan": 1.0})
    save(rich_plan(), tmp_path / "two", timings_s={"plan": 2.0})
    one, two = hashes(tmp_path / "one"), hashes(tmp_path / "two")
    assert one.pop("timings.json") != two.pop("timings.json")
    assert one == two


def test_what_was_loaded_is_saved_as_it_was(tmp_path: Path) -> None:
    save(PLAN, tmp_path / "one")
    save(load(tmp_path / "one"), tmp_path / "two")
    one, two = hashes(tmp_path / "one"), hashes(tmp_path / "two")
    tables = [name for name in one if name.endswith((".csv", ".tif"))]
    assert {name: one[name] for name in tables} == {name: two[name] for name in tables}


SCRIPT = """
import runpy, sys
from pathlib import Path
from phusong.scenarios.run import save
save(runpy.run_path(sys.argv[1])["PLAN"], Path(sys.argv[2]))
"""


def test_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SCRIPT, str(_SOLVE), str(tmp_path / seed)]
        subprocess.run(command, check=True, env=environment)
    assert hashes(tmp_path / "1") == hashes(tmp_path / "2")


def test_an_empty_proposal_and_no_context(tmp_path: Path) -> None:
    plan = ask(world(context={}), propose=False)
    save(plan, tmp_path / "run")
    back = load(tmp_path / "run")
    assert back.proposals.empty
    assert back.connections.empty
    assert list(back.proposals.columns) == list(plan.proposals.columns)
    assert list(back.connections.columns) == list(plan.connections.columns)
    assert dict(back.context) == {}
    assert len((tmp_path / "run/plan.csv").read_text(encoding="utf-8").splitlines()) == 1


def test_an_empty_context_layer(tmp_path: Path) -> None:
    empty = gpd.GeoDataFrame({"fibre_id": pd.Series([], dtype=object)}, geometry=[], crs="EPSG:9212")
    save(ask(world(context={"fibre": empty})), tmp_path / "run")
    assert load(tmp_path / "run").context["fibre"].empty


def test_a_proposal_on_the_fibre_itself(tmp_path: Path) -> None:
    fibre = _solve["lines"](((1_000, 0), (1_000, 10_000)))  # through the mast b
    plan = ask(world(context={"fibre": fibre}), locked_in=["nang-cap:b:A"])
    assert plan.proposals.set_index("candidate_id").loc["nang-cap:b:A", "fibre_km"] < 0.001
    save(plan, tmp_path / "run")
    assert len(load(tmp_path / "run").connections) == len(plan.connections)


def test_an_older_run_is_replaced(tmp_path: Path) -> None:
    save(ask(propose=False), tmp_path / "run")
    save(PLAN, tmp_path / "run")
    assert len(load(tmp_path / "run").proposals) == len(PLAN.proposals)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_a_planners_own_file_in_a_run_is_not_taken_away(tmp_path: Path) -> None:
    save(PLAN, tmp_path / "run")
    (tmp_path / "run/my notes.txt").write_text("x")
    with pytest.raises(RunError, match=r"holds my notes.txt, which the run did not make"):
        save(PLAN, tmp_path / "run")
    assert (tmp_path / "run/my notes.txt").read_text() == "x"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    save(PLAN, tmp_path / "run")
    assert verify(tmp_path / "run") == []


@pytest.mark.parametrize("manifest", [None, '{"name": "a web extension", "version": "1"}', "[]", "not json"])
def test_what_is_no_run_is_never_touched(tmp_path: Path, manifest: str | None) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.txt").write_text("years of work")
    if manifest is not None:
        (folder / MANIFEST).write_text(manifest)
    before = hashes(folder)
    with pytest.raises(RunError, match="holds something that is no run"):
        save(PLAN, folder)
    assert hashes(folder) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x")
    with pytest.raises(RunError, match="is a file; name a folder"):
        refuse_foreign(tmp_path / "run")


class _Stop(Exception):  # noqa: N818  not an error, a stop
    pass


def test_a_failure_leaves_nothing_and_the_old_run_as_it_was(tmp_path: Path) -> None:
    save(ask(propose=False), tmp_path / "run")
    before = hashes(tmp_path / "run")

    def fail(plan: Plan, folder: Path) -> None:
        assert (folder / "kpis.csv").is_file()
        assert len(plan.kpis)
        raise _Stop

    for folder in ("run", "new"):
        with pytest.raises(_Stop):
            save(PLAN, tmp_path / folder, also=[fail])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert hashes(tmp_path / "run") == before


@pytest.mark.parametrize("where", ["to_csv", "mkdir", "write_text", "also"])
def test_a_full_disk_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    save(ask(propose=False), tmp_path / "run")
    before = hashes(tmp_path / "run")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if where == "to_csv":
            patch.setattr(pd.DataFrame, "to_csv", full)
        elif where != "also":
            patch.setattr(Path, where, full)
        with pytest.raises(RunError, match=r"cannot be written to .*No space left on device.*free some space"):
            save(PLAN, tmp_path / "run", also=[full] if where == "also" else [])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert hashes(tmp_path / "run") == before


def test_when_the_last_step_fails_the_old_run_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(ask(propose=False), tmp_path / "run")
    before = hashes(tmp_path / "run")
    true_replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(errno.EIO, "Input/output error")
        return true_replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(RunError, match="Input/output error"):
            save(PLAN, tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert hashes(tmp_path / "run") == before


def test_what_an_interrupted_run_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".run.partial/signal").mkdir(parents=True)
    (tmp_path / ".run.partial/kpis.csv").write_text("half")
    save(PLAN, tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_may_be_written_from_within_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(PLAN, Path("Kết quả 2026/run"))
    assert verify(tmp_path / "Kết quả 2026/run") == []


def test_verify_finds_what_was_changed_is_missing_or_was_added(tmp_path: Path) -> None:
    run = tmp_path / "run"
    save(PLAN, run, timings_s={})
    (run / "kpis.csv").write_bytes((run / "kpis.csv").read_bytes() + b"\n")
    (run / "plan.csv").unlink()
    (run / "signal/extra.tif").write_text("x")
    (run / "phu-luc").mkdir()
    (run / "phu-luc" / MANIFEST).write_text("{}")
    (run / "timings.json").write_text("{}")
    assert sorted(verify(run)) == [
        "kpis.csv was changed after the run",
        "phu-luc/manifest.json does not belong to the run",
        "plan.csv is missing",
        "signal/extra.tif does not belong to the run",
    ]


def test_the_manifest_says_what_it_was_made_with(tmp_path: Path) -> None:
    save(PLAN, tmp_path / "run")
    manifest = read_manifest(tmp_path / "run")
    assert manifest["facts"]["province"] == "Tỉnh thử"
    assert {"numpy", "scipy", "highspy"} <= set(manifest["libraries"])
    assert set(manifest["outputs"]) == set(hashes(tmp_path / "run")) - {MANIFEST}
    assert "seconds" not in manifest["proof"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "is no finished run"),
        ("{", "cannot be read"),
        ('{"format": 99}', "another version"),
        ("[]", "another version"),
        ('{"format": 1, "outputs": {}}', "is incomplete"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_text(text)
    for read in (verify, load):
        with pytest.raises(RunError, match=said):
            read(tmp_path)


@pytest.mark.parametrize("name", ["kpis.csv", "layers.gpkg", "people.tif", "signal/4G-planned.tif"])
def test_a_part_that_cannot_be_read_is_named_with_a_remedy(tmp_path: Path, name: str) -> None:
    save(PLAN, tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    with pytest.raises(RunError, match=r"cannot be read back .*phusong verify"):
        load(tmp_path / "run")
