"""Every visible word of the review map, Vietnamese and English side by side, and how figures are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["SIMULATED", "Language", "Words"]

Language = Literal["vi", "en"]

SIMULATED: Final = "DỮ LIỆU MÔ PHỎNG / SIMULATED DATA"
"""Said in both languages whatever the page's language: nobody may take made-up masts for real ones."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # --- page ---
    "page": ("Bản đồ rà soát phủ sóng di động", "Mobile coverage review map"),
    "as_of": ("Số liệu tính đến", "Data as of"),
    "skip": ("Chuyển tới bảng số liệu", "Skip to the tables"),
    "map": ("Bản đồ", "Map"),
    "no_script": (
        "Trình duyệt không chạy mã lệnh nên không vẽ được bản đồ; số liệu ở bảng dưới đây.",
        "Scripts are off, so the map cannot be drawn; the figures are in the tables below.",
    ),
    "zoom_in": ("Phóng to", "Zoom in"),
    "zoom_out": ("Thu nhỏ", "Zoom out"),
    "whole": ("Toàn tỉnh", "Whole province"),
    "close": ("Đóng", "Close"),
    "summary": ("Tóm tắt", "Summary"),
    "layers": ("Lớp bản đồ", "Layers"),
    "legend": ("Chú giải", "Legend"),
    "position": ("Vị trí", "Position"),
    "click_hint": ("Bấm vào bản đồ để xem tọa độ", "Click the map for coordinates"),
    "search": ("Tìm xã, trạm, đề xuất", "Find a commune, site or proposal"),
    "search_today": ("Tìm xã, trạm", "Find a commune or site"),
    "search_hint": ("Gõ không dấu cũng được", "Accents may be left out"),
    "nothing_found": ("Không tìm thấy", "Nothing found"),
    "opacity": ("Độ đậm lớp phủ", "Opacity"),
    # --- groups and layers ---
    "group_today": ("Hiện trạng", "Today"),
    "group_plan": ("Phương án", "Plan"),
    "group_base": ("Nền", "Base"),
    "surface_none": ("Không tô nền", "No surface"),
    "surface_any": ("4G, ít nhất một doanh nghiệp", "4G, any operator"),
    "surface_gap": ("Có 2G, chưa có 4G", "2G but no 4G"),
    "surface_planned": ("4G sau phương án", "4G after the plan"),
    "communes_today": ("Tỷ lệ dân số được phủ 4G theo xã", "4G share by commune, today"),
    "communes_planned": ("Tỷ lệ dân số được phủ 4G, phương án", "4G share by commune, planned"),
    "by_operator": ("Theo doanh nghiệp và công nghệ", "By operator and technology"),
    "sites": ("Trạm hiện có", "Existing sites"),
    "proposals": ("Trạm đề xuất", "Proposed sites"),
    "connections": ("Cáp đề xuất", "Proposed fibre"),
    "borders": ("Ranh giới xã", "Commune borders"),
    "labels": ("Tên xã", "Commune names"),
    "roads": ("Đường bộ", "Roads"),
    "fibre": ("Cáp hiện có", "Existing fibre"),
    "hamlets": ("Thôn, ấp", "Hamlets"),
    "industrial_parks": ("Khu công nghiệp", "Industrial parks"),
    # --- legend ---
    "covered": ("Có sóng", "Covered"),
    "not_covered": ("Không có sóng", "Not covered"),
    "unknown": ("Chưa rõ", "Unknown"),
    "covered_today": ("Đã có sóng", "Covered already"),
    "newly_covered": ("Phủ thêm", "Newly covered by the plan"),
    "still_not_covered": ("Chưa có sóng", "Still not covered"),
    "network_gap": ("Có 2G, chưa có 4G", "2G, no 4G"),
    "has_4g": ("Đã có 4G", "Has 4G"),
    "neither": ("Chưa có 2G lẫn 4G", "Neither 2G nor 4G"),
    "no_data": ("Không có số liệu", "No data"),
    "shared_mast": ("Nhiều DN", "Several operators"),
    "hollow_mark": ("Rỗng: không 4G", "Hollow: no 4G"),
    "large_mark": ("Lớn: có 5G", "Large: has 5G"),
    "upgrade": ("Nâng cấp trạm", "Upgrade"),
    "new_site": ("Xây trạm mới", "New site"),
    # --- operators ---
    "any": ("Ít nhất một DN", "Any operator"),
    "all": ("Mọi doanh nghiệp", "All operators"),
    "max": ("DN phủ nhiều dân nhất", "Operator that covers most people"),
    # --- summary ---
    "headline": ("Dân số được phủ 4G", "Population covered by 4G"),
    "headline_note": ("ít nhất một doanh nghiệp, ngoài trời", "at least one operator, outdoors"),
    "today": ("Hiện trạng", "Today"),
    "planned": ("Phương án", "Planned"),
    "gain": ("Dân số phủ thêm", "People newly covered"),
    "unknown_people": ("Dân số chưa rõ có 4G", "People whose 4G is unknown"),
    "gap_people": ("Dân số có 2G, chưa có 4G", "People with 2G and no 4G"),
    "budget": ("Ngân sách", "Budget"),
    "cost": ("Chi phí phương án", "Cost of the plan"),
    "number_proposals": ("Số đề xuất", "Proposals"),
    "fibre_km": ("Cáp quang mới", "New fibre"),
    "proof": ("Khoảng cách tới tối ưu", "Gap to the optimum"),
    "proof_note": (
        "{status}: phủ thêm {covered} người, cận trên {bound} người, trong các vị trí đã xét",
        "{status}: {covered} people newly covered, upper bound {bound}, of the candidates looked at",
    ),
    "proof_status": ("Kết luận của bộ giải", "How the search ended"),
    "by_technology": ("Phủ dân số hiện trạng", "Population covered today"),
    "method": ("Phương pháp", "Method"),
    "limits": ("Giới hạn", "Limits"),
    "sources": ("Nguồn dữ liệu", "Sources"),
    "simulated": ("mô phỏng", "simulated"),
    "model": ("Mô hình truyền sóng", "Propagation model"),
    "edge_probability": ("Xác suất phủ tại biên", "Edge probability"),
    "area_probability": ("Xác suất phủ trên toàn vùng", "Area probability"),
    "sigma_db": ("Độ lệch chuẩn che khuất σ", "Shadowing deviation σ"),
    "fade_margin_db": ("Dự trữ pha đinh", "Fade margin"),
    "rx_height_m": ("Chiều cao máy thu", "Receiver height"),
    "thresholds_dbm": ("Ngưỡng thu", "Thresholds"),
    "cell_m": ("Lưới tính", "Grid"),
    "crs_title": ("Hệ tọa độ", "Coordinate system"),
    "unit_costs": ("Đơn giá", "Unit costs"),
    "cost_upgrade": ("nâng cấp trạm", "upgrade"),
    "cost_new_site": ("trạm mới", "new site"),
    "cost_fibre_km": ("cáp quang mỗi km", "fibre per km"),
    "default_of": ("mặc định {year}", "default of {year}"),
    "by_scenario": ("theo kịch bản", "by the scenario"),
    "version": ("Phiên bản phần mềm", "Software version"),
    # --- fields of popups and tables ---
    "code": ("Mã xã", "Commune code"),
    "name": ("Tên", "Name"),
    "kind": ("Loại", "Kind"),
    "commune": ("Xã/phường", "Commune"),
    "population": ("Dân số", "Population"),
    "area": ("Diện tích", "Area"),
    "covered_4g_today": ("Phủ 4G hiện trạng", "4G today"),
    "covered_4g_planned": ("Phủ 4G phương án", "4G planned"),
    "numerator": ("Tử số (người)", "Numerator (people)"),
    "denominator": ("Mẫu số (người)", "Denominator (people)"),
    "site_id": ("Mã trạm", "Site id"),
    "operators": ("Doanh nghiệp", "Operators"),
    "operator": ("Doanh nghiệp", "Operator"),
    "technologies": ("Công nghệ", "Technologies"),
    "technology": ("Công nghệ", "Technology"),
    "mast_class": ("Loại cột", "Mast class"),
    "height_m": ("Chiều cao cột", "Mast height"),
    "antenna_height_m": ("Chiều cao ăng ten", "Antenna height"),
    "owner": ("Chủ sở hữu", "Owner"),
    "order": ("Thứ tự", "Order"),
    "candidate_id": ("Mã vị trí", "Candidate id"),
    "band": ("Băng tần", "Band"),
    "newly_covered_people": ("Dân số phủ thêm", "Newly covered"),
    "footprint_people": ("Dân số trong vùng phủ", "People in the footprint"),
    "site_cost_vnd": ("Chi phí trạm", "Site cost"),
    "fibre_cost_vnd": ("Chi phí cáp", "Fibre cost"),
    "cost_vnd": ("Tổng chi phí", "Total cost"),
    "proposal_fibre_km": ("Cáp mới cho đề xuất", "New fibre for it"),
    "nearest_site_m": ("Trạm gần nhất cách", "Nearest site"),
    "flags": ("Ghi chú", "Flags"),
    "connection_id": ("Mã tuyến", "Route id"),
    "serves": ("Phục vụ", "Serves"),
    "length_m": ("Chiều dài", "Length"),
    "medium": ("Loại cáp", "Medium"),
    "longitude": ("Kinh độ", "Longitude"),
    "latitude": ("Vĩ độ", "Latitude"),
    # --- tables ---
    "tables": ("Bảng số liệu", "Tables"),
    "table_communes": ("Chỉ tiêu phủ 4G theo xã", "4G coverage by commune"),
    "table_proposals": ("Danh mục trạm đề xuất", "Proposed sites"),
    # --- units ---
    "people": ("người", "people"),
    "billion_vnd": ("tỷ đồng", "billion VND"),
    # --- a path looked at ---
    "path": ("Mặt cắt đường truyền", "Path profile"),
    "path_distance": ("Khoảng cách từ trạm (km)", "Distance from the site (km)"),
    "path_height": ("Độ cao (m), mặt đất cong theo bán kính hiệu dụng", "Height (m) over the effective Earth"),
    "path_ground": ("Mặt đất", "Ground"),
    "path_clutter": ("Cây cối, công trình", "Trees, buildings"),
    "path_curvature": ("Độ cong Trái Đất hiệu dụng", "Curvature of the effective Earth"),
    "path_ray": ("Tia thẳng", "Direct ray"),
    "path_fresnel": ("Miền Fresnel thứ nhất", "First Fresnel zone"),
    "path_fresnel_60": ("60 % miền Fresnel", "60 % of it"),
    "path_edge": ("Đỉnh Bullington", "Bullington edge"),
    "path_worst": ("Điểm cản nhiều nhất", "Most obstructing point"),
    "path_horizon": ("Chân trời (mặt đất trần)", "Horizons (bare ground)"),
    "path_unknown": ("Chưa rõ độ cao", "Elevation unknown"),
    "path_clear": ("nhìn thẳng", "line of sight"),
    "path_blocked": ("bị che khuất", "blocked"),
    "path_clearance": ("Khoảng hở nhỏ nhất (bán kính Fresnel)", "Least clearance (Fresnel radii)"),
    "path_ends": ("Ăng ten trạm / máy thu (m trên mặt đất)", "Antenna / receiver (m above ground)"),
    "path_sea_m": ("(m trên mực nước biển)", "(m above sea level)"),
    "path_frequency": ("Tần số", "Frequency"),
    "path_length": ("Chiều dài đường truyền", "Length of the path"),
    "path_step": ("Bước lấy mẫu", "Step of the samples"),
    "path_radius": ("Bán kính Trái Đất hiệu dụng", "Effective Earth radius"),
    "path_climate": ("Chỉ số khúc xạ ΔN / N0", "Refractivity ΔN / N0"),
    "path_losses": ("Suy hao, ITU-R P.1812 (p = {p} % thời gian)", "Losses, ITU-R P.1812 (p = {p} % of time)"),
    "path_lbfs": ("Không gian tự do Lbfs", "Free space Lbfs"),
    "path_bull": ("Nhiễu xạ: Bullington trên địa hình và lớp phủ", "Diffraction: Bullington over ground and clutter"),
    "path_bull_smooth": ("Nhiễu xạ: Bullington trên mặt nhẵn", "Diffraction: Bullington over smooth ground"),
    "path_sphere": ("Nhiễu xạ: mặt đất cầu Ldsph", "Diffraction: spherical earth Ldsph"),
    "path_diffraction": ("Nhiễu xạ Ld = tổng theo delta-Bullington", "Diffraction Ld = delta-Bullington sum"),
    "path_duct": ("Ống dẫn sóng, phản xạ tầng Lba", "Ducting and layer reflection Lba"),
    "path_scatter": ("Tán xạ đối lưu Lbs", "Troposcatter Lbs"),
    "path_lb": ("Suy hao truyền sóng cơ bản Lb", "Basic transmission loss Lb"),
    "path_levels": ("Mức thu ngoài trời (trung vị)", "Median level outdoors"),
    "path_gain": ("hướng ăng ten", "antenna, that direction"),
    "path_intermediates": ("Giá trị trung gian (tên theo Khuyến nghị)", "Intermediate values (as the ITU names them)"),
    # --- kinds of cable ---
    "buried": ("Cáp ngầm", "Buried"),
    "aerial": ("Cáp treo", "Aerial"),
    "duct": ("Trong cống bể", "In duct"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language.

    Parameters
    ----------
    language : {"vi", "en"}
        Written in the page's ``lang`` too.

    Examples
    --------
    >>> Words("vi")["covered"]
    'Có sóng'
    """

    language: Language = "vi"

    def __post_init__(self) -> None:
        """Refuse a language the pages do not speak."""
        if self.language not in ("vi", "en"):
            msg = f"language is {self.language!r}; the pages speak 'vi' or 'en'; choose one of them"
            raise ValueError(msg)

    def __getitem__(self, key: str) -> str:
        """Return the word of a key."""
        return _WORDS[key][self.language == "en"]

    def of(self, value: str) -> str:
        """Translate a value met in data (an operator group, a kind); an unknown one stays as it is."""
        return self[value] if value in _WORDS else value

    def all(self) -> dict[str, str]:
        """Every word by its key, for the page's template."""
        return {key: self[key] for key in _WORDS}

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a figure in the language's notation; an en dash where there is none.

        Examples
        --------
        >>> Words("vi").number(1234.5, 1), Words("en").number(1234.5, 1)
        ('1.234,5', '1,234.5')
        """
        if not math.isfinite(value):
            return "–"
        text = f"{value:,.{decimals}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "vi" else text

    def percent(self, share: float, decimals: int = 1) -> str:
        """Write a share 0..1 as a percentage; never rounded up to 100 or down to 0.

        Examples
        --------
        >>> Words("vi").percent(0.99996)
        '99,9 %'
        """
        if not math.isfinite(share):
            return "–"
        step = 10.0**-decimals
        percent = share * 100
        if 0 < share < 1:
            percent = min(max(percent, step), 100 - step)
        return f"{self.number(percent, decimals)} %"

    def money(self, vnd: float) -> str:
        """Write an amount in billions of dong.

        Examples
        --------
        >>> Words("vi").money(12_340_000_000)
        '12,34 tỷ đồng'
        """
        return f"{self.number(vnd / 1e9, 2)} {self['billion_vnd']}"
