"""The Health page in a browser: what measuring costs, and who reports."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import WORKERS

pytestmark = pytest.mark.needs_system("chromium")


def test_it_shows_our_own_cost_and_every_worker(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Measuring works, and nothing was lost."
    )
    cost = page.get_by_role("region", name="Our own cost")
    expect(cost).to_contain_text("Longest stretch")
    expect(cost).to_contain_text("sqlite")
    table = page.get_by_role("region", name="Instances, as a table")
    expect(table.locator("tbody tr")).to_have_count(WORKERS)
    expect(table.get_by_text("Reporting")).to_have_count(WORKERS)
