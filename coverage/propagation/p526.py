"""Diffraction over terrain, Recommendation ITU-R P.526: knife edge, Bullington, spherical earth, delta-Bullington.

P.1812 section 4.3 uses the same formulas; the equation numbers here are P.1812-6's, as its published reference
logs print them. Inside the formulas distances are in km, heights in m, frequencies in GHz.

Which heights: the Bullington part sees ground + clutter (g, P.1812 (1c): the ends without their clutter). The
smooth-earth surface below is fitted to the bare ground (h).
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DUCT_N_PER_KM",
    "EARTH_RADIUS_KM",
    "DeltaBullington",
    "Polarisation",
    "SmoothEarth",
    "bullington_db",
    "delta_bullington",
    "effective_earth_radius_km",
    "first_term_db",
    "knife_edge_db",
    "smooth_earth",
    "spherical_earth_db",
    "wavelength_m",
]

Polarisation: TypeAlias = Literal["horizontal", "vertical"]
Heights: TypeAlias = NDArray[np.float64]

EARTH_RADIUS_KM: Final = 6371.0
DUCT_N_PER_KM: Final = 157.0  # a ray bends as the earth does
_LAND: Final = (22.0, 0.003)
_SEA: Final = (80.0, 5.0)
"""Relative permittivity and conductivity in S/m of wet ground and of salt water, P.1812 4.3.3."""


class SmoothEarth(NamedTuple):
    """Elevation in m of the smooth surface below the two ends: fitted, and as the diffraction model takes it."""

    hst: float
    hsr: float
    hstd: float
    hsrd: float


class DeltaBullington(NamedTuple):
    """The diffraction loss Ld of a path in dB and what it is made of."""

    loss_db: float
    actual_db: float
    smooth_db: float
    spherical_db: float


def wavelength_m(f_ghz: float) -> float:
    """Return the wavelength with the speed of light as P.1812 and P.2001 round it."""
    return 0.2998 / f_ghz


def effective_earth_radius_km(delta_n_per_km: float) -> float:
    """Return the median effective earth radius ae, (6) and (7a)."""
    return EARTH_RADIUS_KM * DUCT_N_PER_KM / (DUCT_N_PER_KM - delta_n_per_km)


def knife_edge_db(nu: float) -> float:
    """Return J(nu), the loss of one knife edge in dB, (12); 0 from -0.78 down."""
    if nu <= -0.78:  # noqa: PLR2004 - (12)
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


def bullington_db(
    d_km: Heights, g_m: Heights, *, hts_m: float, hrs_m: float, earth_radius_km: float, f_ghz: float
) -> float:
    """Return the Bullington part of the diffraction loss in dB, 4.3.1.

    Parameters
    ----------
    d_km, g_m : ndarray, shape (n,), n >= 3
        Distance from the transmitter; ground with clutter above sea level. The ends count through the antennas.
    hts_m, hrs_m : float
        Antenna heights above sea level.
    earth_radius_km : float
        ap, the effective earth radius.

    Notes
    -----
    For a path beyond the horizon the Recommendation finds the Bullington point (18) and its parameter nu (20). With
    a = Stim - Str and b = Srim + Str, by how much the two horizons are steeper than the direct line, dbp = d b/(a+b)
    and (20) becomes sqrt(0.002 d a b / lambda): the same number, without 0/0 where the line just touches the ground.
    """
    d = float(d_km[-1])
    inner, g = d_km[1:-1], g_m[1:-1]
    beyond = d - inner
    bulge = g + 500.0 / earth_radius_km * inner * beyond
    wavelength = wavelength_m(f_ghz)
    stim = float(np.max((bulge - hts_m) / inner))  # (13)
    str_ = (hrs_m - hts_m) / d  # (14)
    if stim <= str_:  # line of sight
        above = bulge - (hts_m * beyond + hrs_m * inner) / d
        nu = float(np.max(above * np.sqrt(0.002 * d / (wavelength * inner * beyond))))  # (15)
    else:
        srim = float(np.max((bulge - hrs_m) / beyond))  # (17)
        nu = math.sqrt(0.002 * d * (stim - str_) * max(srim + str_, 0.0) / wavelength)  # (18)-(20)
    luc = knife_edge_db(nu)  # (16), (20)
    return luc + (1.0 - math.exp(-luc / 6.0)) * (10.0 + 0.02 * d)  # (21)


def first_term_db(
    d_km: float,
    *,
    hte_m: float,
    hre_m: float,
    earth_radius_km: float,
    f_ghz: float,
    sea_share: float,
    polarisation: Polarisation,
) -> float:
    """Return the first term of the spherical-earth diffraction loss in dB, 4.3.3; sea_share is omega."""
    over_land, over_sea = (
        _first_term_over(
            ground, d_km, hte=hte_m, hre=hre_m, adft=earth_radius_km, f_ghz=f_ghz, polarisation=polarisation
        )
        for ground in (_LAND, _SEA)
    )
    return sea_share * over_sea + (1.0 - sea_share) * over_land  # (28)


def _first_term_over(
    ground: tuple[float, float],
    d: float,
    *,
    hte: float,
    hre: float,
    adft: float,
    f_ghz: float,
    polarisation: Polarisation,
) -> float:
    permittivity, conductivity = ground
    loss_tangent = 18.0 * conductivity / f_ghz
    k = 0.036 * (adft * f_ghz) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss_tangent**2) ** -0.25  # (29a)
    if polarisation == "vertical":
        k *= math.sqrt(permittivity**2 + loss_tangent**2)  # (29b)
    beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)  # (30)
    x = 21.88 * beta * (f_ghz / adft**2) ** (1.0 / 3.0) * d  # (31)
    per_m = 0.9575 * beta * (f_ghz**2 / adft) ** (1.0 / 3.0)  # (32)
    near_fx = -20.0 * math.log10(x) - 5.6488 * x**1.425
    fx = 11.0 + 10.0 * math.log10(x) - 17.6 * x if x >= 1.6 else near_fx  # (33)  # noqa: PLR2004
    return float(-fx - _height_gain_db(beta * per_m * hte, k) - _height_gain_db(beta * per_m * hre, k))  # (36)


def _height_gain_db(b: float, k: float) -> float:
    """Return G(Y) in dB with b = beta Y, (34) and (35)."""
    if b > 2.0:  # noqa: PLR2004 - (34)
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain = 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain, 2.0 + 20.0 * math.log10(k))


def spherical_earth_db(
    d_km: float,
    *,
    hte_m: float,
    hre_m: float,
    earth_radius_km: float,
    f_ghz: float,
    sea_share: float,
    polarisation: Polarisation,
) -> float:
    """Return the spherical-earth diffraction loss Ldsph in dB, 4.3.2.

    Parameters
    ----------
    hte_m, hre_m : float
        Antenna heights above the smooth surface, positive.
    sea_share : float
        omega, the share of the path over sea.
    """
    d, ap = d_km, earth_radius_km

    def first_term(radius_km: float) -> float:
        return first_term_db(
            d,
            hte_m=hte_m,
            hre_m=hre_m,
            earth_radius_km=radius_km,
            f_ghz=f_ghz,
            sea_share=sea_share,
            polarisation=polarisation,
        )

    dlos = math.sqrt(2.0 * ap) * (math.sqrt(0.001 * hte_m) + math.sqrt(0.001 * hre_m))  # (22)
    if d >= dlos:
        return first_term(ap)
    c = (hte_m - hre_m) / (hte_m + hre_m)  # (24d)
    m = 250.0 * d**2 / (ap * (hte_m + hre_m))  # (24e)
    angle = math.acos(1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)  # (24c)
    dse1 = d / 2.0 * (1.0 + b)  # (24a)
    dse2 = d - dse1  # (24b)
    hse = ((hte_m - 500.0 * dse1**2 / ap) * dse2 + (hre_m - 500.0 * dse2**2 / ap) * dse1) / d  # (23)
    hreq = 17.456 * math.sqrt(dse1 * dse2 * wavelength_m(f_ghz) / d)  # (25)
    if hse > hreq:
        return 0.0
    aem = 500.0 * (d / (math.sqrt(hte_m) + math.sqrt(hre_m))) ** 2  # (26)
    return (1.0 - hse / hreq) * max(first_term(aem), 0.0)  # (27)


def smooth_earth(d_km: Heights, h_m: Heights, *, hts_m: float, hrs_m: float) -> SmoothEarth:
    """Fit the smooth surface to the bare ground h, and lower it below obstacles for the diffraction model.

    Notes
    -----
    P.1812 Attachment 1, 5.6.1 (83)-(86) and 5.6.2 (87)-(89). hts and hrs are htc and hrc of Table 5.
    """
    d = float(d_km[-1])
    step, near, far = np.diff(d_km), d_km[:-1], d_km[1:]
    h_near, h_far = h_m[:-1], h_m[1:]
    v1 = float(np.sum(step * (h_far + h_near)))  # (83)
    v2 = float(np.sum(step * (h_far * (2.0 * far + near) + h_near * (far + 2.0 * near))))  # (84)
    hst = (2.0 * v1 * d - v2) / d**2  # (85)
    hsr = (v2 - v1 * d) / d**2  # (86)
    inner = d_km[1:-1]
    above = h_m[1:-1] - (hts_m * (d - inner) + hrs_m * inner) / d  # (87d)
    hobs = float(np.max(above))  # (87a)
    hstp, hsrp = hst, hsr  # (88a), (88b)
    if hobs > 0.0:
        alpha_obt = float(np.max(above / inner))  # (87b)
        alpha_obr = float(np.max(above / (d - inner)))  # (87c)
        hstp = hst - hobs * alpha_obt / (alpha_obt + alpha_obr)  # (88c), (88e)
        hsrp = hsr - hobs * alpha_obr / (alpha_obt + alpha_obr)  # (88d), (88f)
    return SmoothEarth(hst, hsr, min(hstp, float(h_m[0])), min(hsrp, float(h_m[-1])))  # (89a-d)


def delta_bullington(
    d_km: Heights,
    g_m: Heights,
    *,
    hts_m: float,
    hrs_m: float,
    smooth: SmoothEarth,
    earth_radius_km: float,
    f_ghz: float,
    sea_share: float,
    polarisation: Polarisation,
) -> DeltaBullington:
    """Return the delta-Bullington diffraction loss for one effective earth radius, 4.3.4."""
    actual = bullington_db(d_km, g_m, hts_m=hts_m, hrs_m=hrs_m, earth_radius_km=earth_radius_km, f_ghz=f_ghz)
    hte, hre = hts_m - smooth.hstd, hrs_m - smooth.hsrd  # (37), (38)
    flat = np.zeros(d_km.shape)
    over_flat = bullington_db(d_km, flat, hts_m=hte, hrs_m=hre, earth_radius_km=earth_radius_km, f_ghz=f_ghz)
    spherical = spherical_earth_db(
        float(d_km[-1]),
        hte_m=hte,
        hre_m=hre,
        earth_radius_km=earth_radius_km,
        f_ghz=f_ghz,
        sea_share=sea_share,
        polarisation=polarisation,
    )
    return DeltaBullington(actual + max(spherical - over_flat, 0.0), actual, over_flat, spherical)  # (39)
