"""The parts of a request's time are those of exact interval arithmetic, whatever runs how."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance import LatencyType, PerformanceMiddleware, track_latency
from api_performance.instrumentation.wrapping import timed_call
from api_performance.measure.operations import known
from api_performance.model import LATENCY_PARTS
from api_performance.runtime import Runtime
from api_performance.stores.base import Query
from tests.instrumentation.virtual_time import VirtualTime

START = 1_700_000_400.0
NETWORK, PROCESSING = (
    LATENCY_PARTS.index(part) for part in (LatencyType.NETWORK, LatencyType.PROCESSING)
)
TRACKED = [part for part in LATENCY_PARTS if part is not LatencyType.NETWORK]


@dataclass(frozen=True)
class Node:
    """Work of a type, or a part sent; eighths of a second before, at its begin and at its end."""

    part: LatencyType
    eighths: tuple[int, int, int]
    how: str = "task"  # or "thread", "blocking", "send": without children
    is_parallel: bool = False
    children: tuple[Node, ...] = ()


@dataclass
class Interval:
    """A span that was open, as the program saw it."""

    part: int
    began: float
    around: int | None
    ended: float = 0.0


@dataclass
class Program:
    """An ASGI app that does what a tree says, and notes when."""

    time: VirtualTime
    tree: tuple[Node, ...]
    is_parallel: bool
    intervals: list[Interval] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's own
        self.began = self.time.clock.now()
        before = self._open(LatencyType.NETWORK, None)
        await receive()
        self._close(before)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self._all(self.tree, None, send, is_parallel=self.is_parallel)
        last = self._open(LatencyType.NETWORK, None)
        await send({"type": "http.response.body", "body": b"end"})
        self._close(last)
        self.ended = self.time.clock.now()

    async def _all(
        self, nodes: tuple[Node, ...], around: int | None, send: Any, *, is_parallel: bool
    ) -> None:
        if is_parallel:
            await asyncio.gather(*(self._do(node, around, send) for node in nodes))
            return
        for node in nodes:
            await self._do(node, around, send)

    async def _do(self, node: Node, around: int | None, send: Any) -> None:
        await self.time.sleep(node.eighths[0] / 8)
        if node.how == "send":
            number = self._open(LatencyType.NETWORK, around)
            await send({"type": "http.response.body", "body": b"part", "more_body": True})
            self._close(number)
        elif node.how in ("thread", "blocking"):
            await self.time.in_thread(lambda sleep: self._do_in_thread(node, around, sleep))
        else:
            await self._do_in_task(node, around, send)

    def _do_in_thread(self, node: Node, around: int | None, sleep: Callable[[float], None]) -> None:
        if node.how == "blocking":
            self._block(node, around, sleep)
            return
        with track_latency(node.part):
            number = self._open(node.part, around)
            sleep((node.eighths[1] + node.eighths[2] + 1) / 8)
            self._close(number)

    @timed_call(lambda args, _: (known(args[1].part, "block"), 0))
    def _block(self, node: Node, around: int | None, sleep: Callable[[float], None]) -> None:
        number = self._open(node.part, around)
        sleep((node.eighths[1] + 1) / 8)
        with track_latency(LatencyType.CACHE):  # part of the call, as all that runs in its thread
            sleep(node.eighths[2] / 8)
        self._close(number)

    async def _do_in_task(self, node: Node, around: int | None, send: Any) -> None:
        with track_latency(node.part):
            number = self._open(node.part, around)
            await self.time.sleep(node.eighths[1] / 8)
            await self._all(node.children, number, send, is_parallel=node.is_parallel)
            await self.time.sleep(node.eighths[2] / 8)
            self._close(number)

    def _open(self, part: LatencyType, around: int | None) -> int:
        interval = Interval(LATENCY_PARTS.index(part), self.time.clock.now(), around)
        self.intervals.append(interval)
        return len(self.intervals) - 1

    def _close(self, number: int) -> None:
        self.intervals[number].ended = self.time.clock.now()

    def parts(self) -> list[Fraction]:
        """DESIGN.md's rule, instant by instant."""
        parts = [Fraction(0)] * len(LATENCY_PARTS)
        edges = {at for each in self.intervals for at in (each.began, each.ended)}
        for began, ended in pairwise(sorted(edges | {self.began, self.ended})):
            open_now = {
                number
                for number, each in enumerate(self.intervals)
                if each.began <= began and ended <= each.ended
            }
            around = {self.intervals[number].around for number in open_now}
            types = {self.intervals[number].part for number in open_now - around}
            for part in types or {PROCESSING}:
                parts[part] += Fraction(ended - began) / max(len(types), 1)
        return parts


def measured(program: Program, edge_wait: float, body_wait: float, send_wait: float) -> Runtime:
    """Ask the program once through the edge; a proxy held the request before."""
    time = program.time
    app = PerformanceMiddleware(
        program,
        clock=time.clock,
        runs_itself=False,
        store="memory://",
        trusted_proxies="10.0.0.0/8",
    )

    async def receive() -> dict[str, object]:
        await time.sleep(body_wait)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            await time.sleep(send_wait)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "headers": [(b"x-request-start", f"t={START - edge_wait}".encode())],
        "client": ("10.0.0.1", 4321),
    }
    time.run(app(scope, receive, send))
    assert app.runtime is not None
    time.clock.advance(2)
    app.runtime.flush()
    return app.runtime


def nodes(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(
        Node,
        st.sampled_from(TRACKED),
        st.tuples(*[st.integers(0, 8)] * 3),
        st.just("task"),
        st.booleans(),
        st.lists(children, max_size=3).map(tuple),
    )


leaves = st.builds(
    Node,
    st.sampled_from(TRACKED),
    st.tuples(*[st.integers(0, 8)] * 3),
    st.sampled_from(["task", "thread", "blocking", "blocking", "send"]),
)
trees = st.lists(st.recursive(leaves, nodes, max_leaves=8), max_size=4).map(tuple)
waits = st.integers(0, 16).map(lambda eighths: eighths / 8)
sending = st.integers(1, 16).map(lambda eighths: eighths / 8)  # no response takes no time at all


@pytest.mark.timeout(300)  # all computing, of which a busy machine gives little
@settings(max_examples=60, deadline=None)
@given(trees, st.booleans(), waits, waits, sending)
def test_parts_add_up_and_are_those_of_exact_interval_arithmetic(
    tree: tuple[Node, ...], is_parallel: bool, edge_wait: float, body_wait: float, send_wait: float
) -> None:
    program = Program(VirtualTime(START), tree, is_parallel)
    runtime = measured(program, edge_wait, body_wait, send_wait)
    (found,) = runtime.store.windows(Query(START - 60, START + 3600, 1))
    wanted = program.parts()
    wanted[NETWORK] += Fraction(edge_wait)
    seconds = found[1].latency_seconds
    assert min(seconds) >= 0
    assert seconds == pytest.approx([float(part) for part in wanted], abs=1e-6)
    whole = found[1].response_time().sum + edge_wait
    assert sum(seconds) == pytest.approx(whole, abs=1e-6)
    assert whole == pytest.approx(program.ended - program.began + edge_wait, abs=1e-6)
