"""The gate on one truth: three services of four workers, one Redis, and a page of its own.

10,000 requests go to the workers at random. From the last answer on, every worker and
`api-performance serve` are asked, each by a connection of its own, until they say 10,000; what
counts is the last of them. A wrong number is never reached, and missed; so is one of a service.

Then single requests go to one service while two live pages are open: one of another service's
workers, and that of `api-performance serve`. What counts is the slower page's push, in rounds in
which these processes had their processor.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from http.client import HTTPConnection
from math import inf
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.fleet.app import ENDPOINTS
from benchmarks.fleet.push import Round, push_rounds
from benchmarks.live.gate import LEAST_QUIET_ROUNDS, MOST_WAITED_SECONDS
from benchmarks.result import GateResult, write_result
from demo.processes import Child, free_port, is_listening, uvicorn_arguments, wait_until
from tests.stores.redis_server import a_redis_server

SERVICES: Final = ("shop", "search", "account")
WORKERS: Final = 4
REQUESTS: Final = 10_000
MOST_SECONDS: Final = 3.0
MOST_PUSH_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 30.0
ASK_EVERY_SECONDS: Final = 0.1
_SUMMARY: Final = "/performance/api/v1/summary?window_seconds=600"


def run() -> list[GateResult]:
    """Measure, keep the numbers, and return the gate."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(a_redis_server(folder)).address()
        workers = {
            service: stack.enter_context(_service(service, store, folder)) for service in SERVICES
        }
        page, page_pid = stack.enter_context(_page(store, folder))
        sent = _send({service: list(each.values()) for service, each in workers.items()})
        readers = [connection for each in workers.values() for connection in each.values()]
        readers.append(page)
        with ThreadPoolExecutor(len(readers)) as threads:
            taken = sorted(threads.map(lambda reader: _seconds_until_told(reader, sent), readers))
        rounds = _push_rounds(workers, page, page_pid)
    pushed = {"pushes": [asdict(each) for each in rounds]}
    write_result("fleet", {"seconds": taken, "requests": dict(sent), **pushed})
    name = f"the time until {len(readers)} processes tell all of {REQUESTS:,} requests"
    return [GateResult(name, taken[-1], MOST_SECONDS, "s"), *_push_gates(rounds)]


def _push_rounds(
    workers: Mapping[str, Mapping[int, HTTPConnection]], page: HTTPConnection, page_pid: int
) -> list[Round]:
    """Return how long the pages of two processes took to show a request to another service."""
    calling, other = (workers[service] for service in SERVICES[:2])
    caller, its_page = (next(iter(each.values())) for each in (calling, other))
    call = partial(_ask, caller, "/things/1/1")
    pids = [*calling, *other, page_pid]
    return asyncio.run(push_rounds((its_page.port, page.port), pids, call, REQUESTS))


def _push_gates(rounds: list[Round]) -> list[GateResult]:
    quiet = [each.delay_seconds for each in rounds if each.waited_seconds < MOST_WAITED_SECONDS]
    worst = max(quiet) if len(quiet) >= LEAST_QUIET_ROUNDS else inf
    every = [each.delay_seconds for each in rounds]
    of_quiet = f"worst of {len(quiet)} rounds in which they had their processor,"
    of_all = f"of all {len(every)} rounds,"
    name = "a push's delay to pages of two other processes"
    return [
        GateResult(f"{name}, {of_quiet}", worst, MOST_PUSH_SECONDS, "s"),
        GateResult(f"{name}, worst {of_all}", max(every), MOST_PUSH_SECONDS, "s", is_aim=True),
        GateResult(f"{name}, median {of_all}", median(every), MOST_PUSH_SECONDS, "s", is_aim=True),
    ]


@contextmanager
def _service(name: str, store: str, folder: Path) -> Iterator[dict[int, HTTPConnection]]:
    """Run a service, and yield a connection to each of its workers."""
    options = ("--workers", str(WORKERS), "--timeout-keep-alive", "120")
    environment = {"API_PERFORMANCE_SERVICE": name}
    with _server("benchmarks.fleet.app:app", store, folder, environment, options) as (at, _):
        workers: dict[int, HTTPConnection] = {}
        until = time.monotonic() + PATIENCE_SECONDS
        while len(workers) < WORKERS:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(workers)} of {WORKERS} workers answered")
            _meet(at, workers)
        yield workers


def _meet(port: int, workers: dict[int, HTTPConnection]) -> None:
    """Call several at once, so that one worker alone cannot answer; keep one of each."""
    connections = [_connection(port) for _ in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as callers:
        pids = list(callers.map(lambda each: int(_ask(each, "/pid")), connections))
    for pid, connection in zip(pids, connections, strict=True):
        if workers.setdefault(pid, connection) is not connection:
            connection.close()


@contextmanager
def _page(store: str, folder: Path) -> Iterator[tuple[HTTPConnection, int]]:
    """Run what `api-performance serve` runs, and yield a connection to it, and its pid."""
    app = "api_performance.cli.standalone:make_standalone"
    with _server(app, store, folder, {}, ("--factory", "--timeout-keep-alive", "120")) as (
        port,
        pid,
    ):
        yield _connection(port), pid


@contextmanager
def _server(
    app: str,
    store: str,
    folder: Path,
    environment: Mapping[str, str],
    options: tuple[str, ...],
) -> Iterator[tuple[int, int]]:
    """Run a server, and yield its port and its pid."""
    port = free_port()
    settings = {"API_PERFORMANCE_STORE": store, "API_PERFORMANCE_AUTHENTICATION": "false"}
    arguments = uvicorn_arguments(app, port, *options)
    child = Child(f"server-{port}", arguments, {**settings, **environment}, folder)
    try:
        wait_until(lambda: is_listening(port), child, stop=())
        yield port, child.pid
    finally:
        child.end()


def _connection(port: int) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _ask(connection: HTTPConnection, path: str) -> Any:  # Any: JSON
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {body[:200]!r}")
    return json.loads(body)


def _send(workers: Mapping[str, list[HTTPConnection]]) -> Counter[str]:
    """Send REQUESTS to the workers at random, all workers at once; return each service's."""
    everyone = [(service, each) for service, its in workers.items() for each in its]
    chance = random.Random(1)
    counts = Counter(chance.choices(range(len(everyone)), k=REQUESTS))
    with ThreadPoolExecutor(len(everyone)) as threads:
        for number, (_, connection) in enumerate(everyone):
            threads.submit(_call, connection, counts[number], random.Random(number))
    sent: Counter[str] = Counter()
    for number, (service, _) in enumerate(everyone):
        sent[service] += counts[number]
    return sent


def _call(connection: HTTPConnection, times: int, chance: random.Random) -> None:
    for _ in range(times):
        _ask(connection, f"/things/{chance.randrange(ENDPOINTS)}/{chance.randrange(100)}")


def _seconds_until_told(reader: HTTPConnection, sent: Mapping[str, int]) -> float:
    """Return how long a process takes to tell what was sent; inf if it does not."""
    began, taken = time.monotonic(), inf
    while taken == inf and time.monotonic() < began + PATIENCE_SECONDS:
        if _told(reader) == sum(sent.values()):
            taken = time.monotonic() - began
        else:
            time.sleep(ASK_EVERY_SECONDS)  # asking is work for what is asked
    is_right = all(_told(reader, f"&service={name}") == count for name, count in sent.items())
    return taken if is_right else inf


def _told(reader: HTTPConnection, kept: str = "") -> int:
    """Return the requests that a process knows of."""
    return int(_ask(reader, _SUMMARY + kept)["request_count"])


if __name__ == "__main__":
    for result in run():
        print(result.sentence())
