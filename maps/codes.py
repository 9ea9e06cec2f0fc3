"""What the codes in a plan's tables mean to a reader: indicators, units, flags."""

from __future__ import annotations

from typing import Final

from phusong.maps.words import Words

__all__ = ["flag_text", "indicator_title", "model_title", "repair_text", "unit_title"]

_INDICATORS: Final = {
    "K01": ("Phủ dân số theo doanh nghiệp", "Population covered, by operator"),
    "K02": ("Phủ dân số, ít nhất một doanh nghiệp", "Population covered by at least one operator"),
    "K03": ("Phủ dân số, mọi doanh nghiệp", "Population covered by all operators"),
    "K04": ("Phủ dân số SDG 9.c.1 (doanh nghiệp lớn nhất)", "SDG 9.c.1 (largest operator)"),
    "K05": ("Lõm sóng hoàn toàn (không doanh nghiệp nào)", "Total not-spot"),
    "K06": ("Lõm sóng một phần", "Partial not-spot"),
    "K07": ("Dân số theo số doanh nghiệp phủ", "Population by number of operators"),
    "K08": ("Phủ diện tích", "Area covered"),
    "K09": ("Phủ hộ gia đình", "Households covered"),
    "K10": ("Tỷ lệ xã đạt ngưỡng phủ dân số", "Communes reaching the population threshold"),
    "K11": ("Tỷ lệ thôn được phủ", "Hamlets covered"),
    "K12": ("Phủ đường giao thông", "Roads covered"),
    "K13": ("Thôn lõm sóng", "Not-spot hamlets"),
    "K16": ("Tỷ lệ trạm 5G trên trạm 4G", "5G sites per 4G site"),
    "K17": ("Khoảng trống chuyển đổi 2G→4G", "2G→4G upgrade gap"),
    "K17a": ("Dân số có 2G, chưa có 4G", "People with 2G and no 4G"),
    "K18": ("Trạm trên 1.000 dân", "Sites per 1,000 people"),
    "K19": ("Tỷ lệ cột dùng chung", "Shared masts"),
    "K21": ("Trạm đề xuất gần cáp quang", "Proposed sites near fibre"),
    "K23": ("Dân số phủ thêm của phương án", "Gain of the plan"),
}

_UNITS: Final = {
    "people": ("người", "people"),
    "households": ("hộ", "households"),
    "hamlets": ("thôn", "hamlets"),
    "communes": ("xã", "communes"),
    "stations": ("trạm", "base stations"),
    "stations per 1000 people": ("trạm; nghìn dân", "base stations; thousand people"),
    "sites": ("trạm", "sites"),
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
    "OVER_100": ("Vượt 100 %: kiểm tra tử số, mẫu số", "Over 100 %: check numerator and denominator"),
}


# A repair reads "kind: detail"; what is not in these tables stays in the words of the run's own report.
_REPAIR_KINDS: Final = {
    "assumed": "Giả định",
    "composed": "Chuẩn hóa Unicode",
    "dropped": "Loại bỏ",
    "dropped with its site, which is not in the run": "Loại bỏ cùng trạm không thuộc lần chạy",
    "grouped": "Gom nhóm",
    "left out by where": "Để ngoài theo bộ lọc where",
    "made unknown": "Chuyển thành chưa rõ",
    "mended": "Đã sửa hình học",
    "model used outside its recommended range": "Mô hình dùng ngoài khoảng khuyến nghị",
    "not used": "Không dùng",
    "spread evenly": "Rải đều dân số",
    "unknown": "Chưa rõ",
}
_REPAIR_DETAILS: Final = {
    "antenna at the mast's top": "anten ở đỉnh cột",
    "antenna height, mast height unknown too": "độ cao anten (không rõ cả chiều cao cột)",
    "default band of the technology": "băng tần mặc định của công nghệ",
    "downtilt": "góc ngẩng",
    "empty geometry": "hình học rỗng",
    "impossible value": "giá trị không thể có",
    "no commune has this code": "không xã nào có mã này",
    "no value inside the province": "ô trong tỉnh không có giá trị",
    "omnidirectional, azimuth unknown": "anten vô hướng, không rõ góc phương vị",
    "outside the province": "nằm ngoài tỉnh",
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


def repair_text(what: str) -> str:
    """Return what was repaired, dropped or assumed in Vietnamese, as far as it is known.

    Examples
    --------
    >>> repair_text("dropped: outside the province")
    'Loại bỏ: nằm ngoài tỉnh'
    """
    kind, colon, detail = what.partition(": ")
    if not colon:
        return _REPAIR_KINDS.get(what, what)
    return f"{_REPAIR_KINDS.get(kind, kind)}: {_REPAIR_DETAILS.get(detail, detail)}"


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
