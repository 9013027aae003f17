"""One second of a service, as one of its workers measures it: even traffic and a busy tail."""

from __future__ import annotations

import math
import random

from api_performance.measure.cardinality import Hints, Slot
from api_performance.measure.filling import Filler, Measurement
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Endpoint, LatencyType

WORKERS = 4
REQUESTS_PER_SECOND = 1.0
BUSY_EVERY = 40  # endpoints
BUSY_REQUESTS_PER_SECOND = 20.0
USERS = 100
FAILED, MISSING = 0.005, 0.02  # ratios of 500 and of 404

_DATABASE = LATENCY_PARTS.index(LatencyType.DATABASE)
_CACHE = LATENCY_PARTS.index(LatencyType.CACHE)
_NETWORK = LATENCY_PARTS.index(LatencyType.NETWORK)
_PROCESSING = LATENCY_PARTS.index(LatencyType.PROCESSING)


class Worker:
    """Makes the windows of one worker, the same in every run."""

    def __init__(self, number: int, endpoints: int) -> None:
        """Begin worker `number`'s own row of random requests to some endpoints."""
        self._random = random.Random(number)
        mark = UserHasher(b"benchmark of the store's size").mark_of()
        self._filler = Filler(mark, random=random.Random(number).random)
        self._slots = [
            Slot(Endpoint("GET", f"/api/resource-{index}/{{item_id}}"), Hints())
            for index in range(endpoints)
        ]

    def second(self, at: float) -> list[tuple[Endpoint, Window]]:
        """Return the windows of the second that begins at `at`, as the recorder drains them."""
        windows = []
        for index, slot in enumerate(self._slots):
            count = self._arrivals(index)
            if count:
                window = Window(at)
                rows = [each for _ in range(count) for each in self._request(index, slot, at)]
                self._filler.fill(window, slot, rows)
                windows.append((slot.endpoint, window))
        return windows

    def _arrivals(self, index: int) -> int:
        """Draw from a Poisson distribution (Knuth's multiplication)."""
        rate = REQUESTS_PER_SECOND if index % BUSY_EVERY else BUSY_REQUESTS_PER_SECOND
        left, limit, count = self._random.random(), math.exp(-rate / WORKERS), 0
        while left > limit:
            left *= self._random.random()
            count += 1
        return count

    def _request(self, index: int, slot: Slot, at: float) -> Measurement:
        draw = self._random
        seconds = draw.lognormvariate(math.log(0.005 * (1 + index % 40)), 0.6)
        network = draw.uniform(0.0001, 0.0005)
        parts = [0.0] * len(LATENCY_PARTS)
        if index % 4:  # a quarter of the endpoints asks nobody
            parts[_NETWORK] = network
            parts[_DATABASE] = seconds * draw.uniform(0.2, 0.7)
            parts[_CACHE] = seconds * draw.uniform(0.01, 0.05) if index % 4 == 1 else 0.0
            parts[_PROCESSING] = seconds - sum(parts)
        outcome = draw.random()
        status = 500 if outcome < FAILED else 404 if outcome < FAILED + MISSING else 200
        user = f"user-{draw.randrange(USERS)}"
        known = parts if index % 4 else None
        return Measurement(
            *(slot, status, at, seconds, seconds - network / 2, network),
            *(0, draw.randrange(200, 5000), user, draw.randrange(1, 4), known, 0.0),
        )
