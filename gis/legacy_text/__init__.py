"""Vietnamese text as files hold it: old encodings read, letters in one form (NFC), names compared without merging two.

`decode` reads a file's bytes, `compose_table` mends the text of a table that a library has read, `fold` and
`name_key` are for search and for joins, `match_names` joins two lists of names.
"""

from phusong.gis.legacy_text.decoding import Decoded, decode
from phusong.gis.legacy_text.mending import compose_table, composed
from phusong.gis.legacy_text.names import Matches, fold, match_names, name_key

__all__ = ["Decoded", "Matches", "compose_table", "composed", "decode", "fold", "match_names", "name_key"]
