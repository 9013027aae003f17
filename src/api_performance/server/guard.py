"""Lets requests pass or refuses them: by token, by session, by where they come from."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated, Final

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from api_performance.clock import Clock
from api_performance.server.attempts import Attempts
from api_performance.server.auth import SESSION_SECONDS, Auth, Role, Session
from api_performance.server.headers import is_from_elsewhere
from api_performance.server.pool import Pool

CSRF_HEADER: Final = "X-CSRF-Token"

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Knows who a visitor is. One per app."""

    def __init__(self, auth: Auth, pool: Pool, clock: Clock) -> None:
        """Check with `auth` in the pool."""
        self.auth = auth
        self._pool = pool
        self._attempts = Attempts(clock)

    async def viewer(self, request: Request) -> Role:
        """Let pass who may look. HTTPException 401, 403 or 429."""
        return await self._admit(request, Role.VIEW)

    async def operator(self, request: Request) -> Role:
        """Let pass who may change something. HTTPException 401, 403 or 429."""
        return await self._admit(request, Role.OPERATE)

    async def sign_in(self, request: Request, token: str) -> Session:
        """Return a new session for a token. HTTPException 401, 403 or 429."""
        _refuse_strangers(request)
        role = await self._role_of_token(request, token)
        return await self._pool.run(lambda: self.auth.open_session(role))

    async def session(self, connection: HTTPConnection) -> Session | None:
        """Return the session that a cookie names; None if there is none that is still good."""
        cookies = connection.cookies
        if not cookies:
            return None
        return await self._pool.run(
            lambda: self.auth.session(cookies.get(self.auth.cookie_name(), ""))
        )

    async def sign_out(self, request: Request, response: Response) -> None:
        """End the session of a request, if it has one, and let the browser forget it.

        HTTPException 401, 403 or 429.
        """
        await self.viewer(request)
        session = await self.session(request)
        if session is not None:
            await self._pool.run(lambda: self.auth.close_session(session))
            response.delete_cookie(session.cookie, path=_cookie_path(request), samesite="strict")

    async def may_listen(self, connection: HTTPConnection) -> bool:
        """Tell whether a WebSocket may be opened: by a session of our own page, or by a token."""
        if is_from_elsewhere(connection.headers):
            return False
        if not self.auth.is_required:
            return True
        token = _bearer(connection)
        if token:
            return await self._is_known(connection, token)
        return "origin" in connection.headers and await self.session(connection) is not None

    async def _is_known(self, connection: HTTPConnection, token: str) -> bool:
        try:
            await self._role_of_token(connection, token)
        except HTTPException:
            return False
        return True

    async def _admit(self, request: Request, needed: Role) -> Role:
        role = await self._role(request)
        if not role.covers(needed):
            raise HTTPException(403, f"this needs the role {needed.value}, yours is {role.value}")
        return role

    async def _role(self, request: Request) -> Role:
        if request.method not in _SAFE_METHODS:
            _refuse_strangers(request)
        if not self.auth.is_required:
            return Role.OPERATE
        token = _bearer(request)
        if token:
            return await self._role_of_token(request, token)
        session = await self.session(request)
        if session is None:
            raise _unknown("sign in first: api-performance token prints the address")
        if request.method not in _SAFE_METHODS:
            _check_csrf(request, session)
        return session.role

    async def _role_of_token(self, connection: HTTPConnection, token: str) -> Role:
        address = connection.client.host if connection.client else ""
        wait = self._attempts.seconds_to_wait(address)
        if wait:
            seconds = str(int(wait) + 1)
            raise HTTPException(
                429, f"too many wrong tokens; try again in {seconds} s", {"Retry-After": seconds}
            )
        role = await self._pool.run(lambda: self.auth.role_of_token(token))
        if role is None:
            self._attempts.note_failure(address)
            raise _unknown("this token is not known here, or no longer valid")
        return role


def _unknown(detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refuse_strangers(request: Request) -> None:
    if is_from_elsewhere(request.headers):
        raise HTTPException(
            403, "this was sent by another site's page; a proxy must hand on the header Host"
        )


def _check_csrf(request: Request, session: Session) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not compare_digest(given.encode(errors="replace"), session.csrf.encode()):
        raise HTTPException(403, f"the header {CSRF_HEADER} is missing or wrong")


def set_cookie(request: Request, response: Response, session: Session) -> None:
    """Hand the browser a session."""
    response.set_cookie(
        session.cookie,
        session.value,
        max_age=int(SESSION_SECONDS),
        path=_cookie_path(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _cookie_path(request: Request) -> str:
    return str(request.scope.get("root_path", "")) or "/"


def guard_of(request: Request) -> Guard:
    """Return the guard of the app that a request came to."""
    guard: Guard = request.app.state.context.guard
    return guard


async def view_role(request: Request) -> Role:
    """Let pass who may look."""
    return await guard_of(request).viewer(request)


async def operate_role(request: Request) -> Role:
    """Let pass who may change something."""
    return await guard_of(request).operator(request)


Viewer = Annotated[Role, Depends(view_role)]
Operator = Annotated[Role, Depends(operate_role)]
