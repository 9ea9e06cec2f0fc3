"""One list: sites and cells in one table, as provinces, the ITU and drive testers keep them, read as both layers.

Where layers.toml names only ``[layers.cells]`` and the file has places, or only ``[layers.sites]`` and the file says
which technologies are on the air, every row is a mast and what hangs on it. A field of several technologies
("2G/3G/4G", "Đã lắp 3G/4G") is a cell for each, and so is one of several operators of the province; without an azimuth
a cell is omnidirectional. Ids the list does not have are derived, and each kind of derivation is a row of the repair
report:

* the site of an E-UTRAN cell identity is its eNodeB, ECellID // 256 (3GPP TS 36.413), of an NR one its gNodeB;
* a list without any id has a site for each place, called by the row it first stands in;
* a cell without an id is called by its site and technology.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.gis.columns.conform import conform
from phusong.gis.columns.matching import match_columns
from phusong.gis.columns.values import is_empty
from phusong.gis.cross_check import spelt
from phusong.gis.readers.open_layer import open_layer
from phusong.gis.reading import Reading, joined
from phusong.gis.schemas import layer_columns
from phusong.gis.sites.duplicates import each_once
from phusong.gis.sites.nodes import GNB_BITS
from phusong.gis.sites.technologies import installed_columns, numbered_column, technologies_of, technology_of_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from phusong.gis.findings import Notes
    from phusong.gis.layers_file import LayerSource

__all__ = ["BY_ROW", "OneList", "cells_of", "read_one_list"]

BY_ROW = "row-"
"""Begins the id of a site that has none but the row it stands in."""

_PLACE = {"lon", "lat", "x_m", "y_m", "place", "lon_lat", "lat_lon"}
_OPERATOR_MARKS = re.compile(r"[;,/+&\n]|\s-\s")


@dataclass(slots=True)
class OneList:
    """A list read as both layers.

    Parameters
    ----------
    sites, cells : DataFrame
        Conformed, index = row of the file, where several sites or cells may share one; ``sites`` has a row for each of
        the file's, in ``cells`` the operator tells who lists it.
    records : int
    made_ids : bool
        The cells have ids that phusong made.
    """

    sites: pd.DataFrame
    cells: pd.DataFrame
    records: int
    made_ids: bool = False


@dataclass(slots=True)
class _Shaper:
    """Looks at the file's table as it is read, and makes of it what each layer is to be conformed from."""

    name: str
    source: LayerSource
    operators: tuple[str, ...]
    notes: Notes
    raw: pd.DataFrame | None = None
    drawn: bool = False
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Return the table of the layer named in layers.toml; where the file is both layers, keep it for the other."""
        self.drawn = isinstance(raw, gpd.GeoDataFrame)
        columns = [str(name) for name in raw.columns if not (self.drawn and name == "geometry")]
        for layer in ("sites", "cells"):
            stated = {k: v for k, v in self.source.columns.items() if k in layer_columns(layer) and v in columns}
            self.names[layer] = match_columns(columns, layer=layer, stated=stated).names
        if not self._is_both(columns):
            return raw
        self.raw = self._shaped(_comparable(raw, columns), columns)
        return self.of(self.name)

    def _is_both(self, columns: list[str]) -> bool:
        if self.name == "cells":
            return self.drawn or bool(_PLACE & set(self.names["sites"]))
        cells = self.names["cells"]
        return (
            "technology" in {*cells, *self.source.constants}
            or numbered_column(cells) is not None
            or bool(installed_columns(columns))
        )

    def _shaped(self, raw: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        """Return one row a mast, technology and operator, with ids."""
        sites, cells = self.names["sites"], self.names["cells"]
        if "operator" in cells:
            column = cells["operator"]
            raw = raw.assign(**{column: spelt(raw[column], self.operators, self.notes)})
        used = list(dict.fromkeys([*sites.values(), *cells.values(), *installed_columns(columns)]))
        raw = _without_copies(raw, used, self.notes)
        raw = self._site_ids(raw, sites, cells)
        raw = self._technologies(raw, columns, cells)
        raw = self._operators(raw, cells)
        return self._cell_ids(raw, sites, cells)

    def _site_ids(self, raw: pd.DataFrame, sites: dict[str, str], cells: dict[str, str]) -> pd.DataFrame:
        if "site_id" in sites or "site_id" in cells:
            return raw
        by_row = pd.Series([f"{BY_ROW}{self.notes.called(row)}" for row in raw.index], raw.index, dtype=object)
        identity = cells.get("cell_id")
        bits = {"4G": 8, "5G": 36 - GNB_BITS}.get(technology_of_numbers(identity or ""))
        if identity is None or bits is None:
            what = "derived: a site for each place, called by its first row, for the list has no site ids"
            self._derived(what, len(raw), "map the column: columns = { site_id = ... }")
            return raw.assign(site_id=by_row)
        number = pd.to_numeric(raw[identity], errors="coerce")
        whole = number.notna() & (number % 1 == 0) & (number >= 0)
        node = number.where(whole, 0).astype("int64") // 2**bits
        self._derived(
            f"derived: site ids from {identity}, the node's number is {identity} // {2**bits}", int(whole.sum())
        )
        return raw.assign(site_id=node.astype(str).astype(object).where(whole, by_row))

    def _technologies(self, raw: pd.DataFrame, columns: list[str], cells: dict[str, str]) -> pd.DataFrame:
        if "technology" in self.source.constants:
            return raw
        column = cells.get("technology")
        installed = installed_columns(columns)
        if column is None and not installed:
            numbered = numbered_column(cells)
            if numbered is None:
                return raw
            technology = technology_of_numbers(numbered)
            self._derived(f"derived: technology {technology}, for the list has a column {numbered}", len(raw))
            return raw.assign(technology=technology)
        for name in installed:
            self._say_unread(raw[name], installed[name])
        told = {
            name: raw[name].map(lambda value, name=name: technologies_of(value, installed[name])) for name in installed
        }
        if column is not None:
            told[column] = raw[column].map(lambda value: technologies_of(value, ()))
        each = [tuple(sorted({t for found in row for t in found or ()})) for row in zip(*told.values(), strict=True)]
        # What names no technology stays as it is, and is a fault of its row like any value that does not fit.
        if column is not None:
            each = [e or ((str(v).strip(),) if not is_empty(v) else ()) for e, v in zip(each, raw[column], strict=True)]
        several = sum(len(e) > 1 for e in each)
        if several or installed:
            what = "derived: one cell for each technology of a field"
            self._derived(f"{what} ({', '.join(told)})", several, "give a row for each cell")
        target = column or "technology"
        return _exploded(raw, target, each)

    def _say_unread(self, answers: pd.Series[Any], yes: tuple[str, ...]) -> None:
        """Say which answers are neither yes nor no, nor technologies: what may be on the air would be lost unseen."""
        unread = answers[[technologies_of(value, yes) is None for value in answers]]
        for value, rows in unread.groupby(unread, sort=False).groups.items():
            self.notes.fault(
                f"the field says neither yes nor no, and names no technology; so it is with {len(rows)} rows",
                "write Có or Không, or the technologies, e.g. 3G/4G",
                row=rows[0],
                column=str(answers.name),
                value=value,
                severity="warning",
            )

    def _operators(self, raw: pd.DataFrame, cells: dict[str, str]) -> pd.DataFrame:
        """Split fields of several operators, where the province's list knows every one of them."""
        column = cells.get("operator")
        if column is None or not self.operators:
            return raw
        known = {name.casefold(): name for name in self.operators}
        split: dict[Any, tuple[Any, ...]] = {}
        for value in raw[column].dropna().unique():
            parts = [part.strip() for part in _OPERATOR_MARKS.split(str(value)) if part.strip()]
            if len(parts) > 1 and all(part.casefold() in known for part in parts):
                split[value] = tuple(dict.fromkeys(known[part.casefold()] for part in parts))
        if not split:
            return raw
        count = int(raw[column].isin(list(split)).sum())
        self._derived(f"derived: one cell for each operator of a field ({column})", count, "give a row for each cell")
        return _exploded(raw, column, [split.get(value, (value,)) for value in raw[column]])

    def _technology(self, raw: pd.DataFrame, cells: dict[str, str]) -> pd.Series[Any]:
        """Return each row's technology; empty where neither the list nor layers.toml names one, which is a fault."""
        column = cells.get("technology", "technology")
        if column in raw:
            return raw[column]
        return pd.Series(self.source.constants.get("technology", ""), index=raw.index, dtype=object)

    def _cell_ids(self, raw: pd.DataFrame, sites: dict[str, str], cells: dict[str, str]) -> pd.DataFrame:
        if "cell_id" in cells:
            identity = cells["cell_id"]
            if not raw.index.has_duplicates:
                return raw
            # Rows that became several cells: each is called by its technology besides.
            several = raw.index.duplicated(keep=False)
            suffix = self._technology(raw, cells).astype(str)
            return raw.assign(**{identity: raw[identity].where(~several, raw[identity].astype(str) + "-" + suffix)})
        site = raw[sites.get("site_id", cells.get("site_id", "site_id"))]
        told = self._technology(raw, cells)
        # Positions, not rows, number the cells: a row may have become several.
        base = pd.Series([f"{str(a).strip()}-{b}" for a, b in zip(site, told, strict=True)], dtype=object)
        number = base.groupby(base).cumcount() + 1
        ids = [name if count == 1 else f"{name}-{count}" for name, count in zip(base, number, strict=True)]
        self._derived("derived: cell ids from site and technology, for the list has none", len(raw))
        return raw.assign(cell_id=ids)

    def _derived(self, what: str, count: int, remedy: str = "") -> None:
        self.notes.repair(what, how_much=f"{count} records", remedy=remedy)

    def of(self, layer: str) -> pd.DataFrame:
        """Return the columns one layer is conformed from; the layer named in layers.toml also answers for the rest."""
        if self.raw is None:
            raise AssertionError("the list has not been read")
        other = "cells" if layer == "sites" else "sites"
        mine = {*self.names[layer].values(), *layer_columns(layer)}
        others = {*self.names[other].values(), *layer_columns(other), *installed_columns(map(str, self.raw.columns))}
        kept = [name for name in self.raw if name in mine or (layer == self.name and name not in others)]
        if self.drawn and layer == "cells":
            kept = [name for name in kept if name != "geometry"]
        elif self.drawn:
            kept = [*(name for name in kept if name != "geometry"), "geometry"]
        table = self.raw[kept]
        if layer == "sites" and "site_id" not in self.names["sites"] and "site_id" in self.names["cells"]:
            table = table.assign(site_id=self.raw[self.names["cells"]["site_id"]])
        if layer == "cells" and "site_id" not in self.names["cells"] and "site_id" in self.names["sites"]:
            table = table.assign(site_id=self.raw[self.names["sites"]["site_id"]])
        if layer == "sites":
            return table[~table.index.duplicated()]
        technology = self.names["cells"].get("technology", "technology")
        if technology not in table:
            return table
        silent = table[technology].map(is_empty).to_numpy(bool)
        if silent.any():
            what = "left without a cell: the list names no technology"
            self.notes.repair(what, how_much=f"{int(silent.sum())} records", remedy="fill in the technology")
        return table[~silent]


def read_one_list(reading: Reading, name: str, part: int = 0) -> tuple[pd.DataFrame | None, OneList | None]:
    """Read the one layer of sites and cells that layers.toml names, or one of its files.

    Parameters
    ----------
    reading : Reading
    name : {"sites", "cells"}
    part : int
        Number of the file, where the layer has several.

    Returns
    -------
    table : DataFrame or None
        The layer as any other, where the file holds only that.
    both : OneList or None
        The list as both layers, where it holds both.
    """
    found = reading.locate_file(name, part)
    if found is None:
        return None, None
    path, source, notes = found
    shaper = _Shaper(name, source, reading.file.province.operators, notes)
    other = "cells" if name == "sites" else "sites"
    known = {layer: set(layer_columns(layer)) for layer in ("sites", "cells")}
    # What is stated for the other layer's columns is no slip of this one's.
    mine = source.model_copy(
        update={
            "columns": {k: v for k, v in source.columns.items() if k in known[name] or k not in known[other]},
            "constants": {k: v for k, v in source.constants.items() if k in known[name] or k not in known[other]},
        }
    )
    table = open_layer(path, name=name, source=mine, notes=notes, shape=shaper)
    if table is None or shaper.raw is None:
        return table, None
    records = int(table.attrs["records"])
    # One file, one page: what is wrong is said, and rows are set aside, under the layer that layers.toml names.
    raw = shaper.of(other)
    second = conform(
        raw,
        layer=other,
        columns=_of_layer(source.columns, other, raw),
        constants={k: v for k, v in source.constants.items() if k in known[other]},
        decimal=source.decimal,
        whole=shaper.raw if table.attrs["text"] else None,
        notes=notes,
    )
    # What both layers have, as the site's id, is wrong once.
    notes.findings.faults[:] = dict.fromkeys(notes.findings.faults)
    if isinstance(raw, gpd.GeoDataFrame) and "geometry" in raw:
        second = gpd.GeoDataFrame(second, geometry="geometry", crs=shaper.raw.crs)
    sites, cells = (table, second) if name == "sites" else (second, table)
    made_ids = "cell_id" not in shaper.names["cells"]
    return table, OneList(sites=sites, cells=cells, records=records, made_ids=made_ids)


def cells_of(lists: Sequence[OneList]) -> pd.DataFrame:
    """Return the cells of several files in one table; an id made for two operators on one mast gets a number."""
    cells: pd.DataFrame = joined([one.cells for one in lists])
    seen: dict[Any, set[Any]] = {}
    ids: list[Any] = []
    for one in lists:
        for name, operator in zip(one.cells["cell_id"], one.cells["operator"], strict=True):
            called, number = name, 1
            while one.made_ids and called in seen and operator not in seen[called]:
                number += 1
                called = f"{name}-{number}"
            seen.setdefault(called, set()).add(operator)
            ids.append(called)
    cells["cell_id"] = pd.array(ids, dtype="string")
    return cells


def _of_layer(columns: Mapping[str, str], layer: str, raw: pd.DataFrame) -> dict[str, str]:
    return {k: v for k, v in columns.items() if k in layer_columns(layer) and v in raw}


def _exploded(raw: pd.DataFrame, column: str, values: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Return a row for each of the values; a row without any keeps one that is empty."""
    held = pd.Series([list(each) or [None] for each in values], index=raw.index, dtype=object)
    counts = held.map(len).to_numpy()
    repeated = raw.iloc[[at for at, count in enumerate(counts) for _ in range(count)]].copy()
    repeated[column] = pd.Series([v for each in held for v in each], index=repeated.index, dtype=object).to_numpy()
    return repeated


def _comparable(raw: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the list with tuples in place of lists and structures: as little text, but rows can be compared."""
    listed = {
        name: [tuple(map(str, _parts(v))) if isinstance(v, (list, dict, np.ndarray)) else v for v in raw[name]]
        for name in columns
        if raw[name].dtype == object
    }
    return raw.assign(**{name: pd.Series(values, raw.index, object) for name, values in listed.items()})


def _parts(value: list[Any] | dict[Any, Any] | np.ndarray) -> Iterable[Any]:
    return value.items() if isinstance(value, dict) else value


def _without_copies(raw: pd.DataFrame, used: list[str], notes: Notes) -> pd.DataFrame:
    """Return the list without rows that repeat an earlier one in all that is read; each is listed."""
    columns = [*used, "geometry"] if isinstance(raw, gpd.GeoDataFrame) else used
    if not columns:
        return raw  # where nothing is read, nothing is alike
    return raw.loc[each_once(raw[columns], notes).index]
