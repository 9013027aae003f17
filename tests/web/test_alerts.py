"""The Alerts screen in a browser: what it says of alerts, and what people do about them."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.commands import ALERT_COMMAND
from api_performance.alerts.records import as_event
from api_performance.config import Config
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.wiring import make_store
from tests.web.conftest import NewPage, Shop, show
from tests.web.test_accessibility import LOOKS, findings

pytestmark = pytest.mark.needs_system("chromium")

CAUSE = "operation:SELECT 1"


def an_alert(endpoint: str, state: AlertState, incident: str, **parts: object) -> PerformanceAlert:
    """Return an alert as whoever judges keeps it."""
    now = time.time()
    given: dict[str, object] = {
        "metric_type": "response_time_p95",
        "current_value": 1.55,
        "threshold": 0.5,
        "severity": PerformanceThreshold.CRITICAL,
        "message": f"{endpoint} takes too long.",
        "priority": MetricPriority.HIGH,
        "at": now,
        "began_at": now - 600,
        "fired_at": now - 500,
        "sample_count": 1204,
        "window_seconds": 300.0,
        "author": "judge",
        **parts,
    }
    return PerformanceAlert(endpoint=endpoint, state=state, incident=incident, rule="slow", **given)  # type: ignore[arg-type] # the fields' own types


@pytest.fixture(autouse=True)
def alerts(shop: Shop) -> Iterator[None]:
    """Two alerts of one cause fire, and a third is pending; each test begins with that."""
    store = make_store(Config(store=shop.store))
    taken = max((event.id for event in store.latest_events(ALERT_COMMAND)), default=0)
    for alert in (
        an_alert("POST /api/checkout", AlertState.FIRING, "i1", causes=(CAUSE,)),
        an_alert("GET /api/broken", AlertState.FIRING, "i1", causes=(CAUSE,)),
        an_alert("GET /internal/ping", AlertState.PENDING, "", fired_at=0.0),
    ):
        store.record_event(as_event(replace(alert, command_id=taken)))
    yield
    store.close()


@pytest.fixture
def screen(new_page: NewPage, shop: Shop) -> Page:
    return show(new_page(), shop, "#/alerts")


def row(page: Page, endpoint: str) -> Locator:
    return page.locator("[data-alert]").filter(has_text=f"{endpoint} takes too long")


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Alerts by state").get_by_role("button", name=name)


def sign(page: Page, verb: str, reason: str) -> None:
    """Fill what opened, and send it."""
    form = page.get_by_role("dialog")
    form.get_by_label("Reason").fill(reason)
    form.get_by_label("Your name").fill("Mina")
    form.get_by_role("button", name=verb, exact=True).click()
    expect(form).to_be_hidden()


def test_an_incident_says_its_likely_cause_and_the_alerts_it_explains(screen: Page) -> None:
    expect(screen.get_by_role("heading", level=1)).to_have_text("2 alerts need somebody.")
    incident = screen.locator("[data-incident]")
    expect(incident.get_by_role("heading", level=2)).to_contain_text("The operation SELECT 1")
    expect(incident).to_contain_text("goes with 2 of 2 alerts")
    expect(incident.locator("[data-alert]")).to_have_count(2)
    fact = row(screen, "POST /api/checkout")
    expect(fact).to_contain_text(
        re.compile(r"Firing.*1\.55\ss, bound 500\sms.*n = 1,204 in 5\smin")
    )
    expect(fact).to_contain_text(re.compile("HIGH.*Critical"))
    expect(screen.get_by_role("link", name=re.compile("^Alerts"))).to_contain_text("2")
    expect(screen.get_by_role("region", name="Of no incident")).to_contain_text("Pending")
    expect(screen.get_by_text("Alerts stay as they were last judged.")).to_be_visible()


def test_several_are_acknowledged_at_once_with_name_and_reason(screen: Page) -> None:
    screen.get_by_label("Choose all of this incident").check()
    chosen = screen.get_by_role("group", name="Chosen alerts")
    expect(chosen).to_contain_text("2 chosen")
    chosen.get_by_role("button", name="Acknowledge").click()
    sign(screen, "Acknowledge", "The index is being built")
    fact = row(screen, "GET /api/broken")
    expect(fact).to_contain_text("Acknowledged by Mina: The index is being built")
    expect(tile(screen, "Acknowledged")).to_contain_text("2")
    expect(screen.get_by_role("heading", level=1)).not_to_contain_text("need")
    fact.get_by_role("button", name="History").click()
    history = screen.get_by_role("list", name="History, the newest first").get_by_role("listitem")
    expect(history.first).to_contain_text("by Mina: The index is being built")
    expect(history.last).to_contain_text("Firing")
    fact.get_by_role("button", name="Resolve").click()
    sign(screen, "Resolve", "Done")
    expect(tile(screen, "Resolved")).to_contain_text("1")


def test_a_silence_is_listed_until_it_is_ended(screen: Page) -> None:
    row(screen, "POST /api/checkout").get_by_role("button", name="Silence").click()
    screen.get_by_role("dialog").get_by_role("button", name="Its endpoint").click()
    sign(screen, "Silence", "We move the database")
    silences = screen.get_by_role("region", name="Silences")
    expect(silences).to_contain_text(re.compile("POST /api/checkout.*ends.*by Mina"))
    expect(row(screen, "POST /api/checkout")).to_contain_text("Silenced by Mina")
    silences.get_by_role("button", name=re.compile("^End the silence")).click()
    expect(silences).to_contain_text("None.")
    expect(tile(screen, "Silenced")).to_contain_text("0")


def test_a_tile_and_the_filters_keep_some(screen: Page) -> None:
    tile(screen, "Pending").click()
    expect(screen.locator("[data-alert]")).to_have_count(1)
    assert "state=pending" in screen.url
    tile(screen, "Pending").click()
    screen.evaluate("location.hash = '#/alerts?search=checkout'")
    expect(screen.locator("[data-alert]")).to_have_count(1)
    expect(screen.locator("[data-incident]")).to_contain_text("1 more of this incident left out")


def test_who_may_only_look_is_told_so_and_offered_no_act(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/alerts", token=shop.view_token)
    expect(page.get_by_text("You may look: to acknowledge")).to_be_visible()
    expect(row(page, "POST /api/checkout").get_by_role("button")).to_have_text(["History"])
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_the_overview_names_what_fires_and_leads_to_it(new_page: NewPage, shop: Shop) -> None:
    page = show(new_page(), shop, "#/overview")
    card = page.get_by_role("region", name="Alerts and objectives")
    expect(card).to_contain_text("2 alerts need somebody.")
    card.get_by_role("link", name="POST /api/checkout").click()
    opened = row(page, "POST /api/checkout").get_by_role("button", name="History")
    expect(opened).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_alerts_and_what_opens_are_accessible(
    new_page: NewPage, shop: Shop, width: int, theme: str
) -> None:
    page = show(new_page(width, 900, theme=theme), shop, "#/alerts")
    fact = row(page, "POST /api/checkout")
    fact.get_by_role("checkbox").check()
    fact.get_by_role("button", name="History").click()
    expect(page.get_by_role("list", name="History, the newest first")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    fact.get_by_role("button", name="Silence").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []
