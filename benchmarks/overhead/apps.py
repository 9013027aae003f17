"""The FastAPI applications that are driven, and the paths to ask them for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any  # FastAPI's keyword arguments and JSON answers are untyped.

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from benchmarks.overhead.tape import CLOCK


@dataclass(frozen=True, slots=True)
class Shape:
    """How many routes an application has and how many of them, the last ones, are asked for."""

    routes: int
    endpoints: int

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
    "10-routes": Shape(routes=10, endpoints=1),
    "500-routes": Shape(routes=500, endpoints=1),
}


def build_app(shape: Shape, **settings: Any) -> FastAPI:
    """Build an application of this shape; one route in fifty answers 404 from its handler."""
    app = FastAPI(**settings)
    for number in range(shape.routes):
        _add_route(app, number)
    return app


def _add_route(app: FastAPI, number: int) -> None:
    is_missing = number % 50 == 49

    async def read_item(item_id: int) -> Any:
        CLOCK.work()
        if is_missing:
            return JSONResponse({"detail": "no such item"}, status_code=404)
        return {"resource": number, "item_id": item_id, "name": "lamp", "in_stock": True}

    app.get(f"/api/resource{number}/{{item_id}}")(read_item)
