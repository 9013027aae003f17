"""The FastAPI applications that are driven, and the paths to ask them for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any  # FastAPI's keyword arguments and JSON answers are untyped.

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from benchmarks.overhead.tape import CLOCK


@dataclass(frozen=True, slots=True)
class Shape:
    """How many routes an application has and how many of them, the last ones, are asked for.

    `is_straight` leads to a route without passing the others: trying 499 of them costs 5 million
    instructions, in whose variation our own growth could not be seen.
    """

    routes: int
    endpoints: int
    is_straight: bool = False

    def paths(self) -> Callable[[int], str]:
        """Return the path of the n-th request: endpoints in turn, values that differ."""
        first = self.routes - self.endpoints
        known = [
            f"/api/resource{first + index % self.endpoints}/{index * 7919 % 1_000}"
            for index in range(self.endpoints * 20)
        ]
        return lambda index: known[index % len(known)]


SHAPES = {
    "one": Shape(routes=1, endpoints=1),
    "fifty": Shape(routes=50, endpoints=50),
    "10-routes": Shape(routes=10, endpoints=1, is_straight=True),
    "500-routes": Shape(routes=500, endpoints=1, is_straight=True),
}


class Straight(BaseRoute):
    """Stands before all routes and leads to the one that a path belongs to."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        """Lead to `routes`, whose numbers are in their paths."""
        self._routes = list(routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as the path's own route does."""
        route = self._routes[int(scope["path"].split("/")[2].removeprefix("resource"))]
        return route.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the route that matched does."""
        await scope["route"].handle(scope, receive, send)


def build_app(shape: Shape, **settings: Any) -> FastAPI:
    """Build an application of this shape; one route in fifty answers 404 from its handler."""
    app = FastAPI(**settings)
    first = len(app.router.routes)
    for number in range(shape.routes):
        _add_route(app, number)
    if shape.is_straight:
        app.router.routes.insert(0, Straight(app.router.routes[first:]))
    return app


def _add_route(app: FastAPI, number: int) -> None:
    is_missing = number % 50 == 49

    async def read_item(item_id: int) -> Any:
        CLOCK.work()
        if is_missing:
            return JSONResponse({"detail": "no such item"}, status_code=404)
        return {"resource": number, "item_id": item_id, "name": "lamp", "in_stock": True}

    app.get(f"/api/resource{number}/{{item_id}}")(read_item)
