"""Refuses long request bodies: through our routes no stranger fills the app's memory."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES: Final = 4_096
"""The longest body that we ask for holds one token, of 51 letters."""


class SmallBodies:
    """Wraps an app whose routes read bodies of at most MOST_BODY_BYTES; 413 to what is longer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which answers HTTPException."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; reading too much of it raises where it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size_bytes = 0

        async def receive_some() -> Message:
            nonlocal size_bytes
            message = await receive()
            size_bytes += len(message.get("body", b""))
            if size_bytes > MOST_BODY_BYTES:
                raise HTTPException(413, f"a body may have {MOST_BODY_BYTES} bytes")
            return message

        await self._app(scope, receive_some, send)
