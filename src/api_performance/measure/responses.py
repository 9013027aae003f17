"""Large responses: whether they were compressed, for clients that would take it.

A few of them are looked at: one a second of an endpoint whose responses are plain, one in
LOOK_EVERY of the others. Only the names of types and encodings are read, and nothing of a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api_performance.measure.calls import MAX_PER_ENDPOINT, OperationStats
from api_performance.measure.operations import known
from api_performance.model import RESPONSE, LatencyType

LARGE_BYTES: Final = 14_600
"""Ten segments of 1,460 bytes, which a connection may send at once (RFC 6928): what is smaller
comes in one round trip, compressed or not."""

LOOK_EVERY: Final = 8

COMPRESSED: Final = "a large response, compressed"
NOT_COMPRESSED: Final = "a large response, not compressed"

_TEXT: Final = (b"text/", b"application/json", b"application/xml", b"application/javascript")
_SUFFIXES: Final = (b"+json", b"+xml")
_ENCODINGS: Final = (b"gzip", b"br", b"zstd", b"deflate")

Headers = Iterable[tuple[bytes, bytes]]


def is_compressed(response: Headers, request: Headers) -> bool | None:
    """Tell whether a response of text was compressed; None where it could not be."""
    kind = b""
    for name, value in response:
        lower = name.lower()
        if lower == b"content-encoding":
            return True
        if lower == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
    if not kind.startswith(_TEXT) and not kind.endswith(_SUFFIXES):
        return None
    for name, value in request:
        if name.lower() == b"accept-encoding" and any(each in value for each in _ENCODINGS):
            return False
    return None


def add_large(
    operations: dict[str, OperationStats], compressed: int, others: int, told_apart: set[str]
) -> None:
    """Add large responses that were looked at to a window's operations, as far as there is room."""
    for text, count in ((COMPRESSED, compressed), (NOT_COMPRESSED, others)):
        operation = known(LatencyType.NETWORK, text, RESPONSE, source="")
        if not count or (operation.id not in told_apart and len(told_apart) >= MAX_PER_ENDPOINT):
            continue
        told_apart.add(operation.id)
        stats = operations.setdefault(operation.id, OperationStats())
        stats.merge(OperationStats(requests=count, calls=count, most_calls=1))
