"""P.1812 as the radio of a province: levels against the scalar reference, ranges, what is unknown, what is said."""

from __future__ import annotations

import math
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from phusong.coverage import LinkBudget, Radio, predict
from phusong.coverage.cells import Site
from phusong.coverage.path_settings import PathSettings
from phusong.coverage.propagation import Paths
from phusong.coverage.propagation.p1812 import P1812, basic_loss
from phusong.coverage.propagation.path_profile import FloatArray
from phusong.coverage.relief import profile_on
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN
from phusong.coverage.sweep import free_space_range_m, losses
from phusong.errors import InputError, ModelError
from phusong.gis.layers import Layers
from phusong.scenarios.scenario import CoverageSettings, read

pytestmark = pytest.mark.filterwarnings("ignore::phusong.errors.ModelRangeWarning")
_STRONGEST = runpy.run_path(str(Path(__file__).with_name("test_strongest.py")))
_PREDICT = runpy.run_path(str(Path(__file__).with_name("test_predict.py")))
build_world: Callable[..., Layers] = _PREDICT["build_world"]
swept_radio: Callable[..., Radio] = _STRONGEST["swept_radio"]
cell_of, few_masts = _STRONGEST["cell_of"], _STRONGEST["few_masts"]
GRID = _STRONGEST["GRID"]
MIDDLE = (551_260.0, 1_288_490.0)


def levels(radio: Radio, site: Site) -> dict[str, dict[int, float]]:
    return {
        cell.cell_id: dict(zip(numbers.tolist(), level.astype(float).tolist(), strict=True))
        for cell, numbers, level in radio.signals(site)
    }


@pytest.mark.parametrize(
    "fields",
    [{"azimuth_deg": 75.0}, {"azimuth_deg": None, "band": "GSM900", "height_m": 15.0}, {"band": "NR3700"}],
    ids=["sector", "omni", "nr"],
)
def test_every_place_is_eirp_plus_gain_minus_the_reference_loss(fields: dict[str, Any]) -> None:
    model = P1812(p_percent=10.0, polarisation="horizontal")
    radio = swept_radio(model=model, paths=PathSettings(exact=True))
    cell = cell_of(**fields)
    found = levels(radio, Site("s", *MIDDLE, (cell,)))["c"]
    assert radio.relief is not None
    ground = radio.relief.ground_at(*MIDDLE)
    for number in list(found)[::97]:
        row, col = divmod(number, GRID.cols)
        place = float(GRID.x_m[col]), float(GRID.y_m[row])
        profile = profile_on(radio.relief, MIDDLE, place)
        loss = basic_loss(
            profile,
            f_mhz=cell.band.f_mhz,
            tx_height_m=cell.height_m,
            rx_height_m=1.5,
            climate=model.climate,
            p_percent=10.0,
            polarisation="horizontal",
        ).loss_db
        rise = float(profile.ground_m[-1]) + 1.5 - ground - cell.height_m
        up = math.degrees(math.atan2(rise, profile.length_m))
        bearing = math.degrees(math.atan2(place[0] - MIDDLE[0], place[1] - MIDDLE[1]))
        off = 0.0 if cell.azimuth_deg is None else bearing - cell.azimuth_deg
        # The antenna comes from a table, 0.05 dB at most; the sweep is 1e-3 dB from the reference.
        assert found[number] == pytest.approx(cell.eirp_dbm + float(cell.antenna.gain_db(off, up)) - loss, abs=0.052)


def test_one_sweep_serves_all_bands_and_sectors_of_a_height(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, list[float]]] = []

    def counted(*places: Any, **keys: Any) -> Any:
        asked.append((keys["height_m"], keys["frequencies_mhz"].tolist()))
        return losses(*places, **keys)

    monkeypatch.setattr("phusong.coverage.mast_sweep.losses", counted)
    bands = ["LTE900", "GSM900", "LTE1800", "LTE2600", "NR2600"]
    cells = tuple(
        cell_of(cell_id=f"{name}{a}{h}", band=name, azimuth_deg=a, height_m=h)
        for name in bands
        for a in (0.0, 120.0)
        for h in (30.0, 42.0)
    )
    found = levels(swept_radio(), Site("s", *MIDDLE, cells))
    assert asked == [(30.0, [942.5, 1842.5, 2550.0]), (42.0, [942.5, 1842.5, 2550.0])]
    assert sorted(found) == sorted(cell.cell_id for cell in cells)
    # Each as if it were alone on the mast.
    for cell in cells[::3]:
        assert levels(swept_radio(), Site("s", *MIDDLE, (cell,)))[cell.cell_id] == found[cell.cell_id]


def test_the_range_is_where_free_space_ends_and_no_shorter() -> None:
    radio = swept_radio(max_radius_m=50_000.0)
    weak = cell_of(eirp_dbm=-20.0, azimuth_deg=None)
    (reach,) = radio.ranges_m(Site("s", *MIDDLE, (weak,))).values()
    # -20 + 115 dB: free space 92.4 + 20 log10(f_GHz d_km) is past them from here on.
    assert reach == pytest.approx(1000.0 * 10.0 ** ((95.0 - 92.4 - 20.0 * math.log10(1.8425)) / 20.0))
    found = levels(radio, Site("s", *MIDDLE, (weak,)))["c"]
    strong = levels(radio, Site("s", *MIDDLE, (replace(weak, eirp_dbm=100.0),)))["c"]
    assert found.keys() < strong.keys()
    assert max(strong[number] - 120.0 for number in strong.keys() - found.keys()) < -115.0
    (cut,) = radio.ranges_m(Site("s", *MIDDLE, (cell_of(),))).values()
    assert cut == 50_000.0


def test_at_small_shares_of_time_free_space_is_lower() -> None:
    assert free_space_range_m(P1812(p_percent=1.0), 900.0, 120.0) == pytest.approx(
        free_space_range_m(P1812(), 900.0, 120.0) * 10.0 ** (2.6 * math.log10(50.0) / 20.0)
    )
    assert free_space_range_m(P1812(), 900.0, 1e6) == 3e6


def test_a_cell_too_weak_for_anything_has_no_places() -> None:
    assert levels(swept_radio(), Site("s", *MIDDLE, (cell_of(eirp_dbm=-200.0),))) == {"c": {}}


@pytest.mark.parametrize("place", [(700_000.0, 1_000_000.0), (551_260.0, 1_400_000.0)])
def test_far_outside_the_grid_nothing_is_reached(place: tuple[float, float]) -> None:
    assert levels(swept_radio(), Site("s", *place, (cell_of(),))) == {"c": {}}


def test_a_mast_on_void_ground_or_beside_the_raster_is_unknown_as_far_as_it_reaches() -> None:
    ground = np.full(_STRONGEST["WIDE"].shape, 10.0)
    row, col = (int(each[0]) for each in _STRONGEST["WIDE"].cell_at([MIDDLE[0]], [MIDDLE[1]]))
    ground[row - 1 : row + 2, col - 1 : col + 2] = np.nan
    for radio, place in ((swept_radio(ground), MIDDLE), (swept_radio(max_radius_m=9e3), (547_900.0, 1_288_490.0))):
        found = levels(radio, Site("s", *place, (cell_of(),)))["c"]
        assert found
        assert all(math.isnan(level) for level in found.values())
        row_of, col_of = np.divmod(np.array(list(found)), GRID.cols)
        away = np.hypot(GRID.x_m[col_of] - place[0], GRID.y_m[row_of] - place[1])
        assert away.max() <= radio.max_radius_m


def test_an_impossible_antenna_names_its_mast_and_cell() -> None:
    with pytest.raises(ModelError, match=r"site s, cell low: p1812: tx height 0.4 m is outside the possible"):
        swept_radio().check([Site("s", *MIDDLE, (cell_of(), cell_of(cell_id="low", height_m=0.4)))])


class Listening:
    """A model that keeps the paths it is asked for."""

    name, title, source, uses_terrain = "listening", "", "", False
    asked: list[Paths]

    def __init__(self) -> None:
        self.asked = []

    def ranges(self, f_mhz: float | None = None) -> tuple[()]:
        del f_mhz
        return ()

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        del f_mhz
        self.asked.append(paths)
        return np.full_like(paths.distance_m, 100.0)


def test_other_models_are_told_both_heights() -> None:
    model = Listening()
    radio = swept_radio(model=model, relief=None)
    levels(radio, Site("s", *MIDDLE, (cell_of(height_m=37.0),)))
    assert len(model.asked) == 2  # the range, then the places
    for paths in model.asked:
        assert paths.antenna_height_m == 37.0
        assert paths.above_ground().tx_height_m == 37.0


# From layers to the report.


def world(elevation_m: NDArray[np.float64] | None, **cells: Any) -> Layers:
    cell = {"site_id": "a", "operator": "A", "technology": "4G", "band": "LTE1800", **cells}
    return build_world(
        masts={"a": (1_250.0, 1_250.0)}, cells=[cell], operators=("A",), size=(30, 30), elevation_m=elevation_m
    )


def test_without_terrain_it_refuses_and_says_what_to_add() -> None:
    with pytest.raises(ModelError, match=r"these layers have no elevation: add \[layers.terrain\]"):
        Radio.over(world(None), model="p1812")
    with pytest.raises(ModelError, match="give the radio a relief"):
        Radio(GRID, np.zeros(GRID.size, np.int8), None, P1812())


def test_the_air_is_that_of_the_provinces_middle_and_is_said() -> None:
    radio = Radio.over(world(np.zeros((30, 30))), model="p1812")
    assert isinstance(radio.model, P1812)
    assert radio.model.climate.latitude_deg == pytest.approx(11.65, abs=0.05)
    said = {repair.what: repair for repair in radio.assumptions}
    (air,) = [repair for what, repair in said.items() if what.startswith("assumed: the air over")]
    assert (
        air.how_much
        == f"ΔN {radio.model.climate.delta_n_per_km:.1f} N-units/km and N0 {radio.model.climate.n0:.0f} N-units"
    )
    assert any(what.startswith("assumed: bare ground") for what in said)
    assert any(what.startswith("assumed: all land is inland") for what in said)
    today = predict(world(np.zeros((30, 30))), radio=radio)
    assert set(radio.assumptions) <= set(today.assumptions)


def test_outside_vietnam_the_maps_are_asked_for() -> None:
    layers = world(np.zeros((30, 30)))
    away = replace(layers, grid=replace(layers.grid, crs="EPSG:32633"))
    with pytest.raises(ModelError, match=r"outside Vietnam .* and name them in the scenario: \[coverage\] itu_maps"):
        PathSettings().over(away)


@pytest.mark.parametrize("name", ["itu_maps", "sea"])
def test_a_named_file_that_is_not_there_is_a_fault(name: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {name: str(tmp_path / "không có.gpkg")}
    with pytest.raises(InputError):
        PathSettings(**given).over(world(np.zeros((30, 30))))


def test_covered_not_covered_and_unknown() -> None:
    elevation = np.zeros((30, 30))
    elevation[:, 20] = np.nan
    layers = world(elevation, eirp_dbm=25.0)
    radio = Radio.over(layers, model="p1812", max_radius_m=1_200.0, paths=PathSettings(exact=True))
    today = predict(layers, radio=radio)
    state = today.service["A|4G"].to_numpy()
    assert state[17, 12] == COVERED
    assert state[17, 20] == UNKNOWN  # void ground
    assert state[17, 22] == UNKNOWN  # behind it, within range
    assert state[17, 29] == NOT_COVERED  # beyond the range of the only mast
    assert state[0, 0] == NOT_COVERED
    signal = today.signal["A|4G"].to_numpy()
    np.testing.assert_array_equal(np.isnan(signal), state == UNKNOWN)


def test_a_mast_whose_ground_is_unknown_is_named_in_the_report() -> None:
    elevation = np.zeros((30, 30))
    elevation[16:19, 11:14] = np.nan
    layers = world(elevation)
    today = predict(layers, radio=Radio.over(layers, model="p1812", max_radius_m=1_200.0))
    (lost,) = [repair for repair in today.assumptions if repair.what.startswith("unknown: what a mast covers")]
    assert (lost.how_much, lost.before) == ("1 sites", "a")
    state = today.service["A|4G"].to_numpy()
    assert set(np.unique(state)) == {UNKNOWN, NOT_COVERED}


def test_cut_off_is_what_still_reaches_the_threshold_at_the_radius() -> None:
    flat = np.zeros((30, 30))
    walled = flat.copy()
    away = np.hypot(np.arange(30)[None, :] - 12.0, np.arange(30)[:, None] - 17.0)
    walled[(away >= 5.0) & (away < 7.0)] = 400.0
    for elevation, cut in ((flat, True), (walled, False)):
        layers = world(elevation, eirp_dbm=0.0)
        radio = Radio.over(layers, model="p1812", max_radius_m=1_000.0)
        today = predict(layers, radio=radio)
        assert set(radio.ranges_m(today.sites[0]).values()) == {1_000.0}
        assert any("not predicted beyond 1 km" in repair.what for repair in today.assumptions) is cut


def test_a_model_that_reads_terrain_but_searches_flat_ground_says_so() -> None:
    layers = world(np.zeros((30, 30)))
    today = predict(layers, radio=Radio.over(layers, model="tr38901-terrain", max_radius_m=400.0))
    assert any("than over flat ground" in repair.what for repair in today.assumptions)
    plain = predict(layers, radio=Radio.over(layers, model="hata", max_radius_m=400.0))
    assert not any("than over flat ground" in repair.what for repair in plain.assumptions)


# The scenario's table.


def scenario(tmp_path: Path, text: str) -> CoverageSettings:
    path = tmp_path / "kịch bản.toml"
    path.write_text(f"[coverage]\n{text}\n", encoding="utf-8")
    return read(path).coverage


def test_a_scenario_says_how_p1812_is_asked(tmp_path: Path) -> None:
    text = 'model = "p1812"\np_percent = 10\npolarisation = "horizontal"\nstep_m = 60\nexact = true\nsigma_db = 6'
    settings = scenario(tmp_path, text)
    paths = settings.radio_fields()["paths"]
    assert paths == PathSettings(p_percent=10.0, polarisation="horizontal", step_m=60.0, exact=True)
    radio = settings.radio(world(np.zeros((30, 30))))
    assert isinstance(radio.model, P1812)
    assert (radio.model.p_percent, radio.model.polarisation, radio.model.sigma_db) == (10.0, "horizontal", 6.0)
    assert (radio.paths, radio.budget) == (paths, LinkBudget(sigma_db=6.0))


def test_files_of_a_scenario_are_found_from_it(tmp_path: Path) -> None:
    elsewhere = (tmp_path / "biển.gpkg").as_posix()
    settings = scenario(tmp_path, f'model = "p1812"\nitu_maps = "itu/maps.zip"\nsea = "{elsewhere}"')
    assert Path(settings.itu_maps) == tmp_path / "itu/maps.zip"
    assert Path(settings.sea) == Path(elsewhere)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('model = "hata"\np_percent = 10', 'p_percent: only model = "p1812" knows this, not "hata"'),
        ("exact = true", 'exact: only model = "p1812" knows this'),
        ('model = "p1812"\nlocation_percent = 90', "count the spread over places twice"),
        ('model = "p1812"\np_percent = 60', "less than or equal to 50"),
        ('model = "p1812"\npolarisation = "circular"', "'vertical' or 'horizontal'"),
        ('model = "p1812"\nstep = 30', "step is no key"),
    ],
)
def test_settings_that_do_not_fit_are_faults(text: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rule):
        scenario(tmp_path, text)


def test_places_may_be_asked_for_where_no_margin_does(tmp_path: Path) -> None:
    settings = scenario(tmp_path, 'model = "p1812"\nlocation_percent = 90\nedge_probability = 0.5')
    layers = world(np.zeros((30, 30)))
    sure, median = settings.radio(layers), Radio.over(layers, model="p1812")
    mast = Site("s", layers.grid.x_m[12], layers.grid.y_m[17], (cell_of(azimuth_deg=None),))
    half, most = levels(median, mast)["c"], levels(sure, mast)["c"]
    # 90 % of places: 1.28 sigma of 8 dB, where it does not come below free space.
    assert half[8] - most[8] == pytest.approx(10.25, abs=0.02)
