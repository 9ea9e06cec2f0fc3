"""Write area-hills.png and area-error.png in docs/images: one mast in hills, and what the sweep's short cut costs."""

from __future__ import annotations

import runpy
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LightSource
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from phusong.errors import ModelRangeWarning

DOCS = Path(__file__).resolve().parent
BANDS_MHZ = (900.0, 3500.0)
RADIUS_M = 9_000.0
HILLS_M = 300.0
# The same simulated ground as the benchmark's.
_BENCHMARK = runpy.run_path(str(DOCS.parent / "benchmarks" / "propagation.py"), run_name="ground")


def draw(axes: Axes, relief: NDArray[np.float32], values: NDArray[Any], title: str, **colours: Any) -> Any:
    """Lay values over the shaded ground."""
    shade = LightSource(315, 40).hillshade(relief, vert_exag=3.0, dx=30.0, dy=30.0)
    half = RADIUS_M / 1000.0
    box = (-half, half, -half, half)
    axes.imshow(shade, cmap="gray", vmin=-0.5, vmax=1.5, extent=box)
    image = axes.imshow(values, alpha=0.75, extent=box, **colours)
    axes.plot(0, 0, "^", color="black", markeredgecolor="white", markersize=9)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("km")
    return image


def save(figure: Figure, name: str) -> None:
    """Write a figure with a palette: a third of the bytes, and no difference to the eye."""
    held = BytesIO()
    figure.savefig(held, dpi=65)
    Image.open(held).convert("RGB").quantize(96).save(DOCS / "images" / name, optimize=True)


def main() -> None:
    """Write both files."""
    warnings.simplefilter("ignore", ModelRangeWarning)
    world = _BENCHMARK["world"](HILLS_M, RADIUS_M)
    swept = world.area(BANDS_MHZ)
    exact = world.area(BANDS_MHZ, exact=True)
    rows, cols = world.relief.grid.window(world.x_m, world.y_m, radius_m=RADIUS_M)
    ground = world.relief.ground_m[rows, cols]
    figure = Figure(figsize=(10, 5), layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    for axes, f, loss in zip(both, BANDS_MHZ, swept, strict=True):
        image = draw(axes, ground, loss, f"{f:.0f} MHz", cmap="turbo_r", vmin=80, vmax=180)
    figure.colorbar(image, ax=both, label="basic transmission loss, dB", shrink=0.8)
    figure.suptitle(
        "P.1812 around a 30 m mast in simulated hills of 300 m, trees of 15 m on half of the land", fontsize=11
    )
    save(figure, "area-hills.png")
    figure = Figure(figsize=(10, 5), layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    for axes, f, error in zip(both, BANDS_MHZ, swept.astype(np.float64) - exact, strict=True):
        rms = float(np.sqrt(np.nanmean(error**2)))
        image = draw(axes, ground, error, f"{f:.0f} MHz: {rms:.2f} dB rms", cmap="RdBu_r", vmin=-3, vmax=3)
    figure.colorbar(image, ax=both, label="sweep less each cell's own profile, dB", shrink=0.8)
    figure.suptitle("What the sweep's short cut costs, same mast", fontsize=11)
    save(figure, "area-error.png")


if __name__ == "__main__":
    main()
