"""The gates on a store that fails: no request fails or is held, and what is lost is counted.

Each fault has an app and a Redis of its own, requests at a steady rate, and a page that is read
twice a second. Undisturbed runs, twice, are the control for the slowest requests.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from benchmarks.faults.faults import FAULTS, Undisturbed
from benchmarks.faults.load import Connection, Load, Reading, Told, read_told
from benchmarks.faults.server import AFTER, BEFORE, MOST_BATCHES
from benchmarks.result import GateResult, write_result
from benchmarks.serving import serving

MOST_HELD_MS: Final = 1.0
MOST_CATCH_UP_SECONDS: Final = 10.0
AIM_READ_SECONDS: Final = 3.0
AIM_RATIO: Final = 1.5
CURRENT_SECONDS: Final = 2.5
"""What was asked longer ago must be told: a flush of a second, and a read on a busy machine."""

WARM_UP_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 30.0
ASK_EVERY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one fault did. Sums are of requests; `miscounted`: neither told nor dropped, or twice.

    `read_seconds`: the slowest answer to the page while the fault lasted.
    """

    lasted_seconds: float
    requests: int
    failures: list[str]
    held_ms: float
    lock_ms: float
    collection_ms: float
    most_waiting: float
    told: Told | None
    miscounted: float
    catch_up_seconds: float
    p99_ms: float
    read_seconds: float
    grown_bytes: float


def run() -> list[GateResult]:
    """Measure, keep the numbers, and return the gates."""
    control = [suffered(Undisturbed()) for _ in range(2)]
    outcomes = {fault.name: suffered(fault()) for fault in FAULTS}
    p99_ms = [each.p99_ms for each in control]
    content = {name: asdict(outcome) for name, outcome in outcomes.items()}
    write_result("faults", {"undisturbed": [asdict(each) for each in control], **content})
    return [*_gates(outcomes), *_aims(outcomes, p99_ms)]


def _gates(outcomes: dict[str, Outcome]) -> list[GateResult]:
    def worst(name: str, limit: float, unit: str, of: dict[str, float]) -> GateResult:
        fault = max(of, key=lambda each: of[each])
        return GateResult(f"{name}, worst of {len(of)} faults ({fault}),", of[fault], limit, unit)

    def each(attribute: str) -> dict[str, float]:
        return {name: float(getattr(outcome, attribute)) for name, outcome in outcomes.items()}

    failed = {name: float(len(outcome.failures)) for name, outcome in outcomes.items()}
    lossy = [fault.name for fault in FAULTS if fault.drops]
    silent = sum(not _has_drops(outcomes[name]) for name in lossy)
    return [
        worst("requests that failed while Redis did", 0, "", failed),
        worst("our longest hold of a request, CPU and locks", MOST_HELD_MS, "ms", each("held_ms")),
        worst("batches that waited at once", MOST_BATCHES, "", each("most_waiting")),
        worst("requests neither told nor counted as dropped", 0, "", each("miscounted")),
        worst("the time until all is told", MOST_CATCH_UP_SECONDS, "s", each("catch_up_seconds")),
        GateResult("faults that should have cost windows, and did not,", silent, 0),
    ]


def _has_drops(outcome: Outcome) -> bool:
    return outcome.told is not None and outcome.told.dropped_windows > 0


def _aims(outcomes: dict[str, Outcome], undisturbed_ms: list[float]) -> list[GateResult]:
    one, other = undisturbed_ms
    slowest = max(outcomes.values(), key=lambda each: each.p99_ms)
    reads = max(outcome.read_seconds for outcome in outcomes.values())
    return [
        GateResult("p99 undisturbed, again (A/A)", other / one, AIM_RATIO, "times", is_aim=True),
        GateResult(
            "p99 in the worst fault, of the slower undisturbed run,",
            slowest.p99_ms / max(undisturbed_ms),
            AIM_RATIO,
            "times",
            is_aim=True,
        ),
        GateResult("the slowest answer to a page", reads, AIM_READ_SECONDS, "s", is_aim=True),
    ]


def suffered(fault: Undisturbed) -> Outcome:
    """Return what a fault did to an app of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        fault.serving(Path(folder)) as store,
        serving("benchmarks.faults.server", store) as app,
    ):
        return asyncio.run(_Run(fault, app).outcome())


class _Run:
    """One app under load while its Redis suffers."""

    def __init__(self, fault: Undisturbed, app: int) -> None:
        self._fault = fault
        self._load = Load(app)
        self._reading = Reading(app)
        self._asking = Connection(app)
        self._prefixes = (AFTER,) if fault.loses else (BEFORE, AFTER)

    async def outcome(self) -> Outcome:
        """Let it happen, and return what it did."""
        load = self._load
        asking = asyncio.create_task(load.run())
        await asyncio.sleep(WARM_UP_SECONDS)
        await self._seconds_until_current()  # on a slow machine the store may not be open by now
        reading = asyncio.create_task(self._reading.run())
        await self._asking.ask("/figures", "POST")
        before = await self._figures()
        load.seconds.clear()
        lasted_seconds = await self._last_out()
        catch_up_seconds = await self._seconds_until_current()
        reading.cancel()
        load.is_over = True
        await asyncio.gather(asking, reading)
        told = await self._settled()
        after = await self._figures()
        self._asking.close()
        return self._judged(told, (lasted_seconds, catch_up_seconds), before, after)

    async def _last_out(self) -> float:
        """Have the fault begin, last and end; return how long that took."""
        begun = perf_counter()
        await asyncio.to_thread(self._fault.begin)
        self._load.prefix = AFTER
        self._reading.seconds.clear()
        await asyncio.sleep(self._fault.seconds)
        await asyncio.to_thread(self._fault.end)
        return perf_counter() - begun

    async def _figures(self) -> dict[str, float]:
        _, body = await self._asking.ask("/figures")
        figures: dict[str, Any] = json.loads(body)  # Any: JSON
        return figures

    async def _seconds_until_current(self) -> float:
        """Return how long it takes until all is told that was asked a while ago; inf: never."""
        begun = perf_counter()
        while perf_counter() < begun + PATIENCE_SECONDS:
            asked = self._load.count(self._prefixes, perf_counter() - CURRENT_SECONDS)
            told = await read_told(self._asking, self._prefixes)
            if told is not None and told.accounted >= asked > 0:
                return perf_counter() - begun
            await asyncio.sleep(ASK_EVERY_SECONDS)
        return inf

    async def _settled(self) -> Told | None:
        """Return what is told once nothing is asked any more; the last, if it never adds up."""
        until = perf_counter() + PATIENCE_SECONDS
        told = None
        while perf_counter() < until:
            told = await read_told(self._asking, self._prefixes)
            if told is not None and told.accounted == self._load.count(self._prefixes, inf):
                break
            await asyncio.sleep(ASK_EVERY_SECONDS)
        return told

    def _judged(
        self,
        told: Told | None,
        took_seconds: tuple[float, float],
        before: dict[str, float],
        after: dict[str, float],
    ) -> Outcome:
        load = self._load
        asked = load.count(self._prefixes, inf)
        seconds = sorted(load.seconds)
        lasted_seconds, catch_up_seconds = took_seconds
        return Outcome(
            lasted_seconds=lasted_seconds,
            requests=asked,
            failures=load.failures,
            held_ms=after["held_seconds"] * 1e3,
            lock_ms=after["wait_seconds"] * 1e3,
            collection_ms=after["collection_seconds"] * 1e3,
            most_waiting=after["most_waiting"],
            told=told,
            miscounted=abs(asked - told.accounted) if told is not None else inf,
            catch_up_seconds=catch_up_seconds,
            p99_ms=seconds[len(seconds) * 99 // 100] * 1e3,
            read_seconds=max(self._reading.seconds, default=0.0),
            grown_bytes=after["resident_bytes"] - before["resident_bytes"],
        )


if __name__ == "__main__":
    for result in run():
        print(result.sentence())
