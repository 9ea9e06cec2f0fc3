"""The command line as a planner meets it: one line a fault, exit codes, no traceback, nothing half written."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KPI_COLUMNS = [
    "id",
    "area",
    "operator",
    "technology",
    "numerator",
    "denominator",
    "value",
    "unit",
    "as_of",
    "edge_probability",
    "flags",
]


def phusong(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "phusong", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def province(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the small demo's files that a test may spoil."""
    folder = tmp_path / "tỉnh"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("run", "stdout.txt"))
    return folder


def edit_csv(path: Path, row: int, column: str, value: str) -> None:
    """Change one field; `row` as a spreadsheet counts."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_help_names_every_command() -> None:
    done = phusong("--help")
    assert done.returncode == 0
    for command in ["demo", "check", "cover", "plan", "map", "appendix", "run", "models", "verify"]:
        assert re.search(rf"^\s+{command}\s", done.stdout, re.MULTILINE)
    # The libraries that take seconds to import must not be there for a help text.
    code = (
        "import sys, phusong.cli; sys.exit(any(m in sys.modules for m in ('numpy', 'pandas', 'geopandas', 'folium')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_demo_leaves_the_run_folder_of_the_contract(demo: Path) -> None:
    run = demo / "run"
    for name in [
        "manifest.json",
        "kpis.csv",
        "gaps.csv",
        "plan.csv",
        "repair_report.csv",
        "map.html",
        "phu-luc/phu-luc.xlsx",
        "layers.gpkg",
        "signal",
    ]:
        assert (run / name).exists(), name
    with (run / "kpis.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[: len(KPI_COLUMNS)] == KPI_COLUMNS
    assert {row["id"] for row in rows} >= {"K01", "K02", "K03", "K04", "K05", "K06", "K08", "K10", "K16", "K17a", "K18"}
    for row in rows:
        assert "SIMULATED" in row["flags"]
        if float(row["denominator"]):
            assert float(row["value"]) == pytest.approx(float(row["numerator"]) / float(row["denominator"]), abs=1e-9)
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["facts"]["simulated"] is True
    assert len(manifest["facts"]["sources"]) == 9
    assert all(len(source["sha256"]) == 64 for source in manifest["facts"]["sources"])


def test_demo_says_simulated_and_where_things_are(demo: Path) -> None:
    said = (demo / "stdout.txt").read_text(encoding="utf-8")
    assert "MÔ PHỎNG / SIMULATED" in said
    assert "proven gap" in said
    for word in ("map.html", "phu-luc.xlsx", "kpis.csv"):
        assert word in said


def test_stages_one_by_one_agree_with_the_run(demo: Path, tmp_path: Path) -> None:
    assert phusong("cover", demo / "scenario.toml", "-o", tmp_path / "cover", "-q").returncode == 0
    assert phusong("plan", demo / "scenario.toml", "-o", tmp_path / "plan", "-q").returncode == 0
    assert (tmp_path / "plan/plan.csv").read_bytes() == (demo / "run/plan.csv").read_bytes()
    assert (tmp_path / "plan/kpis.csv").read_bytes() == (demo / "run/kpis.csv").read_bytes()
    assert (tmp_path / "cover/gaps.csv").read_bytes() == (demo / "run/gaps.csv").read_bytes()
    assert len((tmp_path / "cover/plan.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert phusong("map", demo / "run", "-o", tmp_path / "m.html").returncode == 0
    assert (tmp_path / "m.html").read_bytes() == (demo / "run/map.html").read_bytes()
    assert phusong("appendix", demo / "run", "-o", tmp_path / "pl").returncode == 0
    assert (tmp_path / "pl/phu-luc.xlsx").read_bytes() == (demo / "run/phu-luc/phu-luc.xlsx").read_bytes()


def test_verify_finds_a_changed_file(demo: Path, tmp_path: Path) -> None:
    run = shutil.copytree(demo / "run", tmp_path / "run")
    assert phusong("verify", run).returncode == 0
    with (run / "plan.csv").open("a", encoding="utf-8") as file:
        file.write("x\n")
    done = phusong("verify", run)
    assert done.returncode == 1
    assert done.stderr == "error: plan.csv was changed after the run\n"


def test_check_may_run(province: Path) -> None:
    done = phusong("check", province / "layers.toml", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(report) == {"layers", "faults", "repairs"}
    assert report["layers"]["sites"]["simulated"] is True
    assert not [fault for fault in report["faults"] if fault["severity"] == "error"]


# what to spoil: (file, row, column, value) -> (layer, row, column, value, a word of the rule)
SPOILT = {
    "unknown technology": (
        ("cells.csv", 4, "technology", "6G"),
        ("cells", 4, "technology", "6G", "must be one of 2G, 3G"),
    ),
    "negative height": (("sites.csv", 3, "height_m", "-30"), ("sites", 3, "height_m", "-30", "from 1 to 350 m")),
    "duplicate id": (("sites.csv", 3, "site_id", "="), ("sites", 3, "site_id", "=", "unique")),
    "outside": (("sites.csv", 5, "lon", "101.5"), ("sites", 5, "geometry", None, "outside the province")),
    "unknown site": (("cells.csv", 6, "site_id", "NOBODY"), ("cells", 6, "site_id", "NOBODY", "no site has this id")),
}


@pytest.mark.parametrize("case", SPOILT)
def test_bad_value_is_one_line(province: Path, case: str) -> None:
    (file, row, column, value), (layer, at, where, shown, rule) = SPOILT[case]
    path = province / "layers" / file
    if value == "=":  # the same id as in row 2
        value = shown = path.read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    edit_csv(path, row, column, value)
    done = phusong("check", province / "layers.toml", "--json")
    assert done.returncode == 1
    errors = [fault for fault in json.loads(done.stdout)["faults"] if fault["severity"] == "error"]
    found = [fault for fault in errors if fault["layer"] == layer and fault["row"] == at and fault["column"] == where]
    assert len(found) == 1, errors
    assert rule in found[0]["rule"]
    assert found[0]["remedy"]
    assert found[0]["file"] == f"layers/{file}"
    if shown is not None:
        assert found[0]["value"] == shown
    # For people: one line each, no traceback, and a run that leaves nothing behind.
    done = phusong("run", province / "scenario.toml", "-o", province / "run")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"row {at}" in done.stderr
    assert not list(province.glob("*run*"))


def test_all_faults_at_once(province: Path) -> None:
    for (file, row, column, value), _ in SPOILT.values():
        if value != "=":
            edit_csv(province / "layers" / file, row, column, value)
    (province / "layers" / "terrain.tif").unlink()
    done = phusong("check", province / "layers.toml")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 5
    assert all("To do:" in line for line in lines)
    assert any("terrain.tif" in line and "does not exist" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('path = "layers/sites.csv"', 'path = "layers/site.csv"', "does not exist"),
        ('path = "layers/sites.csv"', 'path = "layers/communes.gpkg"', "column is missing"),
        ('crs = "EPSG:9212"', 'crs = "EPSG:4326"', "must be in metres"),
        ('crs = "EPSG:9212"', 'crs = "EPSG:6956"', "deprecated"),
        ("cell_m = 100", "cell_m = -5", "cell_m"),
        ("[layers.sites]", "[layers.site]", "no layer of this name"),
        ("[province]", "[provinz]", "provinz"),
        ("[province]", "[province", "valid TOML"),
    ],
)
def test_bad_layers_file(province: Path, old: str, new: str, rule: str) -> None:
    path = province / "layers.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = phusong("check", path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    assert rule in done.stderr


def test_polygons_where_points_belong(province: Path) -> None:
    path = province / "layers.toml"
    text = path.read_text(encoding="utf-8").replace("layers/sites.csv", "layers/communes.gpkg")
    text = text.replace("[layers.sites]\n", '[layers.sites]\ncolumns = { site_id = "code" }\n')
    path.write_text(text, encoding="utf-8")
    done = phusong("check", path)
    assert done.returncode == 1
    assert re.search(r"layer sites.*(Multi)?Polygon where points belong", done.stderr)


def test_degrees_where_metres_belong(province: Path) -> None:
    path = province / "layers.toml"
    before, after = path.read_text(encoding="utf-8").split("[layers.sites]")
    path.write_text(before + "[layers.sites]" + after.replace("EPSG:4326", "EPSG:9212", 1), encoding="utf-8")
    done = phusong("check", path)
    assert done.returncode == 1
    assert re.search(r"layer sites.*degrees where metres belong: EPSG:9212 is in metres.*EPSG:4326", done.stderr)


def test_bad_scenario(province: Path) -> None:
    path = province / "scenario.toml"
    text = path.read_text(encoding="utf-8").replace("budget_vnd", "budget_vdn").replace('"hata"', '"hatta"')
    path.write_text(text, encoding="utf-8")
    done = phusong("run", path, "-o", province / "run")
    assert done.returncode == 1
    assert "did you mean budget_vnd" in done.stderr
    path.write_text(text.replace("budget_vdn", "budget_vnd"), encoding="utf-8")
    done = phusong("run", path, "-o", province / "run")
    assert done.returncode == 1
    assert "propagation model 'hatta' is not known" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in phusong("run", path, "-o", province / "run", "-vv").stderr


def test_foreign_folder_is_left_alone(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    done = phusong("run", demo / "scenario.toml", "-o", tmp_path / "mine")
    assert done.returncode == 1
    assert "holds something that is no run" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("command", ["map", "appendix", "verify"])
def test_no_run_there(tmp_path: Path, command: str) -> None:
    out = () if command == "verify" else ("-o", tmp_path / "x")
    done = phusong(command, tmp_path / "nowhere", *out)
    assert done.returncode == 1
    assert "is no finished run" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_models_are_listed_with_ranges() -> None:
    done = phusong("models")
    assert done.returncode == 0
    for name in ("hata", "free-space", "okumura-hata", "cost231-hata", "extended-hata", "tr38901"):
        assert re.search(rf"^{name}: ", done.stdout, re.MULTILINE)
    assert "1000..20000 m recommended" in done.stdout


def test_layers_toml_alone_runs_the_default_scenario(province: Path) -> None:
    done = phusong("plan", province / "layers.toml", "-o", province / "run", "-q")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((province / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["facts"]["scenario"] == "mac-dinh"


def test_check_fix_writes_layers_that_may_run(province: Path) -> None:
    """A mast with an impossible height and its cells are set aside, said and kept; the rest is clean."""
    edit_csv(province / "layers" / "sites.csv", 3, "height_m", "-30")
    done = phusong("check", province / "layers.toml", "--fix", province / "sạch")
    assert done.returncode == 0, done.stderr
    assert "set aside: 1 record of sites" in done.stdout
    assert "a run may start on the cleaned layers" in done.stdout
    again = phusong("check", province / "sạch" / "layers.toml", "--json")
    assert again.returncode == 0
    report = json.loads(again.stdout)
    assert report["layers"]["sites"]["rows"] == report["layers"]["sites"]["used"]
    assert report["repairs"] == []


def test_check_says_how_columns_are_read(province: Path) -> None:
    done = phusong("check", province / "layers.toml", "--json")
    sites = json.loads(done.stdout)["layers"]["sites"]
    assert sites["faults_by_severity"] == {"error": 0, "warning": 0, "info": 0}
    (height,) = [column for column in sites["schema"] if column["column"] == "height_m"]
    assert height == {
        "column": "height_m",
        "type": "number",
        "unit": "m",
        "required": False,
        "filled": True,
        "file_column": "height_m",
        "how": "same",
    }


def test_fix_refuses_what_is_no_fix(province: Path) -> None:
    done = phusong("check", province / "layers.toml", "--fix", province / "layers", "--json")
    assert done.returncode == 1
    assert "holds something that is no cleaned layers" in json.loads(done.stdout)["faults"][0]["rule"]
