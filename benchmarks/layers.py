"""The ground, timed: a hundred thousand masts, a nation's OpenCelliD file, and zonal sums as one product.

    python benchmarks/layers.py [--quick] [--json FILE]

Each reading runs in a process of its own, whose peak memory is the figure. Against what: the nation's file against
``pandas.read_csv`` of the same file, the zonal sums against exactextract's own zonal statistics and against a mask per
zone as `rasterio.features.geometry_mask` makes it - all on the same data in the same run, so that the ratios mean
something on any machine. The 263 communes are those beside the checkout (../shared) or, where these are missing,
Voronoi communes of as many vertices; which of them is said and is a figure.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from rasterio import Affine
from rasterio.features import geometry_mask

from phusong.gis import check_layers
from phusong.gis.findings import Findings
from phusong.gis.grid import Grid
from phusong.gis.readers.opencellid import COLUMNS, read_opencellid
from phusong.gis.zones import zones_of

CRS = "EPSG:9210"
REAL = Path(__file__).parents[2] / "shared/data/communes_new/communes_2025_dongnai_hcmc.gpkg"
COMMUNES, VERTICES = 263, 588_726
VIETNAM = (102.2, 8.6, 109.5, 23.4)
PROVINCE = (106.0, 10.3, 107.7, 12.0)
OPERATORS = ("Mạng A", "Mạng B", "Mạng C")
# Kilobytes of ru_maxrss on Linux; bytes on macOS.
RSS_GIB = 2**30 if sys.platform == "darwin" else 2**20


def figure(value: float, unit: str, *, higher_is_better: bool = False) -> dict[str, object]:
    """Return one figure in the form outside checks read."""
    return {"value": float(f"{value:.6g}"), "unit": unit, "higher_is_better": higher_is_better}


# --- the files -----------------------------------------------------------------------------------------------


def communes() -> tuple[gpd.GeoDataFrame, bool]:
    """Return the communes of two merged provinces, and whether they are real."""
    if REAL.is_file():
        table = gpd.read_file(REAL).to_crs(CRS)
        return table[["code", "name", "geometry"]] if {"code", "name"} <= set(table) else _coded(table), True
    rng = np.random.default_rng(2026)
    seeds = shapely.multipoints(rng.uniform((570_000, 1_130_000), (760_000, 1_330_000), (COMMUNES, 2)))
    frame = shapely.box(570_000, 1_130_000, 760_000, 1_330_000)
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame)), frame)
    step_m = float(shapely.length(cells).sum()) / VERTICES
    return _coded(gpd.GeoDataFrame(geometry=shapely.segmentize(cells, step_m), crs=CRS)), False


def _coded(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    codes = [f"{25000 + n:05d}" for n in range(len(table))]
    return gpd.GeoDataFrame({"code": codes, "name": [f"Xã {n}" for n in range(len(table))]}, geometry=table.geometry)


def write_province(folder: Path, *, sites: int) -> dict[str, float]:
    """Write a province of so many masts with three cells each; a hundredth of them is shared by two operators."""
    table, real = communes()
    table["population"] = (table.area / 1e6 * 300).round().astype(int)
    table.to_file(folder / "communes.gpkg")
    rng = np.random.default_rng(2026)
    west, south, east, north = table.total_bounds
    x, y = rng.uniform(west, east, 4 * sites), rng.uniform(south, north, 4 * sites)
    outline = shapely.union_all(table.geometry.to_numpy())
    inside = np.flatnonzero(shapely.contains_xy(outline, x, y))[:sites]
    ids = np.array([f"T{n:06d}" for n in range(len(inside))])
    owner = rng.choice(OPERATORS, len(ids))
    masts = pd.DataFrame(
        {
            "Mã trạm": ids,
            "Tên trạm": [f"Trạm {n}" for n in range(len(ids))],
            "X": x[inside].round(2),
            "Y": y[inside].round(2),
            "Độ cao trạm (m)": rng.integers(15, 90, len(ids)),
            "Chủ sở hữu": owner,
        }
    )
    shared = masts[rng.random(len(ids)) < 0.01]  # noqa: PLR2004
    shared = shared.assign(**{"Chủ sở hữu": [OPERATORS[(OPERATORS.index(o) + 1) % 3] for o in shared["Chủ sở hữu"]]})
    pd.concat([masts, shared]).to_csv(folder / "sites.csv", index=False)
    at = np.repeat(np.arange(len(ids)), 3)
    pd.DataFrame(
        {
            "cell_id": [f"{ids[n]}-{k}" for n, k in zip(at, np.tile([1, 2, 3], len(ids)), strict=True)],
            "site_id": ids[at],
            "operator": owner[at],
            "technology": "4G",
            "earfcn": rng.choice([1617, 300, 3725], len(at)),
            "azimuth_deg": np.tile([0, 120, 240], len(ids)),
        }
    ).to_csv(folder / "cells.csv", index=False)
    (folder / "layers.toml").write_text(
        f'[province]\nname = "Hai tỉnh"\ncrs = "{CRS}"\ncell_m = 250\nas_of = 2026-01-01\n'
        f"operators = {json.dumps(OPERATORS, ensure_ascii=False)}\n"
        '[layers.communes]\npath = "communes.gpkg"\n'
        f'[layers.sites]\npath = "sites.csv"\ncrs = "{CRS}"\ncolumns = {{ x_m = "X", y_m = "Y" }}\n'
        '[layers.cells]\npath = "cells.csv"\n',
        encoding="utf-8",
    )
    vertices = float(shapely.get_num_coordinates(table.geometry.to_numpy()).sum())
    return {"sites": float(len(masts) + len(shared)), "vertices": vertices, "real": float(real)}


def write_opencellid(path: Path, *, rows: int) -> None:
    """Write a nation's OpenCelliD file: nodes of ten cells, half of them never measured, in blocks of a million."""
    rng = np.random.default_rng(2026)
    for start in range(0, rows, 1_000_000):
        count = min(1_000_000, rows - start)
        number = start + np.arange(count)
        node, sector = number // 10, number % 10
        radio = np.array(["GSM", "UMTS", "LTE", "LTE", "NR"])[node % 5]
        cell = np.select(
            [radio == "GSM", radio == "UMTS"],
            [node % 6000 * 10 + sector, (node % 4000 << 16) + node % 6000 * 10 + sector],
            node * 256 + sector,
        )
        places = np.random.default_rng(node[0]).uniform(VIETNAM[:2], VIETNAM[2:], (node[-1] - node[0] + 1, 2))
        lon, lat = (places[node - node[0]] + rng.normal(0, 0.005, (count, 2))).T
        table = {
            "radio": radio,
            "mcc": 452,
            "net": np.array([1, 2, 4])[node % 3],
            "area": node // 6000 + 1,
            "cell": cell,
            "unit": 0,
            "lon": lon.round(6),
            "lat": lat.round(6),
            "range": np.where(rng.random(count) < 0.5, 1000, rng.integers(200, 9000, count)),  # noqa: PLR2004
            "samples": rng.integers(1, 300, count),
            "changeable": 1,
            "created": 1_459_813_819,
            "updated": rng.integers(1_459_813_819, 1_700_000_000, count),
            "averageSignal": 0,
        }
        pd.DataFrame(table)[COLUMNS].to_csv(path, mode="a", index=False, header=start == 0)


# --- one stage in a process of its own -------------------------------------------------------------------------


def check(folder: Path) -> dict[str, float]:
    """Check the province; return how long it took and what was found."""
    started, spent = perf_counter(), process_time()
    findings, summaries = check_layers(folder / "layers.toml")
    seconds, cpu = perf_counter() - started, process_time() - spent
    errors = [fault.line() for fault in findings.faults if fault.severity == "error"]
    if errors:
        raise SystemExit("\n".join(errors[:10]))
    used = {summary.layer: summary.used for summary in summaries}
    return {"seconds": seconds, "cpu": cpu, "cells": float(used["cells"])}


def opencellid(path: Path) -> dict[str, float]:
    """Read the nation's file as one province reads it."""

    def near(lon: object, lat: object) -> object:
        a, b = np.asarray(lon), np.asarray(lat)
        return (a >= PROVINCE[0]) & (a <= PROVINCE[2]) & (b >= PROVINCE[1]) & (b <= PROVINCE[3])

    findings = Findings()
    started = perf_counter()
    found = read_opencellid(
        path,
        operators={},
        where={"mcc": ("452",)},
        encoding="auto",
        notes=findings.of("cells", path.name),
        near=near,  # type: ignore[arg-type]
        outside="drop",
    )
    seconds = perf_counter() - started
    if found is None:
        raise SystemExit("\n".join(fault.line() for fault in findings.faults))
    kinds = ("dropped", "left out")
    listed = sum(int(r.how_much.split()[0]) for r in findings.repairs if r.what.startswith(kinds))
    if int(found.counts.sum()) + listed != found.records:
        raise SystemExit(f"{found.records} records are not {int(found.counts.sum())} used and {listed} listed")
    return {"seconds": seconds, "records": float(found.records), "sites": float(len(found.sites))}


def plain(path: Path) -> dict[str, float]:
    """Read the same file with pandas alone, which is what a script would do."""
    started = perf_counter()
    rows = len(pd.read_csv(path))
    return {"seconds": perf_counter() - started, "records": float(rows)}


STAGES = {"check": check, "opencellid": opencellid, "plain": plain}


def measured(stage: str, path: Path) -> dict[str, float]:
    """Run a stage in a fresh process; return its figures and its peak memory in GiB."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, __file__, "--stage", stage, str(path)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{stage} failed:\n{done.stdout}{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


# --- zonal sums ------------------------------------------------------------------------------------------------


def zonal(table: gpd.GeoDataFrame, *, cell_m: float, fields: int) -> dict[str, dict[str, object]]:
    """Sum fields over the communes: one sparse product, exactextract's statistics, a mask a zone."""
    west, south, east, north = (float(bound) for bound in table.total_bounds)
    grid = Grid.around((west, south, east, north), crs=CRS, cell_m=cell_m)
    rng = np.random.default_rng(2026)
    values = rng.random((fields, grid.rows, grid.cols))
    started = perf_counter()
    zones = zones_of(table.set_index("code"), grid=grid)
    building_s = perf_counter() - started
    started = perf_counter()
    product = np.array([zones.sums(field.ravel()) for field in values])
    product_s = (perf_counter() - started) / fields
    bounds = grid.bounds
    started = perf_counter()
    exact = exact_extract(NumPyRasterSource(values[0], *bounds), table, ["sum"], output="pandas")["sum"].to_numpy()
    exact_s = perf_counter() - started
    transform = Affine(cell_m, 0, bounds[0], 0, -cell_m, bounds[3])
    started = perf_counter()
    masked = [
        float(values[0][geometry_mask([shape], grid.shape, transform, invert=True)].sum()) for shape in table.geometry
    ]
    mask_s = perf_counter() - started
    error = float(np.abs(product[0] / exact - 1.0).max())
    return {
        "zonal_build_seconds": figure(building_s, "s"),
        "zonal_product_seconds": figure(product_s, "s"),
        "zonal_ratio_to_exactextract": figure(exact_s / product_s, "ratio", higher_is_better=True),
        "zonal_ratio_to_masks": figure(mask_s / product_s, "ratio", higher_is_better=True),
        "zonal_fields_to_pay_for_building": figure(building_s / max(exact_s - product_s, 1e-9), "fields"),
        "zonal_difference_to_exactextract_share": figure(error, "share"),
        "zonal_masks_sum_over_product": figure(sum(masked) / float(product[0].sum()), "ratio", higher_is_better=True),
    }


def run(*, quick: bool) -> dict[str, dict[str, object]]:
    """Measure everything."""
    sites, rows, cell_m = (10_000, 500_000, 500.0) if quick else (100_000, 5_000_000, 250.0)
    figures: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = write_province(folder, sites=sites)
        origin = "of ../shared" if made["real"] else "Voronoi communes, for ../shared is not there"
        print(f"{made['vertices']:,.0f} vertices ({origin}), {made['sites']:,.0f} rows of sites")
        done = measured("check", folder)
        figures |= {
            "check_100k_sites_seconds": figure(done["seconds"], "s"),
            "check_100k_sites_cpu_seconds": figure(done["cpu"], "s"),
            "check_100k_sites_gib": figure(done["gib"], "GiB"),
            "check_100k_sites_rows": figure(made["sites"], "rows", higher_is_better=True),
            "check_100k_sites_vertices": figure(made["vertices"], "vertices", higher_is_better=True),
            "check_100k_sites_real_communes": figure(made["real"], "1 = yes", higher_is_better=True),
            "check_100k_sites_cells_used": figure(done["cells"], "cells", higher_is_better=True),
        }
        path = folder / "452.csv"
        write_opencellid(path, rows=rows)
        nation, pandas_ = measured("opencellid", path), measured("plain", path)
        figures |= {
            "opencellid_5m_seconds": figure(nation["seconds"], "s"),
            "opencellid_5m_gib": figure(nation["gib"], "GiB"),
            "opencellid_5m_rows": figure(nation["records"], "rows", higher_is_better=True),
            "opencellid_5m_sites": figure(nation["sites"], "sites", higher_is_better=True),
            "opencellid_pandas_seconds": figure(pandas_["seconds"], "s"),
            "opencellid_pandas_gib": figure(pandas_["gib"], "GiB"),
            "opencellid_5m_time_ratio_to_pandas": figure(nation["seconds"] / pandas_["seconds"], "ratio"),
            "opencellid_5m_memory_ratio_to_pandas": figure(nation["gib"] / pandas_["gib"], "ratio"),
        }
        figures |= zonal(gpd.read_file(folder / "communes.gpkg"), cell_m=cell_m, fields=10)
    return figures


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--stage", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        name, path = options.stage
        found = STAGES[name](Path(path))
        print(json.dumps(found | {"gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / RSS_GIB}))
        return
    figures = run(quick=options.quick)
    for name, entry in figures.items():
        print(f"{name:<40}{entry['value']:>16,} {entry['unit']}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
