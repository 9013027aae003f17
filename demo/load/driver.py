"""Lets visitors into the shop at the rate of the day's hour.

Bounded in every way: at most `MAX_VISITORS` at once (the rest stays away and is counted), for a
given time, and to this machine's own addresses only.
"""

import asyncio
import contextlib
import ipaddress
import random
from dataclasses import dataclass
from urllib.parse import urlsplit

from demo.bad_day import Fault, switches
from demo.load.day import hour_of, level
from demo.load.visitor import Tally, Visitor
from demo.load.visits import STAFF, choose, inspect

CUSTOMERS = 600
MAX_VISITORS = 250
# The mean over `SHARES`, counted over 319 visits.
REQUESTS_PER_VISIT = 11.0
# On a bad day; see `demo/bad_day.py`.
LOST_RATIO = 0.95


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the load runs, how long its day is, and how busy its noon."""

    url: str
    seconds: float
    day_seconds: float = 240.0
    peak_requests_per_second: float = 80.0

    def __post_init__(self) -> None:
        """Refuse any address but this machine's own."""
        host = urlsplit(self.url).hostname or ""
        if not is_loopback(host):
            raise ValueError(f"The load goes to this machine only, not to {host!r}.")


def is_loopback(host: str) -> bool:
    """Whether `host` is an address of this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Driver:
    """Runs one plan."""

    def __init__(self, plan: Plan, chance: random.Random | None = None) -> None:
        """Nothing is sent before `run`."""
        self.tally = Tally()
        self.turned_away = 0
        self._plan = plan
        self._chance = chance or random.Random()
        self._visits: set[asyncio.Task[None]] = set()

    async def run(self) -> Tally:
        """Send the plan's load; cancelled, it ends all visits and leaves the tally as it is."""
        try:
            async with asyncio.timeout(self._plan.seconds):
                await self._let_in()
        except TimeoutError:
            pass
        finally:
            await self._send_home()
        return self.tally

    async def _let_in(self) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        while True:
            hour = hour_of(loop.time() - start, self._plan.day_seconds)
            requests_per_second = self._plan.peak_requests_per_second * level(hour)
            await asyncio.sleep(self._chance.expovariate(requests_per_second / REQUESTS_PER_VISIT))
            self._start_visit()

    def _start_visit(self) -> None:
        if switches.is_on(Fault.FEW_VISITORS) and self._chance.random() < LOST_RATIO:
            return
        if len(self._visits) >= MAX_VISITORS:
            self.turned_away += 1
            return
        visit = asyncio.create_task(self._visit())
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _visit(self) -> None:
        kind = choose(self._chance)
        number = STAFF if kind is inspect else self._chance.randrange(1, CUSTOMERS)
        visitor = Visitor(self._plan.url, number, self.tally)
        async with visitor.client:
            await kind(visitor)

    async def _send_home(self) -> None:
        for visit in self._visits:
            visit.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._visits, return_exceptions=True)
