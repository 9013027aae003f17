"""One tab of Chromium with the page in it, and what can be measured there.

Told by the page's address, its WebSocket and its roles, so that it holds whatever the page looks
like.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, CDPSession, Page, WebSocketRoute, sync_playwright

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS: Final = 120_000
PART_BYTES: Final = 2048
"""The last message of a push is shorter (`api_performance.server.live`)."""

_NOTE_FIRST_CHART: Final = """
window.firstChart = new Promise((done) => {
  new MutationObserver((_, observer) => {
    if (!document.querySelector("[aria-roledescription=chart] :is(canvas, svg)")) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now()));
  }).observe(document, { childList: true, subtree: true });
});
"""

_CHANGE_ADDRESS: Final = """
(hash) => new Promise((done) => {
  const Plain = window.WebSocket;
  const begun = performance.now();
  window.WebSocket = class extends Plain {
    constructor(...address) {
      super(...address);
      window.WebSocket = Plain;
      this.addEventListener("message", function answered({ data }) {
        if (data.size === 2048) return;
        this.removeEventListener("message", answered);
        new MutationObserver((_, observer) => {
          observer.disconnect();
          requestAnimationFrame(() => done(performance.now() - begun));
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      });
    }
  };
  location.hash = hash;
})
"""

_SEARCH: Final = """
(words) => new Promise((done) => {
  const field = document.querySelector("[aria-label='Search endpoints']");
  const rows = () => document.querySelectorAll("[data-row]").length;
  const before = rows();
  const begun = performance.now();
  new MutationObserver((_, observer) => {
    if (rows() === before) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - begun));
  }).observe(document.body, { childList: true, subtree: true });
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, words);
  field.dispatchEvent(new Event("input", { bubbles: true }));
})
"""

_IS_ANSWERED: Final = """
(isNarrow) => {
  const [all] = document.querySelectorAll("[aria-label=Priority] button");
  return Number(all.textContent.replace(/\\D/g, "")) < 100 === isNarrow;
}
"""
"""The count of all endpoints is the server's: it has answered what was typed."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def tab(browser: Browser) -> Iterator[Page]:
    """Open an empty tab whose cache is empty too."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(_NOTE_FIRST_CHART)
    yield page
    context.close()


def first_chart_ms(page: Page, address: str) -> float:
    """Open an address; return the milliseconds until its first chart was drawn."""
    page.goto(address)
    return float(page.evaluate("window.firstChart"))


def change_ms(page: Page, fragment: str) -> float:
    """Go to another question by the address; return the milliseconds until its answer was drawn."""
    return float(page.evaluate(_CHANGE_ADDRESS, fragment))


def search_ms(page: Page, words: str) -> float:
    """Search in the table; return the milliseconds until other rows were drawn.

    The next search may begin: the server has answered too.
    """
    taken = float(page.evaluate(_SEARCH, words))
    page.wait_for_function(_IS_ANSWERED, arg=bool(words))
    return taken


class Heap:
    """The memory of a tab's JavaScript."""

    def __init__(self, page: Page) -> None:
        """Ask by the developers' protocol."""
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def used_megabytes(self) -> float:
        """Return what is in use after a collection of garbage."""
        self._session.send("HeapProfiler.collectGarbage")
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        (used,) = [each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"]
        return float(used) / 1e6


class Tape:
    """Records a tab's pushes on their way, and plays them again."""

    def __init__(self, page: Page) -> None:
        """Stand between a tab, not opened yet, and its server."""
        self.pushes: list[list[bytes]] = [[]]
        self._page = page
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/live?*", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        server = socket.connect_to_server()

        def record(message: str | bytes) -> None:
            socket.send(message)
            if isinstance(message, bytes):
                self.pushes[-1].append(message)
                if len(message) < PART_BYTES:
                    self.pushes.append([])

        server.on_message(record)

    def record(self, count: int) -> None:
        """Wait until so many whole pushes came."""
        while len(self.pushes) <= count:
            self._page.wait_for_timeout(200)

    def wait(self, seconds: float) -> None:
        """Let the server push for so long."""
        self._page.wait_for_timeout(seconds * 1000)

    def play(self, count: int) -> None:
        """Push so many times what was recorded, each once the one before was drawn."""
        recorded = [push for push in self.pushes if push and len(push[-1]) < PART_BYTES]
        for number in range(count):
            for part in recorded[number % len(recorded)]:
                self._sockets[-1].send(part)
            self._page.evaluate(
                "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
