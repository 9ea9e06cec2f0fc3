"""The numbers kept of each path between the kernels: rows of one array (FIELDS, CHUNK), float64.

The first come from the ground, whatever the frequency; the later ones are what `p1812.prepare` makes of them.

Paths go through the kernels CHUNK at a time. The width is a constant the compiler sees: only then does it know that
two rows never overlap, and turns the loops over them into SIMD code.
"""

from __future__ import annotations

__all__ = [
    "ADFT",
    "ADFT_B",
    "AP",
    "B0",
    "BEYOND",
    "BEYOND_B",
    "CHUNK",
    "DCR",
    "DCT",
    "DISTANCE",
    "DLM",
    "DLR",
    "DLT",
    "DTM",
    "ESP",
    "FIELDS",
    "FJ",
    "FK",
    "FS",
    "GAP",
    "H1",
    "H2",
    "HM",
    "HORIZON",
    "HRE",
    "HRS",
    "HSE",
    "HSE_B",
    "HTE",
    "HTS",
    "LOSS",
    "NEED",
    "NU",
    "NUS",
    "NUS_B",
    "NU_B",
    "OMEGA",
    "OWN",
    "RX_AT_SEA",
    "SHARED",
    "SPAN",
    "SREQ",
    "SREQ_B",
    "TAU",
    "THETA",
    "THETA_D",
    "THETA_R",
    "THETA_T",
]  # fmt: skip

(
    DISTANCE,  # km
    HTS, HRS,  # antennas above sea level, m
    NU, NU_B,  # Bullington's nu * sqrt(wavelength) for the median Earth radius and that of beta0 % of time
    H1, H2,  # antennas above the smooth Earth for diffraction, P.1812 (37)
    HTE, HRE,  # antennas above the smooth Earth for ducting, (92)
    THETA_T, THETA_R,  # horizon slopes, m/km; `prepare` turns them into mrad
    DLT, DLR, SPAN,  # horizon distances and their sum, km
    HORIZON,  # 1 where the two are known, 0 on a line of sight as long as only their sum is
    HM,  # terrain roughness, m, (93); -1 as long as nobody asked
    OMEGA, DTM, DLM, DCT, DCR, RX_AT_SEA,  # radio-climatic zones
    SHARED, OWN, GAP,  # samples of the ray and of the receiver's own, and their spacing in km
    # made by `prepare`
    FS,  # 92.4 + 20 log10 of the slant distance
    ESP,  # 2.6 (1 - exp(-0.1 (dlt + dlr)))
    TAU, B0,  # (3); log10 of beta0
    THETA,  # angular distance, mrad
    FJ, FK,
    NUS, HSE, SREQ, ADFT, BEYOND,  # smooth Earth of the median radius
    NUS_B, HSE_B, SREQ_B, ADFT_B, BEYOND_B,  # and of beta0
    THETA_D, AP,  # theta' of (52), mrad, and A(p), (53)
    NEED,  # 1 where ducting may count: more must be known of the path
    LOSS,  # Lb of one band, dB
) = range(46)  # fmt: skip
FIELDS = 46
CHUNK = 256

# One surface along a ray, in the plane of one curvature: float64 rows of (SIDE, samples).
(
    Y,  # height in that plane, m, relative to the transmitter
    STEEPEST,  # greatest y / d over samples 1..m
    PLACE,  # where it is first met, km
    HULL_X, HULL_Y,  # chain of the upper hull
) = range(5)  # fmt: skip
SIDE = 5

# The receivers' own samples, the nearest first: rows of (OWNS, receivers, samples).
(
    OWN_X, OWN_PER_X,  # distance from the transmitter, km, and its inverse
    OWN_GROUND, OWN_TOP,  # bare ground and ground with clutter above sea level, m
) = range(4)  # fmt: skip
OWNS = 4
