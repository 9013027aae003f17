"""The ways to have an app measured: `instrument`, and `PerformanceMiddleware` for any ASGI app."""

from __future__ import annotations

from typing import Any

from api_performance.clock import Clock
from api_performance.config import Config
from api_performance.errors import ConfigError
from api_performance.instrumentation.attachment import Attachment, attachment_of, is_wrappable
from api_performance.instrumentation.clients import UserOf
from api_performance.instrumentation.protocol import ASGIApp
from api_performance.runtime import Runtime, forget_current, make_current


def instrument(
    app: Any,
    *,
    user: UserOf | None = None,
    clock: Clock | None = None,
    runs_itself: bool = True,
    **settings: Any,
) -> Any:
    """Measure every request of a FastAPI or Starlette app; return the app, the very same object.

    Any: the app's own type goes in and out, and settings are `Config`'s fields, checked there.
    `user` tells who calls from an ASGI scope (default: the client's address); it is hashed with a
    key, never stored. Without `runs_itself` nothing is written until `runtime_of(app)` is told to,
    for tests and simulations with their own `clock`. A second call for the same app changes
    nothing. ConfigError on a wrong setting or an app of another kind, for which
    `PerformanceMiddleware` is there.
    """
    if attachment_of(app) is not None:
        return app
    config = Config(**settings)
    if not config.enabled:
        return app
    if not is_wrappable(app):
        raise ConfigError(
            f"instrument() takes a FastAPI or Starlette app, not {type(app).__name__}: "
            "wrap any other ASGI app with PerformanceMiddleware(app)"
        )
    runtime = Runtime(config, app=app, user=user, clock=clock, runs_itself=runs_itself)
    Attachment(app, runtime.edge_around, runtime).attach()
    make_current(runtime)
    return app


def uninstrument(app: Any) -> None:
    """Undo `instrument`: take the edge off and flush; else nothing happens. Any: as there."""
    attachment = attachment_of(app)
    if attachment is None:
        return
    attachment.detach()
    runtime = attachment.owner
    if isinstance(runtime, Runtime):
        runtime.rest()
        runtime.unfollow()
        forget_current(runtime)


class PerformanceMiddleware:
    """Measures any ASGI app: `app = PerformanceMiddleware(app)`, or `app.add_middleware(…)`.

    Around a FastAPI or Starlette app `instrument` sees more: middleware added by `add_middleware`
    never sees the 500 of an unhandled exception.
    """

    def __init__(
        self,
        app: Any,  # Any: whatever type of ASGI callable
        *,
        user: UserOf | None = None,
        clock: Clock | None = None,
        runs_itself: bool = True,
        **settings: Any,  # Any: Config's fields, checked there
    ) -> None:
        """Wrap `app`; settings as `instrument`'s. ConfigError on a wrong one."""
        config = Config(**settings)
        self.app = app
        self.handle: ASGIApp = app
        self.runtime: Runtime | None = None
        if config.enabled:
            runtime = Runtime(config, app=app, user=user, clock=clock, runs_itself=runs_itself)
            self.handle = runtime.edge_around(app).handle
            self.runtime = runtime
            make_current(runtime)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's types
        """Serve as the app does, and measure."""
        await self.handle(scope, receive, send)


def runtime_of(app: object) -> Runtime | None:
    """Return the runtime that an instrumented app reports to, if any."""
    attachment = attachment_of(app)
    owner = attachment.owner if attachment is not None else None
    return owner if isinstance(owner, Runtime) else None
