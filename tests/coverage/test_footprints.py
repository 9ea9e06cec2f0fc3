"""Footprints and their cache: what is kept, when it is read again, and what a damaged or full disk does."""

from __future__ import annotations

import errno
import os
import runpy
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.coverage import Radio, footprint_store, gaps
from phusong.coverage.cells import Site
from phusong.coverage.footprint_store import FootprintCache
from phusong.coverage.footprints import UNKNOWN, Footprint, cells_of, footprint_of, footprints
from phusong.coverage.path_settings import PathSettings
from phusong.coverage.propagation import get_model
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.relief import Relief
from phusong.errors import RunError
from phusong.gis.terrain import Terrain

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")
_STRONGEST = runpy.run_path(str(Path(__file__).with_name("test_strongest.py")))
swept_radio: Callable[..., Radio] = _STRONGEST["swept_radio"]
cell_of, few_masts, hills = _STRONGEST["cell_of"], _STRONGEST["few_masts"], _STRONGEST["hills"]
GRID, WIDE = _STRONGEST["GRID"], _STRONGEST["WIDE"]
PARTS = ("starts", "numbers", "levels", "is_cut")


def same(one: Footprint, other: Footprint) -> None:
    for name in PARTS:
        left, right = getattr(one, name), getattr(other, name)
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def with_void() -> Radio:
    ground = hills(WIDE)
    ground[70:75, 60:66] = np.nan
    return swept_radio(ground, paths=PathSettings(exact=True))


@pytest.mark.parametrize(
    "radio", [with_void(), swept_radio(model=get_model("hata"), relief=None)], ids=["p1812", "hata"]
)
def test_a_footprint_is_the_signal_from_the_threshold_on(radio: Radio) -> None:
    site = few_masts()[0]
    site = replace(site, cells=(*site.cells, cell_of(cell_id="0", eirp_dbm=-15.0)))
    found = footprint_of(radio, site)
    assert [cell.cell_id for cell in cells_of(site)] == ["0", "a", "b"]
    for row, cell in enumerate(cells_of(site)):
        ((_, numbers, level),) = radio.signals(replace(site, cells=(cell,)))
        kept = np.isnan(level) | (np.round(level, 2) >= radio.thresholds_dbm["4G"])
        part = slice(*found.starts[row : row + 2])
        np.testing.assert_array_equal(found.numbers[part], numbers[kept])
        expected = np.where(np.isnan(level), UNKNOWN / 100.0, np.round(level, 2))[kept]
        np.testing.assert_allclose(found.levels[part] / 100.0, expected, atol=1e-4)
    weakest = found.levels[: found.starts[1]]
    assert weakest[weakest != UNKNOWN].min(initial=0) >= -11_500
    assert (found.levels == UNKNOWN).any() == radio.is_swept


def test_footprints_of_many_masts_are_rows_of_one_matrix() -> None:
    radio, sites = with_void(), few_masts()
    found = footprints(radio, sites, workers=2)
    assert found.matrix.shape == found.unknown.shape == (len(found.cells), GRID.size)
    assert [cell.cell_id for cell in found.cells] == ["a", "b", "c", "d", "e", "f", "g", "h"]
    assert found.site_ids == ("s0", "s0", "s1", "s1", "s2", "s3", "s3", "s4")
    assert found.matrix.dtype == np.float32
    assert found.unknown.nnz
    row = 0
    for site in sites:
        one = footprint_of(radio, site)
        for number in range(len(site.cells)):
            part = slice(*one.starts[number : number + 2])
            known = one.levels[part] != UNKNOWN
            dense = found.matrix[[row]].toarray()[0]
            np.testing.assert_array_equal(np.flatnonzero(dense), one.numbers[part][known])
            np.testing.assert_allclose(dense[one.numbers[part][known]], one.levels[part][known] / 100.0, rtol=1e-6)
            np.testing.assert_array_equal(np.flatnonzero(found.unknown[[row]].toarray()), one.numbers[part][~known])
            row += 1


def test_what_footprints_cover_is_what_siting_counts() -> None:
    radio, sites = swept_radio(), few_masts()
    found = footprints(radio, sites)
    levels = {technology: radio.service_level_dbm(technology) for technology in radio.thresholds_dbm}
    covers = found.covers(levels)
    assert covers.dtype == bool
    for site in sites:
        rows = [n for n, name in enumerate(found.site_ids) if name == site.site_id]
        np.testing.assert_array_equal(np.unique(covers[rows].indices), gaps.footprint(radio, site))


def test_no_mast_makes_an_empty_matrix() -> None:
    found = footprints(swept_radio(), [])
    assert (found.cells, found.matrix.shape, found.covers({}).nnz) == ((), (0, GRID.size), 0)
    bare = footprint_of(swept_radio(), Site("bare", 551_000.0, 1_288_000.0, ()))
    assert (bare.starts.tolist(), bare.numbers.size, bare.is_cut.size) == ([0], 0, 0)


def test_levels_beyond_all_reason_do_not_wrap_around() -> None:
    radio = swept_radio(model=get_model("free-space"), relief=None, thresholds_dbm={"4G": -400.0})
    for eirp_dbm, held in ((-900.0, 0), (900.0, 32_767)):
        found = footprint_of(radio, Site("s", 551_000.0, 1_288_000.0, (cell_of(eirp_dbm=eirp_dbm),)))
        assert found.levels.max(initial=0) == held


# The cache.


def test_what_was_predicted_is_read_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bộ đệm" / "vùng phủ"
    radio, sites = with_void(), few_masts()
    first = FootprintCache(folder)
    made = [first.get(radio, site) for site in sites]
    assert (first.read, first.written) == (0, 5)

    def never(radio: Radio, site: Site) -> Footprint:
        raise AssertionError(f"{site.site_id} was predicted again over {radio.grid}")

    monkeypatch.setattr(footprint_store, "footprint_of", never)
    # Another day: another process, another object with the same content.
    second, again = FootprintCache(folder), with_void()
    for site, one in zip(few_masts(), made, strict=True):
        same(second.get(again, site), one)
    assert (second.read, second.written) == (5, 0)
    assert len(list(folder.iterdir())) == 5


def _changes() -> dict[str, Callable[[Radio, Site], tuple[Radio, Site]]]:
    def cell(**fields: Any) -> Callable[[Radio, Site], tuple[Radio, Site]]:
        return lambda radio, site: (radio, replace(site, cells=(replace(site.cells[0], **fields), *site.cells[1:])))

    def field(**fields: Any) -> Callable[[Radio, Site], tuple[Radio, Site]]:
        return lambda radio, site: (replace(radio, **fields), site)

    def clutter(radio: Radio, site: Site) -> tuple[Radio, Site]:
        assert radio.relief is not None
        trees = np.zeros(WIDE.shape, np.float32)
        return replace(radio, relief=replace(radio.relief, clutter_m=trees)), site

    def ground(radio: Radio, site: Site) -> tuple[Radio, Site]:
        other = Terrain(WIDE, hills(WIDE, 9))
        return replace(radio, relief=Relief.of(other), elevation_m=other.on(GRID).ravel(), terrain=other), site

    return {
        "moved": lambda radio, site: (radio, replace(site, x_m=site.x_m + 1e-6)),
        "height": cell(height_m=40.5),
        "azimuth": cell(azimuth_deg=1.0),
        "omni": cell(azimuth_deg=None),
        "tilt": cell(tilt_deg=4.1),
        "mechanical": cell(mechanical_tilt_deg=2.0),
        "power": cell(eirp_dbm=30.01),
        "technology": cell(technology="5G"),
        "one less": lambda radio, site: (radio, replace(site, cells=site.cells[1:])),
        "climate and time": field(model=P1812(p_percent=49.0)),
        "lattice": field(paths=PathSettings(step_m=31.0)),
        "exact": field(paths=PathSettings(exact=True)),
        "radius": field(max_radius_m=1_601.0),
        "thresholds": field(thresholds_dbm={"2G": -105.0, "3G": -105.0, "4G": -114.0, "5G": -110.0}),
        "clutter": clutter,
        "ground": ground,
    }


@pytest.mark.parametrize("what", _changes())
def test_whatever_changes_a_footprint_changes_its_name(what: str, tmp_path: Path) -> None:
    cache, site = FootprintCache(tmp_path), few_masts()[0]
    radio = swept_radio(paths=PathSettings())
    assert cache.key(radio, site) == cache.key(swept_radio(paths=PathSettings()), site)
    assert cache.key(*_changes()[what](radio, site)) != cache.key(radio, site)


def test_another_version_of_the_code_reads_nothing_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    radio, site = swept_radio(), few_masts()[0]
    before = FootprintCache(tmp_path).key(radio, site)
    monkeypatch.setattr(footprint_store, "_code", lambda: b"another")
    assert FootprintCache(tmp_path).key(radio, site) != before


def test_names_and_margins_change_nothing(tmp_path: Path) -> None:
    cache, site, radio = FootprintCache(tmp_path), few_masts()[0], swept_radio()
    cells = tuple(replace(c, cell_id=f"x{c.cell_id}", operator="Ðổi tên") for c in reversed(site.cells))
    renamed = Site("khác", site.x_m, site.y_m, cells)
    assert cache.key(radio, renamed) == cache.key(radio, site)
    sure = replace(radio, budget=replace(radio.budget, edge_probability=0.95, sigma_db=4.0))
    assert cache.key(sure, site) == cache.key(radio, site)


def test_a_model_without_words_for_itself_is_never_taken_for_another(tmp_path: Path) -> None:
    class Nameless:
        name, uses_terrain = "nameless", False

    radio = swept_radio(model=Nameless(), relief=None)
    assert FootprintCache(tmp_path).key(radio, few_masts()[0]) != FootprintCache(tmp_path).key(radio, few_masts()[0])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Radio, Site, bytes, Footprint]:
    folder = tmp_path_factory.mktemp("kept")
    radio, site = swept_radio(max_radius_m=300.0), few_masts()[0]
    made = FootprintCache(folder).get(radio, site)
    (path,) = folder.iterdir()
    return radio, site, path.read_bytes(), made


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_predicted_again(
    data: st.DataObject, kept: tuple[Radio, Site, bytes, Footprint], tmp_path: Path
) -> None:
    radio, site, whole, made = kept
    cache = FootprintCache(tmp_path)
    path = tmp_path / f"{cache.key(radio, site)}.npz"
    how = data.draw(st.sampled_from(["cut", "flip", "empty", "text", "zeros"]))
    if how == "cut":
        broken = whole[: data.draw(st.integers(1, len(whole) - 1))]
    elif how == "flip":
        at = data.draw(st.integers(0, len(whole) - 1))
        broken = whole[:at] + bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))]) + whole[at + 1 :]
    else:
        broken = {"empty": b"", "text": b"khong phai npz", "zeros": bytes(len(whole))}[how]
    path.write_bytes(broken)
    same(cache.get(radio, site), made)
    # Whatever a flipped bit left readable was whole; else a whole file stands there again.
    same(FootprintCache(tmp_path).get(radio, site), made)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: replace(f, numbers=f.numbers + GRID.size),
        lambda f: replace(f, numbers=f.numbers - GRID.size),
        lambda f: replace(f, starts=f.starts[:-1]),
        lambda f: replace(f, starts=f.starts[::-1].copy()),
        lambda f: replace(f, starts=f.starts + 1),
        lambda f: replace(f, levels=f.levels[:-1]),
        lambda f: replace(f, is_cut=f.is_cut[:-1]),
        lambda f: replace(f, levels=f.levels.astype(np.float64)),
    ],
)
def test_a_whole_file_with_impossible_content_counts_as_missing(
    spoil: Callable[[Footprint], Footprint], kept: tuple[Radio, Site, bytes, Footprint], tmp_path: Path
) -> None:
    radio, site, _, made = kept
    cache = FootprintCache(tmp_path)
    footprint_store._write(tmp_path / f"{cache.key(radio, site)}.npz", spoil(made))
    same(cache.get(radio, site), made)
    assert cache.written == 1


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(RunError, match=r"the cache of footprints .* cannot be written \(.*No space left"):
        footprints(swept_radio(max_radius_m=300.0), few_masts(), cache=FootprintCache(tmp_path), workers=2)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_belongs_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("x")
    with pytest.raises(RunError, match="name another folder"):
        FootprintCache(tmp_path / "cache")


_KILLED = """
import runpy, sys, time, zipfile
import numpy as np
tests = runpy.run_path(sys.argv[1])
plain = np.lib.format.write_array
def slowly(member, array, **keys):
    plain(member, array, **keys)
    print("half way", flush=True)
    time.sleep(60)
np.lib.format.write_array = slowly
cache = tests["FootprintCache"](tests["Path"](sys.argv[2]))
cache.get(tests["swept_radio"](max_radius_m=300.0), tests["few_masts"]()[0])
"""


def test_a_run_killed_while_it_writes_leaves_no_footprint(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", _KILLED, __file__, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "half way\n"
        os.kill(run.pid, signal.SIGKILL)
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".partial")
    cache = FootprintCache(tmp_path)
    site, radio = few_masts()[0], swept_radio(max_radius_m=300.0)
    same(cache.get(radio, site), footprint_of(radio, site))
    assert (cache.read, cache.written) == (0, 1)
    # A day later what was left is thrown away, and what is whole stays.
    os.utime(left, (time.time() - 90_000.0,) * 2)
    FootprintCache(tmp_path)
    (whole,) = tmp_path.iterdir()
    assert zipfile.is_zipfile(whole)
