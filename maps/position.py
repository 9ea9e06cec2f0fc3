"""The plan's coordinates for a click: longitude and latitude to metres, without a projection library in the page.

Over a province a transverse Mercator projection with its datum shift is so smooth that a polynomial of the
fifth degree repeats it to millimetres; the page evaluates that polynomial. The worst residual on a grid of
check points is measured here and told to the page, which writes whole metres.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

__all__ = ["evaluate", "fit"]

_DEGREE: Final = 5
_POINTS: Final = 24


def fit(crs: str, bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """Polynomial from degrees to the plan's metres.

    Parameters
    ----------
    crs : str
        A projected CRS in metres.
    bounds : tuple of float
        (south, west, north, east) in degrees, WGS 84.

    Returns
    -------
    dict
        ``centre`` and ``half`` (lon, lat; degrees) that scale the input to -1..1, ``x`` and ``y`` coefficients of
        u**i * v**j for i + j <= degree, i outermost, ``degree``, and ``residual_m`` at points between the fitted.
    """
    south, west, north, east = bounds
    centre, half = ((west + east) / 2, (south + north) / 2), ((east - west) / 2, (north - south) / 2)
    model: dict[str, Any] = {"degree": _DEGREE, "centre": list(centre), "half": list(half)}
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    lon_deg, lat_deg = _mesh(bounds, _POINTS)
    x_m, y_m = to_metres.transform(lon_deg, lat_deg)
    terms = _terms(model, lon_deg, lat_deg)
    for axis, metres in (("x", x_m), ("y", y_m)):
        model[axis] = np.linalg.lstsq(terms, metres, rcond=None)[0].round(4).tolist()
    lon_deg, lat_deg = _mesh(bounds, 2 * _POINTS + 1)
    x_m, y_m = to_metres.transform(lon_deg, lat_deg)
    got_x_m, got_y_m = evaluate(model, lon_deg, lat_deg)
    model["residual_m"] = float(np.hypot(got_x_m - x_m, got_y_m - y_m).max())
    return model


def evaluate(
    model: dict[str, Any], lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute what the page's script does: easting and northing (m) of `model` at places in degrees."""
    terms = _terms(model, lon_deg, lat_deg)
    return terms @ np.asarray(model["x"]), terms @ np.asarray(model["y"])


def _terms(model: dict[str, Any], lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    u = (lon_deg - model["centre"][0]) / model["half"][0]
    v = (lat_deg - model["centre"][1]) / model["half"][1]
    powers = [(i, j) for i in range(model["degree"] + 1) for j in range(model["degree"] + 1 - i)]
    return np.stack([u**i * v**j for i, j in powers], axis=-1)


def _mesh(bounds: tuple[float, float, float, float], points: int) -> tuple[NDArray[np.float64], ...]:
    south, west, north, east = bounds
    mesh = np.meshgrid(np.linspace(west, east, points), np.linspace(south, north, points))
    return tuple(axis.ravel() for axis in mesh)
