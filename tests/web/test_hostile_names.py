"""Text from routes, settings and requests stays text on every screen, under the strict policy."""

import csv
from collections.abc import Iterator
from functools import partial
from io import StringIO
from itertools import product
from unicodedata import category
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from demo.processes import Child, is_listening, uvicorn_arguments, wait_until
from tests.ports import free_port
from tests.server.running import eventually
from tests.web.conftest import NewPage, Shop, _token
from tests.web.hostile_app import CALLED, IMAGE, SCRIPT

pytestmark = pytest.mark.needs_system("chromium")

SENT = "sent-by-a-client"
"""In every header, address and body that the client makes up: nothing of it is stored or shown."""

SCREENS = [
    "overview",
    "endpoints",
    "endpoints?view=table",
    "objectives",
    "alerts",
    "recommendations",
    "live",
    "dashboards",
    "health",
    "settings",
]
NOTES_TROUBLE = """
window.trouble = [];
addEventListener("securitypolicyviolation", (event) => window.trouble.push(event.effectiveDirective));
addEventListener("error", (event) => window.trouble.push(event.message));
window.alert = window.confirm = window.prompt = () => window.trouble.push("a dialog");
"""
STANDS_IN_FULL = """(name) => [...document.querySelectorAll("body *")].some(
    (element) => element.textContent.includes(name)
        || [...element.attributes].some((attribute) => attribute.value.includes(name)))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("hostile")
    store = {"API_PERFORMANCE_STORE": f"sqlite:///{folder / 'metrics.sqlite3'}"}
    port = free_port()
    child = Child("hostile", uvicorn_arguments("tests.web.hostile_app:app", port), store, folder)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(trust_env=False, timeout=120) as client:
            wait_until(lambda: is_listening(port), child, stop=())
            call_everything(client, url)
            shop = Shop(url, _token(store, folder), client)
            eventually(lambda: called_count(shop) == len(CALLED))
            yield shop
        assert all(SENT.encode() not in file.read_bytes() for file in folder.iterdir())
    finally:
        child.end()


def call_everything(client: httpx.Client, url: str) -> None:
    lie = f"{SENT}{SCRIPT}{IMAGE}"
    names = ("User-Agent", "Referer", "Host", "X-Forwarded-For", "X-Request-Start", "Cookie")
    headers = dict.fromkeys(names, lie)
    for template in CALLED.values():
        client.get(f"{url}{quote(template)}?{quote(lie)}", headers=headers).raise_for_status()
    assert client.get(f"{url}/none/{quote(lie)}", headers=headers).status_code == 404
    client.request("OPTIONS", f"{url}/none/{quote(lie)}", headers=headers, content=lie)


def called_count(shop: Shop) -> int:
    rows = answer(shop, "endpoints").json()["endpoints"]
    return sum(row["template"] in CALLED.values() and row["request_count"] == 1 for row in rows)


def answer(shop: Shop, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {shop.token}"}
    return shop.client.get(f"{shop.page}api/v1/{path}", headers=headers)


def signed_in(page: Page, shop: Shop) -> Page:
    page.add_init_script(NOTES_TROUBLE)
    page.goto(shop.login_address)
    page.wait_for_selector("#content h1")
    return page


def assert_all_is_text(page: Page) -> None:
    assert page.evaluate("window.owned") is None
    assert page.evaluate("window.trouble") == []
    for element in ("img[src=x]", "[onerror]", "script:not([src])", "a[href^='javascript:' i]"):
        assert page.locator(element).count() == 0, element
    assert "49" not in page.title()


@pytest.mark.parametrize("width", [1440, 390])
def test_every_screen_shows_names_as_text(new_page: NewPage, shop: Shop, width: int) -> None:
    page = signed_in(new_page(width), shop)
    for screen in SCREENS:
        page.goto(f"{shop.page}#/{screen}")
        expect(page.locator("h1").first).to_be_visible()
        page.wait_for_timeout(100)  # what an injected element would need to load, and to run
        assert_all_is_text(page)
        assert SENT not in page.content()


def test_an_endpoint_shows_its_name_as_text_wherever_it_stands(
    new_page: NewPage, shop: Shop
) -> None:
    page = signed_in(new_page(may_complain=True), shop)  # of sockets closed while they open
    ids = {row["template"]: row["id"] for row in answer(shop, "endpoints").json()["endpoints"]}
    for name, view in product(CALLED.values(), ("", "&view=table")):
        page.goto(f"{shop.page}#/endpoints?endpoint={ids[name]}{view}")
        eventually(partial(page.evaluate, STANDS_IN_FULL, visible(name)))
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440
        page.get_by_text("/called/").first.hover()
        assert_all_is_text(page)


def visible(name: str) -> str:
    """A name as the page shows it: with a number for each character that has no look of its own."""
    hidden = ("Cc", "Cf", "Zl", "Zp")
    return "".join(f"‹U+{ord(c):04X}›" if category(c) in hidden else c for c in name)


def test_what_an_address_says_is_text_too(new_page: NewPage, shop: Shop) -> None:
    page = signed_in(new_page(may_complain=True), shop)  # a browser logs an endpoint of no answer
    lie = quote(SCRIPT + IMAGE)
    for address in (lie, f"endpoints?search={lie}", f"endpoints?endpoint={lie}", f"{lie}?a={lie}"):
        page.goto(f"{shop.page}#/{address}")
        page.wait_for_timeout(100)
        assert_all_is_text(page)


def test_the_policy_stops_what_would_get_through(new_page: NewPage, shop: Shop) -> None:
    page = signed_in(new_page(may_complain=True), shop)  # it logs what it stops
    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.owned=1'>");
            for (const [tag, text] of [["script", "window.owned=1"], ["style", "body{margin:9px}"]]) {
                const element = document.createElement(tag);
                element.textContent = text;
                document.body.append(element);
            }
            const frame = document.createElement("iframe");
            frame.src = "/performance/";
            document.body.append(frame);
            fetch("http://127.0.0.1:9/").catch(() => {});
        }"""
    )
    stopped = ["connect-src", "frame-src", "script-src-attr", "script-src-elem", "style-src-elem"]
    eventually(lambda: sorted(page.evaluate("window.trouble")) == stopped)
    assert page.evaluate("window.owned") is None
    assert page.evaluate("getComputedStyle(document.body).margin") != "9px"


def test_csv_of_hostile_names_has_no_formula_and_no_extra_row(shop: Shop) -> None:
    text = answer(shop, "endpoints?format=csv").text
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert {row["template"] for row in rows} >= set(CALLED.values())
    assert len(rows) == len(answer(shop, "endpoints").json()["endpoints"])
