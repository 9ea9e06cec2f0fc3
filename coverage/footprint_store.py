"""Footprint cache: what was predicted once is read the next time, mast by mast.

A file for each mast, named by the hash of all that its footprint depends on: a mast that moved, another antenna,
other ground or another version of the code have another name, and nothing is ever read for something else. A file is
written beside its place and renamed; a damaged one counts as missing. Files that nobody asks for any more stay until
somebody deletes the folder, which may be done at any time.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phusong.coverage.antennas import Antenna, tabulate
from phusong.coverage.footprints import Footprint, cells_of, footprint_of
from phusong.coverage.propagation._registry import OWN_MODELS
from phusong.errors import RunError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Site
    from phusong.coverage.propagation import PropagationModel
    from phusong.coverage.radio import Radio

__all__ = ["FootprintCache"]

_ABANDONED_S = 86_400.0  # a file half-written a day ago is nobody's
_QUICK = 1  # zlib's level: neighbours' numbers differ by 1, and levels do not get much smaller however long one tries


@dataclass(slots=True)
class FootprintCache:
    """A folder of footprints.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    read, written : int
        How many were found, and how many had to be predicted.

    Raises
    ------
    RunError
        The folder cannot be made, or the disk is full.
    """

    folder: Path
    read: int = 0
    written: int = 0
    _radio: Radio | None = field(default=None, repr=False)
    _radio_key: bytes = field(default=b"", repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        """Make the folder, and throw away what a run that was killed left half-written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.glob(".*.partial"):
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > _ABANDONED_S:
                        path.unlink()
        except OSError as err:
            raise self._refused(err) from err

    def get(self, radio: Radio, site: Site) -> Footprint:
        """Return the footprint of a mast, from the folder or predicted and kept there."""
        path = self.folder / f"{self.key(radio, site)}.npz"
        found = _read(path, cells=len(site.cells), places=radio.grid.size)
        if found is None:
            found = footprint_of(radio, site)
            try:
                _write(path, found)
            except OSError as err:
                raise self._refused(err) from err
            with self._lock:
                self.written += 1
        else:
            with self._lock:
                self.read += 1
        return found

    def key(self, radio: Radio, site: Site) -> str:
        """Return the hash of all that the footprint of a mast depends on; names of masts, cells, operators do not."""
        with self._lock:
            if self._radio is not radio:
                self._radio, self._radio_key = radio, _digest(_parts_of(radio))
        cells = [
            (cell.technology, cell.band, cell.height_m, cell.azimuth_deg, cell.eirp_dbm, _of_antenna(cell.antenna))
            for cell in cells_of(site)
        ]
        return _digest([self._radio_key, site.x_m, site.y_m, cells]).hex()

    def _refused(self, error: OSError) -> RunError:
        return RunError(
            f"the cache of footprints {self.folder.resolve()} cannot be written ({error}); free some space, or name "
            f"another folder"
        )


def _parts_of(radio: Radio) -> Iterable[Any]:
    """Return everything of a radio that levels depend on."""
    relief, terrain = radio.relief, radio.terrain
    yield _code()
    yield radio.grid
    yield type(radio.model).__qualname__
    yield _of_model(radio.model)
    yield radio.budget.rx_height_m
    yield sorted(radio.thresholds_dbm.items())
    yield radio.max_radius_m
    yield None if radio.paths is None else (radio.paths.lattice, radio.paths.exact)
    if radio.elevation_m is not None:
        yield radio.elevation_m
    if relief is not None:
        yield from (relief.grid, relief.ground_m, relief.clutter_m, relief.zone)
    else:
        yield radio.environment
        if terrain is not None:
            yield from (terrain.grid, terrain.elevation_m)


def _of_model(model: PropagationModel) -> Any:
    """Return what a model is known by; one of our own its name, others their words with all settings in them."""
    if OWN_MODELS.get(model.name) is model:
        return model.name
    # What has no words for itself but its address in memory cannot be told from another.
    return os.urandom(16) if type(model).__repr__ is object.__repr__ else model


def _digest(parts: Iterable[Any]) -> bytes:
    hashed = hashlib.blake2b(digest_size=20)
    for part in parts:
        if isinstance(part, np.ndarray):
            hashed.update(f"{part.dtype}{part.shape}".encode())
            hashed.update(np.ascontiguousarray(part).data)
        else:
            hashed.update(part if isinstance(part, bytes) else repr(part).encode())
        hashed.update(b"\0")
    return hashed.digest()


@lru_cache(maxsize=4096)
def _of_antenna(antenna: Antenna) -> str:
    """Return the hash of what an antenna radiates: two names for the same pattern are one antenna."""
    return _digest(tabulate(antenna).arrays).hex()


@cache
def _code() -> bytes:
    """Return the hash of this room's code: what another version predicted is not this version's."""
    found: dict[str, bytes] = {}
    rooms = [files("phusong.coverage")]
    while rooms:
        for entry in rooms.pop().iterdir():
            if entry.is_dir():
                rooms.append(entry)
            elif entry.name.endswith((".py", ".csv")):
                found[str(entry)] = entry.read_bytes()
    return _digest(content for _, content in sorted(found.items()))


def _read(path: Path, *, cells: int, places: int) -> Footprint | None:
    """Return what a file holds; None where there is none, or it is damaged."""
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as packed:
            # A member read to its end is held against its checksum.
            starts, steps, levels, is_cut = (
                np.lib.format.read_array(io.BytesIO(packed.read(f"{name}.npy")), allow_pickle=False)
                for name in ("starts", "steps", "levels", "is_cut")
            )
        found = Footprint(starts, np.cumsum(steps, dtype=np.int64).astype(np.int32), levels, is_cut)
        return found if _is_possible(found, cells=cells, places=places) else None
    except Exception:  # noqa: BLE001 - a damaged file may say anything; what it held is predicted again
        return None


def _is_possible(found: Footprint, *, cells: int, places: int) -> bool:
    """Tell whether a file's content is the footprint of so many cells on so many places, by its form."""
    starts, numbers = found.starts, found.numbers
    kinds = [each.dtype for each in (starts, found.levels, found.is_cut)] == [np.int64, np.int16, np.bool_]
    shapes = (starts.shape, found.is_cut.shape, found.levels.shape) == ((cells + 1,), (cells,), numbers.shape)
    if not (kinds and shapes and starts[0] == 0 and starts[-1] == numbers.size and (np.diff(starts) >= 0).all()):
        return False
    return bool(numbers.min(initial=0) >= 0 and numbers.max(initial=0) < max(places, 1))


def _write(path: Path, footprint: Footprint) -> None:
    """Write a file whole or not at all."""
    steps = np.diff(footprint.numbers, prepend=np.int32(0))
    arrays: dict[str, NDArray[Any]] = {
        "starts": footprint.starts,
        "steps": steps,
        "levels": footprint.levels,
        "is_cut": footprint.is_cut,
    }
    partial = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as packed:
            for name, array in arrays.items():
                with packed.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
