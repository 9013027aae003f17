"""Where the time of a request may go: by itself, for what counts such times needs no other noun."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LatencyType(StrEnum):
    """Where a request's time went. The five parts add up to TOTAL."""

    NETWORK = "network"
    PROCESSING = "processing"
    DATABASE = "database"
    CACHE = "cache"
    EXTERNAL_API = "external_api"
    TOTAL = "total"


LATENCY_PARTS: Final = tuple(part for part in LatencyType if part is not LatencyType.TOTAL)
"""The five latency types that add up to the total, in the order they are stored."""
