"""The gates on added memory: ours against the same app alone, each in a fresh process.

Measuring and keeping alone, and everything on. Of the latter its parts are told, each by a run of
two minutes with one part more. Judging is a process of its own unless it is told otherwise; here it
is beside the app, of which the app and the measuring are taken off again.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

from benchmarks.memory.hour import PARTS, SECONDS
from benchmarks.result import GateResult, write_result

MOST_MEGABYTES = 40.0
MOST_OF_EVERYTHING = 100.0
PART_SECONDS = 120


def run() -> list[GateResult]:
    """Live through the hour with and without us, and compare resident memory at its end."""
    alone, ours = _resident("alone", SECONDS // 60), _resident("ours", SECONDS)
    everything = _resident("everything", SECONDS)
    parts = {"alone": alone}
    parts.update((which, _resident(which, PART_SECONDS)) for which in PARTS[1:])
    added = {second: (parts[second] - parts[first]) / 1e6 for first, second in pairwise(PARTS)}
    added["judging"] = (_resident("judging", PART_SECONDS) - parts["calls"]) / 1e6
    ours_added, all_added = (ours - alone) / 1e6, (everything - alone) / 1e6
    write_result(
        "memory",
        {
            "ours_bytes": ours,
            "alone_bytes": alone,
            "added_megabytes": ours_added,
            "everything_megabytes": all_added,
            "parts_after_two_minutes": added,
        },
    )
    told = ", ".join(f"{which} {megabytes:.1f}" for which, megabytes in added.items())
    print(f"memory added by each part after two minutes, MB: {told}", flush=True)
    return [
        GateResult(
            "added memory after an hour of 200 endpoints,", ours_added, MOST_MEGABYTES, "MB"
        ),
        GateResult(
            "added memory after an hour with everything on,", all_added, MOST_OF_EVERYTHING, "MB"
        ),
    ]


def _resident(which: str, seconds: int) -> int:
    command = [sys.executable, "-m", "benchmarks.memory.hour", which, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=7_200)
    return int(done.stdout)
