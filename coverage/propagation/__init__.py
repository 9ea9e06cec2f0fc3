"""Propagation models, one module for each published source, found by name through `get_model`."""

from phusong.coverage.propagation._model import (
    Environment,
    Paths,
    Profile,
    PropagationModel,
    Range,
    quiet_ranges,
    repeat_range_warnings,
)
from phusong.coverage.propagation._registry import all_models, get_model

__all__ = [
    "Environment",
    "Paths",
    "Profile",
    "PropagationModel",
    "Range",
    "all_models",
    "get_model",
    "quiet_ranges",
    "repeat_range_warnings",
]
