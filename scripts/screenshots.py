"""Takes pictures of the page, to be laid beside the design and into the README.

`python scripts/screenshots.py OUT` shows the page's demo mode, `--address URL` a running page by
its login address. `--only endpoints-light-1440` takes one, `--only "health.*-390"` all that match.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HEIGHTS: Final = {390: 844, 1024: 900, 1440: 1009, 2560: 1440}
SETTLE_MS: Final = 300
PATIENCE_MS: Final = 180_000  # a page took over half a minute on two cores with forty processes
VITE: Final = (shutil.which("node") or "/usr/bin/node", "node_modules/vite/bin/vite.js")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what is asked of the page, and what is done before it is taken.

    `choose` is a pattern of the row to open; a page without such a row is an error.
    """

    name: str
    query: str = ""
    hash: str = "#/endpoints"
    widths: tuple[int, ...] = (1440, 390)
    choose: str = ""
    hover: str = ""
    keys: tuple[str, ...] = ()
    wait_ms: int = 0
    is_whole: bool = True
    is_loaded: bool = True


ALL_WIDTHS: Final = (390, 1440, 2560)
SHOTS: Final = (
    Shot("overview", hash="#/overview", widths=ALL_WIDTHS),
    Shot("compared", hash="#/overview?compare=previous"),
    Shot("health", hash="#/health", widths=ALL_WIDTHS),
    Shot("fleet", query="?state=fleet", hash="#/health", widths=ALL_WIDTHS),
    Shot("live", hash="#/live", widths=ALL_WIDTHS, is_whole=False),
    Shot("live-narrow", hash="#/live", widths=(1024,), is_whole=False),
    Shot("filtered", hash="#/endpoints?instance=shop-1-4711", widths=(1440,)),
    Shot("endpoints", widths=ALL_WIDTHS),
    Shot("columns", hash="#/endpoints?hide=p50,share", widths=(1440,)),
    Shot(
        "endpoint",
        hash="#/endpoints?range=1h",
        widths=ALL_WIDTHS,
        choose="POST /api/checkout|GET /api/catalogue/products",
    ),
    Shot("rare", hash="#/endpoints?range=15m", choose="GET /api/admin/users"),
    Shot("narrow", widths=(1024,)),
    Shot("tooltip", widths=(1440,), hover="[aria-roledescription=chart]"),
    Shot("table-view", hash="#/endpoints?view=table", widths=(1440,)),
    Shot("keys", widths=(1440,), keys=("?",)),
    Shot("settings", hash="#/settings", widths=ALL_WIDTHS),
    Shot("failing", query="?state=failing", wait_ms=4500),
    Shot("empty", query="?state=empty", widths=(1440,)),
    Shot("loading", query="?state=loading", widths=(1440,), is_loaded=False),
    Shot("login", query="?state=signed-out", widths=ALL_WIDTHS),
    Shot("alerts", hash="#/alerts", widths=ALL_WIDTHS),
    Shot("alerts-narrow", hash="#/alerts", widths=(1024,)),
    Shot("alert-history", hash="#/alerts?open=a3"),
    Shot("alert-storm", query="?state=storm", hash="#/alerts"),
    Shot("alerts-failing", query="?state=failing", hash="#/alerts", wait_ms=6000),
    Shot("no-alert", query="?state=empty", hash="#/alerts"),
    Shot("objectives", hash="#/objectives", widths=ALL_WIDTHS),
    Shot("what-if", hash="#/objectives?open=checkout/post-api-checkout", is_loaded=False),
    Shot("trends", hash="#/trends", widths=ALL_WIDTHS),
    Shot("finding", hash="#/trends?open=f0"),
    Shot("no-finding", query="?state=empty", hash="#/trends", widths=(1440,)),
    Shot("recommendations", hash="#/recommendations?open=r1", widths=ALL_WIDTHS),
    Shot("no-recommendation", query="?state=empty", hash="#/recommendations", widths=(1440,)),
    Shot("not-yet", hash="#/dashboards", widths=ALL_WIDTHS),
)


@contextmanager
def demo_page() -> Iterator[str]:
    """Build the demo mode and serve it; yields its address. Unbuilt, each picture takes longer."""
    with TemporaryDirectory() as folder:
        built = ["--mode", "demo", "--outDir", folder]
        subprocess.run(  # noqa: S603 # our own command
            [*VITE, "build", *built], cwd=ROOT / "web", stdout=subprocess.DEVNULL, check=True
        )
        vite = subprocess.Popen(  # noqa: S603 # our own command
            [*VITE, "preview", *built, "--port", "0", "--host", "127.0.0.1"],
            cwd=ROOT / "web",
            env={**os.environ, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # node may be a wrapper around another process
        )
        try:
            yield _address_in(vite)
        finally:
            os.killpg(vite.pid, signal.SIGTERM)
            vite.wait(10)


def _address_in(vite: subprocess.Popen[str]) -> str:
    for line in vite.stdout or ():
        found = re.search(r"http://[\d.]+:\d+/", line)
        if found:
            return found.group()
    raise SystemExit("vite ended without an address: run `npm ci` in web/")


class Windows:
    """A browser's windows; those of one width and theme share what they loaded."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[tuple[int, str], BrowserContext] = {}

    def open(self, width: int, theme: str) -> Page:
        """Return a new page of that width, `light` or `dark`."""
        if (width, theme) not in self._contexts:
            context = self._browser.new_context(
                viewport={"width": width, "height": HEIGHTS[width]},
                color_scheme="dark" if theme == "dark" else "light",
            )
            context.set_default_timeout(PATIENCE_MS)
            self._contexts[width, theme] = context
        return self._contexts[width, theme].new_page()


def take(windows: Windows, address: str, shot: Shot, out: Path, only: str) -> None:
    """Take a shot in every width, light and dark."""
    for width in shot.widths:
        for theme in ("light", "dark"):
            name = f"{shot.name}-{theme}-{width}"
            if not only or re.search(only, name):
                page = windows.open(width, theme)
                _take_one(page, address, shot, out / f"{name}.png", width)
                page.close()


def _take_one(page: Page, address: str, shot: Shot, path: Path, width: int) -> None:
    page.on("console", lambda message: _report(path, message.type, message.text))
    page.on("pageerror", lambda error: _report(path, "error", str(error)))
    _open(page, address, shot)
    _settle(page, shot)
    page.wait_for_timeout(shot.wait_ms)
    _act(page, shot)
    if shot.is_whole:
        _show_all(page, width)
    page.screenshot(path=path)
    sys.stdout.write(f"{path}\n")


def _open(page: Page, address: str, shot: Shot) -> None:
    start, _, token = address.partition("#token=")
    if token:
        _sign_in(page, address, token)
        page.evaluate(f"location.hash = {shot.hash!r}")
    else:
        page.goto(f"{start}{shot.query}{shot.hash}")
    page.wait_for_selector("#page > *")


def _sign_in(page: Page, address: str, token: str) -> None:
    """Open the login address; no message names the token, though Playwright's do."""
    try:
        page.goto(address)
        page.wait_for_selector("#content h1")
    except Error as error:
        raise SystemExit(str(error).replace(token, "hidden")) from None


def _settle(page: Page, shot: Shot) -> None:
    """Wait until every answer that the screen asked for is drawn."""
    page.wait_for_timeout(SETTLE_MS)
    if shot.is_loaded:
        page.locator("[aria-label=Loading]").first.wait_for(state="detached")
    page.wait_for_timeout(SETTLE_MS)


def _act(page: Page, shot: Shot) -> None:
    if shot.choose:
        page.locator("[data-row]").filter(has_text=re.compile(shot.choose)).first.click()
        page.wait_for_url(re.compile("endpoint="))
        page.mouse.move(0, 0)
        _settle(page, shot)
        page.evaluate("scrollTo(0, 0)")
    for key in shot.keys:
        page.keyboard.press(key)
    if shot.hover:
        page.hover(shot.hover)
    page.wait_for_timeout(SETTLE_MS)


def _show_all(page: Page, width: int) -> None:
    """Make the window as high as the page, since fixed bars would float in a scrolled picture."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, HEIGHTS[width])})
    page.wait_for_timeout(SETTLE_MS)


def _report(path: Path, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        sys.stderr.write(f"{path.stem}: {kind}: {text}\n")


def main() -> None:
    """Take all pictures, or those that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--address", default="", help="a running page instead of the demo mode")
    parser.add_argument("--only", default="", help="a pattern of the names to take")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        windows = Windows(browser)
        with demo_page() if not asked.address else _given(asked.address) as address:
            for shot in SHOTS:
                take(windows, address, shot, asked.out, asked.only)
        browser.close()


@contextmanager
def _given(address: str) -> Iterator[str]:
    yield address


if __name__ == "__main__":
    main()
