"""Write docs/columns.md and the README's column tables from the column dictionary."""

from __future__ import annotations

import re
from pathlib import Path

from phusong.gis.columns.matching import synonyms_of
from phusong.gis.schemas import layer_columns, layer_names, markdown_table

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write both files."""
    parts = [f"## {layer}\n\n{markdown_table(layer)}\n{also_read(layer)}" for layer in layer_names()]
    head = (
        "# Columns\n\nMade from `gis/columns.csv` and `gis/columns/synonyms.csv` "
        "by `docs/make_columns.py`. Bold: required. "
        "The names under *also read* are matched without regard to case, accents, blanks and units in brackets; "
        "`phusong check` prints what it matched. Other names are mapped in layers.toml, "
        '`columns = { site_id = "Cột 7" }`.\n\n'
    )
    (ROOT / "docs" / "columns.md").write_text(head + "\n".join(parts), encoding="utf-8")
    readme = ROOT / "README.md"
    tables = "\n\n".join(f"**{layer}**\n\n{markdown_table(layer)}" for layer in ("sites", "cells"))
    block = f"<!-- columns: sites cells -->\n{tables}\n<!-- /columns -->"
    text = re.sub(
        r"<!-- columns: sites cells -->.*?<!-- /columns -->",
        lambda _: block,
        readme.read_text("utf-8"),
        flags=re.DOTALL,
    )
    readme.write_text(text, encoding="utf-8")


def also_read(layer: str) -> str:
    """Return the synonyms of a layer's columns as a Markdown list, or nothing where it has none."""
    known = {column: synonyms_of(layer, column) for column in layer_columns(layer)}
    lines = [f"- {column}: {', '.join(f'*{name}*' for name in names)}" for column, names in known.items() if names]
    return "\nAlso read:\n\n" + "\n".join(lines) + "\n" if lines else ""


if __name__ == "__main__":
    main()
