"""A radio path drawn: ground and clutter on the curved Earth, the ray with its Fresnel zone, and what stands in it."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from phusong.errors import PhusongError
from phusong.maps import style
from phusong.maps.words import SIMULATED, Language, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.coverage.path_view import PathView

__all__ = ["FORMATS", "profile_figure", "save_profile"]

FORMATS: Final = (".png", ".svg", ".html")
_GROUND, _GROUND_EDGE = "#d9cbb3", "#8a7352"
_CLUTTER = "#8fb58a"
_BASE = "#6b9dc2"
_RAY, _ZONE = style.COVERED, style.COVERED_PALE
_EDGE = style.NETWORK_GAP
_HORIZON = style.CONNECTION
_DPI = 110
_FINE = 400
_RIGHT = 0.75  # beyond this share of the path a label is written to the left of its mark


def profile_figure(
    view: PathView, *, title: str, subtitle: str = "", language: Language = "vi", simulated: bool = False
) -> Figure:
    """Draw a path.

    Parameters
    ----------
    view : PathView
    title, subtitle : str
    language : {"vi", "en"}
    simulated : bool
        Write over the drawing that the data are made up.
    """
    words = Words(language)
    figure = Figure(figsize=(9.6, 5.4), layout="constrained")
    axes = figure.add_subplot()
    km = view.profile.distance_m / 1000.0
    low = _draw_ground(axes, view, km, words)
    _draw_ray(axes, view, words)
    _draw_edge(axes, view, words)
    _draw_horizons(axes, view, km, words)
    _draw_ends(axes, view, km)
    axes.set_xlim(float(km[0]), float(km[-1]))
    axes.set_ylim(low, axes.get_ylim()[1])
    axes.set_xlabel(words["path_distance"])
    axes.set_ylabel(words["path_height"])
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=style.INK)
    axes.set_title(subtitle, loc="left", fontsize=9, color=style.INK)
    axes.grid(visible=True, color="#e3e3e3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    if simulated:
        axes.text(0.5, 0.5, SIMULATED, transform=axes.transAxes, ha="center", va="center", fontsize=18, alpha=0.15)
    return figure


def _draw_ground(axes: Axes, view: PathView, km: Any, words: Words) -> float:
    """Draw the Earth, the ground and what stands on it; return the lower end of the drawing."""
    bulge, ground = view.bulge_m, view.profile.ground_m + view.bulge_m
    top = view.profile.obstacles_m + view.bulge_m
    hts, hrs = view.ends_m
    heights = [*ground[~np.isnan(ground)], hts, hrs]
    finite = [height for height in heights if np.isfinite(height)] or [0.0]
    span = max(max(finite) - min(finite), 20.0)
    low = min(finite) - 0.15 * span
    # The foot of the drawing is as curved as the Earth: at sea level where that is near, else lifted below the ground.
    base = bulge + min(max(low, 0.0), *finite)
    axes.fill_between(km, base, ground, color=_GROUND, linewidth=0)
    axes.plot(km, ground, color=_GROUND_EDGE, linewidth=1.2, label=words["path_ground"])
    if np.nanmax(view.profile.clutter_m[1:-1], initial=0.0) > 0.0:
        axes.fill_between(km, ground, top, color=_CLUTTER, linewidth=0, alpha=0.85, label=words["path_clutter"])
    axes.plot(km, base, color=_BASE, linewidth=1.0, linestyle=(0, (4, 2)), label=words["path_curvature"])
    if np.isnan(top).any():
        known = ~np.isnan(top)
        axes.fill_between(
            km,
            0.0,
            1.0,
            where=~_grown(known),
            transform=axes.get_xaxis_transform(),
            color=style.UNKNOWN_LIGHT,
            hatch="//",
            edgecolor=style.UNKNOWN_DARK,
            linewidth=0,
            label=words["path_unknown"],
        )
    return float(low)


def _grown(known: Any) -> Any:
    """Shrink the known stretch by a sample a side, so that the unknown one reaches to its neighbours."""
    return known & np.roll(known, 1) & np.roll(known, -1) if known.size > 2 else known  # noqa: PLR2004


def _draw_ray(axes: Axes, view: PathView, words: Words) -> None:
    """Draw the straight line between the antennas with its Fresnel zone."""
    length = view.profile.length_m
    # A sine gives the ends, where the zone opens steeply, as many points as the middle.
    d = length * (1.0 - np.cos(np.linspace(0.0, np.pi, _FINE))) / 2.0
    hts, hrs = view.ends_m
    ray = hts + (hrs - hts) * d / length
    radius = view.fresnel_m(d)
    zone: dict[str, Any] = {"color": _ZONE, "alpha": 0.45, "linewidth": 0}
    axes.fill_between(d / 1000.0, ray - radius, ray + radius, label=words["path_fresnel"], **zone)
    dashed: dict[str, Any] = {"color": _RAY, "linewidth": 0.8, "linestyle": (0, (2, 2))}
    axes.plot(d / 1000.0, ray - 0.6 * radius, label=words["path_fresnel_60"], **dashed)
    axes.plot(d / 1000.0, ray + 0.6 * radius, **dashed)
    axes.plot(d / 1000.0, ray, color=_RAY, linewidth=1.4, label=words["path_ray"])


def _draw_edge(axes: Axes, view: PathView, words: Words) -> None:
    """Draw the edge that stands for all obstacles, and the rays to it where the direct one is blocked."""
    if not view.profile.is_known:
        return
    edge, length = view.edge, view.profile.length_m
    if not view.is_clear:
        hts, hrs = view.ends_m
        x = np.array([0.0, edge.distance_m, length]) / 1000.0
        axes.plot(x, [hts, edge.height_m, hrs], color=_EDGE, linewidth=1.0, linestyle=(0, (5, 2)))
    right = edge.distance_m > _RIGHT * length
    label = words["path_worst" if view.is_clear else "path_edge"]
    axes.plot(edge.distance_m / 1000.0, edge.height_m, marker="v", color=_EDGE, linestyle="none", label=label)
    axes.annotate(
        f"ν = {words.number(edge.nu, 2)}",
        (edge.distance_m / 1000.0, edge.height_m),
        xytext=(-8, 6) if right else (8, 6),
        ha="right" if right else "left",
        textcoords="offset points",
        fontsize=8,
        color=_EDGE,
    )


def _draw_horizons(axes: Axes, view: PathView, km: Any, words: Words) -> None:
    if view.horizons_m is None:
        return
    ground = view.profile.ground_m + view.bulge_m
    x = np.array(view.horizons_m) / 1000.0
    axes.plot(
        x,
        np.interp(x, km, ground),
        marker="|",
        markersize=14,
        markeredgewidth=1.8,
        color=_HORIZON,
        linestyle="none",
        label=words["path_horizon"],
    )


def _draw_ends(axes: Axes, view: PathView, km: Any) -> None:
    ground, ends = view.profile.ground_m, view.ends_m
    for x, foot, top in ((km[0], ground[0], ends[0]), (km[-1], ground[-1], ends[1])):
        axes.plot([x, x], [foot, top], color=style.INK, linewidth=2.5, solid_capstyle="butt", clip_on=False)
        axes.plot(x, top, marker="o", markersize=4, color=style.INK, clip_on=False)


def save_profile(figure: Figure, path: Path, *, title: str, text: str = "", language: Language = "vi") -> None:
    """Write a drawing as PNG, SVG, or an HTML page with the drawing inside and the figures below.

    Raises
    ------
    PhusongError
        For another ending.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise PhusongError(f"{path.name}: a path is drawn as {', '.join(FORMATS)}; give the file one of these endings")
    path.parent.mkdir(parents=True, exist_ok=True)
    # No date and no random ids inside: the same path gives the same file.
    with mpl.rc_context({"svg.hashsalt": "phusong"}):
        if suffix != ".html":
            figure.savefig(path, format=suffix[1:], dpi=_DPI, metadata=_METADATA[suffix])
            return
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata=_METADATA[".svg"])
    svg = drawn.getvalue()
    page = _PAGE.format(
        language=language, title=html.escape(title), svg=svg[svg.index("<svg") :], text=html.escape(text)
    )
    path.write_text(page, encoding="utf-8")


_METADATA: Final[dict[str, dict[str, Any]]] = {".png": {"Software": "phusong"}, ".svg": {"Date": None}}
_PAGE: Final = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:15px system-ui,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem;color:#1b2733}}
svg{{width:100%;height:auto}}pre{{overflow-x:auto}}</style>
<h1>{title}</h1>
{svg}
<pre>{text}</pre>
</html>
"""
