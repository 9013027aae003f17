"""A stranger follows the README's “Your first chart” to the letter, and sees a live chart.

With the built wheel, in an empty directory, with a new home and none of our environment. What pip
would download lies ready, for its time is the network's; all else is timed and told.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.docs.blocks import ROOT, Block, blocks
from tests.ports import free_port
from tests.web.conftest import CHROMIUM, FLAGS, PATIENCE_MS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.needs_system("chromium")]

AIM_SECONDS = 60
SLACK = 5
"""How many times longer a slow, shared machine may take."""

LIVE = re.compile(r"is live at (http://\S+)")
CHART = "[aria-roledescription=chart]"


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that pip would download, the wheel of this checkout among it."""
    folder = tmp_path_factory.mktemp("downloads")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-d", str(folder), str(wheel)], check=True)
    return folder


@pytest.fixture
def stranger(
    downloads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], list[str]]:
    """Stands in an empty directory; returns the command that carries out a script there."""
    for folder in ("home", "work", "bin"):
        (tmp_path / folder).mkdir()
    interpreter = Path(sys.executable).resolve()
    (tmp_path / "bin" / "python3").symlink_to(interpreter)
    environment = {
        "HOME": str(tmp_path / "home"),
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "TMPDIR": str(tmp_path),
        "PIP_FIND_LINKS": str(downloads),
        "PIP_NO_INDEX": "1",
        "UVICORN_PORT": str(free_port()),  # the README's 8000 may be taken here
    }
    monkeypatch.chdir(tmp_path / "work")
    variables = [f"{name}={value}" for name, value in environment.items()]
    env, bash = shutil.which("env") or "env", shutil.which("bash") or "bash"
    return lambda script: [env, "-i", *variables, bash, "-euc", script]


def test_from_an_empty_directory_to_a_live_chart_by_the_readme_alone(
    stranger: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    told = [each for each in blocks(ROOT / "README.md") if each.heading == "Your first chart"]
    assert [each.language for each in told] == ["sh", "python", "sh", "sh"]
    install, app, run, call = told
    laps = Laps()
    subprocess.run(stranger(install.text), check=True, timeout=SLACK * AIM_SECONDS)
    laps.take("environment and installation")
    (Path.cwd() / named_file(app)).write_text(app.text, encoding="utf-8")
    with terminal(stranger(run.text)) as shown:
        address = shown()
        laps.take("start")
        calls = call.text.replace("http://127.0.0.1:8000", address.partition("/performance")[0])
        with started(stranger(calls)), browser_page() as page:
            watch(page, address, laps)
    with capsys.disabled():
        sys.stdout.write(f"\n{laps.told()}\n")
    assert laps.total < SLACK * AIM_SECONDS


class Laps:
    """Seconds since the last one was taken, by name."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def take(self, name: str) -> None:
        now = time.monotonic()
        self._seconds[name], self._last = now - self._last, now

    @property
    def total(self) -> float:
        return sum(self._seconds.values())

    def told(self) -> str:
        parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self._seconds.items())
        return f"first chart after {self.total:.1f} s (aim: {AIM_SECONDS} s): {parts}"


def named_file(block: Block) -> str:
    """Return the file that the last sentence before a block names."""
    return str(re.findall(r"`(\w+\.py)`", block.before)[-1])


def watch(page: Page, address: str, laps: Laps) -> None:
    """Do as the README says, until the chart has moved."""
    page.goto(address)
    page.get_by_role("link", name="Endpoints").first.click()
    page.locator("[data-row]").filter(has_text="/hello/").first.click()
    page.wait_for_selector(CHART)
    laps.take("chart")
    before = page.get_attribute(CHART, "aria-label")
    page.wait_for_function(
        "([chart, before]) => document.querySelector(chart).ariaLabel !== before",
        arg=[CHART, before],
    )
    laps.take("its next news")


@contextmanager
def browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


@contextmanager
def started(command: list[str]) -> Iterator[None]:
    """Carry out a command beside the block, and end it with all that it started."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@contextmanager
def terminal(command: list[str]) -> Iterator[Callable[[], str]]:
    """Carry out a command in a terminal; yields what waits for the address that it shows."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    screen = Screen(master)
    screen.start()
    try:
        yield screen.address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        screen.join()
        os.close(master)


class Screen(threading.Thread):
    """Reads a terminal to its end, for who writes to one that is full has to wait."""

    def __init__(self, master: int) -> None:
        super().__init__()
        self._master = master
        self._text = ""
        self._has_address = threading.Event()

    def run(self) -> None:
        while part := self._read():
            self._text += part.decode(errors="replace")
            if LIVE.search(self._text):
                self._has_address.set()

    def _read(self) -> bytes:
        try:
            return os.read(self._master, 65_536)
        except OSError:  # Linux: nobody has the other side open any more
            return b""

    def address(self) -> str:
        self._has_address.wait(SLACK * AIM_SECONDS)
        found = LIVE.search(self._text)
        assert found, self._text
        return found[1]
