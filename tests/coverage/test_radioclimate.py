"""The climate of a place: built-in figures of Vietnam, and the planner's own ITU maps."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.coverage.radioclimate import BUILT_IN_BOUNDS, Climate, climate_at
from phusong.errors import ModelError
from phusong.gis.readers.itu_maps import SHAPE, ItuMaps

# DN50 and N050 of the ITU's grids, published with the project's reference notes.
PLACES = {
    "Ca Mau": (53.5, 381.0),
    "Ho Chi Minh City": (52.3, 380.0),
    "Da Lat": (51.4, 379.0),
    "Da Nang": (49.4, 376.0),
    "Vinh (Nghe An)": (50.0, 376.0),
    "Ha Noi": (50.2, 374.0),
    "Dien Bien": (46.1, 369.0),
    "Ha Giang": (44.7, 365.0),
}


def rows(root: Path) -> list[dict[str, str]]:
    with (root / "coverage" / "climate_places.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_eight_places_come_out_as_they_stand_in_the_table(root: Path) -> None:
    table = rows(root)
    assert {row["place_en"]: (float(row["dn50_per_km"]), float(row["n050"])) for row in table} == PLACES
    for row in table:
        found = climate_at(float(row["lon"]), float(row["lat"]))
        assert (found.delta_n_per_km, found.n0) == PLACES[row["place_en"]]
        assert "ITU" in row["source"]
        assert "eight places" in found.source or "8 places" in found.source


def test_between_two_places_by_hand() -> None:
    # Weights 1 / squared distance, in degrees of latitude.
    lon, lat = 106.0, 10.0
    table = [(105.15, 9.18), (106.70, 10.78), (108.44, 11.94), (108.20, 16.05), (105.69, 18.68), (105.85, 21.03)]
    table += [(103.02, 21.39), (104.98, 22.82)]
    weights = np.array([1.0 / ((y - lat) ** 2 + ((x - lon) * np.cos(np.radians(lat))) ** 2) for x, y in table])
    figures = np.array(list(PLACES.values()))
    expected = weights @ figures / weights.sum()
    found = climate_at(lon, lat)
    assert (found.delta_n_per_km, found.n0) == pytest.approx(tuple(expected), rel=1e-12)
    assert found.latitude_deg == lat


@given(
    lon=st.floats(BUILT_IN_BOUNDS[0], BUILT_IN_BOUNDS[2]),
    lat=st.floats(BUILT_IN_BOUNDS[1], BUILT_IN_BOUNDS[3]),
)
@settings(deadline=None)
def test_vietnam_lies_within_its_places(lon: float, lat: float) -> None:
    found = climate_at(lon, lat)
    assert 44.7 - 1e-9 <= found.delta_n_per_km <= 53.5 + 1e-9
    assert 365.0 - 1e-9 <= found.n0 <= 381.0 + 1e-9
    assert climate_at(lon + 360.0, lat).delta_n_per_km == pytest.approx(found.delta_n_per_km, abs=1e-6)


def test_elsewhere_the_built_in_figures_say_nothing() -> None:
    for lon, lat in ((2.35, 48.86), (100.5, 13.75), (106.0, 6.0), (-106.0, 10.0)):
        with pytest.raises(ModelError, match=r"lies outside Vietnam .* give the ITU's maps: DN50.TXT and N050.TXT"):
            climate_at(lon, lat)
    for lon, lat in ((float("nan"), 10.0), (106.0, float("nan")), (float("inf"), 10.0), (106.0, 91.0)):
        with pytest.raises(ModelError, match="no place on Earth"):
            climate_at(lon, lat)


def test_own_maps_go_before_the_built_in_figures_everywhere() -> None:
    maps = ItuMaps(np.full(SHAPE, 40.0), np.full(SHAPE, 320.0), source="maps of mine")
    assert climate_at(106.70, 10.78, maps=maps) == Climate(40.0, 320.0, 10.78, "maps of mine")
    assert climate_at(-70.0, -33.0, maps=maps).n0 == 320.0
    with pytest.raises(ModelError, match="no place on Earth"):
        climate_at(0.0, 100.0, maps=maps)
