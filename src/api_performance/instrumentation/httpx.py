"""httpx, sync and async: a call of `send` is one operation, with its redirects and authentication.

It lasts until the body is read; with `stream=True` until the headers, and what is read afterwards
belongs to no call. A status from 400 on counts as failed, as in OpenTelemetry. The wait for a
connection is part of the call: httpx does not tell it.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.http_text import FIRST_FAILURE, call_to, is_repeatable
from api_performance.instrumentation.integrations import NotFollowed, Undo, require
from api_performance.instrumentation.wrapping import part_of, timed_call, wrap_all, wrap_of
from api_performance.measure.operations import Told

OLDEST: Final = "0.28"

ADDRESS_PARTS: Final = 7
"""Scheme, user, host, port, path, query and fragment."""


def attach(module: ModuleType) -> Undo:
    """Follow both clients; NotFollowed if this release does not fit."""
    require("httpx", OLDEST)
    address = getattr(part_of(module, "URL")("http://host"), "_uri_reference", ())
    if len(address) != ADDRESS_PARTS:
        raise NotFollowed(
            "httpx.URL has no _uri_reference of seven, which this release should have"
        )
    call = timed_call(_tell, _has_failed)
    return wrap_all(wrap_of(module, "Client.send", call), wrap_of(module, "AsyncClient.send", call))


# Any, here and below: the client's own objects
def _tell(args: tuple[Any, ...], options: dict[str, Any]) -> Told:
    request = args[1] if len(args) > 1 else options["request"]
    method = request.method
    # Its public parts are worked out anew at each look, which costs as much as all else that we do.
    address = request.url._uri_reference
    _, _, host, port, path, _, _ = address
    if port is not None or ":" in host:
        host = address.netloc
    is_known_by_address = method == "GET" or is_repeatable(method)
    return call_to(method, host, path or "/"), hash(address) if is_known_by_address else 0


def _has_failed(response: Any) -> bool:
    return getattr(response, "status_code", 0) >= FIRST_FAILURE
