"""Takes pictures of the page, to be laid beside the design and into the README.

`python scripts/screenshots.py OUT` shows the page's demo mode, `--address URL` a running page by
its login address. `--only endpoints-light-1440` takes one.
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
from typing import Final

from playwright.sync_api import Browser, Error, Page, sync_playwright

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


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what is asked of the page, and what is done before it is taken."""

    name: str
    query: str = ""
    hash: str = "#/endpoints"
    widths: tuple[int, ...] = (1440, 390)
    choose: str = ""
    hover: str = ""
    keys: tuple[str, ...] = ()
    wait_ms: int = 0
    is_whole: bool = True


SHOTS: Final = (
    Shot("overview", hash="#/overview", widths=(390, 1440, 2560)),
    Shot("health", hash="#/health", widths=(390, 1440, 2560)),
    Shot("fleet", query="?state=fleet", hash="#/health", widths=(390, 1440, 2560)),
    Shot("endpoints"),
    Shot("columns", hash="#/endpoints?hide=p50,share", widths=(1440,)),
    Shot("endpoint", hash="#/endpoints?range=1h", choose="POST /api/checkout"),
    Shot("endpoint-slow", hash="#/endpoints?range=15m", choose="GET /api/catalogue/products"),
    Shot(
        "readme",
        hash="#/endpoints?range=5m",
        choose="GET /api/catalogue/products",
        is_whole=False,
    ),
    Shot("narrow", widths=(1024,)),
    Shot("tooltip", widths=(1440,), hover="[aria-roledescription=chart]"),
    Shot("table-view", hash="#/endpoints?view=table", widths=(1440,)),
    Shot("keys", widths=(1440,), keys=("?",)),
    Shot("failing", query="?state=failing", wait_ms=4500),
    Shot("empty", query="?state=empty", widths=(1440,)),
    Shot("loading", query="?state=loading", widths=(1440,)),
    Shot("login", query="?state=signed-out"),
    Shot("not-yet", hash="#/alerts", widths=(1440,)),
)


@contextmanager
def demo_page() -> Iterator[str]:
    """Start the demo mode; yields its address."""
    vite = subprocess.Popen(  # noqa: S603 # our own command
        [shutil.which("node") or "/usr/bin/node", "node_modules/vite/bin/vite.js", "--port", "0"],
        cwd=ROOT / "web",
        env={**os.environ, "VITE_DEMO": "1", "NO_COLOR": "1"},
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


def take(browser: Browser, address: str, shot: Shot, out: Path, only: str) -> None:
    """Take a shot in every width, light and dark."""
    for width in shot.widths:
        for theme in ("light", "dark"):
            name = f"{shot.name}-{theme}-{width}"
            if not only or only in name:
                _take_one(browser, address, shot, out / f"{name}.png", theme)


def _take_one(browser: Browser, address: str, shot: Shot, path: Path, theme: str) -> None:
    width = int(path.stem.rsplit("-", 1)[1])
    page = browser.new_page(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page.on("console", lambda message: _report(path, message.type, message.text))
    page.on("pageerror", lambda error: _report(path, "error", str(error)))
    _open(page, address, shot)
    page.wait_for_timeout(SETTLE_MS + shot.wait_ms)
    _act(page, shot)
    if shot.is_whole:
        _show_all(page, width)
    page.screenshot(path=path)
    page.close()
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


def _act(page: Page, shot: Shot) -> None:
    chosen = page.locator("[data-row]").filter(has_text=shot.choose)
    if shot.choose and chosen.count():
        chosen.first.click()
        page.evaluate("scrollTo(0, 0)")
        page.mouse.move(0, 0)
        page.wait_for_timeout(5 * SETTLE_MS)
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
    parser.add_argument("--only", default="", help="part of the names to take")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with demo_page() if not asked.address else _given(asked.address) as address:
            for shot in SHOTS:
                take(browser, address, shot, asked.out, asked.only)
        browser.close()


@contextmanager
def _given(address: str) -> Iterator[str]:
    yield address


if __name__ == "__main__":
    main()
