"""Siting: which candidates to build, each inequality stated in words before it is built."""

from phusong.scenarios.siting.maximal_covering import MaximalCovering, maximal_covering

__all__ = ["MaximalCovering", "maximal_covering"]
