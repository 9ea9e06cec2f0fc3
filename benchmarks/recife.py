"""Recife, held against a drive test: GSM 1800, four sectors, 9,308 places of a flat city; nothing is tuned.

    python benchmarks/recife.py [--quick] [--json FILE] [--markdown] [--data FOLDER]

Prints mean error, standard deviation and rmse of the path loss (predicted - measured, dB) by sector for each model,
with 3GPP's sector pattern and without any, and by distance. The measurements lie beside the checkout
(../shared/validation/recife_gsm1800) and are not part of the project. `docs/measurements.md` says what they mean.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from phusong.coverage.antennas import Sector
from phusong.coverage.bands import band
from phusong.coverage.cells import Cell, Site
from phusong.coverage.measurements import OVERALL, agreement, distance_bins, drive_loss_db
from phusong.coverage.propagation import get_model
from phusong.coverage.propagation.path_profile import INLAND, PathProfile
from phusong.errors import ModelRangeWarning
from phusong.gis.crs import WGS84, transform

DATA = Path(__file__).parents[2] / "shared/validation/recife_gsm1800"
CRS = "EPSG:32725"
EDGES_M = (0.0, 250.0, 500.0, 1000.0, 1500.0, 2500.0)
EMPIRICAL = ("free-space", "cost231-hata", "extended-hata", "hata", "tr38901")
CLUTTER_M = 15.0
"""Over the whole city, for P.1812: what the Recommendation takes for urban ground without a raster."""
STEP_M = 30.0
# An east of Recife lies beyond -30 deg; what is nearer to Greenwich has its decimal point one place too far left.
_LOST_POINT_DEG = 10.0


class Recife(NamedTuple):
    """The drive test: sites with a cell each, by name, and the places measured."""

    sites: dict[str, Site]
    places: pd.DataFrame


def read(folder: Path = DATA) -> Recife:
    """Read the drive test; three of its four longitudes miss a factor of ten, which is put right."""
    masts = pd.read_csv(folder / "BTSs_Data.csv", sep=";")
    masts["lon"] = masts["lon"].where(masts["lon"].abs() > _LOST_POINT_DEG, masts["lon"] * 10.0)
    masts["x_m"], masts["y_m"] = transform(masts["lon"], masts["lat"], source=WGS84, target=CRS)
    sites = {}
    for row in masts.itertuples():
        # GSM 1800: channel n is received at 1805.2 + 0.2 (n - 512) MHz (3GPP TS 45.005).
        carrier = replace(band("GSM1800"), f_mhz=1805.2 + 0.2 * (row.bcch - 512))
        cell = Cell(
            cell_id=row.BTS_ID,
            operator="",
            technology="2G",
            band=carrier,
            height_m=float(row.height),
            azimuth_deg=float(row.azimuth),
            tilt_deg=float(row.tiltEle + row.tiltMec),
            eirp_dbm=float(row.eirp),
            mechanical_tilt_deg=float(row.tiltMec),
            pattern=Sector(),
        )
        sites[row.BTS_ID] = Site(row.BTS_ID, row.x_m, row.y_m, (cell,))
    places = pd.read_csv(folder / "measurements.csv")
    places["x_m"], places["y_m"] = transform(places["lon"], places["lat"], source=WGS84, target=CRS)
    return Recife(sites, places)


def flat_city(length_m: float) -> PathProfile:
    """Return a flat profile with the same clutter everywhere between its ends."""
    samples = max(3, round(length_m / STEP_M) + 1)
    clutter = np.full(samples, CLUTTER_M)
    return PathProfile(np.linspace(0.0, length_m, samples), np.zeros(samples), clutter, np.full(samples, INLAND))


def predicted(test: Recife, model: str, *, with_antenna: bool) -> np.ndarray:
    """Return the path loss a model predicts at each place, dB, shape (n,)."""
    loss = np.full(len(test.places), np.nan)
    for name, site in test.sites.items():
        here = (test.places["BTS_ID"] == name).to_numpy()
        places = test.places[here]
        loss[here] = drive_loss_db(
            site,
            site.cells[0],
            places["x_m"],
            places["y_m"],
            model=get_model(model),
            profile=flat_city if model == "p1812" else None,
            with_antenna=with_antenna,
        )
    return loss


def compare(test: Recife, models: tuple[str, ...]) -> pd.DataFrame:
    """Return `agreement` by sector for each model, without and with the antenna: index (model, antenna, group)."""
    measured = test.places["PLreal"]
    tables = {
        (model, antenna): agreement(
            predicted(test, model, with_antenna=antenna == "3gpp-sector"), measured, by=test.places["BTS_ID"]
        )
        for model in models
        for antenna in ("none", "3gpp-sector")
    }
    return pd.concat(tables, names=["model", "antenna"])


def main() -> None:
    """Print the tables, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--quick", action="store_true", help="every tenth place")
    parser.add_argument("--markdown", action="store_true", help="the tables as docs/measurements.md has them")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"the drive test is not at {options.data}; name its folder with --data")
    test = read(options.data)
    if options.quick:
        test = Recife(test.sites, test.places[::10].reset_index(drop=True))
    with warnings.catch_warnings():
        # Hata's family begins at 1 km, half the places are nearer: extrapolated, as docs/measurements.md says.
        warnings.simplefilter("ignore", ModelRangeWarning)
        table = compare(test, (*EMPIRICAL, "p1812"))
        loss = predicted(test, "hata", with_antenna=True)
    bins = distance_bins(test.places["dist"] * 1000.0, edges_m=EDGES_M)
    by_distance = agreement(loss, test.places["PLreal"], by=bins)
    print(f"predicted - measured path loss, dB, {len(test.places)} places: mean error / std / rmse\n")
    show(side_by_side(table), markdown=options.markdown)
    print("\nhata with 3gpp-sector, by distance\n")
    show(by_distance, markdown=options.markdown)
    if options.json:
        overall = table.xs(OVERALL, level="group")
        figures = {
            f"recife_{model}_{antenna}_{name}": {"value": round(float(row[name]), 3), "unit": "dB"}
            | {"higher_is_better": False}
            for (model, antenna), row in overall.iterrows()
            for name in ("std_db", "rmse_db")
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a model and antenna, one column a group, each ``mean / std / rmse`` in tenths of a dB."""
    told = table.apply(lambda row: f"{row.mean_error_db:+.1f} / {row.std_db:.1f} / {row.rmse_db:.1f}", axis=1)
    return told.unstack("group").loc[list(dict.fromkeys(told.index.droplevel("group")))]  # noqa: PD010 - labels stay


def show(table: pd.DataFrame, *, markdown: bool) -> None:
    """Print a table of agreement, tenths of a dB."""
    flat = table.reset_index()
    names = [str(name) for name in flat.columns]
    rows = [
        [f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in flat.to_numpy().tolist()
    ]
    if markdown:
        print("\n".join("| " + " | ".join(row) + " |" for row in [names, ["---"] * len(names), *rows]))
        return
    widths = [max(len(row[at]) for row in [names, *rows]) for at in range(len(names))]
    for row in [names, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    main()
