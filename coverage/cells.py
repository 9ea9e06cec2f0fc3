"""Sites and cells as the radio sees them: every value there, the assumed ones counted and listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.coverage.antennas import SSB_BANDS, Antenna, Cuts, Omni, Pattern, Sector, mounted, named
from phusong.coverage.bands import DEFAULT_BAND, Band, band
from phusong.gis.repair import Repair
from phusong.gis.sites.antennas import NAMED_ANTENNAS

if TYPE_CHECKING:
    from phusong.gis.layers import Layers
    from phusong.gis.readers.antenna_file import AntennaFile

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
        How far below the horizon the beam points in front, positive downward: electrical plus mechanical tilt.
    eirp_dbm : float
        Of the reference signal at the antenna's peak.
    mechanical_tilt_deg : float
        The part of it by which the antenna is turned as a whole; the rest is electrical.
    pattern : Pattern or None
        What hangs there; None: 3GPP's sector, or an omni whose vertical pattern is as wide.
    """

    cell_id: str
    operator: str
    technology: str
    band: Band
    height_m: float
    azimuth_deg: float | None
    tilt_deg: float
    eirp_dbm: float
    mechanical_tilt_deg: float = 0.0
    pattern: Pattern | None = None

    @property
    def antenna(self) -> Antenna:
        """The antenna as it hangs, both tilts included."""
        default: Pattern = Omni(elevation_beamwidth_deg=10.0) if self.azimuth_deg is None else Sector()
        pattern = default if self.pattern is None else self.pattern
        return mounted(pattern.tilted(self.tilt_deg - self.mechanical_tilt_deg), self.mechanical_tilt_deg)


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
    files = {name: (file, Cuts.of(file)) for name, file in layers.antennas.items()}
    by_site: dict[str, list[Cell]] = {}
    for row in layers.cells.reset_index().to_dict("records"):
        site_id = str(row["site_id"])
        by_site.setdefault(site_id, []).append(_cell(row, mast_height.get(site_id), files, assumed))
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
    "the part of the tilt that is not given": ("0°", "mechanical_tilt_deg and electrical_tilt_deg"),
    "mechanical plus electrical tilt, the whole tilt says otherwise": ("sum of the parts", "tilt_deg"),
    "mechanical tilt as electrical, azimuth unknown": ("lowered in all azimuths", "azimuth_deg"),
    "default antenna, its name is not known": ("3GPP sector, omni or SSB beams", "antenna"),
    "5G massive MIMO: the strongest of 8 SSB beams, antenna unknown": (", ".join(SSB_BANDS), "antenna"),
    "antenna file of another frequency": ("the pattern as it is", "antenna"),
}
# A file's pattern holds for the band it was measured in; a fifth off, beamwidths are a fifth off too.
_OTHER_FREQUENCY_SHARE = 0.2
_SAME_TILT_DEG = 0.05

_Files = Mapping[str, tuple["AntennaFile", Cuts]]


def _cell(row: dict[Any, Any], mast_height_m: Any, files: _Files, assumed: Counter[str]) -> Cell:
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
    pattern, gain_dbi = _pattern(row, carrier, files, assumed)
    tilt_deg, mechanical_deg = _tilts(row, pattern, assumed)
    # The band table's EIRP is planners' practice and is printed with the method; it is no fault to use it.
    eirp_dbm = carrier.reference_eirp_dbm + (0.0 if gain_dbi is None else gain_dbi - carrier.antenna_gain_dbi)
    return Cell(
        cell_id=str(row["cell_id"]),
        operator=str(row["operator"]),
        technology=technology,
        band=carrier,
        height_m=float(height_m),
        # 360 is north too; one name a direction, so that cells of a sector find each other.
        azimuth_deg=None if pd.isna(row["azimuth_deg"]) else float(row["azimuth_deg"]) % 360.0,
        tilt_deg=tilt_deg,
        eirp_dbm=eirp_dbm if pd.isna(row["eirp_dbm"]) else float(row["eirp_dbm"]),
        mechanical_tilt_deg=mechanical_deg,
        pattern=pattern,
    )


def _pattern(
    row: dict[Any, Any], carrier: Band, files: _Files, assumed: Counter[str]
) -> tuple[Pattern | None, float | None]:
    """Return what hangs there, untilted, and its gain where a file states it; None is `Cell`'s own default."""
    given = row.get("antenna")
    name = "" if given is None or pd.isna(given) else str(given)
    sector = not pd.isna(row["azimuth_deg"])
    if name in files:
        file, cuts = files[name]
        if sector or cuts.is_round:
            if file.frequency_mhz and not _near(carrier.f_mhz, *file.frequency_mhz):
                assumed["antenna file of another frequency"] += 1
            return cuts, file.gain_dbi
    elif name.strip() in NAMED_ANTENNAS:
        pattern = named(name.strip())
        if sector or isinstance(pattern, Omni):
            return pattern, None
    elif name:
        assumed["default antenna, its name is not known"] += 1
    if not sector:
        # Whatever it is, nobody knows where it looks.
        assumed["omnidirectional, azimuth unknown"] += 1
        return None, None
    if carrier.name in SSB_BANDS:
        if not name:
            assumed["5G massive MIMO: the strongest of 8 SSB beams, antenna unknown"] += 1
        return named(SSB_BANDS[carrier.name]), None
    return None, None


def _near(f_mhz: float, low_mhz: float, high_mhz: float) -> bool:
    return low_mhz / (1.0 + _OTHER_FREQUENCY_SHARE) <= f_mhz <= high_mhz * (1.0 + _OTHER_FREQUENCY_SHARE)


def _tilts(row: dict[Any, Any], pattern: Pattern | None, assumed: Counter[str]) -> tuple[float, float]:
    """Return the whole tilt and its mechanical part.

    The parts go before the whole where both are given; of a file's pattern, the electrical tilt nobody states is the
    one it was measured at. (A table with the mechanical tilt alone has it as the whole tilt too.)
    """
    whole, mechanical, electrical = (
        None if pd.isna(value := row.get(name, float("nan"))) else float(value)
        for name in ("tilt_deg", "mechanical_tilt_deg", "electrical_tilt_deg")
    )
    own = pattern.electrical_tilt_deg if isinstance(pattern, Cuts) else None
    if mechanical is not None and electrical is not None:
        if whole is not None and abs(whole - mechanical - electrical) > _SAME_TILT_DEG:
            assumed["mechanical plus electrical tilt, the whole tilt says otherwise"] += 1
        whole = mechanical + electrical
    elif mechanical is not None and own is not None and whole in {None, mechanical}:
        whole = mechanical + own
    elif whole is None and (mechanical is not None or electrical is not None):
        assumed["the part of the tilt that is not given"] += 1
        whole = (mechanical or 0.0) + (electrical or 0.0)
    elif whole is None and own is not None:
        whole = own
    elif whole is None:
        assumed["downtilt"] += 1
        whole = DEFAULT_TILT_DEG
    if mechanical is None:
        mechanical = 0.0 if electrical is None else whole - electrical
    if mechanical and pd.isna(row["azimuth_deg"]):
        # An antenna is turned toward somewhere.
        assumed["mechanical tilt as electrical, azimuth unknown"] += 1
        mechanical = 0.0
    return whole, mechanical
