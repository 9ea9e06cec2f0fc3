"""Manifest: what a run was made of and made, by content hash, so that anyone can check it years later."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from phusong.errors import RunError

__all__ = ["MANIFEST", "foreign_files", "read_manifest", "verify", "write_manifest"]

MANIFEST = "manifest.json"
# How long stages took differs from run to run and says nothing about the result.
_NOT_HASHED = {MANIFEST, "timings.json"}
_LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "rasterio",
    "xarray",
    "highspy",
    "networkx",
)


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write manifest.json: the content given, versions, and the SHA-256 of every file of the run."""
    outputs = {
        path.relative_to(folder).as_posix(): _sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in _NOT_HASHED
    }
    manifest = {
        "format": 1,
        **content,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "outputs": outputs,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a run's manifest.

    Raises
    ------
    RunError
        Where the folder is no finished run.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            f"{folder} is no finished run: it has no {MANIFEST}; make one with `phusong run SCENARIO.toml -o {folder}`"
        ) from None
    except (OSError, ValueError) as err:
        raise RunError(f"{folder / MANIFEST} cannot be read ({err}); run again") from err
    if not isinstance(content, dict) or content.get("format") != 1:
        raise RunError(f"{folder / MANIFEST} was written by another version of phusong; run again")
    if not all(isinstance(content.get(part), dict) for part in ("facts", "outputs", "proof", "signal")):
        raise RunError(f"{folder / MANIFEST} is incomplete; run again")
    return content


def verify(folder: Path) -> list[str]:
    """Compare every file of a run with its manifest.

    Returns
    -------
    list of str
        One sentence for each file that was changed, is missing, or does not belong; empty when all is well.
    """
    outputs: dict[str, str] = read_manifest(folder)["outputs"]
    said = []
    for name, digest in outputs.items():
        path = folder / name
        if not path.is_file():
            said.append(f"{name} is missing")
        elif _sha256(path) != digest:
            said.append(f"{name} was changed after the run")
    return said + [f"{name} does not belong to the run" for name in foreign_files(folder)]


def foreign_files(folder: Path) -> list[str]:
    """Return the files of a run folder that the run did not make, in order of name.

    A manifest that cannot be read names no file, so nothing is foreign to it.
    """
    try:
        outputs = read_manifest(folder)["outputs"]
    except RunError:
        return []
    there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(set(there) - set(outputs) - _NOT_HASHED)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
