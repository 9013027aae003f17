"""The Live screen in a browser: requests as they come, and what holds them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import NewPage, Shop, show

pytestmark = pytest.mark.needs_system("chromium")

LIVE = re.compile("^Live, pause")
NEW = re.compile(r"^\d+ new$")


@pytest.fixture
def live(new_page: NewPage, shop: Shop) -> Page:
    page = show(new_page(), shop, "#/live")
    page.wait_for_selector("tr[data-row]")
    return page


def rows(page: Page) -> Locator:
    return page.locator("[data-row]")


def ids(page: Page) -> list[str]:
    return [str(row) for row in rows(page).evaluate_all("rows => rows.map(row => row.dataset.row)")]


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("button", name=name)


def moves(page: Page, shop: Shop) -> None:
    """Call the shop, and wait for another row on top."""
    top = ids(page)[0]
    shop.call()
    page.wait_for_function(
        "top => document.querySelector('[data-row]').dataset.row !== top", arg=top
    )


def stays(page: Page, shop: Shop) -> None:
    """Call the shop, and see that what came is counted while no row moves."""
    before = ids(page)
    shop.call()
    expect(button(page, NEW)).to_be_visible()
    assert ids(page) == before


def test_each_request_says_what_it_was_and_leads_to_its_endpoint(live: Page, shop: Shop) -> None:
    expect(live.get_by_role("heading", level=1)).to_have_text(
        re.compile(r"Showing \d+ of [\d,]+ requests? of the (last )?10\ss")
    )
    checkout = rows(live).filter(has_text="/api/checkout").first
    expect(checkout).to_contain_text(re.compile(r"\d\d:\d\d:\d\d\.\d{3}.*CRITICAL.*200.*ms"))
    expect(checkout.get_by_role("img", name=re.compile("Processing .*ms"))).to_be_visible()
    expect(rows(live).filter(has_text="/api/broken").first).to_contain_text("500")
    times = rows(live).locator("td:first-child").all_text_contents()
    assert times == sorted(times, reverse=True)
    checkout.get_by_role("link").click()
    expect(live.get_by_role("heading", level=1)).to_have_text("POST /api/checkout")


def test_a_pause_holds_the_rows_and_counts_what_comes(live: Page, shop: Shop) -> None:
    moves(live, shop)
    live.keyboard.press("p")
    expect(button(live, "Paused, go on")).to_be_visible()
    stays(live, shop)
    expect(live.get_by_role("heading", level=1)).to_contain_text("until")
    top = ids(live)[0]
    while ids(live)[0] == top:  # what another worker tells late is of before
        button(live, NEW).click()
    stays(live, shop)  # it is paused still
    live.keyboard.press("p")
    expect(button(live, LIVE)).to_be_visible()
    moves(live, shop)


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(lambda page: page.keyboard.press("j"), id="the focus"),
        pytest.param(lambda page: rows(page).first.hover(), id="the pointer"),
        pytest.param(lambda page: page.evaluate("scrollTo(0, 200)"), id="further down"),
    ],
)
def test_no_row_moves_under_who_looks_at_it(
    live: Page, shop: Shop, begin: Callable[[Page], object]
) -> None:
    moves(live, shop)
    begin(live)
    expect(live.get_by_role("heading", level=1)).to_contain_text("until")
    stays(live, shop)


def test_j_and_k_move_through_the_rows(live: Page) -> None:
    live.keyboard.press("j")
    live.keyboard.press("j")
    expect(rows(live).nth(1).get_by_role("link")).to_be_focused()
    live.keyboard.press("k")
    expect(rows(live).nth(0).get_by_role("link")).to_be_focused()


def test_a_filter_holds_for_rows_and_file_and_leaves_a_pause(live: Page, shop: Shop) -> None:
    live.keyboard.press("p")
    live.evaluate("location.hash = '#/live?status=5xx&range=1h&compare=previous'")
    expect(rows(live).filter(has_text="/api/checkout")).to_have_count(0)
    expect(rows(live).first).to_contain_text("/api/broken")
    expect(button(live, "Paused, go on")).to_be_visible()
    expect(live.get_by_test_id("range")).to_have_count(0)
    expect(button(live, "Compare")).to_have_count(0)
    button(live, "Export").click()
    file = live.get_by_role("menuitem", name="Requests as CSV").get_attribute("href")
    answer = live.request.get(file or "")
    head, *lines = answer.text().splitlines()
    assert "endpoint_id" in head
    assert lines
    assert all("/api/broken" in line for line in lines)


def test_a_phone_lists_requests_without_scrolling_sideways(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(390, 844), shop, "#/live")
    expect(page.locator("li[data-row]").filter(has_text="/api/checkout").first).to_be_visible()
    expect(button(page, LIVE)).to_contain_text("Live")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
