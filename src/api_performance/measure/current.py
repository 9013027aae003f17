"""The request that the running code serves, and the two things code may say of it.

`track_latency` opens spans in it and `monitor_api_performance` states its priority. The value lives
in a context variable, so it follows `await`, tasks and worker threads.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from api_performance.measure.latency import Breakdown
from api_performance.model import MetricPriority


class CurrentRequest(Protocol):
    """A request being measured."""

    stated_priority: MetricPriority | None
    """The priority its code stated, if any."""

    opened: Breakdown | None
    """The breakdown of its time once it was opened; None before, and after its response."""

    @property
    def has_left(self) -> bool:
        """The app returned: what runs in its context from now on is no part of it."""
        ...

    def open_breakdown(self) -> Breakdown | None:
        """Return the breakdown of its time, made at the first use; None once its response ended.

        So it is None, too, once the request has left.
        """
        ...

    @property
    def breakdown(self) -> Breakdown | None:
        """The breakdown of its time, if one was made and the response has not ended."""
        ...

    def is_for(self, method: str, path: str) -> bool:
        """Tell whether a method and a raw path or template mean this very request."""
        ...


current_request: ContextVar[CurrentRequest | None] = ContextVar(
    "api_performance_request", default=None
)
"""Set by the edge and left as it is afterwards, for setting it costs 2,000 instructions."""


def serving() -> CurrentRequest | None:
    """Return the request that the running code serves; None outside of one."""
    request = current_request.get()
    return None if request is None or request.has_left else request
