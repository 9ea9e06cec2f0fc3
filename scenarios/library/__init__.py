"""The scenarios shipped with phusong, as files a planner may copy and edit."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["copy_demo_scenario"]


def copy_demo_scenario(folder: Path, *, small: bool = False) -> Path:
    """Copy the demo's scenario beside its layers.toml; one that is already there is the planner's and stays.

    Returns
    -------
    Path
        Of scenario.toml.
    """
    target = folder / "scenario.toml"
    if not target.exists():
        name = "demo-small.toml" if small else "demo.toml"
        target.write_text((files(__package__) / name).read_text(encoding="utf-8"), encoding="utf-8")
    return target
