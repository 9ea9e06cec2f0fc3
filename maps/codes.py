"""What the codes in a plan's tables mean to a reader: indicators, units, flags."""

from __future__ import annotations

from typing import Final

from phusong.maps.words import Words

__all__ = ["flag_text", "indicator_title", "layer_title", "model_title", "unit_title"]

_INDICATORS: Final = {
    "K01": ("Phủ dân số theo doanh nghiệp", "Population covered, by operator"),
    "K02": ("Phủ dân số, ít nhất một doanh nghiệp", "Population covered by at least one operator"),
    "K03": ("Phủ dân số, mọi doanh nghiệp", "Population covered by all operators"),
    "K04": (
        "Phủ dân số SDG 9.c.1 (doanh nghiệp phủ nhiều dân nhất)",
        "SDG 9.c.1 (the operator that covers most people)",
    ),
    "K05": ("Lõm sóng hoàn toàn (không doanh nghiệp nào)", "Total not-spot"),
    "K06": ("Lõm sóng một phần", "Partial not-spot"),
    "K08": ("Phủ diện tích", "Area covered"),
    "K10": ("Tỷ lệ xã đạt ngưỡng phủ dân số", "Communes reaching the population threshold"),
    "K16": ("Tỷ lệ trạm 5G trên trạm 4G", "5G sites per 4G site"),
    "K17a": ("Dân số có 2G, chưa có 4G", "People with 2G and no 4G"),
    "K18": ("Trạm trên 1.000 dân", "Sites per 1,000 people"),
    "K19": ("Tỷ lệ cột dùng chung", "Shared masts"),
}

_UNITS: Final = {
    "people": ("người", "people"),
    "communes": ("xã", "communes"),
    "stations": ("trạm", "base stations"),
    "stations per 1000 people": ("trạm; nghìn dân", "base stations; thousand people"),
    "masts": ("cột", "masts"),
    "km2": ("km²", "km²"),
}

_FLAGS: Final = {
    "SIMULATED": ("Mô phỏng", "Simulated"),
    "WATER_NOT_EXCLUDED": ("Chưa trừ mặt nước", "Water not taken out"),
    "NOT_CENSUS_TRUE": ("Chưa khớp dân số điều tra", "Not scaled to the census"),
    "NO_NETWORK": ("Không có mạng công nghệ này:", "No network of this technology:"),
    "OPERATOR": ("Doanh nghiệp:", "Operator:"),
    "AT_LEAST": ("Ngưỡng:", "Threshold:"),
    "UNKNOWN": ("Có phần chưa rõ", "Partly unknown"),
    "WEIGHTED": ("Chia theo dân số từ xã mới (gần đúng)", "Shared out by people from new communes (approximate)"),
    "OVER_100": ("Vượt 100 %: kiểm tra tử số, mẫu số", "Over 100 %: check numerator and denominator"),
}


_LAYERS: Final = {
    "communes": ("Xã/phường", "Communes"),
    "census": ("Dân số điều tra", "Census population"),
    "communes_old": ("Xã/phường cũ", "Old communes"),
    "crosswalk": ("Xã cũ – xã mới", "Old to new communes"),
    "buildings": ("Nhà, công trình", "Buildings"),
    "sites": ("Cột/trạm", "Sites"),
    "cells": ("Cell", "Cells"),
    "population": ("Dân số theo ô", "Population grid"),
    "terrain": ("Địa hình", "Terrain"),
    "fibre": ("Cáp quang", "Fibre"),
    "roads": ("Đường bộ", "Roads"),
    "hamlets": ("Thôn/ấp", "Hamlets"),
    "industrial_parks": ("Khu công nghiệp", "Industrial parks"),
}
_MODELS: Final = {
    "hata": "Họ Hata theo băng tần: Okumura-Hata đến 1500 MHz, COST 231 đến 2000 MHz, Hata mở rộng đến 3000 MHz; "
    "TR 38.901 trên 3 GHz",
    "free-space": "Không gian tự do, ITU-R P.525",
    "okumura-hata": "Okumura-Hata, 150-1500 MHz",
    "cost231-hata": "COST 231-Hata, 1500-2000 MHz",
    "extended-hata": "Hata mở rộng, ITU-R SM.2028, 30-3000 MHz",
    "tr38901": "3GPP TR 38.901 UMa, RMa",
}


def model_title(name: str, title: str, *, words: Words) -> str:
    """Return the name of a propagation model for a reader; a plug-in's own title where we have no other."""
    return title if words.language == "en" else _MODELS.get(name, title)


def layer_title(name: str, *, words: Words) -> str:
    """Return the name of a layer of data for a reader; an unknown one stays as it is."""
    return _LAYERS[name][words.language == "en"] if name in _LAYERS else name


def indicator_title(kpi_id: str, *, words: Words) -> str:
    """Return the title of an indicator, or its id when it has none."""
    return _INDICATORS[kpi_id][words.language == "en"] if kpi_id in _INDICATORS else kpi_id


def unit_title(unit: str, *, words: Words) -> str:
    """Return the unit in words; an unknown one stays as it is."""
    return _UNITS[unit][words.language == "en"] if unit in _UNITS else unit


def flag_text(flags: object, *, words: Words) -> str:
    """Write flags (``CODE`` or ``CODE:detail``, separated by semicolons) for a reader.

    Parameters
    ----------
    flags : str
        Anything that is not text (a missing value) has no flags.
    words : Words

    Returns
    -------
    str
        Unknown codes stay as they are.

    Examples
    --------
    >>> flag_text("SIMULATED;AT_LEAST:90%", words=Words("vi"))
    'Mô phỏng; Ngưỡng: 90%'
    """
    if not isinstance(flags, str):
        return ""
    told = []
    for flag in filter(None, (part.strip() for part in flags.split(";"))):
        code, _, detail = flag.partition(":")
        known = _FLAGS[code][words.language == "en"] if code in _FLAGS else None
        told.append(f"{known} {detail}".strip() if known else flag)
    return "; ".join(told)
