"""What cannot be drawn is said in its place, and the rest of the page lives on."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import NewPage, Shop, show

pytestmark = pytest.mark.needs_system("chromium")


def _answer_nonsense(route: Route) -> None:
    endpoint = route.request.url.split("/heatmap")[0].rsplit("/", 1)[1]
    body = {"endpoint_id": endpoint, "counts": None}
    route.fulfill(status=200, content_type="application/json", body=json.dumps(body))


def _open_checkout(page: Page) -> None:
    page.locator("[data-row]").filter(has_text="/api/checkout").click()


def test_a_chart_that_throws_leaves_the_others_alone(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(may_complain=True), shop)  # React logs what was thrown
    page.route("**/heatmap*", _answer_nonsense)
    _open_checkout(page)
    broken = page.get_by_role("alert").filter(has_text="Latency heatmap cannot be drawn")
    expect(broken.get_by_role("button", name="Reload")).to_be_visible()
    expect(page.get_by_role("region", name="Throughput")).to_be_visible()
    page.unroute("**/heatmap*")
    broken.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("region", name="Latency heatmap")).to_be_visible()


def test_a_screen_that_throws_can_be_left(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(may_complain=True), shop)
    page.route(
        "**/instances*",
        lambda route: route.fulfill(
            status=200, content_type="application/json", body='[{"host": 1, "id": null}, null]'
        ),
    )
    page.evaluate("location.hash = '#/health'")
    expect(page.get_by_role("alert")).to_contain_text("This screen cannot be drawn")
    page.get_by_role("link", name="Overview").first.click()
    expect(page.get_by_role("region", name="Where users wait")).to_be_visible()
