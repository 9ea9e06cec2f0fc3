"""P.1812 against the 48 published cases of ITU-R Study Group 3, every intermediate value of their logs."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from phusong.coverage.propagation.p1812 import basic_loss, field_strength_dbuvm
from phusong.coverage.propagation.p1812_result import INTERMEDIATES, P1812Result
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.gis.findings import Findings
from phusong.gis.readers.sg3_profile import Sg3Profile, read_sg3_profile

ROWS = {"rburg_urban_with_clutter": 6}
NAMES = [
    "b2iseac",
    "b2iseac_dense_urban_land",
    "b2iseac_eqdist",
    "b2iseac_eqdist_vertical",
    "b2iseac_rural_land_100km",
    "b2iseac_rural_land_100km_eqdist",
    "b2iseac_rural_land_10km_eqdist",
    "b2iseac_rural_land_1km",
    "b2iseac_rural_land_1km_eqdist",
    "b2iseac_vertical",
    "rburg",
    "rburg_rural_noclutter",
    "rburg_rural_noclutter_los",
    "rburg_rural_with_clutter",
    "rburg_urban_with_clutter",
]
CASES = [(name, case) for name in NAMES for case in range(ROWS.get(name, 3))]
TWICE = {
    ("hst", "Eq (85)"): "hst_85",
    ("hsr", "Eq (86)"): "hsr_86",
    ("htc", "Eq (37a)"): "htc_37a",
    ("hrc", "Eq (37b)"): "hrc_37b",
}
"""Names that a log prints for two things."""
PARAMETERS = {"Ptx", "Gtx", "Grx", "f", "p", "pL", "sigmaL", "phi_t", "phi_r", "lam_t", "lam_r", "htg", "hrg", "pol"}
PARAMETERS |= {"DN", "N0", "R2", "Rn-1"}
AMENDED = {("rburg_urban_with_clutter", 0), ("rburg_urban_with_clutter", 3)}
"""Where a log writes "Lbd" after the reference overwrote it with Lbda."""


@cache
def file_of(shared: Path, name: str) -> Sg3Profile:
    findings = Findings()
    path = shared / "validation" / "p1812" / "profiles" / f"{name}.csv"
    file = read_sg3_profile(path, notes=findings.of("profile", path.name))
    assert findings.may_run
    assert file is not None
    return file


@cache
def result_of(shared: Path, name: str, case: int) -> P1812Result:
    file = file_of(shared, name)
    row = file.measurements[case]
    return basic_loss(
        PathProfile(file.distance_m, file.ground_m, file.clutter_m, file.zone),
        f_mhz=row.f_mhz,
        tx_height_m=row.tx_height_m,
        rx_height_m=row.rx_height_m,
        climate=Climate(file.delta_n_per_km, file.n0, file.latitude_deg, name),
        p_percent=row.p_percent,
        polarisation=row.polarisation,
    )


def log_of(shared: Path, name: str, case: int) -> dict[tuple[str, str], str]:
    """Return what a log prints, by name without its unit and reference."""
    path = shared / "validation" / "p1812" / "results" / f"{name}_{case}_log.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) > 3 and row[3] and not row[0].startswith("#")]
    return {(row[0].split("(")[0].strip(), row[1].strip()): row[3] for row in rows}


def half_a_digit(printed: str) -> float:
    """Return by how much a number printed with 10 digits may be off."""
    value = abs(float(printed))
    return 0.5 * 10.0 ** (int(f"{value:e}".partition("e")[2]) - 9) if value else 0.0


def test_every_case_is_here(shared: Path) -> None:
    folder = shared / "validation" / "p1812"
    assert sorted(path.stem for path in (folder / "profiles").glob("*.csv")) == NAMES
    assert {path.stem for path in (folder / "results").glob("*.csv")} == {f"{n}_{k}_log" for n, k in CASES}
    assert len(CASES) == 48


@pytest.mark.parametrize(("name", "case"), CASES)
def test_field_strength(shared: Path, name: str, case: int) -> None:
    """The profile's own row holds the reference field strength with 8 decimals."""
    row = file_of(shared, name).measurements[case]
    loss = result_of(shared, name, case).loss_db
    assert field_strength_dbuvm(loss, f_mhz=row.f_mhz, erp_kw=row.erp_kw) == pytest.approx(row.field_dbuvm, abs=1e-8)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_intermediate(shared: Path, name: str, case: int) -> None:
    """Each value of the log within 1e-8 of what it can print."""
    found = result_of(shared, name, case).intermediates
    differing: dict[str, tuple[float, str]] = {}
    compared: set[str] = set()
    for (symbol, reference), printed in log_of(shared, name, case).items():
        key = TWICE.get((symbol, reference), symbol)
        if key in PARAMETERS or (reference == "" and key not in INTERMEDIATES):
            continue
        if key == "Lbd" and (name, case) in AMENDED:
            continue
        compared.add(key)
        if abs(found[key] - float(printed)) > 1e-8 + half_a_digit(printed):
            differing[key] = found[key], printed
    assert differing == {}
    assert len(compared) >= 50


def test_the_excluded_row_is_another_ones(shared: Path) -> None:
    """What those two logs print as Lbd is our Lbda."""
    for name, case in AMENDED:
        printed = log_of(shared, name, case)["Lbd", "Eq (43)"]
        found = result_of(shared, name, case).intermediates
        assert abs(found["Lbda"] - float(printed)) < 1e-8 + half_a_digit(printed)
        assert abs(found["Lbd"] - float(printed)) > 1e-3
