"""Network: lines that cross are joined, fibre is where roots are, places find the way."""

from __future__ import annotations

from collections.abc import Hashable

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from phusong.gis.network import attach, build_graph


def lines(*coordinates: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.LineString(c) for c in coordinates], crs="EPSG:9212")


def test_crossing_roads_are_joined() -> None:
    graph, roots = build_graph(lines([(0, 100), (200, 100)], [(100, 0), (100, 200)]), None)
    assert roots == set()
    assert set(graph.nodes) == {(0.0, 100.0), (200.0, 100.0), (100.0, 0.0), (100.0, 200.0), (100.0, 100.0)}
    assert graph.degree[(100.0, 100.0)] == 4
    assert nx.shortest_path_length(graph, (0.0, 100.0), (100.0, 200.0), weight="length_m") == 200.0


def test_long_lines_get_vertices_and_keep_their_length() -> None:
    graph, _ = build_graph(lines([(0, 0), (1000, 0)]), None)
    assert graph.number_of_nodes() == 5
    assert sum(length for _, _, length in graph.edges.data("length_m")) == pytest.approx(1000)
    assert max(length for _, _, length in graph.edges.data("length_m")) <= 250


def test_roots_are_the_nodes_on_fibre() -> None:
    graph, roots = build_graph(lines([(0, 0), (200, 0)], [(100, -100), (100, 0)]), lines([(0, 0), (100, 0.4)]))
    assert (0.0, 0.0) in roots
    assert (200.0, 0.0) not in roots
    assert (100.0, -100.0) not in roots
    assert roots <= set(graph.nodes)


def test_only_fibre_and_nothing_at_all() -> None:
    graph, roots = build_graph(None, lines([(0, 0), (100, 0)]))
    assert roots == set(graph.nodes) == {(0.0, 0.0), (100.0, 0.0)}
    for pair in ((None, None), (lines(), None), (lines(), lines())):
        graph, roots = build_graph(*pair)
        assert (graph.number_of_nodes(), roots) == (0, set())


def test_a_line_shorter_than_a_decimetre_is_no_way() -> None:
    graph, roots = build_graph(None, lines([(0, 0), (0.01, 0)]))
    assert (graph.number_of_nodes(), roots) == (0, set())


def test_a_cable_drawn_twice_and_in_three_dimensions() -> None:
    three = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0, 5), (100, 0, 9)])] * 2, crs="EPSG:9212")
    graph, _ = build_graph(None, three)
    assert list(graph.edges.data("length_m")) == [((0.0, 0.0), (100.0, 0.0), 100.0)]


def test_attach_ties_places_and_leaves_the_graph_alone() -> None:
    graph, _ = build_graph(lines([(0, 0), (1000, 0)]), None)
    result = attach(graph, {"a": (500.0, 30.0), "b": (500.0, 70.0)})
    assert "a" not in graph
    assert result["a"][(500.0, 0.0)]["length_m"] == 30.0
    assert result["a"]["b"]["length_m"] == 40.0
    assert nx.shortest_path_length(result, "b", (500.0, 0.0), weight="length_m") == 70.0


def test_attach_one_place_and_none() -> None:
    graph, _ = build_graph(lines([(0, 0), (100, 0)]), None)
    assert nx.utils.graphs_equal(attach(graph, {}), graph)
    assert sorted(attach(graph, {"a": (0.0, 40.0)})["a"]) == [(0.0, 0.0), (100.0, 0.0)]


def test_attach_to_no_road_at_all() -> None:
    alone = attach(nx.Graph(), {"a": (0.0, 0.0)})
    assert (list(alone.nodes), alone.number_of_edges()) == (["a"], 0)
    pair = attach(nx.Graph(), {"a": (0.0, 0.0), "b": (300.0, 400.0)})
    assert pair["a"]["b"]["length_m"] == 500.0


def test_places_on_a_node_and_on_each_other() -> None:
    graph, _ = build_graph(lines([(0, 0), (100, 0)]), None)
    result = attach(graph, {f"p{i}": (0.0, 0.0) for i in range(8)})
    assert result["p0"][(0.0, 0.0)]["length_m"] == 0.0
    assert all("p0" not in result["p0"] for _ in range(1))
    assert nx.is_connected(result)


def test_places_far_from_everything_are_still_tied() -> None:
    graph, _ = build_graph(lines([(0, 0), (100, 0)]), None)
    result = attach(graph, {"far": (500_000.0, 0.0)})
    assert result["far"][(100.0, 0.0)]["length_m"] == pytest.approx(499_900.0)


def test_every_place_reaches_the_nearest_node_of_a_web() -> None:
    rng = np.random.default_rng(5)
    web = [[tuple(p) for p in rng.uniform(0, 5000, (2, 2))] for _ in range(12)]
    graph, _ = build_graph(lines(*web), None)
    nodes = np.array(list(graph.nodes))
    places: dict[Hashable, tuple[float, float]] = {
        i: (float(x), float(y)) for i, (x, y) in enumerate(rng.uniform(0, 5000, (20, 2)))
    }
    result = attach(graph, places)
    for name, place in places.items():
        nearest = np.hypot(*(nodes - place).T).min()
        assert min(data["length_m"] for to, data in result[name].items() if to in graph) == pytest.approx(nearest)
