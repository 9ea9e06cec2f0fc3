"""What `phusong check` says of each layer, for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from phusong._terminal import echo_json, print_faults
from phusong.gis.crs import crs_title
from phusong.gis.layers_file import RASTERS
from phusong.gis.schemas import layer_columns

if TYPE_CHECKING:
    from phusong.errors import Severity
    from phusong.gis.assembly import Gathered
    from phusong.gis.findings import Findings
    from phusong.gis.fixing import Fixed
    from phusong.gis.layers import LayerSummary
    from phusong.gis.repair import Repair

__all__ = ["print_check", "print_check_json"]

_MOST_REPAIRS = 6  # of one kind of one layer on a terminal; the receipt and --json have them all
_PLACE = ("lon", "lat", "x_m", "y_m")
_SEVERITIES: dict[Severity, str] = {"error": "errors", "warning": "warnings", "info": "notes"}


def print_check(gathered: Gathered, fixed: Fixed | None, *, verbose: int) -> None:
    """Print each layer, the faults, the repairs, and whether a run may start."""
    findings = gathered.findings
    _print_layers(list(gathered.file.layers), gathered.summaries, findings)
    print_faults(findings.faults, verbose)
    _print_repairs(findings.repairs)
    if fixed is not None and fixed.folder is not None:
        for layer, count in fixed.set_aside.items():
            typer.echo(
                f"set aside: {_some(count, 'records')} of {layer}, as they stand in {fixed.folder / 'set_aside'}"
            )
        typer.echo(
            f"cleaned layers {fixed.folder / 'layers.toml'}\nreceipt        {fixed.folder / 'repair_report.csv'}"
        )
        typer.echo("a run may start on the cleaned layers")
    elif findings.may_run:
        typer.echo("a run may start")
    elif fixed is not None:
        typer.echo("nothing was written: no run may start, mend the errors above", err=True)
    else:
        typer.echo("no run may start: mend the errors above, or try --fix OUT", err=True)


def print_check_json(gathered: Gathered, fixed: Fixed | None) -> None:
    """Print the same for machines."""
    findings = gathered.findings
    layers = _layers_json(list(gathered.file.layers), gathered.summaries, findings)
    more = {} if fixed is None else {"fixed": {"folder": _folder(fixed), "set_aside": dict(fixed.set_aside)}}
    echo_json(layers, findings.faults, [asdict(repair) for repair in findings.repairs], **more)


def _folder(fixed: Fixed) -> str | None:
    return None if fixed.folder is None else str(fixed.folder)


def _print_layers(named: Sequence[str], summaries: Sequence[LayerSummary], findings: Findings) -> None:
    known = {summary.layer: summary for summary in summaries}
    for name in named:
        summary = known.get(name)
        if summary is None:
            typer.echo(f"{name}: could not be read")
        else:
            _print_one(summary)
        typer.echo(f"    findings  {_counted(name, findings)}")


def _print_one(summary: LayerSummary) -> None:
    # A raster's rows are the cells of the province's grid, see `LayerSummary`.
    used = "cells of the province have a value" if summary.layer in RASTERS else "rows used"
    typer.echo(f"{summary.layer}: {summary.used:,} of {summary.rows:,} {used}{_simulated(summary)}")
    kind = f" ({summary.format})" if summary.format else ""
    typer.echo(f"    file      {summary.file}{kind}")
    if summary.extent is not None:
        west, south, east, north = summary.extent
        place = f"lon {west:.4f} to {east:.4f}, lat {south:.4f} to {north:.4f}"
        systems = "; ".join(f"{crs} ({crs_title(crs)})" for crs in summary.crs.split("; "))
        typer.echo(f"    place     {systems}, {place}")
    if summary.matches:
        typer.echo(
            f"    columns   {', '.join(_match(m.column, m.file_column, m.how, m.file) for m in summary.matches)}"
        )
    # Coordinates become the shapes of a layer; it has no such columns any more.
    told = {*summary.columns, "simulated", *(_PLACE if summary.extent is not None else ())}
    empty = [column for column in layer_columns(summary.layer) if column not in told]
    if summary.columns and empty:
        typer.echo(f"    empty     {', '.join(empty)}")


def _match(column: str, file_column: str, how: str, file: str) -> str:
    """Tell one match; the same name needs no words, but its file where the layer has several."""
    of = f" of {file}" if file else ""
    return f"{column}{of}" if how == "same" else f"{column} = '{file_column}'{of} ({how})"


def _simulated(summary: LayerSummary) -> str:
    return ", simulated / mô phỏng" if summary.simulated else ""


def _counted(layer: str, findings: Findings) -> str:
    faults = Counter(fault.severity for fault in findings.faults if fault.layer == layer)
    repairs = sum(repair.layer == layer for repair in findings.repairs)
    parts = [_some(faults[severity], word) for severity, word in _SEVERITIES.items()]
    return ", ".join([*parts, _some(repairs, "repairs")])


def _some(count: int, plural: str) -> str:
    return f"{count} {plural.removesuffix('s') if count == 1 else plural}"


def _print_repairs(repairs: Sequence[Repair]) -> None:
    """Print a few repairs of each kind of a layer."""
    shown: Counter[tuple[str, str]] = Counter()
    for repair in repairs:
        key = (repair.layer, repair.what.split(":")[0])
        shown[key] += 1
        if shown[key] <= _MOST_REPAIRS:
            change = f" ({repair.before} -> {repair.after})" if repair.before or repair.after else ""
            typer.echo(
                f"repair: layer {repair.layer}, row {repair.row}: {repair.what} {repair.how_much}".rstrip() + change
            )
    for (layer, what), count in shown.items():
        if count > _MOST_REPAIRS:
            typer.echo(f"... and {count - _MOST_REPAIRS} more in layer {layer} ({what}); --fix and --json list all")


def _layers_json(named: Sequence[str], summaries: Sequence[LayerSummary], findings: Findings) -> dict[str, Any]:
    """Return each layer's summary, schema, matches and counts of findings, by name."""
    known = {summary.layer: summary for summary in summaries}
    result: dict[str, Any] = {}
    for name in named:
        summary = known.get(name)
        faults = Counter(fault.severity for fault in findings.faults if fault.layer == name)
        counts = {
            "faults_by_severity": {severity: faults[severity] for severity in _SEVERITIES},
            "repairs_proposed": sum(repair.layer == name for repair in findings.repairs),
        }
        if summary is None:
            result[name] = {"layer": name, "read": False, **counts}
            continue
        read_as = {match.column: match for match in summary.matches}
        schema = [
            {
                "column": column.column,
                "type": column.type,
                "unit": column.unit,
                "required": column.required,
                "filled": column.column in summary.columns,
                "file_column": read_as[column.column].file_column if column.column in read_as else None,
                "how": read_as[column.column].how if column.column in read_as else None,
            }
            for column in layer_columns(name).values()
        ]
        result[name] = {"read": True, **asdict(summary), "schema": schema, **counts}
    return result
