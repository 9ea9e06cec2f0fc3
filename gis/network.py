"""Network: roads and fibre as one graph along which new fibre can be laid."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["attach", "build_graph"]

# Vertices no farther apart than this, so that a site finds the way at most this far from its true foot point.
_STEP_M = 250.0
# Fibre and road drawn along each other are one way when they are this near.
_SAME_M = 1.0
_NEIGHBOURS = 4


def build_graph(roads: gpd.GeoDataFrame | None, fibre: gpd.GeoDataFrame | None) -> tuple[nx.Graph, set[Hashable]]:
    """Make one graph of roads and fibre.

    Parameters
    ----------
    roads, fibre : GeoDataFrame of lines in a metric CRS, or None

    Returns
    -------
    graph : networkx.Graph
        Nodes ``(x_m, y_m)`` to the decimetre; edges with ``length_m``. Lines that cross are joined there.
    roots : set of nodes
        Nodes on existing fibre.
    """
    graph: nx.Graph = nx.Graph()
    lines = [layer.geometry.to_numpy() for layer in (roads, fibre) if layer is not None and len(layer)]
    if not lines:
        return graph, set()
    noded = shapely.node(shapely.union_all(np.concatenate(lines)))
    for line in shapely.get_parts(shapely.segmentize(noded, _STEP_M)):
        points = [_node(x, y) for x, y in shapely.get_coordinates(line)]
        for a, b in pairwise(points):
            if a != b:
                graph.add_edge(a, b, length_m=float(np.hypot(a[0] - b[0], a[1] - b[1])))
    if fibre is None or not len(fibre):
        return graph, set()
    nodes = list(graph.nodes)
    if not nodes:
        return graph, set()
    cable = shapely.union_all(fibre.geometry.to_numpy())
    shapely.prepare(cable)
    on = np.asarray(shapely.dwithin(cable, shapely.points(np.array(nodes)), _SAME_M))
    return graph, {node for node, flag in zip(nodes, on, strict=True) if flag}


def attach(graph: nx.Graph, places: Mapping[Hashable, tuple[float, float]], *, together: bool = True) -> nx.Graph:
    """Return a copy of the graph with places tied to it by straight drops.

    Each place is tied to its nearest graph nodes and, `together`, to its nearest fellow places, so that
    neighbours can share a cable where there is no road at all.

    Parameters
    ----------
    graph : networkx.Graph
        From `build_graph`; not changed.
    places : mapping of name to (x_m, y_m)
    together : bool
        False: each place is tied to the graph alone, as if no other were there.
    """
    result = graph.copy()
    names = list(places)
    if not names:
        return result
    xy = np.array([places[name] for name in names], float)
    result.add_nodes_from(names)
    nodes = list(graph.nodes)
    neighbours = [(nodes, np.array(nodes, float).reshape(-1, 2)), *([(names, xy)] if together else [])]
    for targets, where in neighbours:
        tree = shapely.STRtree(np.asarray(shapely.points(where))) if len(targets) else None
        for name, place in zip(names, xy, strict=True):
            for near in _nearest(tree, where, place):
                if targets[near] != name:
                    length = float(np.hypot(*(where[near] - place)))
                    result.add_edge(name, targets[near], length_m=length)
    return result


def _nearest(tree: shapely.STRtree | None, where: NDArray[np.float64], place: NDArray[np.float64]) -> list[int]:
    """Return the positions of the few nearest points; the window doubles until it holds enough."""
    if tree is None:
        return []
    wanted = min(_NEIGHBOURS + 1, len(where))
    first = float(np.hypot(*(where[tree.nearest(shapely.Point(place))] - place)))
    reach = max(2 * _STEP_M, 2 * first)
    while True:
        found = tree.query(shapely.Point(place), predicate="dwithin", distance=reach)
        if len(found) >= wanted:
            order = np.argsort(np.hypot(*(where[found] - place).T), kind="stable")
            return [int(i) for i in found[order][:wanted]]
        reach *= 2


def _node(x: float, y: float) -> tuple[float, float]:
    return round(float(x), 1), round(float(y), 1)
