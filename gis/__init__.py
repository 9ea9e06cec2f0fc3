"""THE GROUND: files come in and become tables and arrays on one grid.

``layers = gis.read_layers("layers.toml")`` reads a province or says, all at once, what is wrong with it.
"""

from phusong.gis.assembly import check_layers, read_layers
from phusong.gis.grid import Grid
from phusong.gis.layers import Layers

__all__ = ["Grid", "Layers", "check_layers", "read_layers"]
