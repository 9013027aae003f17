"""One WebSocket on its way: open from acceptance to close, its messages counted both ways."""

from __future__ import annotations

from collections.abc import Awaitable

from api_performance.instrumentation.protocol import Message, Receive, Scope, Send, Surroundings
from api_performance.measure.cardinality import Slot
from api_performance.measure.filling import Measurement


class WebSocketConnection:
    """Hands a WebSocket's messages on, counts them, and records its lifetime."""

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
        recorder.add(
            Measurement(slot, status, ended, seconds, seconds, 0.0, 0, 0, user, 1, None, 0.0)
        )
