"""Recommendation ITU-R P.1812: the loss over one path from terrain, clutter, air and time, clause by clause.

The scalar reference: plain, slow, and what the area engine is held against. Formulas of edition -6 (the troposcatter
of -7 is withdrawn by ITU's own advice); equation numbers as the published reference logs print them.

Diffraction and the smooth surface are in `p526`, horizons and zones in `p1812_path`, the other losses in
`p1812_terms`. Outdoors only: building entry is P.2109's business. Clutter stands on the profile between the ends,
which is all the -6 edition knows of it; P.2108 must not be added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from phusong.coverage.propagation._model import Paths, Range, check_ranges
from phusong.coverage.propagation.p526 import (
    EARTH_RADIUS_KM,
    Polarisation,
    delta_bullington,
    effective_earth_radius_km,
    smooth_earth,
)
from phusong.coverage.propagation.p526_model import DEFAULT_CLIMATE, check_inputs, path_or_flat
from phusong.coverage.propagation.p1812_path import (
    beta0_percent,
    coast_distances_m,
    horizons,
    roughness,
    zone_lengths,
)
from phusong.coverage.propagation.p1812_result import (
    INTERMEDIATES,
    P1812Result,
    at_the_mast,
    field_strength_dbuvm,
    result_of,
)
from phusong.coverage.propagation.p1812_terms import (
    MEDIAN_PERCENT,
    combine,
    ducting,
    inverse_normal,
    line_of_sight,
    location_sigma_db,
    time_interpolation,
    troposcatter_db,
)
from phusong.coverage.propagation.path_profile import AT_THE_MAST_M, SEA, FloatArray, PathProfile
from phusong.coverage.radioclimate import Climate
from phusong.errors import ModelError

__all__ = [
    "DEFAULT_CLIMATE",
    "INTERMEDIATES",
    "P1812",
    "PERCENT_RANGES",
    "RANGES",
    "P1812Result",
    "basic_loss",
    "field_strength_dbuvm",
    "location_sigma_db",
]

RANGES: Final = (
    Range("frequency", "MHz", (30.0, 6_000.0), (30.0, 6_000.0)),
    Range("distance", "m", (250.0, 3_000_000.0), (0.0, 3_000_000.0)),
    Range("tx height", "m", (1.0, 3_000.0), (1.0, 3_000.0)),
    Range("rx height", "m", (1.0, 3_000.0), (1.0, 3_000.0)),
)
"""P.1812 section 1 and Table 1; nearer than 250 m the formulas go on, with a warning."""
PERCENT_RANGES: Final = (
    Range("time percentage", "%", (1.0, 50.0), (1.0, 50.0)),
    Range("location percentage", "%", (1.0, 99.0), (1.0, 99.0)),
)


def basic_loss(
    profile: PathProfile,
    *,
    f_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    climate: Climate,
    p_percent: float = 50.0,
    location_percent: float = 50.0,
    polarisation: Polarisation = "vertical",
    sigma_db: float = 0.0,
    tx_coast_m: float = 500e3,
    rx_coast_m: float = 500e3,
) -> P1812Result:
    """Return the basic transmission loss between isotropic antennas over one path, with every intermediate.

    Parameters
    ----------
    profile : PathProfile
    f_mhz : float
        30-6000 MHz.
    tx_height_m, rx_height_m : float
        Antennas above the ground below them, 1-3000 m.
    climate : Climate
    p_percent : float
        The loss is not exceeded for this share of an average year, 1-50 %.
    location_percent : float
        ... and at this share of places around the receiver, 1-99 %.
    polarisation : {"vertical", "horizontal"}
    sigma_db : float
        Spread of the loss over places, see `location_sigma_db`; not used for a receiver at sea.
    tx_coast_m, rx_coast_m : float
        Way over land from each end to the sea (dct, dcr), see `coast_distances_m`; an end at sea has 0.

    Raises
    ------
    ModelError
        Outside a possible range of `RANGES` or `PERCENT_RANGES`, or where the climate has no meaning.

    Warns
    -----
    ModelRangeWarning
        For a path shorter than 250 m, once.

    Notes
    -----
    - Unknown ground or clutter anywhere on the path makes the result NaN. Clutter at the ends never counts.
    - A path shorter than 1 m, or of one sample, is free space between the antennas, at least 1 m; the other
      intermediates are NaN.
    - Two samples have nothing between them: a third, with the mean ground and no clutter, is set half-way.
    """
    ends = Paths(np.array([profile.length_m]), np.zeros(1, np.int8), tx_height_m, rx_height_m, lambda _: profile)
    check_ranges(P1812(), ends, f_mhz=f_mhz)
    _check_percents(p_percent, location_percent, sigma_db)
    check_inputs("p1812", climate, polarisation)
    if not (tx_coast_m >= 0.0 and rx_coast_m >= 0.0):
        raise ModelError(f"p1812: ways to the coast must be 0 m or more, not {tx_coast_m:g} and {rx_coast_m:g} m")
    return _loss(
        profile,
        f_ghz=f_mhz / 1000.0,
        htg=tx_height_m,
        hrg=rx_height_m,
        climate=climate,
        p=p_percent,
        pl=location_percent,
        polarisation=polarisation,
        sigma_db=sigma_db,
        dct=tx_coast_m / 1000.0,
        dcr=rx_coast_m / 1000.0,
    )


def _check_percents(p_percent: float, location_percent: float, sigma_db: float) -> None:
    for limits, value in zip(PERCENT_RANGES, (p_percent, location_percent), strict=True):
        low, high = limits.possible
        if not low <= value <= high:
            raise ModelError(f"p1812: {limits.quantity} {value:g} % is outside the possible range {low:g}..{high:g} %")
    if not 0.0 <= sigma_db < math.inf:
        raise ModelError(f"p1812: the spread over places must be 0 dB or more, not {sigma_db:g} dB")


def _loss(
    profile: PathProfile,
    *,
    f_ghz: float,
    htg: float,
    hrg: float,
    climate: Climate,
    p: float,
    pl: float,
    polarisation: Polarisation,
    sigma_db: float,
    dct: float,
    dcr: float,
) -> P1812Result:
    """Return the loss of a path whose values were checked."""
    if not profile.is_known:
        return result_of({"d": profile.length_m / 1000.0})
    if profile.distance_m.size == 1 or profile.length_m < AT_THE_MAST_M:
        return at_the_mast(profile, f_ghz=f_ghz, htg=htg, hrg=hrg)
    profile = profile.with_middle()
    found: dict[str, float] = {}
    d_km, h = profile.distance_m / 1000.0, profile.ground_m
    d = float(d_km[-1])
    g = profile.obstacles_m  # (1c)
    hts, hrs = float(h[0]) + htg, float(h[-1]) + hrg
    dct = 0.0 if profile.zone[0] == SEA else dct
    dcr = 0.0 if profile.zone[-1] == SEA else dcr

    # Section 3: zones and air.
    zones = zone_lengths(d_km, profile.zone)
    b0 = beta0_percent(climate.latitude_deg, dtm_km=zones.dtm, dlm_km=zones.dlm)
    ae = effective_earth_radius_km(climate.delta_n_per_km)
    found |= {"d": d, "hts": hts, "hrs": hrs, "htc": hts, "hrc": hrs, "dct": dct, "dcr": dcr}
    found |= {"w": zones.omega, "dtm": zones.dtm, "dlm": zones.dlm, "phi": climate.latitude_deg, "b0": b0, "ae": ae}

    # Attachment 1: the path's geometry.
    seen = horizons(d_km, h, hts_m=hts, hrs_m=hrs, earth_radius_km=ae, f_ghz=f_ghz)
    smooth = smooth_earth(d_km, h, hts_m=hts, hrs_m=hrs)
    rough = roughness(d_km, h, htg_m=htg, hrg_m=hrg, smooth=smooth, seen=seen)
    found |= {"dlt": seen.dlt, "dlr": seen.dlr, "th_t": seen.theta_t, "th_r": seen.theta_r, "th": seen.theta}
    found |= {"transhorizon": float(seen.is_beyond), "hst_85": smooth.hst, "hsr_86": smooth.hsr}
    found |= {"hst": rough.hst, "hsr": rough.hsr, "hstd": smooth.hstd, "hsrd": smooth.hsrd}
    found |= {"htc_37a": hts - smooth.hstd, "hrc_37b": hrs - smooth.hsrd}
    found |= {"hte": rough.hte, "hre": rough.hre, "hm": rough.hm}

    # Section 4.2: line of sight.
    los = line_of_sight(d, hts=hts, hrs=hrs, f_ghz=f_ghz, p_percent=p, beta0_percent=b0, dl=seen.dlt + seen.dlr)
    found |= {"Lbfs": los.lbfs, "Lb0p": los.lb0p, "Lb0b": los.lb0b}

    # Section 4.3: diffraction, for the median earth radius and for the one exceeded beta0 % of time (7b).
    median, rare = (
        delta_bullington(
            d_km,
            g,
            hts_m=hts,
            hrs_m=hrs,
            smooth=smooth,
            earth_radius_km=radius,
            f_ghz=f_ghz,
            sea_share=zones.omega,
            polarisation=polarisation,
        )
        for radius in (ae, 3.0 * EARTH_RADIUS_KM)
    )
    fi = time_interpolation(p, b0)
    ldp = median.loss_db if p == MEDIAN_PERCENT else median.loss_db + fi * (rare.loss_db - median.loss_db)  # (41)
    lbd50 = los.lbfs + median.loss_db  # (42)
    found |= {"Lbulla50": median.actual_db, "Lbulls50": median.smooth_db, "Ldsph50": median.spherical_db}
    found |= {"Lbulla": rare.actual_db, "Lbulls": rare.smooth_db, "Ldsph": rare.spherical_db}
    found |= {"Ld50": median.loss_db, "Ldb": rare.loss_db, "Ldp": ldp, "Lbd50": lbd50, "Lbd": los.lb0p + ldp, "Fi": fi}

    # Sections 4.4 and 4.5: troposcatter, ducting.
    lbs = troposcatter_db(d, theta=seen.theta, f_ghz=f_ghz, p_percent=p, n0=climate.n0)
    duct = ducting(
        d,
        seen=seen,
        ground=rough,
        hts=hts,
        hrs=hrs,
        dct=dct,
        dcr=dcr,
        dlm=zones.dlm,
        omega=zones.omega,
        earth_radius_km=ae,
        beta0_percent=b0,
        f_ghz=f_ghz,
        p_percent=p,
    )
    found |= {"Alf": duct.alf, "Ast": duct.ast, "Asr": duct.asr, "Act": duct.act, "Acr": duct.acr, "Af": duct.af}
    found |= {"mu2": duct.mu2, "mu3": duct.mu3, "beta": duct.beta, "Gamma": duct.gamma}
    found |= {"Ap": duct.ap, "Adp": duct.adp, "Lba": duct.lba, "Lbs": lbs}

    # Section 4.6: all together.
    one = combine(
        d,
        theta=seen.theta,
        omega=zones.omega,
        p_percent=p,
        beta0_percent=b0,
        fi=fi,
        los=los,
        ldp=ldp,
        lbd50=lbd50,
        lba=duct.lba,
        lbs=lbs,
    )
    found |= {"Fj": one.fj, "Fk": one.fk, "Lminb0p": one.lminb0p, "Lminbap": one.lminbap}
    found |= {"Lbda": one.lbda, "Lbam": one.lbam, "Lbc": one.lbc}

    # Sections 4.8 and 4.10: places.
    lloc = 0.0 if profile.zone[-1] == SEA else -inverse_normal(pl / 100.0) * sigma_db
    lb = max(los.lb0p, one.lbc + lloc)  # (69)
    found |= {"Lloc": lloc, "Lb": lb, "Ep": field_strength_dbuvm(lb, f_mhz=1000.0 * f_ghz)}
    return result_of(found)


@dataclass(frozen=True, slots=True)
class P1812:
    """P.1812 as a propagation model: each path's own profile, one after the other.

    Parameters
    ----------
    climate : Climate
    p_percent, location_percent, polarisation, sigma_db
        See `basic_loss`.

    Notes
    -----
    - Antenna heights are above the ground at the mast (`Paths.above_ground`), not effective ones.
    - Without terrain the ground is flat, bare and inland, sampled every 50 m.
    - The ways to the coast come from the profile's zones.
    - At p = 50 % the loss is never below P.1812's own free space (8), which is 0.05 dB lower than P.525's: 92.4
      stands for 92.448. At p < 50 % multipath and focusing may lower it by 2.6 log10(50/p) dB, at most 4.4 dB.
    """

    climate: Climate = DEFAULT_CLIMATE
    p_percent: float = 50.0
    location_percent: float = 50.0
    polarisation: Polarisation = "vertical"
    sigma_db: float = 0.0

    name: ClassVar[str] = "p1812"
    title: ClassVar[str] = "ITU-R P.1812 over terrain and clutter, 30-6000 MHz"
    source: ClassVar[str] = "Recommendation ITU-R P.1812-6"
    uses_terrain: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse what the Recommendation does not know."""
        _check_percents(self.p_percent, self.location_percent, self.sigma_db)
        check_inputs(self.name, self.climate, self.polarisation)

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return the Recommendation's ranges."""
        del f_mhz
        return RANGES

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the loss in dB, shape (n,); NaN where the ground is not known."""
        paths = paths.above_ground()
        paths = paths.above_ground()
        check_ranges(self, paths, f_mhz=f_mhz)
        loss = np.empty_like(paths.distance_m)
        heights = np.broadcast_to(np.asarray(paths.tx_height_m, np.float64), loss.shape)
        for number in range(loss.size):
            profile = path_or_flat(paths, number)
            dct, dcr = coast_distances_m(profile)
            loss[number] = _loss(
                profile,
                f_ghz=f_mhz / 1000.0,
                htg=float(heights[number]),
                hrg=paths.rx_height_m,
                climate=self.climate,
                p=self.p_percent,
                pl=self.location_percent,
                polarisation=self.polarisation,
                sigma_db=self.sigma_db,
                dct=dct / 1000.0,
                dcr=dcr / 1000.0,
            ).loss_db
        return loss
