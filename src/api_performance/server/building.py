"""Builds an app when it is asked for the first time, beside the event loop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from api_performance.instrumentation.protocol import ASGIApp, Receive, Scope, Send


class BuiltAtFirstRequest:
    """An app that is built in a thread: on the loop it would stop the measured app meanwhile."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        """Call `build` once, when the first request comes."""
        self._build = build
        self._app: ASGIApp | None = None
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as what was built does."""
        app = self._app
        if app is None:
            from anyio import to_thread

            app = await to_thread.run_sync(self._built)
        await app(scope, receive, send)

    def _built(self) -> ASGIApp:
        with self._lock:
            if self._app is None:
                self._app = self._build()
            return self._app
