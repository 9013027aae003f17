"""Answers as bytes: JSON by msgspec, CSV by `export.tables`; made in the pool."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

import msgspec
from starlette.responses import Response

T = TypeVar("T")

JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"

_encoder: Final = msgspec.json.Encoder()


class ExportFormat(StrEnum):
    """How an answer is handed out; asked for by name it is offered as a file."""

    JSON = "json"
    CSV = "csv"


def to_json(answer: object) -> bytes:
    """Return an answer as JSON; a number that is not finite becomes null."""
    return _encoder.encode(answer)


def json_response(answer: object, status: int = 200) -> Response:
    """Return a response with a small answer."""
    return Response(to_json(answer), status, media_type=JSON)


def file_response(content: bytes, media_type: str, name: str | None) -> Response:
    """Return encoded content, as a file of that name if it has one."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    return Response(content, media_type=media_type, headers=headers)


def encoded(
    compute: Callable[[], T],
    as_csv: Callable[[T], str],
    export_format: ExportFormat | None,
) -> tuple[bytes, str]:
    """Compute an answer and encode it: content and media type. For the pool."""
    answer = compute()
    if export_format is ExportFormat.CSV:
        return as_csv(answer).encode(), CSV
    return to_json(answer), JSON
