"""The gate on memory with everything on, and of what it is made.

Its parts are told, each by a run of two minutes with one part more. Judging is a process of its own
unless it is told otherwise; here it is beside the app, of which the app and the measuring are taken
off again.
"""

from __future__ import annotations

from itertools import pairwise

from benchmarks.memory.hour import PARTS, SECONDS, resident
from benchmarks.result import GateResult, write_result

MOST_MEGABYTES = 100.0
PART_SECONDS = 120


def run() -> list[GateResult]:
    """Live through the hour with everything on and without us, then through the parts."""
    alone, everything = resident("alone", SECONDS // 60), resident("everything", SECONDS)
    parts = {"alone": alone}
    parts.update((which, resident(which, PART_SECONDS)) for which in PARTS[1:])
    added = {second: (parts[second] - parts[first]) / 1e6 for first, second in pairwise(PARTS)}
    added["judging"] = (resident("judging", PART_SECONDS) - parts["calls"]) / 1e6
    megabytes = (everything - alone) / 1e6
    write_result("everything", {"megabytes": megabytes, "parts_after_two_minutes": added})
    told = ", ".join(f"{which} {size:.1f}" for which, size in added.items())
    print(f"memory added by each part after two minutes, MB: {told}", flush=True)
    name = "added memory after an hour with everything on,"
    return [GateResult(name, megabytes, MOST_MEGABYTES, "MB")]
