"""OpenCelliD: cells grouped to sites, every record counted."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.readers.opencellid import COLUMNS, Grouped, read_opencellid
from phusong.gis.repair import Repair
from phusong.gis.tally import LISTED

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
    return read(tmp_path, "\n".join([header, *rows]) + "\n", **keys)


def read(tmp_path: Path, text: str | bytes, **keys: Any) -> tuple[Grouped | None, Findings]:
    path = tmp_path / "o.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    findings = Findings()
    given: dict[str, Any] = {"operators": {}, "where": {}, "encoding": "auto"} | keys
    return read_opencellid(path, notes=findings.of("cells", "o.csv"), **given), findings


def one(findings: Findings, what: str) -> Repair:
    """Return the single repair that begins so."""
    (repair,) = [repair for repair in findings.repairs if repair.what.startswith(what)]
    return repair


def listed(findings: Findings) -> int:
    """Return how many records the report says were dropped or left out."""
    kinds = ("dropped", "left out")
    return sum(int(r.how_much.split()[0]) for r in findings.repairs if r.what.startswith(kinds))


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
    assert one(findings, "grouped").after == "3 sites, 3 cells"


def test_gsm_is_grouped_by_area_and_tens(tmp_path: Path) -> None:
    """A wide 3G number holds its controller, which says more than the area: 3G has R3 where it had area 7."""
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
    assert sorted(found.sites["site_id"]) == ["1-2G-7-1010", "1-2G-7-1011", "1-2G-8-1010", "1-3G-R3-1010", "1-5G-5"]


@pytest.mark.parametrize(
    ("record", "column", "value", "rule"),
    [
        (row("WIFI", 1), "radio", "WIFI", "radio must be one of GSM, UMTS, LTE, NR"),
        (row("", 1), "radio", "", "radio must be one of"),
        (row("GSM", "x"), "cell", "x", "cell must be a whole number"),
        (row("GSM", 1.5), "cell", "1.5", "cell must be a whole number"),
        (row("GSM", -1), "cell", "-1", "cell must be a whole number from 0"),
        # Each technology has its own length of number; 36 bits are 5G's only.
        (row("LTE", 10**30), "cell", str(10**30), "cell must be a whole number from 0 to 268435455 for LTE"),
        (row("GSM", 65536), "cell", "65536", "cell must be a whole number from 0 to 65535 for GSM"),
        (row("NR", 2**36), "cell", str(2**36), "cell must be a whole number from 0 to 68719476735 for NR"),
        (row("GSM", 1, mcc=0), "mcc", "0", "mcc must be a country code from 200 to 799, or 901"),
        (row("GSM", 1, mcc=45.2), "mcc", "45.2", "mcc must be a country code"),
        (row("GSM", 1, net=1000), "net", "1000", "net must be a network code from 0 to 999"),
        (row("GSM", 1, lon=0, lat="0.0"), "lon", "0", "lon and lat are 0: no place"),
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
    assert (fault.row, fault.column, fault.value, fault.severity) == (3, column, value, "warning")
    assert fault.rule.startswith(rule)
    (dropped,) = [r for r in findings.repairs if r.what.startswith("dropped")]
    assert (dropped.row, dropped.what, dropped.how_much) == ("3", f"dropped: {fault.rule}", "1 record")
    assert found is not None
    assert (len(found.sites), found.records) == (2, 3)


@pytest.mark.parametrize("samples", ["", "0", "-5", "x", "nan", "inf"])
def test_samples_are_only_a_weight(tmp_path: Path, samples: str) -> None:
    found, findings = group(tmp_path, row("LTE", 256, samples=samples), row("LTE", 257, lon=106.96))
    assert findings.faults == []
    assert found is not None
    assert found.sites["lon"].iloc[0] == pytest.approx(106.93, abs=1e-7)


def test_missing_header_and_columns(tmp_path: Path) -> None:
    found, findings = group(tmp_path, header="radio,mcc,net,area,cell,unit,lon")
    assert found is None
    assert {f.column for f in findings.faults} == {"lat"}
    found, findings = group(tmp_path, "1,2", header="a,b")
    assert found is None
    assert {f.column for f in findings.faults} == {"radio", "mcc", "net", "area", "cell", "lon", "lat"}


def test_no_header_at_all(tmp_path: Path) -> None:
    """Unwired's files of one country start with the first cell; that is said."""
    found, findings = group(tmp_path, row("LTE", 256), header=row("LTE", 1, lat=11.6))
    assert found is not None
    assert (found.records, list(found.cells.index)) == (2, [1, 2])
    assert findings.described["cells"][0] == "OpenCelliD without a header: the 14 columns in their usual order"


def test_nothing_usable(tmp_path: Path) -> None:
    found, findings = group(tmp_path, row("WIFI", 1))
    assert found is None
    assert [f.rule for f in findings.faults][-1] == "no usable cell"
    assert group(tmp_path)[0] is None


def test_where_keeps_a_country(tmp_path: Path) -> None:
    found, findings = group(tmp_path, row("LTE", 256), row("LTE", 256, mcc=456), where={"mcc": ("452",)})
    assert found is not None
    assert (len(found.sites), found.records) == (1, 2)
    left = one(findings, "left out by where")
    assert (left.what, left.how_much) == ("left out by where: mcc in 452", "1 records")


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
    world.layers["cells"]["gnb_bits"] = "24"
    assert world.faults() == []
    world.layers["sites"] = {"path": '"sites.csv"'}
    assert world.only().rule == "an OpenCelliD file brings its own sites"
    del world.layers["sites"]
    world.province["operators"] = '["A"]'
    assert {(f.column, f.value) for f in world.faults()} == {("operator", "B")}


@pytest.mark.parametrize("layers", [("cells",), ("sites",)])
@pytest.mark.parametrize("headed", [True, False])
def test_an_export_without_its_format_is_one_error(world: Any, layers: tuple[str, ...], headed: bool) -> None:  # noqa: FBT001
    world.text("o.csv", "\n".join([*([HEADER] if headed else []), row("LTE", 256), row("GSM", 11, net=2)]))
    del world.layers["sites"], world.layers["cells"]
    for layer in layers:
        world.layers[layer] = {"path": '"o.csv"'}
    fault = world.only()
    assert (fault.rule, fault.column) == ("the file is an OpenCelliD table", "format")
    assert fault.remedy.startswith('set format = "opencellid" for [layers.cells]')


# Where the data's own description counts from: 244 cells lie outside this box around Luxembourg.
LUXEMBOURG = (5.7, 49.4, 6.6, 50.2)


def in_box(west: float, south: float, east: float, north: float) -> Any:
    def near(lon: Any, lat: Any) -> Any:
        return (np.asarray(lon) >= west) & (np.asarray(lon) <= east) & (np.asarray(lat) >= south) & (lat <= north)

    return near


def test_real_luxembourg(shared: Path) -> None:
    """21,195 real cells, 803 LTE node numbers as published with the data; each network counts its own."""
    path = shared / "data/cells/opencellid/270_luxembourg.csv"
    findings = Findings()
    found = read_opencellid(path, operators={}, where={}, encoding="auto", notes=findings.of("cells", path.name))
    assert found is not None
    assert findings.faults == []
    assert (found.records, int(found.counts.sum())) == (21195, 21195)
    nodes = found.cells.loc[found.cells["technology"] == "4G", "site_id"]
    assert nodes.str.split("[-~]").str[2].nunique() == 803
    # One network's node is one site unless its cells lie more than 10 km from the best measured one.
    assert nodes.str.split("~").str[0].nunique() == 1146
    assert one(findings, "suspected: the range").how_much == "11314 cells"
    assert one(findings, "suspected: exactly the place").how_much == "1597 cells"
    split = [r for r in findings.repairs if r.what.startswith("split")]
    assert int(found.sites["site_id"].str.contains("~").sum()) == (
        len(split) if len(split) > 1 else int(split[0].how_much.split()[0])
    )
    known = found.sites["accuracy_m"]
    assert known.between(0, 120_000 * 0.55).all()
    assert 300 < known.median() < 5000


def test_real_luxembourg_without_its_neighbours(shared: Path) -> None:
    path = shared / "data/cells/opencellid/270_luxembourg.csv"
    findings = Findings()
    notes = findings.of("cells", path.name)
    near = in_box(*LUXEMBOURG)
    found = read_opencellid(path, operators={}, where={}, encoding="auto", notes=notes, near=near, outside="drop")
    assert found is not None
    dropped = [r for r in findings.repairs if r.what == "dropped: outside the province"]
    assert len(dropped) == listed(findings) == 244
    assert int(found.counts.sum()) == found.records - 244 == 20951


def test_real_luxembourg_as_a_province(shared: Path, world: Any) -> None:
    import shapely

    path = shared / "data/cells/opencellid/270_luxembourg.csv"
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
    assert (summary.rows, summary.used) == (21195, 21195)
    assert len(layers.sites) > 2000


# --- a nation's file -----------------------------------------------------------------------------------------


def test_headers_in_between_and_windows_line_ends(tmp_path: Path) -> None:
    lines = [HEADER, row("LTE", 256), "", HEADER, row("LTE", 512), "   ", HEADER.upper(), row("LTE", 768)]
    found, findings = read(tmp_path, "\ufeff" + "\r\n".join(lines))
    assert found is not None
    assert findings.faults == []
    assert (found.records, list(found.cells.index)) == (3, [2, 5, 8])
    assert one(findings, "passed over: the header again").how_much == "2 lines"


def test_a_header_of_another_order_in_between(tmp_path: Path) -> None:
    other = ",".join(["radio", "net", "mcc", *COLUMNS[3:]])
    found, findings = group(tmp_path, row("LTE", 256), other, row("LTE", 512))
    assert found is None
    assert [(f.row, f.severity) for f in findings.faults] == [(3, "error")]
    assert "header changes" in findings.faults[0].rule


def test_columns_in_another_order_and_quoted(tmp_path: Path) -> None:
    names = list(reversed(COLUMNS))
    values = dict(zip(COLUMNS, row("LTE", 256 * 3, lon=106.91).split(","), strict=True))
    quoted = ";".join(f'"{values[name]}"' for name in names)
    found, findings = read(tmp_path, ";".join(names) + "\n" + quoted + "\n")
    assert found is not None
    assert findings.faults == []
    assert found.sites["lon"].tolist() == pytest.approx([106.91])
    assert found.sites["site_id"].tolist() == ["1-4G-3"]


def test_gzip(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([HEADER, *(row("LTE", 256 * n) for n in range(5000))]).encode())
    found, findings = read(tmp_path, whole)
    assert found is not None
    assert (found.records, len(found.sites)) == (5000, 5000)
    found, findings = read(tmp_path, whole[: len(whole) // 2])
    assert found is None
    assert "cannot be read to its end" in findings.faults[0].rule
    assert read(tmp_path, whole[:12])[0] is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "cp1258"])
def test_a_stated_encoding(tmp_path: Path, encoding: str) -> None:
    found, _ = read(tmp_path, f"{HEADER}\n{row('LTE', 256)}\n".encode(encoding), encoding=encoding)
    assert found is not None
    assert len(found.sites) == 1


def test_an_unknown_encoding_and_an_empty_file(tmp_path: Path) -> None:
    _, findings = read(tmp_path, HEADER, encoding="cp9999")
    assert findings.faults[0].rule == "there is no encoding called 'cp9999'"
    for text in ("", "\n\n", "\0\0\0"):
        found, findings = read(tmp_path, text)
        assert found is None
        assert not findings.may_run


def test_broken_lines_are_counted_with_their_rows(tmp_path: Path) -> None:
    broken = ["1,2,3", row("LTE", 256) + ",9", "ÿ\0garbage"]
    found, findings = group(tmp_path, broken[0], row("LTE", 512), *broken[1:], row("LTE", 768))
    assert found is not None
    assert (found.records, list(found.cells.index)) == (5, [3, 6])
    rule = "the row does not have the header's number of fields"
    assert [(f.rule, f.row, f.severity) for f in findings.faults] == [(f"{rule} (3 records)", 2, "warning")]
    assert [r.row for r in findings.repairs if r.what == f"dropped: {rule}"] == ["2", "4", "5"]


def test_a_quote_nothing_closes_is_an_error(tmp_path: Path) -> None:
    """What it swallows would be lost in silence."""
    quoted = ",".join(f'"{value}"' for value in row("LTE", 256).split(","))
    found, findings = group(tmp_path, quoted, row("LTE", 512)[:-1] + '"', *[row("LTE", 256 * n) for n in range(3, 9)])
    swallowed = [f for f in findings.faults if f.severity == "error"]
    assert swallowed == [] or "swallows" in swallowed[0].rule
    assert found is None or int(found.counts.sum()) + listed(findings) == found.records
    _, findings = group(tmp_path, quoted, '"LTE,452', *[row("LTE", 256 * n) for n in range(3, 9)])
    assert "swallows" in next(f.rule for f in findings.faults if f.severity == "error")


def test_the_last_record_of_a_cell_is_used(tmp_path: Path) -> None:
    found, findings = group(
        tmp_path,
        row("LTE", 256, lon=106.90, updated=10),
        row("LTE", 256, lon=106.95, updated=30),
        row("LTE", 256, lon=106.99, updated=20),
        row("LTE", 256, lon=106.93, updated=30, samples=7),
    )
    assert found is not None
    assert found.sites["lon"].tolist() == pytest.approx([106.93])
    assert list(found.sites.index) == [5]
    gone = [
        (r.row, r.how_much, r.before) for r in findings.repairs if r.what == "dropped: an older record of the same cell"
    ]
    assert gone == [(n, "1 record", "4G cell 256, area 7") for n in ("2", "3", "4")]
    assert int(found.counts.sum()) + listed(findings) == found.records == 4


@pytest.mark.parametrize(("cells", "few"), [(LISTED, True), (LISTED + 1, False)])
def test_far_cells_are_listed_or_counted(tmp_path: Path, cells: int, few: bool) -> None:  # noqa: FBT001
    rows = [row("LTE", 256 * n, lat=20) for n in range(cells)]
    near = in_box(106, 11, 107, 12)
    found, findings = group(tmp_path, row("LTE", 1), *rows, near=near, outside="drop")
    assert found is not None
    assert (found.records, int(found.counts.sum()), listed(findings)) == (cells + 1, 1, cells)
    far = [r for r in findings.repairs if r.what == "dropped: outside the province"]
    assert [(r.row, r.how_much) for r in far[:1]] == [("3", "1 record") if few else ("*", f"{cells} records")]
    assert len(far) == (cells if few else 1)


def test_a_nation_is_refused_unless_the_rest_may_be_dropped(tmp_path: Path) -> None:
    rows = [row("LTE", 256 * n, lat=20) for n in range(LISTED + 5)]
    _, findings = group(tmp_path, row("LTE", 1), *rows, near=in_box(106, 11, 107, 12))
    (fault,) = [f for f in findings.faults if f.severity == "error"]
    assert fault.rule == f"{LISTED + 5} of {LISTED + 6} cells lie far outside the province"
    assert 'outside = "drop"' in fault.remedy


def test_swapped_columns_of_a_whole_file(tmp_path: Path) -> None:
    """Luxembourg's figures swapped are still latitudes: only the province can tell."""
    rows = [row("LTE", 256 * n, lon=49.6, lat=6.1) for n in range(5)]
    _, findings = group(tmp_path, *rows, near=in_box(5.7, 49.4, 6.6, 50.2), outside="drop")
    fault = findings.faults[0]
    assert (fault.severity, fault.row, fault.value) == ("error", 2, "lon 49.60000 lat 6.10000")
    assert fault.rule.startswith("lon and lat look swapped: 5 of 5 cells")


# --- cells to sites ------------------------------------------------------------------------------------------


def test_one_site_cannot_be_at_two_places(tmp_path: Path) -> None:
    found, findings = group(
        tmp_path,
        row("LTE", 257, lat=11.50, samples=90),
        row("LTE", 258, lat=11.55, samples=10),
        row("LTE", 259, lat=11.70, samples=50),
        row("LTE", 260, lat=11.72, samples=5),
        row("LTE", 261, lat=12.40, samples=500, area=9, net=2),
        row("LTE", 262, lat=13.40),
    )
    assert found is not None
    assert found.sites["lat"].round(4).to_dict() == {2: 11.505, 4: 11.7018, 7: 13.4, 6: 12.4}
    assert found.sites["site_id"].tolist() == ["1-4G-1", "1-4G-1~2", "1-4G-1~3", "2-4G-1"]
    split = [(r.row, r.how_much, r.before) for r in findings.repairs if r.what.startswith("split")]
    assert split == [("4", "1 site", "1-4G-1~2: 2 cells"), ("7", "1 site", "1-4G-1~3: 1 cells")]


def test_accuracy_by_hand(tmp_path: Path) -> None:
    """One cell: 0.55 of its range. Two: the larger of their spread and that, over the root of two."""
    found, _ = group(
        tmp_path,
        row("LTE", 256, range=4000, samples=20),
        row("LTE", 512, lat=11.50, range=2000, samples=20),
        row("LTE", 513, lat=11.54, range=2000, samples=20),
        row("LTE", 768, range=0, samples=20),
        row("LTE", 1024, range=1000, samples=3, averageSignal=-97),
        row("LTE", 1025, range=3000, samples=1, averageSignal=-101),
    )
    assert found is not None
    half_m = 0.02 * np.pi / 180 * 6_371_000
    expected = [0.55 * 4000, half_m / np.sqrt(2), np.nan, 0.55 * 1500 / np.sqrt(2)]
    np.testing.assert_allclose(found.sites["accuracy_m"], expected, rtol=1e-9)
    cells = found.cells.set_index("site_id")
    assert cells["range_m"].fillna(-1).tolist() == [4000, 2000, -1, 3000]
    assert cells["samples"].tolist() == [20, 40, 20, 4]
    assert cells["average_signal_dbm"].fillna(0).tolist() == [0, 0, 0, -98]


def test_default_range_with_few_samples_is_unknown(tmp_path: Path) -> None:
    found, findings = group(tmp_path, row("LTE", 256, samples=9), row("LTE", 512, samples=10))
    assert found is not None
    assert found.cells["range_m"].fillna(-1).tolist() == [-1, 1000]
    suspected = one(findings, "suspected: the range")
    assert suspected.how_much == "2 cells"
    assert suspected.after.startswith("unknown for the 1 with fewer than 10 measurements")


def test_a_place_the_operator_gave_goes_first(tmp_path: Path) -> None:
    found, findings = group(
        tmp_path,
        row("LTE", 256, lon=106.90, samples=1000),
        row("LTE", 257, lon=106.92, samples=1, changeable=0),
    )
    assert found is not None
    assert found.sites["lon"].tolist() == pytest.approx([106.92])
    assert found.sites["accuracy_m"].tolist() == [0.0]
    assert one(findings, "used first").how_much == "1 cells"


def test_the_length_of_a_5g_node_is_stated(tmp_path: Path) -> None:
    rows = [row("NR", 2**14 * 9 + 300), row("NR", 2**14 * 9 + 20)]
    assert len(group(tmp_path, *rows)[0].sites) == 2  # type: ignore[union-attr]
    found, _ = group(tmp_path, *rows, gnb_bits=22)
    assert found is not None
    assert found.sites["site_id"].tolist() == ["1-5G-9"]


def test_two_countries(tmp_path: Path) -> None:
    """Network 1 of Cambodia is not network 1 of Vietnam."""
    rows = [row("LTE", 256), row("LTE", 256, mcc=456)]
    found, findings = group(tmp_path, *rows, operators={"452-1": "Hoa Sen"})
    assert found is not None
    assert found.sites["site_id"].tolist() == ["452-1-4G-1", "456-1-4G-1"]
    assert found.sites["owner"].tolist() == ["Hoa Sen", "456-1"]
    assert [(f.severity, f.column) for f in findings.faults] == [("info", "mcc")]
    found, findings = group(tmp_path, *rows, operators={"1": "Hoa Sen"})
    assert found is None
    assert [(f.severity, f.value) for f in findings.faults] == [("error", "1"), ("info", None)]


@pytest.mark.parametrize("code", ["1", "01", "452-1", "452-01"])
def test_ways_of_writing_a_network(tmp_path: Path, code: str) -> None:
    found, _ = group(tmp_path, row("LTE", 256, net="01"), operators={code: "Hoa Sen"})
    assert found is not None
    assert (found.sites["site_id"].tolist(), found.sites["owner"].tolist()) == (["1-4G-1"], ["Hoa Sen"])


# --- whatever stands in the file ------------------------------------------------------------------------------

_FIELD = st.one_of(
    st.sampled_from(
        ["", "LTE", "GSM", "radio", "nan", "inf", "-1", "0", "452", "1e9", '"', "106.9", "11.5", "\x00", "é"]
    ),
    st.integers(-(2**40), 2**40).map(str),
    st.text(max_size=5),
)
_LINE = st.one_of(
    st.lists(_FIELD, max_size=16).map(",".join),
    st.builds(
        lambda radio, cell, lon, lat, samples: row(radio, cell, lon=lon, lat=lat, samples=samples),
        st.sampled_from(["LTE", "GSM", "UMTS", "NR"]),
        st.integers(0, 2000),
        st.floats(106, 108),
        st.floats(11, 13),
        st.integers(0, 9),
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINE, max_size=30), headed=st.booleans())
def test_records_are_used_or_listed(tmp_path: Path, lines: list[str], headed: bool) -> None:  # noqa: FBT001
    """Every record of any file is in a site, or in the report, and no site is wider than its technology allows."""
    text = "\n".join([HEADER, *lines] if headed else lines)
    found, findings = read(tmp_path, text.encode("utf-8", "replace"))
    if found is None:
        assert not findings.may_run
        return
    assert int(found.counts.sum()) + listed(findings) == found.records
    assert found.sites["site_id"].is_unique
    assert found.sites["lon"].between(-180, 180).all()
    assert not (found.sites["accuracy_m"] < 0).any()
