"""ITM against NTIA's point-to-point cases (github.com/NTIA/itm, public domain)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from phusong.coverage.propagation.itm import CLIMATES, Itm, RadioClimate, SpreadMode
from phusong.coverage.propagation.path_profile import PathProfile

MODES: tuple[SpreadMode, ...] = get_args(SpreadMode)
NAMES: tuple[RadioClimate, ...] = get_args(RadioClimate)


def test_point_to_point_of_ntia(shared: Path) -> None:
    folder = shared / "validation/itm"
    with (folder / "p2p.csv").open(encoding="utf-8") as file:
        cases = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    with (folder / "pfls.csv").open(encoding="utf-8") as file:
        profiles = [[float(value) for value in row if value] for row in csv.reader(file)]
    assert len(cases) == len(profiles) == 5
    for case, (intervals, step, *heights) in zip(cases, profiles, strict=True):
        variability = int(case["mdvar"])
        model = Itm(
            climate=NAMES[int(case["climate"]) - 1],
            n0=case["N_0"],
            polarisation="vertical" if case["pol"] else "horizontal",
            permittivity=case["epsilon"],
            conductivity_s_m=case["sigma"],
            time_share=case["time"] / 100.0,
            location_share=case["location"] / 100.0,
            situation_share=case["situation"] / 100.0,
            mode=MODES[variability % 10],
            spread_over_locations=variability // 10 % 2 == 0,
            spread_over_situations=variability < 20,
        )
        profile = PathProfile.bare(step * np.arange(intervals + 1), np.array(heights))
        found = model.point_to_point(profile, case["h_tx__meter"], case["h_rx__meter"], f_mhz=case["f__mhz"])
        assert found.loss_db == pytest.approx(case["A__db"], abs=0.005)


def test_climates_are_numbered_as_ntia_does() -> None:
    assert [CLIMATES[name] for name in NAMES] == [1, 2, 3, 4, 5, 6, 7]
