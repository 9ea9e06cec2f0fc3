"""Backhaul: how each proposal reaches the fibre - a tree on the road and fibre graph, with a lower bound."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import networkx as nx

from phusong.errors import PlanError

__all__ = ["Connection", "connect", "distances_m"]

_ROOT = ("root", "existing fibre")


@dataclass(frozen=True, slots=True)
class Connection:
    """The new fibre that ties terminals to what is there.

    Parameters
    ----------
    edges : tuple of (node, node)
        Of the graph given.
    length_m : float
        Their total.
    bound_m : float
        No tree that connects these terminals is shorter than this.
    unreached : tuple of nodes
        Terminals with no way to any root.
    """

    edges: tuple[tuple[Hashable, Hashable], ...]
    length_m: float
    bound_m: float
    unreached: tuple[Hashable, ...]


def distances_m(graph: nx.Graph, roots: Iterable[Hashable]) -> dict[Hashable, float]:
    """Return the length of the shortest way from every node to the nearest root."""
    sources = [root for root in roots if root in graph]
    if not sources:
        return {}
    return dict(nx.multi_source_dijkstra_path_length(graph, sources, weight="length_m"))


def connect(graph: nx.Graph, terminals: Iterable[Hashable], roots: Iterable[Hashable]) -> Connection:
    """Connect terminals to the nearest existing fibre by a short tree.

    Parameters
    ----------
    graph : networkx.Graph
        Edges with ``length_m`` >= 0.
    terminals : iterable of nodes
    roots : iterable of nodes
        Nodes on existing fibre; moving along them is free.

    Returns
    -------
    Connection

    Raises
    ------
    PlanError
        No root in the graph, a terminal that is no node, a negative length.

    Notes
    -----
    Two classical trees are built and the shorter is kept: the union of shortest ways to the fibre, and
    Mehlhorn's 2-approximation (networkx). The bound is the greater of the longest single way and
    MST / (2 - 2 / t) over the t terminals' metric closure, the root included (Kou, Markowsky, Berman 1981).
    """
    wanted = list(dict.fromkeys(terminals))
    held = set(roots)
    # In the graph's order, for a set has none: the same question must get the same tree.
    sources = [node for node in graph if node in held]
    if not wanted:
        return Connection((), 0.0, 0.0, ())
    if not sources:
        raise PlanError("no existing fibre touches the graph; give a fibre layer inside the province")
    strange = next((node for node in wanted if node not in graph), None)
    if strange is not None:
        raise PlanError(f"terminal {strange!r} is no node of the graph; attach it first")
    if any(length < 0 for *_, length in graph.edges(data="length_m", default=0.0)):
        raise PlanError("an edge has a negative length")
    free = graph.copy()
    free.add_edges_from(((_ROOT, root) for root in sources), length_m=0.0)
    length, paths = nx.single_source_dijkstra(free, _ROOT, weight="length_m")
    reached = [node for node in wanted if node in length]
    unreached = tuple(node for node in wanted if node not in length)
    if not reached:
        return Connection((), 0.0, 0.0, unreached)
    trees = [_shortest_ways(paths, reached)]
    if len(reached) > 1:
        part = free.copy()
        part.remove_nodes_from([node for node in free if node not in length])
        tree = nx.approximation.steiner_tree(part, [_ROOT, *reached], weight="length_m", method="mehlhorn")
        trees.append(set(tree.edges))
    lengths = [fsum(free.edges[edge]["length_m"] for edge in tree) for tree in trees]
    best = min(range(len(trees)), key=lengths.__getitem__)
    number = {node: position for position, node in enumerate(graph)}
    edges = [tuple(sorted(edge, key=number.__getitem__)) for edge in trees[best] if _ROOT not in edge]
    bound = max(*(length[node] for node in reached), _closure_bound(free, reached))
    return Connection(
        tuple(sorted(((a, b) for a, b in edges), key=lambda edge: (number[edge[0]], number[edge[1]]))),
        length_m=lengths[best],
        bound_m=min(bound, lengths[best]),
        unreached=unreached,
    )


def _shortest_ways(paths: dict[Hashable, list[Hashable]], reached: list[Hashable]) -> set[tuple[Hashable, Hashable]]:
    """Return the union of shortest ways: one tree, for all ways come from one Dijkstra search."""
    return {edge for node in reached for edge in pairwise(paths[node])}


def _closure_bound(graph: nx.Graph, terminals: list[Hashable]) -> float:
    """Return MST / (2 - 2 / t) of the metric closure over terminals and root."""
    nodes = [_ROOT, *terminals]
    closure: nx.Graph = nx.Graph()
    for node in nodes:
        away = nx.single_source_dijkstra_path_length(graph, node, weight="length_m")
        closure.add_weighted_edges_from((node, other, away[other]) for other in nodes if other != node)
    spanning = fsum(weight for *_, weight in nx.minimum_spanning_tree(closure).edges(data="weight"))
    return spanning / (2.0 - 2.0 / len(nodes))
