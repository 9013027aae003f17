"""Which line of the program did something: the innermost frame that is neither a library nor us."""

from __future__ import annotations

import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

NOT_THE_PROGRAM: Final = tuple(
    {str(Path(path)) for name, path in sysconfig.get_paths().items() if name.endswith("lib")}
    | {str(Path(__file__).parent.parent), "<"}
)
"""Beginnings of the files of the standard library, of installed packages, of us and of no file."""

LOOPS: Final = ("asyncio/events.py", "asyncio/base_events.py", "asyncio/runners.py")
"""Ends of the files outside of which nothing asked: what started the loop stands there."""

MAX_DEPTH: Final = 100
"""Frames looked at: below FastAPI and SQLAlchemy the program's own is some forty frames up."""


@lru_cache(maxsize=2048)
def is_of_the_program(code: CodeType) -> bool:
    """Tell whether code was written for the program, by where its file lies."""
    path = code.co_filename
    return "site-packages" not in path and not path.startswith(NOT_THE_PROGRAM)


def place(code: CodeType, line: int) -> str:
    """Return `shop/listing.py:42 in listing`: the last two parts of the file, line, function."""
    file = "/".join(Path(code.co_filename).parts[-2:]).lstrip("/")
    return f"{file}:{line} in {code.co_qualname}"


def place_of(frame: FrameType | None) -> str:
    """Return the place of the innermost frame of the program, outwards from one; else empty."""
    for _ in range(MAX_DEPTH):
        if frame is None or frame.f_code.co_filename.endswith(LOOPS):
            break
        if is_of_the_program(frame.f_code):
            return place(frame.f_code, frame.f_lineno)
        frame = frame.f_back
    return ""


def calling_place() -> str:
    """Return the place of the program's line that led here; empty where there is none."""
    return place_of(sys._getframe(1))  # inspect's way reads the source's files
