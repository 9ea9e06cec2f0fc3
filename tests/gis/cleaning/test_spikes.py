"""Spikes that stretch the grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from phusong.errors import Fault
from phusong.gis.cleaning.spikes import say_spikes
from phusong.gis.findings import Findings

CRS = "EPSG:9212"
X, Y = 568_000.0, 1_274_000.0


def said(*shapes: BaseGeometry) -> list[Fault]:
    findings = Findings()
    table = gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)
    table.index += 1
    say_spikes(table, notes=findings.of("communes", "x.gpkg"))
    return findings.faults


def spiked(side: int, km: float, wide_m: float) -> shapely.Polygon:
    """Return a square of 4 km with a spike to the west, south, east or north."""
    half, tip = wide_m / 2, km * 1000
    ring = [(0, 0), (0, 4000), (4000, 4000), (4000, 2000 + half), (4000 + tip, 2000), (4000, 2000 - half), (4000, 0)]
    quarters = {0: 2, 1: 3, 2: 0, 3: 1}[side]
    turned = shapely.affinity.rotate(shapely.Polygon(ring), 90 * quarters, origin=(2000, 2000))
    return shapely.affinity.translate(turned, X, Y)


@pytest.mark.parametrize("side", range(4))
def test_a_spike_to_each_side(side: int) -> None:
    plain = shapely.box(X, Y, X + 4000, Y + 4000)
    (fault,) = said(plain, spiked(side, 30, 1))
    assert (fault.row, fault.severity, fault.column) == (2, "warning", "geometry")
    assert fault.rule.startswith("the border runs out 30.0 km to a corner and back, less than 20 m apart")
    corner = gpd.GeoSeries.from_xy(
        [X + 2000 + [-32_000, 0, 32_000, 0][side]], [Y + 2000 + [0, -32_000, 0, 32_000][side]], crs=CRS
    ).to_crs("EPSG:4326")[0]
    assert fault.value == f"lon {corner.x:.5f} lat {corner.y:.5f}"


def test_what_is_no_spike() -> None:
    wide = spiked(2, 30, 3000)
    rock = shapely.MultiPolygon([shapely.box(X, Y, X + 4000, Y + 4000), shapely.box(X + 90_000, Y, X + 90_010, Y + 10)])
    assert said(wide) == []
    assert said(rock) == []
    assert said(spiked(2, 0.9, 1)) == []
    # One that does not reach beyond the others stretches nothing.
    assert said(spiked(2, 5, 1), shapely.box(X + 4000, Y, X + 20_000, Y + 1000)) == []


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), corners=st.integers(3, 40))
def test_communes_of_any_shape_are_no_spikes(seed: int, corners: int) -> None:
    rng = np.random.default_rng(seed)
    hull = shapely.convex_hull(shapely.MultiPoint(rng.uniform(0, 8000, (corners, 2))))
    if hull.area > 1e6:
        assert said(shapely.affinity.translate(hull, X, Y)) == []


def test_in_a_province(world: Any) -> None:
    table = world.communes()
    first, second, third = table.geometry
    _, _, east, north = third.bounds
    spike = shapely.Polygon([(east, north - 1), (east + 12_000, north - 0.5), (east, north)])
    world.vector("communes.gpkg", table.set_geometry([first, second, shapely.union(third, spike)]))
    fault = world.only("warning")
    assert (fault.layer, fault.row) == ("communes", 3)
    assert fault.rule.startswith("the border runs out 12.0 km")


def test_real_communes_have_none(shared: Path) -> None:
    for name in ("communes_2025_binh_phuoc.gpkg", "communes_2025_dongnai_hcmc.gpkg"):
        table = gpd.read_file(shared / "data/communes_new" / name).to_crs(CRS)
        assert said(*table.geometry) == [], name
