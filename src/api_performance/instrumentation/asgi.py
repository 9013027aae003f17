"""The ASGI edge: sees every request of an app from outside and hands it on untouched.

Messages pass by unread but for their type and size. Nothing here waits, logs or raises: our
failures are counted and the request goes on.
"""

from __future__ import annotations

from typing import Final

from anyio import CancelScope, to_thread

from api_performance.instrumentation.protocol import (
    ASGIApp,
    Message,
    Receive,
    Scope,
    Send,
    Surroundings,
)
from api_performance.instrumentation.request import (
    BACKGROUND_FLOOR_SECONDS,
    LEFT,
    OPEN,
    HTTPRequest,
)
from api_performance.instrumentation.websocket import WebSocketConnection
from api_performance.measure.cardinality import Slot
from api_performance.measure.current import CurrentRequest, current_request
from api_performance.measure.recorder import Recorder
from api_performance.model import Endpoint

MARK: Final = "api_performance"
"""Set in a WebSocket's scope while it is measured, so that a second wrap hands it straight on."""

MAX_SKIPPED: Final = 1_000
"""Paths remembered as not monitored; all are forgotten when it is full."""

_current: Final = current_request.get
_set_current: Final = current_request.set


class Edge:
    """Wraps an app from outside. `handle` is the ASGI callable."""

    __slots__ = (
        "_around",
        "_initials",
        "_is_root_other",
        "_skipped",
        "app",
        "edge_wait_of",
        "perf",
        "plain_slots",
        "recorder",
        "registry",
        "slot_of",
        "user_of",
    )

    def __init__(self, app: ASGIApp, around: Surroundings, own_paths: tuple[str, ...]) -> None:
        """Wrap `app`; paths that begin with one of `own_paths` are offered to our own pages."""
        self.app = app
        self._around = around
        # The letter after the slash: a whole prefix would cost three times as much to look up.
        # "/" has none, and to find that out by an exception costs as much as half a measurement.
        self._initials = {path[1:2] for path in own_paths}
        self._is_root_other = "/" in own_paths
        self._skipped: dict[str, Slot] = {}
        self.recorder = around.recorder
        self.registry = around.registry
        self.perf = around.perf
        self.plain_slots = around.plain_slots
        self.slot_of = around.slot_of
        self.user_of = around.user_of
        self.edge_wait_of = around.edge_wait_of

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as the app does, and measure."""
        is_other = False
        try:
            path = scope["path"]
            if (
                scope["type"] != "http"
                or (path[1] in self._initials if path != "/" else self._is_root_other)
                or scope["root_path"]
            ):
                is_other = True
        except (KeyError, IndexError):  # a lifespan, a sparing server: asking costs more
            is_other = True
        if is_other:
            handler = self._other_handler(scope)
            if handler is not None:
                await handler(scope, receive, send)
                return
        app, recorder, perf = self.app, self.recorder, self.perf
        recorder.begun = begun = recorder.begun + 1
        outer = _current()
        if (begun > recorder.full_at and not recorder.make_room()) or (
            outer is not None and self._is_within(outer, scope)
        ):
            await app(scope, receive, send)
            return
        recorder.unfinished += 1
        request = HTTPRequest()
        # Filled in here: a constructor of ours would be a call of 1,000 instructions more.
        request._edge = self
        request._scope = scope
        request._receive = receive
        request._send = send
        request._start = request._detail = request.opened = None
        request.ended = OPEN
        request.started = perf()
        _set_current(request)  # whole by now, for who watches the loop from another thread
        try:
            await app(scope, request, request.send)
        except BaseException as error:
            request.fail(error)
            raise
        else:
            if perf() - request.ended > BACKGROUND_FLOOR_SECONDS:
                request.leave()
        finally:
            request._scope = LEFT
            if outer is not None:
                _set_current(outer)

    def _is_within(self, outer: CurrentRequest, scope: Scope) -> bool:
        """Tell whether a scope is that of the request around it, measured by another wrap."""
        if not isinstance(outer, HTTPRequest) or not outer.is_around(scope):
            return False
        self.recorder.begun -= 1
        return True

    def _other_handler(self, scope: Scope) -> ASGIApp | None:
        """Return what serves a scope that may be no request to measure; None: it is one."""
        if scope["type"] == "lifespan":
            return self._lifespan
        if scope["type"] not in ("http", "websocket") or MARK in scope or self._is_skipped(scope):
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
            self._initials.add(scope["path"][1:2])
            self._is_root_other |= scope["path"] == "/"

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


def endpoint_of(request: CurrentRequest, recorder: Recorder) -> Endpoint | None:
    """Return the endpoint of a request that the app has not left; None if it reports elsewhere.

    From any thread: before routing it is `(unmatched)`.
    """
    if not isinstance(request, HTTPRequest) or request._edge.recorder is not recorder:
        return None
    return request._edge.slot_of(request._scope).endpoint


def is_waited_for(request: CurrentRequest) -> bool:
    """Tell whether the last byte of a request's response is still to come."""
    return isinstance(request, HTTPRequest) and request.ended == OPEN
