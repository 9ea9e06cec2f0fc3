"""Readers: one module a format family; files in, tables of what really stands in them out.

A reader does not judge values (`phusong.gis.conform` does). It numbers the rows as the planner sees them -
spreadsheet rows for tables, feature numbers from 1 for geographic files - and that number stays the index.
"""
