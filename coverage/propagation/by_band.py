"""The default model: for each band the empirical model that was made for it."""

from __future__ import annotations

from typing import ClassVar, Final

from phusong.coverage.propagation._model import FloatArray, Paths, Range, check_ranges
from phusong.coverage.propagation.extended_hata import ExtendedHata, extended_hata_db
from phusong.coverage.propagation.tr38901 import Tr38901

__all__ = ["ByBand"]

_HATA_TO_MHZ: Final = 3_000.0
# Hata's own constants in the place of SM.2028's rounded ones, which are up to 0.18 dB higher. With them the
# extended model *is* Okumura-Hata between 1 and 20 km and goes on from it without a step on both sides.
_HATA_1980: Final = (69.55, 26.16)


class ByBand:
    """Okumura-Hata to 1500 MHz, COST 231-Hata to 2000, extended Hata to 3000, TR 38.901 above.

    Notes
    -----
    Nearer than 1 km, beyond 20 km and for antennas below 30 m the two older models end and the extended Hata
    takes over. It is the same line there, so the loss is continuous in distance and height.
    """

    name: ClassVar[str] = "hata"
    title: ClassVar[str] = "Hata family by band: Okumura-Hata, COST 231, extended Hata; TR 38.901 above 3 GHz"
    source: ClassVar[str] = "Hata (1980), COST 231 (1999), ITU-R SM.2028-2, 3GPP TR 38.901"
    uses_terrain: ClassVar[bool] = False

    def ranges(self, f_mhz: float | None = None) -> tuple[Range, ...]:
        """Return the ranges at `f_mhz`, without it those below 3000 MHz and every frequency."""
        distance_and_heights = (Tr38901() if _is_above(f_mhz) else ExtendedHata()).ranges()[1:]
        return (Range("frequency", "MHz", (30.0, 30_000.0), (30.0, 100_000.0)), *distance_and_heights)

    def loss_db(self, paths: Paths, *, f_mhz: float) -> FloatArray:
        """Return the median loss in dB, shape (n,)."""
        if _is_above(f_mhz):
            return Tr38901().loss_db(paths, f_mhz=f_mhz)
        check_ranges(self, paths, f_mhz=f_mhz)
        return extended_hata_db(paths, f_mhz=f_mhz, to_1500_mhz=_HATA_1980)


def _is_above(f_mhz: float | None) -> bool:
    return f_mhz is not None and f_mhz > _HATA_TO_MHZ
