"""Tables: proposals, connections and existing sites as the tables of a plan."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import MultiLineString
from shapely.geometry.base import BaseGeometry

from phusong.gis.crs import to_lonlat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.coverage.predict import Coverage
    from phusong.gis.layers import Layers
    from phusong.scenarios.backhaul import Connection
    from phusong.scenarios.candidates import Candidates
    from phusong.scenarios.scenario import PlanSettings

__all__ = ["PROPOSAL_COLUMNS", "connection_table", "proposal_table", "site_table"]

PROPOSAL_COLUMNS = [
    "order",
    "candidate_id",
    "kind",
    "site_id",
    "operator",
    "technology",
    "band",
    "height_m",
    "x_m",
    "y_m",
    "lon",
    "lat",
    "area",
    "area_name",
    "newly_covered_people",
    "footprint_people",
    "site_cost_vnd",
    "fibre_cost_vnd",
    "cost_vnd",
    "fibre_km",
    "nearest_site_m",
    "flags",
]


def proposal_table(
    today: Coverage,
    options: Candidates,
    *,
    order: list[int],
    gains: list[float],
    demand: NDArray[np.float64],
    fibre_km: NDArray[np.float64],
    cost_vnd: NDArray[np.float64],
    settings: PlanSettings,
) -> gpd.GeoDataFrame:
    """Return the rows of plan.csv.

    Parameters
    ----------
    today : Coverage
    options : Candidates
    order : list of int
        Chosen candidates, the best value for money first.
    gains : list of float
        People each newly covers when built in this order.
    demand : array, shape (cells,)
        People without 4G.
    fibre_km, cost_vnd : arrays, shape (candidates,)
        Way to the fibre, and whole cost, of each candidate on its own; a shared trench is cheaper.
    settings : PlanSettings
    """
    layers = today.layers
    masts = shapely.points([(point.x, point.y) for point in layers.sites.geometry])
    tree = shapely.STRtree(masts)
    communes = shapely.STRtree(layers.communes.geometry.to_numpy())
    rows = []
    for place, (number, gain) in enumerate(zip(order, gains, strict=True), start=1):
        item = options.items[number]
        point = shapely.Point(item.site.x_m, item.site.y_m)
        inside = communes.query(point, predicate="intersects")
        area = str(layers.communes.index[inside.min()]) if inside.size else ""
        lon, lat = to_lonlat([point.x], [point.y], crs=layers.grid.crs)
        nearest = tree.query_nearest(point, exclusive=item.kind == "upgrade", return_distance=True)[1]
        rows.append(
            {
                "order": place,
                "candidate_id": item.candidate_id,
                "kind": item.kind,
                "site_id": item.site.site_id if item.kind == "upgrade" else "",
                "operator": item.operator,
                "technology": "4G",
                "band": ", ".join(dict.fromkeys(cell.band.name for cell in item.site.cells)),
                "height_m": max(cell.height_m for cell in item.site.cells),
                "x_m": round(item.site.x_m, 1),
                "y_m": round(item.site.y_m, 1),
                "lon": round(float(lon[0]), 6),
                "lat": round(float(lat[0]), 6),
                "area": area,
                "area_name": str(layers.communes["name"].get(area, "")),
                "newly_covered_people": round(gain, 6),
                "footprint_people": round(float(demand[options.cells_of(number)].sum()), 6),
                "site_cost_vnd": item.cost_vnd,
                "fibre_cost_vnd": round(float(fibre_km[number] * settings.costs.fibre_km_vnd)),
                "cost_vnd": round(item.cost_vnd) + round(float(cost_vnd[number]) - item.cost_vnd),
                "fibre_km": round(float(fibre_km[number]), 3),
                "nearest_site_m": round(float(nearest[0]), 3) if len(nearest) else np.nan,
                "flags": "SIMULATED" if layers.simulated else "",
                "geometry": point,
            }
        )
    table = pd.DataFrame(rows, columns=[*PROPOSAL_COLUMNS, "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=layers.grid.crs)


def connection_table(
    tree: Connection | None,
    graph: nx.Graph,
    *,
    layers: Layers,
    settings: PlanSettings,
    options: Candidates,
    chosen: list[Hashable],
) -> gpd.GeoDataFrame:
    """Return the new fibre as one line for each connected stretch, with the proposals it serves."""
    columns = ["connection_id", "serves", "length_m", "cost_vnd", "medium", "flags"]
    rows = []
    if tree is not None and tree.edges:
        forest: nx.Graph = nx.Graph(tree.edges)
        place: dict[Any, Any] = {**options.places()}
        names = {node: item.candidate_id for node, item in zip(place, options.items, strict=True)}
        pieces = sorted(nx.connected_components(forest), key=lambda nodes: min(map(str, nodes)))
        for number, nodes in enumerate(pieces, start=1):
            edges = [edge for edge in tree.edges if edge[0] in nodes]
            lines = [shapely.LineString([place.get(str(a), a), place.get(str(b), b)]) for a, b in edges]
            length = sum(graph.edges[edge]["length_m"] for edge in edges)
            rows.append(
                {
                    "connection_id": f"tuyen-{number}",
                    "serves": ", ".join(names[node] for node in chosen if node in nodes),
                    "length_m": round(length, 3),
                    "cost_vnd": round(length / 1000.0 * settings.costs.fibre_km_vnd),
                    # Buried, aerial or duct is for who builds it to say.
                    "medium": "",
                    "flags": "SIMULATED" if layers.simulated else "",
                    "geometry": _multi(shapely.line_merge(shapely.MultiLineString(lines))),
                }
            )
    table = pd.DataFrame(rows, columns=[*columns, "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=layers.grid.crs)


def site_table(today: Coverage) -> gpd.GeoDataFrame:
    """Return existing masts with who and what hangs on them."""
    sites = today.layers.sites
    tenants: dict[str, Any] = {site.site_id: site.cells for site in today.sites}
    table = sites[["name", "mast_class", "height_m", "owner", "commune_code", "geometry"]].copy()
    for column, attribute in (("operators", "operator"), ("technologies", "technology")):
        table[column] = [
            ", ".join(sorted({getattr(cell, attribute) for cell in tenants.get(str(site), ())})) for site in sites.index
        ]
    # The record's own mark where it has one: real sites beside simulated people are still real sites.
    layer = "sites" in today.layers.simulated_layers
    table["simulated"] = sites["simulated"].fillna(value=layer).astype(bool)
    return table


def _multi(merged: BaseGeometry) -> MultiLineString:
    """Return lines as one MultiLineString, whether merging left one or several; a layer has one geometry type."""
    return MultiLineString(list(shapely.get_parts(merged)))
