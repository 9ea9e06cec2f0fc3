"""From tables to sites: what is given is taken, what is assumed is counted."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phusong.coverage.antennas import CATALOGUE, Cuts, Omni, Sector, mounted
from phusong.coverage.bands import band
from phusong.coverage.cells import Cell, build
from phusong.errors import ModelError
from phusong.gis.readers.antenna_file import AntennaFile

build_world: Any = runpy.run_path(str(Path(__file__).with_name("test_predict.py")))["build_world"]
GIVEN = {
    "site_id": "s1",
    "operator": "A",
    "technology": "4G",
    "band": "LTE900",
    "azimuth_deg": 30.0,
    "tilt_deg": -2.0,
    "height_m": 25.0,
    "eirp_dbm": 12.5,
}


def one(**cell: Any) -> Any:
    return build_world(masts={"s1": (0.0, 0.0), "s0": (500.0, 250.0)}, cells=[{**GIVEN, **cell}])


def test_what_is_given_is_taken() -> None:
    sites, repairs = build(one())
    assert repairs == []
    (site,) = sites  # the mast without cells is left out
    assert (site.site_id, site.x_m, site.y_m) == ("s1", 550_000.0, 1_289_000.0)
    (cell,) = site.cells
    assert (cell.cell_id, cell.operator, cell.technology, cell.band.name) == ("c0", "A", "4G", "LTE900")
    assert (cell.height_m, cell.azimuth_deg, cell.tilt_deg, cell.eirp_dbm) == (25.0, 30.0, -2.0, 12.5)
    assert cell.antenna == Sector(tilt_deg=-2.0)


def test_what_is_missing_is_assumed_and_said() -> None:
    missing = dict.fromkeys(("azimuth_deg", "tilt_deg", "height_m", "eirp_dbm"), float("nan"))
    layers = one(band=None, **missing)
    (site,), repairs = build(layers)
    cell = site.cells[0]
    assert (cell.band.name, cell.height_m, cell.azimuth_deg, cell.tilt_deg) == ("LTE1800", 42.0, None, 4.0)
    assert cell.eirp_dbm == cell.band.reference_eirp_dbm
    assert cell.antenna == Omni(elevation_beamwidth_deg=10.0, tilt_deg=4.0)
    assert {(r.what, r.how_much) for r in repairs} == {
        ("assumed: antenna at the mast's top", "1 cells"),
        ("assumed: default band of the technology", "1 cells"),
        ("assumed: downtilt", "1 cells"),
        ("assumed: omnidirectional, azimuth unknown", "1 cells"),
    }
    layers.sites.loc["s1", "height_m"] = float("nan")
    (site,), repairs = build(layers)
    assert site.cells[0].height_m == 42.0
    assert "assumed: antenna height, mast height unknown too" in {r.what for r in repairs}


def test_the_masts_own_height_is_taken_before_the_default() -> None:
    layers = one(height_m=float("nan"))
    layers.sites.loc["s1", "height_m"] = 33.0
    assert build(layers)[0][0].cells[0].height_m == 33.0


def test_360_degrees_is_north() -> None:
    assert build(one(azimuth_deg=360.0))[0][0].cells[0].azimuth_deg == 0.0


def test_sites_come_in_the_tables_order() -> None:
    cells = [{**GIVEN, "site_id": site} for site in ("b", "c", "a", "b")]
    sites, _ = build(build_world(masts=dict.fromkeys("cab", (0.0, 0.0)), cells=cells))
    assert [(site.site_id, len(site.cells)) for site in sites] == [("c", 1), ("a", 1), ("b", 2)]


def test_unknown_band_names_itself() -> None:
    with pytest.raises(ModelError, match="band 'LTE1' is not known"):
        build(one(band="LTE1"))


# --- antennas and their tilts ----------------------------------------------------------------------------------

WHOLE = tuple(float(angle) for angle in range(360))
FILE = AntennaFile(
    "742215",
    19.0,
    (790.0, 960.0),
    6.0,
    WHOLE,
    tuple(min(12 * (min(angle, 360 - angle) / 65) ** 2, 30.0) for angle in WHOLE),
    WHOLE,
    tuple(min(12 * (((angle - 6 + 180) % 360 - 180) / 7) ** 2, 20.0) for angle in WHOLE),
)
NAN = float("nan")


def built(files: dict[str, AntennaFile] | None = None, **cell: Any) -> tuple[Cell, set[str]]:
    """Return one cell and what was assumed of it."""
    (site,), repairs = build(replace(one(**cell), antennas=files or {}))
    return site.cells[0], {repair.what.removeprefix("assumed: ") for repair in repairs}


def test_an_antenna_by_its_name() -> None:
    cell, assumed = built(antenna=" 3gpp-panel ", tilt_deg=5.0)
    assert assumed == set()
    assert cell.antenna == CATALOGUE["3gpp-panel"].tilted(5.0)


def test_an_antenna_from_a_file() -> None:
    cell, assumed = built({"a.msi": FILE}, antenna="a.msi", tilt_deg=8.0)
    assert assumed == set()
    assert cell.antenna == Cuts.of(FILE).tilted(8.0)
    assert cell.antenna.gain_db(0.0, -8.0) == 0.0


def test_a_files_gain_is_part_of_the_eirp_unless_the_cell_says() -> None:
    """LTE900 counts on 16 dBi; the antenna has 19."""
    found = built({"a.msi": FILE}, antenna="a.msi", eirp_dbm=NAN)[0].eirp_dbm
    assert found == pytest.approx(band("LTE900").reference_eirp_dbm + 19.0 - 16.0)
    assert built({"a.msi": FILE}, antenna="a.msi", eirp_dbm=12.5)[0].eirp_dbm == 12.5
    nothing = replace(FILE, gain_dbi=None)
    assert built({"a.msi": nothing}, antenna="a.msi", eirp_dbm=NAN)[0].eirp_dbm == band("LTE900").reference_eirp_dbm


@pytest.mark.parametrize(
    ("given", "whole", "mechanical", "electrical", "assumed"),
    [
        # tilt_deg, mechanical_tilt_deg, electrical_tilt_deg as the table has them
        ((7.0, NAN, NAN), 7.0, 0.0, 7.0, set()),
        ((NAN, 2.0, 4.0), 6.0, 2.0, 4.0, set()),
        ((6.0, 2.0, 4.0), 6.0, 2.0, 4.0, set()),
        ((9.0, 2.0, 4.0), 6.0, 2.0, 4.0, {"mechanical plus electrical tilt, the whole tilt says otherwise"}),
        ((7.0, 2.0, NAN), 7.0, 2.0, 5.0, set()),
        ((7.0, NAN, 4.0), 7.0, 3.0, 4.0, set()),
        ((NAN, 2.0, NAN), 2.0, 2.0, 0.0, {"the part of the tilt that is not given"}),
        ((NAN, NAN, 4.0), 4.0, 0.0, 4.0, {"the part of the tilt that is not given"}),
        ((NAN, NAN, NAN), 4.0, 0.0, 4.0, {"downtilt"}),
    ],
)
def test_how_tilts_combine(
    given: tuple[float, float, float], whole: float, mechanical: float, electrical: float, assumed: set[str]
) -> None:
    names = ("tilt_deg", "mechanical_tilt_deg", "electrical_tilt_deg")
    cell, found = built(None, **dict(zip(names, given, strict=True)))
    assert (cell.tilt_deg, cell.mechanical_tilt_deg) == (whole, mechanical)
    assert cell.antenna == mounted(Sector(tilt_deg=electrical), mechanical)
    assert found == assumed


@pytest.mark.parametrize(
    ("given", "whole", "mechanical"),
    [
        ((NAN, NAN, NAN), 6.0, 0.0),
        ((NAN, 2.0, NAN), 8.0, 2.0),
        ((2.0, 2.0, NAN), 8.0, 2.0),  # as a table with the mechanical tilt alone is read
        ((7.0, 2.0, NAN), 7.0, 2.0),
        ((3.0, NAN, NAN), 3.0, 0.0),
        ((NAN, 1.0, 3.0), 4.0, 1.0),
    ],
)
def test_a_file_knows_its_own_electrical_tilt(
    given: tuple[float, float, float], whole: float, mechanical: float
) -> None:
    names = ("tilt_deg", "mechanical_tilt_deg", "electrical_tilt_deg")
    cell, assumed = built({"a.msi": FILE}, antenna="a.msi", **dict(zip(names, given, strict=True)))
    assert (cell.tilt_deg, cell.mechanical_tilt_deg) == (whole, mechanical)
    assert assumed == set()
    elevation = np.arange(-20.0, 10.0, 0.01)
    assert elevation[np.argmax(cell.antenna.gain_db(0.0, elevation))] == pytest.approx(-whole, abs=0.011)


def test_a_mechanical_tilt_needs_a_direction() -> None:
    cell, assumed = built(azimuth_deg=NAN, tilt_deg=NAN, mechanical_tilt_deg=3.0, electrical_tilt_deg=1.0)
    assert cell.antenna == Omni(elevation_beamwidth_deg=10.0, tilt_deg=4.0)
    assert assumed == {"mechanical tilt as electrical, azimuth unknown", "omnidirectional, azimuth unknown"}


@pytest.mark.parametrize(("carrier", "name"), [("NR2600", "ssb-n41"), ("NR3700", "ssb-n78")])
def test_massive_mimo_bands_have_ssb_beams_where_nobody_says(carrier: str, name: str) -> None:
    cell, assumed = built(technology="5G", band=carrier)
    assert cell.antenna == CATALOGUE[name].tilted(-2.0)
    assert assumed == {"5G massive MIMO: the strongest of 8 SSB beams, antenna unknown"}
    assert built(technology="5G", band=carrier, antenna=name)[1] == set()
    assert built(technology="5G", band=carrier, antenna="3gpp-sector")[0].antenna == Sector(tilt_deg=-2.0)
    assert built(technology="5G", band=carrier, azimuth_deg=NAN)[1] == {"omnidirectional, azimuth unknown"}
    assert built(technology="5G", band="NR700")[1] == set()


def test_a_name_nobody_knows_is_counted() -> None:
    cell, assumed = built(antenna="ADU451807")
    assert cell.antenna == Sector(tilt_deg=-2.0)
    assert assumed == {"default antenna, its name is not known"}


def test_a_sectors_pattern_without_azimuth_is_of_no_use() -> None:
    for antenna in ("a.msi", "3gpp-panel"):
        cell, assumed = built({"a.msi": FILE}, antenna=antenna, azimuth_deg=NAN, eirp_dbm=NAN)
        assert cell.antenna == Omni(elevation_beamwidth_deg=10.0, tilt_deg=-2.0)
        assert cell.eirp_dbm == band("LTE900").reference_eirp_dbm
        assert assumed == {"omnidirectional, azimuth unknown"}


def test_a_round_antenna_needs_no_azimuth() -> None:
    both = tuple(0.5 + min(angle % 180, 180 - angle % 180) / 3.0 for angle in WHOLE)
    whip = replace(FILE, horizontal_db=(0.5,) * 360, vertical_db=both, electrical_tilt_deg=None)
    cell, assumed = built({"a.msi": whip}, antenna="a.msi", azimuth_deg=NAN, tilt_deg=NAN)
    assert assumed == set()
    assert cell.tilt_deg == pytest.approx(0.0)
    np.testing.assert_allclose(cell.antenna.gain_db([0.0, 123.0, 200.0], 6.0), -2.5)
    assert built(antenna="omni", azimuth_deg=NAN)[1] == set()


@pytest.mark.parametrize(
    ("frequency_mhz", "said"),
    [((900.0, 900.0), False), ((790.0, 960.0), False), (None, False), ((1710.0, 2170.0), True)],
)
def test_a_file_of_another_band_is_said(frequency_mhz: tuple[float, float] | None, *, said: bool) -> None:
    _, assumed = built({"a.msi": replace(FILE, frequency_mhz=frequency_mhz)}, antenna="a.msi", band="LTE900")
    assert assumed == ({"antenna file of another frequency"} if said else set())
