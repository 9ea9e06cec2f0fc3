"""From transmitted power to the loss a path may have, and what a margin means for edge and area.

References
----------
D. O. Reudink, chapter 2 of W. C. Jakes (ed.), "Microwave mobile communications", Wiley 1974: the share of a
round cell's area above a threshold, from the share of its edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from scipy.special import erfcx

from phusong.errors import ModelError

__all__ = ["LinkBudget", "area_probability", "fade_margin_db", "max_path_loss_db"]


@dataclass(frozen=True, slots=True)
class LinkBudget:
    """What is set aside between the median signal and the service edge.

    Parameters
    ----------
    edge_probability : float
        Share of places at the edge that have the signal, between 0 and 1; 0.5 is the median map.
    sigma_db : float
        Standard deviation of the log-normal fading, model error included; 8 dB is TR 38.901's RMa NLOS.
    body_loss_db : float
        The user's own body.
    rx_height_m : float
        Height of the handset above ground.
    """

    edge_probability: float = 0.90
    sigma_db: float = 8.0
    body_loss_db: float = 3.0
    rx_height_m: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values outside their possible ranges."""
        _check_edge(self.edge_probability)
        _check("edge_probability", self.edge_probability, low=0.5, high=1.0, unit="(0.5 is the median map)")
        _check("sigma_db", self.sigma_db, low=0.0, high=20.0, unit="dB")
        _check("body_loss_db", self.body_loss_db, low=0.0, high=40.0, unit="dB")
        _check("rx_height_m", self.rx_height_m, low=1.0, high=10.0, unit="m")

    @property
    def fade_margin_db(self) -> float:
        """The margin in dB that `edge_probability` asks for."""
        return fade_margin_db(self.sigma_db, edge_probability=self.edge_probability)


def fade_margin_db(sigma_db: float, *, edge_probability: float) -> float:
    """Return how far the median at the edge must lie above the threshold, in dB.

    Examples
    --------
    >>> round(fade_margin_db(8.0, edge_probability=0.90), 2)
    10.25
    """
    _check_edge(edge_probability)
    _check("sigma_db", sigma_db, low=0.0, high=20.0, unit="dB")
    return sigma_db * NormalDist().inv_cdf(edge_probability)


def area_probability(edge_probability: float, *, sigma_db: float, exponent: float) -> float:
    """Return the share 0..1 of a round cell's area that has the signal.

    Parameters
    ----------
    edge_probability : float
        The share at the edge, between 0 and 1.
    sigma_db : float
        Standard deviation of the fading, more than 0 dB.
    exponent : float
        n of a loss that grows with 10 n log10 d; Hata's at 30 m is 3.5.

    Notes
    -----
    Reudink: Fu = (1 + erf a + exp((2 a b + 1) / b^2) (1 - erf((a b + 1) / b))) / 2, with a counted positive
    where the median at the edge is above the threshold; b = 10 n log10(e) / (sigma sqrt 2). It is computed
    with erfcx(x) = exp(x^2) erfc(x), because the exponential alone overflows for a large sigma.

    Examples
    --------
    >>> round(area_probability(0.90, sigma_db=8.0, exponent=3.5), 3)
    0.966
    """
    _check_edge(edge_probability)
    _check("sigma_db", sigma_db, low=0.01, high=20.0, unit="dB")
    _check("exponent", exponent, low=1.0, high=10.0, unit="")
    a = NormalDist().inv_cdf(edge_probability) / math.sqrt(2.0)
    b = 10.0 * exponent * math.log10(math.e) / (sigma_db * math.sqrt(2.0))
    return 0.5 * (1.0 + math.erf(a) + math.exp(-(a**2)) * float(erfcx(a + 1.0 / b)))


def max_path_loss_db(eirp_dbm: float, *, threshold_dbm: float, budget: LinkBudget) -> float:
    """Return the largest median loss in dB at which service still reaches the asked share of places.

    Parameters
    ----------
    eirp_dbm : float
        EIRP of the reference signal toward the receiver.
    threshold_dbm : float
        Level of the same reference signal at the service edge.
    """
    return eirp_dbm - threshold_dbm - budget.body_loss_db - budget.fade_margin_db


def _check_edge(value: float) -> None:
    if not 0.0 < value < 1.0:
        raise ModelError(f"link budget: edge_probability must lie between 0 and 1, not {value}; 90 % is 0.90")


def _check(name: str, value: float, *, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        rule = f"{low:g}..{high:g} {unit}".rstrip()
        raise ModelError(f"link budget: {name} must be {rule}, not {value}")
