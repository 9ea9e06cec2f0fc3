"""Receipt: what a demo wrote, by SHA-256, so that a rerun can tell a planner's edits from its own files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["RECEIPT", "Receipt", "read_receipt", "sha256"]

RECEIPT = "layers/.demo.json"
"""Where it lies in the demo's folder."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was asked for and what was written.

    Parameters
    ----------
    size : str
    seed : int
    files : mapping of str to str
        Path in the demo's folder, with forward slashes, to SHA-256 in hexadecimal.
    """

    size: str
    seed: int
    files: Mapping[str, str]

    def text(self) -> str:
        """Return the receipt as JSON, the same bytes each time."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    def differences(self, folder: Path, to_write: Iterable[str]) -> list[str]:
        """Return the files that a rewrite would take from the planner.

        These are the receipt's own that were changed or are missing, and those of `to_write` that stand there
        without being in the receipt.
        """
        changed = [
            name
            for name, digest in self.files.items()
            if not (folder / name).is_file() or sha256(folder / name) != digest
        ]
        return changed + [name for name in to_write if name not in self.files and (folder / name).exists()]


def read_receipt(path: Path) -> Receipt | None:
    """Return the receipt, or None where there is none or it was tampered with."""
    try:
        match json.loads(path.read_text(encoding="utf-8")):
            case {"size": str(size), "seed": int(seed), "files": dict(files)}:
                whole = all(isinstance(digest, str) for digest in files.values())
                return Receipt(size, seed, files) if whole else None
    except (FileNotFoundError, ValueError):
        pass
    return None


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
