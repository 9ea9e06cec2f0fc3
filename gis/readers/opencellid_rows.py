"""The records of an OpenCelliD file: text in blocks in, typed rows out, everything else tallied.

The file passes through in blocks of a few megabytes; what ``where`` or the province leaves out never stays in memory.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from phusong.gis.readers.opencellid_columns import COLUMNS, NEEDED, RADIOS, TECHNOLOGY
from phusong.gis.tally import LISTED, Tally

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from phusong.gis.findings import Notes

__all__ = ["MOST_WITHOUT_PROVINCE", "OUTSIDE", "Near", "Stream", "open_stream", "read_stream"]

# Bits of a cell's number: 3GPP TS 23.003 (GSM 16, UMTS 28, E-UTRAN 28) and TS 38.413 (NR 36).
_BITS = {"2G": 16, "3G": 28, "4G": 28, "5G": 36}
_MOST_AREA = 2**24 - 1  # a tracking area code of NR; those of LTE and location areas have 16 bits
_MOST_NET = 999
# ITU-T E.212: geographic countries 200 to 799, shared codes 901.
_COUNTRIES, _SHARED = (200, 799), 901
# Beyond an extended GSM cell's 120 km (3GPP TS 45.010) a range is a slip.
_MOST_RANGE_M = 120_000.0
_MOST_SAMPLES = 1e9
_SIGNAL_DBM = (-160.0, -1.0)
MOST_WITHOUT_PROVINCE = 2_000_000
_BLOCK_BYTES = 4 << 20
_HEAD_BYTES = 100_000
_GZIP = b"\x1f\x8b"
OUTSIDE = "dropped: outside the province"
_BROKEN = "the row does not have the header's number of fields"

Near = Callable[["ArrayLike", "ArrayLike"], "NDArray[np.bool_]"]
"""Tell which of lon, lat (degrees) lie in the province or near it."""


@dataclass(slots=True)
class Stream:
    """A file being read: what it is, and what has befallen its rows so far."""

    names: list[str]
    headed: bool
    separator: str
    quoted: bool
    encoding: str
    where: Mapping[str, tuple[str, ...]]
    near: Near | None
    drop: bool
    records: int = 0
    headers: int = 0
    bad: Tally = field(default_factory=Tally)
    far: Tally = field(default_factory=Tally)
    columns: dict[str, str] = field(default_factory=dict)
    ragged: list[int] = field(default_factory=list)
    swallowed: tuple[int, int] | None = None
    changed: tuple[int, str] | None = None
    left: dict[str, list[int]] = field(default_factory=dict)
    swapped: int = 0
    placed: int = 0

    def drop_bad(self, rule: str, column: str, rows: NDArray[np.int64], values: Any) -> None:
        """Note rows that break a rule, with what stands in a column."""
        self.columns.setdefault(rule, column)
        self.bad.add(rule, rows, values)

    def ragged_row(self, row: Any) -> str:
        """Note a line with too few or too many fields; the parser goes on."""
        self.ragged.append(row.number)
        if not row.text.strip():
            return "skip"  # blank lines carry no record
        self.records += 1
        self.drop_bad(_BROKEN, "", np.array([row.number]), [row.text[:200]])
        if (lines := row.text.count("\n")) and self.swallowed is None:
            self.swallowed = row.number, lines
        return "skip"


# --- opening -------------------------------------------------------------------------------------------------


def open_stream(
    path: Path, encoding: str, where: Mapping[str, tuple[str, ...]], near: Near | None, notes: Notes, *, drop: bool
) -> Stream | None:
    """Look at the file's first lines: separator, quotes, header."""
    # Everything that counts is ASCII: read byte by byte, a stray letter is a bad value and not the end of the file.
    encoding = "latin-1" if encoding.lower() in {"auto", "utf-8", "utf8", "utf-8-sig", "ascii"} else encoding
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            text = file.read(_HEAD_BYTES).decode(encoding, errors="replace")
    except (OSError, EOFError, zlib.error) as err:
        notes.fault(f"the file cannot be read ({getattr(err, 'strerror', None) or err})", "check it, or fetch it again")
        return None
    except LookupError:
        notes.fault(f"there is no encoding called {encoding!r}", 'write e.g. encoding = "utf-8"', column="encoding")
        return None
    lines = text.removeprefix("ï»¿").removeprefix("\ufeff").splitlines()
    if not lines or not lines[0].strip():
        notes.fault("the file is empty, or its first line is", f"its header is {','.join(COLUMNS)}", row=1)
        return None
    separator = max(",;\t|", key=lines[0].count)
    first = [_plain(name) for name in lines[0].split(separator)]
    known = {name.casefold(): name for name in COLUMNS}
    names = [known.get(name.casefold().replace("_", ""), name) for name in first]
    headed = len(set(names) & set(COLUMNS)) >= 3  # noqa: PLR2004 - no record holds three names of columns
    if not headed and any(_is_record(line.split(separator)) for line in lines[:20]):
        names = list(COLUMNS)
        notes.describe("OpenCelliD without a header: the 14 columns in their usual order")
    missing = [name for name in NEEDED if name not in names]
    for name in missing:
        notes.fault(
            "this is no OpenCelliD table: the column is missing", f"its header is {','.join(COLUMNS)}", column=name
        )
    double = sorted({name for name in names if name and names.count(name) > 1})
    for name in double:
        notes.fault("two columns have the same name", "rename or delete one of them", row=1, column=name)
    absent = [name for name in where if name not in names]
    for name in absent:
        notes.fault("where names a column the file does not have", f"the file has {', '.join(names)}", column=name)
    if missing or double:
        return None
    notes.describe(f"OpenCelliD CSV, separator {separator!r}{', gzip' if packed else ''}")
    return Stream(
        names=[name or f"({position})" for position, name in enumerate(names, start=1)],
        headed=headed,
        separator=separator,
        quoted='"' in text,
        encoding=encoding,
        where={name: tuple(values) for name, values in where.items() if name not in absent},
        near=near,
        drop=drop,
    )


def _plain(text: str) -> str:
    return text.strip().strip('"').strip()


def _is_record(fields: list[str]) -> bool:
    return len(fields) == len(COLUMNS) and _plain(fields[0]).upper() in RADIOS


# --- reading -------------------------------------------------------------------------------------------------


def read_stream(path: Path, stream: Stream, notes: Notes) -> pd.DataFrame | None:
    """Return the rows to use, typed."""
    kept = [_empty_cells()]
    try:
        kept += [_usable(batch, rows, stream) for batch, rows in _batches(path, stream)]
    except (pa.ArrowInvalid, OSError, EOFError, zlib.error, UnicodeError, ValueError) as err:
        notes.fault(
            f"the file cannot be read to its end ({err}); {stream.records} records came before",
            "fetch it again, or unpack it to see where it breaks off",
        )
        return None
    if stream.changed is not None:
        row, text = stream.changed
        notes.fault(
            "the header changes its columns in the middle of the file", "split the file there", row=row, value=text
        )
        return None
    if stream.swallowed is not None:
        row, lines = stream.swallowed
        notes.fault(
            f"a quotation mark that nothing closes swallows {lines} lines", "take it out", row=row, column="radio"
        )
    return pd.concat(kept, ignore_index=True)


def _empty_cells() -> pd.DataFrame:
    whole, number = np.zeros(0, np.int64), np.zeros(0)
    technology = pd.Categorical([], categories=list(TECHNOLOGY.values()))
    table: dict[str, Any] = {"row": whole, "technology": technology}
    table |= dict.fromkeys(("network", "area", "cell"), whole) | dict.fromkeys(
        ("lon", "lat", "range_m", "samples"), number
    )
    return pd.DataFrame(table | {"average_signal_dbm": number, "updated": number, "exact": np.zeros(0, bool)})


def _batches(path: Path, stream: Stream) -> Iterator[tuple[pa.RecordBatch, NDArray[np.int64]]]:
    """Give blocks of records as text, and the row of the file each stands in."""
    wanted = [name for name in dict.fromkeys([*COLUMNS, *stream.where]) if name in stream.names]
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    reader = pyarrow.csv.open_csv(
        pa.input_stream(str(path), compression="gzip" if packed else None),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=_BLOCK_BYTES, column_names=stream.names, encoding=stream.encoding
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=stream.separator,
            quote_char='"' if stream.quoted else False,
            ignore_empty_lines=False,
            invalid_row_handler=stream.ragged_row,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted
        ),
    )
    start = 1
    for batch in reader:
        rows = _numbered(len(batch), start, np.array(stream.ragged, np.int64))
        start += len(batch)
        trimmed = [pc.utf8_trim_whitespace(column) for column in batch.columns]
        yield pa.record_batch(trimmed, names=batch.schema.names), rows


def _numbered(count: int, start: int, ragged: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the file in which valid records stand: the next `count` of them, from the `start`-th on."""
    order = start + np.arange(count)
    # The j-th broken line (from 0) in row b comes after b - 1 - j valid records, and shifts all later ones by one.
    return order + np.searchsorted(ragged - np.arange(len(ragged)), order, side="right")


def _usable(batch: pa.RecordBatch, rows: NDArray[np.int64], stream: Stream) -> pd.DataFrame:
    """Return the block's usable records that are wanted; all others are tallied."""
    batch, rows = _records(batch, rows, stream)
    for name, wanted in stream.where.items():
        of_these = pc.is_in(batch[name], pa.array(wanted, pa.string()))
        before = len(batch)
        batch, rows = batch.filter(of_these), rows[of_these.to_numpy(zero_copy_only=False)]
        counts = stream.left.setdefault(name, [0, 0])
        counts[0] += before
        counts[1] += len(batch)
    lon, lat = _number(batch["lon"]), _number(batch["lat"])
    keep = np.ones(len(batch), bool)
    for name, values, limit in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        bad = keep & ~((values >= -limit) & (values <= limit))
        rule = f"{name} must be a number from -{limit:.0f} to {limit:.0f}"
        stream.drop_bad(rule, name, rows[bad], batch[name].filter(pa.array(bad)).to_pylist())
        keep &= ~bad
    nowhere = keep & (lon == 0.0) & (lat == 0.0)
    stream.drop_bad("lon and lat are 0: no place", "lon", rows[nowhere], ["0"] * int(nowhere.sum()))
    keep &= ~nowhere
    keep &= ~_astray(lon, lat, keep, rows, stream)
    return _typed(batch.filter(pa.array(keep)), rows[keep], lon[keep], lat[keep], stream)


def _records(
    batch: pa.RecordBatch, rows: NDArray[np.int64], stream: Stream
) -> tuple[pa.RecordBatch, NDArray[np.int64]]:
    """Return the block without headers and blank lines."""
    radio = pc.utf8_lower(batch["radio"])
    # Any column's name in place of a radio is a header, perhaps one of another order.
    names = pa.array([*(name.casefold() for name in COLUMNS), "ï»¿radio", "\ufeffradio"])
    header = pc.is_in(radio, names).to_numpy(zero_copy_only=False)
    if stream.headed and len(rows) and rows[0] == 1:
        header[0] = True
        stream.headers -= 1  # the first one belongs there
    for at in np.flatnonzero(header):
        held = [str(batch[name][int(at)]).casefold().replace("_", "") for name in NEEDED]
        held[0] = held[0].removeprefix("ï»¿").removeprefix("\ufeff")
        if held != list(NEEDED) and not (rows[at] == 1 and stream.headed) and stream.changed is None:
            stream.changed = int(rows[at]), ",".join(held)
    stream.headers += int(header.sum())
    blank = pc.equal(radio, "").to_numpy(zero_copy_only=False)
    if blank.any():
        for column in batch.columns:
            blank = blank & pc.equal(column, "").to_numpy(zero_copy_only=False)
    keep = ~header & ~blank
    stream.records += int(keep.sum())
    return (batch, rows) if keep.all() else (batch.filter(pa.array(keep)), rows[keep])


def _number(column: pa.Array) -> NDArray[np.float64]:
    """Return text as numbers, NaN where it is none."""
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    try:
        return np.asarray(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False), float)
    except pa.ArrowInvalid:
        return np.asarray(pd.to_numeric(pd.Series(filled.to_pylist(), dtype=object), errors="coerce"), float)


def _astray(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    placed: NDArray[np.bool_],
    rows: NDArray[np.int64],
    stream: Stream,
) -> NDArray[np.bool_]:
    """Tell which records lie too far from the province to matter."""
    astray = np.zeros(len(lon), bool)
    if stream.near is None:
        stream.placed += int(placed.sum())
        # No province to hold a nation against, so no run: the rest of the file is only looked through.
        return placed if stream.placed > MOST_WITHOUT_PROVINCE else astray
    astray[placed] = ~stream.near(lon[placed], lat[placed])
    stream.placed += int(placed.sum())
    turned = astray & (np.abs(lon) <= 90.0)  # noqa: PLR2004 - a latitude
    turned[turned] = stream.near(lat[turned], lon[turned])
    stream.swapped += int(turned.sum())
    text = [f"lon {a:.5f} lat {b:.5f}" for a, b in zip(lon[astray][:LISTED], lat[astray][:LISTED], strict=True)]
    stream.far.add(OUTSIDE, rows[astray], text)
    # A few are kept for whoever names each of them, when they are not to be dropped.
    few = not stream.drop and stream.far.count(OUTSIDE) <= LISTED
    return np.zeros(len(lon), bool) if few else astray


def _typed(
    batch: pa.RecordBatch,
    rows: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    stream: Stream,
) -> pd.DataFrame:
    """Return typed records; those whose identity is none are tallied, what is only odd is unknown."""
    radios, names = list(TECHNOLOGY), np.array(list(TECHNOLOGY.values()), object)
    code = pc.index_in(pc.utf8_upper(batch["radio"]), pa.array(radios)).fill_null(-1).to_numpy(zero_copy_only=False)
    numbers = {name: _number(batch[name]) for name in ("mcc", "net", "area", "cell")}
    mcc, cell = numbers["mcc"], numbers["cell"]
    most = np.array([2.0 ** _BITS[technology] - 1 for technology in TECHNOLOGY.values()])[code]
    rules: list[tuple[str, str, NDArray[np.bool_]]] = [
        ("radio", f"radio must be one of {', '.join(radios)}", code < 0),
        (
            "mcc",
            f"mcc must be a country code from {_COUNTRIES[0]} to {_COUNTRIES[1]}, or {_SHARED}",
            ~(((mcc >= _COUNTRIES[0]) & (mcc <= _COUNTRIES[1])) | (mcc == _SHARED)) | (mcc % 1 != 0),
        ),
        ("net", f"net must be a network code from 0 to {_MOST_NET}", _no_whole(numbers["net"], _MOST_NET)),
        ("area", f"area must be a whole number from 0 to {_MOST_AREA}", _no_whole(numbers["area"], _MOST_AREA)),
        *(
            (
                "cell",
                f"cell must be a whole number from 0 to {2 ** _BITS[TECHNOLOGY[radio]] - 1} for {radio}",
                (code == at) & _no_whole(cell, most),
            )
            for at, radio in enumerate(radios)
        ),
    ]
    good = np.ones(len(rows), bool)
    for column, rule, broken in rules:
        bad = good & broken
        stream.drop_bad(rule, column, rows[bad], batch[column].filter(pa.array(bad)).to_pylist() if bad.any() else [])
        good &= ~bad
    kept, size = batch.filter(pa.array(good)), int(good.sum())
    optional = {
        name: _number(kept[name]) if name in kept.schema.names else np.full(size, np.nan)
        for name in ("range", "samples", "changeable", "updated", "averageSignal")
    }
    whole = {name: values[good].astype(np.int64) for name, values in numbers.items()}
    reach, samples, signal = optional["range"], optional["samples"], optional["averageSignal"]
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "row": rows[good],
                "technology": pd.Categorical(names[code[good]], categories=names),
                "network": whole["mcc"] * 1000 + whole["net"],
                "area": whole["area"],
                "cell": whole["cell"],
                "lon": lon[good],
                "lat": lat[good],
                "range_m": np.where((reach > 0) & (reach <= _MOST_RANGE_M), reach, np.nan),
                "samples": np.where((samples >= 1) & (samples <= _MOST_SAMPLES), samples, np.nan),
                # 0 is what exports write where nobody noted a level.
                "average_signal_dbm": np.where((signal >= _SIGNAL_DBM[0]) & (signal <= _SIGNAL_DBM[1]), signal, np.nan),
                "updated": optional["updated"],
                "exact": optional["changeable"] == 0.0,
            }
        )


def _no_whole(values: NDArray[np.float64], most: float | NDArray[np.float64]) -> NDArray[np.bool_]:
    whole: NDArray[np.bool_] = (values >= 0.0) & (values <= most) & (values % 1 == 0)
    return ~whole
