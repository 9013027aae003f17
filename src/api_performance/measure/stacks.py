"""Stacks of code that stood still, and which of their lines to name.

A stack begins at the callback that the event loop called: what called the loop is the same for all.
A line of the app's own code says more than the library's line it waits in, so that one is named.
"""

from __future__ import annotations

import os
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Final

MAX_FRAMES: Final = 64
"""Frames kept of a stack, the innermost: a request through ten middlewares and an ORM has 50."""

MAX_WALKED: Final = 1_000
"""Frames looked at: the interpreter's own limit of recursion."""

STANDARD_LIBRARY: Final = "python"
"""The package of a frame of the standard library."""

OURS: Final = "api_performance"

SERVING: Final = frozenset(
    {OURS, "anyio", "fastapi", "hypercorn", "litestar", "starlette", "uvicorn"}
)
"""Packages that call an app's code, by which the code of an app that is itself installed as a
package is found."""

_LOOP: Final = ("base_events.py", "events.py", "runners.py")  # of asyncio: they call callbacks
_IDLE: Final = "selectors.py"  # where a loop waits for what comes next
_PACKAGES: Final = ("site-packages", "dist-packages")
_OUR_FOLDER: Final = Path(__file__).parents[1]
_STANDARD_FOLDER: Final = Path(sysconfig.get_paths()["stdlib"])
_SCRIPTS_FOLDER: Final = Path(sysconfig.get_paths()["scripts"])


@dataclass(frozen=True, slots=True)
class Frame:
    """A line that ran: `file` as people find it, `function` with its class.

    `package` is empty for the app's own code, and names the library of any other.
    """

    file: str
    line: int
    function: str
    package: str = ""

    def __str__(self) -> str:
        """`shop/orders.py:41 in Orders.list`: how people write it."""
        return f"{self.file}:{self.line} in {self.function}"


Stack = tuple[Frame, ...]
"""Frames, the outermost first; none where the loop ran no code of Python's."""


def stack_of(frame: FrameType | None) -> Stack:
    """Return the stack of a running frame as far as the event loop that called it."""
    inward: list[tuple[str, int, str]] = []
    while frame is not None and len(inward) < MAX_WALKED:
        code = frame.f_code
        if _is_loop(code.co_filename):
            break
        inward.append((code.co_filename, frame.f_lineno or 0, code.co_qualname))
        frame = frame.f_back
    kept = [_frame(*each) for each in inward[:MAX_FRAMES]]
    return tuple(reversed(kept))


def _frame(filename: str, line: int, function: str) -> Frame:
    file, package = origin(filename)
    return Frame(file, line, function, package)


@lru_cache(maxsize=4096)
def _is_loop(filename: str) -> bool:
    path = Path(filename)
    if path.parent == _STANDARD_FOLDER / "asyncio":
        return path.name in _LOOP
    return path == _STANDARD_FOLDER / _IDLE


@lru_cache(maxsize=4096)
def origin(filename: str) -> tuple[str, str]:
    """Return a source file as people find it, and its package: empty for the app's own code.

    Below the working directory a path is relative to it, and a library's to where it is installed.
    """
    path = Path(filename)
    for folder in _PACKAGES:
        if folder in path.parts:
            parts = path.parts[path.parts.index(folder) + 1 :]
            return os.sep.join(parts), Path(parts[0]).stem
    if path.is_relative_to(_OUR_FOLDER):
        return str(path.relative_to(_OUR_FOLDER.parent)), OURS
    if path.is_relative_to(_STANDARD_FOLDER):
        return str(path.relative_to(_STANDARD_FOLDER)), STANDARD_LIBRARY
    if filename.startswith("<") or path.is_relative_to(_SCRIPTS_FOLDER):
        return path.name, STANDARD_LIBRARY
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path), ""


def own_frames(stack: Stack) -> Stack:
    """Return the frames of the app's own code; of any code where none is known to be the app's.

    An app may be installed as a package, as libraries are. Then its package is the one that the
    framework called.
    """
    own = [frame for frame in stack if not frame.package]
    if not own:
        package = _called_package(stack)
        own = [frame for frame in stack if frame.package == package]
    return tuple(own) or stack


def _called_package(stack: Stack) -> str:
    """Return the package of what the innermost frame of a framework called; empty if there is none.

    The standard library is nobody's app.
    """
    found = ""
    for outer, inner in pairwise(stack):
        if outer.package in SERVING and inner.package not in {*SERVING, STANDARD_LIBRARY}:
            found = inner.package
    return found


def longest_standing(looks: Sequence[Stack]) -> tuple[Stack, Frame | None]:
    """Return the stack to show for several looks at one block, and the frame to name for it.

    Named is the innermost own frame whose function stood in at least half of the looks, where it
    stood most often: a loop that calls short functions is named, and not the one that happened to
    run. No stack and no frame without any look that saw code.
    """
    standing = _standing(looks)
    named = [(_innermost(stack, standing), stack) for stack in looks if stack]
    if not named:
        return (), None
    place = Counter(place for place, _ in named).most_common(1)[0][0]
    return [stack for name, stack in named if name == place][-1], place


def _standing(looks: Sequence[Stack]) -> frozenset[tuple[str, str]]:
    """Return the functions that stood in at least half of the looks."""
    counts = Counter(function for stack in looks for function in {*_functions(own_frames(stack))})
    return frozenset(function for function, count in counts.items() if 2 * count >= len(looks))


def _functions(frames: Iterable[Frame]) -> Iterator[tuple[str, str]]:
    return ((frame.file, frame.function) for frame in frames)


def _innermost(stack: Stack, standing: frozenset[tuple[str, str]]) -> Frame:
    """Return the innermost own frame that stands; the innermost of all own ones if none does."""
    own = own_frames(stack)
    stood = [frame for frame in own if (frame.file, frame.function) in standing]
    return (stood or own)[-1]
