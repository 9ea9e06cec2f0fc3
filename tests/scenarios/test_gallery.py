"""Every script of the gallery runs as it stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GALLERY = Path(__file__).resolve().parents[2] / "scenarios" / "gallery"


@pytest.mark.parametrize("script", sorted(GALLERY.glob("*.py")), ids=lambda path: path.stem)
def test_gallery_script_runs(script: Path, demo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(demo)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tỷ" in done.stdout
