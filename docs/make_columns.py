"""Write docs/columns.md and the README's column tables from the column dictionary."""

from __future__ import annotations

import re
from pathlib import Path

from phusong.gis.schemas import layer_names, markdown_table

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write both files."""
    parts = [f"## {layer}\n\n{markdown_table(layer)}\n" for layer in layer_names()]
    head = (
        "# Columns\n\nMade from `gis/columns.csv` by `docs/make_columns.py`. Bold: required. A file's columns "
        'may have other names: map them in layers.toml, `columns = { site_id = "Mã trạm" }`.\n\n'
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


if __name__ == "__main__":
    main()
