"""What the routes of one app share, and how a route asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api_performance.config import Config
from api_performance.queries import Queries
from api_performance.server.encoding import ExportFormat, encoded, file_response
from api_performance.server.guard import Guard
from api_performance.server.live import Live
from api_performance.server.pool import Pool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a route needs to answer."""

    queries: Queries
    guard: Guard
    config: Config
    pool: Pool
    live: Live

    async def answer(
        self,
        name: str,
        compute: Callable[[], T],
        as_csv: Callable[[T], str],
        export_format: ExportFormat | None,
    ) -> Response:
        """Compute and encode in the pool; `name` is the file's where a format was asked for."""
        content, media_type = await self.pool.run(lambda: encoded(compute, as_csv, export_format))
        file_name = f"{name}.{export_format}" if export_format else None
        return file_response(content, media_type, file_name)


def context_of(connection: HTTPConnection) -> Context:
    """Return the context of the app that a request came to."""
    context: Context = connection.app.state.context
    return context


Ask = Annotated[Context, Depends(context_of)]
