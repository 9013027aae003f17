"""The twelve things that go wrong on the recorded day: when, for how long, and what is the cause.

A cause is named right where what a person reads of the incident says one of `named`: the operation,
the line, the process or the endpoint that was really broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.alerting.traffic import HOUR
from demo.bad_day import Fault

MINUTE: Final = 60.0
FIRST_AT: Final = 5.5 * HOUR
EVERY: Final = 1.5 * HOUR
"""Between two beginnings. An alert that comes back within an hour returns to its incident."""

ALLOWED_SECONDS: Final = 1200.0
"""After its end a fault may be found so long: windows remember."""


@dataclass(frozen=True, slots=True)
class BadHour:
    """One fault of the day. `recording` is laid over the usual traffic for `minutes`.

    With `on_minutes` it comes and goes: so long it is there, then as long it is not. `is_release`:
    with it comes a new version, and with its end the old one. `goes_on`: what a process holds grows
    from one repetition of the recording to the next. `is_lost`: the processes are gone meanwhile,
    and others take their place.
    """

    what: str
    recording: str
    named: Sequence[str]
    minutes: float = 20.0
    on_minutes: float = 0.0
    off_minutes: float = 0.0
    is_release: bool = False
    goes_on: bool = False
    is_lost: bool = False


LOST: Final = "lost"

WORKER: Final = "{worker}"
"""Stands for the process that has the trouble alone."""

DAY: Final = (
    BadHour("a slow dependency", Fault.SLOW_PARTNER, ("/payments", "/recommendations")),
    BadHour("an error burst", Fault.BROKEN_CART, ("POST /api/cart/items", "UPDATE cart_items")),
    BadHour("a traffic drop", Fault.FEW_VISITORS, ("shop-api gets",)),
    BadHour("saturation", Fault.FEW_THREADS, ("calls wait for one of the", "threads")),
    BadHour("a bad deploy", Fault.BROKEN_RELEASE, ("version 1.1",), is_release=True),
    BadHour(
        *("a flapping endpoint", Fault.REBUILT_INDEX, ("GET /api/search",)),
        minutes=50.0,
        on_minutes=4.0,
        off_minutes=7.0,
    ),
    BadHour("an exhausted pool", Fault.HELD_CONNECTION, ("wait for a connection",)),
    BadHour("a blocked event loop", Fault.BLOCKED_LOOP, ("catalogue.py",)),
    BadHour("a failing dependency", Fault.FAILING_PAYMENTS, ("/payments",)),
    BadHour("one process of three that is bad", Fault.FULL_DISK, (WORKER,)),
    BadHour("memory that grows", Fault.MEMORY_LEAK, ("of memory",), minutes=80.0, goes_on=True),
    BadHour("all processes gone", LOST, ("No process of shop-api",), is_lost=True),
)


def begins_at(number: int) -> float:
    """Return when a fault of the day begins, in seconds after midnight."""
    return FIRST_AT + number * EVERY
