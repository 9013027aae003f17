"""The Endpoint page in a browser: one endpoint in full, the same as the REST API says."""

import csv
import json
import re
from io import StringIO
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from api_performance import units
from tests.server.running import eventually
from tests.web.conftest import NewPage, Shop, next_ten_seconds, show

pytestmark = pytest.mark.needs_system("chromium")

PRODUCTS = "GET /api/products/{product_id}"
CHARTS = (
    "Response time",
    "Latency heatmap",
    "Where the time goes",
    "Breakdown over time",
    "Throughput",
    "Errors by status",
    "Users",
    "Bytes",
)


def opened(page: Page, name: str) -> Page:
    """Open an endpoint as a reader does: by a click on its row."""
    page.locator("tbody tr").filter(has=page.locator(f'a[data-full="{name}"]')).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page


def rest(page: Page, shop: Shop, path: str = "") -> Any:  # Any: JSON
    """What the REST API says of the page's endpoint."""
    found = re.search(r"endpoint=(\w+)", page.url)
    assert found, page.url
    address = f"{shop.page}api/v1/endpoints/{found.group(1)}{path}"
    headers = {"Authorization": f"Bearer {shop.token}"}
    return shop.client.get(address, headers=headers).raise_for_status().json()


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def choose(page: Page, chart: str, item: str) -> None:
    card(page, chart).get_by_role("button", name=f"{chart}: table and files").click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def column(table: Locator, number: int) -> list[int]:
    cells = table.locator(f"tbody tr td:nth-child({number})").all_inner_texts()
    return [int(text.replace(",", "")) for text in cells]


@pytest.fixture
def broken(page: Page) -> Page:
    """An endpoint whose every request fails, so that each chart has something to show."""
    return opened(page, "GET /api/broken")


@pytest.fixture
def products(page: Page) -> Page:
    return opened(page, PRODUCTS)


def test_its_figures_are_those_of_the_rest_api(products: Page, shop: Shop) -> None:
    row = rest(products, shop)
    figures = card(products, "The endpoint in figures")
    expect(figures).to_contain_text(f"{shop.product_count} in this range")
    times = row["response_time"]
    for name in ("p50", "p95", "p99"):
        expect(figures).to_contain_text(units.duration(times[f"{name}_seconds"]))
    expect(figures).to_contain_text(f"chance, n = {times['count']}")
    bounds = card(products, "Against its bounds")
    expect(bounds).to_contain_text(units.share(row["within_thresholds"]["good"]))
    expect(bounds).to_contain_text(units.duration(times["mean_seconds"]))


def test_few_requests_are_not_judged_and_say_how_many(products: Page, shop: Shop) -> None:
    expect(products.locator("header").filter(has_text="All endpoints")).to_contain_text(
        f"n = {shop.product_count}"
    )
    expect(products.get_by_text("percentiles are rough, and nothing is judged")).to_be_visible()


def test_the_heatmap_counts_each_request_once(products: Page, shop: Shop) -> None:
    heatmap = rest(products, shop, "/heatmap")
    assert sum(map(sum, heatmap["counts"])) == shop.product_count
    choose(products, "Latency heatmap", "Table")
    table = products.get_by_role("region", name="Latency heatmap of", exact=False)
    expect(table).to_be_visible()
    assert sum(column(table, 2)) == shop.product_count
    heads = table.locator("thead th").all_inner_texts()
    bands = [sum(column(table, number)) for number in range(3, len(heads) + 1)]
    assert sum(bands) == shop.product_count


def test_every_failed_request_stands_under_its_status(broken: Page, shop: Shop) -> None:
    row = rest(broken, shop)
    failed = row["status_counts"]["500"]
    assert failed == row["request_count"]
    errors = card(broken, "Errors by status")
    expect(errors.locator("[data-line='500']")).to_have_text("500100\u00a0%")
    series = rest(broken, shop, "/series")
    assert sum(series["status_counts"]["500"]) == failed


def test_the_parts_of_a_request_are_those_of_the_rest_api(page: Page, shop: Shop) -> None:
    opened(page, "POST /api/checkout")
    row = rest(page, shop)
    split = card(page, "Where the time goes")
    total = sum(row["latency_seconds"].values())
    share = units.share(row["latency_seconds"]["processing"] / total)
    expect(split.get_by_role("row", name="Processing")).to_contain_text(share)
    expect(split).to_contain_text("track_latency")
    target = card(page, "Response time").locator("[data-line=target]")
    expect(target).to_contain_text("500")


def at_rest(page: Page) -> Page:
    """Stop the updates once all is drawn: on a busy machine they leave a click no time."""
    expect(page.locator("[aria-roledescription=chart]")).to_have_count(len(CHARTS) - 1)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Paused, go on")).to_be_visible()
    return page


@pytest.mark.parametrize("name", CHARTS)
def test_each_chart_hands_out_its_numbers_and_its_picture(
    broken: Page, shop: Shop, name: str
) -> None:
    at_rest(broken)
    for kind in ("CSV", "JSON", "PNG"):
        with broken.expect_download() as download:
            choose(broken, name, kind)
        content = download.value.path().read_bytes()
        if kind == "PNG":
            assert content.startswith(b"\x89PNG")
            assert len(content) > 5_000, "more than an empty card"
        else:
            assert requests_in(content.decode(), kind) == shop.product_count


def requests_in(text: str, kind: str) -> int:
    """The requests of a downloaded row, series or heatmap."""
    if kind == "CSV":
        return sum(int(row["request_count"]) for row in csv.DictReader(StringIO(text)))
    answer = json.loads(text)
    if "bounds_seconds" in answer:
        return sum(map(sum, answer["counts"]))
    count = answer["request_count"]
    return int(count) if isinstance(count, int) else sum(count)


def test_each_chart_over_time_is_read_by_keys_and_as_a_table(broken: Page) -> None:
    for name in CHARTS:
        if name == "Where the time goes":
            continue
        chart = card(broken, name).locator("[aria-roledescription=chart]")
        broken.mouse.move(0, 0)  # where the pointer is, the keys are not
        chart.focus()
        broken.keyboard.press("End")
        expect(chart.get_by_role("status")).to_contain_text(re.compile("requests?"))
        choose(broken, name, "Table")
        expect(card(broken, name).get_by_role("columnheader").first).to_have_text("Time")
        choose(broken, name, "Chart")
        expect(chart).to_be_visible()


def test_a_moment_stands_on_all_charts_at_once(broken: Page) -> None:
    charts = broken.locator("[aria-roledescription=chart]")
    expect(charts).to_have_count(len(CHARTS) - 1)
    charts.first.hover()
    expect(broken.locator("[data-crosshair]")).to_have_count(len(CHARTS) - 1)
    expect(broken.get_by_role("status")).to_have_count(1)


def test_a_drag_on_any_chart_is_the_range_of_all(broken: Page) -> None:
    errors = card(broken, "Errors by status").locator("[aria-roledescription=chart]")
    errors.scroll_into_view_if_needed()
    errors.hover()
    box = errors.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    broken.mouse.move(box["x"] + box["width"] * 0.3, middle)
    broken.mouse.down()
    broken.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    with broken.expect_response(re.compile(r"/heatmap\?start=\d+&end=\d+")) as heatmap:
        broken.mouse.up()
    expect(broken).to_have_url(re.compile(r"\?from=\d+&to=\d+&endpoint=\w+$"))
    start, end = map(int, re.findall(r"(?:from|to)=(\d+)", broken.url))
    assert f"start={start}&end={end}" in heatmap.value.url
    expect(broken.get_by_role("button", name="Back to live")).to_be_visible()
    broken.go_back()
    expect(broken.get_by_role("button", name="Live, pause")).to_be_visible()
    expect(broken.get_by_role("heading", level=1)).to_have_text("GET /api/broken")


def test_compared_a_chart_shows_the_period_before_as_the_rest_api_has_it(
    products: Page, shop: Shop
) -> None:
    next_ten_seconds(shop)
    shop.call()
    middle = next_ten_seconds(shop)
    shop.call(2)
    end = next_ten_seconds(shop)
    span = f"start={middle}&end={end}"
    eventually(lambda: sum(rest(products, shop, f"/series?{span}")["request_count"]) == 2)
    products.evaluate(
        "range => { location.hash = location.hash.replace('?', `?${range}&`) }",
        f"from={middle}&to={end}&compare=previous",
    )
    expect(card(products, "Throughput")).to_contain_text("period before")
    choose(products, "Throughput", "Table")
    throughput = card(products, "Throughput")
    expect(throughput.get_by_role("columnheader", name="Requests before")).to_be_visible()
    before = period_before(products, shop, span)
    rates = {units.rate(rate) for rate in before["rate_per_second"] if rate}
    shown = throughput.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert rates
    assert rates <= set(shown)


def period_before(page: Page, shop: Shop, span: str) -> Any:  # Any: JSON
    """What the server has of the page's endpoint just before a span."""
    endpoint = rest(page, shop)["id"]
    answer = shop.client.get(
        f"{shop.page}api/v1/live?{span}&compare=previous&endpoint={endpoint}",
        headers={"Authorization": f"Bearer {shop.token}"},
    )
    return answer.raise_for_status().json()["previous"]["series"]


def test_new_requests_come_in_while_one_looks(products: Page, shop: Shop) -> None:
    shop.call(3)
    expect(card(products, "The endpoint in figures")).to_contain_text(
        f"{shop.product_count} in this range"
    )


def test_what_was_never_called_teaches_what_will_appear(page: Page) -> None:
    opened(page, "DELETE /api/products/{product_id}")
    expect(
        page.get_by_text("Declared in the app; its numbers appear seconds after")
    ).to_be_visible()
    expect(page.get_by_role("heading", name="No request in this range")).to_be_visible()
    expect(page.locator("[aria-roledescription=chart]")).to_have_count(0)


def test_where_no_change_was_found_it_says_so_or_why(products: Page) -> None:
    expect(card(products, "What changed")).to_contain_text("Nothing")


def test_the_coming_day_takes_the_place_of_what_was_and_says_what_it_is_worth(
    products: Page,
) -> None:
    toggle = card(products, "Response time").get_by_role("button", name="Forecast")
    toggle.click()
    shown = card(products, "Response time")
    expect(shown).to_contain_text("the range holds 95 of 100 outcomes")
    expect(shown).to_contain_text("Not to be relied on: the history is too short")
    expect(shown.locator("[aria-roledescription=chart]")).to_be_visible()
    assert "forecast=shown" in products.url
    choose(products, "Response time", "Table")
    expect(shown.locator("tbody tr")).to_have_count(24)
    choose(products, "Response time", "Chart")
    shown.get_by_role("button", name="Forecast").click()
    expect(card(products, "Response time")).to_contain_text("percentiles")


def test_calls_and_kept_requests_are_shown_or_how_to_have_them(products: Page) -> None:
    expect(card(products, "Operations")).to_contain_text("No call told apart in this range")
    requests = card(products, "Typical requests")
    expect(requests.get_by_role("rowheader", name="Total, the sum of its parts")).to_be_visible()


def test_a_stream_is_counted_and_has_no_response_time(page: Page, shop: Shop) -> None:
    with shop.client.stream("GET", f"{shop.url}/api/events") as stream:
        lines = stream.iter_lines()  # dropped, it would close the stream
        next(lines)
        opened(page, "GET /api/events")
        expect(page.get_by_text("A stream has no response time")).to_be_visible()
        expect(card(page, "Counts")).to_contain_text(re.compile(r"Open at once, at most\s*1"))
        expect(card(page, "Latency heatmap")).to_have_count(0)


def test_escape_and_the_link_lead_back_to_the_table(products: Page) -> None:
    products.keyboard.press("Escape")
    expect(products.locator("tbody tr[data-row]").first).to_be_visible()
    opened(products, PRODUCTS).get_by_role("link", name="All endpoints").click()
    expect(products.locator("tbody tr[data-row]").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_hangs_over_the_edge_of_a_phone(new_page: NewPage, shop: Shop, theme: str) -> None:
    page = new_page(390, 844, theme=theme)
    show(page, shop)
    page.locator("li[data-row]").filter(has_text="checkout").click()
    expect(card(page, "Latency heatmap").locator("[aria-roledescription=chart]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
