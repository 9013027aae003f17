"""axe over every screen, in both themes, wide and narrow: nothing serious, nothing critical."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import NewPage, Shop, show

pytestmark = pytest.mark.needs_system("chromium")

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
SCREENS: dict[str, str | re.Pattern[str]] = {
    "#/overview": "Where users wait",
    "#/overview?compare=previous&method=GET&status=5xx": "Most errors",
    "#/overview?search=nowhere": "No endpoint matches",
    "#/endpoints": "Response time",
    "#/endpoints?view=table&range=5m&compare=previous": "Response time",
    "#/endpoints?from=1700000000&to=1700003600": "Back to live",
    "#/objectives": "What is defined",
    "#/objectives?search=nowhere": "No endpoint matches",
    "#/alerts": "Nobody judges what is measured",
    "#/alerts?search=nowhere": "No alert matches",
    "#/trends": re.compile("No change has been found|Nothing looks for changes"),
    "#/recommendations": "Nothing to do first",
    "#/live": "requests of the",
    "#/live?search=nowhere": "No request matches",
    "#/dashboards": "not in this version yet",
    "#/health": "Longest stretch",
    "#/health?group=host&by=-memory": "Longest stretch",
    "#/endpoints?hide=p50,share": "Response time",
    "#/settings": "Bounds by priority",
}
LOOKS = [
    pytest.param(width, theme, id=f"{theme}-{width}")
    for width in (1440, 390)
    for theme in ("light", "dark")
]


def findings(page: Page) -> list[str]:
    """Return what axe calls serious or critical. Evaluated, for the page's policy lets nothing in."""
    page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in violations
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_screen_is_accessible(new_page: NewPage, shop: Shop, width: int, theme: str) -> None:
    page = show(new_page(width, 900, theme=theme), shop, "#/settings")
    page.evaluate("location.hash = '#/endpoints'")
    page.locator("[data-row]").filter(has_text="/api/checkout").click()
    expect(page.get_by_role("region", name="Latency heatmap")).to_be_visible()
    assert findings(page) == [], "an endpoint"
    for address, words in SCREENS.items():
        page.evaluate("address => { location.hash = address }", address)
        expect(page.get_by_text(words).first).to_be_attached()
        assert findings(page) == [], address


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_what_opens_over_a_screen_is_accessible(
    new_page: NewPage, shop: Shop, width: int, theme: str
) -> None:
    page = show(new_page(width, 900, theme=theme), shop, "#/overview")
    for opener in ("Filter", "range", "?"):
        if opener == "?":
            page.keyboard.press("?")
        elif opener == "range":
            page.get_by_test_id("range").click()
        else:
            page.get_by_role("button", name=opener, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert findings(page) == [], opener
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_the_login_page_is_accessible(
    new_page: NewPage, shop: Shop, width: int, theme: str
) -> None:
    page = new_page(width, 900, theme=theme, may_complain=True)  # a browser logs every 401
    page.goto(shop.page)
    expect(page.get_by_label("Token")).to_be_visible()
    assert findings(page) == []
