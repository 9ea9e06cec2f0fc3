"""A radio path in words and figures: ends, air, losses, levels, and every intermediate value of P.1812."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from phusong.maps.repairs import repair_told
from phusong.maps.words import Language, Words

if TYPE_CHECKING:
    from phusong.coverage.cells import Cell
    from phusong.coverage.path_view import PathView
    from phusong.gis.repair import Repair

__all__ = ["Level", "profile_text", "summary_line"]

_LOSSES = {
    "path_lbfs": "Lbfs",
    "path_bull": "Lbulla50",
    "path_bull_smooth": "Lbulls50",
    "path_sphere": "Ldsph50",
    "path_diffraction": "Ldp",
    "path_duct": "Lba",
    "path_scatter": "Lbs",
    "path_lb": "Lb",
}
_A_LINE = 5


class Level(NamedTuple):
    """A cell's level at the path's end in dBm, and its antenna's gain in that direction in dB."""

    cell: Cell
    level_dbm: float
    gain_db: float


def summary_line(view: PathView, *, language: Language = "vi") -> str:
    """Return frequency, length and loss in one line, for the head of a drawing."""
    words = Words(language)
    clear = words["path_clear" if view.is_clear else "path_blocked"] if view.profile.is_known else words["path_unknown"]
    loss = view.result.loss_db
    shown = words["unknown"] if math.isnan(loss) else f"{words.number(loss, 1)} dB"
    length = words.number(view.profile.length_m / 1000.0, 2)
    return f"{_mhz(view, words)} MHz · {length} km · Lb = {shown} · {clear}"


def profile_text(
    view: PathView,
    levels: Sequence[Level],
    *,
    title: str,
    assumed: Sequence[Repair] = (),
    p_percent: float = 50.0,
    language: Language = "vi",
) -> str:
    """Return everything there is to say about a path, as lines of text.

    Parameters
    ----------
    view : PathView
    levels : sequence of Level
        Of the site's cells, each with the loss of its own height and band.
    title : str
    assumed : sequence of Repair
    p_percent : float
    language : {"vi", "en"}
    """
    words = Words(language)
    lines = [title, summary_line(view, language=language), "", *_facts(view, words), ""]
    lines += [words["path_losses"].format(p=words.number(p_percent, 0 if p_percent == round(p_percent) else 2))]
    lines += [_row(words[key], _db(view.result.intermediates[name], words)) for key, name in _LOSSES.items()]
    lines += ["", words["path_levels"], *(_level(each, words) for each in levels)]
    if assumed:
        lines += ["", *(_assumption(each, words) for each in assumed)]
    lines += ["", words["path_intermediates"], *_intermediates(view)]
    return "\n".join(lines)


def _facts(view: PathView, words: Words) -> list[str]:
    hts, hrs = view.ends_m
    above_sea = f"{words.number(hts, 1)} / {words.number(hrs, 1)} {words['path_sea_m']}"
    heights = f"{words.number(view.tx_height_m, 1)} / {words.number(view.rx_height_m, 1)}"
    air = f"{words.number(view.climate.delta_n_per_km, 1)} / {words.number(view.climate.n0, 0)}"
    facts = [
        _row(words["path_frequency"], f"{_mhz(view, words)} MHz"),
        _row(words["path_length"], f"{words.number(view.profile.length_m / 1000.0, 3)} km"),
        _row(words["path_step"], f"{words.number(view.step_m, 1)} m"),
        _row(words["path_ends"], f"{heights}; {above_sea}"),
        _row(words["path_radius"], f"{words.number(view.earth_radius_km, 0)} km (k = {_k(view, words)})"),
        _row(words["path_climate"], f"{air} ({view.climate.source})"),
    ]
    if view.profile.is_known:
        edge = view.edge
        name = words["path_worst" if view.is_clear else "path_edge"]
        place = f"{words.number(edge.distance_m / 1000.0, 2)} km, ν = {words.number(edge.nu, 2)}"
        facts += [_row(words["path_clearance"], words.number(view.clearance_share, 2)), _row(name, place)]
    return facts


def _mhz(view: PathView, words: Words) -> str:
    return words.number(view.f_mhz, 0 if view.f_mhz == round(view.f_mhz) else 1)


def _k(view: PathView, words: Words) -> str:
    return words.number(view.earth_radius_km / 6371.0, 3)


def _row(name: str, value: str) -> str:
    return f"  {name:<50} {value}"


def _db(value: float, words: Words) -> str:
    return words["unknown"] if math.isnan(value) else f"{words.number(value, 2):>8} dB"


def _level(level: Level, words: Words) -> str:
    cell = level.cell
    direction = "omni" if cell.azimuth_deg is None else f"{words.number(cell.azimuth_deg)}°"
    shown = words["unknown"] if math.isnan(level.level_dbm) else f"{words.number(level.level_dbm, 1)} dBm"
    name = f"{cell.cell_id} · {cell.operator} · {cell.technology} {cell.band.name} · {direction}"
    return _row(name, f"{shown} ({words['path_gain']}: {words.number(level.gain_db, 1)} dB)")


def _assumption(repair: Repair, words: Words) -> str:
    """Return an assumption with its amount and what to do, in the language of the page."""
    fields = {name: getattr(repair, name) for name in ("layer", "what", "how_much", "before", "after", "remedy")}
    told = repair_told(fields) if words.language == "vi" else fields
    amount = f" ({told['how_much']})" if told["how_much"] else ""
    remedy = f" → {told['remedy']}" if told["remedy"] else ""
    return f"  ! {told['what']}{amount}{remedy}"


def _intermediates(view: PathView) -> list[str]:
    """Return name = value, several to a line, with a decimal point as the reference logs have it."""
    cells = [f"{name} = {value:.6g}" for name, value in view.result.intermediates.items()]
    width = max(len(cell) for cell in cells) + 2
    rows = [cells[start : start + _A_LINE] for start in range(0, len(cells), _A_LINE)]
    return ["  " + "".join(f"{cell:<{width}}" for cell in row).rstrip() for row in rows]
