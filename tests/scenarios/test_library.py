"""The shipped scenarios beside a demo: an untouched one follows the demo's size, a planner's stays."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from phusong.errors import RunError
from phusong.scenarios.library import copy_demo_scenario


def _shipped(*, small: bool) -> bytes:
    return (resources.files("phusong.scenarios.library") / ("demo-small.toml" if small else "demo.toml")).read_bytes()


@pytest.mark.parametrize("small", [False, True])
def test_the_right_scenario_is_copied(tmp_path: Path, *, small: bool) -> None:
    path = copy_demo_scenario(tmp_path, small=small)
    assert path == tmp_path / "scenario.toml"
    assert path.read_bytes() == _shipped(small=small) != _shipped(small=not small)


@pytest.mark.parametrize("small", [False, True])
def test_an_untouched_scenario_of_the_other_size_is_replaced(tmp_path: Path, *, small: bool) -> None:
    copy_demo_scenario(tmp_path, small=not small)
    assert copy_demo_scenario(tmp_path, small=small).read_bytes() == _shipped(small=small)
    assert [path.name for path in tmp_path.iterdir()] == ["scenario.toml"]


def test_the_same_scenario_is_not_written_again(tmp_path: Path) -> None:
    before = copy_demo_scenario(tmp_path).stat()
    after = copy_demo_scenario(tmp_path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("edit", [b"# mine\n", b" "])
def test_a_planners_scenario_stays(tmp_path: Path, edit: bytes) -> None:
    mine = copy_demo_scenario(tmp_path).read_bytes() + edit
    (tmp_path / "scenario.toml").write_bytes(mine)
    assert copy_demo_scenario(tmp_path, small=True).read_bytes() == mine


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "scenario.toml").mkdir()
    for folder in (tmp_path / "none", tmp_path / "file", tmp_path):
        with pytest.raises(RunError, match=r"scenario\.toml' cannot be written.*name another folder") as caught:
            copy_demo_scenario(folder)
        assert "\n" not in str(caught.value)


def test_a_full_disk_leaves_no_half_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bytes = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        write_bytes(self, data[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(RunError, match="No space left on device"):
            copy_demo_scenario(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert copy_demo_scenario(tmp_path).read_bytes() == _shipped(small=False)
