"""The Objectives screen in a browser: where endpoints stand, and what others would have said."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import NewPage, Shop, show
from tests.web.test_accessibility import LOOKS, findings

pytestmark = pytest.mark.needs_system("chromium")

LATENCY = re.compile(r"within 500\sms")


@pytest.fixture
def screen(new_page: NewPage, shop: Shop) -> Page:
    return show(new_page(), shop, "#/objectives")


def goal(page: Page, endpoint: str, promise: str | re.Pattern[str]) -> Locator:
    return page.locator("[data-goal]").filter(has_text=endpoint).filter(has_text=promise)


def unfold(page: Page, endpoint: str, promise: str | re.Pattern[str]) -> Locator:
    row = goal(page, endpoint, promise)
    row.get_by_role("button", name=re.compile("budget and what if")).click()
    return row.get_by_role("region", name="What if")


def told(tried: Locator) -> Locator:
    """What a backtest says; the minutes that it takes may not be over in so young a shop."""
    return tried.get_by_text(re.compile("requests were well|No requests in that time"))


def test_a_missed_objective_stands_first_and_says_how_far(screen: Page) -> None:
    expect(screen.get_by_role("heading", level=1)).to_contain_text("missed, or about to be")
    first = screen.locator("[data-goal]").first
    expect(first).to_contain_text(re.compile(r"Missed.*GET /api/broken.*without error.*× used"))
    kept = goal(screen, "POST /api/checkout", LATENCY)
    expect(kept).to_contain_text(re.compile(r"Kept.*By priority.*of 95\s%.*left.*1\sh"))
    defined = screen.get_by_role("region", name="What is defined")
    expect(defined.get_by_role("listitem")).to_have_count(8)


def test_another_is_tried_kept_for_an_endpoint_and_taken_back(screen: Page) -> None:
    tried = unfold(screen, "POST /api/checkout", LATENCY)
    expect(told(tried)).to_be_visible()
    expect(tried.get_by_role("button", name="Keep this objective")).to_be_disabled()
    tried.get_by_label("Bound").fill("0")
    expect(tried.get_by_text(re.compile(r"^50\.0\sms$"))).to_be_visible()
    tried.get_by_label("Target").fill("0")
    expect(tried).to_contain_text("can never be passed with a target of 50")
    tried.get_by_role("button", name="Keep this objective").click()
    form = screen.get_by_role("dialog")
    form.get_by_label("Reason").fill("As agreed")
    form.get_by_role("button", name="Keep", exact=True).click()
    expect(form).to_be_hidden()
    own = goal(screen, "POST /api/checkout", re.compile(r"50\s% within 50\.0\sms"))
    expect(own).to_contain_text("This page")
    expect(goal(screen, "POST /api/checkout", LATENCY)).to_have_count(0)
    screen.get_by_role("button", name=re.compile("^Take back Latency of POST")).click()
    form.get_by_role("button", name="Take back", exact=True).click()
    expect(goal(screen, "POST /api/checkout", LATENCY)).to_have_count(1)


def test_who_may_only_look_tries_and_keeps_nothing(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/objectives", token=shop.view_token)
    tried = unfold(page, "POST /api/checkout", LATENCY)
    expect(told(tried)).to_be_visible()
    expect(page.get_by_text("You may look, and try others")).to_be_visible()
    expect(page.get_by_role("button", name="Keep this objective")).to_have_count(0)


def test_an_endpoint_names_its_objectives(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/endpoints")
    page.locator("[data-row]").filter(has_text="/api/broken").click()
    card = page.get_by_role("region", name="Objectives")
    expect(card).to_contain_text(re.compile(r"without error.*Missed.*× used"))
    card.get_by_role("link", name=re.compile("without error")).click()
    expect(page.get_by_role("region", name="What if")).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_objectives_are_accessible_with_one_unfolded(
    new_page: NewPage, shop: Shop, width: int, theme: str
) -> None:
    page = show(new_page(width, 900, theme=theme), shop, "#/objectives")
    tried = unfold(page, "GET /api/broken", "without error")
    expect(told(tried)).to_be_visible()
    expect(page.get_by_role("img", name="Budget left over time")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
