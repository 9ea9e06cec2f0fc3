"""Candidates: where 4G could come from - an existing station upgraded, or a new site where people are unserved."""

from __future__ import annotations

from collections.abc import Hashable
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

__all__ = ["SHARED", "Candidate", "Candidates", "Squares", "find", "none"]

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
class Squares:
    """Square kilometres with enough people known to lack 4G, and what became of them.

    Parameters
    ----------
    eligible : int
        With at least ``min_people``.
    blocked : int
        Without any place that keeps the spacing.
    cut : int
        Left out because ``max_new_sites`` was reached.
    people_in_cut : float
        Who live in those and lack 4G.
    """

    eligible: int = 0
    blocked: int = 0
    cut: int = 0
    people_in_cut: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates with the cells each would cover.

    Parameters
    ----------
    items : tuple of Candidate
    footprints : csr_array of bool, shape (candidates, cells)
        Predicted by the radio engine.
    squares : Squares
        Where new sites were looked for.
    """

    items: tuple[Candidate, ...]
    footprints: sparse.csr_array
    squares: Squares = Squares()

    def places(self) -> dict[Hashable, tuple[float, float]]:
        """Return where the candidates stand, (x_m, y_m), by their node's name on the graph of ways, in their order."""
        return {f"c{number}": (item.site.x_m, item.site.y_m) for number, item in enumerate(self.items)}

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
    new_sites, squares = _new_sites(today, settings)
    items = [*upgrades, *new_sites]
    rows = [footprint(today.radio, item.site) for item in progress(items, "  candidates / ứng viên", len(items))]
    indptr = np.concatenate([[0], np.cumsum([len(cells) for cells in rows])]).astype(np.int64)
    indices = np.concatenate([*rows, np.empty(0, np.int64)])
    size = (len(items), today.layers.grid.size)
    footprints = sparse.csr_array((np.ones(indices.size, bool), indices, indptr), shape=size)
    return Candidates(tuple(items), footprints, squares)


def _new_sites(today: Coverage, settings: PlanSettings) -> tuple[list[Candidate], Squares]:
    """Place a candidate in each square kilometre where enough people are known to lack 4G.

    It stands at the unserved cell with the most people of the square that keeps ``min_spacing_m`` from every
    existing mast and from candidates of richer squares; the richest ``max_new_sites`` squares are kept.
    """
    grid = today.layers.grid
    unserved = today.service["any|4G"].to_numpy().ravel() == NOT_COVERED
    people = np.where(unserved, today.layers.people.residents, 0.0)
    cells = np.flatnonzero(people > 0)
    row, col = np.divmod(cells, grid.cols)
    places = np.column_stack([grid.x_m[col], grid.y_m[row]])
    masts = np.array([(point.x, point.y) for point in today.layers.sites.geometry]).reshape(-1, 2)
    free = np.ones(len(cells), bool)
    if len(masts) and len(cells):
        free = cKDTree(masts).query(places)[0] >= settings.min_spacing_m
    side = max(1, round(_BLOCK_M / grid.cell_m))
    _, block = np.unique((row // side) * (grid.cols // side + 1) + col // side, return_inverse=True)
    total = np.bincount(block, weights=people[cells])
    # Cells by square, within it by people: `start` finds each square's run.
    order = np.lexsort((cells, -people[cells], block))
    start = np.append(np.searchsorted(block[order], np.arange(total.size)), len(cells))
    eligible = [n for n in np.lexsort((np.arange(total.size), -total)) if total[n] >= settings.min_people]
    taken = np.empty((0, 2))
    cut: list[np.intp] = []
    for place_in_order, number in enumerate(eligible):
        if len(taken) >= settings.max_new_sites:
            cut = eligible[place_in_order:]
            break
        run = order[start[number] : start[number + 1]]
        for place in places[run[free[run]]]:
            if not len(taken) or np.hypot(*(taken - place).T).min() >= settings.min_spacing_m:
                taken = np.vstack([taken, place])
                break
    squares = Squares(
        eligible=len(eligible),
        blocked=len(eligible) - len(cut) - len(taken),
        cut=len(cut),
        people_in_cut=float(total[cut].sum()),
    )
    return [_new_site((float(x), float(y)), settings) for x, y in taken], squares


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
