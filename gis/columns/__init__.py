"""Columns: from a file's names and fields to those of the column dictionary - matched, read, checked."""
