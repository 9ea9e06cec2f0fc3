"""The front door: commands, exit codes, progress - nothing numerical.

Imports stand inside the commands, so that ``phusong --help`` answers at once.

Exit codes: 0 done; 1 the input, the model, the plan or the run folder has a fault, said in plain lines; 2 the command
line itself is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from phusong._terminal import Bar, plain_errors, print_faults, print_results, stage
from phusong.errors import PhusongError

if TYPE_CHECKING:
    from phusong.coverage.propagation import Range
    from phusong.scenarios.plan import Plan

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="phusong (phủ sóng): the open coverage planner for a province's mobile network.",
)

Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, help="-v: notes too; -vv: tracebacks too.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, only what is wrong.")]
RunOut = Annotated[Path, typer.Option("-o", "--out", help="Run folder to write.")]
ScenarioFile = Annotated[Path, typer.Argument(help="A scenario .toml, or a layers.toml (default scenario).")]
RunFolder = Annotated[Path, typer.Argument(help="A run folder.")]


class Language(StrEnum):
    """Languages of the review map and of a path's profile."""

    VI = "vi"
    EN = "en"


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def demo(
    out: Annotated[Path, typer.Argument(help="Folder for the simulated province and its run.")],
    *,
    small: Annotated[bool, typer.Option("--small", help="Six communes, for a first look.")] = False,
    stress: Annotated[bool, typer.Option("--stress", help="The 3,666-BTS province of the benchmarks.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed is another province.")] = 2026,
    layers_only: Annotated[bool, typer.Option("--layers-only", help="Write the files, do not run.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Write the simulated province and run the default scenario on it."""
    with plain_errors(verbose):
        from phusong.gis import demo as province
        from phusong.scenarios.library import copy_demo_scenario
        from phusong.scenarios.run import refuse_foreign

        if small and stress:
            raise PhusongError("--small and --stress exclude each other; choose one")
        refuse_foreign(out / "run")
        size: Literal["small", "province", "stress"] = "small" if small else "stress" if stress else "province"
        with Bar(quiet=quiet) as bar:
            layers_file = province.write(out, seed=seed, size=size, progress=bar.wrap_sized)
            scenario_file = copy_demo_scenario(out, small=small)
        if layers_only:
            typer.echo(f"layers   {layers_file}\nscenario {scenario_file}")
        else:
            _run(scenario_file, out / "run", quiet=quiet, verbose=verbose)


@app.command()
def check(
    layers: Annotated[Path, typer.Argument(help="A layers.toml.")],
    *,
    fix: Annotated[Path | None, typer.Option("--fix", help="Write cleaned layers and the receipt here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    verbose: Verbose = 0,
) -> None:
    """Say what each layer is, how it is read and what is wrong with it; exit 0 when a run may start.

    With --fix a run may start on the cleaned layers: what can be mended or left out is, and each of it is listed.
    """
    with plain_errors(verbose, as_json=as_json):
        from phusong._check import print_check, print_check_json
        from phusong.gis.assembly import gather
        from phusong.gis.fixing import fix_layers

        fixed = None if fix is None else fix_layers(layers, fix)
        gathered = gather(layers) if fixed is None else fixed.gathered
        if as_json:
            print_check_json(gathered, fixed)
        else:
            print_check(gathered, fixed, verbose=verbose)
        if not gathered.findings.may_run:
            raise typer.Exit(1)


@app.command()
def cover(scenario: ScenarioFile, out: RunOut, *, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Predict signal, service, KPIs and gaps, without proposing anything."""
    with plain_errors(verbose):
        _run(scenario, out, quiet=quiet, verbose=verbose, propose=False, publish=False)


@app.command()
def plan(scenario: ScenarioFile, out: RunOut, *, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Cover, then propose sites, upgrades and fibre; no map and no appendix."""
    with plain_errors(verbose):
        _run(scenario, out, quiet=quiet, verbose=verbose, publish=False)


@app.command()
def run(scenario: ScenarioFile, out: RunOut, *, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Everything: layers, coverage, gaps, proposal, map and appendix."""
    with plain_errors(verbose):
        _run(scenario, out, quiet=quiet, verbose=verbose)


@app.command("map")
def map_(
    folder: RunFolder,
    out: Annotated[Path, typer.Option("-o", "--out", help="HTML file to write.")],
    *,
    language: Annotated[Language, typer.Option(help="Language of the page.")] = Language.VI,
    verbose: Verbose = 0,
) -> None:
    """Draw the offline review map of a run."""
    with plain_errors(verbose):
        from phusong import maps
        from phusong.scenarios.run import load

        maps.review_map(load(folder), language="vi" if language is Language.VI else "en").save(out)
        typer.echo(f"map {out} ({out.stat().st_size / 1e6:.1f} MB)")


@app.command()
def appendix(
    folder: RunFolder,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write the appendix into.")],
    *,
    verbose: Verbose = 0,
) -> None:
    """Write the Vietnamese appendix of a run."""
    with plain_errors(verbose):
        from phusong import maps
        from phusong.scenarios.run import load

        maps.appendix(load(folder)).save(out)
        typer.echo(f"appendix {out}")


@app.command()
def verify(folder: RunFolder, *, verbose: Verbose = 0) -> None:
    """Check a run's files against its manifest."""
    with plain_errors(verbose):
        from phusong.scenarios.manifest import verify as differences

        said = differences(folder)
        for line in said:
            typer.echo(f"error: {line}", err=True)
        if said:
            raise typer.Exit(1)
        typer.echo("every file is as the run left it")


@app.command()
def pathloss(
    profile: Annotated[Path, typer.Argument(help="A path profile in the SG3 exchange format (.csv).")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines, with every intermediate value.")] = False,
    verbose: Verbose = 0,
) -> None:
    """Work out the ITU-R P.1812 loss for each measurement row of a path profile."""
    with plain_errors(verbose, as_json=as_json):
        from phusong._pathloss import path_losses, print_losses, print_losses_json

        findings, file, cases = path_losses(profile)
        if as_json:
            print_losses_json(cases)
        else:
            print_losses(profile, file, cases, verbose=verbose)
        for fault in findings.faults:
            if verbose or fault.severity != "info":
                typer.echo(fault.line(), err=True)


@app.command()
def profile(
    site: Annotated[str, typer.Argument(help="A site_id of the sites layer.")],
    lon: Annotated[float, typer.Argument(help="Longitude of the receiver in degrees.")],
    lat: Annotated[float, typer.Argument(help="Latitude of the receiver in degrees.")],
    *,
    layers: Annotated[Path, typer.Option("--layers", help="A layers.toml.")] = Path("layers.toml"),
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Draw it: .png, .svg or .html.")] = None,
    cell: Annotated[str | None, typer.Option("--cell", help="A cell_id; else the strongest of the site.")] = None,
    p_percent: Annotated[float, typer.Option("--time", help="Percent of time, 1 to 50.")] = 50.0,
    rx_height_m: Annotated[float, typer.Option("--rx-height", help="Receiver above ground in m.")] = 1.5,
    itu_maps: Annotated[Path | None, typer.Option("--itu-maps", help="Folder or zip of DN50.TXT, N050.TXT.")] = None,
    sea: Annotated[Path | None, typer.Option("--sea", help="The sea as polygons.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the drawing and the text.")] = Language.VI,
    verbose: Verbose = 0,
) -> None:
    """Look at one path of a site: terrain, Fresnel zone, diffraction edge, and the ITU-R P.1812 loss step by step."""
    with plain_errors(verbose):
        from phusong._profile import show_profile

        show_profile(
            site,
            lon=lon,
            lat=lat,
            layers_file=layers,
            cell_id=cell,
            p_percent=p_percent,
            rx_height_m=rx_height_m,
            itu_maps=itu_maps,
            sea=sea,
            out=out,
            language="vi" if language is Language.VI else "en",
        )


@app.command()
def models(*, verbose: Verbose = 0) -> None:
    """List the propagation models with their ranges and sources."""
    with plain_errors(verbose):
        from phusong.coverage.propagation import TERMINAL_LOSSES, all_models

        for name, model in all_models().items():
            typer.echo(f"{name}: {model.title}\n    source: {model.source}")
            _echo_ranges(model.ranges())
        typer.echo("\nTo be added at one end of a path, where the model does not hold it already:")
        for name, loss in TERMINAL_LOSSES.items():
            typer.echo(f"{name}: {loss.title}\n    source: {loss.source}")
            _echo_ranges(loss.ranges)


def _echo_ranges(ranges: Iterable[Range]) -> None:
    for r in ranges:
        low, high = r.recommended
        least, most = r.possible
        typer.echo(f"    {r.quantity}: {low:.7g}..{high:.7g} {r.unit} recommended, {least:.7g}..{most:.7g} possible")


def _run(
    scenario_file: Path, out: Path, *, quiet: bool, verbose: int, propose: bool = True, publish: bool = True
) -> None:
    """Do the main job, stage by stage, and say where the results are."""
    from phusong.coverage import predict
    from phusong.gis import read_layers
    from phusong.scenarios.run import refuse_foreign, save
    from phusong.scenarios.scenario import read_any
    from phusong.scenarios.solve import solve

    refuse_foreign(out)
    timings: dict[str, float] = {}
    question, layers_file = read_any(scenario_file)
    with Bar(quiet=quiet) as bar:
        with stage(timings, "layers", bar):
            layers = read_layers(layers_file)
        with stage(timings, "coverage", bar):
            radio = question.coverage.radio(layers)
            today = predict(layers, radio=radio, progress=bar.wrap)
        with stage(timings, "plan", bar):
            answer = solve(question, layers, today, propose=propose, progress=bar.wrap)
        also = _publishers(timings, bar) if publish else []
        with stage(timings, "write", bar):
            save(answer, out, faults=layers.faults, also=also, timings_s=timings)
        # Map and appendix are made while the folder is written; each second is told once.
        timings["write"] = round(timings["write"] - timings.get("map", 0.0) - timings.get("appendix", 0.0), 2)
    print_faults(layers.faults, verbose)
    if not quiet:
        print_results(answer, out, timings, published=publish)


def _publishers(timings: dict[str, float], bar: Bar) -> list[Callable[[Plan, Path], None]]:
    from phusong import maps

    def draw(answer: Plan, folder: Path) -> None:
        with stage(timings, "map", bar):
            maps.review_map(answer).save(folder / "map.html")

    def write(answer: Plan, folder: Path) -> None:
        with stage(timings, "appendix", bar):
            maps.appendix(answer).save(folder / "phu-luc")

    return [draw, write]
