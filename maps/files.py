"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

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
    OSError
        When the folder cannot be written; the old file is left as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".draft")
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
    return path
