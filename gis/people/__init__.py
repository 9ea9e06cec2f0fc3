"""People on the grid: census totals spread over rasters, buildings or land, true to the census."""

from phusong.gis.people.dasymetric import People, spread

__all__ = ["People", "spread"]
