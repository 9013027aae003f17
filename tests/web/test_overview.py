"""The Overview in a browser: the landing question, answered from what is measured."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import NewPage, Shop, show

pytestmark = pytest.mark.needs_system("chromium")


@pytest.fixture
def overview(page: Page) -> Page:
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("region", name="Where users wait")).to_be_visible()
    return page


def test_it_says_how_the_service_is_before_any_chart(overview: Page) -> None:
    assert overview.url.endswith("#/overview")
    expect(overview.get_by_role("heading", level=1)).to_have_text(
        re.compile(r"target|judge|priority allows")
    )
    figures = overview.get_by_role("region", name="The service in figures")
    expect(figures).to_contain_text("Response time, p95")


def test_endpoints_stand_under_their_priority_and_lead_to_their_page(overview: Page) -> None:
    critical = overview.get_by_role("region", name="Priority critical")
    critical.get_by_role("link", name="POST /api/checkout").click()
    chart = overview.locator("[aria-roledescription=chart]").first
    expect(chart).to_have_attribute("aria-label", re.compile("POST /api/checkout"))
    assert "#/endpoints?endpoint=" in overview.url


def test_who_fails_most_is_named(overview: Page) -> None:
    errors = overview.get_by_role("region", name="Most errors")
    expect(errors.get_by_role("listitem").first).to_contain_text(re.compile(r"\d+ of \d+"))


def test_it_says_what_changed_or_why_nothing_is_known(overview: Page) -> None:
    card = overview.get_by_role("region", name="What changed", exact=True)
    expect(card).to_contain_text("Nothing looks for changes here")  # nobody judges these workers


def test_nothing_hangs_over_the_edge_of_a_phone(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(390, 844, theme="dark"), shop, "#/overview")
    expect(page.get_by_role("region", name="Most errors")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_where_users_wait_is_also_a_table_and_files(page: Page) -> None:
    page.evaluate("location.hash = '#/overview'")
    card = page.get_by_role("region", name="Where users wait", exact=True)
    menu = card.get_by_role("button", name="Where users wait: table and files")
    menu.click()
    page.get_by_role("menuitem", name="Table").click()
    expect(card.get_by_role("columnheader", name="Database")).to_be_visible()
    menu.click()
    expect(page.get_by_role("menuitem", name="CSV")).to_have_attribute(
        "download", "where-users-wait.csv"
    )
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
