"""Columns of Endpoints are chosen with the keyboard, and a link shows the same ones."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs_system("chromium")


def test_a_column_is_hidden_and_comes_back_by_keys(page: Page) -> None:
    errors = page.get_by_role("columnheader", name="Errors")
    expect(errors).to_be_visible()
    page.get_by_role("button", name="Columns").press("Enter")
    choice = page.get_by_role("dialog", name="Columns").get_by_label("Errors")
    choice.press("Space")
    expect(errors).to_be_hidden()
    page.reload()
    page.wait_for_selector("tbody tr[data-row]")
    expect(errors).to_be_hidden()
    page.get_by_role("button", name="Columns").press("Enter")
    choice.press("Space")
    expect(errors).to_be_visible()
    assert "hide" not in page.evaluate("location.hash")
