"""Panel: an array of elements, with one beam or with a grid of beams of which each place takes its strongest.

A 5G cell sends its synchronisation signal (SSB) in one narrow beam after the other; a phone reports the strongest.
What a map of SS-RSRP needs is therefore the envelope: in each direction the strongest of the beams.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from phusong.coverage.antennas.pattern import FloatArray, Terms, evaluate
from phusong.coverage.antennas.sector import ELEMENT, Sector, check_depth
from phusong.errors import ModelError

__all__ = ["Panel", "dft_beams_u"]

_MOST_ELEMENTS = 1024
_EIGHT = 8


def dft_beams_u(columns: int, *, spacing_wl: float = 0.5) -> tuple[float, ...]:
    """Return the directions of the orthogonal beams of a row of elements, as u = sin(azimuth), symmetric about 0.

    Beam k lies at u = (2 k + 1 - columns) / (2 columns spacing): where one peaks the others have nulls.

    Examples
    --------
    >>> dft_beams_u(4)
    (-0.75, -0.25, 0.25, 0.75)
    """
    found = [(2 * k + 1 - columns) / (2.0 * columns * spacing_wl) for k in range(columns)]
    return tuple(u for u in found if abs(u) <= 1.0)


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of elements with all its beams, relative to the peak of the strongest.

    Parameters
    ----------
    tilt_deg : float
        Electrical downtilt of the beams, positive downward.
    columns, rows : int
        Elements beside and above each other.
    column_spacing_wl, row_spacing_wl : float
        In wavelengths.
    beams_u : tuple of float
        Directions of the beams, as sines of the azimuth off boresight.
    beams_elevation_deg : tuple of float
        Rows of beams: elevations relative to the tilt; each row has all of `beams_u`.
    element : Sector
    fill_db : float
        How far below a beam's peak the nulls are filled, by errors of the weights and what stands near the mast.

    Notes
    -----
    Gain = element (3GPP TR 38.901 Table 7.3-1) + 10 log10 of the array factor, with weights of equal size and a
    phase that grows evenly (TR 38.901 7.3 for the layout, ITU-R M.2101-0 5 for the sum). With x = N d (sin a - sin
    a0), the array factor of N elements d wavelengths apart is (sin(pi x) / (N sin(pi x / N)))^2; columns and rows
    multiply. Since a beam's factor is a product of one in azimuth and one in elevation, the maximum over a grid of
    beams is the product of the two maxima.

    The defaults are the SSB beams assumed for n41 and n78: a 64T64R panel of 8 x 12 dual-polarised elements, 0.5 and
    0.65 wavelengths apart, for these give the 13 deg by 6.5 deg that data sheets state (e.g. 8(H) x 12(V) x 2, 13 deg
    x 6.5 deg, 25 dBi); 8 beams in one row, the most that an SSB burst has in these bands (TS 38.213 4.1, case C), in
    the orthogonal directions of 8 columns: -61 to 61 deg. **Assumptions**: vendors weight their SSB beams otherwise
    and keep the weights to themselves. Nulls filled at 20 dB are ours.
    """

    tilt_deg: float = 0.0
    columns: int = 8
    rows: int = 12
    column_spacing_wl: float = 0.5
    row_spacing_wl: float = 0.65
    beams_u: tuple[float, ...] = dft_beams_u(_EIGHT)
    beams_elevation_deg: tuple[float, ...] = (0.0,)
    element: Sector = ELEMENT
    fill_db: float = 20.0

    def __post_init__(self) -> None:
        """Refuse panels without a meaning."""
        if not (1 <= self.columns <= _MOST_ELEMENTS and 1 <= self.rows <= _MOST_ELEMENTS):
            raise ModelError(f"antenna: a panel has 1..1024 columns and rows, not {self.columns} x {self.rows}")
        if not (0.0 < self.column_spacing_wl <= 1.0 and 0.0 < self.row_spacing_wl <= 1.0):
            found = f"{self.column_spacing_wl} and {self.row_spacing_wl}"
            raise ModelError(f"antenna: elements lie more than 0 and at most 1 wavelength apart, not {found}")
        if not (self.beams_u and self.beams_elevation_deg) or max(map(abs, self.beams_u)) > 1.0:
            raise ModelError(f"antenna: beams_u are sines, -1..1, and at least one; not {self.beams_u}")
        check_depth("fill_db", self.fill_db)

    def tilted(self, tilt_deg: float) -> Panel:
        """Return the same panel with its beams `tilt_deg` below the horizon, electrically."""
        return replace(self, tilt_deg=tilt_deg)

    def terms(self) -> Terms:
        """Return the functions the pattern is made of."""
        peak_db = _peak_db(self)
        element = self.element.terms()
        return replace(
            element,
            front=lambda e: element.front(e + self.element.tilt_deg),
            array=lambda e: self._rows_db(e) - peak_db,
            columns=self._columns_db,
            shift_deg=0.0,
        )

    def gain_db(self, azimuth_off_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
        """Return the relative gain, <= 0 dB, in the broadcast shape of the angles."""
        return evaluate(self.terms(), azimuth_off_deg, elevation_deg)

    def _columns_db(self, u: FloatArray) -> FloatArray:
        return self._envelope_db(u, self.beams_u, self.columns, self.column_spacing_wl)

    def _rows_db(self, elevation_deg: FloatArray) -> FloatArray:
        steered = [float(np.sin(np.radians(up - self.tilt_deg))) for up in self.beams_elevation_deg]
        return self._envelope_db(np.sin(np.radians(elevation_deg)), steered, self.rows, self.row_spacing_wl)

    def _envelope_db(
        self, sine: FloatArray, steered: tuple[float, ...] | list[float], count: int, spacing_wl: float
    ) -> FloatArray:
        """Return the strongest array factor of several beams, its nulls filled, 0 dB at each beam's peak."""
        best = np.max([_array_factor(count * spacing_wl * (sine - to), count) for to in steered], axis=0)
        fill = 10.0 ** (-self.fill_db / 10.0)
        envelope: FloatArray = (10.0 * np.log10((best + fill) / (1.0 + fill))).astype(sine.dtype, copy=False)
        return envelope


def _array_factor(x: FloatArray, count: int) -> FloatArray:
    """Return the power of `count` elements in phase at x = 0, relative to that peak; it repeats every `count`."""
    x = np.asarray(x, np.float64)
    x = x - count * np.rint(x / count)
    factor: FloatArray = (np.sinc(x) / np.sinc(x / count)) ** 2
    return factor


@lru_cache(maxsize=256)
def _peak_db(panel: Panel) -> float:
    """Return the gain at the peak of the strongest beam, relative to an element in phase at its own boresight.

    The peak lies within a few tenths of a degree of a beam's own direction, which the element draws inwards.
    """
    element = panel.element.terms()
    azimuth = np.linspace(-90.0, 90.0, 1801)
    best = -np.inf
    for up in panel.beams_elevation_deg:
        elevation = up - panel.tilt_deg + np.linspace(-1.0, 1.0, 101)[:, None]
        own = np.maximum(
            element.horizontal(azimuth) + element.front(elevation + panel.element.tilt_deg), element.floor_db
        )
        u = np.cos(np.radians(elevation)) * np.sin(np.radians(azimuth))
        best = max(best, float((own + panel._rows_db(elevation) + panel._columns_db(u)).max()))  # noqa: SLF001
    return best
