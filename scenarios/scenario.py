"""Scenario: the question a planner asks, as a TOML file may say it; an unknown key is an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from phusong.coverage.bands import BANDS, THRESHOLD_DBM
from phusong.coverage.link_budget import LinkBudget
from phusong.coverage.path_settings import PathSettings
from phusong.coverage.radio import Radio
from phusong.errors import InputError
from phusong.gis.layers import Layers
from phusong.gis.layers_file import faults_of, read_toml
from phusong.scenarios.costs import default_cost_vnd

__all__ = ["CostSettings", "CoverageSettings", "PlanSettings", "Scenario", "read", "read_any"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# A service edge outside this is a lost minus sign, not a network.
Threshold = Annotated[float, Field(ge=-140, le=-40)]


_P1812 = "p1812"
_MEDIAN = 50.0
_PATH_KEYS = ("p_percent", "location_percent", "polarisation", "step_m", "exact", "itu_maps", "sea")


class CoverageSettings(_Strict):
    """``[coverage]``: the radio model and what is set aside for certainty.

    The keys from ``p_percent`` on are P.1812's; another model knows none of them. ``location_percent`` other than 50
    and a fade margin would count the spread over places twice: with it goes ``edge_probability = 0.5``. ``itu_maps``
    and ``sea`` are paths, beside the scenario file where they are not absolute.
    """

    model: str = "hata"
    edge_probability: float = Field(default=0.90, ge=0.5, lt=1)
    sigma_db: float = Field(default=8.0, ge=0, le=20)
    body_loss_db: float = Field(default=3.0, ge=0, le=20)
    rx_height_m: float = Field(default=1.5, ge=1.5, le=10)
    max_radius_km: float = Field(default=20.0, ge=0.5, le=100)
    thresholds_dbm: Mapping[Literal["2G", "3G", "4G", "5G"], Threshold] = Field(default_factory=dict)
    p_percent: float = Field(default=50.0, ge=1, le=50)
    location_percent: float = Field(default=50.0, ge=1, le=99)
    polarisation: Literal["vertical", "horizontal"] = "vertical"
    step_m: float = Field(default=30.0, ge=1, le=1000)
    exact: bool = False
    itu_maps: str = ""
    sea: str = ""

    @model_validator(mode="after")
    def _fit_together(self) -> CoverageSettings:
        given = [name for name in _PATH_KEYS if name in self.model_fields_set]
        if given and self.model != _P1812:
            raise ValueError(f'{", ".join(given)}: only model = "{_P1812}" knows this, not "{self.model}"')
        if self.location_percent != _MEDIAN and self.edge_probability != _MEDIAN / 100.0 and self.sigma_db:
            raise ValueError(
                f"location_percent = {self.location_percent:g} and edge_probability = {self.edge_probability:g} count "
                f"the spread over places twice: leave location_percent out, or set edge_probability = 0.5"
            )
        return self

    @property
    def all_thresholds_dbm(self) -> dict[str, float]:
        """Thresholds by technology: the scenario's, else the defaults."""
        return {**THRESHOLD_DBM, **{str(t): level for t, level in self.thresholds_dbm.items()}}

    def radio(self, layers: Layers) -> Radio:
        """Return the radio these settings ask for, over a province."""
        return Radio.over(layers, model=self.model, **self.radio_fields())

    def radio_fields(self) -> dict[str, Any]:
        """Return the fields of a `Radio` that do not depend on the province."""
        budget = LinkBudget(
            edge_probability=self.edge_probability,
            sigma_db=self.sigma_db,
            body_loss_db=self.body_loss_db,
            rx_height_m=self.rx_height_m,
        )
        return {
            "budget": budget,
            "thresholds_dbm": self.all_thresholds_dbm,
            "max_radius_m": self.max_radius_km * 1000.0,
            "paths": PathSettings(**{name: getattr(self, name) for name in _PATH_KEYS})
            if self.model == _P1812
            else None,
        }

    def beside(self, folder: Path) -> CoverageSettings:
        """Return the settings with their files found from a folder."""
        found = {name: str(folder / path) for name in ("itu_maps", "sea") if (path := getattr(self, name))}
        return self.model_copy(update=found)


class CostSettings(_Strict):
    """``[plan.costs]``: unit costs in VND; the defaults stand with their sources in costs.csv."""

    upgrade_vnd: float = Field(default_factory=lambda: default_cost_vnd("upgrade"), ge=0)
    new_site_vnd: float = Field(default_factory=lambda: default_cost_vnd("new_site"), ge=0)
    fibre_km_vnd: float = Field(default_factory=lambda: default_cost_vnd("fibre_km"), ge=0)


class PlanSettings(_Strict):
    """``[plan]``: what may be built and for how much. The demand is people without any operator's 4G."""

    budget_vnd: float = Field(default=40_000_000_000.0, ge=0)
    upgrade_bands: tuple[str, ...] = ("LTE1800",)
    new_site_bands: tuple[str, ...] = ("LTE900", "LTE1800")
    new_site_height_m: float = Field(default=42.0, ge=10, le=150)
    min_spacing_m: float = Field(default=400.0, ge=0)
    max_new_sites: int = Field(default=2000, ge=0, le=20_000)
    min_people: float = Field(default=20.0, ge=0)
    locked_in: tuple[str, ...] = ()
    locked_out: tuple[str, ...] = ()
    gap: float = Field(default=0.001, ge=0, lt=1)
    time_limit_s: float = Field(default=60.0, gt=0)
    costs: CostSettings = Field(default_factory=CostSettings)

    @field_validator("upgrade_bands", "new_site_bands")
    @classmethod
    def _four_g(cls, bands: tuple[str, ...]) -> tuple[str, ...]:
        known = [name for name, band in BANDS.items() if band.technology == "4G"]
        if not bands or any(name not in known for name in bands):
            raise ValueError(f"must be one or more of {', '.join(known)}")
        return bands


class Scenario(_Strict):
    """A whole scenario file."""

    name: str = Field(default="mac-dinh", pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = "Phương án mặc định / default scenario"
    layers: str = "layers.toml"
    coverage: CoverageSettings = Field(default_factory=CoverageSettings)
    plan: PlanSettings = Field(default_factory=PlanSettings)


def read(path: Path | str) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    InputError
        Missing or broken file, unknown keys (with a suggestion), impossible values: all at once.
    """
    path = Path(path)
    return _validated(read_toml(path, layer="scenario"), path)


def read_any(path: Path | str) -> tuple[Scenario, Path]:
    """Read a scenario file, or a layers.toml with the default scenario.

    Returns
    -------
    Scenario
    Path
        Of its layers.toml.
    """
    path = Path(path)
    raw = read_toml(path, layer="scenario")
    # A layers.toml has the table [layers.NAME]; a scenario names the file: layers = "layers.toml".
    if isinstance(raw.get("layers"), dict) or "province" in raw:
        return Scenario(layers=path.name), path
    scenario = _validated(raw, path)
    return scenario, path.parent / scenario.layers


def _validated(raw: dict[str, Any], path: Path) -> Scenario:
    known = {name for model in (Scenario, CoverageSettings, PlanSettings, CostSettings) for name in model.model_fields}
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as err:
        raise InputError(faults_of(err, layer="scenario", file=str(path), known=known)) from err
    return scenario.model_copy(update={"coverage": scenario.coverage.beside(path.parent)})
