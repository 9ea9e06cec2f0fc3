"""Run: a plan as a folder - written whole or not at all, and read back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import xarray as xr
from pyogrio.errors import DataLayerError, DataSourceError

from phusong.coverage.service import service_of
from phusong.errors import Fault, RunError
from phusong.gis.findings import fault_table
from phusong.gis.grid import Grid
from phusong.gis.rasters import write_raster
from phusong.gis.writing import whole_folder, write_csv, write_geopackage
from phusong.scenarios.manifest import MANIFEST, foreign_files, read_manifest, write_manifest
from phusong.scenarios.plan import Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["load", "save"]

# Signal is kept in hundredths of a dB, which is how precisely it is computed; two values mean no number.
_SCALE = 0.01
_UNKNOWN, _NONE = -32768, -32767
_TABLES = {
    "kpis.csv": "kpis",
    "gaps.csv": "gaps",
    "site_gaps.csv": "site_gaps",
    "plan.csv": "proposals",
    "repair_report.csv": "repairs",
}
# Written where the province gave its old communes.
_OLD_TABLES = {"kpis_old.csv": "kpis_old", "gaps_old.csv": "gaps_old", "crosswalk.csv": "crosswalk"}
# Everything else is text: a commune "01234" and a scenario "2026" are names, not numbers.
_NUMBERS = (
    *("numerator", "denominator", "value", "edge_probability", "unknown"),
    *("people", "people_2g", "people_4g", "people_2g_not_4g", "people_unserved", "people_unknown", "gap_share"),
    *("upgrade_people", "upgrade_people_any", "fibre_m", "weight_share"),
)


def save(
    plan: Plan,
    folder: Path,
    *,
    faults: Sequence[Fault] = (),
    also: Sequence[Callable[[Plan, Path], None]] = (),
    timings_s: Mapping[str, float] | None = None,
) -> None:
    """Write a run folder.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Replaced where it already holds a run; anything else there is refused.
    faults : sequence of Fault
        Warnings and notes of the reading, kept in findings.csv.
    also : sequence of callables
        Each writes something more (map, appendix) into the folder it is given.
    timings_s : mapping of str to float
        Seconds by stage, kept in timings.json outside the hashes.

    Raises
    ------
    RunError
        The folder holds something else, or the disk refuses; nothing half-written is left.
    """
    refuse_foreign(folder)
    try:
        with whole_folder(folder) as partial:
            signal_files = _write_all(plan, partial, faults)
            for write in also:
                write(plan, partial)
            if timings_s is not None:
                (partial / "timings.json").write_text(json.dumps(dict(timings_s), indent=1) + "\n", encoding="utf-8")
            proof = {key: value for key, value in plan.proof.items() if key != "seconds"}
            write_manifest(partial, {"facts": dict(plan.facts), "proof": proof, "signal": signal_files})
    except (OSError, DataSourceError, DataLayerError) as err:
        raise RunError(
            f"the run cannot be written to {folder.resolve()} ({err}); free some space or name another folder"
        ) from err


def refuse_foreign(folder: Path) -> None:
    """Raise `RunError` where a run would overwrite something that is no run."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file; name a folder for the run")
    if folder.is_dir() and any(folder.iterdir()) and not _is_run(folder):
        raise RunError(f"{folder} holds something that is no run; name another folder, or empty it yourself")
    added = foreign_files(folder) if folder.is_dir() and _is_run(folder) else []
    if added:
        raise RunError(
            f"{folder} holds {added[0]}, which the run did not make and a new run would take away; move it elsewhere"
        )


def _is_run(folder: Path) -> bool:
    """Tell whether phusong made a folder, whichever version; other tools have a manifest.json too."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"format", "facts", "outputs"} <= content.keys()


def _write_all(plan: Plan, folder: Path, faults: Sequence[Fault]) -> dict[str, str]:
    for name, attribute in _TABLES.items():
        table = pd.DataFrame(getattr(plan, attribute)).drop(columns="geometry", errors="ignore")
        write_csv(table, folder / name)
    for name, attribute in _OLD_TABLES.items():
        if (old := getattr(plan, attribute)) is not None:
            write_csv(old, folder / name)
    flags = "SIMULATED" if plan.facts["simulated"] else ""
    write_csv(fault_table(faults).assign(flags=flags), folder / "findings.csv")
    _write_layers(plan, folder / "layers.gpkg")
    return _write_rasters(plan, folder)


def _write_layers(plan: Plan, path: Path) -> None:
    """Write every vector layer into one GeoPackage, the same bytes for the same plan."""
    layers: dict[str, gpd.GeoDataFrame] = {
        "communes": plan.communes.reset_index(),
        "sites": plan.sites.reset_index(),
        "proposals": plan.proposals,
        "connections": plan.connections,
        **plan.context,
    }
    kinds = {"proposals": "Point", "connections": "Unknown"}
    write_geopackage(layers, path, as_of=plan.facts["as_of"], empty_kinds=kinds, multi={"connections"})


def _write_rasters(plan: Plan, folder: Path) -> dict[str, str]:
    (folder / "signal").mkdir()
    grid = _grid_of(plan.people)
    common = {"simulated": str(bool(plan.facts["simulated"])).lower(), "as_of": str(plan.facts["as_of"])}
    files: dict[str, str] = {}
    for number, (name, level) in enumerate(plan.signal.data_vars.items()):
        operator, technology = str(name).rsplit("|", 1)
        # Operators' names may hold any letter; the file's name need not.
        file = f"signal/{technology}-{number // max(1, len(plan.facts['technologies'])) + 1}.tif"
        tags = {**common, "operator": operator, "technology": technology, "unit": "dBm"}
        write_raster(folder / file, _packed(level.to_numpy()), grid=grid, nodata=_UNKNOWN, scale=_SCALE, tags=tags)
        files[str(name)] = file
    planned = plan.service["planned|4G"].to_numpy()
    tags = {**common, "meaning": "any operator's 4G with the plan: 0 not covered, 1 covered, 2 unknown"}
    write_raster(folder / "signal/4G-planned.tif", planned, grid=grid, nodata=255, tags=tags)
    write_raster(
        folder / "people.tif",
        plan.people.to_numpy(),
        grid=grid,
        nodata=np.nan,
        tags={**common, "unit": "people"},
    )
    return files


def _packed(level_dbm: NDArray[np.float32]) -> NDArray[np.int16]:
    packed = np.round(np.nan_to_num(level_dbm, nan=0.0, neginf=0.0).astype(float) / _SCALE).astype(np.int16)
    packed[np.isnan(level_dbm)] = _UNKNOWN
    packed[np.isneginf(level_dbm)] = _NONE
    return packed


def _unpacked(packed: NDArray[np.int16]) -> NDArray[np.float32]:
    level = np.round(packed.astype(float) * _SCALE, 2).astype(np.float32)
    level[packed == _UNKNOWN] = np.nan
    level[packed == _NONE] = -np.inf
    return level


def _grid_of(raster: xr.DataArray) -> Grid:
    cell = float(raster.attrs["cell_m"])
    rows, cols = raster.shape
    west, north = float(raster["x"][0]) - cell / 2, float(raster["y"][0]) + cell / 2
    return Grid(str(raster.attrs["crs"]), west, north, cell, rows, cols)


def load(folder: Path | str) -> Plan:
    """Read a run folder back.

    Raises
    ------
    RunError
        Where the folder is no finished run or a part of it cannot be read.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    try:
        return _load(folder, manifest)
    except (OSError, KeyError, ValueError, RuntimeError) as err:
        raise RunError(
            f"{folder} cannot be read back ({err}); `phusong verify {folder}` says what was changed"
        ) from err


def _load(folder: Path, manifest: Mapping[str, Any]) -> Plan:
    facts = manifest["facts"]
    kinds: dict[str, Any] = defaultdict(lambda: "str", dict.fromkeys(_NUMBERS, "float"))
    # A missing number is an empty field; an empty text is a text.
    empty = {column: [""] for column in _NUMBERS}
    tables = {
        attribute: pd.read_csv(folder / name, dtype=kinds, keep_default_na=False, na_values=empty)
        for name, attribute in {**_TABLES, **_OLD_TABLES}.items()
        if attribute != "proposals" and (name in _TABLES or name in manifest["outputs"])
    }
    layers = {
        name: gpd.read_file(folder / "layers.gpkg", layer=name)
        for name, _ in pyogrio.list_layers(folder / "layers.gpkg")
    }
    with rasterio.open(folder / "people.tif") as source:
        bounds = source.bounds
        grid = Grid(facts["crs"], bounds.left, bounds.top, float(facts["cell_m"]), source.height, source.width)
        people = grid.wrap(source.read(1), "people", units="people")
    signal = xr.Dataset(attrs={"crs": grid.crs, "cell_m": grid.cell_m})
    for name, file in manifest["signal"].items():
        with rasterio.open(folder / file) as source:
            signal[name] = grid.wrap(_unpacked(source.read(1)), name, units="dBm")
    inside = ~np.isnan(people.to_numpy())
    service = service_of(signal, levels_dbm=facts["service_level_dbm"], inside=inside)
    with rasterio.open(folder / "signal/4G-planned.tif") as source:
        service["planned|4G"] = grid.wrap(source.read(1), "planned|4G")
    known = {"communes", "sites", "proposals", "connections"}
    return Plan(
        facts=facts,
        communes=layers["communes"].set_index("code"),
        sites=layers["sites"].set_index("site_id"),
        kpis=tables["kpis"],
        gaps=tables["gaps"],
        site_gaps=tables["site_gaps"],
        proposals=layers["proposals"],
        connections=layers["connections"],
        service=service,
        signal=signal,
        people=people,
        repairs=tables["repairs"],
        proof=manifest["proof"],
        context={name: layer for name, layer in layers.items() if name not in known},
        **{attribute: tables.get(attribute) for attribute in _OLD_TABLES.values()},
    )
