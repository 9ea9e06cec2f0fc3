"""Compiled loops: numpy, math and numba only, arrays and numbers in, arrays out. No labels, files or classes."""
