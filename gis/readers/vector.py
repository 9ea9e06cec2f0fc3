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
        Layer inside the file; may be left out where there is only one.
    notes : Notes
        Where faults go.

    Returns
    -------
    GeoDataFrame or None
        Index ``row`` = feature number from 1; None when the file cannot be used at all.
    """
    try:
        inside = [str(name) for name, _ in pyogrio.list_layers(path)]
        if layer is None and len(inside) > 1:
            notes.fault(
                f"the file holds {len(inside)} layers: {', '.join(inside)}",
                f'name one: layer = "{inside[0]}"',
            )
            return None
        if layer is not None and layer not in inside:
            notes.fault(
                f"the file holds no layer {layer!r}, but {', '.join(inside)}",
                f'write layer = "{inside[0]}"' if inside else "check the file",
                value=layer,
            )
            return None
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            table = pyogrio.read_dataframe(path, layer=layer)
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
    for warning in said:
        notes.fault(f"GDAL says: {warning.message}", "check the file", severity="warning")
    if not isinstance(table, gpd.GeoDataFrame):
        notes.fault("the layer has no geometry", "name the layer that holds the shapes")
        return None
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return table
