"""Random broken tables: no traceback, and no record lost in silence."""

from __future__ import annotations

import copy
import csv
import dataclasses
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.gis import check_layers

QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = settings(QUICK, max_examples=10)
NASTY = st.one_of(
    st.sampled_from(
        ["", " ", "nan", "inf", "-1", "1e999", "30,5", "\x00", '"', "'", "S1", "S2", "A", "4G", "106.9", "11.54", "có"]
    ),
    st.text(max_size=8),
    st.floats().map(str),
    st.integers().map(str),
)


def broken(rows: list[list[Any]], draw: Any) -> list[list[str]]:
    """Return the table with some cells, rows and names changed."""
    table = [[str(cell) for cell in row] for row in rows]
    for _ in range(draw(st.integers(0, 6))):
        row = draw(st.integers(0, len(table) - 1))
        change = draw(st.sampled_from(["cell", "cell", "cell", "drop", "add", "double", "blank"]))
        if change == "cell" and table[row]:
            table[row][draw(st.integers(0, len(table[row]) - 1))] = draw(NASTY)
        elif change == "drop" and table[row]:
            table[row].pop()
        elif change == "add":
            table[row].append(draw(NASTY))
        elif change == "double":
            table.append(list(table[row]))
        elif change == "blank":
            table.insert(row, [])
    return table


def as_csv(table: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode("utf-8", "surrogatepass")


@pytest.fixture
def one(tmp_path: Path, pattern: Any) -> Any:
    """Return one copy of the tiny world, used by all examples of a test."""
    import shutil

    shutil.copytree(pattern.folder, tmp_path, dirs_exist_ok=True)
    return replace(pattern, folder=tmp_path, province=dict(pattern.province), layers=copy.deepcopy(pattern.layers))


def listed(findings: Any, layer: str) -> set[str]:
    """Return the rows of a layer that a fault or a repair names."""
    rows = {str(f.row) for f in findings.faults if f.layer == layer and f.row is not None}
    return rows | {r.row for r in findings.repairs if r.layer == layer and r.row != "*"}


@QUICK
@given(data=st.data())
def test_broken_tables_are_faults_and_rows_are_conserved(one: Any, data: st.DataObject) -> None:
    for name, rows in (("sites", one_sites()), ("cells", one_cells())):
        one.text(f"{name}.csv", as_csv(broken(rows, data.draw)))
    one.layers["sites"]["outside"] = data.draw(st.sampled_from(['"error"', '"drop"']))
    findings, summaries = one.check()
    for fault in findings.faults:
        assert "\n" not in fault.line()
        json.dumps(dataclasses.asdict(fault), allow_nan=False)
    for layer, summary in summaries.items():
        if layer in {"sites", "cells"}:
            whole = any(f.layer == layer and f.row is None and f.severity == "error" for f in findings.faults)
            assert whole or summary.rows - summary.used <= len(listed(findings, layer))
    for layer in ("sites", "cells"):
        assert layer in summaries or any(f.layer == layer and f.severity == "error" for f in findings.faults)


@QUICK
@given(
    rubbish=st.binary(max_size=300), name=st.sampled_from(["sites.csv", "cells.csv", "communes.gpkg", "terrain.tif"])
)
def test_rubbish_in_place_of_a_file(one: Any, rubbish: bytes, name: str) -> None:
    kept = (one.folder / name).read_bytes()
    try:
        one.text(name, rubbish)
        findings, _ = one.check()
        assert not findings.may_run
    finally:
        one.text(name, kept)


@FEW
@given(place=st.integers(0, 60_000), junk=st.binary(min_size=1, max_size=8))
def test_a_flipped_byte_in_a_binary_file(one: Any, place: int, junk: bytes) -> None:
    """Whatever a damaged GeoPackage or GeoTIFF holds, it is read or refused."""
    for name in ("communes.gpkg", "population.tif"):
        kept = (one.folder / name).read_bytes()
        at = place % len(kept)
        try:
            one.text(name, kept[:at] + junk + kept[at + len(junk) :])
            findings, _ = one.check()
            for fault in findings.faults:
                assert fault.rule
        finally:
            one.text(name, kept)


@QUICK
@given(
    text=st.one_of(st.text(max_size=60), st.from_regex(r"(\[(province|layers\.sites)\]\n([a-z_]+ = [\"0-9a-z]+\n)*)*"))
)
def test_any_text_as_layers_toml(tmp_path: Path, text: str) -> None:
    path = tmp_path / "layers.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputError):
        check_layers(path)


def one_sites() -> list[list[Any]]:
    return [
        ["site_id", "name", "lon", "lat", "height_m", "owner"],
        ["S1", "Trạm 1", 106.90, 11.54, 42, "A"],
        ["S2", "Trạm 2", 106.92, 11.56, 30, "A"],
        ["S3", "Trạm 3", 107.96, 11.56, 25, "B"],
    ]


def one_cells() -> list[list[Any]]:
    return [
        ["cell_id", "site_id", "operator", "technology", "band", "azimuth_deg"],
        ["C1", "S1", "A", "4G", "LTE1800", 0],
        ["C2", "S1", "A", "2G", "GSM900", ""],
        ["C3", "S2", "B", "4G", "", 120],
        ["C4", "S3", "B", "3G", "UMTS2100", 240],
    ]
