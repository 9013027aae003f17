"""Deploys and findings in a browser: marks on charts, versions side by side, the Trends screen."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from api_performance.changes.deploys import DeployBook, Said
from api_performance.changes.change import (Change, Effect)
from api_performance.changes.finding import (Moved, MovedKind, as_event, fresh_finding)
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.wiring import make_store
from tests.web.conftest import NewPage, Shop, show
from tests.web.test_accessibility import LOOKS, findings

pytestmark = pytest.mark.needs_system("chromium")

CHECKOUT = "POST /api/checkout"


@pytest.fixture(scope="module", autouse=True)
def changed(shop: Shop) -> Iterator[None]:
    """Version 2.4 was deployed just now, and the checkout has been slower since."""
    store = make_store(Config(store=shop.store))
    at = time.time() - 1
    DeployBook(store, SystemClock()).mark(Said("2.4", "ann", "new search", at=at))
    endpoint = next(each for each in store.endpoints() if each.name == CHECKOUT)
    change = Change(
        "response_time", Effect.WORSE, at, at - 60, at + 60, at + 300, 1.38, 1.31, 1.46, 0.1, 0.138,
        0.999, deploy_at=at,
    )  # fmt: skip
    finding = replace(
        fresh_finding(endpoint, change, "2.4"),
        cost_seconds=11_520.0,
        cost_low=9_360.0,
        cost_high=13_680.0,
        moved=[Moved(MovedKind.OPERATION, "SELECT 1", 0.02, 0.1, 0.8)],
    )
    store.record_event(as_event(finding, at))
    yield
    store.close()


@pytest.fixture
def trends(new_page: NewPage, shop: Shop) -> Page:
    return show(new_page(), shop, "#/trends")


def test_a_finding_says_how_much_since_when_and_what_it_costs(trends: Page) -> None:
    row = trends.locator("[data-finding]")
    expect(row).to_contain_text(re.compile(r"POST /api/checkout is 38\s%\sslower 31 to 46\s%"))
    expect(row).to_contain_text("with 2.4")
    expect(row).to_contain_text(re.compile(r"costs users 3\.20\sh a day"))
    expect(row).to_contain_text("SELECT 1")


def test_its_evidence_shows_what_moved_and_leads_to_the_endpoint(trends: Page) -> None:
    trends.get_by_role("button", name="Evidence").click()
    moved = trends.get_by_role("region", name="What moved")
    expect(moved).to_contain_text(re.compile(r"SELECT 1\s*20\.0\sms → 100\sms, 80\s%\sof it"))
    assert "open=" in trends.url
    trends.get_by_role("link", name=CHECKOUT).click()
    expect(trends.get_by_role("region", name="What changed")).to_contain_text("slower")


def test_a_deploy_stands_on_every_chart_and_in_its_table(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop)
    page.locator("[data-row]").filter(has_text="/api/checkout").click()
    charts = page.locator("[aria-roledescription=chart]")
    heatmap = page.get_by_role("region", name="Latency heatmap")
    expect(heatmap.locator("[data-deploy]")).to_have_count(1)
    count = charts.count()
    expect(page.locator("[data-deploy='▲ 2.4']")).to_have_count(count)
    expect(charts.first).to_have_attribute("aria-label", re.compile("2.4 deployed .*, new search"))
    expect(page.locator("[data-regression]").first).to_be_attached()
    page.get_by_role("button", name="Response time: table and files").click()
    page.get_by_role("menuitem", name=re.compile("table", re.IGNORECASE)).click()
    table = page.get_by_role("region", name=re.compile("Response time of .*as a table"))
    expect(table.get_by_role("columnheader", name="Deployed")).to_be_visible()
    expect(table.get_by_role("cell", name="2.4", exact=True)).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_trends_and_their_evidence_are_accessible(
    new_page: NewPage, shop: Shop, width: int, theme: str
) -> None:
    page = show(new_page(width, 900, theme=theme), shop, "#/trends")
    page.get_by_role("button", name="Evidence").click()
    expect(page.get_by_role("region", name="What moved")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
