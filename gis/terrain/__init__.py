"""Terrain: the ground under masts and receivers, and the trees, houses and water on it."""

from phusong.gis.terrain.elevation import LINE_OF_SIGHT_M, Terrain, coarseness, values_at

__all__ = ["LINE_OF_SIGHT_M", "Terrain", "coarseness", "values_at"]
