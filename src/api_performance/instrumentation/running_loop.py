"""Tells whether waiting would hold up an event loop: the doors are called from everywhere."""

from __future__ import annotations

import asyncio
import sys


def is_in_event_loop() -> bool:
    """Tell whether asyncio or trio runs in this thread, so that waiting would hold up others."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return is_in_trio()
    return True


def is_in_trio() -> bool:
    """Tell whether trio runs in this thread."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())
