"""Puts the edge around a FastAPI or Starlette app: outside its whole middleware stack, undoably.

The instance's `build_middleware_stack` is replaced by one that wraps what the class' own returns:
the whole stack, so even the 500 of an unhandled exception passes by, and the app's routes, OpenAPI
page and mounts stay untouched. An app that has started already gets its built stack wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from api_performance.instrumentation.asgi import Edge
from api_performance.instrumentation.protocol import ASGIApp

ATTRIBUTE: Final = "_api_performance"


class Wrappable(Protocol):
    """What an app must have to be wrapped: FastAPI's and Starlette's applications do."""

    middleware_stack: ASGIApp | None
    build_middleware_stack: Callable[[], ASGIApp]

    @property
    def routes(self) -> Sequence[Any]:
        """The app's routes. Any: whichever release's route objects."""
        ...


class Attachment:
    """An edge around an app, and how to take it off again."""

    def __init__(self, app: Wrappable, make_edge: Callable[[ASGIApp], Edge], owner: object) -> None:
        """Remember `owner`, the runtime that this app reports to."""
        self.owner = owner
        self._app = app
        self._make_edge = make_edge

    def attach(self) -> None:
        """Wrap the app, now if it has started, else when it builds its stack."""
        app, build = self._app, self._app.build_middleware_stack

        def build_wrapped() -> ASGIApp:
            return self._make_edge(build()).handle

        app.__dict__["build_middleware_stack"] = build_wrapped
        app.__dict__[ATTRIBUTE] = self
        if app.middleware_stack is not None:
            app.middleware_stack = self._make_edge(app.middleware_stack).handle

    def detach(self) -> None:
        """Take the edge off; requests under way end as they began."""
        app = self._app
        app.__dict__.pop("build_middleware_stack", None)
        app.__dict__.pop(ATTRIBUTE, None)
        edge = getattr(app.middleware_stack, "__self__", None)
        if isinstance(edge, Edge):
            app.middleware_stack = edge.app


def is_wrappable(app: object) -> bool:
    """Tell whether an app is one that `Attachment` can wrap."""
    return hasattr(app, "build_middleware_stack") and hasattr(app, "middleware_stack")


def attachment_of(app: object) -> Attachment | None:
    """Return the edge that is around an app, if any."""
    found = getattr(app, "__dict__", {}).get(ATTRIBUTE)
    return found if isinstance(found, Attachment) else None


def routes_of(app: object) -> Sequence[Any]:
    """Return the routes of an app, looking through the middleware around it. Any: route objects."""
    for _ in range(100):  # as deep as any stack of middleware goes
        routes = getattr(app, "routes", None)
        if routes is not None:
            return list(routes)
        inner = getattr(app, "app", None)
        if inner is None:
            return []
        app = inner
    return []
