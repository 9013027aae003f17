"""The page's files, built from web/ into the package, and the login address."""

from __future__ import annotations

import gzip
import mimetypes
import secrets
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

from anyio import to_thread
from fastapi import HTTPException, Query
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api_performance.server.context import Ask
from api_performance.server.guard import set_cookie
from api_performance.server.headers import page_policy
from api_performance.server.routing import Routes

STATIC: Final = Path(__file__).parent / "static"
NONCE_PLACEHOLDER: Final = "__CSP_NONCE__"
NONCE_BYTES: Final = 16  # W3C CSP, 7.1: at least 128 bits

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For files whose name holds their digest; a year is RFC 9111's practical "for ever"."""

PACKED: Final = ".gz"
"""Scripts and style sheets lie in the package as gzip only: a third of the room and of the way."""

_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>API Performance</title>
<h1>The page is not built</h1>
<p>This is a checkout without its dashboard. Build it once with</p>
<pre>make page</pre>
<p>and reload. The numbers are there all the same: <code>api-performance top</code>, or the REST API
under <code>api/v1/</code>.</p>
</html>
"""

routes = Routes()


@routes.on("GET HEAD", "/", include_in_schema=False)
async def page(
    ask: Ask, request: Request, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The page; with a token it first signs the browser in, and takes the token off the address."""
    if token:
        return await _sign_in(ask, request, token)
    html = await to_thread.run_sync(_index)
    if html is None:
        return HTMLResponse(_NOT_BUILT, 503)
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    headers = {"Content-Security-Policy": page_policy(nonce)}
    return HTMLResponse(html.replace(NONCE_PLACEHOLDER, nonce), headers=headers)


async def _sign_in(ask: Ask, request: Request, token: str) -> Response:
    try:
        session = await ask.guard.sign_in(request, token)
    except HTTPException:
        return RedirectResponse("./", 303)  # the page then asks for the token
    response = RedirectResponse("./", 303)
    set_cookie(request, response, session)
    return response


def _index() -> str | None:
    try:
        return (STATIC / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


class SlashAdded:
    """Leads from `/performance` to `/performance/`, with an address that names no host or scheme.

    Behind a proxy that ends TLS we know neither, and a token must not go by plain HTTP.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a request for the mount itself; hand on any other."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path != scope.get("root_path"):
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        address = f"{quote(path.rpartition('/')[2])}/" + (f"?{query}" if query else "")
        await RedirectResponse(address, 307)(scope, receive, send)


class PageFiles(StaticFiles):
    """The files beside the page; those with a digest in their name never change."""

    def __init__(self) -> None:
        """Serve from the package; a checkout without a build has none."""
        super().__init__(directory=STATIC, check_dir=False)

    async def check_config(self) -> None:
        """Let a checkout without a build answer 404; Starlette would raise for the whole folder."""

    async def get_response(self, path: str, scope: dict[str, object]) -> Response:  # type: ignore[override] # Scope is a MutableMapping of Any
        """Return a file; 404 for what is none, and for the page itself, which needs its nonce."""
        if path in (".", "index.html"):
            raise HTTPException(404)
        is_packed = path.endswith((".js", ".css"))
        response = await super().get_response(f"{path}{PACKED}" if is_packed else path, scope)
        if is_packed and isinstance(response, FileResponse):
            response = await _unpacked_for_some(path, response, Headers(scope=scope))
        if response.status_code == 200:
            is_hashed = path.startswith("assets/")
            response.headers["Cache-Control"] = IMMUTABLE if is_hashed else "no-cache"
        return response


async def _unpacked_for_some(path: str, packed: FileResponse, asked: Headers) -> Response:
    """Return a packed file as it is, or its content for a client that does not take gzip."""
    if "gzip" in asked.get("Accept-Encoding", ""):
        packed.headers["Content-Encoding"] = "gzip"
        response: Response = packed
    else:
        content = await to_thread.run_sync(lambda: gzip.decompress(Path(packed.path).read_bytes()))
        response = Response(content, media_type=mimetypes.guess_type(path)[0])
    response.headers["Vary"] = "Accept-Encoding"
    return response
