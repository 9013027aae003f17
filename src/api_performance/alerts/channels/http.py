"""POSTs to receivers, with urllib: what they answer, and that none can hold us or lead us on.

No redirect is followed, for it would carry the secret to another host. Proxies and authorities of
certificates are those of the environment (HTTPS_PROXY, SSL_CERT_FILE).
"""

from __future__ import annotations

import base64
import http.client
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from email.message import Message
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import IO, Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from api_performance.alerts.channels.base import (
    ATTEMPT_SECONDS,
    SILENCE_SECONDS,
    ChannelAnswer,
    delivered,
    refused,
    waiting,
)
from api_performance.alerts.channels.deadline import Deadline

MOST_ANSWER_BYTES: Final = 4096
"""So much of an answer is read; the rest is nobody's business."""

_LONGEST_QUOTE: Final = 200
_SHORTEST_SECRET: Final = 4
_SHORTEST_PIECE: Final = 12
"""Of an address, words that are shorter hide nothing: `alerts`, `services`."""
_PASSING: Final = frozenset({408, 425, 429})
"""Refusals that time mends (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4); 5xx are, too."""


class Receiver:
    """A server that takes POSTs."""

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str] | None = None,
        *,
        secrets: Iterable[str] = (),
        silence_seconds: float = SILENCE_SECONDS,
        attempt_seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        """Send to `address`, with user and password in it if need be, and `headers` every time.

        `secrets` are in no reason, nor are the address and the values of the headers.
        """
        parts = urlsplit(address)
        self._url = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": f"api-performance/{version('api-performance')}",
            **_authorization(parts),
            **(headers or {}),
        }
        self._secrets = _secrets(parts, [*secrets, *(headers or {}).values()])
        self._silence_seconds = silence_seconds
        self._attempt_seconds = attempt_seconds

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> ChannelAnswer:
        """Send `body`, JSON, with further headers; return what the receiver made of it."""
        request = urllib.request.Request(  # noqa: S310 # the settings allow http and https alone
            self._url, data=body, headers={**self._headers, **(headers or {})}, method="POST"
        )
        with Deadline(self._attempt_seconds) as deadline:
            try:
                # It took it: what else it has to say, or does not come to say, changes nothing.
                _opener(deadline).open(request, timeout=self._silence_seconds).close()
                return delivered()
            except urllib.error.HTTPError as error:
                with error:
                    return self._refusal(error)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if deadline.is_over:
                    return waiting(f"it did not answer in {self._attempt_seconds:g} s")
                return waiting(_trouble(error))

    def _refusal(self, error: urllib.error.HTTPError) -> ChannelAnswer:
        code = error.code
        if 300 <= code < 400:
            host = urlsplit(error.headers.get("Location", "")).hostname
            place = f" to {host}" if host else ""
            return refused(f"HTTP {code}: it redirects{place}, which is not followed: name its end")
        reason = f"HTTP {code}{self._quoted(error)}"
        if code in _PASSING or code >= 500:
            return waiting(reason, _retry_after(error.headers))
        return refused(reason)

    def _quoted(self, error: urllib.error.HTTPError) -> str:
        """Return the beginning of what it says, without what only we two know."""
        try:
            text = error.read(MOST_ANSWER_BYTES).decode(errors="replace")
        except (OSError, http.client.HTTPException, ValueError):
            return ""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        words = " ".join(re.sub(r"[^\x20-\x7e\xa0-\U0010ffff]", " ", text).split())
        return f": {words[:_LONGEST_QUOTE]}" if words else ""


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def _secrets(parts: SplitResult, given: Iterable[str]) -> list[str]:
    """Return what no reason may hold, the longest first: each may be a part of another."""
    told = [*given, parts.password or "", unquote(parts.password or "")]
    told += [word for text in told for word in text.split()]  # of "Bearer …" the token, too
    told += _authorization(parts).values()
    pieces = [parts.path, parts.query, *re.split("[/&=]", f"{parts.path}/{parts.query}")]
    found = {text for text in told if len(text) >= _SHORTEST_SECRET}
    found |= {piece for piece in pieces if len(piece) >= _SHORTEST_PIECE}
    return sorted(found, key=len, reverse=True)


def _retry_after(headers: Message) -> float:
    """Return seconds of a number or a date (RFC 9110, 10.2.3); 0.0 where it says nothing.

    A date is read beside the one that the same clock put on the answer.
    """
    text = str(headers.get("Retry-After", "")).strip()
    if text.isdecimal():
        return float(text)
    try:
        until, now = (parsedate_to_datetime(str(each)) for each in (text, headers.get("Date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):  # no date, or only one of them with a zone
        return 0.0


def _trouble(error: Exception) -> str:
    """Return why there was no answer; only the system's own words, which hold no address."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "it did not answer in time"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, OSError) and cause.strerror:
        return f"it cannot be reached: {cause.strerror}"
    return f"it cannot be reached: {type(cause).__name__}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _opener(deadline: Deadline) -> urllib.request.OpenerDirector:
    """Return what opens addresses whose sockets a deadline watches."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class Encrypted(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class EncryptedHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            context: Any = ssl.create_default_context()  # Any: typeshed has no `context` there
            return self.do_open(Encrypted, req, context=context)

    return urllib.request.build_opener(PlainHandler, EncryptedHandler, _NoRedirect)
