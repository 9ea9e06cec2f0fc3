"""A small plan made by hand, with names that try to break out of every notation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from phusong.scenarios.plan import Plan

CRS = "EPSG:9212"
WEST_M, NORTH_M, CELL_M = 550_000.0, 1_290_000.0, 100.0
ROWS, COLS = 40, 30
NASTY = "Trạm \"A\" 'b' `c` <script>alert(1)</script> {{ 7*7 }} </script> =1+1 Đồng Xoài"
COMMUNES = (("01234", "Đồng Xoài"), ("01235", "Bù Gia Mập <b>"), ("01236", 'Lộc "Ninh"'))


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Three communes side by side, each ten columns wide."""
    return build_plan()


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., Plan]:
    """Make the plan with other facts."""
    return build_plan


@pytest.fixture(scope="session")
def covered_only(plan: Plan) -> Plan:
    """Return what `phusong cover` makes: nothing was asked, and the planned state is today's."""
    proof = {**dict.fromkeys(plan.proof, 0.0), "status": "not_asked"}
    facts = {**plan.facts, "title": "Hiện trạng 2026"}
    nothing = {"proposals": plan.proposals.iloc[:0], "connections": plan.connections.iloc[:0]}
    return replace(plan, facts=facts, proof=proof, **nothing)


def build_plan(**facts: Any) -> Plan:
    """Build the hand-made plan; `facts` replace its facts."""
    east_m = WEST_M + CELL_M * COLS
    south_m = NORTH_M - CELL_M * ROWS
    strips = [shapely.box(WEST_M + 1000 * place, south_m, WEST_M + 1000 * (place + 1), NORTH_M) for place in range(3)]
    communes = gpd.GeoDataFrame(
        {
            "name": [name for _, name in COMMUNES],
            "kind": ["phường", "xã", "xã"],
            "population": [6000, 3000, 1000],
            "area_km2": [4.0, 4.0, 4.0],
        },
        index=pd.Index([code for code, _ in COMMUNES], name="code"),
        geometry=strips,
        crs=CRS,
    )
    sites = gpd.GeoDataFrame(
        {
            "name": [NASTY, "Trạm 2", "Trạm 3"],
            "operators": ["Sóng Xanh", "Sóng Xanh, Sóng Đỏ", "Sóng Đỏ"],
            "technologies": ["2G, 4G", "2G, 4G, 5G", "2G"],
            "mast_class": ["A2a", "A2b", "A1a"],
            "height_m": [42.0, 36.0, float("nan")],
            "owner": ["=cmd|' /C calc'!A0", "@owner", None],
            "commune_code": ["01234", "01235", "01236"],
        },
        index=pd.Index(["0001", "0002", "0003"], name="site_id"),
        geometry=gpd.points_from_xy([550_500, 551_500, 552_500], [1_288_500, 1_287_500, 1_287_000]),
        crs=CRS,
    )
    proposals = gpd.GeoDataFrame(
        {
            "order": [1, 2],
            "candidate_id": ["up-0003", "new-<7>"],
            "kind": ["upgrade", "new_site"],
            "site_id": ["0003", ""],
            "operator": ["Sóng Đỏ", "Sóng Xanh"],
            "technology": ["4G", "4G"],
            "band": ["LTE1800", "LTE900"],
            "height_m": [30.0, 42.0],
            "x_m": [552_500.0, 551_700.0],
            "y_m": [1_287_000.0, 1_286_300.0],
            "lon": [106.733, 106.726],
            "lat": [11.637, 11.631],
            "area": ["01236", "01235"],
            "area_name": ['Lộc "Ninh"', "Bù Gia Mập <b>"],
            "newly_covered_people": [700.0, 250.5],
            "footprint_people": [900.0, 400.0],
            "site_cost_vnd": [800_000_000.0, 2_500_000_000.0],
            "fibre_cost_vnd": [0.0, 120_000_000.0],
            "cost_vnd": [800_000_000.0, 2_620_000_000.0],
            "fibre_km": [0.0, 1.25],
            "nearest_site_m": [0.0, 1063.0],
            "flags": ["", "`x` & <y>"],
        },
        geometry=gpd.points_from_xy([552_500, 551_700], [1_287_000, 1_286_300]),
        crs=CRS,
    )
    connections = gpd.GeoDataFrame(
        {
            "connection_id": ["c1"],
            "serves": ["new-<7>"],
            "length_m": [1250.0],
            "cost_vnd": [120_000_000.0],
            "medium": ["aerial"],
            "flags": ["SIMULATED"],
        },
        geometry=[shapely.LineString([(551_700, 1_286_300), (551_000, 1_287_300)])],
        crs=CRS,
    )
    lines = [shapely.LineString([(WEST_M, 1_288_000), (east_m, 1_287_900)])]
    context = {
        "roads": gpd.GeoDataFrame({"class": ["national"]}, geometry=lines, crs=CRS),
        "fibre": gpd.GeoDataFrame(geometry=[shapely.LineString([(551_000, south_m), (551_000, NORTH_M)])], crs=CRS),
        "hamlets": gpd.GeoDataFrame({"name": ["Ấp 1"]}, geometry=gpd.points_from_xy([550_200], [1_289_000]), crs=CRS),
    }
    return Plan(
        facts=_facts() | facts,
        communes=communes,
        sites=sites,
        kpis=_kpis(),
        gaps=_gaps(),
        site_gaps=pd.DataFrame(
            {
                "site_id": ["0003"],
                "operator": ["Sóng Đỏ"],
                "technologies": ["2G"],
                "area": ["01236"],
                "area_name": ['Lộc "Ninh"'],
                "upgrade_people": [800.0],
                "upgrade_people_any": [700.0],
                "fibre_m": [1500.0],
            }
        ),
        proposals=proposals,
        connections=connections,
        service=_service(),
        signal=xr.Dataset(),
        people=xr.DataArray(np.full((ROWS, COLS), 10_000 / (ROWS * COLS)), dims=("y", "x")),
        repairs=pd.DataFrame(
            {
                "layer": ["sites", "population", "cells"],
                "row": ["0009", "*", "*"],
                "what": ["dropped: outside the province", "made unknown: impossible value", "assumed: downtilt"],
                "how_much": ["1 record", "7 cells", "7 cells"],
                "before": ["+84", "-9999", "empty"],
                "after": ["12 km away", "unknown", "4°"],
                "remedy": ["check the coordinates", "", "fill in tilt_deg"],
            }
        ),
        proof={
            "covered_people": 950.5,
            "bound_people": 960.0,
            "gap_share": 0.0099,
            "status": "optimal",
            "seconds": 0.1,
            "budget_vnd": 4e9,
            "cost_vnd": 3.42e9,
            "candidates": 12,
            "demand_points": 1200,
            "fibre_km": 1.25,
            "fibre_bound_km": 1.2,
            "squares_eligible": 40,
            "squares_blocked": 5,
            "squares_cut": 3,
            "people_in_cut": 61.5,
        },
        context=context,
    )


def _facts() -> dict[str, Any]:
    return {
        "scenario": "thu-nghiem",
        "title": "Phương án <thử> 2026 {{ 7*7 }}",
        "province": "Bình Phước (mô phỏng)",
        "simulated": True,
        "as_of": "2026-01-01",
        "crs": CRS,
        "crs_title": "VN-2000, kinh tuyến trục 106°15′, múi chiếu 3°",
        "cell_m": CELL_M,
        "model": "hata",
        "model_title": "Okumura-Hata",
        "edge_probability": 0.9,
        "area_probability": 0.966,
        "sigma_db": 8.0,
        "fade_margin_db": 10.25,
        "rx_height_m": 1.5,
        "thresholds_dbm": {"2G": -95.0, "4G": -110.0},
        "operators": ["Sóng Xanh", "Sóng Đỏ"],
        "technologies": ["2G", "4G", "5G"],
        "costs_vnd": {"upgrade_vnd": 1_000_000_000.0, "new_site_vnd": 2_500_000_000.0, "fibre_km_vnd": 500_000_000.0},
        "limits": ["Chưa xét địa hình."],
        "sources": [
            {
                "layer": "sites",
                "file": "sites.csv",
                "sha256": "ab" * 32,
                "rows": 3,
                "crs": "EPSG:4326",
                "source": "Mô phỏng",
            }
        ],
        "version": "0.1.0",
    }


def _kpis() -> pd.DataFrame:
    rows: list[dict[str, Any]] = []

    def add(
        kpi_id: str,
        area: str,
        whose: tuple[str, str],
        counted: tuple[float, float],
        *,
        unit: str = "people",
        flags: str = "",
    ) -> None:
        operator, state = whose
        numerator, denominator = counted
        rows.append(
            {
                "id": kpi_id,
                "area": area,
                "operator": operator,
                "technology": "4G",
                "numerator": numerator,
                "denominator": denominator,
                "value": numerator / denominator,
                "unit": unit,
                "as_of": "2026-01-01",
                "edge_probability": 0.9,
                "flags": flags,
                "area_name": dict(COMMUNES).get(area, "Bình Phước"),
                "state": state,
                "unknown": 100.0,
            }
        )

    for area, people, today, planned in (
        ("province", 10_000.0, 8_000.0, 8_950.5),
        ("01234", 6_000.0, 5_950.0, 5_950.0),
        ("01235", 3_000.0, 1_950.0, 2_200.5),
        ("01236", 1_000.0, 100.0, 800.0),
    ):
        add("K02", area, ("any", "today"), (today, people))
        add("K02", area, ("any", "planned"), (planned, people))
        add("K01", area, ("Sóng Xanh", "today"), (0.9 * today, people))
    add("K17a", "01236", ("Sóng Đỏ", "today"), (1_010.0, 1_000.0), flags="OVER_100")
    add("K16", "province", ("any", "today"), (12.0, 10.0), unit="stations")
    add("K18", "province", ("any", "today"), (12.0, 10.0), unit="stations per 1000 people")
    return pd.DataFrame(rows)


def _gaps() -> pd.DataFrame:
    rows = [("province", "Bình Phước", 10_000.0, 900.0), ("01236", 'Lộc "Ninh"', 1_000.0, 800.0)]
    return pd.DataFrame(
        [
            {
                "area": area,
                "area_name": name,
                "operator": "any",
                "people": people,
                "people_2g": people,
                "people_4g": people - gap,
                "people_2g_not_4g": gap,
                "people_unserved": 0.0,
                "people_unknown": 100.0,
                "gap_share": gap / people,
            }
            for area, name, people, gap in rows
        ]
    )


def _service() -> xr.Dataset:
    """Cover the north, not the south, leave one block unknown; the last column lies outside."""
    with_4g = np.zeros((ROWS, COLS), dtype=np.uint8)
    with_4g[:20] = 1
    with_4g[25:30, 5:10] = 2
    with_2g = np.ones_like(with_4g)
    with_2g[35:] = 0
    planned = with_4g.copy()
    planned[20:25] = 1
    rasters = {
        "any|2G": with_2g,
        "any|4G": with_4g,
        "Sóng Xanh|4G": with_4g,
        "Sóng Xanh|2G": with_2g,
        "Sóng Đỏ|2G": with_2g,
        "planned|4G": planned,
    }
    for raster in rasters.values():
        raster[:, -1] = 255
    return xr.Dataset(
        {name: (("y", "x"), raster) for name, raster in rasters.items()},
        coords={
            "x": WEST_M + CELL_M * (np.arange(COLS) + 0.5),
            "y": NORTH_M - CELL_M * (np.arange(ROWS) + 0.5),
        },
        attrs={"crs": CRS},
    )
