"""Ranges, the registry and its plug-ins."""

import warnings
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest

from phusong.coverage.propagation import (
    Environment,
    Paths,
    PropagationModel,
    Range,
    _registry,
    all_models,
    get_model,
    repeat_range_warnings,
)
from phusong.coverage.propagation.p525 import FreeSpace
from phusong.errors import ModelError, ModelRangeWarning

NAMES = [
    *("hata", "free-space", "okumura-hata", "okumura-hata-large-city"),
    *("cost231-hata", "cost231-hata-large-city", "extended-hata"),
    *("tr38901", "tr38901-umi", "tr38901-terrain", "tr38901-umi-terrain", "spm", "p526", "p1812", "itm"),
]
TERRAIN = {"tr38901-terrain", "tr38901-umi-terrain", "spm", "p526", "p1812", "itm"}


class Meadow(FreeSpace):
    """A third party's model."""

    name = "meadow"


def one_path(distance_m: float = 5_000.0, *, tx_height_m: float = 40.0, rx_height_m: float = 1.5) -> Paths:
    return Paths(np.array([distance_m]), np.array([Environment.OPEN], np.int8), tx_height_m, rx_height_m)


@pytest.fixture(autouse=True)
def fresh_warnings() -> Iterator[None]:
    """Warnings are given once a process: neither inherit nor leave a trace."""
    repeat_range_warnings()
    yield
    repeat_range_warnings()


def plug_in(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    point = EntryPoint(name, value, _registry.ENTRY_POINTS)
    monkeypatch.setattr(_registry, "entry_points", lambda group: [point] if group == _registry.ENTRY_POINTS else [])


def test_models_by_name() -> None:
    assert list(all_models())[: len(NAMES)] == NAMES
    for name in NAMES:
        model = get_model(name)
        assert isinstance(model, PropagationModel)
        assert model.name == name
        assert model.title
        assert model.source
        assert model.uses_terrain is (name in TERRAIN)


def test_ranges_are_nested_and_complete() -> None:
    for model in all_models().values():
        for f_mhz in (None, 942.5, 3750.0):
            ranges = model.ranges(f_mhz)
            assert [each.quantity for each in ranges] == ["frequency", "distance", "tx height", "rx height"]
            assert [each.unit for each in ranges] == ["MHz", "m", "m", "m"]
            for each in ranges:
                assert each.possible[0] <= each.recommended[0] < each.recommended[1] <= each.possible[1]


def test_unknown_model_lists_the_known() -> None:
    with pytest.raises(ModelError, match="'okumura' is not known; known are hata, free-space, okumura-hata"):
        get_model("okumura")


@pytest.mark.parametrize(
    ("name", "f_mhz", "paths", "fault"),
    [
        (
            "okumura-hata",
            1842.5,
            one_path(),
            (
                r"^okumura-hata: frequency 1842\.5 MHz is outside the possible range 150\.\.1500 MHz; "
                "models that fit: hata, free-space, cost231-hata, cost231-hata-large-city, extended-hata, "
                "tr38901, .*p1812, itm$"
            ),
        ),
        ("cost231-hata", 942.5, one_path(), r"frequency 942\.5 MHz .* 1500\.\.2000 MHz; .*okumura-hata"),
        ("extended-hata", 3750.0, one_path(), "models that fit: hata, free-space, tr38901, .*p1812, itm$"),
        ("hata", 20.0, one_path(), "frequency 20 MHz .* models that fit: free-space, itm$"),
        ("hata", 942.5, one_path(-1.0), "distance -1 m is outside"),
        ("hata", 942.5, one_path(float("nan")), "distance nan m is outside"),
        ("hata", 942.5, one_path(150_000.0), "distance 150000 m .* 0..100000 m"),
        ("hata", 942.5, one_path(tx_height_m=0.0), "tx height 0 m"),
        (
            "tr38901",
            3750.0,
            one_path(rx_height_m=14.0),
            "rx height 14 m is outside the possible range 1.5..13 m",
        ),
        ("free-space", 9e8, one_path(), "no model fits: check the value and its unit"),
    ],
)
def test_impossible_values_are_refused(name: str, f_mhz: float, paths: Paths, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        get_model(name).loss_db(paths, f_mhz=f_mhz)


def test_extrapolation_warns_once_for_each_quantity() -> None:
    model = get_model("okumura-hata")
    with pytest.warns(ModelRangeWarning, match=r"distance 500 m is outside the range 1000\.\.20000 m that Hata"):
        model.loss_db(one_path(500.0), f_mhz=942.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.loss_db(one_path(400.0), f_mhz=942.5)
    with pytest.warns(ModelRangeWarning, match="tx height 20 m"):
        model.loss_db(one_path(tx_height_m=20.0), f_mhz=942.5)


def test_recommended_range_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, f_mhz in (("hata", 942.5), ("hata", 3750.0), ("cost231-hata", 1842.5), ("hata", 2140.0)):
            get_model(name).loss_db(one_path(1_000.0), f_mhz=f_mhz)


@pytest.mark.parametrize("value", [f"{__name__}:Meadow", f"{__name__}:MEADOW"])
def test_plug_in(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The entry point may name a class or a model."""
    module = type("module", (), {"Meadow": Meadow, "MEADOW": Meadow()})
    monkeypatch.setitem(__import__("sys").modules, __name__, module)  # importlib mode does not register test files
    plug_in(monkeypatch, "meadow", value)
    assert list(all_models()) == [*NAMES, "meadow"]
    assert get_model("meadow").loss_db(one_path(), f_mhz=900.0) == get_model("free-space").loss_db(
        one_path(), f_mhz=900.0
    )


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("broken", "no_such_package_of_ours:Model", "'broken' .* does not load: .*; mend or uninstall it"),
        ("number", "math:pi", r"'number' \(math:pi\) is no PropagationModel"),
        ("hata", "math:pi", "takes the name 'hata' that is taken already"),
    ],
)
def test_bad_plug_ins_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str) -> None:
    plug_in(monkeypatch, name, value)
    with pytest.raises(ModelError, match=fault):
        all_models()


def test_range_is_data() -> None:
    assert get_model("okumura-hata").ranges()[0] == Range("frequency", "MHz", (150.0, 1500.0), (150.0, 1500.0))


@pytest.mark.parametrize(
    ("distance_m", "environment", "tx_height_m", "fault"),
    [
        (np.zeros((2, 2)), np.zeros((2, 2), np.int8), 30.0, r"distance_m must be floats of shape \(n,\)"),
        (np.zeros(2, np.int32), np.zeros(2, np.int8), 30.0, "distance_m must be floats .* not int32"),
        (np.zeros(2), np.zeros(3, np.int8), 30.0, r"environment must be integers of shape \(2,\)"),
        (np.zeros(2), np.array([0, 3], np.int8), 30.0, r"environment codes must be 0 open.*, not 0\.\.3"),
        (np.zeros(2), np.array([-1, 0], np.int8), 30.0, r"not -1\.\.0"),
        (np.zeros(2), np.zeros(2, np.int8), np.ones(3), "tx_height_m must be one number or of shape"),
    ],
)
def test_paths_that_do_not_fit_together(distance_m: Any, environment: Any, tx_height_m: Any, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        Paths(distance_m, environment, tx_height_m, 1.5)
