"""requests: a call of `Session.send` is one operation, with its redirects and retries.

It lasts until the body is read; with `stream=True` until the headers, and what is read afterwards
belongs to no call. A status from 400 on counts as failed, as in OpenTelemetry.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.http_text import call_of, is_failed, is_repeatable
from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.wrapping import timed, wrap_all, wrap_of
from api_performance.measure.latency import Span
from api_performance.measure.operations import begin

OLDEST: Final = "2.32"


def attach(module: ModuleType) -> Undo:
    """Follow all sessions; NotFollowed if this release does not fit."""
    require("requests", OLDEST)
    return wrap_all(wrap_of(module, "sessions.Session.send", timed(_begin_call, _has_failed)))


# Any, here and below: the client's own objects
def _begin_call(_session: object, request: Any, **_options: object) -> Span | None:
    method, url = request.method, request.url
    return begin(call_of(method, url), hash(url) if is_repeatable(method) else 0)


def _has_failed(response: Any) -> bool:
    return is_failed(getattr(response, "status_code", 0))
