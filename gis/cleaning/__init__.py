"""Cleaning: broken shapes mended one by one, and communes together, as one coverage."""
