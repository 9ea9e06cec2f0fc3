"""Shapefile: text of a DBF as its bytes stand there, whatever its labels say, and a lost index made anew."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyogrio

from phusong.gis.readers.bytes_text import text_of

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["companion", "decoded", "encoding_of", "indexed"]

# Language driver ids of dBase that tell a code page; 0 and 0x57 ("ANSI") tell nothing.
_LDID = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x13: "cp932",
    0x4D: "gbk",
    0x4E: "cp949",
    0x4F: "cp950",
    0x64: "cp852",
    0x65: "cp866",
    0xC8: "cp1250",
    0xC9: "cp1251",
}
_LDID_AT = 29
_CPG = re.compile(r"(?:ansi|oem|windows|cp|ibm)?[ _-]*(\d{3,4})", re.IGNORECASE)
_LATIN = re.compile(r"(?:iso[ _-]*)?8859[ _-]*(\d+)", re.IGNORECASE)


def companion(path: Path, suffix: str) -> Path | None:
    """Return the file of a Shapefile with another ending, in small or capital letters; None where it is not there."""
    for written in (suffix, suffix.upper()):
        if (other := path.with_suffix(written)).is_file():
            return other
    return None


def encoding_of(path: Path) -> str | None:
    """Return the encoding a Shapefile states for its text: .cpg first, then the DBF's language byte."""
    cpg = companion(path, ".cpg")
    if cpg is not None:
        stated = cpg.read_bytes()[:64].decode("ascii", "ignore").strip()
        if re.fullmatch(r"utf[ _-]*8|65001", stated, re.IGNORECASE):
            return "utf-8"
        if latin := _LATIN.fullmatch(stated):
            return f"iso8859-{latin[1]}"
        if page := _CPG.fullmatch(stated):
            return f"cp{page[1]}"
    dbf = companion(path, ".dbf")
    if dbf is None:
        return None
    with dbf.open("rb") as file:
        head = file.read(_LDID_AT + 1)
    return _LDID.get(head[_LDID_AT]) if len(head) > _LDID_AT else None


def decoded(table: pd.DataFrame, *, encoding: str, label: str | None, notes: Notes) -> pd.DataFrame:
    """Return a table read byte for byte as Latin-1 with its text and column names decoded.

    Parameters
    ----------
    table : DataFrame
    encoding : str
        As stated in layers.toml; ``"auto"`` where it is not.
    label : str or None
        What the file itself says.
    notes : Notes
        What the encoding is, is described; bytes that do not fit are faults.
    """
    texts = [name for name in table.columns if name != "geometry" and _is_text(table[name])]
    names = [str(name) for name in table.columns]
    values: list[Any] = [value for name in texts for value in table[name]]
    pieces = [value.encode("latin-1") if isinstance(value, str) else None for value in values]
    new = text_of([*(n.encode("latin-1", "replace") for n in names), *pieces], encoding, label, notes=notes)
    table = table.copy()
    if new is None:
        return table
    start = len(names)
    for name in texts:
        column = pd.Series(new[start : start + len(table)], index=table.index, dtype=object)
        table[name] = column.where(column.notna(), None)
        start += len(table)
    renamed = {old: str(fresh) for old, fresh in zip(names, new, strict=False) if old != "geometry"}
    return table.rename(columns=renamed) if len(set(renamed.values())) == len(renamed) else table


def _is_text(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column))


@contextmanager
def indexed(path: Path, notes: Notes) -> Iterator[Path]:
    """Yield a Shapefile that has its index: where .shx is lost, a copy that GDAL gives a new one."""
    if companion(path, ".shx") is not None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="phusong-") as folder:
        copy = Path(folder) / "layer.shp"
        shutil.copyfile(path, copy)
        for suffix in (".dbf", ".prj", ".cpg"):
            if (other := companion(path, suffix)) is not None:
                shutil.copyfile(other, copy.with_suffix(suffix))
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
        try:
            yield copy
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    notes.repair(
        "rebuilt: the index (.shx) of the Shapefile is lost; the shapes are read in the order they stand",
        how_much="1 file",
        remedy="bring the .shx, or save the layer as GeoPackage",
    )
