"""The review map in a real browser with the network off, on a desk and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from phusong import maps

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from phusong.scenarios.plan import Plan

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def path(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maps.review_map(plan).save(tmp_path_factory.mktemp("bản đồ") / "map.html")


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, path: Path) -> Iterator[Page]:
    """Open the page; whatever it complains of fails the test."""
    width, height = SIZES[request.param]
    phone = request.param == "phone"
    context = browser.new_context(
        viewport={"width": width, "height": height}, offline=True, has_touch=phone, is_mobile=phone
    )
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda sent: complaints.append(sent.url))
    opened.goto(path.as_uri())
    opened.wait_for_function("document.documentElement.dataset.ready")
    yield opened
    context.close()
    assert complaints == []


def on_phone(page: Page) -> bool:
    return page.viewport_size == {"width": 390, "height": 844}


def open_card(page: Page, name: str) -> None:
    if not page.locator(f"#{name}").evaluate("card => card.open"):
        page.locator(f"#{name} > summary").click()


def test_layers_and_surfaces_toggle(page: Page) -> None:
    assert page.locator("img.surface").count() == 1
    first = page.locator("img.surface").get_attribute("src")
    open_card(page, "layers")
    page.get_by_label("Có 2G, chưa có 4G").check()
    assert page.locator("img.surface").get_attribute("src") != first
    page.locator(".matrix summary").click()
    page.get_by_label("Sóng Đỏ – 2G").check()
    assert page.locator("img.surface").count() == 1
    page.locator("[value=communes_today]").check()
    assert page.locator("img.surface").count() == 0
    page.get_by_label("Trạm đề xuất").uncheck()
    assert page.locator(".leaflet-marker-icon.proposal").count() == 0


def test_search_without_accents_opens_the_commune(page: Page) -> None:
    page.locator("#search-text").fill("dong xoai")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    popup = page.locator(".popup")
    popup.wait_for()
    text = popup.inner_text()
    assert "Đồng Xoài" in text
    assert "99,2 % (5.950 / 6.000 người)" in text
    assert "01234" in text


def test_popup_shows_nasty_names_as_text(page: Page) -> None:
    page.locator("#search-text").fill("0001")
    page.locator("#search-list [role=option]").first.click()
    page.locator(".popup").wait_for()
    assert "<script>alert(1)</script> {{ 7*7 }}" in page.locator(".popup h3").inner_text()


def test_proposal_opens_from_the_keyboard(page: Page) -> None:
    marker = page.locator(".leaflet-marker-icon.proposal").last
    assert marker.get_attribute("aria-label") == "2. Xây trạm mới – Bù Gia Mập <b>"
    marker.focus()
    page.keyboard.press("Enter")
    page.locator(".popup").wait_for()
    assert "2,62 tỷ đồng" in page.locator(".popup").inner_text()


def test_click_tells_both_coordinates(page: Page) -> None:
    page.locator("#map_phusong").click(position={"x": 195 if on_phone(page) else 650, "y": 300})
    text = page.locator("#position").inner_text()
    assert text.startswith("WGS 84: 11,6")
    assert "X (N) 1.28" in text
    assert "Y (E) 55" in text


def test_tables_repeat_the_map(page: Page) -> None:
    open_card(page, "tables")
    assert page.get_by_role("rowheader", name="Đồng Xoài").is_visible()
    assert page.locator("#tables tbody tr").count() == 3 + 2


def test_skip_link_leads_to_the_tables(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#tables").evaluate("card => card.open && card.contains(document.activeElement)")


def test_targets_are_large_enough_on_a_phone(page: Page) -> None:
    if not on_phone(page):
        return
    open_card(page, "layers")
    page.locator(".matrix summary").click()
    targets = "#layers label.choice, .card > summary, #search-text, .leaflet-control-zoom a"
    for target in page.locator(targets).all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, target.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]


def test_page_without_a_plan_works(browser: Browser, covered_only: Plan, tmp_path: Path) -> None:
    opened = browser.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(maps.review_map(covered_only).save(tmp_path / "map.html").as_uri())
    opened.wait_for_function("document.documentElement.dataset.ready")
    assert opened.locator("img.surface").count() == 1
    # Both the list and the matrix have a button for this surface; its legend shows all the same.
    assert opened.locator("#legend h3:visible").first.inner_text() == "4G, ít nhất một doanh nghiệp"
    opened.locator("#search-text").fill("dong xoai")
    opened.keyboard.press("Enter")
    assert "Phủ 4G hiện trạng" in opened.locator(".popup").inner_text()
    assert opened.get_by_text("phương án", exact=False).count() == 0
    opened.close()
    assert complaints == []
