"""Write loss-*.png and profile-ridge.png in docs/images, and docs/loss_by_distance.md: every model on one sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from phusong.coverage.path_view import look
from phusong.coverage.propagation import Paths, PropagationModel, all_models, quiet_ranges
from phusong.coverage.propagation._model import Environment
from phusong.coverage.propagation.path_profile import INLAND, PathProfile
from phusong.coverage.radioclimate import climate_at
from phusong.errors import ModelError
from phusong.maps.profile_plot import profile_figure, save_profile
from phusong.maps.profile_text import summary_line

DOCS = Path(__file__).resolve().parent
BANDS_MHZ = (900.0, 1800.0, 3500.0)
TX_M, RX_M = 30.0, 1.5
CLUTTER_M = 10.0
STEP_M = 25.0
DISTANCE_M = np.unique(np.round(np.geomspace(100.0, 20_000.0, 160) / STEP_M) * STEP_M)
TABLE_KM = (0.1, 0.3, 1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0)
RIDGE_KM, RIDGE_M, RIDGE_WIDTH_KM = 5.0, 150.0, 0.5
# Okabe and Ito's colours with a line style each, so that no line is told by its hue alone.
_COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a7a7a")
_STYLES = ("-", "--", "-.", ":")


@dataclass(frozen=True)
class Ground:
    """One ground all models are asked about; its height in m at a distance in m."""

    name: str
    title: str
    height_m: Callable[[NDArray[np.float64]], NDArray[np.float64]]


def ridge_m(distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height of the made-up ridge."""
    return np.asarray(RIDGE_M * np.exp(-(((distance_m / 1000.0 - RIDGE_KM) / RIDGE_WIDTH_KM) ** 2)))


GROUNDS = (
    Ground("flat", "flat ground", np.zeros_like),
    Ground("ridge", f"a ridge of {RIDGE_M:g} m at {RIDGE_KM:g} km", ridge_m),
)


def profile_to(distance_m: float, ground: Ground, *, clutter_m: float = 0.0) -> PathProfile:
    """Return the path to a receiver, sampled every 25 m."""
    d = np.linspace(0.0, distance_m, max(3, round(distance_m / STEP_M) + 1))
    return PathProfile(d, ground.height_m(d), np.full(d.size, clutter_m), np.full(d.size, INLAND, np.int8))


def loss_db(
    model: PropagationModel, ground: Ground, distance_m: NDArray[np.float64], *, f_mhz: float, clutter_m: float = 0.0
) -> NDArray[np.float64]:
    """Return a model's loss in suburbs, NaN where it has none to give."""
    loss = np.full(distance_m.size, np.nan)
    for number, distance in enumerate(distance_m):
        profile = profile_to(float(distance), ground, clutter_m=clutter_m)
        one = Paths(
            np.array([distance]), np.array([Environment.SUBURBAN], np.int8), TX_M, RX_M, profile=lambda _, p=profile: p
        )
        try:
            with quiet_ranges():
                loss[number] = model.loss_db(one, f_mhz=f_mhz)[0]
        except ModelError:
            continue
    return loss


def curves(
    ground: Ground, distance_m: NDArray[np.float64], *, f_mhz: float
) -> Iterable[tuple[str, NDArray[np.float64]]]:
    """Yield every model that knows the frequency, the ones that read terrain with clutter too."""
    for name, model in all_models().items():
        loss = loss_db(model, ground, distance_m, f_mhz=f_mhz)
        if np.isfinite(loss).any():
            yield name, loss
        if model.uses_terrain and name == "p1812":
            yield (
                f"{name}, {CLUTTER_M:g} m clutter",
                loss_db(model, ground, distance_m, f_mhz=f_mhz, clutter_m=CLUTTER_M),
            )


def draw(ground: Ground, path: Path) -> None:
    """Draw all models' loss against distance, a panel a frequency."""
    figure = Figure(figsize=(10.5, 5.2), layout="constrained")
    figure.suptitle(f"Basic transmission loss over {ground.title}: mast {TX_M:g} m, receiver {RX_M:g} m, suburban")
    panels = figure.subplots(1, len(BANDS_MHZ), sharey=True)
    looks: dict[str, dict[str, object]] = {}
    styles = cycle((colour, line) for line in _STYLES for colour in _COLOURS)
    for axes, f_mhz in zip(panels, BANDS_MHZ, strict=True):
        for name, loss in curves(ground, DISTANCE_M, f_mhz=f_mhz):
            if name not in looks:
                colour, line = next(styles)
                looks[name] = {"color": colour, "linestyle": line, "linewidth": 2.0 if "p1812" in name else 1.2}
            axes.semilogx(DISTANCE_M / 1000.0, loss, label=name, **looks[name])  # type: ignore[arg-type]
        axes.set_title(f"{f_mhz:g} MHz", fontsize=10)
        axes.set_xlabel("distance (km)")
        axes.grid(visible=True, which="both", color="#e8e8e8", linewidth=0.6)
        axes.set_xticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
        axes.minorticks_off()
    panels[0].set_ylabel("loss (dB)")
    panels[0].invert_yaxis()
    handles: dict[str, object] = {}
    for axes in panels:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    figure.savefig(path, dpi=100, metadata={"Software": "phusong"})
    shrink(path)


def shrink(path: Path) -> None:
    """Keep 64 colours: lines on white need no more, and the repository stays small."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(64)
    small.save(path, optimize=True)


def table() -> str:
    """Return the losses at round distances as Markdown."""
    distance = np.array(TABLE_KM) * 1000.0
    head = (
        "# Loss by distance\n\n"
        "Made by `docs/make_figures.py`. Basic transmission loss in dB, suburban: mast "
        f"{TX_M:g} m, receiver {RX_M:g} m, climate of Ho Chi Minh City, p = 50 % of time. *10 m clutter* stands all "
        "along the path and not at the receiver itself. `–`: the model has nothing to say there. The Hata family "
        "sees no ridge, so its columns are alike in both tables.\n"
    )
    parts = [head]
    for ground in GROUNDS:
        parts.append(f"\n![{ground.title}](images/loss-{ground.name}.png)\n")
        for f_mhz in BANDS_MHZ:
            found = list(curves(ground, distance, f_mhz=f_mhz))
            columns = ["km", *(name for name, _ in found)]
            parts.append(f"\n## {f_mhz:g} MHz over {ground.title}\n\n| {' | '.join(columns)} |")
            parts.append(f"|{'---:|' * len(columns)}")
            for number, km in enumerate(TABLE_KM):
                values = [f"{loss[number]:.1f}" if np.isfinite(loss[number]) else "–" for _, loss in found]
                parts.append(f"| {km:g} | {' | '.join(values)} |")
    return "\n".join(parts) + "\n"


def main() -> None:
    """Write all of them."""
    images = DOCS / "images"
    for ground in GROUNDS:
        draw(ground, images / f"loss-{ground.name}.png")
    view = look(
        profile_to(9_000.0, GROUNDS[1], clutter_m=CLUTTER_M),
        f_mhz=900.0,
        tx_height_m=TX_M,
        rx_height_m=RX_M,
        climate=climate_at(106.70, 10.78),
    )
    title = f"{GROUNDS[1].title}, {CLUTTER_M:g} m of clutter"
    figure = profile_figure(view, title=title, subtitle=summary_line(view, language="en"), language="en")
    save_profile(figure, images / "profile-ridge.png", title=title)
    shrink(images / "profile-ridge.png")
    (DOCS / "loss_by_distance.md").write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    main()
