"""The models by name: our own, and those other packages add.

A package adds a model through the entry-point group ``phusong.propagation``; the entry point names a
`PropagationModel`, or a class that makes one without arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from phusong.coverage.propagation._model import PropagationModel, TerminalLoss
from phusong.coverage.propagation.by_band import ByBand
from phusong.coverage.propagation.cost231 import Cost231Hata
from phusong.coverage.propagation.extended_hata import ExtendedHata
from phusong.coverage.propagation.hata import OkumuraHata
from phusong.coverage.propagation.itm import Itm
from phusong.coverage.propagation.p525 import FreeSpace
from phusong.coverage.propagation.p526_model import P526
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.propagation.p2108 import EARTH_SPACE, HEIGHT_GAIN, TERRESTRIAL
from phusong.coverage.propagation.p2109 import BUILDING_ENTRY
from phusong.coverage.propagation.spm import Spm
from phusong.coverage.propagation.tr38901 import Tr38901
from phusong.coverage.propagation.tr38901_o2i import CAR, PENETRATION
from phusong.errors import ModelError

__all__ = ["ENTRY_POINTS", "OWN_MODELS", "TERMINAL_LOSSES", "all_models", "get_model"]

ENTRY_POINTS: Final = "phusong.propagation"
_OURS: Final[tuple[PropagationModel, ...]] = (
    ByBand(),
    FreeSpace(),
    OkumuraHata(),
    OkumuraHata(city="large"),
    Cost231Hata(),
    Cost231Hata(city="large"),
    ExtendedHata(),
    Tr38901(),
    Tr38901(town="umi"),
    Tr38901(line_of_sight="terrain"),
    Tr38901(town="umi", line_of_sight="terrain"),
    Spm(),
    P526(),
    P1812(),
    Itm(),
)
OWN_MODELS: Final[Mapping[str, PropagationModel]] = MappingProxyType({model.name: model for model in _OURS})
TERMINAL_LOSSES: Final[Mapping[str, TerminalLoss]] = MappingProxyType(
    {each.name: each for each in (HEIGHT_GAIN, TERRESTRIAL, EARTH_SPACE, BUILDING_ENTRY, PENETRATION, CAR)}
)
"""What may be added to a model's loss at one end of a path, by name; not in a model that holds it already."""


def get_model(name: str) -> PropagationModel:
    """Return the model registered under `name`.

    Raises
    ------
    ModelError
        For an unknown name (the known ones are listed) or a plug-in that does not load.
    """
    if name in OWN_MODELS:
        return OWN_MODELS[name]
    plugins = _plugins()
    if name not in plugins:
        known = ", ".join([*OWN_MODELS, *sorted(plugins)])
        raise ModelError(f"propagation model '{name}' is not known; known are {known}")
    return _load(plugins[name])


def all_models() -> dict[str, PropagationModel]:
    """Return every model by name, the default first, plug-ins last."""
    return {**OWN_MODELS, **{name: _load(plugin) for name, plugin in sorted(_plugins().items())}}


def _plugins() -> dict[str, EntryPoint]:
    plugins: dict[str, EntryPoint] = {}
    for plugin in entry_points(group=ENTRY_POINTS):
        if plugin.name in OWN_MODELS or plugin.name in plugins:
            raise ModelError(
                f"propagation plug-in {plugin.value} takes the name '{plugin.name}' that is taken already; "
                f"uninstall it or ask its authors for another name"
            )
        plugins[plugin.name] = plugin
    return plugins


def _load(plugin: EntryPoint) -> PropagationModel:
    where = f"propagation plug-in '{plugin.name}' ({plugin.value})"
    try:
        loaded = plugin.load()
        model = loaded() if isinstance(loaded, type) else loaded
    except Exception as error:  # a plug-in is foreign code: anything may happen, the planner needs its name
        raise ModelError(f"{where} does not load: {error}; mend or uninstall it") from error
    if not isinstance(model, PropagationModel):
        raise ModelError(f"{where} is no PropagationModel; mend or uninstall it")
    return model
