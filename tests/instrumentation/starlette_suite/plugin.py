"""The pytest plugin of the child process: wraps every app, and writes down how each test ended.

`STARLETTE_SUITE_WRAP` names the wrap (see WRAPS) and `STARLETTE_SUITE_RESULT` the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any  # Apps and patched signatures are Starlette's own, untyped here.

import pytest
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.testclient import TestClient

outcomes: dict[str, str] = {}


class PassThrough:
    """Hands everything on: shows that the harness alone changes no outcome."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


async def _hand_on(request: Any, call_next: Any) -> Any:
    return await call_next(request)


def _wrap_by_base_http(app: Any) -> Any:
    return BaseHTTPMiddleware(app, dispatch=_hand_on)


def _wrap_by_ours(app: Any) -> Any:
    from api_performance import PerformanceMiddleware

    return PerformanceMiddleware(app, store="memory://")


def _instrument(app: Starlette) -> None:
    from api_performance import instrument

    instrument(app, store="memory://")


def _leave(app: Starlette) -> None:
    """Leave an instance alone: the test client wraps it."""


WRAPS: dict[str, tuple[Callable[[Any], Any], Callable[[Starlette], None]]] = {
    "nothing": (lambda app: app, _leave),
    "pass-through": (PassThrough, _leave),
    "BaseHTTPMiddleware": (_wrap_by_base_http, _leave),
    "ours": (_wrap_by_ours, _instrument),
}
"""What the test client puts around an app that it is handed, and what a new Starlette undergoes."""


def pytest_configure() -> None:
    """Patch the two places where Starlette's tests make or hand over an app."""
    wrap, change = WRAPS[os.environ["STARLETTE_SUITE_WRAP"]]
    _wrap_in_test_client(wrap)
    _change_new_instances(change)


def _wrap_in_test_client(wrap: Callable[[Any], Any]) -> None:
    make_client = TestClient.__init__

    def make_client_of_wrapped(self: TestClient, *arguments: Any, **named: Any) -> None:
        make_client(self, *arguments, **named)
        transport: Any = self._transport
        self.app = transport.app = wrap(self.app)

    TestClient.__init__ = make_client_of_wrapped  # type: ignore[method-assign]  # that is the point


def _change_new_instances(change: Callable[[Starlette], None]) -> None:
    make_app = Starlette.__init__

    def make_changed_app(self: Starlette, *arguments: Any, **named: Any) -> None:
        make_app(self, *arguments, **named)
        change(self)

    Starlette.__init__ = make_changed_app  # type: ignore[method-assign]  # that is the point


@pytest.hookimpl
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst of a test's three phases, with its reason."""
    if report.when == "call" or report.outcome != "passed":
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        if outcomes.get(report.nodeid, "passed") == "passed":
            outcomes[report.nodeid] = outcome


def pytest_sessionfinish() -> None:
    """Write all outcomes."""
    Path(os.environ["STARLETTE_SUITE_RESULT"]).write_text(json.dumps(outcomes))
