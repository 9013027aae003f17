"""`api-performance top`: the table of the page, live in a terminal, or once and plain."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
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
    with _keys() as key, Live(screen, console=console, screen=True, auto_refresh=False) as live:
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
    with _interrupts() as interrupts, _keyboard() as keyboard:
        yield lambda seconds: _read_key([interrupts, *keyboard], seconds)


@contextlib.contextmanager
def _interrupts() -> Iterator[int]:
    """Give a file in which ^C is the key `q`, so that it never breaks off a drawing or a read."""
    reading, writing = os.pipe()
    before = signal.signal(signal.SIGINT, lambda *_: os.write(writing, b"q"))
    try:
        yield reading
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(reading)
        os.close(writing)


@contextlib.contextmanager
def _keyboard() -> Iterator[list[int]]:
    """Give the terminal's file, in which each key can be read at once; none if it is none."""
    if not sys.stdin.isatty():
        yield []
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield [terminal]
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _read_key(files: list[int], seconds: float) -> str:
    ready, _, _ = select.select(files, [], [], seconds)
    return os.read(ready[0], 1).decode(errors="replace") if ready else ""
