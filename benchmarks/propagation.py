"""The radio, timed: P.1812 over an area, ray by ray and cell by cell, against the scalar reference and a peer.

    python benchmarks/propagation.py [--quick] [--json FILE]

One mast of 30 m in the middle of simulated ground, cells of 30 m, 12 km around (3 km with --quick), p = 50 %: the full
P.1812 with terrain, clutter, ducting and troposcatter. Two grounds: hills of 300 m, and a flat delta of 3 m, half of
each under trees of 15 m. A figure named for no ground is that of the slower one. CPU time of one thread, the best of
several runs; the speed-up of two threads is wall time. All in one process, so that ratios mean something on any
machine. The peer is `itmlogic` (PyPI, a plain-Python ITM) on the same profiles; where it is not installed its figures
are left out, and that is said. The map of errors of the sweep against ``exact=True`` is written with --errors FILE.png.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phusong.coverage.propagation.p1812 import P1812, basic_loss
from phusong.coverage.relief import Relief, profile_on
from phusong.coverage.sweep import Lattice, losses
from phusong.errors import ModelRangeWarning
from phusong.gis.grid import Grid

CELL_M = 30.0
MAST_M = 30.0
RX_M = 1.5
TREES_M = 15.0
LARGE_DB = 6.0
GROUNDS = {"hills": 300.0, "delta": 3.0}


@dataclass(frozen=True)
class World:
    """A mast in the middle of simulated ground."""

    relief: Relief
    x_m: float
    y_m: float
    radius_m: float

    def area(self, bands_mhz: tuple[float, ...] = (1_800.0,), **settings: Any) -> NDArray[np.float32]:
        """Return the losses around the mast, shape (bands, rows, cols)."""
        return losses(
            self.relief,
            self.x_m,
            self.y_m,
            height_m=MAST_M,
            frequencies_mhz=np.array(bands_mhz),
            radii_m=np.full(len(bands_mhz), self.radius_m),
            model=P1812(),
            grid=self.relief.grid,
            rx_height_m=RX_M,
            **settings,
        ).loss_db


def fractal(side: int, seed: int) -> NDArray[np.float64]:
    """Return a rough surface between 0 and 1: noise whose power falls with the cube of its frequency."""
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal((side, side)))
    wave = np.hypot(np.fft.rfftfreq(side)[None, :], np.fft.fftfreq(side)[:, None])
    wave[0, 0] = 1.0
    surface = np.fft.irfft2(noise * wave**-1.5, s=(side, side))
    surface -= surface.min()
    return np.asarray(surface / surface.max())


def world(height_m: float, radius_m: float) -> World:
    """Return ground of a height, half of it under trees."""
    side = 2 * round(radius_m / CELL_M) + 40
    grid = Grid("EPSG:9210", 0.0, side * CELL_M, CELL_M, side, side)
    forest = fractal(side, 2)
    clutter = np.where(forest > np.median(forest), TREES_M, 0.0)
    ground = (fractal(side, 1) * height_m).astype(np.float32)
    relief = Relief(grid, ground, clutter.astype(np.float32), np.empty((0, 0), np.int8))
    middle = (side // 2 + 0.5) * CELL_M
    return World(relief, middle, middle, radius_m)


def best(run: Callable[[], object], *, times: int, clock: Callable[[], float] = process_time) -> float:
    """Return the shortest of several runs, s."""
    found = float("inf")
    for _ in range(times):
        begin = clock()
        run()
        found = min(found, clock() - begin)
    return found


def scalar_seconds(place: World, *, paths: int) -> tuple[float, float, list[Any]]:
    """Return seconds a path of the scalar reference, the largest difference to ``exact=True``, and the profiles."""
    loss = place.area(exact=True)[0]
    rows, cols = place.relief.grid.window(place.x_m, place.y_m, radius_m=place.radius_m)
    known = np.flatnonzero(np.isfinite(loss.ravel()))
    picked = np.random.default_rng(3).choice(known, paths, replace=False)
    x = place.relief.grid.x_m[cols][picked % loss.shape[1]]
    y = place.relief.grid.y_m[rows][picked // loss.shape[1]]
    mast = (place.x_m, place.y_m)
    profiles = [profile_on(place.relief, mast, (float(a), float(b))) for a, b in zip(x, y, strict=True)]
    begin = process_time()
    reference = [
        basic_loss(each, f_mhz=1_800.0, tx_height_m=MAST_M, rx_height_m=RX_M, climate=P1812().climate).loss_db
        for each in profiles
    ]
    seconds = (process_time() - begin) / paths
    return seconds, float(np.abs(loss.ravel()[picked] - np.array(reference)).max()), profiles


def peer_seconds(profiles: list[Any]) -> float | None:
    """Return seconds a path of itmlogic's point-to-point ITM; None where it is not installed."""
    try:
        p2p = (
            importlib.import_module("itmlogic.misc.qerfi"),
            importlib.import_module("itmlogic.preparatory_subroutines.qlrpfl"),
        )
        loss = importlib.import_module("itmlogic.statistics.avar")
    except ImportError:
        return None
    (qerfi, qlrpfl), avar = p2p, loss
    begin = process_time()
    for profile in profiles:
        step = profile.length_m / (profile.distance_m.size - 1)
        ground = profile.ground_m.tolist()
        prop: dict[str, Any] = {
            "eps": 15.0, "sgm": 0.005, "klim": 5, "ens0": 350.0, "lvar": 5, "gma": 157e-9, "fmhz": 1_800.0,
            "hg": [MAST_M, RX_M], "ipol": 1, "kwx": 0, "mdp": -1, "mdvar": 12, "mdvarx": 11, "klimx": 0,
            "dist": profile.length_m, "d": profile.length_m / 1000.0,
        }  # fmt: skip
        prop["wn"] = prop["fmhz"] / 47.7
        prop["ens"] = prop["ens0"] * np.exp(-np.mean(ground) / 9460.0)
        prop["gme"] = prop["gma"] * (1.0 - 0.04665 * np.exp(prop["ens"] / 179.3))
        zq = complex(prop["eps"], 376.62 * prop["sgm"] / prop["wn"])
        prop["zgnd"] = np.sqrt(zq - 1.0) / zq  # vertical polarisation
        prop["pfl"] = [len(ground) - 1, step, *ground]
        prop = qlrpfl.qlrpfl(prop)
        avar.avar(*([qerfi.qerfi([0.5])[0]] * 3), prop)
    return (process_time() - begin) / len(profiles)


def first_call_seconds() -> tuple[float, float]:
    """Return wall seconds of a process that sweeps a small area with an empty and with a full compile cache."""
    script = "import runpy, sys; m = runpy.run_path(sys.argv[1]); m['world'](50.0, 600.0).area()"
    with tempfile.TemporaryDirectory() as cache:
        import os

        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        command = [sys.executable, "-W", "ignore", "-c", script, __file__]

        def run() -> None:
            subprocess.run(command, check=True, env=environment)  # noqa: S603  our own interpreter and script

        return best(run, times=1, clock=perf_counter), best(run, times=1, clock=perf_counter)


def measure(*, quick: bool, errors: Path | None) -> dict[str, dict[str, object]]:
    """Return all figures."""
    radius_m, times = (3_000.0, 3) if quick else (12_000.0, 7)
    bands = (1_800.0, 900.0, 2_600.0)
    found: dict[str, dict[str, object]] = {}

    def figure(name: str, value: float, unit: str, *, higher_is_better: bool = True) -> None:
        found[name] = {"value": float(f"{value:.6g}"), "unit": unit, "higher_is_better": higher_is_better}

    cold, warm = first_call_seconds()
    figure("sweep_first_call_s", cold, "s", higher_is_better=False)
    figure("sweep_cached_first_call_s", warm, "s", higher_is_better=False)
    speeds: dict[str, list[float]] = {"sweep": [], "exact": [], "extra": [], "two": []}
    for name, height_m in GROUNDS.items():
        place = world(height_m, radius_m)
        swept, exact = place.area()[0], place.area(exact=True)[0]  # compiled by now
        cells = int(np.isfinite(swept).sum())
        one = best(place.area, times=times)
        three = best(lambda place=place: place.area(bands), times=times)  # type: ignore[misc]
        audit = best(lambda place=place: place.area(exact=True), times=max(1, times // 3))  # type: ignore[misc]
        wall = best(place.area, times=times, clock=perf_counter)
        both = best(lambda place=place: place.area(threads=2), times=times, clock=perf_counter)  # type: ignore[misc]
        speeds["sweep"].append(cells / one)
        speeds["exact"].append(cells / audit)
        speeds["extra"].append((three - one) / (len(bands) - 1) / one)
        speeds["two"].append(wall / both)
        figure(f"p1812_sweep_{name}_pixels_per_s_core", cells / one, "pixels/s")
        figure(f"p1812_exact_{name}_pixels_per_s_core", cells / audit, "pixels/s")
        for word, lattice in (("", None), ("fine_", Lattice(ray_spacing_m=CELL_M / 2.0, own_samples=12))):
            off = place.area(lattice=lattice)[0].astype(np.float64) - exact
            off = off[np.isfinite(off)]
            figure(f"sweep_{word}error_{name}_db_rms", float(np.sqrt((off**2).mean())), "dB", higher_is_better=False)
        off = swept.astype(np.float64) - exact
        figure(f"sweep_error_{name}_db_median", float(np.nanmedian(np.abs(off))), "dB", higher_is_better=False)
        far_off = float((np.abs(off) > LARGE_DB).sum() / cells)
        figure(f"sweep_error_{name}_over_6_db_share", far_off, "", higher_is_better=False)
        seconds, worst, profiles = scalar_seconds(place, paths=200 if quick else 1_000)
        figure(f"exact_against_scalar_{name}_db_max", worst, "dB", higher_is_better=False)
        figure(f"p1812_sweep_over_scalar_{name}", cells / one * seconds, "times")
        peer = peer_seconds(profiles[: 50 if quick else 300])
        if peer is None:
            print("itmlogic is not installed (pip install itmlogic): no ratio to it")
        else:
            figure(f"p1812_sweep_over_itmlogic_{name}", cells / one * peer, "times")
        if errors is not None:
            draw(off, exact, errors.with_stem(f"{errors.stem}-{name}"))
    figure("p1812_sweep_pixels_per_s_core", min(speeds["sweep"]), "pixels/s")
    figure("p1812_exact_pixels_per_s_core", min(speeds["exact"]), "pixels/s")
    figure("p1812_extra_band_share", max(speeds["extra"]), "of the first band", higher_is_better=False)
    figure("sweep_two_thread_speedup", min(speeds["two"]), "times")
    return found


def draw(off: NDArray[np.float64], exact: NDArray[np.float32], path: Path) -> None:
    """Draw the losses and the sweep's error side by side."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
    figure.colorbar(left.imshow(exact, cmap="viridis_r"), ax=left, label="dB, every cell its own profile")
    figure.colorbar(right.imshow(off, cmap="RdBu_r", vmin=-3, vmax=3), ax=right, label="dB, sweep less exact")
    for axes, title in ((left, "P.1812 loss, 1800 MHz"), (right, "error of the sweep")):
        axes.set_title(title)
        axes.set_axis_off()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the area")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--errors", type=Path, metavar="FILE.png")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ModelRangeWarning)
    figures = measure(quick=options.quick, errors=options.errors)
    for name, entry in figures.items():
        print(f"{name:<44}{entry['value']:>16,} {entry['unit']}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
