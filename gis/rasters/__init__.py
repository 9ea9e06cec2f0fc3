"""Rasters: checked and brought onto the grid; nodata becomes NaN here and nowhere else."""

from phusong.gis.rasters.on_grid import OnGrid, probe, read_counts, read_surface, write_raster

__all__ = ["OnGrid", "probe", "read_counts", "read_surface", "write_raster"]
