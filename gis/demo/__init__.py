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
from pathlib import Path
from typing import Any, get_args

from phusong.errors import RunError
from phusong.gis.demo import manifest
from phusong.gis.demo.calibration import Size

__all__ = ["Size", "write"]

_UNFINISHED = ".demo-unfinished"
"""Where the files wait until all are there; while it stands, the folder is known as a demo cut short."""

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
        Made if missing. An earlier demo in it is replaced file by file; its other files stay.
    seed : int
        Another seed is another province with the same communes and the same counts.
    size : {"small", "province", "stress"}
        Six communes, forty, or forty with 3,666 4G BTS.
    progress : callable, optional
        Wraps an iterable: ``progress(iterable, description)``.

    Raises
    ------
    RunError
        The size is unknown, or the folder holds something that is not a demo.
    """
    # Imported here: geopandas takes a second, and `phusong --help` has not got one.
    from phusong.gis.demo.files import WRITERS
    from phusong.gis.demo.province import simulate

    if size not in get_args(Size):
        raise RunError(f"demo size '{size}' is unknown: choose one of {', '.join(get_args(Size))}")
    folder = Path(folder)
    _refuse_foreign(folder)
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    layers_toml = folder / "layers.toml"
    layers_toml.unlink(missing_ok=True)

    province = simulate(size, seed=seed)
    for name, writer in WRITERS if progress is None else progress(WRITERS, "Writing the simulated province"):
        writer(province, unfinished / name)

    (folder / "layers").mkdir(exist_ok=True)
    for name, _ in WRITERS:
        (unfinished / name).replace(folder / "layers" / name)
    waiting = unfinished / "layers.toml"
    waiting.write_text(manifest.text(seed=seed), encoding="utf-8", newline="\n")
    waiting.replace(layers_toml)
    unfinished.rmdir()
    return layers_toml


def _refuse_foreign(folder: Path) -> None:
    """Raise unless the folder is missing, empty, a demo's, or left by a demo cut short."""
    if not folder.exists() or (folder / _UNFINISHED).is_dir():
        return
    if not folder.is_dir():
        raise RunError(f"'{folder}' is a file: name a folder for the demo")
    if not any(folder.iterdir()):
        return
    try:
        table = tomllib.loads((folder / "layers.toml").read_text(encoding="utf-8"))
        simulated = table["province"]["simulated"] is True
    except (OSError, ValueError, KeyError, TypeError):
        simulated = False
    if not simulated:
        raise RunError(
            f"'{folder}' is not empty and its layers.toml is not a simulated province's: "
            "name another folder, or empty this one, so that nothing of yours is overwritten"
        )
