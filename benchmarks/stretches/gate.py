"""The gates on the drain: it never holds the interpreter longer than 0.5 ms at a stretch.

A server of its own is asked 500 times a second for a minute, half of that at a dozen of its 200
endpoints. Collections of garbage that begin in the drain are told apart: the interpreter begins
them in whichever thread makes the object too many, and a full one looks through all that the app
keeps, 55 ms here. What is told of them is what we add to those of all threads, so that chance has
no part in it: the same server is asked unmeasured, too.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final
from urllib.request import Request, urlopen

from benchmarks.result import GateResult, write_result
from benchmarks.serving import serving
from benchmarks.stretches.held import FULL
from benchmarks.stretches.server import ENDPOINTS

SECONDS: Final = 60.0
WARM_UP_SECONDS: Final = 5.0
CONNECTIONS: Final = 10
REQUESTS_PER_SECOND: Final = 500
BUSY_ENDPOINTS: Final = 12

MOST_MS: Final = 0.5
MOST_COLLECTING_MS: Final = 50.0
"""Half a percent of what 10,000 requests of a millisecond take."""


def run() -> list[GateResult]:
    """Measure, keep the numbers, and return the gates."""
    with tempfile.TemporaryDirectory() as folder:
        measured = asked(f"sqlite:///{folder}/metrics.sqlite3")
    found: dict[str, dict[str, float]] = {}
    for step in ("drain", "rest"):
        found[step] = summary([held for held, _ in measured[step]])
        found[f"{step}_uncollected"] = summary([held - taken for held, taken in measured[step]])
    found["collections"] = collections(measured["collections"])
    found["collections_unmeasured"] = collections(asked("")["collections"])
    write_result("stretches", {"seconds": SECONDS, **found})
    return [*_collecting_gates(found), *_stretch_gates(found)]


def _collecting_gates(found: Mapping[str, Mapping[str, float]]) -> list[GateResult]:
    ours, alone = found["collections"], found["collections_unmeasured"]
    more_ms = ours["ms_per_10000_requests"] - alone["ms_per_10000_requests"]
    return [
        GateResult(
            "the CPU time that collections take of 10,000 requests more than unmeasured",
            more_ms,
            MOST_COLLECTING_MS,
            "ms",
            is_aim=True,
        ),
        GateResult(
            "the number of full collections in a minute, in any thread,",
            ours["full"],
            0,
            is_aim=True,
        ),
    ]


def _stretch_gates(found: Mapping[str, Mapping[str, float]]) -> list[GateResult]:
    apart = "collections of garbage left out,"
    return [
        _result(f"the drain's longest stretch, {apart}", found["drain_uncollected"]["longest_ms"]),
        _result(
            "the drain's longest stretch, all included,", found["drain"]["longest_ms"], is_aim=True
        ),
        _result(
            f"the 99th percentile of the flush's and the folding's stretches, {apart}",
            found["rest_uncollected"]["p99_ms"],
            is_aim=True,
        ),
        _result(
            f"the flush's and the folding's longest stretch, {apart}",
            found["rest_uncollected"]["longest_ms"],
            is_aim=True,
        ),
    ]


def _result(name: str, measured: float, *, is_aim: bool = False) -> GateResult:
    return GateResult(name, measured, MOST_MS, "ms", is_aim=is_aim)


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Return what some stretches were like, in milliseconds."""
    ascending = [each * 1e3 for each in sorted(seconds)]
    return {
        "count": len(ascending),
        "past_limit": sum(each > MOST_MS for each in ascending),
        "median_ms": ascending[len(ascending) // 2],
        "p99_ms": ascending[len(ascending) * 99 // 100],
        "longest_ms": ascending[-1],
    }


def collections(found: Sequence[tuple[int, float, bool]]) -> dict[str, float]:
    """Return what the collections of a minute were like; `ours` began in our thread."""
    seconds = sum(taken for _, taken, _ in found)
    return {
        "young": sum(generation < FULL for generation, _, _ in found),
        "young_ours": sum(generation < FULL and is_ours for generation, _, is_ours in found),
        "full": sum(generation == FULL for generation, _, _ in found),
        "full_ours": sum(generation == FULL and is_ours for generation, _, is_ours in found),
        "ms_per_10000_requests": seconds * 1e3 * 10_000 / (REQUESTS_PER_SECOND * SECONDS),
    }


def asked(store: str) -> Any:  # Any: JSON
    """Return the figures of a server after a minute; it is measured in `store`, unless empty."""
    with serving("benchmarks.stretches.server", store) as port:
        asyncio.run(load(port, WARM_UP_SECONDS))
        _figures(port, "POST")
        asyncio.run(load(port, SECONDS))
        return _figures(port, "GET")


def _figures(port: int, method: str) -> Any:  # Any: JSON
    request = Request(f"http://127.0.0.1:{port}/figures", method=method)
    with urlopen(request, timeout=30) as response:
        return json.loads(response.read())


async def load(port: int, seconds: float) -> None:
    """Ask the server's endpoints at a steady rate for so long."""
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        for number in range(CONNECTIONS):
            tasks.create_task(_ask(port, Random(number), until))


async def _ask(port: int, chance: Random, until: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    while due < until:
        endpoint = chance.randrange(chance.choice((ENDPOINTS, BUSY_ENDPOINTS)))
        writer.write(f"GET /things/{endpoint}/1 HTTP/1.1\r\nhost: here\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1)
        due += CONNECTIONS / REQUESTS_PER_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    writer.close()


if __name__ == "__main__":
    for result in run():
        print(result.sentence())
