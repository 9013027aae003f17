"""Range, comparison, filters and settings in a browser: each one is in the address."""

import re
import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import APIResponse, Locator, Page, expect

from tests.web.conftest import NewPage, Shop, next_ten_seconds, show

pytestmark = pytest.mark.needs_system("chromium")

ROWS = "tbody tr[data-row]"


def chips(page: Page) -> Locator:
    return page.get_by_role("group", name="Filters").get_by_role("button", name="Remove filter")


def open_filter(page: Page) -> Locator:
    page.get_by_role("button", name="Filter", exact=True).click()
    return page.get_by_role("dialog", name="Filter")


def api(shop: Shop, path: str) -> object:
    answer = shop.client.get(
        f"{shop.page}api/v1/{path}", headers={"Authorization": f"Bearer {shop.token}"}
    )
    return answer.raise_for_status().json()


# ---- filters ----


def test_filters_are_combined_shown_as_chips_and_kept_in_the_address(page: Page) -> None:
    panel = open_filter(page)
    panel.get_by_role("button", name="GET", exact=True).click()
    panel.get_by_role("button", name="5xx").click()
    panel.get_by_role("button", name="Done").click()
    expect(panel).to_be_hidden()
    expect(chips(page)).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?status=5xx&method=GET$"))
    expect(page.locator(ROWS).filter(has_text="POST")).to_have_count(0)
    page.reload()
    expect(chips(page)).to_have_count(2)

    chips(page).first.click()
    expect(page).to_have_url(re.compile(r"\?method=GET$"))
    page.go_back()
    expect(chips(page)).to_have_count(2)
    page.get_by_role("button", name="Clear filters").click()
    expect(chips(page)).to_have_count(0)
    expect(page.locator(ROWS).filter(has_text="POST")).to_have_count(1)


@pytest.mark.parametrize("has_socket", [True, False])
def test_the_server_filters_what_it_pushes_and_what_is_polled(
    new_page: NewPage, shop: Shop, has_socket: bool
) -> None:
    page = new_page()
    if not has_socket:
        page.route_web_socket(re.compile("/live"), lambda socket: socket.close())
    show(page, shop, "#/overview?status=5xx")
    mode = "Live" if has_socket else "Polling"
    expect(page.get_by_role("button", name=f"{mode}, pause")).to_be_visible()
    requests = page.get_by_role("region", name="The service in figures")
    shop.call(2)
    broken = shop.product_count  # one call in each round is answered 500
    expect(requests).to_contain_text(f"{broken} in this range")
    expect(page.get_by_role("region", name="Most errors")).to_contain_text(f"{broken} of {broken}")


def test_one_of_many_processes_can_be_looked_at(page: Page, shop: Shop) -> None:
    instances = api(shop, "instances")
    assert isinstance(instances, list)
    one = instances[0]
    panel = open_filter(page)
    panel.get_by_role("button", name=f"{one['host']} {one['pid']}").click()
    panel.get_by_role("button", name="Done").click()
    page.keyboard.press("g")
    page.keyboard.press("h")
    table = page.get_by_role("region", name="Instances, as a table")
    chosen = table.locator("tr[data-instance][data-chosen]")
    expect(chosen).to_have_count(1)
    expect(chosen).to_contain_text(f"pid {one['pid']}")
    expect(table).to_contain_text(str(one["pid"]))


@pytest.mark.parametrize("screen", ["overview", "endpoints"])
def test_where_nothing_is_left_it_says_how_to_see_everything(
    new_page: NewPage, shop: Shop, screen: str
) -> None:
    page = show(new_page(), shop, f"#/{screen}?search=nowhere&status=404")
    expect(page.get_by_role("heading", name="No endpoint matches")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page).to_have_url(re.compile(rf"#/{screen}$"))
    expect(page.get_by_role("link", name="/api/checkout").first).to_be_visible()


def test_endpoints_without_a_request_that_passes_are_listed_and_it_says_so(
    new_page: NewPage, shop: Shop
) -> None:
    page = show(new_page(), shop, "#/endpoints?status=418")
    expect(page.get_by_role("status").filter(has_text="passes them")).to_be_visible()
    expect(page.locator(ROWS).filter(has_text="/api/checkout")).to_contain_text("no request")


def test_what_is_exported_is_what_is_shown(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/endpoints?range=5m&method=POST")
    expect(chips(page)).to_have_count(1)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Table as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert [("/api/checkout" in line) for line in lines] == [False, True]


def test_slash_searches_on_every_screen(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/overview")
    expect(page.get_by_role("region", name="Where users wait")).to_be_visible()
    page.keyboard.press("/")
    field = page.get_by_role("dialog", name="Filter").get_by_label("Search endpoints")
    expect(field).to_be_focused()
    page.keyboard.type("checkout")
    expect(page).to_have_url(re.compile(r"#/overview\?search=checkout$"))
    expect(page.get_by_role("region", name="Priority critical")).to_be_visible()
    expect(page.get_by_role("region", name="Priority medium")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


def test_rows_are_found_as_one_types_and_come_back_with_the_answer(
    new_page: NewPage, shop: Shop
) -> None:
    page = show(new_page(), shop, "#/endpoints")
    expect(page.locator(ROWS).filter(has_text="/api/checkout")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("Checkout post")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"search=Checkout\+post$"))
    page.get_by_label("Search endpoints").fill("")
    expect(page).to_have_url(re.compile(r"#/endpoints$"))
    expect(page.locator(ROWS).nth(1)).to_be_visible()


# ---- range ----


def test_a_preset_is_a_step_in_the_history(page: Page) -> None:
    page.get_by_test_id("range").click()
    page.get_by_role("group", name="Up to now").get_by_role("button", name="Last 6 hours").click()
    expect(page).to_have_url(re.compile(r"\?range=6h$"))
    expect(page.get_by_test_id("range")).to_contain_text("Last 6 hours")
    page.go_back()
    expect(page.get_by_test_id("range")).not_to_contain_text("Last 6 hours")
    page.go_forward()
    expect(page.get_by_test_id("range")).to_contain_text("Last 6 hours")


def test_a_young_service_is_first_seen_over_a_short_range_unless_the_address_names_one(
    new_page: NewPage, shop: Shop
) -> None:
    page = new_page()
    page.route("**/api/v1/config", lambda route: route.fulfill(json=aged(route.fetch(), 100)))
    show(page, shop)
    expect(page.get_by_test_id("range")).to_contain_text("Last 5 minutes")
    expect(page).to_have_url(re.compile("#/endpoints$"))
    page.evaluate("location.hash = '#/endpoints?range=1h'")
    expect(page.get_by_test_id("range")).to_contain_text("Last hour")


def test_a_service_that_outlives_the_first_range_is_seen_over_the_next(
    new_page: NewPage, shop: Shop
) -> None:
    page = new_page()
    page.route("**/api/v1/config", lambda route: route.fulfill(json=aged(route.fetch(), 297)))
    show(page, shop)
    expect(page.get_by_test_id("range")).to_contain_text("Last 5 minutes")
    shop.call()
    expect(page.get_by_test_id("range")).to_contain_text("Last 15 minutes")


def aged(answer: APIResponse, measured_seconds: float) -> dict[str, object]:
    """The page's settings, of a service that has been measured for so long."""
    return {**answer.json(), "measured_seconds": measured_seconds}


def test_a_range_from_one_instant_to_another_is_chosen_by_keyboard_alone(
    page: Page, shop: Shop
) -> None:
    now = int(time.time())
    page.get_by_test_id("range").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Time range")
    expect(panel).to_contain_text("Times in UTC")
    panel.get_by_label("From", exact=True).fill(field_time(now - 3600))
    panel.get_by_label("To", exact=True).fill(field_time(now - 1800))
    page.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"\?from={now - 3600}&to={now - 1800}$"))
    expect(page.get_by_role("heading", name="No request in this range")).to_be_visible()

    page.get_by_role("button", name="Back to live").click()
    expect(page).to_have_url(re.compile("#/endpoints$"))
    expect(page.get_by_role("button", name="Live, pause")).to_be_visible()


def test_the_calendar_gives_whole_days(page: Page) -> None:
    today = datetime.now(UTC)
    page.get_by_test_id("range").click()
    panel = page.get_by_role("dialog", name="Time range")
    day = panel.get_by_role("button", name=re.compile(rf"^{today.day} {today:%B} {today.year}$"))
    day.click()
    day.click()
    expect(panel.get_by_label("From", exact=True)).to_have_value(
        re.compile(rf"^{today:%Y-%m-%d}T00:00")
    )
    expect(panel.get_by_label("To", exact=True)).to_have_value(f"{today:%Y-%m-%d}T23:59:59")


def test_an_impossible_range_is_refused_in_words(page: Page) -> None:
    page.get_by_test_id("range").click()
    panel = page.get_by_role("dialog", name="Time range")
    panel.get_by_label("From", exact=True).fill(field_time(1_700_000_000))
    panel.get_by_label("To", exact=True).fill(field_time(1_700_000_000))
    expect(panel.get_by_role("alert")).to_contain_text("at least 2 s apart")
    expect(panel.get_by_role("button", name="Show this range")).to_be_disabled()


def test_a_drag_on_the_chart_sets_the_range_of_all_screens(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/endpoints?range=1h")
    box = page.locator("[aria-roledescription=chart]").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"\?from=\d+&to=\d+$"))
    from_, to = map(int, re.findall(r"=(\d+)", page.url))
    assert 600 < to - from_ < 1200, "about a quarter of the plot, and so of the last hour"
    expect(page.get_by_role("button", name="Back to live")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(rf"#/overview\?from={from_}&to={to}$"))
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Live, pause")).to_be_visible()


def test_the_server_is_asked_once_for_a_range_that_is_over(new_page: NewPage, shop: Shop) -> None:
    page = new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    now = int(time.time())
    page.goto(shop.login_address)
    page.wait_for_selector("#content h1")
    sockets.clear()
    with page.expect_response(re.compile(rf"/live\?start={now - 60}&end={now - 30}")):
        page.evaluate(f"location.hash = '#/overview?from={now - 60}&to={now - 30}'")
    expect(page.get_by_role("button", name="Back to live")).to_be_visible()
    assert sockets == []


# ---- comparison ----


def test_without_an_earlier_period_the_comparison_says_so(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/endpoints?range=1h")
    page.get_by_role("button", name="Compare with the period before").click()
    expect(page).to_have_url(re.compile(r"\?range=1h&compare=previous$"))
    expect(page.get_by_role("status").filter(has_text="to compare with")).to_contain_text(
        "No request in the 1"
    )
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"#/endpoints\?range=1h$"))


def test_changes_have_sign_unit_and_glyph_and_are_the_servers(page: Page, shop: Shop) -> None:
    shop.call(20)  # a fifth of it fails
    middle = next_ten_seconds(shop)
    for number in range(200):
        shop.client.get(f"{shop.url}/api/products/{number}")
    end = middle + 60
    change = error_change(shop, middle, end)
    assert change < 0
    page.evaluate(f"location.hash = '#/endpoints?from={middle}&to={end}&compare=previous'")
    line = page.get_by_role("group", name="Comparison")
    expect(line).to_contain_text(re.compile("Requests.*p95.*Errors.*Users"))
    expect(line).to_contain_text(f"Errors ▼−{-change * 100:.2f}\u00a0points, better")
    expect(page.get_by_role("columnheader", name="p95 change")).to_be_visible()
    expect(row_of(page, "POST /api/checkout")).to_contain_text("no request in this range")
    shop.product_count += 200


def error_change(shop: Shop, start: int, end: int) -> float:
    """Return what the server says of errors, once it has a window of the range."""
    while True:
        answer = api(shop, f"live?start={start}&end={end}&compare=previous")
        assert isinstance(answer, dict)
        change = answer["previous"]["error_ratio_change"]
        if answer["summary"]["request_count"] == 200:
            return float(change)


# ---- settings, breadcrumbs ----


def test_settings_are_kept_in_the_browser_and_the_servers_are_told(
    new_page: NewPage, shop: Shop
) -> None:
    page = show(new_page(), shop, "#/settings")
    browser = page.get_by_role("region", name="This browser")
    browser.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    browser.get_by_role("button", name="Paused").click()
    expect(page.get_by_role("region", name="This server")).to_contain_text("history_window 1")
    expect(page.get_by_role("region", name="Bounds by priority")).to_contain_text("500")
    page.reload()
    expect(browser.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Paused, go on")).to_be_visible()
    expect(page.locator(ROWS).first).to_be_visible()


def test_times_are_local_or_utc_as_the_reader_likes(new_page: NewPage, shop: Shop) -> None:
    page = new_page(time_zone="Asia/Tokyo")
    show(page, shop, "#/overview?from=1700000000&to=1700003600")
    label = page.get_by_test_id("range")
    expect(label).to_contain_text("15 Nov, 07:13 – 08:13")
    label.click()
    expect(page.get_by_role("dialog", name="Time range")).to_contain_text("Times in Asia/Tokyo")
    page.evaluate("location.hash = '#/settings'")
    page.get_by_role("button", name="UTC").click()
    page.go_back()
    expect(label).to_contain_text("14 Nov, 22:13 – 23:13")


def test_breadcrumbs_lead_back_with_the_filters(page: Page) -> None:
    page.evaluate("location.hash = '#/endpoints?method=POST'")
    page.locator(ROWS).filter(has_text="/api/checkout").click()
    crumbs = page.get_by_role("navigation", name="Breadcrumb")
    expect(crumbs.get_by_text("POST /api/checkout")).to_have_attribute("aria-current", "page")
    crumbs.get_by_role("link", name="Endpoints").click()
    expect(page).to_have_url(re.compile(r"#/endpoints\?method=POST$"))
    crumbs.get_by_role("link", name="Overview").click()
    expect(page).to_have_url(re.compile(r"#/overview\?method=POST$"))


def test_a_copied_link_opens_the_same_view(page: Page, new_page: NewPage, shop: Shop) -> None:
    page.evaluate(
        "location.hash = '#/endpoints?range=6h&compare=previous&method=GET&sort=rate&view=table'"
    )
    expect(chips(page)).to_have_count(1)
    other = show(new_page(), shop, page.url.partition("performance/")[2])
    expect(other.get_by_test_id("range")).to_contain_text("Last 6 hours")
    expect(other.get_by_role("button", name="Compare")).to_have_attribute("aria-pressed", "true")
    sorted_by = other.locator("th[aria-sort]")
    expect(sorted_by).to_have_text("Rate")
    expect(sorted_by).to_have_attribute("aria-sort", "ascending")
    expect(
        other.get_by_role("region", name=re.compile("Response time.*as a table"))
    ).to_be_visible()
    assert other.url == page.url


def field_time(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%S}"


def row_of(page: Page, name: str) -> Locator:
    return page.locator(ROWS).filter(has=page.locator(f'a[data-full="{name}"]'))
