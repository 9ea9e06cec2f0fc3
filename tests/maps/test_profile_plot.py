"""A path drawn and told, in both languages."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from phusong.coverage.bands import band
from phusong.coverage.cells import Cell
from phusong.coverage.path_view import PathView, look
from phusong.coverage.propagation.p1812_result import INTERMEDIATES
from phusong.coverage.propagation.path_profile import PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.errors import PhusongError
from phusong.gis.repair import Repair
from phusong.maps.profile_plot import profile_figure, save_profile
from phusong.maps.profile_text import Level, profile_text, summary_line
from phusong.maps.words import SIMULATED, Language

CLIMATE = Climate(52.3, 380.0, 11.0, "a test")


def view_over(ground: np.ndarray, clutter: float = 15.0, tx_height_m: float = 40.0) -> PathView:
    distance = np.linspace(0.0, 8_000.0, ground.size)
    zone = np.full(ground.size, 4, np.int8)
    profile = PathProfile(distance, ground, np.full(ground.size, clutter), zone)
    return look(profile, f_mhz=942.5, tx_height_m=tx_height_m, rx_height_m=1.5, climate=CLIMATE)


def hill() -> np.ndarray:
    return np.asarray(50.0 + 150.0 * np.exp(-((np.linspace(-4.0, 4.0, 81)) ** 2)))


def labels(figure: Figure) -> list[str]:
    return [str(label) for label in figure.axes[0].get_legend_handles_labels()[1]]


def test_what_a_blocked_path_shows() -> None:
    figure = profile_figure(view_over(hill()), title="A → B", subtitle="s", language="en", simulated=True)
    assert set(labels(figure)) == {
        "Ground",
        "Trees, buildings",
        "Curvature of the effective Earth",
        "First Fresnel zone",
        "60 % of it",
        "Direct ray",
        "Bullington edge",
        "Horizons (bare ground)",
    }
    axes = figure.axes[0]
    assert axes.get_xlim() == (0.0, 8.0)
    assert SIMULATED in [text.get_text() for text in axes.texts]
    view = view_over(hill())
    marks = [line for line in axes.lines if line.get_marker() == "v"]
    assert marks[0].get_xdata() == pytest.approx([view.edge.distance_m / 1000.0])
    assert marks[0].get_ydata() == pytest.approx([view.edge.height_m])
    low, high = axes.get_ylim()
    assert low < 50.0 < view.edge.height_m < high


def test_a_clear_path_and_a_bare_one_show_less() -> None:
    figure = profile_figure(view_over(np.full(81, 5.0), clutter=0.0, tx_height_m=200.0), title="t", language="vi")
    assert "Điểm cản nhiều nhất" in labels(figure)
    assert not {"Đỉnh Bullington", "Cây cối, công trình", "Chân trời (mặt đất trần)"} & set(labels(figure))


def test_unknown_ground_is_hatched_and_its_loss_is_unknown() -> None:
    ground = hill()
    ground[30:40] = np.nan
    view = view_over(ground)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = profile_figure(view, title="t", language="en")
    assert "Elevation unknown" in labels(figure)
    assert "Bullington edge" not in labels(figure)
    assert summary_line(view, language="en") == "942.5 MHz · 8.00 km · Lb = Unknown · Elevation unknown"
    assert "Free space Lbfs                                    Unknown" in profile_text(
        view, [], title="t", language="en"
    )
    nothing = view_over(np.full(81, np.nan))
    assert profile_figure(nothing, title="t").axes[0].get_xlim() == (0.0, 8.0)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_text_has_the_losses_and_every_intermediate(language: Language) -> None:
    view = view_over(hill())
    cell = Cell("BP-1", "Hoa Sen", "4G", band("LTE900"), 40.0, None, 0.0, 30.0)
    said = [Repair("land_cover", "*", "assumed: bare ground, no trees and no houses: there is no land cover")]
    text = profile_text(view, [Level(cell, -97.24, -1.5)], title="A → B", assumed=said, language=language)
    for name in INTERMEDIATES:
        assert re.search(rf"(^|\s){name} = \S", text), name
    loss = f"{view.result.loss_db:.2f}"
    assert (loss if language == "en" else loss.replace(".", ",")) + " dB" in text
    assert ("-97.2 dBm" if language == "en" else "-97,2 dBm") in text
    assert ("! assumed: bare ground" if language == "en" else "! Giả định: mặt đất trần") in text
    assert "omni" in text


def test_files(tmp_path: Path) -> None:
    figure = profile_figure(view_over(hill()), title="Trạm Bà Rá", language="vi")
    folder = tmp_path / "mặt cắt mới"
    save_profile(figure, folder / "a.png", title="t")
    with Image.open(folder / "a.png") as image:
        assert image.size == (1056, 594)
    save_profile(figure, folder / "a.svg", title="t")
    assert ET.parse(folder / "a.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own file
    save_profile(figure, folder / "a.html", title="Trạm <Bà Rá>", text="a < b", language="vi")
    page = (folder / "a.html").read_text(encoding="utf-8")
    assert '<html lang="vi">' in page
    assert "Trạm &lt;Bà Rá&gt;" in page
    assert "a &lt; b" in page
    assert page.count("<svg") == 1
    assert "<?xml" not in page
    assert not re.search(r"""(src|href)=["']https?:""", page.replace("http://www.w3.org", ""))
    with pytest.raises(PhusongError, match=r"drawn as .png, .svg, .html"):
        save_profile(figure, tmp_path / "a.jpg", title="t")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".html"])
def test_the_same_path_gives_the_same_file(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        save_profile(profile_figure(view_over(hill()), title="t"), tmp_path / f"{name}{suffix}", title="t", text="x")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
