"""Compiled loops: numpy, math and numba only, arrays and numbers in, arrays out. No labels, files or classes.

numba keeps a compiled function until the file it stands in changes; ours are put together from several files, and a
stale one would give wrong numbers without a word. So every state of these sources has a cache folder of its own, in
``NUMBA_CACHE_DIR`` where that is set, else beside this file; where that cannot be written numba takes the user's own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numba

_HERE = Path(__file__).resolve().parent
_STATE = hashlib.sha256(b"\0".join(source.read_bytes() for source in sorted(_HERE.glob("*.py")))).hexdigest()[:16]
_CONFIG: Any = numba.config
_BASE = Path(_CONFIG.CACHE_DIR) if _CONFIG.CACHE_DIR else _HERE / "__pycache__"
if _BASE.name != _STATE:
    _CONFIG.CACHE_DIR = str(_BASE / _STATE)
