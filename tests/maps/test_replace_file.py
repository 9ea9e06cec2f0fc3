"""A file is written whole or not at all, and what is in the way is said in one line."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from phusong import maps
from phusong.errors import RunError
from phusong.maps.files import replace_file
from phusong.scenarios.plan import Plan


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def refuse(monkeypatch: pytest.MonkeyPatch, *, at: tuple[Any, str], number: int) -> None:
    """Make a call fail as the system would."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(*at, fail)


def test_replaces_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    replace_file(path, b"old")
    assert replace_file(path, b"new").read_bytes() == b"new"
    assert names_in(tmp_path) == ["a", "a/b", "a/b/c.txt"]


@pytest.mark.parametrize("below", ["file/map.html", "file/deeper/map.html"])
def test_file_where_a_folder_is_needed(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match=r"map\.html cannot be written: .*file is a file where a folder is needed; name"):
        replace_file(tmp_path / below, b"new")
    assert (tmp_path / "file").read_text() == "mine"
    assert names_in(tmp_path) == ["file"]


def test_folder_in_the_files_place(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "map.html").mkdir()
    (tmp_path / "phu-luc.xlsx").mkdir()
    with pytest.raises(RunError, match=r"map\.html cannot be written: a folder stands in its place; name a file"):
        maps.review_map(plan).save(tmp_path / "map.html")
    with pytest.raises(RunError, match=r"phu-luc\.xlsx cannot be written: a folder stands in its place"):
        maps.appendix(plan).save(tmp_path)
    assert names_in(tmp_path) == ["map.html", "phu-luc.xlsx"]


def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("old")
    refuse(monkeypatch, at=(Path, "chmod"), number=errno.ENOSPC)
    with pytest.raises(RunError, match=r"a\.txt cannot be written: the disk is full; free some space"):
        replace_file(tmp_path / "a.txt", b"new")
    with pytest.raises(RunError, match="the disk is full"):
        replace_file(tmp_path / "new" / "folder" / "a.txt", b"new")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names_in(tmp_path) == ["a.txt"]


def test_unwritable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, at=(tempfile, "mkstemp"), number=errno.EACCES)
    with pytest.raises(RunError, match=r"does not allow writing; change its permissions") as caught:
        replace_file(tmp_path / "a.txt", b"new")
    assert "\n" not in str(caught.value)
    assert names_in(tmp_path) == []


def test_any_other_refusal_is_one_line_too(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="File name too long; name another folder or file"):
        replace_file(tmp_path / ("x" * 300), b"new")
    assert names_in(tmp_path) == []
