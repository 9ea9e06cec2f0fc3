"""phusong (phủ sóng): the open coverage planner for a province's mobile network."""

__version__ = "0.1.0"
