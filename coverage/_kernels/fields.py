"""The numbers kept of each path between the kernels: rows of one array (FIELDS, CHUNK), float64.

The first come from the ground, whatever the frequency; the later ones are what `p1812.prepare` makes of them.

Paths go through the kernels CHUNK at a time. The width is a constant the compiler sees: only then does it know that
two rows never overlap, and turns the loops over them into SIMD code.
"""

from __future__ import annotations

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
    THETA_D, AP,  # theta' of (52), mrad, and A(p), (53)
    NEED,  # 1 where ducting may count: more must be known of the path
    LOSS,  # Lb of one band, dB
) = range(36)  # fmt: skip
FIELDS = 36
CHUNK = 256

# The smooth Earth of the median radius, and after it that of beta0 % of time: rows of (2 SMOOTHS, CHUNK).
(
    NUS,  # Bullington's nu * sqrt(wavelength) over the smooth path
    HSE, SREQ,  # (23); (25) without sqrt(wavelength), m
    ADFT,  # radius for the first term, km
    BEYOND,  # 1 beyond the marginal distance, (22)
) = range(5)  # fmt: skip
SMOOTHS = 5

# The surfaces along a ray, each in the plane of its curvature: (SURFACES, SIDE, samples).
BARE, FLAT, TOPS, TOPS_B = range(4)  # bare ground; over a flat Earth; ground and clutter; the same for beta0 % of time
SURFACES = 4
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
