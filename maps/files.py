"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from phusong.errors import RunError

__all__ = ["replace_file"]


def replace_file(path: str | os.PathLike[str], data: bytes) -> Path:
    """Put `data` at `path` in one step; a reader sees the old file or the new one, never half of it.

    Parameters
    ----------
    path : path-like
        The file to make or replace; missing folders are made.
    data : bytes
        Its whole content.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    RunError
        The disk refuses; an old file is left as it was, and no draft and no new folder stays behind.
    """
    path = Path(path)
    made: list[Path] = []
    try:
        _make_folders(path.parent, made)
        _write(path, data)
    except BaseException as err:
        for folder in reversed(made):
            with contextlib.suppress(OSError):  # somebody may have put something there meanwhile
                folder.rmdir()
        if isinstance(err, OSError):
            raise RunError(f"{path} cannot be written: {_why(path, err)}") from err
        raise
    return path


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, noting each new one as soon as it stands."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder.exists() or folder == folder.parent:
            break
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        made.append(each)


def _write(path: Path, data: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes a private file; the result should be as readable as any other output.
        mask = os.umask(0)
        os.umask(mask)
        Path(draft).chmod(0o666 & ~mask)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _why(path: Path, err: OSError) -> str:
    """Say in one line what is in the way and what to do."""
    if err.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space or name another folder"
    if err.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the folder {path.parent} does not allow writing; change its permissions or name another folder"
    if err.errno in (errno.EISDIR, errno.EEXIST, errno.ENOTDIR):
        if path.is_dir():
            return "a folder stands in its place; name a file"
        in_the_way = next((folder for folder in path.parents if folder.exists()), path)
        return f"{in_the_way} is a file where a folder is needed; name another folder"
    return f"{err.strerror or err}; name another folder or file"
