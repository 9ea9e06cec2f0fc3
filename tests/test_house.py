"""The house itself: packaging, walls between rooms, doctests, the README's promises."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import phusong
from phusong.gis.schemas import layer_names, markdown_table

ROOMS = ("coverage", "gis", "maps", "scenarios")


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("-c", "import numba; numba.njit(lambda x: x + 1)(1)"),
        ("-c", "import coverage; assert not hasattr(coverage, 'predict')"),
        ("-m", "pytest", "--version"),
        ("-c", "import phusong.coverage as c; assert c.predict"),
    ],
)
def test_bare_coverage_folder_shadows_nobody(root: Path, command: tuple[str, ...]) -> None:
    done = _run(sys.executable, *command, cwd=root)
    absent = "No module named 'coverage' outside" in done.stderr and command[1].startswith("import coverage")
    assert done.returncode == 0 or absent, done.stderr


def test_packages_listed_are_the_folders(root: Path) -> None:
    listed = set(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    there = {"phusong"} | {
        "phusong." + ".".join(path.parent.relative_to(root).parts)
        for room in ROOMS
        for path in (root / room).rglob("__init__.py")
    }
    assert listed == there


def test_symlinks_are_relative_and_lead_home(root: Path) -> None:
    for room in ROOMS:
        link = root / "phusong" / room
        assert link.is_symlink()
        assert link.readlink() == Path("..") / room


def test_wheel_holds_every_module_and_data_file(root: Path, tmp_path: Path) -> None:
    # From a copy: setuptools leaves a build folder, and would take what was deleted since out of it again.
    source = tmp_path / "source"
    shutil.copytree(root, source, symlinks=True, ignore=shutil.ignore_patterns(".venv", ".git", "build", "*cache*"))
    command = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source))
    done = _run(sys.executable, *command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert not any(name.startswith(ROOMS) for name in inside), "a room under its bare name would overwrite coverage.py"
    there = {
        f"phusong/{path.relative_to(root).as_posix()}"
        for room in ROOMS
        for path in (root / room).rglob("*")
        if path.suffix in {".py", ".csv", ".toml", ".js", ".css", ".html"} and "gallery" not in path.parts
    }
    there |= {f"phusong/{path.name}" for path in (root / "phusong").iterdir() if path.suffix == ".py"}
    assert inside == there | {"phusong/py.typed"}


def test_walls_between_rooms(root: Path) -> None:
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = _run(sys.executable, "-c", code, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def _modules() -> list[str]:
    return sorted(
        module.name
        for module in pkgutil.walk_packages(phusong.__path__, "phusong.")
        if not module.name.endswith("__main__")
    )


@pytest.mark.parametrize("name", _modules())
def test_doctests(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_files_stay_readable(root: Path) -> None:
    lengths = {
        path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines())
        for room in (*ROOMS, "phusong")
        for path in (root / room).rglob("*.py")
    }
    assert {path: n for path, n in lengths.items() if n > 400} == {}


@pytest.mark.parametrize("layer", layer_names())
def test_readme_column_tables_come_from_the_dictionary(root: Path, layer: str) -> None:
    assert markdown_table(layer) in (root / "docs" / "columns.md").read_text(encoding="utf-8")
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert (markdown_table(layer) in readme) is (layer in {"sites", "cells"})


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/demo.md", "docs/layers.md", "docs/method.md"])
def test_links_lead_somewhere(root: Path, page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert [link for link in links if "://" not in link and not (root / page).parent.joinpath(link).exists()] == []


def test_readme_script_runs(root: Path, demo: Path, tmp_path: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(script.splitlines()) <= 25
    script = script.replace("demo-out/", f"{demo.as_posix()}/")
    code = tmp_path / "script.py"
    code.write_text(script, encoding="utf-8")
    done = _run(sys.executable, "-W", "error", str(code), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ban-do.html").stat().st_size > 100_000
    assert (tmp_path / "phu-luc" / "phu-luc.xlsx").is_file()


def test_nothing_of_a_machine_is_in_the_tree(root: Path) -> None:
    done = _run("git", "ls-files", cwd=root)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    places = (f"{Path.home()}/", f"{root.parent}/")
    home = [place for place in places if len(place) > len("//")]
    for name in done.stdout.splitlines():
        path = root / name
        if path.is_symlink() or not path.is_file() or path.suffix in {".png", ".lock"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert not any(place in text for place in home), name
