"""Errors as responses: each says in one sentence what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from api_performance.errors import (
    AlertUnknown,
    ApiPerformanceError,
    ChannelUnknown,
    ConfigError,
    FindingUnknown,
    NothingMeasured,
    ObjectiveUnknown,
    RecommendationUnknown,
    RuleUnknown,
    SilenceUnknown,
    SwitchedOff,
)
from api_performance.queries import EndpointUnknown, QuestionRefused
from api_performance.server.encoding import json_response


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, and what to do: one sentence."""

    detail: str


REFUSALS: Final[dict[int | str, dict[str, Any]]] = {  # Any: FastAPI's own type of it
    401: {"model": Refusal, "description": "Nobody is signed in."},
    422: {"model": Refusal, "description": "A parameter is wrong."},
    503: {"model": Refusal, "description": "The store does not answer."},
}
"""What any route may answer instead."""

_STATUS: dict[type[ApiPerformanceError], int] = {
    QuestionRefused: 422,
    ConfigError: 422,
    AlertUnknown: 404,
    SilenceUnknown: 404,
    EndpointUnknown: 404,
    ObjectiveUnknown: 404,
    RuleUnknown: 404,
    FindingUnknown: 404,
    RecommendationUnknown: 404,
    ChannelUnknown: 404,
    NothingMeasured: 404,
    SwitchedOff: 404,
    ApiPerformanceError: 503,  # what is left are the store's
}


def answer_errors(app: FastAPI) -> None:
    """Let `app` answer our errors and wrong parameters with a sentence under `detail`."""
    app.add_exception_handler(ApiPerformanceError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _ours(_: Request, error: Exception) -> Response:
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    return json_response(Refusal(str(error)), status)


async def _invalid(_: Request, error: Exception) -> Response:
    errors = error.errors() if isinstance(error, RequestValidationError) else ()
    return json_response(Refusal("; ".join(map(_sentence, errors))), 422)


def _sentence(wrong: dict[str, Any]) -> str:  # Any: pydantic's own error details
    if wrong.get("type") == "json_invalid":
        return "the body is refused: it is no JSON"
    location: Sequence[object] = wrong.get("loc", ())
    name = ".".join(str(part) for part in location[1:]) or "the request"
    given = f" = {str(wrong['input'])[:80]!r}" if _is_worth_showing(wrong) else ""
    if isinstance(ours := wrong.get("ctx", {}).get("error"), ConfigError):
        return f"{name}: {ours}"  # it names its own value, and says that it is refused
    reason = str(wrong.get("msg", "is wrong")).removeprefix("Value error, ")
    return f"{name}{given} is refused: {reason[:1].lower()}{reason[1:]}"


def _is_worth_showing(wrong: dict[str, Any]) -> bool:  # Any: pydantic's own error details
    return isinstance(wrong.get("input"), str | int | float) and "token" not in wrong.get("loc", ())
