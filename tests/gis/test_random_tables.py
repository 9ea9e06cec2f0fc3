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
from phusong.gis.columns.conform import conform
from phusong.gis.findings import Findings
from phusong.gis.readers.tables import read_table
from phusong.gis.schemas import layer_columns

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


# --- one table alone: read and conformed ---------------------------------------------------------------------------

HEADERS = {
    "sites": [["site_id", "lon", "lat", "height_m"], ["STT", "Mã trạm", "Tọa độ", "Độ cao trạm (m)", "Ghi chú"]],
    "cells": [["cell_id", "site_id", "operator", "technology", "band", "tilt_deg"], ["Mã cell", "M-tilt", "E-tilt"]],
    "hamlets": [["Mã thôn", "Tên ấp", "Kinh độ", "Vĩ độ", "Số hộ", "Có điện"]],
    "census": [["Mã xã", "Dân số", "Số hộ"], ["c", "total", "urban"]],
    "fibre": [["Tên tuyến", "Điểm đầu X", "Điểm đầu Y", "Loại cáp", "Chiều dài (km)"]],
}
VALUES = st.one_of(
    NASTY,
    st.sampled_from(
        [
            *("Tổng cộng", "Cộng", "I", "II", "(1)", "(2)", "1", "2", "-", "N/A", "GSM", "L1800", "900 MHz", "x"),
            *("1.234", "1,234", "1.234,5", "1 234", "42 m", "105,34808/22,62924", "11°32′N", "106°53'00\"E", "ngầm"),
            *("Huyện Lộc Ninh", "Lo\u0323\u0302c", "\ufeff", "\u202e", "\u00a0", "9" * 400, "\ud800", "\x85", "\u2028"),
            *("\r", "\n", "\t", ";", "|"),
        ]
    ),
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1258", "cp1252", "latin-1")


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """Draw a layer and a table of it: header here or there, doubled or cut; rows of any length."""
    layer = draw(st.sampled_from(sorted(HEADERS)))
    header = list(draw(st.sampled_from(HEADERS[layer])))
    if draw(st.booleans()):
        header = draw(st.lists(st.one_of(st.sampled_from(header), st.text(max_size=6)), max_size=7))
    width = len(header)
    rows = draw(st.lists(st.lists(VALUES, min_size=max(width - 1, 0), max_size=width + 1), max_size=9))
    titles = draw(st.lists(st.lists(st.sampled_from(["", "DANH SÁCH", "Phụ lục 1"]), max_size=width), max_size=2))
    once_more: bool = draw(st.booleans())
    if rows and once_more:
        rows.insert(draw(st.integers(0, len(rows))), header)
    return layer, [*titles, header, *rows]


@settings(QUICK, max_examples=300)
@given(data=st.data(), drawn=tables(), mark=st.sampled_from(",;\t|"), encoding=st.sampled_from(ENCODINGS))
def test_every_row_is_a_record_or_is_listed(
    tmp_path: Path, *, data: st.DataObject, drawn: tuple[str, list[list[str]]], mark: str, encoding: str
) -> None:
    layer, rows = drawn
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, lineterminator=data.draw(st.sampled_from(["\n", "\r\n"]))).writerows(rows)
    raw = text.getvalue().encode(encoding, "backslashreplace")
    if data.draw(st.integers(0, 3)) == 0:
        at = data.draw(st.integers(0, len(raw)))
        raw = raw[:at] + data.draw(st.binary(max_size=3)) + raw[at:]
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    findings = Findings()
    notes = findings.of(layer, "t.csv")
    table = read_table(path, encoding=data.draw(st.sampled_from(["auto", encoding])), notes=notes, layer=layer)
    if table is None:
        assert any(fault.severity == "error" for fault in findings.faults)
        return
    ragged = {str(f.row) for f in findings.faults if f.row is not None and f.rule.startswith("the row has")}
    aside = {repair.row for repair in findings.repairs if repair.row != "*"}
    assert not ragged & aside
    assert not (ragged | aside) & {str(row) for row in table.index}
    assert table.attrs["records"] == len(table) + len(ragged) + len(aside)
    decimal = data.draw(st.sampled_from(["auto", ".", ","]))
    found = conform(table, layer=layer, columns={}, constants={"simulated": "x"}, decimal=decimal, notes=notes)
    assert list(found.index) == list(table.index)
    dictionary = layer_columns(layer)
    assert list(found.columns) == list(dictionary)
    matched = {match.column: match.file_column for match in findings.matches}
    at_fault = {(fault.row, fault.column) for fault in findings.faults}
    for name, file_column in matched.items():
        # What a field held is there, or is a fault of its row, or was counted as empty, or is a fault of the column.
        if file_column not in table or (None, name) in at_fault or name == "tilt_deg":
            continue
        lost = found[name].isna() & (table[file_column] != "")
        said = [r for r in findings.repairs if r.what.startswith(f"counted as empty: {name}")]
        unsaid = [row for row in table.index[lost] if (row, name) not in at_fault]
        counted = sum(int(r.how_much.split()[0]) for r in said)
        two_ways = sum(int(f.rule.split()[0]) for f in findings.faults if f.column == name and "two ways" in f.rule)
        swapped = any("look swapped" in fault.rule for fault in findings.faults)
        split = any(r.what.startswith(f"read as two columns: {file_column}") for r in findings.repairs)
        split = split or any("no pair of coordinates" in f.rule for f in findings.faults)
        assert swapped or split or len(unsaid) <= counted + two_ways, (name, unsaid)
    for fault in findings.faults:
        assert "\n" not in fault.line()
        json.dumps(dataclasses.asdict(fault), allow_nan=False)


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
