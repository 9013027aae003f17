"""Where the API lies, and how its routes are declared: each is built when it is first asked for.

FastAPI builds the fields of a route's parameters and models where it is told of the route: 5 ms of
CPU time for each, of a router that is included twice over. A page asks for a few of them, and most
workers for none. So a route is only noted here, and FastAPI's own stands behind it from the first
request on; whoever wants the schema has all of them built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from fastapi.params import Depends
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api_performance.server.building import BuiltAtFirstRequest
from api_performance.server.refusals import REFUSALS

API_PREFIX: Final = "/api/v1"

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: a route has parameters of its own


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route as it was declared; without `methods` it is a WebSocket's."""

    path: str
    methods: tuple[str, ...]
    build: Callable[[], BaseRoute]

    def late(self) -> BaseRoute:
        """Return a route that has FastAPI's built at the first request."""
        app = BuiltAtFirstRequest(self.build)
        if not self.methods:
            return WebSocketRoute(self.path, app)
        return Route(self.path, app, methods=self.methods)


class Routes:
    """Routes as they are declared, with what they have in common."""

    def __init__(self, **common: Any) -> None:  # Any: APIRouter's settings
        """Build them with APIRouter's settings `common`."""
        self._common = common
        self._declared: list[DeclaredRoute] = []

    def __iter__(self) -> Iterator[DeclaredRoute]:
        """Return them in the order in which they were declared."""
        return iter(self._declared)

    def on(
        self,
        methods: str,
        path: str,
        **settings: Any,  # Any: FastAPI's own of a route
    ) -> Callable[[Function], Function]:
        """Declare what answers `methods`, such as "GET HEAD"; "" for a WebSocket."""

        def declare(function: Function) -> Function:
            def build() -> BaseRoute:
                router = APIRouter(**self._common)
                if methods:
                    router.add_api_route(path, function, methods=methods.split(), **settings)
                else:
                    router.add_api_websocket_route(path, function, **settings)
                return router.routes[0]

            whole = self._common.get("prefix", "") + path
            self._declared.append(DeclaredRoute(whole, tuple(methods.split()), build))
            return function

        return declare


def api_routes(tag: str, dependencies: Sequence[Depends] = ()) -> Routes:
    """Return what declares routes of the REST API, documented under `tag`."""
    return Routes(prefix=API_PREFIX, tags=[tag], dependencies=dependencies, responses=REFUSALS)
