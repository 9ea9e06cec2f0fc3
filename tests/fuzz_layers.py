"""Fuzz: files of the reference room, broken at random, read as layers - no traceback, no hang, no crash.

    python tests/fuzz_layers.py ../shared/data [--count 10000] [--seed 1] [--workers 2] [--keep FOLDER]

Each case takes a real file, breaks it (bits, cuts, doubled and swapped pieces, hostile numbers, other encodings, a
broken member put back into a sound zip) and reads it through `check_layers` as a layer of a tiny province. A case is
fine when it ends in findings or in an `InputError`. Case N of a seed is the same on every machine.
"""

from __future__ import annotations

import argparse
import io
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

CASE_S = 60
"""A case that takes longer hangs."""
_LARGEST = 3_000_000
_CHUNK = 4096
_NUMBERS = (
    b"nan",
    b"inf",
    b"-1e999",
    b"0",
    b"-0",
    b"",
    b"1,5",
    b"1.234.567",
    b"9" * 40,
    b"0x10",
    b"\xd9\xa3",
    b"1e-320",
)
_TEXTS = ("Lộc Thạnh", "đ", "\u0323", "\x00", "\u202e", "=1+1", '"', ";", "\r\n", "</kml>", "&xxe;", "\ufeff", "\ud7ff")

# Where the tiny province lies, so that the real file is in it: grid CRS, longitude and latitude of its middle.
_PLACES = {
    "Bình Phước": ("EPSG:9212", 106.9, 11.75),
    "Bình Dương": ("EPSG:9210", 106.65, 11.1),
    "England": ("EPSG:32630", -0.14, 51.0),
    "Luxembourg": ("EPSG:2169", 6.1, 49.6),
    "Catalunya": ("EPSG:32631", 1.4, 39.0),
    "Montpellier": ("EPSG:2154", 3.87, 43.61),
    "Provence": ("EPSG:2154", 6.5, 43.5),
    "Rwanda": ("EPSG:32736", 30.0, -2.0),
    "Ghana": ("EPSG:32630", -0.17, 5.6),
    "Sierra Leone": ("EPSG:32629", -11.8, 8.4),
    "Helsinki": ("EPSG:3067", 24.95, 60.17),
    "Praha": ("EPSG:32633", 14.4, 50.1),
}

# What a file may be read as: (part of its path, layer, further keys of layers.toml, place).
_ROLES: tuple[tuple[str, str, str, str], ...] = (
    ("opencellid", "cells", 'format = "opencellid"\noutside = "drop"', "Luxembourg"),
    ("nsg_england", "cells", 'constants = { operator = "O2", technology = "4G" }', "England"),
    ("itu_sample", "cells", 'constants = { operator = "A" }', "Catalunya"),
    ("census/old_to_new", "crosswalk", "", "Bình Phước"),
    ("census/gso", "census", 'columns = { code = "c", population = "p" }', "Bình Phước"),
    ("census/", "census", "", "Bình Phước"),
    ("communes_old", "communes_old", 'columns = { code = "gso_code", name = "commune_vn" }', "Bình Phước"),
    ("communes_2025_binh_duong", "communes", 'columns = { population = "areaKm2" }', "Bình Dương"),
    ("communes_new", "communes", 'columns = { population = "areaKm2" }', "Bình Phước"),
    ("dem/N43", "terrain", "", "Provence"),
    ("dem/", "terrain", "", "Bình Phước"),
    ("population/", "population", "", "Bình Phước"),
    ("Rwanda", "fibre", "", "Rwanda"),
    ("ofds", "fibre", "", "Ghana"),
    ("SLE.kmz", "fibre", 'layer = "Links"', "Sierra Leone"),
    ("fibre/", "fibre", "", "Sierra Leone"),
    ("lines/", "roads", "", "Bình Phước"),
    ("Helsinki", "roads", "", "Helsinki"),
    ("bubenec", "roads", 'layer = "streets"', "Praha"),
    ("Quartiers.geojson", "industrial_parks", 'columns = { park_id = "OBJECTID" }\ncrs = "EPSG:2154"', "Montpellier"),
    ("MTP_Quartiers", "industrial_parks", 'columns = { park_id = "OBJECTID" }', "Montpellier"),
    ("MTP_Monu", "industrial_parks", 'columns = { park_id = "DESIGNATIO" }', "Montpellier"),
    ("OSM_MTP_Atm", "hamlets", 'columns = { hamlet_id = "osm_id" }', "Montpellier"),
    ("tcvn3_table", "census", 'columns = { code = "unicode", population = "byte" }', "Bình Phước"),
    ("derived_vectors", "census", 'columns = { code = "unicode_nfc", population = "unicode_nfd_len" }', "Bình Phước"),
    ("encodings/", "census", 'columns = { code = "vni_text", population = "unicode" }', "Bình Phước"),
)
_ENDINGS = {
    ".csv",
    ".tsv",
    ".gpkg",
    ".geojson",
    ".json",
    ".kml",
    ".kmz",
    ".zip",
    ".xls",
    ".tif",
    ".hgt",
    ".pbf",
    ".txt",
}


def sources(data: Path) -> list[Path]:
    """Return the files to break, the same order everywhere; OFDS tables are not read and left out."""
    found = (path for path in data.rglob("*") if path.suffix in _ENDINGS and 0 < path.stat().st_size <= _LARGEST)
    read = [path for path in found if "examples/csv" not in path.as_posix()]
    return sorted(read, key=lambda path: path.relative_to(data).as_posix())


def role_of(path: Path, data: Path) -> tuple[str, str, str]:
    """Return the layer a file is read as, its further keys, and where the province lies."""
    name = path.relative_to(data).as_posix()
    return next((role[1:] for role in _ROLES if role[0] in name), ("roads", "", "Bình Phước"))


# --- breaking ------------------------------------------------------------------------------------------------


def _bits(data: bytes, rng: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.choice((1, 3, 20, 200))):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _head_bits(data: bytes, rng: random.Random) -> bytes:
    cut = min(len(data), 256)
    return _bits(data[:cut], rng) + data[cut:]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _without_piece(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, _CHUNK) :]


def _doubled_piece(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randrange(1, _CHUNK)]
    return data[:start] + piece * rng.choice((2, 3, 50)) + data[start:]


def _swapped_pieces(data: bytes, rng: random.Random) -> bytes:
    a, b, c = sorted(rng.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _noise(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.choice((1, 4, 64, _CHUNK))) + data[start:]


def _zeros(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    length = rng.choice((1, 8, 512))
    return data[:start] + rng.choice((b"\x00", b"\xff")) * length + data[start + length :]


def _hostile_number(data: bytes, rng: random.Random) -> bytes:
    digits = [i for i in (rng.randrange(len(data)) for _ in range(200)) if data[i : i + 1].isdigit()]
    for start in digits[: rng.choice((1, 5, 50))]:
        end = start
        while end < len(data) and data[end : end + 1] in b"0123456789.":
            end += 1
        data = data[:start] + rng.choice(_NUMBERS) + data[end:]
    return data


def _hostile_text(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 10))):
        start = rng.randrange(len(data) + 1)
        data = data[:start] + rng.choice(_TEXTS).encode("utf-8", "surrogatepass") + data[start:]
    return data


def _other_encoding(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "cp1258", "latin-1", "utf-8-sig", "utf-32")), "replace")


def _other_separator(data: bytes, rng: random.Random) -> bytes:
    return data.replace(b",", rng.choice((b";", b"\t", b"|", b",,", b" ", b"\x00")))


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _bits,
    _head_bits,
    _cut,
    _without_piece,
    _doubled_piece,
    _swapped_pieces,
    _noise,
    _zeros,
    _hostile_number,
    _hostile_text,
    _other_encoding,
    _other_separator,
)


def broken(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Break a file's bytes; a zip is broken as a whole or in one of its members. Return how as well."""
    inside = zipfile.is_zipfile(io.BytesIO(data)) and rng.random() < 0.7
    names = []
    result = data
    if inside:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
        victim = rng.choice(sorted(members))
        content, how = broken_plain(members[victim] or b" ", rng)
        members[victim] = content
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, value in members.items():
                archive.writestr(name, value)
        result = memory.getvalue()
        names.append(f"{victim}: {how}")
    else:
        result, how = broken_plain(data, rng)
        names.append(how)
    return result, ", ".join(names)


def broken_plain(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Break bytes in one to three ways."""
    names = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        way = rng.choice(_WAYS)
        data = way(data, rng) or b" "
        names.append(way.__name__.lstrip("_"))
    return data, "+".join(names)


# --- reading -------------------------------------------------------------------------------------------------


def write_worlds(folder: Path) -> None:
    """Write the tiny provinces that the broken layers join: two communes, a mast and a cell each."""
    import geopandas as gpd
    import shapely
    from pyproj import Transformer

    half_m = 60_000
    for name, (crs, lon, lat) in _PLACES.items():
        here = folder / name
        here.mkdir()
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
        halves = [(x - half_m, x), (x, x + half_m)]
        communes = gpd.GeoDataFrame(
            {"code": ["25195", "25210"], "name": ["Lộc Ninh", "Bù Đốp"], "population": [6000, 3000]},
            geometry=[shapely.box(west, y - half_m, east, y + half_m) for west, east in halves],
            crs=crs,
        )
        communes.to_file(here / "communes.gpkg")
        (here / "sites.csv").write_text(f"site_id,lon,lat\nS1,{lon},{lat}\n", encoding="utf-8")
        (here / "cells.csv").write_text("cell_id,site_id,operator,technology\nC1,S1,A,4G\n", encoding="utf-8")


def read_as_layer(path: Path, role: tuple[str, str, str], folder: Path) -> tuple[str, list[str]]:
    """Read a file as a layer of its tiny province; return "read" or "refused", and the rules it breaks."""
    from phusong.errors import InputError
    from phusong.gis import check_layers

    layer, keys, place = role
    plain = {"communes": "communes.gpkg", "sites": "sites.csv", "cells": "cells.csv"}
    if layer == "cells":
        del plain["sites"]
    plain[layer] = str(path)
    text = f'[province]\nname = "{place}"\ncrs = "{_PLACES[place][0]}"\ncell_m = 2000\nas_of = 2026-01-01\n'
    for name, file in plain.items():
        text += f'[layers.{name}]\npath = "{file}"\n' + (keys + "\n" if name == layer else "")
    toml = folder / place / "layers.toml"
    toml.write_text(text, encoding="utf-8")
    try:
        findings, _ = check_layers(toml)
    except InputError as err:
        return "refused", [str(err)]
    rules = [fault.rule for fault in findings.faults if fault.severity == "error"]
    return ("read" if findings.may_run else "refused"), rules


def case(number: int, *, seed: int, data: Path, files: list[Path], folder: Path) -> str:
    """Break one file, read it, and return what became of it; raise what must not happen."""
    rng = random.Random(f"{seed}-{number}")  # noqa: S311 - a draw, no secret
    # Small files more often: they take less time, and a flaw hits them harder.
    path = rng.choices(files, [1 / (50_000 + file.stat().st_size) for file in files])[0]
    content, how = broken(path.read_bytes(), rng)
    # The name of an elevation tile says where it lies.
    target = folder / (path.name if path.suffix == ".hgt" else f"broken-{number}{path.suffix}")
    target.write_bytes(content)
    try:
        outcome, _ = read_as_layer(target, role_of(path, data), folder)
    finally:
        target.unlink(missing_ok=True)
    return f"{outcome}\t{path.relative_to(data).as_posix()}\t{how}"


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"longer than {CASE_S} s")


def work(args: argparse.Namespace) -> None:
    """Read the cases of one worker: a line before and a line after each."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _alarm)
    files = sources(args.data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_worlds(folder)
        for number in range(args.first, args.count, args.step):
            _say(f"begin\t{number}")
            signal.alarm(CASE_S)
            try:
                _say(f"{case(number, seed=args.seed, data=args.data, files=files, folder=folder)}")
            except BaseException as err:  # noqa: BLE001 - any of them is a finding
                signal.alarm(0)
                place = traceback.extract_tb(err.__traceback__)[-1]
                _say(f"TRACEBACK\t{type(err).__name__}: {str(err)[:200]!r}\t{place.filename}:{place.lineno}")
            signal.alarm(0)


def _say(line: str) -> None:
    sys.stdout.write(line.replace("\n", " ") + "\n")
    sys.stdout.flush()


# --- watching ------------------------------------------------------------------------------------------------


def _start(args: argparse.Namespace, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(args.data), "--worker", "--first", str(first)]
    command += ["--count", str(args.count), "--step", str(args.workers), "--seed", str(args.seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")


def _follow(args: argparse.Namespace, first: int, said: queue.Queue[tuple[int, str]]) -> None:
    """Run one worker; whenever it dies within a case, say so and start another behind that case."""
    while first < args.count:
        process = _start(args, first)
        open_case = None
        watchdog = None
        for line in process.stdout or ():
            if watchdog is not None:
                watchdog.cancel()
            if line.startswith("begin\t"):
                open_case = int(line.split("\t")[1])
                # The worker's own alarm ends what Python runs; compiled code that never returns is killed.
                watchdog = threading.Timer(2 * CASE_S, process.kill)
                watchdog.start()
            elif open_case is not None:
                said.put((open_case, line.rstrip("\n")))
                open_case = None
        code = process.wait()
        if open_case is None:
            break
        said.put((open_case, f"CRASH\texit code {code}"))
        first = open_case + args.workers
    said.put((-1, ""))


def watch(args: argparse.Namespace) -> Iterator[tuple[int, str]]:
    """Run the workers; yield (case, what became of it)."""
    said: queue.Queue[tuple[int, str]] = queue.Queue()
    for first in range(args.workers):
        threading.Thread(target=_follow, args=(args, args.first + first, said), daemon=True).start()
    running = args.workers
    while running:
        number, line = said.get()
        if number < 0:
            running -= 1
        else:
            yield number, line


def main() -> int:
    """Run all cases and say what became of them; exit 1 where anything but findings did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        work(args)
        return 0
    outcomes: Counter[str] = Counter()
    bad = []
    started = time.monotonic()
    for number, line in watch(args):
        outcome = line.split("\t")[0]
        outcomes[outcome] += 1
        if outcome not in {"read", "refused"}:
            bad.append((number, line))
            _say(f"case {number}: {line}")
        if sum(outcomes.values()) % 500 == 0:
            _say(f"{sum(outcomes.values())} of {args.count - args.first} ({time.monotonic() - started:.0f} s)")
    _say(f"{sum(outcomes.values())} cases: " + ", ".join(f"{name} {n}" for name, n in sorted(outcomes.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
