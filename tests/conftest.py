"""Fixtures for the whole tree: the checkout, the reference room, one small demo run made by the real command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the reference room beside the checkout, which a user's checkout does not have."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("the reference room ../shared is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run `phusong demo --small` in a folder with spaces and Vietnamese letters; return the folder."""
    out = tmp_path_factory.mktemp("Tỉnh Bình Phước") / "bản demo"
    done = subprocess.run(
        [sys.executable, "-m", "phusong", "demo", str(out), "--small"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (out / "stdout.txt").write_text(done.stdout, encoding="utf-8")
    return out
