"""The terminal: progress, plain errors, and what a person reads at the end of a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

import typer

from phusong.errors import Fault, InputError, PhusongError

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["Bar", "echo_json", "plain_errors", "print_faults", "print_results", "stage"]

STAGES = {
    "layers": "layers / đọc dữ liệu",
    "coverage": "coverage / tính vùng phủ",
    "plan": "plan / tìm phương án",
    "write": "write / ghi kết quả",
    "map": "map / bản đồ",
    "appendix": "appendix / phụ lục",
}
_MOST_LINES = 12  # of one rule of one layer on a terminal; --json and findings.csv have them all


def print_results(answer: Plan, out: Path, timings: dict[str, float], *, published: bool) -> None:
    """Print the answer, what it took, and where the files are."""
    typer.echo(f"\n{answer.summary()}")
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in timings.items())
    typer.echo(f"time: {stages}{_peak_memory()}")
    if published:
        typer.echo(f"map       {out / 'map.html'}\nappendix  {out / 'phu-luc' / 'phu-luc.xlsx'}")
    typer.echo(f"KPI table {out / 'kpis.csv'}")


def _peak_memory() -> str:
    """Return the process's peak memory in words, or nothing where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"; peak memory {peak / (1e9 if sys.platform == 'darwin' else 1e6):.2f} GB"


def print_faults(faults: Sequence[Fault], verbose: int) -> None:
    """Print faults, at most a dozen of one rule of one layer; notes only with -v."""
    shown: dict[tuple[str, str, str], int] = {}
    for fault in faults:
        if fault.severity == "info" and not verbose:
            continue
        # A rule begins alike for every row it is broken in; remedies and details may hold the row's own value.
        key = (fault.layer, f"{fault.column}: {fault.rule[:40]}", fault.severity)
        shown[key] = shown.get(key, 0) + 1
        if shown[key] <= _MOST_LINES:
            typer.echo(fault.line(), err=fault.severity == "error")
    for (layer, rule, severity), count in shown.items():
        if count > _MOST_LINES:
            more = f"... and {count - _MOST_LINES} more in layer {layer} ({rule}...); `phusong check --json` lists all"
            typer.echo(more, err=severity == "error")


def echo_json(layers: dict[str, Any], faults: Sequence[Fault], repairs: list[Any], **more: Any) -> None:
    """Print what `phusong check --json` promises: layers, faults, repairs."""
    keys = ("layer", "file", "row", "column", "value", "rule", "severity", "remedy")
    rows = [{key: getattr(fault, key) for key in keys} for fault in faults]
    found = {"layers": layers, "faults": rows, "repairs": repairs, **more}
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))


@contextmanager
def plain_errors(verbose: int, *, as_json: bool = False) -> Iterator[None]:
    """Turn errors raised on purpose into plain lines and exit code 1; -vv shows the traceback."""
    try:
        yield
    except PhusongError as err:
        if verbose > 1:
            raise
        faults = err.faults if isinstance(err, InputError) else ()
        if as_json:
            echo_json({}, faults or [Fault("run", str(err), "see the message")], [])
        elif faults:
            print_faults(faults, verbose)
        else:
            typer.echo(f"error: {err}", err=True)
        raise typer.Exit(1) from err
    except OSError as err:
        if verbose > 1:
            raise
        # Whatever the disk refuses: no place left, no permission, a closed pipe.
        remedy = "check the path, its permissions and the space left"
        if as_json:
            echo_json({}, [Fault("run", str(err), remedy)], [])
        else:
            typer.echo(f"error: {err}; {remedy}", err=True)
        raise typer.Exit(1) from err
    except KeyboardInterrupt:
        typer.echo("stopped; no run was written", err=True)
        raise typer.Exit(130) from None


class Bar:
    """A rich progress display, or none where nobody looks."""

    def __init__(self, *, quiet: bool) -> None:
        self._progress: Any = None
        if not quiet:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            console = Console(stderr=True)
            self._progress = Progress(
                TextColumn("{task.description:<34}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
                disable=not console.is_terminal,
            )
        self._plain = self._progress is not None and self._progress.disable

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def wrap(self, items: Any, description: str, total: int) -> Any:
        """Wrap an iterable of known length."""
        if self._progress is None or self._plain:
            return items
        return self._progress.track(items, total=total, description=description)

    def wrap_sized(self, items: Any, description: str) -> Any:
        """Wrap a sequence."""
        return self.wrap(items, description, len(items) if hasattr(items, "__len__") else 0)

    def begin(self, name: str) -> Any:
        """Show that a stage has begun: a moving bar on a terminal, a line in a log."""
        if self._plain:
            typer.echo(f"{name} ...", err=True)
        if self._progress is None or self._plain:
            return None
        return self._progress.add_task(STAGES[name], total=None)

    def end(self, task: Any) -> None:
        """Show that the stage is done."""
        if task is not None:
            self._progress.update(task, total=1, completed=1)


@contextmanager
def stage(timings: dict[str, float], name: str, bar: Bar) -> Iterator[None]:
    task = bar.begin(name)
    started = perf_counter()
    yield
    timings[name] = round(perf_counter() - started, 2)
    bar.end(task)
