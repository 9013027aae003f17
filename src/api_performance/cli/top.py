"""`api-performance top`: the table of the page, live in a terminal, or once and plain."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from api_performance.cli.numbers import Numbers, Selection
from api_performance.cli.table import COLUMNS, Frame, Order, draw
from api_performance.errors import ApiPerformanceError

PLAIN_WIDTH: Final = 160
"""Columns where there is no terminal to ask, so that a pipe gets every cell whole."""

_LINES_AROUND: Final = 6
_KEYS: Final = "1–8 sort by that column · r turn round · q quit"


def show_once(numbers: Numbers, selection: Selection, order: Order) -> None:
    """Print one frame, without colours where nobody looks. ApiPerformanceError if there is none."""
    console = make_console()
    console.print(draw(numbers.read(selection, order), order))


def make_console() -> Console:
    """Return a console on the standard output, wide enough where that is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


@dataclass(slots=True)
class Screen:
    """What the terminal shows: the newest frame, and what went wrong since."""

    order: Order
    frame: Frame | None = None
    trouble: str = ""

    def refresh(self, numbers: Numbers, selection: Selection) -> None:
        """Read anew; the last frame stays where that fails."""
        try:
            self.frame = numbers.read(selection, self.order)
            self.trouble = ""
        except ApiPerformanceError as error:
            self.trouble = str(error)

    def press(self, key: str) -> bool:
        """Do what a key stands for; False for the end."""
        if key == "q":
            return False
        if key == "r":
            self.order = replace(self.order, is_descending=not self.order.is_descending)
        elif key.isdecimal() and 1 <= int(key) <= len(COLUMNS):
            self.order = self.order.then(list(COLUMNS.values())[int(key) - 1])
        return True

    def __rich__(self) -> RenderableType:
        """Return everything, for rich to draw."""
        parts: list[RenderableType] = [draw(self.frame, self.order)] if self.frame else []
        if self.trouble:
            parts.append(Text(f"! {self.trouble}", "yellow"))
        return Group(*parts, Text(), Text(_KEYS, "dim"))


def show_live(numbers: Numbers, selection: Selection, order: Order, seconds: float) -> None:
    """Draw a frame every `seconds` until `q` or ^C. The first must come: ApiPerformanceError."""
    console = Console()
    screen = Screen(order, numbers.read(_fitting(selection, console), order))
    with (
        contextlib.suppress(KeyboardInterrupt),
        Live(screen, console=console, screen=True, auto_refresh=False) as live,
        _keys() as key,
    ):
        while _wait(key, screen, seconds):
            screen.refresh(numbers, _fitting(selection, console))
            live.update(screen, refresh=True)


def _wait(key: Callable[[float], str], screen: Screen, seconds: float) -> bool:
    """Wait until the next frame is due, or a key asks for one sooner; False for the end."""
    pressed = key(seconds)
    return screen.press(pressed) if pressed else True


def _fitting(selection: Selection, console: Console) -> Selection:
    rows = max(console.height - _LINES_AROUND, 3)
    return replace(selection, limit=min(selection.limit, rows))


@contextlib.contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """Give single keys as they are pressed: a function that waits for one, "" if none came."""
    if not sys.stdin.isatty():
        yield _no_key
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield lambda seconds: _read_key(terminal, seconds)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _no_key(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def _read_key(terminal: int, seconds: float) -> str:
    ready, _, _ = select.select([terminal], [], [], seconds)
    return os.read(terminal, 1).decode(errors="replace") if ready else ""
