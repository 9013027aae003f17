"""ASGI's own types, and what the edge needs from the rest of the product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, MutableMapping
from typing import Any, Protocol

from api_performance.measure.cardinality import EndpointRegistry, Slot
from api_performance.measure.recorder import Recorder

Scope = MutableMapping[str, Any]  # Any: ASGI's own types
Message = MutableMapping[str, Any]  # Any: ASGI's own types
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Surroundings(Protocol):
    """What the edge needs from the rest: built by wiring, shared by all requests of an app."""

    recorder: Recorder
    registry: EndpointRegistry
    perf: Callable[[], float]
    plain_slots: Mapping[Hashable, Slot]
    """The endpoints of routes that alone lead to them, by their callable: see `RouteIndex`."""
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
