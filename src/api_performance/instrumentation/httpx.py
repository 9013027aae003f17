"""httpx, sync and async: a call of `send` is one operation, with its redirects and authentication.

It lasts until the body is read; with `stream=True` until the headers, and what is read afterwards
belongs to no call. A status from 400 on counts as failed, as in OpenTelemetry. The wait for a
connection is part of the call: httpx does not tell it.
"""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, Signature, signature
from types import FunctionType, ModuleType
from typing import Any, Final

from api_performance.instrumentation.http_text import (
    FIRST_FAILURE,
    MAX_REMEMBERED,
    call_to,
    is_failed,
    is_repeatable,
)
from api_performance.instrumentation.integrations import NotFollowed, Undo, require
from api_performance.instrumentation.wrapping import (
    note_fault,
    part_of,
    timed_call,
    wrap_all,
    wrap_of,
)
from api_performance.measure.current import current_request
from api_performance.measure.latency import Call
from api_performance.measure.operations import Told, enter, leave
from api_performance.model import Operation

OLDEST: Final = "0.28"

ADDRESS_PARTS: Final = 7
"""Scheme, user, host, port, path, query and fragment."""

HOST_TO_PATH: Final = slice(2, 5)

_serving: Final = current_request.get


def attach(module: ModuleType) -> Undo:
    """Follow both clients; NotFollowed if this release does not fit."""
    require("httpx", OLDEST)
    address = getattr(part_of(module, "URL")("http://host"), "_uri_reference", ())
    if len(address) != ADDRESS_PARTS:
        raise NotFollowed(
            "httpx.URL has no _uri_reference of seven, which this release should have"
        )
    call = timed_call(_tell, _has_failed)
    return wrap_all(
        wrap_of(module, "Client.send", lambda original: _timed_send(original) or call(original)),
        wrap_of(module, "AsyncClient.send", call),
    )


# Any, here and below: the client's own objects
def _tell(args: tuple[Any, ...], options: dict[str, Any]) -> Told:
    return _call_of(args[1] if len(args) > 1 else options["request"])


def _call_of(request: Any) -> Call:
    method = request.method
    # Its public parts are worked out anew at each look, which costs as much as all else that we do.
    address = request.url._uri_reference
    if method != "GET":
        return _operation(method, address), hash(address) if is_repeatable(method) else 0
    try:
        return _gets[address[HOST_TO_PATH]], hash(address)
    except KeyError:
        return _remembered(address), hash(address)


def _has_failed(response: Any) -> bool:
    return is_failed(getattr(response, "status_code", 0))


SEND: Final = "(self, request, *, stream, auth, follow_redirects)"


def _timed_send(original: Any) -> Any:
    """Time the calls of a function that takes what `Client.send` does today; None: it does not.

    To hand on three arguments by name, whatever they are, costs 3,000 instructions, and to name
    them 700.
    """
    parameters = signature(original).parameters.values()
    named = [
        parameter.replace(default=Parameter.empty, annotation=Parameter.empty)
        for parameter in parameters
    ]
    if type(original) is not FunctionType or str(Signature(named)) != SEND:
        return None

    def send(self: Any, request: Any, *, stream: Any, auth: Any, follow_redirects: Any) -> Any:
        call, entered, serving = None, None, _serving()
        try:
            if serving is not None:
                call = _call_of(request)
                entered = enter(serving, call)
        except Exception as fault:  # noqa: BLE001  # the call goes on whatever we do wrong
            note_fault(fault)
        try:
            response = original(
                self, request, stream=stream, auth=auth, follow_redirects=follow_redirects
            )
        except BaseException as error:
            if call is not None:
                leave(entered, call, isinstance(error, Exception))
            raise
        if call is not None:
            has_failed = False
            try:  # as `_has_failed` does
                has_failed = response.status_code >= FIRST_FAILURE
            except Exception as fault:  # noqa: BLE001  # the call went on
                note_fault(fault)
            leave(entered, call, has_failed)
        return response

    send.__kwdefaults__ = original.__kwdefaults__
    return wraps(original)(send)


_gets: Final[dict[Any, Operation]] = {}
"""By host, port and path: what is asked for most."""


def _remembered(address: Any) -> Operation:
    if len(_gets) >= MAX_REMEMBERED:
        _gets.clear()
    operation = _gets[address[HOST_TO_PATH]] = _operation("GET", address)
    return operation


def _operation(method: str, address: Any) -> Operation:
    host, port, path = address[HOST_TO_PATH]
    if port is not None or ":" in host:
        host = address.netloc
    return call_to(method, host, path or "/")
