"""Geographic files GDAL reads: GeoPackage, GeoJSON, FlatGeobuf, Shapefile, KML."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError, FeatureError, FieldError, GeometryError

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["VECTOR_SUFFIXES", "read_vector"]

VECTOR_SUFFIXES = {".gpkg", ".geojson", ".json", ".fgb", ".shp", ".kml"}


def read_vector(path: Path, *, layer: str | None, notes: Notes) -> gpd.GeoDataFrame | None:
    """Read one layer of a geographic file.

    Parameters
    ----------
    path : Path
    layer : str or None
        Layer inside the file; may be left out where only one holds shapes.
    notes : Notes
        Where faults go.

    Returns
    -------
    GeoDataFrame or None
        Index ``row`` = feature number from 1; ``attrs["records"]`` = features in the file. None when the
        file cannot be used at all. A shape GEOS cannot build is missing, and GDAL's reason is a warning.
    """
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            name = _layer_name(path, layer, notes)
            table = None if name is None else pyogrio.read_dataframe(path, layer=name, on_invalid="warn")
    except (
        DataSourceError,
        FeatureError,
        FieldError,
        GeometryError,
        OSError,
        ValueError,
        RuntimeError,
    ) as err:
        notes.fault(f"the file cannot be read ({err})", "open it in a GIS and save it again as GeoPackage")
        return None
    if table is None:
        return None
    for text in dict.fromkeys(str(warning.message) for warning in said):
        notes.fault(f"GDAL says: {text}", "check the file", severity="warning")
    if not isinstance(table, gpd.GeoDataFrame):
        notes.fault("the layer has no geometry", "name the layer that holds the shapes")
        return None
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    table.attrs["records"] = len(table)
    return table


def _layer_name(path: Path, wanted: str | None, notes: Notes) -> str | None:
    """Return the layer to read, or None with a fault where it is not there or not certain."""
    kinds = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    if wanted is not None:
        if wanted in kinds:
            return wanted
        remedy = f'write layer = "{next(iter(kinds))}"' if kinds else "check the file"
        notes.fault(
            f"the file holds no layer {wanted!r}, but {', '.join(kinds) or 'none'}",
            remedy,
            column="layer",
            value=wanted,
        )
        return None
    if not kinds:
        notes.fault("the file holds no layer", "check the file")
        return None
    # QGIS keeps styles as a table beside the layer; tables without shapes leave no doubt about the one that has.
    shaped = [name for name, kind in kinds.items() if kind is not None] or list(kinds)
    if len(shaped) > 1:
        notes.fault(
            f"the file holds {len(shaped)} layers: {', '.join(shaped)}",
            f'name one: layer = "{shaped[0]}"',
            column="layer",
        )
        return None
    return shaped[0]
