"""Settling overlaps, gaps and crumbs: brute force over random coverages, and the figures of real layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phusong.gis.cleaning import settlement
from phusong.gis.cleaning.coverage_clean import border_move_m, clean
from phusong.gis.cleaning.settlement import settle
from phusong.gis.findings import Findings

CRS = "EPSG:9212"
X, Y = 568_000.0, 1_274_000.0


# --- brute force over random coverages ----------------------------------------------------------------------------
def random_coverage(seed: int, cells: int) -> NDArray[np.object_]:
    """Return a coverage of Voronoi cells some 4 km wide."""
    rng = np.random.default_rng(seed)
    side = 4.0 * np.sqrt(cells)
    frame = shapely.box(X, Y, X + side * 1e3, Y + side * 1e3)
    points = shapely.MultiPoint(np.array([X, Y]) + rng.uniform(0.02, 0.98, (cells, 2)) * side * 1e3)
    polygons = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    shapes = shapely.intersection(polygons, frame)
    # Communes have borders with many corners, and none is a splinter.
    shapes = shapely.coverage_clean(  # type: ignore[attr-defined]
        shapely.segmentize(shapes[shapely.area(shapes) > 1e6], 400.0),
        gap_width=side * 1e3,
    )
    return np.asarray(shapely.get_parts(shapes))


def unsteady(points: NDArray[np.float64], rng: np.random.Generator, jitter_m: float) -> NDArray[np.float64]:
    """Return points moved a little, the same point everywhere by the same, so that rings stay closed."""
    single, which = np.unique(points, axis=0, return_inverse=True)
    return np.asarray((single + rng.uniform(-jitter_m, jitter_m, single.shape))[which])


def from_near(shapes: Any) -> Any:
    """Return shapes in coordinates that count from the corner: GEOS measures needles there to a hundredth of a µm."""
    return shapely.transform(shapes, lambda points: points - np.array([X, Y]))


@settings(deadline=None, max_examples=60)
@example(seed=89996, cells=2, jitter_m=1e-6, redrawn_share=0.2)  # needles that are lines far from the origin
@example(seed=693983, cells=7, jitter_m=1e-4, redrawn_share=0.2)  # a strip with a mouth of less than a micrometre
@example(seed=929499, cells=6, jitter_m=1e-6, redrawn_share=1.0)  # GEOS gives a whole commune to a neighbour
@example(seed=661627, cells=11, jitter_m=20.0, redrawn_share=0.2)  # a crumb that two others had
@example(seed=191672, cells=13, jitter_m=20.0, redrawn_share=1.0)  # one that gives a crumb and gets another
@example(seed=65021, cells=13, jitter_m=1e-6, redrawn_share=0.2)
@given(
    seed=st.integers(0, 10**6),
    cells=st.integers(2, 14),
    jitter_m=st.sampled_from([0.0, 1e-9, 1e-7, 1e-6, 1e-4, 0.01, 1.0, 20.0]),
    redrawn_share=st.sampled_from([0.2, 1.0]),
)
def test_a_coverage_drawn_anew_by_an_unsteady_hand(
    seed: int, cells: int, jitter_m: float, redrawn_share: float
) -> None:
    true = random_coverage(seed, cells)
    rng = np.random.default_rng(seed)
    redrawn = rng.random(len(true)) < redrawn_share
    drawn = true.copy()
    for k in map(int, np.flatnonzero(redrawn)):
        drawn[k] = shapely.transform(true[k], lambda points: unsteady(points, rng, jitter_m))
        drawn[k] = shapely.make_valid(drawn[k], method="structure", keep_collapsed=False)
    done = settle(drawn)
    assert done is not None
    after = done.shapes
    # A coverage: valid, nothing counted twice, no narrow gap left.
    assert shapely.coverage_is_valid(after)
    assert shapely.area(after).sum() == pytest.approx(shapely.union_all(after).area, rel=1e-9)
    assert len(done.wide_overlaps.pieces) == len(done.wide_gaps) == 0
    # Land before = after, and what was closed is listed. Gains below NO_LAND_M2 are none.
    drawn_near, after_near = from_near(drawn), from_near(after)
    land, land_after = shapely.union_all(drawn_near), shapely.union_all(after_near)
    assert land_after.area - land.area == pytest.approx(done.gaps_m2, abs=len(drawn) * settlement.NO_LAND_M2)
    moves = done.moves
    assert (moves["area_m2"] > 0).all()
    for k in range(len(drawn)):
        lost = moves.loc[moves["loser"] == k, "area_m2"].sum()
        gained = moves.loc[(moves["winner"] == k) & ~moves["had"], "area_m2"].sum()
        assert drawn[k].area - lost + gained == pytest.approx(after[k].area, abs=1e-3)
    # What one commune alone claimed is still its own; nobody is another than before.
    moved_far = []
    for k in range(len(drawn)):
        others = shapely.union_all(np.delete(drawn_near, k))
        own = shapely.difference(drawn_near[k], others)
        assert shapely.difference(own, after_near[k]).area <= done.crumbs_m2 + 1e-3
        # Lost is at most a strip as wide as the hand is unsteady, twice over.
        strip = 2 * np.sqrt(2) * jitter_m * drawn[k].length
        assert shapely.difference(drawn_near[k], after_near[k]).area <= strip + done.crumbs_m2 + 1e-3
        if jitter_m <= 1:
            assert shapely.intersection(after[k], drawn[k]).area > 0.99 * drawn[k].area
        if border_move_m(drawn[k], after[k]) > settlement.WIDEST_M:
            moved_far.append(k)
    # A long tongue may go whole to one commune: a border that moves far is said to the planner, each one.
    findings = Findings()
    clean(gpd.GeoDataFrame(geometry=drawn, crs=CRS), notes=findings.of("communes", "x.gpkg"))
    assert [f.row for f in findings.faults if f.rule.startswith("cleaning moved the border")] == moved_far
    # Who has no redrawn neighbour is the very object it was; a hand so unsteady reaches over a corner.
    for k in map(int, np.flatnonzero(~redrawn)):
        if not redrawn[shapely.dwithin(true, true[k], 2 * jitter_m)].any():
            assert after[k] is drawn[k]
    # A second cleaning finds nothing.
    again = settle(after)
    assert again is not None
    assert all(a is b for a, b in zip(again.shapes, after, strict=True))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), cells=st.integers(2, 10), grow_m=st.floats(300, 1500))
def test_wide_quarrels_are_never_settled(seed: int, cells: int, grow_m: float) -> None:
    """A commune grown far over its neighbours keeps its land, and so do they."""
    drawn = random_coverage(seed, cells)
    drawn[0] = shapely.buffer(drawn[0], grow_m, join_style="mitre")
    done = settle(drawn)
    assert done is not None
    assert shapely.area(done.shapes).sum() == pytest.approx(shapely.area(drawn).sum() - moved(done), abs=1.0, rel=1e-9)
    assert shapely.union_all(done.shapes).area == pytest.approx(shapely.union_all(drawn).area + done.gaps_m2)
    wide = done.wide_overlaps
    for first, second, piece in zip(wide.first, wide.second, wide.pieces, strict=True):
        core = shapely.buffer(piece, -settlement.WIDEST_M / 4)
        assert shapely.difference(core, done.shapes[first]).area < 1
        assert shapely.difference(core, done.shapes[second]).area < 1


def moved(done: settlement.Settlement) -> float:
    """Return by how much the sum of all land shrank: settled claims, less what nobody had."""
    moves = done.moves
    return float(moves.loc[moves["had"], "area_m2"].sum() - moves.loc[moves["loser"] == -1, "area_m2"].sum())


# --- real layers --------------------------------------------------------------------------------------------------
def read(path: Path) -> gpd.GeoDataFrame:
    table = gpd.read_file(path).to_crs(CRS)
    table.index += 1
    return table


def test_binh_phuoc_before_the_reorganisation(shared: Path) -> None:
    """111 communes with 15.3 km² claimed twice, 418 slivers that no commune claims."""
    table = read(shared / "data/communes_old/communes_2009_binh_phuoc_coded_pop2019.geojson")
    findings = Findings()
    done = clean(table, notes=findings.of("communes_old", "x"), names=table["gso_code"])
    before, after = table.area, done.area
    assert len(done) == 111
    assert shapely.coverage_is_valid(done.geometry.to_numpy())
    assert before.sum() / 1e6 == pytest.approx(6861.986, abs=1e-3)
    assert after.sum() / 1e6 == pytest.approx(6861.655, abs=1e-3)
    # The official area is 6,874 km².
    assert after.sum() / 1e6 == pytest.approx(6874, rel=0.005)
    settled = settle(table.geometry.to_numpy())
    assert settled is not None
    assert settled.twice_m2 / 1e6 == pytest.approx(15.27, abs=0.01)
    assert settled.gaps_m2 / 1e6 == pytest.approx(14.94, abs=0.01)
    assert before.sum() - moved(settled) == pytest.approx(after.sum(), rel=1e-9)
    assert (after / before - 1).abs().max() < 0.025
    assert findings.faults == []
    rows = [repair.row for repair in findings.repairs]
    assert sorted(rows[:-1], key=int) == [str(k) for k in range(1, 112)]
    assert rows[-1] == "*"


def test_binh_phuoc_today_loses_a_pinhole_and_a_crumb_only(shared: Path) -> None:
    table = read(shared / "data/communes_new/communes_2025_binh_phuoc.gpkg")
    findings = Findings()
    done = clean(table, notes=findings.of("communes", "x"), names=table["code"])
    told = {repair.row: repair.how_much.split("; border")[0] for repair in findings.repairs}
    assert told.pop("*").startswith("0.000 m² claimed twice, 0.554 m² claimed by none, 2.150 m² in crumbs")
    assert told == {
        "6": "lost 2.150 m² to 25309",
        "20": "gained 2.150 m² from 25225",
        "33": "gained 0.554 m² from no commune",
    }
    same = [a is b for a, b in zip(table.geometry.to_numpy(), done.geometry.to_numpy(), strict=True)]
    assert same.count(False) == 3
    assert done.area.sum() == pytest.approx(table.area.sum() + 0.554, rel=1e-12, abs=1e-3)
    assert done.area.sum() / 1e6 == pytest.approx(6874, rel=0.001)
    assert findings.faults == []


def test_two_merged_provinces(shared: Path) -> None:
    """263 communes of 588,726 vertices, slivers in the part of Ho Chi Minh City."""
    table = read(shared / "data/communes_new/communes_2025_dongnai_hcmc.gpkg")
    shapes = shapely.remove_repeated_points(table.geometry.to_numpy())
    done = settle(shapes)
    assert done is not None
    assert shapely.coverage_is_valid(done.shapes)
    assert done.twice_m2 == pytest.approx(71.15, abs=0.01)
    assert done.gaps_m2 == pytest.approx(121.58, abs=0.01)
    assert shapely.area(shapes).sum() - moved(done) == pytest.approx(shapely.area(done.shapes).sum(), rel=1e-12)
    assert np.abs(shapely.area(done.shapes) / shapely.area(shapes) - 1).max() < 2e-5
    same = np.array([a is b for a, b in zip(shapes, done.shapes, strict=True)])
    assert same.sum() > 200
    assert len(done.wide_overlaps.pieces) == len(done.wide_gaps) == 0
