"""THE ANSWER: a plan as something people look at: a map that opens offline, an appendix that can be signed.

Imported eagerly: `review_map` and `appendix` are functions that share their modules' names, and a late import
of a module would put the module in the function's place.
"""

from __future__ import annotations

from phusong.maps.appendix import Appendix, appendix
from phusong.maps.review_map import ReviewMap, review_map

__all__ = ["Appendix", "ReviewMap", "appendix", "review_map"]
