"""The demo once more: its receipt lets a rerun reuse, rewrite, or leave a planner's edits alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from phusong.errors import RunError
from phusong.gis import demo
from phusong.gis.demo import files, manifest, province
from phusong.gis.demo.receipt import RECEIPT, Receipt, read_receipt

REMEDY = "run `phusong run scenario.toml -o run` to use your edits, or name another folder"
SITES, CELLS, LAYERS = "layers/sites.csv", "layers/cells.csv", "layers.toml"
UNFINISHED = ".demo-unfinished"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.write(tmp_path_factory.mktemp("written"), size="small").parent


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """Return a copy of a small demo that a test may spoil."""
    return shutil.copytree(written, tmp_path / "tỉnh của tôi")


@pytest.fixture
def no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    def simulate(*_: object, **__: object) -> None:
        pytest.fail("simulated again")

    monkeypatch.setattr(province, "simulate", simulate)


def _contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _edit(folder: Path, *names: str) -> None:
    for name in names:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("# mine\n")


def _refused(folder: Path, **asked: Any) -> str:
    """Write again, see that it is refused in one line and nothing is touched, and return that line."""
    before = _contents(folder)
    with pytest.raises(RunError) as caught:
        demo.write(folder, **{"size": "small", **asked})
    assert _contents(folder) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- the receipt ---------------------------------------------------------------------------------------------


def test_the_receipt_names_every_file_with_its_hash(written: Path) -> None:
    receipt = json.loads((written / RECEIPT).read_bytes())
    assert (receipt["size"], receipt["seed"]) == ("small", 2026)
    assert receipt["files"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in _contents(written).items() if name != RECEIPT
    }
    assert list(manifest.FILES) == [*(f"layers/{name}" for name, _ in files.WRITERS), LAYERS]


def test_a_receipt_is_read_as_written(tmp_path: Path) -> None:
    receipt = Receipt("small", 7, {SITES: "00"})
    (tmp_path / "receipt").write_text(receipt.text(), encoding="utf-8")
    assert read_receipt(tmp_path / "receipt") == receipt
    assert read_receipt(tmp_path / "none") is None


@pytest.mark.parametrize("text", ["", "[]", '{"size": "small"}', '{"size": "small", "seed": 1, "files": {"a": 1}}'])
def test_a_receipt_tampered_with_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "receipt").write_text(text, encoding="utf-8")
    assert read_receipt(tmp_path / "receipt") is None


# --- reuse and rewrite ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_simulation")
def test_the_same_demo_is_reused(folder: Path) -> None:
    (folder / "layers/schools.csv").write_text("mine", encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert demo.write(folder, size="small") == folder / LAYERS
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_another_seed_is_written_over_an_unchanged_demo(folder: Path, written: Path) -> None:
    (folder / "layers/schools.csv").write_text("mine", encoding="utf-8")
    demo.write(folder, size="small", seed=7)
    assert (folder / SITES).read_bytes() != (written / SITES).read_bytes()
    demo.write(folder, size="small")
    assert _contents(folder) == {**_contents(written), "layers/schools.csv": b"mine"}


# --- a planner's edits stay ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_simulation")
@pytest.mark.parametrize("asked", [{}, {"seed": 7}, {"size": "province"}])
def test_an_edit_is_never_overwritten(folder: Path, asked: dict[str, Any]) -> None:
    _edit(folder, SITES)
    said = _refused(folder, **asked)
    assert f"since it was written: {SITES}; {REMEDY}" in said
    assert str(folder) in said


@pytest.mark.usefixtures("no_simulation")
def test_many_changes_are_counted(folder: Path) -> None:
    _edit(folder, SITES, CELLS, LAYERS)
    assert f": {SITES}, {CELLS}, {LAYERS}; run" in _refused(folder)
    (folder / "layers/roads.gpkg").unlink()
    (folder / "layers/terrain.tif").unlink()
    assert f": {SITES}, {CELLS}, layers/terrain.tif and 2 more; run" in _refused(folder)


@pytest.mark.usefixtures("no_simulation")
def test_a_missing_layers_toml_is_a_change(folder: Path) -> None:
    (folder / LAYERS).unlink()
    assert f": {LAYERS}; " in _refused(folder)


@pytest.mark.usefixtures("no_simulation")
def test_a_planners_file_under_a_name_unknown_to_the_receipt_is_not_overwritten(folder: Path) -> None:
    # As if an earlier release had not written parks, and the planner had brought some.
    receipt = read_receipt(folder / RECEIPT)
    assert receipt is not None
    parks = "layers/industrial_parks.gpkg"
    older = Receipt(receipt.size, 7, {name: digest for name, digest in receipt.files.items() if name != parks})
    (folder / RECEIPT).write_text(older.text(), encoding="utf-8")
    assert f": {parks}; " in _refused(folder)


@pytest.mark.usefixtures("no_simulation")
def test_a_demo_without_a_readable_receipt_counts_as_changed(folder: Path) -> None:
    (folder / RECEIPT).write_text("{", encoding="utf-8")
    assert REMEDY in _refused(folder)
    (folder / RECEIPT).unlink()
    said = _refused(folder)
    assert RECEIPT in said
    assert REMEDY in said


# --- cut short, and folders that cannot be written ------------------------------------------------------------


@pytest.mark.parametrize("stop", [0, 4, 9, 10, 11])
def test_cut_short_while_put_in_place_can_be_repeated(
    folder: Path, written: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    done: list[str] = []
    replace = Path.replace

    def cut(self: Path, target: Path) -> Path:
        if len(done) == stop:
            raise KeyboardInterrupt
        done.append(self.name)
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        if stop < len(manifest.FILES) + 1:
            with pytest.raises(KeyboardInterrupt):
                demo.write(folder, size="small", seed=7)
        else:
            demo.write(folder, size="small", seed=7)
    assert (folder / LAYERS).exists() == (stop >= 10)
    demo.write(folder, size="small")
    assert _contents(folder) == _contents(written)
    assert not (folder / UNFINISHED).exists()


def test_an_edit_after_a_cut_at_the_last_step_stays(folder: Path) -> None:
    (folder / UNFINISHED).mkdir()
    (folder / RECEIPT).replace(folder / UNFINISHED / Path(RECEIPT).name)
    _edit(folder, LAYERS)
    assert f": {LAYERS}; " in _refused(folder)


def test_a_full_disk_is_one_line_and_gets_its_room_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_province: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left\non device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "WRITERS", (*files.WRITERS[:2], ("cells.csv", full)))
        with pytest.raises(RunError, match=r"No space left on device.*free some space or name another folder"):
            demo.write(tmp_path / "full", size="small")
    assert _contents(tmp_path / "full") == {}
    assert demo.write(tmp_path / "full", size="small").exists()


@pytest.mark.parametrize("writer", [writer for _, writer in files.WRITERS], ids=[name for name, _ in files.WRITERS])
def test_no_writer_is_silent_about_a_disk_that_fails(writer: Any, small_province: province.Province) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(OSError, match="No space left"):
        writer(small_province, Path("/dev/full"))


@pytest.fixture(scope="module")
def small_province() -> province.Province:
    return province.simulate("small", seed=2026)


@pytest.mark.usefixtures("no_simulation")
def test_impossible_folders_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    impossible: Iterable[Path] = [tmp_path / "file" / "under", tmp_path / ("x" * 300)]
    if Path("/proc/self").exists():
        impossible = [*impossible, Path("/proc/x")]
    for folder in impossible:
        with pytest.raises(RunError, match="cannot be written to") as caught:
            demo.write(folder)
        assert str(folder) in str(caught.value)
        assert "\n" not in str(caught.value)
