"""The band table."""

import csv
from pathlib import Path

import pytest

from phusong.coverage.bands import BANDS, DEFAULT_BAND, THRESHOLD_DBM, band, resource_element_power_dbm
from phusong.errors import ModelError

COLUMNS = Path(__file__).resolve().parents[2] / "gis/columns.csv"


def column_values(layer: str, column: str) -> list[str]:
    with COLUMNS.open(encoding="utf-8") as file:
        return next(
            row["values"].split("|") for row in csv.DictReader(file) if (row["layer"], row["column"]) == (layer, column)
        )


def test_bands_are_those_of_the_column_dictionary() -> None:
    assert list(BANDS) == column_values("cells", "band")


def test_every_technology_has_a_default_band_and_a_threshold() -> None:
    technologies = column_values("cells", "technology")
    assert list(DEFAULT_BAND) == list(THRESHOLD_DBM) == technologies
    assert [BANDS[name].technology for name in DEFAULT_BAND.values()] == technologies


@pytest.mark.parametrize(
    ("name", "eirp_dbm"),
    [
        ("GSM900", 57.0),
        ("UMTS2100", 50.0),
        ("LTE1800", 32.2),  # 46 - 30.8 + 17.5 - 0.5
        ("LTE900", 33.7),  # 46 - 27.8 + 16 - 0.5
        ("NR700", 38.5),  # 52 - 28.0 + 15 - 0.5
        ("NR3700", 42.3),  # 53 - 35.2 + 24.5
    ],
)
def test_reference_eirp(name: str, eirp_dbm: float) -> None:
    assert band(name).reference_eirp_dbm == pytest.approx(eirp_dbm, abs=0.06)


@pytest.mark.parametrize(
    ("total_dbm", "resource_blocks", "element_dbm"),
    [(46.0, 100, 15.2), (46.0, 50, 18.2), (52.0, 52, 24.0), (53.0, 273, 17.9)],
)
def test_resource_element_power(total_dbm: float, resource_blocks: int, element_dbm: float) -> None:
    found = resource_element_power_dbm(total_dbm, resource_blocks=resource_blocks)
    assert found == pytest.approx(element_dbm, abs=0.06)


def test_names_say_the_band() -> None:
    """The number in the name is the band's usual name, within 70 MHz of the downlink's centre."""
    for each in BANDS.values():
        nominal = float(each.name.lstrip("GSMULTENR"))
        assert abs(each.f_mhz - nominal) < 70.0
        assert each.bandwidth_mhz > 0.0
        assert each.source


def test_unknown_band_lists_the_known() -> None:
    with pytest.raises(ModelError, match=r"band 'LTE700' is not known; known are GSM900, .*NR3700"):
        band("LTE700")


def test_resource_blocks_below_one() -> None:
    with pytest.raises(ModelError, match="resource_blocks must be 1 or more, not 0"):
        resource_element_power_dbm(46.0, resource_blocks=0)
