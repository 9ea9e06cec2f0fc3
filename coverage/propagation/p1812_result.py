"""What one P.1812 calculation gives: the loss, and every value on the way under its name in the reference logs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from phusong.coverage.propagation.path_profile import AT_THE_MAST_M, PathProfile

__all__ = ["INTERMEDIATES", "P1812Result", "at_the_mast", "field_strength_dbuvm", "result_of"]

INTERMEDIATES: Final = (
    "d", "hts", "hrs", "htc", "hrc",
    "w", "dtm", "dlm", "dct", "dcr", "phi", "b0", "ae",
    "dlt", "dlr", "th_t", "th_r", "th", "transhorizon",
    "hst_85", "hsr_86", "hst", "hsr", "hstd", "hsrd", "htc_37a", "hrc_37b", "hte", "hre", "hm",
    "Fi", "Fj", "Fk",
    "Lbfs", "Lb0p", "Lb0b",
    "Lbulla50", "Lbulls50", "Ldsph50", "Ld50", "Lbulla", "Lbulls", "Ldsph", "Ldb", "Ldp", "Lbd50", "Lbd",
    "Alf", "Ast", "Asr", "Act", "Acr", "Af", "mu2", "mu3", "beta", "Gamma", "Ap", "Adp", "Lba",
    "Lminb0p", "Lminbap", "Lbda", "Lbam", "Lbs", "Lbc", "Lloc", "Lb", "Ep",
)  # fmt: skip
"""Names of all intermediate values, as the reference logs print them.

The logs use hst, hsr, htc and hrc twice: here ``hst_85``/``hsr_86`` are the fitted surface and ``hst``/``hsr`` the
surface held at the ground (90); ``htc``/``hrc`` are above sea level (Table 5) and ``htc_37a``/``hrc_37b`` above the
smooth surface. ``Lbulla``, ``Lbulls``, ``Ldsph`` belong to beta0, ``...50`` to the median earth radius. ``Ep`` is
for 1 kW ERP. ``transhorizon`` is 1 or 0. Units: km, m, mrad, dB, percent.
"""


@dataclass(frozen=True, slots=True)
class P1812Result:
    """The loss of one path and how it came about.

    Parameters
    ----------
    loss_db : float
        Lb, not exceeded for p % of time at pL % of places; NaN where the ground is not known.
    intermediates : mapping of str to float
        All of `INTERMEDIATES`; NaN where a step was not needed or could not be made.
    """

    loss_db: float
    intermediates: Mapping[str, float]


def field_strength_dbuvm(loss_db: float, *, f_mhz: float, erp_kw: float = 1.0) -> float:
    """Return the field strength in dB(uV/m) a loss means at an effective radiated power, (70)."""
    return 199.36 + 20.0 * math.log10(f_mhz / 1000.0) - loss_db + 10.0 * math.log10(erp_kw)


def result_of(found: Mapping[str, float]) -> P1812Result:
    """Return the result with the names it lacks as NaN."""
    whole = {name: found.get(name, math.nan) for name in INTERMEDIATES}
    return P1812Result(whole["Lb"], MappingProxyType(whole))


def at_the_mast(profile: PathProfile, *, f_ghz: float, htg: float, hrg: float) -> P1812Result:
    """Return free space for a receiver on the mast's own ground."""
    hts, hrs = float(profile.ground_m[0]) + htg, float(profile.ground_m[-1]) + hrg
    d = profile.length_m / 1000.0
    slant_squared = max(d**2 + ((hts - hrs) / 1000.0) ** 2, (AT_THE_MAST_M / 1000.0) ** 2)
    lbfs = 92.4 + 20.0 * math.log10(f_ghz) + 10.0 * math.log10(slant_squared)  # (8), (8a)
    ep = field_strength_dbuvm(lbfs, f_mhz=1000.0 * f_ghz)
    return result_of({"d": d, "hts": hts, "hrs": hrs, "Lbfs": lbfs, "Lb0p": lbfs, "Lb": lbfs, "Ep": ep})
