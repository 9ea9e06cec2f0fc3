"""Propagation models, one module for each published source, found by name through `get_model`."""

from phusong.coverage.propagation._model import (
    Environment,
    Paths,
    Profile,
    PropagationModel,
    Range,
    TerminalLoss,
    quiet_ranges,
    repeat_range_warnings,
)
from phusong.coverage.propagation._registry import TERMINAL_LOSSES, all_models, get_model
from phusong.coverage.propagation.path_profile import PathProfile

__all__ = [
    "TERMINAL_LOSSES",
    "Environment",
    "PathProfile",
    "Paths",
    "Profile",
    "PropagationModel",
    "Range",
    "TerminalLoss",
    "all_models",
    "get_model",
    "quiet_ranges",
    "repeat_range_warnings",
]
