"""The column dictionary: one table says what every layer may hold.

``columns.csv`` drives reading, checking, the README's tables, XLSX headers, GeoPackage columns and popups.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["Column", "layer_columns", "layer_names", "markdown_table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one layer: its type, unit, range and names in two languages."""

    layer: str
    column: str
    type: str
    unit: str
    minimum: float | None
    maximum: float | None
    values: tuple[str, ...]
    required: bool
    unique: bool
    vi: str
    en: str

    @property
    def rule(self) -> str:
        """The rule in words, as faults print it.

        Examples
        --------
        >>> layer_columns("cells")["technology"].rule
        'technology must be one of 2G, 3G, 4G, 5G'
        >>> layer_columns("sites")["height_m"].rule
        'height_m must be a number from 1 to 350 m'
        """
        if self.values:
            return f"{self.column} must be one of {', '.join(self.values)}"
        if self.type == "boolean":
            return f"{self.column} must be true or false"
        if self.type == "text":
            return f"{self.column} must be plain text, without lists and control characters"
        kind = "a whole number" if self.type == "integer" else "a number"
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is not None and self.maximum is not None:
            return f"{self.column} must be {kind} from {self.minimum:g} to {self.maximum:g}{unit}"
        if self.minimum is not None:
            return f"{self.column} must be {kind} of at least {self.minimum:g}{unit}"
        return f"{self.column} must be {kind}{unit}"


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, dict[str, Column]]:
    layers: dict[str, dict[str, Column]] = {}
    text = (files(__package__) / "columns.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        layers.setdefault(row["layer"], {})[row["column"]] = Column(
            layer=row["layer"],
            column=row["column"],
            type=row["type"],
            unit=row["unit"],
            minimum=float(row["minimum"]) if row["minimum"] else None,
            maximum=float(row["maximum"]) if row["maximum"] else None,
            values=tuple(row["values"].split("|")) if row["values"] else (),
            required=row["required"] == "yes",
            unique=row["unique"] == "yes",
            vi=row["vi"],
            en=row["en"],
        )
    return layers


def layer_names() -> list[str]:
    """Return the layers the dictionary knows."""
    return list(_dictionary())


def layer_columns(layer: str) -> dict[str, Column]:
    """Return the columns of a layer by name, in the dictionary's order."""
    return _dictionary()[layer]


def markdown_table(layer: str) -> str:
    """Return a layer's columns as the Markdown table that stands in the README."""
    lines = ["| column | meaning | nghĩa | type, unit, range |", "|---|---|---|---|"]
    for column in layer_columns(layer).values():
        kind = column.type + (f", {column.unit}" if column.unit else "")
        if column.values:
            kind += ": " + ", ".join(column.values)
        elif column.minimum is not None and column.maximum is not None:
            kind += f", {column.minimum:g} to {column.maximum:g}"
        elif column.minimum is not None:
            kind += f", from {column.minimum:g}"
        name = f"**{column.column}**" if column.required else column.column
        lines.append(f"| {name} | {column.en} | {column.vi} | {kind} |")
    return "\n".join(lines)
