"""Links: the crosswalk as a province gives it, each link weighed and held against the shapes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from phusong.gis.columns.codes import mend_codes
from phusong.gis.communes.crosswalk import Crosswalk, Method
from phusong.gis.zones import zones_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from phusong.gis.findings import Notes
    from phusong.gis.grid import Grid
    from phusong.gis.reading import Reading

__all__ = ["crosswalk_of", "read_links"]

# Stated shares are rounded: 33.3 % three times is the whole.
_ROUNDED = 0.005
# Shapes of different years and makers never agree on a border; on where most of a commune lies they do.
_MOSTLY = 0.5


def read_links(
    reading: Reading, *, new: gpd.GeoDataFrame | None = None, old: gpd.GeoDataFrame | None = None
) -> pd.DataFrame | None:
    """Read the crosswalk layer: conformed rows, each link once, both codes present.

    Parameters
    ----------
    reading : Reading
    new, old : GeoDataFrame, optional
        Index = codes: those that a code without its leading zeros can be.
    """
    table = reading.table("crosswalk")
    if table is None:
        return None
    notes = reading.notes("crosswalk")
    records = table.attrs["records"]
    links = pd.DataFrame(table.dropna(subset=["old_code", "new_code"]))
    for column, units in (("old_code", old), ("new_code", new)):
        known = None if units is None else set(units.index.dropna())
        links[column] = mend_codes(links[column], column=column, known=known, notes=notes)
    again = links.duplicated(["old_code", "new_code"])
    for row in links.index[again]:
        before = " to ".join(links.loc[row, ["old_code", "new_code"]].astype(str))
        notes.repair("dropped: the crosswalk has this link already", row=row, how_much="1 record", before=before)
    links = links[~again]
    reading.summarise("crosswalk", rows=records, used=len(links), table=links)
    return links


@dataclass(slots=True)
class _Maker:
    """What weights are made from, for the old communes that were split."""

    links: pd.DataFrame
    new: gpd.GeoDataFrame
    old: gpd.GeoDataFrame | None
    grid: Grid | None
    surface: NDArray[np.float64] | None
    notes: Notes
    area_m2: Mapping[tuple[str, str], float] = field(default_factory=dict)


def crosswalk_of(
    links: pd.DataFrame,
    *,
    new: gpd.GeoDataFrame,
    old: gpd.GeoDataFrame | None,
    grid: Grid | None,
    surface: NDArray[np.float64] | None,
    notes: Notes,
) -> Crosswalk:
    """Weigh the links of a crosswalk, and say where they contradict the shapes.

    Parameters
    ----------
    links : DataFrame
        From `read_links`.
    new, old : GeoDataFrame
        Index ``code``, ``name``, geometry in the same CRS. Without old shapes a split commune is halved blindly.
    grid : Grid or None
    surface : array, shape (cells,), or None
        People (or floor area) per cell: what the pieces of a split commune are weighed by.
    notes : Notes
        Faults: codes nobody has, old communes lost, stated weights that do not add up, shapes that contradict.

    Returns
    -------
    Crosswalk
        Old communes in the order of `old`, else of the file.
    """
    links = _of_this_province(links, new, old, notes)
    maker = _Maker(links, new, old, grid, surface, notes, {} if old is None else _areas(old, new))
    _against_shapes(maker)
    listed = list(dict.fromkeys(links["old_code"].astype(str)))
    codes = [*([] if old is None else [str(c) for c in old.index]), *listed]
    codes = list(dict.fromkeys(codes))
    columns = {str(code): place for place, code in enumerate(new.index)}
    rows: list[int] = []
    cols: list[int] = []
    data: list[float] = []
    methods: list[Method] = []
    by_old = dict(tuple(links.groupby("old_code", sort=False)))
    for place, code in enumerate(codes):
        if code not in by_old:
            methods.append("")
            continue
        share, method = _weights(maker, code, by_old[code])
        methods.append(method)
        rows += [place] * share.size
        cols += [columns[str(name)] for name in by_old[code]["new_code"]]
        data += share.tolist()
    matrix = sparse.csr_array((data, (rows, cols)), shape=(len(codes), len(columns)))
    return Crosswalk(
        tuple(codes),
        tuple(columns),
        matrix,
        tuple(methods),
        _names(codes, None if old is None else old["name"], links, "old"),
        _names(list(columns), new["name"], links, "new"),
    )


def _names(codes: list[str], shown: pd.Series | None, links: pd.DataFrame, side: str) -> tuple[str, ...]:
    """Return the names of communes: those of their own layer, else those of the crosswalk."""
    stated = links.dropna(subset=f"{side}_name").drop_duplicates(f"{side}_code").set_index(f"{side}_code")
    names = {str(code): str(name) for code, name in stated[f"{side}_name"].items()}
    if shown is not None:
        names |= {str(code): str(name) for code, name in shown.dropna().items()}
    return tuple(names.get(code, "") for code in codes)


def _of_this_province(
    links: pd.DataFrame, new: gpd.GeoDataFrame, old: gpd.GeoDataFrame | None, notes: Notes
) -> pd.DataFrame:
    """Return the links between communes of the province; the rest is counted, or a fault where it is half of ours."""
    ours = links["new_code"].isin(new.index)
    mine = set(links["old_code"][ours]) if old is None else set(old.index)
    half = ~ours & links["old_code"].isin(mine)
    for row, code in links["new_code"][half].items():
        notes.fault(
            "no commune has this code, so people of the old commune would be lost",
            _near(code, new.index, "correct it, or add the commune"),
            row=row,
            column="new_code",
            value=code,
        )
    foreign = ~ours & ~half
    if foreign.all():
        notes.fault("no row names a commune of the province", "check new_code, and the where filter")
    elif foreign.any():
        notes.repair("not used: neither code is of this province", how_much=f"{int(foreign.sum())} records")
    links = links[ours]
    if old is not None:
        for row, code in links["old_code"][~links["old_code"].isin(old.index)].items():
            notes.fault(
                "no old commune has this code",
                _near(code, old.index, "correct it, or add the old commune"),
                row=row,
                column="old_code",
                value=code,
                severity="warning",
            )
        for code in old.index[~old.index.isin(links["old_code"])]:
            notes.fault(
                "the old commune has no row, so its people would be lost",
                "add the row, or leave the commune out of communes_old with where",
                column="old_code",
                value=code,
            )
    for code in new.index[~new.index.isin(links["new_code"])]:
        notes.fault(
            "no old commune goes into this commune", "add its rows", column="new_code", value=code, severity="warning"
        )
    return links


def _near(code: object, known: Collection[str], otherwise: str) -> str:
    near = difflib.get_close_matches(str(code), [str(name) for name in known], n=1)
    return f"did you mean {near[0]}? {otherwise[0].upper()}{otherwise[1:]}" if near else otherwise


# --- weights -------------------------------------------------------------------------------------------------


def _weights(maker: _Maker, code: str, links: pd.DataFrame) -> tuple[NDArray[np.float64], Method]:
    """Return the weights of one old commune's links, which sum to 1, and where they come from."""
    stated = links["weight_share"].to_numpy(float)
    known = np.isfinite(stated)
    if known.any():
        total = float(np.nansum(stated))
        if known.all() and abs(total - 1.0) <= _ROUNDED:
            return _to_one(stated), "whole" if stated.size == 1 else "stated"
        said = f"add up to {total:g}, not 1" if known.all() else "are given for some of its rows only"
        maker.notes.fault(
            f"the shares of old commune {code} {said}",
            "correct weight_share, or leave it empty in all rows of the commune",
            row=links.index[0],
            column="weight_share",
            value=f"{stated[0]:g}" if known[0] else "",
        )
    if stated.size == 1:
        return np.ones(1), "whole"
    parts = np.array([maker.area_m2.get((code, str(name)), 0.0) for name in links["new_code"]])
    people = _people_in_pieces(maker, code, links) if parts.any() else np.zeros(stated.size)
    if people.any():
        return _to_one(people), "people"
    if parts.any():
        return _to_one(parts), "area"
    maker.notes.fault(
        f"old commune {code} was split into {stated.size}, and nothing says how: each gets an equal share of its "
        "people, an approximation",
        "give weight_share, or the old shapes as [layers.communes_old]",
        row=links.index[0],
        column="weight_share",
        value="",
        severity="warning",
    )
    maker.notes.repair(
        "assumed: an old commune that was split gives each part an equal share of its people",
        row=links.index[0],
        how_much=f"{stated.size} parts",
        before=code,
        after=f"{1 / stated.size:.4g}",
        remedy="give weight_share, or the old shapes as [layers.communes_old]",
    )
    return np.full(stated.size, 1.0 / stated.size), "equal share"


def _to_one(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares that sum to 1 to the last bit: rounding goes to the largest."""
    share: NDArray[np.float64] = parts / parts.sum()
    share[share.argmax()] += 1.0 - share.sum()
    return share


def _people_in_pieces(maker: _Maker, code: str, links: pd.DataFrame) -> NDArray[np.float64]:
    """Return the people of the surface in each piece of a split commune."""
    if maker.old is None or maker.grid is None or maker.surface is None:
        return np.zeros(len(links))
    pieces = shapely.intersection(
        maker.old.geometry[code], maker.new.geometry.loc[links["new_code"].astype(str)].to_numpy()
    )
    areal = np.array([maker.area_m2.get((code, str(name)), 0.0) > 0 for name in links["new_code"]])
    people: NDArray[np.float64] = np.zeros(len(links))
    table = gpd.GeoDataFrame(geometry=[_areal(piece) for piece in pieces[areal]], crs=maker.new.crs)
    people[areal] = zones_of(table, grid=maker.grid).sums(np.nan_to_num(maker.surface))
    return people


def _areal(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of an intersection: shared borders are lines and bound nothing."""
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


# --- shapes --------------------------------------------------------------------------------------------------


def _areas(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> dict[tuple[str, str], float]:
    """Return the area every old commune shares with every new one it touches, m2."""
    tree = shapely.STRtree(new.geometry.to_numpy())
    a, b = tree.query(old.geometry.to_numpy(), predicate="intersects")
    area = shapely.area(shapely.intersection(old.geometry.to_numpy()[a], new.geometry.to_numpy()[b]))
    return {(str(old.index[i]), str(new.index[j])): float(m2) for i, j, m2 in zip(a, b, area, strict=True) if m2 > 0}


def _against_shapes(maker: _Maker) -> None:
    """Say where most of an old commune's land lies in new communes that the list does not name for it."""
    listed: dict[str, set[str]] = {}
    for old, new in zip(maker.links["old_code"], maker.links["new_code"], strict=True):
        listed.setdefault(str(old), set()).add(str(new))
    found: dict[str, dict[str, float]] = {}
    for (old, new), m2 in maker.area_m2.items():
        found.setdefault(old, {})[new] = m2
    for code, areas in found.items():
        if code not in listed:
            continue
        whole = sum(areas.values())
        inside = sum(m2 for name, m2 in areas.items() if name in listed[code])
        if inside >= _MOSTLY * whole:
            continue
        most = max(areas, key=lambda name: areas[name])
        maker.notes.fault(
            f"the list puts old commune {code} into {', '.join(sorted(listed[code]))}, but "
            f"{areas[most] / 1e6:.2f} km² of it ({areas[most] / whole:.0%}) lie in {most}",
            "check the row, and which year the shapes of [layers.communes_old] are of",
            row=maker.links.index[(maker.links["old_code"] == code).to_numpy()][0],
            column="new_code",
            value=", ".join(sorted(listed[code])),
            severity="warning",
        )
