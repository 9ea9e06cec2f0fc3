"""Maximal covering: the most demand that a budget can reach, with a proof of how near the answer is.

Church and ReVelle (1974), with costs in the place of a count.

In words: choose candidates whose costs together stay within the budget; a demand point counts, once, when at
least one chosen candidate covers it; make the demand that counts as large as possible.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from phusong.errors import PlanError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MaximalCovering", "maximal_covering"]

_OUT_OF_TIME = 1  # status of scipy.optimize.milp
_TOLERANCE = 1e-6  # of HiGHS, by which a choice may overrun its budget


@dataclass(frozen=True, slots=True)
class MaximalCovering:
    """A choice and its proof.

    Parameters
    ----------
    chosen : tuple of int
        Candidates, ascending.
    covered : float
        Demand they cover, recomputed from the matrix given.
    bound : float
        No choice within the budget covers more than this.
    gap_share : float
        (bound - covered) / bound; 0 where nothing can be covered.
    seconds : float
    status : {"optimal", "time_limit", "tolerance"}
        ``"optimal"``: the gap is within the one asked for; ``"tolerance"``: the solver was done, and its choice
        overran the budget by its tolerance and had to be cut.
    cost : float
        Of the choice.
    """

    chosen: tuple[int, ...]
    covered: float
    bound: float
    gap_share: float
    seconds: float
    status: str
    cost: float


@dataclass(frozen=True, slots=True)
class _Problem:
    """The merged problem: what greedy and the solver both look at."""

    matrix: Any
    weight: NDArray[np.float64]
    price: NDArray[np.float64]
    budget: float
    must: set[int]
    allowed: NDArray[np.bool_]

    def value(self, chosen: NDArray[np.intp]) -> float:
        """Return the demand a choice covers."""
        return float(self.weight[_reached(self.matrix, chosen)].sum())


def maximal_covering(
    cover: sparse.sparray | sparse.spmatrix,
    demand: ArrayLike,
    cost: ArrayLike,
    *,
    budget: float,
    locked_in: Iterable[int] = (),
    locked_out: Iterable[int] = (),
    gap: float = 0.01,
    time_limit_s: float = 60.0,
) -> MaximalCovering:
    """Choose candidates that cover the most demand within a budget.

    Parameters
    ----------
    cover : sparse array, shape (candidates, demand points)
        Non-zero where the candidate covers the point.
    demand : array, shape (demand points,)
        Weight of each point, >= 0.
    cost : array, shape (candidates,)
        Cost of each candidate, >= 0.
    budget : float
        In the unit of `cost`.
    locked_in, locked_out : iterables of int
        Candidates that must, or must not, be chosen.
    gap : float
        Proven gap at which the search may stop.
    time_limit_s : float
        Wall-clock limit of the solver.

    Returns
    -------
    MaximalCovering

    Raises
    ------
    PlanError
        Weights, costs or locks that have no meaning, or locked-in candidates dearer than the budget.

    Notes
    -----
    Demand points covered by the same candidates are merged first, which changes nothing and shrinks the
    model. The rest is one mixed-integer programme for HiGHS; the answer is never worse than greedy.

    Examples
    --------
    >>> from scipy import sparse
    >>> cover = sparse.csr_array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
    >>> plan = maximal_covering(cover, [5, 1, 1, 4], [2, 1, 2], budget=4)
    >>> plan.chosen, plan.covered, plan.bound
    ((0, 2), 11.0, 11.0)
    """
    started = time.perf_counter()
    # astype copies: the caller's matrix stays as it is.
    matrix = sparse.csr_array(cover).astype(bool)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    weight, price = np.asarray(demand, float), np.asarray(cost, float)
    must, never = _locks(locked_in, locked_out, matrix.shape[0])
    _check(matrix, weight, price, budget=budget, must=must)
    allowed = np.ones(matrix.shape[0], bool)
    allowed[list(never)] = False
    # What costs more than is left can never be chosen; taking it out tightens the bound.
    allowed &= price + _total(price, must) <= budget
    allowed[list(must)] = True
    merged, merged_weight = _merge(matrix, weight, allowed)
    problem = _Problem(merged, merged_weight, price, budget, must, allowed)
    best = _affordable(problem, _greedy(problem))
    bound = problem.value(np.flatnonzero(allowed))
    in_time = True
    if bound > problem.value(best) * (1 + 1e-12):
        best, proven, in_time = _solve(problem, start=best, gap=gap, time_limit_s=time_limit_s)
        bound = min(bound, proven)
    best = _useful(problem, best)
    covered = float(weight[_reached(matrix, best)].sum())
    # Sums in another order differ in the last digits; a bound below a real choice would be one of them.
    bound = max(bound, covered)
    share = (bound - covered) / bound if bound > 0 else 0.0
    return MaximalCovering(
        chosen=tuple(int(i) for i in np.sort(best)),
        covered=covered,
        bound=bound,
        gap_share=share,
        seconds=time.perf_counter() - started,
        status="optimal" if share <= max(gap, 1e-9) else "tolerance" if in_time else "time_limit",
        cost=_total(price, best),
    )


def _locks(locked_in: Iterable[int], locked_out: Iterable[int], candidates: int) -> tuple[set[int], set[int]]:
    must, never = set(locked_in), set(locked_out)
    both = sorted(must & never)
    if both:
        raise PlanError(f"candidate {both[0]} is locked in and locked out; take it out of one of the lists")
    strange = sorted(i for i in must | never if not 0 <= i < candidates)
    if strange:
        raise PlanError(f"there is no candidate {strange[0]}; there are {candidates}, counted from 0")
    return must, never


def _check(
    matrix: sparse.csr_array, weight: NDArray[np.float64], price: NDArray[np.float64], *, budget: float, must: set[int]
) -> None:
    candidates, points = matrix.shape
    if weight.shape != (points,) or price.shape != (candidates,):
        raise PlanError(
            f"cover is {candidates} candidates x {points} points, "
            f"but demand has shape {weight.shape} and cost {price.shape}"
        )
    for name, values in (("demand", weight), ("cost", price)):
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if bad.size:
            raise PlanError(f"{name}[{bad[0]}] is {values[bad[0]]}; it must be a number of at least 0")
    if not budget >= 0:
        raise PlanError(f"budget is {budget}; it must be a number of at least 0")
    locked = _total(price, must)
    if locked > budget:
        raise PlanError(
            f"the locked-in candidates cost {locked:,.0f}, the budget is {budget:,.0f}; "
            f"raise it by {locked - budget:,.0f} or unlock some"
        )


def _merge(
    matrix: sparse.csr_array, weight: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Merge demand points that exactly the same allowed candidates cover; points nobody covers fall away."""
    usable = sparse.csr_array(sparse.diags_array(allowed.astype(float)) @ matrix.astype(float))
    usable.eliminate_zeros()
    by_point = sparse.csr_array(usable.T)
    by_point.sort_indices()
    groups: dict[bytes, int] = {}
    group_of = np.full(weight.size, -1)
    for point, (start, end) in enumerate(zip(by_point.indptr[:-1], by_point.indptr[1:], strict=True)):
        if end > start and weight[point] > 0:
            key = by_point.indices[start:end].tobytes()
            group_of[point] = groups.setdefault(key, len(groups))
    grouped = np.flatnonzero(group_of >= 0)
    total: NDArray[np.float64] = np.bincount(group_of[grouped], weights=weight[grouped], minlength=len(groups)).astype(
        float
    )
    first = np.unique(group_of[grouped], return_index=True)[1]
    return sparse.csr_array(by_point[grouped[first]].T, dtype=bool), total


def _total(price: NDArray[np.float64], chosen: Iterable[int]) -> float:
    """Return what a choice costs, summed exactly: the same in whatever order."""
    return fsum(price[i] for i in chosen)


def _reached(matrix: sparse.csr_array, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the demand points the chosen candidates cover."""
    return np.unique(matrix[chosen].indices) if len(chosen) else np.empty(0, np.intp)


def _greedy(problem: _Problem) -> NDArray[np.intp]:
    """Take the best demand per cost again and again; or the best single candidate where that is better."""
    matrix, price = problem.matrix, problem.price
    chosen = sorted(problem.must)
    rest = problem.weight.copy()
    rest[_reached(matrix, np.array(chosen, np.intp))] = 0.0
    free = problem.allowed.copy()
    free[chosen] = False
    single: NDArray[np.intp] | None = None
    counts = matrix.astype(float)
    while True:
        left = problem.budget - _total(price, chosen)
        gain = np.where(free & (price <= left), counts @ rest, 0.0)
        if not (gain > 0).any():
            break
        if single is None:
            single = np.array([*chosen, int(gain.argmax())], np.intp)
        with np.errstate(over="ignore"):  # next to nothing for much: infinitely good value
            ratio = np.divide(gain, price, out=np.where(gain > 0, np.inf, 0.0), where=price > 0)
        pick = int(ratio.argmax())
        chosen.append(pick)
        free[pick] = False
        rest[_reached(matrix, np.array([pick]))] = 0.0
    many = np.array(chosen, np.intp)
    return many if single is None or problem.value(many) >= problem.value(single) else single


def _solve(
    problem: _Problem, *, start: NDArray[np.intp], gap: float, time_limit_s: float
) -> tuple[NDArray[np.intp], float, bool]:
    """Hand the programme to HiGHS; return the better of its answer and the start, a valid bound, and if it was done.

    Variables: y_i = 1 where candidate i is chosen, z_j = share of demand group j that counts (0..1).
    Maximise the sum of weight_j z_j such that

    - a group counts only as far as candidates that cover it are chosen: z_j <= sum of y_i over its candidates;
    - the choice is paid for: sum of cost_i y_i <= budget;
    - locks: y_i = 1 for locked in, y_i = 0 for what is not allowed.
    """
    candidates, groups = problem.matrix.shape
    # Costs as shares of the budget, demand in millionths of all: the solver's tolerances are absolute, and have to
    # mean the same whatever the currency and the unit. What is not allowed costs nothing, it is held at 0.
    price = np.where(problem.allowed, problem.price, 0.0)
    scaled = price / problem.budget if problem.budget > 0 else price
    unit = float(problem.weight.sum()) / 1e6
    counts = sparse.hstack([-problem.matrix.astype(float).T, sparse.identity(groups)], format="csr")
    paid = sparse.csr_array(np.concatenate([scaled, np.zeros(groups)])[None, :])
    low = np.zeros(candidates + groups)
    low[list(problem.must)] = 1.0
    high = np.concatenate([problem.allowed.astype(float), np.ones(groups)])

    def solve(room: float, seconds: float) -> Any:
        return milp(
            c=np.concatenate([np.zeros(candidates), -problem.weight / unit]),
            constraints=[LinearConstraint(counts, ub=0.0), LinearConstraint(paid, ub=room)],
            integrality=np.concatenate([np.ones(candidates), np.zeros(groups)]),
            bounds=Bounds(low, high),
            options={"time_limit": seconds, "mip_rel_gap": gap},
        )

    started = time.perf_counter()
    answer = solve(1.0 if problem.budget > 0 else 0.0, time_limit_s)
    in_time = answer.status != _OUT_OF_TIME
    dual = answer.get("mip_dual_bound")
    bound = float("inf") if dual is None or not np.isfinite(dual) else -float(dual) * unit
    if answer.x is None:
        return start, bound, in_time
    found = np.flatnonzero(answer.x[:candidates] > 0.5)  # noqa: PLR2004
    left_s = time_limit_s - (time.perf_counter() - started)
    if _total(problem.price, found) > problem.budget and left_s > 0:
        # It overran within its tolerance. Once more with that much less room: the choice then fits, the bound stays.
        again = solve(1.0 - 2 * _TOLERANCE, left_s)
        if again.x is not None:
            found = np.flatnonzero(again.x[:candidates] > 0.5)  # noqa: PLR2004
    found = _affordable(problem, found)
    return (found if problem.value(found) >= problem.value(start) else start), bound, in_time


def _useful(problem: _Problem, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Drop what covers nothing that the others do not, the dearest first; locked in stays locked in."""
    whole = problem.value(chosen)
    for number in sorted(set(chosen.tolist()) - problem.must, key=lambda i: (-problem.price[i], i)):
        rest = chosen[chosen != number]
        if problem.value(rest) >= whole:
            chosen = rest
    return chosen


def _affordable(problem: _Problem, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Drop the least useful until the budget holds: the solver works to tolerances, the promise is exact."""
    while _total(problem.price, chosen) > problem.budget:
        droppable = [i for i in chosen if i not in problem.must]
        keep = [chosen[chosen != i] for i in droppable]
        chosen = max(keep, key=problem.value)
    return chosen
