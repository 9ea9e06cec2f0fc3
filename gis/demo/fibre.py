"""Fibre: cables along the national and provincial roads, and spurs along some district roads.

Every commune's centre has fibre, as is reported (BD05 for a neighbour province); most hamlets do not. A cable
runs on its road's own vertices, so the road net and the fibre net meet exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

from phusong.gis.demo.calibration import OPERATORS
from phusong.gis.demo.draws import uniform
from phusong.gis.demo.roads import Road

__all__ = ["Cable", "lay"]

_SPUR_SHARE = 0.4
_OWNERS = 3  # the three large operators


@dataclass(frozen=True, slots=True, eq=False)
class Cable:
    """One cable along one road; `medium` is buried, aerial or duct."""

    fibre_id: str
    owner: str
    medium: str
    road: Road


def lay(roads: list[Road], *, seed: int) -> list[Cable]:
    """Return the cables along these main roads."""
    cables = []
    for road in roads:
        key = (int(road.ends[0]), int(road.ends[1]))
        pick_owner, pick_spur = uniform(seed, "fibre", *key, [0, 1]).tolist()
        if road.rank == "district" and pick_spur >= _SPUR_SHARE:
            continue
        owner = OPERATORS[int(pick_owner * _OWNERS)].name
        medium = {"national": "duct", "provincial": "buried"}.get(road.rank, "aerial")
        cables.append(Cable(f"F-{key[0]}-{key[1]}", owner, medium, road))
    return cables
