"""OpenCelliD: cells grouped to sites, every record counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from phusong.gis.findings import Findings
from phusong.gis.readers.opencellid import COLUMNS, Grouped, read_opencellid

HEADER = ",".join(COLUMNS)


def row(radio: str, cell: object, **keys: object) -> str:
    """Return one record; the fields of no interest are as the export writes them."""
    values = {
        "radio": radio,
        "mcc": 452,
        "net": 1,
        "area": 7,
        "cell": cell,
        "unit": 0,
        "lon": 106.9,
        "lat": 11.54,
        "range": 1000,
        "samples": 1,
        "changeable": 1,
        "created": 1459813819,
        "updated": 1459813819,
        "averageSignal": 0,
        **keys,
    }
    return ",".join(str(values[name]) for name in COLUMNS)


def group(tmp_path: Path, *rows: str, header: str = HEADER, **keys: Any) -> tuple[Grouped | None, Findings]:
    path = tmp_path / "o.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    findings = Findings()
    notes = findings.of("cells", "o.csv")
    operators, where = keys.get("operators", {}), keys.get("where", {})
    return read_opencellid(path, operators=operators, where=where, encoding="utf-8", notes=notes), findings


def test_lte_is_grouped_by_node(tmp_path: Path) -> None:
    found, findings = group(
        tmp_path,
        row("LTE", 256 * 77 + 1, lon=106.90, samples=3),
        row("LTE", 256 * 77 + 2, lon=106.94, samples=1),
        row("LTE", 256 * 78 + 1, lat=11.6),
        row("LTE", 256 * 77 + 1, net=4),
        operators={"1": "Hoa Sen"},
    )
    assert found is not None
    assert findings.faults == []
    assert found.sites.set_index("site_id")["lon"].to_dict() == pytest.approx(
        {"1-4G-77": 106.91, "1-4G-78": 106.9, "4-4G-77": 106.9}
    )
    assert found.sites.set_index("site_id")["owner"].to_dict() == {
        "1-4G-77": "Hoa Sen",
        "1-4G-78": "Hoa Sen",
        "4-4G-77": "4",
    }
    assert list(found.cells["operator"]) == ["Hoa Sen", "Hoa Sen", "4"]
    assert found.counts.to_dict() == {"1-4G-77-4G": 2, "1-4G-78-4G": 1, "4-4G-77-4G": 1}
    assert list(found.cells.index) == [2, 4, 5]
    assert found.records == 4
    assert findings.repairs[0].after == "3 sites, 3 cells"


def test_gsm_is_grouped_by_area_and_tens(tmp_path: Path) -> None:
    found, _ = group(
        tmp_path,
        row("GSM", 10101),
        row("GSM", 10102),
        row("GSM", 10111),
        row("GSM", 10101, area=8),
        row("UMTS", 65536 * 3 + 10101),
        row("nr", 256 * 5),
    )
    assert found is not None
    assert sorted(found.sites["site_id"]) == ["1-2G-7-1010", "1-2G-7-1011", "1-2G-8-1010", "1-3G-7-1010", "1-5G-5"]


@pytest.mark.parametrize(
    ("record", "column", "value", "rule"),
    [
        (row("WIFI", 1), "radio", "WIFI", "radio must be one of GSM, UMTS, LTE, NR"),
        (row("", 1), "radio", "", "radio must be one of"),
        (row("GSM", "x"), "cell", "x", "cell must be a whole number"),
        (row("GSM", 1.5), "cell", "1.5", "cell must be a whole number"),
        (row("GSM", -1), "cell", "-1", "cell must be a whole number from 0"),
        (row("LTE", 10**30), "cell", str(10**30), "cell must be a whole number from 0 to 68719476736"),
        (row("GSM", 1, area="nan"), "area", "nan", "area must be a whole number"),
        (row("GSM", 1, lon=181), "lon", "181", "lon must be a number from -180 to 180"),
        (row("GSM", 1, lat="inf"), "lat", "inf", "lat must be a number from -90 to 90"),
        (row("GSM", 1, lat=""), "lat", "", "lat must be a number"),
        (row("GSM", 1, net=""), "net", "", "net must be a network code"),
    ],
)
def test_a_bad_record_is_a_fault_and_the_others_stay(
    tmp_path: Path, record: str, column: str, value: str, rule: str
) -> None:
    found, findings = group(tmp_path, row("LTE", 256), record, row("LTE", 512))
    (fault,) = findings.faults
    assert (fault.row, fault.column, fault.value) == (3, column, value)
    assert fault.rule.startswith(rule)
    assert found is not None
    assert (len(found.sites), found.records) == (2, 3)


@pytest.mark.parametrize("samples", ["", "0", "-5", "x", "nan", "inf"])
def test_samples_are_only_a_weight(tmp_path: Path, samples: str) -> None:
    found, findings = group(tmp_path, row("LTE", 256, samples=samples), row("LTE", 257, lon=107.1))
    assert findings.faults == []
    assert found is not None
    assert found.sites["lon"].iloc[0] == pytest.approx(107.0)


def test_missing_header_and_columns(tmp_path: Path) -> None:
    found, findings = group(tmp_path, header="radio,mcc,net,area,cell,unit,lon")
    assert found is None
    assert {f.column for f in findings.faults} == {"lat"}
    found, findings = group(tmp_path, row("LTE", 256), header=row("LTE", 1, lat=3))
    assert found is None
    assert {f.column for f in findings.faults} >= {"radio", "net", "area", "cell", "lon", "lat"} or findings.faults


def test_nothing_usable(tmp_path: Path) -> None:
    found, findings = group(tmp_path, row("WIFI", 1))
    assert found is None
    assert [f.rule for f in findings.faults][-1] == "no usable cell"
    assert group(tmp_path)[0] is None


def test_where_keeps_a_country(tmp_path: Path) -> None:
    found, findings = group(tmp_path, row("LTE", 256), row("LTE", 256, mcc=456), where={"mcc": ("452",)})
    assert found is not None
    assert (len(found.sites), found.records) == (1, 2)
    assert findings.repairs[0].how_much == "1 records"


def test_a_province_from_one_export(world: Any) -> None:
    rows = [row("LTE", 256), row("LTE", 257), row("GSM", 11, net=2), row("LTE", 900, lon=105.0)]
    world.text("o.csv", "\n".join([HEADER, *rows]))
    del world.layers["sites"]
    world.layers["cells"] = {
        "path": '"o.csv"',
        "format": '"opencellid"',
        "operators": '{ 1 = "A", 2 = "B" }',
        "outside": '"drop"',
    }
    layers = world.read()
    assert sorted(layers.sites.index) == ["1-4G-1", "2-2G-7-1"]
    assert layers.operators == ("A", "B")
    summary = next(s for s in layers.summaries if s.layer == "cells")
    assert (summary.rows, summary.used, summary.crs) == (4, 3, "EPSG:4326")
    assert ("5", "dropped: outside the province") in [(r.row, r.what) for r in layers.repairs]
    world.layers["sites"] = {"path": '"sites.csv"'}
    assert world.only().rule == "an OpenCelliD file brings its own sites"
    del world.layers["sites"]
    world.province["operators"] = '["A"]'
    assert {(f.column, f.value) for f in world.faults()} == {("operator", "B")}


def test_real_luxembourg(shared: Path, world: Any) -> None:
    """21,195 real cells, 803 LTE node numbers as published with the data; each network counts its own."""
    import shapely

    path = shared / "data/cells/opencellid/270_luxembourg.csv"
    findings = Findings()
    found = read_opencellid(path, operators={}, where={}, encoding="utf-8", notes=findings.of("cells", path.name))
    assert found is not None
    assert findings.faults == []
    assert (found.records, int(found.counts.sum())) == (21195, 21195)
    nodes = found.cells.loc[found.cells["technology"] == "4G", "site_id"].str.split("-").str[-1]
    assert (len(nodes), nodes.nunique()) == (1146, 803)
    box = gpd.GeoDataFrame(
        {"code": ["LU"], "name": ["Luxembourg"]}, geometry=[shapely.box(5.73, 49.44, 6.53, 50.19)], crs="EPSG:4326"
    )
    world.vector("communes.gpkg", box.assign(population=[600_000]))
    world.province |= {"crs": '"EPSG:32632"', "operators": "[]"}
    world.layers = {
        "communes": {"path": '"communes.gpkg"'},
        "cells": {"path": f'"{path}"', "format": '"opencellid"', "outside": '"drop"'},
    }
    layers = world.read()
    summary = next(s for s in layers.summaries if s.layer == "cells")
    assert summary.rows == 21195
    assert 20_000 < summary.used <= 21195
    assert len(layers.sites) > 2000
