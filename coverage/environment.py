"""What stands around a receiver, told from how many people live there - until a land-cover layer says it better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter

from phusong.coverage.propagation import Environment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from phusong.gis.grid import Grid

__all__ = ["URBAN_PER_KM2", "from_density"]

URBAN_PER_KM2 = 2000.0
_AROUND_M = 500.0


def from_density(residents: NDArray[np.float64], *, grid: Grid) -> NDArray[np.int8]:
    """Classify cells as urban or suburban by the population density around them.

    Parameters
    ----------
    residents : array, shape (cells,)
    grid : Grid

    Returns
    -------
    array of int8, shape (cells,)
        `Environment` codes.

    Notes
    -----
    An approximation. Density is the mean over a square of about 500 m, nobody living beyond the grid's edge;
    2,000 people/km2 is urban. Everything else is *suburban*, never *open*: the provinces' empty land is rubber,
    cashew and forest, where Hata's open area would flatter the signal by some 20 dB.
    """
    # An odd number of cells, so that the square is centred on the one it describes.
    side = 2 * round((_AROUND_M / grid.cell_m - 1.0) / 2.0) + 1
    density = uniform_filter(residents.reshape(grid.shape), size=side, mode="constant") / grid.cell_km2
    return np.where(density >= URBAN_PER_KM2, Environment.URBAN, Environment.SUBURBAN).astype(np.int8).ravel()
