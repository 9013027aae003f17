"""The least that any monitor must do: wrap `send`, read two clocks and the status."""

from __future__ import annotations

from time import perf_counter

from benchmarks.overhead.driver import Application, Message, Receive, Send


class BareWrap:
    """A pass-through that knows the last request's status and duration and keeps nothing."""

    def __init__(self, app: Application) -> None:
        """Wrap `app`."""
        self.app = app
        self.last = (0, 0.0)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything through and note when it began, when it ended and what it answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        start = perf_counter()

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        finally:
            self.last = (status, perf_counter() - start)
