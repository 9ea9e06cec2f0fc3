"""Bytes of text: many pieces of one file decoded alike - as stated, as UTF-8, as labelled, else byte by byte."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import TYPE_CHECKING

from phusong.gis.legacy_text import decode
from phusong.gis.legacy_text.charsets import CP1252, charmap

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["text_of"]

_PROVEN = {"tcvn3": "TCVN3", "vni": "VNI"}
_SAMPLE = 20_000


def text_of(
    pieces: Sequence[bytes | None], encoding: str, label: str | None, *, notes: Notes
) -> list[str | None] | None:
    """Decode the texts of one file.

    Parameters
    ----------
    pieces : sequence of bytes or None
    encoding : str
        As stated in layers.toml, or ``"auto"``.
    label : str or None
        What the file itself says its encoding is. One that is not UTF-8 is often wrong; UTF-8 shows itself.
    notes : Notes
        What the text is found to be is described there.

    Returns
    -------
    list of str or None
        In the same order; None with a fault where the stated encoding does not fit. Where nothing is certain, each
        byte is the letter Windows shows for it, so that `phusong.gis.legacy_text.compose_table` can still tell
        TCVN3 or VNI by its words.
    """
    held = [piece for piece in pieces if piece and not piece.isascii()]
    if encoding != "auto":
        return _stated(pieces, encoding, notes)
    if not held:
        return [None if piece is None else piece.decode("ascii") for piece in pieces]
    if _is_utf8(held):
        if label not in {None, "utf-8"}:
            notes.fault(
                f"the file says its text is {label}, but it is UTF-8", "nothing; it is read as UTF-8", severity="info"
            )
        notes.describe("text UTF-8")
        return _utf8(pieces, notes)
    proven = _PROVEN.get(decode(b"\n".join(held[:_SAMPLE]), encoding="auto").encoding)
    texts = None if label in {None, "utf-8"} or proven else _strict(pieces, str(label))
    if texts is not None:
        notes.describe(f"text {label}, as the file says")
        return texts
    if label is not None:
        notes.fault(
            f"the file says its text is {label}, but {f'its words are {proven}' if proven else 'some bytes are not'}",
            'nothing, or state what it is, e.g. encoding = "tcvn3"',
            severity="info",
        )
    notes.describe(f"text {proven}" if proven else "text in an encoding that the file does not state")
    return [None if piece is None else charmap(piece, CP1252) for piece in pieces]


def _stated(pieces: Sequence[bytes | None], encoding: str, notes: Notes) -> list[str | None] | None:
    try:
        texts = _each(pieces, encoding)
    except UnicodeDecodeError as err:
        notes.fault(
            f"some of the file's text is no {encoding}",
            'take encoding out: phusong then looks at the bytes; or state another one, e.g. encoding = "cp1258"',
            column="encoding",
            value=err.object[:60].decode("latin-1"),
        )
        return None
    except (LookupError, ValueError):
        notes.fault(f"there is no encoding called {encoding!r}", 'write e.g. encoding = "utf-8"', column="encoding")
        return None
    notes.describe(f"text {encoding}, as layers.toml says")
    return texts


def _each(pieces: Sequence[bytes | None], encoding: str) -> list[str | None]:
    return [None if piece is None else decode(piece, encoding=encoding).text for piece in pieces]


def _strict(pieces: Sequence[bytes | None], encoding: str) -> list[str | None] | None:
    try:
        return _each(pieces, encoding)
    except (LookupError, ValueError):
        return None


def _is_utf8(pieces: Sequence[bytes]) -> bool:
    """Tell whether all pieces are UTF-8, but for a last letter that a DBF's width has cut."""
    try:
        texts = [codecs.utf_8_decode(piece, "strict", False)[0] for piece in pieces]  # noqa: FBT003 - not final
    except UnicodeDecodeError:
        return False
    return not all(text.isascii() for text in texts)


def _utf8(pieces: Sequence[bytes | None], notes: Notes) -> list[str | None]:
    texts: list[str | None] = []
    cut = 0
    for piece in pieces:
        text, used = (None, 0) if piece is None else codecs.utf_8_decode(piece, "strict", False)  # noqa: FBT003
        texts.append(text)
        cut += used < len(piece or b"")
    if cut:
        notes.repair(
            "cut: the last letter of a text, of which the field's width left only a part",
            how_much=f"{cut} values",
            remedy="save the layer as GeoPackage, where text is as long as it is",
        )
    return texts
