"""Writing: a folder that is there whole or not at all, and layers in it that are the same bytes each time."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

__all__ = ["whole_folder", "write_csv", "write_geopackage"]


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write into that takes the named one's place when all is written, and is gone otherwise.

    Parameters
    ----------
    folder : Path
        What stands there is replaced at the end, and only then.

    Yields
    ------
    Path
        An empty folder beside it.
    """
    folder = folder.resolve()
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        _swap(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _swap(partial: Path, folder: Path) -> None:
    """Put the finished folder in the old one's place; the old one goes only after the new one stands."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    try:
        partial.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 with line feeds, without its index."""
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_geopackage(
    layers: Mapping[str, gpd.GeoDataFrame],
    path: Path,
    *,
    as_of: date | str,
    empty_kinds: Mapping[str, str] | None = None,
    multi: Collection[str] = (),
) -> None:
    """Write layers into one GeoPackage, the same bytes for the same layers.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        Their index is not written.
    path : Path
    as_of : date or str
        GDAL stamps the day into the file; this one takes its place, so that hashes can be compared.
    empty_kinds : mapping of str to str, optional
        Geometry type of layers that may be empty, where no shape tells it.
    multi : collection of str
        Layers whose shapes are all written as multi-part ones.

    Raises
    ------
    OSError
        The disk is full, or the path may not be written.
    """
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{as_of}T00:00:00.000Z"})
    try:
        for name, layer in layers.items():
            text = {
                c: layer[c].astype(object).where(layer[c].notna(), None)
                for c in layer.columns
                if layer[c].dtype == "string"
            }
            pyogrio.write_dataframe(
                layer.assign(**text),
                path,
                layer=name,
                driver="GPKG",
                geometry_type=(empty_kinds or {}).get(name) if layer.empty else None,
                promote_to_multi=name in multi or None,
            )
    except (FeatureError, DataLayerError, DataSourceError) as err:  # GDAL's words for a full disk
        raise OSError(f"{path.name} cannot be written: {err}") from err
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
