"""Sites and cells as the radio sees them: every value there, the assumed ones counted and listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.coverage.antennas import Antenna, Omni, Sector
from phusong.coverage.bands import DEFAULT_BAND, Band, band
from phusong.gis.repair import Repair

if TYPE_CHECKING:
    from phusong.gis.layers import Layers

__all__ = ["Cell", "Site", "build"]

# Assumed where neither the cell nor its mast says: the commonest rural mast (A2b) of provincial lists.
DEFAULT_HEIGHT_M = 42.0
DEFAULT_TILT_DEG = 4.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One sector on one carrier.

    Parameters
    ----------
    cell_id, operator, technology : str
    band : Band
    height_m : float
        Antenna above ground.
    azimuth_deg : float or None
        Clockwise from grid north; None = omnidirectional.
    tilt_deg : float
        Positive downward.
    eirp_dbm : float
        Of the reference signal at boresight.
    """

    cell_id: str
    operator: str
    technology: str
    band: Band
    height_m: float
    azimuth_deg: float | None
    tilt_deg: float
    eirp_dbm: float

    @property
    def antenna(self) -> Antenna:
        """3GPP sector, or an omni whose vertical pattern is as wide."""
        if self.azimuth_deg is None:
            return Omni(elevation_beamwidth_deg=10.0, tilt_deg=self.tilt_deg)
        return Sector(tilt_deg=self.tilt_deg)


@dataclass(frozen=True, slots=True)
class Site:
    """A mast and what hangs on it; ``(x_m, y_m)`` in the grid's CRS."""

    site_id: str
    x_m: float
    y_m: float
    cells: tuple[Cell, ...]


def build(layers: Layers) -> tuple[list[Site], list[Repair]]:
    """Turn the tables into sites, filling what is not given.

    Returns
    -------
    list of Site
        In the order of the sites table; masts without cells are left out.
    list of Repair
        One row for each kind of assumption, with how many cells it touches.
    """
    assumed: Counter[str] = Counter()
    mast_height = layers.sites["height_m"]
    by_site: dict[str, list[Cell]] = {}
    for row in layers.cells.reset_index().to_dict("records"):
        site_id = str(row["site_id"])
        by_site.setdefault(site_id, []).append(_cell(row, mast_height.get(site_id), assumed))
    places = layers.sites.geometry
    sites = [
        Site(str(site_id), float(point.x), float(point.y), tuple(by_site[str(site_id)]))
        for site_id, point in places.items()
        if str(site_id) in by_site
    ]
    repairs = [
        Repair("cells", "*", f"assumed: {what}", f"{count} cells", "empty", after, f"fill in {column}")
        for (what, after, column), count in (
            ((what, *_ASSUMPTIONS[what]), count) for what, count in sorted(assumed.items())
        )
    ]
    return sites, repairs


_ASSUMPTIONS = {
    "default band of the technology": (", ".join(f"{t} {b}" for t, b in DEFAULT_BAND.items()), "band"),
    "antenna at the mast's top": ("mast height", "height_m"),
    "antenna height, mast height unknown too": (f"{DEFAULT_HEIGHT_M:g} m", "height_m"),
    "omnidirectional, azimuth unknown": ("omni", "azimuth_deg"),
    "downtilt": (f"{DEFAULT_TILT_DEG:g}°", "tilt_deg"),
}


def _cell(row: dict[Any, Any], mast_height_m: Any, assumed: Counter[str]) -> Cell:
    technology = str(row["technology"])
    if pd.isna(row["band"]):
        assumed["default band of the technology"] += 1
    carrier = band(DEFAULT_BAND[technology] if pd.isna(row["band"]) else str(row["band"]))
    height_m = row["height_m"]
    if pd.isna(height_m) and not pd.isna(mast_height_m):
        assumed["antenna at the mast's top"] += 1
        height_m = mast_height_m
    elif pd.isna(height_m):
        assumed["antenna height, mast height unknown too"] += 1
        height_m = DEFAULT_HEIGHT_M
    if pd.isna(row["azimuth_deg"]):
        assumed["omnidirectional, azimuth unknown"] += 1
    if pd.isna(row["tilt_deg"]):
        assumed["downtilt"] += 1
    return Cell(
        cell_id=str(row["cell_id"]),
        operator=str(row["operator"]),
        technology=technology,
        band=carrier,
        height_m=float(height_m),
        # 360 is north too; one name a direction, so that cells of a sector find each other.
        azimuth_deg=None if pd.isna(row["azimuth_deg"]) else float(row["azimuth_deg"]) % 360.0,
        tilt_deg=DEFAULT_TILT_DEG if pd.isna(row["tilt_deg"]) else float(row["tilt_deg"]),
        # The band table's EIRP is planners' practice and is printed with the method; it is no fault to use it.
        eirp_dbm=carrier.reference_eirp_dbm if pd.isna(row["eirp_dbm"]) else float(row["eirp_dbm"]),
    )
