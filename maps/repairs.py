"""The repair report in Vietnamese, as far as its sentences are known; what is not known stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["repair_told"]

# A repair reads "kind: detail".
_KINDS: Final = {
    "assumed": "Giả định",
    "composed": "Chuẩn hóa Unicode",
    "dropped": "Loại bỏ",
    "dropped with its site, which is not in the run": "Loại bỏ cùng trạm không thuộc lần chạy",
    "grouped": "Gom nhóm",
    "left out by where": "Loại theo điều kiện lọc (where)",
    "made unknown": "Chuyển thành chưa rõ",
    "mended": "Đã sửa hình học",
    "model used outside its recommended range": "Mô hình dùng ngoài khoảng khuyến nghị",
    "not used": "Không sử dụng",
    "spread evenly": "Phân bổ đều dân số",
    "unknown": "Chưa rõ",
}
_DETAILS: Final = {
    "OpenCelliD cells to sites, one omnidirectional cell a site and technology (azimuth unknown)": "cell OpenCelliD "
    "thành trạm, mỗi trạm và công nghệ một cell vô hướng (không rõ góc phương vị)",
    "antenna at the mast's top": "ăng ten ở đỉnh cột",
    "antenna height, mast height unknown too": "độ cao ăng ten (không rõ cả chiều cao cột)",
    "default band of the technology": "băng tần mặc định của công nghệ",
    "downtilt": "góc ngẩng",
    "empty geometry": "hình học rỗng",
    "impossible value": "giá trị không thể có",
    "no commune has this code": "không xã nào có mã này",
    "no value inside the province": "ô trong tỉnh không có giá trị",
    "no population raster: each commune's people are spread evenly over its land": "không có lưới dân số: dân số mỗi "
    "xã phân bổ đều trên diện tích xã",
    "omnidirectional, azimuth unknown": "ăng ten vô hướng, không rõ góc phương vị",
    "outside the province": "nằm ngoài tỉnh",
    "the raster shows nobody in a commune with a census total": "lưới dân số không có người trong xã có số điều tra",
}
_QUANTITIES: Final = {
    "frequency": "tần số",
    "distance": "khoảng cách",
    "tx height": "độ cao ăng ten hiệu dụng",
    "rx height": "độ cao máy thu",
}
_RANGE: Final = re.compile(
    r"(?P<model>\S+): (?P<quantity>frequency|distance|tx height|rx height) (?P<value>\S+) (?P<unit>\S+) is outside "
    r"the range (?P<lowest>\S+?)\.\.(?P<highest>\S+) \S+ that (?P<source>.+) recommends; "
    r"the loss there is an extrapolation"
)
_CUT: Final = re.compile(r"not predicted beyond (\S+) km, where the median still reaches the threshold")
_COMPOSED: Final = re.compile(r"(?P<column>.+) in separate letters and accents \(NFD\) was made NFC")
_WHERE: Final = re.compile(r"(?P<column>\S+) in (?P<values>.+)")
_SELF_CROSSING: Final = re.compile(r"(?:Ring )?Self-intersection(?P<place>\[.*\])?")

_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?) (cell|record|value|site|people)s?\b")
_UNITS: Final = {"cell": "cell", "record": "bản ghi", "value": "giá trị", "site": "trạm", "people": "người"}
_RASTERS: Final = frozenset({"population", "terrain"})
"""Layers whose cells are squares of a raster (ô), not sectors of a mast (cell)."""

_VALUES: Final = {"empty": "trống", "mast height": "chiều cao cột", "omni": "vô hướng", "unknown": "chưa rõ"}
_AWAY: Final = re.compile(r"(\S+) km away")
_REMEDIES: Final = {
    "check the coordinates": "kiểm tra tọa độ",
    "draw the line or delete the row": "vẽ tuyến hoặc xóa dòng",
    "give [layers.population]; coverage is then counted where people live": "thêm [layers.population] để tính phủ sóng "
    "tại nơi có người ở",
    "give the operator's own list of cells with azimuths": "cung cấp danh mục cell có góc phương vị của doanh nghiệp",
    "nothing: the same letters, written another way": "không cần: vẫn các chữ ấy, viết theo cách khác",
    "raise coverage.max_radius_km": "tăng coverage.max_radius_km",
    "repair the ring in a GIS": "sửa đường biên trong phần mềm GIS",
}
_FILL_IN: Final = re.compile(r"fill in (\S+)")


def repair_told(row: Mapping[str, Any]) -> dict[str, str]:
    """Translate one row of the repair report.

    Parameters
    ----------
    row : mapping
        Texts ``layer, what, how_much, before, after, remedy``.

    Returns
    -------
    dict
        ``what, how_much, before, after, remedy`` in Vietnamese.

    Examples
    --------
    >>> told = repair_told({"layer": "terrain", "what": "unknown: no value inside the province",
    ...                     "how_much": "7 cells (0.1 km²)", "before": "", "after": "", "remedy": ""})
    >>> told["what"], told["how_much"]
    ('Chưa rõ: ô trong tỉnh không có giá trị', '7 ô (0,1 km²)')
    """
    layer = str(row["layer"])
    remedy = str(row["remedy"])
    return {
        "what": _what(str(row["what"])),
        "how_much": _amount(str(row["how_much"]), layer),
        "before": _value(str(row["before"]), layer),
        "after": _value(str(row["after"]), layer),
        "remedy": _FILL_IN.sub(r"điền \1", _REMEDIES.get(remedy, remedy)),
    }


def _what(text: str) -> str:
    kind, colon, detail = text.partition(": ")
    if found := _CUT.fullmatch(text):
        return f"Không dự báo quá {_number(found[1])} km dù mức thu trung vị ở đó còn đạt ngưỡng"
    if not colon:
        return _KINDS.get(text, text)
    return f"{_KINDS.get(kind, kind)}: {_detail(detail, kind)}"


def _detail(text: str, kind: str) -> str:
    if found := _RANGE.fullmatch(text):
        lowest, highest = _number(found["lowest"]), _number(found["highest"])
        value = _number(_shortened(found["value"]))
        quantity, unit = _QUANTITIES[found["quantity"]], found["unit"]
        return (
            f"{found['model']}: {quantity} {value} {unit} nằm ngoài khoảng {lowest}–{highest} {unit} mà "
            f"{found['source']} khuyến nghị; suy hao tại đó là ngoại suy"
        )
    if found := _COMPOSED.fullmatch(text):
        return f"{found['column']} có chữ và dấu tách rời (NFD) đã ghép thành NFC"
    if kind == "left out by where" and (found := _WHERE.fullmatch(text)):
        return f"chỉ giữ {found['column']} thuộc {found['values']}"
    if found := _SELF_CROSSING.fullmatch(text):
        return f"đường biên tự cắt {found['place'] or ''}".strip()
    return _DETAILS.get(text, text)


def _amount(text: str, layer: str) -> str:
    def told(found: re.Match[str]) -> str:
        unit = "ô" if found[2] == "cell" and layer in _RASTERS else _UNITS[found[2]]
        return f"{found[1]} {unit}"

    return _number(_AMOUNT.sub(told, text))


def _value(text: str, layer: str) -> str:
    if found := _AWAY.fullmatch(text):
        return f"cách {_number(found[1])} km"
    if text in _VALUES:
        return _VALUES[text]
    return _amount(text, layer) if _AMOUNT.match(text) or text.endswith(" km²") else text


def _shortened(text: str) -> str:
    """Cut the noise of single precision: two decimals are a centimetre."""
    return re.sub(r"(\.\d\d)\d+$", r"\1", text)


def _number(text: str) -> str:
    """Write decimal points of figures as the commas of Vietnamese usage."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text)
