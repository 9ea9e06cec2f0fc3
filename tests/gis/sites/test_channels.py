"""Channel numbers against the frequencies and bands 3GPP gives them, and against what a list states."""

from __future__ import annotations

import csv
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.schemas import layer_columns
from phusong.gis.sites.channels import channel, with_bands


@pytest.mark.parametrize(
    ("technology", "number", "f_mhz", "bands", "name"),
    [
        # TS 36.101 5.7.3: F_DL = F_DL_low + 0.1 (N_DL - N_Offs-DL).
        ("4G", 0, 2110.0, ("band 1",), "LTE2100"),
        ("4G", 1617, 1846.7, ("band 3",), "LTE1800"),
        ("4G", 1949, 1879.9, ("band 3",), "LTE1800"),
        ("4G", 3100, 2655.0, ("band 7",), "LTE2600"),
        ("4G", 3725, 952.5, ("band 8",), "LTE900"),
        ("4G", 6400, 816.0, ("band 20",), None),
        ("4G", 6225, 798.5, ("band 20",), None),
        ("4G", 39250, 2360.0, ("band 40",), None),
        ("4G", 40000, 2531.0, ("band 41",), "LTE2600"),
        # TS 38.104 5.4.2.1: 5 kHz steps below 3 GHz, 15 kHz above.
        ("5G", 153600, 768.0, ("n28",), "NR700"),
        ("5G", 510000, 2550.0, ("n41",), "NR2600"),
        ("5G", 632628, 3489.42, ("n77", "n78"), "NR3700"),
        ("5G", 650000, 3750.0, ("n77", "n78"), "NR3700"),
        ("5G", 670000, 4050.0, ("n77",), "NR3700"),
        ("5G", 427000, 2135.0, ("n1", "n65", "n66"), None),
        # 791-803 MHz are n20's and n28's: the number alone does not tell.
        ("5G", 158400, 792.0, ("n20", "n28"), None),
        # TS 45.005 2: downlink 45 and 95 MHz above 890 + 0.2 n and 1710.2 + 0.2 (n - 512).
        ("2G", 1, 935.2, ("GSM 900",), "GSM900"),
        ("2G", 975, 925.2, ("GSM 900",), "GSM900"),
        ("2G", 512, 1805.2, ("DCS 1800",), "GSM1800"),
        ("2G", 885, 1879.8, ("DCS 1800",), "GSM1800"),
        # TS 25.101 5.4: N = 5 F.
        ("3G", 10700, 2140.0, ("band I",), "UMTS2100"),
        ("3G", 3063, 952.6, ("band VIII",), "UMTS900"),
    ],
)
def test_frequency_and_band(
    technology: str, number: int, f_mhz: float, bands: tuple[str, ...], name: str | None
) -> None:
    found = channel(number, technology=technology)
    assert found is not None
    assert found.f_mhz == pytest.approx(f_mhz, abs=1e-3)
    assert (found.bands, found.name) == (bands, name)


@pytest.mark.parametrize(("technology", "number"), [("4G", 5000), ("4G", 70546), ("2G", 900), ("3G", 0), ("5G", 0)])
def test_numbers_of_no_band(technology: str, number: int) -> None:
    assert channel(number, technology=technology) is None


def test_the_table_is_sound() -> None:
    """Names are the dictionary's and of the right technology; bands of one technology but 5G never overlap."""
    rows = list(csv.DictReader((files("phusong.gis.sites") / "channels.csv").read_text(encoding="utf-8").splitlines()))
    prefix = {"2G": "GSM", "3G": "UMTS", "4G": "LTE", "5G": "NR"}
    for row in rows:
        assert int(row["first"]) <= int(row["last"])
        assert row["source"].startswith("3GPP TS")
        assert not row["name"] or row["name"] in layer_columns("cells")["band"].values
        assert row["name"].startswith(prefix[row["technology"]] if row["name"] else "")
    assert {row["name"] for row in rows} - {""} == set(layer_columns("cells")["band"].values)
    for technology in ("2G", "3G", "4G"):
        spans = sorted((int(r["first"]), int(r["last"])) for r in rows if r["technology"] == technology)
        assert all(a[1] < b[0] for a, b in pairwise(spans))


@settings(deadline=None)
@given(technology=st.sampled_from(["2G", "3G", "4G", "5G"]), number=st.integers(0, 3_279_165))
def test_a_name_means_its_part_of_the_spectrum(technology: str, number: int) -> None:
    """A channel called LTE1800 lies in 1800 MHz: no band is taken for another."""
    found = channel(number, technology=technology)
    if found is None or found.name is None:
        return
    limits = {"700": (758, 803), "900": (921, 960), "1800": (1805, 1880), "2100": (2110, 2200), "2600": (2496, 2690)}
    low, high = (limits | {"3700": (3300, 4200)})[found.name.lstrip("GSMULTENR")]
    assert low <= found.f_mhz <= high


def table(*rows: tuple[str | None, float | None, str | None]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["technology", "earfcn", "band"], index=range(2, len(rows) + 2))
    return found.astype({"technology": "string", "band": "string", "earfcn": float})


def test_bands_are_filled_in_and_said() -> None:
    findings = Findings()
    cells = with_bands(
        table(("4G", 1617, None), ("4G", 1617, "LTE1800"), ("4G", 1815, None), ("4G", 6400, None), ("4G", None, None)),
        findings.of("cells", "c.csv"),
    )
    assert cells["band"].fillna("-").tolist() == ["LTE1800", "LTE1800", "LTE1800", "-", "-"]
    assert findings.faults == []
    assert [(r.what, r.row, r.how_much, r.before) for r in findings.repairs] == [
        ("derived: band LTE1800 from the channel number", "2", "2 cells", "empty"),
        (
            "left empty: the column dictionary has no band for channel 6400",
            "5",
            "1 cells",
            "4G band 20, 816 MHz",
        ),
    ]


def test_a_band_that_contradicts_its_channel() -> None:
    findings = Findings()
    with_bands(
        table(("4G", 1617, "LTE2100"), ("4G", 6400, "LTE900"), ("5G", 158400, "NR700")), findings.of("cells", "c.csv")
    )
    assert [(f.severity, f.row, f.column, f.value) for f in findings.faults] == [
        ("error", 2, "band", "LTE2100"),
        ("error", 3, "band", "LTE900"),
    ]
    assert findings.faults[0].rule == "channel 1617 is 4G band 3, 1846.7 MHz, and the row says LTE2100"


def test_a_number_of_no_band_is_a_warning() -> None:
    findings = Findings()
    cells = with_bands(table(("4G", 5000, None), ("4G", 5000, "LTE1800")), findings.of("cells", "c.csv"))
    assert cells["band"].fillna("-").tolist() == ["-", "LTE1800"]
    (fault,) = findings.faults
    assert (fault.severity, fault.row, fault.value) == ("warning", 2, "5000")
    assert fault.rule.startswith("2 cells have channel 5000, which no 4G band")


def test_all_english_channels_are_known(shared: Path) -> None:
    for path in (shared / "data/cells/nsg_england").glob("*/*.csv"):
        for number in pd.read_csv(path)["EARFCN"].unique():
            assert channel(int(number), technology="4G") is not None
