"""KPIs: one indicator = one function; every row has its numerator, denominator and unit.

Ids follow the KPI list of the project (K01...). A share is numerator / denominator, never clipped; people whose
state is unknown are in the denominator and are shown beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from phusong.coverage.predict import TECHNOLOGIES, Coverage
from phusong.coverage.service import COVERED, NOT_COVERED, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.cells import Site

__all__ = [
    "COLUMNS",
    "PROVINCE",
    "Kpi",
    "area",
    "commune_share",
    "compute",
    "mast_sharing",
    "max_operator",
    "not_spot",
    "partial_not_spot",
    "population",
    "site_ratio_5g",
    "sites_per_thousand",
    "upgrade_gap",
]

PROVINCE = "province"
COLUMNS = [
    *("id", "area", "operator", "technology", "numerator", "denominator", "value", "unit", "as_of"),
    *("edge_probability", "flags", "area_name", "state", "unknown", "scenario"),
]


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a row is about: everything that does not depend on the area."""

    id: str
    operator: str
    technology: str
    unit: str
    flags: tuple[str, ...] = ()
    is_share: bool = True


@dataclass(frozen=True, slots=True)
class Kpi:
    """One indicator over all communes and the province.

    Parameters
    ----------
    table : DataFrame
        The columns of kpis.csv; one row an area, the province last.
    """

    table: pd.DataFrame

    def by_commune(self) -> pd.DataFrame:
        """Return the communes' rows with their code as index; ``share`` is the value."""
        rows = self.table[self.table["area"] != PROVINCE]
        return rows.rename(columns={"value": "share"}).set_index("area")

    def province(self) -> pd.Series[Any]:
        """Return the province's row."""
        return self.table[self.table["area"] == PROVINCE].iloc[0]


def population(coverage: Coverage, *, technology: str = "4G", operator: str = "any") -> Kpi:
    """People covered (K01 for an operator, K02 any, K03 all) / all residents of the area."""
    kpi_id = {"any": "K02", "all": "K03"}.get(operator, "K01")
    state = _states(coverage, operator, technology)
    flags = _no_network_flags(coverage, technology) if operator == "all" else ()
    measure = _Measure(kpi_id, operator, technology, "people", flags)
    return _people_kpi(coverage, measure, covered=state == COVERED, unknown=state == UNKNOWN)


def max_operator(coverage: Coverage, *, technology: str = "4G") -> Kpi:
    """People covered by the operator that covers most of the area (K04, SDG 9.c.1) / all residents.

    ``unknown`` is by how much the figure could rise were all that is unknown covered; the flags name the operator,
    or all of them where several cover equally many.
    """
    tables = [population(coverage, technology=technology, operator=o).table for o in coverage.operators]
    numerators = np.array([table["numerator"] for table in tables])
    most = numerators.max(axis=0)
    possible = (numerators + np.array([table["unknown"] for table in tables])).max(axis=0)
    table = tables[0].assign(id="K04", operator="max", numerator=most, unknown=possible - most)
    holds = (numerators == most) & (most > 0)
    flags = []
    for common, rise, column in zip(tables[0]["flags"], possible - most, holds.T, strict=True):
        kept = [flag for flag in common.split(";") if flag not in {"", "UNKNOWN"}]
        names = [f"OPERATOR:{name}" for name, held in zip(coverage.operators, column, strict=True) if held]
        flags.append(";".join([*kept, *([] if rise <= 0 else ["UNKNOWN"]), *names]))
    return Kpi(_with_value(table.assign(flags=flags)))


def not_spot(coverage: Coverage, *, technology: str = "4G") -> Kpi:
    """People known to be covered by no operator (K05) / all residents."""
    state = _states(coverage, "any", technology)
    return _people_kpi(
        coverage, _Measure("K05", "any", technology, "people"), covered=state == NOT_COVERED, unknown=state == UNKNOWN
    )


def partial_not_spot(coverage: Coverage, *, technology: str = "4G") -> Kpi:
    """People covered by at least one operator but known to miss another (K06) / all residents."""
    some, every = _states(coverage, "any", technology), _states(coverage, "all", technology)
    partial = (some == COVERED) & (every == NOT_COVERED)
    unknown = (some == UNKNOWN) | ((some == COVERED) & (every == UNKNOWN))
    measure = _Measure("K06", "any", technology, "people", _no_network_flags(coverage, technology))
    return _people_kpi(coverage, measure, covered=partial, unknown=unknown)


def area(coverage: Coverage, *, technology: str = "4G", operator: str = "any") -> Kpi:
    """Land covered in km2 (K08) / land of the area.

    Land is what the land cover layer does not call water, by its share of each cell. Without that layer, and where it
    has no value, water is not taken out; a flag says so.
    """
    state = _states(coverage, operator, technology)
    zones, grid, clutter = coverage.layers.zones, coverage.layers.grid, coverage.layers.clutter
    water = np.full(grid.shape, np.nan) if clutter is None else clutter.water_on(grid).astype(float)
    land_km2 = (1.0 - np.nan_to_num(water.ravel(), nan=0.0)) * grid.cell_km2
    whole = bool(zones.sums(np.isnan(water).ravel().astype(float)).any())
    return _kpi(
        coverage,
        _Measure("K08", operator, technology, "km2", ("WATER_NOT_EXCLUDED",) if whole else ()),
        numerator=zones.sums((state == COVERED) * land_km2),
        denominator=zones.sums(land_km2),
        unknown=zones.sums((state == UNKNOWN) * land_km2),
    )


def upgrade_gap(coverage: Coverage, *, operator: str = "any") -> Kpi:
    """People with 2G but known to be without 4G (K17a) / all residents."""
    second, fourth = _states(coverage, operator, "2G"), _states(coverage, operator, "4G")
    gap = (second == COVERED) & (fourth == NOT_COVERED)
    unknown = ((second == UNKNOWN) & (fourth != COVERED)) | ((second == COVERED) & (fourth == UNKNOWN))
    return _people_kpi(coverage, _Measure("K17a", operator, "2G-4G", "people"), covered=gap, unknown=unknown)


def commune_share(coverage: Coverage, *, technology: str = "4G", at_least: float = 0.90) -> pd.DataFrame:
    """Communes with K02 >= a share (K10) / communes. The province's row only.

    A commune is unknown where the people whose state is unknown could still lift it to the share, or nobody knows
    how many people live there.
    """
    communes = population(coverage, technology=technology).by_commune()
    good = int((communes["share"] >= at_least).sum())
    people = communes["denominator"].where(communes["denominator"] > 0)
    possible = (communes["numerator"] + communes["unknown"]) / people
    measure = _Measure("K10", "any", technology, "communes", (f"AT_LEAST:{at_least:.0%}",))
    unknown = (possible >= at_least) | communes["denominator"].isna()
    return _province_row(coverage, measure, good, len(communes), unknown=int(unknown.sum()) - good)


def site_ratio_5g(coverage: Coverage) -> pd.DataFrame:
    """5G base stations / 4G base stations (K16); a station = mast x operator x technology."""
    stations = _stations(coverage)
    return _province_row(
        coverage, _Measure("K16", "any", "5G/4G", "stations", is_share=False), stations["5G"], stations["4G"]
    )


def sites_per_thousand(coverage: Coverage) -> pd.DataFrame:
    """4G base stations per thousand residents (K18)."""
    people = float(np.nansum(coverage.layers.people.totals))
    return _province_row(
        coverage,
        _Measure("K18", "any", "4G", "stations per 1000 people", is_share=False),
        _stations(coverage)["4G"],
        people / 1000.0,
    )


def mast_sharing(coverage: Coverage) -> pd.DataFrame:
    """Masts used by two operators or more (K19) / masts with any cell."""
    tenants = [len({cell.operator for cell in site.cells}) for site in _own_sites(coverage)]
    shared = sum(count > 1 for count in tenants)
    return _province_row(coverage, _Measure("K19", "all", "any", "masts"), shared, len(tenants))


def compute(coverage: Coverage) -> pd.DataFrame:
    """Return all indicators as the long table of kpis.csv."""
    kpis: list[pd.DataFrame] = []
    for technology in TECHNOLOGIES:
        for operator in (*coverage.operators, "any", "all"):
            kpis.append(population(coverage, technology=technology, operator=operator).table)
            kpis.append(area(coverage, technology=technology, operator=operator).table)
        kpis += [m(coverage, technology=technology).table for m in (max_operator, not_spot, partial_not_spot)]
        kpis.append(commune_share(coverage, technology=technology))
    kpis += [upgrade_gap(coverage, operator=operator).table for operator in (*coverage.operators, "any")]
    kpis += [site_ratio_5g(coverage), sites_per_thousand(coverage), mast_sharing(coverage)]
    return pd.concat(kpis, ignore_index=True)


def _states(coverage: Coverage, operator: str, technology: str) -> NDArray[np.uint8]:
    return np.asarray(coverage.service[f"{operator}|{technology}"].to_numpy()).ravel()


def _no_network_flags(coverage: Coverage, technology: str) -> tuple[str, ...]:
    """Return a flag for each operator that gave cells, none of them of this technology: *all* is then impossible."""
    cells = [cell for site in coverage.sites for cell in site.cells]
    has = {cell.operator for cell in cells if cell.technology == technology}
    without = {cell.operator for cell in cells} - has
    return tuple(f"NO_NETWORK:{name}" for name in coverage.operators if name in without)


def _own_sites(coverage: Coverage) -> list[Site]:
    """Return the masts that stand in the province; those next door serve it and are not counted as its own."""
    own = coverage.layers.sites["commune_code"] != ""
    inside = set(coverage.layers.sites.index[own])
    return [site for site in coverage.sites if site.site_id in inside]


def _people_kpi(
    coverage: Coverage, measure: _Measure, *, covered: NDArray[np.bool_], unknown: NDArray[np.bool_]
) -> Kpi:
    people = coverage.layers.people
    denominator = people.totals
    # Where nobody knows how many people live, nobody knows how many of them are covered.
    uncounted = np.where(np.isnan(denominator), np.nan, 0.0)
    kpi = _kpi(
        coverage,
        measure,
        numerator=people.by_zone @ covered.astype(float) + uncounted,
        denominator=denominator,
        unknown=people.by_zone @ unknown.astype(float) + uncounted,
    )
    # A commune is flagged for itself; the province when any of its communes is.
    true = [*people.census_true, all(people.census_true)]
    flags = [
        flags if good else ";".join(filter(None, ["NOT_CENSUS_TRUE", flags]))
        for flags, good in zip(kpi.table["flags"], true, strict=True)
    ]
    return Kpi(kpi.table.assign(flags=flags))


def _kpi(
    coverage: Coverage,
    measure: _Measure,
    *,
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    unknown: NDArray[np.float64],
) -> Kpi:
    """Return communes and, last, the province, which is the sum of those that are known."""
    layers = coverage.layers
    return Kpi(
        _rows(
            coverage,
            measure,
            area=[*layers.zones.codes, PROVINCE],
            area_name=[*layers.communes["name"].astype(str), layers.province.name],
            numerator=np.append(numerator, np.nansum(numerator)),
            denominator=np.append(denominator, np.nansum(denominator)),
            unknown=np.append(unknown, np.nansum(unknown)),
        )
    )


def _province_row(
    coverage: Coverage, measure: _Measure, numerator: float, denominator: float, *, unknown: float = 0.0
) -> pd.DataFrame:
    return _rows(
        coverage,
        measure,
        area=[PROVINCE],
        area_name=[coverage.layers.province.name],
        numerator=np.array([float(numerator)]),
        denominator=np.array([float(denominator)]),
        unknown=np.array([float(unknown)]),
    )


def _rows(coverage: Coverage, measure: _Measure, **by_area: Any) -> pd.DataFrame:
    layers = coverage.layers
    table = pd.DataFrame(
        {
            "id": measure.id,
            "operator": measure.operator,
            "technology": measure.technology,
            "unit": measure.unit,
            "as_of": layers.province.as_of.isoformat(),
            "edge_probability": coverage.edge_probability,
            "state": "today",
            "scenario": "",
            **by_area,
        }
    )
    # A millionth of a person or square kilometre: floating dust must not read as more than 100 %.
    amounts = ["numerator", "denominator", "unknown"]
    table[amounts] = table[amounts].round(6)
    common = [*measure.flags, *(["SIMULATED"] if layers.simulated else [])]
    over = measure.is_share & (table["numerator"] > table["denominator"])
    table["flags"] = [
        ";".join([*common, *([] if u <= 0 else ["UNKNOWN"]), *(["OVER_100"] if o else [])])
        for u, o in zip(table["unknown"], over, strict=True)
    ]
    return _with_value(table)


def _with_value(table: pd.DataFrame) -> pd.DataFrame:
    denominator = table["denominator"].to_numpy(float)
    value = np.full(denominator.size, np.nan)
    np.divide(table["numerator"].to_numpy(float), denominator, out=value, where=denominator > 0)
    return table.assign(value=value)[list(COLUMNS)]


def _stations(coverage: Coverage) -> dict[str, int]:
    """Return base stations (mast x operator x technology) by technology."""
    sites = _own_sites(coverage)
    stations = {(site.site_id, cell.operator, cell.technology) for site in sites for cell in site.cells}
    return {technology: sum(t == technology for *_, t in stations) for technology in TECHNOLOGIES}
