"""The page around the map: folium's map without anything folium would fetch.

folium writes links to nine files on content networks into each page, and passes every text through a template
engine twice. Here its map stands in our own page: Leaflet comes from the installed package, our style and
script from ``assets/``, and the data goes into inert JSON blocks that no template engine reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import folium
import jinja2
from branca.element import Figure
from folium.template import Template
from markupsafe import Markup

from phusong.maps.words import Words

__all__ = ["Page", "data_block", "render_body"]

_ASSETS: Final = Path(__file__).parent / "assets"
_SCRIPTS: Final = ("core.js", "marks.js", "layers.js", "search.js", "start.js")
_MAP_ID: Final = "phusong"


class _OfflineMap(folium.Map):
    """folium's map with no files to fetch and a viewport that may be zoomed."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own declaration
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )


class Page(Figure):
    """One self-contained HTML page.

    Parameters
    ----------
    title : str
        Plain text, escaped here.
    body : Markup
        The page's elements, from `render_body`.
    data : mapping of str to str
        JSON texts by block name, from `data_block`.
    words : Words
    """

    _template = Template((_ASSETS / "page.html").read_text(encoding="utf-8"))

    def __init__(self, title: str, body: Markup, *, data: Mapping[str, str], words: Words) -> None:
        super().__init__(title=str(Markup.escape(title)))
        self.body, self.data, self.language = body, data, words.language
        self.leaflet_css, self.leaflet_js = _leaflet_css(), _leaflet_js()
        self.style_css = _asset("review_map.css")
        scripts = "\n".join(_asset(name) for name in _SCRIPTS)
        self.page_js = f"((map) => {{\n{scripts}\n}})(map_{_MAP_ID});"
        # The view is set by the script, from the province's bounds and the size of the window.
        offline = _OfflineMap(tiles=None, zoom_control=False, attribution_control=False, zoom_snap=0.25)
        # A fixed id in place of folium's random one: the same plan gives the same bytes.
        offline._id = _MAP_ID  # noqa: SLF001 - branca has no public way to name an element
        offline.options = {key: value for key, value in offline.options.items() if key != "zoom"}
        offline.add_to(self)


def render_body(values: Mapping[str, Any]) -> Markup:
    """Fill ``assets/body.html``; every value is escaped.

    Parameters
    ----------
    values : mapping
        The names the template uses.

    Returns
    -------
    Markup
        HTML of the page's body.
    """
    frame = Markup('<div class="folium-map" id="map_{}"></div>').format(_MAP_ID)
    return Markup(_body_template().render(values, map_html=frame))  # noqa: S704 - autoescaped


def data_block(value: object) -> str:
    """`value` as JSON that may stand in a script element: no ``<`` that could close it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def leaflet_credit() -> str:
    """Name, version and licence of the map library inside the page."""
    return f"Leaflet {_leaflet().version.rpartition('.')[0]} (BSD-2-Clause)"


@cache
def _body_template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("body.html"))


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _leaflet() -> Any:
    return distribution("XStatic-Leaflet")


def _leaflet_file(name: str) -> str:
    # Located, not imported: the package's namespace module brings a deprecated import mechanism with it.
    path = Path(str(_leaflet().locate_file(f"xstatic/pkg/leaflet/data/{name}")))
    return path.read_text(encoding="utf-8")


@cache
def _leaflet_js() -> str:
    text = re.sub(r"//# sourceMappingURL=\S+", "", _leaflet_file("leaflet.js"))
    # Leaflet's own link in an attribution line that the page does not show; its licence comment stays.
    return text.replace('href="https://leafletjs.com"', 'href="#"').strip()


@cache
def _leaflet_css() -> str:
    """Leaflet's style without the pictures of controls and markers the page does not use."""
    text = re.sub(r"/\*.*?\*/", "", _leaflet_file("leaflet.css"), flags=re.DOTALL)
    return re.sub(r"url\((?!data:|#)[^)]*\)", "none", text)
