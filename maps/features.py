"""Vector layers as compact GeoJSON: five decimals of a degree, values without their names.

A feature carries its title ``t`` and its values ``v``; what each value means stands once in the layer's
`Field` list. The page writes them as text nodes, so nothing in the data can become markup.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from phusong.maps.codes import flag_text
from phusong.maps.proof import is_asked
from phusong.maps.style import level_of, operator_mark
from phusong.maps.summary import Share, Shares
from phusong.maps.words import Words

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = [
    "Field",
    "commune_layer",
    "connection_layer",
    "line_layer",
    "point_layer",
    "proposal_layer",
    "site_layer",
]

DECIMALS: Final = 5
"""0.00001 degree is about a metre: finer than any mast's surveyed position matters here."""
_WGS84: Final = "EPSG:4326"

Layer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """How one value of a feature is shown: label, form, unit."""

    label: str
    form: str = "text"
    """``text``, ``number``, ``money`` (dong) or ``ratio`` ([numerator, denominator])."""
    unit: str = ""
    decimals: int = 0


def commune_layer(plan: Plan, shares: Shares, *, words: Words, tolerance_m: float) -> Layer:
    """Communes, simplified together so that neighbours keep one common border.

    Parameters
    ----------
    plan : Plan
    shares : Shares
        From `population_shares`.
    words : Words
    tolerance_m : float
        Detail smaller than about this is dropped (`shapely.coverage_simplify`).

    Returns
    -------
    dict
        ``fields`` and ``features``; each feature also has its label point ``p`` (lat, lon) and the colours of
        its 4G share ``today`` and, where a plan was asked for, ``planned``.
    """
    people = words["people"]
    states = ("today", "planned") if is_asked(plan) else ("today",)
    fields = [
        Field(words["code"]),
        Field(words["kind"]),
        Field(words["population"], "number", people),
        Field(words["area"], "number", "km²", 1),
        *(Field(words[f"covered_4g_{state}"], "ratio", people) for state in states),
        Field(words["unknown_people"], "number", people),
        Field(words["gap_people"], "number", people),
    ]
    communes = plan.communes
    geometry = communes.geometry.to_numpy()
    simpler = gpd.GeoSeries(shapely.coverage_simplify(geometry, tolerance_m), crs=communes.crs)
    points = communes.geometry.representative_point().to_crs(_WGS84)
    gap = plan.gaps[plan.gaps["operator"] == "any"].set_index("area")["people_2g_not_4g"]
    nobody = Share(math.nan, math.nan, math.nan)
    extras = []
    for code, row, point in zip(communes.index, communes.itertuples(), points, strict=True):
        found = {state: shares.get((code, "any", "4G", state), nobody) for state in states}
        extras.append(
            {
                "t": str(row.name),
                "v": _values(
                    [
                        code,
                        words.of(str(row.kind)),
                        row.population,
                        row.area_km2,
                        *([share.numerator, share.denominator] for share in found.values()),
                        found["today"].unknown,
                        gap.get(code, math.nan),
                    ]
                ),
                "p": [round(point.y, DECIMALS), round(point.x, DECIMALS)],
                **{state: level_of(share.share) for state, share in found.items()},
            }
        )
    return _layer(fields, simpler.to_crs(_WGS84), extras)


def site_layer(plan: Plan, *, words: Words) -> Layer:
    """Mark the existing masts: colour and shape by operator, hollow without 4G, large with 5G."""
    fields = [
        Field(words["site_id"]),
        Field(words["operators"]),
        Field(words["technologies"]),
        Field(words["mast_class"]),
        Field(words["height_m"], "number", "m"),
        Field(words["owner"]),
        Field(words["commune"]),
        Field(words["longitude"], "number", "°", DECIMALS),
        Field(words["latitude"], "number", "°", DECIMALS),
    ]
    sites, names = plan.sites, plan.communes["name"]
    degrees = sites.geometry.to_crs(_WGS84)
    extras = []
    for site_id, row, point in zip(sites.index, sites.itertuples(), degrees, strict=True):
        colour, shape = operator_mark(str(row.operators), plan.facts["operators"])
        technologies = str(row.technologies)
        values = [site_id, row.operators, row.technologies, row.mast_class, row.height_m, row.owner]
        values += [names.get(row.commune_code, row.commune_code), point.x, point.y]
        mark = {"c": colour, "s": shape, "hollow": "4G" not in technologies, "large": "5G" in technologies}
        title = row.name if isinstance(row.name, str) and row.name else str(site_id)
        extras.append({"t": title, "v": _values(values), **{k: v for k, v in mark.items() if v}})
    return _layer(fields, degrees, extras)


def proposal_layer(plan: Plan, *, words: Words) -> Layer:
    """List the proposals in their order, with what each adds and costs."""
    people = words["people"]
    keys: list[tuple[str, Field]] = [
        ("order", Field(words["order"], "number")),
        ("kind", Field(words["kind"])),
        ("candidate_id", Field(words["candidate_id"])),
        ("site_id", Field(words["site_id"])),
        ("operator", Field(words["operator"])),
        ("technology", Field(words["technology"])),
        ("band", Field(words["band"])),
        ("height_m", Field(words["antenna_height_m"], "number", "m")),
        ("area_name", Field(words["commune"])),
        ("newly_covered_people", Field(words["newly_covered_people"], "number", people)),
        ("footprint_people", Field(words["footprint_people"], "number", people)),
        ("site_cost_vnd", Field(words["site_cost_vnd"], "money")),
        ("fibre_cost_vnd", Field(words["fibre_cost_vnd"], "money")),
        ("cost_vnd", Field(words["cost_vnd"], "money")),
        ("fibre_km", Field(words["proposal_fibre_km"], "number", "km", 2)),
        ("nearest_site_m", Field(words["nearest_site_m"], "number", "m")),
        ("lon", Field(words["longitude"], "number", "°", DECIMALS)),
        ("lat", Field(words["latitude"], "number", "°", DECIMALS)),
        ("flags", Field(words["flags"])),
    ]
    extras = [
        {
            "t": f"{int(row['order'])}. {words.of(str(row['kind']))} – {row['area_name']}",
            "v": _values(_told(row, key, words) for key, _ in keys),
            "n": int(row["order"]),
            "kind": str(row["kind"]),
        }
        for row in plan.proposals.to_dict("records")
    ]
    return _layer([field for _, field in keys], plan.proposals.geometry.to_crs(_WGS84), extras)


def _told(row: dict[Any, Any], key: str, words: Words) -> Any:
    """Return a proposal's value as a reader meets it: codes in words."""
    if key == "kind":
        return words.of(str(row[key]))
    return flag_text(row[key], words=words) if key == "flags" else row[key]


def connection_layer(plan: Plan, *, words: Words) -> Layer:
    """Draw the new fibre, a line per stretch."""
    fields = [
        Field(words["connection_id"]),
        Field(words["serves"]),
        Field(words["length_m"], "number", "m"),
        Field(words["cost_vnd"], "money"),
        Field(words["medium"]),
        Field(words["flags"]),
    ]
    extras = []
    for row in plan.connections.to_dict("records"):
        # Nobody may have said how the cable is to be laid.
        medium = words.of(row["medium"]) if isinstance(row["medium"], str) else ""
        values = [row["connection_id"], row["serves"], row["length_m"], row["cost_vnd"], medium]
        values.append(flag_text(row.get("flags"), words=words))
        extras.append({"t": words["connections"], "v": _values(values)})
    return _layer(fields, plan.connections.geometry.to_crs(_WGS84), extras)


def line_layer(lines: gpd.GeoDataFrame, *, column: str = "class", tolerance_m: float) -> Layer:
    """Lines or outlines of the base map, one feature a class: nothing to ask of them, so no fields.

    Parameters
    ----------
    lines : GeoDataFrame
        In a CRS in metres.
    column : str
        Groups the lines where the layer has it.
    tolerance_m : float
        Douglas-Peucker tolerance.
    """
    kinds = lines[column].astype(str) if column in lines.columns else np.full(len(lines), "")
    merged = lines.geometry.simplify(tolerance_m).groupby(np.asarray(kinds)).agg(shapely.unary_union)
    shapes = gpd.GeoSeries(merged.to_numpy(), crs=lines.crs)
    return _layer([], shapes.to_crs(_WGS84), [{"class": str(kind)} for kind in merged.index])


def point_layer(places: gpd.GeoDataFrame) -> Layer:
    """Named places of the base map."""
    names = places["name"] if "name" in places.columns else places.index
    points = places.geometry.representative_point().to_crs(_WGS84)
    return _layer([], points, [{"t": str(name)} for name in names])


def _layer(fields: Iterable[Field], shapes: gpd.GeoSeries, properties: Sequence[dict[str, Any]]) -> Layer:
    features = [
        {"type": "Feature", "geometry": _geometry(shape), "properties": of}
        for shape, of in zip(shapes, properties, strict=True)
    ]
    return {
        "fields": [asdict(field) for field in fields],
        "features": {"type": "FeatureCollection", "features": features},
    }


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    # Rounding coordinates cannot break what is only drawn; a snapped, valid geometry would cost seconds.
    mapping = shapely.geometry.mapping(shapely.force_2d(shape))
    return {"type": mapping["type"], "coordinates": _rounded(mapping["coordinates"])}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates[0], float):
        return [round(number, DECIMALS) for number in coordinates]
    return [_rounded(part) for part in coordinates]


def _values(values: Iterable[Any]) -> list[Any]:
    """Values as JSON knows them; what is missing becomes null."""
    return [_value(value) for value in values]


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return _values(value)
    if isinstance(value, float | np.floating):
        return round(float(value), DECIMALS) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value if value is None or isinstance(value, str | int) else str(value)
