"""The review map: self-contained, safe, repeatable, in place."""

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image
from pyproj import Transformer

from phusong import maps
from phusong.maps import position, style, surfaces
from phusong.maps.words import SIMULATED, Language, Words
from phusong.scenarios.plan import Plan


@pytest.fixture(scope="module")
def html(plan: Plan) -> str:
    return maps.review_map(plan).html()


def block(html: str, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="data-{name}">(.*?)</script>', html, re.DOTALL)
    assert found, f"no data block {name}"
    return json.loads(found.group(1))


def colours_of(uri: str) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGBA")
    return np.asarray(image, dtype=np.uint8)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_nothing_is_fetched(html: str) -> None:
    references = re.findall(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?!data:|#)""", html)
    assert references == []
    assert not re.search(r"<link\b|@import|<iframe|sourceMappingURL", html)
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", html))
    # Names of markup vocabularies and Leaflet's licence line: text, never requested.
    assert all("w3.org" in address or "leafletjs.com" in address for address in addresses)
    assert "default-src 'none'" in html


def test_saving_twice_gives_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    drawn = maps.review_map(plan)
    first = drawn.save(tmp_path / "bản đồ" / "a.html").read_bytes()
    second = drawn.save(tmp_path / "bản đồ" / "a.html").read_bytes()
    assert first == second == maps.review_map(plan).html().encode()
    assert [path.name for path in (tmp_path / "bản đồ").iterdir()] == ["a.html"]


def test_sizes_add_up_to_the_page(plan: Plan) -> None:
    drawn = maps.review_map(plan)
    assert sum(drawn.sizes.values()) == len(drawn.html().encode())
    assert {"communes", "sites", "proposals", "surface any|4G", "surface planned", "page"} <= set(drawn.sizes)
    assert len(drawn.html().encode()) < 300_000


def test_names_are_never_markup_and_never_templates(html: str) -> None:
    assert "<script>alert" not in html
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", html)[0]
    assert "&lt;thử&gt; 2026 {{ 7*7 }}" in html
    names = [feature["properties"]["t"] for feature in block(html, "sites")["features"]["features"]]
    assert names[0].startswith("Trạm \"A\" 'b' `c` <script>alert(1)</script> {{ 7*7 }}")


def test_simulated_is_said_or_not(html: str, make_plan: Callable[..., Plan]) -> None:
    assert html.count(SIMULATED) == 1
    assert SIMULATED not in maps.review_map(make_plan(simulated=False)).html()


def test_figures_stand_beside_their_denominators(html: str) -> None:
    text = re.sub(r"<[^>]+>", " ", html.partition("<script")[0])
    assert "80,0 %" in text
    assert "8.000 / 10.000 người" in text
    assert "8.950 / 10.000 người" in text  # 8,950.5 people: half to even
    assert "4,00 tỷ đồng" in text
    assert "≤ 0,99 %" in text
    assert "Đã chứng minh trong sai số yêu cầu: phủ thêm 950 người, cận trên 960 người, trong các vị trí đã xét" in text
    assert "nâng cấp trạm 1,00 tỷ đồng (mặc định 2025); trạm mới 2,50 tỷ đồng (theo kịch bản)" in text
    assert "Cột/trạm : Mô phỏng" in text  # the layer's name, not its key


@pytest.mark.parametrize("language", ["vi", "en"])
def test_without_a_plan_nothing_is_claimed(covered_only: Plan, language: Language) -> None:
    drawn = maps.review_map(covered_only, language=language)
    html, words = drawn.html(), Words(language)
    assert 'value="any|4G" checked' in html
    assert not {"proposals", "connections", "surface planned"} & set(drawn.sizes)
    assert "surface any|4G" in drawn.sizes
    for key in ("planned", "gain", "budget", "cost", "proof", "number_proposals", "unit_costs", "communes_planned"):
        assert words[key] not in html, key
    assert "planned" not in block(html, "communes")["features"]["features"][0]["properties"]


def test_nobody_without_4g_is_no_proof(plan: Plan) -> None:
    proof = {**plan.proof, "status": "no_demand", "gap_share": float("nan")}
    text = re.sub(r"<[^>]+>", " ", maps.review_map(replace(plan, proof=proof)).html().partition("<script")[0])
    assert "Không ai được biết là thiếu 4G" in text
    assert "Khoảng cách tới tối ưu" not in text


def test_cable_of_unknown_kind_stays_open(plan: Plan) -> None:
    """An older run has no flags, and nobody may have said how the cable is laid."""
    bare = plan.connections.assign(medium=None).drop(columns="flags")
    values = block(maps.review_map(replace(plan, connections=bare)).html(), "connections")["features"]["features"]
    assert values[0]["properties"]["v"][-2:] == ["", ""]


def test_english_page_differs_in_words_and_notation(plan: Plan) -> None:
    html = maps.review_map(plan, language="en").html()
    assert '<html lang="en">' in html
    assert "8,000 / 10,000 people" in html
    assert "Đồng Xoài" in html


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language is 'fr'"):
        Words("fr")  # type: ignore[arg-type]


def test_every_word_has_both_languages() -> None:
    vi, en = Words("vi").all(), Words("en").all()
    assert vi.keys() == en.keys()
    assert all(vi.values())
    assert all(en.values())


def test_three_states_have_three_looks(html: str) -> None:
    names = block(html, "about")["surfaces"]
    pixels = colours_of(block(html, f"surface-{names.index('any|4G')}"))
    looks = {tuple(colour) for colour in pixels.reshape(-1, 4).tolist() if colour[3]}
    covered, not_covered = rgb(style.COVERED), rgb(style.NOT_COVERED)
    unknown = {rgb(style.UNKNOWN_LIGHT), rgb(style.UNKNOWN_DARK)}
    assert looks == {(*colour, 255) for colour in {covered, not_covered} | unknown}
    assert (pixels[..., 3] == 0).any()  # outside the province


def test_raster_lies_on_the_vector(plan: Plan) -> None:
    """A commune burnt into the grid comes back within a pixel of its outline."""
    warp = surfaces.make_warp(plan.service)
    middle = np.zeros((plan.service.sizes["y"], plan.service.sizes["x"]), dtype=np.uint8)
    middle[:, 10:20] = 1
    rows, cols = np.nonzero(warp.take(middle) == 1)
    south, west, north, east = warp.bounds
    to_web = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    (left, right), (bottom, top) = to_web.transform([west, east], [south, north])
    height, width = warp.cells.shape
    pixel_x, pixel_y = (right - left) / width, (top - bottom) / height
    assert pixel_x == pytest.approx(pixel_y)
    burnt = shapely.box(
        left + cols.min() * pixel_x,
        top - (rows.max() + 1) * pixel_y,
        left + (cols.max() + 1) * pixel_x,
        top - rows.min() * pixel_y,
    )
    outline = gpd.GeoSeries([plan.communes.geometry.iloc[1]], crs=plan.communes.crs).to_crs("EPSG:3857").iloc[0]
    assert np.abs(np.subtract(burnt.bounds, outline.bounds)).max() <= pixel_x


def test_south_up_raster_is_refused(plan: Plan) -> None:
    with pytest.raises(ValueError, match="north up"):
        surfaces.make_warp(plan.service.isel(y=slice(None, None, -1)))


def test_gap_classes_exact() -> None:
    with_2g = np.array([1, 1, 1, 0, 0, 2, 255], dtype=np.uint8)
    with_4g = np.array([0, 1, 2, 0, 2, 0, 255], dtype=np.uint8)
    assert surfaces.gap_classes(with_2g, with_4g).tolist() == [0, 1, 2, 3, 2, 2, 255]


def test_planned_classes_exact() -> None:
    today = np.array([0, 0, 1, 2, 2, 255], dtype=np.uint8)
    planned = np.array([0, 1, 1, 1, 2, 255], dtype=np.uint8)
    assert surfaces.planned_classes(today, planned).tolist() == [0, 3, 1, 3, 2, 255]


def test_neighbours_keep_one_border(html: str) -> None:
    """Simplified together: the communes still cover the plane without gap or overlap."""
    shapes = [
        shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in block(html, "communes")["features"]["features"]
    ]
    assert shapely.coverage_is_valid(shapes)


def test_page_repeats_the_projection(plan: Plan) -> None:
    bounds = (11.3, 106.4, 12.3, 107.4)
    model = position.fit(plan.facts["crs"], bounds)
    assert model["residual_m"] < 0.05
    lon_deg, lat_deg = np.array([106.9]), np.array([11.75])
    x_m, y_m = position.evaluate(model, lon_deg, lat_deg)
    want = Transformer.from_crs("EPSG:4326", plan.facts["crs"], always_xy=True).transform(lon_deg, lat_deg)
    assert np.allclose([x_m, y_m], want, atol=0.05)


def test_operators_differ_in_colour_and_in_shape() -> None:
    operators = [f"O{place}" for place in range(8)]
    marks = [style.operator_mark(operator, operators) for operator in operators]
    assert len(set(marks)) == len(marks)
    assert len({colour for colour, _ in marks[:6]}) == len({shape for _, shape in marks[:6]}) == 6
    assert style.operator_mark("A, B", operators) == (style.SHARED_MAST, "circle")


def test_plan_without_proposals_or_context(plan: Plan) -> None:
    empty = replace(plan, proposals=plan.proposals.iloc[:0], connections=plan.connections.iloc[:0], context={})
    html = maps.review_map(empty).html()
    assert block(html, "proposals")["features"]["features"] == []
    assert 'data-layer="roads"' not in html
