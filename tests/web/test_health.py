"""The Health page in a browser: what measuring costs, and who reports."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import WORKERS, NewPage, Shop, show

pytestmark = pytest.mark.needs_system("chromium")


def test_it_shows_our_own_cost_and_every_worker(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Measuring works, and nothing was lost."
    )
    cost = page.get_by_role("region", name="Our own cost")
    expect(cost).to_contain_text("Longest stretch")
    expect(cost).to_contain_text("sqlite")
    table = page.get_by_role("region", name="Instances, as a table")
    expect(table.locator("tr[data-instance]")).to_have_count(WORKERS)
    expect(table.get_by_text("ago")).to_have_count(WORKERS)


def test_a_click_makes_all_screens_those_of_a_process(page: Page) -> None:
    page.evaluate("location.hash = '#/health'")
    process = page.locator("[data-instance]").nth(1)
    process.get_by_role("button").press("Enter")
    expect(process.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-instance]")).to_have_count(WORKERS)  # the others can still be chosen
    page.get_by_role("link", name="Endpoints").first.click()
    expect(page.get_by_role("group", name="Filters")).to_contain_text(
        re.compile(r"instance.* on .+, pid \d+")
    )


def test_processes_are_sorted_and_grouped_in_the_address(page: Page) -> None:
    page.evaluate("location.hash = '#/health'")
    page.get_by_role("button", name="Memory").click()
    expect(page.get_by_role("columnheader", name="Memory")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.get_by_role("button", name="By host").click()
    expect(page.get_by_role("rowheader", name=f"{WORKERS} processes")).to_be_visible()
    assert page.evaluate("location.hash").endswith("by=-memory&group=host")


def test_a_phone_lists_processes_without_scrolling_sideways(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(390, 844), shop, "#/health")
    expect(page.locator("li[data-instance]")).to_have_count(WORKERS)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
