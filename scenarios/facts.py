"""Facts: what every page of a run must say about where its figures come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import phusong
from phusong.coverage.link_budget import area_probability
from phusong.coverage.predict import TECHNOLOGIES
from phusong.gis.crs import crs_title

if TYPE_CHECKING:
    from phusong.coverage.predict import Coverage
    from phusong.scenarios.scenario import Scenario

__all__ = ["facts_of"]

# Slope of the Hata family at 30 m; the area figure is a statement about one cell, not about the province.
_EXPONENT = 3.5


def facts_of(question: Scenario, today: Coverage) -> dict[str, Any]:
    """Return the facts of a run; see `phusong.scenarios.plan.Plan`."""
    layers, radio, budget = today.layers, today.radio, today.radio.budget
    area = (
        area_probability(budget.edge_probability, sigma_db=budget.sigma_db, exponent=_EXPONENT)
        if budget.sigma_db
        else 1.0
    )
    return {
        "scenario": question.name,
        "title": question.title,
        "province": layers.province.name,
        "simulated": layers.simulated,
        "simulated_layers": list(layers.simulated_layers),
        "as_of": layers.province.as_of.isoformat(),
        "crs": layers.grid.crs,
        "crs_title": crs_title(layers.grid.crs),
        "cell_m": layers.grid.cell_m,
        "model": radio.model.name,
        "model_title": radio.model.title,
        "edge_probability": budget.edge_probability,
        "area_probability": round(area, 3),
        "sigma_db": budget.sigma_db,
        "fade_margin_db": round(budget.fade_margin_db, 2),
        "body_loss_db": budget.body_loss_db,
        "rx_height_m": budget.rx_height_m,
        "max_radius_m": radio.max_radius_m,
        "thresholds_dbm": dict(radio.thresholds_dbm),
        "service_level_dbm": {t: radio.service_level_dbm(t) for t in TECHNOLOGIES},
        "operators": list(layers.operators),
        "technologies": list(TECHNOLOGIES),
        "people_method": layers.people.method,
        "costs_vnd": question.plan.costs.model_dump(),
        "seed": layers.province.seed,
        "calibration": list(layers.province.calibration),
        "limits": _limits(today),
        "sources": [
            {
                "layer": s.layer,
                "file": s.file,
                "sha256": s.sha256,
                "rows": s.rows,
                "used": s.used,
                "crs": s.crs,
                "source": s.source,
                "licence": s.licence,
                "simulated": s.simulated,
            }
            for s in layers.summaries
        ],
        "version": phusong.__version__,
    }


_RELIEF = "địa hình cho độ cao hiệu dụng (trung bình quanh cột 3-15 km) và góc ngẩng."
_SWEPT = "Mô hình p1812 tính suy hao trên mặt cắt địa hình của từng đường truyền; công trình trên mặt cắt: "


def _limits(today: Coverage) -> list[str]:
    """Return, in Vietnamese, what the figures do not know."""
    radio = today.radio
    shadow = "" if radio.model.uses_terrain else f"Mô hình {radio.model.name} không xét che khuất sau đồi; "
    ground = "không có lớp địa hình: coi mặt đất là phẳng." if radio.terrain is None else _RELIEF
    clutter = "không có." if radio.relief is None or not radio.relief.clutter_m.size else "theo lớp phủ mặt đất."
    limits = [
        *(
            [_SWEPT + clutter]
            if radio.is_swept
            else [shadow + ground, "Môi trường (đô thị/ngoại ô) suy từ mật độ dân cư, chưa dùng lớp phủ mặt đất."]
        ),
        f"Vùng phủ ngoài trời, máy thu cách mặt đất {today.radio.budget.rx_height_m:g} m".replace(".", ",")
        + "; chưa tính trong nhà.",
        "Diện tích chưa trừ mặt nước.",
    ]
    given = {summary.layer for summary in today.layers.summaries}
    if "population" not in given and "buildings" in given:
        limits.append("Không có lớp dân số theo ô: dân số mỗi xã phân bổ theo diện tích sàn nhà.")
    elif "population" not in given:
        limits.append("Không có lớp dân số theo ô: dân số mỗi xã rải đều trên diện tích, không ô nào là đô thị thật.")
    if "fibre" not in today.layers.context:
        limits.append("Không có lớp cáp quang: đề xuất chưa gồm tuyến kết nối.")
    without = [o for o in today.operators if o not in set(today.layers.cells["operator"])]
    if without:
        limits.append(f"Chưa có số liệu trạm của {', '.join(without)}: vùng phủ của doanh nghiệp này là chưa biết.")
    return limits
