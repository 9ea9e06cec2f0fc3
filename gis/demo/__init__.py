"""The embedded demo: a simulated Bình Phước, written as ordinary files.

Facts, in ``communes.csv``: names, kinds and 5-digit codes of the 40 communes that the reorganisation of
July 2025 made of former Bình Phước; their areas as published with the commune map of 2025; their people
from the census of 1 April 2019 (General Statistics Office), summed over the communes merged, 994,679 in
all; their centres rounded to 0.01 degree. Everything else is simulated and every record says so:
docs/demo.md tells the two apart.

The same seed gives the same bytes: see `draws` for how, and docs/demo.md for how far.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from phusong.errors import RunError
from phusong.gis.demo import manifest
from phusong.gis.demo.calibration import Size
from phusong.gis.demo.receipt import RECEIPT, Receipt, read_receipt, sha256

__all__ = ["Size", "write"]

_UNFINISHED = ".demo-unfinished"
"""Where the files wait until all are there; while it stands, the folder is known as a demo cut short."""

_NAMED = 3  # changed files named in the error; the rest are counted
_REMEDY = "run `phusong run scenario.toml -o run` to use your edits, or name another folder"

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def write(
    folder: str | os.PathLike[str],
    *,
    seed: int = 2026,
    size: Size = "province",
    progress: Progress | None = None,
) -> Path:
    """Write the simulated province and return the path of its layers.toml.

    Parameters
    ----------
    folder : path
        Made if missing. An earlier demo of the same size and seed is reused as it stands, one of another size or
        seed is replaced file by file; other files in the folder stay. Files that a planner has edited are never
        replaced.
    seed : int
        Another seed is another province with the same communes and the same counts.
    size : {"small", "province", "stress"}
        Six communes, forty, or forty with 3,666 4G BTS.
    progress : callable, optional
        Wraps an iterable: ``progress(iterable, description)``.

    Raises
    ------
    RunError
        The size is unknown, the folder holds something that is not a demo or a demo that was edited, or it cannot be
        written.
    """
    if size not in get_args(Size):
        raise RunError(f"demo size '{size}' is unknown: choose one of {', '.join(get_args(Size))}")
    folder = Path(folder)
    try:
        earlier = _earlier(folder)
        if earlier is not None and (earlier.size, earlier.seed) == (size, seed) and (folder / RECEIPT).exists():
            shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)
        else:
            _write(folder, seed=seed, size=size, progress=progress)
    except OSError as err:
        reason = " ".join(str(err).split())
        raise RunError(
            f"the demo cannot be written to '{folder}' ({reason}); free some space or name another folder"
        ) from err
    return folder / "layers.toml"


def _write(folder: Path, *, seed: int, size: Size, progress: Progress | None) -> None:
    """Make all files aside, then put them in place: layers.toml last but one, the receipt last."""
    # Imported here: geopandas takes a second, and neither `phusong --help` nor a demo that is reused has got one.
    from phusong.gis.demo.files import WRITERS
    from phusong.gis.demo.province import simulate

    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    (folder / "layers.toml").unlink(missing_ok=True)
    (folder / RECEIPT).unlink(missing_ok=True)

    made = {name: unfinished / Path(name).name for name in (*manifest.FILES, RECEIPT)}
    try:
        province = simulate(size, seed=seed)
        for name, writer in WRITERS if progress is None else progress(WRITERS, "Writing the simulated province"):
            writer(province, unfinished / name)
        made["layers.toml"].write_text(manifest.text(seed=seed), encoding="utf-8", newline="\n")
        receipt = Receipt(size, seed, {name: sha256(made[name]) for name in manifest.FILES})
        made[RECEIPT].write_text(receipt.text(), encoding="utf-8", newline="\n")
    except OSError:
        with suppress(OSError):  # gives a full disk its room back; the empty folder says: cut short
            for path in unfinished.iterdir():
                path.unlink()
        raise

    (folder / "layers").mkdir(exist_ok=True)
    for name, path in made.items():
        path.replace(folder / name)
    shutil.rmtree(unfinished, ignore_errors=True)


def _earlier(folder: Path) -> Receipt | None:
    """Return the receipt of the demo in a folder; None where the folder is missing, empty, or of a demo cut short.

    Raises
    ------
    RunError
        Writing would take away something that is not a demo's, or that a planner changed.
    """
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise RunError(f"'{folder}' is a file: name a folder for the demo")
    unfinished, layers_toml = folder / _UNFINISHED, folder / "layers.toml"
    if not any(folder.iterdir()) or (unfinished.is_dir() and not layers_toml.exists()):
        return None
    # A demo cut short at its very last step has the receipt still among the unfinished files.
    receipt = read_receipt(folder / RECEIPT) or read_receipt(unfinished / Path(RECEIPT).name)
    if receipt is None and not _is_simulated(layers_toml):
        raise RunError(
            f"'{folder}' is not empty and its layers.toml is not a simulated province's: "
            "name another folder, or empty this one, so that nothing of yours is overwritten"
        )
    if receipt is None:
        raise RunError(
            f"'{folder}' holds a demo without a readable {RECEIPT}, so your edits could not be told from it; {_REMEDY}"
        )
    changed = receipt.differences(folder, manifest.FILES)
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise RunError(
            f"'{folder}' holds a demo that was changed since it was written: {', '.join(changed[:_NAMED])}{more}; "
            f"{_REMEDY}"
        )
    return receipt


def _is_simulated(layers_toml: Path) -> bool:
    try:
        return tomllib.loads(layers_toml.read_text(encoding="utf-8"))["province"]["simulated"] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False
