"""Candidates: where 4G could come from - an existing station upgraded, or a new site where people are unserved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from phusong.coverage.bands import band
from phusong.coverage.cells import DEFAULT_TILT_DEG, Cell, Site
from phusong.coverage.gaps import footprint, upgrade_of, without_4g
from phusong.coverage.predict import Coverage, Progress, silent
from phusong.coverage.service import NOT_COVERED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.scenarios.scenario import PlanSettings

__all__ = ["SHARED", "Candidate", "Candidates", "find", "none"]

# Who would run a new site is not this plan's question: it is meant for all (shared passive infrastructure).
SHARED = "dùng chung"
_AZIMUTHS_DEG = (0.0, 120.0, 240.0)
_BLOCK_M = 1000.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be built.

    Parameters
    ----------
    candidate_id : str
        ``"nang-cap:<site>:<operator>"`` or ``"tram-moi:<x>-<y>"``; stable between runs, locks name it.
    kind : {"upgrade", "new_site"}
    operator : str
    site : Site
        The mast with the 4G cells that would hang on it.
    cost_vnd : float
        Without fibre.
    """

    candidate_id: str
    kind: str
    operator: str
    site: Site
    cost_vnd: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates with the cells each would cover.

    Parameters
    ----------
    items : tuple of Candidate
    footprints : csr_array of bool, shape (candidates, cells)
        Predicted by the radio engine.
    """

    items: tuple[Candidate, ...]
    footprints: sparse.csr_array

    def cells_of(self, number: int) -> NDArray[np.int64]:
        """Return the flat grid cells candidate `number` covers."""
        start, end = self.footprints.indptr[number : number + 2]
        return np.asarray(self.footprints.indices[start:end], np.int64)


def none(cells: int) -> Candidates:
    """Return no candidate, for a run that only looks at today."""
    return Candidates((), sparse.csr_array((0, cells), dtype=bool))


def find(today: Coverage, settings: PlanSettings, *, progress: Progress = silent) -> Candidates:
    """Find candidates and predict their footprints.

    Parameters
    ----------
    today : Coverage
    settings : PlanSettings
    progress : callable, optional
    """
    upgrades = [
        Candidate(
            candidate_id=f"nang-cap:{site.site_id}:{operator}",
            kind="upgrade",
            operator=operator,
            site=upgrade_of(site, operator, bands=settings.upgrade_bands),
            cost_vnd=settings.costs.upgrade_vnd,
        )
        for site, operator in without_4g(today.sites)
    ]
    items = [*upgrades, *_new_sites(today, settings)]
    rows = [footprint(today.radio, item.site) for item in progress(items, "  candidates / ứng viên", len(items))]
    indptr = np.concatenate([[0], np.cumsum([len(cells) for cells in rows])]).astype(np.int64)
    indices = np.concatenate([*rows, np.empty(0, np.int64)])
    size = (len(items), today.layers.grid.size)
    return Candidates(tuple(items), sparse.csr_array((np.ones(indices.size, bool), indices, indptr), shape=size))


def _new_sites(today: Coverage, settings: PlanSettings) -> list[Candidate]:
    """Place a candidate in each square kilometre where enough people are known to lack 4G.

    It stands at the unserved cell with the most people of the square, at least ``min_spacing_m`` from every
    existing mast and from candidates of richer squares; the richest ``max_new_sites`` squares are kept.
    """
    grid = today.layers.grid
    residents = today.layers.people.residents
    unserved = today.service["any|4G"].to_numpy().ravel() == NOT_COVERED
    people = np.where(unserved, residents, 0.0)
    cells = np.flatnonzero(people > 0)
    row, col = np.divmod(cells, grid.cols)
    side = max(1, round(_BLOCK_M / grid.cell_m))
    _, block = np.unique((row // side) * (grid.cols // side + 1) + col // side, return_inverse=True)
    total = np.bincount(block, weights=people[cells])
    # Cells sorted by block, within it by people: the first of each block is its place.
    order = np.lexsort((cells, -people[cells], block))
    first = order[np.unique(block[order], return_index=True)[1]] if order.size else order
    masts = np.array([(point.x, point.y) for point in today.layers.sites.geometry]).reshape(-1, 2)
    tree = cKDTree(masts) if len(masts) else None
    taken: list[tuple[float, float]] = []
    found: list[Candidate] = []
    for number in np.lexsort((np.arange(total.size), -total)):
        if len(found) >= settings.max_new_sites or total[number] < settings.min_people:
            break
        place = float(grid.x_m[col[first[number]]]), float(grid.y_m[row[first[number]]])
        near_mast = tree is not None and tree.query(place)[0] < settings.min_spacing_m
        if near_mast or any(np.hypot(place[0] - x, place[1] - y) < settings.min_spacing_m for x, y in taken):
            continue
        taken.append(place)
        found.append(_new_site(place, settings))
    return found


def _new_site(place: tuple[float, float], settings: PlanSettings) -> Candidate:
    name = f"tram-moi:{place[0]:.0f}-{place[1]:.0f}"
    cells = tuple(
        Cell(
            cell_id=f"{name}:{carrier}:{azimuth:.0f}",
            operator=SHARED,
            technology="4G",
            band=band(carrier),
            height_m=settings.new_site_height_m,
            azimuth_deg=azimuth,
            tilt_deg=DEFAULT_TILT_DEG,
            eirp_dbm=band(carrier).reference_eirp_dbm,
        )
        for carrier in settings.new_site_bands
        for azimuth in _AZIMUTHS_DEG
    )
    return Candidate(name, "new_site", SHARED, Site(name, *place, cells), settings.costs.new_site_vnd)
