"""The container of an XLS, and what in a damaged one would end the program that opens it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.readers.compound_file import look_through, streams
from phusong.gis.readers.excel import read_excel

_END, _FREE, _OF_TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
TABLE, DIRECTORY, BOOK = 0, 1, 2
"""Sectors of the files made here."""


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def number(row: int, column: int, value: float) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def label(row: int, column: int, text: str) -> bytes:
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode("latin-1"))


def book(*cells: bytes) -> bytes:
    """Return the stream of a workbook in BIFF8 with one sheet, S."""
    version, end = struct.pack("<HHHHII", 0x0600, 0, 0, 0, 0, 0), record(0x000A, b"")
    opening = record(0x0809, version[:2] + b"\x05\x00" + version[4:])
    start = len(opening) + 4 + 9 + len(end)
    globals_ = opening + record(0x0085, struct.pack("<IHBB", start, 0, 1, 0) + b"S") + end
    return globals_ + record(0x0809, version[:2] + b"\x10\x00" + version[4:]) + b"".join(cells) + end


def entry(name: str, kind: int, start: int, length: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2 if text else 0, kind, 1)
    return head + b"\xff" * 12 + bytes(36) + struct.pack("<IQ", start, length)


def container(stream: bytes) -> bytes:
    """Return a compound file (version 3) that holds one stream, Workbook, in sectors of its own."""
    stream = stream.ljust(4096, b"\0")
    stream = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    count = len(stream) // 512
    table = [_OF_TABLE, _END, *range(BOOK + 1, BOOK + count), _END]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, DIRECTORY, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", TABLE, *[_FREE] * 108)
    directory = entry("Root Entry", 5, _END, 0) + entry("Workbook", 2, BOOK, len(stream)) + bytes(256)
    return header + struct.pack("<128I", *(table + [_FREE] * 128)[:128]) + directory + stream


SMALL = book(label(0, 0, "park_id"), label(0, 1, "x_m"), number(1, 0, 7), number(1, 1, 2.5))


def patched(data: bytes, place: int, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(f"<{len(values)}I", changed, place, *values)
    return bytes(changed)


def refused(path: Path, data: bytes) -> str:
    """Return the one fault of an XLS that must not be opened."""
    path.write_bytes(data)
    findings = Findings()
    notes = findings.of("industrial_parks", path.name)
    assert read_excel(path, sheet=None, header_row=None, layer="industrial_parks", notes=notes) is None
    (fault,) = findings.faults
    assert fault.remedy == "bring the file again, or open it in a spreadsheet and save it as .xlsx"
    return fault.rule


def test_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "t.xls"
    path.write_bytes(container(SMALL))
    assert streams(path.read_bytes())["Workbook"].startswith(SMALL)
    findings = Findings()
    notes = findings.of("industrial_parks", path.name)
    table = read_excel(path, sheet=None, header_row=None, layer="industrial_parks", notes=notes)
    assert table is not None
    assert table.to_dict("list") == {"park_id": ["7"], "x_m": ["2.5"]}


def test_real_files(shared: Path) -> None:
    files = sorted((shared / "data/formats").rglob("*.xls"))
    assert files
    for path in files:
        look_through(path.read_bytes())
        assert {"Workbook", "Book"} & set(streams(path.read_bytes()))


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (512 + 4 * DIRECTORY, DIRECTORY, "a chain of its sectors runs in a circle"),
        (512 + 4 * (BOOK + 3), BOOK, "a chain of its sectors runs in a circle"),
        (512 + 4 * (BOOK + 3), 4_000_000, "a chain of its sectors leads to 4,000,000, which does not exist"),
        (48, 127, "a chain of its sectors leads to 4,294,967,295, which does not exist"),
        (76, 500, "it refers to sector 500, which lies behind its end"),
        (68, BOOK, "the list of its table's sectors runs in a circle"),
        (512 + 512 + 128 + 120, 0x7FFFFFFF, "one of its parts would be 2,147,483,647 bytes long, longer"),
        (56, 5, "its header puts streams below 5 bytes aside, not those below 4096"),
        (26, 0xFFFE0009, "its header names version 9 with sectors of 2^9 bytes, which do not exist"),
    ],
)
def test_a_damaged_container(tmp_path: Path, place: int, value: int, why: str) -> None:
    data = container(SMALL)
    if place == 68:
        data = patched(data, 512 * (BOOK + 1) + 508, BOOK)
    rule = refused(tmp_path / "t.xls", patched(data, place, value))
    assert rule.startswith(f"the workbook is broken ({why}")


@pytest.mark.parametrize(
    ("cell", "harm"),
    [
        (number(65535, 65535, 1.0), "reaches to row 65,536 and column 65,536, which no .xls has"),
        (number(3, 256, 1.0), "reaches to row 4 and column 257, which no .xls has"),
        (record(0x00BE, struct.pack("<HHHH", 3, 2, 0, 60000)), "reaches to row 4 and column 60,001, which no .xls has"),
        (
            record(0x0200, struct.pack("<IIHHH", 0, 0x7FFFFFFF, 0, 14, 0)),
            "reaches to row 2,147,483,647 and column 14, which no .xls has",
        ),
        (record(0x0200, struct.pack("<HHHHH", 0, 3, 0, 300, 0)), "reaches to row 3 and column 300, which no .xls has"),
        (
            record(0x0200, struct.pack("<IIHHH", 9, 3, 0, 2, 0)),
            "begins at row 10 and column 1 and ends before, at 3 and 2",
        ),
        (
            record(0x00FC, struct.pack("<II", 1, 0x7FFFFFFF)),
            "announces 2,147,483,647 texts, more than the file has room for",
        ),
    ],
)
def test_a_record_that_wants_all_memory(tmp_path: Path, cell: bytes, harm: str) -> None:
    """Calamine would set memory for thousands of millions of cells or texts aside, and the process would be ended."""
    place = len(book(label(0, 0, "park_id"))) - 4
    rule = refused(tmp_path / "t.xls", container(book(label(0, 0, "park_id"), cell)))
    assert rule == f"the workbook is broken (its record at byte {place} {harm})"
    # The same where only the sheet's own beginning leads to it.
    hidden = record(0x0000, cell)
    stream = bytearray(book(label(0, 0, "park_id"), hidden))
    struct.pack_into("<I", stream, 24, place + 4)
    rule = refused(tmp_path / "t.xls", container(bytes(stream)))
    assert rule == f"the workbook is broken (its record at byte {place + 4} {harm})"


@pytest.mark.parametrize("extent", [(0, 0, 0, 0), (5, 5, 0, 3), (0, 65536, 0, 256)])
def test_an_extent_that_says_nothing_wrong(extent: tuple[int, int, int, int]) -> None:
    look_through(container(book(record(0x0200, struct.pack("<IIHHH", *extent, 0)))))


def test_what_follows_a_password_is_not_looked_at() -> None:
    look_through(container(book(record(0x002F, b"\x01\x00"), number(65535, 65535, 1.0))))


@settings(deadline=None, max_examples=300)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 40), head=st.booleans())
def test_whatever_is_broken_is_said(seed: int, count: int, head: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    rng = np.random.default_rng(seed)
    data = bytearray(container(SMALL))
    for place in rng.integers(0, 1536 if head else len(data), count):
        data[place] = rng.choice(np.array([0, 1, 2, 3, 0xFE, 0xFF, rng.integers(256)]))
    held, said = {}, ""
    try:
        held = streams(bytes(data))
    except ValueError as err:
        said = str(err)
    assert said.startswith(("", "a chain", "it refers", "its ", "one of", "the list")[bool(said) :])
    assert sum(map(len, held.values())) <= 4 * len(data)
