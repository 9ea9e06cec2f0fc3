"""The main job, timed: the demo province by stage with its peak memory, and the radio against a plain loop.

    python benchmarks/first_province.py [--quick] [--stress] [--json FILE]

The plain loop is the same Hata formula written for one path with ``math``: what a per-pixel script would do. Both are
timed in this run on the same paths, so the ratio means something on any machine.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from phusong.coverage.propagation import Environment, Paths, get_model

F_MHZ = 1842.5
HEIGHT_M = 42.0
RX_M = 1.5


def loop_db(distance_m: float, *, urban: bool) -> float:
    """Return the COST 231-Hata loss of one path of 1 to 20 km at 1500-2000 MHz, in dB."""
    log_f, log_h = math.log10(F_MHZ), math.log10(HEIGHT_M)
    a_hm = (1.1 * log_f - 0.7) * RX_M - (1.56 * log_f - 0.8)
    loss = 46.3 + 33.9 * log_f - 13.82 * log_h - a_hm + (44.9 - 6.55 * log_h) * math.log10(distance_m / 1000.0)
    return loss if urban else loss - 2.0 * math.log10(F_MHZ / 28.0) ** 2 - 5.4


def radio(paths: int) -> dict[str, dict[str, object]]:
    """Time the vectorised model and the loop on the same paths."""
    rng = np.random.default_rng(2026)
    distance = rng.uniform(1000.0, 20_000.0, paths).astype(np.float32)
    urban = rng.random(paths) < 0.3  # noqa: PLR2004
    environment = np.where(urban, Environment.URBAN, Environment.SUBURBAN).astype(np.int8)
    model = get_model("hata")
    batch = Paths(distance, environment, HEIGHT_M, RX_M)
    model.loss_db(batch, f_mhz=F_MHZ)
    started = perf_counter()
    loss = model.loss_db(batch, f_mhz=F_MHZ)
    vector_s = perf_counter() - started
    sample = min(paths, 200_000)
    started = perf_counter()
    twin = [loop_db(float(d), urban=bool(u)) for d, u in zip(distance[:sample], urban[:sample], strict=True)]
    loop_s = perf_counter() - started
    error = float(np.abs(loss[:sample] - np.array(twin)).max())
    return {
        "hata_paths_per_s_core": figure(paths / vector_s, "paths/s"),
        "hata_ratio_to_plain_loop": figure(paths / vector_s / (sample / loop_s), "ratio"),
        "hata_max_difference_db": figure(error, "dB", higher_is_better=False),
    }


def province(*flags: str) -> dict[str, dict[str, object]]:
    """Time the whole demo in a process of its own, by stage."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "demo"
        started = perf_counter()
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "phusong", "demo", str(out), *flags], check=True, capture_output=True, text=True
        )
        whole = perf_counter() - started
        timings = json.loads((out / "run" / "timings.json").read_text(encoding="utf-8"))
        size = (out / "run" / "map.html").stat().st_size
    peak = float(done.stdout.split("peak memory ")[1].split()[0])
    name = "demo" + "".join(flags).replace("--", "_")
    figures = {f"{name}_{stage}_s": figure(s, "s", higher_is_better=False) for stage, s in timings.items()}
    return figures | {
        f"{name}_whole_s": figure(whole, "s", higher_is_better=False),
        f"{name}_peak_gb": figure(peak, "GB", higher_is_better=False),
        f"{name}_map_bytes": figure(size, "bytes", higher_is_better=False),
    }


def figure(value: float, unit: str, *, higher_is_better: bool = True) -> dict[str, object]:
    """Return one figure in the form outside checks read."""
    return {"value": round(value, 4), "unit": unit, "higher_is_better": higher_is_better}


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="six communes instead of forty")
    parser.add_argument("--stress", action="store_true", help="the 3,666-BTS province too")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    figures = radio(200_000 if options.quick else 5_000_000)
    figures |= province("--small") if options.quick else province()
    if options.stress:
        figures |= province("--stress")
    for name, entry in figures.items():
        print(f"{name:<32}{entry['value']:>16,} {entry['unit']}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
