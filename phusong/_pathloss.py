"""What `phusong pathloss` does: ITU-R P.1812 over the profile of an SG3 file, for people and for machines."""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from phusong.coverage.propagation import repeat_range_warnings
from phusong.coverage.propagation.p1812 import PERCENT_RANGES, RANGES, basic_loss, field_strength_dbuvm
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.errors import ModelRangeWarning
from phusong.gis.findings import Findings, Notes
from phusong.gis.readers.sg3_profile import Sg3Measurement, Sg3Profile, read_sg3_profile

__all__ = ["Case", "path_losses", "print_losses", "print_losses_json"]

_COLUMNS: Final = {
    "frequency": "Frequency",
    "tx height": "Tx antenna height",
    "rx height": "Rx antenna height",
    "time percentage": "Time percentage",
    "distance": "Distance",
}
_WIDTH: Final = 110  # of the table where no terminal says how wide it is


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement row and the loss found for it."""

    case: int
    measurement: Sg3Measurement
    lb_db: float
    ep_dbuvm: float
    intermediates: dict[str, float]


def path_losses(path: Path) -> tuple[Findings, Sg3Profile, list[Case]]:
    """Read a file and work out each of its rows.

    Raises
    ------
    InputError
        With every fault found, where the file cannot be used or a value lies outside P.1812's possible range.
    """
    findings = Findings()
    notes = findings.of("profile", str(path))
    file = read_sg3_profile(path, notes=notes)
    if file is not None:
        for measurement in file.measurements:
            _check_ranges(file, measurement, notes)
    findings.raise_errors()
    assert file is not None  # noqa: S101 - raise_errors raised where it is
    profile = PathProfile(file.distance_m, file.ground_m, file.clutter_m, file.zone)
    climate = Climate(file.delta_n_per_km, file.n0, file.latitude_deg, str(path))
    repeat_range_warnings()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ModelRangeWarning)
        cases = [_case(number, profile, each, climate) for number, each in enumerate(file.measurements)]
    for warning in caught:
        notes.fault(str(warning.message), "take the loss as a rough one", severity="warning")
    return findings, file, cases


def _case(number: int, profile: PathProfile, row: Sg3Measurement, climate: Climate) -> Case:
    result = basic_loss(
        profile,
        f_mhz=row.f_mhz,
        tx_height_m=row.tx_height_m,
        rx_height_m=row.rx_height_m,
        climate=climate,
        p_percent=row.p_percent,
        polarisation=row.polarisation,
    )
    erp_kw = 1.0 if math.isnan(row.erp_kw) else row.erp_kw
    ep = field_strength_dbuvm(result.loss_db, f_mhz=row.f_mhz, erp_kw=erp_kw)
    return Case(number, row, result.loss_db, ep, dict(result.intermediates))


def _check_ranges(file: Sg3Profile, row: Sg3Measurement, notes: Notes) -> None:
    """Write a fault for each value outside what P.1812 can do."""
    values = {
        "frequency": row.f_mhz,
        "tx height": row.tx_height_m,
        "rx height": row.rx_height_m,
        "time percentage": row.p_percent,
        "distance": float(file.distance_m[-1]),
    }
    for limits in (*RANGES, *PERCENT_RANGES):
        low, high = limits.possible
        if limits.quantity in values and not low <= values[limits.quantity] <= high:
            notes.fault(
                f"P.1812 holds for a {limits.quantity} of {low:g}..{high:g} {limits.unit}",
                "correct the value and its unit, or leave the row out",
                row=row.row,
                column=_COLUMNS[limits.quantity],
                value=f"{values[limits.quantity]:g}",
            )


def print_losses_json(cases: list[Case]) -> None:
    """Print a list with one object for each row: what was asked, the loss, and each intermediate by name."""
    typer.echo(json.dumps([_as_json(case) for case in cases], indent=1))


def _as_json(case: Case) -> dict[str, Any]:
    row = case.measurement
    found = {
        "case": case.case,
        "f_mhz": row.f_mhz,
        "p_percent": row.p_percent,
        "tx_height_m": row.tx_height_m,
        "rx_height_m": row.rx_height_m,
        "polarisation": row.polarisation,
        "erp_kw": row.erp_kw,
        "reference_dbuvm": row.field_dbuvm,
        "lb_db": case.lb_db,
        "ep_dbuvm": case.ep_dbuvm,
        **case.intermediates,
        "theta": case.intermediates["th"],
    }
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in found.items()}


def print_losses(path: Path, file: Sg3Profile, cases: list[Case], *, verbose: int) -> None:
    """Print a table of the rows; with -v the intermediates too."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    length_km = file.distance_m[-1] / 1000.0
    typer.echo(
        f"{path.name}: {length_km:g} km, {file.distance_m.size} points, latitude {file.latitude_deg:.3f}, "
        f"dN {file.delta_n_per_km:g} N-units/km, N0 {file.n0:g}"
    )
    table = Table(title="ITU-R P.1812-6, median of places", title_justify="left")
    for name in ("case", "f MHz", "Tx m", "Rx m", "pol.", "p %", "path", "Lb dB", "Ep dBµV/m", "in the file", "diff."):
        table.add_column(name, justify="left" if name == "path" else "right", no_wrap=True)
    for case in cases:
        row = case.measurement
        table.add_row(
            str(case.case),
            f"{row.f_mhz:g}",
            f"{row.tx_height_m:g}",
            f"{row.rx_height_m:g}",
            row.polarisation[0].upper(),
            f"{row.p_percent:g}",
            "beyond the horizon" if case.intermediates["transhorizon"] else "line of sight",
            f"{case.lb_db:.2f}",
            f"{case.ep_dbuvm:.2f}",
            "" if math.isnan(row.field_dbuvm) else f"{row.field_dbuvm:.2f}",
            "" if math.isnan(row.field_dbuvm) else f"{case.ep_dbuvm - row.field_dbuvm:+.2f}",
        )
    console.print(table)
    if verbose:
        console.print(_intermediates(cases))


def _intermediates(cases: list[Case]) -> Table:
    table = Table(title="Intermediate values: km, m, mrad, dB, %", title_justify="left")
    table.add_column("name")
    for case in cases:
        table.add_column(f"case {case.case}", justify="right", no_wrap=True)
    for name in cases[0].intermediates:
        table.add_row(name, *(f"{case.intermediates[name]:.6g}" for case in cases))
    return table
