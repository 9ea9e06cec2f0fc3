"""The 2G->4G upgrade gap: who has 2G and no 4G, and which stations could be upgraded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from phusong.coverage.bands import DEFAULT_BAND, band
from phusong.coverage.cells import Cell, Site
from phusong.coverage.kpis import PROVINCE
from phusong.coverage.predict import Coverage, Progress, silent
from phusong.coverage.propagation import quiet_ranges
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.radio import Radio

__all__ = [
    "GAP_COLUMNS",
    "SITE_GAP_COLUMNS",
    "footprint",
    "network_gap",
    "site_gap",
    "upgrade_of",
    "without_4g",
]

GAP_COLUMNS = [
    "area",
    "area_name",
    "operator",
    "people",
    "people_2g",
    "people_4g",
    "people_2g_not_4g",
    "people_unserved",
    "people_unknown",
    "gap_share",
    "flags",
]
SITE_GAP_COLUMNS = [
    "site_id",
    "operator",
    "technologies",
    "area",
    "area_name",
    "upgrade_people",
    "upgrade_people_any",
    "fibre_m",
    "flags",
]


def network_gap(coverage: Coverage) -> pd.DataFrame:
    """Return the network gap by area and operator (and any): people, with 2G, with 4G, with 2G but no 4G.

    ``people_unserved`` have neither; ``people_unknown`` have a 2G or 4G state nobody knows and no known 4G.
    ``gap_share`` = people_2g_not_4g / people.
    """
    people = coverage.layers.people.by_zone
    # Where nobody knows how many people live, nobody knows what they have.
    uncounted = np.where(np.isnan(coverage.layers.people.totals), np.nan, 0.0)
    names = coverage.layers.communes["name"].astype(str).tolist()
    tables = []
    for operator in (*coverage.operators, "any"):
        second, fourth = (coverage.service[f"{operator}|{t}"].to_numpy().ravel() for t in ("2G", "4G"))
        masks = {
            "people": np.ones(second.size, bool),
            "people_2g": second == COVERED,
            "people_4g": fourth == COVERED,
            "people_2g_not_4g": (second == COVERED) & (fourth == NOT_COVERED),
            "people_unserved": (second == NOT_COVERED) & (fourth == NOT_COVERED),
            "people_unknown": ((second == UNKNOWN) & (fourth != COVERED)) | (fourth == UNKNOWN),
        }
        sums = {name: np.round(people @ mask.astype(float), 6) + uncounted for name, mask in masks.items()}
        table = pd.DataFrame({name: np.append(values, np.nansum(values)) for name, values in sums.items()})
        table.insert(0, "area", [*coverage.layers.zones.codes, PROVINCE])
        table.insert(1, "area_name", [*names, coverage.layers.province.name])
        table.insert(2, "operator", operator)
        tables.append(table)
    gaps = pd.concat(tables, ignore_index=True)
    gaps["gap_share"] = gaps["people_2g_not_4g"] / gaps["people"].where(gaps["people"] > 0)
    gaps["flags"] = "SIMULATED" if coverage.layers.simulated else ""
    return gaps[GAP_COLUMNS]


def without_4g(sites: Iterable[Site]) -> list[tuple[Site, str]]:
    """Return the (site, operator) pairs that have 2G or 3G cells and no 4G cell."""
    pairs = []
    for site in sites:
        for operator in dict.fromkeys(cell.operator for cell in site.cells):
            technologies = {cell.technology for cell in site.cells if cell.operator == operator}
            if technologies & {"2G", "3G"} and "4G" not in technologies:
                pairs.append((site, operator))
    return pairs


def upgrade_of(site: Site, operator: str, *, bands: Iterable[str] = (DEFAULT_BAND["4G"],)) -> Site:
    """Return the 4G cells an operator would hang beside its own at a mast: same azimuths, same height."""
    own = [cell for cell in site.cells if cell.operator == operator]
    # One antenna a direction: 2G and 3G cells of a sector share it, and so will 4G; the highest where they differ.
    directions = {cell.azimuth_deg: cell for cell in sorted(own, key=lambda c: (c.height_m, c.cell_id))}
    cells = [
        Cell(
            cell_id=f"{site.site_id}-{operator}-4G-{name}-{number}",
            operator=operator,
            technology="4G",
            band=band(name),
            height_m=beside.height_m,
            azimuth_deg=azimuth,
            tilt_deg=beside.tilt_deg,
            eirp_dbm=band(name).reference_eirp_dbm,
        )
        for name in bands
        for number, (azimuth, beside) in enumerate(directions.items(), start=1)
    ]
    return replace(site, cells=tuple(cells))


def footprint(radio: Radio, site: Site) -> NDArray[np.int64]:
    """Return the flat grid cells any of a mast's cells covers, ascending.

    They are the cells `phusong.coverage.predict` would call covered were the mast built: levels count to 0.01 dB,
    and over void ground nothing is said.
    """
    # What a candidate's odd height says of the model's range is a matter of that candidate, not a finding of the run.
    with quiet_ranges():
        covered = [
            numbers[np.round(level, 2) >= radio.service_level_dbm(cell.technology)]
            for cell, numbers, level in radio.signals(site)
        ]
    cells = np.unique(np.concatenate(covered)) if covered else np.empty(0, np.int64)
    return cells if radio.elevation_m is None else cells[~np.isnan(radio.elevation_m[cells])]


def site_gap(
    coverage: Coverage,
    *,
    bands: Iterable[str] = (DEFAULT_BAND["4G"],),
    footprints: Mapping[tuple[str, str], NDArray[np.int64]] | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Return the stations without 4G and the people their upgrade would newly cover.

    Parameters
    ----------
    coverage : Coverage
    bands : iterable of str
        What the upgrade hangs up.
    footprints : mapping of (site_id, operator) to cells, optional
        Already predicted footprints, so that a plan does not predict them twice.
    progress : callable, optional

    Returns
    -------
    DataFrame
        ``upgrade_people``: newly in this operator's 4G; ``upgrade_people_any``: newly in anybody's 4G;
        ``fibre_m``: straight distance to the nearest fibre, NaN where no fibre layer is given.
    """
    pairs = without_4g(coverage.sites)
    residents = coverage.layers.people.residents
    fibre = coverage.layers.context.get("fibre")
    line = None if fibre is None else shapely.union_all(fibre.geometry.to_numpy())
    anyone = coverage.service["any|4G"].to_numpy().ravel()
    known = {} if footprints is None else footprints
    rows = []
    for site, operator in progress(pairs, "  stations without 4G / chưa có 4G", len(pairs)):
        cells = known.get((site.site_id, operator))
        if cells is None:
            cells = footprint(coverage.radio, upgrade_of(site, operator, bands=bands))
        own = coverage.service[f"{operator}|4G"].to_numpy().ravel()[cells]
        row = coverage.layers.sites.loc[site.site_id]
        rows.append(
            {
                "site_id": site.site_id,
                "operator": operator,
                "technologies": ", ".join(sorted({c.technology for c in site.cells if c.operator == operator})),
                "area": row["commune_code"],
                "upgrade_people": residents[cells[own == NOT_COVERED]].sum(),
                "upgrade_people_any": residents[cells[anyone[cells] == NOT_COVERED]].sum(),
                "fibre_m": np.nan if line is None else shapely.distance(line, shapely.Point(site.x_m, site.y_m)),
            }
        )
    table = pd.DataFrame(rows, columns=[c for c in SITE_GAP_COLUMNS if c not in {"area_name", "flags"}])
    table["area_name"] = table["area"].map(coverage.layers.communes["name"]).fillna("").astype(str)
    table["flags"] = "SIMULATED" if coverage.layers.simulated else ""
    table = table.sort_values(["upgrade_people_any", "site_id", "operator"], ascending=[False, True, True])
    return table[SITE_GAP_COLUMNS].reset_index(drop=True)
