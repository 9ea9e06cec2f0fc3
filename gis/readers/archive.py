"""Archive: the one file of a zip or KMZ that holds the layer, taken out under limits into a folder that goes away."""

from __future__ import annotations

import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from phusong.gis.legacy_text import composed

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["Member", "blown_up", "unpacked"]

_MOST_MEMBERS = 10_000
_MOST_BYTES = 4 * 2**30
"""Unpacked, of one member and of all that are needed together."""
_MOST_RATIO = 200
"""Unpacked over packed; deflate gives at most 1,032. Text and DBF of real layers stay below 100."""
_SMALL_BYTES = 64 * 2**20
"""Below this any ratio is harmless: a DBF of blanks may well be packed 900:1."""
_CHUNK = 2**20
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_COMPANIONS = {
    ".shp": {".shx", ".dbf", ".prj", ".cpg"},
    ".tab": {".dat", ".map", ".id", ".ind"},
    ".mif": {".mid"},
}
_NESTED = {".zip", ".kmz", ".7z", ".rar", ".gz"}
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_UNPACK_AGAIN = "unpack it, and name the file in it"
_PACK_AGAIN = "bring the archive again, or pack the files anew"
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    LookupError,
    OSError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file taken out of an archive.

    Parameters
    ----------
    path : Path
        Where it lies for now.
    name : str
        As the archive calls it.
    layer : str or None
        What is left of ``layer = ...``: the layer inside this file.
    """

    path: Path
    name: str
    layer: str | None


@contextmanager
def unpacked(path: Path, *, layer: str | None, suffixes: Collection[str], notes: Notes) -> Iterator[Member | None]:
    """Take the member that holds the layer out of a zip, with the files that belong to it.

    Parameters
    ----------
    path : Path
        Zip or KMZ.
    layer : str or None
        Names the member (``"roads.shp"``, ``"roads"``) or, where only one can be meant, a layer inside it;
        ``"province.gpkg/roads"`` names both.
    suffixes : collection of str
        Endings that phusong reads.
    notes : Notes
        Where faults go.

    Yields
    ------
    Member or None
        None where the archive cannot be used; the notes say why. The folder is removed afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="phusong-") as folder:
        yield _member(path, Path(folder), layer=layer, suffixes=suffixes, notes=notes)


def _member(path: Path, folder: Path, *, layer: str | None, suffixes: Collection[str], notes: Notes) -> Member | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked(archive, notes)
            chosen = None if members is None else _chosen(members, layer, suffixes, path, notes)
            if members is None or chosen is None:
                return None
            name, inner = chosen
            target = _extracted(archive, members, name, folder, notes)
    except _BROKEN as err:
        notes.fault(*_why(err))
        return None
    if target is None:
        return None
    notes.describe(f"{'KMZ' if path.suffix.lower() == '.kmz' else 'zip'}, member {name}")
    return Member(target, name, inner)


def _why(err: BaseException) -> tuple[str, str]:
    """Return rule and remedy of an archive that cannot be unpacked."""
    if isinstance(err, NotImplementedError):
        return f"the archive is packed in a way phusong does not read ({err})", _UNPACK_AGAIN
    if isinstance(err, OSError):
        remedy = "check its permissions, and that there is room for temporary files"
        return f"the archive cannot be read ({err.strerror or err})", remedy
    if isinstance(err, RuntimeError):  # zipfile's word for a password
        return f"the archive cannot be unpacked ({err})", _UNPACK_AGAIN
    return f"the archive is broken ({err})", _PACK_AGAIN


def _checked(archive: zipfile.ZipFile, notes: Notes) -> dict[str, zipfile.ZipInfo] | None:
    """Return the files of an archive by name; None with a fault where it could do harm or is not clear."""
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        notes.fault(f"the archive holds {len(infos):,} files, more than {_MOST_MEMBERS:,}", _UNPACK_AGAIN)
        return None
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _name(info)
        rule = _forbidden(info, name)
        if rule is None and not info.is_dir() and name in members:
            rule = "two files in the archive have the same name"
        if rule is not None:
            notes.fault(rule, "ask who made the archive; pack the files anew", column="path", value=name)
            return None
        if not info.is_dir():
            members[name] = info
    return members


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name: many programs write UTF-8 without saying so, and zipfile then takes it for cp437."""
    if not info.flag_bits & _UTF8_FLAG:
        try:
            return composed(info.filename.encode("cp437").decode("utf-8"))
        except UnicodeError:
            pass
    return composed(info.filename)


def _forbidden(info: zipfile.ZipInfo, name: str) -> str | None:
    """Return why a member must not be unpacked, or None."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or parts[0].endswith(":"):
        return "a file in the archive points out of the archive's own folder"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a file in the archive is a link to another place"
    if info.flag_bits & _ENCRYPTED_FLAG:
        return "the archive is locked with a password"
    if info.file_size > _MOST_BYTES:
        return f"a file in the archive would unpack to {info.file_size / 2**30:.1f} GiB"
    if times := blown_up(info.file_size, info.compress_size):
        return f"a file in the archive would unpack to {times} times its size"
    return None


def blown_up(unpacked_bytes: int, packed_bytes: int) -> int:
    """Return how many times its size a zip or a file in it would unpack to, as only bombs do; 0 where that is harmless.

    Examples
    --------
    >>> blown_up(10**9, 10**6), blown_up(10**9, 10**8), blown_up(10**6, 10)
    (1000, 0, 0)
    """
    packed = max(packed_bytes, 1)
    return unpacked_bytes // packed if unpacked_bytes > max(_SMALL_BYTES, _MOST_RATIO * packed) else 0


def _chosen(
    members: dict[str, zipfile.ZipInfo], layer: str | None, suffixes: Collection[str], path: Path, notes: Notes
) -> tuple[str, str | None] | None:
    """Return the member to read and the layer in it; a fault where none or several could be meant."""
    real = [name for name in members if not any(junk in name.casefold() for junk in _JUNK)]
    readable = [name for name in real if PurePosixPath(name).suffix.lower() in suffixes]
    if path.suffix.lower() == ".kmz":
        # Whatever else a KMZ brings are pictures and models; its doc.kml, else its first KML, is the map.
        kml = [name for name in readable if name.lower().endswith(".kml")]
        readable = [name for name in kml if PurePosixPath(name).name.lower() == "doc.kml"][:1] or kml[:1]
    elif len(readable) > 1:
        # A readme beside the data leaves no doubt.
        readable = [name for name in readable if not name.lower().endswith(".txt")] or readable
    if not readable:
        nested = [name for name in real if PurePosixPath(name).suffix.lower() in _NESTED]
        held = ", ".join(PurePosixPath(name).name for name in real[:8]) or "nothing"
        rule = f"the archive holds no file that phusong reads; it holds {held}"
        notes.fault(rule, "unpack the archive in it, and give that" if nested else "check the archive")
        return None
    if layer is not None:
        for test in (_is_named, _leads_to):
            found = [name for name in readable if test(name, composed(layer))]
            if len(found) == 1:
                return found[0], None if test is _is_named else composed(layer)[len(found[0]) + 1 :]
    if len(readable) == 1:
        return readable[0], layer
    notes.fault(
        f"the archive holds {len(readable)} files that could be the layer: {', '.join(readable[:12])}",
        f'name one: layer = "{readable[0]}"',
        column="layer",
        value=layer,
    )
    return None


def _is_named(name: str, wanted: str) -> bool:
    file = PurePosixPath(name)
    return wanted in {name, file.name, file.stem}


def _leads_to(name: str, wanted: str) -> bool:
    return wanted.startswith(f"{name}/")


def _extracted(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, folder: Path, notes: Notes
) -> Path | None:
    """Write a member and its companions into the folder, under names of our own; return the member's path."""
    file = PurePosixPath(name)
    companions = _COMPANIONS.get(file.suffix.lower(), set())
    needed = [
        other
        for other in members
        if PurePosixPath(other).parent == file.parent
        and PurePosixPath(other).stem.casefold() == file.stem.casefold()
        and PurePosixPath(other).suffix.lower() in companions
    ]
    total = sum(members[one].file_size for one in (name, *needed))
    if total > _MOST_BYTES:
        notes.fault(f"the layer's files would unpack to {total / 2**30:.1f} GiB", _UNPACK_AGAIN)
        return None
    # Of the name in the archive only the ending is used: nothing in it can lead anywhere.
    stem = "".join(c for c in file.stem if c.isalnum() or c in " -_.").strip(". ")[:80] or "layer"
    for one in (name, *needed):
        target = folder / (stem + PurePosixPath(one).suffix.lower())
        with archive.open(members[one]) as source, target.open("wb") as out:
            # zipfile stops at the size the directory states, which has been checked, and tests the checksum.
            while chunk := source.read(_CHUNK):
                out.write(chunk)
    return folder / (stem + file.suffix.lower())
