"""Refuses long and slow request bodies: through our routes no stranger takes the app's memory."""

from __future__ import annotations

from typing import Final

from anyio import current_time, fail_after
from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES: Final = 4_096
"""The longest body that we ask for names two hundred alerts, of twelve letters each."""

BODY_SECONDS: Final = 10.0
"""A body that small comes in one piece; over the worst of networks it is sent again in seconds."""


class SmallBodies:
    """Wraps an app whose routes read small bodies; 413 to what is longer, 408 to what is late."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which answers HTTPException."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; it raises where the app reads too much, or waits too long."""
        if scope["type"] == "http":
            receive = _Body(receive, scope["http_version"]).receive
        await self._app(scope, receive, send)


class _Body:
    """What is read of one request."""

    def __init__(self, receive: Receive, http_version: str) -> None:
        self._receive = receive
        # What still comes would be read and thrown away; later versions end streams by themselves.
        self._headers = {"Connection": "close"} if http_version.startswith("1") else None
        self._until = current_time() + BODY_SECONDS
        self._size_bytes = 0
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            with fail_after(self._until - current_time()):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(
                408, f"the body did not come in {BODY_SECONDS:g} s", self._headers
            ) from None
        self._size_bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._size_bytes > MOST_BODY_BYTES:
            raise HTTPException(413, f"a body may have {MOST_BODY_BYTES} bytes", self._headers)
        return message
