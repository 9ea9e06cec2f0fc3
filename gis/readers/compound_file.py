"""Compound file: the container of an XLS, looked through before it is opened.

It is a disk in small: sectors, and a table (FAT) that says of each sector which one comes next. In a damaged file such
a chain may run in a circle, and calamine would follow it until the memory is full; a cell may stand in row and column
65,536, and calamine would set memory for the whole sheet aside, which ends the program.

References
----------
[MS-CFB] Compound File Binary File Format; [MS-XLS] 2.5 (records). Both by Microsoft, open specifications.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["look_through", "streams"]

_END = 0xFFFFFFFE
_FREE = 0xFFFFFFFF
_LARGEST_SECTOR = 0xFFFFFFFA
_HEADER = 512
_IN_HEADER = 109
_ENTRY = 128
_ROOT, _STREAM = 5, 2
_CUTOFF = 4096
_MINI = 64
_SHIFTS = {3: 9, 4: 12}
# Records of a cell begin with its row and column; those of several cells in a row end with the last column.
_CELL = {0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_CELLS = {0x00BD, 0x00BE}
_DIMENSIONS, _LOCKED, _SHEET, _TEXTS = 0x0200, 0x002F, 0x0085, 0x00FC
_LEAST_TEXT = 3
_EXTENTS = {10: "<HHHH", 14: "<IIHH"}
_ROWS, _COLUMNS = 65_536, 256
_BOOKS = ("Workbook", "Book")


def streams(data: bytes) -> dict[str, bytes]:
    """Read all streams of a compound file, e.g. ``Workbook``.

    Parameters
    ----------
    data : bytes
        The file.

    Raises
    ------
    ValueError
        Where a chain runs in a circle or out of the file, or a length is more than the file has.
    """
    return _Disk(data).streams()


def look_through(data: bytes) -> None:
    """Look through an XLS.

    Parameters
    ----------
    data : bytes
        The file.

    Raises
    ------
    ValueError
        Where it must not be opened: it is broken (`streams`), or a cell stands where no XLS has one.
    """
    held = streams(data)
    for book in (held[name] for name in _BOOKS if name in held):
        starts, seen = [0], set[int]()
        while starts:
            for place, kind, body in _records(book, starts.pop()):
                if place in seen:
                    break
                seen.add(place)
                if kind == _LOCKED:
                    return  # all that follows is encrypted; calamine says so
                if kind == _SHEET and len(body) >= 4:  # noqa: PLR2004 - where the sheet begins
                    starts += struct.unpack_from("<I", body)
                elif harm := _harm(kind, body, len(book)):
                    raise ValueError(f"its record at byte {place:,} {harm}")


def _records(book: bytes, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield place, kind and body of each record until one runs out of the stream."""
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        yield start, kind, book[start + 4 : start + 4 + length]
        start += 4 + length


def _harm(kind: int, body: bytes, size: int) -> str:
    """Return what makes calamine set more memory aside than there is; empty where nothing does."""
    top = left = bottom = right = 0
    if kind in _CELLS and len(body) >= 6:  # noqa: PLR2004 - row, first and last column
        bottom, left = struct.unpack_from("<HH", body)
        (right,) = struct.unpack_from("<H", body, len(body) - 2)
    elif kind in _CELL and len(body) >= 4:  # noqa: PLR2004 - row and column
        bottom, right = struct.unpack_from("<HH", body)
    elif kind == _DIMENSIONS and len(body) in _EXTENTS:
        top, bottom, left, right = struct.unpack_from(_EXTENTS[len(body)], body)
        if not bottom or not right:
            return ""  # an empty sheet
        bottom, right = bottom - 1, right - 1  # these are counted from 1
    elif kind == _TEXTS and len(body) >= 8:  # noqa: PLR2004 - all texts, different texts
        (count,) = struct.unpack_from("<4xI", body)
        return f"announces {count:,} texts, more than the file has room for" if _LEAST_TEXT * count > size else ""
    if bottom >= _ROWS or right >= _COLUMNS:
        return f"reaches to row {bottom + 1:,} and column {right + 1:,}, which no .xls has"
    if top > bottom + 1 or left > right + 1:
        return f"begins at row {top + 1:,} and column {left + 1:,} and ends before, at {bottom + 1:,} and {right + 1:,}"
    return ""


class _Disk:
    """The sectors of a compound file and their table."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER:
            raise ValueError("its header breaks off")
        self.data = data
        major, _, shift = struct.unpack_from("<HHH", data, 26)
        if _SHIFTS.get(major) != shift:
            raise ValueError(f"its header names version {major} with sectors of 2^{shift} bytes, which do not exist")
        self.sector = 1 << shift
        self.directory, _, cutoff, self.mini, _, extra = struct.unpack_from("<6I", data, 48)
        if cutoff != _CUTOFF:
            raise ValueError(f"its header puts streams below {cutoff} bytes aside, not those below {_CUTOFF}")
        self.table = self._table(extra)

    def _get(self, number: int) -> bytes:
        start = (number + 1) * self.sector
        if start >= len(self.data):
            raise ValueError(f"it refers to sector {number:,}, which lies behind its end")
        return self.data[start : start + self.sector]

    def _table(self, extra: int) -> NDArray[np.uint32]:
        """Return which sector comes next, by sector; `extra` is where the list of the table's own sectors goes on."""
        listed = list(struct.unpack_from(f"<{_IN_HEADER}I", self.data, 76))
        seen = set()
        while extra < _LARGEST_SECTOR:
            if extra in seen:
                raise ValueError("the list of its table's sectors runs in a circle")
            seen.add(extra)
            part = np.frombuffer(self._get(extra).ljust(self.sector, b"\xff"), "<u4").tolist()
            listed += part[:-1]
            extra = part[-1]
        whole = b"".join(self._get(number).ljust(self.sector, b"\xff") for number in listed if number != _FREE)
        return np.frombuffer(whole, "<u4")

    def chain(self, start: int, table: NDArray[np.uint32]) -> list[int]:
        """Return the sectors of a chain in order."""
        found: list[int] = []
        while start != _END:
            if start >= len(table):
                raise ValueError(f"a chain of its sectors leads to {start:,}, which does not exist")
            if len(found) > len(table):
                raise ValueError("a chain of its sectors runs in a circle")
            found.append(start)
            start = int(table[start])
        return found

    def _read(self, start: int) -> bytes:
        return b"".join(self._get(number) for number in self.chain(start, self.table))

    def streams(self) -> dict[str, bytes]:
        entries = self._entries(self._read(self.directory))
        root = next((entry for entry in entries if entry[1] == _ROOT), None)
        small = b"" if root is None else self._read(root[2])
        minis = np.frombuffer(self._read(self.mini), "<u4")
        found: dict[str, bytes] = {}
        for name, kind, start, length in entries:
            if length > len(self.data):
                raise ValueError(f"one of its parts would be {length:,} bytes long, longer than the file")
            if kind == _STREAM and length >= _CUTOFF:
                found[name] = self._read(start)[:length]
            elif kind == _STREAM and length:
                pieces = (small[number * _MINI : (number + 1) * _MINI] for number in self.chain(start, minis))
                found[name] = b"".join(pieces)[:length]
        return found

    def _entries(self, directory: bytes) -> list[tuple[str, int, int, int]]:
        """Return name, kind, first sector and length of what the file holds."""
        found = []
        for place in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            entry = directory[place : place + _ENTRY]
            kind = entry[66]
            if kind:
                start, length = struct.unpack_from("<IQ" if self.sector > _HEADER else "<II", entry, 116)
                name = entry[:64].decode("utf-16-le", "replace").split("\0")[0]
                found.append((name, kind, start, length))
        return found
