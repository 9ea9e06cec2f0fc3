"""THE GROUND: files come in and become tables and arrays on one grid.

``layers = gis.read_layers("layers.toml")`` reads a province or says, all at once, what is wrong with it.

    columns/   a file's names and fields matched to the column dictionary (schemas.py, columns.csv), read, checked
    placing/   tables become shapes in the grid's CRS (crs.py); labels, axes and outlines held against each other
    cleaning/  broken shapes mended one by one, communes together as one coverage
    sites/     masts and cells: one list or two, shared or listed twice, grouped from a crowd's measurements
    communes/  today's and the old ones, census, crosswalk;  people/  census totals spread over the grid
    rasters/   files onto the grid;  terrain/  elevation, land cover, clutter;  ground.py reads them as layers
    readers/   one module a format family;  legacy_text/  old encodings, names;  demo/  the simulated province

``reading.py`` holds one reading of layers.toml (``layers_file.py``) and its ``findings.py``; ``assembly.py`` makes
`Layers` of it; ``fixing.py`` writes what was cleaned.
"""

from phusong.gis.assembly import check_layers, read_layers
from phusong.gis.grid import Grid
from phusong.gis.layers import Layers

__all__ = ["Grid", "Layers", "check_layers", "read_layers"]
