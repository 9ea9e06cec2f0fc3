"""Spikes: a stray corner far away, which a commune's border runs out to and back from along hardly any land.

Such a needle covers next to nothing, so no area tells of it; but the grid must reach as far as the outermost corner,
and a run over it takes as long as over a province of that size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from phusong.gis.crs import to_lonlat

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["SPIKE_KM", "SPIKE_M", "say_spikes"]

SPIKE_M = 20.0
"""No commune of Vietnam is as narrow as this for a kilometre."""
SPIKE_KM = 1.0
_OUTWARD = np.array([-1.0, -1.0, 1.0, 1.0])


def say_spikes(polygons: gpd.GeoDataFrame, *, notes: Notes) -> None:
    """Warn of spikes that reach beyond everything else, on any of the four sides.

    Parameters
    ----------
    polygons : GeoDataFrame
        Valid, in a CRS in metres; index = row as the planner counts.
    notes : Notes
    """
    shapes = polygons.geometry.to_numpy()
    # How far each reaches west, south, east and north; larger is farther out.
    out = shapely.bounds(shapes) * _OUTWARD
    for side, position in enumerate(np.argmax(out, axis=0).tolist()):
        others = np.delete(out[:, side], position).max(initial=-np.inf)
        parts = shapely.get_parts(shapes[position])
        body = shapely.buffer(shapely.buffer(parts, -SPIKE_M / 2), SPIKE_M / 2, quad_segs=16)
        # A rock off an island is as thin as a spike, and is land.
        land = np.where(shapely.is_empty(body), parts, body)
        km = (out[position, side] - max(others, (shapely.bounds(land) * _OUTWARD)[:, side].max())) / 1000.0
        if km < SPIKE_KM:
            continue
        corners = shapely.get_coordinates(parts)
        x, y = corners[np.argmax(corners[:, side % 2] * _OUTWARD[side])]
        lon, lat = to_lonlat(x, y, crs=polygons.crs.to_string())
        notes.fault(
            f"the border runs out {km:.1f} km to a corner and back, less than {SPIKE_M:g} m apart: the grid is that "
            "much larger for a stray corner",
            "delete the corner in a GIS",
            row=polygons.index[position],
            column="geometry",
            value=f"lon {float(lon):.5f} lat {float(lat):.5f}",
            severity="warning",
        )
