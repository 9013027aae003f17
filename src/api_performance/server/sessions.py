"""Signing in and out, and renewing the key that all tokens and sessions hang on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from api_performance.server.auth import Role
from api_performance.server.context import Ask
from api_performance.server.encoding import json_response
from api_performance.server.guard import Operator, set_cookie
from api_performance.server.routing import api_routes

routes = api_routes("session")


class SignIn(BaseModel):
    """The token that the login address has, or that `api-performance token` prints."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class SessionState(BaseModel):
    """Who one is here. `csrf` is to be sent as X-CSRF-Token with every change; else it is empty."""

    role: Role
    csrf: str
    expires_at: float | None


class Tokens(BaseModel):
    """The tokens of both roles."""

    view: str
    operate: str


@routes.on("POST", "/session", status_code=204)
async def sign_in(ask: Ask, request: Request, body: SignIn) -> Response:
    """Begin a session: 204 and a cookie, or 401; 429 after ten wrong tokens in a minute."""
    session = await ask.guard.sign_in(request, body.token)
    response = Response(status_code=204)
    set_cookie(request, response, session)
    return response


@routes.on("GET", "/session", responses={200: {"model": SessionState}})
async def session_state(ask: Ask, request: Request) -> Response:
    """Who one is: 401 without a session, a token, or authentication switched off."""
    role = await ask.guard.viewer(request)
    session = await ask.guard.session(request)
    state = {
        "role": role,
        "csrf": session.csrf if session else "",
        "expires_at": session.expires_at if session else None,
    }
    return json_response(state)


@routes.on("DELETE", "/session", status_code=204)
async def sign_out(ask: Ask, request: Request) -> Response:
    """End one's session: its cookie is worth nothing more, wherever it was copied to."""
    response = Response(status_code=204)
    await ask.guard.sign_out(request, response)
    return response


@routes.on("POST", "/tokens", responses={200: {"model": Tokens}})
async def renew_tokens(ask: Ask, _: Operator) -> Response:
    """Make every token and session of before worthless, one's own too; return the new tokens."""
    auth = ask.guard.auth

    def renewed() -> Tokens:
        auth.renew()
        return Tokens(view=auth.token(Role.VIEW), operate=auth.token(Role.OPERATE))

    tokens = await ask.pool.run(renewed)
    return json_response(tokens.model_dump())
