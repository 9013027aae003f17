"""Headers that every response of ours carries, and whether a request comes from our own page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING_ALLOWED: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
"""The policy of what is data, not a page."""

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_UNLESS_SAID: Final = {"Cache-Control": "no-store", "Content-Security-Policy": NOTHING_ALLOWED}


def page_policy(nonce: str) -> str:
    """Return the page's content-security policy.

    Scripts are our own files. Styles are our own files and elements with the nonce; Mantine and
    ECharts set style attributes, which run nothing, so those are allowed.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"style-src-elem 'self' 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecureHeaders:
    """Wraps an app so that each of its responses carries them."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and the response back with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_ALWAYS)
                for name, value in _UNLESS_SAID.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_from_elsewhere(headers: Headers) -> bool:
    """Tell whether a browser says that another site's page sent this.

    Only the host is compared: behind a proxy that ends TLS the scheme we see is not the browser's.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    try:
        sender = urlsplit(origin).netloc
    except ValueError:  # half an IPv6 address: no browser's, and nobody may fill the log with it
        return True
    return _host(sender) != _host(headers.get("host", ""))


def _host(netloc: str) -> str:
    return netloc.lower().removesuffix(":80").removesuffix(":443")
