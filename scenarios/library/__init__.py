"""The scenarios shipped with phusong, as files a planner may copy and edit."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from phusong.errors import RunError

__all__ = ["copy_demo_scenario"]

_PROVINCE, _SMALL = "demo.toml", "demo-small.toml"


def copy_demo_scenario(folder: Path, *, small: bool = False) -> Path:
    """Copy the demo's scenario beside its layers.toml; one that a planner has edited stays.

    An unedited copy of the other size's scenario is replaced, so that the budget fits the province.

    Returns
    -------
    Path
        Of scenario.toml.

    Raises
    ------
    RunError
        The file cannot be read or written.
    """
    shipped = {name: (files(__package__) / name).read_bytes() for name in (_PROVINCE, _SMALL)}
    wanted = shipped[_SMALL if small else _PROVINCE]
    target, waiting = folder / "scenario.toml", folder / ".scenario.toml.unfinished"
    try:
        there = target.read_bytes() if target.exists() else None
        if there is None or (there != wanted and there in shipped.values()):
            # Put in place whole: half a file would be taken for the planner's own and stay.
            waiting.write_bytes(wanted)
            waiting.replace(target)
    except OSError as err:
        with suppress(OSError):
            waiting.unlink()
        reason = " ".join(str(err).split())
        raise RunError(f"'{target}' cannot be written ({reason}); free some space or name another folder") from err
    return target
