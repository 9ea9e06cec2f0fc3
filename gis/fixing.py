"""Fixing: cleaned layers in a folder of their own, with the receipt of everything that is not as the files had it.

What the reading mends or drops is written as it was used. Records that break a rule and can be left out without
falsifying a total - masts, cells, cables, roads, hamlets, parks, buildings - are set aside: each is a row of the
receipt and stands as it was in ``set_aside/``. Communes, census and crosswalk are never thinned out: whose people or
land would be missing, that has to be mended by hand.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.errors import Fault, RunError, errors_only
from phusong.gis.assembly import Gathered, gather
from phusong.gis.findings import Findings, fault_table
from phusong.gis.layers_file import LayersFile
from phusong.gis.rasters import write_raster
from phusong.gis.readers.raster_files import RESOLUTION_TAG
from phusong.gis.repair import Repair, repair_table
from phusong.gis.terrain.cover_classes import class_table
from phusong.gis.writing import whole_folder, write_csv, write_geopackage

__all__ = ["RECEIPT", "Fixed", "fix_layers"]

RECEIPT = "receipt.json"
_CLASSES = "land_cover_classes.csv"
_FORMAT = "phusong-fixed-layers-1"
# Records of these layers can be left out one by one; the others hold the land and the people themselves.
_THINNABLE = ("sites", "cells", "fibre", "roads", "hamlets", "industrial_parks", "buildings")
# Where more of a layer is at fault, the file is, and not its rows.
_MOST_SHARE = 0.2
# A rule broken by one row each time, in so many readings one after the other, is broken by the layer.
_LASTING_ROUNDS = 3
_FIGURES = re.compile(r"\d+([.,]\d+)*")
# A row set aside may bring others to light (the cells of a mast); each round finds what depends on the last.
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of a province's files.

    Parameters
    ----------
    folder : Path or None
        The cleaned layers; None where something is left that only the planner can mend.
    gathered : Gathered
        The last reading: what remains wrong, and all repairs.
    set_aside : mapping of str to int
        Records set aside, by layer.
    """

    folder: Path | None
    gathered: Gathered
    set_aside: Mapping[str, int]


def fix_layers(path: Path | str, out: Path | str) -> Fixed:
    """Write cleaned layers and the receipt.

    Parameters
    ----------
    path : path of a ``layers.toml``
    out : path of a folder
        Made, or replaced where it holds an earlier fix; anything else there is refused.

    Returns
    -------
    Fixed

    Raises
    ------
    InputError
        Where layers.toml itself cannot be read.
    RunError
        `out` holds something else.
    """
    path, out = Path(path), Path(out)
    _refuse_foreign(out)
    gathered, aside = _read_round_by_round(path)
    counts = {layer: len(rows) for layer, rows in aside.items()}
    if gathered.layers is None:
        return Fixed(None, gathered, counts)
    with whole_folder(out) as folder:
        _write(gathered, folder)
    return Fixed(out, gathered, counts)


def _read_round_by_round(path: Path) -> tuple[Gathered, dict[str, dict[int | str, str]]]:
    """Read again without the rows at fault, until none is left, or none that may be left out."""
    aside: dict[str, dict[int | str, str]] = {}
    gathered = gather(path)
    lasting: Counter[tuple[str, str | None, str]] = Counter()
    for _ in range(_ROUNDS):
        more = _rows_at_fault(gathered.findings.faults)
        if not more:
            return gathered, aside
        for layer, rows in more.items():
            aside[layer] = {**aside.get(layer, {}), **rows}
        records = {summary.layer: summary.rows for summary in gathered.summaries}
        spoilt = {name for name, rows in aside.items() if len(rows) > _MOST_SHARE * max(1, records.get(name, 0))}
        single = _single_faults(gathered.findings.faults)
        lasting = Counter({key: lasting[key] + 1 for key in single})
        spoilt |= {layer for (layer, _, _), rounds in lasting.items() if rounds >= _LASTING_ROUNDS}
        if spoilt:
            # The file is at fault, and not its rows: a reading of all of them says what is wrong with it.
            return gather(path), {}
        gathered = gather(path, aside=aside)
    return gathered, aside


def _single_faults(faults: Sequence[Fault]) -> set[tuple[str, str | None, str]]:
    """Return the rules that one row of a layer alone breaks, without their figures.

    Such a fault may be about the whole layer, its row an example; then it comes again when that row is set aside.
    """
    keys = Counter(
        (fault.layer, fault.column, _FIGURES.sub("", fault.rule))
        for fault in errors_only(faults)
        if fault.layer in _THINNABLE and fault.row is not None
    )
    return {key for key, count in keys.items() if count == 1}


def _rows_at_fault(faults: Sequence[Fault]) -> dict[str, dict[int | str, str]]:
    rows: dict[str, dict[int | str, str]] = {}
    for fault in errors_only(faults):
        if fault.layer in _THINNABLE and fault.row is not None:
            rows.setdefault(fault.layer, {}).setdefault(fault.row, _told(fault))
    return rows


def _told(fault: Fault) -> str:
    place = "" if fault.column is None else f"{fault.column}: "
    return f"{place}{fault.rule}"


def _refuse_foreign(out: Path) -> None:
    """Raise `RunError` where the folder holds something that is no earlier fix."""
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} is a file; name a folder for the cleaned layers")
    if not out.is_dir() or not any(out.iterdir()):
        return
    try:
        ours = json.loads((out / RECEIPT).read_text(encoding="utf-8"))["format"] == _FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise RunError(f"{out} holds something that is no cleaned layers; name another folder, or empty it yourself")


# --- writing -------------------------------------------------------------------------------------------------


def _write(gathered: Gathered, folder: Path) -> None:
    files: dict[str, str] = {}
    as_of = gathered.file.province.as_of
    for name, table in _with_antennas(gathered, folder).items():
        files[name] = f"{name}.gpkg" if isinstance(table, gpd.GeoDataFrame) else f"{name}.csv"
        filled = table.loc[:, [c for c in table.columns if c == "geometry" or bool(table[c].notna().any())]]
        if isinstance(filled, gpd.GeoDataFrame):
            write_geopackage({name: filled}, folder / files[name], as_of=as_of)
        else:
            write_csv(filled, folder / files[name])
    for name, raster in gathered.rasters.items():
        files[name] = f"{name}.tif"
        simulated = any(s.simulated for s in gathered.summaries if s.layer == name)
        tags = {"unit": raster.unit, "simulated": str(simulated).lower()}
        tags[RESOLUTION_TAG] = f"{raster.source_resolution_m:.6g}"
        write_raster(folder / files[name], raster.values, grid=raster.grid, nodata=np.nan, tags=tags)
    if gathered.layers is not None and gathered.layers.clutter is not None:
        write_csv(class_table(gathered.layers.clutter.classes), folder / _CLASSES)
    (folder / "layers.toml").write_text(_toml(gathered, files), encoding="utf-8")
    _write_receipt(gathered, folder)


def _with_antennas(gathered: Gathered, folder: Path) -> Mapping[str, pd.DataFrame]:
    """Copy the antenna files that cells name, and return the tables with the cells that name the copies."""
    antennas = {} if gathered.layers is None else gathered.layers.antennas
    if not antennas:
        return gathered.tables
    (folder / "antennas").mkdir()
    copies: dict[str, str] = {}
    for number, (name, file) in enumerate(antennas.items(), start=1):
        # Two folders may each hold a file of one name.
        copies[name] = f"antennas/{number}-{file.path.name}"
        shutil.copyfile(file.path, folder / copies[name])
    cells = gathered.tables["cells"]
    return {**gathered.tables, "cells": cells.assign(antenna=cells["antenna"].replace(copies))}


def _write_receipt(gathered: Gathered, folder: Path) -> None:
    findings: Findings = gathered.findings
    repairs = list(findings.repairs)
    if "land_cover" in gathered.rasters:
        what = "written as one class a cell: where a cell had several, its clutter height becomes the commonest one's"
        repairs.append(Repair("land_cover", "*", what, remedy="run on the original where clutter heights matter"))
    write_csv(repair_table(repairs), folder / "repair_report.csv")
    write_csv(fault_table(findings.faults), folder / "findings.csv")
    if findings.left:
        (folder / "set_aside").mkdir()
    for name, rows in findings.left.items():
        table = pd.DataFrame(rows)
        if "geometry" in table and isinstance(rows, gpd.GeoDataFrame):
            table["geometry"] = rows.geometry.to_wkt()
        write_csv(table.reset_index(), folder / "set_aside" / f"{name}.csv")
    receipt = {
        "format": _FORMAT,
        "inputs": [
            {key: value for key, value in asdict(summary).items() if key in {"layer", "file", "sha256", "rows", "used"}}
            for summary in gathered.summaries
        ],
        "set_aside": {name: len(rows) for name, rows in findings.left.items()},
        "repairs": len(repairs),
    }
    (folder / RECEIPT).write_text(json.dumps(receipt, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _toml(gathered: Gathered, files: Mapping[str, str]) -> str:
    """Write the layers.toml of the cleaned layers: same province, own files, no mapping left to do."""
    file: LayersFile = gathered.file
    # What is no default is said; a JSON text, list or number is also a TOML one.
    lines = [
        "# Cleaned by `phusong check --fix`; repair_report.csv lists what is not as the files had it.",
        "[province]",
    ]
    lines += _keys({**file.province.model_dump(exclude_defaults=True), "as_of": file.province.as_of})
    simulated = {s.layer for s in gathered.summaries if s.simulated}
    for name, written in files.items():
        origins = file.files.get(name) or file.files.get("cells") or file.files["sites"]
        origin = origins[0]
        keys: dict[str, Any] = {
            "path": written,
            "source": "; ".join(dict.fromkeys(one.source for one in origins if one.source)),
            "licence": "; ".join(dict.fromkeys(one.licence for one in origins if one.licence)),
        }
        if name not in gathered.rasters and written.endswith(".csv"):
            keys |= {"decimal": ".", "encoding": "utf-8"}
        if name == "terrain" and origin.kind is not None:
            keys["kind"] = origin.kind
        if name == "land_cover":
            keys["table"] = _CLASSES
        if name in simulated and not file.province.simulated:
            keys["simulated"] = True
        lines += ["", f"[layers.{name}]", *_keys({k: v for k, v in keys.items() if v != ""})]
    return "\n".join(lines) + "\n"


def _keys(values: Mapping[str, Any]) -> list[str]:
    dates = {"as_of"}
    return [
        f"{key} = {value if key in dates else json.dumps(value, ensure_ascii=False)}" for key, value in values.items()
    ]
