"""The area engine against the scalar reference on random masts: the largest differences, and how to see them again.

    python tests/engine_draws.py [--count 10000] [--first 0] [--seed 1] [--exact] [--low] [--pixels 30]

Each draw sweeps one area (see `tests.strategies.Draw`) and holds some tens of its cells against `basic_loss` in
float64 over the very profile the engine is to use: the samples of the nearest ray, the cell's own samples, the
receiver. With --exact the engine gives each cell its own profile, and the reference reads it with `profile_on`.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script's own folder comes first, the checkout is asked

from phusong.coverage.propagation import PathProfile, quiet_ranges
from phusong.coverage.propagation.p1812 import P1812Result, basic_loss
from phusong.coverage.propagation.p1812_path import coast_distances_m
from phusong.coverage.propagation.path_profile import INLAND
from phusong.coverage.relief import Relief, profile_on
from phusong.coverage.sweep import area_loss
from tests.strategies import Draw, draws

__all__ = ["Held", "exact_profile", "hold", "ray_profiles", "reference"]

LIMIT_DB = 1e-3
"""What the engine may differ from the reference."""
_TIE = 1e-9
_HALF_WAY = 1e-7
_ON_A_BORDER = 1e-6


class Held(NamedTuple):
    """One cell of one band: where it lies, what the engine says and what the reference says, in dB.

    `tied`: the loss has a step there, see `is_tied`.
    """

    x_m: float
    y_m: float
    f_mhz: float
    engine_db: float
    reference_db: float
    tied: bool

    @property
    def error_db(self) -> float:
        """How far the two are apart; infinite where only one of them knows."""
        if math.isnan(self.engine_db) or math.isnan(self.reference_db):
            return 0.0 if math.isnan(self.engine_db) == math.isnan(self.reference_db) else math.inf
        return abs(self.engine_db - self.reference_db)


def rays_of(draw: Draw, reach_m: float) -> int:
    """Return how many rays the sweep sends out."""
    return draw.lattice.rays(reach_m, cell_m=draw.cell_m)


def ray_profiles(draw: Draw, relief: Relief, place: tuple[float, float]) -> Iterator[PathProfile]:
    """Yield the profile of the sweep: one, or those of both rays where the cell lies half-way between two.

    `place` is the receiver's fractional (row, col). Distances are reckoned as the engine does, in cells: where a
    number of samples changes, the last bit decides.
    """
    (mast_row, mast_col), (row, col) = relief.place(*draw.mast_m), place
    cell_km, step = draw.cell_m / 1000.0, draw.step_m / 1000.0
    down, right = row - mast_row, col - mast_col
    d = max(math.sqrt(down * down + right * right) * cell_km, 0.001)
    steps = d / step - 0.5
    own, m = int(min(max(steps, 0.0), draw.own_samples)), int(max(steps - draw.own_samples, 0.0))
    rays = rays_of(draw, draw.radius_m)
    turn = math.atan2(right, -down) / (2.0 * math.pi) * rays
    nearest = {math.floor(turn + 0.5 - _HALF_WAY), math.floor(turn + 0.5 + _HALF_WAY)}
    for ray in nearest:
        angle = 2.0 * math.pi * (ray % rays) / rays
        i = np.arange(m + 1)
        on_ray = mast_row + i * (-math.cos(angle) * step / cell_km), mast_col + i * (math.sin(angle) * step / cell_km)
        j = np.arange(own, -1, -1)
        share = j * (step / d)
        on_line = row - share * down, col - share * right
        rows, cols = (np.concatenate(pair) for pair in zip(on_ray, on_line, strict=True))
        x = relief.grid.west_m + (cols + 0.5) * draw.cell_m
        y = relief.grid.north_m - (rows + 0.5) * draw.cell_m
        distance = np.concatenate([i * step, d - j * step]) * 1000.0
        yield PathProfile(distance, relief.ground_over(x, y), relief.clutter_over(x, y), _zones_at(relief, rows, cols))


def exact_profile(draw: Draw, relief: Relief, rx_m: tuple[float, float], place: tuple[float, float]) -> PathProfile:
    """Return `profile_on`'s profile; where the last bit decides, as the engine reckons it.

    It decides between two numbers of steps where the length is half-way between them, and on which side of a border
    of two cells a sample lies. `place` is the receiver's fractional (row, col).
    """
    (mast_row, mast_col), (row, col) = relief.place(*draw.mast_m), place
    down, right = row - mast_row, col - mast_col
    cell_km, step = draw.cell_m / 1000.0, draw.step_m / 1000.0
    parts = max(int(max(math.sqrt(down * down + right * right) * cell_km, 0.001) / step + 0.5), 1)
    hairs = (draw.step_m * (1.0 + hair) for hair in (0.0, -_TIE, _TIE))
    near = [profile_on(relief, draw.mast_m, rx_m, step_m=step_m) for step_m in hairs]
    profile = next(each for each in near if each.distance_m.size == parts + 1)
    i = np.arange(parts + 1)
    rows, cols = mast_row + down * i / parts, mast_col + right * i / parts
    zone = _zones_at(relief, rows, cols)
    off = np.minimum(*(np.abs(each + 0.5 - np.round(each + 0.5)) for each in (rows, cols)))
    assert np.all((zone == profile.zone) | (off < _ON_A_BORDER)), "profile_on reads another zone within a cell"
    return PathProfile(profile.distance_m, profile.ground_m, profile.clutter_m, zone)


def _zones_at(relief: Relief, rows: NDArray[np.float64], cols: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the zones of the cells that hold fractional places, the last bit rounded as the engine rounds it."""
    if not relief.zone.size:
        return np.full(rows.shape, INLAND, np.int8)
    r, c = (np.floor(np.maximum(each, 0.0) + 0.5).astype(int) for each in (rows, cols))
    zone: NDArray[np.int8] = relief.zone[np.minimum(r, relief.grid.rows - 1), np.minimum(c, relief.grid.cols - 1)]
    return zone


def reference(draw: Draw, profile: PathProfile, f_mhz: float) -> P1812Result:
    """Return the scalar reference over a profile."""
    dct, dcr = coast_distances_m(profile)
    model = draw.model
    return basic_loss(
        profile,
        f_mhz=f_mhz,
        tx_height_m=draw.height_m,
        rx_height_m=draw.rx_height_m,
        climate=model.climate,
        p_percent=model.p_percent,
        location_percent=model.location_percent,
        polarisation=model.polarisation,
        sigma_db=model.sigma_db,
        tx_coast_m=dct,
        rx_coast_m=dcr,
    )


def is_tied(result: P1812Result) -> bool:
    """Tell whether the last bit decides: (49) takes off up to 12 dB, by omega and by the ways to coast and horizon."""
    value = result.intermediates
    steps = [value["w"] - 0.75]
    if value["w"] > 0.75 - _TIE:
        steps += [value[f"dc{end}"] - limit for end in "tr" for limit in (5.0, value[f"dl{end}"])]
    return any(abs(step) < _TIE for step in steps)


def hold(draw: Draw, *, exact: bool = False, pixels: int = 30) -> list[Held]:
    """Return some of the cells of a draw, held against the reference: the nearest, the farthest, and others."""
    terrain, clutter, zones = draw.terrain, draw.clutter_layer, draw.zone_layer
    with quiet_ranges():
        found = area_loss(
            terrain,
            *draw.mast_m,
            height_m=draw.height_m,
            f_mhz=draw.f_mhz,
            radius_m=draw.radius_m,
            model=draw.model,
            clutter=clutter,
            zones=zones,
            rx_height_m=draw.rx_height_m,
            lattice=draw.lattice,
            exact=exact,
        )
        relief = Relief.of(terrain, clutter=clutter, zones=zones)
        x, y = (each.ravel() for each in np.meshgrid(found.x.to_numpy(), found.y.to_numpy()))
        loss = found.to_numpy().astype(np.float64).reshape(len(draw.f_mhz), -1)
        far = np.hypot(x - draw.mast_m[0], y - draw.mast_m[1])
        asked = np.flatnonzero(far < draw.radius_m * (1.0 - 1e-9))
        order = asked[np.argsort(far[asked])]
        ends = np.concatenate([order[:4], order[-4:]])
        chosen = np.random.default_rng(draw.seed).permutation(order)[: max(pixels - ends.size, 0)]
        if not order.size:
            return []
        west, north = (int(np.abs(on - at[0]).argmin()) for on, at in ((draw.grid.x_m, x), (draw.grid.y_m, y)))
        first = relief.place(float(draw.grid.x_m[west]), float(draw.grid.y_m[north]))
        held = []
        for k in np.unique(np.concatenate([ends, chosen])):
            rx = float(x[k]), float(y[k])
            place = first[0] + k // found.x.size, first[1] + k % found.x.size
            profiles = [exact_profile(draw, relief, rx, place)] if exact else [*ray_profiles(draw, relief, place)]
            for band, f in enumerate(draw.f_mhz):
                results = [reference(draw, profile, f) for profile in profiles]
                cells = [Held(*rx, f, float(loss[band, k]), each.loss_db, is_tied(each)) for each in results]
                held.append(min(cells, key=lambda cell: cell.error_db))
    return held


def main() -> int:
    """Run all draws and print the worst; exit 1 where one is beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="every cell its own profile")
    parser.add_argument("--low", action="store_true", help="30-150 MHz instead of 150-6000 MHz")
    parser.add_argument("--pixels", type=int, default=30)
    parser.add_argument("--worst", type=int, default=5, help="how many cases to print")
    args = parser.parse_args()
    found: list[tuple[float, Held, Draw]] = []
    cells = done = ties = 0
    started = time.monotonic()

    @seeded(args.seed)
    @settings(
        max_examples=args.count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(draws(f_mhz=(30.0, 150.0) if args.low else (150.0, 6_000.0)))
    def one(draw: Draw) -> None:
        nonlocal cells, done, ties
        held = hold(draw, exact=args.exact, pixels=args.pixels)
        cells, done = cells + len(held), done + 1
        ties += sum(cell.tied for cell in held)
        held = [cell for cell in held if not cell.tied]
        if held:
            worst = max(held, key=lambda cell: cell.error_db)
            found.append((worst.error_db, worst, draw))
        if done % 500 == 0:
            _say(f"{done} of {args.count} draws ({time.monotonic() - started:.0f} s)")

    one()
    found.sort(key=lambda case: -case[0])
    beyond = sum(error > LIMIT_DB for error, _, _ in found)
    errors = np.array([error for error, _, _ in found])
    _say(
        f"{done} draws, {len(found)} of them with cells, {cells} cells and bands held: largest difference "
        f"{errors.max():.2e} dB, of 99 % of the draws {np.quantile(errors, 0.99, method='higher'):.2e} dB; "
        f"{beyond} draws beyond {LIMIT_DB:g} dB; {ties} cells on a step of (49) left out"
    )
    for error, cell, draw in found[: args.worst]:
        _say(f"{error:.2e} dB at {cell}\n    {draw}")
    return 1 if beyond else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
