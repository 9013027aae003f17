"""One HTTP request on its way through the app: record, context value and `send` in one object.

Theory of operation. A plain request (no body, a response of one body, no spans) is recorded in
`send`, when its last byte is handed to the server, with six values and no other object. Whatever
else happens to a request makes its `Detail`, and then it is recorded as a `Measurement`: when its
last byte is out, or, if that never comes (no response, a client that went away, an exception), when
the app returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from api_performance.instrumentation.protocol import Message, Receive, Scope, Send
from api_performance.measure.cardinality import Slot
from api_performance.measure.latency import NETWORK, Breakdown, Span, current_span
from api_performance.measure.repeated_responses import LEAST_SECONDS, MOST_BYTES, may_be_kept
from api_performance.measure.responses import LARGE_BYTES, LOOK_EVERY, is_compressed
from api_performance.model import MetricPriority, TrafficKind

if TYPE_CHECKING:
    from api_performance.instrumentation.asgi import Edge

CLIENT_CLOSED: Final = 499
"""The client went away before the response was out (nginx's code, by now everybody's)."""

BLOCKED_FLOOR_SECONDS: Final = 0.0001
"""A last `send` shorter than this is the server's own copying (20 us in uvicorn), and no wait."""

BACKGROUND_FLOOR_SECONDS: Final = 0.001
"""Work after the last byte shorter than this is the framework's own return, no background task."""

OPEN: Final = -1.0
"""The `ended` of a request whose last byte is not out."""

LEFT: Final[Scope] = {}
"""The scope of a request that the app has returned from."""


class Detail:
    """What is known of a request that is not plain. Seconds and bytes; `first_byte` 0: none yet."""

    __slots__ = (
        "body",
        "breakdown",
        "bytes_in",
        "bytes_out",
        "first_byte",
        "has_failed",
        "has_whole_body",
        "is_gone",
        "network_seconds",
        "stated_priority",
        "stream_slot",
    )

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.body: Any = None  # Any: what the app sends, be it bytes or not
        self.breakdown: Breakdown | None = None
        self.bytes_in = 0
        self.bytes_out = 0
        self.first_byte = 0.0
        self.has_failed = False
        self.has_whole_body = False
        self.is_gone = False
        self.network_seconds = 0.0
        self.stated_priority: MetricPriority | None = None
        self.stream_slot: Slot | None = None


class HTTPRequest:
    """A request being measured. `Edge.handle` fills it in: a constructor would double its cost."""

    __slots__ = (
        *("_detail", "_edge", "_receive", "_scope", "_send", "_start"),
        *("ended", "opened", "started"),
    )

    _detail: Detail | None
    _edge: Edge
    _receive: Receive
    _scope: Scope
    _send: Send
    _start: Message | None
    ended: float
    opened: Breakdown | None
    started: float

    # What the app calls

    def send(self, message: Message) -> Awaitable[None]:
        """Hand a message to the server; a plain function, so that most cost no frame of ours.

        The response that is whole with its first body is recorded here, where uvicorn tells by its
        own request object that the client is still there. ASGI gives a body to one kind of message
        alone, so its name is asked only where something else is out of the ordinary. Locals, for a
        slot that is called as if it were a method is found the slow way.
        """
        send = self._send
        if self._start is None:
            if message["type"] != "http.response.start":
                return self._send_rare(message)
            self._start = message
            return send(message)
        if self._detail is not None or (
            "more_body" in message and message["more_body"]  # noqa: RUF019  # half the cost of get
        ):
            return self._send_rare(message)
        try:
            edge, scope = self._edge, self._scope
            route = scope["route"]
            slot = edge.plain_slots[route.endpoint]
            if (
                slot.plain_route is not route
                or slot.plain_method != scope["method"]
                or send.__self__.disconnected  # type: ignore[attr-defined]  # uvicorn's own
            ):
                return self._send_rare(message)
            rows, recorder, perf = slot.plain_rows, edge.recorder, edge.perf
            unfinished = recorder.unfinished
            ended = perf()
            rows += (
                self._start["status"],
                ended - self.started,
                ended,
                len(message["body"]),
                scope["client"],
                unfinished,
            )
            recorder.unfinished = unfinished - 1
            self.ended = ended
        except (AttributeError, KeyError, TypeError):
            return self._send_rare(message)
        return send(message)

    def _detailed(self) -> Detail:
        detail = self._detail
        if detail is None:
            detail = self._detail = Detail()
        return detail

    def _send_body(self, message: Message) -> Awaitable[None]:
        detail, body = self._detailed(), message.get("body", b"")
        detail.bytes_out += len(body)
        if detail.breakdown is not None and body and self._edge.recorder.repeated.is_open:
            detail.body = body
        if message.get("more_body"):
            return self._send_part(message)
        if self._start is not None and self._start.get("trailers"):
            return self._send(message)
        return self._send_last(message)

    async def _send_last(self, message: Message) -> None:
        detail, perf = self._detailed(), self._edge.perf
        if detail.first_byte:
            await self._blocked(self._send, message)
            self._finish(perf())
            return
        breakdown, around = detail.breakdown, None
        if breakdown is not None and breakdown.spans:  # to look costs 700 instructions
            around = breakdown.innermost(current_span.get())
        before = after = perf()
        try:
            await self._send(message)
        finally:
            after = perf()
            is_blocked = after - before >= BLOCKED_FLOOR_SECONDS
            if is_blocked:
                self._charge_network(before, after, around)
        if is_blocked:
            detail.first_byte = before
        self._finish(after if is_blocked else before)

    def _charge_network(self, began: float, ended: float, around: Span | None) -> None:
        """Charge a wait for the client that is over: most are too short to be one."""
        detail = self._detailed()
        if detail.breakdown is None:
            detail.network_seconds += ended - began
        else:
            detail.breakdown.add(NETWORK, began, ended, around)

    async def _send_part(self, message: Message) -> None:
        detail = self._detailed()
        if not detail.first_byte:
            detail.first_byte = self._edge.perf()
            self._notice_event_stream(detail)
        if detail.stream_slot is not None:
            self._edge.recorder.add_messages(detail.stream_slot, 1)
        await self._blocked(self._send, message)

    def _send_rare(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "http.response.body":
            return self._send_body(message)
        if kind == "http.response.trailers":
            return self._send(message) if message.get("more_trailers") else self._send_last(message)
        if kind not in _SENDING_FILES:
            return self._send(message)
        detail = self._detailed()
        if kind == "http.response.zerocopysend":
            detail.bytes_out += message.get("count") or 0
            return (
                self._send_part(message) if message.get("more_body") else self._send_last(message)
            )
        detail.bytes_out += self._declared_length()
        return self._send_last(message)

    def _headers(self) -> Any:  # Any: whatever iterable of pairs the app sends
        return self._start.get("headers", ()) if self._start else ()

    def _declared_length(self) -> int:
        for name, value in self._headers():
            if name.lower() == b"content-length" and value.isdigit():
                return int(value)
        return 0

    def _notice_event_stream(self, detail: Detail) -> None:
        edge = self._edge
        for name, value in self._headers():
            if value[:17] == b"text/event-stream" and name.lower() == b"content-type":
                slot = edge.slot_of(self._scope)
                detail.stream_slot = edge.registry.twin(slot, TrafficKind.EVENT_STREAM)
                edge.recorder.open_connections.add(self)
                return

    async def __call__(self) -> Message:
        """Hand on the server's message; the wait counts as network until the body is in.

        This is the app's `receive`: most requests never call it, and a bound method would cost
        them more than the object itself.
        """
        detail = self._detailed()
        if detail.has_whole_body:
            message = await self._receive()
        elif detail.breakdown is not None:
            message = await self._blocked(self._receive)
        else:
            before = self._edge.perf()
            message = await self._receive()
            if detail.breakdown is None:
                detail.network_seconds += self._edge.perf() - before
        if message["type"] == "http.request":
            detail.bytes_in += len(message.get("body", b""))
            detail.has_whole_body = not message.get("more_body", False)
        elif self.ended == OPEN:
            detail.is_gone = True
        return message

    async def _blocked(self, call: Callable[..., Awaitable[Any]], *message: Message) -> Any:
        """Await a call of the server's as a span of network time. Any: what ASGI returns."""
        breakdown = self.open_breakdown()
        if breakdown is None:
            return await call(*message)
        span = breakdown.open(NETWORK, current_span.get())
        try:
            return await call(*message)
        finally:
            breakdown.close(span)

    # What code inside the request may say of it

    @property
    def has_left(self) -> bool:
        """The app returned: what runs in its context from now on is no part of it."""
        return not self._scope

    def open_breakdown(self) -> Breakdown | None:
        """Return the breakdown of its time, made at the first use; None once its response ended."""
        if self.ended != OPEN:
            return None
        detail = self._detail or self._detailed()
        breakdown = detail.breakdown
        if breakdown is None:
            breakdown = Breakdown(self.started, self._edge.perf, detail.network_seconds)
            self.opened = detail.breakdown = breakdown
        return breakdown

    @property
    def breakdown(self) -> Breakdown | None:
        """The breakdown of its time, if one was made and the response has not ended."""
        detail = self._detail
        return None if detail is None or self.ended != OPEN else detail.breakdown

    @property
    def stated_priority(self) -> MetricPriority | None:
        """The priority its code stated, if any."""
        return self._detail.stated_priority if self._detail is not None else None

    @stated_priority.setter
    def stated_priority(self, priority: MetricPriority | None) -> None:
        self._detailed().stated_priority = priority

    def is_for(self, method: str, path: str) -> bool:
        """Tell whether a method and a raw path or template mean this very request."""
        scope = self._scope
        if method != scope["method"]:
            return False
        if path == scope["path"]:
            return True
        return self._edge.slot_of(scope).endpoint.template == path

    def is_around(self, scope: Scope) -> bool:
        """Tell whether a scope is this request's own, or a copy that middleware made of it."""
        mine = self._scope
        if not mine:
            return False
        if mine is scope or mine["headers"] is scope["headers"]:
            return True
        raw_path = mine.get("raw_path") or b""
        return len(raw_path) > 1 and raw_path is scope.get("raw_path")  # b"/" is one for all

    @property
    def open_slot(self) -> Slot:
        """The endpoint of an event stream that is still open."""
        detail = self._detail
        known = detail.stream_slot if detail is not None else None
        return known or self._edge.registry.unmatched

    # The end

    def _finish(self, ended: float) -> None:
        """Record the request, once; whatever goes wrong in it is counted and swallowed."""
        if self.ended != OPEN:
            return
        self.ended = ended
        recorder = self._edge.recorder
        in_flight = recorder.in_flight
        recorder.unfinished -= 1
        try:
            self._record(self._detailed(), in_flight)
        except Exception as error:  # noqa: BLE001  # the request goes on whatever we do wrong
            recorder.note_error(error)

    def _record(self, detail: Detail, in_flight: int) -> None:
        edge, scope, started = self._edge, self._scope, self.started
        parts = work = None
        if detail.breakdown is not None:
            self.opened = None
            self.ended, parts, calls = detail.breakdown.finish()
            if calls is not None:
                work = edge.recorder.work_of(calls, _trace_id(scope))
        slot = detail.stream_slot or edge.slot_of(scope)
        if detail.stated_priority is not None:
            edge.registry.prioritize(slot, detail.stated_priority)
        if not slot.is_monitored:
            edge.skip(scope, slot)
            return
        if detail.bytes_out > LARGE_BYTES:
            self._look_at_large(slot, detail)
        seconds = self.ended - started
        user_of, edge_wait_of, client = edge.user_of, edge.edge_wait_of, scope.get("client")
        edge.recorder.queue.extend(
            (
                slot,
                self._final_status(detail),
                self.ended,
                seconds,
                detail.first_byte - started if detail.first_byte else seconds,
                detail.network_seconds,
                detail.bytes_in,
                detail.bytes_out,
                user_of(scope) if user_of is not None else client[0] if client else None,
                in_flight,
                parts,
                edge_wait_of(scope, started) if edge_wait_of is not None else 0.0,
                work,
            )
        )
        if parts is not None and edge.recorder.repeated.is_open:
            self._look_for_repeat(slot, detail, seconds)

    def _look_for_repeat(self, slot: Slot, detail: Detail, seconds: float) -> None:
        """Look whether a response is the same as one before it; the body is let go."""
        body, detail.body = detail.body, None
        scope = self._scope
        if scope["method"] != "GET" or seconds < LEAST_SECONDS:
            return
        if (
            type(body) is not bytes  # what may change later has no hash
            or not len(body) == detail.bytes_out <= MOST_BYTES
            or not may_be_kept(self._final_status(detail), self._headers())
        ):
            body = None
        recorder = self._edge.recorder
        repeated = recorder.repeated
        question = repeated.question(scope["path"], scope["query_string"], scope["headers"])
        found = repeated.look(question, body, self.started, self.ended)
        recorder.add_looked(slot, found, seconds)

    def _look_at_large(self, slot: Slot, detail: Detail) -> None:
        """Look whether a large response was compressed: all of a plain one's, of others a few."""
        recorder = self._edge.recorder
        if detail.breakdown is not None and recorder.begun % LOOK_EVERY:
            return
        found = is_compressed(self._headers(), self._scope["headers"])
        if found is not None:
            recorder.add_large(slot, found)

    def _final_status(self, detail: Detail) -> int:
        # uvicorn discards what is sent after the client went away; only its cycle object knows.
        if detail.is_gone or getattr(getattr(self._send, "__self__", None), "disconnected", False):
            return CLIENT_CLOSED
        if detail.has_failed or self._start is None:
            return 500
        status: int = self._start["status"]
        return status

    def fail(self, error: BaseException) -> None:
        """Close the record when the app raised."""
        is_exception = isinstance(error, Exception)
        if self.ended == OPEN:
            detail = self._detailed()
            is_unread = isinstance(error, OSError) and self._start is not None  # send failed
            detail.has_failed = is_exception and not is_unread
            detail.is_gone = detail.is_gone or not detail.has_failed  # or cancelled: given up
        self.leave()
        slot = self._slot_once_recorded()
        if is_exception and slot is not None:
            self._edge.recorder.add_exception(slot)

    def leave(self) -> None:
        """Close the record when the app returned: what it did after the last byte is background."""
        edge = self._edge
        now = edge.perf()
        if self.ended == OPEN:
            self._finish(now)
        elif now - self.ended > BACKGROUND_FLOOR_SECONDS:
            slot = self._slot_once_recorded()
            if slot is not None:
                edge.recorder.add_background(slot, now - self.ended)
        detail = self._detail
        if detail is not None and detail.stream_slot is not None:
            edge.recorder.open_connections.discard(self)

    def _slot_once_recorded(self) -> Slot | None:
        """Return the endpoint that its record belongs to; None if it is not monitored."""
        detail = self._detail
        try:
            slot = (detail.stream_slot if detail else None) or self._edge.slot_of(self._scope)
        except Exception as error:  # noqa: BLE001  # the request goes on whatever we do wrong
            self._edge.recorder.note_error(error)
            return None
        return slot if slot.is_monitored else None


_SENDING_FILES: Final = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


def _trace_id(scope: Scope) -> str:
    """Return the 32 hex digits of a request's trace, as W3C's Trace Context has it; or nothing."""
    value = dict(scope["headers"]).get(b"traceparent")  # half the cost of a look at each
    if value is None:
        return ""
    fields = value.split(b"-")
    is_one = len(fields) >= 4 and len(fields[1]) == 32 and fields[1].isalnum()
    return fields[1].decode() if is_one else ""
