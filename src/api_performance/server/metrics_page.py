"""`/metrics` as an ASGI app: collected in a thread, open unless a token guards it."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api_performance.errors import ApiPerformanceError
from api_performance.export.prometheus import MetricsCollector, scrape
from api_performance.server.headers import SecureHeaders
from api_performance.server.pool import Pool


def make_metrics_app(collector: MetricsCollector, token: str | None = None) -> ASGIApp:
    """Return the page that Prometheus scrapes; with `token` it must come as a bearer token."""
    answer = scrape(collector)
    pool = Pool(1)

    async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        response = await respond(request)
        await response(scope, receive, send)

    async def respond(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("only GET\n", 405, {"allow": "GET, HEAD"})
        given = request.headers.get("authorization", "").encode()
        if token is not None and not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return PlainTextResponse(
                "a bearer token is needed\n", 401, {"www-authenticate": "Bearer"}
            )
        try:
            page, content_type = await pool.run(lambda: answer(request.headers.get("accept", "")))
        except ApiPerformanceError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(page, headers={"content-type": content_type})

    return SecureHeaders(metrics)
