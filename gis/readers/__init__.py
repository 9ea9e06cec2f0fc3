"""Readers: one module a format family; files in, tables of what really stands in them out.

A reader does not judge values (`phusong.gis.columns.conform` does). It numbers the rows as the planner sees them -
spreadsheet rows for tables, feature numbers from 1 for geographic files - and that number stays the index.

``open_layer`` chooses: by the ending, which ``content`` holds against the file's first bytes; out of zips by
``archive``. Tables of text are ``tables`` (CSV) and ``excel`` with ``workbook``, both laid out by ``header`` and
``rows``; ``vector`` with ``shapefile``, ``kml*``, ``ofds*``, ``parquet`` and ``postgis`` bring shapes; ``opencellid*``
reads a nation in blocks; ``raster_*`` are for `phusong.gis.ground`.
"""
