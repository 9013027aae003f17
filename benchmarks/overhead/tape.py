"""A clock that stands still until it is moved, whose readings are as cheap as the system's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle
from operator import getitem
from random import Random
from typing import cast

START = 1_700_000_000.0
MEDIAN_SECONDS = 0.00063
SPREAD = 0.8
COPYING_SECONDS = 0.00002
"""What a server takes to copy a response into its socket: 20 us, as uvicorn was seen to."""


class TapeClock:
    """Moved by the handlers, by lognormal times whose median is 0.63 ms: they fill fifty buckets.

    A thousand requests fit into a second. A reading is a built-in call without a frame.
    """

    def __init__(self) -> None:
        """Begin at START; the times repeat after 20,000 requests."""
        self._reading = [START]
        reading: Callable[[], float] = cast(
            "Callable[[], float]", partial(getitem, self._reading, 0)
        )
        self.perf = self.now = reading
        random = Random(3)
        times = [MEDIAN_SECONDS * random.lognormvariate(0, SPREAD) for _ in range(20_000)]
        self._next_time = cycle(times).__next__

    def work(self) -> None:
        """Let the time pass that a handler takes."""
        self._reading[0] += self._next_time()

    def end_second(self) -> None:
        """Let the rest of the second pass, as a process that flushes once a second would."""
        self._reading[0] = float(int(self._reading[0]) + 1)

    def stand_at(self, instant: float) -> None:
        """Show an instant, Unix seconds, as if what was done since had taken no time."""
        self._reading[0] = instant

    def copy(self) -> None:
        """Let the time pass that a server takes for a response."""
        self._reading[0] += COPYING_SECONDS


CLOCK = TapeClock()
"""The one that handlers and server move, whatever watches them."""
