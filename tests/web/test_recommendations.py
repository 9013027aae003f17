"""What to do first, in a browser: on the Overview, and as a list that people act upon."""

import re
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api_performance.stores.sqlite import SQLiteStore
from tests.advice.stored import keep
from tests.web.conftest import NewPage, Shop, show
from tests.web.test_accessibility import findings

pytestmark = pytest.mark.needs_system("chromium")


@pytest.fixture(scope="module")
def advised(shop: Shop) -> Shop:
    """The shop, as if it had measured a fault for two minutes."""
    minute = time.time() // 60 * 60
    with closing(SQLiteStore(Path(shop.store.removeprefix("sqlite:///")))) as store:
        keep(store, [minute - 180, minute - 120])
    return shop


@pytest.fixture
def screen(new_page: NewPage, advised: Shop) -> Page:
    return show(new_page(), advised, "#/recommendations")


def test_the_overview_says_what_to_do_now_and_leads_to_the_evidence(
    new_page: NewPage, advised: Shop
) -> None:
    page = show(new_page(), advised, "#/overview")
    things = page.get_by_role("region", name="Three things to do now")
    card = things.get_by_role("article").first
    expect(card).to_contain_text("Read the 40 rows with one statement")
    expect(card).to_contain_text(re.compile(r"40 calls .* share of the response time.*−105\sms"))
    card.get_by_role("link", name="See evidence").click()
    expect(page.get_by_text("Statement or call")).to_be_visible()
    assert "#/recommendations?open=" in page.url


def test_one_is_unfolded_accepted_applied_and_dismissed(screen: Page) -> None:
    expect(screen.get_by_role("heading", level=1)).to_have_text("One thing to do")
    item = screen.locator("[data-advice]").first
    item.get_by_role("button", name="See evidence").click()
    expect(item).to_contain_text("list.py:7 in page")
    expect(item).to_contain_text(re.compile(r"one that reads all rows may cost"))
    for act, after in (("Accept", "Accepted"), ("Dismiss", "Dismissed")):
        item.get_by_role("button", name=act, exact=True).click()
        form = screen.get_by_role("dialog")
        form.get_by_label("Reason").fill("agreed")
        form.get_by_role("button", name=act, exact=True).click()
        expect(form).to_be_hidden()
        if act == "Dismiss":
            screen.get_by_role("button", name=re.compile("Dismissed or gone")).click()
        expect(item).to_contain_text(re.compile(f"{after} by .*: agreed"))
    expect(screen.get_by_role("heading", level=1)).to_have_text("Nothing to do first")
    item.get_by_role("button", name="Reopen").click()
    form = screen.get_by_role("dialog")
    form.get_by_role("button", name="Reopen").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("One thing to do")


def test_who_may_only_look_has_no_buttons(new_page: NewPage, advised: Shop) -> None:
    viewer = Shop(advised.url, advised.view_token, advised.client)
    page = show(new_page(), viewer, "#/recommendations")
    page.get_by_role("button", name="See evidence").click()
    expect(page.get_by_text("You may look:")).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(new_page: NewPage, advised: Shop, theme: str) -> None:
    page = show(new_page(390, 844, theme=theme), advised, "#/recommendations")
    page.get_by_role("button", name="See evidence").click()
    expect(page.get_by_text("Statement or call")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("location.hash = '#/overview'")
    expect(page.get_by_role("article").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
