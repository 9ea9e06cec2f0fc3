"""Parquet, Feather and Arrow files, with shapes or without."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from pyarrow import ipc, parquet

from phusong.gis.findings import Findings
from phusong.gis.readers import parquet as reader
from phusong.gis.readers.parquet import read_parquet


def table(crs: str | None = "EPSG:9212") -> gpd.GeoDataFrame:
    shapes = [shapely.Point(570_000, 1_275_000), None, shapely.Point(571_000, 1_275_000)]
    return gpd.GeoDataFrame({"site_id": ["A", "B", "Ấp"], "height_m": [1.5, np.nan, 3]}, geometry=shapes, crs=crs)


def read(path: Path) -> tuple[Any, Findings]:
    findings = Findings()
    return read_parquet(path, notes=findings.of("sites", path.name)), findings


@pytest.mark.parametrize(
    ("name", "keys"),
    [("a.parquet", {}), ("a.parquet", {"geometry_encoding": "geoarrow", "schema_version": "1.1.0"}), ("a.feather", {})],
)
def test_geoparquet(tmp_path: Path, name: str, keys: dict[str, Any]) -> None:
    write = table().to_parquet if name == "a.parquet" else table().to_feather
    write(tmp_path / name, **keys)
    found, findings = read(tmp_path / name)
    assert findings.faults == []
    assert list(found.index) == [1, 2, 3]
    assert found["site_id"].tolist() == ["A", "B", "Ấp"]
    assert found.crs.to_epsg() == 9212
    assert found.geometry.isna().tolist() == [False, True, False]
    assert found.attrs["records"] == 3
    assert findings.described == {"sites": ["GeoParquet" if name == "a.parquet" else "GeoArrow"]}


@pytest.mark.parametrize("kind", ["file", "stream", "parquet"])
def test_geoarrow(tmp_path: Path, kind: str) -> None:
    arrow = pa.table(table().to_arrow(index=False))
    path = tmp_path / ("a.parquet" if kind == "parquet" else "a.arrow")
    if kind == "parquet":
        parquet.write_table(arrow, path)
    else:
        opened = ipc.new_file if kind == "file" else ipc.new_stream
        with opened(path, arrow.schema) as file:
            file.write_table(arrow)
    found, findings = read(path)
    assert findings.faults == []
    assert [None if p is None else p.x for p in found.geometry] == [570_000, None, 571_000]
    assert found.crs.to_epsg() == 9212


def test_no_crs_stays_unknown(tmp_path: Path) -> None:
    table(None).to_parquet(tmp_path / "a.parquet")
    found, findings = read(tmp_path / "a.parquet")
    assert (found.crs, findings.faults) == (None, [])


def test_a_geometry_column_of_another_name(tmp_path: Path) -> None:
    table().rename_geometry("vị trí").to_parquet(tmp_path / "a.parquet")
    found, _ = read(tmp_path / "a.parquet")
    assert list(found.columns) == ["site_id", "height_m", "geometry"]
    assert found.geometry.name == "geometry"


def test_a_plain_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "site_id": ["A", None],
            "lon": [106.9, 107.0],
            "cores": [decimal.Decimal("12.00"), decimal.Decimal("1.50")],
            "since": [dt.date(2020, 1, 2), None],
            "kind": pd.Categorical(["x", "y"]),
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    found, findings = read(tmp_path / "a.parquet")
    assert not isinstance(found, gpd.GeoDataFrame)
    assert findings.described == {"sites": ["Parquet, plain table"]}
    assert found.to_dict("list") == {
        "site_id": ["A", None],
        "lon": [106.9, 107.0],
        "cores": [12, 1.5],
        "since": ["2020-01-02", None],
        "kind": ["x", "y"],
    }


def test_a_plain_table_with_wkb(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site_id": ["A", "B", "C"], "GEOM": [shapely.Point(1, 2).wkb, None, shapely.Point(3, 4).wkb]})
    frame.to_parquet(tmp_path / "a.parquet")
    found, findings = read(tmp_path / "a.parquet")
    assert findings.described == {"sites": ["Parquet, plain table with WKB in GEOM"]}
    assert [None if p is None else (p.x, p.y) for p in found.geometry] == [(1, 2), None, (3, 4)]
    assert (list(found.columns), found.crs) == (["site_id", "geometry"], None)
    frame.assign(wkb=frame["GEOM"]).to_parquet(tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet")[1].faults[0].rule == "the file has 2 columns of shapes: GEOM, wkb"


def test_broken_wkb_is_a_missing_shape(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2], "wkb": [shapely.Point(1, 2).wkb, b"\x01\x02"]}).to_parquet(tmp_path / "a.parquet")
    found, findings = read(tmp_path / "a.parquet")
    assert found.geometry.isna().tolist() == [False, True]
    assert [(f.row, f.column, f.severity) for f in findings.faults] == [(2, "geometry", "warning")]


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.arrow"])
@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"ARROW1\x00\x00", b"PAR1" + bytes(100) + b"PAR1", b"\xff\xff\xff\xff" * 20]
)
def test_broken_files(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    found, findings = read(tmp_path / name)
    assert found is None
    assert [f.severity for f in findings.faults] == ["error"]
    assert findings.faults[0].rule.startswith("the file cannot be read (")


@pytest.mark.parametrize(
    "geo", [b"", b"{", b"[]", b'{"columns": {}}', b'{"version": "1.0.0", "primary_column": "x", "columns": {}}']
)
def test_broken_geo_metadata(tmp_path: Path, geo: bytes) -> None:
    arrow = pa.table({"site_id": ["A"], "geometry": [shapely.Point(1, 2).wkb]}).replace_schema_metadata({b"geo": geo})
    parquet.write_table(arrow, tmp_path / "a.parquet")
    found, findings = read(tmp_path / "a.parquet")
    assert found is None
    assert [f.severity for f in findings.faults] == ["error"]


def test_sizes_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table().to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(reader, "_MOST_ROWS", 2)
    assert read(tmp_path / "a.parquet")[1].faults[0].rule.startswith("the file holds 3 rows, 0.0 GiB: more than")
