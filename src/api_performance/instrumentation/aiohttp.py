"""aiohttp's client: a request is one operation until its headers, with its redirects.

Where the body has not come with them, reading it (`read`, `text`, `json`) is an operation of its
own; what is read of `content` in pieces belongs to no call. The wait for a connection where all are
in use is told apart. A status from 400 on counts as failed, as in OpenTelemetry.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.http_text import call_of, is_failed, is_repeatable, reading
from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.wrapping import (
    WAIT_FOR_A_CONNECTION,
    timed,
    wrap_all,
    wrap_of,
)
from api_performance.measure.latency import Span
from api_performance.measure.operations import begin, known
from api_performance.model import LatencyType

OLDEST: Final = "3.11"


def attach(module: ModuleType) -> Undo:
    """Follow all sessions, also those that are open; NotFollowed if this release does not fit.

    Its public way, trace_configs, is for sessions that are yet to be made.
    """
    require("aiohttp", OLDEST)
    wait = "connector.BaseConnector._wait_for_available_connection"
    return wrap_all(
        wrap_of(module, "client.ClientSession._request", timed(_begin_call, _has_failed)),
        wrap_of(module, "client_reqrep.ClientResponse.read", timed(_begin_reading)),
        wrap_of(module, wait, timed(_begin_wait)),
    )


# Any, here and below: the client's own objects
def _begin_call(
    session: Any, method: str, address: object, *, params: object = None, **_options: object
) -> Span | None:
    url = str(address)
    if "://" not in url:
        url = str(session._build_url(address))  # relative to the session's base
    return begin(call_of(method, url), hash((url, str(params))) if is_repeatable(method) else 0)


def _begin_reading(response: Any) -> Span | None:
    return None if response.content.is_eof() else begin(reading())


def _begin_wait(_connector: object, *_args: object) -> Span | None:
    operation = known(LatencyType.EXTERNAL_API, WAIT_FOR_A_CONNECTION, "http")
    return begin(operation, is_inner=True)


def _has_failed(response: Any) -> bool:
    return is_failed(getattr(response, "status", 0))
