"""The ASGI edge: sees every request of an app from outside and hands it on untouched.

Theory of operation. Per request one slotted object is made: it is the record being filled, the
value of the context variable and the owner of the wrapped `send` and `receive`. Messages pass by
unread but for their type and size. A request is recorded when its last byte is out; what is not
finished by then (no response, a client that went away, an exception) is recorded when the app
returns. Nothing here waits, logs or raises: our failures are counted and the request goes on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import Token
from typing import Any, Final, Protocol

from anyio import CancelScope, to_thread

from api_performance.measure.cardinality import EndpointRegistry, Slot
from api_performance.measure.current import current_request
from api_performance.measure.latency import NETWORK, Breakdown, current_span
from api_performance.measure.recorder import Recorder
from api_performance.model import MetricPriority, TrafficKind

Scope = MutableMapping[str, Any]  # Any: ASGI's own types
Message = MutableMapping[str, Any]  # Any: ASGI's own types
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MARK: Final = "api_performance"
"""Set in the scope while a request is measured, so that a second wrap hands it straight on."""

CLIENT_CLOSED: Final = 499
"""The client went away before the response was out (nginx's code, by now everybody's)."""

BLOCKED_FLOOR_SECONDS: Final = 0.0001
"""A last `send` shorter than this is the server's own copying (20 us in uvicorn), and no wait."""

BACKGROUND_FLOOR_SECONDS: Final = 0.001
"""Work after the last byte shorter than this is the framework's own return, no background task."""


MAX_SKIPPED: Final = 1_000
"""Paths remembered as not monitored; all are forgotten when it is full."""


class Surroundings(Protocol):
    """What the edge needs from the rest: built by wiring, shared by all requests of an app."""

    recorder: Recorder
    registry: EndpointRegistry
    perf: Callable[[], float]
    slot_of: Callable[[Scope], Slot]
    """Returns the endpoint that took a request, told by its scope after routing."""
    user_of: Callable[[Scope], str | None] | None
    """Returns who calls, to be hashed and never stored; None: the client's address."""
    edge_wait_of: Callable[[Scope, float], float] | None
    """Returns the seconds a request waited before it began; None: no proxy is trusted to say."""

    def wake(self) -> None:
        """Start what runs beside the app in this process; called again it does nothing."""
        ...

    def rest(self) -> None:
        """Flush and stop what runs beside the app in this process."""
        ...

    def page_for(self, scope: Scope) -> ASGIApp | None:
        """Return our own app where a path is ours, else None."""
        ...


class HTTPRequest:
    """One request on its way through the app. The edge fills it in: see `Edge.handle`."""

    __slots__ = (
        "_body_in_done",
        "_edge",
        "_has_failed",
        "_is_gone",
        "_is_plain",
        "_receive",
        "_scope",
        "_send",
        "_slot",
        "_start",
        "_stated_priority",
        "_stream_slot",
        "breakdown",
        "bytes_in",
        "bytes_out",
        "ended",
        "first_byte",
        "has_left",
        "in_flight",
        "network_seconds",
        "started",
    )

    _edge: Edge
    _scope: Scope
    _receive: Receive
    _send: Send
    _slot: Slot | None
    _stream_slot: Slot | None
    _start: Message | None
    _body_in_done: bool
    _is_gone: bool
    _has_failed: bool
    has_left: bool
    _is_plain: bool  # one body, no spans: as most requests are
    started: float
    first_byte: float
    ended: float
    bytes_in: int
    bytes_out: int
    network_seconds: float
    breakdown: Breakdown | None
    in_flight: int
    _stated_priority: MetricPriority | None

    # What the app calls

    def send(self, message: Message) -> Awaitable[None]:
        """Hand a message to the server; a plain function, so that most cost no frame of ours."""
        kind = message["type"]
        if kind == "http.response.start":
            self._start = message
        elif kind == "http.response.body":
            if not self._is_plain or not self._record_at_once(message):
                return self._send_body(message)
        elif kind in _SENDING_FILES or kind == "http.response.trailers":
            return self._send_rare(kind, message)
        return self._send(message)

    def _record_at_once(self, message: Message) -> bool:
        """Record a response that is whole with this body, if the server will take it at once.

        That is what uvicorn's cycle tells; a client that is gone, too. False: it must be watched.
        """
        edge = self._edge
        is_part = "more_body" in message and message["more_body"]  # `in` costs half of `get`
        if not edge.server_tells or is_part:
            return False
        try:
            cycle: Any = self._send.__self__  # type: ignore[attr-defined]  # Any: the server's own
            start: Any = self._start  # Any: a message
            if cycle.disconnected or cycle.flow.write_paused or "trailers" in start:
                return False
            scope, recorder = self._scope, edge.recorder
            slot = edge.slot_of(scope)
            client, user_of, edge_wait_of = scope["client"], edge.user_of, edge.edge_wait_of
            if not slot.is_monitored or len(recorder.queue) >= recorder.limit:
                return False
            started, ended = self.started, edge.perf()
            seconds = ended - started
            recorder.queue.append(
                (
                    slot,
                    start["status"],
                    ended,
                    seconds,
                    seconds,
                    self.network_seconds,
                    self.bytes_in,
                    len(message["body"]),
                    client[0] if user_of is None else user_of(scope),
                    len(edge.active),
                    None,
                    0.0 if edge_wait_of is None else edge_wait_of(scope, started),
                )
            )
        except Exception:  # noqa: BLE001  # the long way counts what is wrong
            edge.server_tells = hasattr(getattr(self._send, "__self__", None), "flow")
            return False
        self.ended = ended
        self._slot = slot
        edge.active.discard(self)
        return True

    def _send_body(self, message: Message) -> Awaitable[None]:
        if "body" in message:
            self.bytes_out += len(message["body"])
        if "more_body" in message and message["more_body"]:  # noqa: RUF019  # half the cost of get
            return self._send_part(message)
        start = self._start
        if start is not None and "trailers" in start and start["trailers"]:
            return self._send(message)
        return self._send_last(message)

    async def _send_last(self, message: Message) -> None:
        edge = self._edge
        before = edge.perf()
        if self._is_plain:
            await self._send(message)
            after = edge.perf()
        else:
            await self._blocked(self._send, message)
            after = before = edge.perf()
        if after - before < BLOCKED_FLOOR_SECONDS:
            self._finish(before)
        else:
            self._finish_late(before, after)

    def _finish_late(self, before: float, after: float) -> None:
        """Record a request whose only body took the server until `after` to send."""
        if self.breakdown is None:
            self.network_seconds += after - before
        self.first_byte = self.first_byte or before
        self._finish(after)

    async def _send_part(self, message: Message) -> None:
        if not self.first_byte:
            self.first_byte = self._edge.perf()
            self._is_plain = False
            self._notice_event_stream()
        if self._stream_slot is not None:
            self._edge.recorder.add_messages(self._stream_slot, 1)
        await self._blocked(self._send, message)

    def _send_rare(self, kind: str, message: Message) -> Awaitable[None]:
        if kind == "http.response.trailers":
            return self._send(message) if message.get("more_trailers") else self._send_last(message)
        if kind == "http.response.zerocopysend":
            self.bytes_out += message.get("count") or 0
            return (
                self._send_part(message) if message.get("more_body") else self._send_last(message)
            )
        self.bytes_out += self._declared_length()
        return self._send_last(message)

    def _headers(self) -> Any:  # Any: whatever iterable of pairs the app sends
        return self._start.get("headers", ()) if self._start else ()

    def _declared_length(self) -> int:
        for name, value in self._headers():
            if name.lower() == b"content-length" and value.isdigit():
                return int(value)
        return 0

    async def receive(self) -> Message:
        """Hand on the server's message; the wait counts as network until the body is in."""
        if self._body_in_done:
            message = await self._receive()
        elif self.breakdown is not None:
            message = await self._blocked(self._receive)
        else:
            before = self._edge.perf()
            message = await self._receive()
            if self.breakdown is None:
                self.network_seconds += self._edge.perf() - before
        if message["type"] == "http.request":
            self.bytes_in += len(message.get("body", b""))
            if not message.get("more_body", False):
                self._body_in_done = True
        elif not self.ended:
            self._is_gone = True
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

    def open_breakdown(self) -> Breakdown | None:
        """Return the breakdown of its time, made at the first use; None once its response ended."""
        if self.ended:
            return None
        if self.breakdown is None:
            breakdown = Breakdown(self.started, self._edge.perf)
            breakdown.charge_network(self.network_seconds)
            self.breakdown = breakdown
            self._is_plain = False
        return self.breakdown

    @property
    def stated_priority(self) -> MetricPriority | None:
        """The priority its code stated, if any."""
        return self._stated_priority

    @stated_priority.setter
    def stated_priority(self, priority: MetricPriority | None) -> None:
        self._stated_priority = priority
        self._is_plain = False

    def is_for(self, method: str, path: str) -> bool:
        """Tell whether a method and a raw path or template mean this very request."""
        scope = self._scope
        if method != scope["method"]:
            return False
        if path == scope["path"]:
            return True
        return self._edge.slot_of(scope).endpoint.template == path

    @property
    def open_slot(self) -> Slot:
        """The endpoint of an event stream that is still open."""
        return self._stream_slot or self._edge.registry.unmatched

    # The end

    def _notice_event_stream(self) -> None:
        for name, value in self._headers():
            if value[:17] == b"text/event-stream" and name.lower() == b"content-type":
                self._stream_slot = self._edge.registry.twin(
                    self._edge.slot_of(self._scope), TrafficKind.EVENT_STREAM
                )
                self._edge.recorder.open_connections.add(self)
                return

    def _finish(self, ended: float) -> None:
        """Record the request, once; whatever goes wrong in it is counted and swallowed."""
        if self.ended:
            return
        edge = self._edge
        recorder = edge.recorder
        active = edge.active
        in_flight = len(active)
        active.discard(self)
        try:
            parts = None
            if self.breakdown is not None:
                ended, parts = self.breakdown.finish()
            self.ended = ended
            scope = self._scope
            slot = self._slot = self._stream_slot or edge.slot_of(scope)
            if self._stated_priority is not None:
                edge.registry.prioritize(slot, self._stated_priority)
            if not slot.is_monitored:
                edge.skip(scope, slot)
                return
            queue = recorder.queue
            if len(queue) >= recorder.limit and not recorder.make_room():
                return
            started = self.started
            seconds = ended - started
            user_of, edge_wait_of, client = edge.user_of, edge.edge_wait_of, scope.get("client")
            queue.append(
                (
                    slot,
                    self._final_status(),
                    ended,
                    seconds,
                    self.first_byte - started if self.first_byte else seconds,
                    self.network_seconds,
                    self.bytes_in,
                    self.bytes_out,
                    user_of(scope) if user_of is not None else client[0] if client else None,
                    in_flight,
                    parts,
                    edge_wait_of(scope, started) if edge_wait_of is not None else 0.0,
                )
            )
        except Exception as error:  # noqa: BLE001  # the request goes on whatever we do wrong
            recorder.note_error(error)

    def _final_status(self) -> int:
        # uvicorn discards what is sent after the client went away; only its cycle object knows.
        if self._is_gone or getattr(getattr(self._send, "__self__", None), "disconnected", False):
            return CLIENT_CLOSED
        if self._has_failed or self._start is None:
            return 500
        status: int = self._start["status"]
        return status

    def fail(self, error: BaseException) -> None:
        """Close the record when the app raised."""
        if not self.ended:
            if isinstance(error, OSError) and self._start is not None:
                self._is_gone = True  # the server's send failed: nobody reads any more
            elif isinstance(error, Exception):
                self._has_failed = True
            else:
                self._is_gone = True  # cancelled: the server gave the request up
        self.leave()
        if self._slot is not None and isinstance(error, Exception):
            self._edge.recorder.add_exception(self._slot)

    def leave(self) -> None:
        """Close the record when the app returned: what it did after the last byte is background."""
        now = self._edge.perf()
        if not self.ended:
            self._finish(now)
        elif now - self.ended > BACKGROUND_FLOOR_SECONDS and self._slot is not None:
            self._edge.recorder.add_background(self._slot, now - self.ended)
        if self._stream_slot is not None:
            self._edge.recorder.open_connections.discard(self)


_SENDING_FILES: Final = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


class WebSocketConnection:
    """One WebSocket on its way: open from acceptance to close, its messages counted both ways."""

    __slots__ = ("_around", "_is_accepted", "_receive", "_scope", "_send", "_slot", "started")

    def __init__(self, around: Surroundings, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin with the handshake."""
        self._around = around
        self._scope = scope
        self._receive = receive
        self._send = send
        self._slot: Slot | None = None
        self._is_accepted = False
        self.started = around.perf()

    @property
    def open_slot(self) -> Slot:
        """The endpoint it belongs to, known once the app routed it."""
        if self._slot is None:
            self._slot = self._around.slot_of(self._scope)
        return self._slot

    def send(self, message: Message) -> Awaitable[None]:
        """Hand a message to the server."""
        if message["type"] == "websocket.accept":
            self._is_accepted = True
            self._around.recorder.open_connections.add(self)
        elif message["type"] == "websocket.send":
            self._around.recorder.add_messages(self.open_slot, 1)
        return self._send(message)

    async def receive(self) -> Message:
        """Hand on the server's message."""
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self._around.recorder.add_messages(self.open_slot, 1)
        return message

    def leave(self, error: BaseException | None) -> None:
        """Record the connection's lifetime: 101, or 403 if refused, or 500 if the app failed."""
        recorder = self._around.recorder
        recorder.open_connections.discard(self)
        slot, ended = self.open_slot, self._around.perf()
        if not slot.is_monitored:
            return
        failed = isinstance(error, Exception)
        if failed:
            recorder.add_exception(slot)
        status = 500 if failed else 101 if self._is_accepted else 403
        seconds = ended - self.started
        client = self._scope.get("client")
        user = client[0] if client else None
        recorder.add((slot, status, ended, seconds, seconds, 0.0, 0, 0, user, 1, None, 0.0))


class Edge:
    """Wraps an app from outside. `handle` is the ASGI callable."""

    __slots__ = (
        "_around",
        "_beginning",
        "_own_beginnings",
        "_skipped",
        "active",
        "app",
        "edge_wait_of",
        "perf",
        "recorder",
        "registry",
        "server_tells",
        "slot_of",
        "user_of",
    )

    def __init__(self, app: ASGIApp, around: Surroundings, own_paths: tuple[str, ...]) -> None:
        """Wrap `app`; paths that begin with one of `own_paths` are offered to our own pages."""
        self.app = app
        self._around = around
        shortest = min(map(len, own_paths), default=0)
        self._beginning = slice(shortest)
        self._own_beginnings = frozenset(path[:shortest] for path in own_paths)
        self._skipped: dict[str, Slot] = {}
        self.server_tells = True  # until a server proves to be another than uvicorn
        self.recorder = around.recorder
        self.active = around.recorder.active
        self.registry = around.registry
        self.perf = around.perf
        self.slot_of = around.slot_of
        self.user_of = around.user_of
        self.edge_wait_of = around.edge_wait_of

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as the app does, and measure."""
        if (
            scope["type"] != "http"
            or MARK in scope
            or scope["path"][self._beginning] in self._own_beginnings
            or scope["path"] in self._skipped
            or scope.get("root_path")
        ):
            handler = self._other_handler(scope)
            if handler is not None:
                await handler(scope, receive, send)
                return
        scope[MARK] = True
        # Filled in here: a constructor of ours would be a call of 1,000 instructions more.
        request = HTTPRequest()
        request._edge = self
        request._scope = scope
        request._receive = receive
        request._send = send
        request._slot = request._stream_slot = request._start = None
        request._body_in_done = request._is_gone = request._has_failed = request.has_left = False
        request._is_plain = True
        request.first_byte = request.ended = request.network_seconds = 0.0
        request.bytes_in = request.bytes_out = 0
        request.breakdown = request._stated_priority = None
        self.active.add(request)
        token = current_request.set(request)
        request.started = self.perf()
        try:
            await self.app(scope, request.receive, request.send)
        except BaseException as error:
            request.fail(error)
            raise
        else:
            if not request._is_plain or self.perf() - request.ended > BACKGROUND_FLOOR_SECONDS:
                request.leave()
        finally:
            request.has_left = True
            if token.old_value is not Token.MISSING:
                current_request.set(token.old_value)
            scope.pop(MARK, None)

    def _other_handler(self, scope: Scope) -> ASGIApp | None:
        """Return what serves a scope that may be no request to measure; None: it is one."""
        if MARK in scope:
            return self.app
        if scope["type"] == "lifespan":
            return self._lifespan
        if scope["type"] not in ("http", "websocket"):
            return self.app
        if self._is_skipped(scope):
            return self.app
        page = self._around.page_for(scope)
        if page is not None:
            return page
        return self._websocket if scope["type"] == "websocket" else None

    def skip(self, scope: Scope, slot: Slot) -> None:
        """Remember a path whose endpoint is not monitored, so that it costs next to nothing."""
        if slot.endpoint.method == scope["method"]:
            if len(self._skipped) >= MAX_SKIPPED:
                self._skipped.clear()
            self._skipped[scope["path"]] = slot

    def _is_skipped(self, scope: Scope) -> bool:
        slot = self._skipped.get(scope["path"])
        if slot is None or slot.is_monitored:
            return False
        return slot.endpoint.method == scope.get("method")

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[MARK] = True
        connection = WebSocketConnection(self._around, scope, receive, send)
        try:
            await self.app(scope, connection.receive, connection.send)
        except BaseException as error:
            connection.leave(error)
            raise
        else:
            connection.leave(None)
        finally:
            scope.pop(MARK, None)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app's lifespan; start beside it and flush when it ends."""
        around = self._around
        around.wake()

        async def send_last(message: Message) -> None:
            # Before the server hears that we are done, for then it ends the process. In a thread,
            # so that the last flush does not block the loop.
            if message["type"] in _SHUTDOWN:
                await to_thread.run_sync(around.rest)
            await send(message)

        try:
            await self.app(scope, receive, send_last)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(around.rest)


_SHUTDOWN: Final = frozenset({"lifespan.shutdown.complete", "lifespan.shutdown.failed"})
