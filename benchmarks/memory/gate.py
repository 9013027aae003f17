"""The gate on added memory: ours against the same app alone, each in a fresh process."""

from __future__ import annotations

from benchmarks.memory.hour import SECONDS, resident
from benchmarks.result import GateResult, write_result

MOST_MEGABYTES = 40.0


def run() -> list[GateResult]:
    """Live through the hour with and without us, and compare resident memory at its end."""
    alone, ours = resident("alone", SECONDS // 60), resident("ours", SECONDS)
    added = (ours - alone) / 1e6
    write_result("memory", {"ours_bytes": ours, "alone_bytes": alone, "added_megabytes": added})
    return [
        GateResult("added memory after an hour of 200 endpoints,", added, MOST_MEGABYTES, "MB"),
    ]
