"""Manifest: the text of layers.toml, which a planner is meant to edit."""

from __future__ import annotations

from phusong.gis.demo.calibration import OPERATORS, ROWS
from phusong.gis.demo.places import CELL_M, CRS

__all__ = ["FILES", "text"]

_HEAD = """\
# Các lớp dữ liệu của tỉnh / the layers of the province. Dữ liệu mô phỏng: no mast or road here is real.
# Edit it as you like: point `path` at a file of your own, or change a file and run again. Paths start here.

[province]
name = "Bình Phước (dữ liệu mô phỏng / simulated)"
crs = "{crs}"  # VN-2000 / TM-3, kinh tuyến trục 106°15'; every distance and area is measured in it
cell_m = {cell_m}
simulated = true  # every output repeats it; set it to false only for real layers
as_of = "2024-12-31"
operators = [{operators}]  # fictitious
seed = {seed}
calibration = [{rows}]  # rows of the published seed figures, see docs/demo.md
"""

_LAYER = """
[layers.{name}]
path = "layers/{file}"
{more}source = "{source}"
"""

_PLAIN = "mô phỏng / simulated"
_LAYERS = (
    (
        "communes",
        "communes.gpkg",
        'layer = "communes"\n',
        (
            "ranh giới mô phỏng / simulated polygons; names, codes, areas: commune list and map, July 2025; "
            "population: census of 1 April 2019 summed over the communes merged; area_km2 is the published "
            "figure, not the polygon's"
        ),
    ),
    ("sites", "sites.csv", 'crs = "EPSG:4326"  # lon, lat in degrees\n', _PLAIN),
    ("cells", "cells.csv", "# One row is one sector on one carrier; site_id must stand in sites.\n", _PLAIN),
    (
        "population",
        "population.tif",
        "# People per 100 m cell; each commune's cells sum to its census.\n",
        f"{_PLAIN}; sums: census of 1 April 2019",
    ),
    (
        "terrain",
        "terrain.tif",
        "# Ground above sea level, metres.\n",
        f"{_PLAIN}; only the known hills and plateaus stand near their places",
    ),
    ("fibre", "fibre.gpkg", "", _PLAIN),
    (
        "roads",
        "roads.gpkg",
        "",
        f"{_PLAIN}; numbers of national and provincial roads are real, their course is not",
    ),
    ("hamlets", "hamlets.csv", 'crs = "EPSG:4326"\n', _PLAIN),
    ("industrial_parks", "industrial_parks.gpkg", "", f"{_PLAIN}; names as in public use, not verified"),
)

FILES = (*(f"layers/{file}" for _, file, _, _ in _LAYERS), "layers.toml")
"""Every file of a demo but its receipt, in the order they are put in place."""


def text(*, seed: int) -> str:
    """Return the text of layers.toml."""
    head = _HEAD.format(
        crs=CRS,
        cell_m=CELL_M,
        operators=", ".join(f'"{operator.name}"' for operator in OPERATORS),
        seed=seed,
        rows=", ".join(f'"{row}"' for row in ROWS),
    )
    return head + "".join(
        _LAYER.format(name=name, file=file, more=more, source=source) for name, file, more, source in _LAYERS
    )
