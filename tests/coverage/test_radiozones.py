"""Radio-climatic zones: sea, coastal land and inland of ITU-R P.1812, Table 3."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from phusong.coverage.radiozones import RadioZones, radio_zones, sea_in
from phusong.gis.findings import Findings
from phusong.gis.grid import Grid
from phusong.gis.terrain import Terrain
from phusong.gis.terrain.clutter import Clutter
from phusong.gis.terrain.cover_classes import shipped_classes
from phusong.gis.terrain.sea import Sea, large_water, read_sea, sea_of

CRS = "EPSG:9212"
GRID = Grid(CRS, 500_000.0, 1_200_000.0, 1000.0, 20, 100)  # 100 km from west to east
"""The sea of these tests lies west of x = 510 km."""


def coast(x_m: float = 510_000.0) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.box(200_000.0, 1_000_000.0, x_m, 1_400_000.0)], crs=CRS)


def flat(elevation: float = 5.0) -> Terrain:
    return Terrain(GRID, np.full(GRID.shape, elevation))


def said(zones: RadioZones) -> list[str]:
    return [repair.what for repair in zones.assumptions]


def test_sea_then_fifty_kilometres_of_coast_then_inland() -> None:
    zones = radio_zones(GRID, sea=sea_of(coast(), grid=GRID), terrain=flat())
    # The sea's last column is 9, its centre at 509.5 km: column 59 is 50 km away, column 60 is 51.
    expected = np.repeat([1, 3, 4], [10, 50, 40])
    np.testing.assert_array_equal(zones.zone, np.tile(expected, (20, 1)))
    assert zones.assumptions == ()
    assert zones.zone.dtype == np.int8


def test_high_land_is_inland_and_a_hundred_metres_is_still_coast() -> None:
    terrain = flat()
    terrain.elevation_m[0, 20], terrain.elevation_m[1, 20], terrain.elevation_m[2, 20] = 100.0, 100.1, -3.0
    zones = radio_zones(GRID, sea=sea_of(coast(), grid=GRID), terrain=terrain)
    assert zones.zone[:3, 20].tolist() == [3, 4, 3]


def test_unknown_is_inland_and_said() -> None:
    nobody = radio_zones(GRID, terrain=flat())
    assert (nobody.zone == 4).all()
    assert said(nobody) == ["assumed: all land is inland, radio-climatic zone 4: nobody said where the sea is"]
    terrain = flat()
    terrain.elevation_m[:, 20:22] = np.nan
    zones = radio_zones(GRID, sea=sea_of(coast(), grid=GRID), terrain=terrain)
    assert (zones.zone[:, 20:22] == 4).all()
    (repair,) = zones.assumptions
    assert repair.what.endswith("whose elevation is unknown")
    assert repair.how_much == "40 cells (40.0 km²)"
    no_ground = radio_zones(GRID, sea=sea_of(coast(), grid=GRID))
    assert np.unique(no_ground.zone).tolist() == [1, 4]
    assert no_ground.assumptions[0].how_much == "1000 cells (1000.0 km²)"


def test_a_sea_that_is_known_on_the_grid_alone_may_have_another_beyond_its_edge() -> None:
    sea = Sea(GRID, sea_of(coast(), grid=GRID).on(GRID), "mask")
    zones = radio_zones(GRID, sea=sea, terrain=flat())
    (repair,) = zones.assumptions
    assert repair.what == "assumed: inland, radio-climatic zone 4: the sea is not known 50 km around"
    assert repair.how_much == "800 cells (800.0 km²)"
    high = flat(300.0)
    assert radio_zones(GRID, sea=sea, terrain=high).assumptions == ()


def test_sea_beyond_the_grid_makes_a_coast_on_it() -> None:
    zones = radio_zones(GRID, sea=sea_of(coast(470_000.0), grid=GRID), terrain=flat())
    assert not (zones.zone == 1).any()
    assert zones.zone[0].tolist() == [3] * 20 + [4] * 80


def test_fine_cells_measure_to_a_coarse_coast_within_a_cell_of_250_m() -> None:
    fine = Grid(CRS, 509_000.0, 1_200_000.0, 30.0, 40, 200)
    sea = sea_of(coast(), grid=fine, margin_m=3000.0)
    distance = sea.distance_m(fine)
    exact = np.maximum(fine.x_m - 510_000.0, 0.0)
    assert np.abs(distance - exact).max() <= 250.0 * np.sqrt(2.0)
    np.testing.assert_array_equal(sea.on(fine)[0], fine.x_m < 510_000.0)


def test_zones_at_places() -> None:
    zones = radio_zones(GRID, sea=sea_of(coast(), grid=GRID), terrain=flat())
    found = zones.at([500_500.0, 520_500.0, 590_500.0, 0.0], [1_199_500.0] * 4)
    assert found.tolist() == [1, 3, 4, 4]


def test_an_ocean_that_spans_the_world() -> None:
    ocean = shapely.box(-180.0, -90.0, 180.0, 90.0) - shapely.box(106.0, 8.0, 110.0, 24.0)
    grid = Grid(CRS, 450_000.0, 1_200_000.0, 500.0, 20, 200)
    sea = sea_of(gpd.GeoSeries([ocean, None, shapely.Polygon()], crs="EPSG:4326"), grid=grid)
    shore = gpd.GeoSeries([shapely.Point(106.0, 10.8)], crs="EPSG:4326").to_crs(CRS).x[0]
    first_land = grid.x_m[~sea.on(grid)[0]][0]
    assert abs(first_land - shore) < 1500.0
    assert sea.on(grid)[0, 0]


def test_water_counts_where_the_circle_fits_and_rivers_end_at_their_mouths() -> None:
    water = np.zeros((130, 150), bool)
    water[10:120, 5:115] = True  # 110 km a side
    water[60, 115:150] = True  # a river of one cell
    water[2:8, 120:148] = True  # a lake
    large = large_water(water, cell_m=1000.0)
    expected = np.zeros_like(water)
    expected[10:120, 5:115] = True
    np.testing.assert_array_equal(large, expected)
    assert not large_water(water[:, 30:], cell_m=1000.0).any()  # cut: no circle is seen
    assert not large_water(np.zeros((5, 5), bool), cell_m=1000.0).any()


def test_the_sea_in_a_land_cover_is_seen_or_not() -> None:
    grid = Grid(CRS, 300_000.0, 1_300_000.0, 1000.0, 120, 160)
    class_ = np.full(grid.shape, 40, np.int16)
    class_[:, :110] = 80
    known = np.zeros(grid.shape)
    classes = shipped_classes()
    clutter = Clutter(grid, class_, known, known.astype(np.float32), classes, 10.0, (0, 0, 0, 0), CRS, "")
    sea = sea_in(clutter)
    assert sea is not None
    np.testing.assert_array_equal(sea.mask, class_ == 80)
    class_[:, :50] = 40  # 60 km of water are left
    assert sea_in(clutter) is None


def test_read_the_sea_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "biển Đông.gpkg"
    coast().to_frame("geometry").to_crs("EPSG:4326").to_file(path)
    findings = Findings()
    sea = read_sea(path, grid=GRID, notes=findings.of("terrain", path.name))
    assert sea is not None
    assert not findings.faults
    np.testing.assert_array_equal(sea.on(GRID)[0], GRID.x_m < 510_000.0)
    far = Grid(CRS, 900_000.0, 1_200_000.0, 1000.0, 20, 20)
    assert read_sea(path, grid=far, notes=findings.of("terrain", path.name)) is not None
    assert [fault.severity for fault in findings.faults] == ["info"]
    assert "no sea within 50 km" in findings.faults[0].rule


@pytest.mark.parametrize(
    ("shapes", "crs", "rule"),
    [
        ([shapely.LineString([(106, 10), (107, 11)])], "EPSG:4326", "the sea is drawn with polygons, not a LineString"),
        ([None], "EPSG:4326", "not a missing shape"),
        ([], "EPSG:4326", "the layer is empty"),
        ([shapely.box(106, 10, 107, 11)], None, "does not say its coordinate system"),
    ],
)
def test_files_that_show_no_sea(tmp_path: Path, shapes: list[object], crs: str | None, rule: str) -> None:
    path = tmp_path / "sea.gpkg"
    with pytest.warns(UserWarning, match="crs") if crs is None else nullcontext():
        gpd.GeoDataFrame({"name": ["x"] * len(shapes)}, geometry=shapes, crs=crs).to_file(path)
    findings = Findings()
    assert read_sea(path, grid=GRID, notes=findings.of("terrain", path.name)) is None
    assert rule in " ".join(fault.rule for fault in findings.faults)


def test_no_file(tmp_path: Path) -> None:
    findings = Findings()
    assert read_sea(tmp_path / "none.gpkg", grid=GRID, notes=findings.of("terrain", "none.gpkg")) is None
    assert findings.faults[0].rule == "the file does not exist"
