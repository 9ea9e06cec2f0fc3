"""Communes: today's and those of before 1 July 2025, their census, and the crosswalk between them."""

from phusong.gis.communes.units import Units, has_errors, read_units, with_commune

__all__ = ["Units", "has_errors", "read_units", "with_commune"]
