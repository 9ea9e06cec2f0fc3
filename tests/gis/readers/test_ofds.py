"""Fibre in the Open Fibre Data Standard: packages, GeoJSON, and what is wrong with real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.layers_file import LayerSource
from phusong.gis.readers.ofds import is_ofds, read_ofds
from phusong.gis.readers.open_layer import open_layer

EXAMPLES = "data/fibre/ofds/standard_examples/examples"
RWANDA = "data/fibre/ofds/Rwanda/Rwanda_National_Backbone"
ROUTE = [[106.8, 11.5], [106.9, 11.5]]


def span(identity: str | None = "1", **fields: Any) -> dict[str, Any]:
    route = {"type": "LineString", "coordinates": ROUTE}
    return {"id": identity, "start": "A", "end": "B", "route": route, **fields}


def node(identity: str, x: float, y: float = 11.5, **fields: Any) -> dict[str, Any]:
    return {"id": identity, "location": {"type": "Point", "coordinates": [x, y]}, **fields}


def package(*spans: Any, **fields: Any) -> dict[str, Any]:
    nodes = [node("A", 106.8), node("B", 106.9)]
    return {"networks": [{"id": "n", "name": "Mạng", "nodes": nodes, "spans": list(spans), **fields}]}


def read(
    tmp_path: Path, content: Any, *, layer: str | None = None, name: str = "fibre"
) -> tuple[gpd.GeoDataFrame | None, Findings]:
    path = tmp_path / "a.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_file(path, layer=layer, name=name)


def read_file(path: Path, *, layer: str | None = None, name: str = "fibre") -> tuple[gpd.GeoDataFrame | None, Findings]:
    findings = Findings()
    return read_ofds(path, layer=layer, notes=findings.of(name, path.name)), findings


def found(findings: Findings) -> list[tuple[str, int | str | None, str | None]]:
    return [(fault.severity, fault.row, fault.column) for fault in findings.faults]


def test_a_span_in_the_dictionary_s_words(tmp_path: Path) -> None:
    content = package(
        span(
            physicalInfrastructureProvider={"id": "V"},
            networkProviders=[{"id": "V"}, {"id": "F", "name": "FPT"}, {"id": "x"}],
            fibreCount=48,
            fibreLength=11.5,
            deployment=["aboveGround"],
            deploymentDetails={"description": "on poles"},
            transmissionMedium=["fibre"],
            phase={"id": "p", "name": "2026"},
            status="operational",
            darkFibre=True,
        ),
        organisations=[{"id": "V", "name": "Viettel"}],
    )
    table, findings = read(tmp_path, content)
    assert findings.faults == []
    assert findings.repairs == []
    assert table is not None
    row = table.loc[1].drop("geometry").to_dict()
    assert row == {
        "fibre_id": "1",
        "owner": "Viettel",
        "cores": 48.0,
        "length_km": 11.5,
        "medium": "aerial",
        "network": "Mạng",
        "start": "A",
        "end": "B",
        "physicalInfrastructureProvider": "Viettel",
        "networkProviders": "Viettel; FPT; x",
        "fibreCount": 48,
        "fibreLength": 11.5,
        "deployment": "aboveGround",
        "deploymentDetails": "on poles",
        "transmissionMedium": "fibre",
        "phase": "2026",
        "status": "operational",
        "darkFibre": True,
    }
    assert table.geometry[1].wkt == "LINESTRING (106.8 11.5, 106.9 11.5)"
    assert (table.crs.to_epsg(), table.attrs["records"]) == (4326, 1)
    assert findings.described == {"fibre": ["Open Fibre Data Standard, spans, 1 network"]}


@pytest.mark.parametrize(
    ("fields", "medium"),
    [
        ({"deployment": ["belowGround"]}, "buried"),
        ({"deployment": ["belowGround"], "supportingInfrastructure": ["duct"]}, "duct"),
        ({"supportingInfrastructure": ["pole", "pylon"]}, "aerial"),
        ({"deployment": ["belowGround", "aboveGround"]}, None),
        ({}, None),
    ],
)
def test_medium(tmp_path: Path, fields: dict[str, Any], medium: str | None) -> None:
    table, findings = read(tmp_path, package(span(**fields)))
    assert findings.faults == []
    assert table is not None
    assert (table["medium"][1] if "medium" in table else None) == medium


def test_nodes(tmp_path: Path) -> None:
    table, findings = read(tmp_path, package(), layer="nodes", name="sites")
    assert findings.faults == []
    assert table is not None
    assert table["site_id"].tolist() == ["A", "B"]
    assert table.geometry.x.tolist() == [106.8, 106.9]
    assert read(tmp_path, package(span()), name="sites")[0].shape[0] == 2  # type: ignore[union-attr]
    _, findings = read(tmp_path, package(), layer="masts")
    assert (findings.faults[0].rule, findings.faults[0].value) == ("a fibre network has spans and nodes", "masts")


def test_length_in_metres_is_said(tmp_path: Path) -> None:
    table, findings = read(tmp_path, package(span(fibreLength=11_000), span("2", fibreLength=11)))
    assert table is not None
    assert table["length_km"].tolist() == [11.0, 11.0]
    assert [(r.row, r.before, r.after) for r in findings.repairs] == [("1", "11000", "11 km")]


def test_ends_that_are_not_on_their_nodes(tmp_path: Path) -> None:
    content = package(span(), span("2", start="C", end="D"))
    content["networks"][0]["nodes"] = [node("A", 106.8), node("B", 106.91), node("C", 106.8)]
    _, findings = read(tmp_path, content)
    off, unknown = findings.faults
    assert off.rule == "1 of 4 span ends are not on their node, up to 1091 m away"
    assert (off.row, off.column, off.severity) == (1, "networks[0].spans[0].end", "warning")
    assert unknown.rule == "1 of 4 span ends name no node that the file places"
    assert (unknown.row, unknown.column, unknown.value) == (2, "networks[0].spans[1].end", "D")
    content["networks"][0]["accuracy"] = 2000
    assert len(read(tmp_path, content)[1].faults) == 1


def test_spans_that_are_no_fibre_are_left_out_and_listed(tmp_path: Path) -> None:
    content = package(
        span(), span("2", transmissionMedium=["microwave"]), span("3", transmissionMedium=["copper", "fibre"])
    )
    table, findings = read(tmp_path, content)
    assert table is not None
    assert list(table.index) == [1, 3]
    assert table.attrs["records"] == 3
    assert [(r.row, r.what, r.before) for r in findings.repairs] == [
        ("2", "left out: a span that is no fibre", "microwave")
    ]


def test_spans_not_in_operation_are_said(tmp_path: Path) -> None:
    _, findings = read(tmp_path, package(span(status="planned"), span("2", status="operational")))
    assert findings.faults[0].rule == "not all are in operation: 1 planned; all count alike"
    assert findings.faults[0].remedy == 'keep those that are: where = { status = ["operational"] }'


def test_ids_of_several_networks(tmp_path: Path) -> None:
    content = {
        "networks": [package(span(), span("2"))["networks"][0], package(span())["networks"][0] | {"name": "Hai"}]
    }
    table, findings = read(tmp_path, content)
    assert table is not None
    assert table["fibre_id"].tolist() == ["Mạng: 1", "2", "Hai: 1"]
    assert "1 ids of several networks have the network's name before them" in findings.described["fibre"]


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"route": None}, "route", "route is missing: the record has no shape"),
        ({"route": {"type": "Point", "coordinates": [1, 2]}}, "route", "route is no shape (it must be a LineString or"),
        ({"route": {"type": "LineString", "coordinates": [[1, 2]]}}, "route", "route is no shape ("),
        ({"route": {"type": "LineString", "coordinates": [[1, "a"], [1, 2]]}}, "route", "route is no shape ("),
        ({"route": {"type": "LineString", "coordinates": []}}, "route", "route is no shape (it holds no places"),
        ({"route": [1]}, "route", "route is no shape ("),
        ({"id": None}, "id", "id must be text that names the record"),
        ({"id": 7}, "id", "id must be text that names the record"),
        ({"status": "open"}, "status", "status must be one of operational"),
        ({"fibreCount": "52"}, "fibreCount", "fibreCount must be a number"),
        ({"fibreLength": True}, "fibreLength", "fibreLength must be a number"),
        ({"transmissionMedium": ["cable"]}, "transmissionMedium", "transmissionMedium must be of fibre, coaxial"),
        ({"deployment": ["orbit"]}, "deployment", "deployment must be one of duct"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(tmp_path: Path, change: dict[str, Any], column: str, rule: str) -> None:
    table, findings = read(tmp_path, package(span("0"), {**span(), **change}))
    assert table is not None
    assert len(table) == 2
    fault = findings.faults[0]
    assert (fault.severity, fault.row, fault.column) == ("warning", 2, f"networks[0].spans[1].{column}")
    assert fault.rule.startswith(rule)


@pytest.mark.parametrize(
    ("content", "column", "rule"),
    [
        ("", None, "the file is no sound JSON"),
        ('{"networks": [', None, "the file is no sound JSON"),
        ("[" * 100_000, None, "the file is no sound JSON"),
        ("[]", None, "the file is no network package"),
        ({"networks": {}}, "networks", "networks must be a list"),
        ({"networks": []}, "layer", "the file holds no spans"),
        ({"networks": [1]}, "networks[0]", "a network must be an object"),
        ({"networks": [{"spans": {}}]}, "networks[0].spans", "spans must be a list"),
        ({"networks": [{"spans": ["a"]}]}, "networks[0].spans[0]", "one of the spans must be an object"),
        ({"type": "FeatureCollection", "features": [1]}, "features[0]", "a feature must be an object"),
    ],
)
def test_no_package(tmp_path: Path, content: Any, column: str | None, rule: str) -> None:
    table, findings = read(tmp_path, content)
    assert table is None
    fault = findings.faults[0]
    assert (fault.severity, fault.column) == ("error", column)
    assert fault.rule.startswith(rule)


def test_spans_that_are_elsewhere_are_not_fetched(tmp_path: Path) -> None:
    links = [{"rel": "tag:opentelecomdata.net,2022:spansFile", "href": "http://example.com/spans.jsonl"}]
    table, findings = read(tmp_path, {"networks": [{"id": "n", "links": links}]})
    assert table is None
    assert findings.faults[0].rule == "the spans are not in the file but at http://example.com/spans.jsonl"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "name",
                    "type",
                    "coordinates",
                    "location",
                    "route",
                    "start",
                    "end",
                    "links",
                    "crs",
                    "rel",
                    "href",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FIELDS = [
    "id",
    "route",
    "start",
    "end",
    "status",
    "fibreCount",
    "fibreLength",
    "deployment",
    "transmissionMedium",
    "owner",
]
FIELDS += ["physicalInfrastructureProvider", "networkProviders", "supportingInfrastructure", "phase", "name", "network"]


@hypothesis_settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON),
    st.dictionaries(st.sampled_from(["id", "name", "nodes", "organisations", "links", "crs", "accuracy"]), JSON),
    st.sampled_from(["spans", "nodes"]),
)
def test_any_json_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, Any], network: dict[str, Any], layer: str
) -> None:
    content = package(span(), {**span(), **fields}, **network)
    table, findings = read(tmp_path_factory.mktemp("any"), content, layer=layer)
    assert table is not None or any(fault.severity == "error" for fault in findings.faults)
    if table is not None and layer == "spans":
        assert table.attrs["records"] == 2
        assert len(table) == 2 - sum(repair.what.startswith("left out") for repair in findings.repairs)


def test_what_is_recognised(tmp_path: Path, shared: Path) -> None:
    for path in sorted((shared / "data/fibre/ofds").rglob("*.*json")):
        assert is_ofds(path), path
    for path in [*(shared / "data").glob("communes_*/*.geojson"), *(shared / "data").glob("fibre/watra/*.geojson")]:
        assert not is_ofds(path), path
    for text in (
        "",
        "[]",
        '{"nodes": [], "edges": []}',
        '{"networks": 1}',
        '{"features": [{"properties": {"nodes": 1}}]}',
    ):
        (tmp_path / "x.json").write_text(text, encoding="utf-8")
        assert not is_ofds(tmp_path / "x.json"), text


def test_rwanda(shared: Path) -> None:
    spans, findings = read_file(shared / RWANDA / "RWA_ofds-json_16apr2024.json")
    assert findings.faults == []
    assert spans is not None
    assert len(spans) == 68
    assert findings.described == {"fibre": ["Open Fibre Data Standard 0.4, spans, 1 network"]}
    drawn, _ = read_file(shared / RWANDA / "RWA_ofds-spans_16apr2024.geojson")
    assert drawn is not None
    assert drawn.geometry.geom_equals(spans.geometry).all()
    assert drawn["fibre_id"].tolist() == spans["fibre_id"].tolist()
    nodes, _ = read_file(shared / RWANDA / "RWA_ofds-nodes_16apr2024.geojson", name="sites")
    assert nodes is not None
    assert len(nodes) == 52


def test_the_standard_s_examples(shared: Path) -> None:
    spans, findings = read_file(shared / EXAMPLES / "json/network-package.json")
    assert spans is not None
    assert spans.loc[1, ["owner", "cores", "length_km", "medium"]].tolist() == ["FibreCo", 24.0, 276.0, "buried"]
    assert [repair.what[:30] for repair in findings.repairs] == ["read: fibreLength in metres (t"]
    assert findings.faults == []  # its ends are 160 m off, and the network states an accuracy of 250 m
    _, findings = read_file(shared / EXAMPLES / "json/network-package-invalid.json")
    place = "networks[0].spans[0]."
    assert [f.column for f in findings.faults if f.row == 1] == [
        f"{place}{key}" for key in ("id", "route", "status", "transmissionMedium", "fibreCount")
    ]
    table, findings = read_file(shared / EXAMPLES / "json/spans-endpoint.json")
    assert table is not None
    assert [fault.rule for fault in findings.faults if fault.column == "links"] == [
        "the file is one page of several; the others are not read"
    ]


def test_the_format_is_stated(tmp_path: Path) -> None:
    for name, rule in (("a.json", None), ("a.csv", "the Open Fibre Data Standard is not read from .csv")):
        path = tmp_path / name
        path.write_text(json.dumps({"spans": [span()]}) if rule is None else "id,name\n1,a\n", encoding="utf-8")
        findings = Findings()
        source = LayerSource(path=name, format="ofds")
        table = open_layer(path, name="fibre", source=source, notes=findings.of("fibre", name))
        assert (table is None) == (rule is not None)
        assert rule is None or [fault.rule for fault in findings.faults] == [rule]


def test_rwanda_as_a_layer(shared: Path) -> None:
    path = shared / RWANDA / "RWA_ofds-spans_16apr2024.geojson"
    findings = Findings()
    table = open_layer(path, name="fibre", source=LayerSource(path=path.name), notes=findings.of("fibre", path.name))
    assert table is not None
    assert table["fibre_id"].nunique() == 68
    assert [fault for fault in findings.faults if fault.severity != "info"] == []
    assert {match.column for match in findings.matches} == {"fibre_id", "name"}
