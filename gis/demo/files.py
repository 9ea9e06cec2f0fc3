"""Files: the province as ordinary files, the same bytes each time.

CSV is UTF-8 with fixed decimals and line feeds; GeoPackage gets a fixed date; GeoTIFF carries none. GDAL writes into
memory and Python to the disk: on a full disk GDAL may leave a torn raster and say nothing, Python raises `OSError`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from phusong.gis.demo.calibration import OPERATORS
from phusong.gis.demo.draws import integers, uniform
from phusong.gis.demo.people import GRAIN
from phusong.gis.demo.places import CELL_M, CRS, Frame, to_degrees
from phusong.gis.demo.province import Province

__all__ = ["WRITERS"]

_FIXED_DATE = "2024-12-31T00:00:00.000Z"
_TECHNOLOGY = {"GSM": "2G", "UMTS": "3G", "LTE": "4G", "NR": "5G"}
_NO_POWER_SHARE = 0.3
_NO_POWER_FROM = 0.94  # only among the most remote hamlets
_PEOPLE_PER_HOUSEHOLD = (34, 42)  # tenths


def _communes(province: Province, path: Path) -> None:
    units = province.communes
    table = {
        "code": units.code,
        "name": units.name,
        "kind": units.kind,
        "population": units.people,
        "area_km2": units.area_km2,
    }
    _geopackage(table, units.polygons, path)


def _sites(province: Province, path: Path) -> None:
    masts = province.masts
    owner = {pair.mast: OPERATORS[pair.operator].name for pair in province.pairs if pair.place == 0}
    lon, lat = to_degrees(masts.x_m, masts.y_m)
    ids, names = masts.ids(province.communes), masts.names(province.communes)
    rows = (
        (ids[i], names[i], f"{lon[i]:.6f}", f"{lat[i]:.6f}", masts.height_m[i], masts.mast_class[i], owner[i])
        for i in range(len(masts))
    )
    _csv(("site_id", "name", "lon", "lat", "height_m", "mast_class", "owner"), rows, path)


def _cells(province: Province, path: Path) -> None:
    ids = province.masts.ids(province.communes)
    rows = []
    for cell in province.cells:
        site, operator = ids[cell.pair.mast], OPERATORS[cell.pair.operator]
        technology = _TECHNOLOGY[cell.band.rstrip("0123456789")]
        cell_id = f"{site}-{operator.short}-{cell.band}-{cell.sector}"
        rows.append(
            (
                cell_id,
                site,
                operator.name,
                technology,
                cell.band,
                cell.azimuth_deg,
                cell.tilt_deg,
                cell.height_m,
            )
        )
    header = ("cell_id", "site_id", "operator", "technology", "band", "azimuth_deg", "tilt_deg", "height_m")
    _csv(header, rows, path)


def _hamlets(province: Province, path: Path) -> None:
    hamlets, units = province.hamlets, province.communes
    ids, names = hamlets.ids(units), hamlets.names(units)
    key = np.array([int(units.code[c]) for c in hamlets.commune]) * 1000 + hamlets.number
    low, high = _PEOPLE_PER_HOUSEHOLD
    size = integers(province.seed, "household", key, low=low, high=high)
    households = np.maximum(1, (province.hamlet_people * 10 + size // 2) // size)
    rank = np.argsort(np.argsort(province.remoteness_m, kind="stable"), kind="stable") / len(hamlets)
    power = (rank < _NO_POWER_FROM) | (uniform(province.seed, "power", key) >= _NO_POWER_SHARE)
    lon, lat = to_degrees(hamlets.x_m, hamlets.y_m)
    rows = (
        (
            ids[i],
            names[i],
            f"{lon[i]:.6f}",
            f"{lat[i]:.6f}",
            units.code[hamlets.commune[i]],
            province.hamlet_people[i],
            households[i],
            "true" if power[i] else "false",
        )
        for i in range(len(hamlets))
    )
    header = ("hamlet_id", "name", "lon", "lat", "commune_code", "people", "households", "grid_power")
    _csv(header, rows, path)


def _roads(province: Province, path: Path) -> None:
    roads = province.roads
    table = {
        "road_id": [f"D-{road.ends[0]}-{road.ends[1]}" for road in roads],
        "name": [road.name for road in roads],
        "class": [road.rank for road in roads],
    }
    _geopackage(table, np.array([road.line for road in roads]), path)


def _fibre(province: Province, path: Path) -> None:
    cables = province.cables
    table = {
        "fibre_id": [cable.fibre_id for cable in cables],
        "owner": [cable.owner for cable in cables],
        "medium": [cable.medium for cable in cables],
    }
    _geopackage(table, np.array([cable.road.line for cable in cables]), path)


def _parks(province: Province, path: Path) -> None:
    parks = province.parks
    table = {"park_id": [park.park_id for park in parks], "name": [park.name for park in parks]}
    _geopackage(table, np.array([park.polygon for park in parks]), path)


def _population(province: Province, path: Path) -> None:
    values = (province.counts / GRAIN).astype(np.float32)
    _geotiff(values, "people", province.frame, path, nodata=-1.0)


def _terrain(province: Province, path: Path) -> None:
    _geotiff(province.elevation_m, "elevation_m", province.frame, path, nodata=-32768)


WRITERS: tuple[tuple[str, Callable[[Province, Path], None]], ...] = (
    ("communes.gpkg", _communes),
    ("sites.csv", _sites),
    ("cells.csv", _cells),
    ("population.tif", _population),
    ("terrain.tif", _terrain),
    ("fibre.gpkg", _fibre),
    ("roads.gpkg", _roads),
    ("hamlets.csv", _hamlets),
    ("industrial_parks.gpkg", _parks),
)
"""File name and what writes it, in the order of layers.toml."""


def _csv(header: tuple[str, ...], rows: Iterable[tuple[object, ...]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((*header, "simulated"))
        writer.writerows((*row, "true") for row in rows)


def _geopackage(table: Mapping[str, object], geometry: NDArray[np.object_], path: Path) -> None:
    frame = gpd.GeoDataFrame({**table, "simulated": True}, geometry=geometry, crs=CRS)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    memory = BytesIO()
    try:
        pyogrio.write_dataframe(frame, memory, layer=path.stem, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    path.write_bytes(memory.getvalue())


def _geotiff(values: NDArray[np.generic], name: str, frame: Frame, path: Path, *, nodata: float) -> None:
    profile = {
        "driver": "GTiff",
        "height": frame.rows,
        "width": frame.cols,
        "count": 1,
        "dtype": values.dtype.name,
        "crs": CRS,
        "transform": Affine(CELL_M, 0.0, frame.x_min_m, 0.0, -CELL_M, frame.y_max_m),
        "nodata": nodata,
        "compress": "deflate",
        "tiled": True,
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(values, 1)
            raster.set_band_description(1, name)
            raster.update_tags(simulated="true", note="dữ liệu mô phỏng / simulated data")
        path.write_bytes(memory.read())
