"""Give the bare name ``coverage`` back to coverage.py.

The folder ``coverage/`` lies at the top of the repository (the owner's layout) and is installed as
``phusong.coverage``. With the repository root on ``sys.path`` - any ``python`` started there - a bare
``import coverage`` finds our folder first, and numba and pytest-cov import coverage.py by exactly that
name. Our folder then puts the real module in its own place, or says that there is none.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

__all__ = ["step_aside"]


def step_aside(name: str, file: str) -> None:
    """Replace ``sys.modules[name]`` by the module of that name found outside this checkout.

    Parameters
    ----------
    name : str
        Bare module name, ``"coverage"``.
    file : str
        ``__file__`` of the package that stands in the way.

    Raises
    ------
    ModuleNotFoundError
        Where nothing else of that name is installed; importers such as numba expect this.
    """
    root = Path(file).resolve().parent.parent
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != root]
    spec = importlib.machinery.PathFinder.find_spec(name, elsewhere)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r} outside {root}", name=name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
