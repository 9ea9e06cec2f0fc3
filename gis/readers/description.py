"""Description: the attributes that a KML's export wrote into the text of its balloons, as keys and values."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["attributes"]

_LONGEST = 200_000
_LONGEST_KEY = 60
_MOST_DEPTH = 50
_LINE_ENDS = frozenset({"br", "p", "div", "li", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "table", "hr"})
_SILENT = frozenset({"script", "style", "head", "title"})
_CELLS = frozenset({"td", "th"})
_PAIR = re.compile(r"(?P<key>[^:=]{1,60}?)\s*(?::(?!//)|=)\s*(?P<value>.*)")
_EMPTY = frozenset({"<null>", "null", "(null)", "none", "nan"})
# The heading ArcGIS puts over its two columns.
_HEADINGS = frozenset({("field name", "field value"), ("attribute", "value"), ("field", "value"), ("name", "value")})


def attributes(description: str) -> tuple[dict[str, str], str]:
    """Return the attributes a description holds, and what is left of it as plain text.

    Parameters
    ----------
    description : str
        HTML or plain text: a table of two columns, or lines of ``key: value`` or ``key = value``.

    Returns
    -------
    dict of str to str, str
        A key that comes twice with another value stays in the text.

    Examples
    --------
    >>> attributes("<table><tr><td>Mã trạm</td><td>BP001</td></tr></table>")
    ({'Mã trạm': 'BP001'}, '')
    >>> attributes("<b>Chủ sở hữu</b> = Viettel<br>Height: 42 m<br>beside the market")
    ({'Chủ sở hữu': 'Viettel', 'Height': '42 m'}, 'beside the market')
    """
    reader = _Reader()
    if len(description) <= _LONGEST:
        try:
            reader.feed(description)
            reader.close()
        except (AssertionError, ValueError, IndexError):  # html.parser over a declaration like <![x
            reader = _Reader()
    if not reader.used:
        return {}, " ".join(description.split())
    found: dict[str, str] = {}
    rest: list[str] = []
    for key, value in reader.pairs:
        _keep(key, value, found, rest)
    for line in "".join(reader.text).split("\n"):
        text = _plain(line)
        match = _PAIR.fullmatch(text)
        if match and _is_key(match["key"]):
            _keep(_plain(match["key"]), match["value"].strip(), found, rest)
        elif text:
            rest.append(text)
    return found, "; ".join(rest)


def _keep(key: str, value: str, found: dict[str, str], rest: list[str]) -> None:
    value = "" if value.casefold() in _EMPTY else value
    if found.setdefault(key, value) != value:
        rest.append(f"{key}: {value}")


def _is_key(text: str) -> bool:
    return len(text) <= _LONGEST_KEY and any(letter.isalpha() for letter in text)


def _plain(text: str) -> str:
    return " ".join(text.split())


class _Reader(HTMLParser):
    """Collects rows of two cells as pairs, and all other text as lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.used = False
        self._rows: list[list[list[str]]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in _SILENT
        if tag == "tr" and len(self._rows) < _MOST_DEPTH:
            self._rows.append([])
        elif tag in _CELLS and self._rows:
            self._rows[-1].append([])
        elif tag in _LINE_ENDS:
            self._write("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag == "tr" and self._rows:
            self._end_row()
        elif tag == "table":
            # Rows that nobody closed end with their table.
            while self._rows and self._rows[-1]:
                self._end_row()
        elif tag in _LINE_ENDS:
            self._write("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.used = True
            self._write(data)

    def close(self) -> None:
        super().close()
        while self._rows:
            self._end_row()

    def _write(self, text: str) -> None:
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(text)
        else:
            self.text.append(text)

    def _end_row(self) -> None:
        cells = [_plain("".join(cell)) for cell in self._rows.pop()]
        if len(cells) == 2 and _is_key(cells[0].rstrip(" :=")):  # noqa: PLR2004 - key and value
            key = cells[0].rstrip(" :=")
            if (key.casefold(), cells[1].casefold()) not in _HEADINGS:
                self.pairs.append((key, cells[1]))
        else:
            self._write("\n" + "\n".join(cell for cell in cells if cell) + "\n")
