"""Predict: from layers to signal and service over the province - the main verb of this room."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from phusong.coverage.bands import THRESHOLD_DBM
from phusong.coverage.cells import Site, build
from phusong.coverage.propagation import repeat_range_warnings
from phusong.coverage.radio import Radio
from phusong.coverage.service import service_of
from phusong.errors import ModelRangeWarning
from phusong.gis.repair import Repair

if TYPE_CHECKING:
    from phusong.gis.layers import Layers

__all__ = ["TECHNOLOGIES", "Coverage", "Progress", "predict", "silent"]

TECHNOLOGIES = tuple(THRESHOLD_DBM)
# A callable that wraps an iterable and shows how far it is; the command line hands in a rich one.
Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]


def silent(items: Iterable[Any], description: str, total: int) -> Iterable[Any]:
    """Wrap an iterable without showing anything."""
    del description, total
    return items


@dataclass(frozen=True, slots=True)
class Coverage:
    """Today's radio situation of a province.

    Parameters
    ----------
    layers : Layers
    radio : Radio
    sites : tuple of Site
        Masts with their cells.
    signal : Dataset
        float32 dBm, one variable ``"<operator>|<technology>"`` on the grid: median level of the strongest
        cell outdoors at receiver height, rounded to 0.01 dB. ``-inf``: below the threshold, or farther away
        than anything is predicted;
        NaN: unknown.
    service : Dataset
        See `phusong.coverage.service.service_of`.
    assumptions : tuple of Repair
        What the radio had to assume.
    """

    layers: Layers
    radio: Radio
    sites: tuple[Site, ...]
    signal: xr.Dataset
    service: xr.Dataset
    assumptions: tuple[Repair, ...]

    @property
    def operators(self) -> tuple[str, ...]:
        """The province's operators, those without data too."""
        return self.layers.operators

    @property
    def edge_probability(self) -> float:
        """Share of places at the edge of service that have it."""
        return self.radio.budget.edge_probability


def predict(layers: Layers, *, radio: Radio | None = None, progress: Progress = silent) -> Coverage:
    """Predict the signal of every operator and technology, and who is served.

    Parameters
    ----------
    layers : Layers
    radio : Radio, optional
        Default: the Hata family with a 90 % edge probability.
    progress : callable, optional

    Returns
    -------
    Coverage
    """
    radio = Radio.over(layers) if radio is None else radio
    sites, assumptions = build(layers)
    best = {
        (operator, technology): np.full(layers.grid.size, -np.inf, np.float32)
        for operator in layers.operators
        for technology in TECHNOLOGIES
    }
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ModelRangeWarning)
        repeat_range_warnings()
        for _ in progress(radio.strongest(sites, best), "  masts / cột ăng ten", len(sites)):
            pass
    # A range warning is a finding of the run: it goes into the report the approver reads, not to a console.
    assumptions += [
        Repair("cells", "*", f"model used outside its recommended range: {warning.message}")
        for warning in said
        if issubclass(warning.category, ModelRangeWarning)
    ]
    if radio.model.uses_terrain and radio.terrain is not None and (why := radio.terrain.too_coarse_for()):
        what = f"model reads finer ground than there is: {radio.model.name}: {why}"
        assumptions.append(Repair("terrain", "*", what, remedy="give Copernicus GLO-30 or SRTM 1″ (30 m)"))
    cut = [cell for site in sites for cell in radio.is_cut(site)]
    if cut:
        # "Not covered" beyond the end of prediction is a statement of the setting, not of the model.
        what = f"not predicted beyond {radio.max_radius_m / 1000:g} km, where the median still reaches the threshold"
        assumptions.append(Repair("cells", "*", what, f"{len(cut)} cells", remedy="raise coverage.max_radius_km"))
    with_data = {cell.operator for site in sites for cell in site.cells}
    void = np.zeros(layers.grid.size, bool) if radio.elevation_m is None else np.isnan(radio.elevation_m)
    signal = xr.Dataset(attrs={"crs": layers.grid.crs, "cell_m": layers.grid.cell_m})
    for (operator, technology), level in best.items():
        # An operator that was declared and gave no cell at all: nobody knows, and "not covered" would be a lie.
        level[void if operator in with_data else slice(None)] = np.nan
        name = f"{operator}|{technology}"
        signal[name] = layers.grid.wrap(np.round(level, 2).reshape(layers.grid.shape), name, units="dBm")
    inside = layers.zones.inside
    service = service_of(signal, levels_dbm=_levels(radio), inside=inside.reshape(layers.grid.shape))
    return Coverage(layers, radio, tuple(sites), signal, service, tuple(assumptions))


def _levels(radio: Radio) -> dict[str, float]:
    return {technology: radio.service_level_dbm(technology) for technology in TECHNOLOGIES}
