"""The forms of a browser: objectives, alert rules and silences, made, refused and taken back."""

import re
import time
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import NewPage, Shop, show
from tests.web.test_accessibility import findings

pytestmark = pytest.mark.needs_system("chromium")


def opened(page: Page, name: str) -> Locator:
    """Open a form by its button."""
    page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


def send(form: Locator, verb: str) -> None:
    form.get_by_label("Reason").fill("As agreed")
    form.get_by_label("Your name").fill("Mina")
    form.get_by_role("button", name=verb, exact=True).click()


def take_back(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Take back {name}").click()
    send(page.get_by_role("dialog"), "Take back")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_an_objective_is_tried_made_edited_and_taken_back(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/objectives")
    form = opened(page, "New objective")
    form.get_by_label("Endpoints", exact=True).fill("GET /api/worker")
    tried = form.get_by_role("region", name="Before you save")
    expect(tried.get_by_label("Of the endpoint")).to_be_visible()
    expect(tried.get_by_text(re.compile("requests were well|No requests in"))).to_be_visible()
    form.get_by_label("Requests in time").fill("99")
    form.get_by_text("Name, period, which answers count").click()
    form.get_by_label("Name", exact=True).fill("Workers answer")
    send(form, "Save")
    expect(form).to_be_hidden()
    defined = page.get_by_role("region", name="What is defined").get_by_role("listitem")
    own = defined.filter(has_text="Workers answer")
    expect(own).to_contain_text(re.compile(r"99\s% within 500\sms, GET /api/worker.*This page"))
    own.get_by_role("button", name="Edit").click()
    form.get_by_label("Within").fill("250")
    send(form, "Save")
    expect(own).to_contain_text(re.compile(r"99\s% within 250\sms"))
    take_back(page, "Workers answer")
    expect(own).to_have_count(0)


def test_what_the_server_refuses_stands_beside_its_field(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(may_complain=True), shop, "#/objectives")  # a browser logs every 422
    form = opened(page, "New objective")
    form.get_by_label("Requests in time").fill("100")
    form.get_by_label("Endpoints", exact=True).fill("checkout")
    send(form, "Save")
    target = form.get_by_label("Requests in time")
    expect(target).to_have_attribute("aria-invalid", "true")
    expect(target).to_have_accessible_description(re.compile("1.*is refused: give a ratio"))
    target.fill("99")
    expect(target).not_to_have_attribute("aria-invalid", "true")
    send(form, "Save")
    pattern = form.get_by_label("Endpoints", exact=True)
    expect(pattern).to_have_accessible_description(re.compile("'checkout' is refused"))
    form.get_by_label("Within").fill("soon")
    send(form, "Save")
    expect(form.get_by_label("Within")).to_have_accessible_description(
        "'soon' is refused: give a number"
    )


def test_an_alert_rule_is_made_edited_and_taken_back(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/alerts")
    form = opened(page, "New rule")
    form.get_by_label("What is looked at").select_option(label="Failing requests")
    form.get_by_label("Critical above").fill("5")
    form.get_by_label("Endpoints", exact=True).fill("POST /api/*")
    send(form, "Save")
    expect(form).to_be_hidden()
    rule = page.locator("[data-rule=failing-requests]")
    expect(rule).to_contain_text(re.compile(r"above 5\s% critical.*POST /api/\*.*This page: holds"))
    rule.get_by_role("button", name="Edit").click()
    form.get_by_label("In force").uncheck()
    send(form, "Save")
    expect(rule).to_contain_text("switched off")
    take_back(page, "Failing requests")
    expect(rule).to_have_count(0)


def test_a_default_rule_is_changed_where_it_says_and_holds_again(
    new_page: NewPage, shop: Shop
) -> None:
    page = show(new_page(may_complain=True), shop, "#/alerts")  # a browser logs every 422
    page.get_by_role("button", name=re.compile("default rules, as they came")).click()
    page.get_by_role("button", name="Edit The event loop is late").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What is looked at")).to_be_disabled()
    warning = form.get_by_label("Warning above")
    expect(warning).to_have_value("100")
    warning.fill("900")
    send(form, "Save")
    expect(warning).to_have_accessible_description(re.compile("must lie below critical"))
    warning.fill("50")
    send(form, "Save")
    expect(form).to_be_hidden()
    kept = page.locator("[data-rule=loop_lag]")
    expect(kept.first).to_contain_text(re.compile(r"above 50\.0\sms warning, above 500\sms"))
    expect(kept.last).to_contain_text("Default: changed by another place")
    take_back(page, "The event loop is late")
    expect(kept).to_have_count(1)


def test_a_maintenance_window_is_planned_with_end_and_author(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/alerts")
    form = opened(page, "Plan a silence")
    form.get_by_role("button", name="Everything").click()
    tomorrow = datetime.fromtimestamp(time.time() + 86_400, UTC)
    form.get_by_label("From").fill(tomorrow.strftime("%Y-%m-%dT20:00"))
    form.get_by_label("Until").fill(tomorrow.strftime("%Y-%m-%dT19:00"))
    send(form, "Silence")
    until = form.get_by_label("Until")
    expect(until).to_have_accessible_description("It lies before the beginning")
    form.get_by_role("button", name=re.compile(r"^4\sh$")).click()
    send(form, "Silence")
    expect(form).to_be_hidden()
    silences = page.get_by_role("region", name="Silences")
    expect(silences).to_contain_text(re.compile("every alert.*begins.*20:00, ends.*by Mina"))
    silences.get_by_role("button", name="End the silence of every alert").click()
    expect(silences).to_contain_text("None.")


def test_who_may_only_look_is_offered_no_form(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/objectives", token=shop.view_token)
    defined = page.get_by_role("region", name="What is defined")
    expect(defined.get_by_role("listitem")).not_to_have_count(0)
    expect(defined.get_by_role("button")).to_have_count(0)
    page.evaluate("location.hash = '#/alerts'")
    rules = page.get_by_role("region", name="Alert rules")
    expect(rules.get_by_role("button")).to_have_text([re.compile("default rules")])
    expect(page.get_by_role("region", name="Silences").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("table", ["alerts", "objectives"])
def test_the_lists_can_be_had_as_files(new_page: NewPage, shop: Shop, table: str) -> None:
    page = show(new_page(), shop, f"#/{table}?priority=low")
    page.get_by_role("button", name="Export").click()
    address = page.get_by_role("menuitem", name="as CSV").get_attribute("href") or ""
    assert "priority=low" in address
    answer = httpx.get(address, headers={"Authorization": f"Bearer {shop.view_token}"})
    assert answer.raise_for_status().headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("screen", ["alerts", "objectives"])
def test_what_is_shown_turns_grey_once_nobody_answers(
    new_page: NewPage, shop: Shop, screen: str
) -> None:
    page = show(new_page(may_complain=True), shop, f"#/{screen}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_role("alert").first).to_contain_text("is kept below in grey")
    page.context.set_offline(False)


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_the_forms_are_accessible(new_page: NewPage, shop: Shop, width: int, theme: str) -> None:
    page = show(new_page(width, 900, theme=theme), shop, "#/objectives")
    form = opened(page, "New objective")
    expect(form.get_by_role("region", name="Before you save")).to_contain_text(
        re.compile("were well|No requests")
    )
    form.get_by_text("Name, period, which answers count").click()
    assert findings(page) == []
    page.evaluate("location.hash = '#/alerts'")
    for name in ("New rule", "Plan a silence"):
        form = opened(page, name)
        expect(form).to_be_visible()
        assert findings(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.keyboard.press("Escape")
        expect(form).to_be_hidden()
