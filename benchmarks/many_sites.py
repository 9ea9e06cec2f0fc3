"""Thousands of masts over a province: seconds, seconds a mast, how it grows, and the peak memory.

    python benchmarks/many_sites.py [--quick | --full] [--workers N] [--radius KM] [--json FILE]

A made-up province of 6,900 km² (83 x 83 km of hills, trees on half of it) on 30 m; masts at random, each with 3 sectors
on LTE900, LTE1800 and NR2600, one operator. ITU-R P.1812 with clutter, ducting and troposcatter; running maxima of the
best, second and third best mast and the best server for each band. Two cut-offs: levels under -115 dBm (4G) and
-110 dBm (5G) are dropped, and nothing is predicted beyond the radius.

All masts of every size are predicted, none is extrapolated: 250, 1,000 and 4,000 within 6 km by default; ``--quick``
takes 50, 100 and 200; ``--full`` 3,666 masts within 12 km. Each size runs in a process of its own, whose highest
resident memory is read. "linearity" is seconds a mast at the largest size over seconds a mast at the smallest.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from phusong.coverage import Radio
from phusong.coverage.bands import band
from phusong.coverage.cells import Cell, Site
from phusong.coverage.propagation.p1812 import P1812
from phusong.coverage.relief import Relief
from phusong.coverage.strongest import by_band, strongest
from phusong.gis.grid import Grid
from phusong.gis.terrain import Terrain

SIDE_M, CELL_M, MARGIN_M = 83_070.0, 30.0, 6_000.0
BANDS = ("LTE900", "LTE1800", "NR2600")
SIZES = {"quick": (50, 100, 200), "default": (250, 1_000, 4_000), "full": (3_666,)}
RADII_KM = {"quick": 6.0, "default": 6.0, "full": 12.0}
SEED = 2026


def hills(shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return made-up hills, m: three sizes of them, 400, 80 and 15 m high."""
    rng = np.random.default_rng(SEED)
    ground = np.zeros(shape)
    for cells, height_m in ((400, 400.0), (80, 80.0), (20, 15.0)):
        small = rng.standard_normal((shape[0] // cells + 4, shape[1] // cells + 4))
        ground += height_m * zoom(small, cells, order=3)[: shape[0], : shape[1]] / 3.0
    return ground - ground.min()


def world() -> tuple[Grid, Terrain, Relief]:
    """Return the province's grid, its ground with a margin, and the relief with trees of 15 m on half of it."""
    side = round(SIDE_M / CELL_M)
    grid = Grid("EPSG:9212", 500_010.0, 1_300_020.0, CELL_M, side, side)
    wide = grid.padded(MARGIN_M)
    terrain = Terrain(wide, hills(wide.shape), kind="ground")
    woods = gaussian_filter(np.random.default_rng(SEED + 1).standard_normal(wide.shape).astype(np.float32), 8.0)
    relief = Relief(
        wide,
        terrain.elevation_m.astype(np.float32),
        np.where(woods > 0.0, np.float32(15.0), np.float32(0.0)),
        np.empty((0, 0), np.int8),
    )
    return grid, terrain, relief


def masts(count: int, grid: Grid) -> list[Site]:
    """Return masts at random, 30 to 50 m high, whose three sectors are turned at random."""
    rng = np.random.default_rng(SEED + count)
    west, south, east, north = grid.bounds
    sites = []
    for number in range(count):
        height, first = float(rng.integers(30, 51)), float(rng.uniform(0.0, 120.0))
        cells = tuple(
            Cell(
                f"{number}-{name}-{sector}",
                "A",
                band(name).technology,
                band(name),
                height,
                (first + 120.0 * sector) % 360.0,
                4.0,
                band(name).reference_eirp_dbm,
            )
            for name in BANDS
            for sector in range(3)
        )
        sites.append(Site(f"{number}", float(rng.uniform(west, east)), float(rng.uniform(south, north)), cells))
    return sites


def one_size(count: int, radius_km: float, workers: int) -> dict[str, float]:
    """Predict so many masts; a warm-up compiles first."""
    grid, terrain, relief = world()
    radio = Radio(
        grid=grid,
        environment=np.zeros(grid.size, np.int8),
        elevation_m=terrain.on(grid).ravel(),
        model=P1812(),
        terrain=terrain,
        relief=relief,
        max_radius_m=radius_km * 1000.0,
    )
    sites = masts(count, grid)
    for _ in strongest(radio, sites[:2], of=by_band, ranks=3):
        pass
    started, busy = perf_counter(), process_time()
    (maps,) = strongest(radio, sites, of=by_band, ranks=3, workers=workers, tile_bytes=8_000_000_000)
    seconds, cpu_s = perf_counter() - started, process_time() - busy
    served = (maps.server >= 0).mean(axis=(1, 2))
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "gib": peak_kib / 2**20,
        **{f"served_{key[2]}": float(share) for key, share in zip(maps.keys, served, strict=True)},
    }


def figure(value: float, unit: str, *, higher_is_better: bool = False) -> dict[str, object]:
    """Return one figure in the form outside checks read."""
    return {"value": round(value, 4), "unit": unit, "higher_is_better": higher_is_better}


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="50, 100 and 200 masts")
    size.add_argument("--full", action="store_true", help="3,666 masts within 12 km; may take half an hour")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="threads (default 2)")
    parser.add_argument("--radius", type=float, metavar="KM", help="nothing is predicted beyond")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", type=int, metavar="MASTS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    kind = "full" if options.full else "quick" if options.quick else "default"
    radius_km = options.radius or RADII_KM[kind]
    if options.one:
        print(json.dumps(one_size(options.one, radius_km, options.workers)))
        return
    figures: dict[str, dict[str, object]] = {}
    print(f"cut-offs: {radius_km:g} km, -115 dBm (4G), -110 dBm (5G); {options.workers} threads")
    a_mast: list[float] = []
    for count in SIZES[kind]:
        command = [sys.executable, __file__, "--one", str(count), "--radius", str(radius_km)]
        command += ["--workers", str(options.workers)]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        a_mast.append(done["cpu_s"] / count)
        name = f"many_sites_{count}"
        figures |= {
            f"{name}_seconds": figure(done["seconds"], "s"),
            f"{name}_cpu_seconds": figure(done["cpu_s"], "s"),
            f"{name}_cpu_s_per_site": figure(a_mast[-1], "s"),
            f"{name}_peak_gib": figure(done["gib"], "GiB"),
        }
        for each in BANDS:
            figures[f"{name}_served_{each}"] = figure(done[f"served_{each}"], "share", higher_is_better=True)
        for key in [key for key in figures if key.startswith(name)]:
            print(f"{key:<40}{figures[key]['value']:>12,} {figures[key]['unit']}", flush=True)
    if len(a_mast) > 1:
        figures["many_sites_linearity"] = figure(a_mast[-1] / a_mast[0], "ratio")
        print(f"{'many_sites_linearity':<40}{figures['many_sites_linearity']['value']:>12,} ratio")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
