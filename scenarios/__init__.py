"""THE QUESTION AND THE DECISION: a scenario asks, a plan answers, with proof.

``plan = scenarios.solve(scenarios.read("scenario.toml"), layers, today)``
"""

from phusong.scenarios.plan import Plan
from phusong.scenarios.scenario import Scenario, read
from phusong.scenarios.solve import solve

__all__ = ["Plan", "Scenario", "read", "solve"]
