"""httpx, sync and async: a call of `send` is one operation, with its redirects and authentication.

It lasts until the body is read; with `stream=True` until the headers, and what is read afterwards
belongs to no call. A status from 400 on counts as failed, as in OpenTelemetry. The wait for a
connection is part of the call: httpx does not tell it.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.http_text import (
    FIRST_FAILURE,
    MAX_REMEMBERED,
    call_to,
    is_repeatable,
)
from api_performance.instrumentation.integrations import NotFollowed, Undo, require
from api_performance.instrumentation.wrapping import (
    part_of,
    timed_call,
    wrap_all,
    wrap_of,
)
from api_performance.measure.operations import Told
from api_performance.model import Operation

OLDEST: Final = "0.28"

ADDRESS_PARTS: Final = 7
"""Scheme, user, host, port, path, query and fragment."""

HOST_TO_PATH: Final = slice(2, 5)


def attach(module: ModuleType) -> Undo:
    """Follow both clients; NotFollowed if this release does not fit."""
    require("httpx", OLDEST)
    address = getattr(part_of(module, "URL")("http://host"), "_uri_reference", ())
    if len(address) != ADDRESS_PARTS:
        raise NotFollowed(
            "httpx.URL has no _uri_reference of seven, which this release should have"
        )
    call = timed_call(_tell, _has_failed, failed=f"result_.status_code >= {FIRST_FAILURE}")
    return wrap_all(
        wrap_of(module, "Client.send", call),
        wrap_of(module, "AsyncClient.send", call),
    )


# Any, here and below: the client's own objects
def _tell(args: tuple[Any, ...], options: dict[str, Any]) -> Told:
    request = args[1] if len(args) > 1 else options["request"]
    method = request.method
    # Its public parts are worked out anew at each look, which costs as much as all else that we do.
    address = request.url._uri_reference
    if method != "GET":
        return _operation(method, address), hash(address) if is_repeatable(method) else 0
    mark = hash(address)
    try:
        return _gets[mark], mark
    except KeyError:
        return _remembered(mark, address), mark


def _has_failed(response: Any) -> bool:
    return bool(response.status_code >= FIRST_FAILURE)


_gets: Final[dict[int, Operation]] = {}
"""By the hash of the address, which is the mark: what is asked for most. It has 64 bits and a
secret of the process, as marks have, and to compare its texts costs 400 instructions more."""


def _remembered(mark: int, address: Any) -> Operation:
    if len(_gets) >= MAX_REMEMBERED:
        _gets.clear()
    operation = _gets[mark] = _operation("GET", address)
    return operation


def _operation(method: str, address: Any) -> Operation:
    host, port, path = address[HOST_TO_PATH]
    if port is not None or ":" in host:
        host = address.netloc
    return call_to(method, host, path or "/")
