"""Placing: from a table to shapes in the grid's CRS, and what is wrong with where they fall."""
