"""Predict: from layers to signal and service over the province - the main verb of this room."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from phusong.coverage.bands import THRESHOLD_DBM
from phusong.coverage.cells import Cell, Site, build
from phusong.coverage.footprints import cells_of
from phusong.coverage.progress import Progress, silent
from phusong.coverage.propagation import repeat_range_warnings
from phusong.coverage.radio import Radio
from phusong.coverage.service import service_of
from phusong.coverage.strongest import NO_SERVER, strongest
from phusong.errors import ModelRangeWarning
from phusong.gis.repair import Repair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.footprint_store import FootprintCache
    from phusong.gis.layers import Layers

__all__ = ["TECHNOLOGIES", "Coverage", "Progress", "predict", "silent"]

TECHNOLOGIES = tuple(THRESHOLD_DBM)
_LISTED = 5


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
        than anything is predicted; NaN: unknown - void ground, an operator without data, or a place that no known
        mast covers and some mast might of which nobody knows (a void stands between).
    service : Dataset
        See `phusong.coverage.service.service_of`.
    assumptions : tuple of Repair
        What the radio had to assume.
    server : Dataset
        int32, the same variables: which of `cells` is the strongest; -1 where the level is not known or none. Empty
        unless `predict` was asked for it.
    fallback : mapping of int to Dataset
        By rank, 2 and up: as `signal`, of the n-th best mast - what is left when the n - 1 best ones fail. Empty
        unless `predict` was asked for it.
    """

    layers: Layers
    radio: Radio
    sites: tuple[Site, ...]
    signal: xr.Dataset
    service: xr.Dataset
    assumptions: tuple[Repair, ...]
    server: xr.Dataset = field(default_factory=xr.Dataset)
    fallback: Mapping[int, xr.Dataset] = field(default_factory=dict)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, masts in their order and on each the cells by their id: what `server` counts."""
        return tuple(cell for site in self.sites for cell in cells_of(site))

    @property
    def operators(self) -> tuple[str, ...]:
        """The province's operators, those without data too."""
        return self.layers.operators

    @property
    def edge_probability(self) -> float:
        """Share of places at the edge of service that have it."""
        return self.radio.budget.edge_probability


def predict(
    layers: Layers,
    *,
    radio: Radio | None = None,
    ranks: int = 1,
    servers: bool = False,
    cache: FootprintCache | None = None,
    workers: int = 2,
    progress: Progress = silent,
) -> Coverage:
    """Predict the signal of every operator and technology, and who is served.

    Parameters
    ----------
    layers : Layers
    radio : Radio, optional
        Default: the Hata family with a 90 % edge probability.
    ranks : int
        How many levels to keep at each place: 3 makes `Coverage.fallback` of ranks 2 and 3.
    servers : bool
        Whether to keep who serves each place, `Coverage.server`.
    cache : FootprintCache, optional
        Footprints of masts that have not changed are read from it.
    workers : int
        Threads; the result is the same to the bit with any number of them.
    progress : callable, optional

    Returns
    -------
    Coverage

    Raises
    ------
    ModelError
        A mast outside the model's possible range.
    RunError
        The cache cannot be written.
    """
    radio = Radio.over(layers) if radio is None else radio
    sites, assumptions = build(layers)
    assumptions += radio.assumptions
    levels = _levels(radio)
    keys = [(operator, technology) for operator in layers.operators for technology in TECHNOLOGIES]
    level = np.empty((ranks, len(keys), *layers.grid.shape), np.float32)
    server = np.empty((len(keys) if servers else 0, *layers.grid.shape), np.int32)
    is_cut = np.zeros(sum(len(site.cells) for site in sites), bool)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ModelRangeWarning)
        repeat_range_warnings()
        for maps in strongest(radio, sites, keys=keys, ranks=ranks, cache=cache, workers=workers, progress=progress):
            is_cut |= maps.is_cut
            for number, key in enumerate(keys):
                if servers:
                    server[number, maps.rows] = maps.server[number]
                for rank in range(ranks):
                    level[rank, number, maps.rows] = maps.level_dbm(
                        key, service_level_dbm=levels[key[1]], rank=rank + 1
                    )
    assumptions += _said(radio, sites, said=[w for w in said if issubclass(w.category, ModelRangeWarning)])
    if is_cut.any():
        # "Not covered" beyond the end of prediction is a statement of the setting, not of the model.
        what = f"not predicted beyond {radio.max_radius_m / 1000:g} km, where the median still reaches the threshold"
        amount = f"{int(is_cut.sum())} cells"
        assumptions.append(Repair("cells", "*", what, amount, remedy="raise coverage.max_radius_km"))
    with_data = {cell.operator for site in sites for cell in site.cells}
    void = np.zeros(layers.grid.shape, bool) if radio.elevation_m is None else _void(radio)
    for number, (operator, _) in enumerate(keys):
        # An operator that was declared and gave no cell at all: nobody knows, and "not covered" would be a lie.
        level[:, number, void if operator in with_data else slice(None)] = np.nan
    if servers:
        server[~np.isfinite(level[0])] = NO_SERVER
    ranked = [_dataset(layers, keys, each, units="dBm") for each in level]
    inside = layers.zones.inside.reshape(layers.grid.shape)
    return Coverage(
        layers,
        radio,
        tuple(sites),
        ranked[0],
        service_of(ranked[0], levels_dbm=levels, inside=inside),
        tuple(assumptions),
        _dataset(layers, keys if servers else [], server, units=""),
        dict(enumerate(ranked[1:], start=2)),
    )


def _dataset(layers: Layers, keys: Sequence[tuple[str, str]], values: NDArray[Any], *, units: str) -> xr.Dataset:
    dataset = xr.Dataset(attrs={"crs": layers.grid.crs, "cell_m": layers.grid.cell_m})
    for (operator, technology), each in zip(keys, values, strict=True):
        name = f"{operator}|{technology}"
        dataset[name] = layers.grid.wrap(each, name, units=units)
    return dataset


def _void(radio: Radio) -> NDArray[np.bool_]:
    assert radio.elevation_m is not None  # noqa: S101 - the caller looked
    return np.isnan(radio.elevation_m).reshape(radio.grid.shape)


def _said(radio: Radio, sites: Sequence[Site], *, said: Sequence[warnings.WarningMessage]) -> list[Repair]:
    """Return what must be said of the model over these masts, beside what the radio says of the ground."""
    # A range warning is a finding of the run: it goes into the report the approver reads, not to a console.
    told = [Repair("cells", "*", f"model used outside its recommended range: {warning.message}") for warning in said]
    if radio.relief is not None and radio.is_swept:
        lost = [site.site_id for site in sites if math.isnan(radio.relief.ground_at(site.x_m, site.y_m))]
        if lost:
            what = "unknown: what a mast covers that stands on void ground or beside the elevation raster"
            shown = ", ".join(lost[:_LISTED]) + (" ..." if len(lost) > _LISTED else "")
            remedy = "give an elevation raster that covers its place"
            told.append(Repair("sites", "*", what, f"{len(lost)} sites", shown, "unknown", remedy))
    elif radio.model.uses_terrain and radio.terrain is not None:
        if why := radio.terrain.too_coarse_for():
            what = f"model reads finer ground than there is: {radio.model.name}: {why}"
            told.append(Repair("terrain", "*", what, remedy="give Copernicus GLO-30 or SRTM 1″ (30 m)"))
        what = "assumed: no cell is received farther away than over flat ground"
        told.append(Repair("cells", "*", what, remedy='take model = "p1812", which looks as far as free space reaches'))
    return told


def _levels(radio: Radio) -> dict[str, float]:
    return {technology: radio.service_level_dbm(technology) for technology in TECHNOLOGIES}
