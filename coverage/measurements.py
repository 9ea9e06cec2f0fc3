"""Measurements: what a drive test heard, held against a prediction.

``error = predicted - measured`` throughout. Of path losses a positive error is a prediction too pessimistic, of levels
one too optimistic: say which of the two was compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from phusong.coverage.propagation import Environment, Paths, Profile, PropagationModel
from phusong.errors import ModelError

if TYPE_CHECKING:
    from phusong.coverage.cells import Cell, Site

__all__ = ["OVERALL", "agreement", "distance_bins", "drive_loss_db"]

OVERALL = "all"
"""Name of the row over everything."""
# A receiver is never nearer than this to the antenna's foot: below, distances are those of the positioning.
_NEAREST_M = 1.0
_LEAST_EDGES = 2


def agreement(
    predicted_db: ArrayLike,
    measured_db: ArrayLike,
    *,
    by: Sequence[Any] | pd.Series[Any] | pd.Categorical[Any] | None = None,
) -> pd.DataFrame:
    """Return how a prediction agrees with measurements, by group and overall.

    Parameters
    ----------
    predicted_db, measured_db : array_like of float, shape (n,)
        Losses in dB or levels in dBm at the same places; NaN where unknown.
    by : sequence, Series or Categorical, shape (n,), optional
        Group of each place: its sector, or what `distance_bins` says. Places without a group count overall only.

    Returns
    -------
    DataFrame
        A row for each group, in the order of a categorical's categories or else sorted, and the last one over all
        places, named ``"all"``. With e = predicted - measured over the places where both are known::

            points, unknown   places compared; places where one of the two is unknown
            mean_error_db     mean(e), the bias
            std_db            sqrt(mean((e - mean(e))^2)), what an unbiased model would leave
            rmse_db           sqrt(mean(e^2)) = sqrt(mean_error_db^2 + std_db^2)

        NaN where no place can be compared.

    Raises
    ------
    ModelError
        Where the shapes differ or a value is infinite.
    """
    predicted, measured = np.asarray(predicted_db, float), np.asarray(measured_db, float)
    if predicted.ndim != 1 or predicted.shape != measured.shape:
        raise ModelError(
            f"agreement: predicted and measured must both be (n,), not {predicted.shape} and {measured.shape}"
        )
    error = predicted - measured
    if np.isinf(predicted).any() or np.isinf(measured).any():
        raise ModelError("agreement: values must be finite, or NaN where unknown; -inf is no level that was measured")
    rows: dict[Any, dict[str, float]] = {}
    if by is not None:
        groups = pd.Series(by).reset_index(drop=True)
        if groups.shape != error.shape:
            raise ModelError(f"agreement: by must be {error.shape} like the values, not {groups.shape}")
        for name, places in groups.groupby(groups, observed=False).groups.items():
            rows[name] = _row(error[np.asarray(places, np.intp)])
        if OVERALL in rows:
            raise ModelError(f"agreement: a group cannot be called {OVERALL!r}, the name of the row over everything")
    rows[OVERALL] = _row(error)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(rows[OVERALL]))
    return table.astype({"points": int, "unknown": int}).rename_axis("group")


def _row(error_db: NDArray[np.float64]) -> dict[str, float]:
    known = error_db[~np.isnan(error_db)]
    some = known.size > 0
    return {
        "points": known.size,
        "unknown": error_db.size - known.size,
        "mean_error_db": float(known.mean()) if some else np.nan,
        "std_db": float(known.std()) if some else np.nan,
        "rmse_db": float(np.sqrt(np.mean(known**2))) if some else np.nan,
    }


def distance_bins(distance_m: ArrayLike, *, edges_m: Sequence[float]) -> pd.Categorical[Any]:
    """Return the distance bin of each place, e.g. ``"0.5-1 km"``, for `agreement`.

    Parameters
    ----------
    distance_m : array_like of float, shape (n,)
    edges_m : sequence of float
        Ascending, two or more. A bin holds its lower edge and not its upper one; the last holds both. Places outside
        have no bin.

    Examples
    --------
    >>> list(distance_bins([200.0, 500.0, 3000.0], edges_m=[0, 500, 1000]))
    ['0-0.5 km', '0.5-1 km', nan]
    """
    edges = np.asarray(edges_m, float)
    if edges.ndim != 1 or edges.size < _LEAST_EDGES or not (np.diff(edges) > 0).all():
        raise ModelError(f"distance bins: edges_m must ascend, two or more, not {list(edges_m)}")
    distance = np.asarray(distance_m, float)
    codes = np.searchsorted(edges, distance, side="right") - 1
    codes[distance == edges[-1]] = edges.size - 2
    codes[~((distance >= edges[0]) & (distance <= edges[-1]))] = -1
    km = [f"{edge / 1000.0:g}" for edge in edges]
    names = [f"{low}-{high} km" for low, high in itertools.pairwise(km)]
    bins: pd.Categorical[Any] = pd.Categorical.from_codes(codes, categories=pd.Index(names), ordered=True)
    return bins


def drive_loss_db(
    site: Site,
    cell: Cell,
    x_m: ArrayLike,
    y_m: ArrayLike,
    *,
    model: PropagationModel,
    environment: Environment = Environment.URBAN,
    rx_height_m: float = 1.5,
    profile: Callable[[float], Profile] | None = None,
    with_antenna: bool = True,
) -> NDArray[np.float64]:
    """Return what a drive test calls path loss, EIRP minus level, over flat ground.

    Parameters
    ----------
    site, cell : Site, Cell
    x_m, y_m : array_like of float, shape (n,)
        Places measured, in the site's CRS.
    model : PropagationModel
    environment : Environment
        The same around all places.
    rx_height_m : float
    profile : callable, optional
        Length of a path in m -> its profile, for models that read one: what is the same in all directions.
    with_antenna : bool
        False: as if the antenna radiated alike everywhere.

    Returns
    -------
    array of float64, shape (n,)
        Median basic transmission loss minus the antenna's gain relative to its peak. Models warn of ranges as ever.
    """
    east, north = np.asarray(x_m, float) - site.x_m, np.asarray(y_m, float) - site.y_m
    distance = np.maximum(np.hypot(east, north), _NEAREST_M)
    paths = Paths(
        distance_m=distance,
        environment=np.full(distance.shape, environment, np.int8),
        tx_height_m=cell.height_m,
        rx_height_m=rx_height_m,
        profile=None if profile is None else lambda number: profile(float(distance[number])),
    )
    loss = np.asarray(model.loss_db(paths, f_mhz=cell.band.f_mhz), np.float64)
    if with_antenna:
        azimuth = np.degrees(np.arctan2(east, north))
        elevation = np.degrees(np.arctan2(rx_height_m - cell.height_m, distance))
        loss -= cell.antenna.gain_db(azimuth - (cell.azimuth_deg or 0.0), elevation)
    return loss
