"""Service: covered, not covered, unknown - by operator and technology, by any and by all operators.

Three-valued logic (Kleene): one operator that covers a place makes it covered by *any* whatever the others do;
a place is *not covered by any* only where every operator is known not to cover it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COVERED", "NOT_COVERED", "OUTSIDE", "UNKNOWN", "all_of", "any_of", "service_of", "state_of"]

NOT_COVERED, COVERED, UNKNOWN, OUTSIDE = 0, 1, 2, 255


def state_of(
    level_dbm: NDArray[np.floating], *, service_level_dbm: float, inside: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the state of every place.

    Parameters
    ----------
    level_dbm : array
        Median level; NaN = unknown, -inf = none.
    service_level_dbm : float
        From here on a place is covered.
    inside : array of bool, same shape
        Places of the province.

    Returns
    -------
    array of uint8, same shape
        0 not covered, 1 covered, 2 unknown, 255 outside.

    Examples
    --------
    >>> import numpy as np
    >>> state_of(np.array([-90.0, -np.inf, np.nan, -90.0]), service_level_dbm=-100.0,
    ...          inside=np.array([True, True, True, False]))
    array([  1,   0,   2, 255], dtype=uint8)
    """
    state = np.where(level_dbm >= service_level_dbm, COVERED, NOT_COVERED).astype(np.uint8)
    state[np.isnan(level_dbm)] = UNKNOWN
    state[~inside] = OUTSIDE
    return state


def any_of(states: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return the state for *any* operator (Kleene's or)."""
    return _fold(states, wins=COVERED, otherwise=NOT_COVERED)


def all_of(states: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return the state for *all* operators (Kleene's and)."""
    return _fold(states, wins=NOT_COVERED, otherwise=COVERED)


def _fold(states: Iterable[NDArray[np.uint8]], *, wins: int, otherwise: int) -> NDArray[np.uint8]:
    stack = list(states)
    if not stack:
        raise ValueError("no operator")
    won = np.logical_or.reduce([state == wins for state in stack])
    unknown = np.logical_or.reduce([state == UNKNOWN for state in stack])
    result = np.where(won, wins, np.where(unknown, UNKNOWN, otherwise)).astype(np.uint8)
    result[stack[0] == OUTSIDE] = OUTSIDE
    return result


def service_of(signal: xr.Dataset, *, levels_dbm: Mapping[str, float], inside: NDArray[np.bool_]) -> xr.Dataset:
    """Turn signal into service.

    Parameters
    ----------
    signal : Dataset
        Variables ``"<operator>|<technology>"``, dBm.
    levels_dbm : mapping of str to float
        Service level by technology.
    inside : array of bool, shape (rows, cols)

    Returns
    -------
    Dataset
        uint8 with the same variables, and ``"any|<technology>"`` and ``"all|<technology>"``.
    """
    service = xr.Dataset(attrs=dict(signal.attrs))
    by_technology: dict[str, list[NDArray[np.uint8]]] = {}
    for name, level in signal.data_vars.items():
        technology = str(name).rsplit("|", 1)[1]
        state = state_of(level.to_numpy(), service_level_dbm=levels_dbm[technology], inside=inside)
        service[name] = level.copy(data=state).assign_attrs(units="")
        by_technology.setdefault(technology, []).append(state)
    for technology, states in by_technology.items():
        for word, fold in (("any", any_of), ("all", all_of)):
            # Every variable sits on the signal's own lattice.
            template = next(iter(service.data_vars.values()))
            service[f"{word}|{technology}"] = template.copy(data=fold(states))
    return service
