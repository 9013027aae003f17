"""The page in a browser, over a real app with four workers."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import WORKERS, NewPage, Shop, show

pytestmark = pytest.mark.needs_system("chromium")

PRODUCTS = "GET /api/products/{product_id}"


def row(page: Page, name: str) -> Locator:
    return page.locator("tbody tr").filter(has=page.locator(f'a[data-full="{name}"]'))


def p99(page: Page, name: str) -> Locator:
    """Where few requests stand behind it, it says how many."""
    return row(page, name).locator("td").nth(5)


def chart(page: Page) -> Locator:
    return page.locator("[aria-roledescription=chart]")


def test_who_has_no_token_is_asked_for_it_and_told_when_it_is_wrong(
    new_page: NewPage, shop: Shop
) -> None:
    page = new_page(may_complain=True)  # a browser logs every 401
    page.goto(shop.page)
    page.get_by_label("Token").fill("operate-guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This token is not known here")

    page.get_by_label("Token").fill(shop.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("region", name="Where users wait")).to_be_visible()


def test_the_login_address_signs_in_to_the_overview_and_leaves_no_token_in_the_address(
    new_page: NewPage, shop: Shop
) -> None:
    page = new_page()
    page.goto(shop.login_address)
    overview = page.get_by_role("region", name="Where users wait")
    expect(overview).to_be_visible()
    assert page.url == shop.page
    page.reload()
    expect(overview).to_be_visible()


def test_the_numbers_of_all_workers_come_together_and_move(page: Page, shop: Shop) -> None:
    expect(page.get_by_text(f"test · {WORKERS} workers")).to_be_visible()
    expect(p99(page, "GET /api/worker")).to_have_text(f"n = {shop.worker_count}")
    count = p99(page, PRODUCTS)
    expect(count).to_have_text(f"n = {shop.product_count}")
    shop.call(3)
    expect(count).to_have_text(f"n = {shop.product_count}")


def test_each_kind_of_endpoint_has_its_row(page: Page) -> None:
    expect(row(page, "POST /api/checkout")).to_contain_text("CRITICAL")
    expect(row(page, "GET /api/broken")).to_contain_text(re.compile(r"\d+ of \d+"))
    expect(row(page, "DELETE /api/products/{product_id}")).to_contain_text("Never called")
    expect(row(page, "GET /internal/ping")).to_contain_text("Not monitored")
    expect(page.locator("tbody tr").filter(has_text="(unmatched)")).to_contain_text("no route")


def test_an_open_stream_is_counted_and_has_no_percentiles(page: Page, shop: Shop) -> None:
    with shop.client.stream("GET", f"{shop.url}/api/events") as stream:
        lines = stream.iter_lines()  # dropped, it would close the stream
        next(lines)
        expect(row(page, "GET /api/events")).to_contain_text("stream, not in percentiles")
        expect(row(page, "GET /api/events")).to_contain_text("1 open")


def test_a_click_on_a_header_sorts_and_is_kept_in_the_address(page: Page) -> None:
    header = page.get_by_role("columnheader", name="Rate")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    assert page.url.endswith("#/endpoints?sort=-rate")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    page.reload()
    expect(header).to_have_attribute("aria-sort", "ascending")


def test_rows_keep_their_places_under_the_pointer(page: Page, shop: Shop) -> None:
    page.get_by_role("columnheader", name="Rate").get_by_role("button").click()
    first = page.locator("tbody tr").first
    first.hover()
    before = first.get_attribute("data-row")
    order_changed = page.get_by_role("button", name="Order changed")
    for _ in range(40):
        if order_changed.is_visible():
            break
        for _ in range(12):
            shop.client.post(f"{shop.url}/api/checkout")
            shop.client.get(f"{shop.url}/api/broken")
        page.wait_for_timeout(200)
    expect(order_changed).to_be_visible()
    assert first.get_attribute("data-row") == before
    order_changed.click()
    expect(order_changed).to_be_hidden()
    expect(first).not_to_have_attribute("data-row", before or "")


def test_search_and_priority_filter_the_table(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("post")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?search=post$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("#/endpoints$"))
    page.get_by_role("button", name="CRITICAL, 1").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "priority=critical" in page.url


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second.locator("a")).to_be_focused()
    page.keyboard.press("s")
    expect(second.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    name = second.locator("a").get_attribute("data-full")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name or "")
    page.keyboard.press("Escape")
    expect(second).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_role("link", name="Recommendations")).to_have_attribute("aria-current", "page")


def test_the_chart_reads_out_each_step_and_has_a_table(page: Page) -> None:
    expect(chart(page)).to_have_attribute("aria-label", re.compile("Response time of .*p95"))
    chart(page).focus()
    page.keyboard.press("End")
    expect(page.get_by_role("status")).to_contain_text(re.compile("requests?p99.9"))
    page.get_by_role("button", name="Response time: table and files").press("Enter")
    page.get_by_role("menuitem", name="Table").press("Enter")
    expect(page.get_by_role("region", name=re.compile("as a table"))).to_be_visible()
    assert page.url.endswith("view=table")


def test_paused_nothing_moves_until_it_goes_on(page: Page, shop: Shop) -> None:
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Paused, go on")).to_be_visible()
    count = p99(page, PRODUCTS)
    before = count.inner_text()
    shop.call(2)
    page.wait_for_timeout(2500)  # as long as an answer would take to come
    assert count.inner_text() == before
    page.keyboard.press("p")
    expect(count).not_to_have_text(before)


def test_without_a_websocket_it_polls(new_page: NewPage, shop: Shop) -> None:
    page = new_page()
    page.route_web_socket(re.compile("/live"), lambda socket: socket.close())
    show(page, shop)
    expect(page.get_by_role("button", name="Polling, pause")).to_be_visible()
    count = p99(page, PRODUCTS)
    shop.call(2)
    expect(count).to_have_text(f"n = {shop.product_count}")


def test_when_nobody_answers_the_last_answer_stays_and_it_says_so(
    new_page: NewPage, shop: Shop
) -> None:
    page = new_page(may_complain=True)  # a browser logs requests that fail
    page.route_web_socket(re.compile("/live"), lambda socket: socket.close())
    show(page, shop)
    expect(row(page, PRODUCTS)).to_be_visible()
    page.context.set_offline(True)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The server cannot be reached")
    expect(alert).to_contain_text(re.compile(r"is kept below in grey\. Next try in \d+ s\."))
    expect(row(page, PRODUCTS)).to_be_visible()
    page.context.set_offline(False)
    alert.get_by_role("button", name="Try now").click()
    expect(alert).to_be_hidden()


def test_the_theme_follows_the_system_until_the_reader_chooses(
    new_page: NewPage, shop: Shop
) -> None:
    page = new_page(theme="dark")
    page.goto(shop.login_address)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_phone_gets_two_line_rows_and_a_bottom_bar(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(390, 844), shop)
    item = page.locator("li[data-row]").filter(has_text="checkout")
    expect(item).to_contain_text("of time")
    page.get_by_role("button", name="p50").click()
    expect(item).to_contain_text("p50")
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("menuitem", name="Health")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing hangs over the edge"
